"""The judge of surrogates: swaps them in and measures agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.envelopes import ReplaceQuestion
from assay.hooks import replace
from assay.plugins import Family, Judge
from assay.types import Answer, Finding, Surrogate, UnsupportedError


@dataclass(frozen=True)
class SwapIn(Judge):
    """Lets the surrogate stand for the part in a fresh copy of the network.

    Measured: `inside/agreement` and `outside/agreement` (share of pictures with the same top
    class), `inside/error` and `outside/error` (root mean square distance of the logits over their
    standard deviation), and the surrogate's `parameters` that are not zero.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "replace"

    def answer(self, question: ReplaceQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(finding, Surrogate):
            raise UnsupportedError(f"swap_in needs a surrogate, not {type(finding).__name__}")
        if finding.part != question.part:
            raise ValueError(f"the surrogate is of {finding.part!r}, not of {question.part!r}")
        network = question.subject.network()

        def stand_in(inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            values = F.linear(inputs[0].flatten(1), finding.weight, finding.bias)
            return values.reshape(output.shape)

        measured = {
            "parameters": float(finding.weight.count_nonzero() + finding.bias.count_nonzero())
        }
        for name, pictures in (("inside", question.inside), ("outside", question.outside)):
            with torch.no_grad():
                own = network(pictures)
                with replace(network, question.part, stand_in):
                    other = network(pictures)
            agreed = (own.argmax(1) == other.argmax(1)).double()
            measured[f"{name}/agreement"] = float(agreed.mean())
            spread = own.double().std().clamp_min(1e-12)
            distance = (own.double() - other.double()).square().mean().sqrt()
            measured[f"{name}/error"] = float(distance / spread)
        return Answer(measured=measured)
