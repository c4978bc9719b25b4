"""Findings as files named by their own hash: pictures as PNG, other tensors as safetensors."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import load, save
from torch import Tensor

from assay.files import write_atomically
from assay.pixels import read_picture
from assay.types import AssayError, Finding, Images, pack_finding, unpack_finding


def quantise(pictures: Tensor) -> Tensor:
    """Pictures in [0, 1] as they come back from an 8-bit file, float32 on the CPU."""
    levels = (pictures.detach().float().cpu() * 255).round().clamp(0, 255)
    return levels / 255


def as_stored(finding: Finding) -> Finding:
    """The finding as every judge sees it: pictures in 8 bits, tensors contiguous on the CPU."""
    kind, plain, tensors = unpack_finding(finding)
    if isinstance(finding, Images):
        tensors = {name: quantise(pictures) for name, pictures in tensors.items()}
    return pack_finding(kind, plain, {k: _still(t) for k, t in tensors.items()})


def png_bytes(picture: Tensor) -> bytes:
    """A picture (3, h, w) in [0, 1] as PNG."""
    levels = (picture.detach().float().cpu() * 255).round().clamp(0, 255).to(torch.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels.permute(1, 2, 0).contiguous().numpy(), "RGB").save(
        buffer, "PNG", compress_level=4
    )
    return buffer.getvalue()


class Blobs:
    """A folder of files named by the SHA-256 of their bytes; the same bytes are kept once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes, suffix: str) -> str:
        """Keep the bytes; returns the file's name."""
        name = f"{hashlib.sha256(data).hexdigest()}{suffix}"
        path = self.path(name)
        if not path.is_file():
            write_atomically(path, data)
        return name

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def write(self, finding: Finding) -> dict[str, Any]:
        """Keep a finding; returns what `read` needs, as plain JSON."""
        kind, plain, tensors = unpack_finding(finding)
        row: dict[str, Any] = {"kind": kind, "plain": plain, "pictures": [], "tensors": None}
        if isinstance(finding, Images):
            tensors = {}
            row["pictures"] = self._put_all(finding.candidates)
            if finding.snapshots:
                kept = finding.snapshots.items()
                row["snapshots"] = {share: self._put_all(pictures) for share, pictures in kept}
        if tensors:
            data = save({k: _still(t) for k, t in tensors.items()})
            row["tensors"] = self.put(data, ".safetensors")
        return row

    def read(self, row: dict[str, Any]) -> Finding:
        """The finding that `write` kept; AssayError where a file is missing or broken."""
        if row.get("small"):
            # Nobody may take these for what a tool has shown.
            raise AssayError(f"of a finding in {self.folder} there are only small pictures")
        try:
            tensors: dict[str, Tensor] = {}
            if row["pictures"]:
                tensors["candidates"] = self._read_all(row["pictures"])
            for share, names in row.get("snapshots", {}).items():
                tensors[f"snapshots/{share}"] = self._read_all(names)
            if row["tensors"]:
                tensors.update(load(self.path(row["tensors"]).read_bytes()))
        except Exception as error:
            raise AssayError(f"a stored finding in {self.folder} is unreadable: {error}") from error
        return pack_finding(row["kind"], row["plain"], tensors)

    def _put_all(self, pictures: Tensor) -> list[str]:
        return [self.put(png_bytes(picture), ".png") for picture in pictures]

    def _read_all(self, names: list[str]) -> Tensor:
        return torch.stack([read_picture(self.path(name)) for name in names])


def _still(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous()
