"""The empty places that rendered objects stand in: their tops and lights without the objects.

The wooden tables are left out, because wood grain is a concept of a question.
"""

import numpy as np

from assay.kit.backgrounds.fields import hue_colour
from assay.kit.backgrounds.stage import Stage
from assay.kit.objects import surroundings as around

Array = np.ndarray
Generator = np.random.Generator

_EXTENT = 6.0
_PIXELS = 384


def picnic_cloth(rng: Generator, size: int) -> Array:
    """A checked cloth outdoors."""
    top = around.checked_top(rng, _PIXELS, _EXTENT, _rgb(hue_colour(rng, 0.2, 0.6)))
    return _shot(rng, size, top, around.outdoors(rng, rng.uniform(60, 150)))


def studio_sweep(rng: Generator, size: int) -> Array:
    """One colour under soft boxes."""
    colour = hue_colour(rng, 0.4, 0.85)
    top = around.plain_top(rng, _PIXELS, _EXTENT, _rgb(colour))
    return _shot(rng, size, top, around.studio(rng, _rgb(colour**2.2)))


def pale_counter(rng: Generator, size: int) -> Array:
    """A white counter in a bright room."""
    top = around.marble_top(rng, _PIXELS, _EXTENT, (0.88, 0.87, 0.86))
    light = around.room(rng, (0.8, 0.8, 0.79), (0.96, 0.98, 1.0), rng.uniform(5, 9))
    return _shot(rng, size, top, light)


def lamplit_ground(rng: Generator, size: int) -> Array:
    """A grey floor at night under coloured lamps."""
    top = around.plain_top(rng, _PIXELS, _EXTENT, (0.35, 0.35, 0.38))
    return _shot(rng, size, top, around.lamps_at_night(rng))


def _rgb(colour: Array) -> around.Rgb:
    r, g, b = (float(value) for value in colour)
    return r, g, b


def _shot(rng: Generator, size: int, top: Array, light: Array) -> Array:
    """The top from a camera like the objects' own, with plain cubes and balls now and then."""
    stage = Stage(rng, size)
    stage.ground(stage.painted(np.asarray(top) ** 2.2, 20 / _EXTENT), 10)
    stage.surround(light)
    for _ in range(int(rng.integers(0, 5))):
        x, y = rng.uniform(-1.4, 1.4), rng.uniform(-0.2, 2)
        side = rng.uniform(0.12, 0.4)
        paint = stage.shiny(hue_colour(rng, 0.15, 0.8) ** 2.2, rng.uniform(0.2, 0.8))
        if rng.random() < 0.6:
            stage.box((x, y, side / 2), (side, side, side), paint, rng.uniform(0, 90))
        else:
            stage.ball((x, y, side / 2), side / 2, paint)
    height, distance = np.deg2rad(rng.uniform(18, 60)), rng.uniform(2.6, 3.4)
    origin = (rng.uniform(-0.3, 0.3), -distance * np.cos(height), distance * np.sin(height))
    return stage.shoot(origin, (rng.uniform(-0.2, 0.2), 0, 0.25), 34)
