"""Pictures of one's own: those of a folder, drawn, split in halves, and decoded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from assay.pixels import SUFFIXES, is_picture, open_picture
from assay.subjects.own import missing
from assay.types import AssayError

# At most so many in each half: the budget reaches for few, and a judge looks at all.
MOST = 48


@dataclass(frozen=True)
class Picture:
    """A file, and the SHA-256 (hex) of its bytes."""

    path: Path
    digest: str


def find_pictures(folder: Path, most: int = 2 * MOST) -> tuple[Picture, ...]:
    """At most `most` pictures of the folder and of those below it, no two of them the same file.

    Where there are more, they are drawn, always the same ones. Raises AssayError where the folder
    is missing or holds fewer than two.
    """
    if not folder.exists():
        raise missing("folder of pictures", folder)
    if not folder.is_dir():
        raise AssayError(f"{folder} is no folder: give the one that the pictures are in")
    paths = [path for path in sorted(folder.rglob("*")) if is_picture(path)]
    order = torch.randperm(len(paths), generator=torch.Generator().manual_seed(0)).tolist()
    found: dict[str, Picture] = {}
    for i in order:
        if len(found) == most:
            break
        try:
            digest = hashlib.sha256(paths[i].read_bytes()).hexdigest()
        except OSError as error:
            raise AssayError(f"the picture {paths[i]} can't be read: {error}") from error
        found.setdefault(digest, Picture(paths[i], digest))
    if len(found) < 2:
        few = "only one picture" if found else f"no pictures ({', '.join(SUFFIXES)})"
        raise AssayError(
            f"there {'is' if found else 'are'} {few} in {folder}: there must be two different ones "
            "or more, since one half is shown to the tools and the other is held out"
        )
    return tuple(found.values())


def halves(
    pictures: tuple[Picture, ...], seed: int
) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
    """The pictures for the tools and those held out, by a draw from the seed."""
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(seed)).tolist()
    middle = len(order) // 2
    first, second = (sorted(half) for half in (order[:middle], order[middle:]))
    return tuple(pictures[i] for i in first), tuple(pictures[i] for i in second)


def decode(pictures: tuple[Picture, ...], size: int, grey: bool = False) -> Tensor:
    """The pictures as (n, 3, size, size) in [0, 1]: their middle squares, without colours if grey.

    Raises AssayError for a file that is no readable picture.
    """
    return _decoded(pictures, size, grey).float() / 255


@lru_cache(maxsize=4)
def _decoded(pictures: tuple[Picture, ...], size: int, grey: bool) -> Tensor:
    return torch.stack([_pixels(picture.path, size, grey) for picture in pictures])


def _pixels(path: Path, size: int, grey: bool) -> Tensor:
    """One picture as bytes (3, size, size)."""
    picture = open_picture(path)
    if grey:
        picture = picture.convert("L").convert("RGB")
    square = ImageOps.fit(picture, (size, size), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(square)).permute(2, 0, 1)
