"""Blank: the map that says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.envelopes import LocaliseGiven
from assay.plugins import Family, Method
from assay.types import Budget, Heatmaps


@dataclass(frozen=True)
class Blank(Method):
    """Zero everywhere: what a map scores that has nothing to say. No pass."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    def explain(self, given: LocaliseGiven, budget: Budget, rng: torch.Generator) -> Heatmaps:
        n, _, height, width = given.pictures.shape
        return Heatmaps(torch.zeros(n, height, width))
