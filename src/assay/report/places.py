"""What the report says of one device (task, judge, subject): its gates, its grid, its table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from assay.measures.gates import CEILING, FIXTURES, FLOORS, Gate, check, holds
from assay.measures.pairs import Pair, compare
from assay.measures.table import Row, worst_quarter

Cell = dict[str, Any]
# A difference is said to be carried by the data where its corrected p is below this.
CARRIED = 0.05


@dataclass(frozen=True)
class Square:
    """Two numbers of one place in the grid; None with a status where nothing was measured."""

    correct: float | None
    p_truth: float | None
    status: str = "ok"


@dataclass(frozen=True)
class Line:
    """A method's row of the grid.

    `role`: tool, floor, ceiling or fixture; `ends`: the summary's squares.
    """

    method: str
    role: str
    squares: list[Square]
    ends: list[Square]


@dataclass(frozen=True)
class Entry:
    """A method's row of the table: its rows by metric, and what is said of it."""

    method: str
    role: str
    rows: dict[str, Row]

    @property
    def any(self) -> Row:
        """A row for what all metrics share: costs and the number of cells."""
        return next(iter(self.rows.values()))

    def against_twin(self, metric: str) -> Row | None:
        """The row of gain, leak or detect; none for what is made from the truth."""
        return None if self.from_truth else self.rows.get(metric)

    @property
    def from_truth(self) -> bool:
        """Whether it is the ceiling or a fixture, which no tool has made."""
        return self.role in ("ceiling", "fixture")


@dataclass(frozen=True)
class Best:
    """The tool that was right most often: on `found` of `of` cases (ties are shared).

    `rivals` are the other tools that the data don't tell apart from it.
    """

    method: str
    found: float
    of: int
    p_truth: Row
    leak: float | None
    rivals: list[str]


@dataclass(frozen=True)
class Difference:
    """Two methods on both metrics."""

    correct: Pair
    p_truth: Pair

    @property
    def carried(self) -> bool:
        """Whether either metric separates the two after the correction."""
        return min(self.correct.p_holm, self.p_truth.p_holm) < CARRIED


@dataclass(frozen=True)
class Choice:
    """A device whose judge picks one of `options`."""

    task: str
    judge: str
    subject: str
    twin: str | None
    options: int
    gates: list[Gate]
    groups: list[tuple[str, list[str]]]
    lines: list[Line]
    twin_lines: list[Line]
    entries: list[Entry]
    differences: list[Difference]

    @property
    def holds(self) -> bool:
        """Whether the device may order methods."""
        return holds(self.gates)

    @property
    def best(self) -> Best | None:
        """The first tool; None where the device doesn't hold or no tool gave a number."""
        tools = [e for e in self.entries if e.role == "tool"]
        if not self.holds or not tools or "p_truth" not in tools[0].rows:
            return None
        first = tools[0]
        line = next(line for line in self.lines if line.method == first.method)
        shares = [s.correct for s in line.squares if s.correct is not None]
        names = {e.method for e in tools}
        rivals = [
            ({d.correct.first, d.correct.second} - {first.method}).pop()
            for d in self.differences
            if not d.carried and first.method in (d.correct.first, d.correct.second)
        ]
        leak = first.rows.get("leak")
        return Best(
            method=first.method,
            found=sum(shares),
            of=len(shares),
            p_truth=first.rows["p_truth"],
            leak=leak.mean if leak else None,
            rivals=[m for m in rivals if m in names],
        )

    @property
    def cases(self) -> int:
        return sum(len(cases) for _, cases in self.groups)


@dataclass(frozen=True)
class Plain:
    """A device of another family: its metrics as the task names them, the headline first."""

    task: str
    judge: str
    subject: str
    metrics: list[str]
    entries: list[Entry]


def split_places(cells: list[Cell], rows: Sequence[Row]) -> list[tuple[list[Cell], list[Row]]]:
    """The cells and rows of each device that is no clean twin, in their order."""
    twins = {c["subject"] for c in cells if c["twin_of"]}
    places = dict.fromkeys(_place(c) for c in cells if c["subject"] not in twins)
    return [
        (
            [c for c in cells if _place(c) == place],
            [r for r in rows if (r.task, r.judge, r.subject) == place],
        )
        for place in places
    ]


def is_choice(cells: list[Cell]) -> bool:
    """Whether the judge of these cells was asked to choose."""
    return any("p_truth" in c["metrics"] for c in cells)


def make_choice(
    cells: list[Cell], twin_cells: list[Cell], rows: list[Row], options: int, floors: Sequence[str]
) -> Choice:
    """The device of these cells; its methods are in order of merit only if it holds."""
    gates = check(cells, options)
    entries = _entries(rows, floors)
    entries.sort(key=_merit if holds(gates) else lambda e: e.method)
    groups: dict[str, list[str]] = {}
    for cell in cells:
        known = groups.setdefault(cell["kind"] or "other", [])
        if all(cell["case"] not in names for names in groups.values()):
            known.append(cell["case"])
    groups = {kind: names for kind, names in groups.items() if names}
    cases = [case for names in groups.values() for case in names]
    task, judge, subject = _place(cells[0])
    return Choice(
        task=task,
        judge=judge,
        subject=subject,
        twin=twin_cells[0]["subject"] if twin_cells else None,
        options=options,
        gates=gates,
        groups=list(groups.items()),
        lines=[_line(e, cells, cases, _worst_ends) for e in entries],
        twin_lines=[
            _line(e, twin_cells, cases, _highest_ends)
            for e in entries
            if twin_cells and not e.from_truth
        ],
        entries=entries,
        differences=_differences(cells, entries) if holds(gates) else [],
    )


def make_plain(cells: list[Cell], rows: list[Row], floors: Sequence[str]) -> Plain:
    """The device of a task that asks nobody to choose, its methods in the suite's order."""
    metrics = list(dict.fromkeys(r.metric for r in rows if r.metric))
    return Plain(*_place(cells[0]), metrics, _entries(rows, floors))


def _place(cell: Cell) -> tuple[str, str, str]:
    return cell["task"], cell["judge"], cell["subject"]


def _entries(rows: Sequence[Row], floors: Sequence[str]) -> list[Entry]:
    def role(method: str) -> str:
        if method == CEILING:
            return "ceiling"
        if method in FIXTURES:
            return "fixture"
        return "floor" if method in (*FLOORS, *floors) else "tool"

    methods = dict.fromkeys(r.method for r in rows)
    return [Entry(m, role(m), {r.metric: r for r in rows if r.method == m}) for m in methods]


def _merit(entry: Entry) -> tuple[float, ...]:
    """Tools from the best to the worst, then the ceiling, the fixtures and the floors."""
    means = [entry.rows[m].mean if m in entry.rows else None for m in ("correct", "p_truth")]
    part = ("tool", "ceiling", "fixture", "floor").index(entry.role)
    if entry.role == "fixture":
        # What each is to reach differs: among fixtures more is not better.
        return part, FIXTURES.index(entry.method)
    return (part, *(1.0 if m is None else -m for m in means))


def _line(
    entry: Entry,
    cells: list[Cell],
    cases: list[str],
    ends: Callable[[list[Square]], list[Square]],
) -> Line:
    own = [c for c in cells if c["method"] == entry.method]
    squares = [_square([c for c in own if c["case"] == case]) for case in cases]
    return Line(entry.method, entry.role, squares, ends(squares))


def _square(cells: list[Cell]) -> Square:
    """The mean over the seeds of a case."""

    def mean(metric: str) -> float | None:
        values = [c["metrics"][metric] for c in cells if metric in c["metrics"]]
        return fmean(values) if values else None

    bad = next((c["status"] for c in cells if c["status"] != "ok"), "ok") if cells else "missing"
    return Square(mean("correct"), mean("p_truth"), bad)


def _of_both(squares: list[Square], statistic: Callable[[list[float]], float]) -> Square:
    def over(name: str) -> float | None:
        values = [v for s in squares if (v := getattr(s, name)) is not None]
        return statistic(values) if values else None

    p_truth = over("p_truth")
    return Square(over("correct"), p_truth, "missing" if p_truth is None else "ok")


def _worst_ends(squares: list[Square]) -> list[Square]:
    return [
        _of_both(squares, fmean),
        _of_both(squares, lambda values: worst_quarter(np.array(values))),
        _of_both(squares, min),
    ]


def _highest_ends(squares: list[Square]) -> list[Square]:
    # On the clean twin there is nothing to find: the highest is the worst.
    return [_of_both(squares, fmean), _of_both(squares, max)]


def _differences(cells: list[Cell], entries: list[Entry]) -> list[Difference]:
    """Tools among themselves and against the noise; the most certain first."""
    methods = [e.method for e in entries if not e.from_truth and e.method != "shuffled"]
    metrics = ("correct", "p_truth")
    pairs = {(p.first, p.second, p.metric): p for p in compare(cells, metrics, methods)}
    found = [
        Difference(pair, pairs[first, second, "p_truth"])
        for (first, second, metric), pair in pairs.items()
        if metric == "correct" and (first, second, "p_truth") in pairs
    ]
    return sorted(found, key=lambda d: min(d.correct.p_holm, d.p_truth.p_holm))
