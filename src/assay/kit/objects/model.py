"""What an object is: parts with materials, and the program that builds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from assay.kit.objects.mesh import Array, Mesh


@dataclass(frozen=True)
class Material:
    """How a surface takes light; all numbers 0..1. The colours are the mesh's own.

    glass makes it clear and untinted (the colours are then not used).
    """

    roughness: float = 0.5
    metallic: float = 0.0
    specular: float = 0.5
    clearcoat: float = 0.0
    glass: bool = False


MATT = Material(roughness=0.9, specular=0.2)
SATIN = Material(roughness=0.45)
GLOSSY = Material(roughness=0.15, clearcoat=0.6)
METAL = Material(roughness=0.18, metallic=1.0)


@dataclass(frozen=True)
class Part:
    """A mesh of one material."""

    mesh: Mesh
    material: Material = SATIN


@dataclass(frozen=True)
class Model:
    """An object of about one unit across that stands on z = 0, its front towards -y."""

    parts: tuple[Part, ...]

    @property
    def vertices(self) -> Array:
        """All parts' vertices, (n, 3)."""
        return np.concatenate([part.mesh.vertices for part in self.parts])

    def mapped(self, change: Callable[[Mesh], Mesh]) -> Model:
        """The model with every mesh changed alike."""
        return Model(tuple(replace(part, mesh=change(part.mesh)) for part in self.parts))

    def settled(self, across: float = 1.0) -> Model:
        """The model centred over the origin, on z = 0, its longest side `across`."""
        low, high = self.vertices.min(0), self.vertices.max(0)
        x, y, _ = -(low + high) / 2
        factor = across / float((high - low).max())
        return self.mapped(lambda mesh: mesh.moved(x, y, -low[2]).scaled(factor))


@dataclass(frozen=True)
class ObjectModel:
    """A kind of object and how it is shown.

    words: what people call it. build: makes one example from a generator.
    elevation, yaw: ranges in degrees of the camera's height and of the object's turn about z
    (0: front to the camera). plate: how often it lies on a plate in scenes where that can be.
    imagenet_class: 0..999 when the object stands for an ImageNet class, else None.
    """

    name: str
    family: str
    words: str
    build: Callable[[np.random.Generator], Model]
    elevation: tuple[float, float] = (18.0, 60.0)
    yaw: tuple[float, float] = (-180.0, 180.0)
    plate: float = 0.0
    imagenet_class: int | None = None
