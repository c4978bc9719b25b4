"""The embedding judge: looks at a finding with another network, through blur and noise.

It compares the finding's pictures with pictures of each option in the feature space of
EfficientNet-Lite2, which the tools never touch. Blur and noise come first because a network of
the subject's family can read what no person sees. Every option has a prior (some look like
anything): it is removed with a shipped reference, the same scores for findings that were made
for unrelated classes on the clean twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from assay.checks import check_numbers
from assay.envelopes import PredictQuestion
from assay.judges.comparison import compare, reference_digest
from assay.judges.eye import HEAD, Eye
from assay.plugins import Family, Judge
from assay.subjects import load_subject
from assay.types import Answer, Finding

# Parts are looked at twice as large as they are: windows of half the side, three in a row, and of a
# quarter of it, four in a row.
WINDOWS = ((0.5, 3), (0.25, 4))


@dataclass(frozen=True)
class Embedding(Judge):
    """Features of EfficientNet-Lite2 at several depths, through blur and noise.

    `sigma` (pixels at 224) and `noise` (standard deviation) say how badly it sees; `depths` are
    modules of the network, weighed alike; `temperature` divides the evidence. Depths,
    looks and temperature were chosen on decoy trojans.
    """

    version: ClassVar[int] = 7
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

    @property
    def eye(self) -> Eye:
        return Eye(self.network, self.sigma, self.noise, self.depths)

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        """Mean and spread over space at each depth, (n, d); at the last depth only the mean."""
        return {depth: rows[:, 0] for depth, rows in self.eye.whole(pictures).items()}

    def look(self, pictures: Tensor) -> dict[str, Tensor]:
        """The same of each whole picture, and of windows on it (n, 26, d)."""
        return self.eye.look(pictures, WINDOWS)
