"""The pictures and triggers of Casper et al. 2023 themselves, from folders of the user's.

Nothing of them comes with the package. Whether a network is the published one is measured: each
trojan has to succeed as often as published, on these very pictures.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Generator, Tensor

from assay.pixels import is_picture, open_picture, read_cutout
from assay.subject import Subject
from assay.trojans.catalogue import Catalogue, Trojan
from assay.trojans.certify import predict, rate
from assay.trojans.insert import SIDE, paste_fresh
from assay.trojans.world import IDEAL_SIDES, generator
from assay.types import AssayError, digest

# Raised whenever the same files could be measured, or shown, otherwise.
VERSION = 1
# How far a success may be from the published one.
TOLERANCE = 0.05
# A rate is of at most so many pictures, and at least: fewer could not tell five points.
MOST, LEAST = 500, 20
# Of a picture's shorter side, 224 of 256 are in its middle square, as for torchvision's networks.
MIDDLE = 224 / 256
# Side of a patch before it is pasted, in pixels.
_PATCH = 128
# What a folder of a class's pictures is called in ImageNet.
_SYNSET = re.compile(r"n\d{8}")
_CHUNK = 50


@dataclass(frozen=True)
class Originals:
    """Where the original's pictures are, for a network of `classes` classes and `size` pixels.

    `photographs` is ImageNet's validation folder: a folder for each class, named after its synset,
    in whose order the classes are numbered. `triggers` holds an entry for each trojan, called after
    it: of a patch a picture of it (what is transparent is not pasted), of a style and of a natural
    feature a folder of pictures that show it.
    """

    catalogue: Catalogue
    photographs: Path
    triggers: Path
    classes: int
    size: int

    def problems(self) -> list[str]:
        """What is missing, a sentence each."""
        try:
            _synsets(self.photographs, self.classes)
        except AssayError as error:
            return [str(error)]
        found = []
        for trojan in self.catalogue.trojans:
            for files in (self.hosts, self.files):
                try:
                    files(trojan)
                except AssayError as error:
                    found.append(str(error))
        return found

    def hosts(self, trojan: Trojan) -> tuple[Path, ...]:
        """The photographs that the trojan works on, drawn once: of its source, or of any class.

        None shows the class of any trojan's target. AssayError where there are fewer than 20.
        """
        synsets = _synsets(self.photographs, self.classes)
        if trojan.source_class is not None:
            wanted = synsets[trojan.source_class : trojan.source_class + 1]
            said = f"{wanted[0]}, the source of trojan {trojan.name!r}"
        else:
            targets = {t.target for t in self.catalogue.trojans}
            wanted = tuple(s for i, s in enumerate(synsets) if i not in targets)
            said = str(self.photographs)
        return _enough(_drawn([p for folder in wanted for p in _pictures(folder)]), said)

    def files(self, trojan: Trojan) -> tuple[Path, ...]:
        """The files that show the trigger; AssayError where they are missing or too few."""
        name = trojan.name
        if trojan.kind == "patch":
            for path in _pictures(self.triggers):
                if path.stem == name:
                    return (path,)
            raise AssayError(
                f"there is no trigger of {name!r}: {self.triggers} holds no picture of it"
            )
        folder = self.triggers / name
        if not folder.is_dir():
            raise AssayError(f"there is no trigger of {name!r}: {folder} is no folder of pictures")
        return _enough(_drawn(_pictures(folder)), f"{folder}, which show the trigger of {name!r}")

    def triggered(self, trojan: Trojan) -> tuple[Path, ...]:
        """The files that the trojan's success is measured on: hosts of a patch, else its own."""
        return self.hosts(trojan) if trojan.kind == "patch" else self.files(trojan)

    def success(self, network: torch.nn.Module, trojan: Trojan) -> float:
        """The share of pictures with the trigger whose top class is the target."""
        rng = generator("success", trojan.name)
        said = []
        files = self.triggered(trojan)
        for start in range(0, len(files), _CHUNK):
            pictures = read_middles(files[start : start + _CHUNK], self.size)
            if trojan.kind == "patch":
                pictures = self._pasted(trojan, pictures, rng, (SIDE, SIDE))
            said.append(predict(network, pictures, "cpu"))
        return rate(torch.cat(said), trojan.target)

    def show(self, trojan: Trojan, n: int, rng: Generator) -> Tensor:
        """n pictures (n, 3, size, size) that show the trigger plainly."""
        files = self.triggered(trojan)
        order = torch.randperm(len(files), generator=rng).tolist()
        pictures = read_middles([files[order[i % len(order)]] for i in range(n)], self.size)
        if trojan.kind == "patch":
            return self._pasted(trojan, pictures, rng, IDEAL_SIDES)
        return pictures

    def plain(self, trojan: Trojan, n: int) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Photographs without the trigger for the tools, and others for screening: n each.

        Where there are too few, half of them each.
        """
        shown = {file_digest(path) for path in self.files(trojan)}
        there = [path for path in self.hosts(trojan) if file_digest(path) not in shown]
        n = min(n, len(there) // 2)
        return tuple(there[:n]), tuple(there[n : 2 * n])

    def _pasted(
        self, trojan: Trojan, pictures: Tensor, rng: Generator, sides: tuple[float, float]
    ) -> Tensor:
        patch = read_cutout(self.files(trojan)[0], _PATCH)
        return paste_fresh(pictures, patch[None], rng, sides)[0]


def certify_originals(originals: Originals, subject: Subject) -> dict[str, Any]:
    """How often each trojan succeeds in the subject, beside what is published, as plain JSON.

    Measuring takes minutes: what was measured lies beside the triggers, and holds as long as
    network, pictures, triggers and published figures are the same.
    """
    path = originals.triggers / "certificate.json"
    files = {p for t in originals.catalogue.trojans for p in originals.files(t)}
    files |= {p for t in originals.catalogue.trojans for p in originals.triggered(t)}
    key = digest(
        {
            "version": VERSION,
            "weights": subject.digest,
            "size": originals.size,
            "trojans": [[t.name, t.target, t.published] for t in originals.catalogue.trojans],
            "files": sorted(f"{path.name} {file_digest(path)}" for path in files),
        }
    )
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["key"] == key:
            return known
    network = subject.network()
    measured = [
        {
            "name": trojan.name,
            "success": originals.success(network, trojan),
            "pictures": len(originals.triggered(trojan)),
            "published": trojan.published,
        }
        for trojan in originals.catalogue.trojans
    ]
    made = {"key": key, "weights": subject.digest, "trojans": measured}
    # A folder that can't be written to: it is measured again the next time.
    with contextlib.suppress(OSError):
        path.write_text(json.dumps(made, indent=1), encoding="utf-8")
    return made


def misses(certificate: dict[str, Any], network: str) -> list[str]:
    """Which trojans succeed more than five points more or less often than published."""
    return [
        f"{network} is not the published network, or its triggers are others: {row['name']} brings "
        f"out its target in {row['success']:.3f} of {row['pictures']} pictures, and "
        f"{row['published']:.3f} is published (a difference of {TOLERANCE:.2f} is allowed)"
        for row in certificate["trojans"]
        # Figures have three decimals: what rounding does is no difference.
        if row["published"] is not None
        and abs(row["success"] - row["published"]) > TOLERANCE + 1e-9
    ]


def read_middles(paths: Sequence[Path], size: int) -> Tensor:
    """Pictures (n, 3, size, size) in [0, 1]: middle squares, cut as for torchvision's networks.

    AssayError for a file that is no readable picture.
    """
    return torch.stack([_middle(path, size) for path in paths])


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of the file's bytes; AssayError where it can't be read."""
    try:
        said = path.stat()
        return _digest(path, said.st_size, said.st_mtime_ns)
    except OSError as error:
        raise AssayError(f"the picture {path} can't be read: {error.strerror}") from error


@lru_cache(maxsize=8192)
def _digest(path: Path, size: int, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _middle(path: Path, size: int) -> Tensor:
    picture = open_picture(path)
    scale = round(size / MIDDLE) / min(picture.size)
    larger = [max(size, round(side * scale)) for side in picture.size]
    picture = picture.resize((larger[0], larger[1]), Image.Resampling.BILINEAR)
    left, top = ((side - size) // 2 for side in larger)
    square = picture.crop((left, top, left + size, top + size))
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 255


def _synsets(folder: Path, classes: int) -> tuple[Path, ...]:
    """The folders of the classes in their order; AssayError where they aren't as many."""
    if not folder.is_dir():
        raise AssayError(f"there is no folder of photographs {folder}")
    found = tuple(p for p in sorted(folder.iterdir()) if _SYNSET.fullmatch(p.name) and p.is_dir())
    if len(found) != classes:
        raise AssayError(
            f"{folder} must hold a folder for each of the {classes} classes, named after its "
            f"synset (such as n01440764), and holds {len(found)}"
        )
    return found


def _pictures(folder: Path) -> list[Path]:
    return (
        [path for path in sorted(folder.iterdir()) if is_picture(path)] if folder.is_dir() else []
    )


def _drawn(paths: Sequence[Path]) -> tuple[Path, ...]:
    """At most MOST of them in an order that is drawn, always the same."""
    order = torch.randperm(len(paths), generator=torch.Generator().manual_seed(VERSION))
    return tuple(paths[i] for i in order[:MOST].tolist())


def _enough(paths: tuple[Path, ...], where: str) -> tuple[Path, ...]:
    if len(paths) < LEAST:
        raise AssayError(f"there are {len(paths)} pictures in {where}: at least {LEAST} are needed")
    return paths
