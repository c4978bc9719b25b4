"""Pictures small enough to travel inside a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

# At most so many pictures at each side, so that a page stays a few megabytes.
_SIDES = ((500, 112), (1200, 80), (3000, 56))
_SMALLEST = 40
_QUALITY = 72
# What speaks for the class on a map, and how much of the picture it hides where it is highest.
_HEAT = (204, 16, 32)
_DENSEST = 0.9


def thumbnail_side(count: int) -> int:
    """The side in pixels at which `count` pictures fit into one page."""
    return next((side for most, side in _SIDES if count <= most), _SMALLEST)


@dataclass(frozen=True)
class Thumbnail:
    """A picture as a data URI (WebP), and its size in pixels."""

    uri: str
    width: int
    height: int


def make_thumbnail(path: Path, side: int, grey: bool = False) -> Thumbnail | None:
    """The picture at `path`, at most `side` pixels a side and never enlarged; None if unreadable.

    A store may have been copied without its pictures: a report then does without. `grey`: without
    its colours, as a network for one channel sees it.
    """
    try:
        with Image.open(path) as image:
            small = image.convert("L" if grey else "RGB")
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
    except OSError:
        return None
    return _packed(small)


def make_overlay(values: np.ndarray, path: Path, side: int) -> Thumbnail:
    """The positive part of a map (h, w) in red over the picture at `path` without its colours.

    As red as the value is of the highest one; where the picture can't be read, over white.
    """
    positive = np.clip(np.asarray(values, dtype=np.float64), 0, None)
    share = _DENSEST * positive / max(float(positive.max()), 1e-300)
    try:
        with Image.open(path) as image:
            under = image.convert("L").resize(share.shape[::-1])
    except OSError:
        under = Image.new("L", share.shape[::-1], "white")
    # Paler, so that the red stands out.
    grey = 96 + np.asarray(under, dtype=np.float64) * (159 / 255)
    mixed = grey[..., None] * (1 - share[..., None]) + np.array(_HEAT) * share[..., None]
    small = Image.fromarray(mixed.round().astype(np.uint8), "RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _packed(small)


def _packed(image: Image.Image) -> Thumbnail:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY, method=4)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Thumbnail(f"data:image/webp;base64,{data}", *image.size)
