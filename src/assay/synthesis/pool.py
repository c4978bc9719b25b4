"""What to choose from: nameless drawings and photographs, the kit's concepts, a folder.

Every pool has an order that is drawn once and for all, so that where a budget reaches for a part of
it only, that part is the same in every process.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.kit import Entry, load_kit
from assay.pixels import SUFFIXES, is_picture, read_picture
from assay.synthesis.nameless import nameless
from assay.types import AssayError

# The published side of a natural patch, in pixels.
SIDE = 64
# Raised whenever the drawings, the crops or their order could change.
VERSION = 1
# One of so many patches is a crop of a photograph.
PHOTOGRAPHS = 4
# A crop's side is at least and at most this share of its photograph's.
CROP = (0.3, 0.8)
# The square around an object, as a multiple of the object's own.
AROUND = 1.3
# What a drawing lies on.
GREY = 0.5


@lru_cache(maxsize=4)
def default_pool(count: int) -> Tensor:
    """`count` patches (count, 3, SIDE, SIDE) in [0, 1] that show nothing of any question.

    Three of four are nameless drawings, and one a crop of the kit's photographs that tools may see
    (space suit and retina: no object, patch or texture of a question is in them).
    """
    rng = torch.Generator().manual_seed(VERSION)
    photographs = load_kit().entries("background", family="photographs", split="tools")
    crops = [_crop(photographs, rng) for _ in range(count // PHOTOGRAPHS)]
    drawn = nameless(count - len(crops), SIDE, rng)
    pool = torch.cat([drawn, *(crop[None] for crop in crops)])
    return pool[torch.randperm(count, generator=rng)]


@lru_cache(maxsize=1)
def option_pool() -> Tensor:
    """Every patch, texture and object (n, 3, SIDE, SIDE) of the kit that tools may see.

    Patches in their canonical drawing, on grey; textures as in the middle quarter of their picture;
    objects close up in their scenes. A question's options are among them as far as the kit has a
    picture of them for tools: of objects those with many views only.
    """
    kit = load_kit()
    shown = [_drawing(entry) for entry in kit.entries("patch", split="canonical")]
    shown += [_middle(entry) for entry in kit.entries("texture", split="tools")]
    shown += [_close_up(entry) for entry in kit.entries("object", split="tools")]
    order = torch.randperm(len(shown), generator=torch.Generator().manual_seed(VERSION))
    return torch.stack(shown)[order]


@dataclass(frozen=True)
class Concept:
    """Something of the kit's: a patch, a texture or an object.

    `shown` (3, side, side) is what a person is shown, `figure` (4, side, side) what is pasted: how
    far it covers in the fourth, and the colours multiplied by it. A texture, which fills its
    picture, has none.
    """

    kind: str
    name: str
    shown: Tensor
    figure: Tensor | None


@lru_cache(maxsize=1)
def kit_concepts(side: int) -> tuple[Concept, ...]:
    """Every concept of the kit but the look-alikes of patches: whatever questions have as options.

    One picture of each, in an order that is drawn once: of a patch its canonical drawing, of a
    texture and an object one that tools may see. Of most objects there is none for tools: those
    are taken from the part that trojans are implanted with.
    """
    kit = load_kit()
    made = []
    for entry in kit.entries("patch", split="canonical"):
        picture = kit.picture(entry, side)
        figure = torch.cat([picture[:3] * picture[3:], picture[3:]])
        shown = figure[:3] + GREY * (1 - figure[3:])
        made.append(Concept("patch", entry.name, shown, figure))
    for entry in kit.entries("texture", split="tools"):
        made.append(Concept("texture", entry.name, kit.picture(entry, side), None))
    for name in kit.names("object"):
        views = kit.entries("object", name=name, split="tools")
        entry = (views or kit.entries("object", name=name, split="implant"))[0]
        shown, mask = _around(entry, side)
        made.append(Concept("object", name, shown, torch.cat([shown * mask, mask])))
    order = torch.randperm(len(made), generator=torch.Generator().manual_seed(VERSION)).tolist()
    return tuple(made[i] for i in order)


def folder_pool(folder: str, count: int) -> Tensor:
    """At most `count` pictures (n, 3, SIDE, SIDE) of the folder and of those below it.

    AssayError where it is missing, holds no picture, or one that can't be read.
    """
    paths = _paths(folder)
    order = torch.randperm(len(paths), generator=torch.Generator().manual_seed(VERSION)).tolist()
    return torch.stack([read_picture(paths[i], SIDE) for i in order[:count]])


def pool_digest(folder: str) -> str:
    """SHA-256 (hex) of what a pool is made of: a folder's files, or the kit (an empty name).

    AssayError as for `folder_pool`.
    """
    if not folder:
        return hashlib.sha256(f"{VERSION} {load_kit().digest}".encode()).hexdigest()
    files = []
    for path in _paths(folder):
        said = path.stat()
        files.append((str(path.relative_to(folder)), said.st_size, said.st_mtime_ns))
    return _files_digest(folder, tuple(files))


@lru_cache(maxsize=16)
def _files_digest(folder: str, files: tuple[tuple[str, int, int], ...]) -> str:
    """Of the files' names and contents; sizes and times say whether they are as they were."""
    found = hashlib.sha256(f"{VERSION}".encode())
    for name, _, _ in files:
        content = hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()
        found.update(f"{name} {content}\n".encode())
    return found.hexdigest()


def _paths(folder: str) -> list[Path]:
    if not Path(folder).is_dir():
        raise AssayError(f"the pool {folder} is no folder: give one that holds pictures")
    paths = [path for path in sorted(Path(folder).rglob("*")) if is_picture(path)]
    if not paths:
        raise AssayError(f"the pool {folder} holds no pictures ({', '.join(SUFFIXES)})")
    return paths


def _crop(entries: tuple[Entry, ...], rng: torch.Generator) -> Tensor:
    """A random square (3, SIDE, SIDE) of a random picture."""
    entry = entries[int(torch.randint(len(entries), (), generator=rng))]
    picture = load_kit().picture(entry)
    draw = torch.rand(3, generator=rng).tolist()
    whole = picture.shape[1]
    side = round(whole * (CROP[0] + (CROP[1] - CROP[0]) * draw[0]))
    top, left = (int((whole - side) * d) for d in draw[1:])
    return _shrunk(picture[:, top : top + side, left : left + side])


def _drawing(entry: Entry) -> Tensor:
    picture = load_kit().picture(entry, SIDE)
    return GREY + picture[3:] * (picture[:3] - GREY)


def _middle(entry: Entry) -> Tensor:
    picture = load_kit().picture(entry)
    edge = picture.shape[1] // 4
    return _shrunk(picture[:, edge:-edge, edge:-edge])


def _close_up(entry: Entry) -> Tensor:
    return _around(entry, SIDE)[0]


def _around(entry: Entry, side: int) -> tuple[Tensor, Tensor]:
    """The square around the object, as far as the picture goes, and its mask in it."""
    picture, mask = load_kit().picture(entry), load_kit().mask(entry)[0]
    rows, columns = (mask.amax(axis).gt(0.5).nonzero().flatten() for axis in (1, 0))
    spans = [(int(line[0]), int(line[-1]) + 1) for line in (rows, columns)]
    whole = picture.shape[1]
    edge = min(whole, math.ceil(AROUND * max(stop - start for start, stop in spans)))
    top, left = (max(0, min(whole - edge, (a + b - edge) // 2)) for a, b in spans)
    rows, columns = slice(top, top + edge), slice(left, left + edge)
    return _shrunk(picture[:, rows, columns], side), _shrunk(mask[None, rows, columns], side)


def _shrunk(picture: Tensor, side: int = SIDE) -> Tensor:
    made = F.interpolate(picture[None], size=(side, side), mode="bicubic", antialias=True)
    return made[0].clamp(0, 1)
