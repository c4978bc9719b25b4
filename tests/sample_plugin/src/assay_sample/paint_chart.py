"""A method: plain colours, and how much the network likes each."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.types import Budget, Images


@dataclass(frozen=True)
class PaintChart(Method):
    """Random plain colours; those that raise the target's logit most over the rest are shown."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    colours: int = 64

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        count = max(given.visualizations, min(self.colours, budget.passes))
        size = given.subject.size
        colours = torch.rand(count, 3, 1, 1, generator=rng)
        pictures = colours.expand(-1, -1, size, size).contiguous()
        network = given.subject.network()
        with torch.no_grad():
            logits = network(pictures)
        scores = logits[:, given.target_class] - logits.mean(1)
        best = scores.argsort(descending=True, stable=True)[: given.visualizations]
        return Images(pictures, tuple(scores.tolist()), tuple(best.tolist()))
