"""Seeded solid noise, for bumps, stains and grain."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]
_CELLS = 32


def smooth_noise(
    points: Array, scale: float, rng: np.random.Generator, octaves: int = 3, gain: float = 0.5
) -> Array:
    """Value noise at points (n, 3), about -1..1; `scale` is the size of the largest blobs.

    It repeats every 32 blobs.
    """
    total = np.zeros(len(points))
    weight = 1.0
    spent = 0.0
    for octave in range(octaves):
        lattice = rng.uniform(-1, 1, (_CELLS,) * 3)
        shift = rng.uniform(0, _CELLS, 3)
        total += weight * _interpolate(lattice, points * (2.0**octave / scale) + shift)
        spent += weight
        weight *= gain
    return 1.6 * total / spent


def _interpolate(lattice: Array, points: Array) -> Array:
    """The lattice's value at points (n, 3) in cells, smoothly blended, wrapping round."""
    base = np.floor(points)
    part = points - base
    part = (part * part * (3 - 2 * part)).T
    low = base.astype(np.int32).T % _CELLS
    high = (low + 1) % _CELLS
    flat = lattice.ravel()
    rows = [x * _CELLS**2 + y * _CELLS for x in (low[0], high[0]) for y in (low[1], high[1])]
    columns = []
    for row in rows:
        first = flat[row + low[2]]
        columns.append(first + part[2] * (flat[row + high[2]] - first))
    near = columns[0] + part[1] * (columns[1] - columns[0])
    far = columns[2] + part[1] * (columns[3] - columns[2])
    return near + part[0] * (far - near)


def cell_distance(points: Array, centres: Array, nth: int = 1) -> Array:
    """The distance of each point (n, 3) to its nth nearest centre (k, 3)."""
    distance = KDTree(centres).query(points, k=nth)[0]
    return np.asarray(distance).reshape(len(points), nth)[:, -1]


def ramp(values: Array, low: float, high: float) -> Array:
    """0 below `low`, 1 above `high`, a smooth step between (falling when high < low)."""
    part = np.clip((values - low) / (high - low), 0, 1)
    return part * part * (3 - 2 * part)


def gradient(values: Array, stops: list[tuple[float, tuple[float, float, float]]]) -> Array:
    """Colours (n, 3) for values (n,): straight lines between (value, colour) stops."""
    places = [place for place, _ in stops]
    return np.stack([np.interp(values, places, [c[k] for _, c in stops]) for k in range(3)], axis=1)


def blend(first: ArrayLike, second: ArrayLike, share: Array) -> Array:
    """Colours (n, 3) from the first (share 0) to the second (share 1); each (3,) or (n, 3)."""
    low, high = np.asarray(first, float), np.asarray(second, float)
    return low + np.clip(share, 0, 1)[:, None] * (high - low)
