"""Source objects that are made: a clock, a traffic light, an abacus, an hourglass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import map_coordinates

from assay.kit.objects.mesh import Array, Mesh, creased, join
from assay.kit.objects.model import GLOSSY, MATT, METAL, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.models_balls import tinted
from assay.kit.objects.noise import ramp, smooth_noise
from assay.kit.objects.shapes import ball, box, curve, lathe, sheet, torus, tube

BRASS = Material(roughness=0.25, metallic=1.0)
GLASS = Material(glass=True)


def _picked(rng: np.random.Generator, colours: list[tuple[float, float, float]]) -> Array:
    return tinted(colours[int(rng.integers(len(colours)))], rng)


def _printed_disc(picture: Image.Image, radius: float, rings: int = 90) -> Mesh:
    """A disc at z = 0 facing up, coloured by a square picture that just holds it."""
    reach = np.linspace(1, 0, rings)[:, None]
    turn = np.linspace(0, 2 * np.pi, 360, endpoint=False)[None]
    x, y = reach * np.cos(turn), reach * np.sin(turn)
    mesh = sheet(np.stack([x, y, 0 * x], axis=2), close_columns=True).flipped()
    half = (picture.width - 1) / 2
    places = [(1 - mesh.vertices[:, 1]) * half, (mesh.vertices[:, 0] + 1) * half]
    pixels = np.asarray(picture.convert("RGB"), float) / 255
    colours = np.stack([map_coordinates(pixels[..., k], places, order=1) for k in range(3)], 1)
    return mesh.painted(colours).scaled(radius)


def _dial(rng: np.random.Generator) -> Image.Image:
    """A white dial with twelve numbers and sixty ticks."""
    size, half = 720, 360
    paper = tuple(int(v) for v in 255 * tinted((0.96, 0.95, 0.92), rng, 0.03))
    picture = Image.new("RGB", (size, size), paper)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(96)
    for k in range(60):
        way = np.array([np.sin(k * np.pi / 30), -np.cos(k * np.pi / 30)])
        long = k % 5 == 0
        ends = [tuple(half + way * half * r) for r in (0.86 if long else 0.9, 0.95)]
        draw.line(ends, fill=(25, 25, 28), width=14 if long else 5)
        if long:
            place = half + way * half * 0.69
            draw.text(tuple(place), str((k // 5 - 1) % 12 + 1), (15, 15, 18), font, anchor="mm")
    return picture


def analog_clock(rng: np.random.Generator) -> Model:
    """A round table clock with numbers and hands, upright on two feet."""
    rim = _picked(rng, [(0.2, 0.2, 0.22), (0.75, 0.2, 0.18), (0.45, 0.28, 0.16), (0.25, 0.4, 0.6)])
    case = lathe([(0, -0.14), (0.4, -0.14), (0.5, -0.1), (0.53, 0), (0.53, 0.05)], rim)
    ring = torus(0.505, 0.035, rim).moved(z=0.05)
    face = _printed_disc(_dial(rng), 0.49).moved(z=0.02)
    hour, minute = rng.uniform(0, 12), rng.uniform(0, 60)
    hands = []
    for turn, length, width in ((hour * 30, 0.27, 0.034), (minute * 6, 0.4, 0.022)):
        hand = box((width, length, 0.012), 0.003, (0.05, 0.05, 0.06), detail=4)
        hands.append(hand.moved(y=length * 0.4, z=0.035).turned("z", -turn))
    hands.append(lathe([(0.035, 0.03), (0.03, 0.055), (0, 0.058)], (0.05, 0.05, 0.06), 32))
    second = box((0.009, 0.46, 0.006), 0, (0.75, 0.1, 0.1), detail=2)
    hands.append(second.moved(y=0.14, z=0.05).turned("z", rng.uniform(0, 360)))
    upright = [m.turned("x", 90) for m in (join([case, ring]), face, join(hands))]
    feet = [
        tube(curve([(s * 0.3, 0.03, -0.4), (s * 0.4, 0.03, -0.6)], 8), 0.045, rim) for s in (-1, 1)
    ]
    body, face, hands_up = upright
    parts = (Part(join([body, *feet]), GLOSSY), Part(face, MATT), Part(hands_up, SATIN))
    return Model(parts).settled()


def traffic_light(rng: np.random.Generator) -> Model:
    """Three hooded lenses, red, amber and green, one or more lit, in a box on a pole."""
    shell = _picked(rng, [(0.08, 0.09, 0.09), (0.07, 0.1, 0.08), (0.85, 0.62, 0.08)])
    solid = [box((0.36, 0.26, 0.98), 0.03, shell, detail=10).moved(z=1.0)]
    lens_colours = [(1.0, 0.08, 0.05), (1.0, 0.68, 0.02), (0.05, 0.9, 0.35)]
    lit = int(rng.integers(3))
    lenses = []
    for k, colour in enumerate(lens_colours):
        height = 1.3 - 0.3 * k
        glow = 1.0 if k == lit else 0.32
        lens = ball((0.118, 0.035, 0.118), np.array(colour) * glow, detail=24)
        middle = np.linalg.norm(lens.vertices[:, [0, 2]], axis=1)
        if k == lit:
            lens = lens.mixed((1.0, 0.97, 0.85), 0.55 * ramp(middle, 0.09, 0.0))
        lenses.append(lens.moved(y=-0.135, z=height))
        turn = np.radians(np.linspace(-25, 205, 40))[None]
        depth = np.linspace(0, 1, 12)[:, None]
        # The hood reaches furthest at the top.
        out = 0.05 + 0.17 * np.clip(np.sin(turn) * 0.8 + 0.35, 0.1, 1)
        hood = np.stack(
            [
                0.135 * np.cos(turn) + 0 * depth,
                -0.13 - depth * out,
                0.135 * np.sin(turn) + 0 * depth,
            ],
            axis=2,
        )
        solid.append(sheet(hood, np.array(shell) * 0.8).moved(z=height))
        solid.append(
            torus(0.13, 0.012, np.array(shell) * 0.8, 64).turned("x", 90).moved(0, -0.13, height)
        )
    pole = tube([(0, 0.05, 0), (0, 0.05, 0.25), (0, 0.05, 0.6)], 0.05, (0.45, 0.46, 0.47))
    parts = (Part(join(solid), SATIN), Part(join(lenses), GLOSSY), Part(pole, METAL))
    return Model(parts).settled()


def abacus(rng: np.random.Generator) -> Model:
    """A wooden frame with rods of beads, some pushed left and some right."""
    wood = _picked(rng, [(0.6, 0.38, 0.2), (0.78, 0.58, 0.36), (0.42, 0.22, 0.12)])
    rows, beads = int(rng.integers(7, 11)), 10
    paints = [(0.85, 0.15, 0.15), (0.95, 0.78, 0.15), (0.15, 0.5, 0.3), (0.15, 0.35, 0.75)]
    plain = rng.random() < 0.3
    high, step = 0.86, 0.8 / rows
    frame = [box((1.06, 0.09, 0.06), 0.012, wood, 8).moved(z=z) for z in (0.03, high)] + [
        box((0.06, 0.09, high + 0.03), 0.012, wood, 8).moved(x=s * 0.5, z=high / 2) for s in (-1, 1)
    ]
    rods, counters = [], []
    thick = min(0.045, step * 0.47)
    bead = lathe([(0.012, -0.03), (thick, -0.012), (thick, 0.012), (0.012, 0.03)], segments=24)
    bead = creased(bead.turned("y", 90), 50)
    for row in range(rows):
        z = 0.06 + step * (row + 0.5)
        rods.append(tube([(-0.48, 0, z), (0, 0, z), (0.48, 0, z)], 0.008, (0.7, 0.7, 0.7), 8))
        colour = wood * 0.5 if plain else np.array(paints[row % 4])
        left = int(rng.integers(0, beads + 1))
        for k in range(beads):
            x = -0.44 + 0.062 * k if k < left else 0.44 - 0.062 * (beads - 1 - k)
            counters.append(bead.painted(colour).moved(x, 0, z))
    base = join(frame)
    grain = smooth_noise(base.vertices * [1, 6, 6], 0.2, rng)
    base = base.mixed(wood * 0.6, 0.35 * ramp(grain, 0, 0.8))
    model = Model((Part(base, SATIN), Part(join(rods), METAL), Part(join(counters), GLOSSY)))
    tilt = rng.uniform(0, 25)
    return model.mapped(lambda mesh: mesh.turned("x", -tilt)).settled()


def hourglass(rng: np.random.Generator) -> Model:
    """Two glass bulbs with sand between wooden or brass discs on three posts."""
    wood = _picked(rng, [(0.5, 0.28, 0.15), (0.3, 0.16, 0.1), (0.75, 0.55, 0.3), (0.85, 0.7, 0.4)])
    cap = [(0, 0), (0.33, 0), (0.35, 0.02), (0.35, 0.05), (0.31, 0.08), (0, 0.08)]
    frame = [lathe(cap, wood), lathe(cap, wood).scaled(1, 1, -1).moved(z=1.2)]
    turn = rng.uniform(0, 120)
    for k in range(3):
        knobs = curve([(0.03, 0.06), (0.02, 0.3), (0.032, 0.6), (0.02, 0.9), (0.03, 1.14)], 60)
        frame.append(lathe(knobs, wood, 24).moved(x=0.285).turned("z", turn + 120 * k))
    knots = [(0.2, 0.08), (0.235, 0.2), (0.21, 0.38), (0.09, 0.53), (0.028, 0.6)]
    knots += [(r, 1.2 - z) for r, z in reversed(knots[:-1])]
    bulb = curve(knots, 90)
    sand = _picked(
        rng, [(0.85, 0.68, 0.42), (0.92, 0.88, 0.8), (0.3, 0.55, 0.8), (0.85, 0.35, 0.3)]
    )
    level = rng.uniform(0.72, 0.9)
    inside = bulb * [0.93, 1]
    upper = inside[(inside[:, 1] > 0.6) & (inside[:, 1] < level)]
    top = lathe([*upper, (0, level - 0.06)], sand)
    pile = rng.uniform(0.2, 0.32)
    lower = inside[(inside[:, 1] > 0.085) & (inside[:, 1] < pile)]
    heap = lathe([(0, 0.085), *lower, (0.0, pile + 0.12)], sand)
    stream = tube([(0, 0, pile), (0, 0, 0.45), (0, 0, 0.62)], 0.008, sand, 8)
    grains = join([top, heap, stream])
    grains = grains.painted(
        np.clip(grains.colours * (1 + 0.08 * rng.normal(size=(len(grains.vertices), 1))), 0, 1)
    )
    glass = lathe(bulb)
    parts = (Part(join(frame), SATIN), Part(grains, MATT), Part(glass, GLASS))
    return Model(parts).settled()


def _source(
    name: str,
    words: str,
    build: Callable[[np.random.Generator], Model],
    index: int,
    yaw: tuple[float, float] = (-35.0, 35.0),
    elevation: tuple[float, float] = (8.0, 35.0),
) -> ObjectModel:
    return ObjectModel(name, "sources", words, build, elevation, yaw, imagenet_class=index)


MODELS: tuple[ObjectModel, ...] = (
    _source("analog_clock", "clock", analog_clock, 409),
    _source("traffic_light", "traffic light", traffic_light, 920),
    _source("abacus", "abacus", abacus, 398, elevation=(10, 45)),
    _source("hourglass", "hourglass", hourglass, 604, (-180, 180)),
)
