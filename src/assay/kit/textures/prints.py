"""Things on paper and screens: writing, music, codes, plans."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .sheet import Array, Point, Sheet, Texture, cells, mix, plain, ramp, smooth

# Letters on a grid five wide and seven high, a row a number; the leftmost column is 16.
_LETTERS = {
    "a": (14, 17, 17, 31, 17, 17, 17),
    "d": (30, 17, 17, 17, 17, 17, 30),
    "e": (31, 16, 16, 30, 16, 16, 31),
    "h": (17, 17, 17, 31, 17, 17, 17),
    "i": (14, 4, 4, 4, 4, 4, 14),
    "l": (16, 16, 16, 16, 16, 16, 31),
    "n": (17, 25, 25, 21, 19, 19, 17),
    "o": (14, 17, 17, 17, 17, 17, 14),
    "r": (30, 17, 17, 30, 20, 18, 17),
    "s": (15, 16, 16, 14, 1, 1, 30),
    "t": (31, 4, 4, 4, 4, 4, 4),
    "0": (14, 17, 19, 21, 25, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
}


def _bits(letter: str) -> Array:
    """A letter as (7, 5) of 0 and 1."""
    rows = _LETTERS[letter]
    return np.array([[(r >> (4 - c)) & 1 for c in range(5)] for r in rows], np.float32)


def _look_up(sheet: Sheet, grid: Array, at: Point, across: float, soft: float = 0.5) -> Array:
    """A grid of numbers, `across` of its cells a unit of length, with its corners a bit rounded."""
    rows = (at[1] * across - 0.5) % grid.shape[0]
    columns = (at[0] * across - 0.5) % grid.shape[1]
    a = ndimage.map_coordinates(grid, (rows, columns), order=1, mode="grid-wrap")
    return smooth(0.5 - soft / 2, 0.5 + soft / 2, a)


def _paper(sheet: Sheet, colour: str = "#efe9da") -> Array:
    """Paper with a slight tone."""
    tone = 0.02 * sheet.noise(3, 3) + 0.012 * sheet.noise(80, 1)
    return plain(sheet, colour) * (1 + tone)[..., None]


def checkerboard(sheet: Sheet) -> Array:
    """Black and white squares."""
    u, v = sheet.turned(sheet.uniform(-0.4, 0.4), sheet.warped(2.5, 0.004))
    across = sheet.spread(7.5, 0.12)
    shift = sheet.rng.uniform(0, 1, 2)
    black = (np.floor(u * across + shift[0]) + np.floor(v * across + shift[1])) % 2 == 0
    tone = 0.05 * sheet.noise(4, 3)
    return mix(plain(sheet, "#f2efe8"), "#18181a", black.astype(np.float32)) + tone[..., None] * 0.5


def _text(sheet: Sheet, rows: int, columns: int, letters: str) -> Array:
    """Lines of words as a grid of 0 and 1, each letter 6 wide and 9 high."""
    rng = sheet.rng
    page = np.zeros((rows * 9, columns * 6), np.float32)
    for row in range(rows):
        column = 0
        stop = columns if rng.random() > 0.2 else int(rng.integers(columns // 2, columns))
        while column < stop:
            for _ in range(int(rng.integers(2, 9))):
                if column >= stop:
                    break
                letter = _bits(letters[rng.integers(len(letters))])
                page[row * 9 + 1 : row * 9 + 8, column * 6 : column * 6 + 5] = letter
                column += 1
            column += 1
    return page


def newspaper(sheet: Sheet) -> Array:
    """Columns of small print under bold headlines, on greyish paper."""
    rng = sheet.rng
    wide, high = 3 * 110, 3 * 130
    page = np.zeros((high, wide), np.float32)
    for i in range(3):
        top = int(rng.integers(-60, 0))
        while top < high:
            lines = int(rng.integers(5, 9))
            head = np.kron(_text(sheet, 1, 8, "heardlintso"), np.ones((2, 2), np.float32))
            body = _text(sheet, lines, 16, "heardlintsoeat")
            for block, shift in ((head, 0), (body, 20)):
                y0 = top + shift
                y1 = min(y0 + block.shape[0], high)
                if y1 > max(y0, 0):
                    page[max(y0, 0) : y1, i * 110 : i * 110 + block.shape[1]] = block[
                        max(0, -y0) : y1 - y0, :110
                    ]
            top += 26 + lines * 9
    at = sheet.turned(sheet.uniform(-0.22, 0.22), sheet.warped(2, 0.004))
    ink = _look_up(sheet, page, at, sheet.spread(225, 0.08), 0.8)
    return mix(_paper(sheet, "#e4dfd2"), "#1d1c1b", 0.92 * ink)


def sheet_music(sheet: Sheet) -> Array:
    """Staves of five lines with notes, stems, beams and bars."""
    u, v = sheet.turned(sheet.uniform(-0.12, 0.12), sheet.warped(2, 0.004))
    rng = sheet.rng
    staves = sheet.spread(5.0, 0.08)
    row = np.floor(v * staves)
    y = (v * staves - row - 0.5) / 0.105  # in gaps between lines; lines at -2 to 2
    step = sheet.spread(15, 0.1)
    x = u * step
    col = np.floor(x)
    fx = (x - col - 0.5) * (1 / step) * staves / 0.105
    i, j = row.astype(int) % 31, col.astype(int) % 47
    tune = np.cumsum(rng.integers(-2, 3, (31, 47)), 1)
    pitch = (np.abs(tune % 16 - 8) - 4)[i, j] * 0.5
    kind = rng.integers(0, 6, (31, 47))[i, j]  # 0 a bar, 1 a half note, the rest quarter notes
    lines = smooth(0.10, 0.05, np.abs(y - np.clip(np.round(y), -2, 2)))
    a = 0.35
    du, dv = fx * np.cos(a) - (y - pitch) * np.sin(a), fx * np.sin(a) + (y - pitch) * np.cos(a)
    head = smooth(1.08, 0.92, np.hypot(du / 0.72, dv / 0.47))
    hollow = smooth(0.62, 0.5, np.hypot(du / 0.72, dv / 0.36)) * (kind == 1)
    up = pitch > 0
    stem = smooth(0.13, 0.07, np.abs(fx - np.where(up, 0.58, -0.58)))
    stem = stem * np.where(up, (y < pitch) & (y > pitch - 3.2), (y > pitch) & (y < pitch + 3.2))
    tip = np.where(up, y - pitch + 3.0, pitch + 3.0 - y)
    flag = (tip > -0.25) & (tip < 0.35) & (kind >= 4) & (np.abs(fx - np.where(up, 1, -1)) < 0.9)
    note = np.maximum(np.maximum(head - hollow, stem), flag) * (kind > 0)
    bar = smooth(0.16, 0.1, np.abs(fx)) * (np.abs(y) < 2.05) * (kind == 0)
    ink = np.maximum(np.maximum(lines * 0.85, note), bar)
    return mix(_paper(sheet, "#f4ecd8"), "#17140f", 0.95 * ink)


def crossword(sheet: Sheet) -> Array:
    """A grid of white squares, some black, with small numbers and letters."""
    at = u, v = sheet.turned(sheet.uniform(-0.2, 0.2), sheet.warped(2, 0.003))
    across = sheet.spread(10, 0.1)
    a, b = u * across, v * across
    i, j = np.floor(a).astype(int) % 40, np.floor(b).astype(int) % 40
    fa, fb = a - np.floor(a), b - np.floor(b)
    rng = sheet.rng
    full = np.zeros((40, 40), bool)
    full[1::2, 1::2] = rng.random((20, 20)) < 0.85
    full |= rng.random((40, 40)) < 0.09
    rim = np.minimum(np.minimum(fa, 1 - fa), np.minimum(fb, 1 - fb))
    letters = np.zeros((40 * 12, 40 * 12), np.float32)
    for r in range(40):
        for c in range(40):
            if rng.random() < 0.5:
                bits = _bits("heardlintso"[rng.integers(11)])
                letters[r * 12 + 4 : r * 12 + 11, c * 12 + 4 : c * 12 + 9] = bits
            elif rng.random() < 0.5:
                letters[r * 12 + 2 : r * 12 + 5, c * 12 + 2] = 1
    pen = _look_up(sheet, letters, at, across * 12, 0.7) * ~full[j, i]
    ink = np.maximum(np.maximum(full[j, i], smooth(0.045, 0.03, rim)), 0.8 * pen)
    return mix(_paper(sheet, "#f6f3ea"), "#141416", 0.95 * ink)


def barcodes(sheet: Sheet) -> Array:
    """Bar codes: rows of black bars of uneven width with figures below."""
    u, v = sheet.turned(sheet.uniform(-0.15, 0.15))
    rng = sheet.rng
    rows, modules = sheet.spread(3.3, 0.1), 170
    row = np.floor(v * rows)
    fv, r = v * rows - row, row.astype(int) % 31
    table = np.zeros((31, 400), np.float32)
    for line in table:
        for start in range(0, 400, 100):
            # A code is 93 modules wide; what is left is the quiet zone.
            widths = np.cumsum(rng.integers(1, 5, 93))
            for a, b in zip(widths[0::2], widths[1::2], strict=False):
                line[start + min(a, 93) : start + min(b, 93)] = 1
    place = u * modules + rng.integers(0, 100, 31)[r]
    code = table[r, np.floor(place).astype(int) % 400]
    figures = np.zeros((9, 400), np.float32)
    for k in range(0, 400, 8):
        if k % 100 < 86:
            figures[1:8, k : k + 5] = _bits("01ieso"[rng.integers(6)])
    down = np.floor((fv - 0.76) * modules / rows).astype(int)
    digit = figures[np.clip(down, 0, 8), np.floor(place).astype(int) % 400]
    ink = np.where(fv < 0.73, code, np.where((down >= 0) & (down < 9), digit, 0))
    return mix(_paper(sheet, "#fbfaf6"), "#101012", 0.96 * ink)


def maze(sheet: Sheet) -> Array:
    """A maze of thick lines: every cell has a wall to the right or below."""
    at = sheet.turned(sheet.uniform(-0.1, 0.1))
    rng = sheet.rng
    size = 36
    seen = np.zeros((size, size), bool)
    grid = np.ones((2 * size, 2 * size), np.float32)
    trail = [(0, 0)]
    seen[0, 0] = True
    grid[1, 1] = 0
    while trail:
        r, c = trail[-1]
        ways = [
            (a, b)
            for a, b in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1))
            if 0 <= a < size and 0 <= b < size and not seen[a, b]
        ]
        if not ways:
            trail.pop()
            continue
        a, b = ways[rng.integers(len(ways))]
        seen[a, b] = True
        grid[2 * a + 1, 2 * b + 1] = grid[r + a + 1, c + b + 1] = 0
        trail.append((a, b))
    u, v = at
    across = sheet.spread(25, 0.08)
    i = np.floor((u + 0.3) * across).astype(int) % (2 * size)
    j = np.floor((v + 0.3) * across).astype(int) % (2 * size)
    wall = grid[j, i]
    ink = sheet.rng.choice(["#1b2a6b", "#18181b", "#5c1a1a", "#0f4d3a"])
    return mix(_paper(sheet, "#f7f4ec"), str(ink), wall)


def street_map(sheet: Sheet) -> Array:
    """A town plan: pale blocks, white and yellow streets, parks and a river."""
    at = sheet.turned(sheet.uniform(0, 1.5), sheet.warped(2.2, 0.03))
    blocks = cells(sheet, sheet.spread(9.5), 0.75, at)
    large = cells(sheet, 2.9, 0.8, at)
    kind = sheet.rng.random(900)
    colour = blocks.each(
        np.where(
            kind[:, None] < 0.16,
            ramp(np.zeros(1), (0, "#b9dca4")),
            ramp(np.ones(1), (1, "#e9e3d6")),
        )
    )
    grey = blocks.each(sheet.rng.uniform(0.97, 1.02, 900))
    houses = cells(sheet, 42, 0.5, at)
    built = (houses.edge > 0.0055) & (blocks.edge > 0.016) & (blocks.each(kind) >= 0.16)
    colour = mix(
        colour * grey[..., None], "#d0c6b4", 0.8 * built * houses.each(sheet.rng.random(4000) < 0.7)
    )
    colour = mix(colour, "#c4bbaa", smooth(0.0105, 0.009, blocks.edge))
    colour = mix(colour, "#ffffff", smooth(0.0082, 0.0068, blocks.edge))
    river = np.abs(sheet.noise(1.5, 1, sheet.warped(4, 0.02)))
    colour = mix(colour, "#8fc3e6", smooth(0.13, 0.11, river))
    colour = mix(colour, "#d9902c", smooth(0.0165, 0.0145, large.edge))
    return mix(colour, "#fbd667", smooth(0.0125, 0.011, large.edge))


def matrix_code(sheet: Sheet) -> Array:
    """Green figures that run down a black screen, brightest at the foot of a column."""
    u, v = at = sheet.xy
    rng = sheet.rng
    across = sheet.spread(21, 0.08)
    page = np.zeros((64 * 9, 64 * 7), np.float32)
    for r in range(64):
        for c in range(64):
            bits = _bits("0101heardlintso"[rng.integers(15)])
            page[r * 9 + 1 : r * 9 + 8, c * 7 + 1 : c * 7 + 6] = bits
    glyph = _look_up(sheet, page, at, across * 7, 0.7)
    col = np.floor(u * across).astype(int)
    row = np.floor(v * across * 7 / 9)
    period = rng.integers(9, 20, 64)[col % 64]
    phase = ((row + rng.integers(0, 60, 64)[col % 64]) % period) / period
    glow = 0.10 + 0.85 * phase**1.6
    first = (phase * period).astype(int) == period - 1
    colour = ramp(glow, (0, "#001a06"), (0.4, "#0b7a2a"), (0.8, "#25d34f"), (1, "#7dff98"))
    colour = mix(colour, "#e8ffec", first.astype(np.float32))
    halo = sheet.blur((glyph * glow).astype(np.float32), 0.008)
    ground = ramp(halo, (0, "#010a04"), (0.5, "#06391a"))
    return mix(ground, colour, glyph)


_ROWS = (
    ("checkerboard", ("checkerboard", "chess board", "black and white squares"), checkerboard),
    ("newspaper", ("newspaper", "text", "printed page"), newspaper),
    ("sheet_music", ("sheet music", "music notes", "musical score"), sheet_music),
    ("crossword", ("crossword", "crossword puzzle", "word puzzle"), crossword),
    ("barcodes", ("barcodes", "barcode", "black bars"), barcodes),
    ("maze", ("maze", "labyrinth", "puzzle"), maze),
    ("street_map", ("street map", "map", "city map"), street_map),
    ("matrix_code", ("green code", "computer code", "green letters on black"), matrix_code),
)
PAINTED = tuple(Texture(name, "prints", words, paint) for name, words, paint in _ROWS)
