"""The judge that knows nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.envelopes import PredictQuestion
from assay.plugins import Family, Judge
from assay.types import Answer, Finding


@dataclass(frozen=True)
class Chance(Judge):
    """Gives every option the same probability, whatever the finding."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        n = len(question.options)
        return Answer((1 / n,) * n)
