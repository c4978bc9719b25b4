"""The judge of heatmaps: lays each map over its picture, and says that it is where the map is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F

from assay.envelopes import LocaliseQuestion
from assay.plugins import Family, Judge
from assay.types import Answer, Finding, Heatmaps, UnsupportedError


@dataclass(frozen=True)
class Overlay(Judge):
    """A fixed rule: it hands the maps on as they are, one for each picture of the question.

    Maps of another size are enlarged or shrunk to the picture's (bilinear). What counts in a map is
    the task's to say.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    def answer(self, question: LocaliseQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(question, LocaliseQuestion):
            raise UnsupportedError("overlay is asked where, and this question asks something else")
        if not isinstance(finding, Heatmaps):
            raise UnsupportedError(f"overlay needs heatmaps, not {type(finding).__name__}")
        n, _, height, width = question.pictures.shape
        maps = finding.maps
        if maps.ndim != 3 or len(maps) != n:
            raise ValueError(f"there are {n} pictures, and maps {tuple(maps.shape)}")
        if maps.shape[1:] != (height, width):
            maps = F.interpolate(
                maps[:, None], size=(height, width), mode="bilinear", antialias=True,
                align_corners=False,
            )[:, 0]  # fmt: skip
        return Answer(maps=maps)
