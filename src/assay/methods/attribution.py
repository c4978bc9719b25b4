"""Attribution: a map for each picture of what in it speaks for the class, by one of captum's rules.

The sixteen rules that Casper et al. 2023 (arXiv 2302.10894) tried, and GradCAM, through captum
(Kokhlikyan et al. 2020, arXiv 2009.07896).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from assay.anatomy import Anatomy, examine, out_of_place
from assay.checks import near_name
from assay.envelopes import LocaliseGiven
from assay.methods.captum_rules import RULES, Work, passes, refusal
from assay.plugins import Family, Method
from assay.randomness import other_randomness
from assay.synthesis.ascent import device_of
from assay.types import Budget, BudgetExceededError, Heatmaps, UnsupportedError

# What a pass takes beyond what it keeps: gradients on the way back, the convolutions' own room.
_ROOM = 2


@dataclass(frozen=True)
class Attribution(Method):
    """Maps of the target's logit, the values of the three colours added up, their sign kept.

    `rule` is one of `captum_rules.RULES`. UnsupportedError where it doesn't apply to what the
    network is made of: captum would silently return another rule's map. Rules that perturb share
    one mask of `side` x `side` cells; what is taken away becomes the grey `baseline` (in [0, 1]),
    which is also what gradients are integrated from and DeepLift compares with. `samples`: how many
    perturbed pictures Lime and KernelSHAP see; ShapleyValueSampling and FeaturePermutation go
    through all cells as often as fits into that many. Occlusion's window is as large as a cell and
    moves by half of it. `steps`: how many gradients IntegratedGradients and GradientShap take.
    GradientShap and DeepLiftShap compare with `colours` plain pictures of random colours.

    Our choices: GradCAM takes the latest of the subject's layers whose output is a map. LRP has the
    gamma rule (.25) in convolutions, into which batch norms are folded, and the epsilon rule
    elsewhere: with epsilon everywhere it would be the gradient times the input (Ancona et al. 2018,
    arXiv 1711.06104). Saliency is the gradient's absolute value, as published; in all others the
    sign says whether something speaks for the class or against it.

    Passes: one to see what the network is made of; then, a picture, 2 for rules of one gradient (4
    for guided GradCAM and DeepLift, 3 for LRP), 2 x `steps`, 4 x `colours`, or one for each
    perturbation. The network sees at most `chunk` pictures at once, fewer where these would take
    more than `memory` bytes beside the network.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    rule: str = "saliency"
    side: int = 7
    samples: int = 196
    steps: int = 32
    colours: int = 8
    baseline: float = 0.5
    chunk: int = 16
    memory: int = 2**31

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"there is no rule {self.rule!r}{near_name(self.rule, RULES)}")
        for name in ("side", "samples", "steps", "colours", "chunk", "memory"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if not 0 <= self.baseline <= 1:
            raise ValueError("baseline must be at least 0 and at most 1")

    def explain(self, given: LocaliseGiven, budget: Budget, rng: torch.Generator) -> Heatmaps:
        network = given.subject.network()
        pictures = given.pictures.to(device_of(network))
        seed = int(torch.randint(2**62, (1,), generator=rng))
        colours = torch.rand(self.colours, 3, 1, 1, generator=rng)
        # captum draws from the global generators, and warns of its hooks.
        with out_of_place(network), other_randomness(seed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            anatomy = examine(network, pictures[:1], given.subject.layers)
            why = refusal(self.rule, anatomy, network, len(pictures))
            if why is not None:
                raise UnsupportedError(why)
            work = Work(
                network=network,
                target=given.target_class,
                anatomy=anatomy,
                rows=self._rows(anatomy),
                mask=self._mask(pictures),
                colours=colours.to(pictures).expand(-1, -1, *pictures.shape[2:]).contiguous(),
                baseline=self.baseline,
                samples=self.samples,
                steps=self.steps,
            )
            cost = 1 + len(pictures) * passes(self.rule, work)
            if cost > budget.passes:
                raise BudgetExceededError(
                    f"{self.rule} takes {cost} passes for {len(pictures)} pictures, and the budget "
                    f"is {budget.passes}"
                )
            found = RULES[self.rule](work, pictures)
        return Heatmaps(found.detach().sum(1).float().cpu())

    def _rows(self, anatomy: Anatomy) -> int:
        """How many pictures the network may see at once; ValueError where one is too many."""
        fitting = self.memory // max(1, _ROOM * anatomy.kept)
        if fitting < 1:
            raise ValueError(
                f"one picture takes {_ROOM * anatomy.kept} bytes, and `memory` allows {self.memory}"
            )
        return min(self.chunk, fitting)

    def _mask(self, pictures: Tensor) -> Tensor:
        """The number of each pixel's cell, (1, 3, h, w)."""
        height, width = pictures.shape[2:]
        if min(height, width) < self.side:
            raise ValueError(
                f"pictures of {height} x {width} pixels have no {self.side} cells a side"
            )
        rows = torch.arange(height) * self.side // height
        columns = torch.arange(width) * self.side // width
        cells = rows[:, None] * self.side + columns[None]
        return cells.expand(1, 3, -1, -1).contiguous().to(pictures.device)
