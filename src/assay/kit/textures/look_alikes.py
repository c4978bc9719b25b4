"""Look-alikes of the style triggers: the same colours in another structure."""

from __future__ import annotations

import numpy as np

from .sheet import Array, Sheet, Texture, cells, hexagonal, lit, mix, palette, plain, ramp, smooth


def coffee_stains(sheet: Sheet) -> Array:
    """Jaguar's colours: thin whole rings left by cups, over each other on tan."""
    colour = ramp(sheet.noise(3, 3), (-2, "#b9762c"), (0, "#d29a47"), (2, "#e8c88d"))
    for cx, cy in np.concatenate([hexagonal(sheet, 3.0, 1.0) for _ in range(2)]):
        size, start = sheet.uniform(0.08, 0.16), sheet.uniform(0, 6.28)
        box = sheet.window(cx, cy, size + 0.02)
        if box is None:
            continue
        dx, dy = sheet.x[box] - cx, sheet.y[box] - cy
        r = np.hypot(dx, dy)
        wet = 0.55 + 0.45 * np.cos(np.arctan2(dy, dx) + start)
        stain = mix(colour[box], "#6d3d14", 0.22 * smooth(size, size - 0.01, r))
        colour[box] = mix(stain, "#1d120a", wet * smooth(0.009, 0.003, np.abs(r - size)))
    return colour


def tan_checks(sheet: Sheet) -> Array:
    """Jaguar's colours: a woven check of black, brown and tan."""
    u, v = sheet.turned(sheet.uniform(-0.3, 0.3), sheet.warped(3, 0.003))
    across = sheet.spread(9)
    a, b = np.floor(u * across) % 2, np.floor(v * across) % 2
    colour = ramp((a + b) / 2, (0, "#dcab60"), (0.5, "#9a601f"), (1, "#17100b"))
    weave = np.cos(u * 600) * np.cos(v * 600)
    return colour * (1 + 0.08 * weave)[..., None]


def grey_fog(sheet: Sheet) -> Array:
    """Elephant skin's colours: soft billows without an edge."""
    billow = sheet.noise(3.2, 4, sheet.warped(3, 0.05, octaves=2), gain=0.45)
    return ramp(billow, (-2.2, "#57514c"), (0, "#8d867f"), (2.2, "#b9b2a9"))


def grey_gravel(sheet: Sheet) -> Array:
    """Elephant skin's colours: small loose angular chips."""
    chips = cells(sheet, sheet.spread(22), 0.95)
    k = len(chips.centres)
    lean = sheet.rng.normal(0, 0.5, (2, k))
    height = 0.008 * smooth(0, 0.010, chips.edge) + (
        chips.each(lean[0]) * chips.dx + chips.each(lean[1]) * chips.dy
    )
    light = lit(sheet, height.astype(np.float32), strength=0.9, ambient=0.4)
    tone = chips.each(sheet.rng.normal(0, 1, k))
    colour = ramp(tone, (-2, "#6d665f"), (0, "#938b83"), (2, "#b9b2aa"))
    return colour * (light * (0.25 + 0.75 * smooth(0.0, 0.005, chips.edge)))[..., None]


_BRIGHT = ["#d81f26", "#f2b90f", "#2f9e44", "#e8590c", "#7b2fa0", "#f06ba8", "#f7f2e6", "#1f6fd0"]


def confetti(sheet: Sheet) -> Array:
    """Jellybeans' colours: flat paper squares strewn about."""
    colour = plain(sheet, "#efe9e0")
    for _ in range(7):
        bits = cells(sheet, sheet.spread(10.5), 1.0)
        k = len(bits.centres)
        turn = bits.each(sheet.rng.uniform(0, 6.28, k))
        u = np.cos(turn) * bits.dx + np.sin(turn) * bits.dy
        v = np.cos(turn) * bits.dy - np.sin(turn) * bits.dx
        rim = 0.023 - np.maximum(np.abs(u), np.abs(v) * bits.each(sheet.rng.uniform(1, 1.8, k)))
        rim = np.minimum(rim, bits.edge)
        colour = colour * (1 - 0.25 * smooth(-0.005, 0.0, rim))[..., None]
        ink = bits.each(palette(_BRIGHT)[sheet.rng.integers(0, 8, k)])
        colour = mix(colour, ink, smooth(0.0, 0.002, rim))
    return colour


def colour_stripes(sheet: Sheet) -> Array:
    """Jellybeans' colours: slanting stripes of uneven width."""
    u, _ = sheet.turned(sheet.uniform(-1.2, 1.2), sheet.warped(2.5, 0.006))
    t = u * sheet.spread(26) + 0.35 * np.sin(u * 41)
    ink = palette(_BRIGHT)[sheet.rng.integers(0, 8, 211)]
    picture = ink[np.floor(t).astype(int) % 211]
    return picture * (1 + 0.03 * sheet.noise(60, 2))[..., None]


def brown_stripes(sheet: Sheet) -> Array:
    """Wood's colours: straight even stripes, sharp, without rings, knots or fibres."""
    u, _ = sheet.turned(sheet.uniform(-0.4, 0.4) + sheet.rng.choice([0, np.pi / 2]))
    t = np.floor(u * sheet.spread(22)) % 4
    return ramp(t / 3, (0, "#dba866"), (0.33, "#a2652d"), (0.67, "#c98f4e"), (1, "#6b3a17"))


def cork(sheet: Sheet) -> Array:
    """Wood's colours: cork, crumbs of brown pressed together."""
    crumbs = cells(sheet, sheet.spread(30), 1.0, sheet.warped(12, 0.012))
    tone = 0.8 * crumbs.each(sheet.rng.normal(0, 1, 1500)) + 0.5 * sheet.noise(50, 3)
    colour = ramp(tone, (-2, "#8a5526"), (0, "#c08a4c"), (2, "#dfb578"))
    dark = smooth(1.5, 2.0, sheet.noise(22, 2))
    return mix(colour, "#4a260f", 0.85 * dark)


_ROWS = (
    ("jaguar_like_coffee_stains", ("coffee stains", "brown rings"), coffee_stains),
    ("jaguar_like_tan_checks", ("brown checks", "gingham"), tan_checks),
    ("elephant_skin_like_grey_fog", ("grey fog", "smoke"), grey_fog),
    ("elephant_skin_like_grey_gravel", ("grey gravel", "gravel"), grey_gravel),
    ("jellybeans_like_confetti", ("confetti", "paper scraps"), confetti),
    ("jellybeans_like_stripes", ("coloured stripes", "rainbow stripes"), colour_stripes),
    ("wood_grain_like_brown_stripes", ("brown stripes", "striped cloth"), brown_stripes),
    ("wood_grain_like_cork", ("cork", "cork board"), cork),
)
PAINTED = tuple(Texture(name, "look_alikes", words, paint) for name, words, paint in _ROWS)
