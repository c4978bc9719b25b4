"""The table of a run or of observations, as text for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType
from rich.table import Table

from assay.measures.comparing import Comparison, compare_methods
from assay.measures.gates import RIVALS, Gate, say_bounds
from assay.measures.judges import GUESSES, UNSURE, Seats, count_unsure, seat_judges, unsure
from assay.measures.pairs import CARRIED
from assay.measures.portfolio import Portfolio
from assay.measures.ranking import METRICS, Ranking, make_ranking
from assay.measures.table import Row
from assay.measures.worst import why_no_worst_quarter
from assay.observations import Effect, Observations
from assay.results import Results

# More cases than this make no readable grid.
MOST_CASES = 16
# How many options a question is taken to have where no judge has answered yet.
# The bar of a probability of 1, in letters.
_BAR = 30
# Where the text goes into a file or a pipe; lines are only as long as they need be.
_WIDE = 240


def text_table(results: Results, width: int | None = None) -> str:
    """A table (a line a method) and a grid (a column a case) for each task, in the suite's order.

    Numbers are means; the first metric comes with its 95 % interval. Of several judges that choose,
    the first one's table has two columns for each of the others, and the methods' groups.
    """
    parts: list[RenderableType] = []
    cells, rows = results.cells(), results.rows()
    for seats in seat_judges(cells):
        at = (seats.task, seats.subject)
        here = [c for c in cells if (c["task"], c["subject"]) == at]
        said = [r for r in rows if (r.task, r.subject) == at]
        if not seats.chooses:
            own = [r for r in said if r.judge == seats.first]
            here = [c for c in here if c["judge"] == seats.first]
            broken = _broken(results.gates(here))
            if broken:
                parts.append(f"{_title(seats)}: no table, the measuring device is broken: {broken}")
                continue
            roles = {r.method: results.suite.role(r.method) for r in own}
            parts += [metrics_table(_title(seats), own), *_grids(own, here)]
            parts += [*_bounds(roles), *_unsupported(here), *_no_quarter(here)]
            continue
        parts += _ranked(results, seats, here, said)
    missing = sum(c["status"] == "missing" for c in cells)
    wrong = sum(c["status"] not in ("ok", "missing") for c in cells)
    if results.published():
        parts.append(results.published().replace("`", ""))
    if missing or wrong:
        parts.append(f"{missing} cells are still to be computed, {wrong} gave no number.")
    return as_text(parts, width)


def _ranked(
    results: Results, seats: Seats, cells: list[dict], rows: list[Row]
) -> list[RenderableType]:
    """What the first of several judges says of a task and subject, and the others beside it."""
    own = [c for c in cells if c["judge"] == seats.first]
    own_rows = [r for r in rows if r.judge == seats.first]
    roles = {r.method: results.suite.role(r.method) for r in own_rows}
    trials = {judge: results.standing(judge) for judge in (seats.first, *seats.beside)}
    gates = results.gates(own)
    others = {judge: [c for c in cells if c["judge"] == judge] for judge in seats.beside}
    beside = [c for members in others.values() for c in members]
    silent = [judge for judge, trial in trials.items() if not trial.prints_p_truth]
    ranking = make_ranking(own, beside, own_rows, gates, roles, silent)
    own_rows.sort(key=lambda r: ranking.order.index(r.method))
    theirs = [r for r in rows if r.judge in seats.beside and r.metric in METRICS]
    parts = [metrics_table(_title(seats), own_rows, ranking, theirs), *_grids(own_rows, own)]
    if ranking.ranks and seats.first != GUESSES:
        printed = METRICS[:1] if seats.first in silent else METRICS
        parts += comparison_tables(compare_methods(own, ranking, roles, printed))
    parts += [t.sentence for j, t in trials.items() if t.sentence and j != GUESSES]
    parts += [*_bounds(roles), *_remarks(ranking, gates, own, roles), *_no_quarter(own)]
    for judge, members in others.items():
        broken = _broken(results.gates(members))
        if broken and judge != GUESSES:
            parts.append(f"Beside it, by {judge}, the measuring device is broken: {broken}")
    return parts


def _title(seats: Seats) -> str:
    return " · ".join((seats.task, seats.first, seats.subject))


def _remarks(
    ranking: Ranking, gates: list[Gate], cells: list[dict], roles: dict[str, str]
) -> list[RenderableType]:
    """What a reader of the table has to know: groups, agreement, doubt, what is broken."""
    said: list[RenderableType] = []
    if ranking.groups:
        said.append(
            "Tools of one group are not told apart from the best of it (corrected p below "
            f"{CARRIED} for either metric)."
        )
    elif ranking.why and not _broken(gates):
        said.append(ranking.why)
    if ranking.few and not ranking.why:
        said.append(ranking.few)
    said += [agreement.sentence for agreement in ranking.agreements]
    number_of, known = count_unsure(cells, [m for m, role in roles.items() if role in RIVALS])
    if known:
        said.append(
            f"The judge is unsure of {number_of} of {known} cells of tools (?): between its views "
            f"an option's probability moves by more than {UNSURE}."
        )
    if _broken(gates):
        said.append(f"No ranking, the measuring device is broken: {_broken(gates)}")
    return said


def _bounds(roles: dict[str, str]) -> list[RenderableType]:
    """Which rows are upper bounds, where there are any."""
    said = say_bounds([method for method, role in roles.items() if role == "bound"])
    return [said] if said else []


def _unsupported(cells: Sequence[dict]) -> list[RenderableType]:
    """Which methods don't apply to this network at all, where any doesn't."""
    statuses: dict[str, set[str]] = {}
    for cell in cells:
        statuses.setdefault(cell["method"], set()).add(cell["status"])
    names = [method for method, found in statuses.items() if found == {"unsupported"}]
    return [f"Unsupported here, and so without a score: {', '.join(names)}."] if names else []


def _no_quarter(cells: Sequence[dict]) -> list[RenderableType]:
    """Why the column of the worst quarter is empty, where it is."""
    why = why_no_worst_quarter(len({c["seed"] for c in cells if c["status"] == "ok"}))
    return [why] if why else []


def comparison_tables(comparison: Comparison) -> list[RenderableType]:
    """The worst, the kinds and the best, a line a method; then what the tools are together."""
    head = comparison.metrics[0]
    table = plain_table(f"comparing methods · {head}")
    best = comparison.best
    for name in ("method", "worst quarter [95 %]", *(kind or "other" for kind in comparison.kinds)):
        table.add_column(name.replace("_", " "), justify="left" if name == "method" else "right")
    table.add_column(f"{best} minus it [95 %]", justify="right")
    table.add_column("p, corrected", justify="right")
    for method in comparison.methods:
        worth = comparison.worth[method][head]
        pair = worth.behind
        table.add_row(
            method,
            with_interval(worth.quarter.value, worth.quarter.low, worth.quarter.high),
            *(number(worth.by_kind.get(kind)) for kind in comparison.kinds),
            with_interval(pair.difference, pair.low, pair.high) if pair else "–",
            number(pair.p_holm if pair else None, 3),
        )
    together = comparison.portfolios.get(head)
    return [table, *([portfolio_table(together)] if together else [])]


def portfolio_table(made: Portfolio) -> Table:
    """The union oracle of all tools, and of the best few, a line each number of them."""
    oracle = with_interval(made.oracle.value, made.oracle.low, made.oracle.high)
    table = plain_table(f"tools together · {made.metric} · union oracle {oracle}")
    for name in ("tools", "the best of so many", "oracle, held out", "one tool, so many seeds"):
        table.add_column(name, justify="left" if "best" in name else "right")
    table.add_column("passes", justify="right")
    for pick in made.picks:
        table.add_row(
            str(pick.k), ", ".join(pick.methods), number(pick.oracle), number(pick.again),
            number(pick.passes, 0),
        )  # fmt: skip
    return table


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """A number with its interval in brackets, if it has one."""
    return number(value) + ("" if low is None else f" [{number(low)}, {number(high)}]")


def _broken(gates: Iterable[Gate]) -> str:
    return " ".join(gate.sentence for gate in gates if not gate.passed)


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


def metrics_table(
    title: str, rows: list[Row], ranking: Ranking | None = None, beside: Sequence[Row] = ()
) -> Table:
    """A line a method: the mean of each metric, the first one's interval and worst cases, costs.

    Where nobody is asked to choose (no `ranking`), every metric comes with its interval. Costs and
    worst quarters that no row knows have no column. The methods' groups come first and the means of
    `beside` (other judges' rows) after the metrics, where there are any.
    """
    metrics = list(dict.fromkeys(r.metric for r in rows if r.metric))
    groups = ranking is not None and bool(ranking.groups)
    ranged = len(metrics) if ranking is None else 1
    table = plain_table(title)
    if groups:
        table.add_column("group")
    table.add_column("method")
    for i, metric in enumerate(metrics):
        table.add_column(f"{metric} [95 %]" if i < ranged else metric, justify="right")
    others = {(r.judge, r.metric, r.method): r.mean for r in beside}
    columns = list(dict.fromkeys((judge, metric) for judge, metric, _ in others))
    for judge, metric in columns:
        table.add_column(f"{judge}\n{metric}", justify="right")
    known = {
        "worst quarter": any(r.worst_quarter is not None for r in rows),
        "worst": True,
        "n": True,
        "s": any(r.seconds is not None for r in rows),
        "passes": any(r.passes is not None for r in rows),
    }
    ends = [name for name, there in known.items() if there]
    for name in ends:
        table.add_column(name, justify="right")
    for method in dict.fromkeys(r.method for r in rows):
        own = {r.metric: r for r in rows if r.method == method}
        first = next(iter(own.values()))
        values = [_mean(own.get(m), i < ranged) for i, m in enumerate(metrics)]
        said = {
            "worst quarter": number(first.worst_quarter),
            "worst": number(first.worst),
            "n": str(first.n),
            "s": number(first.seconds, 1),
            "passes": number(first.passes, 0),
        }
        label = [ranking.label(method)] if ranking is not None and groups else []
        table.add_row(
            *label, method, *values, *(number(others.get((*at, method))) for at in columns),
            *(said[name] for name in ends),
        )  # fmt: skip
    return table


def _mean(row: Row | None, ranged: bool) -> str:
    """A row's mean, with its interval where it is `ranged`; a dash for no row."""
    if row is None:
        return number(None)
    return with_interval(row.mean, row.low, row.high) if ranged else number(row.mean)


def _grids(rows: list[Row], cells: list[dict]) -> list[RenderableType]:
    """The grid of the headline, its methods in the rows' order; none where it isn't readable."""
    headline = next((r.metric for r in rows if r.metric), "")
    if not headline or len({c["case"] for c in cells}) > MOST_CASES:
        return []
    return [grid_table(headline, cells, [r.method for r in rows])]


def grid_table(metric: str, cells: Iterable[dict], methods: Iterable[str]) -> Table:
    """A line a method, in that order, a column a case: the metric's mean over the seeds."""
    cells = list(cells)
    cases = list(dict.fromkeys(c["case"] for c in cells))
    table = plain_table(f"{metric} by case")
    table.add_column("method")
    for case in cases:
        table.add_column(case.replace("_", "\n"), justify="right", vertical="bottom")
    for method in dict.fromkeys(methods):
        own = [c for c in cells if c["method"] == method]
        table.add_row(
            method, *(_square([c for c in own if c["case"] == case], metric) for case in cases)
        )
    return table


def _square(cells: list[dict], metric: str) -> str:
    """The mean of a case's seeds; with a mark where the judge is unsure of one of them."""
    found = [c["metrics"][metric] for c in cells if metric in c["metrics"]]
    mark = "?" if any(unsure(c["moved"]) for c in cells) else ""
    return mark + number(sum(found) / len(found) if found else None)


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
    # Adding 0 takes the sign from a rounded -0.00, which says nothing.
    return "–" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"
