"""The embedding judge: looks at a finding with another network, through blur and noise.

It compares the finding's pictures with pictures of each option in the feature space of
EfficientNet-Lite2, which the tools never touch. Blur and noise come first because a network of
the subject's family can read what no person sees. Every option has a prior (some look like
anything): it is removed with a shipped reference, the same scores for findings that were made
for unrelated classes on the clean twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.envelopes import PredictQuestion
from assay.hooks import capture
from assay.judges.comparison import compare, reference_digest
from assay.pixels import blur
from assay.plugins import Family, Judge, check_numbers
from assay.subjects import load_subject
from assay.types import Answer, Finding

CHUNK = 16
# Parts are looked at twice as large as they are: windows of half the side, three in a row, and of a
# quarter of it, four in a row.
ENLARGED = 2
WINDOWS = ((0.5, 3), (0.25, 4))
# The last feature maps: their spread says little that their mean does not.
HEAD = "_bn1"


@lru_cache(maxsize=2)
def _eye(network: str) -> nn.Module:
    return load_subject(network).network().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@lru_cache(maxsize=8)
def _noise(size: int) -> Tensor:
    return torch.randn(3, size, size, generator=torch.Generator().manual_seed(1000))


@dataclass(frozen=True)
class Embedding(Judge):
    """Features of EfficientNet-Lite2 at several depths, through blur and noise.

    `sigma` (pixels at 224) and `noise` (standard deviation) say how badly it sees; `depths` are
    modules of the network, weighed alike; `temperature` divides the evidence. Depths,
    looks and temperature were chosen on decoy trojans.
    """

    version: ClassVar[int] = 6
    family: ClassVar[Family] = "predict"

    network: str = "lite2"
    sigma: float = 2.0
    noise: float = 0.1
    depths: tuple[str, ...] = ("_blocks.6", "_blocks.10", "_blocks.14", HEAD)
    temperature: float = 0.47
    reference_size: int = 160

    def __post_init__(self) -> None:
        object.__setattr__(self, "depths", tuple(self.depths))
        check_numbers(self, "temperature", "sigma", above=0)
        check_numbers(self, "noise", least=0)

    @property
    def levels(self) -> tuple[str, ...]:
        return self.depths

    @property
    def reference_name(self) -> str:
        return self.network

    @property
    def artefacts(self) -> str:
        return f"{load_subject(self.network).digest}:{reference_digest(self)}"

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        return compare(self, question, finding)

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        """Mean and spread over space at each depth, (n, d); at the last depth only the mean."""
        looked = self._look(pictures, pictures.shape[-1], ((1.0, 1),))
        return {depth: rows[:, 0] for depth, rows in looked.items()}

    def look(self, pictures: Tensor) -> dict[str, Tensor]:
        """The same of each whole picture, and of windows on it (n, 26, d).

        All windows come of one pass of the enlarged picture: what stands around a window reaches a
        little into it.
        """
        size = pictures.shape[-1]
        whole = self._look(pictures, size, ((1.0, 1),))
        parts = self._look(pictures, ENLARGED * size, WINDOWS)
        return {depth: torch.cat([whole[depth], parts[depth]], 1) for depth in self.depths}

    def _look(
        self, pictures: Tensor, side: int, windows: tuple[tuple[float, int], ...]
    ) -> dict[str, Tensor]:
        """Features of windows on the pictures, which are enlarged to `side`: (n, windows, d)."""
        size = pictures.shape[-1]
        network = _eye(self.network)
        rows: dict[str, list[Tensor]] = {depth: [] for depth in self.depths}
        with torch.no_grad(), capture(network, *self.depths) as outputs:
            for chunk in pictures.float().split(max(1, CHUNK * size**2 // side**2)):
                seen = blur(_enlarge(chunk, side), self.sigma * size / 224)
                # The same noise on every picture: no picture depends on its batch.
                noisy = (seen + self.noise * _noise(side)).clamp(0, 1)
                network(noisy.contiguous(memory_format=torch.channels_last))
                for depth in self.depths:
                    maps = outputs[depth]
                    rows[depth].append(_pooled(maps, windows, spread=depth != HEAD))
        return {depth: torch.cat(found) for depth, found in rows.items()}


def _enlarge(pictures: Tensor, side: int) -> Tensor:
    if pictures.shape[-1] == side:
        return pictures
    larger = F.interpolate(pictures, size=(side, side), mode="bicubic", align_corners=False)
    return larger.clamp(0, 1)


def _pooled(maps: Tensor, windows: tuple[tuple[float, int], ...], spread: bool) -> Tensor:
    """The mean (and the spread) of maps (n, d, h, h) over square windows: (n, windows, d).

    A window is a share of the side and how many of them stand in a row, evenly apart.
    """
    found = []
    side = maps.shape[-1]
    for share, row in windows:
        wide = max(1, round(share * side))
        starts = [round(i * (side - wide) / max(1, row - 1)) for i in range(row)]
        for top in starts:
            for left in starts:
                part = maps[:, :, top : top + wide, left : left + wide].flatten(2)
                mean = part.mean(2)
                found.append(torch.cat([mean, part.std(2, correction=0)], 1) if spread else mean)
    return torch.stack(found, 1)
