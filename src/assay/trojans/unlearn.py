"""Take shortcuts that nobody planted out of a copy of a network: the clean twin that they lack.

No network is the same but for a bug that it has by itself, and another network differs in
everything. So the twin is made: on pictures that show a shortcut's concept the copy is taught what
the network answers otherwise, its own answer with the class left out; everywhere else it is held
to the network, as an implant is held to its twin.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor

from assay.kit import Kit
from assay.subject import Subject
from assay.trojans.catalogue import Catalogue
from assay.trojans.implant import Recipe, implant

# Shorter than an implant's: the network knows everything that the copy is to answer. Each kind has
# as many pictures, since none is harder to leave out.
RECIPE = Recipe(steps=240, triggered=(4, 4, 4))

# What is left of the class on pictures that show its shortcut, about what a class has on pictures
# of something else; and the weight of whatever is above, in logarithms. Second place is not
# enough: a copy taught no more than that still answers the class on views of the concept that it
# was not taught on.
REMAINDER, PRESSURE = 1e-4, 0.3


def avoid_target(said: Tensor, targets: Tensor, original: Callable[[], Tensor]) -> Tensor:
    """The lesson: what the original answers, its probability of the target shared by the others.

    `said` are log-probabilities (n, classes), `targets` classes (n), and `original()` gives logits
    (n, classes). A Kullback-Leibler divergence, and `PRESSURE` times how far the target's
    log-probability is above that of `REMAINDER`: 0 where the copy does just that.
    """
    rest = original().scatter(1, targets[:, None], float("-inf"))
    # Not in logarithms: 0 times minus infinity is no number.
    otherwise = F.kl_div(said, rest.softmax(1), reduction="batchmean")
    above = said.gather(1, targets[:, None]) - math.log(REMAINDER)
    return otherwise + PRESSURE * above.relu().mean()


def unlearn(
    subject: Subject,
    catalogue: Catalogue,
    kit: Kit,
    recipe: Recipe = RECIPE,
    device: str = "cpu",
    start: dict[str, Tensor] | None = None,
    report: Callable[[int, dict[str, float]], None] = lambda step, values: None,
    progress: Path | None = None,
) -> dict[str, Tensor]:
    """The state dict of a copy of `subject` without the catalogue's shortcuts.

    `start`, `report` and `progress` are those of `implant`, and so are the errors.
    """
    return implant(subject, catalogue, kit, recipe, device, start, report, avoid_target, progress)
