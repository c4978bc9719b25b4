"""Heaps of small things: each is a dome in its own coordinates, and the highest is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .sheet import Array, Sheet, crevices, gloss, hexagonal, lit_normals, mix, shadows

# Height (positive inside, at most about 1) at local coordinates u, v in radii, for thing number k.
Shape = Callable[[Array, Array, int], Array]


@dataclass(frozen=True)
class Heap:
    """What is seen of a heap, at each sample."""

    owner: Array  # number of the thing, -1 on the ground
    u: Array  # its own coordinates, in radii
    v: Array
    height: Array  # units of the sheet
    nx: Array
    ny: Array
    nz: Array

    @property
    def ground(self) -> Array:
        return self.owner < 0

    def each(self, values: Array) -> Array:
        """A value a thing; the ground takes the first, cover it afterwards."""
        return values[np.maximum(self.owner, 0) % len(values)]


@dataclass(frozen=True)
class Spread:
    """How things lie: layers of `across` a unit of length, their sizes, tilts and turns."""

    across: float
    radius: float
    layers: int = 2
    jitter: float = 0.8
    vary: float = 0.1
    tilt: float = 0.3
    thick: float = 0.6
    turn: tuple[float, float] = (0.0, 6.2832)
    reach: float = 1.0


def pile(sheet: Sheet, shape: Shape, how: Spread) -> Heap:
    """Throws the things in layers, later ones higher, and keeps the highest at each sample."""
    n, rng = sheet.n, sheet.rng
    spots = np.concatenate([hexagonal(sheet, how.across, how.jitter) for _ in range(how.layers)])
    level = np.repeat(np.arange(how.layers), len(spots) // how.layers + 1)[: len(spots)]
    keep = np.all((spots > -1.5 * how.radius) & (spots < 1 + 1.5 * how.radius), axis=1)
    spots, level = spots[keep], level[keep]
    owner = np.full((n, n), -1)
    height = np.zeros((n, n), np.float32)
    u_all, v_all = np.zeros((2, n, n), np.float32)
    normal = np.zeros((3, n, n), np.float32)
    normal[2] = 1
    for k, (spot, floor) in enumerate(zip(spots, level, strict=True)):
        r = how.radius * rng.uniform(1 - how.vary, 1 + how.vary)
        turn = rng.uniform(*how.turn)
        tilt = rng.normal(0, how.tilt, 2)
        base = floor * how.radius * how.thick * 0.8 + rng.uniform(0, 0.5) * how.radius
        reach = r * how.reach
        low = np.maximum(np.floor((spot - reach) * n), 0).astype(int)
        high = np.minimum(np.ceil((spot + reach) * n), n).astype(int)
        if np.any(high <= low):
            continue
        box = slice(low[1], high[1]), slice(low[0], high[0])
        px, py = (sheet.x[box] - spot[0]) / r, (sheet.y[box] - spot[1]) / r
        c, s = np.cos(turn), np.sin(turn)
        u, v = c * px + s * py, c * py - s * px
        z = shape(u, v, k)
        e = 0.02
        gu = (np.maximum(shape(u + e, v, k), 0) - np.maximum(shape(u - e, v, k), 0)) / (2 * e)
        gv = (np.maximum(shape(u, v + e, k), 0) - np.maximum(shape(u, v - e, k), 0)) / (2 * e)
        gx = (c * gu - s * gv) * how.thick + tilt[0]
        gy = (s * gu + c * gv) * how.thick + tilt[1]
        top = base + r * (how.thick * z + tilt[0] * px + tilt[1] * py)
        wins = (z > 0) & (top > height[box])
        length = np.sqrt(gx * gx + gy * gy + 1)
        for target, value in (
            (owner, k),
            (height, top),
            (u_all, u),
            (v_all, v),
            (normal[0], -gx / length),
            (normal[1], -gy / length),
            (normal[2], 1 / length),
        ):
            target[box] = np.where(wins, value, target[box])
    return Heap(owner, u_all, v_all, height, *normal)


def shine(
    sheet: Sheet,
    heap: Heap,
    colour: Array,
    radius: float,
    *,
    glossy: float = 0.5,
    power: float = 50,
    ambient: float = 0.4,
    deep: float = 0.25,
) -> Array:
    """The heap's colours under the light: matt light, shadows, dark gaps and highlights."""
    light = lit_normals(sheet, heap.nx, heap.ny, heap.nz, ambient)
    gaps = crevices(sheet, heap.height, radius, 1.6 * radius)
    cast = shadows(sheet, heap.height, 1.2 * radius)
    shade = light * (deep + (1 - deep) * gaps) * (0.55 + 0.45 * cast)
    spot = gloss(sheet, heap.nx, heap.ny, heap.nz, power) * cast * glossy
    return mix(colour * shade[..., None], "#ffffff", np.clip(spot, 0, 1))


def ball(u: Array, v: Array, _: int) -> Array:
    """A half ball."""
    return np.sqrt(np.maximum(1 - u * u - v * v, 0))
