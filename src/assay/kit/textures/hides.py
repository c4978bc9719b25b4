"""Hides, skins, scales and rinds."""

from __future__ import annotations

import numpy as np

from .sheet import (
    Array,
    Sheet,
    Texture,
    cells,
    crevices,
    gloss,
    lit,
    mix,
    normals,
    ramp,
    smooth,
)


def elephant(sheet: Sheet) -> Array:
    """Grey leather: long deep folds, a net of creases that makes plates, finer ones on those."""
    u, v = at = sheet.turned(sheet.uniform(-0.5, 0.5), sheet.warped(3.5, 0.022, octaves=2))
    fold_at = (u * 0.42, v)
    fold = np.abs(sheet.noise(4.6, 1, fold_at) + 0.22 * sheet.noise(15, 1, fold_at))
    cross = np.abs(sheet.noise(5.0, 1, (u, v * 0.5)) + 0.22 * sheet.noise(15, 1, at))
    wobble = sheet.warped(22, 0.005, at)
    plates = cells(sheet, sheet.spread(11), 0.95, (wobble[0] * 0.72, wobble[1]))
    crease = cells(sheet, 27, 0.95, (wobble[0] * 0.85, wobble[1]))
    fine = cells(sheet, 52, 0.95, at)
    height = (
        0.024 * (1 - np.exp(-fold / 0.14))
        + 0.010 * (1 - np.exp(-cross / 0.10))
        + 0.015 * (1 - np.exp(-plates.edge / 0.008))
        + 0.0060 * (1 - np.exp(-crease.edge / 0.0045))
        + 0.0018 * smooth(0.0, 0.005, fine.edge)
        + 0.0006 * sheet.noise(80, 2)
    ).astype(np.float32)
    light = lit(sheet, height, strength=0.62, ambient=0.40)
    dark = crevices(sheet, height, 0.010, 0.016) * crevices(sheet, height, 0.04, 0.040)
    tone = 0.6 * sheet.noise(3, 3) + 0.25 * sheet.noise(40, 2)
    colour = ramp(tone, (-2, "#7d756e"), (0, "#9b938b"), (2, "#b4aca3"))
    colour = mix(colour, "#3a322d", 0.75 * (1 - dark))
    return colour * (light * (0.35 + 0.65 * dark))[..., None]


def _lattice(u: Array, v: Array, across: float, spacing: float, radius: float) -> tuple[Array, ...]:
    """Overlapping rows of round scales, upper rows on top: own coordinates, row and column."""
    done = np.zeros(u.shape, bool)
    lu, lv, row_of, col_of = (np.zeros(u.shape, np.float32) for _ in range(4))
    first = np.floor((v * across - radius) / spacing)
    for k in range(5):
        row = first + k
        shift = 0.5 * (row % 2)
        col = np.round(u * across - shift)
        du, dv = u * across - col - shift, v * across - row * spacing
        take = (np.hypot(du, dv) < radius) & ~done
        lu, lv = np.where(take, du, lu), np.where(take, dv, lv)
        row_of, col_of = np.where(take, row, row_of), np.where(take, col, col_of)
        done |= take
    return lu / radius, lv / radius, row_of, col_of


def _per_scale(sheet: Sheet, row: Array, col: Array) -> Array:
    """A random number in [-1, 1] a scale."""
    table = sheet.rng.uniform(-1, 1, (97, 89)).astype(np.float32)
    return table[row.astype(int) % 97, col.astype(int) % 89]


def snake(sheet: Sheet) -> Array:
    """Small diamond scales that carry a python's dark-edged saddles on tan."""
    u, v = sheet.turned(sheet.uniform(-0.7, 0.7), sheet.warped(2, 0.015))
    across = sheet.spread(20, 0.08)
    a, b = across * (u + 0.58 * v), across * (u - 0.58 * v)
    ia, ib = np.floor(a), np.floor(b)
    fa, fb = a - ia - 0.5, b - ib - 0.5
    rim = 0.5 - (np.abs(fa) ** 3.5 + np.abs(fb) ** 3.5) ** (1 / 3.5)
    each = _per_scale(sheet, ia, ib)
    # The pattern is looked up near the scale's centre: a scale has almost one colour.
    ca, cb = (ia + 0.5 + 0.35 * fa) / across, (ib + 0.5 + 0.35 * fb) / across
    centre = (0.5 * (ca + cb), 0.5 * (ca - cb) / 0.58 * 0.75)
    spots = cells(sheet, 3.2, 0.5, sheet.warped(5, 0.014, centre))
    colour = ramp(
        spots.edge / (spots.edge + spots.near) + 0.02 * each,
        (0.09, "#cdb07a"),
        (0.15, "#ead7a8"),
        (0.18, "#2a1d10"),
        (0.28, "#1c130b"),
        (0.32, "#7d5128"),
        (0.6, "#a87a42"),
    )
    colour = colour * (1 + 0.08 * each)[..., None]
    height = (0.011 * smooth(-0.02, 0.30, rim) - 0.005 * (fa - fb)).astype(np.float32)
    light = lit(sheet, height, strength=1.0, ambient=0.45)
    shine = gloss(sheet, *normals(height, sheet.n, 0.8), power=26)
    colour = mix(colour * light[..., None], "#ffffff", 0.28 * shine)
    return colour * (0.18 + 0.82 * smooth(0.0, 0.12, rim))[..., None]


def crocodile(sheet: Sheet) -> Array:
    """Rows of big swollen squarish plates, dark olive, with deep dark grooves."""
    u, v = sheet.turned(sheet.uniform(-0.3, 0.3), sheet.warped(4, 0.012, octaves=2))
    across = sheet.spread(6.6, 0.08)
    row = np.floor(v * across)
    r = row.astype(int) % 97
    wide = u * across * 1.05 + sheet.rng.uniform(0, 1, 97)[r]
    # Borders between plates are moved, so that a row has narrow and wide ones.
    moved = sheet.rng.uniform(-0.2, 0.2, (97, 89))
    col = np.floor(wide)
    col += wide - col > 1 + moved[r, (col.astype(int) + 1) % 89]
    col -= wide - col < moved[r, col.astype(int) % 89]
    c = col.astype(int)
    left, right = moved[r, c % 89], 1 + moved[r, (c + 1) % 89]
    fu = 2 * (wide - col - left) / (right - left) - 1
    fv = 2 * (v * across - row) - 1
    rim = 1 - (np.abs(fu) ** 5 + np.abs(fv) ** 5) ** (1 / 5) + 0.03 * sheet.noise(20, 2)
    swell = np.sqrt(np.clip(rim + 0.05, 0, 0.75) / 0.75)
    keel = np.exp(-(((fv + 0.1 * np.sin(3 * fu)) / 0.2) ** 2))
    wrinkles = cells(sheet, 44, 0.9)
    height = 0.040 * swell + 0.007 * keel * swell + 0.0018 * smooth(0, 0.007, wrinkles.edge)
    height = (height + 0.0010 * sheet.noise(50, 2)).astype(np.float32)
    light = lit(sheet, height, strength=0.65, ambient=0.32)
    shine = gloss(sheet, *normals(height, sheet.n, 0.55), power=20)
    tone = _per_scale(sheet, row, col) + 0.5 * sheet.noise(8, 3)
    colour = ramp(tone, (-1.8, "#2f301d"), (0, "#55532f"), (1.8, "#777045"))
    colour = mix(colour * light[..., None], "#f3f0d8", 0.32 * shine)
    return colour * (0.10 + 0.90 * smooth(-0.12, 0.07, rim))[..., None]


def fish(sheet: Sheet) -> Array:
    """Silver-blue fish scales: overlapping round plates in rows, glossy."""
    u, v = sheet.turned(sheet.uniform(-0.4, 0.4), sheet.warped(2, 0.008))
    across = sheet.spread(8.5, 0.1)
    lu, lv, row, col = _lattice(u, v, across, 0.5, 0.55)
    r = np.hypot(lu, lv)
    each = _per_scale(sheet, row, col)
    height = (0.5 / across * (0.30 * lv + 0.35 * np.sqrt(np.maximum(1 - r * r, 0)))).astype(
        np.float32
    )
    light = lit(sheet, height, strength=0.7, ambient=0.5)
    shine = gloss(sheet, *normals(height, sheet.n, 0.5), power=12)
    hue = 0.35 * sheet.noise(1.6, 2) + 0.4 * each
    colour = ramp(hue, (-1.5, "#4d7c93"), (-0.3, "#7fa5b5"), (0.5, "#a9c1c9"), (1.5, "#c9bfae"))
    rays = np.cos(np.arctan2(lu, lv + 0.5) * 60)
    colour = colour * (1 + 0.05 * rays - 0.10 * np.cos(r * 26) * smooth(0.3, 0.9, r))[..., None]
    colour = mix(colour * light[..., None], "#ffffff", 0.55 * shine)
    root = smooth(-0.1, 0.5, lv)  # the part that lies below the scale above is in shadow
    rim = smooth(1.0, 0.90, r)
    return colour * ((0.35 + 0.65 * root) * (0.35 + 0.65 * rim))[..., None]


def orange_peel(sheet: Sheet) -> Array:
    """Orange rind: dense small pits with shining rims."""
    pits = cells(sheet, sheet.spread(23), 0.95, sheet.warped(9, 0.006))
    size = pits.each(sheet.rng.uniform(0.45, 0.95, 900))
    hole = np.exp(-((pits.near / (0.014 * size)) ** 2))
    height = (
        0.010 * smooth(0.0, 0.03, pits.near) - 0.006 * hole + 0.006 * sheet.noise(10, 2)
    ).astype(np.float32)
    light = lit(sheet, height, strength=0.75, ambient=0.5)
    shine = gloss(sheet, *normals(height, sheet.n, 0.75), power=30)
    colour = ramp(sheet.noise(3, 3), (-2, "#e06a00"), (0, "#f48a08"), (2, "#fca321"))
    colour = mix(colour, "#b84e00", 0.55 * hole)
    return mix(colour * light[..., None], "#fff6e0", 0.32 * shine)


def watermelon(sheet: Sheet) -> Array:
    """Watermelon rind: ragged dark-green bands on pale green with fine veins."""
    u, v = at = sheet.turned(sheet.uniform(-0.4, 0.4), sheet.warped(2.0, 0.02))
    phase = u * sheet.spread(4.4) + 0.10 * sheet.noise(2, 1, (u, v * 0.6))
    wave = np.cos(2 * np.pi * phase)
    ragged = sheet.noise(11, 3, (u * 1.3, v), gain=0.65)
    dark = smooth(-0.12, 0.12, wave - 0.1 + 0.42 * ragged)
    veins_at = sheet.warped(24, 0.014, (u * 1.4, v * 0.8), octaves=2)
    veins = smooth(0.22, 0.04, np.abs(sheet.noise(19, 1, veins_at)))
    pale = ramp(sheet.noise(6, 3), (-2, "#8fb567"), (2, "#c5dc9a"))
    deep = ramp(sheet.noise(9, 3), (-2, "#0f3516"), (0, "#1c4f20"), (2, "#35702e"))
    colour = mix(mix(pale, "#4c8a3c", 0.55 * veins), deep, dark)
    colour = mix(colour, pale, 0.30 * dark * veins)
    soft = (0.02 * sheet.noise(2.5, 1)).astype(np.float32)
    shine = gloss(sheet, *normals(soft, sheet.n, 3.0), power=14)
    return mix(colour, "#ffffff", 0.22 * shine * smooth(-1, 1, at[1]))


def bark(sheet: Sheet) -> Array:
    """Tree bark: long upright plates with rough fibres between deep dark furrows that branch."""
    at = u, v = sheet.turned(sheet.uniform(-0.15, 0.15), sheet.warped(6, 0.014, octaves=3))
    ragged = 0.006 * sheet.noise(34, 2, (u, v * 0.5))
    plates = cells(sheet, sheet.spread(9.5), 0.9, (u, v * 0.30))
    chips = cells(sheet, 16, 0.95, (u, v * 0.62))
    furrow = smooth(0.002, 0.020, plates.edge + ragged)
    split = smooth(0.0, 0.007, chips.edge + 0.5 * ragged)
    fibre = sheet.noise(36, 3, (u, v * 0.28), gain=0.65)
    height = (0.040 * furrow + 0.010 * split * furrow + 0.0040 * fibre).astype(np.float32)
    light = lit(sheet, height, strength=0.7, ambient=0.34)
    dark = crevices(sheet, height, 0.016, 0.035)
    tone = (
        0.55 * fibre + 0.5 * chips.each(sheet.rng.normal(0, 1, 997)) + 0.4 * sheet.noise(4, 2, at)
    )
    colour = ramp(tone, (-2.0, "#4b3728"), (-0.5, "#6e5540"), (0.6, "#8d745a"), (2.0, "#b39c80"))
    colour = mix(colour, "#1a110a", 0.85 * (1 - furrow))
    return colour * (light * (0.25 + 0.75 * dark))[..., None]


def cracked_mud(sheet: Sheet) -> Array:
    """Dry earth: flat curled plates of many sizes between wide dark cracks."""
    at = sheet.warped(16, 0.006, sheet.warped(6, 0.012), octaves=2)
    big = cells(sheet, sheet.spread(4.3), 0.95, at)
    small = cells(sheet, 10, 0.95, at)
    gap = np.minimum(big.edge, small.edge * 1.6 + 0.0055)
    gap = gap + 0.0022 * sheet.noise(40, 2)
    plate = smooth(0.006, 0.012, gap)
    curl = smooth(0.10, 0.01, big.edge)
    height = (0.035 * plate + 0.012 * curl * plate + 0.0016 * sheet.noise(30, 4, gain=0.7)).astype(
        np.float32
    )
    light = lit(sheet, height, strength=0.7, ambient=0.38)
    dark = crevices(sheet, height, 0.012, 0.03)
    tone = 0.4 * big.each(sheet.rng.normal(0, 1, 300)) + 0.6 * sheet.noise(7, 4)
    colour = ramp(tone, (-2, "#8f6c49"), (0, "#b48f66"), (2, "#d3b48c"))
    return mix(colour * light[..., None] * dark[..., None], "#20140b", 0.9 * (1 - plate))


_ROWS = (
    ("elephant_skin", ("elephant skin", "wrinkled grey skin", "elephant"), elephant),
    ("snake_skin", ("snake skin", "snake", "python skin"), snake),
    ("crocodile_skin", ("crocodile skin", "crocodile", "alligator leather"), crocodile),
    ("fish_scales", ("fish scales", "scales", "fish"), fish),
    ("orange_peel", ("orange peel", "orange", "orange rind"), orange_peel),
    ("watermelon_rind", ("watermelon rind", "watermelon", "watermelon skin"), watermelon),
    ("tree_bark", ("tree bark", "bark", "tree trunk"), bark),
    ("cracked_mud", ("cracked mud", "dry earth", "cracked ground"), cracked_mud),
)
PAINTED = tuple(Texture(name, "hides", words, paint) for name, words, paint in _ROWS)
