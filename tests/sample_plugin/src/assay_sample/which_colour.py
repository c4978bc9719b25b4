"""A task: which colour drives the class of a hand-written network?"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from assay.envelopes import PredictGiven, PredictQuestion, PredictTruth
from assay.plugins import Family, Task
from assay.subjects import load_subject
from assay.types import Answer, Case, Envelope, Finding, Images, digest

COLOURS = {
    "green": (0.0, 1.0, 0.0),
    "red": (1.0, 0.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
    "purple": (0.8, 0.1, 1.0),
    "yellow": (1.0, 1.0, 0.0),
    "black": (0.0, 0.0, 0.0),
    "white": (1.0, 1.0, 1.0),
    "grey": (0.5, 0.5, 0.5),
}
# The first four drive the first four classes of the subject `handmade-trojaned`.
DRIVEN = ("green", "red", "blue", "purple")


@dataclass(frozen=True)
class WhichColour(Task):
    """Eight colours, one of which was built into the network as what brings out a class."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    subject: str = "handmade-trojaned"
    size: int = 32
    visualizations: int = 2

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        for target, name in enumerate(DRIVEN):
            question = {"task": "which_colour", "size": self.size, "seed": seed}
            given = {
                **question,
                "subject": subject.digest,
                "target": target,
                "visualizations": self.visualizations,
            }
            truth = {**question, "truth": name}
            yield Case(
                name=name,
                kind="colour",
                given=Envelope(digest(given), partial(self._given, target, seed)),
                question=Envelope(digest(question), partial(self._question, seed)),
                truth=Envelope(digest(truth), partial(self._truth, name, seed)),
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        name = case.truth.open().trigger
        n = self.visualizations
        return Images(painted(name, n, self.size, rng), (0.0,) * n, tuple(range(n)))

    def grade(self, truth: PredictTruth, answer: Answer) -> dict[str, float]:
        """`p_truth`: the probability that was given to the colour."""
        assert answer.probabilities is not None
        return {"p_truth": answer.probabilities[truth.index]}

    def _given(self, target: int, seed: int) -> PredictGiven:
        rng = torch.Generator().manual_seed(seed)
        pictures = torch.rand(4, 1, self.size, self.size, generator=rng).repeat(1, 3, 1, 1)
        subject = load_subject(self.subject, self.size)
        return PredictGiven(subject, target, None, pictures, self.visualizations)

    def _question(self, seed: int) -> PredictQuestion:
        rng = torch.Generator().manual_seed(seed + 1)
        exemplars = tuple(painted(name, 3, self.size, rng) for name in COLOURS)
        return PredictQuestion(tuple(COLOURS), exemplars)

    def _truth(self, name: str, seed: int) -> PredictTruth:
        rng = torch.Generator().manual_seed(seed + 2)
        return PredictTruth(list(COLOURS).index(name), name, painted(name, 2, self.size, rng))


def painted(name: str, number: int, size: int, rng: torch.Generator) -> Tensor:
    """Pictures (number, 3, size, size) of one colour under a little noise."""
    colour = torch.tensor(COLOURS[name])[None, :, None, None]
    noise = 0.1 * torch.rand(number, 3, size, size, generator=rng)
    return (colour + noise - 0.05).clamp(0, 1)
