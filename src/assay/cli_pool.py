"""The command that takes several runs of the same methods, on different cases, as one table."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.cli_compare import Place, Side, metric_of, notes_of, place_of

if TYPE_CHECKING:
    from assay.measures.pooling import Pooled

# What is no tool's and no row beside the tools': these are the same in any run, or bounds.
_LEFT_OUT = ("bound", "fixture", "ceiling")


# A run and one of its places.
Share = tuple[Side, Place]


@dataclass(frozen=True)
class _Table:
    """One task and judge in all runs: the networks that were asked, and what comes out together."""

    shares: tuple[Share, ...]
    metric: str
    pooled: Pooled


def pool(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of results.")],
    metric: Annotated[
        str | None, typer.Option(help="A metric of the task (its headline by default).")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="A judge of the runs (the one that ranks by default).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print one table of several networks, of one run or more, that the same methods looked into.

    More cases tell more methods apart. Each method's mean over all cases with its 95 % interval,
    its worst quarter and its mean on each network, and which tools the data tell apart.
    """
    sides = _sides(runs)
    tables = [_table(shares, metric) for shares in _shares(sides, judge)]
    notes = list(dict.fromkeys(note for table in tables for note in _notes(table.shares)))
    if as_json:
        said = {
            "runs": [str(side.folder) for side in sides],
            "tables": [
                {
                    "task": table.shares[0][1][0],
                    "judge": table.shares[0][1][2],
                    "networks": [[str(side.folder), place[1]] for side, place in table.shares],
                    "metric": table.metric,
                    **asdict(table.pooled),
                }
                for table in tables
            ],
            "notes": notes,
        }
        print(json.dumps(said, indent=1, allow_nan=False))
        return
    print(_spelled(tables, notes))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("pool")(pool)


def _sides(folders: Sequence[Path]) -> list[Side]:
    """Each run with its cells, but those of clean twins."""
    from assay.results import Results

    sides = []
    for folder in folders:
        results = Results(folder)
        sides.append(Side("", folder, results, [c for c in results.cells() if not c["twin_of"]]))
    return sides


def _shares(sides: Sequence[Side], judge: str | None) -> list[tuple[Share, ...]]:
    """Of each task whose judge picks an option all networks of all runs that have it.

    AssayError where there is none that every run has, or only one network.
    """
    from assay.checks import near_name
    from assay.measures.judges import seat_judges
    from assay.types import AssayError

    known = dict.fromkeys(c["judge"] for side in sides for c in side.cells)
    if judge is not None and judge not in known:
        raise AssayError(f"there is no judge {judge!r}{near_name(judge, known)}")
    asked = [(s.task, judge or s.first) for s in seat_judges(sides[0].cells) if s.chooses]
    found = []
    for task, by in dict.fromkeys(asked):
        own = [
            [
                (side, p)
                for p in dict.fromkeys(map(place_of, side.cells))
                if (p[0], p[2]) == (task, by)
            ]
            for side in sides
        ]
        if all(own):
            found.append(tuple(itertools.chain(*own)))
    if not found:
        raise AssayError("the runs have no task in common in which one judge picks an option")
    if all(len(shares) == 1 for shares in found):
        raise AssayError(
            f"{sides[0].folder} has one network, whose table `assay table` prints: "
            "give another run as well"
        )
    return found


def _table(shares: tuple[Share, ...], metric: str | None) -> _Table:
    from assay.measures.pooling import pool_runs, shared_cases
    from assay.types import AssayError

    runs = [(_named(side, place), side.at(place)) for side, place in shares]
    if shared := shared_cases(runs):
        first, second, subject, case = shared[0]
        raise AssayError(
            f"{first} and {second} both have the case {case!r} of {subject}: "
            "a case counts once, so give one of these runs"
        )
    sides, places = [side for side, _ in shares], [place for _, place in shares]
    chosen = metric_of(sides, places, metric)
    methods = _methods(sides[0], [cells for _, cells in runs])
    tools = [m for m in methods if sides[0].results.suite.role(m) == "tool"]
    return _Table(shares, chosen, pool_runs(runs, chosen, methods, tools))


def _named(side: Side, place: Place) -> str:
    return f"{side.folder} ({place[1]})"


def _methods(first: Side, runs: Sequence[list[dict[str, Any]]]) -> list[str]:
    """The rows that every network has, in the first run's order; AssayError without a tool."""
    from assay.types import AssayError

    there = [{c["method"] for c in cells} for cells in runs]
    role = first.results.suite.role
    methods = [
        m
        for m in dict.fromkeys(c["method"] for c in runs[0])
        if role(m) not in _LEFT_OUT and all(m in names for names in there)
    ]
    if not any(role(m) == "tool" for m in methods):
        raise AssayError("the runs have no tool in common: nothing to take together")
    return methods


def _notes(shares: Sequence[Share]) -> list[str]:
    (first, place), *others = shares
    return [note for side, other in others for note in notes_of((first, side), (place, other))]


def _spelled(tables: Sequence[_Table], notes: Sequence[str]) -> str:
    from assay.measures.worst import why_no_worst_quarter
    from assay.tables import as_text, number, plain_table, with_interval

    parts: list[Any] = []
    for made in tables:
        pooled = made.pooled
        task, _, judge = made.shares[0][1]
        cases = " + ".join(map(str, pooled.cases))
        table = plain_table(f"{task}, {judge}: {made.metric} over {cases} cases")
        table.add_column("method")
        for name in ("mean [95 %]", "worst quarter [95 %]"):
            table.add_column(name, justify="right")
        for side, place in made.shares:
            table.add_column(_named(side, place), justify="right")
        for method, mean, quarter, own in zip(
            pooled.methods, pooled.means, pooled.quarters, pooled.by_run, strict=True
        ):
            table.add_row(
                method,
                with_interval(mean.value, mean.low, mean.high),
                with_interval(quarter.value, quarter.low, quarter.high),
                *(number(value) for value in own),
            )
        why = why_no_worst_quarter(pooled.seeds) or _partly(pooled)
        parts += [table, *_apart(pooled), *([why] if why else [])]
    return as_text([*parts, *notes])


def _partly(pooled: Pooled) -> str | None:
    """The sentence where the worst quarter is of some cases only, since others have one seed."""
    there, cases = max(quarter.n for quarter in pooled.quarters), sum(pooled.cases)
    if there == cases:
        return None
    return f"The worst quarter is of the {there} of {cases} cases that have two seeds or more."


def _apart(pooled: Pooled) -> list[str]:
    """Which tools the data tell apart, a line each; or that there are none."""
    from assay.tables import number

    found = sorted((p for p in pooled.pairs if p.carried), key=lambda p: p.p_holm)
    if not found:
        if not pooled.pairs:
            return []
        least = min(pair.p_holm for pair in pooled.pairs)
        return [
            f"No two of the tools are told apart: of {len(pooled.pairs)} pairs the least p is "
            f"{number(least, 3)} after Holm's correction."
        ]
    stricter = {(p.first, p.second): p.p_holm for p in pooled.by_trigger}
    said = []
    for pair in found:
        up = pair.difference > 0
        more, less = (pair.first, pair.second) if up else (pair.second, pair.first)
        at = stricter.get((pair.first, pair.second))
        said.append(
            f"{more} is above {less} by {abs(pair.difference):.2f} "
            f"(p {number(pair.p_holm, 3)} after Holm's correction over {len(pooled.pairs)} pairs"
            f"{'' if at is None else f', {number(at, 3)} with a trigger as one case'})."
        )
    if pooled.by_trigger:
        said.append(
            f"The {sum(pooled.cases)} cases have {pooled.triggers} triggers: cases of one trigger "
            "are alike, and who asks about other triggers goes by the second p."
        )
    return said
