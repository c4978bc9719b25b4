"""No tool at all: the given pictures that come nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.checks import check_numbers
from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.synthesis.ascent import device_of, evaluate
from assay.types import Budget, BudgetExceededError, Images


@dataclass(frozen=True)
class Exemplars(Method):
    """The given pictures that the network is surest of as the target (softmax probability).

    Where the budget does not reach for all of them, it looks at as many as it can, drawn at
    random. Only those shown are candidates: the others are the suite's own pictures.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    chunk: int = 16

    def __post_init__(self) -> None:
        check_numbers(self, "chunk", least=1)

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        if budget.passes < 1:
            raise BudgetExceededError("the budget allows no pass at all")
        pictures = given.pictures
        if len(pictures) > budget.passes:
            pictures = pictures[torch.randperm(len(pictures), generator=rng)[: budget.passes]]
        network = given.subject.network()
        sure = evaluate(
            pictures.to(device_of(network)),
            lambda views, where: network(views).softmax(1)[:, given.target_class],
            self.chunk,
        )
        best = sure.argsort(descending=True, stable=True)[: given.visualizations].cpu()
        scores = tuple(float(sure[i]) for i in best)
        return Images(pictures.cpu()[best].clone(), scores, tuple(range(len(best))))
