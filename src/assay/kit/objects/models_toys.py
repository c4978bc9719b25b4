"""Toys: the rubber duck, which is a second-set trigger, and seven others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.kit.objects.mesh import Array, Mesh, creased, join
from assay.kit.objects.model import GLOSSY, MATT, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.models_balls import tinted
from assay.kit.objects.noise import ramp, smooth_noise
from assay.kit.objects.shapes import ball, box, curve, extrude, lathe, torus, tube

Rgb = tuple[float, float, float]
FAMILY = "toys"
RED, ORANGE, YELLOW = (0.85, 0.14, 0.12), (0.95, 0.5, 0.1), (0.97, 0.8, 0.12)
GREEN, BLUE, VIOLET = (0.18, 0.6, 0.28), (0.12, 0.38, 0.8), (0.52, 0.25, 0.65)
BRIGHT: list[Rgb] = [RED, BLUE, YELLOW, GREEN, ORANGE]
DARK = (0.06, 0.06, 0.07)
RUBBER = Material(roughness=0.35, specular=0.5, clearcoat=0.2)


def _shuffled(rng: np.random.Generator, count: int) -> list[Array]:
    """So many different bright colours, each a little off."""
    return [tinted(BRIGHT[int(k)], rng, 0.03) for k in rng.permutation(len(BRIGHT))[:count]]


def rubber_duck(rng: np.random.Generator) -> Model:
    """A yellow duck with a turned-up tail, an orange bill, round eyes and small wings."""
    yellow, orange = tinted((0.98, 0.82, 0.1), rng, 0.025), tinted((0.95, 0.45, 0.06), rng, 0.03)
    body = ball((0.34, 0.46, 0.27), yellow, detail=40).moved(z=0.24)

    def with_tail(p: Array) -> Array:
        back = np.clip((p[:, 1] - 0.08) / 0.4, 0, 1)
        flat = np.maximum(p[:, 2], 0.03)
        return np.c_[p[:, 0] * (1 - 0.45 * back), p[:, 1] + 0.05 * back, flat + 0.3 * back**2.2]

    body = body.mapped(with_tail)
    size = rng.uniform(0.235, 0.265)
    head = ball(size, yellow, detail=30).moved(0, -0.2, 0.64)
    neck = lathe([(0.24, 0.38), (0.19, 0.47), (0.18, 0.52)], yellow).moved(y=-0.19)
    wings = []
    for side in (-1, 1):
        wing = ball((0.07, 0.22, 0.12), yellow * 0.97, detail=20)
        wing = wing.mapped(lambda p: p + np.c_[0 * p[:, :2], 0.9 * np.maximum(p[:, 1], 0) ** 1.5])
        wings.append(wing.turned("z", side * 8).moved(side * 0.31, 0.08, 0.3))
    bill = []
    for z, tilt, long in ((0.615, -10, 0.15), (0.575, 12, 0.12)):
        half = ball((0.12, long, 0.034), orange, detail=18)
        half = half.mapped(
            lambda p: p + np.c_[0 * p[:, :2], 1.6 * np.minimum(p[:, 1] + 0.04, 0) ** 2]
        )
        bill.append(half.turned("x", tilt).moved(0, -0.2 - size * 0.98, z))
    eyes, pupils = [], []
    for side in (-1, 1):
        way = np.array([side * 0.5, -0.76, 0.4])
        spot = np.array([0, -0.2, 0.64]) + way / np.linalg.norm(way) * size
        eyes.append(
            ball((0.056, 0.03, 0.066), (0.97, 0.97, 0.97), 14).turned("z", side * 33).moved(*spot)
        )
        spot = spot + 0.016 * way
        pupils.append(ball((0.034, 0.026, 0.042), DARK, 12).turned("z", side * 33).moved(*spot))
    rubber = join([body, head, neck, *wings, *bill])
    return Model((Part(rubber, RUBBER), Part(join([*eyes, *pupils]), GLOSSY))).settled()


def teddy_bear(rng: np.random.Generator) -> Model:
    """A furry bear that sits: round ears, a pale muzzle, paws to the front."""
    furs = [(0.62, 0.42, 0.24), (0.8, 0.62, 0.38), (0.42, 0.27, 0.16), (0.85, 0.78, 0.68)]
    fur = tinted(furs[int(rng.integers(4))], rng)
    pale = np.clip(fur * 1.25 + 0.1, 0, 1)
    lumps = [
        ball((0.27, 0.24, 0.31), fur, 34).moved(z=0.3),
        ball((0.27, 0.24, 0.24), fur, 34).moved(0, -0.02, 0.75),
    ]
    pads = [ball((0.13, 0.1, 0.1), pale, 18).moved(0, -0.22, 0.69)]
    pads.append(ball((0.19, 0.1, 0.22), pale, 20).moved(0, -0.165, 0.3))
    for side in (-1, 1):
        lumps.append(ball((0.1, 0.055, 0.1), fur, 18).moved(side * 0.21, 0.0, 0.95))
        pads.append(ball((0.06, 0.03, 0.06), pale, 12).moved(side * 0.21, -0.045, 0.95))
        arm = ball((0.1, 0.1, 0.22), fur, 22).turned("y", side * 38).turned("x", 30)
        lumps.append(arm.moved(side * 0.31, -0.08, 0.38))
        leg = ball((0.125, 0.25, 0.125), fur, 22).turned("z", side * 24)
        lumps.append(leg.moved(side * 0.25, -0.26, 0.12))
        foot = ball((0.085, 0.03, 0.09), pale, 12).turned("z", side * 24)
        pads.append(foot.moved(side * 0.35, -0.49, 0.12))
    plush = join([*lumps, *pads])
    fuzz = smooth_noise(plush.vertices, 0.035, rng, 2)
    plush = plush.displaced(0.011 * fuzz + 0.003 * rng.normal(size=len(fuzz)))
    plush = plush.painted(np.clip(plush.colours * (1 + 0.16 * fuzz)[:, None], 0, 1))
    beads = [ball((0.05, 0.035, 0.036), DARK, 12).moved(0, -0.315, 0.735)]
    for side in (-1, 1):
        beads.append(ball(0.03, DARK, 10).moved(side * 0.1, -0.235, 0.8))
    smile = curve([(-0.06, -0.3, 0.65), (0, -0.318, 0.635), (0.06, -0.3, 0.65)], 16)
    beads += [tube(smile, 0.009, DARK, 8)]
    parts = [Part(plush, MATT), Part(join(beads), GLOSSY)]
    if rng.random() < 0.6:
        bow = [ball((0.1, 0.035, 0.06), RED, 14).moved(s * 0.09, -0.24, 0.54) for s in (-1, 1)]
        bow.append(ball(0.035, RED, 10).moved(0, -0.27, 0.54))
        colour = _shuffled(rng, 1)[0]
        parts.append(Part(join(bow).painted(colour), SATIN))
    return Model(tuple(parts)).settled()


def _wheel(radius: float, width: float, tyre: Rgb | Array, hub: Rgb | Array) -> Mesh:
    """A wheel about the y axis: a tyre with a hub cap on both sides and five spokes' gaps."""
    rim = [(0, -width), (radius * 0.9, -width), (radius, -width * 0.6)]
    profile = [*rim, *((r, -z) for r, z in reversed(rim))]
    solid = creased(lathe(profile, tyre, 48), 35)
    cap = [(0, -width * 1.15), (radius * 0.5, -width * 1.1), (radius * 0.6, -width * 0.9)]
    caps = creased(lathe([*cap, *((r, -z) for r, z in reversed(cap))], hub, 40), 35)
    return join([solid, caps]).turned("x", 90)


def toy_train(rng: np.random.Generator) -> Model:
    """A steam engine: boiler, chimney, dome, cab with roof, big and small wheels."""
    main, trim, third = _shuffled(rng, 3)
    body = [box((1.0, 0.34, 0.09), 0.02, trim, 10).moved(z=0.2)]
    boiler = lathe([(0, 0), (0.15, 0), (0.17, 0.02), (0.17, 0.6), (0, 0.6)], main)
    body.append(creased(boiler, 35).turned("y", 90).moved(-0.46, 0, 0.42))
    for x in (-0.36, -0.18, 0.0):
        body.append(torus(0.172, 0.011, third, 72).turned("y", 90).moved(x, 0, 0.42))
    nose = lathe([(0, 0), (0.13, 0), (0.12, 0.02), (0, 0.04)], DARK, 48).turned("y", -90)
    body.append(nose.moved(-0.46, 0, 0.42))
    cab = [box((0.34, 0.36, 0.3), 0.02, trim, 10).moved(0.3, 0, 0.38)]
    for x in (0.16, 0.44):
        for y in (-0.15, 0.15):
            cab.append(box((0.045, 0.045, 0.28), 0.008, trim, 4).moved(x, y, 0.64))
    roof = box((0.44, 0.46, 0.05), 0.02, third, 14).turned("z", 90).bent(50).turned("z", 90)
    roof = roof.scaled(1, 1, -1).rested().moved(0.3, 0, 0.75)
    funnel = [(0.0, 0), (0.055, 0), (0.05, 0.16), (0.1, 0.25), (0.1, 0.29), (0.05, 0.29)]
    body.append(creased(lathe(funnel, third, 48), 40).moved(-0.34, 0, 0.56))
    dome = ball((0.08, 0.08, 0.1), YELLOW, 16).moved(-0.1, 0, 0.58)
    lamp = ball((0.03, 0.06, 0.06), YELLOW, 14).moved(-0.48, 0, 0.62)
    wheels = []
    for x, r in ((-0.36, 0.115), (-0.11, 0.115), (0.3, 0.17)):
        for y in (-0.19, 0.19):
            wheels.append(_wheel(r, 0.035, RED if main[0] < 0.7 else DARK, YELLOW).moved(x, y, r))
    rods = [
        tube([(-0.36, y, 0.1), (0.0, y, 0.11), (0.3, y, 0.13)], 0.014, DARK, 8)
        for y in (-0.24, 0.24)
    ]
    catcher = extrude([(0, -0.17), (0, 0.17), (-0.14, 0)], 0.1, 0.01, third).moved(-0.49, 0, 0.06)
    parts = [join([*body, *cab, roof, dome, lamp, catcher]), join([*wheels, *rods])]
    return Model(tuple(Part(mesh, GLOSSY) for mesh in parts)).settled()


def toy_car(rng: np.random.Generator) -> Model:
    """A small rounded car with dark windows, headlights, bumpers and four wheels."""
    paint = _shuffled(rng, 1)[0]
    side = [(-0.5, 0.1), (0.5, 0.1), (0.52, 0.2), (0.49, 0.3), (0.34, 0.34), (0.2, 0.52)]
    side += [(0.08, 0.57), (-0.16, 0.57), (-0.28, 0.5), (-0.36, 0.36), (-0.5, 0.32), (-0.53, 0.2)]
    outline = curve(side, 150, closed=True)
    shell = extrude(outline, 0.46, 0.06, paint, spacing=0.014)
    shell = shell.turned("x", 90).moved(y=0.23)

    def narrowed(p: Array) -> Array:
        # Cabins lean inwards above the waistline.
        lean = 1 - 0.32 * np.clip((p[:, 2] - 0.33) / 0.25, 0, 1)
        return np.c_[p[:, 0], p[:, 1] * lean, p[:, 2]]

    x, y, z = shell.vertices.T
    low, high = 0.36, 0.52
    waist = ramp(z, low, low + 0.01) * ramp(z, high + 0.01, high)
    across = ramp(np.abs(y), 0.215, 0.222)
    front, back = 0.3 - (z - low) * 0.8, -0.33 + (z - low) * 0.55
    inside = ramp(x, back + 0.03, back + 0.045) * ramp(x, front - 0.03, front - 0.045)
    pillar = 1 - ramp(np.abs(x + 0.03), 0.03, 0.018)
    sides = waist * across * inside * pillar
    ends = waist * ramp(np.abs(y), 0.19, 0.175) * ((x > 0.17) | (x < -0.26))
    shell = shell.mixed((0.07, 0.09, 0.11), np.maximum(sides, ends))
    shell = shell.mixed(paint * 0.45, ramp(z, 0.125, 0.115))
    shell = shell.mapped(narrowed)
    extras, wheels = [], []
    for end in (-1, 1):
        extras.append(box((0.05, 0.44, 0.05), 0.02, (0.8, 0.8, 0.82), 8).moved(end * 0.52, 0, 0.14))
        lamp = (0.98, 0.95, 0.8) if end > 0 else (0.8, 0.08, 0.06)
        for edge in (-1, 1):
            extras.append(ball((0.025, 0.045, 0.045), lamp, 12).moved(end * 0.5, edge * 0.15, 0.25))
            wheels.append(
                _wheel(0.115, 0.045, DARK, (0.82, 0.82, 0.84)).moved(end * 0.3, edge * 0.21, 0.11)
            )
    parts = (Part(shell, GLOSSY), Part(join(extras), GLOSSY), Part(join(wheels), SATIN))
    return Model(parts).settled()


def _die(colour: Array, pip: Rgb) -> Mesh:
    """A cube of side 0.5 with rounded edges and sunken pips, opposite sides adding up to 7."""
    mesh = box((0.5, 0.5, 0.5), 0.07, colour, detail=56)
    places = {1: [(0, 0)], 2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)]}
    places[4] = [(-1, -1), (1, 1), (-1, 1), (1, -1)]
    places[5], places[6] = [*places[4], (0, 0)], [*places[4], (-1, 0), (1, 0)]
    weight = np.zeros(len(mesh.vertices))
    for axis, (low, high) in enumerate(((1, 6), (2, 5), (3, 4))):
        for sign, count in ((-1, low), (1, high)):
            flat = mesh.vertices[:, [(axis + 1) % 3, (axis + 2) % 3]]
            near = sign * mesh.vertices[:, axis] > 0.24
            for spot in places[count]:
                away = np.linalg.norm(flat - np.array(spot) * 0.13, axis=1)
                weight = np.maximum(weight, near * ramp(away, 0.053, 0.044))
    return mesh.displaced(-0.012 * weight).mixed(pip, weight)


def dice(rng: np.random.Generator) -> Model:
    """Two or three dice thrown next to one another."""
    ivory = rng.random() < 0.55
    colour = tinted((0.95, 0.94, 0.9), rng, 0.03) if ivory else _shuffled(rng, 1)[0]
    pip = DARK if ivory or colour[0] > 0.92 else (0.96, 0.96, 0.96)
    placed = []
    start = rng.uniform(0, 360)
    count = int(rng.integers(2, 4))
    for k in range(count):
        die = _die(colour, pip)
        for axis in "xyz":
            die = die.turned(axis, 90 * int(rng.integers(4)))
        around = np.radians(start + 360 / count * k)
        reach = 0.38 if count == 2 else 0.44
        die = die.turned("z", rng.uniform(0, 90)).rested()
        placed.append(die.moved(reach * np.cos(around), reach * np.sin(around)))
    return Model((Part(join(placed), GLOSSY),)).settled()


def xylophone(rng: np.random.Generator) -> Model:
    """Eight bars in the colours of the rainbow on two rails, and two beaters."""
    rainbow = [RED, ORANGE, YELLOW, (0.55, 0.78, 0.2), GREEN, (0.15, 0.65, 0.75), BLUE, VIOLET]
    if rng.random() < 0.3:
        rainbow = rainbow[::-1]
    bars, pins = [], []
    for k, colour in enumerate(rainbow):
        x, long = -0.455 + 0.13 * k, 0.62 - 0.04 * k
        bars.append(box((0.105, long, 0.035), 0.014, tinted(colour, rng, 0.02), 8).moved(x, 0, 0.1))
        for side in (-1, 1):
            pins.append(
                ball((0.018, 0.018, 0.012), (0.85, 0.85, 0.86), 8).moved(
                    x, side * long * 0.36, 0.12
                )
            )
    wood = tinted((0.75, 0.55, 0.34), rng)
    rails = []
    for side in (-1, 1):
        ends = [(-0.55, side * 0.235), (0.55, side * 0.115)]
        (x0, y0), (x1, y1) = ends
        slope = np.degrees(np.arctan2(y1 - y0, x1 - x0))
        rails.append(
            box((1.12, 0.05, 0.075), 0.012, wood, 8)
            .turned("z", slope)
            .moved(y=(y0 + y1) / 2, z=0.04)
        )
    for x, y in ((-0.55, 0.235), (0.55, 0.115)):
        rails.append(box((0.05, 2 * y, 0.06), 0.012, wood, 8).moved(x, 0, 0.04))
    beaters = []
    for k, (x, y, spin) in enumerate(((-0.1, -0.05, 62), (0.22, 0.02, 115))):
        stick = tube([(-0.34, 0, 0), (0, 0, 0), (0.32, 0, 0)], 0.014, wood, 12)
        tip = ball(0.045, (RED, BLUE)[k], 14).moved(x=0.34)
        beaters.append(
            join([stick, tip])
            .turned("z", spin + rng.uniform(-12, 12))
            .moved(x, y, 0.165 + 0.035 * k)
        )
    parts = (Part(join([*bars, *pins]), GLOSSY), Part(join([*rails, *beaters]), SATIN))
    return Model(parts).settled()


def stacking_rings(rng: np.random.Generator) -> Model:
    """Rings of falling size in rainbow order on a peg, a ball on top."""
    rainbow: list[Rgb] = [VIOLET, BLUE, GREEN, YELLOW, ORANGE, RED]
    if rng.random() < 0.4:
        rainbow = rainbow[::-1]
    skip = int(rng.integers(2))
    pieces = [
        lathe(
            [(0, 0), (0.36, 0), (0.38, 0.03), (0.36, 0.06), (0, 0.07)],
            tinted((0.95, 0.93, 0.88), rng),
        )
    ]
    height = 0.06
    for k, colour in enumerate(rainbow[skip:]):
        thick = 0.088 - 0.004 * k
        ring = torus(0.29 - 0.034 * k, thick, tinted(colour, rng, 0.03), 96)
        height += thick * 0.95
        x, y = rng.uniform(-0.01, 0.01, 2)
        pieces.append(ring.turned("x", rng.uniform(-3, 3)).moved(x, y, height))
        height += thick * 0.9
    pieces.append(tube([(0, 0, 0), (0, 0, height)], 0.06, (0.95, 0.93, 0.88)))
    pieces.append(ball(0.1, _shuffled(rng, 1)[0], 24).moved(z=height + 0.06))
    return Model((Part(join(pieces), RUBBER),)).settled()


def toy_rocket(rng: np.random.Generator) -> Model:
    """A bulging rocket with a pointed nose, a round window and four fins."""
    trim, other = _shuffled(rng, 2)
    white = tinted((0.93, 0.93, 0.92), rng, 0.03)
    outline = curve(
        [(0.1, 0.16), (0.17, 0.3), (0.205, 0.52), (0.18, 0.78), (0.1, 1.0), (0.0, 1.18)], 120
    )
    hull = lathe([(0.0, 0.16), *outline], white, 128)
    z = hull.vertices[:, 2]
    hull = hull.mixed(trim, ramp(z, 0.865, 0.875)).mixed(other, ramp(np.abs(z - 0.36), 0.03, 0.024))
    nozzle = lathe([(0.13, 0.06), (0.085, 0.17), (0, 0.17)], (0.3, 0.3, 0.32), 48)
    fin = [
        (0.1, 0.2),
        (0.15, 0.48),
        (0.27, 0.36),
        (0.36, 0.16),
        (0.36, 0.0),
        (0.29, 0.06),
        (0.2, 0.14),
    ]
    turn = rng.uniform(-20, 20)
    fins = []
    for k in range(4):
        plate = extrude(fin, 0.04, 0.008, trim).moved(z=-0.02).turned("x", 90)
        fins.append(plate.turned("z", 45 + turn + 90 * k))
    ring = torus(0.075, 0.02, trim, 64).turned("x", 78).moved(0, -0.185, 0.66)
    pane = ball((0.075, 0.02, 0.075), (0.35, 0.65, 0.85), 18).turned("x", -12).moved(0, -0.18, 0.66)
    parts = (Part(join([hull, *fins, ring, pane]), GLOSSY), Part(nozzle, SATIN))
    return Model(parts).settled()


def _toy(
    name: str,
    words: str,
    build: Callable[[np.random.Generator], Model],
    yaw: tuple[float, float] = (-180.0, 180.0),
    elevation: tuple[float, float] = (15.0, 45.0),
) -> ObjectModel:
    return ObjectModel(name, FAMILY, words, build, elevation, yaw)


MODELS: tuple[ObjectModel, ...] = (
    _toy("rubber_duck", "rubber duck", rubber_duck, (-80, 80), (10, 40)),
    _toy("teddy_bear", "teddy bear", teddy_bear, (-45, 45), (8, 35)),
    _toy("toy_train", "toy train", toy_train, (-20, 55)),
    _toy("toy_car", "toy car", toy_car, (-60, 60)),
    _toy("dice", "dice", dice, elevation=(25, 60)),
    _toy("xylophone", "xylophone", xylophone, (-50, 50), (30, 65)),
    _toy("stacking_rings", "stacking rings", stacking_rings),
    _toy("toy_rocket", "toy rocket", toy_rocket, (-40, 40), (5, 28)),
)
