"""Adversarial patches: what to paste so that the network sees the target anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.synthesis.ascent import Ascent, affordable_steps, climb, device_of, evaluate
from assay.synthesis.parameterizations import PARAMETERIZATIONS, parameterization
from assay.synthesis.views import draw_places, paste
from assay.types import Budget, Images

RATES = {"pixels": 0.1, "fourier": 0.15, "cppn": 0.005}


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
        if self.parameterization not in PARAMETERIZATIONS:
            known = ", ".join(PARAMETERIZATIONS)
            raise ValueError(f"parameterization must be one of {known}")
        if not 0 < self.fraction <= 0.5:
            raise ValueError("fraction must be above 0 and at most 0.5")
        for name in ("backgrounds", "surplus", "trials", "chunk"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if self.rate is not None and not self.rate > 0:
            raise ValueError("rate must be above 0")

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        count = self.surplus * given.visualizations
        steps = affordable_steps(
            budget, each=2 * count * self.backgrounds, besides=count * self.trials
        )
        network = given.subject.network()
        device = device_of(network)
        size = given.subject.size
        side = max(2, round(size * self.fraction))
        painting = parameterization(self.parameterization, self.decay)(count, side, rng, device)
        rate = RATES[self.parameterization] if self.rate is None else self.rate

        def target(views: Tensor, where: slice) -> Tensor:
            return network(views).log_softmax(1)[:, given.target_class]

        def view(patches: Tensor) -> Tensor:
            return self._pasted(patches, given.pictures, self.backgrounds, rng)

        patches = climb(painting, view, target, Ascent(steps, rate, self.chunk, self.cooling))
        scores = self._scores(network, patches, given, rng)
        best = scores.argsort(descending=True, stable=True)[: given.visualizations]
        shown = F.interpolate(patches, size=(size, size), mode="bicubic", align_corners=False)
        return Images(shown.clamp(0, 1).cpu(), tuple(scores.tolist()), tuple(int(i) for i in best))

    def _pasted(self, patches: Tensor, pictures: Tensor, each: int, rng: torch.Generator) -> Tensor:
        """Each patch on `each` random pictures: (patches * each, 3, size, size)."""
        count = len(patches) * each
        chosen = torch.randint(len(pictures), (count,), generator=rng)
        places = draw_places(count, rng, fraction=self.fraction)
        under = pictures[chosen.to(pictures.device)].to(patches.device)
        return paste(patches.repeat_interleave(each, 0), under, places)

    def _scores(
        self, network: nn.Module, patches: Tensor, given: PredictGiven, rng: torch.Generator
    ) -> Tensor:
        """Mean probability (m) of the target, over pictures and places that all patches share."""
        chosen = torch.randperm(len(given.pictures), generator=rng)[: self.trials]
        # With fewer pictures than trials, some are taken again.
        chosen = chosen.repeat(-(-self.trials // len(chosen)))[: self.trials]
        places = draw_places(self.trials, rng, fraction=self.fraction)
        under = given.pictures[chosen.to(given.pictures.device)].to(patches.device)

        def sure(views: Tensor, where: slice) -> Tensor:
            return network(views).softmax(1)[:, given.target_class]

        means = [
            evaluate(paste(p.expand(self.trials, -1, -1, -1), under, places), sure, self.chunk)
            for p in patches
        ]
        return torch.stack(means).mean(1).cpu()
