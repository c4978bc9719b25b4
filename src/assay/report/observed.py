"""The page of observations: each tool's pictures, and what they do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.files import write_atomically
from assay.observations import Observations, Observed
from assay.report.page import make_environment
from assay.report.pictures import Thumbnail, make_thumbnail, thumbnail_side


@dataclass(frozen=True)
class Exhibit:
    """A row with its pictures, each with the share of insertions that bring out the class."""

    row: Observed
    pictures: tuple[tuple[Thumbnail, float], ...]


def write_observations(seen: Observations, path: Path) -> Path:
    """Write the page; it needs nothing beside it."""
    side = thumbnail_side(sum(len(row.pictures) for row in seen.rows))
    exhibits = [_exhibit(row, side, seen.setting.grey) for row in seen.rows]
    page = (
        make_environment().get_template("observations.html.j2").render(seen=seen, exhibits=exhibits)
    )
    write_atomically(path, page.encode("utf-8"))
    return path


def _exhibit(row: Observed, side: int, grey: bool) -> Exhibit:
    made = [make_thumbnail(path, side, grey) for path in row.pictures]
    # Without a number there is nothing to say beside a picture.
    pairs = zip(made, row.by_picture, strict=False)
    return Exhibit(row, tuple((small, rate) for small, rate in pairs if small is not None))
