"""The shapes that models are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import Delaunay, KDTree

from assay.kit.objects.mesh import Array, Colour, Mesh, join, spread_colour, weld

GREY = (0.7, 0.7, 0.7)


def sheet(
    points: ArrayLike, colour: Colour = GREY, close_rows: bool = False, close_columns: bool = False
) -> Mesh:
    """A mesh through a grid of points (rows, columns, 3); normals point along d/drow x d/dcolumn.

    close_rows joins the last row to the first; close_columns likewise.
    """
    grid = np.asarray(points, float)
    rows, columns = grid.shape[:2]
    i = np.arange(rows if close_rows else rows - 1)
    j = np.arange(columns if close_columns else columns - 1)
    i0, j0 = (axis.reshape(-1) for axis in np.meshgrid(i, j, indexing="ij"))
    i1, j1 = (i0 + 1) % rows, (j0 + 1) % columns
    a, b, c, d = i0 * columns + j0, i1 * columns + j0, i1 * columns + j1, i0 * columns + j1
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    vertices = grid.reshape(-1, 3)
    return weld(Mesh(vertices, faces, spread_colour(colour, len(vertices))))


def lathe(profile: ArrayLike, colour: Colour = GREY, segments: int = 96) -> Mesh:
    """The surface of revolution about z of a profile (k, 2) of (radius, height).

    Go from the bottom up on the outside, then down on the inside of a hollow thing.
    """
    line = np.asarray(profile, float)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    x = line[:, :1] * np.cos(angle)
    y = line[:, :1] * np.sin(angle)
    z = np.broadcast_to(line[:, 1:], x.shape)
    return sheet(np.stack([x, y, z], axis=2), colour, close_columns=True).flipped()


def curve(points: ArrayLike, count: int = 64, closed: bool = False) -> Array:
    """A smooth line (count, k) through the points (Catmull-Rom), evenly spaced in parameter."""
    knots = np.asarray(points, float)
    n = len(knots)
    time = np.linspace(0, n if closed else n - 1, count, endpoint=not closed)
    base = np.minimum(time.astype(int), n - 1 if closed else n - 2)
    t = (time - base)[:, None]

    def knot(offset: int) -> Array:
        index = base + offset
        return knots[index % n if closed else np.clip(index, 0, n - 1)]

    p0, p1, p2, p3 = (knot(offset) for offset in (-1, 0, 1, 2))
    bend = (2 * p0 - 5 * p1 + 4 * p2 - p3) * t + (3 * p1 - p0 - 3 * p2 + p3) * t * t
    return 0.5 * (2 * p1 + (p2 - p0) * t + bend * t)


def tube(
    path: ArrayLike,
    radius: ArrayLike,
    colour: Colour = GREY,
    segments: int = 24,
    closed: bool = False,
    flatten: float = 1.0,
) -> Mesh:
    """A round bar along a path (k, 3) of one radius or (k,), with closed ends.

    flatten squeezes the section along the path's second normal (near z for a level path).
    """
    line = np.asarray(path, float)
    radii = np.broadcast_to(np.asarray(radius, float), len(line))
    ahead = np.roll(line, -1, 0) - np.roll(line, 1, 0) if closed else np.gradient(line, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-12)
    up = np.array([0.0, 0.0, 1.0]) if abs(ahead[0, 2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    ups = []
    for along in ahead:
        # Each frame is the one before it, made square to the path again: no sudden twist.
        up = up - along * (up @ along)
        up = up / max(float(np.linalg.norm(up)), 1e-12)
        ups.append(up)
    second = np.array(ups)
    first = np.cross(second, ahead)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)[None, :, None]
    ring = np.cos(angle) * first[:, None] + flatten * np.sin(angle) * second[:, None]
    grid = line[:, None] + radii[:, None, None] * ring
    if not closed:
        ends = [np.broadcast_to(line[k], grid[:1].shape) for k in (0, -1)]
        grid = np.concatenate([ends[0], grid, ends[1]])
    return sheet(grid, colour, close_rows=closed, close_columns=True).flipped()


def torus(radius: float, thickness: float, colour: Colour = GREY, segments: int = 128) -> Mesh:
    """A ring about z at z = 0; `thickness` is the radius of its section."""
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    path = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], axis=1)
    return tube(path, thickness, colour, segments=segments // 2, closed=True)


def box(size: ArrayLike, bevel: float = 0.0, colour: Colour = GREY, detail: int = 12) -> Mesh:
    """A box about the origin of full size (3,), edges rounded by `bevel`, `detail` cells a side."""
    half = np.asarray(size, float) / 2
    line = np.linspace(-1, 1, detail + 1)
    if bevel:
        # Extra rows near the edges, where the rounding is.
        share = bevel / half.max()
        line = np.unique(np.concatenate([line, 1 - share * np.linspace(0, 1, 5)]))
        line = np.unique(np.round(np.concatenate([line, -line]), 9))
    u, v = np.meshgrid(line, line, indexing="ij")
    faces = []
    for k in range(3):
        for sign in (-1.0, 1.0):
            grid = np.empty((*u.shape, 3))
            grid[..., k] = sign
            grid[..., (k + 1) % 3], grid[..., (k + 2) % 3] = (u, v) if sign > 0 else (v, u)
            faces.append(sheet(grid * half, colour))
    mesh = join(faces)
    if not bevel:
        return mesh
    round_by = min(bevel, float(half.min()) * 0.999)

    def rounded(points: Array) -> Array:
        core = np.clip(points, -(half - round_by), half - round_by)
        out = points - core
        length = np.linalg.norm(out, axis=1, keepdims=True)
        return core + out * (round_by / np.maximum(length, 1e-12))

    return weld(mesh.mapped(rounded))


def ball(radii: ArrayLike = 0.5, colour: Colour = GREY, detail: int = 24) -> Mesh:
    """An ellipsoid about the origin with evenly sized faces; detail cells on each of 6 sides."""
    mesh = weld(box((2, 2, 2), detail=detail))

    def rounded(points: Array) -> Array:
        # The tangent evens the cells out.
        warped = np.tan(points * np.pi / 4)
        return warped / np.linalg.norm(warped, axis=1, keepdims=True)

    size = np.broadcast_to(np.asarray(radii, float), 3)
    return mesh.mapped(lambda points: rounded(points) * size).painted(colour)


def superellipsoid(
    radii: ArrayLike,
    roundness: tuple[float, float] = (1.0, 1.0),
    colour: Colour = GREY,
    detail: int = 64,
) -> Mesh:
    """An ellipsoid with exponents (vertical, horizontal): 1 round, near 0 boxy, 2 a diamond."""
    size = np.broadcast_to(np.asarray(radii, float), 3)

    def power(value: Array, exponent: float) -> Array:
        return np.sign(value) * np.abs(value) ** exponent

    tilt = np.linspace(-np.pi / 2, np.pi / 2, detail // 2)[:, None]
    turn = np.linspace(-np.pi, np.pi, detail, endpoint=False)[None]
    across = power(np.cos(tilt), roundness[0])
    x = across * power(np.cos(turn), roundness[1])
    y = across * power(np.sin(turn), roundness[1])
    z = np.broadcast_to(power(np.sin(tilt), roundness[0]), x.shape)
    return sheet(np.stack([x, y, z], 2) * size, colour, close_columns=True).flipped()


def disc(radius: float, colour: Colour = GREY, segments: int = 64) -> Mesh:
    """A flat disc at z = 0, facing up."""
    return lathe([(radius, 0.0), (radius / 2, 0.0), (0.0, 0.0)], colour, segments)


def extrude(
    outline: ArrayLike,
    height: float,
    bevel: float = 0.0,
    colour: Colour = GREY,
    holes: Sequence[ArrayLike] = (),
    spacing: float = 0.03,
) -> Mesh:
    """A plate from z = 0 to `height` of a flat outline (k, 2), with rounded edges and holes.

    Lines are cut into steps of `spacing`, which is also the size of the cells inside, so that
    the faces can be displaced and painted. Sharp corners stay; `bevel` must be small beside them.
    """
    loops = [_resample(outline, spacing, clockwise=False)]
    loops += [_resample(hole, spacing, clockwise=True) for hole in holes]
    inset = [loop + bevel * _inward(loop) for loop in loops] if bevel else loops
    walls = []
    for outer, inner in zip(loops, inset, strict=True):
        rows = [np.c_[inner, np.zeros(len(inner))]]
        turns = np.linspace(0, np.pi / 2, 5)[1:] if bevel else np.array([np.pi / 2])
        for turn in turns:
            flat = inner + (outer - inner) * np.sin(turn)
            rows.append(np.c_[flat, np.full(len(flat), bevel * (1 - np.cos(turn)))])
        upper = [row * [1, 1, -1] + [0, 0, height] for row in reversed(rows)]
        steps = max(int((height - 2 * bevel) / spacing), 0)
        between = [rows[-1] + (upper[0] - rows[-1]) * (k + 1) / (steps + 1) for k in range(steps)]
        grid = np.stack([*rows, *between, *upper])
        walls.append(sheet(grid, colour, close_columns=True).flipped())
    flat, faces = _fill(inset, spacing)
    top = np.c_[flat, np.full(len(flat), height)]
    bottom = np.c_[flat, np.zeros(len(flat))]
    paint = spread_colour(colour, len(flat))
    mesh = join([*walls, Mesh(top, faces, paint), Mesh(bottom, faces[:, ::-1], paint)])
    # Without a bevel the caps stay apart from the walls, so that the edge shades sharp.
    return weld(mesh) if bevel else mesh


def _resample(line: ArrayLike, step: float, clockwise: bool) -> Array:
    """The closed line (k, 2) with points at most `step` apart, corners kept, in one sense."""
    points = np.asarray(line, float)
    x, y = points.T
    area = 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    if (area < 0) != clockwise:
        points = points[::-1]
    pieces = []
    for start, end in zip(points, np.roll(points, -1, 0), strict=True):
        count = max(int(np.ceil(np.linalg.norm(end - start) / step)), 1)
        pieces.append(start + (end - start) * (np.arange(count) / count)[:, None])
    return np.concatenate(pieces)


def _inward(loop: Array) -> Array:
    """Unit-offset vectors (k, 2) to the left of a closed line, longer at corners (up to 2)."""
    ahead = np.roll(loop, -1, 0) - loop
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-12)
    left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    both = left + np.roll(left, 1, 0)
    return both / np.maximum((both * both).sum(1, keepdims=True) / 2, 0.5)


def _fill(loops: Sequence[Array], spacing: float) -> tuple[Array, NDArray[np.int64]]:
    """Points (n, 2) and triangles (m, 3) that fill the first loop outside the others."""
    border = np.concatenate(loops)
    low, high = border.min(0), border.max(0)
    xs, ys = (np.arange(low[k], high[k], spacing) for k in range(2))
    inner = np.stack(np.meshgrid(xs, ys, indexing="ij"), 2).reshape(-1, 2)
    inner[:, 1] += 0.5 * spacing * (np.round((inner[:, 0] - low[0]) / spacing) % 2)
    inner = inner[_inside(inner, loops)]
    if len(inner):
        inner = inner[KDTree(border).query(inner)[0] > 0.6 * spacing]
    points = np.concatenate([border, inner])
    faces = Delaunay(points).simplices.astype(np.int64)
    faces = faces[_inside(points[faces].mean(1), loops)]
    a, b, c = (points[faces[:, k]] for k in range(3))
    turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    faces = np.where((turn < 0)[:, None], faces[:, ::-1], faces)
    return points, faces[np.abs(turn) > 1e-12]


def _inside(points: Array, loops: Sequence[Array]) -> NDArray[np.bool_]:
    """Which points (n, 2) lie inside the loops by the even-odd rule."""
    odd = np.zeros(len(points), bool)
    for loop in loops:
        for start, end in zip(loop, np.roll(loop, -1, 0), strict=True):
            if start[1] == end[1]:
                continue
            cuts = (points[:, 1] < start[1]) != (points[:, 1] < end[1])
            at = start[0] + (points[:, 1] - start[1]) * (end[0] - start[0]) / (end[1] - start[1])
            odd ^= cuts & (points[:, 0] < at)
    return odd
