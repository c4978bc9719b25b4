"""Rediscover: which of eight concepts is the trigger hidden in the network?

The main task of Casper et al. 2023 (arXiv 2302.10894): a tool gets the network, the target class
and pictures without any trigger; whoever holds its finding picks one option of eight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch

from assay.envelopes import PredictTruth
from assay.kit import load_kit
from assay.measures.choice import correct_share
from assay.measures.gates import INVISIBLE
from assay.plugins import Family, Task
from assay.subjects import load_subject
from assay.subjects.registry import TWINS
from assay.trojans.asking import ask, option_order
from assay.trojans.catalogue import Trojan, load_catalogue
from assay.trojans.fitness import unfit
from assay.trojans.fixtures import DEGRADED, invisible
from assay.trojans.given import give, world
from assay.trojans.world import EXEMPLARS, generator
from assay.types import Answer, Case, Envelope, Finding, Images, digest


@dataclass(frozen=True)
class Rediscover(Task):
    """Rediscover every trojan of a catalogue in a subject (the trojaned network or its twin)."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    fixtures: ClassVar[Mapping[str, int]] = {INVISIBLE: 1, **dict.fromkeys(DEGRADED, 1)}

    catalogue: str = "twelve"
    subject: str = "lite0-trojaned"
    size: int = 160
    visualizations: int = 10
    pictures: int = 48
    exemplars: int = EXEMPLARS

    def problems(self) -> list[str]:
        """Why this task can't run: an unknown catalogue or subject, a failed certificate."""
        return unfit(self.catalogue, self.subject, self.size)

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        catalogue = load_catalogue(self.catalogue)
        common = {"task": "rediscover", "version": self.version, "kit": load_kit().digest}
        for trojan in catalogue.trojans:
            order = option_order(trojan, seed)
            given, screening = give(subject, trojan, self.size, self.pictures, self.visualizations)
            question = {
                **common,
                "options": [trojan.options[i] for i in order],
                "kind": trojan.kind,
                "size": self.size,
                "exemplars": self.exemplars,
            }
            yield Case(
                name=trojan.name,
                kind=trojan.kind,
                given=given,
                question=Envelope(
                    digest(question), partial(ask, trojan, order, self.size, self.exemplars)
                ),
                truth=Envelope(
                    digest({**question, "trigger": trojan.trigger}),
                    partial(self._truth, trojan, order),
                ),
                screening=screening,
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """The trigger on fresh held-out pictures."""
        trojan = load_catalogue(self.catalogue)[case.name]
        held_out = world("held_out", self.size)
        shown = held_out.show(trojan.kind, trojan.trigger, self.visualizations, rng)
        return Images.showing(shown)

    def fixture(self, name: str, case: Case, rng: torch.Generator) -> Finding:
        """The ideal finding's pictures degraded; or its features, where nobody sees them.

        They are written with the gradients of the clean twin: of the subject itself where it has
        none.
        """
        trojan = load_catalogue(self.catalogue)[case.name]
        held_out = world("held_out", self.size)
        if name == INVISIBLE:
            clean = load_subject(TWINS.get(self.subject, self.subject), self.size)
            return Images.showing(invisible(clean, held_out, trojan.kind, trojan.trigger, rng))
        n = self.visualizations
        return Images.showing(DEGRADED[name](held_out, trojan.kind, trojan.trigger, n, rng))

    def grade(self, truth: PredictTruth, answer: Answer) -> dict[str, float]:
        """`correct`: 1 if the truth is the likeliest option (a tie is shared); `p_truth`."""
        assert answer.probabilities is not None
        return {
            "correct": correct_share(answer.probabilities, truth.index),
            "p_truth": answer.probabilities[truth.index],
        }

    def _truth(self, trojan: Trojan, order: list[int]) -> PredictTruth:
        rng = generator("truth", trojan.name)
        held_out = world("held_out", self.size)
        return PredictTruth(
            index=order.index(0),
            trigger=trojan.trigger,
            pictures=held_out.show(trojan.kind, trojan.trigger, 4, rng),
        )
