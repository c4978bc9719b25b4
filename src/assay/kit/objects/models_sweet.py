"""Sweet baked things and sweets."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Array, Mesh, join, scatter
from assay.kit.objects.model import GLOSSY, MATT, METAL, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import blend, gradient, ramp, smooth_noise
from assay.kit.objects.shapes import (
    ball,
    box,
    extrude,
    lathe,
    sheet,
    superellipsoid,
    torus,
    tube,
)

Rgb = tuple[float, float, float]

_ICINGS: list[Rgb] = [
    (0.95, 0.48, 0.64),
    (0.30, 0.15, 0.08),
    (0.96, 0.94, 0.90),
    (0.55, 0.78, 0.88),
]
_SPRINKLES: list[Rgb] = [
    (0.95, 0.20, 0.25),
    (0.20, 0.55, 0.90),
    (1.00, 0.85, 0.15),
    (0.25, 0.75, 0.35),
    (1.0, 1.0, 1.0),
    (0.95, 0.45, 0.85),
]
_CHOCOLATE: Rgb = (0.22, 0.11, 0.06)


def _pick(rng: np.random.Generator, colours: list[Rgb]) -> Rgb:
    return colours[int(rng.integers(len(colours)))]


def donut(rng: np.random.Generator) -> Model:
    """A ring of dough with icing that runs down and sprinkles."""
    thick = rng.uniform(0.185, 0.215)
    ring = torus(0.5 - thick, thick, segments=160).scaled(1, 1, rng.uniform(0.82, 0.95))
    bumps = smooth_noise(ring.vertices, 0.35, rng, 3)
    dough = ring.displaced(0.008 * bumps)
    # Fried dough keeps a pale band round its middle.
    band = ramp(np.abs(dough.vertices[:, 2] + 0.02), 0.05, 0.012)
    mottle = 1 + 0.08 * smooth_noise(dough.vertices, 0.06, rng, 3)
    dough = dough.painted(blend((0.66, 0.40, 0.18), (0.90, 0.72, 0.44), band) * mottle[:, None])
    angle = np.arctan2(ring.vertices[:, 1], ring.vertices[:, 0])
    around = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    edge = 0.035 + 0.045 * smooth_noise(around, 0.45, rng, 2)
    cover = ramp(ring.vertices[:, 2] - edge, -0.02, 0.02)
    icing = ring.displaced(0.008 * bumps + 0.028 * cover - 0.012 * (1 - cover))
    icing = icing.painted(_pick(rng, _ICINGS))

    def on_top(points: Array, facing: Array) -> np.ndarray:
        return (facing[:, 2] > 0.45) & (points[:, 2] > 0.09)

    rods = [
        tube([(-0.024, 0, 0.003), (0, 0, 0.004), (0.024, 0, 0.003)], 0.0085, colour, 8)
        for colour in _SPRINKLES
    ]
    sprinkles = scatter(rods, icing, 130, rng, on_top, spacing=0.028)
    parts = (Part(dough, MATT), Part(icing, GLOSSY), Part(sprinkles, Material(roughness=0.3)))
    return Model(parts).settled()


def cupcake(rng: np.random.Generator) -> Model:
    """A pleated paper cup with a swirl of frosting and sugar pearls."""
    paper = _pick(
        rng, [(0.85, 0.25, 0.35), (0.93, 0.91, 0.86), (0.30, 0.55, 0.75), (0.5, 0.3, 0.2)]
    )
    rise = np.linspace(0, 1, 24)
    cup = lathe(np.stack([0.255 + 0.105 * rise, 0.36 * rise], 1), paper, 432)
    angle = np.arctan2(cup.vertices[:, 1], cup.vertices[:, 0])
    pleat = np.abs(((angle * 36 / (2 * np.pi)) % 1) * 2 - 1) - 0.5
    cup = cup.displaced(0.022 * pleat)
    shade = 1 + 0.25 * pleat
    cup = cup.painted(np.array(paper) * shade[:, None])
    cake = superellipsoid((0.365, 0.365, 0.1), (0.8, 1.0), (0.72, 0.46, 0.22), 96).moved(z=0.35)
    cake = cake.displaced(0.01 * smooth_noise(cake.vertices, 0.08, rng, 3))
    frosting = _pick(
        rng, [(0.96, 0.62, 0.72), (0.97, 0.95, 0.88), (0.40, 0.22, 0.12), (0.6, 0.85, 0.78)]
    )
    turns = 3.4
    t = np.linspace(0, 1, 420)
    reach = 0.29 * (1 - t) ** 0.8
    turn = 2 * np.pi * turns * t
    path = np.stack([reach * np.cos(turn), reach * np.sin(turn), 0.43 + 0.42 * t**0.9], axis=1)
    swirl = tube(path, 0.105 * (1 - 0.72 * t) * ramp(t, -0.02, 0.16), frosting, 40)
    core = lathe([(0.27, 0.38), (0.2, 0.55), (0.1, 0.74), (0.0, 0.84)], frosting, 64)
    cream = join([swirl, core])
    cream = cream.displaced(0.006 * smooth_noise(cream.vertices, 0.1, rng, 2))
    pearls = [ball(0.014, colour, 4) for colour in ((0.98, 0.97, 0.94), (0.95, 0.80, 0.35))]
    dots = scatter(pearls, cream, 45, rng, lambda p, n: (n[:, 2] > 0.1) & (p[:, 2] > 0.42), 0.05)
    parts = (Part(cup, MATT), Part(cake, MATT), Part(cream, SATIN), Part(dots, GLOSSY))
    return Model(parts).settled()


def _one_cookie(rng: np.random.Generator) -> tuple[Mesh, Mesh]:
    """A cookie about z with its chocolate chips."""
    dough = superellipsoid((0.5, 0.5, 0.075), (0.75, 1.0), detail=192).rested()
    x, y, z = dough.vertices.T
    away = np.hypot(x, y)
    lumps = smooth_noise(dough.vertices, 0.22, rng, 4, 0.6)
    cracks = ramp(np.abs(smooth_noise(dough.vertices, 0.2, rng, 3)), 0.09, 0.0)
    up = ramp(z, 0.05, 0.09)
    dough = dough.displaced(0.02 * lumps - 0.016 * cracks * up)
    toast = ramp(away + 0.06 * lumps, 0.30, 0.52)
    colours = (
        blend((0.86, 0.64, 0.36), (0.62, 0.37, 0.15), toast) * (1 - 0.22 * cracks * up)[:, None]
    )
    dough = dough.painted(
        colours * (1 + 0.08 * smooth_noise(dough.vertices, 0.03, rng, 3))[:, None]
    )
    chips = []
    for _ in range(5):
        chip = ball((0.055, 0.045, 0.035), _CHOCOLATE, 8).scaled(rng.uniform(0.75, 1.15))
        chips.append(chip.displaced(0.012 * smooth_noise(chip.vertices, 0.05, rng, 2)))

    def on_top(points: Array, facing: Array) -> np.ndarray:
        return (facing[:, 2] > 0.5) & (np.hypot(points[:, 0], points[:, 1]) < 0.45)

    return dough, scatter(chips, dough, 22, rng, on_top, spacing=0.115)


def cookie(rng: np.random.Generator) -> Model:
    """One to three chocolate-chip cookies, one on the other."""
    parts: list[Part] = []
    height = 0.0
    for k in range(int(rng.integers(1, 4))):
        spin, x, y = rng.uniform(0, 360), *rng.uniform(-0.05, 0.05, 2)
        for mesh, material in zip(_one_cookie(rng), (MATT, SATIN), strict=True):
            parts.append(Part(mesh.turned("z", spin).moved(x * k, y * k, height), material))
        height += 0.135
    return Model(tuple(parts)).settled()


def _sector(angle: float, radius: float) -> Array:
    """The outline of a slice with its tip at the origin, opening towards +y."""
    turn = np.radians(np.linspace(90 - angle / 2, 90 + angle / 2, 24))
    return np.concatenate([[(0.0, 0.0)], radius * np.stack([np.cos(turn), np.sin(turn)], 1)])


def cake_slice(rng: np.random.Generator) -> Model:
    """A slice of layer cake: sponge and cream in turn, icing on the top and the back."""
    sponge, cream, icing = [
        ((0.90, 0.74, 0.42), (0.98, 0.95, 0.88), (0.96, 0.62, 0.70)),
        ((0.33, 0.17, 0.09), (0.97, 0.93, 0.86), (0.26, 0.13, 0.07)),
        ((0.72, 0.14, 0.14), (0.98, 0.96, 0.93), (0.98, 0.96, 0.93)),
        ((0.90, 0.74, 0.42), (0.45, 0.25, 0.13), (0.30, 0.15, 0.08)),
    ][int(rng.integers(4))]
    angle = rng.uniform(38, 48)
    outline = _sector(angle, 1.0)
    height = 0.0
    crumbs, creams = [], []
    for k in range(3):
        layer = extrude(outline * 0.985, 0.155, 0.012, sponge, spacing=0.018)
        pores = ramp(smooth_noise(layer.vertices, 0.03, rng, 3), 0.2, 0.7)
        layer = layer.displaced(0.007 * smooth_noise(layer.vertices, 0.06, rng, 3) - 0.009 * pores)
        crumbs.append(layer.painted(layer.colours * (1 - 0.16 * pores)[:, None]).moved(z=height))
        height += 0.15
        if k < 2:
            creams.append(extrude(outline * 1.0, 0.05, 0.02, cream, spacing=0.03).moved(z=height))
            height += 0.045
    top = extrude(outline, 0.06, 0.025, icing, spacing=0.025).moved(z=height)
    turn = np.radians(np.linspace(90 - angle / 2, 90 + angle / 2, 24))
    arc = np.stack([np.cos(turn), np.sin(turn)], 1)
    back = extrude(np.concatenate([0.985 * arc, 1.04 * arc[::-1]]), height + 0.06, 0.012, icing)
    rosettes = []
    for bearing in np.radians([90 - angle / 3.6, 90, 90 + angle / 3.6]):
        t = np.linspace(0, 1, 160)
        reach, spin = 0.075 * (1 - t), 2 * np.pi * 2.6 * t
        path = np.stack([reach * np.cos(spin), reach * np.sin(spin), 0.03 + 0.13 * t], 1)
        drop = tube(path, 0.05 * (1 - 0.8 * t), cream, 20)
        rosettes.append(drop.moved(0.83 * np.cos(bearing), 0.83 * np.sin(bearing), height + 0.06))
    soft = join([*creams, *rosettes])
    parts = (Part(join(crumbs), MATT), Part(soft, SATIN), Part(join([top, back]), SATIN))
    return Model(parts).settled()


def croissant(rng: np.random.Generator) -> Model:
    """A crescent of rolled dough, its turns stepping down to both tips."""
    span = np.radians(rng.uniform(95, 115))
    t = np.linspace(-1, 1, 300)
    ring = 0.40
    path = np.stack([ring * np.sin(span * t), ring * np.cos(span * t), 0 * t], 1)
    roll = tube(path, 0.045 + 0.15 * (1 - np.abs(t) ** 1.6), segments=120, flatten=0.85)
    x, y, z = roll.vertices.T
    along = np.arctan2(x, y) / span
    # The steps lean: on top they run further to the tips than at the sides.
    inner = np.hypot(x, y) - ring
    steps = 4.3 * (np.abs(along) + 0.10 * np.sign(inner) * np.abs(inner / 0.2) ** 1.5)
    part = (steps + 0.5) % 1
    size = 0.35 + 0.65 * (1 - np.abs(along))
    edge = ramp(part, 0.0, 0.08)
    roll = roll.displaced(0.055 * size * (edge * (1 - 0.75 * part) - 0.5))
    layers = smooth_noise(np.stack([steps * 0.9, 0.08 * inner, 0.08 * z], 1), 0.12, rng, 3)
    brown = 0.5 + 0.5 * ramp(z, -0.1, 0.16) - 0.55 * (1 - edge) - 0.5 * ramp(part, 0.75, 1.0)
    brown = brown + 0.22 * layers + 0.12 * smooth_noise(roll.vertices, 0.1, rng, 3)
    stops = [(-0.1, (0.93, 0.76, 0.44)), (0.45, (0.84, 0.56, 0.22)), (1.1, (0.52, 0.26, 0.08))]
    roll = roll.painted(gradient(brown, stops)).displaced(0.004 * layers)
    return Model((Part(roll, Material(roughness=0.4)),)).settled()


def ice_cream(rng: np.random.Generator) -> Model:
    """Two scoops in a waffle cone."""
    rise = np.linspace(0.012, 1, 150)
    cone = lathe(np.stack([0.215 * rise, 0.72 * rise], 1), segments=240)
    x, y, z = cone.vertices.T
    angle = np.arctan2(y, x) / (2 * np.pi)
    grid = [np.abs(((14 * (angle + sign * 0.55 * z)) % 1) * 2 - 1) for sign in (-1, 1)]
    ridge = np.maximum(*(ramp(line, 0.72, 0.95) for line in grid))
    tan = blend((0.74, 0.47, 0.20), (0.92, 0.70, 0.38), ridge)
    cone = cone.displaced(0.012 * ridge).painted(tan)
    lip = torus(0.216, 0.022, (0.85, 0.60, 0.28), 96).moved(z=0.715)
    flavours: list[Rgb] = [
        (0.97, 0.91, 0.74),
        (0.95, 0.62, 0.68),
        (0.38, 0.21, 0.12),
        (0.70, 0.87, 0.68),
        (0.75, 0.65, 0.85),
    ]
    picked = rng.permutation(len(flavours))
    scoops = []
    for k, (height, size) in enumerate([(0.80, 0.255), (1.10, 0.225)]):
        scoop = ball(size, flavours[int(picked[k])], 40)
        low = ramp(scoop.vertices[:, 2], -0.25 * size, -0.75 * size)
        rough = smooth_noise(scoop.vertices, 0.22, rng, 5, 0.65)
        # A scoop spreads into a ragged skirt where it was pressed on.
        scoop = scoop.displaced(0.024 * rough + low * (0.035 + 0.03 * rough))
        tint = 1 + 0.05 * smooth_noise(scoop.vertices, 0.05, rng, 3)
        scoop = scoop.painted(scoop.colours * tint[:, None])
        squash = scoop.mapped(lambda p, s=size: np.c_[p[:, :2], np.maximum(p[:, 2], -0.62 * s)])
        scoops.append(squash.moved(rng.uniform(-0.012, 0.012), rng.uniform(-0.012, 0.012), height))
    parts = (Part(join([cone, lip]), MATT), Part(join(scoops), Material(roughness=0.4)))
    return Model(parts).settled()


def pancakes(rng: np.random.Generator) -> Model:
    """A stack of pancakes with syrup running down and a pat of butter."""
    cakes = []
    height, count, thick = 0.0, int(rng.integers(4, 7)), 0.085
    for _ in range(count):
        cake = superellipsoid((0.5, 0.5, thick / 2), (0.45, 1.0), detail=160).rested()
        x, y, z = cake.vertices.T
        away = np.hypot(x, y) + 0.03 * smooth_noise(cake.vertices, 0.15, rng, 3)
        face = ramp(np.abs(z - thick / 2), 0.35 * thick, 0.47 * thick) * ramp(away, 0.50, 0.44)
        cake = cake.displaced(0.008 * smooth_noise(cake.vertices, 0.3, rng, 3))
        spots = 0.1 * smooth_noise(cake.vertices, 0.07, rng, 3)
        cake = cake.painted(blend((0.95, 0.80, 0.50), (0.72, 0.42, 0.16), face * (0.92 + spots)))
        x, y = rng.uniform(-0.025, 0.025, 2)
        cake = cake.scaled(rng.uniform(0.95, 1.03)).moved(x, y, height)
        cakes.append(cake)
        height += thick * 0.94
    parts = [Part(join(cakes), MATT), Part(_syrup(rng, height), Material(0.08, clearcoat=1.0))]
    pat = box((0.19, 0.17, 0.05), 0.014, (0.99, 0.90, 0.50)).turned("z", rng.uniform(0, 90))
    x, y = rng.uniform(-0.06, 0.06, 2)
    parts.append(Part(pat.moved(x, y, height + 0.045), GLOSSY))
    return Model(tuple(parts)).settled()


def _syrup(rng: np.random.Generator, height: float) -> Mesh:
    """Amber syrup on top of a stack of that height, with runs down its side."""
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)
    waves = smooth_noise(circle, 0.35, rng, 2)
    runs = ramp(smooth_noise(circle, 0.24, rng, 1), 0.05, 0.8) * rng.uniform(0.6, 1.0) * height
    edge = 0.44 + 0.03 * waves + (0.09 - 0.03 * waves) * ramp(runs, 0.0, 0.05)
    rows = []
    for share in np.linspace(0, 1, 20):
        top = np.full(240, height + 0.012 * (1 - share**6))
        rows.append(np.stack([edge * share * circle[:, 0], edge * share * circle[:, 1], top], 1))
    for share in np.linspace(0.05, 1, 24):
        out = edge + 0.012 * np.sin(np.pi * share) - 0.05 * share**8
        drop = height - runs * share - 0.03 * share
        rows.append(np.stack([out * circle[:, 0], out * circle[:, 1], drop], 1))
    return sheet(np.stack(rows), (0.62, 0.29, 0.04), close_columns=True)


def chocolate_bar(rng: np.random.Generator) -> Model:
    """A tablet of chocolate squares, half out of its paper and foil."""
    brown = _pick(rng, [(0.23, 0.11, 0.06), (0.36, 0.19, 0.10), (0.30, 0.15, 0.08)])
    columns, rows, side = 4, 7, 0.145
    pieces = [box((columns * side, rows * side, 0.05), 0.01, brown).moved(z=0.025)]
    for i in range(columns):
        for j in range(rows):
            piece = box((side * 0.94, side * 0.94, 0.07), 0.012, brown, 8)
            taper = piece.mapped(lambda p: p * (1 - 2.6 * np.maximum(p[:, 2:], 0) * [1, 1, 0]))
            x, y = (i - (columns - 1) / 2) * side, (j - (rows - 1) / 2) * side
            pieces.append(taper.moved(x, y, 0.065))
    bar = join(pieces)
    paper = _pick(
        rng, [(0.70, 0.10, 0.14), (0.12, 0.28, 0.60), (0.40, 0.18, 0.50), (0.90, 0.65, 0.12)]
    )
    length = rows * side
    cover = length * rng.uniform(0.42, 0.5)
    wide = columns * side + 0.03
    sleeve = box((wide, cover, 0.135), 0.012, paper, 24).moved(
        y=length / 2 - cover / 2 + 0.02, z=0.067
    )
    label = np.abs(sleeve.vertices[:, 1] - (length / 2 - cover / 2)) < cover * 0.18
    sleeve = sleeve.mixed((0.95, 0.90, 0.75), label.astype(float))
    foil = box((wide - 0.012, cover + 0.12, 0.128), 0.01, (0.86, 0.86, 0.88), 60)
    x, y, _ = foil.vertices.T
    torn = ramp(y, -cover / 2 + 0.06, -cover / 2 - 0.06)
    tears = 0.06 * smooth_noise(np.stack([x, 0 * x, 0 * x], 1), 0.08, rng, 3) * torn
    crumple = 0.014 * smooth_noise(foil.vertices, 0.05, rng, 2) * torn
    foil = foil.mapped(lambda p: p + np.stack([crumple, tears, np.abs(crumple)], 1))
    foil = foil.moved(y=length / 2 - cover / 2, z=0.067)
    parts = (Part(bar, Material(0.28)), Part(sleeve, SATIN), Part(foil, METAL))
    return Model(parts).settled()


MODELS: tuple[ObjectModel, ...] = (
    ObjectModel("donut", "sweet", "a donut with icing and sprinkles", donut, (28, 62), plate=0.4),
    ObjectModel("cupcake", "sweet", "a cupcake", cupcake, (12, 40), plate=0.3),
    ObjectModel("cookie", "sweet", "chocolate-chip cookies", cookie, (25, 65), plate=0.35),
    ObjectModel(
        "cake_slice", "sweet", "a slice of layer cake", cake_slice, (15, 42), (-70, 70), 0.5
    ),
    ObjectModel("croissant", "sweet", "a croissant", croissant, (30, 65), plate=0.35),
    ObjectModel("ice_cream", "sweet", "an ice cream cone", ice_cream, (8, 28)),
    ObjectModel(
        "pancakes", "sweet", "a stack of pancakes with syrup", pancakes, (14, 42), plate=1.0
    ),
    ObjectModel("chocolate_bar", "sweet", "a bar of chocolate", chocolate_bar, (38, 68), (-50, 50)),
)
