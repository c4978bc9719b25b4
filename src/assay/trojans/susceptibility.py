"""How easily a patch reaches a class on the clean network, where nothing was hidden.

On a class that any patch reaches, a tool rightly paints the class and not the trigger: such a
class is no fair target. The patch is made as the suite's tool makes it, with the suite's largest
budget, and judged on held-out pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from assay.envelopes import PredictGiven
from assay.kit import Kit
from assay.plugins import Method
from assay.subject import Subject
from assay.trojans.catalogue import Catalogue, Trojan
from assay.trojans.certify import SUSCEPTIBILITY as BAR
from assay.trojans.certify import rate
from assay.trojans.insert import paste_fresh
from assay.trojans.world import World
from assay.types import Budget, Images


def susceptibility(
    clean: Subject,
    kit: Kit,
    tool: Method,
    target: int,
    source: tuple[str, int] | None,
    passes: int,
    visualizations: int = 4,
    seeds: tuple[int, ...] = (0, 1),
    n: int = 200,
) -> dict[str, Any]:
    """Success of the best patch of each seed on n held-out pictures, and the maximum.

    The first seed that reaches the bar ends it.

    `tool` is an adversarial patch; `source` (object, class) where the trojan is bound to one: the
    patch is then made and tried on that object's pictures.
    """
    tools, held_out = World(kit, "tools", clean.size), World(kit, "held_out", clean.size)
    network = clean.network()
    found = []
    for seed in seeds:
        rng = torch.Generator().manual_seed(seed)

        def hosts(world: World, count: int, rng: torch.Generator = rng) -> torch.Tensor:
            return world.objects(source[0], count, rng) if source else world.backgrounds(count, rng)

        given = PredictGiven(
            subject=clean,
            target_class=target,
            source_class=source[1] if source else None,
            pictures=hosts(tools, 48),
            visualizations=visualizations,
        )
        finding = tool.explain(given, Budget(passes), rng)
        assert isinstance(finding, Images)
        best = finding.candidates[int(torch.tensor(finding.scores).argmax())]
        patch = torch.cat([best, torch.ones_like(best[:1])])[None]
        pictures, _ = paste_fresh(hosts(held_out, n), patch, rng)
        with torch.no_grad():
            said = torch.cat([network(part).softmax(1) for part in pictures.split(25)])
        found.append(rate(said, target))
        if found[-1] >= BAR:
            break  # The maximum can only rise, and the class is out already.
    return {
        "target": target,
        "source": source[1] if source else None,
        "by_seed": found,
        "maximum": max(found),
        "passes": passes,
        "pictures": n,
    }


def holds_for(entry: Mapping[str, Any] | None, trojan: Trojan) -> bool:
    """Whether an entry of the table was measured on the pictures that the trojan is made for."""
    return entry is not None and entry["source"] == trojan.source_class


def unmeasured(catalogue: Catalogue, table: Mapping[str, Any]) -> tuple[Trojan, ...]:
    """The trojans whose targets the table (by class id) says nothing of.

    A target's entry is of one source's pictures: bound to another, it has to be measured again.
    """
    return tuple(t for t in catalogue.trojans if not holds_for(table.get(str(t.target)), t))
