"""A second judge of another lineage: colours, grain and edges, nothing learned.

What it shares with the embedding judge is how features are compared (`comparison`), not the
features: where the two disagree, at least one of them is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from skimage.color import rgb2lab
from skimage.feature import hog
from skimage.filters import gabor_kernel
from torch import Tensor

from assay.checks import check_numbers
from assay.envelopes import PredictQuestion
from assay.judges.comparison import compare, reference_digest
from assay.pixels import luma
from assay.plugins import Family, Judge
from assay.types import Answer, Finding

# Pictures are looked at this small: about what is left of them after the embedding judge's blur.
SIDE = 64
# Of a picture's side, what a close look takes in.
CLOSE = 0.6
# CIE Lab, the three axes cut into as many parts: lightness tells less than colour.
LAB_EDGES = (
    np.array([0.0, 30.0, 55.0, 75.0, 100.1]),
    np.array([-128.0, -30.0, -10.0, 10.0, 30.0, 128.0]),
    np.array([-128.0, -30.0, -10.0, 10.0, 30.0, 128.0]),
)
FREQUENCIES = (0.06, 0.12, 0.24)
ANGLES = 6


@lru_cache(maxsize=1)
def _gabor() -> tuple[Tensor, ...]:
    """One bank for each frequency: (2 * ANGLES, 1, k, k), the real and the imaginary parts."""
    banks = []
    for frequency in FREQUENCIES:
        # Radians are no whole numbers, though the default is one.
        kernels = [
            gabor_kernel(frequency, np.pi * i / ANGLES)  # pyright: ignore[reportArgumentType]
            for i in range(ANGLES)
        ]
        side = max(max(k.shape) for k in kernels)
        planes = []
        for kernel in kernels:
            high, wide = side - kernel.shape[0], side - kernel.shape[1]
            padding = ((high // 2, high - high // 2), (wide // 2, wide - wide // 2))
            real, imaginary = np.pad(np.real(kernel), padding), np.pad(np.imag(kernel), padding)
            # No answer to a plain surface.
            planes += [real - real.mean(), imaginary]
        banks.append(torch.tensor(np.stack(planes), dtype=torch.float32)[:, None])
    return tuple(banks)


def colours(picture: np.ndarray) -> np.ndarray:
    """The square root of a joint histogram in Lab of a picture (h, w, 3) in [0, 1]."""
    lab = rgb2lab(picture).reshape(-1, 3)
    counts, _ = np.histogramdd(lab, bins=LAB_EDGES)
    return np.sqrt(counts.ravel() / len(lab))


def grain(pictures: Tensor) -> Tensor:
    """Log energy and its spread for each frequency and angle, of grey pictures (n, 1, s, s)."""
    found = []
    for bank in _gabor():
        padded = F.pad(pictures, (bank.shape[-1] // 2,) * 4, mode="reflect")
        answers = F.conv2d(padded, bank).unflatten(1, (ANGLES, 2))
        energy = answers.square().sum(2).sqrt().flatten(2)
        found += [energy.mean(2), energy.std(2)]
    return (torch.cat(found, 1) + 1e-4).log()


def edges(picture: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients of a grey picture (h, w), in 4 x 4 cells."""
    cell = picture.shape[0] // 4
    return hog(picture, orientations=8, pixels_per_cell=(cell, cell), cells_per_block=(2, 2))


@dataclass(frozen=True)
class Handcrafted(Judge):
    """Colour histograms, Gabor energies and oriented gradients; every picture at 64 px.

    `temperature` divides the evidence.
    """

    version: ClassVar[int] = 6
    family: ClassVar[Family] = "predict"

    temperature: float = 0.5
    reference_size: int = 160

    def __post_init__(self) -> None:
        check_numbers(self, "temperature", above=0)

    @property
    def levels(self) -> tuple[str, ...]:
        return ("colours", "grain", "edges")

    @property
    def reference_name(self) -> str:
        return "handcrafted"

    @property
    def artefacts(self) -> str:
        return reference_digest(self)

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        return compare(self, question, finding)

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        small = F.interpolate(
            pictures.float(), size=(SIDE, SIDE), mode="bilinear", antialias=True
        ).clamp(0, 1)
        grey = luma(small)
        arrays = small.permute(0, 2, 3, 1).double().numpy()
        flat = grey[:, 0].double().numpy()
        return {
            "colours": torch.tensor(np.stack([colours(a) for a in arrays]), dtype=torch.float32),
            "grain": grain(grey),
            "edges": torch.tensor(np.stack([edges(a) for a in flat]), dtype=torch.float32),
        }

    def look(self, pictures: Tensor) -> dict[str, Tensor]:
        """Each picture whole, its four corners and its middle: (n, 6, d)."""
        shown = looks(pictures.float())
        return {
            k: v.unflatten(0, shown.shape[:2])
            for k, v in self.features(shown.flatten(0, 1)).items()
        }


def looks(pictures: Tensor) -> Tensor:
    """Each picture (n, 3, s, s) whole, and its corners and its middle enlarged: (n, 6, 3, s, s)."""
    size = pictures.shape[-1]
    side = round(size * CLOSE)
    room = size - side
    found = [pictures]
    for top, left in ((0, 0), (0, room), (room, 0), (room, room), (room // 2, room // 2)):
        part = pictures[:, :, top : top + side, left : left + side]
        part = F.interpolate(part, size=(size, size), mode="bicubic", align_corners=False)
        found.append(part.clamp(0, 1))
    return torch.stack(found, 1)
