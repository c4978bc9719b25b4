"""Adversarial patches: what to paste so that the network sees the target anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from assay.checks import check_choice, check_numbers
from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.synthesis.ascent import Ascent, affordable_steps, device_of
from assay.synthesis.parameterizations import PARAMETERIZATIONS, parameterization
from assay.synthesis.patches import PATCH_RATES, Aim, Grounds, paint_patches, resized
from assay.types import Budget, Images


@dataclass(frozen=True)
class AdversarialPatch(Method):
    """Patches that turn the given pictures into the target under random places, turns and scales.

    After Brown et al. 2017, arXiv 1712.09665. In each step every candidate lies on `backgrounds`
    given pictures; the cross-entropy to the target falls. The patch's side is `fraction` of the
    picture's. `surplus` candidates are painted for each one shown; a candidate's score is the
    mean probability of the target on `trials` given pictures, the same places for all, and the
    best are shown. Where there is a source class, the given pictures show it. `rate` is Adam's
    (None: the parameterization's own), `cooling` the share of the steps in which it falls to
    zero, `decay` the power of the frequency by which Fourier coefficients are divided: with more
    than the usual 1, triggers come out as areas and not as speckles, and are as strong. The
    finding shows the patches alone, as large as pictures.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    snapshots: ClassVar[bool] = True

    parameterization: Literal["fourier", "pixels", "cppn"] = "fourier"
    fraction: float = 0.286
    backgrounds: int = 2
    surplus: int = 1
    trials: int = 8
    rate: float | None = None
    cooling: float = 0.25
    decay: float = 1.75
    chunk: int = 16

    def __post_init__(self) -> None:
        check_choice(self, "parameterization", PARAMETERIZATIONS)
        check_numbers(self, "fraction", above=0, most=0.5)
        check_numbers(self, "backgrounds", "surplus", "trials", "chunk", least=1)
        check_numbers(self, "rate", above=0)

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        count = self.surplus * given.visualizations
        steps = affordable_steps(
            budget, each=2 * count * self.backgrounds, besides=count * self.trials
        )
        aim = Aim(given.subject.network(), given.target_class)
        device = device_of(aim.network)
        size = given.subject.size
        side = max(2, round(size * self.fraction))
        painting = parameterization(self.parameterization, self.decay)(count, side, rng, device)
        rate = PATCH_RATES[self.parameterization] if self.rate is None else self.rate
        grounds = Grounds(given.pictures, self.fraction)
        ascent = Ascent(steps, rate, self.chunk, self.cooling)
        kept: dict[str, Tensor] = {}
        patches = paint_patches(aim, grounds, self.backgrounds, painting, ascent, rng, kept)
        # The same places for all.
        trials = grounds.trials(self.trials, rng, device)
        scores = trials.confidence(aim, patches, self.chunk)
        best = scores.argsort(descending=True, stable=True)[: given.visualizations]
        shown, chosen = resized(patches, size), tuple(int(i) for i in best)
        snapshots = {share: resized(then[list(chosen)], size).cpu() for share, then in kept.items()}
        return Images(shown.cpu(), tuple(scores.tolist()), chosen, snapshots=snapshots)
