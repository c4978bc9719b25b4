"""The table of a run or of observations, as text for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assay.measures.gates import check
from assay.measures.table import Row
from assay.observations import Effect, Observations
from assay.results import Results

# More cases than this make no readable grid.
_MOST_CASES = 16
# Where the text goes into a file or a pipe; lines are only as long as they need be.
_WIDE = 240


def text_table(results: Results, width: int | None = None) -> str:
    """Every task's table (a line a method) and grid (a column a case), in the suite's order.

    Numbers are means; the first metric comes with its 95 % interval.
    """
    console = Console(file=io.StringIO(), width=width or _WIDE)
    cells = results.cells()
    twins = {c["subject"] for c in cells if c["twin_of"]}
    rows = [r for r in results.rows() if r.subject not in twins]
    for place in dict.fromkeys((r.task, r.judge, r.subject) for r in rows):
        own = [r for r in rows if (r.task, r.judge, r.subject) == place]
        console.print(_metrics(" · ".join(place), own))
        headline = own[0].metric
        here = [c for c in cells if (c["task"], c["judge"], c["subject"]) == place]
        if headline and len({c["case"] for c in here}) <= _MOST_CASES:
            console.print(_grid(headline, here))
        broken = [g for g in check(here, results.options(here) or 8) if not g.passed]
        if broken:
            # No markup: brackets and back quotes are to be read as they stand.
            said = " ".join(gate.sentence for gate in broken)
            console.print(f"No ranking, the measuring device is broken: {said}", markup=False)
    missing = sum(c["status"] == "missing" for c in cells)
    wrong = sum(c["status"] not in ("ok", "missing") for c in cells)
    if missing or wrong:
        console.print(f"{missing} cells are still to be computed, {wrong} gave no number.")
    return _text(console)


def observation_table(seen: Observations, width: int | None = None) -> str:
    """What each tool's pictures do, a line a tool, then the baselines; numbers are in [0, 1]."""
    setting = seen.setting
    console = Console(file=io.StringIO(), width=width or _WIDE)
    table = Table(
        title=f"class {setting.target} ({escape(setting.class_name)}) of {escape(setting.network)}",
        title_justify="left", title_style="bold", box=None, pad_edge=False,
    )  # fmt: skip
    networks = ["here", *([f"on {setting.reference}"] if setting.reference else [])]
    table.add_column("inserted")
    for network in networks:
        table.add_column(f"top class {network}", justify="right")
        table.add_column("probability", justify="right")
    for name in ("passes", "s"):
        table.add_column(name, justify="right")
    for row in seen.rows:
        name = f"{row.tool} (baseline)" if row.baseline else row.tool
        said = [_number(row.passes, 0), _number(row.seconds, 1)]
        table.add_row(name, *_effect(row.effect, len(networks)), *said)
    table.add_row("nothing (baseline)", *_effect(seen.bare, len(networks)), "", "")
    console.print(table)
    for row in seen.rows:
        if row.status != "ok":
            why = f": {row.why}" if row.why else ""
            console.print(f"{row.tool} gave no number ({row.status}){why}", markup=False)
    return _text(console)


def _effect(effect: Effect | None, networks: int) -> list[str]:
    if effect is None:
        return ["–"] * (2 * networks)
    numbers: list[float | None] = [effect.rate, effect.probability]
    if networks > 1:
        numbers += [effect.reference_rate, effect.reference_probability]
    return [_number(value) for value in numbers]


def _metrics(title: str, rows: list[Row]) -> Table:
    metrics = list(dict.fromkeys(r.metric for r in rows if r.metric))
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("method")
    for i, metric in enumerate(metrics):
        table.add_column(f"{metric} [95 %]" if i == 0 else metric, justify="right")
    for name in ("worst quarter", "worst", "n", "s", "passes"):
        table.add_column(name, justify="right")
    for method in dict.fromkeys(r.method for r in rows):
        own = {r.metric: r for r in rows if r.method == method}
        first = next(iter(own.values()))
        values = [_number(own[m].mean if m in own else None) for m in metrics]
        if values and first.low is not None:
            values[0] += f" [{_number(first.low)}, {_number(first.high)}]"
        table.add_row(
            method, *values, _number(first.worst_quarter), _number(first.worst), str(first.n),
            _number(first.seconds, 1), _number(first.passes, 0),
        )  # fmt: skip
    return table


def _text(console: Console) -> str:
    text = console.file
    assert isinstance(text, io.StringIO)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _grid(metric: str, cells: Iterable[dict]) -> Table:
    cells = list(cells)
    cases = list(dict.fromkeys(c["case"] for c in cells))
    table = Table(title=f"{metric} by case", title_justify="left", box=None, pad_edge=False)
    table.add_column("method")
    for case in cases:
        table.add_column(case.replace("_", "\n"), justify="right", vertical="bottom")
    for method in dict.fromkeys(c["method"] for c in cells):
        values = []
        for case in cases:
            own = [c for c in cells if c["method"] == method and c["case"] == case]
            found = [c["metrics"][metric] for c in own if metric in c["metrics"]]
            values.append(_number(sum(found) / len(found) if found else None))
        table.add_row(method, *values)
    return table


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
