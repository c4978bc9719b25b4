"""Path-traced places under the open sky."""

import numpy as np

from assay.kit.backgrounds.fields import cloudy, hue_colour, mix, stained
from assay.kit.backgrounds.stage import Stage

Array = np.ndarray
Generator = np.random.Generator


def _terrain(stage: Stage, depth: float, rise: float, colours: tuple[Array, Array, Array]) -> Array:
    """A land that climbs towards +y, of low, high and steep colours; returns its points."""
    rng = stage.rng
    count = 200
    height = cloudy(rng, (count, count), rng.uniform(2.6, 3.4))
    y, x = np.meshgrid(np.linspace(-3, depth, count), np.linspace(-depth, depth, count),
                       indexing="ij")  # fmt: skip
    far = np.clip(y / depth, 0, 1)
    z = (height - 0.5) * rise * (0.08 + far) + 0.25 * rise * far
    climb, slant = np.gradient(z)
    steep = np.hypot(climb, slant) * count / (3 * depth)
    colour = mix(colours[0], colours[1], (z - z.min()) / np.ptp(z) * 1.2 - 0.1)
    colour = mix(colour, colours[2], steep - 0.55)
    colour *= (0.8 + 0.4 * cloudy(rng, (count, count), 1.0))[..., None]
    points = np.stack([x, y, z], -1)
    stage.sheet(points, colours=np.clip(colour, 0, 1))
    return points


def hills(rng: Generator, size: int) -> Array:
    """Green and yellow hills."""
    stage = Stage(rng, size)
    green = np.array([rng.uniform(0.12, 0.35), rng.uniform(0.22, 0.4), rng.uniform(0.05, 0.12)])
    bare = np.array([0.3, 0.26, 0.18])
    land = _terrain(stage, 60, rng.uniform(8, 18), (green, green * 0.6, bare)).reshape(-1, 3)
    ahead = land[(land[:, 1] > 8) & (np.abs(land[:, 0]) < land[:, 1])]
    for place in rng.choice(ahead, int(rng.integers(15, 60))):
        _lump(stage, tuple(place), rng.uniform(0.3, 1.3), green * rng.uniform(0.35, 0.7), 0.6)
    stage.daylight()
    return stage.shoot((0, -4, rng.uniform(2.5, 6)), (rng.uniform(-6, 6), 30, rng.uniform(1, 6)))


def mountains(rng: Generator, size: int) -> Array:
    """Grey and brown peaks."""
    stage = Stage(rng, size)
    rock = hue_colour(rng, 0.2, 0.45)
    top = np.full(3, rng.uniform(0.45, 0.8))
    _terrain(stage, 70, rng.uniform(45, 75), (rock * 0.7, top, rock))
    stage.daylight()
    return stage.shoot((0, -3, rng.uniform(9, 16)), (rng.uniform(-12, 12), 40, rng.uniform(8, 20)))


def boulders(rng: Generator, size: int) -> Array:
    """A dry plain with rocks."""
    stage = Stage(rng, size)
    soil = np.array([0.5, 0.36, 0.24]) * rng.uniform(0.7, 1.2)
    stage.ground(stage.painted(stained(rng, 256, soil, 0.5), 6))
    for _ in range(int(rng.integers(12, 30))):
        stone = soil * rng.uniform(0.5, 1.1)
        x, y, radius = rng.uniform(-7, 7), rng.uniform(0, 22), rng.lognormal(-0.7, 0.6)
        _lump(stage, (x, y, radius * 0.2), radius, stone, 0.5)
    stage.daylight()
    return stage.shoot((0, -5, rng.uniform(1.2, 4)), (rng.uniform(-2, 2), 6, 0.4))


def _lump(stage: Stage, centre: tuple, radius: float, colour: Array, rough: float) -> None:
    """A ball pushed in and out by noise: a rock, or with more noise a bush."""
    rng = stage.rng
    count = 40
    field = np.pad(cloudy(rng, (count, count), 2.2), ((0, 0), (0, 1)), mode="wrap")
    polar, turn = np.meshgrid(
        np.linspace(0, np.pi, count), np.linspace(0, 2 * np.pi, count + 1), indexing="ij"
    )
    calm = np.sin(polar) ** 0.5
    r = radius * (1 + rough * (field - 0.5) * 2 * calm)
    squash = rng.uniform(0.6, 1.0)
    points = np.stack(
        [r * np.sin(polar) * np.cos(turn), r * np.sin(polar) * np.sin(turn),
         squash * r * np.cos(polar)], -1
    )  # fmt: skip
    shade = 0.75 + 0.5 * field[..., None]
    stage.sheet(points + np.asarray(centre), colours=np.clip(colour * shade, 0, 1))


def bushes(rng: Generator, size: int) -> Array:
    """A hedge and bushes behind a lawn."""
    stage = Stage(rng, size)
    green = np.array([0.16, 0.27, 0.07]) * rng.uniform(0.7, 1.3)
    stage.ground(stage.painted(stained(rng, 256, green * 1.2, 0.7), 8))
    for _ in range(int(rng.integers(14, 34))):
        x, y, radius = rng.uniform(-8, 8), rng.uniform(3, 16), rng.uniform(0.5, 1.8)
        _lump(stage, (x, y, radius * 0.5), radius, green * rng.uniform(0.5, 1.3, 3), 0.7)
    stage.daylight()
    return stage.shoot((0, -5, rng.uniform(1.2, 3)), (rng.uniform(-2, 2), 5, rng.uniform(0.4, 1.4)))


def forest(rng: Generator, size: int) -> Array:
    """Trunks and foliage, seen from inside."""
    stage = Stage(rng, size)
    green = np.array([0.13, 0.24, 0.06]) * rng.uniform(0.7, 1.4)
    brown = np.array([0.2, 0.14, 0.1]) * rng.uniform(0.7, 1.5)
    stage.ground(stage.painted(stained(rng, 256, brown * 1.2 + 0.2 * green, 0.8), 10))
    for _ in range(int(rng.integers(22, 45))):
        x, y = rng.uniform(-11, 11), rng.uniform(1.5, 26)
        lean = rng.normal(0, 0.25, 2)
        top = (x + lean[0], y + lean[1], 9)
        stage.rod((x, y, -0.2), top, rng.uniform(0.08, 0.3), stage.matt(brown))
        for _ in range(2):
            place = (x + rng.normal(0, 0.9), y + rng.normal(0, 0.9), rng.uniform(3.4, 7))
            _lump(stage, place, rng.uniform(0.7, 1.5), green * rng.uniform(0.6, 1.4), 0.8)
    stage.daylight()
    return stage.shoot((0, -3, rng.uniform(1.2, 2.2)), (rng.uniform(-2, 2), 8, rng.uniform(1, 3.4)))


def coast(rng: Generator, size: int) -> Array:
    """A bay: water, far land, perhaps rocks."""
    stage = Stage(rng, size)
    count = 300
    y, x = np.meshgrid(np.linspace(-4, 60, count), np.linspace(-40, 40, count), indexing="ij")
    wave = cloudy(rng, (count, count), 1.5, stretch=2) - 0.5
    points = np.stack([x, y, wave * rng.uniform(0.15, 0.6)], -1)
    stage.sheet(points, stage.shiny((0.03, rng.uniform(0.08, 0.16), 0.16), rng.uniform(0.1, 0.3)))
    land = hue_colour(rng, 0.15, 0.35)
    for _ in range(int(rng.integers(4, 12))):
        _lump(stage, (rng.uniform(-40, 40), rng.uniform(45, 60), 0), rng.uniform(2, 9), land, 0.5)
    for _ in range(int(rng.integers(0, 9))):
        _lump(stage, (rng.uniform(-6, 6), rng.uniform(3, 16), 0), rng.uniform(0.3, 1.2), land, 0.5)
    stage.daylight()
    return stage.shoot((0, -4, rng.uniform(1.5, 5)), (rng.uniform(-4, 4), 25, rng.uniform(-1, 3)))


def _facade(rng: Generator, wall: Array) -> Array:
    """A front of windows, (128, 128, 3)."""
    front = stained(rng, 128, wall, 0.25)
    columns, rows = int(rng.integers(3, 8)), int(rng.integers(3, 9))
    glass = hue_colour(rng, 0.05, 0.3)
    w, h = 128 // columns, 128 // rows
    across, up = int(w * rng.uniform(0.4, 0.8)), int(h * rng.uniform(0.4, 0.75))
    for i in range(columns):
        for j in range(rows):
            x, y = i * w + (w - across) // 2, j * h + (h - up) // 2
            front[y : y + up, x : x + across] = glass * rng.uniform(0.6, 1.9)
    return np.clip(front, 0, 1)


def street(rng: Generator, size: int) -> Array:
    """Two rows of houses along a road."""
    stage = Stage(rng, size)
    stage.ground(stage.painted(stained(rng, 256, np.full(3, 0.22), 0.4), 8))
    width = rng.uniform(2.6, 5)
    for side in (-1, 1):
        y = -4.0
        while y < 40:
            long, high = rng.uniform(3, 7), rng.uniform(3, 11)
            front = stage.painted(_facade(rng, hue_colour(rng, 0.25, 0.75)))
            stage.box((side * (width + 3), y + long / 2, high / 2), (6, long, high), front)
            y += long + (rng.uniform(0.5, 3) if rng.random() < 0.25 else 0.02)
        stage.box((side * width, 18, 0.08), (1.6, 60, 0.16), stage.matt(np.full(3, 0.4)))
    for y in rng.uniform(2, 25, int(rng.integers(0, 6))):
        stage.rod((width - 0.5, y, 0), (width - 0.5, y, 3.4), 0.05, stage.matt((0.1, 0.1, 0.1)))
    stage.daylight()
    x = rng.uniform(-0.5, 0.5) * width
    return stage.shoot((x, -5, rng.uniform(1.3, 4)), (rng.uniform(-3, 3), 10, rng.uniform(1, 3.5)))


def skyline(rng: Generator, size: int) -> Array:
    """A city of towers from above."""
    stage = Stage(rng, size)
    stage.ground(stage.painted(stained(rng, 256, np.full(3, 0.3), 0.5), 6))
    fronts = [stage.painted(_facade(rng, hue_colour(rng, 0.2, 0.75)), 2) for _ in range(7)]
    for x in np.arange(-24, 25, 3.2):
        for y in np.arange(0, 60, 3.4):
            high = rng.lognormal(0.8, 0.7)
            sides = (rng.uniform(1.3, 2.7), rng.uniform(1.3, 2.7), high)
            stage.box((x, y, high / 2), sides, fronts[int(rng.integers(7))])
    stage.daylight()
    return stage.shoot((rng.uniform(-4, 4), -9, rng.uniform(5, 14)), (0, 14, rng.uniform(0, 4)))


def crates(rng: Generator, size: int) -> Array:
    """A yard of stacked coloured containers."""
    stage = Stage(rng, size)
    stage.ground(stage.painted(stained(rng, 256, np.full(3, 0.35), 0.5), 8))
    for x in np.arange(-9, 10, 3.0):
        for y in (rng.uniform(3, 5), 9, 13):
            for level in range(int(rng.integers(0, 4))):
                paint = stage.matt(hue_colour(rng, 0.12, 0.6))
                place = (x + rng.normal(0, 0.1), y, 0.62 + 1.22 * level)
                stage.box(place, (2.8, 1.3, 1.2), paint, rng.normal(0, 2))
    stage.daylight()
    return stage.shoot((rng.uniform(-4, 4), -4, rng.uniform(1.2, 5)), (0, 7, 1.4))


def columns(rng: Generator, size: int) -> Array:
    """Rows of pillars that bear a beam, on a stepped base."""
    stage = Stage(rng, size)
    stone = stage.painted(stained(rng, 256, hue_colour(rng, 0.45, 0.75), 0.3))
    stage.ground(stage.painted(stained(rng, 256, np.array([0.4, 0.36, 0.28]), 0.6), 8))
    gap, high = rng.uniform(1.6, 2.6), rng.uniform(3.2, 5)
    for step in range(3):
        stage.box((0, 6, 0.1 + 0.2 * step), (22 - step, 9 - step, 0.2), stone)
    for row in (3.2, 8.4):
        for x in np.arange(-4, 5) * gap:
            if rng.random() < 0.85:
                stage.rod((x, row, 0.5), (x, row, high), 0.36, stone)
                stage.box((x, row, 0.65), (0.95, 0.95, 0.2), stone)
                stage.box((x, row, high), (0.95, 0.95, 0.2), stone)
        stage.box((0, row, high + 0.4), (9 * gap, 1.0, 0.6), stone)
    stage.daylight()
    x = rng.uniform(-6, 6)
    return stage.shoot((x, rng.uniform(-6, -2), rng.uniform(1.2, 3)), (-x * 0.2, 6, high * 0.5))


def pipes(rng: Generator, size: int) -> Array:
    """A plant of tanks and pipes."""
    stage = Stage(rng, size)
    stage.ground(stage.painted(stained(rng, 256, np.full(3, 0.3), 0.5), 8))
    for _ in range(int(rng.integers(3, 8))):
        x, y, radius = rng.uniform(-7, 7), rng.uniform(5, 14), rng.uniform(0.6, 1.7)
        high = rng.uniform(1.5, 6)
        paint = stage.shiny(hue_colour(rng, 0.4, 0.8), 0.4)
        stage.rod((x, y, 0), (x, y, high), radius, paint)
        stage.ball((x, y, high), radius, paint, (1, 1, 0.4))
    for _ in range(int(rng.integers(8, 22))):
        paint = stage.shiny(hue_colour(rng, 0.2, 0.8), 0.3, rng.uniform(0, 1))
        x, y, z = rng.uniform(-8, 8), rng.uniform(2, 12), rng.uniform(0.4, 5)
        radius = rng.uniform(0.06, 0.22)
        ends = ((-12, y, z), (12, y, z)) if rng.random() < 0.5 else ((x, y, 0), (x, y, 8))
        stage.rod(*ends, radius, paint)
    stage.daylight()
    return stage.shoot((rng.uniform(-3, 3), -4, rng.uniform(1.2, 4)), (0, 7, rng.uniform(1, 3)))
