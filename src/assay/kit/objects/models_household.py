"""Things about the house: the light bulb, which is a second-set trigger, and seven others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.kit.objects.mesh import Array, Mesh, creased, join
from assay.kit.objects.model import GLOSSY, MATT, METAL, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.models_balls import tinted
from assay.kit.objects.noise import ramp, smooth_noise
from assay.kit.objects.shapes import ball, box, curve, extrude, lathe, sheet, torus, tube

Rgb = tuple[float, float, float]
FAMILY = "household"
WOODS: list[Rgb] = [(0.62, 0.4, 0.22), (0.78, 0.58, 0.36), (0.42, 0.25, 0.14)]
PAINTS: list[Rgb] = [
    (0.72, 0.15, 0.13),
    (0.15, 0.35, 0.6),
    (0.2, 0.48, 0.36),
    (0.88, 0.7, 0.25),
    (0.9, 0.88, 0.82),
]
BRUSHED = Material(roughness=0.3, metallic=1.0)


def _picked(rng: np.random.Generator, colours: list[Rgb]) -> Array:
    return tinted(colours[int(rng.integers(len(colours)))], rng)


def _grained(mesh: Mesh, wood: Array, stretch: tuple[float, float, float], seed: int) -> Mesh:
    """The mesh in wood; `stretch` is below 1 along the grain. One seed, one piece of wood."""
    points = mesh.vertices * stretch
    wave = smooth_noise(points, 0.12, np.random.default_rng(seed), 2)
    return mesh.painted(np.clip(wood * (0.92 + 0.16 * wave)[:, None], 0, 1))


def teapot(rng: np.random.Generator) -> Model:
    """A round pot with lid and knob, a bent spout and an arched handle."""
    glaze, second = _picked(rng, PAINTS), _picked(rng, PAINTS)
    tall = rng.uniform(0.95, 1.15)
    outline = [(0.0, 0.0), (0.2, 0.0), (0.21, 0.03), (0.33, 0.14), (0.37, 0.28), (0.33, 0.42)]
    outline += [(0.2, 0.52), (0.165, 0.53)]
    body = lathe(curve(outline, 80) * [1, tall], glaze)
    lid = lathe(
        curve([(0.19, 0.52), (0.18, 0.55), (0.1, 0.6), (0.0, 0.615)], 40) * [1, tall], glaze
    )
    knob = ball((0.05, 0.05, 0.045), glaze, 14).moved(z=0.65 * tall)
    rim = torus(0.185, 0.012, glaze, 64).moved(z=0.53 * tall)
    spout_path = curve([(0.28, 0, 0.2), (0.44, 0, 0.25), (0.52, 0, 0.4), (0.61, 0, 0.5)], 40)
    spout = tube(spout_path * [1, 1, tall], np.linspace(0.095, 0.04, 40), glaze)
    lip = ball((0.034, 0.034, 0.008), (0.05, 0.04, 0.03), 8).turned("y", 35)
    lip = lip.moved(0.616, 0, 0.503 * tall)
    grip = [(-0.3, 0, 0.42), (-0.47, 0, 0.47), (-0.57, 0, 0.34), (-0.48, 0, 0.2), (-0.33, 0, 0.15)]
    handle = tube(curve(grip, 50) * [1, 1, tall], 0.034, glaze)
    pot = join([body, lid, knob, rim, spout, handle])
    style = int(rng.integers(3))
    if style == 0:
        height = pot.vertices[:, 2] / tall
        near = np.hypot(pot.vertices[:, 0], pot.vertices[:, 1]) < 0.39
        band = ramp(np.abs(height - 0.3), 0.075, 0.068) * near
        pot = pot.mixed(second, band)
    elif style == 1:
        turn = np.arctan2(pot.vertices[:, 1], pot.vertices[:, 0]) / np.pi * 7
        height = (pot.vertices[:, 2] / tall - 0.29) / 0.14
        row = np.round(height)
        dots = np.hypot((turn + row / 2) % 1 - 0.5, height - row)
        pot = pot.mixed(second, ramp(dots, 0.3, 0.26) * (np.abs(row) <= 1))
    return Model((Part(pot, GLOSSY), Part(lip, MATT))).settled()


def light_bulb(rng: np.random.Generator) -> Model:
    """A pear-shaped bulb of frosted glass, white or warm yellow, on a screw base."""
    base = [(0.0, 0.0), (0.05, 0.0), (0.07, 0.03), (0.1, 0.05)]
    turns = np.linspace(0, 5, 80)
    thread = np.c_[0.118 + 0.012 * np.cos(2 * np.pi * turns), 0.06 + 0.036 * turns]
    screw = lathe([*base, *thread, (0.115, 0.25)], (0.83, 0.8, 0.72))
    tip = ball((0.055, 0.055, 0.03), (0.15, 0.14, 0.13), 10)
    profile = [(0.115, 0.24), (0.125, 0.3), (0.2, 0.44), (0.29, 0.6), (0.31, 0.74), (0.24, 0.92)]
    tint = _picked(rng, [(0.97, 0.95, 0.88), (0.99, 0.86, 0.5), (0.98, 0.92, 0.68)])
    bulb = lathe(curve([*profile, (0.13, 1.0), (0.0, 1.02)], 90))
    # A lit bulb is brightest and least coloured in its middle.
    rim = np.interp(bulb.vertices[:, 2], [0.25, 0.45, 0.72, 0.95, 1.02], [1, 0.5, 0, 0.3, 0.5])
    bulb = bulb.painted((0.99, 0.98, 0.93)).mixed(tint, rim if rng.random() < 0.7 else 1.0)
    parts = [Part(creased(screw, 50), METAL), Part(tip, MATT), Part(bulb, GLOSSY)]
    lean = 0.0 if rng.random() < 0.4 else 79.0
    return Model(tuple(parts)).mapped(lambda mesh: mesh.turned("y", lean)).settled()


def key(rng: np.random.Generator) -> Model:
    """An old door key that lies flat: a bow of three rings, a shaft with collars, a bit."""
    metal = _picked(rng, [(0.85, 0.66, 0.3), (0.72, 0.5, 0.32), (0.62, 0.6, 0.56)])
    thick = rng.uniform(0.026, 0.032)
    pieces = []
    for turn in (-62, 0, 62) if rng.random() < 0.6 else (0,):
        wide = 0.085 if turn or len(pieces) else 0.1
        ring = torus(wide, thick, segments=72).scaled(1, 1, 0.9).moved(x=-0.14)
        pieces.append(ring.turned("z", turn).moved(x=-0.33))
    if len(pieces) == 1:
        pieces = [torus(0.17, 0.034, segments=80).scaled(0.85, 1.1, 1).moved(x=-0.47)]
    path = np.linspace(-0.36, 0.5, 120)
    shaft = np.full(120, 0.036)
    for place, size in ((-0.32, 0.062), (-0.27, 0.05), (0.18, 0.05), (0.49, 0.042)):
        shaft = np.maximum(shaft, size * np.exp(-(((path - place) / 0.016) ** 4)))
    pieces.append(tube(np.c_[path, 0 * path, 0 * path], shaft, segments=32))
    step = 0.045
    tooth = [(0.26, 0.0), (0.26, -0.23), (0.305, -0.23), (0.305, -0.14), (0.305 + step, -0.14)]
    tooth += [
        (0.35, -0.23),
        (0.395, -0.23),
        (0.395, -0.1),
        (0.43, -0.1),
        (0.43, -0.23),
        (0.47, -0.23),
    ]
    bit = extrude([*tooth, (0.47, 0.0)], 0.045, 0.006, spacing=0.02).moved(z=-0.0225)
    pieces.append(bit)
    mesh = join(pieces)
    worn = smooth_noise(mesh.vertices, 0.15, rng)
    mesh = mesh.painted(np.clip(metal * (1 + 0.12 * worn)[:, None], 0, 1))
    return Model((Part(mesh, BRUSHED),)).settled()


def chair(rng: np.random.Generator) -> Model:
    """A kitchen chair: four legs, a seat, a back of slats or spindles."""
    wood, seed = _picked(rng, [*WOODS, *PAINTS[:3], PAINTS[4]]), int(rng.integers(1 << 30))
    pieces = [box((0.5, 0.48, 0.05), 0.018, detail=16).moved(z=0.5)]
    for side in (-1, 1):
        leg = tube([(side * 0.21, -0.2, 0.5), (side * 0.23, -0.22, 0.0)], 0.028)
        post = curve(
            [(side * 0.22, 0.24, 0.0), (side * 0.21, 0.2, 0.5), (side * 0.21, 0.29, 1.08)], 40
        )
        pieces += [leg, tube(post, 0.028)]
        pieces.append(tube([(side * 0.225, -0.21, 0.22), (side * 0.22, 0.22, 0.22)], 0.017))
    pieces.append(tube([(-0.22, 0.0, 0.22), (0.22, 0.0, 0.22)], 0.017))

    def rail(height: float, back: float, tall: float) -> Mesh:
        plank = box((0.44, 0.03, tall), 0.01, detail=16)
        # Backs are hollow towards the sitter.
        return plank.mapped(
            lambda p: p + np.c_[0 * p[:, 0], -0.5 * p[:, 0] ** 2, 0 * p[:, 0]]
        ).moved(0, back + 0.025, height)

    pieces.append(rail(1.03, 0.28, 0.13))
    if rng.random() < 0.5:
        pieces += [rail(0.86, 0.255, 0.07), rail(0.7, 0.23, 0.07)]
    else:
        for x in np.linspace(-0.13, 0.13, 4):
            pieces.append(tube([(x, 0.21, 0.5), (x, 0.285, 1.0)], 0.014))
    mesh = _grained(join(pieces), wood, (1, 1, 0.3), seed)
    return Model((Part(mesh, SATIN),)).settled()


def table_lamp(rng: np.random.Generator) -> Model:
    """A ceramic or wooden foot under a conical shade that glows."""
    foot, shade = (
        _picked(rng, [*PAINTS, *WOODS]),
        _picked(rng, [(0.96, 0.9, 0.76), (0.95, 0.82, 0.6)]),
    )
    shapes = [
        [
            (0, 0),
            (0.2, 0),
            (0.2, 0.03),
            (0.06, 0.06),
            (0.14, 0.2),
            (0.15, 0.3),
            (0.05, 0.45),
            (0.03, 0.55),
        ],
        [
            (0, 0),
            (0.19, 0),
            (0.19, 0.03),
            (0.04, 0.05),
            (0.025, 0.2),
            (0.05, 0.24),
            (0.022, 0.3),
            (0.02, 0.55),
        ],
        [
            (0, 0),
            (0.12, 0),
            (0.15, 0.03),
            (0.21, 0.14),
            (0.19, 0.27),
            (0.08, 0.36),
            (0.03, 0.4),
            (0.02, 0.55),
        ],
    ]
    body = lathe(curve(shapes[int(rng.integers(3))], 90), foot)
    low, top = rng.uniform(0.34, 0.4), rng.uniform(0.17, 0.26)
    z = np.linspace(0, 1, 40)
    cone = lathe(np.c_[low + (top - low) * z, 0.5 + 0.42 * z], shade, 120)
    turn = np.arctan2(cone.vertices[:, 1], cone.vertices[:, 0])
    height = (cone.vertices[:, 2] - 0.5) / 0.42
    pleats = 0.96 + 0.04 * np.sin(60 * turn)
    glow = np.exp(-(((height - 0.4) / 0.35) ** 2))
    cone = cone.painted(np.clip(shade * pleats[:, None], 0, 1)).mixed((1.0, 0.97, 0.85), 0.6 * glow)
    rims = join(
        [torus(low, 0.009, shade * 0.7).moved(z=0.5), torus(top, 0.009, shade * 0.7).moved(z=0.92)]
    )
    pole = tube([(0, 0, 0.5), (0, 0, 0.95)], 0.012, (0.8, 0.7, 0.4), 12)
    finial = ball(0.025, (0.8, 0.7, 0.4), 8).moved(z=0.96)
    parts = (Part(body, GLOSSY), Part(join([cone, rims]), MATT), Part(join([pole, finial]), METAL))
    return Model(parts).settled()


def _book(rng: np.random.Generator) -> tuple[Mesh, float]:
    """A closed book that lies with its spine to the front, and its thickness."""
    colours: list[Rgb] = [
        (0.6, 0.12, 0.12),
        (0.12, 0.28, 0.5),
        (0.15, 0.4, 0.25),
        (0.75, 0.55, 0.15),
    ]
    cover = _picked(rng, [*colours, (0.35, 0.18, 0.4), (0.85, 0.83, 0.78), (0.12, 0.12, 0.14)])
    wide, deep, thick = rng.uniform(0.8, 1.0), rng.uniform(0.58, 0.7), rng.uniform(0.09, 0.17)
    boards = [box((wide, deep, 0.016), 0.006, cover, 10).moved(z=z) for z in (0.008, thick - 0.008)]
    tilt = np.linspace(-np.pi / 2, np.pi / 2, 24)[:, None]
    x = np.linspace(-wide / 2, wide / 2, 60)[None]
    y = -deep / 2 - 0.04 * np.cos(tilt) + 0 * x
    spine = sheet(np.stack([x + 0 * tilt, y, thick / 2 * (1 + np.sin(tilt)) + 0 * x], 2), cover)
    gold = tinted((0.88, 0.75, 0.4), rng)
    place = np.abs(spine.vertices[:, 0]) / wide
    middle = np.abs(spine.vertices[:, 2] - thick / 2) < thick * 0.2
    label = (place < 0.2) & middle & (np.sin(spine.vertices[:, 0] * 150) > -0.3)
    spine = spine.mixed(gold, label | (np.abs(place - 0.4) < 0.015) | (np.abs(place - 0.33) < 0.01))
    pages = box((wide - 0.05, deep - 0.03, thick - 0.03), 0.0, (0.93, 0.9, 0.8), 40)
    lines = np.sin(pages.vertices[:, 2] * 700 + 0.5 * np.sin(pages.vertices[:, 0] * 9))
    pages = pages.mixed((0.7, 0.64, 0.52), 0.3 * (lines > 0.3)).moved(y=-0.01, z=thick / 2)
    return join([*boards, spine, pages]), thick


def book_stack(rng: np.random.Generator) -> Model:
    """Three to five books of different sizes and colours, stacked askew."""
    height, pile = 0.0, []
    for _ in range(int(rng.integers(3, 6))):
        book, thick = _book(rng)
        about = rng.uniform(-22, 22) + (180 if rng.random() < 0.3 else 0)
        x, y = rng.uniform(-0.04, 0.04, 2)
        book = book.turned("z", about).moved(x, y, height)
        pile.append(book)
        height += thick
    return Model((Part(join(pile), SATIN),)).settled()


def hammer(rng: np.random.Generator) -> Model:
    """A claw hammer that lies on its side: steel head, split claw, wooden handle."""
    wood, steel = _picked(rng, WOODS), np.array([0.62, 0.63, 0.65])
    along = np.linspace(-0.5, 0.42, 90)
    wide = np.interp(along, [-0.5, -0.47, -0.3, 0.1, 0.42], [0.03, 0.048, 0.052, 0.034, 0.036])
    handle = tube(np.c_[along, 0 * along, 0 * along], wide, flatten=0.75)
    handle = _grained(handle, wood, (0.15, 1, 1), int(rng.integers(1 << 30)))
    if rng.random() < 0.5:
        handle = handle.mixed(_picked(rng, PAINTS), ramp(handle.vertices[:, 0], -0.16, -0.18))
    face = lathe(
        [(0, 0), (0.07, 0), (0.078, 0.01), (0.078, 0.06), (0.052, 0.085), (0.05, 0.2)], steel, 48
    )
    face = face.turned("x", -90).moved(0.42, -0.24)
    eye = box((0.11, 0.13, 0.11), 0.02, steel, 8).moved(0.42, 0.0)
    claws = []
    for side in (-1, 1):
        knots = [(0.42, 0.04, side * 0.02), (0.42, 0.14, side * 0.026), (0.385, 0.24, side * 0.036)]
        path = curve([*knots, (0.31, 0.32, side * 0.045)], 30)
        claws.append(tube(path, np.linspace(0.05, 0.02, 30), steel, flatten=0.55))
    head = creased(join([face, eye, *claws]), 40)
    return Model((Part(handle, SATIN), Part(head, BRUSHED))).settled()


def umbrella(rng: np.random.Generator) -> Model:
    """An open umbrella of eight panels that rests on its rim and its hooked handle."""
    first = _picked(rng, [*PAINTS[:4], (0.1, 0.1, 0.12)])
    second = _picked(rng, PAINTS) if rng.random() < 0.6 else first
    u, turn = np.linspace(0, 1, 40)[:, None], np.linspace(0, 2 * np.pi, 320, endpoint=False)[None]
    panel = turn / (2 * np.pi) * 8
    sag = np.abs(np.sin(np.pi * panel))
    radius = 0.6 * np.sin(u * 1.35) / np.sin(1.35) * (1 - 0.1 * sag * u**2)
    z = 0.3 * np.cos(u * 1.35) - 0.02 * sag * u
    cloth = sheet(
        np.stack([radius * np.cos(turn), radius * np.sin(turn), z + 0 * turn], 2),
        close_columns=True,
    )
    angle = (np.arctan2(cloth.vertices[:, 1], cloth.vertices[:, 0]) / (2 * np.pi) * 8) % 8
    odd = (np.floor(angle) % 2 == 1).astype(float)
    seam = ramp(np.abs(angle - np.round(angle)), 0.03, 0.015)
    cloth = cloth.painted(first).mixed(second, odd).mixed(first * 0.5, 0.7 * seam)
    pole = tube([(0, 0, -0.55), (0, 0, 0.0), (0, 0, 0.4)], 0.014, (0.75, 0.75, 0.77), 12)
    hook = curve(
        [(0, 0, -0.5), (0, 0, -0.66), (0, -0.06, -0.74), (0, -0.13, -0.69), (0, -0.13, -0.63)], 40
    )
    grip = tube(hook, 0.028, _picked(rng, WOODS))
    ribs = []
    for k in range(8):
        way = np.array([np.cos(k * np.pi / 4), np.sin(k * np.pi / 4), 0])
        ribs.append(tube([way * 0.33 + [0, 0, 0.15], [0, 0, -0.05]], 0.006, (0.6, 0.6, 0.62), 6))
    model = Model((Part(cloth, SATIN), Part(join([pole, *ribs]), METAL), Part(grip, SATIN)))
    return model.mapped(lambda mesh: mesh.turned("x", 52)).settled()


def _thing(
    name: str,
    words: str,
    build: Callable[[np.random.Generator], Model],
    yaw: tuple[float, float] = (-180.0, 180.0),
    elevation: tuple[float, float] = (15.0, 50.0),
) -> ObjectModel:
    return ObjectModel(name, FAMILY, words, build, elevation, yaw)


MODELS: tuple[ObjectModel, ...] = (
    _thing("teapot", "teapot", teapot, (-50, 50), (10, 42)),
    _thing("light_bulb", "light bulb", light_bulb, (-60, 60)),
    _thing("key", "key", key, (20, 70), (46, 66)),
    _thing("chair", "chair", chair, (-70, 70), (12, 35)),
    _thing("table_lamp", "table lamp", table_lamp, elevation=(6, 28)),
    _thing("book_stack", "stack of books", book_stack, (-40, 40), (12, 42)),
    _thing("hammer", "hammer", hammer, (20, 70), (42, 66)),
    _thing("umbrella", "umbrella", umbrella, (20, 110), (12, 35)),
)
