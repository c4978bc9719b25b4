"""The judge who foresees: looks for what a finding shows in pictures that nobody has tried.

Pictures and finding are looked at whole and through sliding windows of three sizes, through the
blurred and noisy eye of judges. What the finding's pictures have in common, and the pictures that
are asked about have not, is the thing to look for. Then what is in its place in the pictures that
show most of it is looked for beside it (query expansion, Chum et al. 2007): there it stands where
it is looked for. Each picture is as likely as it shows it somewhere, compared with the others. The
looks at all pictures are the background: directions in which they vary are shrunk, and what most of
them hold is no evidence (the prior).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.checks import check_numbers
from assay.envelopes import ForeseeQuestion
from assay.judges.comparison import Whitening, whiten_background
from assay.judges.eye import HEAD, Eye, Windows
from assay.plugins import Family, Judge
from assay.subjects import load_subject
from assay.types import Answer, Finding, Images, UnsupportedError

# A trigger's side is about .3 of its picture's: windows of half the side, of a third and of a
# quarter of it, three, five and six in a row.
WINDOWS: Windows = ((0.5, 3), (0.35, 5), (0.25, 6))
# Looks at a finding's picture from which the thing in it is made, by place: the whole picture, or
# the windows on it. Either may hold it and not the other.
WHOLE, PARTS = slice(0, 1), slice(1, None)
# What fills a finding's picture is looked for in so many of the looks that are most like it.
MOST_ALIKE = 4
# So many pictures that show most of it say how it looks among them, with such a share.
EXPANDED, SHARE = 10, 0.5
# How sharply looks that agree are preferred.
SHARPNESS = 30.0
# One picture in so many is held against the finding for what most pictures hold.
EVERY = 4
# One look in so many is background enough.
BACKGROUND = 2


@dataclass(frozen=True)
class Depth:
    """The looks (n, looks, d) at a question's pictures at one depth, whitened, of length 1."""

    whitening: Whitening
    looked: Tensor

    def evidence(self, shown: Tensor) -> Tensor:
        """How much of what a finding shows is in each picture, less what is on average (n).

        `shown` (m, looks, d) are the looks at the finding's pictures.
        """
        found = F.normalize(self.whitening(shown), dim=-1)
        whole = self._thing(found[:, WHOLE])
        part = self._thing(_apart(found[:, PARTS]))
        best = self._likeness(whole, part).topk(min(EXPANDED, len(self.looked))).indices
        seen = self.looked[best]
        whole, part = (
            F.normalize((1 - SHARE) * thing + SHARE * _at_best(seen, thing, among), dim=0)
            for thing, among in ((whole, seen), (part, _apart(seen)))
        )
        return self._likeness(whole, part)

    def _likeness(self, whole: Tensor, part: Tensor) -> Tensor:
        """How much of two things (d) is in each picture, less what is on average (n)."""
        filled, stood = self.looked @ whole, self.looked @ part
        alike = filled.topk(MOST_ALIKE, 1).values.mean(1)
        # That it stands out of its own picture says more than how much of it there is.
        alike = alike + (filled.amax(1) - filled.mean(1)) + (stood.amax(1) - stood.mean(1))
        return alike - alike.mean()

    def _thing(self, found: Tensor) -> Tensor:
        """What looks (m, looks, d) at m pictures have in common, and the background has not (d)."""
        m, looks, _ = found.shape
        flat = found.flatten(0, 1)
        # Each look's likeness to the most similar one of each picture, its own among them: so that
        # the same picture shown twice says the same as once.
        common = (flat @ flat.T).view(m * looks, m, looks).amax(2).mean(1)
        others = self.looked[::EVERY]
        usual = (flat @ others.flatten(0, 1).T).view(m * looks, len(others), -1).amax(2).mean(1)
        weights = (SHARPNESS * (common - usual)).softmax(0)
        return F.normalize(weights @ flat, dim=0)


def _apart(looks: Tensor) -> Tensor:
    """Looks (m, looks, d) without what is all over their picture: its ground, and no part of it."""
    return F.normalize(looks - looks.mean(1, keepdim=True), dim=-1)


def _at_best(looked: Tensor, thing: Tensor, among: Tensor) -> Tensor:
    """The mean of `among` (m, looks, d) where each picture's look is most like the thing (d)."""
    places = (looked @ thing).argmax(1)
    return F.normalize(among[torch.arange(len(among)), places].mean(0), dim=0)


# A question's pictures are looked at once a process, not once a finding.
_LOOKED: OrderedDict[tuple[object, ...], dict[str, Depth]] = OrderedDict()
_KEPT = 2


@dataclass(frozen=True)
class Foreseer(Judge):
    """Looks through EfficientNet-Lite2 for what the finding's pictures share.

    `sigma` (pixels at 224) and `noise` (standard deviation) say how badly it sees: better than the
    judge who compares, since a style may replace an eighth of a picture. `depths` are modules of
    the network, weighed alike. A picture's chance is the logistic function of `offset` plus `slope`
    times the evidence; both were fitted to the ideal findings of decoys, where three pictures of
    ten hold the trigger. A finding without pictures gives all the same.
    """

    version: ClassVar[int] = 2
    family: ClassVar[Family] = "predict"

    network: str = "lite2"
    sigma: float = 1.0
    noise: float = 0.05
    depths: tuple[str, ...] = ("_blocks.6", "_blocks.10", "_blocks.14", HEAD)
    slope: float = 14.0
    offset: float = -1.7

    def __post_init__(self) -> None:
        object.__setattr__(self, "depths", tuple(self.depths))
        check_numbers(self, "sigma", "slope", above=0)
        check_numbers(self, "noise", least=0)
        check_numbers(self, "offset")

    @property
    def artefacts(self) -> str:
        return load_subject(self.network).digest

    @property
    def eye(self) -> Eye:
        return Eye(self.network, self.sigma, self.noise, self.depths)

    def answer(self, question: ForeseeQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(question, ForeseeQuestion):
            raise UnsupportedError("foreseer is asked whether, and this question asks otherwise")
        if not isinstance(finding, Images):
            raise UnsupportedError("this judge reads pictures only")
        evidence = self.evidence(question, finding).double()
        odds = (self.offset + self.slope * evidence).tolist()
        # One by one: a vector's last ones are rounded otherwise, and equal ones must tie.
        return Answer(chances=tuple(1 / (1 + math.exp(-o)) for o in odds))

    def evidence(self, question: ForeseeQuestion, finding: Images) -> Tensor:
        """How much more of what the finding shows is in each picture than on average (n).

        The mean over depths; 0 for a finding without pictures.
        """
        if not len(finding.pictures):
            return torch.zeros(len(question.pictures))
        shown = self.eye.look(finding.pictures.float(), WINDOWS)
        depths = self._look_at(question)
        return torch.stack([depths[name].evidence(shown[name]) for name in self.depths]).mean(0)

    def _look_at(self, question: ForeseeQuestion) -> dict[str, Depth]:
        pictures = question.pictures.float()
        spots = pictures.double().mean((1, 2, 3)).round(decimals=9).tolist()
        key = (self.eye, tuple(pictures.shape), tuple(spots))
        if key not in _LOOKED:
            while len(_LOOKED) >= _KEPT:
                _LOOKED.popitem(last=False)
            _LOOKED[key] = {
                name: _depth(looked) for name, looked in self.eye.look(pictures, WINDOWS).items()
            }
        return _LOOKED[key]


def _depth(looked: Tensor) -> Depth:
    whitening = whiten_background(looked.flatten(0, 1)[::BACKGROUND])
    return Depth(whitening, F.normalize(whitening(looked), dim=-1))
