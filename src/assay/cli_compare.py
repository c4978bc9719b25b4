"""The command that holds two methods against each other, or two runs: one method, or all tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from assay.measures.order import Order
    from assay.measures.pairs import Pair
    from assay.results import Results

Cell = dict[str, Any]
# A task, one of its subjects and a judge of it.
Place = tuple[str, str, str]
# One of each run.
Places = tuple[Place, Place]


@dataclass(frozen=True)
class Side:
    """A method in a folder of results; or, without a name, all of its tools."""

    method: str
    folder: Path
    results: Results
    cells: list[Cell]

    def at(self, place: Place) -> list[Cell]:
        return [c for c in self.cells if place_of(c) == place]

    def tools(self) -> list[str]:
        role = self.results.suite.role
        return [m for m in dict.fromkeys(c["method"] for c in self.cells) if role(m) == "tool"]


@dataclass(frozen=True)
class _Compared:
    """The two sides on one task, subject and judge: their means over the cells that both have."""

    place: Place
    first: float
    second: float
    seeds: int
    pair: Pair


@dataclass(frozen=True)
class _Ordered:
    """How far two runs order the tools alike, each at a place of its own."""

    places: Places
    metric: str
    order: Order


def compare(
    first: Annotated[
        str | None, typer.Argument(metavar="A", help="A method of a run; without: all tools.")
    ] = None,
    second: Annotated[
        str | None, typer.Argument(metavar="B", help="Another; or the same one, with two runs.")
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            "--run", help="Folder of results (the one in results/); twice: A's, then B's."
        ),
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="A metric of the task (its headline by default).")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="A judge of the run (the one that ranks by default).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print how far two methods are apart on the cells that both have, and what chance would do.

    A's mean minus B's, its 95 % interval, and the p of a two-sided sign-flip test over cases.
    Without methods: how far two runs, which may be of other cases, order their tools alike.
    """
    if first is None or second is None:
        _compare_orders(first, run or [], metric, judge, as_json)
        return
    sides = _sides(first, second, run or [])
    found, notes = _compare(sides, metric, judge)
    if as_json:
        said = {
            "first": {"method": sides[0].method, "run": str(sides[0].folder)},
            "second": {"method": sides[1].method, "run": str(sides[1].folder)},
            "comparisons": [_as_dict(compared) for compared in found],
            "notes": notes,
        }
        print(json.dumps(said, indent=1, allow_nan=False))
        return
    print(_spelled(sides, found, notes))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("compare")(compare)


def _sides(first: str, second: str, runs: list[Path]) -> tuple[Side, Side]:
    """Both methods with their cells; AssayError for what isn't there."""
    from assay.checks import near_name
    from assay.results import Results
    from assay.types import AssayError

    if len(runs) > 2:
        raise AssayError(f"two runs are compared at most, and --run is given {len(runs)} times")
    if not runs:
        runs = [_only_folder()]
    if first == second and len(runs) == 1:
        raise AssayError(f"{first!r} is compared with itself: name another method, or two --run")
    made = []
    for method, folder in zip((first, second), (runs[0], runs[-1]), strict=True):
        results = made[0].results if made and folder == runs[0] else Results(folder)
        cells = [c for c in results.cells() if not c["twin_of"]]
        known = dict.fromkeys(c["method"] for c in cells)
        if method not in known:
            raise AssayError(f"there is no method {method!r} in {folder}{near_name(method, known)}")
        made.append(Side(method, folder, results, cells))
    return made[0], made[1]


def _only_folder() -> Path:
    from assay.types import AssayError

    folders = sorted(path.parent for path in Path("results").glob("*/store.db"))
    if not folders:
        raise AssayError("there are no results in results/; run a suite first, or give --run")
    if len(folders) > 1:
        names = ", ".join(str(folder) for folder in folders)
        raise AssayError(f"there are several runs ({names}): say which one with --run")
    return folders[0]


def _compare(
    sides: tuple[Side, Side], metric: str | None, judge: str | None
) -> tuple[list[_Compared], list[str]]:
    """What the two have in common, compared, and what a reader has to know of it."""
    from assay.types import AssayError

    found: list[_Compared] = []
    notes: list[str] = []
    for place in _places(sides, judge):
        made = _compared(sides, place, metric_of(sides, (place, place), metric))
        if made is not None:
            found.append(made)
            notes += notes_of(sides, (place, place))
    if not found:
        a, b = (side.method for side in sides)
        raise AssayError(f"{a!r} and {b!r} have fewer than two cases in common: nothing to compare")
    return found, list(dict.fromkeys(notes))


def _places(sides: tuple[Side, Side], judge: str | None) -> list[Place]:
    """Where both were judged: by that judge, or by the first one of each task and subject."""
    from assay.checks import near_name
    from assay.measures.judges import seat_judges
    from assay.types import AssayError

    first, second = ({place_of(c) for c in side.cells} for side in sides)
    known = dict.fromkeys(c["judge"] for side in sides for c in side.cells)
    if judge is not None and judge not in known:
        raise AssayError(f"there is no judge {judge!r}{near_name(judge, known)}")
    seats = [(s.task, s.subject, s.first) for s in seat_judges(sides[0].cells)]
    if judge is not None:
        seats = list(dict.fromkeys((task, subject, judge) for task, subject, _ in seats))
    return [place for place in seats if place in first & second]


def metric_of(sides: Sequence[Side], places: Sequence[Place], metric: str | None) -> str:
    """The metric, or the task's headline; AssayError for one that isn't there or isn't printed."""
    from assay.checks import near_name
    from assay.measures.table import ON_P_TRUTH
    from assay.types import AssayError

    cells = [c for side, at in zip(sides, places, strict=True) for c in side.at(at)]
    known = list(dict.fromkeys(name for c in cells for name in c["metrics"]))
    if metric is None:
        # Where no cell has a number there is nothing to compare, by whatever metric.
        return known[0] if known else ""
    if metric not in known:
        raise AssayError(f"{places[0][0]} has no metric {metric!r}{near_name(metric, known)}")
    for side, (_, _, judge) in zip(sides, places, strict=True):
        standing = side.results.standing(judge)
        if metric in ON_P_TRUTH and not standing.prints_p_truth:
            raise AssayError(f"{metric} of {judge} is not printed: {standing.sentence}")
    return metric


def _compared(sides: tuple[Side, Side], place: Place, metric: str) -> _Compared | None:
    import numpy as np

    from assay.measures.pairs import difference, share_cells
    from assay.measures.table import stack

    first, second = (stack(side.at(place), metric, [side.method]) for side in sides)
    pair = difference(first, second, metric)
    if pair is None:
        return None
    shared = share_cells(first, second)
    means = [float(np.nanmean(side.by_case)) for side in shared]
    seeds = int(np.isfinite(shared[0].values).any((0, 1)).sum())
    return _Compared(place, means[0], means[1], seeds, pair)


def notes_of(sides: tuple[Side, Side], places: Places) -> list[str]:
    """Where the device is broken, or the two runs are not of the same device."""
    from assay.measures.gates import say_bounds

    judge = places[0][2]
    bounds = [s.method for s in sides if s.results.suite.role(s.method) == "bound"]
    said = [say_bounds(list(dict.fromkeys(bounds)))] if bounds else []
    for side, (task, subject, _) in zip(sides, places, strict=True):
        cells = side.at((task, subject, judge))
        broken = [gate for gate in side.results.gates(cells) if not gate.passed]
        if broken:
            names = ", ".join(gate.name for gate in broken)
            said.append(
                f"The measuring device of {side.folder} is broken ({task}, {judge}, {subject}: "
                f"{names}): this says little about the methods."
            )
    first, second = (side.results for side in sides)
    keys = [(r.run["environment"] or {}).get("judges", {}).get(judge) for r in (first, second)]
    if keys[0] != keys[1]:
        said.append(f"The two runs were not judged by the same version of {judge}.")
    for name in ("passes", "size", "visualizations"):
        values = getattr(first.suite, name), getattr(second.suite, name)
        if values[0] != values[1]:
            said.append(f"The two runs differ in {name}: {values[0]} and {values[1]}.")
    return said


def _compare_orders(
    alone: str | None, runs: list[Path], metric: str | None, judge: str | None, as_json: bool
) -> None:
    """Print how far two runs order their tools alike; AssayError where there are not two."""
    from assay.results import Results
    from assay.types import AssayError

    if alone is not None:
        raise AssayError(f"{alone!r} is compared with nothing: name another method as well")
    if len(runs) != 2:
        raise AssayError("name two methods to compare, or give --run twice to compare two runs")
    first, second = (Results(folder) for folder in runs)
    sides = (
        Side("", runs[0], first, [c for c in first.cells() if not c["twin_of"]]),
        Side("", runs[1], second, [c for c in second.cells() if not c["twin_of"]]),
    )
    found = [_ordered(sides, places, metric) for places in _facing(sides, judge)]
    if not found:
        raise AssayError("the two runs have no task and judge in common: nothing to compare")
    notes = list(dict.fromkeys(n for o in found for n in notes_of(sides, o.places)))
    if as_json:
        said = {
            "runs": [str(folder) for folder in runs],
            "orders": [_order_as_dict(ordered) for ordered in found],
            "notes": notes,
        }
        print(json.dumps(said, indent=1, allow_nan=False))
        return
    print(_spelled_orders(sides, found, notes))


def _facing(sides: tuple[Side, Side], judge: str | None) -> list[Places]:
    """A place of each run with the same task and judge, the first that ranks by default."""
    from assay.checks import near_name
    from assay.measures.judges import seat_judges
    from assay.types import AssayError

    known = dict.fromkeys(c["judge"] for side in sides for c in side.cells)
    if judge is not None and judge not in known:
        raise AssayError(f"there is no judge {judge!r}{near_name(judge, known)}")
    seats = [(s.task, s.subject, judge or s.first) for s in seat_judges(sides[0].cells)]
    theirs = dict.fromkeys(place_of(c) for c in sides[1].cells)
    return [
        (mine, other)
        for mine in dict.fromkeys(seats)
        for other in theirs
        if (mine[0], mine[2]) == (other[0], other[2]) and sides[0].at(mine)
    ]


def _ordered(sides: tuple[Side, Side], places: Places, metric: str | None) -> _Ordered:
    from assay.measures.order import correlate_orders
    from assay.measures.table import stack

    chosen = metric_of(sides, places, metric)
    first, second = (
        stack(side.at(place), chosen, side.tools())
        for side, place in zip(sides, places, strict=True)
    )
    return _Ordered(places, chosen, correlate_orders(first, second))


def _order_as_dict(ordered: _Ordered) -> dict[str, Any]:
    (task, subject, judge), (_, other, _) = ordered.places
    order = ordered.order
    return {
        "task": task,
        "judge": judge,
        "subjects": [subject, other],
        "metric": ordered.metric,
        "spearman": order.rho,
        "low": order.low,
        "high": order.high,
        "n": len(order.methods),
        "cases": list(order.cases),
        "means": {m: [a, b] for m, a, b in zip(order.methods, *order.means, strict=True)},
    }


def _spelled_orders(
    sides: tuple[Side, Side], found: Iterable[_Ordered], notes: Iterable[str]
) -> str:
    from assay.tables import as_text, number, plain_table

    parts: list[Any] = []
    for ordered in found:
        (task, subject, judge), (_, other, _) = ordered.places
        order = ordered.order
        table = plain_table(f"{task}, {judge}: the tools' means of {ordered.metric}")
        table.add_column("tool")
        for side, name in zip(sides, (subject, other), strict=True):
            table.add_column(f"{side.folder} ({name})", justify="right")
        for method, *means in zip(order.methods, *order.means, strict=True):
            table.add_row(method, *(number(mean) for mean in means))
        parts += [table, _say_order(order)]
    return as_text([*parts, *notes])


def _say_order(order: Order) -> str:
    from assay.measures.order import FEWEST
    from assay.tables import number

    tools, cases = len(order.methods), " and ".join(map(str, order.cases))
    if order.rho is None:
        if tools < FEWEST:
            return (
                f"No rank correlation: it takes {FEWEST} tools in both runs, and there are {tools}."
            )
        return "No rank correlation: one run gives every tool the same."
    return (
        f"Spearman's rank correlation {order.rho:.2f} [{number(order.low)}, {number(order.high)}] "
        f"over {tools} tools, {cases} cases."
    )


def place_of(cell: Cell) -> Place:
    return cell["task"], cell["subject"], cell["judge"]


def _as_dict(compared: _Compared) -> dict[str, Any]:
    task, subject, judge = compared.place
    pair = compared.pair
    return {
        "task": task,
        "subject": subject,
        "judge": judge,
        "metric": pair.metric,
        "first": compared.first,
        "second": compared.second,
        "difference": pair.difference,
        "low": pair.low,
        "high": pair.high,
        "p": pair.p,
        "cases": pair.n,
        "seeds": compared.seeds,
    }


def _spelled(sides: tuple[Side, Side], found: Iterable[_Compared], notes: Iterable[str]) -> str:
    from assay.tables import as_text, number, plain_table

    first, second = sides
    names = [first.method, second.method]
    if first.folder != second.folder:
        names = [f"{side.method} ({side.folder})" for side in sides]
    table = plain_table(f"A: {names[0]}, B: {names[1]}")
    for name in ("task", "subject", "judge", "metric"):
        table.add_column(name)
    for name in ("A", "B", "A - B [95 %]", "p", "cases", "seeds"):
        table.add_column(name, justify="right")
    for compared in found:
        pair = compared.pair
        table.add_row(
            *compared.place, pair.metric, number(compared.first), number(compared.second),
            f"{pair.difference:+.2f} [{number(pair.low)}, {number(pair.high)}]",
            number(pair.p, 3), str(pair.n), str(compared.seeds),
        )  # fmt: skip
    return as_text([table, *notes])
