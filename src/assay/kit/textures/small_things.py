"""Heaps of small things, seen from above."""

from __future__ import annotations

import numpy as np

from .heap import Heap, Spread, ball, pile, shine
from .sheet import Array, Sheet, Texture, mix, palette, ramp, smooth


def _ground(sheet: Sheet, heap: Heap, colour: Array, ground: str) -> Array:
    """The colours, with the ground's where nothing lies."""
    return mix(colour, ground, heap.ground.astype(np.float32))


def _capsule(u: Array, v: Array, half: float, radius: float) -> Array:
    """A rounded rod along u."""
    d = np.hypot(np.maximum(np.abs(u) - half, 0), v) / radius
    return np.sqrt(np.maximum(1 - d * d, 0))


_SWEETS = (
    "#d81f26", "#f2b90f", "#2f9e44", "#e8590c", "#7b2fa0", "#f06ba8",
    "#f7f2e6", "#1f6fd0", "#a4d233", "#3a1d14", "#e03a7a", "#f4e04d",
)  # fmt: skip


def jellybeans(sheet: Sheet) -> Array:
    """Glossy beans of every colour, lying every way."""
    bends = sheet.rng.uniform(0.16, 0.34, 700)

    def bean(u: Array, v: Array, k: int) -> Array:
        return _capsule(u, v - bends[k % 700] * (u * u - 0.3), 0.48, 0.52)

    radius = sheet.spread(0.088, 0.08)
    heap = pile(sheet, bean, Spread(0.66 / radius, radius, 3, 0.9, 0.07, 0.16, 0.62, reach=1.15))
    names = sheet.rng.permutation(palette(_SWEETS))[:10]
    colour = heap.each(names[sheet.rng.integers(0, 10, 900)])
    colour = colour * (0.94 + 0.12 * sheet.rng.random((900, 1)))[np.maximum(heap.owner, 0) % 900]
    speckled = (sheet.rng.random(900) < 0.10)[np.maximum(heap.owner, 0) % 900]
    colour = mix(colour, "#5a2a18", 0.7 * speckled * smooth(0.7, 1.1, sheet.noise(70)))
    colour = _ground(sheet, heap, colour, "#2a1512")
    # The light scattered inside sugar lifts the shadows.
    body = shine(sheet, heap, colour, radius * 0.5, glossy=0.95, power=90, ambient=0.5, deep=0.3)
    return mix(body, colour, 0.14)


def pebbles(sheet: Sheet) -> Array:
    """Smooth round river stones in greys, browns and white."""
    rng = sheet.rng
    a, b = rng.uniform(0.62, 0.98, 600), rng.uniform(2.0, 2.8, 600)
    wave, phase = rng.uniform(0, 0.07, 600), rng.uniform(0, 6.28, 600)

    def stone(u: Array, v: Array, k: int) -> Array:
        k %= 600
        v = v / a[k]
        r = (np.abs(u) ** b[k] + np.abs(v) ** b[k]) ** (1 / b[k])
        r = r * (1 + wave[k] * np.cos(3 * np.arctan2(v, u) + phase[k]))
        return np.maximum(1 - r**2.6, 0) ** 0.6

    radius = sheet.spread(0.082)
    heap = pile(sheet, stone, Spread(0.62 / radius, radius, 2, 0.9, 0.28, 0.15, 0.5))
    stones = palette(
        ["#8d8a85", "#6d6a68", "#a89a86", "#c9c2b5", "#7d6654", "#55565a", "#b5a58e", "#e2ded4"]
    )
    colour = heap.each(stones[rng.integers(0, 8, 900)] * rng.uniform(0.88, 1.08, (900, 1)))
    veins = smooth(0.12, 0.0, np.abs(sheet.noise(9, 2, (heap.u * 0.4 + heap.owner, heap.v * 0.4))))
    grain = 0.10 * sheet.noise(40, 3, gain=0.7) + 0.10 * sheet.noise(9, 2)
    colour = colour * (1 + grain)[..., None]
    striped = (rng.random(900) < 0.3)[np.maximum(heap.owner, 0) % 900]
    colour = mix(colour, "#efeae0", 0.5 * veins * striped)
    colour = _ground(sheet, heap, colour, "#3b352e")
    return shine(sheet, heap, colour, radius * 0.5, glossy=0.25, power=14)


def coffee_beans(sheet: Sheet) -> Array:
    """Roasted coffee beans: brown half-eggs, most with the crease up."""
    rng = sheet.rng
    up = rng.random(900) < 0.68

    def bean(u: Array, v: Array, k: int) -> Array:
        q = np.sqrt(np.maximum(1 - u * u - (v / 0.70) ** 2, 0))
        if up[k % 900]:
            line = v - 0.10 * np.sin(2.6 * u)
            q = np.minimum(q, 0.75) * (
                1 - 0.55 * np.exp(-((line / 0.085) ** 2)) * (np.abs(u) < 0.93)
            )
        return q

    radius = sheet.spread(0.072, 0.1)
    heap = pile(sheet, bean, Spread(0.68 / radius, radius, 3, 0.9, 0.08, 0.22, 0.62))
    tone = rng.normal(0, 1, 900)[np.maximum(heap.owner, 0) % 900] + 0.5 * sheet.noise(30, 3)
    colour = ramp(tone, (-2, "#351c0e"), (0, "#5a3319"), (2, "#7f4d29"))
    line = heap.v - 0.10 * np.sin(2.6 * heap.u)
    crease = np.exp(-((line / 0.07) ** 2)) * up[np.maximum(heap.owner, 0) % 900]
    colour = mix(colour, "#1a0c05", 0.85 * crease)
    colour = _ground(sheet, heap, colour, "#140a05")
    return shine(sheet, heap, colour, radius * 0.5, glossy=0.42, power=24)


def rice(sheet: Sheet) -> Array:
    """Long white grains of rice."""

    def grain(u: Array, v: Array, _: int) -> Array:
        return np.sqrt(np.maximum(1 - np.abs(u) ** 2.3 - (v / 0.27) ** 2, 0)) * 0.36

    radius = sheet.spread(0.062, 0.1)
    heap = pile(sheet, grain, Spread(0.95 / radius, radius, 4, 1.0, 0.12, 0.12, 0.75))
    tone = sheet.rng.normal(0, 1, 997)[np.maximum(heap.owner, 0) % 997]
    colour = ramp(tone, (-2, "#e6dec9"), (0, "#f3eddf"), (2, "#fdfbf4"))
    colour = _ground(sheet, heap, colour, "#8b8069")
    body = shine(sheet, heap, colour, radius * 0.3, glossy=0.35, power=30, ambient=0.5, deep=0.35)
    return mix(body, colour, 0.15)


def popcorn(sheet: Sheet) -> Array:
    """Popped corn: cream clouds of round lobes with yellow-brown hearts."""
    rng = sheet.rng
    lobes = rng.integers(4, 7, 500)
    turn = rng.uniform(0, 6.28, (500, 7)) * 0.12
    size = rng.uniform(0.30, 0.60, (500, 7))

    def puff(u: Array, v: Array, k: int) -> Array:
        k %= 500
        z = np.sqrt(np.maximum(0.25 - u * u - v * v, 0)) * 0.9
        for j in range(lobes[k]):
            a = 6.28 * j / lobes[k] + turn[k, j]
            r = size[k, j]
            d = (u - 0.52 * np.cos(a)) ** 2 + (v - 0.52 * np.sin(a)) ** 2
            z = np.maximum(z, np.sqrt(np.maximum(r * r - d, 0)) * 1.35 + 0.1 * (d < r * r))
        return z

    radius = sheet.spread(0.105, 0.08)
    heap = pile(sheet, puff, Spread(0.66 / radius, radius, 3, 0.9, 0.12, 0.12, 0.75, reach=1.15))
    middle = np.hypot(heap.u, heap.v)
    bumps = sheet.noise(30, 3, gain=0.6)
    toasted = smooth(0.42, 0.10, middle + 0.10 * bumps)
    colour = ramp(bumps, (-2, "#eed893"), (0, "#f9edc4"), (2, "#fffae6"))
    colour = mix(colour, "#d9962c", 0.80 * toasted)
    colour = _ground(sheet, heap, colour, "#7a5a26")
    body = shine(sheet, heap, colour, radius * 0.35, glossy=0.08, power=10, ambient=0.5, deep=0.35)
    return mix(body, colour, 0.12) * (1 + 0.03 * bumps)[..., None]


def buttons(sheet: Sheet) -> Array:
    """Sewing buttons: coloured discs with a rim and four holes."""
    rng = sheet.rng
    holes = rng.choice([2, 4, 4], 500)

    def button(u: Array, v: Array, k: int) -> Array:
        r = np.hypot(u, v)
        z = np.clip((1 - r) / 0.10, 0, 1) ** 0.5 * 0.5
        z = z - 0.16 * smooth(0.76, 0.62, r)
        return np.where(r < 1, z, 0)

    radius = sheet.spread(0.088, 0.08)
    heap = pile(sheet, button, Spread(0.62 / radius, radius, 2, 0.9, 0.22, 0.09, 0.5, stacked=True))
    who = np.maximum(heap.owner, 0) % 500
    inks = palette(
        [
            "#c92a2a",
            "#1864ab",
            "#f0c419",
            "#2b8a3e",
            "#e8e4da",
            "#d6336c",
            "#343a40",
            "#7048b6",
            "#e67700",
            "#35b5b0",
        ]
    )
    colour = heap.each(inks[rng.integers(0, 10, 500)])
    four = holes[who] == 4
    a, b = np.abs(heap.u), np.abs(heap.v)
    d = np.where(four, np.hypot(a - 0.21, b - 0.21), np.hypot(a - 0.24, b))
    hole = smooth(0.135, 0.10, d)
    colour = _ground(sheet, heap, colour, "#5b4a3c")
    body = shine(sheet, heap, colour, radius * 0.4, glossy=0.5, power=30)
    ring = np.abs(np.hypot(heap.u, heap.v) - 0.70)
    body = body * (1 - 0.25 * smooth(0.06, 0.02, ring) * ~heap.ground)[..., None]
    return mix(body, "#17120f", 0.92 * hole * ~heap.ground)


def green_peas(sheet: Sheet) -> Array:
    """Round green peas."""
    radius = sheet.spread(0.068, 0.1)
    heap = pile(sheet, ball, Spread(0.58 / radius, radius, 2, 0.7, 0.10, 0.0, 0.95))
    who = np.maximum(heap.owner, 0) % 700
    tone = sheet.rng.normal(0, 1, 700)[who] + 0.3 * sheet.noise(20, 3)
    colour = ramp(tone, (-2, "#4c8f1f"), (0, "#6db52e"), (2, "#93d04d"))
    colour = _ground(sheet, heap, colour, "#1d3d0b")
    body = shine(sheet, heap, colour, radius * 0.5, glossy=0.6, power=60, ambient=0.42, deep=0.3)
    return mix(body, colour, 0.1)


def coins(sheet: Sheet) -> Array:
    """Gold, silver and copper coins with a raised rim and a stamped head or figure."""
    rng = sheet.rng
    kind = rng.integers(0, 3, 400)

    def coin(u: Array, v: Array, k: int) -> Array:
        r = np.hypot(u, v)
        z = 0.42 + 0.12 * smooth(0.82, 0.88, r) * smooth(1.0, 0.96, r)
        # A head in profile: a skull, a nose, a neck.
        head = np.minimum(
            np.hypot(u / 0.95, (v + 0.16) / 1.1) - 0.34, np.hypot(u - 0.30, (v + 0.05) / 0.8) - 0.12
        )
        neck = np.maximum(
            np.abs(u + 0.06) - 0.17 - 0.5 * np.maximum(v - 0.3, 0) ** 2 * 4, np.abs(v - 0.35) - 0.26
        )
        z = z + 0.10 * smooth(0.04, -0.08, np.minimum(head, neck))
        beads = np.cos(np.arctan2(v, u) * 44)
        z = z + 0.03 * (beads > 0.2) * (np.abs(r - 0.74) < 0.035)
        return np.where(r < 1, z, 0)

    radius = sheet.spread(0.112, 0.08)
    heap = pile(sheet, coin, Spread(0.60 / radius, radius, 3, 0.9, 0.14, 0.10, 0.6, stacked=True))
    metal = palette(["#d8a838", "#c3c4c6", "#b9683a"])
    colour = heap.each(metal[kind] * rng.uniform(0.85, 1.08, (400, 1)))
    r = np.hypot(heap.u, heap.v)
    grime = sheet.noise(16, 3)
    colour = colour * (1 + 0.06 * grime - 0.10 * smooth(0.9, 0.8, r))[..., None]
    reeds = np.cos(np.arctan2(heap.v, heap.u) * 90) * (r > 0.96)
    colour = colour * (1 - 0.25 * (reeds > 0))[..., None]
    colour = _ground(sheet, heap, colour, "#2a2118")
    return shine(sheet, heap, colour, radius * 0.3, glossy=0.7, power=12, ambient=0.35)


_ROWS = (
    ("jellybeans", ("jellybeans", "jelly beans", "candy"), jellybeans),
    ("pebbles", ("pebbles", "stones", "rocks"), pebbles),
    ("coffee_beans", ("coffee beans", "coffee", "beans"), coffee_beans),
    ("rice", ("rice", "rice grains", "white rice"), rice),
    ("popcorn", ("popcorn", "popped corn", "cauliflower"), popcorn),
    ("buttons", ("buttons", "sewing buttons", "coloured buttons"), buttons),
    ("green_peas", ("green peas", "peas", "green balls"), green_peas),
    ("coins", ("coins", "money", "pennies"), coins),
)
PAINTED = tuple(Texture(name, "small_things", words, paint) for name, words, paint in _ROWS)
