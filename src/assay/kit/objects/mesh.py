"""Triangle meshes in numpy, and what can be done to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Colour = ArrayLike
"""Display-referred (sRGB) red, green and blue in 0..1: (3,) for the whole mesh or (n, 3)."""


@dataclass(frozen=True)
class Mesh:
    """A coloured triangle mesh; z is up, the front looks along -y.

    vertices (n, 3), faces (m, 3) counter-clockwise seen from outside, colours (n, 3) sRGB in 0..1.
    Every method gives a new mesh.
    """

    vertices: Array
    faces: NDArray[np.int64]
    colours: Array

    @property
    def normals(self) -> Array:
        """Unit vertex normals (n, 3), each the area-weighted mean of its faces' normals."""
        a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
        across = np.cross(b - a, c - a)
        total = np.zeros_like(self.vertices)
        for k in range(3):
            np.add.at(total, self.faces[:, k], across)
        return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)

    @property
    def bounds(self) -> tuple[Array, Array]:
        """The lowest and the highest corner, (3,) each."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
        """The mesh shifted."""
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Mesh:
        """The mesh stretched about the origin; one number stretches all axes alike."""
        factors = np.array([x, x if y is None else y, x if z is None else z])
        faces = self.faces if np.prod(factors) > 0 else self.faces[:, ::-1]
        return replace(self, vertices=self.vertices * factors, faces=faces)

    def turned(self, axis: str, degrees: float) -> Mesh:
        """The mesh turned about the x, y or z axis, right-handed."""
        return replace(self, vertices=self.vertices @ rotation(axis, degrees).T)

    def painted(self, colour: Colour | Callable[[Array], Array]) -> Mesh:
        """The mesh in another colour: (3,), (n, 3), or a function of the vertices (n, 3)."""
        values = colour(self.vertices) if callable(colour) else colour
        return replace(self, colours=spread_colour(values, len(self.vertices)))

    def mixed(self, colour: Colour, weight: ArrayLike) -> Mesh:
        """The mesh with `colour` blended in by weight: one number or (n,), 0..1."""
        share = np.clip(np.broadcast_to(np.asarray(weight, float), len(self.vertices)), 0, 1)
        over = spread_colour(colour, len(self.vertices))
        return replace(self, colours=self.colours + share[:, None] * (over - self.colours))

    def displaced(self, amount: ArrayLike) -> Mesh:
        """The mesh pushed out along its normals by one number or (n,)."""
        push = np.broadcast_to(np.asarray(amount, float), len(self.vertices))
        return replace(self, vertices=self.vertices + self.normals * push[:, None])

    def mapped(self, function: Callable[[Array], Array]) -> Mesh:
        """The mesh with `function` applied to its vertices (n, 3)."""
        return replace(self, vertices=np.asarray(function(self.vertices), float))

    def bent(self, degrees: float) -> Mesh:
        """The mesh's x axis rolled into an arc upwards (to +z) of so many degrees in all."""
        low, high = self.bounds
        length = high[0] - low[0]
        if abs(degrees) < 1e-6 or length < 1e-9:
            return self
        radius = length / np.radians(degrees)
        angle = (self.vertices[:, 0] - (low[0] + high[0]) / 2) / radius
        reach = radius - self.vertices[:, 2]
        x, z = reach * np.sin(angle), radius - reach * np.cos(angle)
        return replace(self, vertices=np.stack([x, self.vertices[:, 1], z], axis=1))

    def twisted(self, degrees_per_unit: float) -> Mesh:
        """The mesh turned about z in proportion to the height."""
        angle = np.radians(degrees_per_unit) * self.vertices[:, 2]
        x, y, z = self.vertices.T
        cos, sin = np.cos(angle), np.sin(angle)
        return replace(self, vertices=np.stack([x * cos - y * sin, x * sin + y * cos, z], axis=1))

    def rested(self) -> Mesh:
        """The mesh with its lowest point at z = 0."""
        return self.moved(z=-float(self.bounds[0][2]))

    def flipped(self) -> Mesh:
        """The mesh with its inside out."""
        return replace(self, faces=self.faces[:, ::-1])


def spread_colour(colour: Colour, count: int) -> Array:
    """The colour repeated to (count, 3) and clipped to 0..1."""
    return np.clip(np.broadcast_to(np.asarray(colour, float), (count, 3)), 0, 1).copy()


def rotation(axis: str, degrees: float) -> Array:
    """The right-handed (3, 3) rotation about "x", "y" or "z"."""
    k = "xyz".index(axis)
    i, j = (k + 1) % 3, (k + 2) % 3
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = cos, -sin, sin, cos
    return matrix


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several; raises ValueError for none."""
    if not meshes:
        raise ValueError("nothing to join")
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
        np.concatenate([mesh.colours for mesh in meshes]),
    )


def weld(mesh: Mesh, tolerance: float = 1e-6) -> Mesh:
    """The mesh with vertices at one place made one, and faces without area left out."""
    keys = np.round(mesh.vertices / tolerance).astype(np.int64)
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    faces = group.reshape(-1)[mesh.faces]
    a, b, c = faces.T
    solid = (a != b) & (b != c) & (c != a)
    return Mesh(mesh.vertices[first], faces[solid], mesh.colours[first])


def creased(mesh: Mesh, degrees: float = 40.0) -> Mesh:
    """The mesh with vertices split where faces meet at more than `degrees`: hard edges shade hard.

    Slower than smooth shading: use it on meshes of up to some ten thousand faces.
    """
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    corner_of = mesh.faces.reshape(-1)
    facing = np.repeat(across, 3, axis=0)
    # Corners of one vertex share a copy when their faces round to the same direction cluster.
    chosen = np.full(len(corner_of), -1, dtype=np.int64)
    open_corners = np.arange(len(corner_of))
    label = 0
    limit = np.cos(np.radians(degrees))
    while len(open_corners):
        vertices = corner_of[open_corners]
        _, first = np.unique(vertices, return_index=True)
        lead = np.zeros((len(mesh.vertices), 3))
        lead[vertices[first]] = facing[open_corners[first]]
        near = np.einsum("ij,ij->i", lead[vertices], facing[open_corners]) >= limit
        near[first] = True
        chosen[open_corners[near]] = label
        open_corners = open_corners[~near]
        label += 1
    keys, group = np.unique(corner_of * label + chosen, return_inverse=True)
    source = keys // label
    return Mesh(mesh.vertices[source], group.reshape(-1, 3), mesh.colours[source])


def scatter(
    copies: Sequence[Mesh],
    surface: Mesh,
    count: int,
    rng: np.random.Generator,
    where: Callable[[Array, Array], NDArray[np.bool_]] | None = None,
    spacing: float = 0.0,
) -> Mesh:
    """Small meshes strewn over a surface, each with its z along the normal and a random spin.

    copies: what is strewn, one picked at random each time, made about the origin.
    where: of points (k, 3) and normals (k, 3), which may be used. spacing: least distance of two.
    Raises ValueError when nothing fits.
    """
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    area = np.linalg.norm(across, axis=1)
    face = rng.choice(len(area), size=count * 12, p=area / area.sum())
    u, v = rng.random((2, len(face), 1))
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    points = a[face] + u * (b - a)[face] + v * (c - a)[face]
    facing = across[face] / np.maximum(area[face, None], 1e-12)
    keep = np.ones(len(face), bool) if where is None else where(points, facing)
    placed: list[Mesh] = []
    taken = np.empty((count, 3))
    for point, up in zip(points[keep], facing[keep], strict=True):
        if spacing and placed:
            gap = taken[: len(placed)] - point
            if np.einsum("ij,ij->i", gap, gap).min() < spacing * spacing:
                continue
        taken[len(placed)] = point
        copy = copies[int(rng.integers(len(copies)))]
        frame = _frame_about(up) @ rotation("z", rng.uniform(0, 360))
        placed.append(replace(copy, vertices=copy.vertices @ frame.T + point))
        if len(placed) == count:
            break
    return join(placed)


def _frame_about(up: Array) -> Array:
    """A rotation (3, 3) that takes z to the unit vector `up`."""
    side = np.cross([0.0, 1.0, 0.0] if abs(up[1]) < 0.9 else [1.0, 0.0, 0.0], up)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(up, side), up], axis=1)
