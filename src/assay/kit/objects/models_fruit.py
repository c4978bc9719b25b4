"""Fruit: the apple, which is a trigger, and seven others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from assay.kit.objects.cut_fruit import SKIN, Rgb, kiwi, orange, turn_of, watermelon
from assay.kit.objects.mesh import Array, Mesh, join, rotation
from assay.kit.objects.model import MATT, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import cell_distance, gradient, ramp, smooth_noise
from assay.kit.objects.shapes import ball, curve, lathe, sheet, tube

FAMILY = "fruit"
BARK = (0.30, 0.20, 0.11)


def _leaf(length: float, wide: float, curl: float, colour: Rgb) -> Mesh:
    """A pointed leaf from the origin along +x, its face up, bent down by `curl` at the tip."""
    along = np.linspace(0, 1, 28)[:, None]
    across = np.linspace(-1, 1, 13)[None]
    half = wide * np.sin(np.pi * along**0.8) ** 0.9
    x = length * along + 0 * across
    y = half * across
    fold = 0.25 * wide * np.abs(across) * np.sin(np.pi * along)
    wave = 0.06 * wide * np.sin(9 * along + 2 * across)
    z = fold + wave + length * curl * (0.5 * along - along**2.2)
    vein = np.exp(-((across / 0.10) ** 2)) + 0.45 * (
        np.sin(26 * (along - 0.25 * np.abs(across))) > 0.8
    )
    shade = 1 + 0.30 * np.clip(vein, 0, 1) * (along < 0.95) - 0.08 * np.abs(across)
    paint = np.array(colour) * shade.reshape(-1, 1)
    return sheet(np.stack([x, y, z], axis=2), paint)


def _round(profile: ArrayLike, rows: int = 80, segments: int = 112) -> Mesh:
    """A lathe of a smooth line through the profile's (radius, height) knots."""
    line = curve(profile, rows)
    return lathe(np.maximum(line, [0.0, -9.0]), segments=segments)


def apple(rng: np.random.Generator) -> Model:
    """A red apple with a dimple, a stem and mostly a leaf."""
    tall = rng.uniform(0.90, 1.02)
    profile = [
        (0.0, -0.30),
        (0.05, -0.335),
        (0.13, -0.375),
        (0.24, -0.36),
        (0.36, -0.22),
        (0.435, 0.02),
        (0.42, 0.20),
        (0.33, 0.325),
        (0.20, 0.355),
        (0.09, 0.30),
        (0.03, 0.215),
        (0.0, 0.19),
    ]
    body = _round(np.array(profile) * [1, tall])
    turn, z = turn_of(body.vertices), body.vertices[:, 2]
    away = np.linalg.norm(body.vertices[:, :2], axis=1)
    lobes = 1 + 0.035 * np.cos(5 * turn + rng.uniform(0, 6)) * ramp(-z, -0.1, 0.35)
    lobes += 0.03 * smooth_noise(body.vertices, 0.7, rng, 2)
    body = body.mapped(lambda points: points * np.stack([lobes, lobes, 1 + 0 * lobes], axis=1))
    # Streaks run from pole to pole; the sunless side and the dimple stay yellow.
    ring = np.stack([2.2 * np.cos(turn), 2.2 * np.sin(turn), 0.5 * z], axis=1)
    streak = smooth_noise(ring, 0.16, rng, 3, 0.7)
    blush = smooth_noise(body.vertices, 0.9, rng, 1) + 0.35 * streak
    deep = np.array([0.62, 0.03, 0.05]) * rng.uniform(0.85, 1.15)
    bright, pale = np.array([0.80, 0.09, 0.07]), np.array([0.88, 0.68, 0.22])
    paint = bright + ramp(streak, -0.4, 0.7)[:, None] * (deep - bright)
    yellow = 0.75 * ramp(blush, 0.55, 1.3) + 0.8 * ramp(away, 0.17, 0.06) * (z > 0)
    paint = paint + np.clip(yellow, 0, 0.85)[:, None] * (pale - paint)
    spots = body.vertices[rng.integers(len(turn), size=160)]
    speck = 0.55 * ramp(cell_distance(body.vertices, spots), 0.010, 0.004)
    body = body.painted(paint).mixed((0.90, 0.74, 0.45), speck)
    bend = rng.uniform(-0.07, 0.07)
    stem_path = curve(
        [(0, 0, 0.18), (0.01, 0, 0.28), (0.4 * bend, 0.01, 0.38), (bend, 0.02, 0.47)], 24
    )
    stem = tube(stem_path, np.linspace(0.014, 0.024, 24), BARK, segments=14)
    parts = [Part(body, SKIN), Part(stem, MATT)]
    if rng.random() < 0.85:
        leaf = _leaf(rng.uniform(0.26, 0.34), 0.085, 0.7, (0.22, 0.47, 0.12))
        leaf = leaf.turned("y", -22).turned("z", rng.uniform(0, 360))
        parts.append(Part(leaf.moved(*(stem_path[14] * [1, 1, 1])), SATIN))
    lean = rng.uniform(0, 10)
    return Model(tuple(parts)).mapped(lambda mesh: mesh.turned("x", lean)).settled()


def pear(rng: np.random.Generator) -> Model:
    """A green or yellow pear, standing, with a stem."""
    neck = rng.uniform(0.125, 0.16)
    profile = [
        (0.0, -0.385),
        (0.06, -0.40),
        (0.16, -0.395),
        (0.27, -0.33),
        (0.335, -0.18),
        (0.32, -0.02),
        (0.235, 0.16),
        (neck + 0.02, 0.32),
        (neck, 0.43),
        (0.7 * neck, 0.51),
        (0.3 * neck, 0.53),
        (0.0, 0.515),
    ]
    body = _round(profile)
    bend = rng.uniform(0.05, 0.14)
    bumps = 1 + 0.025 * smooth_noise(body.vertices, 0.5, rng, 2)

    def bent(points: Array) -> Array:
        shift = bend * np.clip(points[:, 2] + 0.1, 0, None) ** 1.6
        return points * bumps[:, None] + np.stack([shift, 0 * shift, 0 * shift], axis=1)

    green, yellow = np.array([0.50, 0.62, 0.16]), np.array([0.80, 0.74, 0.24])
    base = green + rng.random() * (yellow - green)
    cloud = smooth_noise(body.vertices, 0.5, rng, 3)
    paint = base + 0.06 * cloud[:, None] * np.array([1.0, 0.6, 0.2])
    blush = ramp(np.cos(turn_of(body.vertices) - rng.uniform(0, 6.3)) + 0.5 * cloud, 0.5, 1.3)
    paint = paint + (rng.uniform(0, 0.45) * blush)[:, None] * (np.array([0.75, 0.30, 0.12]) - paint)
    spots = body.vertices[rng.integers(len(body.vertices), size=500)]
    speck = 0.5 * ramp(cell_distance(body.vertices, spots), 0.009, 0.003)
    body = body.painted(paint).mixed((0.45, 0.36, 0.16), speck).mapped(bent)
    top = bend * 0.615**1.6
    path = curve([(top, 0, 0.50), (top + 0.01, 0, 0.57), (top + 0.05, 0.01, 0.68)], 20)
    stem = tube(path, np.linspace(0.018, 0.026, 20), BARK, segments=14)
    parts = [Part(body, SKIN), Part(stem, MATT)]
    if rng.random() < 0.4:
        leaf = _leaf(0.26, 0.075, 0.7, (0.26, 0.46, 0.13)).turned("y", -25)
        parts.append(Part(leaf.turned("z", rng.uniform(0, 360)).moved(*path[8]), SATIN))
    return Model(tuple(parts)).settled()


def bananas(rng: np.random.Generator) -> Model:
    """A hand of yellow bananas joined at the stalk, lying."""
    fingers = []
    count = int(rng.integers(3, 5))
    ripe = np.array([0.93, 0.76, 0.14]) * rng.uniform(0.94, 1.03)
    green = np.array([0.62, 0.70, 0.20])
    share = np.linspace(0, 1, 70)
    for k in range(count):
        sweep = np.radians(rng.uniform(84, 96))
        angle = sweep * (share - 0.5)
        path = np.stack([0.62 * np.sin(angle), 0.62 * np.cos(angle), 0 * angle], axis=1)
        path -= path[0]
        thick = np.interp(
            share,
            [0, 0.07, 0.14, 0.26, 0.5, 0.78, 0.92, 0.965, 0.97, 1],
            [0.03, 0.030, 0.042, 0.088, 0.102, 0.094, 0.055, 0.026, 0.024, 0.022],
        )
        mesh = tube(path, thick * rng.uniform(0.94, 1.04), segments=40)
        points = mesh.vertices
        near = np.argmin(np.linalg.norm(points[:, None, :2] - path[None, :, :2], axis=2), axis=1)
        part = share[near]
        off = points - path[near]
        facet = np.arctan2(
            off[:, 2], np.linalg.norm(off[:, :2], axis=1) * np.sign(off[:, 1] + 1e-9)
        )
        # Five flat sides, as a real one has.
        ridge = 1 + 0.05 * np.cos(5 * facet)
        mesh = mesh.mapped(lambda p, c=path[near], r=ridge: c + (p - c) * r[:, None])
        paint = gradient(part, [(0.0, tuple(green)), (0.16, tuple(green)), (0.34, tuple(ripe))])
        mesh = mesh.painted(
            paint * (1 + 0.03 * smooth_noise(points * [0.4, 1, 1], 0.1, rng))[:, None]
        )
        mesh = mesh.mixed(
            (0.16, 0.11, 0.06), ramp(part, 0.955, 0.968) + 0.7 * ramp(part, 0.035, 0.0)
        )
        stain = ramp(smooth_noise(points, 0.06, rng, 2), 0.75, 1.0) * ramp(part, 0.15, 0.3)
        mesh = mesh.mixed((0.42, 0.25, 0.08), 0.55 * rng.uniform(0, 1) * stain)
        fan = (k - (count - 1) / 2) * 15 + rng.uniform(-2, 2)
        fingers.append(mesh.turned("x", 31 * (k - (count - 1) / 2)).turned("z", 0.45 * fan))
    crown = ball((0.055, 0.05, 0.028 + 0.016 * count), (0.40, 0.36, 0.14), 12).moved(-0.015, 0, 0)
    model = Model((Part(join(fingers), Material(roughness=0.4)), Part(crown, MATT)))
    tip = rng.uniform(20, 38)
    model = model.mapped(lambda mesh: mesh.turned("z", 35).turned("x", tip).turned("z", -45))
    mirror = float(rng.choice([-1, 1]))
    return model.mapped(lambda mesh: mesh.scaled(mirror, 1, 1)).settled()


def _crown(rng: np.random.Generator) -> Mesh:
    """The pineapple's tuft: stiff blades in whorls, the inner ones upright."""
    blades = []
    count = 46
    for k in range(count):
        inner = k / (count - 1)
        length = np.interp(inner, [0, 0.5, 1], [0.20, 0.36, 0.42]) * rng.uniform(0.85, 1.1)
        along = np.linspace(0, 1, 16)[:, None]
        across = np.linspace(-1, 1, 5)[None]
        half = 0.030 * (1 - along**1.6) * (0.8 + 0.5 * along)
        out = np.radians(np.interp(inner, [0, 1], [68, 6]) + rng.uniform(-6, 6))
        bow = out + 0.75 * along * (1 - 0.6 * inner)
        radial = 0.05 * (1 - inner) + length * along * np.sin(bow)
        z = length * along * np.cos(bow) + 0.10 * inner
        groove = 0.45 * half * across**2
        grid = np.stack([radial - groove + 0 * across, half * across, z + groove], axis=2)
        tone = rng.uniform(0.8, 1.15) * (0.75 + 0.35 * along + 0 * across)
        paint = np.array([0.33, 0.50, 0.22]) * tone.reshape(-1, 1)
        blades.append(sheet(grid, paint).turned("z", 137.5 * k + rng.uniform(-8, 8)))
    return join(blades)


def pineapple(rng: np.random.Generator) -> Model:
    """A whole pineapple, upright, with its crown of leaves."""
    body = ball((0.275, 0.275, 0.40), detail=64)
    # Squarer shoulders than an ellipsoid's.
    squarer = 1 + ((body.vertices[:, 2] / 0.4) ** 2)[:, None] * [0.16, 0.16, 0.0]
    body = body.mapped(lambda points: points * squarer)
    turn, height = turn_of(body.vertices), body.vertices[:, 2] / 0.40
    tilt = np.arcsin(np.clip(height, -1, 1))
    first = (8 * turn / (2 * np.pi) + 3.6 * tilt / np.pi * 1.6) % 1 - 0.5
    second = (8 * turn / (2 * np.pi) - 3.6 * tilt / np.pi * 1.6) % 1 - 0.5
    edge = np.minimum(0.5 - np.abs(first), 0.5 - np.abs(second))
    flat = ramp(np.abs(height), 0.995, 0.9)
    dome = ramp(edge, 0.0, 0.30) * flat
    thorn = ramp(np.hypot(first, second), 0.12, 0.02) * flat
    gold = np.array([0.80, 0.52, 0.12]) * rng.uniform(0.92, 1.08)
    green = np.array([0.46, 0.46, 0.14])
    ripeness = ramp(smooth_noise(body.vertices, 0.6, rng, 2) - 0.9 * height, -0.3, 0.9)
    tone = green + np.clip(ripeness + rng.uniform(0.0, 0.4), 0, 1)[:, None] * (gold - green)
    crease = np.array([0.30, 0.19, 0.06])
    paint = crease + ramp(edge, 0.02, 0.14)[:, None] * (tone - crease)
    body = body.painted(paint).mixed((0.36, 0.20, 0.07), 0.85 * thorn)
    body = body.displaced(0.028 * dome + 0.016 * thorn)
    crown = _crown(rng).moved(z=0.37)
    model = Model((Part(body, Material(roughness=0.5)), Part(crown, SATIN)))
    lean = rng.uniform(-5, 5)
    return model.mapped(lambda mesh: mesh.turned("y", lean)).settled()


def grapes(rng: np.random.Generator) -> Model:
    """A bunch of grapes lying on its side: purple, or now and then green."""
    purple = rng.random() < 0.75
    base = np.array([0.25, 0.06, 0.22] if purple else [0.62, 0.70, 0.24])
    radius = 0.072
    centres: list[Array] = []
    # Random places in a cone that lies along x; those too near to others are dropped.
    for _ in range(1500):
        x = rng.uniform(-0.40, 0.46)
        reach = np.interp(x, [-0.40, -0.22, 0.0, 0.46], [0.16, 0.28, 0.25, 0.05])
        y, z = reach * rng.uniform(-1, 1, 2)
        spot = np.array([x, y, 0.8 * z])
        gap = np.linalg.norm(np.array(centres) - spot, axis=1).min() if centres else 1.0
        if np.hypot(y, z) < reach and gap > 1.45 * radius:
            centres.append(spot)
    unit = ball((1.0, 1.0, 1.12), detail=10)
    berries = []
    for spot in centres:
        tone = base * rng.uniform(0.75, 1.3) + rng.uniform(-0.02, 0.03, 3)
        spin = rotation("x", rng.uniform(0, 360)) @ rotation("y", rng.uniform(0, 360))
        turned = unit.painted(tone).mapped(lambda points, spin=spin: points @ spin.T)
        berries.append(turned.scaled(radius * rng.uniform(0.92, 1.08)).moved(*spot))
    bunch = join(berries)
    bloom = 0.32 * ramp(smooth_noise(bunch.vertices, 0.09, rng, 2), -0.1, 0.9)
    bunch = bunch.mixed((0.52, 0.50, 0.66) if purple else (0.80, 0.85, 0.55), bloom)
    stalk = curve([(-0.2, 0, 0), (-0.42, 0, 0.02), (-0.52, 0.01, 0.06), (-0.60, 0.03, 0.09)], 30)
    cross = curve([(-0.56, -0.07, 0.05), (-0.57, 0.0, 0.08), (-0.60, 0.10, 0.07)], 20)
    twig = join([tube(stalk, 0.017, BARK, 12), tube(cross, 0.013, BARK, 12)])
    twig = twig.painted((0.42, 0.34, 0.15))
    parts = [Part(bunch, Material(roughness=0.25, clearcoat=0.3)), Part(twig, MATT)]
    if rng.random() < 0.6:
        parts.append(Part(_vine_leaf().moved(-0.44, 0.02, 0.16), SATIN))
    turn = 180.0 * int(rng.integers(2))
    return Model(tuple(parts)).mapped(lambda mesh: mesh.turned("z", turn)).settled()


def _vine_leaf() -> Mesh:
    """A five-lobed leaf about its stalk, face up."""
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)[None]
    ring = np.linspace(1, 0, 20)[:, None]
    lobes = 0.15 + 0.05 * np.cos(5 * turn) + 0.008 * np.cos(25 * turn)
    x, y = ring * lobes * np.cos(turn), ring * lobes * np.sin(turn)
    z = 0.03 * np.cos(5 * turn) * ring - 0.25 * (x**2 + y**2) / 0.2
    vein = np.exp(-((np.abs((turn * 5 / (2 * np.pi) + 0.5) % 1 - 0.5) * ring / 0.035) ** 2))
    shade = (0.9 + 0.35 * vein + 0 * ring).reshape(-1, 1)
    paint = np.array([0.28, 0.46, 0.14]) * shade
    return sheet(np.stack([x, y, z], axis=2), paint, close_columns=True).turned("y", 15)


MODELS: tuple[ObjectModel, ...] = (
    ObjectModel("apple", FAMILY, "apple", apple, (15.0, 42.0), plate=0.25),
    ObjectModel("pear", FAMILY, "pear", pear, (12.0, 38.0), plate=0.2),
    ObjectModel(
        "bananas", FAMILY, "bunch of bananas", bananas, (25.0, 55.0), (-48.0, 48.0), plate=0.15
    ),
    ObjectModel("orange", FAMILY, "orange", orange, (18.0, 48.0), (-28.0, 28.0), plate=0.25),
    ObjectModel("pineapple", FAMILY, "pineapple", pineapple, (10.0, 35.0)),
    ObjectModel(
        "grapes", FAMILY, "bunch of grapes", grapes, (30.0, 60.0), (-45.0, 45.0), plate=0.25
    ),
    ObjectModel(
        "watermelon",
        FAMILY,
        "slice of watermelon",
        watermelon,
        (14.0, 40.0),
        (-38.0, 38.0),
        plate=0.2,
    ),
    ObjectModel("kiwi", FAMILY, "kiwi fruit", kiwi, (25.0, 52.0), (-25.0, 25.0), plate=0.2),
)
