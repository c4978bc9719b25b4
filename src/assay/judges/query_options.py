"""No tool at all: who has the options' pictures and the network asks the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from assay.envelopes import PredictQuery
from assay.pixels import stylise
from assay.plugins import Family, Judge
from assay.synthesis.ascent import device_of, evaluate
from assay.synthesis.patches import Aim, Grounds, Trials
from assay.synthesis.views import paste
from assay.types import Answer, BudgetExceededError, Finding, UnsupportedError

# How an option's picture is shown to the network: whole, pasted, as a style.
WAYS = 3


@dataclass(frozen=True)
class QueryOptions(Judge):
    """Puts each option's own pictures into the tools' pictures, and asks what the network sees.

    **A bound, and no judge of tools:** who has the options' pictures and may ask the network needs
    no tool. The finding is not looked at.

    Each option is tried on the same `trials` given pictures (fewer where the budget doesn't reach),
    with one of its pictures each, and in three ways: that picture in place of the given one; pasted
    on it, its side `fraction` of it, times 1 +- .2; and as a style that replaces a share of `blend`
    of it. An option's gain is the mean logarithm of the target's probability, over trials and ways,
    less that of the given pictures as they are. The gains are divided by `temperature`, and a
    softmax makes probabilities of them.

    Passes: (3 * options + 1) * `trials`.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    unaided: ClassVar[bool] = True

    trials: int = 16
    fraction: float = 0.5
    blend: float = 0.4
    temperature: float = 1.0
    chunk: int = 16

    def __post_init__(self) -> None:
        for name in ("trials", "chunk"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if not 0 < self.fraction <= 0.5:
            raise ValueError("fraction must be above 0 and at most 0.5")
        if not 0 < self.blend <= 1:
            raise ValueError("blend must be above 0 and at most 1")
        if not self.temperature > 0:
            raise ValueError("temperature must be above 0")

    def answer(self, question: PredictQuery, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(question, PredictQuery):
            raise UnsupportedError("query_options must be listed in `unaided`: it asks the network")
        each = WAYS * len(question.options) + 1
        number = min(self.trials, question.budget.passes // each)
        if number < 1:
            raise BudgetExceededError(
                f"the budget is {question.budget.passes} passes, and a single trial needs {each}"
            )
        aim = Aim(question.subject.network(), question.target_class)
        trials = Grounds(question.pictures, self.fraction).trials(
            number, rng, device_of(aim.network)
        )
        bare = self._sure(aim, trials.under).mean()
        gains = [self._gain(aim, trials, shown) - bare for shown in question.exemplars]
        return Answer(tuple((torch.stack(gains) / self.temperature).softmax(0).tolist()))

    def _gain(self, aim: Aim, trials: Trials, shown: Tensor) -> Tensor:
        """The mean logarithm of the target's probability, over trials and ways."""
        number = len(trials.under)
        shown = shown[torch.arange(number) % len(shown)].to(trials.under.device)
        pasted = paste(shown, trials.under, trials.places)
        blended = stylise(trials.under, shown, self.blend)
        return self._sure(aim, torch.cat([shown, pasted, blended])).mean()

    def _sure(self, aim: Aim, pictures: Tensor) -> Tensor:
        return evaluate(pictures, aim.log_probability, self.chunk).double().cpu()
