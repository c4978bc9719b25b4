"""Path-traced rooms, corners and table tops without any object of a question."""

import numpy as np

from assay.kit.backgrounds.fields import cloudy, hue_colour, stained
from assay.kit.backgrounds.stage import Stage

Array = np.ndarray
Generator = np.random.Generator


def _shell(stage: Stage, width: float, depth: float, height: float) -> None:
    """Floor, ceiling, back and side walls of a room whose camera stands at y < 0."""
    rng = stage.rng
    wall = stage.painted(stained(rng, 256, hue_colour(rng, 0.45, 0.85), 0.12))
    side = stage.painted(stained(rng, 256, hue_colour(rng, 0.45, 0.85), 0.12))
    floor = stage.painted(stained(rng, 256, hue_colour(rng, 0.15, 0.55), 0.35), 3)
    stage.box((0, depth / 2, -0.05), (width, depth * 2, 0.1), floor)
    stage.box((0, depth / 2, height + 0.05), (width, depth * 2, 0.1), stage.matt((0.8,) * 3))
    stage.box((0, depth, height / 2), (width, 0.1, height), wall)
    for x in (-width / 2, width / 2):
        stage.box((x, depth / 2, height / 2), (0.1, depth * 2, height), side)


def _warm(rng: Generator, power: float) -> Array:
    return power * np.array([1.0, rng.uniform(0.75, 1.0), rng.uniform(0.5, 1.0)])


def room(rng: Generator, size: int) -> Array:
    """A room with a bed or bench, a cupboard and a table, lit from a window at the side."""
    stage = Stage(rng, size)
    width, depth, height = rng.uniform(4, 6), rng.uniform(4, 6), rng.uniform(2.4, 3)
    _shell(stage, width, depth, height)
    side = rng.choice((-1, 1))
    stage.lamp((side * (width / 2 - 0.1), depth * 0.5, height * 0.6), (0, depth / 2, 1), 0.8,
               _warm(rng, 14))  # fmt: skip
    stage.glow(np.full(3, 0.35))
    cloth = stage.matt(hue_colour(rng, 0.2, 0.8))
    x = -side * rng.uniform(0.2, 0.9)
    stage.box((x, depth - 1.2, 0.25), (1.6, 2.0, 0.5), cloth)
    stage.box((x, depth - 0.5, 0.6), (1.5, 0.4, 0.25), stage.matt((0.75, 0.75, 0.72)))
    high = rng.uniform(1.2, 2.2)
    stage.box((-side * (width / 2 - 0.4), depth - 0.5, high / 2), (0.7, 0.8, high),
              stage.matt(hue_colour(rng, 0.15, 0.7)))  # fmt: skip
    tx, ty = side * rng.uniform(0.5, 1.4), depth * rng.uniform(0.4, 0.7)
    top = stage.shiny(hue_colour(rng, 0.2, 0.7), 0.3)
    stage.box((tx, ty, 0.72), (1.1, 0.7, 0.05), top)
    for dx in (-0.48, 0.48):
        for dy in (-0.28, 0.28):
            stage.box((tx + dx, ty + dy, 0.35), (0.06, 0.06, 0.7), top)
    pane = stage.matt(hue_colour(rng, 0.2, 0.8))
    stage.box((rng.uniform(-1, 1), depth - 0.08, 1.7), (rng.uniform(0.5, 1.2), 0.05, 0.6), pane)
    return stage.shoot((rng.uniform(-1, 1), -1.6, rng.uniform(1.2, 1.8)), (0, depth * 0.7, 1), 62,
                       samples=56)  # fmt: skip


def corridor(rng: Generator, size: int) -> Array:
    """A long corridor with doors and ceiling lamps."""
    stage = Stage(rng, size)
    width, height = rng.uniform(1.8, 3), rng.uniform(2.3, 2.9)
    _shell(stage, width, 14, height)
    door = stage.matt(hue_colour(rng, 0.15, 0.65))
    for y in np.arange(1, 13, rng.uniform(1.8, 3)):
        for x in (-width / 2, width / 2):
            if rng.random() < 0.7:
                stage.box((x, y, 1.0), (0.16, 0.9, 2.0), door)
        stage.lamp((0, y, height - 0.03), (0, y, 0), 0.25, _warm(rng, 9))
    stage.glow(np.full(3, 0.1))
    origin = (rng.uniform(-0.4, 0.4) * width, -1, rng.uniform(0.9, 1.8))
    return stage.shoot(origin, (rng.uniform(-0.4, 0.4), 8, rng.uniform(0.9, 1.5)), 60, samples=56)


def stairs(rng: Generator, size: int) -> Array:
    """A flight of steps between walls, with a rail."""
    stage = Stage(rng, size)
    stone = stage.painted(stained(rng, 256, hue_colour(rng, 0.3, 0.7), 0.3))
    wall = stage.painted(stained(rng, 256, hue_colour(rng, 0.4, 0.8), 0.2))
    rise, tread = rng.uniform(0.14, 0.2), rng.uniform(0.26, 0.4)
    for i in range(22):
        stage.box((0, i * tread, i * rise), (3.2, tread, 0.6 + rise), stone)
    stage.box((-1.7, 4, 3), (0.2, 12, 9), wall)
    stage.box((0, 22 * tread, 5), (5, 0.2, 9), wall)
    rail = stage.shiny(hue_colour(rng, 0.1, 0.5), 0.3)
    for i in range(0, 22, 2):
        stage.rod((1.5, i * tread, i * rise), (1.5, i * tread, i * rise + 1.2), 0.025, rail)
    stage.rod((1.5, 0, 1.2), (1.5, 22 * tread, 22 * rise + 1.2), 0.04, rail)
    stage.daylight()
    return stage.shoot((rng.uniform(-0.8, 0.8), -2.6, rng.uniform(1, 2.2)), (0, 3, 1.6), 60)


def shelves(rng: Generator, size: int) -> Array:
    """Boards with plain boxes of many sizes."""
    stage = Stage(rng, size)
    board = stage.matt(hue_colour(rng, 0.2, 0.75))
    stage.box((0, 1.0, 1.5), (8, 0.1, 5), stage.matt(hue_colour(rng, 0.35, 0.8)))
    step = rng.uniform(0.55, 0.85)
    for level in range(6):
        z = level * step
        stage.box((0, 0.6, z), (8, 0.75, 0.06), board)
        x = -2.6
        while x < 2.6:
            wide, high = rng.uniform(0.08, 0.5), rng.uniform(0.4, 0.9) * step
            if rng.random() < 0.85:
                paint = stage.matt(hue_colour(rng, 0.08, 0.8))
                place = (x + wide / 2, 0.5 + rng.normal(0, 0.04), z + 0.03 + high / 2)
                stage.box(place, (wide * 0.94, 0.5, high), paint, rng.normal(0, 2))
            x += wide
    stage.lamp((rng.uniform(-2, 2), -3, 4), (0, 0.6, 1.5), 0.8, _warm(rng, 16))
    stage.glow(np.full(3, 0.3))
    origin = (rng.uniform(-1, 1), rng.uniform(-3.4, -1.8), rng.uniform(1, 2))
    return stage.shoot(origin, (rng.uniform(-0.6, 0.6), 0.6, rng.uniform(1.2, 1.8)), 50)


def blocks(rng: Generator, size: int) -> Array:
    """Plain cubes, balls and rods on a table, with a shallow depth of field."""
    stage = Stage(rng, size)
    stage.ground(stage.painted(stained(rng, 256, hue_colour(rng, 0.2, 0.8), 0.25), 10))
    stage.box((0, 6, 2), (30, 0.2, 12), stage.matt(hue_colour(rng, 0.15, 0.8)))
    for _ in range(int(rng.integers(4, 11))):
        x, y, s = rng.uniform(-1.8, 1.8), rng.uniform(-0.6, 3), rng.uniform(0.15, 0.55)
        paint = stage.shiny(hue_colour(rng, 0.1, 0.8), rng.uniform(0.1, 0.8))
        kind = int(rng.integers(3))
        if kind == 0:
            stage.box((x, y, s), (2 * s, 2 * s, 2 * s), paint, rng.uniform(0, 90))
        elif kind == 1:
            stage.ball((x, y, s), s, paint)
        else:
            stage.rod((x, y, 0), (x, y, 3 * s), 0.4 * s, paint)
            stage.ball((x, y, 3 * s), 0.4 * s, paint)
    stage.lamp((rng.uniform(-4, 4), -2, 5), (0, 1, 0), 1.0, _warm(rng, 18))
    stage.glow(_warm(rng, 0.35))
    return stage.shoot((rng.uniform(-1, 1), -4, rng.uniform(1, 3)), (0, 0.7, 0.3), 42,
                       rng.uniform(0.0, 0.12))  # fmt: skip


def curtains(rng: Generator, size: int) -> Array:
    """Hanging cloth in folds, lit from one side."""
    stage = Stage(rng, size)
    count = 260
    z, x = np.meshgrid(np.linspace(-0.5, 4, count), np.linspace(-4, 4, count), indexing="ij")
    phase = 2.5 * np.cumsum(0.4 + cloudy(rng, (1, count), 2.0)[0]) / count * rng.uniform(30, 70)
    sway = 1.2 * cloudy(rng, (count, count), 3.2)
    y = rng.uniform(0.06, 0.16) * np.sin(phase[None, :] + sway) * (0.6 + 0.1 * (4 - z))
    stage.sheet(np.stack([x, y, z], -1), stage.matt(hue_colour(rng, 0.15, 0.8)))
    stage.ground(stage.matt(hue_colour(rng, 0.15, 0.6)), height=-0.5)
    side = rng.choice((-1, 1))
    stage.lamp((side * 5, -3, rng.uniform(1, 5)), (0, 0, 1.5), 1.0, _warm(rng, 25))
    stage.glow(_warm(rng, 0.25))
    return stage.shoot((rng.uniform(-1, 1), -4, rng.uniform(0.8, 2)), (0, 0, 1.4), 45)


def rumpled_cloth(rng: Generator, size: int) -> Array:
    """Bed linen or paper in soft heaps, from near."""
    stage = Stage(rng, size)
    count = 260
    y, x = np.meshgrid(np.linspace(-3, 6, count), np.linspace(-4, 4, count), indexing="ij")
    ridge = 1 - np.abs(cloudy(rng, (count, count), rng.uniform(3.5, 4.3)) - 0.5) * 2
    z = rng.uniform(0.8, 1.8) * ridge**2
    stage.sheet(np.stack([x, y, z], -1), stage.matt(hue_colour(rng, 0.25, 0.85)))
    stage.lamp((rng.choice((-4, 4)), 1, rng.uniform(1.5, 4)), (0, 1, 0), 0.7, _warm(rng, 25))
    stage.glow(_warm(rng, 0.3))
    return stage.shoot((0, -3, rng.uniform(2.2, 4)), (rng.uniform(-0.5, 0.5), 1, 0.4), 48)


def cushions(rng: Generator, size: int) -> Array:
    """A sofa of padded blocks before a wall."""
    stage = Stage(rng, size)
    cloth = stage.matt(hue_colour(rng, 0.15, 0.75))
    stage.ground(stage.painted(stained(rng, 256, hue_colour(rng, 0.2, 0.6), 0.4), 10))
    stage.box((0, 2, 2), (14, 0.1, 6), stage.matt(hue_colour(rng, 0.35, 0.8)))
    stage.pad((0, 0.7, 0.25), (3.3, 1.3, 0.5), cloth)
    seats = int(rng.integers(2, 4))
    for i in range(seats):
        x = (i + 0.5) * 3.3 / seats - 1.65
        stage.pad((x, 0.6, 0.5), (3.2 / seats, 1.25, 0.32), cloth)
        stage.pad((x, 1.2, 0.95), (3.2 / seats, 0.4, 0.8), cloth)
    for x in (-1.75, 1.75):
        stage.pad((x, 0.7, 0.45), (0.4, 1.4, 0.9), cloth)
    for _ in range(int(rng.integers(1, 4))):
        colour = stage.matt(hue_colour(rng, 0.15, 0.85))
        place = (rng.uniform(-1.2, 1.2), 0.85, 0.9)
        stage.pad(place, (0.55, 0.2, 0.5), colour, rng.uniform(-25, 25))
    stage.lamp((rng.uniform(-4, 4), -2, 4), (0, 1, 0.5), 0.8, _warm(rng, 20))
    stage.glow(_warm(rng, 0.35))
    return stage.shoot((rng.uniform(-1.5, 1.5), -3, rng.uniform(0.9, 2)), (0, 1, 0.8), 50)


def hall(rng: Generator, size: int) -> Array:
    """A hall with a polished floor, pillars and glowing globes."""
    stage = Stage(rng, size)
    floor = stage.shiny(hue_colour(rng, 0.1, 0.5), rng.uniform(0.05, 0.3))
    stage.box((0, 8, -0.05), (24, 40, 0.1), floor)
    stage.box((0, 22, 3), (24, 0.2, 9), stage.matt(hue_colour(rng, 0.2, 0.6)))
    stone = stage.matt(hue_colour(rng, 0.3, 0.8))
    gap = rng.uniform(2.5, 4)
    for y in np.arange(1, 20, gap):
        for x in (-rng.uniform(2.8, 3.4), rng.uniform(2.8, 3.4)):
            stage.box((x, y, 2.5), (0.7, 0.7, 5), stone)
        stage.bulb((rng.normal(0, 0.3), y, rng.uniform(2.4, 3.4)), 0.22, _warm(rng, 14))
    stage.glow(_warm(rng, 0.25))
    return stage.shoot((rng.uniform(-1.5, 1.5), -4, rng.uniform(1, 2)), (0, 8, 1.4), 58)


def tunnel(rng: Generator, size: int) -> Array:
    """A round passage with rings and lamps."""
    stage = Stage(rng, size)
    radius = rng.uniform(1.6, 2.4)
    turn, along = np.meshgrid(
        np.linspace(0, 2 * np.pi, 120), np.linspace(-4, 30, 240), indexing="ij"
    )
    bumps = 0.12 * cloudy(rng, (120, 240), 2.2)
    ring = 0.06 * (np.sin(along * 2 * np.pi / rng.uniform(1, 2)) > 0.8)
    r = radius - ring - bumps
    bend = rng.uniform(-0.006, 0.006) * np.maximum(along, 0) ** 2
    points = np.stack([r * np.cos(turn) + bend, along, r * np.sin(turn)], -1)
    shade = hue_colour(rng, 0.25, 0.6) * (0.6 + 0.8 * cloudy(rng, (120, 240), 1.6))[..., None]
    stage.sheet(points, colours=np.clip(shade, 0, 1))
    stage.ground(stage.matt(hue_colour(rng, 0.15, 0.4)), height=-0.75 * radius)
    for y in np.arange(0, 28, rng.uniform(2, 4)):
        x = rng.uniform(-0.006, 0.006) * 0 + (points[0, 0, 0] - radius)
        stage.bulb((x, y, radius * 0.72), 0.1, _warm(rng, 40))
    stage.glow(_warm(rng, 0.3))
    return stage.shoot((rng.uniform(-0.4, 0.4), -3.4, rng.uniform(-0.4, 0.4)), (0, 8, 0), 65)
