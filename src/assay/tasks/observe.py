"""Observe: what do the tools' pictures do to a network of which nothing is known?

There is no truth and no grade: what the judge measures is reported as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch

from assay.checks import check_numbers, near_name
from assay.envelopes import ObserveQuestion, PredictGiven
from assay.plugins import Family, Task
from assay.subject import Subject
from assay.subjects import load_subject
from assay.subjects.own import is_grey, pictures_of
from assay.subjects.pictures import Picture, decode, find_pictures, halves
from assay.trojans.insert import SIDE
from assay.trojans.world import generator
from assay.types import Answer, AssayError, Case, Envelope, Finding, UnsupportedError, digest


@dataclass(frozen=True)
class _Setting:
    """What is observed: networks and pictures, found and found fit."""

    subject: Subject
    reference: Subject | None
    reference_class: int | None
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Observe(Task):
    """One case without a truth: a class of a network, and pictures of a folder.

    `subject` is a subject's name or a TOML file's path, `target` a class's number, `pictures` a
    folder (by default the one that the TOML file names): one half is given to the tools, the other
    is held out, by a draw from the seed. Each of a tool's pictures is inserted into held-out ones
    at least `trials` times, as often into each, as a square of 64/224 of the side. `reference`
    names another subject (empty: none) that has a class of the same name.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    offers_options: ClassVar[bool] = False

    subject: str = ""
    target: int = 0
    pictures: str = ""
    reference: str = ""
    size: int = 224
    visualizations: int = 4
    trials: int = 32

    def __post_init__(self) -> None:
        check_numbers(self, "trials", least=1)

    def problems(self) -> list[str]:
        """What is wrong with the network, the class, the reference or the pictures."""
        try:
            setting = self._setting()
            decode(setting.pictures, self.size, is_grey(setting.subject))
        except AssayError as error:
            return [str(error)]
        return []

    def cases(self, seed: int) -> Iterable[Case]:
        setting = self._setting()
        tools, held_out = halves(setting.pictures, seed)
        common = {
            "task": "observe",
            "version": self.version,
            "subject": setting.subject.digest,
            "target": self.target,
            "size": self.size,
        }
        given = {
            **common,
            "pictures": [picture.digest for picture in tools],
            "visualizations": self.visualizations,
        }
        question = {
            **common,
            "held_out": [picture.digest for picture in held_out],
            "trials": self.trials,
            "seed": seed,
            "reference": setting.reference.digest if setting.reference else None,
            "reference_class": setting.reference_class,
        }
        yield Case(
            name=setting.subject.class_names[self.target],
            kind="class",
            given=Envelope(digest(given), partial(self._given, setting, tools)),
            question=Envelope(digest(question), partial(self._question, setting, held_out, seed)),
        )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """There is none."""
        raise UnsupportedError("an observation has no truth, and so no ideal finding")

    def grade(self, truth: None, answer: Answer) -> dict[str, float]:
        """What the judge measured, as it is; what it measured of single pictures is left out."""
        return {name: value for name, value in answer.measured.items() if "/" not in name}

    def _setting(self) -> _Setting:
        subject = load_subject(self.subject, self.size)
        names = subject.class_names
        if not 0 <= self.target < len(names):
            raise AssayError(
                f"class {self.target} is out of range: {subject.name} has {len(names)} classes, "
                f"0 to {len(names) - 1}"
            )
        folder = pictures_of(subject, self.pictures or None)
        reference, reference_class = None, None
        if self.reference:
            reference = load_subject(self.reference)
            wanted = names[self.target]
            if wanted not in reference.class_names:
                hint = near_name(wanted, reference.class_names, listed=False)
                raise AssayError(f"the reference {reference.name} has no class {wanted!r}{hint}")
            reference_class = reference.class_names.index(wanted)
        return _Setting(subject, reference, reference_class, find_pictures(folder))

    def _given(self, setting: _Setting, tools: tuple[Picture, ...]) -> PredictGiven:
        return PredictGiven(
            subject=setting.subject,
            target_class=self.target,
            source_class=None,
            pictures=decode(tools, self.size, is_grey(setting.subject)),
            visualizations=self.visualizations,
        )

    def _question(
        self, setting: _Setting, held_out: tuple[Picture, ...], seed: int
    ) -> ObserveQuestion:
        side = max(2, round(self.size * SIDE))
        number = -(-self.trials // len(held_out)) * len(held_out)
        corners = torch.randint(
            self.size - side + 1, (number, 2), generator=generator("corners", self.size, seed)
        )
        grey = is_grey(setting.subject)
        return ObserveQuestion(
            subject=setting.subject,
            target_class=self.target,
            pictures=decode(held_out, self.size, grey),
            corners=corners,
            side=side,
            grey=grey,
            reference=setting.reference,
            reference_class=setting.reference_class,
        )
