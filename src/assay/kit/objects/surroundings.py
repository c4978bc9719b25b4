"""What surrounds an object: the tops of tables and the rooms and skies that light them.

Tops are sRGB pictures (h, w, 3) in 0..1. Surroundings are linear radiance maps (h, w, 3) by
direction: the row is the angle from +z, the column the angle from +y towards +x.
"""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Array
from assay.kit.objects.noise import gradient, ramp, smooth_noise

Rgb = tuple[float, float, float]
_ROWS = 128


def _places(size: int, extent: float) -> Array:
    """Points (size * size, 3) on z = 0 over a square of so many units."""
    line = (np.arange(size) + 0.5) / size * extent
    x, y = np.meshgrid(line, line)
    return np.stack([x, y, np.zeros_like(x)], axis=2).reshape(-1, 3)


def _picture(colours: Array, size: int) -> Array:
    return np.clip(colours, 0, 1).reshape(size, size, 3)


def wood_top(rng: np.random.Generator, size: int, extent: float, colour: Rgb) -> Array:
    """Planks along x, each with its own shade and grain."""
    points = _places(size, extent)
    width = rng.uniform(0.7, 1.3)
    plank = np.floor(points[:, 1] / width).astype(int)
    shade = rng.uniform(0.85, 1.12, plank.max() + 1)[plank]
    shifted = points + np.stack([plank * 7.3, plank * 0.0, plank * 3.1], axis=1)
    grain = smooth_noise(shifted * [0.12, 1.0, 1.0], 0.12, rng, 4, 0.7)
    fibre = smooth_noise(shifted * [0.06, 1.0, 1.0], 0.03, rng, 2)
    edge = np.abs((points[:, 1] / width) % 1 - 0.5) * 2
    seam = 1 - 0.55 * ramp(edge, 1 - 0.035 / width, 1.0)
    light = shade * seam * (1 + 0.16 * grain + 0.08 * fibre)
    return _picture(np.array(colour) * light[:, None], size)


def marble_top(rng: np.random.Generator, size: int, extent: float, colour: Rgb) -> Array:
    """White stone with soft veins."""
    points = _places(size, extent)
    warp = smooth_noise(points, 1.6, rng, 4, 0.6)
    veins = 1 - np.abs(smooth_noise(points + 0.5 * warp[:, None], 1.8, rng, 3))
    dark = 0.30 * ramp(veins, 0.93, 1.0) + 0.06 * (1 - warp)
    return _picture(np.array(colour) * (1 - dark)[:, None], size)


def checked_top(rng: np.random.Generator, size: int, extent: float, colour: Rgb) -> Array:
    """A gingham cloth: white, half and full squares of one colour, with a weave."""
    points = _places(size, extent)
    side = rng.uniform(0.3, 0.5)
    bands = (np.floor(points[:, :2] / side).astype(int) % 2).sum(axis=1)
    weave = 1 + 0.05 * smooth_noise(points, 0.03, rng, 2)
    white = np.array([0.93, 0.92, 0.89])
    mix = white + (bands / 2)[:, None] * (np.array(colour) - white)
    return _picture(mix * weave[:, None], size)


def plain_top(rng: np.random.Generator, size: int, extent: float, colour: Rgb) -> Array:
    """One colour with faint stains."""
    stain = smooth_noise(_places(size, extent), 1.5, rng, 4)
    return _picture(np.array(colour) * (1 + 0.03 * stain)[:, None], size)


def grainy_top(rng: np.random.Generator, size: int, extent: float, colour: Rgb) -> Array:
    """Sand or snow: grains and soft ripples."""
    points = _places(size, extent)
    ripple = np.sin(9 * points[:, 1] + 3 * smooth_noise(points, 1.2, rng, 3))
    grains = smooth_noise(points, 0.02, rng, 2)
    light = 1 + 0.05 * ripple + 0.10 * grains
    return _picture(np.array(colour) * light[:, None], size)


def slate_top(rng: np.random.Generator, size: int, extent: float, colour: Rgb) -> Array:
    """Dark stone with cleft layers."""
    points = _places(size, extent)
    layers = np.floor(3 * smooth_noise(points, 1.4, rng, 5, 0.6)) / 3
    light = 1 + 0.35 * layers + 0.2 * smooth_noise(points, 0.08, rng, 3)
    return _picture(np.array(colour) * light[:, None], size)


def directions(rows: int = _ROWS) -> Array:
    """The unit directions (rows, 2 rows, 3) that a map's pixels stand for."""
    tilt = (np.arange(rows) + 0.5) / rows * np.pi
    turn = (np.arange(2 * rows) + 0.5) / rows * np.pi
    sin = np.sin(tilt)[:, None]
    x, y = sin * np.sin(turn), sin * np.cos(turn)
    return np.stack([x, y, np.broadcast_to(np.cos(tilt)[:, None], x.shape)], axis=2)


def _bearing(azimuth: float, height: float) -> Array:
    a, h = np.radians(azimuth), np.radians(height)
    return np.array([np.sin(a) * np.cos(h), np.cos(a) * np.cos(h), np.sin(h)])


def _patch(ways: Array, azimuth: float, height: float, wide: float, tall: float) -> Array:
    """A soft-edged rectangle of so many degrees in the map, 0..1."""
    ahead = _bearing(azimuth, height)
    side = _bearing(azimuth + 90, 0)
    up = np.cross(side, ahead)
    up = up if up[2] >= 0 else -up
    depth = ways @ ahead
    safe = np.maximum(depth, 1e-3)
    x = np.degrees(np.arctan(np.abs(ways @ side) / safe)) - wide / 2
    y = np.degrees(np.arctan(np.abs(ways @ up) / safe)) - tall / 2
    return np.where(depth > 0, ramp(np.maximum(x, y), 1.5, -1.5), 0.0)


def room(rng: np.random.Generator, wall: Rgb, window: Rgb, power: float) -> Array:
    """A blurred room: wall, floor, ceiling, furniture, one large window and a lesser one."""
    ways = directions()
    flat = ways.reshape(-1, 3)
    height = np.degrees(np.arcsin(np.clip(flat[:, 2], -1, 1)))
    floor = np.array(wall) * rng.uniform(0.35, 0.6) * rng.uniform(0.8, 1.1, 3)
    light = gradient(
        height,
        [(-12.0, tuple(floor)), (-7.0, wall), (35.0, wall), (60.0, (0.9, 0.88, 0.84))],
    )
    things = smooth_noise(flat * [1.0, 1.0, 0.4], 0.22, rng, 2)
    there = ramp(things, 0.0, 0.25) * ramp(height, 14 + 8 * rng.random(), 8) * ramp(height, -30, -5)
    hue = np.stack([smooth_noise(flat, 0.3, rng, 1) for _ in range(3)], axis=1)
    furniture = np.clip(0.22 + 0.16 * hue, 0.03, 0.6)
    light = light + there[:, None] * (furniture - light)
    light = 0.55 * light.reshape(ways.shape)
    side = float(rng.choice([-1, 1]))
    main = _patch(ways, side * rng.uniform(50, 115), rng.uniform(35, 50), 45, 45)
    minor = _patch(ways, -side * rng.uniform(60, 150), rng.uniform(30, 60), 30, 30)
    lit = power * main[..., None] + 0.22 * power * minor[..., None]
    return light + lit * np.array(window)


def outdoors(rng: np.random.Generator, sun: float, overcast: float = 0.0) -> Array:
    """Grass, a line of trees, sky with clouds, and a sun of so much radiance."""
    ways = directions()
    flat = ways.reshape(-1, 3)
    height = np.degrees(np.arcsin(np.clip(flat[:, 2], -1, 1)))
    sky = gradient(height, [(0.0, (0.75, 0.85, 0.95)), (25.0, (0.40, 0.62, 0.95))])
    clouds = ramp(smooth_noise(flat * [1, 1, 2.5], 0.6, rng, 4), 0.0, 0.5) + overcast
    sky = sky + np.clip(clouds, 0, 1)[:, None] * (np.array([0.95, 0.96, 1.0]) - sky)
    trees = 5 + 5 * smooth_noise(flat * [1, 1, 0], 0.25, rng, 3)
    leaf = 0.6 + 0.4 * smooth_noise(flat, 0.06, rng, 2)
    green = np.array([0.10, 0.17, 0.05]) * leaf[:, None]
    grass = np.array([0.17, 0.26, 0.07]) * (0.8 + 0.3 * smooth_noise(flat, 0.08, rng, 2))[:, None]
    light = np.where((height < trees)[:, None], green, sky)
    light = np.where((height < -3)[:, None], grass, light).reshape(ways.shape)
    disc = _patch(ways, rng.uniform(-140, 140), rng.uniform(38, 62), 7, 7)
    return light + sun * disc[..., None] * np.array([1.0, 0.93, 0.80])


def studio(rng: np.random.Generator, wall: Rgb) -> Array:
    """A plain backdrop with a large soft box, a fill light and a rim light."""
    ways = directions()
    light = np.broadcast_to(np.array(wall), ways.shape) * 0.75
    side = float(rng.choice([-1, 1]))
    key = _patch(ways, side * rng.uniform(60, 130), rng.uniform(40, 60), 40, 40)
    fill = _patch(ways, -side * rng.uniform(60, 120), 30, 50, 50)
    return light + 11.0 * key[..., None] + 1.6 * fill[..., None]


def lamps_at_night(rng: np.random.Generator) -> Array:
    """Darkness with two or three coloured lamps and far points of light."""
    ways = directions()
    light = np.broadcast_to(np.array([0.02, 0.025, 0.05]), ways.shape).copy()
    hues = np.array(
        [(1.0, 0.25, 0.6), (0.2, 0.55, 1.0), (1.0, 0.6, 0.15), (0.3, 1.0, 0.5), (0.7, 0.3, 1.0)]
    )
    picked = rng.permutation(len(hues))[:3]
    for azimuth, hue in zip((-100, 100, 185), hues[picked], strict=True):
        at = azimuth + rng.uniform(-25, 25)
        light += 14.0 * _patch(ways, at, rng.uniform(30, 55), 20, 20)[..., None] * hue
    for _ in range(14):
        spot = _patch(ways, rng.uniform(-60, 60), rng.uniform(0, 14), 0.5, 0.5)
        light += rng.uniform(0.3, 1.2) * spot[..., None] * hues[rng.integers(len(hues))]
    return light


def spotlight(rng: np.random.Generator) -> Array:
    """Darkness with one small hard light."""
    ways = directions()
    light = np.broadcast_to(np.array([0.035, 0.035, 0.04]), ways.shape)
    beam = _patch(ways, rng.uniform(-150, 150), rng.uniform(40, 65), 5, 5)
    return light + 300.0 * beam[..., None] * np.array([1.0, 0.95, 0.85])
