"""Things to cook and eat with: the fork, which is a trigger, and seven others."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Array, Mesh, join
from assay.kit.objects.model import GLOSSY, METAL, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import smooth_noise
from assay.kit.objects.shapes import ball, box, curve, disc, extrude, lathe, sheet, torus, tube

FAMILY = "kitchen_tools"
FLAT = (46.0, 66.0)
"""The camera's height for tools that lie flat: from lower down they shrink to a line."""
SLANTED = (22.0, 58.0)
"""Turns that lay a long tool across the picture from corner to corner, where it is largest."""

STEEL = (0.80, 0.80, 0.81)
BRUSHED = Material(roughness=0.3, metallic=1.0)
WOODS = ((0.80, 0.61, 0.40), (0.69, 0.47, 0.28), (0.55, 0.35, 0.20))
PLASTICS = ((0.80, 0.10, 0.08), (0.08, 0.30, 0.62), (0.10, 0.10, 0.11), (0.10, 0.50, 0.30))
DARK = (0.05, 0.05, 0.055)


def _pick(rng: np.random.Generator, choices: tuple) -> tuple:
    return choices[int(rng.integers(len(choices)))]


def _slanted(model: Model, rng: np.random.Generator) -> Model:
    """The model turned by some quarters: a narrow range of yaws then shows all four slants."""
    turn = 90.0 * int(rng.integers(4))
    return model.mapped(lambda mesh: mesh.turned("z", turn)).settled()


def _wooden(mesh: Mesh, colour: tuple, rng: np.random.Generator) -> Mesh:
    """The mesh painted as wood with its grain along x."""
    points = mesh.vertices * [0.12, 1.0, 1.0]
    wave = smooth_noise(points, 0.08, rng)
    lines = 0.5 + 0.5 * np.sin(130 * (points[:, 1] + 0.6 * points[:, 2]) + 5 * wave)
    fine = smooth_noise(mesh.vertices * [0.08, 1.0, 1.0], 0.012, rng, octaves=2)
    shade = 1 - 0.22 * lines**2 + 0.10 * fine
    return mesh.painted(np.array(colour) * shade[:, None])


def _along_x(mesh: Mesh) -> Mesh:
    """A mesh that was turned about z, laid down with its top towards +x."""
    return mesh.turned("y", 90)


def _fork_outline(rng: np.random.Generator) -> Array:
    """The fork from above (k, 2): handle from x = -0.5, tips of four tines at x = 0.5."""
    half, tine = rng.uniform(0.104, 0.120), rng.uniform(0.030, 0.034)
    root = 0.5 - rng.uniform(0.24, 0.28)
    wide = rng.uniform(0.042, 0.054)
    side = curve(
        [
            (-0.50, 0.0),
            (-0.492, 0.6 * wide),
            (-0.46, wide),
            (-0.32, 0.85 * wide),
            (-0.10, 0.027),
            (0.04, 0.021),
            (root - 0.15, 0.030),
            (root - 0.10, 0.060),
            (root - 0.04, half - 0.008),
            (root + 0.03, half),
            (root + 0.12, half - 0.002),
        ],
        90,
    )
    pitch = (2 * half - tine) / 3
    gap = pitch - tine
    upper = [side]
    for number, centre in enumerate((1.5 * pitch, 0.5 * pitch)):
        shape = [(-0.10, 0.5), (-0.03, 0.42), (-0.006, 0.26), (0.0, 0.0)]
        down = [(dx, -share) for dx, share in reversed(shape[:-1])]
        upper.append(np.array([(0.5 + dx, centre + share * tine) for dx, share in shape + down]))
        # A round notch between this tine and the next; the middle one stops half-way.
        turn = np.linspace(np.pi / 2, -np.pi / 2 if number == 0 else 0, 9 if number == 0 else 5)
        notch = np.stack([root - gap / 2 * np.cos(turn), gap / 2 * np.sin(turn)], axis=1)
        upper.append(notch + np.array([0.0, centre - pitch / 2]))
    line = np.concatenate(upper)
    mirrored = line[1:-1][::-1] * [1, -1]
    return np.concatenate([line, mirrored])


def fork(rng: np.random.Generator) -> Model:
    """A table fork that lies on its back."""
    plate = extrude(_fork_outline(rng), 0.017, bevel=0.005, spacing=0.014)
    lift = rng.uniform(0.85, 1.25)
    knots = np.array(
        [
            (-0.5, 0.03),
            (-0.38, 0.02),
            (-0.1, 0.055),
            (0.06, 0.075),
            (0.2, 0.03),
            (0.33, 0.0),
            (0.5, 0.06),
        ]
    )
    spine = curve(knots, 200)

    def curved(points: Array) -> Array:
        height = lift * np.interp(points[:, 0], spine[:, 0], spine[:, 1])
        dish = np.where(points[:, 0] > 0.08, 1.1, 0.0) * points[:, 1] ** 2
        return points + np.stack([0 * height, 0 * height, height + dish], axis=1)

    tint = STEEL if rng.random() < 0.8 else (0.86, 0.70, 0.40)
    metal = Material(roughness=rng.uniform(0.14, 0.26), metallic=1.0)
    return _slanted(Model((Part(plate.mapped(curved).painted(tint), metal),)), rng)


def chefs_knife(rng: np.random.Generator) -> Model:
    """A broad kitchen knife with a riveted handle, lying flat."""
    deep = rng.uniform(1.05, 1.3)
    edge = curve(
        [(0.54, 0.012), (0.45, -0.036), (0.30, -0.064), (0.08, -0.078), (-0.08, -0.08)], 40
    )
    spine = curve([(-0.08, 0.058), (0.15, 0.058), (0.36, 0.044), (0.54, 0.012)], 30)[:-1]
    blade = extrude(np.concatenate([edge, spine]) * [1, deep], 0.02, spacing=0.02)

    def ground(points: Array) -> Array:
        # The blade thins from the spine to the edge, which is why it catches the light.
        share = np.clip((points[:, 1] / deep + 0.09) / 0.15, 0.08, 1)
        return np.stack([points[:, 0], points[:, 1], 0.01 + (points[:, 2] - 0.01) * share], axis=1)

    blade = blade.mapped(ground).moved(z=0.018).painted(STEEL)
    butt = rng.uniform(-0.47, -0.43)
    grip = curve(
        [
            (-0.09, 0.055),
            (-0.25, 0.046),
            (butt + 0.03, 0.058),
            (butt, 0.03),
            (butt - 0.005, -0.03),
            (butt + 0.03, -0.05),
            (butt + 0.12, -0.02),
            (-0.22, -0.022),
            (-0.13, -0.01),
            (-0.09, -0.022),
        ],
        60,
        closed=True,
    )
    handle = extrude(grip, 0.056, bevel=0.016, spacing=0.016)
    wooden = rng.random() < 0.4
    handle = _wooden(handle, _pick(rng, WOODS), rng) if wooden else handle.painted(DARK)
    rivet = disc(0.0105, STEEL, 24).moved(z=0.0575)
    rivets = join([rivet.moved(x, 0.016) for x in (-0.15, -0.255, -0.36)])
    bolster = box((0.035, 0.085, 0.048), 0.012, STEEL).moved(-0.085, 0.016, 0.028)
    parts = (
        Part(blade, BRUSHED),
        Part(bolster, METAL),
        Part(handle, SATIN),
        Part(rivets, METAL),
    )
    return _slanted(Model(parts), rng)


def whisk(rng: np.random.Generator) -> Model:
    """A balloon whisk lying on its side."""
    bulge = rng.uniform(0.15, 0.18)
    loops = int(rng.integers(6, 8))
    wires = []
    for k in range(loops):
        tip = 0.5 - 0.006 * k
        side = [(-0.04, 0.018), (0.06, 0.05), (0.22, 0.125), (0.34, bulge), (0.45, 0.8 * bulge)]
        knots = [*side, (tip, 0.0), *[(x, -r) for x, r in reversed(side)]]
        line = curve(knots, 90)
        spin = np.pi * (k + rng.uniform(-0.12, 0.12)) / loops
        path = np.stack([line[:, 0], line[:, 1] * np.cos(spin), line[:, 1] * np.sin(spin)], axis=1)
        wires.append(tube(path, 0.0085, STEEL, segments=10))
    profile = curve(
        [
            (0.0, -0.52),
            (0.022, -0.515),
            (0.036, -0.48),
            (0.034, -0.3),
            (0.027, -0.12),
            (0.03, -0.05),
            (0.02, 0.0),
            (0.0, 0.005),
        ],
        60,
    )
    handle = _along_x(lathe(np.maximum(profile, [0.0, -1.0]), segments=48))
    kind = rng.random()
    if kind < 0.4:
        grip = Part(handle.painted(STEEL), METAL)
    elif kind < 0.7:
        grip = Part(_wooden(handle, _pick(rng, WOODS), rng), SATIN)
    else:
        grip = Part(handle.painted(_pick(rng, PLASTICS)), SATIN)
    collar = Part(_along_x(torus(0.027, 0.009, STEEL, 48)).moved(-0.03), METAL)
    model = Model((Part(join(wires), METAL), grip, collar))
    lean = float(np.degrees(np.arctan2(bulge - 0.036, 0.82)))
    return _slanted(model.mapped(lambda mesh: mesh.turned("y", -lean)), rng)


def frying_pan(rng: np.random.Generator) -> Model:
    """An empty frying pan with a long handle."""
    wall = rng.uniform(0.075, 0.11)
    profile = [
        (0.0, 0.0),
        (0.24, 0.0),
        (0.262, 0.006),
        (0.322, 0.9 * wall),
        (0.334, wall),
        (0.332, wall + 0.006),
        (0.322, wall + 0.004),
        (0.256, 0.022),
        (0.238, 0.014),
        (0.12, 0.014),
        (0.0, 0.014),
    ]
    pan = lathe(profile, segments=128)
    outside = _pick(rng, ((0.07, 0.07, 0.075), (0.62, 0.08, 0.07), (0.62, 0.63, 0.65)))
    radius = np.linalg.norm(pan.vertices[:, :2], axis=1)
    z = pan.vertices[:, 2]
    inner = (z > 0.012 + 1.35 * np.maximum(radius - 0.25, 0)) | (z > wall - 0.001)
    pan = pan.painted(np.where(inner[:, None], (0.09, 0.09, 0.095), outside))
    rise = wall + rng.uniform(0.06, 0.12)
    path = curve(
        [(0.30, 0, wall - 0.02), (0.42, 0, wall + 0.01), (0.62, 0, rise), (0.88, 0, rise + 0.01)],
        50,
    )
    width = np.interp(path[:, 0], [0.3, 0.42, 0.6, 0.84, 0.88], [0.024, 0.026, 0.036, 0.042, 0.026])
    wooden = rng.random() < 0.3
    grip = tube(path[10:], width[10:], segments=28, flatten=0.55)
    grip = _wooden(grip, _pick(rng, WOODS), rng) if wooden else grip.painted(DARK)
    stem = tube(path[:14], width[:14] * 1.08, STEEL, segments=24, flatten=0.6)
    eye = disc(0.016, (0.35, 0.35, 0.36), 24).scaled(1.6, 1, 1).moved(0.835, 0, rise + 0.0335)
    rivets = join([ball(0.012, STEEL, 6).moved(0.3, y, wall - 0.035) for y in (-0.03, 0.03)])
    parts = (
        Part(pan, Material(roughness=0.32, specular=0.6)),
        Part(grip, SATIN),
        Part(stem, METAL),
        Part(eye, METAL),
        Part(rivets, METAL),
    )
    return _slanted(Model(parts), rng)


def rolling_pin(rng: np.random.Generator) -> Model:
    """A wooden rolling pin with two handles."""
    thick, barrel = rng.uniform(0.10, 0.12), rng.uniform(0.28, 0.32)
    rim = 0.018
    half = [
        (0.0, barrel),
        (thick - rim, barrel),
        (thick - 0.005, barrel - 0.005),
        (thick, barrel - rim),
    ]
    line = np.linspace(-(barrel - rim), barrel - rim, 90)[1:-1]
    upper = np.array(half[::-1])
    body = np.concatenate([upper[::-1] * [1, -1], np.c_[np.full(len(line), thick), line], upper])
    grip = curve(
        [
            (0.020, barrel),
            (0.022, barrel + 0.02),
            (0.038, barrel + 0.07),
            (0.042, 0.44),
            (0.034, 0.485),
            (0.0, 0.5),
        ],
        40,
    )
    light = _pick(rng, WOODS[:2])
    barrel_mesh = _wooden(_along_x(lathe(body, segments=120)), light, rng)
    handle_colour = light if rng.random() < 0.5 else _pick(rng, (WOODS[2], *PLASTICS))
    handle = _along_x(lathe(np.maximum(grip, 0), segments=60))
    both = join([handle, handle.turned("z", 180)])
    both = (
        _wooden(both, handle_colour, rng) if handle_colour in WOODS else both.painted(handle_colour)
    )
    return _slanted(Model((Part(barrel_mesh, SATIN), Part(both, SATIN))), rng)


def _tapered_box(base: Array, top: Array, height: float) -> Mesh:
    """An open box with round corners from half-size `base` (2,) at z = 0 to `top` at `height`."""
    corner = np.linspace(0, np.pi / 2, 7)
    ring = []
    for sx, sy, start in ((1, 1, 0.0), (-1, 1, np.pi / 2), (-1, -1, np.pi), (1, -1, 1.5 * np.pi)):
        turn = corner + start
        round_by = 0.14
        ring.append(
            np.stack(
                [
                    sx * (1 - round_by) + round_by * np.cos(turn),
                    sy * (1 - round_by) + round_by * np.sin(turn),
                ],
                axis=1,
            )
        )
    outline = np.concatenate(ring)
    share = np.linspace(0, 1, 12)[:, None, None]
    flat = outline * (base + share * (top - base))
    level = np.broadcast_to(share * height, (*flat.shape[:2], 1))
    return sheet(np.concatenate([flat, level], axis=2), STEEL, close_columns=True).flipped()


def _grating(rows: int, columns: int, reach: float, size: float, wide: float) -> tuple[Mesh, Mesh]:
    """Raised lips and the dark holes under them on a wall (x in ±reach, z in 0..1) facing -y."""
    arch = np.linspace(0, np.pi, 9)
    lip_path = np.stack(
        [wide * size * np.cos(arch), -0.5 * size * np.sin(arch) ** 0.7, size * np.sin(arch)], 1
    )
    lip = tube(lip_path, 0.28 * size, STEEL, segments=8)
    hole = ball((wide * size, 0.3 * size, 0.85 * size), DARK, 8).moved(z=0.25 * size)
    lips, holes = [], []
    for row in range(rows):
        shift = 0.5 * (row % 2) if wide < 2 else 0.0
        for column in range(columns - (1 if shift else 0)):
            x = reach * (2 * (column + 0.5 + shift) / columns - 1)
            z = 0.11 + 0.76 * (row + 0.5) / rows
            lips.append(lip.moved(x, 0, z))
            holes.append(hole.moved(x, 0, z))
    return join(lips), join(holes)


def grater(rng: np.random.Generator) -> Model:
    """A four-sided box grater, standing."""
    height = rng.uniform(0.72, 0.8)
    base, top = np.array([0.23, 0.18]), np.array([0.16, 0.11])
    shell = _tapered_box(base, top, height)

    def fitted(mesh: Mesh, side: int) -> Mesh:
        # From a flat wall of height 1 to the leaning wall number `side`, counted from the front.
        near = 1 if side % 2 == 0 else 0

        def lean(points: Array) -> Array:
            x, y, z = points.T
            narrow = 1 + z * (top[1 - near] / base[1 - near] - 1)
            away = base[near] + z * (top[near] - base[near])
            return np.stack([x * narrow, y - away, z * height], axis=1)

        return mesh.mapped(lean).turned("z", 90 * side)

    walls = (
        _grating(8, 6, 0.19, 0.021, 1.0),
        _grating(14, 9, 0.14, 0.010, 1.0),
        _grating(10, 8, 0.19, 0.015, 1.0),
        _grating(4, 1, 0.14, 0.024, 4.0),
    )
    lips = join([fitted(wall[0], side) for side, wall in enumerate(walls)])
    holes = join([fitted(wall[1], side) for side, wall in enumerate(walls)])
    colour = _pick(rng, PLASTICS)
    cap = box((2.12 * top[0], 2.12 * top[1], 0.045), 0.02, colour).moved(z=height)
    foot = _tapered_box(base * 1.03, base * 1.015, 0.03).painted(colour)
    arch = curve(
        [
            (-0.11, 0, height),
            (-0.10, 0, height + 0.1),
            (0, 0, height + 0.145),
            (0.10, 0, height + 0.1),
            (0.11, 0, height),
        ],
        50,
    )
    handle = tube(arch, 0.024, colour, segments=20)
    parts = (
        Part(shell, BRUSHED),
        Part(lips, METAL),
        Part(holes, Material(roughness=0.9, specular=0.1)),
        Part(join([cap, foot, handle]), SATIN),
    )
    return Model(parts).settled()


def ladle(rng: np.random.Generator) -> Model:
    """A soup ladle: a deep bowl, and a long handle that leans up from its rim."""
    radius = rng.uniform(0.155, 0.185)
    turn = np.linspace(0, np.pi / 2, 24)
    outer = np.stack([radius * np.sin(turn), -0.85 * radius * np.cos(turn)], axis=1)
    inner = outer[::-1] * 0.93 + [0, 0.004]
    bowl = lathe(np.concatenate([outer, [(radius * 0.985, 0.006)], inner]), segments=96)
    path = curve(
        [
            (0.93 * radius, 0, -0.35 * radius),
            (1.0 * radius, 0, 0.0),
            (1.15 * radius, 0, 0.10),
            (1.55 * radius, 0, 0.30),
            (2.1 * radius, 0, 0.62),
            (2.25 * radius, 0, 0.72),
            (2.42 * radius, 0, 0.75),
            (2.58 * radius, 0, 0.71),
        ],
        80,
    )
    width = np.interp(
        np.linspace(0, 1, 80),
        [0, 0.1, 0.3, 0.75, 0.9, 1],
        [0.036, 0.028, 0.024, 0.038, 0.030, 0.018],
    )
    handle = tube(path, width, segments=24, flatten=0.5)
    kind = rng.random()
    if kind < 0.6:
        parts = (Part(bowl.painted(STEEL), METAL), Part(handle.painted(STEEL), METAL))
    elif kind < 0.8:
        parts = (
            Part(bowl.painted(STEEL), METAL),
            Part(handle.painted(_pick(rng, PLASTICS)), SATIN),
        )
    else:
        colour = _pick(rng, PLASTICS)
        parts = (Part(bowl.painted(colour), GLOSSY), Part(handle.painted(colour), GLOSSY))
    model = Model(parts)
    lean = rng.uniform(16, 26)
    return _slanted(model.mapped(lambda mesh: mesh.turned("y", lean)), rng)


def _scissor_half(ring: tuple[float, float], colour: tuple) -> tuple[Mesh, Mesh]:
    """A blade with its tip towards +x, and its plastic ring of half-size `ring` at -x, -y."""
    outline = [
        (0.50, 0.003),
        (0.48, -0.004),
        (0.0, -0.030),
        (-0.15, -0.088),
        (-0.17, -0.050),
        (-0.06, 0.018),
        (0.02, 0.042),
        (0.30, 0.036),
        (0.46, 0.014),
    ]
    blade = extrude(outline, 0.016, bevel=0.003, spacing=0.02).painted(STEEL)
    turn = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    oval = np.stack([ring[0] * np.cos(turn), ring[1] * np.sin(turn), 0 * turn], axis=1)
    loop = tube(oval, 0.027, colour, segments=20, closed=True, flatten=0.75).turned("z", 14)
    loop = loop.moved(-0.14 - ring[0], -0.075 - 0.62 * ring[1], 0.008)
    neck = curve([(-0.07, -0.022, 0.008), (-0.13, -0.06, 0.008), (-0.19, -0.085, 0.008)], 20)
    return blade, join([loop, tube(neck, np.linspace(0.030, 0.036, 20), colour, 20, flatten=0.7)])


def scissors(rng: np.random.Generator) -> Model:
    """Kitchen scissors, a little open, lying flat."""
    colour = _pick(rng, (*PLASTICS, (0.95, 0.45, 0.05)))
    opening = rng.uniform(9, 17)
    near_blade, near_ring = _scissor_half((0.165, 0.092), colour)
    far_blade, far_ring = _scissor_half((0.135, 0.085), colour)

    def placed(mesh: Mesh, first: bool) -> Mesh:
        if first:
            return mesh.moved(z=0.02).turned("z", opening)
        return mesh.scaled(1, -1, 1).turned("z", -opening).moved(z=0.003)

    screw = join(
        [ball((0.022, 0.022, 0.012), STEEL, 10).moved(z=0.038), disc(0.02, STEEL).moved(z=0.04)]
    )
    steel = join([placed(near_blade, True), placed(far_blade, False)])
    grips = join([placed(near_ring, True), placed(far_ring, False)])
    return _slanted(Model((Part(steel, BRUSHED), Part(screw, METAL), Part(grips, SATIN))), rng)


MODELS: tuple[ObjectModel, ...] = (
    ObjectModel("fork", FAMILY, "fork", fork, FLAT, SLANTED, plate=0.2),
    ObjectModel("chefs_knife", FAMILY, "kitchen knife", chefs_knife, FLAT, SLANTED),
    ObjectModel("whisk", FAMILY, "whisk", whisk, (40.0, 64.0), SLANTED),
    ObjectModel("frying_pan", FAMILY, "frying pan", frying_pan, (32.0, 60.0), SLANTED),
    ObjectModel("rolling_pin", FAMILY, "rolling pin", rolling_pin, (32.0, 62.0), SLANTED),
    ObjectModel("grater", FAMILY, "cheese grater", grater, (12.0, 38.0), (-55.0, 55.0)),
    ObjectModel("ladle", FAMILY, "soup ladle", ladle, (22.0, 48.0), (15.0, 60.0)),
    ObjectModel("scissors", FAMILY, "scissors", scissors, FLAT, SLANTED),
)
