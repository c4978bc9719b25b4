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
    """Grey leather with deep folds, wrinkles that cross, and a net of fine creases."""
    tilt = sheet.uniform(-0.5, 0.5)
    u, v = at = sheet.turned(tilt, sheet.warped(3.5, 0.03, octaves=2))
    folds_at = (u * 0.45, v)
    fold = np.abs(sheet.noise(5.5, 1, folds_at) + 0.25 * sheet.noise(16, 1, folds_at))
    cross = np.abs(sheet.noise(6.5, 1, (u, v * 0.55)) + 0.25 * sheet.noise(18, 1, at))
    plates = cells(sheet, 13, 0.95, sheet.warped(12, 0.012, (u * 0.72, v)))
    crease = cells(sheet, 34, 0.95, sheet.warped(26, 0.006, (u * 0.8, v)))
    height = (
        0.016 * np.minimum(fold, 0.55) / 0.55
        + 0.008 * smooth(0.0, 0.30, cross)
        + 0.011 * smooth(-0.002, 0.022, plates.edge)
        + 0.0035 * smooth(0.0, 0.009, crease.edge)
        + 0.0009 * sheet.noise(60, 2)
    ).astype(np.float32)
    light = lit(sheet, height, strength=0.8, ambient=0.42)
    dark = crevices(sheet, height, 0.012, 0.017) * crevices(sheet, height, 0.035, 0.03)
    tone = 0.5 * sheet.noise(3, 3) + 0.25 * sheet.noise(40, 2)
    colour = ramp(tone, (-2, "#77706a"), (0, "#958e87"), (2, "#aea79e"))
    return colour * (light * (0.22 + 0.78 * dark))[..., None]


def _lattice(u: Array, v: Array, across: float, squash: float) -> tuple[Array, Array, Array, Array]:
    """Overlapping rows of scales: local coordinates and the row and column of each."""
    best = np.full(u.shape, -1, np.int64)
    lu, lv, row_of, col_of = (np.zeros(u.shape, np.float32) for _ in range(4))
    top = np.floor(v * across / squash)
    for back in (2, 1, 0):  # scales above reach down over those below
        row = top - back + 1
        shift = 0.5 * (row % 2)
        col = np.round(u * across - shift)
        du = u * across - col - shift
        dv = v * across - row * squash
        inside = (np.hypot(du, dv) < 0.62) & (dv > -squash * 0.2)
        take = inside | ((back == 0) & (best < 0))
        lu, lv = np.where(take, du, lu), np.where(take, dv, lv)
        row_of, col_of = np.where(take, row, row_of), np.where(take, col, col_of)
        best = np.where(take, 1, best)
    return lu, lv, row_of, col_of


def _per_scale(sheet: Sheet, row: Array, col: Array) -> Array:
    """A random number in [-1, 1] a scale."""
    table = sheet.rng.uniform(-1, 1, (97, 89)).astype(np.float32)
    return table[row.astype(int) % 97, col.astype(int) % 89]


def snake(sheet: Sheet) -> Array:
    """Small diamond scales that carry a python's dark-edged saddles on tan."""
    u, v = sheet.turned(sheet.uniform(-0.6, 0.6) + np.pi / 4, sheet.warped(2, 0.012))
    across = sheet.spread(24, 0.08)
    iu, iv = np.floor(u * across), np.floor(v * across)
    fu, fv = u * across - iu - 0.5, v * across - iv - 0.5
    rim = 0.5 - np.maximum(np.abs(fu), np.abs(fv))
    # The pattern is looked up at the scale's centre: each scale has one colour.
    cu, cv = (iu + 0.5) / across, (iv + 0.5) / across
    spots = cells(sheet, 3.4, 0.5, sheet.warped(5, 0.016, (cu, cv)))
    ring = spots.edge / (spots.edge + spots.near)
    colour = ramp(
        ring + 0.03 * _per_scale(sheet, iu, iv),
        (0.10, "#d9bd84"),
        (0.16, "#e6d19f"),
        (0.19, "#2a1d10"),
        (0.29, "#1f150c"),
        (0.32, "#8a5a2b"),
        (0.6, "#a87a42"),
    )
    colour = colour * (1 + 0.09 * _per_scale(sheet, iu, iv))[..., None]
    height = (0.010 * smooth(-0.02, 0.28, rim) + 0.003 * (fu + fv)).astype(np.float32)
    light = lit(sheet, height, strength=1.0, ambient=0.45)
    shine = gloss(sheet, *normals(height, sheet.n, 0.8), power=30)
    colour = mix(colour * light[..., None], "#ffffff", 0.25 * shine)
    return colour * (0.25 + 0.75 * smooth(0.0, 0.11, rim))[..., None]


def crocodile(sheet: Sheet) -> Array:
    """Rows of big swollen squarish plates, dark olive, with deep dark grooves."""
    tilt = sheet.uniform(-0.3, 0.3)
    u, v = sheet.turned(tilt, sheet.warped(4, 0.010, octaves=2))
    across = sheet.spread(6.3, 0.08)
    row = np.floor(v * across)
    per_row = sheet.rng.uniform(0, 1, 97)[row.astype(int) % 97]
    wide = u * across * 1.08 + per_row
    col = np.floor(wide)
    border = sheet.rng.uniform(-0.16, 0.16, (97, 89))
    left = border[row.astype(int) % 97, col.astype(int) % 89]
    right = 1 + border[row.astype(int) % 97, (col.astype(int) + 1) % 89]
    fu = ((wide - col) - left) / (right - left)
    fv = v * across - row
    across_rim = 0.5 - np.abs(fu - 0.5) * np.where((fu < 0) | (fu > 1), 0, 1)
    rim = np.minimum(np.minimum(across_rim, 0.5 - np.abs(fv - 0.5)), 0.5)
    rim = rim + 0.02 * sheet.noise(20, 2)
    swell = np.sqrt(np.clip(rim, 0, 0.36) / 0.36)
    height = (0.038 * swell + 0.004 * np.exp(-(((fv - 0.5) / 0.12) ** 2)) * swell).astype(
        np.float32
    )
    wrinkles = cells(sheet, 40, 0.9)
    height += 0.0022 * smooth(0, 0.008, wrinkles.edge) + 0.0012 * sheet.noise(50, 2)
    light = lit(sheet, height, strength=0.75, ambient=0.3)
    shine = gloss(sheet, *normals(height, sheet.n, 0.6), power=18)
    tone = _per_scale(sheet, row, col) + 0.5 * sheet.noise(8, 3)
    colour = ramp(tone, (-1.8, "#2e2f1c"), (0, "#56532f"), (1.8, "#7d7545"))
    colour = mix(colour, "#b5a871", 0.3 * smooth(0.0, 0.07, rim) * smooth(0.16, 0.07, rim))
    colour = mix(colour * light[..., None], "#f3f0d8", 0.28 * shine)
    return colour * (0.12 + 0.88 * smooth(0.0, 0.09, rim))[..., None]


def fish(sheet: Sheet) -> Array:
    """Silver-blue fish scales: overlapping round plates in rows, glossy."""
    u, v = sheet.turned(sheet.uniform(-0.4, 0.4), sheet.warped(2, 0.008))
    across = sheet.spread(8.5, 0.1)
    lu, lv, row, col = _lattice(u, v, across, 0.5)
    r = np.hypot(lu, lv) / 0.62
    each = _per_scale(sheet, row, col)
    height = (
        0.5 / across * (0.30 * (lv / 0.62) + 0.35 * np.sqrt(np.maximum(1 - r * r, 0)))
    ).astype(np.float32)
    light = lit(sheet, height, strength=0.7, ambient=0.5)
    shine = gloss(sheet, *normals(height, sheet.n, 0.5), power=12)
    hue = 0.35 * sheet.noise(1.6, 2) + 0.4 * each
    colour = ramp(hue, (-1.5, "#4d7c93"), (-0.3, "#7fa5b5"), (0.5, "#a9c1c9"), (1.5, "#c9bfae"))
    rays = np.cos(np.arctan2(lu, lv + 0.5) * 60)
    colour = colour * (1 + 0.05 * rays - 0.10 * np.cos(r * 26) * smooth(0.3, 0.9, r))[..., None]
    colour = mix(colour * light[..., None], "#ffffff", 0.55 * shine)
    root = smooth(-0.25, 0.25, lv)  # the part that lies below the scale above is in shadow
    rim = smooth(1.0, 0.90, r)
    return colour * ((0.35 + 0.65 * root) * (0.35 + 0.65 * rim))[..., None]


def orange_peel(sheet: Sheet) -> Array:
    """Orange rind: dense small pits with shining rims."""
    pits = cells(sheet, sheet.spread(19), 0.95, sheet.warped(9, 0.006))
    size = pits.each(sheet.rng.uniform(0.45, 0.95, 900))
    hole = np.exp(-((pits.near / (0.017 * size)) ** 2))
    height = (
        0.010 * smooth(0.0, 0.03, pits.near) - 0.006 * hole + 0.006 * sheet.noise(10, 2)
    ).astype(np.float32)
    light = lit(sheet, height, strength=0.75, ambient=0.5)
    shine = gloss(sheet, *normals(height, sheet.n, 0.75), power=30)
    colour = ramp(sheet.noise(3, 3), (-2, "#e06a00"), (0, "#f48a08"), (2, "#fca321"))
    colour = mix(colour, "#b84e00", 0.55 * hole)
    return mix(colour * light[..., None], "#fff6e0", 0.55 * shine)


def watermelon(sheet: Sheet) -> Array:
    """Watermelon rind: ragged dark-green bands on pale green with fine veins."""
    u, v = at = sheet.turned(sheet.uniform(-0.4, 0.4), sheet.warped(2.0, 0.02))
    phase = u * sheet.spread(4.4) + 0.10 * sheet.noise(2, 1, (u, v * 0.6))
    wave = np.cos(2 * np.pi * phase)
    ragged = sheet.noise(11, 3, (u * 1.3, v), gain=0.65)
    dark = smooth(-0.12, 0.12, wave - 0.1 + 0.42 * ragged)
    veins_at = sheet.warped(16, 0.015, (u * 1.4, v * 0.8), octaves=2)
    veins = smooth(0.10, 0.02, np.abs(sheet.noise(14, 1, veins_at)))
    pale = ramp(sheet.noise(6, 3), (-2, "#8fb567"), (2, "#c5dc9a"))
    deep = ramp(sheet.noise(9, 3), (-2, "#0f3516"), (0, "#1c4f20"), (2, "#35702e"))
    colour = mix(mix(pale, "#4c8a3c", 0.75 * veins), deep, dark)
    colour = mix(colour, pale, 0.30 * dark * veins)
    soft = (0.02 * sheet.noise(2.5, 1)).astype(np.float32)
    shine = gloss(sheet, *normals(soft, sheet.n, 3.0), power=14)
    return mix(colour, "#ffffff", 0.22 * shine * smooth(-1, 1, at[1]))


def bark(sheet: Sheet) -> Array:
    """Tree bark: upright ridges that split and join around deep dark furrows."""
    tilt = sheet.uniform(-0.15, 0.15)
    u, v = at = sheet.turned(tilt, sheet.warped(5, 0.022, octaves=3))
    long = (u, v * 0.28)
    ridge = np.abs(sheet.noise(8.5, 2, long, gain=0.4))
    crack = cells(sheet, 9, 0.9, (u * 1.05, v * 0.42))
    rough = sheet.noise(26, 4, (u, v * 0.55), gain=0.65)
    body = smooth(0.0, 0.045, crack.edge) * smooth(0.0, 0.5, ridge)
    height = (0.045 * body + 0.0065 * rough * (0.4 + 0.6 * body)).astype(np.float32)
    light = lit(sheet, height, strength=0.75, ambient=0.32)
    dark = crevices(sheet, height, 0.02, 0.045)
    tone = 0.5 * rough + 0.7 * (body - 0.6) + 0.3 * sheet.noise(4, 2, at)
    colour = ramp(tone, (-1.6, "#2b1f16"), (-0.5, "#54402e"), (0.4, "#7c6349"), (1.3, "#a08a6e"))
    return colour * (light * (0.15 + 0.85 * dark))[..., None]


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
