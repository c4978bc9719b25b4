"""The one place where the truth leaves a run: a folder beside the store, for reports alone."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from torch import Tensor

from assay.blobs import png_bytes
from assay.files import write_atomically
from assay.plan import Place

# Larger tensors than this are no pictures and no reader's business.
_MOST_NUMBERS = 4096


def write_reveal(folder: Path, place: Place, truth: Any, question: Any) -> None:
    """Show a case's truth in `folder`: truth.json, and its pictures as 0.png, 1.png ...

    A folder that has its truth.json is left as it is. What the truth is a dataclass of is written
    field by field; `options` are the question's, where it has any.
    """
    if (folder / "truth.json").is_file():
        return
    said: dict[str, Any] = dataclasses.asdict(place)
    # A network and its clean twin share the truth.
    del said["subject"]
    said["options"] = getattr(question, "options", None)
    said["pictures"] = []
    for field in dataclasses.fields(truth):
        value = getattr(truth, field.name)
        if not isinstance(value, Tensor):
            said[field.name] = value
        elif value.ndim == 4 and value.shape[1] == 3:
            for picture in value:
                name = f"{len(said['pictures'])}.png"
                write_atomically(folder / name, png_bytes(picture))
                said["pictures"].append(name)
        elif value.numel() <= _MOST_NUMBERS:
            said[field.name] = value.tolist()
    text = json.dumps(said, indent=1, sort_keys=True, default=str)
    # Last: its presence says that the pictures are there.
    write_atomically(folder / "truth.json", text.encode())


def copy_certificate(folder: Path, subject: str, certificate: Path) -> None:
    """Keep the subject's certificate with the results that rest on it."""
    target = folder / f"{subject}.certificate.json"
    data = certificate.read_bytes()
    if not target.is_file() or target.read_bytes() != data:
        write_atomically(target, data)
