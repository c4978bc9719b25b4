"""A judge for tests: compares blurred thumbnails, so that a reader can follow every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.checks import check_numbers
from assay.envelopes import PredictQuestion
from assay.plugins import Family, Judge
from assay.types import Answer, Finding, Images, UnsupportedError


@dataclass(frozen=True)
class Thumbnail(Judge):
    """Softmax over cosines between the finding's thumbnails and each option's mean thumbnail.

    A thumbnail has `side` x `side` colours (areas averaged), each less its own grey: what is light
    or dark counts for nothing, and what is colourful for most. The cosines are averaged over the
    pictures of a finding, and divided by `temperature`. No picture says nothing: all options are
    alike then.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    side: int = 8
    temperature: float = 0.05

    def __post_init__(self) -> None:
        check_numbers(self, "side", least=1)
        check_numbers(self, "temperature", above=0)

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(finding, Images):
            raise UnsupportedError(
                f"the thumbnail judge looks at images, and got {type(finding).__name__}"
            )
        if not len(finding.pictures):
            return Answer((1 / len(question.options),) * len(question.options))
        options = torch.stack([self._thumbnails(e).mean(0) for e in question.exemplars])
        shown = self._thumbnails(finding.pictures)
        cosines = F.cosine_similarity(shown[:, None], options[None], dim=2).mean(0)
        return Answer(tuple((cosines.double() / self.temperature).softmax(0).tolist()))

    def _thumbnails(self, pictures: Tensor) -> Tensor:
        small = F.adaptive_avg_pool2d(pictures, self.side)
        return (small - small.mean(1, keepdim=True)).flatten(1)
