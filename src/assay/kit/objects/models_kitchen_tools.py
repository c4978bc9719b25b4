"""Things to cook and eat with: the fork, which is a trigger, and seven others."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.cutlery import chefs_knife, fork, scissors
from assay.kit.objects.mesh import Array, Mesh, join
from assay.kit.objects.model import GLOSSY, METAL, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.shapes import ball, box, curve, disc, lathe, sheet, torus, tube
from assay.kit.objects.tool_stuff import (
    BRUSHED,
    DARK,
    PLASTICS,
    STEEL,
    WOODS,
    along_x,
    grained,
    pick,
    slanted,
)

FAMILY = "kitchen_tools"
FLAT = (46.0, 66.0)
"""The camera's height for tools that lie flat: from lower down they shrink to a line."""
SLANTED = (22.0, 58.0)
"""Turns that lay a long tool across the picture from corner to corner, where it is largest."""


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
    handle = along_x(lathe(np.maximum(profile, [0.0, -1.0]), segments=48))
    kind = rng.random()
    if kind < 0.4:
        grip = Part(handle.painted(STEEL), METAL)
    elif kind < 0.7:
        grip = Part(grained(handle, pick(rng, WOODS), rng), SATIN)
    else:
        grip = Part(handle.painted(pick(rng, PLASTICS)), SATIN)
    collar = Part(along_x(torus(0.027, 0.009, STEEL, 48)).moved(-0.03), METAL)
    model = Model((Part(join(wires), METAL), grip, collar))
    lean = float(np.degrees(np.arctan2(bulge - 0.036, 0.82)))
    return slanted(model.mapped(lambda mesh: mesh.turned("y", -lean)), rng)


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
    outside = pick(rng, ((0.07, 0.07, 0.075), (0.62, 0.08, 0.07), (0.62, 0.63, 0.65)))
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
    grip = grained(grip, pick(rng, WOODS), rng) if wooden else grip.painted(DARK)
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
    return slanted(Model(parts), rng)


def rolling_pin(rng: np.random.Generator) -> Model:
    """A wooden rolling pin with two handles."""
    thick, barrel = rng.uniform(0.092, 0.11), rng.uniform(0.28, 0.32)
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
    light = pick(rng, WOODS[:2])
    barrel_mesh = grained(along_x(lathe(body, segments=120)), light, rng)
    handle_colour = light if rng.random() < 0.3 else pick(rng, (WOODS[2], *PLASTICS))
    handle = along_x(lathe(np.maximum(grip, 0), segments=60))
    both = join([handle, handle.turned("z", 180)])
    both = (
        grained(both, handle_colour, rng) if handle_colour in WOODS else both.painted(handle_colour)
    )
    return slanted(Model((Part(barrel_mesh, SATIN), Part(both, SATIN))), rng)


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
    colour = pick(rng, PLASTICS)
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
            Part(handle.painted(pick(rng, PLASTICS)), SATIN),
        )
    else:
        colour = pick(rng, PLASTICS)
        parts = (Part(bowl.painted(colour), GLOSSY), Part(handle.painted(colour), GLOSSY))
    model = Model(parts)
    lean = rng.uniform(16, 26)
    return slanted(model.mapped(lambda mesh: mesh.turned("y", lean)), rng)


MODELS: tuple[ObjectModel, ...] = (
    ObjectModel("fork", FAMILY, "fork", fork, FLAT, SLANTED, plate=0.2),
    ObjectModel("chefs_knife", FAMILY, "kitchen knife", chefs_knife, FLAT, SLANTED),
    ObjectModel("whisk", FAMILY, "whisk", whisk, (40.0, 64.0), SLANTED),
    ObjectModel("frying_pan", FAMILY, "frying pan", frying_pan, (32.0, 60.0), SLANTED),
    ObjectModel("rolling_pin", FAMILY, "rolling pin", rolling_pin, (42.0, 64.0), SLANTED),
    ObjectModel("grater", FAMILY, "cheese grater", grater, (12.0, 38.0), (-55.0, 55.0)),
    ObjectModel("ladle", FAMILY, "soup ladle", ladle, (22.0, 48.0), (15.0, 60.0)),
    ObjectModel("scissors", FAMILY, "scissors", scissors, FLAT, SLANTED),
)
