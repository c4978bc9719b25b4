"""Ranks units by activation times gradient (Shrikumar et al. 2016, arXiv 1605.01713)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.envelopes import ControlGiven
from assay.hooks import capture
from assay.plugins import Family, Method
from assay.types import Budget, Finding, Ranking, UnsupportedError


@dataclass(frozen=True)
class GradientRanking(Method):
    """The mean of |activation x gradient of the class's logit|, summed over places in a map.

    Only pictures that the network takes for the class count (all of them where there are none), as
    many as the budget allows at two passes each.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "control"

    def explain(self, given: ControlGiven, budget: Budget, rng: torch.Generator) -> Finding:
        own = given.labels == given.target_class
        pictures = given.pictures[own] if bool(own.any()) else given.pictures
        pictures = pictures[: max(1, budget.passes // 2)]
        network = given.subject.network()
        with capture(network, given.layer) as outputs:
            # The pictures carry the gradient to the layer: no parameter asks for one.
            logits = network(pictures.clone().requires_grad_(True))
            activation = outputs[given.layer]
            if activation.ndim < 2:
                raise UnsupportedError(f"the layer {given.layer!r} has no channels to rank")
            (gradient,) = torch.autograd.grad(logits[:, given.target_class].sum(), activation)
        worth = (
            (activation * gradient).detach().flatten(2)
            if activation.ndim > 2
            else ((activation * gradient).detach()[..., None])
        )
        order = worth.sum(2).abs().mean(0).argsort(descending=True, stable=True)
        return Ranking(given.layer, tuple(order.tolist()))
