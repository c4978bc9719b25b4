"""A judge: compares mean colours."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.envelopes import PredictQuestion
from assay.plugins import Family, Judge
from assay.types import Answer, Finding, Images, UnsupportedError


@dataclass(frozen=True)
class ColourMeter(Judge):
    """Softmax over minus the squared distance of mean colours, times `sharpness`."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    sharpness: float = 40.0

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(finding, Images):
            raise UnsupportedError("the colour meter needs pictures")
        if not finding.chosen:
            return Answer((1 / len(question.options),) * len(question.options))
        options = torch.stack([e.mean((0, 2, 3)) for e in question.exemplars])
        seen = finding.pictures.mean((0, 2, 3))
        distance = (options - seen).square().sum(1).double()
        return Answer(tuple((-self.sharpness * distance).softmax(0).tolist()))
