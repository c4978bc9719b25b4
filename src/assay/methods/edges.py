"""Edges: the baseline of attribution, which never looks at the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from skimage.filters import sobel

from assay.envelopes import LocaliseGiven
from assay.pixels import luma
from assay.plugins import Family, Method
from assay.types import Budget, Heatmaps


@dataclass(frozen=True)
class Edges(Method):
    """How steeply each picture's light changes: the size of the Sobel gradient. No pass.

    Most of the attribution methods that Casper et al. 2023 (arXiv 2302.10894) tried lost to it.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    def explain(self, given: LocaliseGiven, budget: Budget, rng: torch.Generator) -> Heatmaps:
        light = luma(given.pictures.float()).cpu()[:, 0]
        return Heatmaps(torch.stack([torch.from_numpy(sobel(one.numpy())) for one in light]))
