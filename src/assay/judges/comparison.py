"""What judges that name an option share: close looks, the prior removed, a softmax.

Such a judge turns pictures into features at one or more levels, whole and through closer looks,
and is free in how (`Comparing`).
Directions in which pictures of one option differ, or findings that have nothing to do with the
question, are shrunk (linear discriminant analysis). A finding's picture is as much like an option
as its most similar look, on average over four views; each option's prior (some look like anything)
is removed with a shipped reference, findings that were made for unrelated classes on the clean
twin: what most of them reach too is no evidence. Scores count by their logarithm (`evidence`).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
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

# How a finding's pictures are seen: an answer that hangs on one of these is an unsure one.
VIEWS = ("as it is", "mirrored", "smaller", "dimmer")
# The side of the smaller view, and the light of the dimmer one, as shares.
SMALLER, DIMMER = 0.8, 0.75
# How far the covariance of a level is drawn towards a multiple of the identity: a question has
# fewer exemplars than a level has features.
SHRINKAGE = 0.5
# What is more like an option than this share of the unrelated findings' pictures is weak evidence,
# which counts so much; what is more like it than all of them counts fully.
UNRELATED_SHARE = 0.75
WEAK = 0.1
# The mean score from which on a score counts by its logarithm; below, as it is.
FAINT = 0.02

Features = Mapping[str, Tensor]


def reference_path(name: str, size: int) -> Path:
    """Where a judge's features of the reference findings for pictures of `size` pixels lie."""
    return Path(str(files("assay.judges"))) / "references" / f"{name}-{size}.safetensors"


def views(pictures: Tensor) -> Tensor:
    """Each picture (n, 3, s, s) in the four VIEWS: (n, 4, 3, s, s).

    The smaller one is surrounded by its own reflection.
    """
    size = pictures.shape[-1]
    side = round(size * SMALLER)
    small = F.interpolate(
        pictures, size=(side, side), mode="bilinear", antialias=True, align_corners=False
    )
    before = (size - side) // 2
    after = size - side - before
    small = F.pad(small, (before, after, before, after), mode="reflect")
    return torch.stack([pictures, pictures.flip(-1), small, pictures * DIMMER], 1)


@lru_cache(maxsize=4)
def _reference(path: Path) -> dict[str, Tensor]:
    return {name: rows.float() for name, rows in load_file(path).items()}


# A question's exemplars are looked at once a process, not once a finding.
_LEVELS: dict[tuple[object, ...], dict[str, Level]] = {}
_LEVELS_KEPT = 64
# Nor is a finding looked at once for each question that it is dealt to: what a look sees of a
# picture depends on the picture alone. The last ones are kept, up to so many bytes.
_LOOKS: OrderedDict[tuple[object, str], dict[str, Tensor]] = OrderedDict()
_LOOKS_BYTES = 2**30


@runtime_checkable
class Comparing(Protocol):
    """A judge that compares: a frozen dataclass with these properties."""

    @property
    def temperature(self) -> float:
        """Divides the evidence."""
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
        """Of pictures (n, 3, s, s) in [0, 1], whole, at each level (n, d)."""
        ...

    def look(self, pictures: Tensor) -> Features:
        """Of such pictures, whole and in parts, at each level (n, looks, d).

        A trigger often fills a part of a visualization only.
        """
        ...


def reference_digest(judge: Comparing) -> str:
    """The digest of the judge's reference; AssayError where it has none."""
    path = reference_path(judge.reference_name, judge.reference_size)
    if not path.is_file():
        command = f"assay reference --size {judge.reference_size}"
        raise AssayError(f"the judge has no reference {path.name}: make it with `{command}`")
    return file_digest(path)


def compare(judge: Comparing, question: PredictQuestion, finding: Finding) -> Answer:
    """The judge's answer: the evidence of the mean score over pictures and views, in a softmax.

    `moved` is the most that one option's probability differs between two of the VIEWS.
    """
    found = finding_scores(judge, question, finding).mean(0).mean(0)
    by_view = (evidence(found) / judge.temperature).softmax(1)
    moved = float((by_view.amax(0) - by_view.amin(0)).max())
    chances = (evidence(found.mean(0)) / judge.temperature).softmax(0)
    return Answer(tuple(chances.tolist()), {"moved": moved})


def evidence(scores: Tensor) -> Tensor:
    """What mean scores, from 0, are worth: log(1 + score / FAINT).

    An option's odds grow as a power of its score (with a temperature T, the power 1 / T), and not
    exponentially: twice as much of what is there already is not twice as convincing.
    """
    return (scores / FAINT).log1p()


def finding_scores(judge: Comparing, question: PredictQuestion, finding: Finding) -> Tensor:
    """What `scores_by_level` gives for the finding: (levels, pictures, views, options).

    A finding without pictures is as one that looks like nothing. UnsupportedError for other kinds.
    """
    if not isinstance(finding, Images):
        raise UnsupportedError("this judge reads pictures only")
    if not len(finding.pictures):
        return torch.zeros(len(judge.levels), 1, len(VIEWS), len(question.options))
    reference = _reference(reference_path(judge.reference_name, judge.reference_size))
    return scores_by_level(judge, question, look_at(judge, finding.pictures), reference)


def look_at(judge: Comparing, pictures: Tensor) -> dict[str, Tensor]:
    """The features of each look at each view of each picture, at each level.

    Each is (n, len(VIEWS), looks, d). Pictures that were looked at lately aren't looked at again.
    """
    shown = pictures.detach().cpu().contiguous()
    content = shown.reshape(-1).view(torch.uint8).numpy().tobytes()
    key = (judge, hashlib.sha256(f"{shown.dtype} {shown.shape}".encode() + content).hexdigest())
    if key in _LOOKS:
        _LOOKS.move_to_end(key)
        return _LOOKS[key]
    parts = [judge.look(views(p.float()).flatten(0, 1)) for p in pictures.split(8)]
    looked = {
        level: torch.cat([part[level] for part in parts]).unflatten(0, (-1, len(VIEWS)))
        for level in judge.levels
    }
    _LOOKS[key] = looked
    while len(_LOOKS) > 1 and sum(_size(kept) for kept in _LOOKS.values()) > _LOOKS_BYTES:
        _LOOKS.popitem(last=False)
    return looked


def _size(features: Features) -> int:
    """Bytes."""
    return sum(rows.numel() * rows.element_size() for rows in features.values())


def scores(
    judge: Comparing,
    question: PredictQuestion,
    looked: Features,
    reference: Features,
    about: Tensor | None = None,
) -> Tensor:
    """How much each picture looks like each option, from 0: (..., options).

    `looked` is (..., looks, d) at each level, the reference (m, looks, d). 0 is no more than nearly
    all of the reference's pictures reach, 1 about a standard deviation of theirs above them all.
    `about` says which option (its index) each of the reference's pictures was made for; they say
    nothing of what that option's prior is. Without it they were for none.
    """
    return scores_by_level(judge, question, looked, reference, about).mean(0)


def scores_by_level(
    judge: Comparing,
    question: PredictQuestion,
    looked: Features,
    reference: Features,
    about: Tensor | None = None,
) -> Tensor:
    """What `scores` averages: (levels, ..., options), in the order of the judge's levels."""
    levels = _levels(judge, question, reference, about)
    return torch.stack([levels[name].score(looked[name]) for name in judge.levels])


@dataclass(frozen=True)
class Whitening:
    """Features (..., d) to standard ones in which what tells nothing apart is small.

    `directions` (d, d) are the principal ones of what tells nothing apart, each shrunk by `gains`.
    """

    mean: Tensor
    scale: Tensor
    directions: Tensor
    gains: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        standard = (rows - self.mean) / self.scale
        return (standard @ self.directions.T) * self.gains


def fit_whitening(
    options: list[Tensor], reference: Tensor, about: Tensor | None = None
) -> Whitening:
    """Of options' exemplars (n, d) each, and the reference's looks (m, looks, d).

    What varies among pictures of one option tells no option from another, nor does what varies
    among findings for anything, or (`about`, see `scores`) for one option.
    """
    within = torch.cat([rows - rows.mean(0) for rows in options])
    groups = [reference] if about is None else [reference[about == k] for k in about.unique()]
    anything = torch.cat([(g - g.mean((0, 1))).flatten(0, 1) for g in groups])
    scale = within.std(0).clamp(min=1e-4)
    nuisance = torch.cat([within / len(within) ** 0.5, anything / len(anything) ** 0.5]) / scale
    return _shrinking(nuisance, torch.cat(options).mean(0), scale)


def whiten_background(rows: Tensor) -> Whitening:
    """Of looks (m, d) at anything: what varies among them tells nothing apart."""
    mean, scale = rows.mean(0), rows.std(0).clamp(min=1e-4)
    return _shrinking((rows - mean) / scale / len(rows) ** 0.5, mean, scale)


def _shrinking(nuisance: Tensor, mean: Tensor, scale: Tensor) -> Whitening:
    """What shrinks the directions in which the standard rows (m, d) differ most."""
    # There are far more looks than features: the covariance is the smaller matrix.
    variances, directions = torch.linalg.eigh(nuisance.T @ nuisance)
    variances = variances.clamp(min=0)
    average = SHRINKAGE * variances.mean()
    return Whitening(
        mean=mean,
        scale=scale,
        directions=directions.T,
        gains=((1 - SHRINKAGE) * variances + average).rsqrt(),
    )


@dataclass(frozen=True)
class Level:
    """The options of a question at one level of features (d of them).

    `centres` (options, d) are the options' exemplars, whitened; `floor`, `highest` and `spread`
    (options) say how much like each option the reference's pictures are: nearly all of them at
    most, all of them at most, and by how much they differ.
    """

    whitening: Whitening
    centres: Tensor
    floor: Tensor
    highest: Tensor
    spread: Tensor

    def score(self, looked: Tensor) -> Tensor:
        """Of looks (..., looks, d): for each picture and option, from 0."""
        likely = likeness(self.whitening, self.centres, looked)
        weak, strong = (
            ((likely - least) / self.spread).clamp(min=0) for least in (self.floor, self.highest)
        )
        return strong + WEAK * weak


def likeness(whitening: Whitening, centres: Tensor, looked: Tensor) -> Tensor:
    """The largest cosine over the looks (..., looks, d) with each centre: (..., options)."""
    return (F.normalize(whitening(looked), dim=-1) @ centres.T).amax(-2)


def fit_level(options: list[Tensor], reference: Tensor, about: Tensor | None = None) -> Level:
    """The level of options' exemplars (n, d) each, and the reference's looks (m, looks, d).

    `about` (m): see `scores`.
    """
    whitening = fit_whitening(options, reference, about)
    centres = F.normalize(torch.stack([whitening(rows).mean(0) for rows in options]), dim=1)
    reached = likeness(whitening, centres, reference)
    prior = [column if about is None else column[about != k] for k, column in enumerate(reached.T)]
    return Level(
        whitening=whitening,
        centres=centres,
        floor=torch.stack([column.quantile(UNRELATED_SHARE) for column in prior]),
        highest=torch.stack([column.max() for column in prior]),
        spread=torch.stack([column.std() for column in prior]).clamp(min=1e-4),
    )


def _levels(
    judge: Comparing, question: PredictQuestion, reference: Features, about: Tensor | None
) -> dict[str, Level]:
    shown = (*question.exemplars, *(reference[name] for name in judge.levels))
    key = (judge, question.options, tuple(round(float(e.double().sum()), 3) for e in shown))
    if key not in _LEVELS:
        if len(_LEVELS) >= _LEVELS_KEPT:
            _LEVELS.clear()
        known = [judge.features(e) for e in question.exemplars]
        _LEVELS[key] = {
            name: fit_level([exemplars[name] for exemplars in known], reference[name], about)
            for name in judge.levels
        }
    return _LEVELS[key]
