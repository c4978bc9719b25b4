"""The embedding judge: looks at a finding with another network, through blur and noise.

It compares the finding's pictures with pictures of each option in the feature space of
EfficientNet-Lite2, which the tools never touch. Blur and noise come first because a network of
the subject's family can read what no person sees. Every option has a prior (some look like
anything): it is removed with a shipped reference, the same scores for findings that were made
for unrelated classes on the clean twin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from assay.envelopes import PredictQuestion
from assay.hooks import capture
from assay.plugins import Family, Judge
from assay.subjects import load_subject
from assay.subjects.lite import file_digest
from assay.types import Answer, AssayError, Finding, Images, UnsupportedError

CHUNK = 16
# How much of a picture's side a close look takes in, and how many looks there are in all.
CLOSE = 0.6
LOOKS = 6
# The last feature maps: their spread says little that their mean does not.
HEAD = "_bn1"


def reference_path(network: str, size: int) -> Path:
    """Where the features of the reference findings for pictures of `size` pixels lie."""
    return Path(str(files("assay.judges"))) / "references" / f"{network}-{size}.safetensors"


@lru_cache(maxsize=2)
def _eye(network: str) -> nn.Module:
    return load_subject(network).network().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@lru_cache(maxsize=4)
def _reference(path: Path) -> dict[str, Tensor]:
    return {name: rows.float() for name, rows in load_file(path).items()}


@lru_cache(maxsize=64)
def _noise(size: int, draw: int) -> Tensor:
    return torch.randn(3, size, size, generator=torch.Generator().manual_seed(1000 + draw))


def blur(pictures: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of (n, 3, h, w), sigma in pixels, edges reflected."""
    radius = max(1, math.ceil(3 * sigma))
    steps = torch.arange(-radius, radius + 1, dtype=pictures.dtype)
    kernel = torch.exp(-0.5 * (steps / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(3, 1, -1)
    padded = F.pad(pictures, (radius,) * 4, mode="reflect")
    rows = F.conv2d(padded, kernel[:, :, None], groups=3)
    return F.conv2d(rows, kernel[:, :, :, None], groups=3)


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


@dataclass(frozen=True)
class Embedding(Judge):
    """Cosine to each option's centre at several depths, prior removed, softmax.

    `sigma` (pixels at 224) and `noise` (standard deviation) say how badly it sees, `draws` how
    often; `depths` are modules of the network, weighed alike; `temperature` divides the
    standardised scores. Depths and looks were chosen on decoy trojans.
    """

    version: ClassVar[int] = 2
    family: ClassVar[Family] = "predict"

    network: str = "lite2"
    sigma: float = 2.0
    noise: float = 0.1
    draws: int = 2
    depths: tuple[str, ...] = ("_blocks.6", "_blocks.10", "_blocks.14", HEAD)
    temperature: float = 0.5
    reference_size: int = 160

    def __post_init__(self) -> None:
        object.__setattr__(self, "depths", tuple(self.depths))
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0, not {self.temperature}")
        if self.draws < 1 or not self.sigma > 0 or self.noise < 0:
            raise ValueError("draws must be 1 or more, sigma above 0 and noise 0 or more")

    @property
    def artefacts(self) -> str:
        path = reference_path(self.network, self.reference_size)
        if not path.is_file():
            raise AssayError(
                f"the embedding judge has no reference for {self.reference_size} px: "
                "make it with `assay reference`"
            )
        return f"{load_subject(self.network).digest}:{file_digest(path)}"

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        if not isinstance(finding, Images):
            raise UnsupportedError("the embedding judge reads pictures only")
        n = len(question.options)
        if not len(finding.pictures):
            return Answer((1 / n,) * n)
        scores = self.scores(question, self.looked(finding.pictures))
        probabilities = (scores.mean(0) / self.temperature).softmax(0)
        return Answer(tuple(probabilities.tolist()))

    def scores(self, question: PredictQuestion, looked: dict[str, Tensor]) -> Tensor:
        """How much each picture (rows) looks like each option (columns), in standard scores.

        A picture is as much like an option as that one of its looks that is most like it. 0 is
        what findings for unrelated classes reach on average, 1 a standard deviation more.
        """
        known = _exemplar_features(self, question)
        reference = _reference(reference_path(self.network, self.reference_size))
        total = []
        for depth in self.depths:
            options = [exemplars[depth] for exemplars in known]
            mean = torch.cat(options).mean(0)
            # What varies among pictures of one option tells no option from another.
            scale = torch.cat([o - o.mean(0) for o in options]).std(0).clamp(min=1e-4)
            centres = torch.stack([((o - mean) / scale).mean(0) for o in options])

            def likeness(rows: Tensor, mean=mean, scale=scale, centres=centres) -> Tensor:
                standard = F.normalize((rows - mean) / scale, dim=-1)
                return (standard @ F.normalize(centres, dim=1).T).amax(1)

            prior = likeness(reference[depth])
            likely = likeness(looked[depth])
            total.append((likely - prior.mean(0)) / prior.std(0).clamp(min=1e-4))
        return torch.stack(total).mean(0)

    def looked(self, pictures: Tensor) -> dict[str, Tensor]:
        """The features of each look at each picture, at each depth: (n, LOOKS, d)."""
        rows = self.features(looks(pictures.float()).flatten(0, 1))
        return {depth: found.unflatten(0, (-1, LOOKS)) for depth, found in rows.items()}

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        """Mean and spread over space at each depth, (n, d), averaged over the draws.

        At the last depth only the mean.
        """
        size = pictures.shape[-1]
        seen = blur(pictures.float(), self.sigma * size / 224)
        network = _eye(self.network)
        rows: dict[str, list[Tensor]] = {depth: [] for depth in self.depths}
        with torch.no_grad(), capture(network, *self.depths) as outputs:
            for chunk in seen.split(CHUNK):
                parts: dict[str, list[Tensor]] = {depth: [] for depth in self.depths}
                for draw in range(self.draws):
                    # The same noise on every picture: no picture depends on its batch.
                    noisy = (chunk + self.noise * _noise(size, draw)).clamp(0, 1)
                    network(noisy.contiguous(memory_format=torch.channels_last))
                    for depth in self.depths:
                        maps = outputs[depth].flatten(2)
                        spread = [] if depth == HEAD else [maps.std(2)]
                        parts[depth].append(torch.cat([maps.mean(2), *spread], 1))
                for depth in self.depths:
                    rows[depth].append(torch.stack(parts[depth]).mean(0))
        return {depth: torch.cat(found) for depth, found in rows.items()}


# The exemplars of a question are looked at once a process, not once a finding.
_EXEMPLARS: dict[tuple[object, ...], list[dict[str, Tensor]]] = {}
_EXEMPLARS_KEPT = 64


def _exemplar_features(judge: Embedding, question: PredictQuestion) -> list[dict[str, Tensor]]:
    sums = tuple(round(float(e.double().sum()), 3) for e in question.exemplars)
    key = (judge, question.options, sums)
    if key not in _EXEMPLARS:
        if len(_EXEMPLARS) >= _EXEMPLARS_KEPT:
            _EXEMPLARS.clear()
        _EXEMPLARS[key] = [judge.features(e) for e in question.exemplars]
    return _EXEMPLARS[key]
