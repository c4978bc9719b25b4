"""The floor of rankings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.envelopes import ControlGiven
from assay.hooks import capture
from assay.plugins import Family, Method
from assay.types import Budget, Finding, Ranking


@dataclass(frozen=True)
class RandomRanking(Method):
    """All units of the layer in random order; one pass, to count them."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "control"

    def explain(self, given: ControlGiven, budget: Budget, rng: torch.Generator) -> Finding:
        network = given.subject.network()
        with torch.no_grad(), capture(network, given.layer) as outputs:
            network(given.pictures[:1])
        units = int(outputs[given.layer].shape[1])
        return Ranking(given.layer, tuple(torch.randperm(units, generator=rng).tolist()))
