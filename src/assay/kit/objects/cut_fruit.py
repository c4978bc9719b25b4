"""Fruit shown cut open: what is inside is painted on the faces of the cut."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Array, Mesh, join
from assay.kit.objects.model import MATT, Material, Model, Part
from assay.kit.objects.noise import ramp, smooth_noise
from assay.kit.objects.shapes import ball, lathe, sheet

SKIN = Material(roughness=0.28, specular=0.5, clearcoat=0.25)
WET = Material(roughness=0.22, specular=0.5)
Rgb = tuple[float, float, float]


def turn_of(points: Array) -> Array:
    """The angle about z of each point, radians."""
    return np.arctan2(points[:, 1], points[:, 0])


def cut_face(radius: float, rings: int = 70, segments: int = 180) -> Mesh:
    """A flat round face at z = 0, facing up, fine enough to paint flesh on."""
    line = np.linspace(radius, 0, rings)
    return lathe(np.stack([line, 0 * line], axis=1), segments=segments)


def _citrus_face(radius: float, colour: Rgb, rng: np.random.Generator) -> Mesh:
    """The cut through an orange: segments of juice cells, skins between them, pith and peel."""
    face = cut_face(radius)
    points = face.vertices
    away = np.linalg.norm(points, axis=1) / radius
    count = int(rng.integers(9, 12))
    turn = (turn_of(points) + rng.uniform(0, 6)) * count / (2 * np.pi)
    wobble = 0.08 * smooth_noise(points, 0.3, rng, 1)
    apart = np.abs((turn + wobble) % 1 - 0.5) * 2
    # How far, in units of the radius, a point lies from the skin between two segments.
    inside = (1 - apart) * np.pi / count * away
    cells = smooth_noise(np.stack([away * 2.2, turn * 6.0, 0 * turn], axis=1), 0.55, rng, 2)
    flesh = np.array(colour) * (1 + 0.10 * cells)[:, None]
    pith, peel = np.array([0.97, 0.88, 0.66]), np.array(colour) * [1.0, 0.92, 0.7]
    share = ramp(inside, 0.012, 0.034) * ramp(away, 0.85, 0.80) * ramp(away, 0.06, 0.11)
    paint = pith + share[:, None] * (flesh - pith)
    paint = np.where((away > 0.935)[:, None], peel, paint)
    bulge = 0.012 * radius * share
    return face.painted(paint).mapped(lambda p: p + np.c_[0 * bulge, 0 * bulge, bulge])


def orange(rng: np.random.Generator) -> Model:
    """A whole orange and a half that shows its segments."""
    colour = (0.95, rng.uniform(0.46, 0.54), 0.06)
    whole = ball((0.30, 0.30, 0.285), colour, 44)
    pores = smooth_noise(whole.vertices, 0.030, rng, 1)
    whole = whole.displaced(0.0035 * pores).mixed((0.85, 0.36, 0.03), 0.25 * ramp(pores, 0, -0.9))
    navel = ramp(np.linalg.norm(whole.vertices - [0, 0, 0.285], axis=1), 0.035, 0.02)
    whole = whole.displaced(-0.02 * navel).mixed((0.35, 0.36, 0.10), navel)
    whole = whole.turned("x", rng.uniform(10, 60)).turned("z", rng.uniform(0, 360)).rested()
    line = np.linspace(0, np.pi / 2, 40)
    shell = lathe(np.stack([0.29 * np.sin(line), -0.28 * np.cos(line)], axis=1), colour)
    pores = smooth_noise(shell.vertices, 0.030, rng, 1)
    shell = shell.displaced(0.003 * pores).mixed((0.85, 0.36, 0.03), 0.25 * ramp(pores, 0, -0.9))
    face = _citrus_face(0.29, (0.97, rng.uniform(0.50, 0.60), 0.10), rng)
    tilt = rng.uniform(48, 66)
    side = float(rng.choice([-1, 1]))

    def leaning(mesh: Mesh) -> Mesh:
        # The half lies on its round side, with the cut turned to the viewer.
        return mesh.turned("x", tilt).turned("z", -12 * side).moved(0.36 * side, -0.16, 0.28)

    parts = (
        Part(whole.moved(-0.24 * side, 0.10), SKIN),
        Part(leaning(shell), SKIN),
        Part(leaning(face), WET),
    )
    return Model(parts).settled()


def watermelon(rng: np.random.Generator) -> Model:
    """A wedge of watermelon on its rind: red flesh, dark seeds, striped rind."""
    half_angle = np.radians(rng.uniform(24, 34))
    red = np.array([0.88, 0.17, 0.17]) * rng.uniform(0.94, 1.04)
    # The half disc in the x, z plane; the wedge is two of them about the x axis and the rind.
    away = np.linspace(0, 0.5, 70)[:, None]
    turn = np.linspace(0, np.pi, 140)[None]
    x, depth = away * np.cos(turn), away * np.sin(turn)
    flat = np.stack([x, 0 * x, -depth], axis=2).reshape(-1, 3)
    share = np.broadcast_to(away / 0.5, x.shape).reshape(-1)
    mottle = smooth_noise(flat, 0.08, rng, 3)
    faces = []
    for side in (-1.0, 1.0):
        paint = red * (1 + 0.07 * mottle)[:, None]
        paint = paint + ramp(share, 0.80, 0.89)[:, None] * (np.array([0.94, 0.90, 0.76]) - paint)
        paint = paint + ramp(share, 0.92, 0.97)[:, None] * (np.array([0.55, 0.68, 0.32]) - paint)
        paint = np.where((share > 0.978)[:, None], (0.10, 0.28, 0.09), paint)
        grid = flat.reshape(*x.shape, 3)
        face = sheet(grid, paint) if side < 0 else sheet(grid, paint).flipped()
        seeds = _seeds(rng).scaled(1, side * -1.0, 1)
        lean = side * np.degrees(half_angle)
        faces.append((face.turned("x", lean), seeds.turned("x", lean)))
    swing = np.linspace(-1.0, 1.0, 40)[:, None] * half_angle
    x = 0.5 * np.cos(turn) + 0 * swing
    reach = 0.5 * np.sin(turn)
    rind = sheet(np.stack([x, reach * np.sin(swing), -reach * np.cos(swing)], axis=2))
    around = np.arctan2(rind.vertices[:, 1], -rind.vertices[:, 2])
    stripes = np.sin(13 * around + 1.2 * smooth_noise(rind.vertices, 0.2, rng))
    dark, light = np.array([0.08, 0.26, 0.09]), np.array([0.42, 0.60, 0.25])
    rind = rind.painted(light + ramp(stripes, -0.2, 0.3)[:, None] * (dark - light))
    parts = (
        Part(join([face for face, _ in faces]), WET),
        Part(join([seeds for _, seeds in faces]), SKIN),
        Part(rind, SKIN),
    )
    roll = rng.uniform(-6, 6)
    return Model(parts).mapped(lambda mesh: mesh.turned("y", roll)).settled()


def _seeds(rng: np.random.Generator) -> Mesh:
    """Watermelon seeds in two arcs on the half disc y = 0, z < 0, pointing to its centre."""
    seed = ball((0.010, 0.007, 0.019), (0.06, 0.04, 0.035), 8)
    found = []
    for away, count in ((0.20, 5), (0.31, 8)):
        for k in range(count):
            turn = np.pi * (k + 0.5 + rng.uniform(-0.2, 0.2)) / count
            at = away + rng.uniform(-0.025, 0.025)
            tilted = seed.turned("y", 90 + np.degrees(turn))
            found.append(tilted.moved(at * np.cos(turn), 0, -at * np.sin(turn)))
    return join(found)


def kiwi(rng: np.random.Generator) -> Model:
    """A kiwi cut in two, the green flesh to the front, and a whole one behind."""
    brown = np.array([0.42, 0.30, 0.16]) * rng.uniform(0.9, 1.1)
    whole = ball((0.30, 0.23, 0.225), detail=36)
    fuzz = smooth_noise(whole.vertices, 0.02, rng, 2)
    whole = whole.painted(brown * (1 + 0.28 * fuzz)[:, None]).displaced(0.004 * fuzz)
    line = np.linspace(0, np.pi / 2, 40)
    shell = lathe(np.stack([0.235 * np.sin(line), -0.26 * np.cos(line)], axis=1))
    fuzz = smooth_noise(shell.vertices, 0.02, rng, 2)
    shell = shell.painted(brown * (1 + 0.28 * fuzz)[:, None]).displaced(0.003 * fuzz)
    parts = []
    for x, y, tilt, spin in ((0.20, -0.18, 58, -8), (-0.27, -0.10, 40, 14)):
        lean = tilt + rng.uniform(-6, 6)
        for mesh, material in ((shell, MATT), (_kiwi_face(0.236, rng), WET)):
            placed = mesh.turned("x", lean).turned("z", spin).moved(x, y, 0.235)
            parts.append(Part(placed, material))
    whole = whole.turned("z", rng.uniform(-40, 40)).moved(0.02, 0.27, 0.225)
    parts.append(Part(whole, MATT))
    mirror = float(rng.choice([-1, 1]))
    return Model(tuple(parts)).mapped(lambda mesh: mesh.scaled(mirror, 1, 1)).settled()


def _kiwi_face(radius: float, rng: np.random.Generator) -> Mesh:
    """The cut through a kiwi: white core, black seeds around it, rays, green flesh, brown edge."""
    face = cut_face(radius)
    points = face.vertices
    away = np.linalg.norm(points, axis=1) / radius
    turn = turn_of(points)
    rays = smooth_noise(np.stack([np.cos(turn), np.sin(turn), 0.1 * away], axis=1), 0.10, rng, 2)
    green, pale = np.array([0.44, 0.63, 0.10]), np.array([0.72, 0.80, 0.32])
    paint = green + (0.5 * ramp(rays, 0.1, 0.9) * ramp(away, 0.95, 0.4))[:, None] * (pale - green)
    rim = 0.24 + 0.03 * np.cos(2 * turn)
    paint = paint + (0.6 * ramp(away, 0.62, rim.mean()))[:, None] * (pale - paint)
    core = ramp(away, 0.27, 0.21)
    paint = paint + core[:, None] * (np.array([0.93, 0.92, 0.74]) - paint)
    paint = np.where((away > 0.965)[:, None], (0.36, 0.26, 0.12), paint)
    count = int(rng.integers(26, 32))
    angle = (np.arange(count) + rng.uniform(-0.25, 0.25, count)) * 2 * np.pi / count
    at = radius * rng.uniform(0.34, 0.50, count)
    centres = np.stack([at * np.cos(angle), at * np.sin(angle), 0 * at], axis=1)
    offset = points[:, None] - centres[None]
    radial = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    along = np.einsum("nkj,kj->nk", offset, radial)
    aside = np.linalg.norm(offset - along[..., None] * radial, axis=2)
    seed = ((along / 0.021) ** 2 + (aside / 0.009) ** 2).min(axis=1)
    return face.painted(paint).mixed((0.05, 0.04, 0.03), ramp(seed, 1.3, 0.7))
