"""Fur and feathers of animals that a person names by their pattern."""

from __future__ import annotations

import numpy as np

from .sheet import (
    Array,
    Point,
    Sheet,
    Texture,
    cells,
    hair,
    hexagonal,
    mix,
    ramp,
    smooth,
)


def _lie(sheet: Sheet, wander: float = 0.35) -> Array:
    """The direction in which the hair lies: one for the picture, wandering a little."""
    main = sheet.uniform(0, 2 * np.pi)
    return main + wander * sheet.noise(2.5, 2)


def _combed(sheet: Sheet, lie: Array, strands: Array, amount: float) -> Point:
    """Coordinates drawn out along the hair, so that the edges of a pattern are hairy."""
    return (
        sheet.x + amount * strands * np.cos(lie),
        sheet.y + amount * strands * np.sin(lie),
    )


def _furred(colour: Array, strands: Array, depth: float) -> Array:
    """Hair laid over a coloured pattern."""
    return colour * (1 + depth * np.clip(strands, -2, 2))[..., None]


def jaguar(sheet: Sheet) -> Array:
    """Tawny fur with broken black rings around darker middles that hold a dot or two."""
    lie = _lie(sheet, 0.25)
    strands = hair(sheet, lie, 0.03)
    at = _combed(sheet, lie, strands, 0.0035)
    at = sheet.warped(5, 0.012, at)
    spots = cells(sheet, sheet.spread(5.0, 0.1), 0.62, at)
    size = spots.near + spots.edge
    ring = spots.edge / size  # 1 at the centre of a rosette, 0 on the border between two
    ragged = 0.05 * sheet.noise(22, 2, at)
    band = smooth(0.17, 0.21, ring + ragged) * smooth(0.50, 0.45, ring + ragged)
    # A ring is broken into three to six blotches: gaps at angles of its own.
    turns = spots.each(sheet.rng.integers(3, 6, 400))
    start = spots.each(sheet.rng.uniform(0, 6.28, 400))
    wobble = 0.9 * sheet.noise(9, 1, at)
    gap = np.cos(turns * spots.angle + start + wobble)
    band *= smooth(-0.97, -0.85, gap + 0.25 * sheet.noise(14, 1, at))
    inside = smooth(0.38, 0.46, ring)
    dots = cells(sheet, 17, 0.9, at)
    wanted = dots.each((sheet.rng.random(4000) < 0.34).astype(np.float32))
    size = dots.each(sheet.rng.uniform(0.010, 0.017, 4000))
    dot = wanted * smooth(size, size - 0.004, dots.near)
    dot *= np.maximum(smooth(0.60, 0.66, ring), 0.9 * smooth(0.09, 0.05, ring))
    base = ramp(
        sheet.noise(2, 2), (-1.6, "#b9762c"), (-0.2, "#d29a47"), (1.0, "#e0b368"), (2, "#ecd09a")
    )
    base = mix(base, "#a8671f", 0.55 * inside)
    colour = mix(base, "#17100b", 0.97 * np.clip(band + dot, 0, 1))
    return _furred(colour, strands, 0.085)


def zebra(sheet: Sheet) -> Array:
    """Black stripes on white that fork and taper."""
    u, _ = at = sheet.turned(sheet.uniform(-0.5, 0.5), sheet.warped(2.2, 0.03))
    phase = u * sheet.spread(7.5) + 0.42 * sheet.noise(2.2, 2, at)
    # Forks: where a slow field winds around a point, a stripe ends.
    forks = hexagonal(sheet, 2.6, 1.0)
    for cx, cy in forks:
        sign = sheet.rng.choice([-1, 1])
        phase = phase + sign * np.arctan2(at[1] - cy, at[0] - cx) / (2 * np.pi)
    wave = np.cos(2 * np.pi * phase) + 0.10 * sheet.noise(30, 2)
    black = smooth(-0.08, 0.08, wave + 0.12 * sheet.noise(4))
    strands = hair(sheet, np.full_like(u, sheet.uniform(0, 6)), 0.02)
    base = ramp(sheet.noise(3, 3), (-2, "#d9cfbd"), (1, "#f4f0e6"))
    return _furred(mix(base, "#15120f", black), strands, 0.05)


def tiger(sheet: Sheet) -> Array:
    """Orange fur with black stripes that run across, taper and split."""
    tilt = sheet.uniform(-0.35, 0.35)
    u, v = at = sheet.turned(tilt, sheet.warped(2.5, 0.025))
    lie = np.full_like(u, tilt) + 0.25 * sheet.noise(3, 2)
    strands = hair(sheet, lie, 0.04)
    u = u + 0.006 * strands
    rows = sheet.spread(9)
    phase = v * rows + 0.35 * sheet.noise(2.5, 2, at)
    wave = np.cos(2 * np.pi * phase)
    # How thick a stripe is changes along it; below zero it breaks off.
    thick = sheet.noise(3.2, 1, (u, v * 2.5)) * 0.85 - 0.05
    black = smooth(0.02, 0.16, wave - 0.52 + 0.42 * thick + 0.05 * sheet.noise(40, 1))
    split = smooth(0.80, 0.95, wave + 0.12 * thick) * (sheet.noise(3, 1, (u, v)) > 0.4)
    base = ramp(
        sheet.noise(2, 2), (-2, "#bd590f"), (0, "#dc7c1d"), (1.2, "#e8953a"), (2.6, "#efb368")
    )
    colour = mix(mix(base, "#140d08", black), base, 0.9 * split)
    return _furred(colour, strands, 0.10)


def giraffe(sheet: Sheet) -> Array:
    """Brown patches with straight sides on a cream net."""
    at = sheet.warped(7, 0.008, sheet.warped(3, 0.012))
    plates = cells(sheet, sheet.spread(4.7), 0.85, at)
    ragged = 0.0035 * sheet.noise(28, 2)
    inside = smooth(0.011, 0.017, plates.edge + ragged)
    tone = plates.each(sheet.rng.uniform(-0.6, 0.6, 300)) + 0.35 * sheet.noise(9, 3)
    brown = ramp(
        tone - 6 * np.maximum(0.03 - plates.edge, 0),
        (-1.5, "#6d3711"),
        (0, "#94531f"),
        (1.5, "#b5702f"),
    )
    net = ramp(sheet.noise(4, 2), (-2, "#e0c48d"), (2, "#f3e2bd"))
    strands = hair(sheet, _lie(sheet, 0.2), 0.02)
    return _furred(mix(net, brown, inside), strands, 0.05)


def cow(sheet: Sheet) -> Array:
    """Large black patches with soft outlines on white."""
    lie = _lie(sheet)
    strands = hair(sheet, lie, 0.03)
    at = _combed(sheet, lie, strands, 0.003)
    field = sheet.noise(6, 1, at) + 0.13 * sheet.noise(9, 2, at)
    black = smooth(0.12, 0.21, field)
    base = ramp(sheet.noise(4, 3), (-2, "#d8cec0"), (1, "#f6f2ea"))
    dark = ramp(sheet.noise(5, 3), (-2, "#120f0e"), (2, "#2f2825"))
    return _furred(mix(base, dark, black), strands, 0.06)


def dalmatian(sheet: Sheet) -> Array:
    """White coat with round black spots, well apart, of different sizes."""
    lie = _lie(sheet)
    strands = hair(sheet, lie, 0.02)
    at = sheet.warped(9, 0.008, _combed(sheet, lie, strands, 0.0025))
    spots = cells(sheet, sheet.spread(6.4), 0.55, at)
    size = spots.each(sheet.rng.uniform(0.016, 0.048, 300))
    black = smooth(0.004, -0.004, spots.near - np.minimum(size, spots.near + spots.edge - 0.012))
    base = ramp(sheet.noise(3, 3), (-2, "#dcd7d0"), (1, "#f8f6f2"))
    return _furred(mix(base, "#1a1718", black), strands, 0.045)


def peacock(sheet: Sheet) -> Array:
    """Tail feathers: overlapping eyes of blue, teal and bronze among green barbs."""
    colour = ramp(sheet.noise(5, 3), (-2, "#0c2b1c"), (2, "#2f5c2a"))
    rows = sheet.uniform(4.1, 4.9)
    radius = 0.5 / rows
    grain = sheet.speckle(260)
    spots = hexagonal(sheet, rows, 0.25)
    for cx, cy in spots[np.argsort(spots[:, 1])]:
        box = sheet.window(cx, cy, 2 * radius)
        if box is None:
            continue
        dx, dy = (sheet.x[box] - cx) / radius, (sheet.y[box] - cy) / radius
        lean = sheet.rng.normal(0, 0.15)
        dx, dy = dx + lean * dy, dy - lean * dx
        feather, over, outline = _eye(dx, dy, grain[box], sheet.uniform(70, 85))
        below = colour[box] * (1 - 0.35 * smooth(1.25, 0.95, outline))[..., None]
        colour[box] = mix(below, feather, over)
    return colour


def _eye(dx: Array, dy: Array, grain: Array, barbs: float) -> tuple[Array, Array, Array]:
    """A feather's colours, how much it covers, and the distance from its middle."""
    outline = np.hypot(dx / 1.15, np.where(dy > 0, dy / 1.7, dy / 1.25))
    stripes = np.cos(np.arctan2(dy + 2.0, dx) * barbs) * 0.5 + 0.35 * grain
    eye = np.hypot(dx / 0.95, dy + 0.12)
    heart = np.hypot(dx / 0.40, (dy - 0.02) / 0.40)
    notch = smooth(0.25, 0.15, np.hypot(dx, dy + 0.42))
    shade = ramp(
        eye,
        (0.0, "#1ab5c4"),
        (0.50, "#17a7b5"),
        (0.56, "#9a6a22"),
        (0.80, "#b07a2a"),
        (0.86, "#b9b23e"),
        (0.97, "#5d9a35"),
        (1.15, "#2f7a3a"),
        (1.5, "#1d5a2d"),
    )
    shade = mix(shade, "#131a6b", smooth(1.06, 0.94, heart) * (1 - notch))
    shade = shade * (1 + 0.20 * stripes * smooth(0.3, 0.7, eye))[..., None]
    return shade, smooth(1.02, 0.93, outline + 0.05 * stripes), outline


def brown_bear(sheet: Sheet) -> Array:
    """Long shaggy brown fur in locks."""
    lie = _lie(sheet, 0.4)
    locks = cells(sheet, 10, 1.0, sheet.warped(8, 0.02))
    lie = lie + locks.each(sheet.rng.normal(0, 0.28, 400)) + 0.15 * sheet.noise(14, 2)
    lie = np.arctan2(sheet.blur(np.sin(lie), 0.022), sheet.blur(np.cos(lie), 0.022))
    coarse, fine = hair(sheet, lie, 0.10, 190), hair(sheet, lie, 0.06, 430)
    along = locks.dx * np.cos(lie) + locks.dy * np.sin(lie)
    tone = 0.42 * coarse + 0.62 * fine + 5 * sheet.blur(along, 0.008) + 0.30 * sheet.noise(4, 2)
    return ramp(
        tone,
        (-2.4, "#160b05"),
        (-0.9, "#3d2110"),
        (0.3, "#68401f"),
        (1.3, "#93602f"),
        (2.4, "#c79a63"),
    )


_ROWS = (
    ("jaguar", ("jaguar fur", "leopard print", "jaguar"), jaguar),
    ("zebra", ("zebra stripes", "zebra", "zebra fur"), zebra),
    ("tiger", ("tiger stripes", "tiger fur", "tiger"), tiger),
    ("giraffe", ("giraffe pattern", "giraffe", "giraffe skin"), giraffe),
    ("cow", ("cow hide", "cow spots", "cow"), cow),
    ("dalmatian", ("dalmatian spots", "dalmatian", "black spots on white"), dalmatian),
    ("peacock_feathers", ("peacock feathers", "peacock", "feathers"), peacock),
    ("brown_bear", ("brown bear fur", "brown fur", "bear"), brown_bear),
)
PAINTED = tuple(Texture(name, "coats", words, paint) for name, words, paint in _ROWS)
