"""Which differences between methods a handful of cases can carry."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.measures.intervals import mean_interval
from assay.measures.table import grid

# With more cases than this, signs are drawn instead of counted through.
_MOST_EXACT = 14
_DRAWS = 20_000
# A difference is said to be carried by the data where its corrected p is below this.
CARRIED = 0.05


@dataclass(frozen=True)
class Pair:
    """The first method's mean minus the second's on the `n` cases that both have.

    `low` and `high`: 95 % bootstrap interval (cases resampled within kind, both methods together);
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
    found = [
        pair
        for metric in metrics
        for first, second in itertools.combinations(methods, 2)
        if (pair := _pair(cells, metric, first, second)) is not None
    ]
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


def _pair(cells: Sequence[Mapping[str, Any]], metric: str, first: str, second: str) -> Pair | None:
    ours, theirs = (
        grid([c for c in cells if c["method"] == method and c["status"] == "ok"], metric)
        for method in (first, second)
    )
    if not ours.cases or not theirs.cases:
        return None
    other = dict(zip(theirs.cases, theirs.by_case, strict=True))
    apart = ours.by_case - np.array([other.get(case, np.nan) for case in ours.cases])
    there = np.isfinite(apart)
    if there.sum() < 2:
        return None
    kinds = [kind for kind, here in zip(ours.kinds, there, strict=True) if here]
    apart = apart[there]
    interval = mean_interval(apart[:, None], kinds)
    p = sign_flip(apart.tolist())
    return Pair(
        first, second, metric, float(apart.mean()), interval.low, interval.high, p, p, len(apart)
    )
