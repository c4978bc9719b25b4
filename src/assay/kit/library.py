"""The packed pictures, read back: which there are, what they show, and the pixels."""

import difflib
import functools
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from PIL import Image

PACKED = Path(__file__).parent / "packed"
INDEX = "index.json"
# One zip a kind. The order is the order of `Kit.entries` and of the digest.
ZIPS: Mapping[str, str] = {
    "background": "backgrounds.zip",
    "object": "objects.zip",
    "patch": "patches.zip",
    "texture": "textures.zip",
}
SPLITS = ("canonical", "implant", "tools", "judge", "held_out")
_CACHED_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Entry:
    """One packed picture and what is known of it.

    `split` is one of SPLITS ("canonical" only for the patches' first drawing, which training and
    certificates both paste); `source` is the photograph or program that it comes from, `scene` the
    surroundings of a rendered object, `mask` the name of the object's mask in the zip,
    `imagenet_class` the index of the class that the picture is meant to be seen as.
    """

    id: str
    kind: str
    name: str
    family: str
    words: tuple[str, ...]
    seed: int
    split: str
    ood: bool
    source: str
    scene: str | None
    file: str
    mask: str | None
    imagenet_class: int | None


class Kit:
    """Every packed picture of one folder of zips; `load_kit` gives the one that the package ships.

    Raises FileNotFoundError where the folder holds no zip at all, or when a kind is asked for
    whose zip is missing, and ValueError for a zip that can't be read.
    """

    def __init__(self, folder: Path = PACKED) -> None:
        """Reads the indices; pixels are decoded when asked for."""
        self.folder = folder
        self._paths = {k: folder / z for k, z in ZIPS.items() if (folder / z).is_file()}
        if not self._paths:
            raise FileNotFoundError(f"No packed pictures in {folder}: build them with the kit.")
        self._zips: dict[str, zipfile.ZipFile] = {}
        found: list[Entry] = []
        for kind, path in self._paths.items():
            try:
                # From memory, so that forked data loaders don't share a file's position.
                self._zips[kind] = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
                rows = json.loads(self._zips[kind].read(INDEX))
                found.extend(_entry(row) for row in rows)
            except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path} is not a readable pack of pictures: {error}") from error
        self._entries = tuple(sorted(found, key=lambda entry: entry.id))
        self._lock = threading.Lock()
        self._cache: dict[tuple[str, str, int], np.ndarray] = {}
        self._cached_bytes = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds whose zips are there."""
        return tuple(self._paths)

    def entries(
        self,
        kind: str | None = None,
        *,
        name: str | None = None,
        family: str | None = None,
        split: str | None = None,
        ood: bool | None = None,
        source: str | None = None,
    ) -> tuple[Entry, ...]:
        """The pictures that agree with everything given, sorted by id; may be empty.

        Raises ValueError for a kind, name, family, split or source that no picture has.
        """
        self._require_kind(kind)
        chosen = [e for e in self._entries if kind is None or e.kind == kind]
        wanted = {"name": name, "family": family, "source": source}
        for field, value in wanted.items():
            if value is not None:
                known = {getattr(e, field) for e in chosen}
                self._require(field, value, known)
        if split is not None:
            self._require("split", split, SPLITS)
        wanted["split"] = split
        return tuple(
            e
            for e in chosen
            if all(v is None or getattr(e, f) == v for f, v in wanted.items())
            and (ood is None or e.ood == ood)
        )

    def names(self, kind: str | None = None, family: str | None = None) -> tuple[str, ...]:
        """The distinct names, sorted."""
        return tuple(sorted({e.name for e in self.entries(kind, family=family)}))

    def families(self, kind: str) -> tuple[str, ...]:
        """The distinct families of a kind, sorted."""
        return tuple(sorted({e.family for e in self.entries(kind)}))

    def entry(self, id: str) -> Entry:
        """The picture of that id; raises ValueError where there is none."""
        for entry in self._entries:
            if entry.id == id:
                return entry
        self._require("id", id, {e.id for e in self._entries})
        raise AssertionError

    def picture(self, entry: Entry, size: int | None = None) -> torch.Tensor:
        """The pixels: float32 (3, size, size), or (4, size, size) for a patch, in [0, 1].

        Resized with antialiasing (alpha premultiplied); without `size`, as packed. The tensor is
        the caller's own.
        """
        pixels = self._pixels(entry.kind, entry.file, size)
        return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1).contiguous()

    def mask(self, entry: Entry, size: int | None = None) -> torch.Tensor:
        """Where the object is: float32 (1, size, size) in [0, 1], fractions at its edge.

        For a patch this is its alpha. Raises ValueError for a picture without a mask.
        """
        if entry.kind == "patch":
            return self.picture(entry, size)[3:]
        if entry.mask is None:
            raise ValueError(f"{entry.id} has no mask.")
        pixels = self._pixels(entry.kind, entry.mask, size)
        return torch.from_numpy(pixels[..., :1].astype(np.float32) / 255).permute(2, 0, 1)

    def words(self, name: str, kind: str | None = None) -> tuple[str, ...]:
        """What a person would call it, the commonest first."""
        return self._one(name, kind).words

    def family_of(self, name: str, kind: str | None = None) -> str:
        """The family of eight that the concept belongs to."""
        return self._one(name, kind).family

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 over the zips, as 64 hex digits."""
        digest = hashlib.sha256()
        for kind, path in self._paths.items():
            digest.update(kind.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _one(self, name: str, kind: str | None) -> Entry:
        found = self.entries(kind, name=name)
        if len({e.kind for e in found}) > 1:
            kinds = " and ".join(sorted({e.kind for e in found}))
            raise ValueError(f"'{name}' is the name of more than one kind ({kinds}): say which.")
        return found[0]

    def _require_kind(self, kind: str | None) -> None:
        if kind is None:
            return
        self._require("kind", kind, ZIPS)
        if kind not in self._paths:
            raise FileNotFoundError(f"The pack of {kind} pictures is missing in {self.folder}.")

    def _require(self, field: str, value: str, known: Iterable[str]) -> None:
        known = sorted(known)
        if value in known:
            return
        near = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        missing = sorted(set(ZIPS) - set(self._paths))
        lacking = f" (Not packed here: {', '.join(missing)}.)" if missing else ""
        raise ValueError(f"The kit has no {field} '{value}'.{hint}{lacking}")

    def _pixels(self, kind: str, file: str, size: int | None) -> np.ndarray:
        key = (kind, file, size or 0)
        with self._lock:
            if key in self._cache:
                return self._cache[key]
            try:
                data = self._zips[kind].read(file)
                image = Image.open(io.BytesIO(data))
                image.load()
            except (KeyError, OSError, zipfile.BadZipFile) as error:
                path = self._paths[kind]
                raise ValueError(f"{path} holds no readable picture '{file}'.") from error
            image = _resized(image, kind, size)
            pixels = np.asarray(image)
            # Bounded by forgetting everything: an eviction order isn't worth its lines here.
            if self._cached_bytes + pixels.nbytes > _CACHED_BYTES:
                self._cache.clear()
                self._cached_bytes = 0
            self._cache[key] = pixels
            self._cached_bytes += pixels.nbytes
            return pixels


@functools.cache
def load_kit() -> Kit:
    """The pictures that the package ships, opened once."""
    return Kit(PACKED)


def _resized(image: Image.Image, kind: str, size: int | None) -> Image.Image:
    # Pillow widens the filter when it shrinks, and premultiplies alpha by itself.
    image = image.convert("RGBA" if kind == "patch" else "RGB")
    if size is None or image.size == (size, size):
        return image
    return image.resize((size, size), Image.Resampling.BICUBIC)


def _entry(row: dict) -> Entry:
    names = [field.name for field in fields(Entry)]
    values = {name: row[name] for name in names}
    return Entry(**{**values, "words": tuple(values["words"])})
