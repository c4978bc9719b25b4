"""Patches: pasted on pictures, painted by an ascent, and tried on pictures that all share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.pixels import stylise
from assay.synthesis.ascent import Ascent, climb, evaluate
from assay.synthesis.parameterizations import Painting
from assay.synthesis.views import draw_places, paste

# Adam's rate for a patch, by its parameterization.
PATCH_RATES = {"pixels": 0.1, "fourier": 0.15, "cppn": 0.005}


@dataclass(frozen=True)
class Aim:
    """A network and the class that it is to see."""

    network: nn.Module
    target: int

    def log_probability(self, views: Tensor, where: slice) -> Tensor:
        """Logarithm of the target's probability (n) for views (n, 3, s, s)."""
        return self.network(views).log_softmax(1)[:, self.target]

    def probability(self, views: Tensor, where: slice) -> Tensor:
        """The target's probability (n) for views (n, 3, s, s)."""
        return self.network(views).softmax(1)[:, self.target]


@dataclass(frozen=True)
class Trials:
    """Pictures `under` (n, 3, s, s), and the place on each: maps (n, 2, 3)."""

    under: Tensor
    places: Tensor

    def bare(self, aim: Aim, chunk: int) -> float:
        """The target's mean probability on the pictures as they are: n passes."""
        return float(evaluate(self.under, aim.probability, chunk).mean())

    def confidence(self, aim: Aim, patches: Tensor, chunk: int) -> Tensor:
        """The target's mean probability (m, on the CPU) with each patch pasted: m n passes."""
        return self._means(aim, patches, chunk, lambda patch: paste(patch, self.under, self.places))

    def confidence_as_style(self, aim: Aim, textures: Tensor, blend: float, chunk: int) -> Tensor:
        """The same with each texture (m, 3, s, s) as a style that replaces a share of `blend`."""
        return self._means(
            aim, textures, chunk, lambda texture: stylise(self.under, texture, blend)
        )

    def _means(
        self, aim: Aim, shown: Tensor, chunk: int, put_in: Callable[[Tensor], Tensor]
    ) -> Tensor:
        number = len(self.under)
        means = [
            evaluate(put_in(one.expand(number, -1, -1, -1)), aim.probability, chunk)
            for one in shown
        ]
        return torch.stack(means).mean(1).cpu() if means else torch.zeros(0)


@dataclass(frozen=True)
class Grounds:
    """Pictures (n, 3, s, s) to paste on; a patch's side is `fraction` of theirs."""

    pictures: Tensor
    fraction: float

    def paste(self, patches: Tensor, each: int, rng: torch.Generator) -> Tensor:
        """Each patch on `each` random pictures at random places: (patches * each, 3, s, s)."""
        count = len(patches) * each
        chosen = torch.randint(len(self.pictures), (count,), generator=rng)
        places = draw_places(count, rng, fraction=self.fraction)
        under = self.pictures[chosen.to(self.pictures.device)].to(patches.device)
        return paste(patches.repeat_interleave(each, 0), under, places)

    def trials(self, number: int, rng: torch.Generator, device: torch.device) -> Trials:
        """`number` pictures with a place each; with fewer pictures, some are taken again."""
        chosen = torch.randperm(len(self.pictures), generator=rng)[:number]
        chosen = chosen.repeat(-(-number // len(chosen)))[:number]
        places = draw_places(number, rng, fraction=self.fraction)
        return Trials(self.pictures[chosen.to(self.pictures.device)].to(device), places)


def paint_patches(
    aim: Aim,
    grounds: Grounds,
    each: int,
    painting: Painting,
    ascent: Ascent,
    rng: torch.Generator,
    kept: dict[str, Tensor] | None = None,
) -> Tensor:
    """Patches (m, 3, p, p) that bring out the target on `each` random pictures in every step.

    After Brown et al. 2017, arXiv 1712.09665: each step costs 2 * m * `each` passes.
    `kept` is that of `climb`.
    """

    def view(patches: Tensor) -> Tensor:
        return grounds.paste(patches, each, rng)

    return climb(painting, view, aim.log_probability, ascent, kept=kept)


def resized(pictures: Tensor, side: int) -> Tensor:
    """Pictures (n, 3, side, side) in [0, 1], by cubic interpolation."""
    if pictures.shape[2:] == (side, side):
        return pictures
    # Without a wider filter, what is made smaller would be thinned out.
    shrinks = side < pictures.shape[2]
    made = F.interpolate(
        pictures, size=(side, side), mode="bicubic", align_corners=False, antialias=shrinks
    )
    return made.clamp(0, 1)
