"""Materials that things are made of."""

from __future__ import annotations

import numpy as np

from .sheet import (
    Array,
    Sheet,
    Texture,
    cells,
    crevices,
    gloss,
    hair,
    hexagonal,
    lit,
    mix,
    normals,
    ramp,
    smooth,
)


def wood_grain(sheet: Sheet) -> Array:
    """A plain-sawn board: growth rings that flow along it and around knots, fibres and pores."""
    u, v = sheet.turned(sheet.uniform(-0.12, 0.12) + sheet.rng.choice([0, np.pi / 2]))
    slow = (u, v * 0.30)
    f = (
        u * sheet.spread(18)
        + 2.1 * sheet.noise(1.6, 1, slow)
        + 0.20 * sheet.noise(8, 2, (u, v * 0.2))
    )
    knotted = np.zeros_like(u)
    for cx, cy in hexagonal(sheet, 2.0, 0.9, (u, v)):
        if sheet.rng.random() < 0.5:
            continue
        size = sheet.uniform(0.020, 0.036)
        du, dv = (u - cx) / size, (v - cy) / (1.9 * size)
        r = np.sqrt(du * du + dv * dv + 1e-6)
        # Rings bend aside: the field is stretched open around the knot.
        f = f + 1.2 * np.tanh(1.2 * du) * np.exp(-0.11 * r * r)
        inside = smooth(1.35, 0.85, r)
        f = f * (1 - inside) + inside * (3.0 * r + 0.3 * sheet.noise(30, 1))
        knotted = np.maximum(knotted, smooth(1.7, 0.3, r))
    ring = f - np.floor(f)
    late = (0.30 * ring + 0.85 * ring**4) * smooth(1.0, 0.76, ring)  # slow to dark, quick back
    each = sheet.rng.normal(0, 1, (2, 199))
    number = np.floor(f).astype(int)
    late = 1.35 * late * (1 + 0.30 * each[0][number % 199])
    fibre = sheet.noise(130, 1, (u, v * 0.03)) + 0.8 * sheet.noise(230, 1, (u, v * 0.05))
    pores = smooth(1.6, 2.4, sheet.noise(170, 1, (u, v * 0.05)) + 0.6 * ring)
    tone = (
        1.15 * late + 0.05 * each[1][number % 199] + 0.19 * fibre + 0.10 * sheet.noise(2, 2, slow)
    )
    tone = tone + 0.70 * knotted + sheet.uniform(-0.08, 0.14)
    colour = ramp(
        tone,
        (-0.35, "#e0b173"),
        (0.15, "#cf9858"),
        (0.6, "#a86c34"),
        (1.0, "#834b20"),
        (1.8, "#45230e"),
    )
    return mix(colour, "#4a260f", 0.5 * pores)


def bricks(sheet: Sheet) -> Array:
    """A wall of red bricks in running bond with pale mortar."""
    tilt = sheet.uniform(-0.03, 0.03)
    u, v = sheet.turned(tilt, sheet.warped(14, 0.0018, octaves=2))
    rows = sheet.spread(8.5, 0.1)
    row = np.floor(v * rows)
    along = u * rows / 2.6 + 0.5 * (row % 2) + sheet.uniform(0, 1)
    col = np.floor(along)
    fu, fv = (along - col) * 2.6, v * rows - row
    rim = np.minimum(np.minimum(fu, 2.6 - fu), np.minimum(fv, 1 - fv))
    brick = smooth(0.065, 0.11, rim + 0.012 * sheet.noise(40, 2))
    rough = sheet.noise(30, 4, gain=0.7)
    height = (0.012 * smooth(0.05, 0.17, rim) + 0.0016 * rough).astype(np.float32)
    table = sheet.rng.normal(0, 1, (61, 53))
    tone = table[row.astype(int) % 61, col.astype(int) % 53] + 0.45 * rough
    colour = ramp(
        tone,
        (-2.2, "#5d2a22"),
        (-0.7, "#8c3b2a"),
        (0.4, "#a84b33"),
        (1.5, "#bd6645"),
        (2.5, "#c98560"),
    )
    mortar = ramp(rough, (-2, "#9c948a"), (2, "#c9c2b6"))
    light = lit(sheet, height, strength=0.9, ambient=0.4) * crevices(sheet, height, 0.01, 0.03)
    return mix(mortar, colour, brick) * light[..., None]


def marble(sheet: Sheet) -> Array:
    """Polished white marble with grey veins, broad and thin, that run one way."""
    u, v = sheet.turned(sheet.uniform(0, 3.1), sheet.warped(3.0, 0.05, octaves=4))
    long = (u, v * 0.5)
    cloud = sheet.noise(3, 5, long)
    colour = ramp(cloud, (-2, "#b4b6ba"), (-0.4, "#dfdfdf"), (1.5, "#f6f5f2"))
    for lanes, width, strength in ((3.4, 0.28, 0.75), (5.5, 0.16, 0.7), (9.0, 0.12, 0.5)):
        vein = (
            smooth(width, 0.0, np.abs(sheet.noise(lanes, 2, sheet.warped(7, 0.012, long)))) ** 1.4
        )
        vein = vein * smooth(-1.1, 1.0, sheet.noise(4, 2))
        colour = mix(colour, "#4a4e55", strength * vein)
    return colour


def rust(sheet: Sheet) -> Array:
    """Rusting iron: orange and dark brown blotches, flakes of grey-blue paint left."""
    at = sheet.warped(5, 0.02, octaves=3)
    field = sheet.noise(4, 5, at, gain=0.62)
    fine = sheet.noise(34, 4, gain=0.75)
    tone = 0.75 * field + 0.55 * fine
    colour = ramp(
        tone,
        (-2.2, "#2a120a"),
        (-0.9, "#5e2710"),
        (0.0, "#96430f"),
        (0.9, "#c4641a"),
        (2.0, "#e0934a"),
    )
    left = smooth(1.0, 1.1, sheet.noise(3.2, 4, at, gain=0.6) + 0.10 * fine)
    paint = ramp(fine, (-2, "#5f7a84"), (2, "#93aab0"))
    height = (0.0028 * fine + 0.005 * left).astype(np.float32)
    halo = smooth(0.35, 0.75, sheet.blur(left, 0.012)) * (1 - left)
    colour = mix(mix(colour, "#2c1208", 0.7 * halo), paint, left)
    return colour * lit(sheet, height, strength=0.9, ambient=0.45)[..., None]


def knitted_wool(sheet: Sheet) -> Array:
    """Stocking stitch: columns of V-shaped stitches of thick yarn."""
    u, v = sheet.turned(sheet.uniform(-0.12, 0.12), sheet.warped(3, 0.006))
    across = sheet.spread(9.5, 0.1)
    cu = u * across
    col = np.floor(cu)
    fu = cu - col - 0.5  # -.5 to .5 in a column of Vs
    side = np.sign(fu)
    slant = v * across * 0.95 + 1.15 * np.abs(fu)
    row = np.floor(slant)
    fv = slant - row - 0.5
    d = np.hypot((np.abs(fu) - 0.25) / 0.27, fv / 0.52)
    body = np.sqrt(np.maximum(1 - np.minimum(d, 1) ** 2, 0))
    twist = np.cos(2 * np.pi * (fv * 1.4 + side * fu * 3.2))
    lie = np.where(side > 0, -0.95, 0.95 + np.pi).astype(np.float32)
    wool = hair(sheet, lie, 0.02)
    height = (0.024 * body + 0.0022 * twist * body + 0.0012 * wool).astype(np.float32)
    light = lit(sheet, height, strength=0.8, ambient=0.4)
    hue = sheet.rng.choice(["#b03a48", "#2f6f8f", "#c9a15a", "#5d7d4a", "#c46a2c"])
    colour = np.broadcast_to(ramp(np.zeros((1, 1)), (0, hue))[0, 0], (*u.shape, 3))
    colour = colour * (1 + 0.10 * wool + 0.06 * sheet.noise(5, 3))[..., None]
    return colour * (light * (0.22 + 0.78 * smooth(0.0, 0.65, body)))[..., None]


def denim(sheet: Sheet) -> Array:
    """Blue twill: slanting ribs of indigo over white threads, worn in places."""
    u, v = sheet.turned(sheet.uniform(-0.2, 0.2), sheet.warped(4, 0.0015))
    a = u * sheet.spread(58, 0.06)
    b = v * sheet.spread(58, 0.06)
    rise = np.cos(2 * np.pi * (a + b) * 0.5)
    thread = np.cos(2 * np.pi * (a - 0.5 * b))
    slub = sheet.noise(100, 1, (u, v * 0.10)) + 0.6 * sheet.noise(100, 1, (u * 0.10, v))
    worn = 0.22 * sheet.noise(2.5, 3) + 0.20 * sheet.noise(110, 1)
    tone = 0.85 * rise + 0.30 * thread + 0.22 * slub + worn
    return ramp(
        tone,
        (-1.9, "#12203f"),
        (-0.6, "#274779"),
        (0.4, "#4a70a8"),
        (1.2, "#8daacd"),
        (2.0, "#d5dfea"),
    )


def corrugated(sheet: Sheet) -> Array:
    """Corrugated iron: upright waves of zinc with a few screws and streaks of rust."""
    u, v = sheet.turned(sheet.uniform(-0.12, 0.12))
    waves = sheet.spread(10.5)
    phase = 2 * np.pi * (u * waves)
    height = (0.028 * np.cos(phase)).astype(np.float32)
    sheet.light = sheet.rng.choice([-2.7, -0.45])
    light = lit(sheet, height, strength=0.55, ambient=0.30)
    shine = gloss(sheet, *normals(height, sheet.n, 0.6), power=24)
    streak = sheet.noise(60, 2, (u, v * 0.03))
    spangle = cells(sheet, 26, 1.0)
    tone = 0.5 * streak + 0.35 * spangle.each(sheet.rng.normal(0, 1, 700)) + 0.4 * sheet.noise(3, 3)
    colour = ramp(tone, (-2, "#848a8f"), (0, "#a3a9ad"), (2, "#bfc4c6"))
    rusty = smooth(1.0, 2.2, sheet.noise(5, 4, (u * 1.5, v * 0.35)) + 0.2 * streak)
    colour = mix(colour, "#8a4a1f", 0.75 * rusty)
    colour = mix(colour * light[..., None], "#ffffff", 0.45 * shine)
    col, row = np.round(u * waves / 2), np.round(v * 2.6)
    d = np.hypot(u - col * 2 / waves, v - row / 2.6)
    colour = colour * (1 - 0.6 * smooth(0.021, 0.012, d))[..., None]
    return mix(colour, "#d6d8d8", smooth(0.012, 0.008, d))


def foil(sheet: Sheet) -> Array:
    """Crumpled aluminium foil: bright and dark facets that meet in sharp creases."""
    at = sheet.warped(5, 0.015, octaves=2)
    height = np.zeros_like(sheet.x)
    for lumps, amount in ((3.5, 0.070), (7, 0.040), (14, 0.016), (28, 0.005)):
        height += amount * np.abs(sheet.noise(lumps, 1, at))
        height += 0.5 * amount * np.abs(sheet.noise(lumps, 1, sheet.turned(0.8, at)))
    nx, ny, _ = normals(height.astype(np.float32), sheet.n, 0.9)
    turn = sheet.light
    a, b = np.cos(turn) * nx + np.sin(turn) * ny, np.cos(turn) * ny - np.sin(turn) * nx
    # A mirror: what is seen is a room of light and dark things in the direction of reflection.
    room = 0.9 * np.sin(3.1 * a + 0.3) + 0.5 * np.sin(6.0 * b + 2.5 * a) + 0.35 * np.sin(11 * a)
    room = room + 0.05 * sheet.noise(60, 2)
    return ramp(
        room,
        (-1.4, "#33363b"),
        (-0.6, "#6d7176"),
        (0.1, "#a6aaae"),
        (0.7, "#d3d6d9"),
        (1.2, "#ffffff"),
    )


_ROWS = (
    ("wood_grain", ("wood grain", "wood", "wooden board"), wood_grain),
    ("brick_wall", ("brick wall", "bricks", "red bricks"), bricks),
    ("marble", ("marble", "white marble", "stone"), marble),
    ("rust", ("rust", "rusty metal", "rusted iron"), rust),
    ("knitted_wool", ("knitted wool", "knitting", "sweater"), knitted_wool),
    ("denim", ("denim", "jeans", "blue cloth"), denim),
    ("corrugated_metal", ("corrugated metal", "corrugated iron", "metal sheet"), corrugated),
    ("crumpled_foil", ("crumpled foil", "aluminium foil", "tin foil"), foil),
)
PAINTED = tuple(Texture(name, "materials", words, paint) for name, words, paint in _ROWS)
