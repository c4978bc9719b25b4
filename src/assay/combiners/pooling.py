"""The pictures of several findings as one row, the methods in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

import torch
from torch import Tensor

from assay.types import Finding, Images, UnsupportedError


@dataclass(frozen=True)
class Pooled:
    """Pictures (n, 3, h, w), and the method that each is of; `notes`: whose findings had none."""

    pictures: Tensor
    methods: tuple[str, ...]
    notes: tuple[str, ...]


def pool_pictures(findings: Mapping[str, Finding], *, shown_only: bool) -> Pooled:
    """The pictures of all findings: the first of each method, by names, then the second of each ...

    A method's pictures come in the order in which it shows them. Unless `shown_only`, the other
    candidates come after the shown ones of all, in the same way: of each method the best first.
    UnsupportedError where there is no picture at all.
    """
    of_pictures = {m: f for m, f in sorted(findings.items()) if isinstance(f, Images)}
    shown = {m: list(f.chosen) for m, f in of_pictures.items()}
    rows = _in_turns(shown)
    if not shown_only:
        rows += _in_turns({m: _others(f) for m, f in of_pictures.items()})
    if not rows:
        raise UnsupportedError("there is no picture to combine: no finding of a part has one")
    without = sorted(set(findings) - {m for m, _ in rows})
    return Pooled(
        pictures=torch.stack([of_pictures[m].candidates[i] for m, i in rows]),
        methods=tuple(m for m, _ in rows),
        notes=(f"Without {', '.join(without)}, which shows no pictures.",) if without else (),
    )


def _others(finding: Images) -> list[int]:
    """The candidates that aren't shown, the best first."""
    order = sorted(range(len(finding.scores)), key=lambda i: -finding.scores[i])
    return [i for i in order if i not in finding.chosen]


def _in_turns(places: Mapping[str, list[int]]) -> list[tuple[str, int]]:
    """The first of each method, then the second of each ..., with the method."""
    columns = [[(method, i) for i in own] for method, own in places.items()]
    return [one for row in zip_longest(*columns) for one in row if one is not None]
