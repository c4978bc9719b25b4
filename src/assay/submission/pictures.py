"""Reads rows of pictures: a folder for each question, as anybody saves them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from assay.checks import near_name
from assay.pixels import SUFFIXES, is_picture, read_picture
from assay.types import AssayError


def read_rows(folder: Path, questions: Sequence[str], size: int) -> dict[str, dict[str, Tensor]]:
    """The pictures by row and question, uint8 (n, 3, size, size).

    Where a sub-folder is called like a question, `folder` is a single row and gives it its name;
    else each sub-folder is a row. AssayError for a folder that is missing or empty, one that has
    no question's name, or a file that is no picture.
    """
    if not folder.is_dir():
        raise AssayError(f"there is no folder {folder}")
    inside = _folders(folder)
    # Where every name is mistyped, it is still seen that rows would hold folders.
    single = any(path.name in questions for path in inside) or not any(map(_folders, inside))
    rows = [folder] if single else inside
    return {row.resolve().name: _read_row(row, questions, size) for row in rows}


def read_pictures(folder: Path, size: int) -> Tensor:
    """The folder's picture files in the order of their names, uint8 (n, 3, size, size).

    A picture that isn't square is stretched. AssayError where there is none, or one is unreadable.
    """
    paths = [path for path in sorted(folder.iterdir()) if is_picture(path)]
    if not paths:
        raise AssayError(f"{folder} holds no picture ({', '.join(s[1:] for s in SUFFIXES)})")
    pictures = torch.stack([read_picture(path, size) for path in paths])
    return (pictures * 255).round().to(torch.uint8)


def _read_row(folder: Path, questions: Sequence[str], size: int) -> dict[str, Tensor]:
    inside = _folders(folder)
    if not inside:
        raise AssayError(
            f"{folder} holds no folder: put the pictures for each question into one of its name"
        )
    for path in inside:
        if path.name not in questions:
            hint = near_name(path.name, questions)
            raise AssayError(f"{path}: there is no question {path.name!r}{hint}")
    return {path.name: read_pictures(path, size) for path in inside}


def _folders(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]
