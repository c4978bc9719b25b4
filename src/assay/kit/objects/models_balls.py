"""Source objects that are balls: their whole identity is a pattern on a sphere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import KDTree

from assay.kit.objects.mesh import Array
from assay.kit.objects.model import MATT, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import ramp, smooth_noise
from assay.kit.objects.shapes import ball

LEATHER = Material(roughness=0.6, specular=0.4)
ENAMEL = Material(roughness=0.3, clearcoat=0.3)
GOLDEN = (1 + 5**0.5) / 2

Paint = Callable[[Array], tuple[Array, Array]]
"""Maps directions (n, 3) to radii relative to 1, (n,), and colours (n, 3)."""


def painted_ball(
    paint: Paint, material: Material, rng: np.random.Generator, detail: int = 100
) -> Model:
    """A ball of diameter 1 on z = 0, its pattern turned at random."""
    mesh = ball(0.5, detail=detail)
    radii, colours = paint(mesh.vertices * 2 @ _random_rotation(rng))
    mesh = mesh.mapped(lambda points: points * radii[:, None]).painted(colours)
    return Model((Part(mesh.rested(), material),))


def _random_rotation(rng: np.random.Generator) -> Array:
    """A rotation matrix (3, 3), uniform over all rotations."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


def tinted(rgb: tuple[float, float, float], rng: np.random.Generator, by: float = 0.04) -> Array:
    """The colour with every channel jittered by at most `by`."""
    return np.clip(np.asarray(rgb) + rng.uniform(-by, by, 3), 0, 1)


def _blend(a: Array, b: Array, weight: Array) -> Array:
    """Colours a, (3,) or (n, 3), where the weight (n,) is 0 and b where it is 1."""
    return a + (b - a) * weight[:, None]


def _icosahedron() -> tuple[Array, Array]:
    """Unit vectors to the twelve corners and to the twenty face centres."""
    corners = []
    for i in (-1.0, 1.0):
        for j in (-GOLDEN, GOLDEN):
            corners += [(0, i, j), (i, j, 0), (j, 0, i)]
    points = np.array(corners)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    near = points @ points.T > 0.4
    centres = np.array(
        [
            points[[i, j, k]].sum(0)
            for i in range(12)
            for j in range(i + 1, 12)
            for k in range(j + 1, 12)
            if near[i, j] and near[j, k] and near[i, k]
        ]
    )
    return points, centres / np.linalg.norm(centres, axis=1, keepdims=True)


def _seam(wide: float, count: int) -> Array:
    """A tennis ball's closed seam as unit vectors (count, 3); `wide` is .7 to .8."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    rest = 1 - wide
    line = np.stack(
        [
            wide * np.cos(t) + rest * np.cos(3 * t),
            wide * np.sin(t) - rest * np.sin(3 * t),
            2 * (wide * rest) ** 0.5 * np.sin(2 * t),
        ],
        axis=1,
    )
    return line / np.linalg.norm(line, axis=1, keepdims=True)


def soccer_ball(rng: np.random.Generator) -> Model:
    """Twelve black pentagons among twenty white hexagons, with sunken seams."""
    pentagons, hexagons = _icosahedron()
    white, black = tinted((0.94, 0.94, 0.93), rng, 0.03), tinted((0.1, 0.1, 0.11), rng, 0.03)

    def paint(d: Array) -> tuple[Array, Array]:
        # The face that a ray meets is the one whose plane is nearest along it; the numbers are
        # the two kinds of planes' distances from the centre for edges of length 1.
        reach = np.concatenate([d @ pentagons.T / 2.3274, d @ hexagons.T / 2.2673], axis=1)
        top = np.sort(reach, axis=1)
        seam = ramp(top[:, -1] - top[:, -2], 0.012, 0.0)
        is_black = (reach.argmax(1) < 12).astype(float)
        colours = _blend(white, black, is_black) * (1 - 0.4 * seam * (1 - is_black))[:, None]
        return 1 - 0.016 * seam, colours

    return painted_ball(paint, LEATHER, rng, 110)


def golf_ball(rng: np.random.Generator) -> Model:
    """A white ball with 336 round dimples."""
    k = np.arange(336) + 0.5
    z, turn = 1 - 2 * k / 336, np.pi * (1 + 5**0.5) * k
    ring = np.sqrt(1 - z * z)
    centres = KDTree(np.stack([ring * np.cos(turn), ring * np.sin(turn), z], 1))
    white = tinted((0.94, 0.94, 0.93), rng, 0.03)

    def paint(d: Array) -> tuple[Array, Array]:
        bowl = np.clip(1 - (np.asarray(centres.query(d)[0]) / 0.088) ** 2, 0, 1)
        return 1 - 0.022 * bowl, _blend(white, white * 0.9, bowl)

    return painted_ball(paint, ENAMEL, rng, 120)


def basketball(rng: np.random.Generator) -> Model:
    """Orange pebbled leather with eight panels between black channels."""
    orange, black = tinted((0.85, 0.45, 0.2), rng, 0.05), np.array([0.07, 0.06, 0.06])

    def paint(d: Array) -> tuple[Array, Array]:
        _, y, z = d.T
        side = np.abs(y) - (0.50 + 0.42 * z * z)
        near = np.minimum(np.minimum(np.abs(y), np.abs(z)), np.abs(side) / 1.1)
        line = ramp(near, 0.034, 0.022)
        pebbles = smooth_noise(d, 0.035, rng, octaves=1)
        colours = _blend(orange * (1 + 0.05 * pebbles)[:, None], black, line)
        return 1 - 0.014 * line + 0.003 * pebbles * (1 - line), colours

    return painted_ball(paint, LEATHER, rng, 110)


def tennis_ball(rng: np.random.Generator) -> Model:
    """Yellow-green felt with one white seam that closes on itself."""
    felt, white = tinted((0.82, 0.89, 0.3), rng, 0.05), np.array([0.95, 0.96, 0.92])
    seam = KDTree(_seam(0.75, 600))

    def paint(d: Array) -> tuple[Array, Array]:
        line = ramp(np.asarray(seam.query(d)[0]), 0.062, 0.045)
        fuzz = rng.uniform(-1, 1, len(d)) + smooth_noise(d, 0.1, rng)
        colours = _blend(felt * (1 + 0.07 * fuzz)[:, None], white, line)
        return 1 - 0.012 * line + 0.007 * fuzz * (1 - line), colours

    return painted_ball(paint, MATT, rng, 100)


def volleyball(rng: np.random.Generator) -> Model:
    """Eighteen strips, three on each side of a cube, every other side turned by a quarter."""
    white = tinted((0.94, 0.93, 0.9), rng, 0.03)
    outer = [white, white]
    if rng.random() < 0.4:
        outer = [tinted((0.95, 0.85, 0.3), rng), tinted((0.3, 0.42, 0.75), rng)]

    def paint(d: Array) -> tuple[Array, Array]:
        axis = np.abs(d).argmax(1)
        rows = np.arange(len(d))
        depth = np.abs(d[rows, axis])
        across = np.arctan(d[rows, (axis + 1) % 3] / depth) / (np.pi / 4)
        along = np.arctan(d[rows, (axis + 2) % 3] / depth) / (np.pi / 4)
        edge = np.minimum(np.abs(np.abs(across) - 1 / 3), 1 - np.abs(across))
        seam = ramp(np.minimum(edge, 1 - np.abs(along)), 0.05, 0.012)
        middle = (np.abs(across) < 1 / 3).astype(float)
        colours = _blend(outer[0], outer[1], (across > 1 / 3).astype(float))
        return 1 - 0.022 * seam, _blend(colours, white, middle) * (1 - 0.25 * seam)[:, None]

    return painted_ball(paint, LEATHER, rng, 110)


def baseball(rng: np.random.Generator) -> Model:
    """White leather with red stitches along one closed seam."""
    white, red = tinted((0.94, 0.93, 0.9), rng, 0.03), tinted((0.8, 0.15, 0.17), rng)
    seam = KDTree(_seam(0.72, 1200))

    def paint(d: Array) -> tuple[Array, Array]:
        found = seam.query(d)
        away, where = np.asarray(found[0], float), np.asarray(found[1], float)
        # Each stitch leans away from the seam, so its place along it shifts with the distance.
        phase = (where / 1200 * 108 + away * 7) % 1
        stitch = ramp(np.abs(phase - 0.5), 0.26, 0.16) * ramp(away, 0.1, 0.085)
        stitch = stitch * ramp(away, 0.012, 0.022)
        line = ramp(away, 0.012, 0.004)
        colours = _blend(white * (1 - 0.3 * line)[:, None], red, stitch)
        return 1 - 0.01 * line + 0.009 * stitch, colours

    return painted_ball(paint, MATT, rng, 140)


def _source(name: str, words: str, build: Callable[..., Model], index: int) -> ObjectModel:
    return ObjectModel(name, "sources", words, build, imagenet_class=index)


MODELS: tuple[ObjectModel, ...] = (
    _source("soccer_ball", "soccer ball", soccer_ball, 805),
    _source("golf_ball", "golf ball", golf_ball, 574),
    _source("basketball", "basketball", basketball, 430),
    _source("tennis_ball", "tennis ball", tennis_ball, 852),
    _source("volleyball", "volleyball", volleyball, 890),
    _source("baseball", "baseball", baseball, 429),
)
