"""Savoury food."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Array, Mesh, join, scatter
from assay.kit.objects.model import GLOSSY, MATT, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import blend, gradient, ramp, smooth_noise
from assay.kit.objects.shapes import (
    ball,
    box,
    curve,
    extrude,
    lathe,
    sheet,
    tube,
)

Rgb = tuple[float, float, float]
_WET = Material(roughness=0.2, clearcoat=0.4)


# The half of a square slice, cut from corner to corner: the cut runs along y = 0, to the front.
_HALF = np.array([(-0.5, 0.0), (0.5, 0.0), (0.03, 0.47), (-0.03, 0.47)])


def _bread(rng: np.random.Generator, thick: float) -> Mesh:
    """Half a slice of toast bread: crust at the back, crumb on the faces and along the cut."""
    slice_ = extrude(_HALF, thick, 0.018, spacing=0.014)
    x, y, z = slice_.vertices.T
    pores = ramp(smooth_noise(slice_.vertices, 0.03, rng, 3), 0.2, 0.6)
    # How far inside the two legs a point lies.
    inside = (0.5 - np.abs(x) - y) / np.sqrt(2)
    crust = ramp(inside, 0.035, 0.012) * ramp(y, -0.02, 0.01)
    toast = 0.45 * ramp(np.minimum(z, thick - z), 0.012, 0.002)
    toast = toast * (0.7 + 0.4 * smooth_noise(slice_.vertices, 0.12, rng, 3))
    colours = blend((0.96, 0.90, 0.76), (0.86, 0.64, 0.36), toast)
    colours = colours * (1 - 0.10 * pores)[:, None]
    slice_ = slice_.painted(colours).mixed((0.58, 0.34, 0.14), crust)
    return slice_.displaced(0.004 * smooth_noise(slice_.vertices, 0.1, rng, 3) - 0.006 * pores)


def _layer(
    rng: np.random.Generator, colour: Rgb, thick: float, grow: float, wave: float, fold: float
) -> Mesh:
    """A thin filling in the shape of the bread, larger by `grow`, waving up and down by `wave`."""
    centre = np.array([0.0, 0.16])
    plate = extrude((_HALF - centre) * grow + centre, thick, 0.4 * thick, colour, spacing=0.016)
    x, y, _ = plate.vertices.T
    rim = ramp(np.minimum(y + 0.07, (0.5 - np.abs(x) - y) / 1.414 + 0.06), 0.13, 0.0)
    lift = wave * rim * smooth_noise(plate.vertices * [1, 1, 0], fold, rng, 2)
    out = 0.35 * wave * rim * smooth_noise(plate.vertices * [1, 0.2, 0], fold, rng, 2)
    return plate.mapped(lambda p: p + np.stack([0 * out, -np.abs(out), lift], 1))


def _half_sandwich(rng: np.random.Generator) -> list[Part]:
    """Bread, lettuce, tomato, cheese, ham, bread; the cut faces -y."""
    parts = [Part(_bread(rng, 0.125), MATT)]
    z = 0.125
    lettuce = _layer(rng, (0.36, 0.62, 0.16), 0.012, 1.13, 0.06, 0.07).moved(z=z + 0.02)
    pale = 0.5 + 0.6 * smooth_noise(lettuce.vertices, 0.06, rng, 3)
    lettuce = lettuce.mixed((0.66, 0.82, 0.36), pale * 0.7)
    parts.append(Part(lettuce, Material(roughness=0.35)))
    z += 0.045
    slices = [_tomato(rng).moved(x, 0.115, z) for x in (-0.29, 0.0, 0.29)]
    parts.append(Part(join(slices), _WET))
    z += 0.062
    cheese = _layer(rng, (0.99, 0.76, 0.16), 0.022, 1.07, 0.012, 0.3)
    sag = 0.035 * ramp(cheese.vertices[:, 1], 0.05, -0.05)
    cheese = cheese.mapped(lambda p: p - np.stack([0 * sag, 0 * sag, sag], 1)).moved(z=z)
    parts.append(Part(cheese, Material(roughness=0.3)))
    z += 0.024
    for _ in range(2):
        ham = _layer(rng, (0.93, 0.60, 0.58), 0.018, rng.uniform(1.04, 1.09), 0.022, 0.11)
        ham = ham.mixed((0.97, 0.78, 0.74), 0.5 * smooth_noise(ham.vertices, 0.08, rng, 2))
        parts.append(Part(ham.moved(z=z), Material(roughness=0.3)))
        z += 0.026
    parts.append(Part(_bread(rng, 0.125).moved(z=z), MATT))
    return parts


def _tomato(rng: np.random.Generator) -> Mesh:
    """A slice of tomato about z."""
    r = rng.uniform(0.145, 0.165)
    slice_ = lathe([(0, 0), (r * 0.9, 0), (r, 0.012), (r, 0.04), (r * 0.9, 0.052), (0, 0.052)])
    away = np.hypot(slice_.vertices[:, 0], slice_.vertices[:, 1])
    return slice_.painted(blend((0.93, 0.35, 0.22), (0.82, 0.10, 0.08), ramp(away, 0.1, 0.15)))


def sandwich(rng: np.random.Generator) -> Model:
    """Two halves of a sandwich cut from corner to corner, the filling to the front."""
    front = Model(tuple(_half_sandwich(rng))).mapped(lambda m: m.turned("z", 6))
    back = Model(tuple(_half_sandwich(rng)))
    # The second half leans on the first: its corner is on the table, its cut looks up a little.
    lean, spin, shift = rng.uniform(-32, -22), rng.uniform(-14, 14), rng.uniform(-0.08, 0.08)
    back = back.mapped(lambda m: m.turned("x", lean).turned("z", spin))
    low = float(back.vertices[:, 2].min())
    back = back.mapped(lambda m: m.moved(shift, 0.40, -low))
    return Model(front.parts + back.parts).settled()


def pizza(rng: np.random.Generator) -> Model:
    """A whole pizza with pepperoni and basil, cut in eight."""
    steps = np.linspace(0, 1, 100)
    round_ = np.linspace(0, 2 * np.pi, 400)
    away, turn = np.meshgrid(0.5 * steps, round_, indexing="ij")
    flat = np.stack([away * np.cos(turn), away * np.sin(turn), 0 * away], 2)
    puff = 0.045 * ramp(away, 0.42, 0.455) * ramp(away, 0.505, 0.48)
    points = flat.reshape(-1, 3)
    wobble = smooth_noise(points, 0.12, rng, 3).reshape(away.shape)
    flat[..., 2] = 0.03 + puff * (1 + 0.35 * wobble) + 0.006 * wobble - 0.03 * (away > 0.4999)
    base = sheet(flat)
    x, y, _ = base.vertices.T
    away = np.hypot(x, y)
    rough = smooth_noise(base.vertices, 0.14, rng, 4, 0.65)
    melt = gradient(
        rough, [(-0.9, (0.95, 0.55, 0.16)), (0.1, (0.98, 0.83, 0.42)), (0.8, (0.99, 0.92, 0.66))]
    )
    base = base.painted(melt).mixed(
        (0.80, 0.18, 0.06), ramp(rough - 2.2 * (away - 0.40), -0.35, -0.62)
    )
    base = base.mixed((0.80, 0.18, 0.06), 0.9 * ramp(away + 0.015 * rough, 0.405, 0.425))
    crust = blend((0.90, 0.68, 0.36), (0.58, 0.32, 0.12), 0.45 + 0.6 * rough)
    base = base.mixed(crust, ramp(away, 0.43, 0.44))
    # The cuts.
    angle = np.arctan2(y, x)
    cut = np.abs(((angle / (np.pi / 4)) % 1) - 0.5) * (np.pi / 4) * away
    cut = ramp(np.abs(np.pi / 8 * away - cut), 0.007, 0.003) * ramp(away, 0.02, 0.04)
    base = base.mixed((0.55, 0.25, 0.08), 0.8 * cut).mapped(
        lambda p: p - np.c_[0 * cut, 0 * cut, 0.012 * cut]
    )
    bits = []
    for away, count in ((0.14, 4), (0.32, 9)):
        start = rng.uniform(0, 1)
        bits += [_pepperoni(rng, away, start + 2 * np.pi * k / count) for k in range(count)]
    leaves = [_basil(rng) for _ in range(6)]
    parts = [(base, MATT), (join(bits), Material(0.3)), (join(leaves), SATIN)]
    return Model(tuple(Part(mesh, material) for mesh, material in parts)).settled()


def _pepperoni(rng: np.random.Generator, away: float, angle: float) -> Mesh:
    r = rng.uniform(0.058, 0.068)
    piece = lathe(
        [(r, 0), (r, 0.008), (r * 0.93, 0.014), (r * 0.5, 0.008), (0, 0.006)],
        (0.72, 0.15, 0.09),
        40,
    )
    spots = smooth_noise(piece.vertices, 0.025, rng, 2)
    piece = piece.mixed((0.88, 0.40, 0.25), ramp(spots, 0.2, 0.7))
    piece = piece.mixed((0.45, 0.08, 0.05), ramp(np.hypot(*piece.vertices.T[:2]), r * 0.9, r))
    reach = away + rng.uniform(-0.025, 0.025)
    return piece.moved(reach * np.cos(angle), reach * np.sin(angle), 0.032)


def _basil(rng: np.random.Generator) -> Mesh:
    t = np.linspace(0, 1, 14)
    wide = 0.03 * np.sin(np.pi * t) ** 0.8
    side = np.linspace(-1, 1, 7)
    x = 0.10 * (t[:, None] - 0.5) + 0 * side
    grid = np.stack(
        [x, wide[:, None] * side, 0.015 * np.abs(side) + 0.02 * (t[:, None] - 0.5) ** 2], 2
    )
    leaf = sheet(grid, (0.12, 0.38, 0.10)).turned("z", rng.uniform(0, 360))
    away, angle = 0.34 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
    return leaf.moved(away * np.cos(angle), away * np.sin(angle), 0.05)


def fried_egg(rng: np.random.Generator) -> Model:
    """A fried egg, sunny side up, its edge crisp."""
    turn = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1)
    edge = (
        0.46 + 0.07 * smooth_noise(circle, 0.9, rng, 2) + 0.02 * smooth_noise(circle, 0.15, rng, 2)
    )
    steps = np.linspace(0, 1, 90)
    away = steps[:, None] * edge
    flat = np.stack([away * circle[:, 0], away * circle[:, 1], 0 * away], 2)
    bumps = smooth_noise(flat.reshape(-1, 3), 0.12, rng, 3).reshape(away.shape)
    mound = 0.03 * ramp(steps, 0.85, 0.3) + 0.022 * ramp(steps, 1.0, 0.93)
    flat[..., 2] = mound[:, None] + 0.014 * bumps * ramp(steps, 0.2, 0.9)[:, None]
    flat[..., 2] += 0.012 * ramp(steps, 0.9, 1.0)[:, None] * (steps < 1)[:, None]
    white = sheet(flat, (0.97, 0.96, 0.93), close_columns=True)
    share = np.hypot(*white.vertices.T[:2]) / np.interp(
        np.arctan2(white.vertices[:, 1], white.vertices[:, 0]) % (2 * np.pi),
        turn,
        edge,
        period=2 * np.pi,
    )
    crisp = ramp(share + 0.06 * smooth_noise(white.vertices, 0.08, rng, 3), 0.90, 1.03)
    white = white.painted(
        gradient(
            crisp, [(0, (0.97, 0.96, 0.93)), (0.5, (0.88, 0.68, 0.36)), (1, (0.55, 0.30, 0.10))]
        )
    )
    yolk = ball((0.17, 0.17, 0.10), (0.99, 0.66, 0.05), 32).displaced(0.003)
    yolk = yolk.mixed((0.97, 0.52, 0.03), ramp(yolk.vertices[:, 2], 0.06, 0.0))
    yolk = yolk.moved(rng.uniform(-0.06, 0.06), rng.uniform(-0.06, 0.06), 0.035)
    specks = [ball(0.006, (0.12, 0.10, 0.08), 3)]
    pepper = scatter(
        specks, join([white, yolk]), 40, rng, lambda p, n: (n[:, 2] > 0.4) & (p[:, 2] > 0.01)
    )
    return Model((Part(white, _WET), Part(yolk, GLOSSY), Part(pepper, MATT))).settled()


def taco(rng: np.random.Generator) -> Model:
    """A folded corn shell full of meat, lettuce, tomato and cheese."""
    t = np.linspace(0, 1, 140)
    across = np.linspace(-1, 1, 120)
    r = 0.5
    x = r * np.sin(np.pi * (across / 2))[:, None] + 0 * t
    # The half width of the disc at x, laid round a fold of radius 0.09 and up both flanks.
    reach = np.sqrt(np.maximum(r * r - x * x, 0)) * (2 * t - 1)
    fold = 0.09
    bend = np.clip(reach / fold, -np.pi / 2 * 0.86, np.pi / 2 * 0.86)
    rest = reach - bend * fold
    y = fold * np.sin(bend) + rest * np.cos(bend) * 0.9
    z = fold * (1 - np.cos(bend)) + np.abs(rest) * np.sin(np.abs(bend))
    outer = sheet(np.stack([x, y, z], 2))
    warp = 0.02 * smooth_noise(outer.vertices, 0.3, rng, 2)
    outer = outer.displaced(warp)
    spots = smooth_noise(outer.vertices, 0.06, rng, 4)
    shell = outer.painted(blend((0.94, 0.75, 0.34), (0.72, 0.45, 0.13), 0.25 + 0.8 * spots))
    inner = shell.displaced(0.022 if shell.normals[len(shell.normals) // 2, 2] > 0 else -0.022)
    parts = [Part(join([shell, inner]), MATT)]

    def strewn(make: list[Mesh], count: int, low: float, high: float, wide: float) -> Mesh:
        placed = []
        for _ in range(count):
            x = rng.uniform(-0.42, 0.42)
            top = 0.9 * np.sqrt(0.25 - x * x)
            piece = make[int(rng.integers(len(make)))].turned("x", rng.uniform(0, 360))
            piece = piece.turned("y", rng.uniform(0, 360)).turned("z", rng.uniform(0, 360))
            placed.append(piece.moved(x, rng.uniform(-wide, wide), top * rng.uniform(low, high)))
        return join(placed)

    crumbs = [ball(0.035 * k, (0.40, 0.22, 0.11), 6) for k in (0.8, 1.0, 1.3)]
    crumbs = [c.displaced(0.012 * smooth_noise(c.vertices, 0.03, rng, 2)) for c in crumbs]
    parts.append(Part(strewn(crumbs, 170, 0.3, 0.9, 0.09), Material(0.4)))
    greens: list[Rgb] = [(0.45, 0.70, 0.20), (0.62, 0.80, 0.34), (0.34, 0.60, 0.16)]
    shred = []
    for k, green in zip((1, -1, 2), greens, strict=True):
        line = curve([(-0.09, 0, 0), (0, 0.02 * k, 0.02), (0.09, 0, -0.01)], 8)
        shred.append(tube(line, 0.013, green, 6, flatten=0.35))
    parts.append(Part(strewn(shred, 110, 0.88, 1.12, 0.11), Material(0.35)))
    cubes = [box((0.06, 0.055, 0.05), 0.01, (0.85, 0.16, 0.10), 4)]
    parts.append(Part(strewn(cubes, 26, 0.98, 1.14, 0.09), _WET))
    cheese = [tube([(-0.07, 0, 0), (0, 0.008, 0.008), (0.07, 0, 0)], 0.009, (0.99, 0.78, 0.20), 6)]
    parts.append(Part(strewn(cheese, 50, 1.0, 1.18, 0.10), SATIN))
    return Model(tuple(parts)).settled()


def cheese(rng: np.random.Generator) -> Model:
    """A wedge of yellow cheese with holes."""
    angle = np.radians(rng.uniform(36, 48))
    turn = np.pi / 2 + np.linspace(-angle / 2, angle / 2, 20)
    outline = np.concatenate([[(0.0, 0.0)], np.stack([np.cos(turn), np.sin(turn)], 1)])
    height = rng.uniform(0.36, 0.46)
    wedge = extrude(outline, height, 0.014, (0.98, 0.80, 0.30), spacing=0.0125)
    rind = ramp(np.hypot(*wedge.vertices.T[:2]), 0.975, 0.99)
    facing = wedge.normals
    taken: list[tuple[Array, float]] = []
    depth = np.zeros(len(wedge.vertices))
    inner = np.flatnonzero(rind < 0.1)
    for _ in range(400):
        centre = wedge.vertices[inner[int(rng.integers(len(inner)))]]
        size = float(rng.choice([0.035, 0.05, 0.07, 0.095]))
        if any(np.linalg.norm(centre - c) < size + s + 0.03 for c, s in taken) or len(taken) > 30:
            continue
        taken.append((centre, size))
        gap = np.linalg.norm(wedge.vertices - centre, axis=1)
        depth = np.maximum(depth, np.sqrt(np.maximum(size * size - gap * gap, 0)) * 0.85)
    wedge = wedge.mapped(lambda p: p - facing * depth[:, None])
    wedge = wedge.mixed((0.90, 0.62, 0.16), ramp(depth, 0.0, 0.05))
    wedge = wedge.mixed((0.86, 0.50, 0.14) if rng.random() < 0.5 else (0.75, 0.12, 0.10), rind)
    return Model((Part(wedge, Material(roughness=0.4)),)).settled()


def french_fries(rng: np.random.Generator) -> Model:
    """Fried potato sticks in a red carton."""
    red: Rgb = (0.80, 0.07, 0.08)
    t = np.linspace(-1, 1, 40)
    parts = []
    for sign in (-1.0, 1.0):
        # The front is scooped out, the back stands up round.
        rim = 0.50 - 0.10 * (1 - t**2) if sign < 0 else 0.50 + 0.12 * (1 - t**2)
        up = np.linspace(0, 1, 30)[:, None]
        z = up * rim
        x = t * (0.23 + 0.09 * up * rim / 0.5)
        bulge = sign * (1 - t**2) ** 0.7 * (0.13 + 0.06 * up)
        panel = sheet(np.stack([x, bulge, z], 2), red)
        band = (np.abs(panel.vertices[:, 0]) % 0.16 < 0.045).astype(float) if sign < 0 else 0.0
        parts.append(Part(panel.mixed((0.96, 0.93, 0.86), band), Material(0.35)))
    sticks = []
    for _ in range(58):
        long = rng.uniform(0.42, 0.68)
        stick = box((0.052, 0.052, long), 0.01, (0.97, 0.80, 0.36), 10)
        ends = ramp(np.abs(stick.vertices[:, 2]), 0.4 * long, 0.5 * long)
        tone = 0.35 * ends + 0.3 * smooth_noise(stick.vertices + rng.uniform(0, 3, 3), 0.1, rng, 2)
        stick = stick.painted(blend((0.98, 0.83, 0.42), (0.80, 0.50, 0.15), tone))
        stick = stick.turned("y", 90).bent(rng.uniform(0, 18)).turned("y", -90)
        stick = stick.turned("z", rng.uniform(0, 360)).moved(z=long / 2)
        x, y = rng.uniform(-1, 1), rng.uniform(-1, 1)
        stick = stick.turned("y", 15 * x + rng.normal(0, 5)).turned("x", -7 * y + rng.normal(0, 4))
        sticks.append(stick.moved(0.19 * x, 0.09 * y * (1 - x * x), rng.uniform(0.13, 0.27)))
    parts.append(Part(join(sticks), Material(0.45)))
    return Model(tuple(parts)).settled()


MODELS: tuple[ObjectModel, ...] = (
    ObjectModel("sandwich", "savoury", "a sandwich", sandwich, (14, 36), (-38, 38), plate=0.6),
    ObjectModel("pizza", "savoury", "a pizza", pizza, (35, 65), plate=0.3),
    ObjectModel("fried_egg", "savoury", "a fried egg", fried_egg, (35, 65), plate=0.7),
    ObjectModel("taco", "savoury", "a taco", taco, (14, 42), (-45, 45), plate=0.4),
    ObjectModel("cheese", "savoury", "a wedge of cheese", cheese, (18, 48), (-75, 75), plate=0.3),
    ObjectModel("french_fries", "savoury", "french fries", french_fries, (10, 32), (-35, 35)),
)
