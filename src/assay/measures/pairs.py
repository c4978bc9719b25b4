"""Which differences between methods a handful of cases can carry."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.measures.intervals import Interval, mean_interval
from assay.measures.table import grid

# With more cases than this, signs are drawn instead of counted through.
_MOST_EXACT = 14
_DRAWS = 20_000


@dataclass(frozen=True)
class Pair:
    """The first method's mean minus the second's on the `n` cases that both have.

    `low` and `high`: 95 % bootstrap interval (cases resampled within kind, both methods together);
    `p`: two-sided sign-flip test; `p_holm`: the same after Holm's correction over the pairs.
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


def compare(cells: Sequence[Mapping[str, Any]], metric: str, methods: Sequence[str]) -> list[Pair]:
    """Every pair of the methods, on the cells of one task, judge and subject.

    Pairs that share fewer than two cases are left out.
    """
    tables = {
        m: grid([c for c in cells if c["method"] == m and c["status"] == "ok"], metric)
        for m in methods
    }
    found: list[tuple[str, str, float, Interval, float, int]] = []
    for first, second in itertools.combinations(methods, 2):
        ours, theirs = (
            dict(zip(tables[m].cases, tables[m].by_case, strict=True)) if tables[m].cases else {}
            for m in (first, second)
        )
        kinds = dict(zip(tables[first].cases, tables[first].kinds, strict=True))
        shared = [c for c in ours if c in theirs and np.isfinite([ours[c], theirs[c]]).all()]
        if len(shared) < 2:
            continue
        apart = np.array([ours[c] - theirs[c] for c in shared])
        interval = mean_interval(apart[:, None], [kinds[c] for c in shared])
        found.append(
            (first, second, float(apart.mean()), interval, sign_flip(apart.tolist()), len(shared))
        )
    corrected = holm([p for *_, p, _ in found])
    return [
        Pair(first, second, metric, mean, interval.low, interval.high, p, p_holm, n)
        for (first, second, mean, interval, p, n), p_holm in zip(found, corrected, strict=True)
    ]
