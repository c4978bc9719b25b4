"""Scenes: where an object stands, how it is lit and from where it is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.kit.objects import surroundings as around
from assay.kit.objects.mesh import Array, Mesh
from assay.kit.objects.model import GLOSSY, MATT, SATIN, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import smooth_noise
from assay.kit.objects.shapes import box, lathe, sheet

FIELD_OF_VIEW = 32.0
"""Degrees, across the square picture."""


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from: two points (3,), up is +z."""

    origin: Array
    target: Array


@dataclass(frozen=True)
class Setting:
    """A scene ready to be rendered.

    top: the ground's picture (h, w, 3) sRGB over `top_extent` units, mirrored beyond.
    ground: half the ground's depth and its material. light: a map of linear radiance.
    """

    model: Model
    props: tuple[Part, ...]
    top: Array
    top_extent: float
    ground_depth: float
    ground_material: Material
    light: Array
    camera: Camera


@dataclass(frozen=True)
class Scene:
    """A kind of place. `make` gives the top (h, w, 3) and the light; ood: out of distribution.

    depth: how far the ground reaches behind the object. plates: whether plates fit in.
    """

    name: str
    make: Callable[[np.random.Generator], tuple[Array, Array]]
    material: Material = SATIN
    depth: float = 2.2
    ood: bool = False
    plates: bool = True
    clutter: float = 0.35


_TOP_PIXELS = 640
_TOP_EXTENT = 6.0


def _pick(rng: np.random.Generator, colours: list[around.Rgb]) -> around.Rgb:
    """One of the colours, made a little lighter or darker."""
    colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.92, 1.05)
    r, g, b = (float(value) for value in np.clip(colour, 0, 1))
    return r, g, b


_WOODS = [(0.58, 0.38, 0.22), (0.72, 0.54, 0.34), (0.40, 0.25, 0.15), (0.64, 0.49, 0.36)]
_WALLS = [(0.70, 0.66, 0.58), (0.55, 0.62, 0.66), (0.78, 0.76, 0.72), (0.60, 0.66, 0.56)]
_CLOTHS = [(0.72, 0.10, 0.12), (0.12, 0.28, 0.58), (0.15, 0.45, 0.22), (0.85, 0.62, 0.12)]
_SWEEPS = [
    (0.86, 0.86, 0.86),
    (0.55, 0.72, 0.82),
    (0.88, 0.72, 0.70),
    (0.62, 0.76, 0.60),
    (0.85, 0.78, 0.56),
    (0.45, 0.45, 0.48),
]
_BLUES = [(0.16, 0.33, 0.52), (0.22, 0.48, 0.62), (0.12, 0.22, 0.40), (0.35, 0.52, 0.60)]


def _wood_table(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.wood_top(rng, _TOP_PIXELS, _TOP_EXTENT, _pick(rng, _WOODS))
    warmth = rng.uniform(0, 1)
    window = (1.0, 0.97 - 0.10 * warmth, 0.95 - 0.30 * warmth)
    return top, around.room(rng, _pick(rng, _WALLS), window, rng.uniform(7, 13))


def _marble_counter(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.marble_top(rng, _TOP_PIXELS, _TOP_EXTENT, (0.88, 0.87, 0.86))
    return top, around.room(rng, (0.80, 0.80, 0.79), (0.96, 0.98, 1.0), rng.uniform(5, 9))


def _picnic(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.checked_top(rng, _TOP_PIXELS, _TOP_EXTENT, _pick(rng, _CLOTHS))
    return top, around.outdoors(rng, rng.uniform(60, 150))


def _studio_sweep(rng: np.random.Generator) -> tuple[Array, Array]:
    colour = _pick(rng, _SWEEPS)
    top = around.plain_top(rng, _TOP_PIXELS, _TOP_EXTENT, colour)
    r, g, b = (float(value) for value in np.array(colour) ** 2.2)
    return top, around.studio(rng, (r, g, b))


def _blue_table(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.wood_top(rng, _TOP_PIXELS, _TOP_EXTENT, _pick(rng, _BLUES))
    return top, around.room(rng, _pick(rng, _WALLS), (1.0, 0.95, 0.88), rng.uniform(7, 12))


def _night(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.plain_top(rng, _TOP_PIXELS, _TOP_EXTENT, (0.35, 0.35, 0.38))
    return top, around.lamps_at_night(rng)


def _sand(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.grainy_top(rng, _TOP_PIXELS, _TOP_EXTENT, (0.80, 0.68, 0.48))
    return top, around.outdoors(rng, rng.uniform(90, 170))


def _snow(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.grainy_top(rng, _TOP_PIXELS, _TOP_EXTENT, (0.90, 0.92, 0.96))
    return top, around.outdoors(rng, rng.uniform(0, 40), overcast=0.6)


def _slate(rng: np.random.Generator) -> tuple[Array, Array]:
    top = around.slate_top(rng, _TOP_PIXELS, _TOP_EXTENT, (0.17, 0.18, 0.20))
    return top, around.spotlight(rng)


SCENES: tuple[Scene, ...] = (
    Scene("wood_table", _wood_table),
    Scene("marble_counter", _marble_counter, Material(roughness=0.25)),
    Scene("picnic", _picnic, MATT, depth=3.5),
    Scene("studio", _studio_sweep, MATT, depth=40.0, clutter=0.0),
    Scene("blue_table", _blue_table),
    Scene("night", _night, Material(roughness=0.3), depth=6.0, ood=True, clutter=0.0),
    Scene("sand", _sand, MATT, depth=30.0, ood=True, plates=False, clutter=0.0),
    Scene("snow", _snow, MATT, depth=30.0, ood=True, plates=False, clutter=0.0),
    Scene("slate", _slate, depth=20.0, ood=True, clutter=0.2),
)


def arrange(kind: ObjectModel, model: Model, rng: np.random.Generator, ood: bool) -> Setting:
    """The model put into a scene that the generator picks, in view of a camera it picks."""
    places = [scene for scene in SCENES if scene.ood == ood]
    scene = places[int(rng.integers(len(places)))]
    top, light = scene.make(rng)
    elevation = rng.uniform(*kind.elevation)
    spin = rng.uniform(*kind.yaw)
    size = rng.uniform(0.9, 1.1)
    model = model.mapped(lambda mesh: mesh.turned("z", spin).scaled(size))
    props: list[Part] = []
    if scene.plates and rng.random() < kind.plate:
        plate, thickness = _plate(rng, model)
        props.append(plate)
        model = model.mapped(lambda mesh: mesh.moved(z=thickness))
    camera = _aim(model, rng, elevation)
    if rng.random() < scene.clutter:
        props += _clutter(rng, model)
    return Setting(
        model, tuple(props), top, _TOP_EXTENT, scene.depth, scene.material, light, camera
    )


def _aim(model: Model, rng: np.random.Generator, elevation: float) -> Camera:
    """A camera from about -y whose picture the model fills to 60-82 % of its longer side."""
    turn = np.radians(rng.uniform(-20, 20))
    tilt = np.radians(elevation)
    back = np.array([np.sin(turn) * np.cos(tilt), -np.cos(turn) * np.cos(tilt), np.sin(tilt)])
    side = np.array([np.cos(turn), np.sin(turn), 0.0])
    up = np.cross(back, side)
    points = model.vertices
    centre = (points.min(0) + points.max(0)) / 2
    offset = points - centre
    x, y, depth = offset @ side, offset @ up, offset @ back
    fill = rng.uniform(0.60, 0.82)
    reach = np.tan(np.radians(FIELD_OF_VIEW / 2)) * fill
    middle = np.zeros(2)
    distance = 3.0
    for _ in range(6):
        # Each round centres the outline, then finds the distance at which it fits.
        scale = 1 / (distance - depth)
        seen = np.stack([x * scale, y * scale])
        middle = distance * (seen.min(1) + seen.max(1)) / 2
        half = np.maximum(np.abs(x - middle[0]), np.abs(y - middle[1]))
        distance = float(np.max(half / reach + depth))
    room = 0.5 * (1 - fill) * distance * np.tan(np.radians(FIELD_OF_VIEW / 2))
    shift = middle + rng.uniform(-1, 1, 2) * room
    target = centre + shift[0] * side + shift[1] * up
    return Camera(target + distance * back, target)


_PLATES = [(0.93, 0.93, 0.91), (0.90, 0.86, 0.76), (0.55, 0.70, 0.78), (0.82, 0.83, 0.80)]


def _plate(rng: np.random.Generator, model: Model) -> tuple[Part, float]:
    """A plate that the model fits on, and how high its well lies."""
    reach = float(np.linalg.norm(model.vertices[:, :2], axis=1).max())
    r = reach * rng.uniform(1.28, 1.45)
    well = r * 0.82
    profile = [(0.0, 0.0), (well * 0.9, 0.0), (well, 0.01), (r, 0.095), (r + 0.012, 0.105)]
    profile += [(r, 0.112), (well, 0.032), (well * 0.93, 0.022), (0.0, 0.022)]
    rows = np.linspace(0, len(profile) - 1, 16 * (len(profile) - 1) + 1)
    radii, heights = np.array(profile).T
    places = np.arange(len(profile))
    dense = np.stack([np.interp(rows, places, radii), np.interp(rows, places, heights)], axis=1)
    mesh = lathe(dense, _pick(rng, _PLATES), 128)
    if rng.random() < 0.4:
        away = np.linalg.norm(mesh.vertices[:, :2], axis=1)
        mesh = mesh.mixed(_pick(rng, _BLUES), (away > r - 0.012).astype(float))
    return Part(mesh, GLOSSY), 0.022


def _clutter(rng: np.random.Generator, model: Model) -> list[Part]:
    """Plain things that belong to no question, behind or beside the model: cubes and a cloth."""
    reach = float(np.linalg.norm(model.vertices[:, :2], axis=1).max())
    parts = []
    for _ in range(int(rng.integers(1, 3))):
        size = rng.uniform(0.14, 0.3)
        bearing = np.radians(rng.uniform(-75, 75))
        away = reach * 1.3 + rng.uniform(0.35, 0.8)
        cube = box((size, size, size), 0.012, rng.uniform(0.15, 0.85, 3), detail=4)
        cube = cube.turned("z", rng.uniform(0, 90)).rested()
        parts.append(Part(cube.moved(away * np.sin(bearing), away * np.cos(bearing)), SATIN))
    if rng.random() < 0.5:
        parts.append(Part(_cloth(rng, reach), MATT))
    return parts


def _cloth(rng: np.random.Generator, reach: float) -> Mesh:
    """A rumpled napkin beside the model."""
    line = np.linspace(-0.5, 0.5, 48)
    x, y = np.meshgrid(line, line, indexing="ij")
    flat = np.stack([x, y, 0 * x], axis=2).reshape(-1, 3)
    folds = 0.02 + 0.018 * (1 + smooth_noise(flat * [1, 0.25, 1], 0.12, rng, 2))
    flat[:, 2] = folds
    mesh = sheet(flat.reshape(48, 48, 3), _pick(rng, [*_CLOTHS, (0.85, 0.83, 0.78)]))
    side = float(rng.choice([-1, 1]))
    return mesh.turned("z", rng.uniform(-40, 40)).moved(side * (reach + 0.75), rng.uniform(0, 0.5))
