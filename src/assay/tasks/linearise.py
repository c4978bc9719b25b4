"""Linearise: put a linear model in the place of a part that is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch

from assay.envelopes import ReplaceGiven, ReplaceQuestion, ReplaceTruth
from assay.hooks import module_at
from assay.plugins import Family, Task
from assay.subject import Subject
from assay.subjects import load_subject
from assay.subjects.handmade import coloured_pictures
from assay.types import Answer, Case, Envelope, Finding, Surrogate, digest


@dataclass(frozen=True)
class Linearise(Task):
    """Replace the head of a hand-written network; a case for each number of pictures to fit on.

    Fewer pictures than the head has inputs don't determine it: agreement out of distribution then
    tells how a tool fills the gap.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "replace"
    subject: ClassVar[str] = "handmade-units"

    size: int = 32
    pictures: tuple[int, ...] = (4, 60, 240)
    held_out: int = 60

    def __post_init__(self) -> None:
        # A list comes from TOML; a key needs something that doesn't change.
        object.__setattr__(self, "pictures", tuple(self.pictures))
        if not self.pictures or min(self.pictures) < 1 or self.held_out < 1:
            raise ValueError("there must be at least one picture to fit on and to compare on")

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        for number in self.pictures:
            key = {
                "task": "linearise",
                "version": self.version,
                "subject": subject.digest,
                "seed": seed,
                "size": self.size,
            }
            yield Case(
                name=f"head-from-{number}",
                kind="head",
                given=Envelope(
                    digest({**key, "given": number}), partial(self._given, subject, number, seed)
                ),
                question=Envelope(
                    digest({**key, "question": self.held_out}),
                    partial(self._question, subject, seed),
                ),
                truth=Envelope(digest({**key, "truth": number}), partial(self._truth, subject)),
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """The head's own weights."""
        truth = case.truth.open()
        return Surrogate(load_subject(self.subject, self.size).head, truth.weight, truth.bias)

    def grade(self, truth: ReplaceTruth, answer: Answer) -> dict[str, float]:
        """`agreement`: the lower of the two shares of pictures with the same top class.

        `agreement_inside` and `agreement_outside` are the two, `error_outside` the mean distance of
        the logits in units of their spread, `parameters` the surrogate's size.
        """
        m = answer.measured
        return {
            "agreement": min(m["inside/agreement"], m["outside/agreement"]),
            "agreement_inside": m["inside/agreement"],
            "agreement_outside": m["outside/agreement"],
            "error_outside": m["outside/error"],
            "parameters": m["parameters"],
        }

    def _given(self, subject: Subject, number: int, seed: int) -> ReplaceGiven:
        rng = torch.Generator().manual_seed(seed)
        pictures, _ = coloured_pictures(number, self.size, rng)
        return ReplaceGiven(subject, subject.head, pictures)

    def _question(self, subject: Subject, seed: int) -> ReplaceQuestion:
        # Another stream than the tool's pictures come from.
        rng = torch.Generator().manual_seed(seed + 2**32)
        inside, _ = coloured_pictures(self.held_out, self.size, rng)
        outside, _ = coloured_pictures(self.held_out, self.size, rng, outside=True)
        return ReplaceQuestion(subject, subject.head, inside, outside)

    def _truth(self, subject: Subject) -> ReplaceTruth:
        head = module_at(subject.network(), subject.head)
        assert isinstance(head, torch.nn.Linear)
        return ReplaceTruth(head.weight.detach().clone(), head.bias.detach().clone())
