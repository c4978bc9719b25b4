"""Woven and printed cloth."""

from __future__ import annotations

import numpy as np

from .sheet import Array, Sheet, Texture, cells, mix, palette, plain, rgb, smooth


def _cloth(sheet: Sheet, colour: Array, depth: float = 0.10, threads: int = 110) -> Array:
    """A plain weave and soft folds over a print."""
    u, v = sheet.warped(6, 0.002)
    weave = np.cos(2 * np.pi * u * threads) * np.cos(2 * np.pi * v * threads)
    weave = 0.6 * weave + 0.4 * sheet.noise(120, 1)
    folds = 0.05 * sheet.noise(2.2, 2)
    return colour * (1 + depth * weave + folds)[..., None]


def _pick(sheet: Sheet, *choices: tuple[str, ...]) -> tuple[str, ...]:
    return choices[int(sheet.rng.integers(len(choices)))]


def tartan(sheet: Sheet) -> Array:
    """Crossing bands of colour in twill, the same along and across."""
    u, v = sheet.turned(sheet.uniform(-0.08, 0.08), sheet.warped(3, 0.004))
    ground, band, line, thin = _pick(
        sheet,
        ("#a51c24", "#12301f", "#101a3c", "#f0d858"),
        ("#a8202a", "#14224f", "#0f2a18", "#f2f0e8"),
        ("#b3221f", "#0f3a26", "#141414", "#f4e9c8"),
    )
    repeat = sheet.spread(3.3)
    shift = sheet.rng.uniform(0, 1, 2)

    def sett(a: Array) -> Array:
        t = np.abs(((a * repeat) % 1) - 0.5) * 2  # 0 to 1 and back: mirrored
        colour = np.broadcast_to(rgb(ground), (*a.shape, 3))
        for low, high, ink in (
            (0.00, 0.05, thin), (0.12, 0.34, band), (0.20, 0.26, line),
            (0.60, 0.64, line), (0.70, 0.74, line), (0.95, 1.01, thin),
        ):  # fmt: skip
            colour = mix(colour, ink, ((t >= low) & (t < high)).astype(np.float32))
        return colour

    warp, weft = sett(u + shift[0]), sett(v + shift[1])
    rib = np.cos(2 * np.pi * (u + v) * 62)
    over = 0.5 + 0.38 * smooth(-0.7, 0.7, rib) - 0.19
    return mix(warp, weft, over) * (1 + 0.07 * rib + 0.05 * sheet.noise(100, 1))[..., None]


def polka_dots(sheet: Sheet) -> Array:
    """Round white dots in even rows on one bright colour."""
    ground = _pick(sheet, ("#c8202f",), ("#1d4f9c",), ("#d63384",), ("#117a65",), ("#222222",))[0]
    at = sheet.turned(sheet.uniform(-0.35, 0.35), sheet.warped(3, 0.004))
    dots = cells(sheet, sheet.spread(6.5), 0.0, at)
    radius = 0.29 / 6.5
    return _cloth(
        sheet, mix(plain(sheet, ground), "#fbf8f1", smooth(radius, radius - 0.004, dots.near)), 0.06
    )


def camouflage(sheet: Sheet) -> Array:
    """Army camouflage: blotches of olive, brown and black on tan."""
    colour = plain(sheet, "#9c9162")
    for ink, cut in (("#5c6b36", 0.05), ("#62472c", 0.62), ("#1d1f17", 0.95)):
        at = sheet.warped(8, 0.022, octaves=2)
        field = sheet.noise(7.0, 2, (at[0], at[1] * 1.5), gain=0.4)
        colour = mix(colour, ink, smooth(cut - 0.03, cut + 0.03, field))
    return _cloth(sheet, colour, 0.07)


def houndstooth(sheet: Sheet) -> Array:
    """Black and white broken checks with notched corners."""
    u, v = sheet.turned(sheet.uniform(-0.08, 0.08), sheet.warped(3, 0.004))
    repeat = sheet.spread(7.5)
    # Four dark and four pale threads each way in a two-and-two twill.
    i = np.floor(u * repeat * 8).astype(int)
    j = np.floor(v * repeat * 8).astype(int)
    warp_dark, weft_dark = (i % 8) < 4, (j % 8) < 4
    warp_up = ((i + j) % 4) < 2
    dark = np.where(warp_up, warp_dark, weft_dark)
    ink = _pick(sheet, ("#17171a",), ("#17171a",), ("#1f2230",))[0]
    return _cloth(sheet, mix(plain(sheet, "#f3f0e9"), ink, dark.astype(np.float32)), 0.06)


def argyle(sheet: Sheet) -> Array:
    """Diamonds in three colours with thin crossing lines over them."""
    u, v = sheet.turned(sheet.uniform(-0.06, 0.06), sheet.warped(3, 0.005))
    one, two, ground, line = _pick(
        sheet,
        ("#23395d", "#8c1c2b", "#d9d2c0", "#ffffff"),
        ("#1f5d45", "#20305c", "#c9c2b2", "#f4e8a8"),
        ("#4a2a5c", "#1c6b7d", "#dcd0d8", "#ffffff"),
    )
    repeat = sheet.spread(4.2)
    a = repeat * (u + 0.62 * v) + sheet.uniform(0, 1)
    b = repeat * (u - 0.62 * v) + sheet.uniform(0, 1)
    i, j = np.floor(a).astype(int), np.floor(b).astype(int)
    colour = np.broadcast_to(rgb(ground), (*u.shape, 3))
    diamond = (i + j) % 2 == 0
    colour = mix(colour, one, (diamond & ((i - j) % 4 == 0)).astype(np.float32))
    colour = mix(colour, two, (diamond & ((i - j) % 4 == 2)).astype(np.float32))
    near = np.minimum(np.abs(a - i - 0.5), np.abs(b - j - 0.5))
    dashes = np.cos(2 * np.pi * (a + b) * 9) > -0.5
    colour = mix(colour, line, smooth(0.035, 0.02, near) * dashes)
    rib = np.abs(((v * 70 + np.abs((u * 70 % 1) - 0.5) * 1.4) % 1) - 0.5)
    return colour * (0.86 + 0.32 * rib + 0.05 * sheet.noise(60, 2))[..., None]


def paisley(sheet: Sheet) -> Array:
    """Curved drops filled with smaller drops and dots, on a rich ground."""
    ground, body, inner, dot = _pick(
        sheet,
        ("#7a1424", "#e0b04a", "#1d4a5c", "#f7ead0"),
        ("#16305c", "#d8c48a", "#8a1f2f", "#fbf4e2"),
        ("#194a3a", "#e2a94b", "#7b1d2a", "#f8eed4"),
    )
    at = sheet.turned(sheet.uniform(-0.3, 0.3))
    colour = plain(sheet, ground)
    little = cells(sheet, 19, 0.3, at)
    colour = mix(colour, dot, 0.75 * smooth(0.0075, 0.005, little.near))
    drops = cells(sheet, sheet.spread(4.3, 0.08), 0.25, at)
    turn = drops.each(sheet.rng.uniform(-0.5, 0.5, 200) + np.pi * sheet.rng.integers(0, 2, 200))
    c, s = np.cos(turn), np.sin(turn)
    size = 0.118
    u, v = (c * drops.dx + s * drops.dy) / size, (c * drops.dy - s * drops.dx) / size
    distance = _drop(u, v)
    colour = mix(colour, ground, smooth(0.12, 0.09, distance))
    for edge, ink in ((0.05, dot), (0.0, body), (-0.11, inner), (-0.16, dot), (-0.20, body)):
        colour = mix(colour, ink, smooth(edge + 0.015, edge - 0.015, distance))
    colour = mix(colour, inner, smooth(0.17, 0.14, np.hypot(u + 0.02, v - 0.22)))
    colour = mix(colour, dot, smooth(0.08, 0.05, np.hypot(u + 0.02, v - 0.22)))
    petals = np.hypot(u + 0.02, v - 0.22) - 0.25 - 0.06 * np.cos(8 * np.arctan2(v - 0.22, u + 0.02))
    colour = mix(colour, inner, smooth(0.03, 0.01, np.abs(petals)))
    beads = np.abs(distance + 0.055) < 0.03
    around = np.cos(np.arctan2(v - 0.15, u) * 22) > 0
    colour = mix(colour, inner, (beads & around).astype(np.float32))
    return _cloth(sheet, colour, 0.06)


def _drop(u: Array, v: Array) -> Array:
    """Signed distance, roughly, to a drop whose tail curls to one side (about 2 high)."""
    bent = u - 0.34 * np.maximum(0.15 - v, 0) ** 2 * 1.3 + 0.05
    half = 0.56 * np.sqrt(np.clip(1 - ((v - 0.15) / 0.72) ** 2, 0, 1))
    tail = 0.56 * np.clip((v + 1.05) / 1.2, 0, 1) ** 0.9
    width = np.where(v > 0.15, half, tail)
    d = np.abs(bent) - width
    return np.maximum(0.8 * d, np.maximum(v - 0.87, -1.05 - v))


def floral(sheet: Sheet) -> Array:
    """A flower print: open blossoms and leaves on one ground."""
    ground = _pick(sheet, ("#f5e8d4",), ("#1f2f55",), ("#dcebe4",), ("#2c1e2e",))[0]
    colour = plain(sheet, ground)
    at = sheet.warped(5, 0.008)
    for across, inks, petals, size in (
        (7.5, ["#3d7a3f", "#5d9650", "#2f6a4d"], 2, 0.050),
        (8.0, ["#4f8dc0", "#f2b632", "#ffffff"], 5, 0.038),
        (4.4, ["#d8345f", "#ee7f9a", "#e2572f"], 5, 0.088),
    ):
        field = cells(sheet, across, 0.6, at)
        k = len(field.centres)
        start = field.each(sheet.rng.uniform(0, 6.28, k))
        reach = field.each(size * sheet.rng.uniform(0.8, 1.1, k))
        reach = np.minimum(reach, field.near + field.edge)
        ink = field.each(palette(inks)[sheet.rng.integers(0, 3, k)])
        r = field.near / reach
        petal = np.abs(np.cos(0.5 * petals * (field.angle - start)))
        outline = 0.45 + 0.52 * petal**0.6 if petals > 2 else petal**2.2
        blossom = smooth(0.0, 0.05, outline - r)
        shaded = ink * (0.72 + 0.36 * r)[..., None]
        shaded = mix(shaded, ink * 0.55, 0.7 * smooth(0.06, 0.0, np.abs(outline - r - 0.06)))
        colour = mix(colour, shaded, blossom)
        if petals > 2:
            colour = mix(colour, "#f4c531", smooth(0.25, 0.20, r))
            colour = mix(colour, "#8a4a12", smooth(0.10, 0.07, r))
        else:
            vein = smooth(0.03, 0.01, np.abs(np.sin(field.angle - start)) * r)
            colour = mix(colour, "#cfe0b0", 0.6 * vein * blossom)
    return _cloth(sheet, colour, 0.05)


def lace(sheet: Sheet) -> Array:
    """White lace on a dark ground: net, and round flowers worked in thread."""
    ground = _pick(sheet, ("#231c22",), ("#3a1020",), ("#12233a",), ("#1d2a20",))[0]
    at = sheet.turned(sheet.uniform(-0.2, 0.2), sheet.warped(4, 0.005))
    net = cells(sheet, 30, 0.0, at)
    thread = 0.75 * smooth(0.0050, 0.0030, net.edge)
    rounds = cells(sheet, sheet.spread(3.6, 0.06), 0.0, at)
    size = 0.43 / 3.6
    r, a = rounds.near / size, rounds.angle
    cover = np.zeros_like(r)
    petals = np.abs(np.cos(4 * a))
    leaf = smooth(0.0, 0.06, 0.34 + 0.56 * petals**0.7 - r) * smooth(0.24, 0.29, r)
    rim = smooth(0.045, 0.025, np.abs(0.36 + 0.58 * petals**0.7 - r))
    scallop = smooth(0.05, 0.03, np.abs(r - 1.0 - 0.06 * np.cos(16 * a)))
    hub = np.maximum(smooth(0.05, 0.03, np.abs(r - 0.22)), smooth(0.10, 0.07, r))
    holes = smooth(0.085, 0.055, np.hypot((r - 0.68), 0.6 * np.sin(4 * a) * r / 4 * 2))
    clear = smooth(1.1, 1.0, r)
    cover = np.maximum.reduce([0.9 * leaf * (1 - holes), rim, scallop, hub])
    thread = np.maximum(thread * (1 - 0.75 * clear), cover)
    twist = 0.08 * np.cos(2 * np.pi * (sheet.x + sheet.y) * 100) + 0.05 * sheet.noise(80, 1)
    white = plain(sheet, "#f6f2ea") * (1 + twist)[..., None]
    shadow = sheet.blur(np.roll(thread, (4, 4), (0, 1)).astype(np.float32), 0.004)
    base = plain(sheet, ground) * (1.0 - 0.5 * shadow)[..., None]
    return mix(base, white, thread)


_ROWS = (
    ("tartan", ("tartan", "plaid", "checked cloth"), tartan),
    ("polka_dots", ("polka dots", "dots", "white dots"), polka_dots),
    ("camouflage", ("camouflage", "camo", "army pattern"), camouflage),
    ("houndstooth", ("houndstooth", "black and white checks", "dogtooth"), houndstooth),
    ("argyle", ("argyle", "diamonds", "argyle pattern"), argyle),
    ("paisley", ("paisley", "paisley pattern", "bandana"), paisley),
    ("floral_print", ("floral print", "flowers", "flower pattern"), floral),
    ("lace", ("lace", "white lace", "doily"), lace),
)
PAINTED = tuple(Texture(name, "fabrics", words, paint) for name, words, paint in _ROWS)
