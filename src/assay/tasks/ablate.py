"""Ablate: which units carry a class, such that without them the class is lost and nothing else?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch

from assay.envelopes import ControlGiven, ControlQuestion, ControlTruth
from assay.plugins import Family, Task
from assay.subject import Subject
from assay.subjects import load_subject
from assay.subjects.handmade import CARRIERS, COLOURS, carriers, coloured_pictures
from assay.types import Answer, Case, Envelope, Finding, Ranking, digest

LAYER = "units"


@dataclass(frozen=True)
class Ablate(Task):
    """Rank the channels of a hand-written network that matter for a class, one case a class.

    `pictures` are given to the tool, `held_out` (for each distribution) to the judge.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "control"
    subject: ClassVar[str] = "handmade-units"

    size: int = 32
    pictures: int = 60
    held_out: int = 60

    def __post_init__(self) -> None:
        if self.pictures < len(COLOURS) or self.held_out < len(COLOURS):
            raise ValueError(f"there must be at least {len(COLOURS)} pictures, one a class")

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        for target, name in enumerate(subject.class_names):
            key = {
                "task": "ablate",
                "version": self.version,
                "subject": subject.digest,
                "target": target,
                "seed": seed,
                "size": self.size,
            }
            yield Case(
                name=name,
                kind="class",
                given=Envelope(
                    digest({**key, "given": self.pictures}),
                    partial(self._given, subject, target, seed),
                ),
                question=Envelope(
                    digest({**key, "question": self.held_out}),
                    partial(self._question, subject, target, seed),
                ),
                truth=Envelope(digest({**key, "truth": "carriers"}), partial(self._truth, target)),
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """The units that were written to carry the class."""
        return Ranking(LAYER, case.truth.open().units)

    def grade(self, truth: ControlTruth, answer: Answer) -> dict[str, float]:
        """`effect`: the drop of the class's accuracy minus the drop of all others', in [-1, 1].

        `effect_outside`: the same out of distribution; `damage`: the others' drop in distribution;
        `units_found`: the share of the true units among those acted on.
        """
        m = answer.measured
        acted_on = {int(v) for k, v in m.items() if k.startswith("unit/")}
        return {
            "effect": m["inside/target"] - m["inside/others"],
            "effect_outside": m["outside/target"] - m["outside/others"],
            "damage": m["inside/others"],
            "units_found": len(acted_on & set(truth.units)) / len(truth.units),
        }

    def _given(self, subject: Subject, target: int, seed: int) -> ControlGiven:
        rng = torch.Generator().manual_seed(seed)
        pictures, _ = coloured_pictures(self.pictures, self.size, rng)
        labels = subject.network()(pictures).argmax(1)
        return ControlGiven(subject, target, LAYER, pictures, labels)

    def _question(self, subject: Subject, target: int, seed: int) -> ControlQuestion:
        # Another stream than the tool's pictures come from.
        rng = torch.Generator().manual_seed(seed + 2**32)
        inside, inside_labels = coloured_pictures(self.held_out, self.size, rng)
        outside, outside_labels = coloured_pictures(self.held_out, self.size, rng, outside=True)
        return ControlQuestion(
            subject, target, LAYER, CARRIERS, inside, inside_labels, outside, outside_labels
        )

    def _truth(self, target: int) -> ControlTruth:
        return ControlTruth(carriers(target))
