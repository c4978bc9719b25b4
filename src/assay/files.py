"""Files that are there whole or not at all, whenever the writer is interrupted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from torch import Tensor

from assay.types import AssayError


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside and rename, so that no half file is ever seen under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_tensors(path: Path, tensors: Mapping[str, Tensor], said: Mapping[str, str]) -> None:
    """Write tensors with what is said of them (safetensors' metadata).

    AssayError, one sentence, where the file can't be written; what was there before stays.
    """
    packed = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_or_tell(path, safetensors.torch.save(packed, dict(said)))


def write_or_tell(path: Path, data: bytes) -> None:
    """`write_atomically`, with AssayError, one sentence, where the file can't be written."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise AssayError(f"{path} can't be written: {error.strerror or error}") from error
