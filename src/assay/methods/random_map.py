"""The floor of heatmaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F

from assay.envelopes import LocaliseGiven
from assay.plugins import Family, Method
from assay.types import Budget, Heatmaps


@dataclass(frozen=True)
class RandomMap(Method):
    """A map of random numbers for each picture, `side` a side and smooth between them. No pass.

    As coarse as the maps of tools that perturb: pixels of their own would correlate with nothing.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    side: int = 7

    def __post_init__(self) -> None:
        if self.side < 1:
            raise ValueError("side must be at least 1")

    def explain(self, given: LocaliseGiven, budget: Budget, rng: torch.Generator) -> Heatmaps:
        n, _, height, width = given.pictures.shape
        coarse = torch.randn(n, 1, self.side, self.side, generator=rng)
        fine = F.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)
        return Heatmaps(fine[:, 0])
