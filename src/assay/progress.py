"""How far a run is: a bar on a terminal or in a notebook, else a line now and then (on stderr)."""

from __future__ import annotations

import html
import importlib
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from assay.plan import FindingCell, ScoreCell

Cell = FindingCell | ScoreCell
_LINE_EVERY_SECONDS = 20.0


class Clock:
    """Guesses the time left from what cells of the same sort have taken so far."""

    def __init__(self, cells: Iterable[Cell], workers: int) -> None:
        self._workers = max(1, workers)
        self._left: dict[tuple[str, str], int] = defaultdict(int)
        self._taken: dict[tuple[str, str], list[float]] = defaultdict(list)
        for cell in cells:
            self._left[_sort(cell)] += 1

    def finish(self, cell: Cell, seconds: float) -> None:
        """Note that a cell is done, and what it took."""
        self._left[_sort(cell)] -= 1
        self._taken[_sort(cell)].append(seconds)

    def left(self) -> float | None:
        """Seconds to go, or None while nothing is known."""
        everything = [s for taken in self._taken.values() for s in taken]
        if not everything:
            return None
        total = 0.0
        for sort, count in self._left.items():
            # Sorts not seen yet count as the average of their level, or of all.
            known = self._taken.get(sort)
            if not known:
                known = [s for k, v in self._taken.items() if k[0] == sort[0] for s in v]
            known = known or everything
            total += count * sum(known) / len(known)
        return total / self._workers


class Bar:
    """Steps of one long job: a bar on a terminal or in a notebook, else a line now and then."""

    def __init__(self, name: str, total: int, quiet: bool = False) -> None:
        self._name, self._total, self._quiet, self._done = name, total, quiet, 0
        self._began = self._spoken = time.monotonic()
        self._bar: Progress | None = None
        self._cell = None if quiet else notebook_cell(name, total)
        if not quiet and self._cell is None and sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[left]}"),
                console=Console(stderr=True),
            )
            self._task = self._bar.add_task(name, total=total, left="")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        if self._cell:
            self._cell.show(0, "")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
        if self._cell:
            took = f"in {spoken(time.monotonic() - self._began)}"
            self._cell.show(self._done, f"stopped, {took}" if error is not None else took)

    def advance(self, what: str = "") -> None:
        """Count one step; `what` says something of it."""
        self._done += 1
        if self._quiet:
            return
        if self._bar:
            text = f"{self._name} {what}"
            self._bar.update(
                self._task, advance=1, description=f"{text:<44.44}", left=self._remark()
            )
        elif self._cell:
            self._cell.show(self._done, f"{self._remark()}  {what}".rstrip())
        elif time.monotonic() - self._spoken > _LINE_EVERY_SECONDS:
            self._spoken = time.monotonic()
            line = f"{self._name}: {self._done} of {self._total}, {self._remark()}  {what}"
            print(line.rstrip(), file=sys.stderr)

    def _remark(self) -> str:
        each = (time.monotonic() - self._began) / self._done
        return f"about {spoken(each * (self._total - self._done))} left"


@dataclass
class NotebookCell:
    """A line below a notebook's cell, written anew in its place.

    rich would want a package for it (ipywidgets) that not every notebook has.
    """

    display: Callable[..., Any]
    name: str
    total: int
    handle: Any = None

    def show(self, done: int, said: str) -> None:
        """So many are done."""
        count = f"{self.name}: {done} of {self.total}"
        bar = f'<progress value="{done}" max="{self.total}"></progress>'
        shown = {
            "text/plain": f"{count}, {said}".removesuffix(", "),
            "text/html": f"<div>{bar} {html.escape(f'{count}  {said}')}</div>",
        }
        if self.handle is None:
            self.handle = self.display(shown, raw=True, display_id=True)
        else:
            self.handle.update(shown, raw=True)


def notebook_cell(name: str, total: int) -> NotebookCell | None:
    """Where progress is shown if this process is a notebook's; else None.

    IPython is asked only where it runs already: it is no dependency.
    """
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    # IPython in a terminal has no kernel, and rich draws there as elsewhere.
    if module is None or getattr(shell, "kernel", None) is None:
        return None
    display = importlib.import_module("IPython.display").display
    return NotebookCell(display, name, total)


class Display(Bar):
    """The progress of a run, whose cells differ in what they take; `quiet` shows nothing."""

    def __init__(self, cells: list[Cell], workers: int, quiet: bool = False) -> None:
        super().__init__("cells", len(cells), quiet or not cells)
        self._clock, self._wrong = Clock(cells, workers), 0

    def finish(self, cell: Cell, seconds: float, status: str) -> None:
        """Count one cell."""
        self._clock.finish(cell, seconds)
        self._wrong += status != "ok"
        self.advance(f"{cell.method} · {cell.place.case}")

    def _remark(self) -> str:
        left = self._clock.left()
        text = "" if left is None else f"about {spoken(left)} left"
        return text + (f", {self._wrong} not ok" if self._wrong else "")


def spoken(seconds: float) -> str:
    """A duration as a person would say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _sort(cell: Cell) -> tuple[str, str]:
    return ("find", cell.method) if isinstance(cell, FindingCell) else ("score", cell.judge)
