"""Source objects that grow: plants and an insect."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import map_coordinates

from assay.kit.objects.mesh import Array, Mesh, join, scatter
from assay.kit.objects.model import GLOSSY, MATT, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.models_balls import tinted
from assay.kit.objects.noise import cell_distance, gradient, ramp, smooth_noise
from assay.kit.objects.shapes import ball, curve, sheet, tube

WAXY = Material(roughness=0.28, specular=0.6, clearcoat=0.25)
_STENCIL_PIXELS = 256


def _stencil(polygons: list[list[tuple[float, float]]], blur: float) -> Array:
    """Polygons in -1..1 (x right, y up) as a picture (256, 256) in 0..1, row 0 being y = -1."""
    size = _STENCIL_PIXELS
    picture = Image.new("L", (size * 4, size * 4))
    draw = ImageDraw.Draw(picture)
    for polygon in polygons:
        draw.polygon([((x + 1) * 2 * size, (y + 1) * 2 * size) for x, y in polygon], fill=255)
    picture = picture.resize((size, size), Image.Resampling.BOX)
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)), float) / 255


def _looked_up(stencil: Array, x: Array, y: Array) -> Array:
    """The stencil's values at places (n,) in -1..1."""
    half = (_STENCIL_PIXELS - 1) / 2
    return map_coordinates(stencil, [(y + 1) * half, (x + 1) * half], order=1, mode="nearest")


def _lantern_face(rng: np.random.Generator) -> list[list[tuple[float, float]]]:
    """Triangular eyes and nose and a grin with square teeth."""
    w, h, tilt = rng.uniform(0.2, 0.26), rng.uniform(0.3, 0.38), rng.uniform(-0.08, 0.12)
    shapes = []
    for side in (-1, 1):
        shapes.append(
            [
                (side * (0.36 - w), 0.12),
                (side * (0.36 + w), 0.12 + tilt),
                (side * 0.36, 0.12 + h),
            ]
        )
    shapes.append([(-0.09, -0.06), (0.09, -0.06), (0.0, 0.1)])
    x = np.linspace(-0.66, 0.66, 45)
    bow = 0.34 * (x / 0.66) ** 2
    upper, lower = -0.24 + 0.75 * bow, -0.58 + 1.2 * bow
    tooth_up = np.isin(np.floor((x + 0.66) / 1.321 * 9), (2, 6))
    tooth_low = np.isin(np.floor((x + 0.66) / 1.321 * 9), (4,))
    upper, lower = upper - 0.12 * tooth_up, lower + 0.13 * tooth_low
    mouth = [*zip(x, upper, strict=True), *zip(x[::-1], lower[::-1], strict=True)]
    return [*shapes, [(float(a), float(b)) for a, b in mouth]]


def jack_o_lantern(rng: np.random.Generator) -> Model:
    """A ribbed pumpkin with a face cut out and light within."""
    ribs, orange = int(rng.integers(9, 13)), tinted((0.93, 0.48, 0.1), rng)
    squash = rng.uniform(0.78, 0.92)
    mesh = ball(0.5, detail=110)
    d = mesh.vertices * 2
    turn = np.arctan2(d[:, 1], d[:, 0])
    level = np.hypot(d[:, 0], d[:, 1])
    furrow = np.abs(np.sin(turn * ribs / 2)) ** 0.6
    radius = 1 - 0.11 * level * (1 - furrow)
    # The dents round the stem and below.
    radius = radius - 0.2 * np.exp(-((level / 0.28) ** 2)) + 0.012 * smooth_noise(d, 0.3, rng)
    colours = orange * (0.78 + 0.22 * furrow + 0.06 * smooth_noise(d, 0.12, rng))[:, None]
    face = _lantern_face(rng)
    lit = (0.06, 0.03, 0.02) if rng.random() < 0.5 else (1.0, 0.86, 0.3)
    front = d[:, 1] < 0
    hole = _looked_up(_stencil(face, 0.8), d[:, 0] / 0.95, d[:, 2] / 0.95 - 0.08) * front
    deep = _looked_up(_stencil(face, 6.0), d[:, 0] / 0.95, d[:, 2] / 0.95 - 0.08) * front
    radius = radius - 0.1 * hole
    # The cut shows pale flesh at its rim and the dark inside, with some candle light.
    stops = [(0.2, (0.85, 0.6, 0.2)), (0.5, (0.16, 0.07, 0.02)), (0.85, lit)]
    glow = gradient(deep, stops)
    points = d * 0.5 * radius[:, None] * [1, 1, squash]
    mesh = Mesh(points, mesh.faces, np.clip(colours, 0, 1)).mixed(glow, ramp(hole, 0.35, 0.65))
    top = 0.4 * squash
    bend = rng.uniform(-0.1, 0.1, 2)
    path = curve([(0, 0, top - 0.08), (0, 0, top + 0.05), (bend[0], bend[1], top + 0.17)], 24)
    stem = tube(path, np.interp(np.linspace(0, 1, 24), [0, 0.4, 1], [0.085, 0.05, 0.045]))
    stem = stem.painted(tinted((0.42, 0.45, 0.22), rng))
    stem = stem.displaced(0.008 * np.sin(8 * np.arctan2(stem.vertices[:, 1], stem.vertices[:, 0])))
    return Model((Part(mesh, WAXY), Part(stem, MATT))).settled()


def bell_pepper(rng: np.random.Generator) -> Model:
    """A lobed pepper, more or less upright, in red, yellow or green."""
    skins = [(0.82, 0.1, 0.08), (0.95, 0.75, 0.1), (0.25, 0.55, 0.15)]
    skin = tinted(skins[int(rng.integers(3))], rng, 0.03)
    lobes, phase = int(rng.integers(3, 5)), rng.uniform(0, 6.28)
    mesh = ball(0.5, detail=70)
    d = mesh.vertices * 2
    turn = np.arctan2(d[:, 1], d[:, 0]) + 0.15 * d[:, 2]
    level = np.hypot(d[:, 0], d[:, 1])
    groove = np.abs(np.sin(turn * lobes / 2 + phase)) ** 0.55
    # Boxy sides that narrow downwards, with a dent above and a bottom of separate bumps.
    wide = level**0.55 * (0.86 + 0.16 * d[:, 2])
    wide = wide * (1 - 0.17 * (1 - groove)) * (1 + 0.05 * smooth_noise(d, 0.7, rng))
    out = d[:, :2] / np.maximum(level, 1e-9)[:, None]
    height = np.sign(d[:, 2]) * np.abs(d[:, 2]) ** 0.7 * rng.uniform(1.0, 1.2)
    dent = np.exp(-((level / 0.36) ** 2))
    height = height - np.where(d[:, 2] > 0, 0.42 * dent, -0.3 * dent)
    height = height - 0.14 * (1 - groove) * np.where(d[:, 2] > 0, level, -level)
    points = np.c_[out * wide[:, None], height] * 0.5
    colours = skin * (0.9 + 0.1 * groove + 0.04 * smooth_noise(d, 0.25, rng))[:, None]
    body = Mesh(points, mesh.faces, np.clip(colours, 0, 1))
    green = tinted((0.38, 0.55, 0.2), rng)
    foot = float(points[(level < 0.05) & (d[:, 2] > 0), 2].mean())
    crown = ball((0.15, 0.15, 0.05), green).moved(z=foot + 0.02)
    lean = rng.uniform(-0.1, 0.1, 2)
    path = curve([(0, 0, foot), (0, 0, foot + 0.13), (lean[0], lean[1], foot + 0.28)], 20)
    stem = tube(path, np.linspace(0.06, 0.045, 20), green)
    model = Model((Part(body, GLOSSY), Part(join([crown, stem]), SATIN)))
    lean_back = rng.uniform(-5, 35)
    return model.mapped(lambda part: part.turned("x", lean_back)).settled()


def broccoli(rng: np.random.Generator) -> Model:
    """A head of florets on a branching stalk."""
    pale, green = tinted((0.66, 0.76, 0.42), rng), tinted((0.2, 0.42, 0.14), rng, 0.03)
    stalk = tube(curve([(0, 0, 0), (0.01, 0, 0.2), (0, 0, 0.42)], 20), 0.13, pale)
    stems, crowns = [stalk], []
    count = int(rng.integers(11, 15))
    k = np.arange(count) + 0.5
    tilt, turn = np.arccos(1 - 0.8 * k / count), k * 2.4 + rng.uniform(0, 6)
    for a, b in zip(tilt, turn, strict=True):
        way = np.array([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)])
        end = np.array([0, 0, 0.4]) + way * [0.36, 0.36, 0.3]
        branch = np.array([[0, 0, 0.25], end / 2 + np.array([0, 0, 0.1]), end])
        stems.append(tube(curve(branch, 12), 0.055, pale))
        size = rng.uniform(0.15, 0.2)
        lump = ball(size, detail=22).moved(*end)
        crowns.append(lump)
    head = join(crowns)
    bud = ball(0.02, detail=3)
    shades = [bud.scaled(s).painted(green * t) for s in (0.8, 1.1) for t in (0.8, 1.0, 1.25)]
    low = 0.38
    buds = scatter(shades, head, 3000, rng, lambda points, _: points[:, 2] > low)
    # Where florets meet it is dark; the tops of the crowns are lighter.
    centre = np.array([0, 0, 0.4])
    reach = np.linalg.norm((buds.vertices - centre) / [1, 1, 0.85], axis=1)
    light = np.interp(reach, [0.3, 0.48, 0.56], [0.45, 0.9, 1.12])
    buds = buds.painted(buds.colours * light[:, None])
    head = head.painted(green * 0.7)
    stalks = join(stems)
    stalks = stalks.displaced(0.01 * smooth_noise(stalks.vertices, 0.1, rng))
    model = Model((Part(stalks, SATIN), Part(head, MATT), Part(buds, MATT)))
    lying = rng.random() < 0.75
    return model.mapped(lambda mesh: mesh.turned("x", 70 if lying else 0)).settled()


def _petal(length: float, width: float, rise: float) -> Mesh:
    """A white petal along +x from the origin, ribbed, its tip notched."""
    u = np.linspace(0, 1, 22)[:, None]
    v = np.linspace(-1, 1, 11)[None]
    outline = width * np.sin(np.pi * np.clip(u, 0, 1) ** 0.75) ** 0.6 + 0.012
    x = length * u - 0.03 * length * np.cos(3 * np.pi * v) * ramp(u, 0.85, 1.0)
    z = rise * u**1.6 + 0.02 * (v**2) + 0.006 * np.cos(3 * np.pi * v) + 0 * u
    return sheet(np.stack([x, outline * v, z], axis=2))


def daisy(rng: np.random.Generator) -> Model:
    """White petals in two rings about a yellow dome of small florets."""
    white, yellow = tinted((0.95, 0.95, 0.93), rng, 0.03), tinted((0.95, 0.73, 0.1), rng, 0.03)
    count = int(rng.integers(15, 20))
    petals = []
    for ring in range(2):
        for k in range(count):
            petal = _petal(rng.uniform(0.33, 0.37), rng.uniform(0.05, 0.062), rng.uniform(0.0, 0.1))
            petal = petal.moved(0.1, 0, 0.02 * ring).turned("x", rng.uniform(-14, 14))
            petals.append(petal.turned("z", (k + 0.5 * ring) * 360 / count + rng.uniform(-4, 4)))
    leaves = join(petals)
    away = np.linalg.norm(leaves.vertices[:, :2], axis=1)
    leaves = leaves.painted(white * np.interp(away, [0.1, 0.25], [0.8, 1.0])[:, None])
    k = np.arange(420) + 0.5
    spot = 0.165 * np.sqrt(k / 420)
    seeds = np.stack([spot * np.cos(k * 2.39996), spot * np.sin(k * 2.39996)], axis=1)
    dome = ball((0.17, 0.17, 0.085), yellow, detail=44)
    bump = ramp(cell_distance(dome.vertices[:, :2], seeds), 0.009, 0.0)
    middle = np.linalg.norm(dome.vertices[:, :2], axis=1)
    shade = np.interp(middle, [0, 0.06, 0.17], [0.85, 1.0, 0.92]) * (0.72 + 0.28 * bump)
    dome = dome.painted(np.clip(yellow * shade[:, None], 0, 1)).displaced(0.012 * bump)
    stem = tube(curve([(0, 0, 0), (0.02, 0.02, -0.2), (0.1, 0.06, -0.75)], 24), 0.022)
    stem = stem.painted(tinted((0.35, 0.55, 0.2), rng))
    parts = (Part(leaves, SATIN), Part(dome.moved(z=0.02), MATT), Part(stem, SATIN))
    return Model(parts).mapped(lambda mesh: mesh.turned("x", 78)).settled()


def ladybug(rng: np.random.Generator) -> Model:
    """A red dome with seven black spots, a black head with white cheeks, six legs; on a leaf."""
    red, black = tinted((0.85, 0.13, 0.06), rng), np.array([0.06, 0.06, 0.06])
    shell = ball((0.34, 0.42, 0.3), red, detail=64)
    d = shell.vertices / [0.34, 0.42, 0.3]
    spots = [(0.0, -0.66, 0.2), (0.5, -0.3, 0.19), (0.42, 0.34, 0.21), (0.8, 0.12, 0.15)]
    line = ramp(np.abs(d[:, 0]), 0.018, 0.008) * (d[:, 2] > 0)
    weight = np.maximum(line, 0)
    for x, y, size in spots:
        for side in (-1, 1):
            centre = np.array([side * x, y, (1 - x * x - y * y) ** 0.5])
            away = np.linalg.norm(d - centre, axis=1)
            weight = np.maximum(weight, ramp(away, size * 1.08, size * 0.94))
    under = ramp(d[:, 2], 0.02, -0.04)
    shell = shell.mixed(black, np.maximum(weight, under))
    shell = shell.mapped(lambda p: np.c_[p[:, :2], np.where(p[:, 2] < 0, 0.25, 1) * p[:, 2]])
    thorax = ball((0.22, 0.13, 0.17), black, detail=28)
    cheek = np.linalg.norm(np.abs(thorax.vertices) - [0.14, 0.06, 0.11], axis=1)
    pale = ramp(cheek, 0.075, 0.055) * (thorax.vertices[:, 1] < 0.03) * (thorax.vertices[:, 2] > 0)
    thorax = thorax.mixed((0.95, 0.93, 0.85), pale).moved(0, -0.4, 0.04)
    head = ball((0.12, 0.1, 0.1), black, detail=16).moved(0, -0.52, 0.03)
    limbs = []
    for side in (-1, 1):
        limbs.append(
            tube(curve([(side * 0.05, -0.57, 0.08), (side * 0.12, -0.68, 0.1)], 10), 0.012, black)
        )
        for y, reach in ((-0.28, -0.16), (0.0, 0.02), (0.22, 0.16)):
            knots = [(0.2, y, 0), (0.34, y + reach * 0.4, 0.03), (0.42, y + reach * 0.8, -0.12)]
            path = curve([(side * a, b, c) for a, b, c in knots], 16)
            limbs.append(tube(path, np.linspace(0.024, 0.014, 16), black))
    bug = join([thorax, head, *limbs])
    parts = [Part(shell.moved(z=0.13), GLOSSY), Part(bug.moved(z=0.13), SATIN)]
    if rng.random() < 0.9:
        parts.append(Part(_leaf(rng), SATIN))
    return Model(tuple(parts)).settled()


def _leaf_width(along: Array) -> Array:
    """Half the leaf's width at a share of its length."""
    return 0.55 * np.sin(np.pi * along**0.85) ** 0.8 + 0.004


def _leaf_veins(along: Array, across: Array) -> Array:
    """0 on the side veins, 1 between them; across is -1..1."""
    return np.abs(np.sin(14 * (along - 0.22 * np.abs(across)))) ** 0.5


def _leaf(rng: np.random.Generator) -> Mesh:
    """A broad green leaf to sit on, veined and a little curled."""
    u, v = np.linspace(0, 1, 70)[:, None], np.linspace(-1, 1, 50)[None]
    x, y = 1.5 * u - 0.75 + 0 * v, _leaf_width(u) * v
    z = 0.08 * v**2 - 0.02 + 0.012 * (1 - _leaf_veins(u, v)) + 0.02 * np.sin(5 * u)
    green = tinted((0.34, 0.55, 0.18), rng)
    mesh = sheet(np.stack([x, y, z], axis=2))
    along = np.clip((mesh.vertices[:, 0] + 0.75) / 1.5, 0, 1)
    across = mesh.vertices[:, 1] / _leaf_width(along)
    shade = 0.86 + 0.14 * _leaf_veins(along, across) + 0.25 * np.exp(-((across / 0.05) ** 2))
    mesh = mesh.painted(np.clip(green * shade[:, None], 0, 1))
    return mesh.turned("z", rng.uniform(0, 360)).moved(z=-0.02)


def _source(
    name: str,
    words: str,
    build: Callable[[np.random.Generator], Model],
    index: int,
    yaw: tuple[float, float] = (-180.0, 180.0),
    elevation: tuple[float, float] = (18.0, 60.0),
) -> ObjectModel:
    return ObjectModel(name, "sources", words, build, elevation, yaw, imagenet_class=index)


MODELS: tuple[ObjectModel, ...] = (
    _source("jack_o_lantern", "carved pumpkin", jack_o_lantern, 607, (-25, 25), (5, 28)),
    _source("bell_pepper", "bell pepper", bell_pepper, 945),
    _source("broccoli", "broccoli", broccoli, 937, (-150, -30), (18, 45)),
    _source("daisy", "daisy", daisy, 985, (-35, 35), (15, 50)),
    _source("ladybug", "ladybug", ladybug, 301, (-75, 75), (48, 72)),
)
