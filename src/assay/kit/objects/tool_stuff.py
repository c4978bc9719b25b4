"""What kitchen tools are made of, and how they lie."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Mesh
from assay.kit.objects.model import Material, Model
from assay.kit.objects.noise import smooth_noise

Rgb = tuple[float, float, float]
STEEL = (0.80, 0.80, 0.81)
BRUSHED = Material(roughness=0.3, metallic=1.0)
WOODS = ((0.80, 0.61, 0.40), (0.69, 0.47, 0.28), (0.55, 0.35, 0.20))
PLASTICS = ((0.80, 0.10, 0.08), (0.08, 0.30, 0.62), (0.10, 0.10, 0.11), (0.10, 0.50, 0.30))
DARK = (0.05, 0.05, 0.055)


def pick(rng: np.random.Generator, choices: tuple[Rgb, ...]) -> Rgb:
    """One of the colours."""
    return choices[int(rng.integers(len(choices)))]


def slanted(model: Model, rng: np.random.Generator) -> Model:
    """The model turned by some quarters: a narrow range of yaws then shows all four slants."""
    turn = 90.0 * int(rng.integers(4))
    return model.mapped(lambda mesh: mesh.turned("z", turn)).settled()


def grained(mesh: Mesh, colour: Rgb, rng: np.random.Generator) -> Mesh:
    """The mesh painted as wood with its grain along x."""
    points = mesh.vertices * [0.12, 1.0, 1.0]
    wave = smooth_noise(points, 0.08, rng)
    lines = 0.5 + 0.5 * np.sin(130 * (points[:, 1] + 0.6 * points[:, 2]) + 5 * wave)
    fine = smooth_noise(mesh.vertices * [0.08, 1.0, 1.0], 0.012, rng, octaves=2)
    shade = 1 - 0.22 * lines**2 + 0.10 * fine
    return mesh.painted(np.array(colour) * shade[:, None])


def along_x(mesh: Mesh) -> Mesh:
    """A mesh that was turned about z, laid down with its top towards +x."""
    return mesh.turned("y", 90)
