"""Several runs of the same methods on different cases, taken as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.measures.intervals import Estimate, mean_intervals
from assay.measures.pairs import Pair, compare_stacks
from assay.measures.table import Stack, stack
from assay.measures.worst import worst_quarter_estimate

Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Pooled:
    """One metric of the methods over the cases of all runs.

    `means` and `quarters` (the worst quarter) are one a method, `by_run` one a method and run (None
    where nothing is measured), `pairs` of the tools, corrected together. `by_trigger`: the same
    pairs where cases of one name, which have one trigger and several targets, are one; empty where
    no two cases share a name. `cases` is how many there are in each run, `triggers` how many have
    names of their own, `seeds` how many in the run that has most.
    """

    methods: tuple[str, ...]
    means: tuple[Estimate, ...]
    quarters: tuple[Estimate, ...]
    by_run: tuple[tuple[float | None, ...], ...]
    pairs: tuple[Pair, ...]
    by_trigger: tuple[Pair, ...]
    cases: tuple[int, ...]
    triggers: int
    seeds: int


def shared_cases(runs: Sequence[tuple[str, Sequence[Cell]]]) -> list[tuple[str, str, str, str]]:
    """Cases that two runs have of the same subject: (run, run, subject, case)."""
    owners: dict[tuple[str, str], int] = {}
    found = {}
    for i, (name, cells) in enumerate(runs):
        for cell in cells:
            at = cell["subject"], cell["case"]
            if (owner := owners.setdefault(at, i)) != i:
                found[at] = (runs[owner][0], name, *at)
    return list(found.values())


def pool_runs(
    runs: Sequence[tuple[str, Sequence[Cell]]],
    metric: str,
    methods: Sequence[str],
    tools: Sequence[str],
) -> Pooled:
    """The table of all runs' cells of one task and judge, each run under its own name.

    Every case weighs the same, whichever run it is of. Resampling draws the cases of each kind of
    each run among themselves, since the runs were chosen and not drawn.
    """
    cells, owners, triggers, kinds = [], {}, {}, {}
    for name, own in runs:
        for c in own:
            kind = c["kind"] and f"{c['kind']} ({name})"
            cells.append({**c, "case": f"{c['case']} ({name})", "kind": kind})
            owners[cells[-1]["case"]] = name
            triggers[cells[-1]["case"]] = c["case"]
            # A cell that is still to be computed doesn't know its kind.
            kinds |= {c["case"]: c["kind"]} if c["kind"] else {}
    laid = stack(cells, metric, methods)
    by_case = laid.by_case
    owner = np.array([owners[case] for case in laid.cases])
    joined = _by_trigger(laid, triggers, kinds)
    shared = len(joined.cases) < len(laid.cases)
    return Pooled(
        methods=laid.methods,
        means=tuple(
            Estimate(_mean(row), interval.low, interval.high, int(np.isfinite(row).sum()))
            for row, interval in zip(by_case, mean_intervals(laid.values, laid.kinds), strict=True)
        ),
        quarters=tuple(worst_quarter_estimate(values, laid.kinds) for values in laid.values),
        by_run=tuple(tuple(_mean(row[owner == name]) for name, _ in runs) for row in by_case),
        pairs=tuple(compare_stacks({metric: laid.of(tools)})),
        by_trigger=tuple(compare_stacks({metric: joined.of(tools)})) if shared else (),
        cases=tuple(int((owner == name).sum()) for name, _ in runs),
        triggers=len(joined.cases),
        seeds=len(laid.seeds),
    )


def _by_trigger(laid: Stack, triggers: Mapping[str, str], kinds: Mapping[str, str]) -> Stack:
    """The stack with cases of one trigger as one case, and their means in the seeds' places."""
    members: dict[str, list[int]] = {}
    for i, case in enumerate(laid.cases):
        members.setdefault(triggers[case], []).append(i)
    values = np.full((len(laid.methods), len(members), max(map(len, members.values()))), np.nan)
    for row, own in enumerate(members.values()):
        values[:, row, : len(own)] = laid.by_case[:, own]
    return Stack(
        methods=laid.methods,
        cases=tuple(members),
        kinds=tuple(kinds.get(name, "") for name in members),
        seeds=tuple(range(values.shape[2])),
        values=values,
    )


def _mean(values: np.ndarray) -> float | None:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else None
