"""The sheet that textures are painted on: coordinates, noise, cells, colour and light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage
from scipy.spatial import KDTree

Array = np.ndarray
Point = tuple[Array, Array]

# The period of the noise, in lattice cells: more than any painter asks for across the picture.
_LATTICE = 256
# Mean over positions of the squared cubic B-spline weights, in two dimensions, square-rooted.
_SPLINE_STD = 0.479


class Sheet:
    """A square of n x n samples with x to the right and y down, both from 0 to 1."""

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        self.n = n
        self.rng = rng
        line = ((np.arange(n) + 0.5) / n).astype(np.float32)
        self.x, self.y = (np.ascontiguousarray(a) for a in np.meshgrid(line, line))
        # The light stands somewhere above: its direction in the picture, y down.
        self.light = float(rng.uniform(-2.6, -0.9))

    @property
    def xy(self) -> Point:
        return self.x, self.y

    def uniform(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def spread(self, centre: float, share: float = 0.12) -> float:
        """A number within a share of the centre."""
        return centre * self.uniform(1 - share, 1 + share)

    def noise(
        self, cells: float, octaves: int = 1, at: Point | None = None, gain: float = 0.5
    ) -> Array:
        """Smooth noise with `cells` features a unit of length; mean about 0, deviation about 1."""
        u, v = self.xy if at is None else at
        total, power = np.zeros(np.shape(u), np.float32), 0.0
        for octave in range(octaves):
            lattice = self.rng.standard_normal((_LATTICE, _LATTICE)).astype(np.float32)
            step = cells * 2**octave
            total += gain**octave * ndimage.map_coordinates(
                lattice, (v * step, u * step), order=3, mode="grid-wrap", prefilter=False
            )
            power += gain ** (2 * octave)
        return total / np.float32(_SPLINE_STD * power**0.5)

    def warped(
        self, cells: float, amount: float, at: Point | None = None, octaves: int = 1
    ) -> Point:
        """The coordinates (or those given), pushed about by noise of that deviation."""
        u, v = self.xy if at is None else at
        return (
            u + amount * self.noise(cells, octaves, (u, v)),
            v + amount * self.noise(cells, octaves, (u, v)),
        )

    def window(self, cx: float, cy: float, reach: float) -> tuple[slice, slice] | None:
        """The rows and columns within reach of a point, or None where there are none."""
        x0, x1 = (int(np.clip((cx + side) * self.n, 0, self.n)) for side in (-reach, reach))
        y0, y1 = (int(np.clip((cy + side) * self.n, 0, self.n)) for side in (-reach, reach))
        return (slice(y0, y1), slice(x0, x1)) if x1 > x0 and y1 > y0 else None

    def turned(self, angle: float, at: Point | None = None) -> Point:
        """The coordinates turned about the middle by an angle in radians."""
        u, v = self.xy if at is None else at
        c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        u, v = u - 0.5, v - 0.5
        return c * u + s * v + 0.5, c * v - s * u + 0.5

    def blur(self, a: Array, radius: float) -> Array:
        """Gaussian blur; the radius is in units of the sheet."""
        return ndimage.gaussian_filter(a, radius * self.n, mode="reflect")

    def speckle(self, cells: int = 320) -> Array:
        """White noise as coarse as a lattice of that many cells, deviation about 1 or less."""
        grid = self.rng.standard_normal((cells, cells)).astype(np.float32)
        return ndimage.map_coordinates(
            grid, (self.y * cells, self.x * cells), order=1, mode="grid-wrap"
        )


# ---------------------------------------------------------------- colour


def rgb(colour: str) -> Array:
    """The colour '#rrggbb' as three numbers in [0, 1]."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255


def ramp(t: Array, *stops: tuple[float, str]) -> Array:
    """Colours (..., 3) at t, straight between the stops, flat outside them."""
    places = [p for p, _ in stops]
    table = np.stack([rgb(c) for _, c in stops])
    return np.stack([np.interp(t, places, table[:, i]) for i in range(3)], -1).astype(np.float32)


def mix(a: Array, b: Array | str, t: Array | float) -> Array:
    """Colours a where t = 0 and b where t = 1; a colour name is spread out."""
    if isinstance(b, str):
        b = rgb(b)
    if isinstance(t, np.ndarray) and t.ndim == 2:
        t = t[..., None]
    return a + (b - a) * t


def plain(sheet: Sheet, colour: str) -> Array:
    """A sheet of one colour."""
    return np.broadcast_to(rgb(colour), (sheet.n, sheet.n, 3)).astype(np.float32)


def palette(names: Sequence[str]) -> Array:
    """Colours as rows (k, 3)."""
    return np.stack([rgb(c) for c in names])


def smooth(low: float | Array, high: float | Array, a: Array) -> Array:
    """0 below low, 1 above high, an S between; low may be the greater one."""
    t = np.clip((a - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


# ---------------------------------------------------------------- light


def lit(
    sheet: Sheet,
    height: Array,
    *,
    strength: float = 1.0,
    ambient: float = 0.35,
    elevation: float = 0.8,
) -> Array:
    """Matt light (n, n) on a height map in units of the sheet; a flat place has 1."""
    return lit_normals(sheet, *normals(height, sheet.n, strength), ambient, elevation)


def normals(height: Array, n: int, strength: float = 1.0) -> tuple[Array, Array, Array]:
    """Unit normals of a height map whose samples lie 1/n apart."""
    gy, gx = np.gradient(height * np.float32(n * strength))
    length = np.sqrt(gx * gx + gy * gy + 1)
    return -gx / length, -gy / length, 1 / length


def lit_normals(
    sheet: Sheet, nx: Array, ny: Array, nz: Array, ambient: float = 0.35, elevation: float = 0.8
) -> Array:
    """Matt light on normals; facing the viewer gives 1."""
    flat, up = np.cos(elevation), np.sin(elevation)
    dot = (nx * np.cos(sheet.light) + ny * np.sin(sheet.light)) * flat + nz * up
    return (ambient + (1 - ambient) * np.maximum(dot, 0) / up).astype(np.float32)


def gloss(
    sheet: Sheet, nx: Array, ny: Array, nz: Array, power: float = 40, elevation: float = 0.8
) -> Array:
    """The highlight (0 to 1) of a light seen from straight above."""
    half = np.array(
        [np.cos(elevation) * np.cos(sheet.light), np.cos(elevation) * np.sin(sheet.light)]
    )
    hz = np.sin(elevation) + 1
    length = np.sqrt(float(half @ half) + hz * hz)
    dot = (nx * half[0] + ny * half[1] + nz * hz) / length
    return (np.clip(dot, 0, 1) ** power).astype(np.float32)


def crevices(sheet: Sheet, height: Array, radius: float, depth: float) -> Array:
    """Darkening (0 to 1) of places that lie lower than their surroundings by about `depth`."""
    return np.clip(1 - np.maximum(sheet.blur(height, radius) - height, 0) / depth, 0, 1)


def shadows(sheet: Sheet, height: Array, reach: float, slope: float = 1.0) -> Array:
    """1 where light falls, less where something higher stands between there and the light."""
    worst = np.zeros_like(height)
    for k in range(1, 9):
        step = reach * k / 8
        dx, dy = (round(-f(sheet.light) * step * sheet.n) for f in (np.cos, np.sin))
        other = np.roll(height, (dy, dx), (0, 1))
        worst = np.maximum(worst, other - height - step * slope)
    return np.clip(1 - worst / (0.35 * reach), 0, 1)


# ---------------------------------------------------------------- cells


@dataclass(frozen=True)
class Cells:
    """A division of the sheet into cells, one a point."""

    centres: Array  # (k, 2)
    owner: Array  # (n, n) index of the nearest centre
    near: Array  # (n, n) distance to it
    edge: Array  # (n, n) distance to the border with the next cell
    dx: Array  # (n, n) place relative to the centre
    dy: Array

    @cached_property
    def angle(self) -> Array:
        return np.arctan2(self.dy, self.dx)

    def each(self, values: Array) -> Array:
        """A value a centre, spread over its cell; values are used again when they run out."""
        return values[self.owner % len(values)]


def hexagonal(
    sheet: Sheet, across: float, jitter: float, at: Point | None = None, *, cap: int = 20000
) -> Array:
    """Centres (k, 2): a hexagonal lattice, `across` a unit of length, shaken by parts of a step."""
    u, v = sheet.xy if at is None else at
    step, row = 1 / across, 0.8660254 / across
    rows = np.arange(float(v.min()) - 2 * row, float(v.max()) + 2 * row, row)
    columns = np.arange(float(u.min()) - 2 * step, float(u.max()) + 2 * step, step)
    if rows.size * columns.size > cap:
        raise ValueError(f"{rows.size * columns.size} cells are more than {cap}.")
    cu, cv = np.meshgrid(columns, rows)
    cu = cu + (np.arange(len(rows))[:, None] % 2) * step / 2
    centres = np.stack([cu.ravel(), cv.ravel()], -1)
    # The whole lattice is shifted too, or every seed would hold the same rows.
    shift = sheet.rng.uniform(-0.5, 0.5, 2) * step
    return centres + shift + jitter * step * sheet.rng.uniform(-0.5, 0.5, centres.shape)


def divide(sheet: Sheet, centres: Array, at: Point | None = None) -> Cells:
    """The Voronoi cells of the centres."""
    u, v = sheet.xy if at is None else at
    flat = np.stack([u.ravel(), v.ravel()], -1)
    distance, index = (np.asarray(a) for a in KDTree(centres).query(flat, k=2))
    between = np.linalg.norm(centres[index[:, 0]] - centres[index[:, 1]], axis=1)
    edge = (distance[:, 1] ** 2 - distance[:, 0] ** 2) / (2 * between)
    own = centres[index[:, 0]]
    shape = u.shape

    def grid(a: Array) -> Array:
        return a.reshape(shape).astype(np.float32)

    return Cells(
        centres,
        index[:, 0].reshape(shape),
        grid(distance[:, 0]),
        grid(edge),
        grid(flat[:, 0] - own[:, 0]),
        grid(flat[:, 1] - own[:, 1]),
    )


def cells(sheet: Sheet, across: float, jitter: float = 0.7, at: Point | None = None) -> Cells:
    """Voronoi cells of a shaken hexagonal lattice."""
    return divide(sheet, hexagonal(sheet, across, jitter, at), at)


# ---------------------------------------------------------------- hair


def hair(sheet: Sheet, angle: Array, length: float, cells: int = 300) -> Array:
    """Strands that long along the angles (n, n), deviation 1: a line integral convolution."""
    places = (np.arange(cells) + 0.5) / cells
    row, column = (np.ascontiguousarray(a) for a in np.meshgrid(places, places, indexing="ij"))
    pick = (
        (np.minimum(row * sheet.n, sheet.n - 1)).astype(int),
        (np.minimum(column * sheet.n, sheet.n - 1)).astype(int),
    )
    ca, sa = np.cos(angle)[pick], np.sin(angle)[pick]
    white = sheet.rng.standard_normal((cells, cells)).astype(np.float32)
    total = white.copy()
    steps = max(2, round(length * cells / 2))
    for sign in (1, -1):
        r, c = np.meshgrid(np.arange(cells) + 0.5, np.arange(cells) + 0.5, indexing="ij")
        for _ in range(steps):
            i, j = r.astype(int) % cells, c.astype(int) % cells
            r = r + sign * sa[i, j]
            c = c + sign * ca[i, j]
            total += white[r.astype(int) % cells, c.astype(int) % cells]
    total /= total.std()
    at = (sheet.y * cells - 0.5, sheet.x * cells - 0.5)
    return ndimage.map_coordinates(total, at, order=1, mode="nearest")


Painter = Callable[[Sheet], Array]


@dataclass(frozen=True)
class Texture:
    """A texture by name; `words` are what a person would call it, the commonest first."""

    name: str
    family: str
    words: tuple[str, ...]
    paint: Painter
