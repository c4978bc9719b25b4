"""The table of a run or of observations, as text for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.table import Table

from assay.measures.gates import check
from assay.measures.table import Row
from assay.observations import Effect, Observations
from assay.results import Results

# More cases than this make no readable grid.
MOST_CASES = 16
# The bar of a probability of 1, in letters.
_BAR = 30
# Where the text goes into a file or a pipe; lines are only as long as they need be.
_WIDE = 240


def text_table(results: Results, width: int | None = None) -> str:
    """Every task's table (a line a method) and grid (a column a case), in the suite's order.

    Numbers are means; the first metric comes with its 95 % interval.
    """
    parts: list[RenderableType] = []
    cells = results.cells()
    twins = {c["subject"] for c in cells if c["twin_of"]}
    rows = [r for r in results.rows() if r.subject not in twins]
    for place in dict.fromkeys((r.task, r.judge, r.subject) for r in rows):
        own = [r for r in rows if (r.task, r.judge, r.subject) == place]
        parts.append(metrics_table(" · ".join(place), own))
        headline = own[0].metric
        here = [c for c in cells if (c["task"], c["judge"], c["subject"]) == place]
        if headline and len({c["case"] for c in here}) <= MOST_CASES:
            parts.append(grid_table(headline, here))
        broken = [g for g in check(here, results.options(here) or 8) if not g.passed]
        if broken:
            said = " ".join(gate.sentence for gate in broken)
            parts.append(f"No ranking, the measuring device is broken: {said}")
    missing = sum(c["status"] == "missing" for c in cells)
    wrong = sum(c["status"] not in ("ok", "missing") for c in cells)
    if missing or wrong:
        parts.append(f"{missing} cells are still to be computed, {wrong} gave no number.")
    return as_text(parts, width)


def observation_table(seen: Observations, width: int | None = None) -> str:
    """What each tool's pictures do, a line a tool, then the baselines; numbers are in [0, 1]."""
    setting = seen.setting
    table = plain_table(f"class {setting.target} ({setting.class_name}) of {setting.network}")
    networks = ["here", *([f"on {setting.reference}"] if setting.reference else [])]
    table.add_column("inserted")
    for network in networks:
        table.add_column(f"top class {network}", justify="right")
        table.add_column("probability", justify="right")
    for name in ("passes", "s"):
        table.add_column(name, justify="right")
    for row in seen.rows:
        name = f"{row.tool} (baseline)" if row.baseline else row.tool
        said = [number(row.passes, 0), number(row.seconds, 1)]
        table.add_row(name, *_effect(row.effect, len(networks)), *said)
    table.add_row("nothing (baseline)", *_effect(seen.bare, len(networks)), "", "")
    wrong = [
        f"{row.tool} gave no number ({row.status}){f': {row.why}' if row.why else ''}"
        for row in seen.rows
        if row.status != "ok"
    ]
    return as_text([table, *wrong], width)


def _effect(effect: Effect | None, networks: int) -> list[str]:
    if effect is None:
        return ["–"] * (2 * networks)
    numbers: list[float | None] = [effect.rate, effect.probability]
    if networks > 1:
        numbers += [effect.reference_rate, effect.reference_probability]
    return [number(value) for value in numbers]


def as_text(parts: Iterable[RenderableType], width: int | None = None) -> str:
    """Tables and sentences below each other; lines are `width` columns long at most."""
    # No markup: brackets, colons and back quotes are to be read as they stand.
    console = Console(
        file=io.StringIO(), width=width or _WIDE, markup=False, emoji=False,
        # In a notebook it would show what is to be returned.
        force_jupyter=False, force_terminal=False,
    )  # fmt: skip
    for part in parts:
        console.print(part)
    text = console.file
    assert isinstance(text, io.StringIO)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def plain_table(title: str | None = None) -> Table:
    """An empty table as all of them look."""
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)


def metrics_table(title: str, rows: list[Row]) -> Table:
    """A line a method: the mean of each metric, the first one's interval and worst cases, costs.

    Costs that no row knows have no column.
    """
    metrics = list(dict.fromkeys(r.metric for r in rows if r.metric))
    table = plain_table(title)
    table.add_column("method")
    for i, metric in enumerate(metrics):
        table.add_column(f"{metric} [95 %]" if i == 0 else metric, justify="right")
    costs = {
        "s": any(r.seconds is not None for r in rows),
        "passes": any(r.passes is not None for r in rows),
    }
    known = [name for name, there in costs.items() if there]
    for name in ("worst quarter", "worst", "n", *known):
        table.add_column(name, justify="right")
    for method in dict.fromkeys(r.method for r in rows):
        own = {r.metric: r for r in rows if r.method == method}
        first = next(iter(own.values()))
        values = [number(own[m].mean if m in own else None) for m in metrics]
        if values and first.low is not None:
            values[0] += f" [{number(first.low)}, {number(first.high)}]"
        spent = {"s": number(first.seconds, 1), "passes": number(first.passes, 0)}
        table.add_row(
            method, *values, number(first.worst_quarter), number(first.worst), str(first.n),
            *(spent[name] for name in known),
        )  # fmt: skip
    return table


def grid_table(metric: str, cells: Iterable[dict]) -> Table:
    """A line a method, a column a case: the metric's mean over the seeds."""
    cells = list(cells)
    cases = list(dict.fromkeys(c["case"] for c in cells))
    table = plain_table(f"{metric} by case")
    table.add_column("method")
    for case in cases:
        table.add_column(case.replace("_", "\n"), justify="right", vertical="bottom")
    for method in dict.fromkeys(c["method"] for c in cells):
        values = []
        for case in cases:
            own = [c for c in cells if c["method"] == method and c["case"] == case]
            found = [c["metrics"][metric] for c in own if metric in c["metrics"]]
            values.append(number(sum(found) / len(found) if found else None))
        table.add_row(method, *values)
    return table


def bar_table(bars: Iterable[tuple[str, float, bool]]) -> Table:
    """A judge's options, the likeliest first: name, probability, whether it is the truth."""
    table = plain_table()
    table.add_column("option")
    table.add_column("p", justify="right")
    table.add_column()
    table.add_column()
    for option, chance, truth in sorted(bars, key=lambda bar: -bar[1]):
        table.add_row(option, number(chance), "█" * round(_BAR * chance), "← the trigger" * truth)
    return table


def number(value: float | None, digits: int = 2) -> str:
    """The number with so many decimals; a dash for "not measured"."""
    return "–" if value is None else f"{value:.{digits}f}"
