"""From graded cells to the rows of a table: means, intervals, the worst, and the twin."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from assay.measures.choice import auroc
from assay.measures.intervals import Interval, mean_interval, paired_interval
from assay.measures.worst import worst_quarter

# Metrics that are the judge's probability of the truth, or are made of it.
ON_P_TRUTH = ("p_truth", "gain", "leak")


@dataclass(frozen=True)
class Row:
    """One number of one method: None is "not measured", never 0.

    `n` counts the cells, `seconds` and `passes` are means a cell; `worst_quarter` is the mean of
    the worst quarter of the cases, picked on one seed and scored on the others (with one seed:
    None), `worst` the lowest case's, of the case `worst_case`.
    """

    task: str
    method: str
    judge: str
    subject: str
    metric: str
    mean: float | None
    low: float | None
    high: float | None
    worst: float | None
    worst_quarter: float | None
    worst_case: str | None
    n: int
    seconds: float | None
    passes: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def without_p_truth(rows: Iterable[Row], silent: Collection[str]) -> list[Row]:
    """The rows; of judges that are `silent`, those that rest on p_truth without their numbers.

    What they cost stays.
    """
    gone = dict.fromkeys(("mean", "low", "high", "worst", "worst_quarter", "worst_case"))
    return [
        replace(row, **gone) if row.judge in silent and row.metric in ON_P_TRUTH else row
        for row in rows
    ]


@dataclass(frozen=True)
class Grid:
    """The values of one metric, cases x seeds, with NaN where a cell has none."""

    cases: tuple[str, ...]
    kinds: tuple[str, ...]
    values: np.ndarray

    @property
    def by_case(self) -> np.ndarray:
        """The mean over the seeds of each case."""
        return mean_over_seeds(self.values)


@dataclass(frozen=True)
class Stack:
    """The values of one metric of several methods, methods x cases x seeds, NaN for a gap."""

    methods: tuple[str, ...]
    cases: tuple[str, ...]
    kinds: tuple[str, ...]
    seeds: tuple[int, ...]
    values: np.ndarray

    @property
    def by_case(self) -> np.ndarray:
        """The mean over the seeds of each method and case."""
        return mean_over_seeds(self.values)

    def of(self, methods: Iterable[str]) -> Stack:
        """The same of some methods, in the order in which they are named."""
        kept = tuple(methods)
        values = self.values[[self.methods.index(method) for method in kept]]
        return replace(self, methods=kept, values=values)

    def at(self, cases: Sequence[str], seeds: Sequence[int]) -> Stack:
        """The same on some cases and seeds, in the order in which they are named."""
        rows = [self.cases.index(case) for case in cases]
        columns = [self.seeds.index(seed) for seed in seeds]
        return replace(
            self,
            cases=tuple(cases),
            kinds=tuple(self.kinds[row] for row in rows),
            seeds=tuple(seeds),
            values=self.values[:, rows][:, :, columns],
        )


Cell = Mapping[str, Any]
Group = tuple[str, str, str, str]


def grid(cells: list[Cell], metric: str) -> Grid:
    """Lay the cells of one task, method, judge and subject out as cases x seeds."""
    cases = tuple(dict.fromkeys(c["case"] for c in cells))
    seeds = tuple(dict.fromkeys(c["seed"] for c in cells))
    kinds = {c["case"]: c["kind"] for c in cells}
    values = np.full((len(cases), len(seeds)), np.nan)
    for cell in cells:
        found = _value(cell, metric)
        if found is not None:
            values[cases.index(cell["case"]), seeds.index(cell["seed"])] = found
    return Grid(cases, tuple(kinds[c] for c in cases), values)


def stack(cells: Iterable[Cell], metric: str, methods: Iterable[str]) -> Stack:
    """Lay the cells of one task, judge and subject out as methods x cases x seeds.

    Cases and seeds are those of all cells; where a method's cell is not "ok", it has a gap.
    """
    cells = list(cells)
    kept = tuple(methods)
    cases = {case: i for i, case in enumerate(dict.fromkeys(c["case"] for c in cells))}
    seeds = {seed: i for i, seed in enumerate(sorted({c["seed"] for c in cells}))}
    # A cell that is still to be computed doesn't know its kind.
    kinds = {c["case"]: c["kind"] for c in cells if c["kind"]}
    values = np.full((len(kept), len(cases), len(seeds)), np.nan)
    for cell in cells:
        found = _value(cell, metric) if cell["status"] == "ok" else None
        if cell["method"] in kept and found is not None:
            values[kept.index(cell["method"]), cases[cell["case"]], seeds[cell["seed"]]] = found
    return Stack(
        methods=kept,
        cases=tuple(cases),
        kinds=tuple(kinds.get(case, "") for case in cases),
        seeds=tuple(seeds),
        values=values,
    )


def mean_over_seeds(values: np.ndarray) -> np.ndarray:
    """The mean over the last axis of what is there; NaN where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values, axis=-1)


def _value(cell: Cell, metric: str) -> float | None:
    if metric == "top":
        return cell["top"]
    return alarm(cell) if metric == "alarm" else cell["metrics"].get(metric)


def alarm(cell: Cell) -> float | None:
    """1 if some option is named with the confidence of the judge's threshold or more, else 0.

    Of a cell that stands for several answers (`tops`), the share of them. None where the judge has
    no threshold, or there is no answer.
    """
    tops = cell.get("tops") or ([] if cell["top"] is None else [cell["top"]])
    threshold = cell.get("threshold")
    if threshold is None or not tops:
        return None
    return sum(top >= threshold for top in tops) / len(tops)


def _costs(cells: list[Cell]) -> dict[str, float | None]:
    def mean(name: str) -> float | None:
        found = [float(c[name]) for c in cells if c.get(name) is not None]
        return sum(found) / len(found) if found else None

    return {"seconds": mean("seconds"), "passes": mean("passes")}


def _row(group: Group, metric: str, table: Grid, cells: list[Cell], ranged: bool = True) -> Row:
    task, method, judge, subject = group
    present = np.isfinite(table.by_case)
    by_case = table.by_case[present]
    names = [c for c, p in zip(table.cases, present, strict=True) if p]
    kinds = [k for k, p in zip(table.kinds, present, strict=True) if p]
    interval = mean_interval(table.values[present], kinds) if len(by_case) else Interval(None, None)
    lowest = int(np.argmin(by_case)) if len(by_case) and ranged else None
    return Row(
        task=task,
        method=method,
        judge=judge,
        subject=subject,
        metric=metric,
        mean=float(by_case.mean()) if len(by_case) else None,
        low=interval.low,
        high=interval.high,
        worst=float(by_case[lowest]) if lowest is not None else None,
        worst_quarter=worst_quarter(table.values) if lowest is not None else None,
        worst_case=names[lowest] if lowest is not None else None,
        n=int(np.isfinite(table.values).sum()),
        **_costs(cells),
    )


def _against_twin(group: Group, cells: list[Cell], twin: list[Cell]) -> list[Row]:
    """gain, leak, detect and alarm of one method: the trojaned subject's cells and the twin's."""
    ours, theirs = grid(cells, "p_truth"), grid(twin, "p_truth")
    shared = [c for c in ours.cases if c in theirs.cases]
    seeds = min(ours.values.shape[1], theirs.values.shape[1])
    if not shared:
        return []
    mine = [ours.cases.index(c) for c in shared]
    other = [theirs.cases.index(c) for c in shared]
    kinds = tuple(ours.kinds[i] for i in mine)
    leak = Grid(tuple(shared), kinds, theirs.values[other])
    difference = ours.values[mine][:, :seeds] - theirs.values[other][:, :seeds]
    gain = Grid(tuple(shared), kinds, difference)
    rows = [_row(group, "gain", gain, cells), _row(group, "leak", leak, twin, ranged=False)]
    tops = grid(cells, "top").by_case[mine], grid(twin, "top").by_case[other]
    here = np.isfinite(tops[0]) & np.isfinite(tops[1])
    if here.any():
        rows.append(_detect(group, (tops[0][here], tops[1][here]), np.asarray(kinds)[here], cells))
    alarms = Grid(tuple(shared), kinds, grid(twin, "alarm").values[other])
    if np.isfinite(alarms.values).any():
        rows.append(_row(group, "alarm", alarms, twin, ranged=False))
    return rows


def _on_twin(group: Group, cells: list[Cell], twin: list[Cell]) -> list[Row]:
    """Each metric of one method on the clean twin, for tasks that ask nobody to choose."""
    shared = {c["case"] for c in cells}
    twin = [c for c in twin if c["case"] in shared]
    metrics = dict.fromkeys(m for c in twin for m in c["metrics"])
    return [_row(group, f"twin_{m}", grid(twin, m), twin, ranged=False) for m in metrics]


def _detect(group: Group, tops: tuple[np.ndarray, ...], kinds: np.ndarray, cells: list[Cell]):
    def statistic(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        above = first[:, :, None] > second[:, None, :]
        equal = first[:, :, None] == second[:, None, :]
        return above.mean((1, 2)) + 0.5 * equal.mean((1, 2))

    task, method, judge, subject = group
    interval = paired_interval(tops[0], tops[1], list(kinds), statistic)
    return Row(
        task=task,
        method=method,
        judge=judge,
        subject=subject,
        metric="detect",
        mean=auroc(tops[0].tolist(), tops[1].tolist()),
        low=interval.low,
        high=interval.high,
        worst=None,
        worst_quarter=None,
        worst_case=None,
        n=len(tops[0]),
        **_costs(cells),
    )


def rows(cells: Iterable[Cell]) -> list[Row]:
    """Every row of the table, in the order in which the cells come.

    A cell has: task, subject, twin_of (the trojaned subject's name, for the clean twin), case,
    kind, method, judge, seed, status, metrics (name -> number), top (the likeliest option's
    probability or None), seconds, passes; where they are known, threshold (the confidence from
    which on the judge was right nine times out of ten on decoys) and tops (those of the several
    answers that the cell stands for). Cells that are not "ok" count nowhere but in `n`.
    """
    groups: dict[Group, list[Cell]] = {}
    twins: dict[Group, list[Cell]] = {}
    for cell in cells:
        group = (cell["task"], cell["method"], cell["judge"], cell["subject"])
        groups.setdefault(group, []).append(cell)
        if cell.get("twin_of"):
            twins.setdefault((*group[:3], cell["twin_of"]), []).append(cell)
    found: list[Row] = []
    for group, members in groups.items():
        good = [c for c in members if c["status"] == "ok"]
        if not good:
            found.append(_empty(group))
            continue
        for metric in dict.fromkeys(m for c in good for m in c["metrics"]):
            found.append(_row(group, metric, grid(good, metric), good))
        twin = [c for c in twins.get(group, []) if c["status"] == "ok"]
        if twin and "p_truth" in good[0]["metrics"]:
            found += _against_twin(group, good, twin)
        elif twin and good[0].get("finding", "") is not None:
            # What is made from the truth has no finding: on the twin it would say nothing else.
            found += _on_twin(group, good, twin)
    return found


def _empty(group: Group) -> Row:
    """A method whose every cell failed: nothing was measured."""
    return _row(group, "", Grid((), (), np.empty((0, 1))), [])
