"""Built and worked surfaces: woven, tiled, paved, cast."""

from __future__ import annotations

import numpy as np

from .heap import ball
from .sheet import (
    Array,
    Sheet,
    Texture,
    cells,
    crevices,
    gloss,
    lit,
    lit_normals,
    mix,
    normals,
    palette,
    plain,
    ramp,
    smooth,
)


def honeycomb(sheet: Sheet) -> Array:
    """Wax cells, six-sided, with amber honey deep inside."""
    at = sheet.turned(sheet.uniform(0, 1), sheet.warped(5, 0.004))
    across = sheet.spread(8, 0.1)
    comb = cells(sheet, across, 0.06, at)
    wall = smooth(0.013, 0.008, comb.edge)
    height = (0.05 * smooth(0.022, 0.006, comb.edge)).astype(np.float32)
    light = lit(sheet, height, strength=0.7, ambient=0.45)
    full = comb.each(sheet.rng.normal(0, 1, 300)) + 0.3 * sheet.noise(20, 2)
    honey = ramp(full, (-2, "#8a4a06"), (0, "#c9790f"), (1.2, "#e6a21f"), (2.4, "#f6c64a"))
    honey = honey * (0.55 + 0.45 * smooth(0.0, 0.045, comb.edge))[..., None]
    lx, ly = np.cos(sheet.light), np.sin(sheet.light)
    spot = np.hypot(comb.dx - 0.02 * lx, comb.dy - 0.02 * ly)
    honey = mix(honey, "#fff3cf", 0.75 * smooth(0.013, 0.006, spot))
    wax = ramp(sheet.noise(30, 3), (-2, "#d9a03a"), (2, "#f6d480"))
    return mix(honey, wax, wall) * light[..., None]


def basket(sheet: Sheet) -> Array:
    """Basket weave: flat straw bands over and under each other."""
    u, v = sheet.turned(sheet.uniform(-0.5, 0.5), sheet.warped(4, 0.004))
    across = sheet.spread(9, 0.1)
    a, b = u * across, v * across
    i, j = np.floor(a), np.floor(b)
    fa, fb = a - i - 0.5, b - j - 0.5
    over = (i + j) % 2 == 0
    along, side = np.where(over, fa, fb), np.where(over, fb, fa)
    arch = np.cos(along * np.pi * 0.92) ** 0.7
    flat = smooth(0.47, 0.36, np.abs(side))
    height = (0.026 * arch * flat).astype(np.float32)
    light = lit(sheet, height, strength=0.7, ambient=0.38)
    strands = np.abs(np.cos(side * np.pi * 4)) ** 0.6
    table = sheet.rng.normal(0, 1, (61, 61))
    tone = table[np.where(over, j, i).astype(int) % 61, np.where(over, 0, 1)]
    fibre = np.where(over, sheet.noise(110, 1, (u * 0.06, v)), sheet.noise(110, 1, (u, v * 0.06)))
    tone = 0.6 * tone + 0.35 * fibre
    colour = ramp(tone, (-2, "#9a6a2f"), (0, "#c79a55"), (2, "#e4c486"))
    dark = smooth(0.0, 0.55, arch * flat)
    return colour * (light * (0.12 + 0.88 * dark) * (0.72 + 0.28 * strands))[..., None]


def roof_tiles(sheet: Sheet) -> Array:
    """A roof of terracotta tiles: overlapping rows with rounded ends."""
    u, v = sheet.turned(sheet.uniform(-0.06, 0.06), sheet.warped(4, 0.002))
    across = sheet.spread(7.5, 0.1)
    spacing = 0.72
    top = np.floor(v * across / spacing)
    fu = fv = row_of = col_of = np.zeros_like(u)
    done = np.zeros(u.shape, bool)
    for back in (2, 1, 0):
        row = top - back
        col = np.floor(u * across - 0.5 * (row % 2))
        du = u * across - 0.5 * (row % 2) - col - 0.5
        dv = v * across - row * spacing
        end = 1.02 + 0.36 * np.sqrt(np.maximum(1 - (du / 0.49) ** 2, 0))
        take = (np.abs(du) < 0.49) & (dv < end) & ~done
        fu, fv = np.where(take, du, fu), np.where(take, dv / end, fv)
        row_of, col_of = np.where(take, row, row_of), np.where(take, col, col_of)
        done |= take
    table = sheet.rng.normal(0, 1, (61, 61))
    tone = table[row_of.astype(int) % 61, col_of.astype(int) % 61] + 0.5 * sheet.noise(24, 4)
    colour = ramp(tone, (-2.2, "#70301c"), (-0.6, "#a34a2a"), (0.6, "#c4643a"), (2.2, "#db9264"))
    height = (0.030 * np.sqrt(np.maximum(1 - (fu / 0.5) ** 2, 0)) + 0.025 * fv).astype(np.float32)
    light = lit(sheet, height, strength=0.7, ambient=0.4)
    shade = smooth(0.36, 0.62, fv) * 0.6 + 0.4  # the row above throws its shadow here
    rim = smooth(0.0, 0.05, 1 - fv) * 0.5 + 0.5
    gap = smooth(0.49, 0.44, np.abs(fu)) * 0.7 + 0.3
    moss = smooth(1.2, 2.0, sheet.noise(9, 3))
    colour = mix(colour, "#6b6b3a", 0.5 * moss)
    return colour * (light * shade * rim * gap * np.where(done, 1, 0.2))[..., None]


def chain_mail(sheet: Sheet) -> Array:
    """Iron rings, each through its neighbours, in leaning rows."""
    u, v = sheet.turned(sheet.uniform(-0.4, 0.4), sheet.warped(4, 0.004))
    across = sheet.spread(11, 0.08)
    best = np.full(u.shape, -1.0, np.float32)
    nx, ny, nz = np.zeros_like(u), np.zeros_like(u), np.ones_like(u)
    for odd in (0, 1):
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                b = v * across * 1.35
                j = 2 * np.floor(b / 2) + odd + 2 * dj
                i = np.round(u * across - 0.5 * odd) + di
                du, dv = u * across - 0.5 * odd - i, (b - j) / 1.35
                r = np.hypot(du, dv) + 1e-6
                q = (r - 0.55) / 0.155
                tube = np.sqrt(np.maximum(1 - q * q, 0))
                lean = (0.55 if odd else -0.55) * du + 0.25 * dv
                z = np.where(np.abs(q) < 1, 1 + lean + 0.2 * tube, -1)
                wins = z > best
                best = np.where(wins, z, best)
                nx = np.where(wins, q * du / r, nx)
                ny = np.where(wins, q * dv / r, ny)
                nz = np.where(wins, tube, nz)
    metal = best > -0.5
    light = lit_normals(sheet, nx, ny, nz, 0.25)
    shine = gloss(sheet, nx, ny, nz, 14)
    colour = ramp(sheet.noise(18, 3), (-2, "#63676c"), (0, "#8e9398"), (2, "#b3b8bb"))
    dark = 0.35 + 0.65 * smooth(0.55, 1.25, best)
    colour = mix(colour * (light * dark)[..., None], "#ffffff", 0.75 * shine)
    return mix(plain(sheet, "#15130f"), colour, metal.astype(np.float32))


def cobblestones(sheet: Sheet) -> Array:
    """A street of grey cobbles, worn round, in rough rows with dark joints."""
    at = sheet.turned(sheet.uniform(-0.3, 0.3), sheet.warped(8, 0.006))
    across = sheet.spread(7.2, 0.1)
    stones = cells(sheet, across, 0.42, (at[0], at[1] * 1.15))
    rough = sheet.noise(24, 4, gain=0.7)
    rim = stones.edge * across / 0.42 + 0.05 * sheet.noise(18, 2)
    dome = np.sqrt(np.clip(1 - (1 - np.clip((rim - 0.12) / 0.88, 0, 1)) ** 2.2, 0, 1))
    height = (0.042 * dome + 0.0022 * rough).astype(np.float32)
    light = lit(sheet, height, strength=0.7, ambient=0.35)
    dark = crevices(sheet, height, 0.02, 0.04)
    shine = gloss(sheet, *normals(height, sheet.n, 0.5), power=16)
    tone = 0.8 * stones.each(sheet.rng.normal(0, 1, 300)) + 0.45 * rough
    colour = ramp(tone, (-2, "#4e5056"), (-0.3, "#77777a"), (0.8, "#989591"), (2.2, "#b9b2a6"))
    colour = colour * light[..., None] * (0.3 + 0.7 * dark)[..., None]
    colour = mix(colour, "#e9eef2", 0.18 * shine)
    return mix(colour, "#221d17", smooth(0.22, 0.08, rim))


def mosaic(sheet: Sheet) -> Array:
    """Small square tiles in blues, white and gold, set a little crooked in grout."""
    u, v = sheet.turned(sheet.uniform(-0.5, 0.5), sheet.warped(3, 0.012))
    across = sheet.spread(14, 0.1)
    a, b = u * across, v * across
    i, j = np.floor(a).astype(int) % 61, np.floor(b).astype(int) % 61
    fa, fb = a - np.floor(a) - 0.5, b - np.floor(b) - 0.5
    tilt = sheet.rng.normal(0, 0.08, (61, 61))[i, j]
    fa, fb = fa + tilt * fb, fb - tilt * fa
    rim = 0.5 - np.maximum(np.abs(fa), np.abs(fb))
    tile = smooth(0.07, 0.10, rim)
    inks = palette(["#12508f", "#2f86c4", "#7fc0dc", "#e9eef0", "#0d2f63", "#1c8f95", "#d9a832"])
    weights = np.array([4, 4, 3, 2, 3, 3, 1.2]) / 20.2
    pick = sheet.rng.choice(7, (61, 61), p=weights)[i, j]
    colour = (
        inks[pick]
        * (1 + 0.07 * sheet.rng.normal(0, 1, (61, 61))[i, j] + 0.03 * sheet.noise(30, 2))[..., None]
    )
    lean_x, lean_y = sheet.rng.normal(0, 0.13, (2, 61, 61))
    height = 0.006 * smooth(0.05, 0.18, rim) + (lean_x[i, j] * fa + lean_y[i, j] * fb) / across
    height = height.astype(np.float32)
    light = lit(sheet, height, strength=1.0, ambient=0.4)
    shine = gloss(sheet, *normals(height, sheet.n, 1.0), power=60)
    colour = mix(colour * light[..., None], "#ffffff", 0.4 * shine)
    return mix(plain(sheet, "#b9b2a5") * (1 + 0.06 * sheet.noise(90, 1))[..., None], colour, tile)


def circuit_board(sheet: Sheet) -> Array:
    """A green board: copper tracks with bends, round pads, black chips with legs."""
    rng, grid = sheet.rng, 36
    unit = 1 / grid
    track, pad = np.full((2, sheet.n, sheet.n), 9.0, np.float32)
    for _ in range(150):
        place = rng.integers(0, grid, 2) + 0.5
        heading = int(rng.integers(8))
        for _ in range(int(rng.integers(2, 5))):
            way = np.array([np.cos(heading * np.pi / 4), np.sin(heading * np.pi / 4)])
            step = np.round(way * rng.integers(2, 7))
            _segment(sheet, place * unit, (place + step) * unit, track, unit)
            place, heading = place + step, int((heading + rng.choice([-1, 0, 1])) % 8)
        _segment(sheet, place * unit, place * unit, pad, unit)
    colour = ramp(sheet.noise(3, 2), (-2, "#0a4a2a"), (2, "#127040"))
    colour = mix(colour, "#4fa65c", smooth(0.34 * unit, 0.22 * unit, track))
    colour = mix(colour, "#d9b65a", smooth(0.62 * unit, 0.52 * unit, pad))
    colour = mix(colour, "#10160f", smooth(0.26 * unit, 0.18 * unit, pad))
    return _chips(sheet, colour, unit)


def _segment(sheet: Sheet, a: Array, b: Array, near: Array, reach: float) -> None:
    """Lowers `near` to the distance from the straight line a to b, within reach of it."""
    n = sheet.n
    low = np.clip((np.minimum(a, b) - reach) * n, 0, n).astype(int)
    high = np.clip((np.maximum(a, b) + reach) * n + 1, 0, n).astype(int)
    if np.any(high <= low):
        return
    box = slice(low[1], high[1]), slice(low[0], high[0])
    x, y, d = sheet.x[box] - a[0], sheet.y[box] - a[1], b - a
    t = np.clip((x * d[0] + y * d[1]) / max(float(d @ d), 1e-9), 0, 1)
    near[box] = np.minimum(near[box], np.hypot(x - t * d[0], y - t * d[1]))


def _chips(sheet: Sheet, colour: Array, unit: float) -> Array:
    """Black chips with legs, and little resistors, over a board."""
    rng = sheet.rng
    spots = [
        (i + rng.uniform(0.2, 0.8), j + rng.uniform(0.2, 0.8)) for i in range(3) for j in range(3)
    ]
    for k, (cx, cy) in enumerate(spots):
        big = rng.random() < 0.62
        w, h = (rng.uniform(3.2, 4.6), rng.uniform(2.0, 3.0)) if big else (1.8, 0.8)
        if rng.random() < 0.5:
            w, h = h, w
        dx, dy = (sheet.x - cx / 3) / unit, (sheet.y - cy / 3) / unit
        if big:
            legs_h = (np.abs(dx) < w - 0.3) & (np.abs(dy) < h + 0.9) & (((dx + 40) % 0.9) < 0.45)
            legs_v = (np.abs(dy) < h - 0.3) & (np.abs(dx) < w + 0.9) & (((dy + 40) % 0.9) < 0.45)
            colour = mix(colour, "#cfd2d4", (legs_h if w > h else legs_v).astype(np.float32))
        rim = np.minimum(w - np.abs(dx), h - np.abs(dy))
        body = smooth(0.0, 0.15, rim)
        ink = "#1b1c1f" if big else ("#b89a6a", "#2b2b30", "#c7b27a")[k % 3]
        colour = mix(colour, ink, body)
        edge = smooth(0.35, 0.1, rim) * body * np.where(dx + dy < 0, 1, -0.6)
        colour = colour + 0.16 * edge[..., None]
        if big:
            text = (np.abs(dy) % 0.9 < 0.4) & (sheet.noise(110, 1) > 0) & (rim > 0.8)
            colour = mix(colour, "#a9adb2", 0.7 * text.astype(np.float32))
            notch = np.hypot(dx + w - 0.75, dy + h - 0.75)
            colour = mix(colour, "#5a5c60", smooth(0.36, 0.26, notch))
        else:
            ends = (np.abs(dx) > w - 0.45) if w > h else (np.abs(dy) > h - 0.45)
            colour = mix(colour, "#dadcde", body * ends)
    return colour


def bubble_wrap(sheet: Sheet) -> Array:
    """Clear plastic with rows of round air bubbles that catch the light."""
    at = sheet.turned(sheet.uniform(-0.4, 0.4), sheet.warped(4, 0.004))
    across = sheet.spread(7.5, 0.08)
    wrap = cells(sheet, across, 0.03, at)
    radius = 0.44 / across
    dome = ball(wrap.dx / radius, wrap.dy / radius, 0) ** 0.7
    crumple = sheet.noise(9, 3)
    height = (0.030 * dome + 0.0018 * crumple).astype(np.float32)
    n = normals(height, sheet.n, 1.1)
    light = lit_normals(sheet, *n, 0.55)
    shine = gloss(sheet, *n, power=70) + 0.5 * gloss(sheet, -n[0], -n[1], n[2], power=30)
    under = ramp(sheet.noise(2.5, 2), (-2, "#7f98a6"), (2, "#a9bfca"))
    rim = smooth(0.16, 0.03, np.abs(wrap.near / radius - 0.95))
    colour = under * (light * (1 - 0.38 * rim))[..., None]
    return mix(colour, "#ffffff", np.clip(0.85 * shine, 0, 1))


_ROWS = (
    ("honeycomb", ("honeycomb", "bee hive", "honey"), honeycomb),
    ("basket_weave", ("basket weave", "wicker", "basket"), basket),
    ("roof_tiles", ("roof tiles", "roof", "terracotta tiles"), roof_tiles),
    ("chain_mail", ("chain mail", "chainmail", "metal rings"), chain_mail),
    ("cobblestones", ("cobblestones", "cobblestone street", "paving stones"), cobblestones),
    ("mosaic", ("mosaic", "mosaic tiles", "blue tiles"), mosaic),
    ("circuit_board", ("circuit board", "computer chip", "electronics"), circuit_board),
    ("bubble_wrap", ("bubble wrap", "bubbles", "packing foil"), bubble_wrap),
)
PAINTED = tuple(Texture(name, "surfaces", words, paint) for name, words, paint in _ROWS)
