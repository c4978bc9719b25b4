"""The floor: pictures of nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.checks import check_numbers
from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.synthesis.parameterizations import paint_spectrum
from assay.types import Budget, Images


@dataclass(frozen=True)
class Noise(Method):
    """Coloured noise, painted as Fourier visualizations are, without a look at the network.

    `contrast`: the standard deviation of the spectrum's coefficients, which are
    divided by the frequency to the power of `decay`.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    contrast: float = 0.7
    decay: float = 1.5

    def __post_init__(self) -> None:
        check_numbers(self, "contrast", above=0)

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        side, count = given.subject.size, given.visualizations
        spectrum = torch.randn(count, 3, side, side // 2 + 1, 2, generator=rng)
        pictures = paint_spectrum(spectrum * self.contrast, side, self.decay)
        return Images(pictures, (0.0,) * count, tuple(range(count)))
