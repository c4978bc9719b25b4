"""Pictures small enough to travel inside a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

# At most so many pictures at each side, so that a page stays a few megabytes.
_SIDES = ((500, 112), (1200, 80), (3000, 56))
_SMALLEST = 40
_QUALITY = 72


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
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=_QUALITY, method=4)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Thumbnail(f"data:image/webp;base64,{data}", *small.size)
