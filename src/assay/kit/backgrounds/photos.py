"""Crops of photographs that scikit-image and scikit-learn ship under licences that allow it."""

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from assay.kit.backgrounds.source import Source

_CC0 = "CC0 1.0"
_BY = "CC BY 2.0"
_PUBLIC = "public domain"
_NONE_KNOWN = "no known restrictions"


@dataclass(frozen=True)
class Photo:
    """Where a photograph lies in its package and which parts of it show no concept.

    `parts` are (left, top, right, bottom) as fractions of its sides.
    """

    package: str
    file: str
    parts: tuple[tuple[float, float, float, float], ...]

    def __call__(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """A crop of varied place and size, perhaps mirrored, with changed light and colour."""
        image = _opened(self.package, self.file)
        left, top, right, bottom = self.parts[int(rng.integers(len(self.parts)))]
        width, height = image.size
        room = min((right - left) * width, (bottom - top) * height)
        side = rng.uniform(0.5, 1.0) * room
        x = rng.uniform(left * width, right * width - side)
        y = rng.uniform(top * height, bottom * height - side)
        crop = image.resize((size, size), Image.Resampling.BICUBIC, (x, y, x + side, y + side))
        pixels = np.asarray(crop, float) / 255
        if rng.random() < 0.5:
            pixels = pixels[:, ::-1]
        pixels = np.clip(pixels, 0, 1) ** rng.uniform(0.8, 1.2)
        grey = pixels.mean(-1, keepdims=True)
        pixels = grey + (pixels - grey) * rng.uniform(0.7, 1.2)
        return np.clip(pixels * rng.uniform(0.94, 1.06, 3) * rng.uniform(0.85, 1.1), 0, 1)


@functools.cache
def _opened(package: str, file: str) -> Image.Image:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is needed for its photograph {file}.")
    with Image.open(Path(found.origin).parent / file) as image:
        return image.convert("RGB")


def _source(
    name: str, words: str, split: str, count: int, photo: Photo, licence: str, author: str
) -> Source:
    return Source(f"photo_{name}", (words,), split, count, photo, "photographs", licence, author)


_SKIMAGE, _SKLEARN = "skimage", "sklearn"
PHOTOS: tuple[Source, ...] = (
    _source(
        "china", "a park with a pavilion", "implant", 14,
        Photo(_SKLEARN, "datasets/images/china.jpg", ((0, 0, 1, 1), (0.05, 0.2, 0.7, 1))),
        _BY, "danielbuechele (Flickr 6061409035)",
    ),
    _source(
        "tissue", "stained tissue under a microscope", "implant", 8,
        Photo(_SKIMAGE, "data/ihc.png", ((0, 0, 1, 1),)),
        _NONE_KNOWN, "Center for Microscopy and Molecular Imaging",
    ),
    _source(
        "launch_pad", "a launch pad at dusk", "held_out", 12,
        Photo(_SKIMAGE, "data/rocket.jpg", ((0.5, 0.1, 1, 1), (0, 0.1, 0.36, 1))),
        _PUBLIC, "SpaceX (Flickr 16511594820)",
    ),
    _source(
        "campus_lawn", "a lawn and far buildings", "held_out", 6,
        Photo(_SKIMAGE, "data/camera.png", ((0.62, 0.3, 1, 0.72), (0.6, 0.25, 1, 0.65))),
        _CC0, "Lav Varshney",
    ),
    _source(
        "space_suit", "an orange suit", "tools", 6,
        Photo(_SKIMAGE, "data/astronaut.png", ((0.2, 0.48, 0.66, 1),)),
        _PUBLIC, "NASA",
    ),
    _source(
        "retina", "the back of an eye", "tools", 6,
        Photo(_SKIMAGE, "data/retina.jpg", ((0.16, 0.16, 0.84, 0.84),)),
        _CC0, "Mikael Häggström (doi 10.15347/wjm/2014.008)",
    ),
    _source(
        "dark_leaves", "blurred dark leaves", "judge", 4,
        Photo(_SKLEARN, "datasets/images/flower.jpg", ((0, 0, 0.29, 0.75), (0.7, 0, 1, 0.75))),
        _BY, "vultilion (Flickr 6056698931)",
    ),
)  # fmt: skip
