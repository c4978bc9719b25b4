"""Packs a finished run: rows as they are, pictures small."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from assay.plan import ScoreCell, make_plan
from assay.published.archive import Archive
from assay.report.pictures import draw_overlay
from assay.results import Results
from assay.store import PUBLISHED
from assay.types import AssayError, Heatmaps, Images

Row = dict[str, Any]
# The sides in pixels of what was shown, and of the candidates that were not.
SHOWN, OTHERS = 96, 48
# So many pictures of the truth, and so many maps, as reports show.
FEW = 4
_QUALITY = 70
# What is published of a run: what failed may go well another time.
_KEPT = ("ok", "unsupported")
# What a run's environment tells; its command may name folders.
_TOLD = ("device", "machine", "processor", "system", "python", "torch", "cores")


# What is published whole or not at all: a task with a seed. Half of one has no table.
Unit = tuple[str, int]


@dataclass(frozen=True)
class Packed:
    """An archive, and what of the run is not in it.

    `cells` of the `of` that the finished units have; the others failed. `unfinished` units (task,
    seed) are left out, with how many cells each lacks.
    """

    archive: Archive
    cells: int
    of: int
    unfinished: dict[Unit, int]


def pack(results: Results) -> Packed:
    """A folder's results, of those tasks and seeds that are finished; AssayError where none is.

    Finished is where every cell that a run began with is there as the suite plans it now; what an
    older version planned besides is left out. What was taken from published results itself is
    passed on as it is, so that a study can grow (by a seed, a method) on machines that never saw
    its beginning.
    """
    device = (results.run["environment"] or {}).get("device", "cpu")
    begun = results.scores()
    there = {p["score"]: p["row"] for p in begun if p["row"] is not None}
    labels = {tuple(p["label"]) for p in begun}
    # A run's text has the suite's own seeds; it may have been asked for others.
    seeds = tuple(sorted({p["label"][3] for p in begun}))
    plan = make_plan(results.suite.model_copy(update={"seeds": seeds}), device)
    planned = [cell for cell in plan.scores if tuple(cell.label) in labels]
    unfinished = Counter(_unit(cell) for cell in planned if cell.key not in there)
    finished = [there[cell.key] for cell in planned if _unit(cell) not in unfinished]
    if not finished:
        raise AssayError(
            f"{unfinished.total()} of {len(planned)} cells in {results.folder} are still to be "
            "computed: finish the run, or one seed of a task, before it is published"
        )
    scores = [row for row in finished if row["status"] in _KEPT]
    archive = _Packing(results, scores).archive()
    return Packed(archive, len(scores), len(finished), dict(unfinished))


def _unit(cell: ScoreCell) -> Unit:
    return cell.place.task, cell.place.seed


@dataclass
class _Packing:
    """The contents of an archive while it is made."""

    results: Results
    scores: list[Row]
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[tuple[str, int], str] = field(default_factory=dict)

    def archive(self) -> Archive:
        findings, answers = self.results.findings(), self.results.store.latest("answers")
        keys = dict.fromkeys(s["finding"] for s in self.scores if s["finding"])
        found = [self._finding(findings[key]) for key in keys if key in findings]
        said = [answers[k] for k in dict.fromkeys(s["answer"] for s in self.scores) if k in answers]
        for score in self.scores:
            if score["truth"]:
                self._reveal(score["truth"])
        rows = {
            "findings": found,
            "answers": [_plain(_without_maps(row)) for row in said],
            "scores": [_plain(row) for row in self.scores],
        }
        runs = {row["run"] for table in rows.values() for row in table}
        rows["runs"] = [self._run(r) for r in self.results.store.rows("runs") if r["id"] in runs]
        return Archive(self.results.suite.name, rows, self.files)

    def _run(self, row: Row) -> Row:
        environment = {k: v for k, v in (row["environment"] or {}).items() if k in _TOLD}
        kept = ("id", "started", "suite", "commit_hash", "version")
        suite = self.results.suite.name
        return {
            **{k: row[k] for k in kept},
            "toml": "",
            "cells": "",
            "environment": {**environment, "command": f"assay run {suite}", PUBLISHED: True},
        }

    def _finding(self, row: Row) -> Row:
        kept = row["finding"]
        if kept is not None and kept.get("small"):
            for name in kept["pictures"]:
                self.files[f"blobs/{name}"] = self.results.store.blobs.path(name).read_bytes()
        elif kept is not None:
            pictures: list[str] = []
            if kept["kind"] == Images.__name__:
                chosen = set(kept["plain"]["chosen"])
                paths = [self.results.store.blobs.path(name) for name in kept["pictures"]]
                pictures = [
                    self._picture(path, SHOWN if i in chosen else OTHERS)
                    for i, path in enumerate(paths)
                ]
            elif kept["kind"] == Heatmaps.__name__:
                pictures = self._overlays(row)
            small = {"kind": kept["kind"], "plain": kept["plain"], "pictures": pictures}
            row = {**row, "finding": {**small, "tensors": None, "small": True}}
        return _plain(row)

    def _overlays(self, row: Row) -> list[str]:
        """The first maps, each over the picture that it is of."""
        found = self.results.store.finding(row["key"])
        truth = next(s["truth"] for s in self.scores if s["finding"] == row["key"])
        folder = self.results.store.reveal_path(truth)
        under = [folder / f"{i}.png" for i in range(FEW)]
        maps = found.maps if isinstance(found, Heatmaps) else ()
        drawn = [draw_overlay(m.float().numpy(), p) for m, p in zip(maps, under, strict=False)]
        return [self._keep(_webp(image, SHOWN)) for image in drawn]

    def _picture(self, path: Path, side: int) -> str:
        # The same picture is in several findings: as large as it is wanted there.
        at = path.name, side
        if at not in self.names:
            self.names[at] = self._keep(_webp(_opened(path), side))
        return self.names[at]

    def _keep(self, data: bytes) -> str:
        name = f"{hashlib.sha256(data).hexdigest()}.webp"
        self.files[f"blobs/{name}"] = data
        return name

    def _reveal(self, truth: str) -> None:
        """The case's truth.json and its first pictures, as reports show them."""
        folder = self.results.store.reveal_path(truth)
        target = f"reveal/{folder.name}"
        path = folder / "truth.json"
        if f"{target}/truth.json" in self.files or not path.is_file():
            return
        said = json.loads(path.read_text(encoding="utf-8"))
        shown = [folder / name for name in said["pictures"][:FEW]]
        said["pictures"] = [f"{i}.webp" for i in range(len(shown))]
        for i, picture in enumerate(shown):
            # A truth that was taken has small pictures already: packed again they would blur.
            small = picture.suffix == ".webp"
            data = picture.read_bytes() if small else _webp(_opened(picture), SHOWN)
            self.files[f"{target}/{i}.webp"] = data
        self.files[f"{target}/truth.json"] = json.dumps(said, indent=1, sort_keys=True).encode()


def _plain(row: Row) -> Row:
    return {k: v for k, v in row.items() if k not in ("id", PUBLISHED)}


def _without_maps(row: Row) -> Row:
    # Too large to travel; a score never needs them again.
    measured = {k: v for k, v in (row["measured"] or {}).items() if isinstance(v, int | float)}
    return {**row, "measured": measured}


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except OSError as error:
        raise AssayError(f"the picture {path} can't be read, and is to be published") from error


def _webp(image: Image.Image, side: int) -> bytes:
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY, method=6)
    return buffer.getvalue()
