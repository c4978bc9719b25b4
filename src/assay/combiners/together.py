"""Together: what all methods show, as one finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.combiners.pooling import pool_pictures
from assay.envelopes import PredictGiven
from assay.plugins import Combiner, Family
from assay.types import Budget, Finding, Images


@dataclass(frozen=True)
class Together(Combiner):
    """The pictures of all methods as one finding (the row "All" of Casper et al. 2023).

    arXiv 2302.10894. The order is by turns: the first picture of each method, the methods by their
    names, then the second of each. At most `most` are shown: as many as nine methods of ten
    pictures have. Each is worth as much as any other (its score is 0): nothing is asked of the
    network.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    most: int = 90

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("most must be at least 1")

    def combine(
        self,
        given: PredictGiven,
        findings: Mapping[str, Finding],
        budget: Budget,
        rng: torch.Generator,
    ) -> Images:
        pool = pool_pictures(findings, shown_only=True)
        pictures = pool.pictures[: self.most]
        notes = pool.notes
        if len(pictures) < len(pool.pictures):
            notes += (f"{len(pictures)} of {len(pool.pictures)} pictures are shown.",)
        count = len(pictures)
        return Images(pictures, (0.0,) * count, tuple(range(count)), notes)
