"""Sushi and noodle soup, of the savoury family."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import join, scatter
from assay.kit.objects.model import GLOSSY, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import ramp, smooth_noise
from assay.kit.objects.shapes import ball, box, curve, disc, lathe, superellipsoid, torus, tube

Rgb = tuple[float, float, float]
_WET = Material(roughness=0.2, clearcoat=0.4)


def _maki(rng: np.random.Generator, fillings: list[Rgb]) -> list[Part]:
    """A roll standing on its end: seaweed, rice, something in the middle."""
    wrap = lathe(
        [(0.17, 0), (0.175, 0.01), (0.175, 0.24), (0.17, 0.25), (0.16, 0.245)], (0.05, 0.09, 0.06)
    )
    wrap = wrap.displaced(0.004 * smooth_noise(wrap.vertices, 0.04, rng, 2))
    bed = disc(0.165, (0.95, 0.94, 0.90)).moved(z=0.235)
    grain = [
        ball((0.021, 0.012, 0.012), tint, 5) for tint in ((0.97, 0.96, 0.93), (0.92, 0.91, 0.87))
    ]
    rice = scatter(grain, bed, 150, rng, lambda p, n: np.hypot(p[:, 0], p[:, 1]) > 0.06, 0.015)
    spots = [(0.0, 0.0)] if len(fillings) == 1 else [(-0.035, 0.0), (0.035, 0.01)]
    cores = []
    for (x, y), colour in zip(spots, fillings, strict=True):
        core = box((0.085 if len(fillings) == 1 else 0.06, 0.085, 0.05), 0.012, colour, 8)
        cores.append(core.moved(x, y, 0.235).mixed((1, 1, 1), 0.08 * rng.random()))
    return [Part(wrap, Material(0.4)), Part(join([bed, rice]), SATIN), Part(join(cores), _WET)]


def _nigiri(rng: np.random.Generator) -> list[Part]:
    """A block of rice with a slice of salmon over it, along x."""
    lump = superellipsoid((0.24, 0.105, 0.085), (0.7, 0.7), (0.95, 0.94, 0.90)).moved(z=0.085)
    grain = [
        ball((0.021, 0.012, 0.012), tint, 5) for tint in ((0.97, 0.96, 0.93), (0.90, 0.89, 0.85))
    ]
    rice = join([lump, scatter(grain, lump, 420, rng, None, 0.014)])
    fish = box((0.54, 0.22, 0.05), 0.02, (0.96, 0.47, 0.26), 60)
    x, y, _ = fish.vertices.T
    stripes = np.abs(
        ((9 * (x + 0.6 * np.abs(y)) + 0.2 * smooth_noise(fish.vertices, 0.2, rng, 2)) % 1) - 0.5
    )
    fish = fish.mixed((0.99, 0.82, 0.70), 0.85 * ramp(stripes, 0.13, 0.05))
    drape = 0.9 * y**2 * 5 + 1.1 * x**2
    fish = fish.mapped(lambda p: p - np.stack([0 * drape, 0 * drape, drape], 1)).moved(z=0.195)
    return [Part(rice, SATIN), Part(fish, _WET)]


def sushi(rng: np.random.Generator) -> Model:
    """Three rolls in front of two pieces of salmon on rice."""
    salmon, avocado, cucumber, tuna = (
        (0.96, 0.47, 0.26),
        (0.66, 0.76, 0.30),
        (0.55, 0.75, 0.35),
        (0.75, 0.15, 0.18),
    )
    kinds: list[list[Rgb]] = [[salmon], [tuna], [salmon, avocado], [cucumber], [tuna, cucumber]]
    parts: list[Part] = []
    for k, x in enumerate((-0.38, 0.0, 0.38)):
        pieces = _maki(rng, kinds[int(rng.integers(len(kinds)))])
        x, y = x + rng.uniform(-0.015, 0.015), -0.22 + rng.uniform(-0.03, 0.03) + 0.02 * (k == 1)
        parts += [Part(p.mesh.turned("z", 40 * k).moved(x, y), p.material) for p in pieces]
    for x in (-0.29, 0.29):
        spin = rng.uniform(-14, 14)
        parts += [Part(p.mesh.turned("z", spin).moved(x, 0.16), p.material) for p in _nigiri(rng)]
    return Model(tuple(parts)).settled()


def noodle_soup(rng: np.random.Generator) -> Model:
    """A bowl of noodles in broth with spring onion and seaweed, chopsticks across the rim."""
    glaze: Rgb = [(0.93, 0.92, 0.89), (0.16, 0.25, 0.42), (0.62, 0.12, 0.10)][int(rng.integers(3))]
    line = curve([(0.17, 0.0), (0.18, 0.035), (0.34, 0.12), (0.46, 0.25), (0.5, 0.36)], 40)
    bowl = lathe([*line, (0.49, 0.368), *(line[::-1] - [0.02, -0.012])], glaze, 128)
    rim = ramp(bowl.vertices[:, 2], 0.325, 0.335) * ramp(bowl.vertices[:, 2], 0.362, 0.35)
    bowl = bowl.mixed((0.16, 0.30, 0.55) if glaze[0] > 0.9 else (0.93, 0.91, 0.86), rim)
    broth = disc(0.45, (0.62, 0.36, 0.13), 96).moved(z=0.275)
    parts = [Part(bowl, GLOSSY), Part(broth, Material(0.1)), *_noodles(rng), *_toppings(rng)]
    sticks = []
    for k, y in ((1, 0.10), (2, 0.15)):
        line = [(-0.50, y - 0.1, 0.375), (0.1, y, 0.375), (0.60, y + 0.06 * k, 0.378)]
        sticks.append(tube(line, [0.010, 0.014, 0.019], (0.42, 0.20, 0.10), 12))
    return Model((*parts, Part(join(sticks)))).settled()


def _noodles(rng: np.random.Generator) -> list[Part]:
    """Loops of noodle at the broth's surface."""
    strands = []
    for _ in range(75):
        start, x, y = rng.uniform(0, 2 * np.pi), *rng.uniform(-0.2, 0.2, 2)
        turn = start + np.linspace(0, rng.uniform(2, 4.5), 9)
        r, level = rng.uniform(0.07, 0.22), rng.uniform(0.265, 0.31)
        height = level + 0.012 * np.sin(3 * turn - 2 * start)
        knots = np.stack([x + r * np.cos(turn), y + r * np.sin(turn), height], axis=1)
        strands.append(tube(curve(knots, 40), 0.0125, (0.96, 0.83, 0.50), 8))
    return [Part(join(strands), Material(0.3))]


def _toppings(rng: np.random.Generator) -> list[Part]:
    """Spring onion, a sheet of seaweed and two slices of meat."""
    greens: list[tuple[float, Rgb]] = [(0.022, (0.35, 0.62, 0.18)), (0.03, (0.55, 0.76, 0.34))]
    rings = [torus(size, 0.007, green, 16).scaled(1, 1, 1.6) for size, green in greens]
    onion = scatter(rings, disc(0.36).moved(z=0.325), 28, rng, None, 0.03)
    seaweed = box((0.2, 0.012, 0.3), 0.004, (0.05, 0.09, 0.06), 10)
    seaweed = seaweed.turned("x", -18).moved(0.2, 0.33, 0.40)
    slices = []
    for x, y in ((-0.2, -0.12), (-0.09, -0.22)):
        meat = superellipsoid((0.125, 0.10, 0.02), (0.4, 1.0), (0.80, 0.58, 0.44))
        swirl = np.hypot(meat.vertices[:, 0], meat.vertices[:, 1] * 1.25)
        meat = meat.mixed((0.93, 0.80, 0.68), ramp(np.abs(swirl - 0.07), 0.022, 0.008))
        meat = meat.mixed((0.45, 0.25, 0.13), ramp(swirl, 0.105, 0.12))
        slices.append(meat.turned("x", 12).moved(x, y, 0.335))
    return [Part(onion), Part(seaweed), Part(join(slices))]


MODELS: tuple[ObjectModel, ...] = (
    ObjectModel("sushi", "savoury", "sushi", sushi, (28, 55), (-40, 40), plate=0.5),
    ObjectModel("noodle_soup", "savoury", "a bowl of noodle soup", noodle_soup, (30, 60)),
)
