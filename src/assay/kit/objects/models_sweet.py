"""Sweet baked things and sweets."""

from __future__ import annotations

import numpy as np

from assay.kit.objects.mesh import Mesh, scatter
from assay.kit.objects.model import GLOSSY, MATT, Material, Model, ObjectModel, Part
from assay.kit.objects.noise import ramp, smooth_noise
from assay.kit.objects.shapes import torus, tube

_ICINGS = [(0.95, 0.48, 0.64), (0.30, 0.15, 0.08), (0.96, 0.94, 0.90), (0.55, 0.78, 0.88)]
_SPRINKLES = [
    (0.95, 0.20, 0.25),
    (0.20, 0.55, 0.90),
    (1.00, 0.85, 0.15),
    (0.25, 0.75, 0.35),
    (1.0, 1.0, 1.0),
    (0.95, 0.45, 0.85),
]


def donut(rng: np.random.Generator) -> Model:
    """A ring of dough with icing that runs down and sprinkles."""
    thick = rng.uniform(0.185, 0.215)
    ring = torus(0.5 - thick, thick, segments=160).scaled(1, 1, rng.uniform(0.82, 0.95))
    bumps = smooth_noise(ring.vertices, 0.35, rng, 3)
    dough = ring.displaced(0.008 * bumps)
    height = dough.vertices[:, 2]
    brown, pale = np.array([0.66, 0.40, 0.18]), np.array([0.90, 0.72, 0.44])
    # Fried dough keeps a pale band round its middle.
    band = ramp(np.abs(height + 0.02), 0.05, 0.012)
    mottle = 1 + 0.08 * smooth_noise(dough.vertices, 0.06, rng, 3)
    dough = dough.painted((brown + band[:, None] * (pale - brown)) * mottle[:, None])
    angle = np.arctan2(ring.vertices[:, 1], ring.vertices[:, 0])
    around = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    edge = 0.035 + 0.045 * smooth_noise(around, 0.45, rng, 2)
    cover = ramp(ring.vertices[:, 2] - edge, -0.02, 0.02)
    icing = ring.displaced(0.008 * bumps + 0.028 * cover - 0.012 * (1 - cover))
    icing = icing.painted(_ICINGS[int(rng.integers(len(_ICINGS)))])

    def on_top(points: np.ndarray, facing: np.ndarray) -> np.ndarray:
        return (facing[:, 2] > 0.45) & (points[:, 2] > 0.09)

    sprinkles = scatter(
        [_sprinkle(colour) for colour in _SPRINKLES], icing, 130, rng, on_top, spacing=0.028
    )
    parts = (
        Part(dough, MATT),
        Part(icing, GLOSSY),
        Part(sprinkles, Material(roughness=0.3)),
    )
    return Model(parts).settled()


def _sprinkle(colour: tuple[float, float, float]) -> Mesh:
    return tube([(-0.024, 0, 0.003), (0, 0, 0.004), (0.024, 0, 0.003)], 0.0085, colour, 8)


MODELS: tuple[ObjectModel, ...] = (
    ObjectModel("donut", "sweet", "a donut with icing and sprinkles", donut, (28, 62), plate=0.4),
)
