"""Pictures small enough to travel inside a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

# At most so many pictures at each side, so that a page stays a few megabytes.
_SIDES = ((500, 112), (1200, 80), (3000, 56))
_SMALLEST = 40
_QUALITY = 72
# A contact sheet is one picture: a page bears many more of its small fields.
_SHEET_SIDES = ((1500, 44), (4000, 34))
_SMALLEST_ON_SHEET = 26
_SHEET_QUALITY = 60
_SHEET_COLUMNS = 12
_GAP = 3
# What speaks for the class on a map, and how much of the picture it hides where it is highest.
_HEAT = (204, 16, 32)
_DENSEST = 0.9


def thumbnail_side(count: int) -> int:
    """The side in pixels at which `count` pictures fit into one page."""
    return next((side for most, side in _SIDES if count <= most), _SMALLEST)


def sheet_side(count: int) -> int:
    """The side in pixels at which `count` pictures fit into the contact sheets of one page."""
    return next((side for most, side in _SHEET_SIDES if count <= most), _SMALLEST_ON_SHEET)


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
    """What `draw_overlay` draws, at most `side` pixels a side."""
    small = draw_overlay(values, path)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _packed(small)


def make_sheet(paths: Sequence[Path], side: int) -> Thumbnail | None:
    """All pictures in the order given, rows of twelve, as one; None if any can't be read."""
    step = side + _GAP
    rows = -(-len(paths) // _SHEET_COLUMNS)
    size = (min(len(paths), _SHEET_COLUMNS) * step - _GAP, rows * step - _GAP)
    sheet = Image.new("RGB", size, "white")
    try:
        for i, path in enumerate(paths):
            with Image.open(path) as image:
                small = image.convert("RGB")
                small.thumbnail((side, side), Image.Resampling.LANCZOS)
            sheet.paste(small, (i % _SHEET_COLUMNS * step, i // _SHEET_COLUMNS * step))
    except OSError:
        return None
    return _packed(sheet, _SHEET_QUALITY)


def draw_overlay(values: np.ndarray, path: Path) -> Image.Image:
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
    return Image.fromarray(mixed.round().astype(np.uint8), "RGB")


def _packed(image: Image.Image, quality: int = _QUALITY) -> Thumbnail:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Thumbnail(f"data:image/webp;base64,{data}", *image.size)
