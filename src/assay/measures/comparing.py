"""What a device's methods are worth beside each other: the worst, the kinds, the best, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.measures.gates import RIVALS
from assay.measures.intervals import Estimate
from assay.measures.pairs import Pair, against
from assay.measures.portfolio import Answers, Portfolio, make_portfolio
from assay.measures.ranking import Ranking
from assay.measures.table import Stack, stack
from assay.measures.worst import kind_means, why_no_worst_quarter, worst_quarter_estimate

Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Worth:
    """What one method is worth on one metric; None is "not measured".

    `quarter`: the worst quarter of the cases; `worst`: the lowest case, `worst_case`, by its mean
    over the seeds, without an interval: one case has none; `by_kind`: the mean of each kind's
    cases; `behind`: the best method minus this one, where there is a best and it is another.
    """

    mean: float | None
    quarter: Estimate
    worst: float | None
    worst_case: str | None
    by_kind: dict[str, float | None]
    behind: Pair | None


@dataclass(frozen=True)
class Comparison:
    """The rivals and floors of one device, in the order of its ranking, by metric.

    `best` is the tool with the highest mean and `portfolios` (by metric) what the tools are worth
    together: both only where the device ranks; `why_not` says why it doesn't. `why_no_quarter`: the
    sentence in place of the worst quarters, if there is one seed.
    """

    methods: tuple[str, ...]
    metrics: tuple[str, ...]
    kinds: tuple[str, ...]
    worth: dict[str, dict[str, Worth]]
    best: str | None
    portfolios: dict[str, Portfolio]
    why_not: str | None
    why_no_quarter: str | None


def compare_methods(
    cells: Sequence[Cell],
    ranking: Ranking,
    roles: Mapping[str, str],
    metrics: Sequence[str],
    answers: Answers | None = None,
) -> Comparison:
    """The comparison of a device's methods; `cells` are its own, `roles` say what each row is.

    `answers` are those of the tools (`tools_of`), cases and seeds as `table.stack` lays them out.
    """
    methods = tuple(m for m in ranking.order if roles[m] in (*RIVALS, "floor"))
    tools = tools_of(ranking, roles)
    best = tools[0] if ranking.ranks and tools else None
    laid = {metric: stack(cells, metric, methods) for metric in metrics}
    seeds = len({c["seed"] for c in cells if c["status"] == "ok"})
    portfolios = {}
    if best is not None:
        passes = {method: _passes(cells, method) for method in tools}
        for metric, whole in laid.items():
            made = make_portfolio(whole.of(tools), metric, passes, answers)
            portfolios |= {metric: made} if made is not None else {}
    return Comparison(
        methods=methods,
        metrics=tuple(metrics),
        kinds=tuple(dict.fromkeys(kind for whole in laid.values() for kind in whole.kinds)),
        worth={
            method: {
                m: _worth(whole.of([method]), _behind(ranking, best, method, m))
                for m, whole in laid.items()
            }
            for method in methods
        },
        best=best,
        portfolios=portfolios,
        why_not=None if best is not None else ranking.why or ranking.few,
        why_no_quarter=why_no_worst_quarter(seeds),
    )


def tools_of(ranking: Ranking, roles: Mapping[str, str]) -> tuple[str, ...]:
    """The tools in the order of the ranking."""
    return tuple(method for method in ranking.order if roles[method] == "tool")


def _worth(own: Stack, behind: Pair | None) -> Worth:
    """Of a stack of one method."""
    by_case = own.by_case[0]
    there = np.isfinite(by_case)
    lowest = int(np.nanargmin(by_case)) if there.any() else None
    return Worth(
        mean=float(by_case[there].mean()) if lowest is not None else None,
        quarter=worst_quarter_estimate(own.values[0], own.kinds),
        worst=float(by_case[lowest]) if lowest is not None else None,
        worst_case=own.cases[lowest] if lowest is not None else None,
        by_kind=kind_means(by_case, own.kinds),
        behind=behind,
    )


def _behind(ranking: Ranking, best: str | None, method: str, metric: str) -> Pair | None:
    if best is None:
        return None
    pairs = against([pair for pair in ranking.pairs if pair.metric == metric], best)
    return next((pair for pair in pairs if pair.second == method), None)


def _passes(cells: Sequence[Cell], method: str) -> float | None:
    found = [c["passes"] for c in cells if c["method"] == method and c["passes"] is not None]
    return float(np.mean(found)) if found else None
