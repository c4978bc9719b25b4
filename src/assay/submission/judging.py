"""Asks a judge about rows of pictures, and grades what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from assay.measures.choice import TIE
from assay.measures.table import ON_P_TRUTH, Row, rows
from assay.plugins import Judge, Task
from assay.submission.questions import Asked
from assay.types import AssayError, Images, UnsupportedError


@dataclass(frozen=True)
class Verdict:
    """What a judge said to one question with one row's pictures in hand.

    `probabilities` stand in the order of `options` and sum to 1. Where the truth is known, `truth`
    is the option that is right and `metrics` are the task's grades.
    """

    row: str
    question: str
    kind: str
    pictures: int
    options: tuple[str, ...]
    probabilities: tuple[float, ...]
    truth: str | None
    metrics: dict[str, float]

    @property
    def likeliest(self) -> list[str]:
        """The option with the highest probability, or all that tie for it."""
        highest = max(self.probabilities)
        chances = zip(self.options, self.probabilities, strict=True)
        return [option for option, p in chances if p >= highest - TIE]

    def as_dict(self, prints_p_truth: bool = True) -> dict[str, Any]:
        """Everything as plain data; None for the probabilities, and for what is made of them, of a
        judge whose probabilities are not printed.
        """
        said = {**asdict(self), "likeliest": self.likeliest}
        if prints_p_truth:
            return said
        metrics = {n: None if n in ON_P_TRUTH else value for n, value in self.metrics.items()}
        return {**said, "probabilities": None, "metrics": metrics}


def judge_rows(
    judge: Judge,
    task: Task,
    questions: Sequence[Asked],
    pictures: Mapping[str, Mapping[str, Tensor]],
    report: Callable[[str], None] = lambda what: None,
) -> list[Verdict]:
    """The judge's answers, row by row: `pictures[row][question]` is uint8 (n, 3, size, size).

    `task` grades. `report` is called after each answer. AssayError where the judge doesn't look at
    pictures, or chooses nothing.
    """
    found: list[Verdict] = []
    for asked in questions:
        # A question is made once, for all rows that answer it.
        shown = {row: own[asked.name] for row, own in pictures.items() if asked.name in own}
        question = asked.question() if shown else None
        for row, stack in shown.items():
            n = len(stack)
            finding = Images(stack.float() / 255, (0.0,) * n, tuple(range(n)))
            try:
                answer = judge.answer(question, finding, torch.Generator().manual_seed(0))
            except UnsupportedError as error:
                raise AssayError(f"the judge can't say anything to pictures: {error}") from error
            if answer.probabilities is None or question is None:
                raise AssayError("the judge measures something, and chooses no option")
            # The truth is opened after the judge has answered: it is for grading alone.
            truth = asked.truth() if asked.truth is not None else None
            verdict = Verdict(
                row=row,
                question=asked.name,
                kind=asked.kind,
                pictures=n,
                options=question.options,
                probabilities=answer.probabilities,
                truth=question.options[truth.index] if truth is not None else None,
                metrics=task.grade(truth, answer) if truth is not None else {},
            )
            found.append(verdict)
            report(f"{row} · {asked.name}")
    order = list(pictures)
    return sorted(found, key=lambda verdict: order.index(verdict.row))


def mean_rows(verdicts: Sequence[Verdict], judge: str) -> list[Row]:
    """The means of each row over the questions whose truth is known, as a suite's table has them.

    In them, `method` is the row's name.
    """
    return rows(
        {
            "task": "",
            "subject": "",
            "twin_of": None,
            "case": verdict.question,
            "kind": verdict.kind,
            "method": verdict.row,
            "judge": judge,
            "seed": 0,
            "status": "ok",
            "metrics": verdict.metrics,
            "top": max(verdict.probabilities),
            "seconds": None,
            "passes": None,
        }
        for verdict in verdicts
        if verdict.metrics
    )
