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
from torch import Tensor, nn

from assay.envelopes import PredictQuestion
from assay.hooks import capture
from assay.judges.comparison import compare, reference_digest
from assay.pixels import blur
from assay.plugins import Family, Judge
from assay.subjects import load_subject
from assay.types import Answer, Finding

CHUNK = 16
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
    modules of the network, weighed alike; `temperature` divides the standardised scores. Depths,
    looks and temperature were chosen on decoy trojans.
    """

    version: ClassVar[int] = 4
    family: ClassVar[Family] = "predict"

    network: str = "lite2"
    sigma: float = 2.0
    noise: float = 0.1
    depths: tuple[str, ...] = ("_blocks.6", "_blocks.10", "_blocks.14", HEAD)
    temperature: float = 0.15
    reference_size: int = 160

    def __post_init__(self) -> None:
        object.__setattr__(self, "depths", tuple(self.depths))
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0, not {self.temperature}")
        if not self.sigma > 0 or self.noise < 0:
            raise ValueError("sigma must be above 0 and noise 0 or more")

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
        size = pictures.shape[-1]
        network = _eye(self.network)
        rows: dict[str, list[Tensor]] = {depth: [] for depth in self.depths}
        with torch.no_grad(), capture(network, *self.depths) as outputs:
            for chunk in pictures.float().split(CHUNK):
                seen = blur(chunk, self.sigma * size / 224)
                # The same noise on every picture: no picture depends on its batch.
                noisy = (seen + self.noise * _noise(size)).clamp(0, 1)
                network(noisy.contiguous(memory_format=torch.channels_last))
                for depth in self.depths:
                    maps = outputs[depth].flatten(2)
                    spread = [] if depth == HEAD else [maps.std(2)]
                    rows[depth].append(torch.cat([maps.mean(2), *spread], 1))
        return {depth: torch.cat(found) for depth, found in rows.items()}
