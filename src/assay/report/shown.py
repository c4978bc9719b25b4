"""What each method showed of each case, beside the truth, with the judge's answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.measures.gates import CEILING, FIXTURES
from assay.report.pictures import (
    Thumbnail,
    make_overlay,
    make_sheet,
    make_thumbnail,
    sheet_side,
    thumbnail_side,
)
from assay.results import Results
from assay.suite import SHUFFLED
from assay.types import AssayError, Heatmaps, Images

Cell = dict[str, Any]
# The true trigger's pictures and the words of a finding that are shown.
_TRUTHS = 4
_WORDS = 12


@dataclass(frozen=True)
class Bar:
    """One option with the probability that the judge gave it."""

    option: str
    chance: float
    truth: bool


@dataclass(frozen=True)
class Candidates:
    """All that a tool made for one finding: one sheet, and what it thought of each itself.

    `scores` are in the order of the sheet, the highest first, each with whether it was shown.
    """

    sheet: Thumbnail
    scores: list[tuple[float, bool]]


@dataclass(frozen=True)
class Shown:
    """One finding: its chosen pictures, words and notes or first maps, the bars, or its status.

    `candidates` is None where all were shown, and for a combiner, whose candidates are the tools'.
    """

    status: str
    pictures: list[Thumbnail] = field(default_factory=list)
    text: str = ""
    bars: list[Bar] = field(default_factory=list)
    candidates: Candidates | None = None


@dataclass(frozen=True)
class ShownCase:
    """A case: the truth, and each method on the network and on its twin (None without one)."""

    name: str
    kind: str
    trigger: str
    truth: list[Thumbnail]
    ideal: Shown | None
    rows: list[tuple[str, Shown | None, Shown | None]]


@dataclass
class Gallery:
    """Reads the pictures of one device's cells (those of the first seed) from a store."""

    results: Results

    def __post_init__(self) -> None:
        self.scores = self.results.store.latest("scores")
        self.answers = self.results.store.latest("answers")
        self.findings = self.results.findings()
        self._sheet_side = sheet_side(0)

    def cases(self, cells: list[Cell], twin_cells: list[Cell]) -> list[ShownCase]:
        """Every case of these cells, with what the methods showed."""
        if not cells:
            return []
        seed = cells[0]["seed"]
        ours, theirs = (
            {(c["case"], c["method"]): c for c in some if c["seed"] == seed}
            for some in (cells, twin_cells)
        )
        both = [*ours.values(), *theirs.values()]
        side = thumbnail_side(self._count(both))
        self._sheet_side = sheet_side(sum(len(self._ranked(c)) for c in both))
        names = dict.fromkeys(case for case, _ in ours)
        return [self._case(name, ours, theirs, side) for name in names]

    def has_maps(self, cells: list[Cell]) -> bool:
        """Whether any of the cells' findings is of maps."""
        return any(self._is_of_maps(cell) for cell in cells)

    def _is_of_maps(self, cell: Cell) -> bool:
        row = self.findings.get(cell["finding"] or "")
        kept = row["finding"] if row is not None and row["status"] == "ok" else None
        return kept is not None and kept["kind"] == Heatmaps.__name__

    def _count(self, cells: list[Cell]) -> int:
        shown = [
            _TRUTHS if self._is_of_maps(c) else len(self._paths(c))
            for c in cells
            if c["method"] != SHUFFLED
        ]
        return sum(shown) + _TRUTHS * len({c["case"] for c in cells})

    def _case(self, name: str, ours: dict, theirs: dict, side: int) -> ShownCase:
        own = {m: c for (case, m), c in ours.items() if case == name}
        truth = self._truth(list(own.values()))
        index = truth.get("index")
        options = truth.get("options") or []

        def show(cell: Cell | None) -> Shown | None:
            return None if cell is None else self._show(cell, options, index, side, paths)

        paths = [Path(truth["folder"]) / p for p in truth.get("pictures", [])[:_TRUTHS]]
        pictures = [make_thumbnail(path, side) for path in paths]
        return ShownCase(
            name=name,
            kind=next((c["kind"] for c in own.values() if c["kind"]), ""),
            trigger=str(truth.get("trigger", "")),
            truth=[p for p in pictures if p is not None],
            ideal=show(own.get(CEILING)),
            rows=[
                (m, show(c), show(theirs.get((name, m))))
                for m, c in own.items()
                if m not in (CEILING, SHUFFLED, *FIXTURES)
            ],
        )

    def _truth(self, cells: list[Cell]) -> dict[str, Any]:
        """What `reveal/` says of the case, with its folder; empty where it says nothing."""
        for cell in cells:
            row = self.scores.get(cell["score"])
            if row is None or not row["truth"]:
                continue
            folder = self.results.store.reveal_path(row["truth"])
            try:
                said = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            return {**said, "folder": str(folder)}
        return {}

    def _paths(self, cell: Cell) -> list[Path]:
        row = self.findings.get(cell["finding"] or "")
        if row is None or row["status"] != "ok":
            return []
        names = row["finding"]["pictures"]
        chosen = row["finding"]["plain"].get("chosen", range(len(names)))
        return [self.results.store.blobs.path(names[i]) for i in chosen] if names else []

    def _show(
        self, cell: Cell, options: list[str], index: int | None, side: int, truths: list[Path]
    ) -> Shown:
        row = self.findings.get(cell["finding"] or "", {})
        # What is published of maps are pictures of them.
        if self._is_of_maps(cell) and not row.get("published"):
            pictures: list[Thumbnail | None] = [*self._overlays(cell, side, truths)]
        else:
            pictures = [make_thumbnail(path, side) for path in self._paths(cell)]
        chances = self._chances(cell) or []
        names = options if len(options) == len(chances) else [str(i) for i in range(len(chances))]
        return Shown(
            status=cell["status"],
            pictures=[p for p in pictures if p is not None],
            text=self._text(cell),
            bars=[
                Bar(name, p, i == index)
                for i, (name, p) in enumerate(zip(names, chances, strict=True))
            ],
            candidates=self._candidates(cell),
        )

    def _candidates(self, cell: Cell) -> Candidates | None:
        ranked = self._ranked(cell)
        sheet = make_sheet([path for path, _, _ in ranked], self._sheet_side) if ranked else None
        return Candidates(sheet, [(s, shown) for _, s, shown in ranked]) if sheet else None

    def _ranked(self, cell: Cell) -> list[tuple[Path, float, bool]]:
        """All candidates, the best by the tool's own account first; none if all were shown."""
        row = self.findings.get(cell["finding"] or "")
        if row is None or row["status"] != "ok" or row["finding"]["kind"] != Images.__name__:
            return []
        plain, names = row["finding"]["plain"], row["finding"]["pictures"]
        chosen = set(plain["chosen"])
        if len(chosen) == len(names) or cell["method"] in (SHUFFLED, *self.results.suite.combiners):
            return []
        paths = [self.results.store.blobs.path(name) for name in names]
        found = [
            (p, s, i in chosen) for i, (p, s) in enumerate(zip(paths, plain["scores"], strict=True))
        ]
        return sorted(found, key=lambda f: -f[1])

    def _overlays(self, cell: Cell, side: int, truths: list[Path]) -> list[Thumbnail]:
        """The first maps, each over the picture that it is of; none where they can't be read."""
        try:
            found = self.results.store.finding(cell["finding"])
        except AssayError:
            return []
        if not isinstance(found, Heatmaps):
            return []
        pairs = zip(found.maps, truths, strict=False)
        return [make_overlay(values.float().numpy(), path, side) for values, path in pairs]

    def _chances(self, cell: Cell) -> list[float] | None:
        row = self.scores.get(cell["score"])
        answer = self.answers.get(row["answer"]) if row is not None else None
        return answer["probabilities"] if answer is not None else None

    def _text(self, cell: Cell) -> str:
        row = self.findings.get(cell["finding"] or "")
        plain = (row["finding"] or {}).get("plain", {}) if row else {}
        return " ".join([", ".join(plain.get("words", [])[:_WORDS]), *plain.get("notes", [])])
