"""Pictures painted without a renderer: skies, haze, blurred lights, walls in window light."""

import numpy as np

from assay.kit.backgrounds.fields import blurred, cloudy, hue_colour, mix, stained

Array = np.ndarray
Generator = np.random.Generator


def _grid(size: int) -> tuple[Array, Array]:
    """Row and column of every pixel, 0..1."""
    steps = (np.arange(size) + 0.5) / size
    return np.meshgrid(steps, steps, indexing="ij")


def _sky(rng: Generator, size: int) -> Array:
    """A gradient from zenith to horizon."""
    down, _ = _grid(size)
    day = np.array([0.25, 0.45, 0.8]) * rng.uniform(0.6, 1.1)
    zenith = day if rng.random() < 0.6 else hue_colour(rng, 0.15, 0.5)
    low = np.array([0.85, 0.88, 0.92]) if rng.random() < 0.5 else np.array([0.95, 0.7, 0.5])
    return mix(zenith * np.ones((size, size, 3)), low, down ** rng.uniform(0.8, 2))


def clouds(rng: Generator, size: int) -> Array:
    """Cumulus, haze or a dusk sky over a dark rim of land."""
    picture = _sky(rng, size)
    field = cloudy(rng, (size, size), rng.uniform(2.6, 3.2), rng.uniform(1.2, 3))
    cover = np.clip((field - rng.uniform(0.4, 0.6)) * rng.uniform(3, 7), 0, 1)
    lit = np.clip(0.6 + 6 * blurred(field - np.roll(field, -size // 30, 0), 1), 0, 1)
    body = mix(np.array([0.55, 0.57, 0.62]) * np.ones((size, size, 3)), (0.99, 0.97, 0.95), lit)
    picture = picture + (body - picture) * (0.92 * cover)[..., None]
    down, _ = _grid(size)
    rim = 0.8 + 0.2 * rng.random() + 0.15 * (cloudy(rng, (1, size), 2.2) - 0.5)
    return np.clip(mix(picture, hue_colour(rng, 0.06, 0.25), (down - rim) * size), 0, 1)


def ridges(rng: Generator, size: int) -> Array:
    """Chain behind chain of hills, paler with distance."""
    picture = _sky(rng, size)
    down, _ = _grid(size)
    near, haze = hue_colour(rng, 0.05, 0.25), picture[-1, 0] * rng.uniform(0.8, 1)
    levels = int(rng.integers(3, 7))
    for level in range(levels):
        share = (level + 1) / levels
        line = cloudy(rng, (1, size * 2), rng.uniform(1.8, 2.6))[:, :size] - 0.5
        edge = 0.3 + 0.6 * share + rng.uniform(0.15, 0.45) * line
        colour = haze + (near - haze) * share ** rng.uniform(0.8, 1.4)
        body = colour * (0.85 + 0.3 * cloudy(rng, (size, size), 1.2))[..., None]
        picture = picture + (body - picture) * np.clip((down - edge) * size / 1.5, 0, 1)[..., None]
    return np.clip(picture, 0, 1)


def bokeh(rng: Generator, size: int) -> Array:
    """A night street out of focus: discs of light on a dark ground."""
    down, across = _grid(size)
    base = hue_colour(rng, 0.03, 0.15)
    picture = base * (0.5 + cloudy(rng, (size, size), 3.0))[..., None]
    for _ in range(int(rng.integers(18, 60))):
        y, x, radius = rng.uniform(0.05, 0.95), rng.random(), rng.uniform(0.02, 0.09)
        away = np.hypot(down - y, across - x)
        disc = np.clip((radius - away) * size / 2, 0, 1) * (0.7 + 0.3 * (away / radius) ** 2)
        light = np.array([1, rng.uniform(0.4, 1), rng.uniform(0.1, 0.9)]) * rng.uniform(0.15, 0.8)
        picture = picture + disc[..., None] * light
    return np.clip(blurred(picture, size / 224), 0, 1)


def defocused_room(rng: Generator, size: int) -> Array:
    """Furniture and windows far out of focus."""
    down, across = _grid(size)
    picture = hue_colour(rng, 0.25, 0.7) * np.ones((size, size, 3)) * (1.1 - 0.4 * down)[..., None]
    for _ in range(int(rng.integers(6, 16))):
        y, x, h, w = rng.uniform(0, 1, 4)
        inside = (np.abs(down - y) < h * 0.3 + 0.04) & (np.abs(across - x) < w * 0.25 + 0.03)
        picture[inside] = hue_colour(rng, 0.05, 0.95) * rng.uniform(0.5, 1.3)
    picture = blurred(picture, rng.uniform(0.025, 0.06) * size)
    grain = 0.008 * rng.standard_normal((size, size, 1))
    return np.clip(picture * rng.uniform(0.9, 1.1, 3) + grain, 0, 1)


def window_light(rng: Generator, size: int) -> Array:
    """Sun through blinds or leaves on a plastered wall."""
    down, across = _grid(size)
    wall = stained(rng, size, hue_colour(rng, 0.45, 0.85), 0.18)
    angle = rng.uniform(-0.5, 0.5)
    u, v = across + angle * down, down - 0.4 * angle * across
    if rng.random() < 0.5:
        light = ((v * rng.uniform(6, 16)) % 1 > rng.uniform(0.3, 0.6)).astype(float)
    else:
        light = (cloudy(rng, (size, size), 2.2) > rng.uniform(0.4, 0.55)).astype(float)
    left, top, w, h = rng.uniform(-0.1, 0.35), rng.uniform(-0.1, 0.3), 0.6, 0.7
    frame = (u > left) & (u < left + w) & (v > top) & (v < top + h)
    frame &= np.abs(u - left - w / 2) > 0.012
    light = blurred(light * frame, rng.uniform(1, 4) * size / 224)
    warm = np.array([1.0, 0.93, 0.78])
    return np.clip(wall * (0.42 + 0.75 * light[..., None] * warm), 0, 1)


def plaster(rng: Generator, size: int) -> Array:
    """An old wall: two paints, cracks and damp, in slanting light."""
    down, across = _grid(size)
    field = cloudy(rng, (size, size), 2.6)
    under = stained(rng, size, hue_colour(rng, 0.3, 0.7), 0.3)
    over = stained(rng, size, hue_colour(rng, 0.35, 0.85), 0.2)
    bare = np.clip((field - rng.uniform(0.55, 0.75)) * 40, 0, 1)
    picture = over + (under - over) * bare[..., None]
    relief = bare * 0.6 + cloudy(rng, (size, size), 1.2) * 2
    shade = 1 + 0.12 * (np.roll(relief, 2, 1) - np.roll(relief, -2, 0))
    fall = 1 + rng.uniform(-0.5, 0.5) * (across - 0.5) + rng.uniform(-0.5, 0.5) * (down - 0.5)
    return np.clip(picture * (shade * fall)[..., None], 0, 1)


def misty_trees(rng: Generator, size: int) -> Array:
    """Dark upright trunks and twigs that fade into fog."""
    down, across = _grid(size)
    fog = 0.4 * hue_colour(rng, 0.6, 0.85) + 0.6 * rng.uniform(0.6, 0.85)
    picture = fog * (1.05 - 0.25 * down)[..., None] * np.ones((size, size, 3))
    bark = hue_colour(rng, 0.04, 0.18)
    for share in np.linspace(0.15, 0.9, 26):
        x, width = rng.random(), 0.004 + 0.03 * share**2 * rng.uniform(0.5, 1.4)
        sway = 0.05 * (cloudy(rng, (size, 1), 2.4) - 0.5)
        trunk = np.clip((width * (0.6 + 0.6 * down) - np.abs(across - x - sway)) * size, 0, 1)
        trunk *= down < 0.62 + 0.38 * share
        picture = mix(picture, bark, trunk * share)
    twigs = np.abs(cloudy(rng, (size, size), 1.7) - 0.5) < 0.02
    picture = mix(picture, bark, twigs * np.clip(0.6 - down, 0, 1))
    floor = np.clip((down - 0.72) * 4, 0, 1) * (0.5 + 0.5 * cloudy(rng, (size, size), 1.2))
    return np.clip(mix(picture, bark * 1.8, floor * 0.8), 0, 1)


def passing_by(rng: Generator, size: int) -> Array:
    """Land seen from a moving train: everything drawn out sideways."""
    down, _ = _grid(size)
    picture = _sky(rng, size)
    line = rng.uniform(0.3, 0.6)
    field = cloudy(rng, (size, size), 1.6, stretch=14)
    streaks = hue_colour(rng, 0.1, 0.5) * (0.5 + field)[..., None]
    far = hue_colour(rng, 0.1, 0.4) * (0.7 + 0.5 * cloudy(rng, (size, size), 2, 4))[..., None]
    picture = picture + (far - picture) * (down > line - 0.08)[..., None]
    picture = picture + (streaks - picture) * np.clip((down - line) * 12, 0, 1)[..., None]
    return np.clip(blurred(picture, 0.8), 0, 1)
