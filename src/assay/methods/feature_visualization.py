"""Feature visualization: pictures that the network finds most like something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from assay.checks import check_choice, check_numbers
from assay.envelopes import PredictGiven
from assay.hooks import module_at
from assay.plugins import Family, Method
from assay.synthesis.ascent import (
    Ascent,
    Objective,
    affordable_steps,
    climb,
    device_of,
    evaluate,
)
from assay.synthesis.features import head_inputs
from assay.synthesis.parameterizations import PARAMETERIZATIONS, parameterization
from assay.synthesis.views import draw_views, look
from assay.types import Budget, Images, UnsupportedError

RATES = {"fourier": 0.05, "cppn": 0.005, "pixels": 0.1}
# The most pictures whose activations the choice of inner units looks at.
LOOKED_AT = 64


@dataclass(frozen=True)
class FeatureVisualization(Method):
    """Pictures that raise the target's logit, or inner units that speak for the target.

    After Olah, Mordvintsev and Schubert 2017 (Fourier) and Mordvintsev et al. 2018 (CPPN): seen
    through random views (scale 1 +- .1, turn +- 10 degrees, shift up to 12/224 of the side).

    `objective` "target": the logit of the target class, also where there is a source class: what
    is asked for is what must be added, and the source's own features would only be in its way.
    "inner": one unit a visualization, an input of the last linear layer (a late channel's mean).
    The rule: the largest products of the unit's weight for the target and the standard deviation
    of its activation over the given pictures, at most 64 of them, which are drawn at random. A
    unit that is silent has no gradient: there, the target's logit is climbed until it speaks.

    `surplus` candidates are painted for each one shown; the score is the objective at the picture
    as painted, and the best are shown ("inner": the best of each unit). `rate` is Adam's (None:
    the parameterization's own), `cooling` the share of the steps in which it falls to zero,
    `decay` the power of the frequency by which Fourier coefficients are divided (published: 1).
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    snapshots: ClassVar[bool] = True

    parameterization: Literal["fourier", "cppn", "pixels"] = "fourier"
    objective: Literal["target", "inner"] = "target"
    surplus: int = 1
    views: int = 1
    rate: float | None = None
    cooling: float = 0.25
    decay: float = 1.5
    chunk: int = 16

    def __post_init__(self) -> None:
        check_choice(self, "parameterization", PARAMETERIZATIONS)
        check_choice(self, "objective", ("target", "inner"))
        check_numbers(self, "surplus", "views", "chunk", least=1)
        check_numbers(self, "rate", above=0)

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        count = self.surplus * given.visualizations
        looks = min(LOOKED_AT, len(given.pictures)) if self.objective == "inner" else 0
        steps = affordable_steps(budget, each=2 * count * self.views, besides=count + looks)
        network = given.subject.network()
        size, device = given.subject.size, device_of(network)
        if self.objective == "inner":
            units = _important_units(network, given, looks, rng)
            # Candidate i paints the unit i modulo the number of visualizations.
            owned = units.repeat(-(-count // len(units)))[:count]
            seen = _inner(network, given, owned.repeat_interleave(self.views), wake=True)
            plain = _inner(network, given, owned, wake=False)
        else:
            seen = plain = _logit(network, given.target_class)
        painting = parameterization(self.parameterization, self.decay)(count, size, rng, device)
        rate = RATES[self.parameterization] if self.rate is None else self.rate

        def view(pictures: Tensor) -> Tensor:
            maps = draw_views(count * self.views, rng, jitter=12 / 224)
            return look(pictures.repeat_interleave(self.views, 0), maps)

        kept: dict[str, Tensor] = {}
        ascent = Ascent(steps, rate, self.chunk, self.cooling)
        pictures = climb(painting, view, seen, ascent, kept=kept)
        scores = evaluate(pictures, plain, self.chunk).cpu()
        chosen = self._chosen(scores, given.visualizations)
        snapshots = {share: then[list(chosen)].cpu() for share, then in kept.items()}
        return Images(pictures.cpu(), tuple(scores.tolist()), chosen, snapshots=snapshots)

    def _chosen(self, scores: Tensor, shown: int) -> tuple[int, ...]:
        """The best of all candidates, or of each unit's (the columns of the table)."""
        if self.objective == "inner":
            best = scores.view(self.surplus, shown).argmax(0)
            return tuple(int(row) * shown + unit for unit, row in enumerate(best))
        return tuple(int(i) for i in scores.argsort(descending=True, stable=True)[:shown])


def _logit(network: nn.Module, target: int) -> Objective:
    def objective(views: Tensor, where: slice) -> Tensor:
        return network(views)[:, target]

    return objective


def _inner(network: nn.Module, given: PredictGiven, units: Tensor, *, wake: bool) -> Objective:
    """The activation of unit `units[i]` for view i; with `wake`, the logit where that is zero."""

    def objective(views: Tensor, where: slice) -> Tensor:
        read, logits = head_inputs(network, given.subject.head, views)
        # The gradient goes through the logits too, so that the whole pass back is counted.
        activations = read.gather(1, units[where, None]).squeeze(1) + 0 * logits.sum(1)
        if not wake:
            return activations
        return torch.where(activations == 0, logits[:, given.target_class], activations)

    return objective


def _important_units(
    network: nn.Module, given: PredictGiven, looks: int, rng: torch.Generator
) -> Tensor:
    """Units by weight times standard deviation, the largest first: at most one a visualization."""
    head = module_at(network, given.subject.head)
    if not isinstance(head, nn.Linear):
        raise UnsupportedError(f"inner units need a linear head, and this is {type(head).__name__}")
    chosen = torch.randperm(len(given.pictures), generator=rng)[:looks]
    pictures = given.pictures[chosen.to(given.pictures.device)].to(device_of(network))
    with torch.no_grad():
        read = torch.cat(
            [head_inputs(network, given.subject.head, part)[0] for part in pictures.split(16)]
        )
    influence = head.weight[given.target_class] * read.std(0, correction=0)
    return influence.argsort(descending=True, stable=True)[: given.visualizations]
