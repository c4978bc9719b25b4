"""Which differences between methods a handful of cases can carry."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.measures.intervals import mean_intervals
from assay.measures.table import Stack, mean_over_seeds, stack

# With more cases than this, signs are drawn instead of counted through.
_MOST_EXACT = 14
_DRAWS = 20_000
# A difference is said to be carried by the data where its corrected p is below this.
CARRIED = 0.05


@dataclass(frozen=True)
class Pair:
    """The first method's mean minus the second's on the `n` cases that both have.

    Cells are paired by case and seed. `low` and `high`: 95 % bootstrap interval (cases resampled
    within kind, seeds within cases, all pairs together);
    `p`: two-sided sign-flip test; `p_holm`: the same after Holm's correction over all tests.
    """

    first: str
    second: str
    metric: str
    difference: float
    low: float | None
    high: float | None
    p: float
    p_holm: float
    n: int

    @property
    def carried(self) -> bool:
        """Whether the data tell the two apart on this metric."""
        return self.p_holm < CARRIED


def sign_flip(differences: Sequence[float]) -> float:
    """Two-sided p of a mean as far from 0, if every difference's sign were a coin's toss.

    Exact for up to 14 differences other than 0; drawn (from a fixed seed) for more.
    """
    values = np.asarray(differences, dtype=float)
    values = values[values != 0]
    if not len(values):
        return 1.0
    seen = abs(values.sum()) - 1e-9
    if len(values) <= _MOST_EXACT:
        # A flip of every sign changes nothing, so that the first may stay.
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(values) - 1)))
        signs = np.hstack([np.ones((len(signs), 1)), signs])
        return float((abs(signs @ values) >= seen).mean())
    signs = np.random.default_rng(0).choice((-1.0, 1.0), size=(_DRAWS, len(values)))
    return float((1 + (abs(signs @ values) >= seen).sum()) / (1 + _DRAWS))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down correction; in the order given, at most 1."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = highest
    return corrected


def compare(
    cells: Sequence[Mapping[str, Any]], metrics: Sequence[str], methods: Sequence[str]
) -> list[Pair]:
    """Every pair of the methods on every metric; the cells are of one task, judge and subject.

    Pairs that share fewer than two cases are left out. The correction is over all that is returned.
    """
    return compare_stacks({metric: stack(cells, metric, methods) for metric in metrics})


def compare_stacks(stacks: Mapping[str, Stack]) -> list[Pair]:
    """Every pair of the methods of each metric's stack, as `compare` does."""
    found: list[Pair] = []
    for metric, laid in stacks.items():
        places = list(itertools.combinations(range(len(laid.methods)), 2))
        names = [(laid.methods[i], laid.methods[j]) for i, j in places]
        if names:
            first, second = (laid.values[[pair[i] for pair in places]] for i in (0, 1))
            found += _pairs(names, metric, first - second, laid.kinds)
    corrected = holm([pair.p for pair in found])
    return [replace(pair, p_holm=p) for pair, p in zip(found, corrected, strict=True)]


def group_methods(ordered: Sequence[str], pairs: Iterable[Pair]) -> tuple[tuple[str, ...], ...]:
    """Methods in order of merit, cut into groups that the data can't tell apart.

    A group starts with the best that is left, and goes on until a method differs from that one on
    any metric of the pairs (Holm's p below .05), which starts the next. Members of a group are not
    told apart from its first; two of them may still differ from each other.
    """
    apart = {frozenset((p.first, p.second)) for p in pairs if p.carried}
    groups: list[list[str]] = []
    for method in ordered:
        if not groups or frozenset((groups[-1][0], method)) in apart:
            groups.append([])
        groups[-1].append(method)
    return tuple(map(tuple, groups))


def against(pairs: Iterable[Pair], method: str) -> list[Pair]:
    """Those pairs that have the method, each turned so that it comes first.

    The corrected p stay those of all pairs: a method that was picked as the best of its data has
    been compared with every other already, and a correction for fewer tests would forget that.
    """
    return [
        pair if pair.first == method else _turned(pair)
        for pair in pairs
        if method in (pair.first, pair.second)
    ]


def share_cells(first: Stack, second: Stack) -> tuple[Stack, Stack]:
    """Both on the cases and seeds that both know, with gaps where either has one."""
    cases = [case for case in first.cases if case in second.cases]
    seeds = [seed for seed in first.seeds if seed in second.seeds]
    ours, theirs = first.at(cases, seeds), second.at(cases, seeds)
    both = np.isfinite(ours.values) & np.isfinite(theirs.values)
    return (
        replace(ours, values=np.where(both, ours.values, np.nan)),
        replace(theirs, values=np.where(both, theirs.values, np.nan)),
    )


def difference(first: Stack, second: Stack, metric: str) -> Pair | None:
    """The first's (one method's) mean minus the second's, over the cells that both have.

    Cells are paired by case and seed; the p is of this one test. None with fewer than two cases.
    """
    ours, theirs = share_cells(first, second)
    names = [(first.methods[0], second.methods[0])]
    found = _pairs(names, metric, ours.values - theirs.values, ours.kinds)
    return found[0] if found else None


def _turned(pair: Pair) -> Pair:
    low, high = (None if end is None else -end for end in (pair.high, pair.low))
    return replace(
        pair,
        first=pair.second,
        second=pair.first,
        difference=-pair.difference,
        low=low,
        high=high,
    )


def _pairs(
    names: Sequence[tuple[str, str]], metric: str, apart: np.ndarray, kinds: Sequence[str]
) -> list[Pair]:
    """Pairs from their differences by cell (pairs, cases, seeds), NaN where either has a gap."""
    by_case = mean_over_seeds(apart)
    found = []
    for (first, second), row, interval in zip(
        names, by_case, mean_intervals(apart, kinds), strict=True
    ):
        there = row[np.isfinite(row)]
        if len(there) < 2:
            continue
        p = sign_flip(there.tolist())
        mean = float(there.mean())
        found.append(
            Pair(first, second, metric, mean, interval.low, interval.high, p, p, len(there))
        )
    return found
