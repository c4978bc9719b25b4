"""Tools with edges and tines, which lie flat: the fork, the knife and the scissors."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Array, Mesh, join
from assay.kit.objects.model import METAL, SATIN, Material, Model, Part
from assay.kit.objects.shapes import ball, box, curve, disc, extrude, tube
from assay.kit.objects.tool_stuff import (
    BRUSHED,
    DARK,
    PLASTICS,
    STEEL,
    WOODS,
    grained,
    pick,
    slanted,
)


def _fork_outline(rng: np.random.Generator) -> Array:
    """The fork from above (k, 2): handle from x = -0.5, tips of four tines at x = 0.5."""
    half, tine = rng.uniform(0.104, 0.120), rng.uniform(0.030, 0.034)
    root = 0.5 - rng.uniform(0.24, 0.28)
    wide = rng.uniform(0.042, 0.054)
    side = curve(
        [
            (-0.50, 0.0),
            (-0.492, 0.6 * wide),
            (-0.46, wide),
            (-0.32, 0.85 * wide),
            (-0.10, 0.027),
            (0.04, 0.021),
            (root - 0.15, 0.030),
            (root - 0.10, 0.060),
            (root - 0.04, half - 0.008),
            (root + 0.03, half),
            (root + 0.12, half - 0.002),
        ],
        90,
    )
    pitch = (2 * half - tine) / 3
    gap = pitch - tine
    upper = [side]
    for number, centre in enumerate((1.5 * pitch, 0.5 * pitch)):
        shape = [(-0.10, 0.5), (-0.03, 0.42), (-0.006, 0.26), (0.0, 0.0)]
        down = [(dx, -share) for dx, share in reversed(shape[:-1])]
        upper.append(np.array([(0.5 + dx, centre + share * tine) for dx, share in shape + down]))
        # A round notch between this tine and the next; the middle one stops half-way.
        turn = np.linspace(np.pi / 2, -np.pi / 2 if number == 0 else 0, 9 if number == 0 else 5)
        notch = np.stack([root - gap / 2 * np.cos(turn), gap / 2 * np.sin(turn)], axis=1)
        upper.append(notch + np.array([0.0, centre - pitch / 2]))
    line = np.concatenate(upper)
    mirrored = line[1:-1][::-1] * [1, -1]
    return np.concatenate([line, mirrored])


def fork(rng: np.random.Generator) -> Model:
    """A table fork that lies on its back."""
    plate = extrude(_fork_outline(rng), 0.017, bevel=0.005, spacing=0.014)
    lift = rng.uniform(0.85, 1.25)
    knots = np.array(
        [
            (-0.5, 0.03),
            (-0.38, 0.02),
            (-0.1, 0.055),
            (0.06, 0.075),
            (0.2, 0.03),
            (0.33, 0.0),
            (0.5, 0.06),
        ]
    )
    spine = curve(knots, 200)

    def curved(points: Array) -> Array:
        height = lift * np.interp(points[:, 0], spine[:, 0], spine[:, 1])
        dish = np.where(points[:, 0] > 0.08, 1.1, 0.0) * points[:, 1] ** 2
        return points + np.stack([0 * height, 0 * height, height + dish], axis=1)

    # A little darker than other steel, so that it stands out from white cloth and marble. Brass
    # would be lost on sand.
    tint = np.array([0.66, 0.66, 0.67]) * rng.uniform(0.9, 1.1)
    metal = Material(roughness=rng.uniform(0.14, 0.26), metallic=1.0)
    return slanted(Model((Part(plate.mapped(curved).painted(tint), metal),)), rng)


def chefs_knife(rng: np.random.Generator) -> Model:
    """A broad kitchen knife with a riveted handle, lying flat."""
    deep = rng.uniform(1.05, 1.3)
    edge = curve(
        [(0.54, 0.012), (0.45, -0.036), (0.30, -0.064), (0.08, -0.078), (-0.08, -0.08)], 40
    )
    spine = curve([(-0.08, 0.058), (0.15, 0.058), (0.36, 0.044), (0.54, 0.012)], 30)[:-1]
    blade = extrude(np.concatenate([edge, spine]) * [1, deep], 0.02, spacing=0.02)

    def ground(points: Array) -> Array:
        # The blade thins from the spine to the edge, which is why it catches the light.
        share = np.clip((points[:, 1] / deep + 0.09) / 0.15, 0.08, 1)
        return np.stack([points[:, 0], points[:, 1], 0.01 + (points[:, 2] - 0.01) * share], axis=1)

    blade = blade.mapped(ground).moved(z=0.018).painted(STEEL)
    butt = rng.uniform(-0.47, -0.43)
    grip = curve(
        [
            (-0.09, 0.055),
            (-0.25, 0.046),
            (butt + 0.03, 0.058),
            (butt, 0.03),
            (butt - 0.005, -0.03),
            (butt + 0.03, -0.05),
            (butt + 0.12, -0.02),
            (-0.22, -0.022),
            (-0.13, -0.01),
            (-0.09, -0.022),
        ],
        60,
        closed=True,
    )
    handle = extrude(grip, 0.056, bevel=0.016, spacing=0.016)
    wooden = rng.random() < 0.4
    handle = grained(handle, pick(rng, WOODS), rng) if wooden else handle.painted(DARK)
    rivet = disc(0.0105, STEEL, 24).moved(z=0.0575)
    rivets = join([rivet.moved(x, 0.016) for x in (-0.15, -0.255, -0.36)])
    bolster = box((0.035, 0.085, 0.048), 0.012, STEEL).moved(-0.085, 0.016, 0.028)
    parts = (
        Part(blade, BRUSHED),
        Part(bolster, METAL),
        Part(handle, SATIN),
        Part(rivets, METAL),
    )
    return slanted(Model(parts), rng)


def _scissor_half(ring: tuple[float, float], colour: tuple) -> tuple[Mesh, Mesh]:
    """A blade with its tip towards +x, and its plastic ring of half-size `ring` at -x, -y."""
    outline = [
        (0.50, 0.003),
        (0.48, -0.004),
        (0.0, -0.030),
        (-0.15, -0.088),
        (-0.17, -0.050),
        (-0.06, 0.018),
        (0.02, 0.042),
        (0.30, 0.036),
        (0.46, 0.014),
    ]
    blade = extrude(outline, 0.016, bevel=0.003, spacing=0.02).painted(STEEL)
    turn = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    oval = np.stack([ring[0] * np.cos(turn), ring[1] * np.sin(turn), 0 * turn], axis=1)
    loop = tube(oval, 0.027, colour, segments=20, closed=True, flatten=0.75).turned("z", 14)
    loop = loop.moved(-0.14 - ring[0], -0.075 - 0.62 * ring[1], 0.008)
    neck = curve([(-0.07, -0.022, 0.008), (-0.13, -0.06, 0.008), (-0.19, -0.085, 0.008)], 20)
    return blade, join([loop, tube(neck, np.linspace(0.030, 0.036, 20), colour, 20, flatten=0.7)])


def scissors(rng: np.random.Generator) -> Model:
    """Kitchen scissors, a little open, lying flat."""
    colour = pick(rng, (*PLASTICS, (0.95, 0.45, 0.05)))
    opening = rng.uniform(9, 17)
    near_blade, near_ring = _scissor_half((0.165, 0.092), colour)
    far_blade, far_ring = _scissor_half((0.135, 0.085), colour)

    def placed(mesh: Mesh, first: bool) -> Mesh:
        if first:
            return mesh.moved(z=0.02).turned("z", opening)
        return mesh.scaled(1, -1, 1).turned("z", -opening).moved(z=0.003)

    screw = join(
        [ball((0.022, 0.022, 0.012), STEEL, 10).moved(z=0.038), disc(0.02, STEEL).moved(z=0.04)]
    )
    steel = join([placed(near_blade, True), placed(far_blade, False)])
    grips = join([placed(near_ring, True), placed(far_ring, False)])
    return slanted(Model((Part(steel, BRUSHED), Part(screw, METAL), Part(grips, SATIN))), rng)
