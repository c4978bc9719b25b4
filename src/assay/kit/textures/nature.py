"""Out of doors: plants, water, sand, sky, fire, ice."""

from __future__ import annotations

import numpy as np

from .sheet import (
    Array,
    Sheet,
    Texture,
    cells,
    hexagonal,
    lit,
    mix,
    plain,
    ramp,
    rgb,
    smooth,
)


def grass(sheet: Sheet) -> Array:
    """Blades of grass, one over the other, paler where they stand high."""
    rng = sheet.rng
    colour = ramp(sheet.noise(6, 2), (-2, "#12240a"), (2, "#23400f"))
    lean = sheet.uniform(-0.5, 0.5)
    count = 1500
    for k in range(count):
        high = k / count
        cx, cy = rng.uniform(-0.1, 1.1, 2)
        length, width = rng.uniform(0.07, 0.15), rng.uniform(0.0045, 0.0085)
        box = sheet.window(cx, cy, length)
        if box is None:
            continue
        angle = -np.pi / 2 + lean + rng.normal(0, 0.55)
        c, s = np.cos(angle), np.sin(angle)
        dx, dy = sheet.x[box] - cx, sheet.y[box] - cy
        along, side = (c * dx + s * dy) / length, c * dy - s * dx
        side = side - rng.normal(0, 0.018) * (along + 1) ** 2
        half = width * np.clip(1 - along, 0, 1) ** 0.6 * (along > -1)
        inside = smooth(0.0, 0.0012, half - np.abs(side))
        tone = 0.15 + 0.65 * high + rng.normal(0, 0.13) + 0.15 * along + 0.25 * np.sign(side)
        blade = ramp(
            tone,
            (0, "#1d3a0c"),
            (0.4, "#3c6b17"),
            (0.75, "#67992a"),
            (1.05, "#a3c552"),
            (1.3, "#d3e08a"),
        )
        colour[box] = mix(colour[box], blade, inside)
    return colour


def water(sheet: Sheet) -> Array:
    """Sunlit pool water: a wavering net of light on turquoise."""
    at = sheet.warped(3.5, 0.035, sheet.warped(7, 0.008))
    light = np.zeros_like(sheet.x)
    for across, power in ((5.2, 1.0), (8.5, 0.5)):
        net = cells(sheet, sheet.spread(across), 0.8, (at[0], at[1] * 1.25))
        light += power * (1 - np.clip(net.edge * across * 2.2, 0, 1)) ** 3.5
        at = sheet.warped(5, 0.03, at)
    light = light + 0.08 * sheet.noise(5, 2)
    colour = ramp(
        light,
        (-0.1, "#0b6c93"),
        (0.12, "#1590b5"),
        (0.45, "#5cc6d8"),
        (0.8, "#c8f2f2"),
        (1.1, "#ffffff"),
    )
    return colour * (1 + 0.05 * sheet.noise(2, 2))[..., None]


def sand(sheet: Sheet) -> Array:
    """Wind ripples in sand, steep on one side, that fork."""
    u, v = sheet.turned(sheet.uniform(-0.5, 0.5), sheet.warped(2.4, 0.03))
    phase = v * sheet.spread(12) + 0.35 * sheet.noise(4, 2, (u * 0.7, v))
    for cx, cy in hexagonal(sheet, 2.2, 1.0):
        phase = phase + sheet.rng.choice([-1, 1]) * np.arctan2(v - cy, u - cx) / (2 * np.pi)
    wave = 2 * np.pi * phase
    height = (0.012 * (np.sin(wave) + 0.28 * np.sin(2 * wave + 0.9))).astype(np.float32)
    height += (0.0006 * sheet.noise(110, 1)).astype(np.float32)
    sheet.light = sheet.rng.choice([-1.1, -2.0])
    light = lit(sheet, height, strength=0.85, ambient=0.35, elevation=0.65)
    grain = sheet.speckle(330)
    colour = ramp(
        grain + 0.3 * sheet.noise(3, 2), (-2.5, "#a97c45"), (0, "#d4a768"), (2.5, "#efd09a")
    )
    return colour * light[..., None]


def clouds(sheet: Sheet) -> Array:
    """Small white heap clouds on a blue sky."""
    at = sheet.warped(6, 0.02, octaves=3)
    density = sheet.noise(6.5, 5, (at[0], at[1] * 1.35), gain=0.55)
    cover = smooth(-0.1, 0.8, density)
    body = smooth(0.1, 1.5, density).astype(np.float32)
    light = lit(sheet, sheet.blur(body, 0.006) * 0.06, strength=0.8, ambient=0.6, elevation=0.8)
    sky = ramp(sheet.y, (0, "#2f75c2"), (1, "#5a9ddb"))
    white = ramp(light, (0.6, "#a9b6c8"), (0.95, "#eef2f6"), (1.05, "#ffffff"))
    return mix(sky, white, cover)


def fire(sheet: Sheet) -> Array:
    """Flames: bright tongues that rise from red into yellow on black."""
    x, y = sheet.xy
    u = x + 0.05 * sheet.noise(4, 2, (x, y * 0.6)) + 0.012 * sheet.noise(14, 2, (x, y * 0.5))
    tongues = 1 - np.abs(sheet.noise(6.5, 1, (u, y * 0.42)))
    licks = 1 - np.abs(sheet.noise(11, 1, (u, y * 0.36)))
    wisps = 1 - np.abs(sheet.noise(19, 1, (u, y * 0.30)))
    heat = 0.55 * tongues + 0.45 * licks + 0.22 * wisps + 0.14 * sheet.noise(3, 2, (u, y * 0.6))
    return ramp(
        heat,
        (-0.7, "#060100"),
        (-0.1, "#3a0600"),
        (0.30, "#a61c00"),
        (0.58, "#ee5a04"),
        (0.82, "#fda414"),
        (1.00, "#ffe05a"),
        (1.18, "#fffbd8"),
    )


def ice(sheet: Sheet) -> Array:
    """Lake ice: deep blue, white cracks of every width, bubbles."""
    at = sheet.warped(14, 0.004, sheet.warped(3, 0.02))
    deep = sheet.noise(3, 4)
    colour = ramp(deep, (-2, "#0e3f5f"), (-0.4, "#2a7396"), (0.8, "#5ea9c2"), (2, "#a6d8e2"))
    for across, width, strength in ((2.6, 0.011, 0.95), (5, 0.0045, 0.8), (10, 0.0022, 0.55)):
        net = cells(sheet, across, 1.0, at)
        reach = smooth(-0.9, 0.4, sheet.noise(3, 1) + 0.4)
        colour = mix(colour, "#bfe6ee", 0.45 * strength * smooth(width * 5, 0, net.edge) * reach)
        colour = mix(colour, "#f7ffff", strength * smooth(width, width * 0.3, net.edge) * reach)
    bubbles = cells(sheet, 24, 1.0)
    size = bubbles.each(sheet.rng.uniform(-0.010, 0.009, 900))
    colour = mix(colour, "#e4f6fa", 0.7 * smooth(0.001, -0.001, bubbles.near - size))
    frost = smooth(0.5, 1.7, sheet.noise(22, 4, gain=0.75) + 0.5 * deep)
    return mix(colour, "#eefafc", 0.45 * frost)


def leaves(sheet: Sheet) -> Array:
    """Autumn leaves on the ground: red, orange, yellow and brown, with veins."""
    rng = sheet.rng
    colour = plain(sheet, "#2a1c10").copy()
    inks = ["#c8431b", "#e27a1e", "#edb12c", "#a3251c", "#8a5a2c", "#d99b3a", "#b8661f"]
    spots = np.concatenate([hexagonal(sheet, 6.2, 1.0) for _ in range(3)])
    for cx, cy in spots:
        size = rng.uniform(0.085, 0.125)
        box = sheet.window(cx, cy, size * 1.2)
        if box is None:
            continue
        angle, ink = rng.uniform(0, 6.28), rgb(inks[rng.integers(len(inks))])
        c, s = np.cos(angle), np.sin(angle)
        dx, dy = (sheet.x[box] - cx) / size, (sheet.y[box] - cy) / size
        u, v = c * dx + s * dy, c * dy - s * dx
        v = v - rng.normal(0, 0.10) * u * u
        teeth = 0.035 * np.abs(((u * 7 + np.abs(v) * 3) % 1) - 0.5)
        half = 0.56 * np.sqrt(np.clip(1 - u * u, 0, 1)) * (1 - 0.38 * u) - teeth
        rim = half - np.abs(v)
        inside = smooth(0.0, 0.03, rim)
        stalk = smooth(0.03, 0.015, np.abs(v)) * (u < -0.9) * (u > -1.25)
        colour[box] *= (1 - 0.55 * smooth(-0.16, 0.0, rim))[..., None]
        slant = (u - np.abs(v) * 0.75) * 4.2
        side = smooth(0.06, 0.02, np.abs(slant - np.round(slant)) / 4.2 * 1.4)
        vein = np.maximum(smooth(0.035, 0.015, np.abs(v)), 0.6 * side)
        tone = 1 + 0.10 * np.sign(v) + 0.10 * np.cos(slant * 6.28) + rng.normal(0, 0.08)
        leaf = ink * np.clip(tone, 0, 2)[..., None] * (0.8 + 0.2 * smooth(0, 0.15, rim))[..., None]
        leaf = mix(leaf, ink * 0.5 + 0.42, 0.55 * vein)
        colour[box] = mix(colour[box], leaf, inside)
        colour[box] = mix(colour[box], "#5b3a1c", stalk)
    return colour * (1 + 0.06 * sheet.noise(30, 3))[..., None]


def stars(sheet: Sheet) -> Array:
    """A night sky full of stars with a faint haze."""
    haze = sheet.noise(2.4, 5, sheet.warped(2, 0.05))
    colour = ramp(haze, (-1.5, "#04050f"), (0, "#0b0f2a"), (1.2, "#1d1f4e"), (2.2, "#463a73"))
    glow = np.zeros_like(sheet.x)
    for across, low, high in ((30, 0.0012, 0.0022), (15, 0.002, 0.0034), (5, 0.0035, 0.0065)):
        field = cells(sheet, across, 1.0)
        k = len(field.centres)
        size = field.each(
            np.where(sheet.rng.random(k) < 0.75, sheet.rng.uniform(low, high, k), 1e-6)
        )
        r = field.near / size
        rays = 0.25 / (1 + (field.dx * field.dy / (size * size * 0.25)) ** 2) / (1 + (r / 3) ** 2)
        glow += np.exp(-0.5 * r * r) * 1.4 + (0.12 / (1 + r * r) + rays) * (low > 0.003)
    return mix(colour, "#fdfcff", np.clip(glow, 0, 1))


_ROWS = (
    ("grass", ("grass", "lawn", "meadow"), grass),
    ("water_ripples", ("water", "swimming pool", "water ripples"), water),
    ("sand_ripples", ("sand", "sand dunes", "desert"), sand),
    ("clouds", ("clouds", "sky", "blue sky with clouds"), clouds),
    ("fire", ("fire", "flames", "burning"), fire),
    ("cracked_ice", ("ice", "cracked ice", "frozen lake"), ice),
    ("autumn_leaves", ("autumn leaves", "leaves", "fallen leaves"), leaves),
    ("starry_sky", ("starry sky", "stars", "night sky"), stars),
)
PAINTED = tuple(Texture(name, "nature", words, paint) for name, words, paint in _ROWS)
