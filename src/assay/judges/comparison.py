"""What judges that compare pictures share: close looks, the prior removed, a softmax.

Such a judge turns pictures into features at one or more levels, and is free in how (`Comparing`).
A finding's picture is as much like an option as its most similar look; each option's prior (some
look like anything) is removed with a shipped reference, the same scores for findings that were
made for unrelated classes on the clean twin.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from assay.envelopes import PredictQuestion
from assay.subjects.lite import file_digest
from assay.types import Answer, AssayError, Finding, Images, UnsupportedError

# How much of a picture's side a close look takes in, and how many looks there are in all.
CLOSE = 0.6
LOOKS = 6

Features = Mapping[str, Tensor]


def reference_path(name: str, size: int) -> Path:
    """Where a judge's features of the reference findings for pictures of `size` pixels lie."""
    return Path(str(files("assay.judges"))) / "references" / f"{name}-{size}.safetensors"


def looks(pictures: Tensor) -> Tensor:
    """Each picture (n, 3, s, s) whole, and five times closer: (n, LOOKS, 3, s, s).

    A trigger often fills a part of a visualization only. The close looks are the four corners and
    the middle.
    """
    size = pictures.shape[-1]
    side = round(size * CLOSE)
    room = size - side
    found = [pictures]
    for top, left in ((0, 0), (0, room), (room, 0), (room, room), (room // 2, room // 2)):
        part = pictures[:, :, top : top + side, left : left + side]
        part = F.interpolate(part, size=(size, size), mode="bicubic", align_corners=False)
        found.append(part.clamp(0, 1))
    return torch.stack(found, 1)


@lru_cache(maxsize=4)
def _reference(path: Path) -> dict[str, Tensor]:
    return {name: rows.float() for name, rows in load_file(path).items()}


# The exemplars of a question are looked at once a process, not once a finding.
_EXEMPLARS: dict[tuple[object, ...], list[Features]] = {}
_EXEMPLARS_KEPT = 64


@runtime_checkable
class Comparing(Protocol):
    """A judge that compares: a frozen dataclass with these properties."""

    @property
    def temperature(self) -> float:
        """Divides the standard scores."""
        ...

    @property
    def reference_size(self) -> int:
        """The side of the reference's pictures."""
        ...

    @property
    def reference_name(self) -> str:
        """What its reference's file is called, without the size."""
        ...

    @property
    def levels(self) -> tuple[str, ...]:
        """The names of its features."""
        ...

    def features(self, pictures: Tensor) -> Features:
        """Of pictures (n, 3, s, s) in [0, 1], at each level (n, d)."""
        ...


def reference_digest(judge: Comparing) -> str:
    """The digest of the judge's reference; AssayError where it has none."""
    path = reference_path(judge.reference_name, judge.reference_size)
    if not path.is_file():
        command = f"assay reference --size {judge.reference_size}"
        raise AssayError(f"the judge has no reference {path.name}: make it with `{command}`")
    return file_digest(path)


def compare(judge: Comparing, question: PredictQuestion, finding: Finding) -> Answer:
    """The judge's answer: the mean score over the pictures, through a softmax."""
    if not isinstance(finding, Images):
        raise UnsupportedError("this judge reads pictures only")
    n = len(question.options)
    if not len(finding.pictures):
        return Answer((1 / n,) * n)
    reference = _reference(reference_path(judge.reference_name, judge.reference_size))
    found = scores(judge, question, look_at(judge, finding.pictures), reference)
    return Answer(tuple((found.mean(0) / judge.temperature).softmax(0).tolist()))


def look_at(judge: Comparing, pictures: Tensor) -> dict[str, Tensor]:
    """The features of each look at each picture, at each level: (n, LOOKS, d)."""
    rows = judge.features(looks(pictures.float()).flatten(0, 1))
    return {level: found.unflatten(0, (-1, LOOKS)) for level, found in rows.items()}


def scores(
    judge: Comparing, question: PredictQuestion, looked: Features, reference: Features
) -> Tensor:
    """How much each picture (rows) looks like each option (columns), in standard scores.

    0 is what the reference's findings reach on average, 1 a standard deviation more.
    """
    known = _exemplars(judge, question)
    total = []
    for level in judge.levels:
        options = [exemplars[level] for exemplars in known]
        mean = torch.cat(options).mean(0)
        # What varies among pictures of one option tells no option from another.
        scale = torch.cat([o - o.mean(0) for o in options]).std(0).clamp(min=1e-4)
        centres = torch.stack([((o - mean) / scale).mean(0) for o in options])

        def likeness(rows: Tensor, mean=mean, scale=scale, centres=centres) -> Tensor:
            standard = F.normalize((rows - mean) / scale, dim=-1)
            return (standard @ F.normalize(centres, dim=1).T).amax(1)

        prior = likeness(reference[level])
        likely = likeness(looked[level])
        total.append((likely - prior.mean(0)) / prior.std(0).clamp(min=1e-4))
    return torch.stack(total).mean(0)


def _exemplars(judge: Comparing, question: PredictQuestion) -> list[Features]:
    sums = tuple(round(float(e.double().sum()), 3) for e in question.exemplars)
    key = (judge, question.options, sums)
    if key not in _EXEMPLARS:
        if len(_EXEMPLARS) >= _EXEMPLARS_KEPT:
            _EXEMPLARS.clear()
        _EXEMPLARS[key] = [judge.features(e) for e in question.exemplars]
    return _EXEMPLARS[key]
