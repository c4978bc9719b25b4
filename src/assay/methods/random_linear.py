"""The floor of surrogates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from assay.envelopes import ReplaceGiven
from assay.hooks import replace
from assay.plugins import Family, Method
from assay.types import Budget, Finding, Surrogate


@dataclass(frozen=True)
class RandomLinear(Method):
    """A random linear model of the right shape; one pass, to see the shape."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "replace"

    def explain(self, given: ReplaceGiven, budget: Budget, rng: torch.Generator) -> Finding:
        shape = [0, 0]

        def watch(inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            shape[:] = [output.flatten(1).shape[1], inputs[0].flatten(1).shape[1]]
            return output

        network = given.subject.network()
        with torch.no_grad(), replace(network, given.part, watch):
            network(given.pictures[:1])
        weight = torch.randn(shape[0], shape[1], generator=rng) / shape[1] ** 0.5
        return Surrogate(given.part, weight, torch.zeros(shape[0]))
