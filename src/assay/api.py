"""Assay from Python: run a suite, read its results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.measures.table import Row
from assay.plan import Plan, make_plan
from assay.published.taking import take_published, there_already
from assay.results import Results, default_folder
from assay.runner import FAILED, Summary, run_plan
from assay.store import PUBLISHED
from assay.suite import load_suite, parse_suite, suite_text, with_methods, with_seeds
from assay.tables import text_table


@dataclass(frozen=True)
class Run:
    """A suite's results in a folder; `summary` says what was computed just now (None if loaded)."""

    folder: Path
    summary: Summary | None = None

    def rows(self) -> list[Row]:
        """The table's rows."""
        return self._results().rows()

    def cells(self) -> list[dict[str, Any]]:
        """Every cell: what it is, its status, its metrics; None is what is not printed."""
        return self._results().printed_cells()

    def table(self, width: int | None = None) -> str:
        """The table as text."""
        return text_table(self._results(), width)

    def as_dict(self) -> dict[str, Any]:
        """What `assay table --json` prints."""
        return self._results().as_dict()

    def _results(self) -> Results:
        return Results(self.folder)


def check(suite: str | Path, seeds: int | None = None) -> Plan:
    """The plan of a suite (a name or a TOML file); SuiteError lists every problem."""
    return make_plan(with_seeds(load_suite(suite), seeds))


def run(
    suite: str | Path,
    *,
    out: str | Path | None = None,
    seeds: int | None = None,
    methods: Sequence[str] = (),
    cases: Sequence[str] = (),
    workers: int | None = 0,
    device: str = "cpu",
    retry_failed: bool = False,
    published: bool = True,
    quiet: bool = True,
) -> Run:
    """Run a suite, or go on where it stopped, and return its results.

    `out` is the folder (results/<suite> by default). `methods` and `cases` take a part of the
    suite; a method that the suite lacks ("file.py:Class", "module:Class", or a registered name)
    becomes a row of its own, beside what is there already. What is published of the suite is taken
    and not computed, unless `published` is False. `workers=0` computes in this process; more are
    processes of their own, which a script may start only below `if __name__ == "__main__"`.
    """
    text, called = with_methods(suite_text(suite), methods)
    parsed = with_seeds(parse_suite(text, str(suite)), seeds)
    plan = make_plan(parsed, device).only((), tuple(cases))
    folder = Path(out) if out is not None else default_folder(parsed.name)
    if published:
        take_published(folder, plan, parsed.name)
    if called:
        plan = plan.only(called, also=there_already(folder, published))
    again = (*(FAILED if retry_failed else ()), *(() if published else (PUBLISHED,)))
    summary = run_plan(plan, text, folder, workers, device, again, quiet)
    return Run(folder, summary)


def load(suite_or_folder: str | Path) -> Run:
    """The results of a suite's name (in results/) or of a folder."""
    path = Path(suite_or_folder)
    if not (path / "store.db").is_file():
        path = default_folder(load_suite(suite_or_folder).name)
    found = Run(path)
    found.cells()
    return found
