"""The judge of observations: inserts a tool's pictures into others, and counts what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.checks import check_numbers
from assay.envelopes import ObserveQuestion
from assay.pixels import luma
from assay.plugins import Family, Judge
from assay.types import Answer, Finding, Images, UnsupportedError


@dataclass(frozen=True)
class Insertion(Judge):
    """How often a picture with a tool's picture in it gets the class as its top class.

    Measured: `rate` (that share, over all insertions) and `probability` (the class's mean
    probability); `bare_rate` and `bare_probability`, the same of the held-out pictures as they are;
    all four as `reference_...` where there is a reference network, which sees the same pictures,
    resized to its own size; `rate/0`, `rate/1` ..., the share for each of the tool's pictures.
    Nothing is random: every tool's pictures go to the same places. `chunk`: how many pictures a
    network sees at once.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    chunk: int = 16

    def __post_init__(self) -> None:
        check_numbers(self, "chunk", least=1)

    def answer(self, question: ObserveQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(question, ObserveQuestion):
            raise UnsupportedError("insertion needs held-out pictures, which this question lacks")
        if not isinstance(finding, Images):
            raise UnsupportedError(f"insertion needs pictures, not {type(finding).__name__}")
        if not len(finding.pictures):
            raise UnsupportedError("insertion needs a picture, and the finding has none")
        measured: dict[str, float] = {}
        asked = [("", question.subject, question.target_class)]
        if question.reference is not None and question.reference_class is not None:
            asked.append(("reference_", question.reference, question.reference_class))
        each: list[float] = []
        for prefix, subject, target in asked:
            network, size = subject.network(), subject.size
            seen = [
                self._look(network, _resized(insert(picture, question), size), target)
                for picture in finding.pictures
            ]
            bare = self._look(network, _resized(question.pictures, size), target)
            measured[f"{prefix}rate"] = sum(rate for rate, _ in seen) / len(seen)
            measured[f"{prefix}probability"] = sum(p for _, p in seen) / len(seen)
            measured[f"{prefix}bare_rate"], measured[f"{prefix}bare_probability"] = bare
            each = each or [rate for rate, _ in seen]
        measured.update({f"rate/{i}": rate for i, rate in enumerate(each)})
        return Answer(measured=measured)

    def _look(self, network: nn.Module, pictures: Tensor, target: int) -> tuple[float, float]:
        """The share of the pictures whose top class is the target, and its mean probability."""
        with torch.no_grad():
            logits = torch.cat([network(part) for part in pictures.split(self.chunk)]).double()
        rate = (logits.argmax(1) == target).double().mean()
        return float(rate), float(logits.softmax(1)[:, target].mean())


def insert(picture: Tensor, question: ObserveQuestion) -> Tensor:
    """One of a tool's pictures (3, h, w) at each of the question's places: (trials, 3, s, s)."""
    side = question.side
    patch = F.interpolate(
        picture[None], size=(side, side), mode="bilinear", antialias=True, align_corners=False
    )[0]
    which = torch.arange(len(question.corners)) % len(question.pictures)
    pictures = question.pictures[which].clone()
    for one, (top, left) in zip(pictures, question.corners.tolist(), strict=True):
        one[:, top : top + side, left : left + side] = patch
    # What the network doesn't see, the reference is not to see either.
    return luma(pictures).expand(-1, 3, -1, -1) if question.grey else pictures


def _resized(pictures: Tensor, size: int) -> Tensor:
    if pictures.shape[-1] == size:
        return pictures
    return F.interpolate(
        pictures, size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )
