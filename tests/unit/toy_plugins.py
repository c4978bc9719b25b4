"""Small plug-ins that the tests of plan, run and store name as "toy_plugins:Class"."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch

from assay.envelopes import ForeseeQuestion, PredictGiven, PredictQuestion, PredictTruth
from assay.measures.choice import correct_share
from assay.plugins import Combiner, Family, Judge, Method, Task
from assay.subjects import load_subject
from assay.types import (
    Answer,
    Budget,
    Case,
    Envelope,
    Finding,
    Images,
    UnsupportedError,
    digest,
)

PALETTE = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [1.0, 1.0, 0]])
# Names of envelopes opened in this process, in order.
OPENED: list[str] = []


def flat(index: int, size: int, n: int = 1) -> torch.Tensor:
    return PALETTE[index % 4][None, :, None, None].expand(n, 3, size, size).clone()


@dataclass(frozen=True)
class Colours(Task):
    """Which of four colours? Case i's truth is option i mod 4."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    fixtures: ClassVar[Mapping[str, int]] = {"invisible": 1, "small": 1}

    subject: str = "handmade"
    size: int = 32
    visualizations: int = 1
    number: int = 3
    complaint: str = ""

    def problems(self) -> list[str]:
        return [self.complaint] if self.complaint else []

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        for i in range(self.number):
            key = {"toy": i, "subject": subject.digest, "size": self.size}
            yield Case(
                name=f"case{i}",
                kind="patch" if i % 2 else "style",
                given=Envelope(digest({**key, "given": 1}), lambda i=i: self._given(i)),
                question=Envelope(digest({**key, "question": 1}), self._question),
                truth=Envelope(digest({"toy": i, "truth": 1}), lambda i=i: self._truth(i)),
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        return Images(case.truth.open().pictures, (0.0,), (0,))

    def fixture(self, name: str, case: Case, rng: torch.Generator) -> Finding:
        shown = torch.rand(1, 3, self.size, self.size, generator=rng)
        if name == "small":
            shown = 0.1 * shown + 0.9 * case.truth.open().pictures
        return Images(shown, (0.0,), (0,))

    def grade(self, truth: PredictTruth, answer: Answer) -> dict[str, float]:
        chances = answer.probabilities or ()
        return {"correct": correct_share(chances, truth.index), "p_truth": chances[truth.index]}

    def _given(self, i: int) -> PredictGiven:
        OPENED.append("given")
        subject = load_subject(self.subject, self.size)
        return PredictGiven(subject, i % 4, None, torch.rand(2, 3, self.size, self.size), 1)

    def _question(self) -> PredictQuestion:
        OPENED.append("question")
        return PredictQuestion(
            ("red", "green", "blue", "yellow"), tuple(flat(i, self.size) for i in range(4))
        )

    def _truth(self, i: int) -> PredictTruth:
        OPENED.append("truth")
        return PredictTruth(i % 4, f"colour {i % 4}", flat(i, self.size))


@dataclass(frozen=True)
class Painter(Method):
    """Paints noise; or does what its fields say. `log` gets a line for each call."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    hue: int = 0
    seconds: float = 0.0
    wrong: str = ""
    log: str = ""
    needs_file: str = ""

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Finding:
        if self.log:
            with open(self.log, "a") as file:
                file.write(f"{os.getpid()} {given.target_class}\n")
        time.sleep(self.seconds)
        network = given.subject.network()
        picture = torch.rand(1, 3, 32, 32, generator=rng)
        n = budget.passes + 1 if self.wrong == "greedy" else 1
        score = float(network(picture.expand(n, -1, -1, -1))[0, given.target_class])
        if self.wrong == "raises" or (self.needs_file and not Path(self.needs_file).exists()):
            raise RuntimeError("the painter has no paint")
        if self.wrong == "unsupported":
            raise UnsupportedError("no brush fits this network")
        if self.wrong == "dies":
            os._exit(3)
        if self.wrong == "nan":
            picture = picture * float("nan")
        return Images(picture, (score,), (0,))


@dataclass(frozen=True)
class Mean(Combiner):
    """The mean of all pictures."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    def combine(
        self,
        given: PredictGiven,
        findings: Mapping[str, Finding],
        budget: Budget,
        rng: torch.Generator,
    ) -> Finding:
        pictures = [f.pictures.mean(0) for f in findings.values() if isinstance(f, Images)]
        return Images(torch.stack(pictures).mean(0, keepdim=True), (0.0,), (0,))


@dataclass(frozen=True)
class Nearest(Judge):
    """Which exemplar's mean colour is nearest; refuses anything that smells of the truth."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        assert type(question) is PredictQuestion
        assert isinstance(finding, Images)
        # Eight bits: the judge sees the stored form.
        levels = finding.candidates * 255
        assert torch.allclose(levels, levels.round(), atol=1e-3)
        seen = finding.pictures.mean((0, 2, 3))
        options = torch.stack([e.mean((0, 2, 3)) for e in question.exemplars])
        distance = (options - seen).square().sum(1) + 1e-3 * torch.rand(4, generator=rng)
        return Answer(tuple((-8 * distance).double().softmax(0).tolist()))


@dataclass(frozen=True)
class Insider(Judge):
    """Knows the hand-written network, and learns from the finding which class is meant.

    `blind` says the same of all pictures.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    blind: bool = False

    def answer(self, question: ForeseeQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(question, ForeseeQuestion):
            raise UnsupportedError("this judge is asked whether")
        assert isinstance(finding, Images)
        if self.blind or not len(finding.pictures):
            return Answer(chances=(0.3,) * len(question.pictures))
        network = load_subject("handmade-trojaned", question.pictures.shape[-1]).network()
        # The gratings and light and dark are classes, too: what is meant is one of the colours.
        meant = int(network(finding.pictures).softmax(1)[:, :4].mean(0).argmax())
        return Answer(chances=tuple(network(question.pictures).softmax(1)[:, meant].tolist()))
