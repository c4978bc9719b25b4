"""Patches drawn as vectors: seventy-two concepts in nine families of eight, and look-alikes."""

import difflib
import io
from functools import lru_cache

import numpy as np
from PIL import Image

from . import animals, faces, fish, fruit, household, look_alikes, plants, symbols, toys, vehicles
from .patch import Patch
from .pen import Pen

__all__ = ["FAMILIES", "PATCHES", "Patch", "draw_patch"]

_MODULES = (
    faces,
    fish,
    symbols,
    fruit,
    vehicles,
    animals,
    household,
    plants,
    toys,
    look_alikes,
)
PATCHES: dict[str, Patch] = {patch.name: patch for module in _MODULES for patch in module.PATCHES}
FAMILIES: dict[str, tuple[str, ...]] = {
    family: tuple(name for name, patch in PATCHES.items() if patch.family == family)
    for family in dict.fromkeys(patch.family for patch in PATCHES.values())
}

# Drawings may reach beyond the 100 x 100 units; the figure is measured on this wider square.
_WIDE = (-30.0, -30.0, 160.0)
_MEASURE = 160
_FILLED = 0.92


def draw_patch(name: str, size: int, seed: int) -> np.ndarray:
    """The patch as uint8 (size, size, 4), RGBA with straight alpha, clear outside the figure.

    Seed 0 is the canonical drawing; every other seed is a variant that has the same name. The
    figure's longer side fills 92 % of the square. Raises ValueError for an unknown name.
    """
    pen = _drawn(name, seed)
    return _raster(pen.svg(_view(name, seed), size))


@lru_cache(maxsize=512)
def _drawn(name: str, seed: int) -> Pen:
    if name not in PATCHES:
        near = difflib.get_close_matches(name, PATCHES, n=1, cutoff=0.0)
        raise ValueError(f"there is no patch called {name!r}; the nearest is {near[0]!r}")
    if seed < 0:
        raise ValueError(f"a seed is 0 or more, not {seed}")
    pen = Pen(name, seed)
    PATCHES[name].draw(pen)
    return pen


@lru_cache(maxsize=1024)
def _view(name: str, seed: int) -> tuple[float, float, float]:
    """The square (left, top, side) that holds the figure in its middle."""
    alpha = _raster(_drawn(name, seed).svg(_WIDE, _MEASURE))[..., 3] > 25
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    unit = _WIDE[2] / _MEASURE
    top, bottom = _WIDE[1] + unit * rows[0], _WIDE[1] + unit * (rows[-1] + 1)
    left, right = _WIDE[0] + unit * columns[0], _WIDE[0] + unit * (columns[-1] + 1)
    side = max(bottom - top, right - left) / _FILLED
    return (left + right - side) / 2, (top + bottom - side) / 2, side


def _raster(svg: str) -> np.ndarray:
    # Only rebuilding the packed pictures needs the rasteriser (the extra "kit").
    import resvg_py

    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))
