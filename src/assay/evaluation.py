"""What came out of `assay.evaluate`: a table, pictures by case, a page; text or notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from assay.checks import near_name
from assay.measures.table import Row
from assay.report import write_report
from assay.report.evaluated import (
    Asked,
    gather_evaluated,
    picture_files,
    render_evaluated,
    render_exhibits,
)
from assay.report.page import Device, Exhibit, exhibit, gather_devices
from assay.report.shown import Gallery
from assay.results import Results
from assay.runner import Summary
from assay.tables import (
    MOST_CASES,
    as_text,
    bar_table,
    grid_table,
    metrics_table,
    number,
    plain_table,
)
from assay.types import AssayError


@dataclass(frozen=True, repr=False)
class Pictures:
    """What each method showed of one case, with the judge's bars; a notebook shows the pictures.

    `files` are the stored pictures (PNG): by method, by subject, in the order they were shown.
    """

    case: str
    files: dict[str, dict[str, list[Path]]]
    exhibits: list[Exhibit]

    def __repr__(self) -> str:
        parts: list[RenderableType] = []
        for shown in self.exhibits:
            for method, ours, _ in shown.cases[0].rows:
                parts.append(f"{method} on {self.case} ({shown.subject}, judged by {shown.judge})")
                if ours is not None and ours.bars:
                    parts.append(bar_table((b.option, b.chance, b.truth) for b in ours.bars))
                elif ours is not None and not shown.prints_p_truth:
                    parts.append("the judge's probabilities are not printed")
                else:
                    parts.append("no answer" if ours is None else ours.status.replace("_", " "))
                parts.append("")
        return as_text(parts).rstrip()

    def _repr_html_(self) -> str:
        return render_exhibits(self.exhibits)


@dataclass(frozen=True, repr=False)
class Evaluation:
    """The results of one call of `assay.evaluate`, read from its folder.

    `run` is its number there; `summary` says what was computed just now.
    """

    folder: Path
    run: int
    asked: Asked
    summary: Summary

    def rows(self) -> list[Row]:
        """The table's rows, one a method, subject and metric, as `assay table --json` has them."""
        return self._results().rows()

    def cells(self) -> list[dict[str, Any]]:
        """Every cell: method, case, subject, seed, status, metrics, seconds, passes.

        None is what is not measured, or not printed of this judge.
        """
        return self._results().printed_cells()

    def errors(self) -> dict[str, str]:
        """What went wrong with each finding that isn't there, by "method, case, subject"."""
        results = self._results()
        found = results.findings()
        bad = [found[c["finding"]] for c in results.cells() if c["finding"] in found]
        return {
            f"{row['method']}, {row['case_name']}, {row['subject']}": row["error"]
            for row in bad
            if row["status"] != "ok"
        }

    def table(self, width: int | None = None) -> str:
        """The table, a grid of the cases, and what is to be said of them, as text."""
        results = self._results()
        said = gather_evaluated(results, self.asked)
        parts: list[RenderableType] = [said.title]
        for device in said.devices:
            parts += ["", _device_table(device)]
            if len(self.asked.cases) <= MOST_CASES:
                metric = "p_truth" if device.choice.prints_p_truth else "correct"
                methods = [entry.method for entry in device.choice.entries]
                parts += ["", grid_table(metric, device.cells, methods)]
        for plain in said.plains:
            rows = [row for entry in plain.entries for row in entry.rows.values()]
            parts += ["", metrics_table(plain.task, rows)]
        return as_text([*parts, "", *said.remarks], width).rstrip()

    def pictures(self, case: str) -> Pictures:
        """What was shown of one case; AssayError where it wasn't asked."""
        if case not in self.asked.cases:
            hint = near_name(case, self.asked.cases)
            raise AssayError(f"the case {case!r} was not asked{hint}")
        results = self._results()
        gallery = Gallery(results)
        devices, _ = gather_devices(results)
        files = picture_files(results, case)
        return Pictures(case, files, [exhibit(gallery, d, case) for d in devices])

    def report(self, path: str | Path) -> Path:
        """Write the whole report, one HTML file that needs no other, to `path`."""
        target = Path(path)
        if target.is_dir():
            raise AssayError(f"{target} is a folder: give the page's file name")
        try:
            return write_report(self.folder, target, self.run)
        except OSError as error:
            raise AssayError(f"the page {target} can't be written: {error}") from error

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        results = self._results()
        return render_evaluated(results, gather_evaluated(results, self.asked))

    def _results(self) -> Results:
        return Results(self.folder, self.run)


def _device_table(device: Device) -> Table:
    """A line a method: both metrics with their intervals, the twin's, and what it cost."""
    twin = device.choice.twin is not None
    table = plain_table()
    table.add_column("method")
    for name in ("correct [95 %]", "p_truth [95 %]", *(["gain", "leak"] if twin else [])):
        table.add_column(name, justify="right")
    for name in ("n", "s", "passes"):
        table.add_column(name, justify="right")
    for entry in device.choice.entries:
        any_row = entry.any
        against = [entry.against_twin(m) for m in ("gain", "leak")] if twin else []
        table.add_row(
            entry.method,
            *(_ranged(entry.rows.get(m)) for m in ("correct", "p_truth")),
            *(number(row.mean if row else None) for row in against),
            str(any_row.n), number(any_row.seconds, 1), number(any_row.passes, 0),
        )  # fmt: skip
    return table


def _ranged(row: Row | None) -> str:
    if row is None or row.low is None:
        return number(row.mean if row else None)
    return f"{number(row.mean)} [{number(row.low)}, {number(row.high)}]"
