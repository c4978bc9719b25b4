"""What the generator learns from: nameless drawings, crops of scenes and photographs, and mixtures.

No object, patch or texture of the kit is among them, and no part of a photograph that shows what a
question could ask for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from assay.kit import load_kit
from assay.kit.backgrounds.photos import PHOTOS, Photo
from assay.synthesis.nameless import KINDS, nameless
from assay.synthesis.parameterizations import paint_spectrum

# Photographs are kept at this side, in pixels, so that a crop of half of it loses nothing.
_STORED = 160
# So many crops of each photograph that the kit has not packed for tools.
_CROPS = 16
# The kit's photographs that the generator sees: the launch pad and the lawn are left to others.
_SEEN = ("photo_china", "photo_tissue", "photo_space_suit", "photo_retina", "photo_dark_leaves")
# More, of scikit-image. Left out are pictures of options (bricks, grass, gravel, coins, stars, the
# moon, a cat, a rocket, pages, a checkerboard, a cup on a wooden table).
_MORE = (
    Photo("skimage", "data/motorcycle_left.png", ((0, 0, 1, 1),)),
    Photo("skimage", "data/cell.png", ((0, 0, 1, 1),)),
    Photo("skimage", "data/microaneurysms.png", ((0, 0, 1, 1),)),
)
# Shares of drawings, crops, waves and figures on a ground in each batch.
_SHARES = (0.25, 0.35, 0.1, 0.3)
# So many of ten pictures have their colours changed strongly.
_RECOLOURED = 0.6


@dataclass(frozen=True)
class Pictures:
    """Photographs and scenes (n, 3, _STORED, _STORED), as bytes, to crop from."""

    stored: Tensor

    def batch(self, count: int, side: int, rng: torch.Generator) -> Tensor:
        """`count` pictures (count, 3, side, side) in [0, 1], in no order."""
        counts = [round(share * count) for share in _SHARES[:-1]]
        made = torch.cat(
            [
                _drawings(counts[0], side, rng),
                self.crops(counts[1], side, rng),
                _waves(counts[2], side, rng),
                self._figures(count - sum(counts), side, rng),
            ]
        )
        changed = torch.rand(count, 1, 1, 1, generator=rng) < _RECOLOURED
        made = torch.where(changed, recoloured(made, rng), made)
        return made[torch.randperm(count, generator=rng)]

    def crops(self, count: int, side: int, rng: torch.Generator) -> Tensor:
        """Random squares of random pictures, turned and mirrored."""
        chosen = self.stored[torch.randint(len(self.stored), (count,), generator=rng)]
        zoom = torch.empty(count).uniform_(0.2, 0.8, generator=rng)
        turn = torch.empty(count).uniform_(-math.pi, math.pi, generator=rng)
        # A turned square reaches as far as its corners.
        reach = (1 - zoom * (turn.cos().abs() + turn.sin().abs())).clamp(min=0)
        places = reach[:, None] * torch.empty(count, 2).uniform_(-1, 1, generator=rng)
        mirror = 1 - 2 * torch.randint(2, (count,), generator=rng)
        cos, sin = turn.cos() * zoom, turn.sin() * zoom
        rows = [cos * mirror, -sin, places[:, 0], sin * mirror, cos, places[:, 1]]
        maps = torch.stack(rows, 1).view(count, 2, 3)
        # Twice as fine, and then the mean of four: nothing that is thinned out.
        grid = F.affine_grid(maps, [count, 3, 2 * side, 2 * side], align_corners=False)
        seen = F.grid_sample(
            chosen.float() / 255, grid, padding_mode="reflection", align_corners=False
        )
        return F.avg_pool2d(seen, 2)

    def _figures(self, count: int, side: int, rng: torch.Generator) -> Tensor:
        """Some shapes over a ground, each filled by a picture of any kind, some lit from a side."""
        plain = torch.cat(
            [
                _drawings(count, side, rng),
                self.crops(count, side, rng),
                _waves(count, side, rng),
            ]
        )
        made = plain[torch.randint(len(plain), (count,), generator=rng)]
        for _ in range(3):
            filling = plain[torch.randint(len(plain), (count,), generator=rng)]
            cover, height = _shapes(count, side, rng)
            lit = 0.5 * torch.rand(count, 1, 1, 1, generator=rng)
            filling = (filling * (1 + lit * height)).clamp(0, 1)
            # Not every one is there.
            cover = cover * (torch.rand(count, 1, 1, 1, generator=rng) < 0.7)
            made = made + cover * (filling - made)
        return made


@lru_cache(maxsize=2)
def load_pictures(held_out: bool = False) -> Pictures:
    """What is trained on, or what is held out of it: the last scene of each program, other crops.

    Made of the kit's backgrounds for tools and of photographs that scikit-image and scikit-learn
    ship.
    """
    kit = load_kit()
    entries = kit.entries("background", split="tools")
    last = {e.source: e.id for e in sorted(entries, key=lambda e: e.seed)}
    chosen = [e for e in entries if (last[e.source] == e.id) == held_out]
    scenes = [kit.picture(entry, _STORED) for entry in chosen]
    rng = np.random.default_rng([1, int(held_out)])
    photographs: list[Photo] = [s.program for s in PHOTOS if s.name in _SEEN]  # type: ignore[misc]
    for photo in (*photographs, *_MORE):
        crops = [photo(rng, _STORED) for _ in range(_CROPS // 4 if held_out else _CROPS)]
        scenes += [torch.from_numpy(crop).float().permute(2, 0, 1) for crop in crops]
    return Pictures((torch.stack(scenes) * 255).round().to(torch.uint8))


def recoloured(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """The pictures in other colours: turned about grey, more or less saturated, lit otherwise."""
    count = len(pictures)
    # A random rotation of the colours' space, of the whole range.
    turns = torch.linalg.qr(torch.randn(count, 3, 3, generator=rng))[0]
    flat = (pictures - 0.5).flatten(2)
    grey = flat.mean(1, keepdim=True)
    saturation = torch.empty(count, 1, 1).uniform_(0.3, 2.5, generator=rng)
    flat = grey + saturation * (flat - grey)
    contrast = torch.empty(count, 1, 1).uniform_(0.8, 1.6, generator=rng)
    made = (contrast * (turns @ flat)).view_as(pictures) + 0.5
    shift = torch.empty(count, 1, 1, 1).uniform_(-0.2, 0.2, generator=rng)
    return (made + shift).clamp(0, 1)


def _drawings(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Nameless ones of all kinds, also where they are few: the kinds come in turns."""
    drawn = nameless(max(len(KINDS), count), side, rng)
    return drawn[torch.randperm(len(drawn), generator=rng)[:count]]


def _waves(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Noise whose amplitudes fall with the frequency, more or less steeply."""
    steep = torch.empty(count).uniform_(0.9, 2.2, generator=rng)
    spectra = torch.randn(count, 3, side, side // 2 + 1, 2, generator=rng)
    strength = torch.empty(count, 1, 1, 1, 1).uniform_(0.05, 0.4, generator=rng)
    made = [torch.zeros(0, 3, side, side)]
    made += [
        paint_spectrum(s[None] * a, side, decay=float(d))
        for s, a, d in zip(spectra, strength, steep, strict=True)
    ]
    return torch.cat(made)


def _shapes(count: int, side: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """One round or cornered shape each: how far it covers, and how it faces the light.

    Both (count, 1, side, side): 0 to 1, and -1 to 1. A superellipse whose edge is waved by a few
    slow waves.
    """
    draw = torch.rand(count, 10, generator=rng)
    line = (torch.arange(side) + 0.5) / side * 2 - 1
    down, across = torch.meshgrid(line, line, indexing="ij")
    turn = 2 * math.pi * draw[:, 0, None, None]
    x = across - 1.2 * (draw[:, 1, None, None] - 0.5)
    y = down - 1.2 * (draw[:, 2, None, None] - 0.5)
    x, y = turn.cos() * x + turn.sin() * y, turn.cos() * y - turn.sin() * x
    size = 0.15 + 0.65 * draw[:, 3, None, None]
    aspect = 0.35 + 0.65 * draw[:, 4, None, None]
    x, y = x / size, y / (size * aspect)
    power = 1 + 4 * draw[:, 5, None, None].square()
    away = (x.abs() ** (2 * power) + y.abs() ** (2 * power) + 1e-6) ** (0.5 / power)
    angle = torch.atan2(y, x)
    wave = 0.25 * draw[:, 6, None, None].square()
    waves = (2 * angle + 6.3 * draw[:, 7, None, None]).sin()
    waves = waves + (3 * angle + 6.3 * draw[:, 8, None, None]).sin()
    away = away / (1 + wave * waves)
    cover = ((1 - away) * size * side / 2 + 0.5).clamp(0, 1)
    light = 2 * math.pi * draw[:, 9, None, None]
    facing = (x * light.cos() + y * light.sin()).clamp(-1, 1)
    return cover[:, None], facing[:, None]
