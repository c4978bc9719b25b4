"""Replaces a part by the linear model that fits its inputs and outputs best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from assay.envelopes import ReplaceGiven
from assay.hooks import replace
from assay.plugins import Family, Method
from assay.types import Budget, Finding, Surrogate


def part_values(given: ReplaceGiven, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Inputs (n, in) and outputs (n, out) of the part on the pictures, flattened."""
    seen: list[tuple[Tensor, Tensor]] = []

    def watch(inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        seen.append((inputs[0].flatten(1), output.flatten(1)))
        return output

    network = given.subject.network()
    with torch.no_grad(), replace(network, given.part, watch):
        network(pictures)
    return seen[-1]


@dataclass(frozen=True)
class LinearFit(Method):
    """Least squares of the part's outputs on its inputs, with the smallest weights that fit.

    Inputs are centred first, so that the bias is free. Uses as many pictures as the budget allows.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "replace"

    def explain(self, given: ReplaceGiven, budget: Budget, rng: torch.Generator) -> Finding:
        inputs, outputs = part_values(given, given.pictures[: budget.passes])
        # In double precision: inputs that nearly depend on each other are the rule here.
        x, y = inputs.double().cpu(), outputs.double().cpu()
        centre = x.mean(0)
        weight = torch.linalg.lstsq(x - centre, y - y.mean(0), driver="gelsd").solution.T
        bias = y.mean(0) - weight @ centre
        return Surrogate(given.part, weight.float().contiguous(), bias.float())
