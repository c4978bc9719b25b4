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
    rings = sheet.spread(11)
    slow = (u, v * 0.32)
    f = u * rings + 1.25 * sheet.noise(1.7, 1, slow) + 0.22 * sheet.noise(6, 2, (u, v * 0.25))
    knotted = np.zeros_like(u)
    for cx, cy in hexagonal(sheet, 2.1, 0.9, (u, v)):
        if sheet.rng.random() < 0.45:
            continue
        size = sheet.uniform(0.028, 0.05)
        du, dv = (u - cx) / size, (v - cy) / (2.0 * size)
        r = np.sqrt(du * du + dv * dv + 1e-6)
        # Rings bend aside: the field is stretched open around the knot.
        f = f + 1.2 * np.tanh(1.4 * du) * np.exp(-0.16 * r * r)
        inside = smooth(1.25, 0.75, r)
        f = f * (1 - inside) + inside * (2.6 * r + 0.25 * sheet.noise(30, 1))
        knotted = np.maximum(knotted, smooth(1.6, 0.3, r))
    ring = f - np.floor(f)
    late = ring**2.2 * smooth(1.0, 0.90, ring)  # slow to dark, quick back to pale
    each = sheet.rng.normal(0, 1, 199)[np.floor(f).astype(int) % 199]
    fibre = sheet.noise(120, 1, (u, v * 0.035)) + 0.7 * sheet.noise(220, 1, (u, v * 0.06))
    pores = smooth(1.5, 2.3, sheet.noise(150, 1, (u, v * 0.07)) + 0.7 * ring)
    tone = 1.25 * late + 0.12 * each + 0.13 * fibre + 0.10 * sheet.noise(2, 2) + 0.75 * knotted
    colour = ramp(
        tone,
        (-0.3, "#dba866"),
        (0.2, "#c98f4e"),
        (0.7, "#a2652d"),
        (1.2, "#7a431b"),
        (1.9, "#45230e"),
    )
    return mix(colour, "#4a260f", 0.55 * pores)


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
    """Polished white marble with grey veins."""
    at = sheet.turned(sheet.uniform(0, 3.1), sheet.warped(2.2, 0.09, octaves=4))
    u, v = at
    long = (u, v * 0.55)
    veins = smooth(0.20, 0.0, np.abs(sheet.noise(2.6, 2, long))) ** 1.5
    thin = smooth(0.07, 0.0, np.abs(sheet.noise(4.5, 2, sheet.warped(6, 0.03, long))))
    cloud = sheet.noise(2.2, 5, long)
    colour = ramp(cloud, (-2, "#c6c7ca"), (-0.3, "#e6e6e5"), (1.5, "#f7f6f3"))
    strong = smooth(-0.6, 1.2, sheet.noise(2.5, 2))
    colour = mix(colour, "#4f5359", 0.80 * veins * (0.35 + 0.65 * strong))
    return mix(colour, "#6a6a6c", 0.65 * thin * strong)


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
    left = smooth(0.75, 0.85, sheet.noise(3.2, 4, at, gain=0.6) + 0.10 * fine)
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
    """Blue twill: slanting ribs of white and indigo threads, slightly worn."""
    u, v = sheet.turned(sheet.uniform(-0.25, 0.25), sheet.warped(4, 0.002))
    across = sheet.spread(46, 0.06)
    a, b = u * across, v * across
    rib = a * 0.9 + b * 1.1
    rise = np.cos(2 * np.pi * rib * 0.5)
    thread = np.cos(2 * np.pi * a)
    slub = sheet.noise(90, 1, (u, v * 0.06)) + sheet.noise(60, 1, (u * 0.12, v))
    worn = 0.35 * sheet.noise(3, 3) + 0.25 * sheet.noise(20, 2)
    tone = 0.75 * rise + 0.25 * thread + 0.33 * slub + worn
    return ramp(
        tone,
        (-1.9, "#131f3d"),
        (-0.6, "#24406f"),
        (0.5, "#44679b"),
        (1.4, "#86a4c8"),
        (2.3, "#ced9e6"),
    )


def corrugated(sheet: Sheet) -> Array:
    """Corrugated iron: upright waves of zinc with a few screws and streaks of rust."""
    u, v = sheet.turned(sheet.uniform(-0.12, 0.12))
    waves = sheet.spread(10.5)
    phase = 2 * np.pi * (u * waves)
    height = (0.028 * np.cos(phase)).astype(np.float32)
    sheet.light = sheet.rng.choice([-2.7, -0.45])
    light = lit(sheet, height, strength=0.8, ambient=0.22)
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
    """Crumpled aluminium foil: bright and dark facets with sharp creases."""
    at = sheet.warped(5, 0.02, octaves=2)
    tilt_x, tilt_y = np.zeros_like(sheet.x), np.zeros_like(sheet.x)
    crease = np.zeros_like(sheet.x)
    for across, amount in ((6, 1.0), (13, 0.75), (27, 0.45)):
        facets = cells(sheet, across, 1.0, at)
        k = len(facets.centres)
        tilt_x = tilt_x + amount * facets.each(sheet.rng.normal(0, 1, k))
        tilt_y = tilt_y + amount * facets.each(sheet.rng.normal(0, 1, k))
        tilt_x = tilt_x + amount * 0.6 * facets.dx * across
        tilt_y = tilt_y + amount * 0.6 * facets.dy * across
        crease = np.maximum(crease, amount * smooth(0.05 / across, 0.0, facets.edge))
    fine = 0.18 * sheet.noise(50, 2)
    # A mirror: what is seen is a room of light and dark things in the direction of reflection.
    room = np.sin(1.7 * tilt_x + 0.4) + np.sin(1.3 * tilt_y - 0.9 * tilt_x) + fine
    colour = ramp(
        room,
        (-1.9, "#3a3d42"),
        (-0.8, "#7c8085"),
        (0.3, "#b2b6ba"),
        (1.1, "#dcdee0"),
        (1.7, "#ffffff"),
    )
    return mix(colour, "#f4f6f8", 0.5 * crease)


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
