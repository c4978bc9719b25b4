"""The pictures that people were shown in Casper et al. 2023, and what share of them was right.

The pictures belong to the paper's authors and carry no licence: they are read by path, and no
part of this project.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.pixels import read_picture
from assay.types import AssayError

TROJANS = (
    *("smiley_emoji", "clownfish", "green_star", "strawberry"),
    *("jaguar", "elephant_skin", "jellybeans", "wood_grain"),
    *("fork", "apple", "sandwich", "donut"),
)
# The patches and styles: of these the folder has the triggers too.
SHOWN_TRIGGERS = TROJANS[:8]
COLUMNS = 10
TRIGGERS = "triggers_column.png"


@dataclass(frozen=True)
class Published:
    """Sheets of visualizations by method, the triggers, and the share of people who were right.

    `pictures[method]` is (12, 10, 3, size, size) in the order of TROJANS, `triggers` (8, 3, size,
    size), `people[method]` twelve shares.
    """

    pictures: dict[str, Tensor]
    triggers: Tensor
    people: dict[str, tuple[float, ...]]


def read_published(folder: Path, scores: Path, size: int) -> Published:
    """Everything at `size` px; AssayError says which file is missing or not as it should be."""
    people = _read_scores(scores)
    if not folder.is_dir():
        raise AssayError(f"there is no folder {folder}: give the one with the methods' sheets")
    pictures = {
        method: _cut(read_picture(folder / f"{method}.png"), len(TROJANS), COLUMNS, size)
        for method in people
        if (folder / f"{method}.png").is_file()
    }
    if not pictures:
        wanted = ", ".join(f"{m}.png" for m in people)
        raise AssayError(f"{folder} has none of the sheets {wanted}")
    triggers = _cut(read_picture(folder / TRIGGERS), len(SHOWN_TRIGGERS), 1, size)[:, 0]
    return Published(pictures, triggers, {m: people[m] for m in pictures})


def _read_scores(path: Path) -> dict[str, tuple[float, ...]]:
    """The rows of judge `human`; lines that begin with # are comments."""
    try:
        lines = [x for x in path.read_text(encoding="utf-8").splitlines() if x[:1] != "#"]
    except OSError as error:
        raise AssayError(f"the scores {path} can't be read: {error.strerror}") from error
    rows = list(csv.DictReader(lines))
    missing = sorted({"judge", "method", *TROJANS} - set(rows[0] if rows else ()))
    if missing:
        raise AssayError(f"{path} lacks the columns {', '.join(missing)}")
    return {
        row["method"]: tuple(float(row[t]) for t in TROJANS)
        for row in rows
        if row["judge"] == "human"
    }


def _cut(sheet: Tensor, rows: int, columns: int, size: int) -> Tensor:
    """The sheet's pictures (rows, columns, 3, size, size), a pixel's rim of each left out."""
    height, width = sheet.shape[1] / rows, sheet.shape[2] / columns
    cells = []
    for i in range(rows):
        for j in range(columns):
            top, left = round(i * height) + 1, round(j * width) + 1
            bottom, right = round((i + 1) * height) - 1, round((j + 1) * width) - 1
            cell = sheet[None, :, top:bottom, left:right]
            cells.append(
                F.interpolate(cell, size=(size, size), mode="bicubic", align_corners=False)
            )
    return torch.cat(cells).clamp(0, 1).unflatten(0, (rows, columns))
