"""What the report says of one device (task, judge, subject): its gates, its grid, its table.

Several judges of one task and subject are one section: the first ranks, the others are beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from assay.measures.gates import RIVALS, Gate, holds
from assay.measures.judges import GUESSES, Agreement, count_unsure, unsure
from assay.measures.pairs import Pair
from assay.measures.ranking import METRICS, Ranking, make_ranking
from assay.measures.table import Row
from assay.suite import Suite

Cell = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """What one judge measured on one task and subject; `options` are those that it chose among.

    `prints_p_truth`: whether its probabilities may be printed; `rows` are without them if not.
    """

    cells: list[Cell]
    twin_cells: list[Cell]
    rows: list[Row]
    gates: list[Gate]
    options: int
    prints_p_truth: bool = True

    @property
    def judge(self) -> str:
        return self.cells[0]["judge"]


@dataclass(frozen=True)
class Square:
    """Two numbers of one place in the grid; None with a status where nothing was measured.

    `moved`: how far an option's probability moved between the judge's views, where it has several.
    """

    correct: float | None
    p_truth: float | None
    status: str = "ok"
    moved: float | None = None

    @property
    def unsure(self) -> bool:
        """Whether the judge is unsure of it."""
        return unsure(self.moved)


@dataclass(frozen=True)
class Line:
    """A method's row of the grid.

    `role`: one of `measures.gates.ROLES`; `ends`: the summary's squares.
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
        """The row of gain, leak, detect or alarm; none for what is made from the truth."""
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
    """Two methods on both metrics; `p_truth` is None where it is not printed."""

    correct: Pair
    p_truth: Pair | None

    @property
    def carried(self) -> bool:
        """Whether either metric separates the two after the correction."""
        return any(pair.carried for pair in self._pairs)

    @property
    def lowest_p(self) -> float:
        """The more certain metric's corrected p."""
        return min(pair.p_holm for pair in self._pairs)

    @property
    def _pairs(self) -> list[Pair]:
        return [pair for pair in (self.correct, self.p_truth) if pair is not None]


@dataclass(frozen=True)
class Choice:
    """A device whose judge picks one of `options`.

    `ranking` is the methods' by the judge that ranks, with the other judges' devices `beside` it;
    a device beside has none, and its methods are in the order of the first's. `unsure`: of how many
    cells of tools the judge is unsure, and of how many it can say; `twin_unsure` on the twin.
    `threshold` is the confidence that counts as an alarm, None where none is known.
    `prints_p_truth`: False where the judge's trial says that it doesn't mean its probabilities.
    """

    task: str
    judge: str
    subject: str
    twin: str | None
    options: int
    threshold: float | None
    prints_p_truth: bool
    gates: list[Gate]
    ranking: Ranking | None
    beside: list[Choice]
    kinds: list[tuple[str, list[str]]]
    lines: list[Line]
    twin_lines: list[Line]
    entries: list[Entry]
    differences: list[Difference]
    unsure: tuple[int, int]
    twin_unsure: tuple[int, int]

    @property
    def holds(self) -> bool:
        """Whether the device may order methods: there are gates, and they are passed."""
        return bool(self.gates) and holds(self.gates)

    @property
    def guesses(self) -> bool:
        """Whether this is the judge that guesses on purpose."""
        return self.judge == GUESSES

    @property
    def ranks(self) -> bool:
        """Whether the methods are in order of merit."""
        return self.ranking is not None and self.ranking.ranks

    @property
    def sorts(self) -> bool:
        """Whether tools stand before the others, in order of merit or at least group by group."""
        return self.ranks or (self.ranking is not None and bool(self.ranking.groups))

    def rows_of(self, method: str) -> dict[str, Row]:
        """The method's rows by metric; empty where this judge has none."""
        return next((e.rows for e in self.entries if e.method == method), {})

    def knows(self, metric: str) -> bool:
        """Whether any method has that metric."""
        return any(metric in e.rows for e in self.entries)

    def agreement(self, judge: str) -> Agreement | None:
        """How alike this judge and one beside it order the methods; None for one that guesses."""
        known = self.ranking.agreements if self.ranking else ()
        return next((a for a in known if a.second == judge), None)

    @property
    def like_noise(self) -> list[str]:
        """The tools that the data don't tell apart from noise."""
        tools = [e.method for e in self.entries if e.role in RIVALS]
        pairs = [{d.correct.first, d.correct.second} for d in self.differences if not d.carried]
        return [method for method in tools if {method, "noise"} in pairs]

    @property
    def measured(self) -> bool:
        """Whether every gate has a number, be it a good one or a bad one."""
        return bool(self.gates) and all(gate.value is not None for gate in self.gates)

    @property
    def best(self) -> Best | None:
        """The first tool; None where tools aren't ranked, or none gave a number."""
        tools = [e for e in self.entries if e.role == "tool"]
        if not self.ranks or not tools or "p_truth" not in tools[0].rows:
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
        return sum(len(cases) for _, cases in self.kinds)


@dataclass(frozen=True)
class Plain:
    """A device whose judge doesn't choose: its metrics as the task names them, the headline first.

    Where there is a clean twin, the same metrics on it follow. `broken`: which gates, of a task
    that has any, are not passed, a sentence each; nothing else is printed of it then.
    """

    task: str
    judge: str
    subject: str
    metrics: list[str]
    entries: list[Entry]
    cells: list[Cell]
    twin_cells: list[Cell]
    gates: list[Gate]

    @property
    def broken(self) -> list[str]:
        return [gate.sentence for gate in self.gates if not gate.passed]

    @property
    def twin(self) -> str | None:
        return self.twin_cells[0]["subject"] if self.twin_cells else None

    def status(self, method: str) -> str:
        """What became of a method that gave no number: its cells' statuses, each once."""
        found = [c["status"] for c in self.cells if c["method"] == method]
        return ", ".join(dict.fromkeys(found))


def make_choice(first: Measured, beside: Sequence[Measured], suite: Suite) -> Choice:
    """The device of the judge that ranks, with the others' beside it.

    Methods are in order of merit only if it holds and the others agree.
    """
    roles = {r.method: suite.role(r.method) for r in first.rows}
    others = [cell for measured in beside for cell in measured.cells]
    silent = [m.judge for m in (first, *beside) if not m.prints_p_truth]
    ranking = make_ranking(first.cells, others, first.rows, first.gates, roles, silent)
    return replace(
        _choice(first, suite, ranking.order),
        ranking=ranking,
        beside=[_choice(m, suite, ranking.order) for m in beside],
        differences=_differences(ranking.pairs),
    )


def _choice(measured: Measured, suite: Suite, order: Sequence[str]) -> Choice:
    """A device by itself, its methods in that order."""
    cells, twin_cells = measured.cells, measured.twin_cells
    places = {method: i for i, method in enumerate(order)}
    entries = _entries(measured.rows, suite)
    entries.sort(key=lambda e: places.get(e.method, len(places)))
    kinds = _cases_by_kind(cells)
    cases = [case for _, names in kinds for case in names]
    tools = [e.method for e in entries if e.role in RIVALS]
    task, judge, subject = _place(cells[0])
    return Choice(
        task=task,
        judge=judge,
        subject=subject,
        twin=twin_cells[0]["subject"] if twin_cells else None,
        options=measured.options,
        threshold=cells[0]["threshold"],
        prints_p_truth=measured.prints_p_truth,
        gates=measured.gates,
        ranking=None,
        beside=[],
        kinds=kinds,
        lines=[_line(e, cells, cases, _worst_ends) for e in entries],
        twin_lines=[
            _line(e, twin_cells, cases, _highest_ends)
            for e in entries
            if twin_cells and not e.from_truth
        ],
        entries=entries,
        differences=[],
        unsure=count_unsure(cells, tools),
        twin_unsure=count_unsure(twin_cells, tools),
    )


def _cases_by_kind(cells: list[Cell]) -> list[tuple[str, list[str]]]:
    """Each kind with its cases, in the order of the cells."""
    kinds: dict[str, str] = {}
    for cell in cells:
        kinds.setdefault(cell["case"], cell["kind"] or "other")
    return [(k, [c for c in kinds if kinds[c] == k]) for k in dict.fromkeys(kinds.values())]


def make_plain(measured: Measured, suite: Suite) -> Plain:
    """The device of a task that asks nobody to choose, its methods in the suite's order."""
    metrics = list(dict.fromkeys(r.metric for r in measured.rows if r.metric))
    entries = _entries(measured.rows, suite)
    return Plain(
        *_place(measured.cells[0]),
        metrics,
        entries,
        measured.cells,
        measured.twin_cells,
        measured.gates,
    )


def _place(cell: Cell) -> tuple[str, str, str]:
    return cell["task"], cell["judge"], cell["subject"]


def _entries(rows: Sequence[Row], suite: Suite) -> list[Entry]:
    methods = dict.fromkeys(r.method for r in rows)
    return [Entry(m, suite.role(m), {r.metric: r for r in rows if r.method == m}) for m in methods]


def _line(
    entry: Entry,
    cells: list[Cell],
    cases: list[str],
    ends: Callable[[Entry, list[Square]], list[Square]],
) -> Line:
    own = [c for c in cells if c["method"] == entry.method]
    squares = [_square([c for c in own if c["case"] == case]) for case in cases]
    return Line(entry.method, entry.role, squares, ends(entry, squares))


def _square(cells: list[Cell]) -> Square:
    """The mean over the seeds of a case; it moved as far as the seed that moved farthest."""

    def mean(metric: str) -> float | None:
        values = [c["metrics"][metric] for c in cells if metric in c["metrics"]]
        return fmean(values) if values else None

    bad = next((c["status"] for c in cells if c["status"] != "ok"), "ok") if cells else "missing"
    moved = max((c["moved"] for c in cells if c["moved"] is not None), default=None)
    return Square(mean("correct"), mean("p_truth"), bad, moved)


def _of_both(squares: list[Square], statistic: Callable[[list[float]], float]) -> Square:
    def over(name: str) -> float | None:
        values = [v for s in squares if (v := getattr(s, name)) is not None]
        return statistic(values) if values else None

    p_truth = over("p_truth")
    return Square(over("correct"), p_truth, "missing" if p_truth is None else "ok")


def _worst_ends(entry: Entry, squares: list[Square]) -> list[Square]:
    quarters = [
        row.worst_quarter if (row := entry.rows.get(metric)) else None for metric in METRICS
    ]
    return [
        _of_both(squares, fmean),
        Square(quarters[0], quarters[1], "missing" if quarters[1] is None else "ok"),
        _of_both(squares, min),
    ]


def _highest_ends(entry: Entry, squares: list[Square]) -> list[Square]:
    # On the clean twin there is nothing to find: the highest is the worst.
    return [_of_both(squares, fmean), _of_both(squares, max)]


def _differences(pairs: Sequence[Pair]) -> list[Difference]:
    """Tools among themselves and against the noise; the most certain first."""
    known = {(p.first, p.second, p.metric): p for p in pairs}
    found = [
        Difference(pair, known.get((first, second, METRICS[1])))
        for (first, second, metric), pair in known.items()
        if metric == METRICS[0]
    ]
    return sorted(found, key=lambda d: d.lowest_p)
