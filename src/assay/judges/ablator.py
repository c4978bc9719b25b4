"""The judge of rankings: ablates the units and measures what is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from assay.envelopes import ControlQuestion
from assay.hooks import replace
from assay.plugins import Family, Judge
from assay.types import Answer, Finding, Ranking, UnsupportedError


@dataclass(frozen=True)
class Ablator(Judge):
    """Zeroes the first units of the ranking in a fresh copy of the network.

    Measured: `inside/target`, `inside/others`, `outside/target`, `outside/others` (how far the
    accuracy on the target's and on all other pictures drops, in [-1, 1]), and the units acted on as
    `unit/0`, `unit/1` ...
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "control"

    def answer(self, question: ControlQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(finding, Ranking):
            raise UnsupportedError(f"the ablator needs a ranking, not {type(finding).__name__}")
        if finding.layer != question.layer:
            raise ValueError(
                f"the ranking is of layer {finding.layer!r}, not of {question.layer!r}"
            )
        units = list(dict.fromkeys(finding.units))[: question.units]
        network = question.subject.network()

        def ablate(inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            output = output.clone()
            output[:, units] = 0
            return output

        measured = {f"unit/{i}": float(unit) for i, unit in enumerate(units)}
        for name, pictures, labels in (
            ("inside", question.inside, question.inside_labels),
            ("outside", question.outside, question.outside_labels),
        ):
            before = _right(network, pictures, labels)
            with replace(network, question.layer, ablate):
                after = _right(network, pictures, labels)
            of_target = labels == question.target_class
            lost = before - after
            measured[f"{name}/target"] = float(lost[of_target].mean())
            measured[f"{name}/others"] = float(lost[~of_target].mean())
        return Answer(measured=measured)


@torch.no_grad()
def _right(network: nn.Module, pictures: Tensor, labels: Tensor) -> Tensor:
    return (network(pictures).argmax(1) == labels).double()
