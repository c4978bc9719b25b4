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
    stacked: bool = False


class _Layers:
    """The highest thing so far at each sample."""

    def __init__(self, sheet: Sheet) -> None:
        n = sheet.n
        self.sheet = sheet
        self.owner = np.full((n, n), -1)
        self.top = np.full((n, n), -np.inf, np.float32)  # what decides who is seen
        self.uv = np.zeros((2, n, n), np.float32)
        self.height = np.zeros((n, n), np.float32)
        self.normal = np.zeros((3, n, n), np.float32)
        self.normal[2] = 1

    def throw(self, k: int, shape: Shape, how: Spread, spot: Array, floor: int) -> None:
        """Lays thing number k at a spot, on a layer."""
        n, rng = self.sheet.n, self.sheet.rng
        r = how.radius * rng.uniform(1 - how.vary, 1 + how.vary)
        turn, tilt = rng.uniform(*how.turn), rng.normal(0, how.tilt, 2)
        base = floor * how.radius * how.thick * 0.8 + rng.uniform(0, 0.5) * how.radius
        low = np.maximum(np.floor((spot - r * how.reach) * n), 0).astype(int)
        high = np.minimum(np.ceil((spot + r * how.reach) * n), n).astype(int)
        if np.any(high <= low):
            return
        box = slice(low[1], high[1]), slice(low[0], high[0])
        px, py = (self.sheet.x[box] - spot[0]) / r, (self.sheet.y[box] - spot[1]) / r
        c, s = np.cos(turn), np.sin(turn)
        u, v = c * px + s * py, c * py - s * px
        z, gu, gv = _slopes(shape, u, v, k)
        gx = (c * gu - s * gv) * how.thick + tilt[0]
        gy = (s * gu + c * gv) * how.thick + tilt[1]
        height = base + r * (how.thick * z + tilt[0] * px + tilt[1] * py)
        # Stacked things lie wholly above those thrown before; others may poke through.
        order = np.full_like(height, k) if how.stacked else height
        wins = (z > 0) & (order > self.top[box])
        length = np.sqrt(gx * gx + gy * gy + 1)
        for target, value in (
            (self.owner, k),
            (self.top, order),
            (self.height, height),
            (self.uv[0], u),
            (self.uv[1], v),
            (self.normal[0], -gx / length),
            (self.normal[1], -gy / length),
            (self.normal[2], 1 / length),
        ):
            target[box] = np.where(wins, value, target[box])


def _slopes(shape: Shape, u: Array, v: Array, k: int) -> tuple[Array, Array, Array]:
    """A shape's height and its slopes along u and v."""
    e = 0.02

    def above(a: Array, b: Array) -> Array:
        return np.maximum(shape(a, b, k), 0)

    along = (above(u + e, v) - above(u - e, v)) / (2 * e)
    return shape(u, v, k), along, (above(u, v + e) - above(u, v - e)) / (2 * e)


def pile(sheet: Sheet, shape: Shape, how: Spread) -> Heap:
    """Throws the things in layers, later ones higher, and keeps the highest at each sample."""
    layers, k = _Layers(sheet), 0
    for floor in range(how.layers):
        spots = sheet.rng.permutation(hexagonal(sheet, how.across, how.jitter))
        margin = 1.5 * how.radius
        for spot in spots[np.all((spots > -margin) & (spots < 1 + margin), axis=1)]:
            layers.throw(k, shape, how, spot, floor)
            k += 1
    u, v = layers.uv
    return Heap(layers.owner, u, v, layers.height, *layers.normal)


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
