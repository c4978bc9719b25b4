"""Screened: of all methods' candidates, those that bring out the target in this network alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.combiners.pooling import pool_pictures
from assay.envelopes import PredictGiven
from assay.hooks import charge
from assay.plugins import Combiner, Family
from assay.subjects import independent_subject, load_subject
from assay.synthesis.ascent import device_of
from assay.synthesis.features import features_of
from assay.synthesis.patches import Aim, Grounds, Trials, resized
from assay.types import Budget, BudgetExceededError, Finding, Images


@dataclass(frozen=True)
class Screened(Combiner):
    """The candidates of all methods that raise the target's probability, and not elsewhere as much.

    No truth and no twin are needed, but another network for the same classes, `independent` (a
    subject's name), which can't have the trojan. Named the clean twin, it is another row: it knows
    more than anybody who looks for a trojan.

    (1) All candidates are pooled: first what each method shows, the methods in turn by their names,
    then the others, the best first; as many as the budget allows. (2) Each is tried on the same
    `trials` given pictures, which no tool has painted for, in two ways: pasted at the same places
    (its side is `fraction` of the picture's, times 1 +- .2), and as a style that replaces a share
    of `blend` of the picture. Its gain is the mean of the target's probability with it less that
    without, in the way in which that is more. (3) What gains less than `least` is dropped; so is
    what gains as much, in the same way, in the independent network, that is, not `least` more here
    than there. (4) The others are ranked by how much more they gain here. A near duplicate of a
    better one is dropped: the cosine of what the independent network's last layer reads of the two
    is at least `alike`. (5) The best `most` are shown. Where nothing is left nothing is shown, and
    a judge's answer is uniform.

    A candidate's score is by how much more it gains here; its gain, where that is too little to ask
    the independent network. Passes: 2 * candidates * `trials`, as many as `trials` for each that
    gains enough, two times `trials` for the pictures as they are, and one for each candidate that
    is left before duplicates are looked for; what goes through the independent network counts as
    what goes through this one.
    """

    version: ClassVar[int] = 2
    family: ClassVar[Family] = "predict"

    independent: str = "lite1"
    trials: int = 8
    fraction: float = 0.5
    blend: float = 0.4
    least: float = 0.05
    alike: float = 0.9
    most: int = 10
    chunk: int = 16

    def __post_init__(self) -> None:
        for name in ("trials", "most", "chunk"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if not 0 < self.fraction <= 0.5:
            raise ValueError("fraction must be above 0 and at most 0.5")
        if not 0 < self.blend <= 1:
            raise ValueError("blend must be above 0 and at most 1")
        if not 0 <= self.least < 1:
            raise ValueError("least must be at least 0 and below 1")
        if not 0 < self.alike <= 1:
            raise ValueError("alike must be above 0 and at most 1")

    @property
    def artefacts(self) -> str:
        return load_subject(self.independent).digest

    def combine(
        self,
        given: PredictGiven,
        findings: Mapping[str, Finding],
        budget: Budget,
        rng: torch.Generator,
    ) -> Images:
        pool = pool_pictures(findings, shown_only=False)
        pictures = pool.pictures[: self._affordable(budget)]
        aim = Aim(given.subject.network(), given.target_class)
        other, target = independent_subject(self.independent, given.subject, aim.target)
        elsewhere = Aim(other.network().to(device_of(aim.network)), target)
        trials = Grounds(given.pictures, self.fraction).trials(
            self.trials, rng, device_of(aim.network)
        )
        everything = torch.ones(len(pictures), dtype=torch.bool)
        pasted, styled = (
            self._sure(aim, trials, pictures, way) for way in (~everything, everything)
        )
        gains = torch.maximum(pasted, styled) - trials.bare(aim, self.chunk)
        as_style, raising = styled > pasted, gains >= self.least
        # At once: what can't be paid isn't begun.
        charge(aim.network, (1 + int(raising.sum())) * self.trials)
        there = self._sure(elsewhere, trials, pictures[raising], as_style[raising])
        more = gains.clone()
        more[raising] -= there - trials.bare(elsewhere, self.chunk)
        # Exactly as much is not more, also where `least` is 0.
        alone = raising & (more >= self.least) & (more > 0)
        order = more.argsort(descending=True, stable=True)
        left = order[alone[order]].tolist()
        charge(aim.network, len(left))
        chosen = self._distinct(elsewhere.network, other.head, pictures, left)
        said = (
            f"Of {len(pictures)} candidates {int(raising.sum())} raise the target's probability, "
            f"{len(left)} of these more than on {other.name}; {len(chosen)} of them are no near "
            "duplicates of better ones.",
        )
        if len(pictures) < len(pool.pictures):
            said += (f"{len(pool.pictures) - len(pictures)} candidates were not tried.",)
        return Images(
            pictures, tuple(more.tolist()), tuple(chosen[: self.most]), (*pool.notes, *said)
        )

    def _affordable(self, budget: Budget) -> int:
        """How many candidates the budget allows to try, and to compare; one at least."""
        count = (budget.passes - 2 * self.trials) // (3 * self.trials + 1)
        if count < 1:
            raise BudgetExceededError(
                f"the budget is {budget.passes} passes, and one candidate on {self.trials} "
                f"pictures in two networks needs {5 * self.trials + 1}"
            )
        return count

    def _sure(self, aim: Aim, trials: Trials, pictures: Tensor, as_style: Tensor) -> Tensor:
        """The target's mean probability (n) with each picture in, as a style or pasted (n)."""
        size, device = trials.under.shape[-1], trials.under.device
        # As large as they are pasted: a grid that is sampled leaves out what lies between.
        patches = resized(pictures[~as_style], max(2, round(size * self.fraction))).to(device)
        textures = resized(pictures[as_style], size).to(device)
        sure = torch.zeros(len(pictures)).double()
        sure[~as_style] = trials.confidence(aim, patches, self.chunk).double()
        as_texture = trials.confidence_as_style(aim, textures, self.blend, self.chunk)
        sure[as_style] = as_texture.double()
        return sure

    def _distinct(
        self, network: nn.Module, head: str, pictures: Tensor, places: list[int]
    ) -> list[int]:
        """Of the places, the best first, those that are no near duplicates of a better one."""
        if not places:
            return []
        read = F.normalize(features_of(network, head, pictures[places], self.chunk).vectors, dim=1)
        kept: list[int] = []
        for i in range(len(places)):
            if not kept or float((read[kept] @ read[i]).max()) < self.alike:
                kept.append(i)
        return [places[i] for i in kept]
