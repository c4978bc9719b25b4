"""Procedural textures: styles that are painted by seeded programs, eight or more to a family."""

from __future__ import annotations

import difflib
import zlib

import numpy as np

from . import (
    coats,
    fabrics,
    hides,
    look_alikes,
    materials,
    nature,
    prints,
    small_things,
    surfaces,
)
from .sheet import Sheet, Texture

__all__ = ["FAMILIES", "TEXTURES", "Texture", "paint_texture"]

_MODULES = (
    coats,
    hides,
    small_things,
    materials,
    nature,
    fabrics,
    surfaces,
    prints,
    look_alikes,
)

TEXTURES: dict[str, Texture] = {t.name: t for module in _MODULES for t in module.PAINTED}

FAMILIES: dict[str, tuple[str, ...]] = {
    family: tuple(t.name for t in TEXTURES.values() if t.family == family)
    for family in dict.fromkeys(t.family for t in TEXTURES.values())
}

# Samples a pixel's side: edges are drawn hard and averaged down.
_FINER = 2


def paint_texture(name: str, size: int, seed: int) -> np.ndarray:
    """Paint a texture: uint8 (size, size, 3), the same for the same seed.

    The layout depends on the seed and not on the size. Raises ValueError for an unknown name.
    """
    if name not in TEXTURES:
        near = difflib.get_close_matches(name, TEXTURES, n=1, cutoff=0.0)
        raise ValueError(f"There is no texture {name!r}; the nearest name is {near[0]!r}.")
    if size < 8:
        raise ValueError(f"A texture is at least 8 pixels wide, not {size}.")
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    picture = TEXTURES[name].paint(Sheet(size * _FINER, rng))
    picture = picture.reshape(size, _FINER, size, _FINER, 3).mean((1, 3))
    # A camera's part: white balance, exposure, grain.
    warmth = 0.025 * np.clip(rng.standard_normal(), -2, 2) * np.array([1, 0.15, -1])
    picture = picture * (1 + warmth) * rng.uniform(0.93, 1.07)
    picture = picture + 0.012 * rng.standard_normal((size, size, 1))
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
