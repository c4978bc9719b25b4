"""Whether two tables order the methods alike: on implants and on natural shortcuts, say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from assay.measures.intervals import Interval, percentile_interval, resample_means
from assay.measures.table import Stack

# Fewer have too few orders for a correlation of ranks to say anything.
FEWEST = 3


@dataclass(frozen=True)
class Order:
    """Spearman's rank correlation of methods' means in two tables, in [-1, 1].

    `methods` are those that have a value in both, with their `means` in each; `cases` is how many
    cases each table has. `low` and `high` are a 95 % interval: cases are drawn within their kinds,
    in each table by itself, since they are others. None where there are fewer than three methods,
    or one table gives all of them the same.
    """

    rho: float | None
    low: float | None
    high: float | None
    methods: tuple[str, ...]
    means: tuple[tuple[float, ...], tuple[float, ...]]
    cases: tuple[int, int]


def correlate_orders(first: Stack, second: Stack) -> Order:
    """The correlation over the methods of both; a mean is that over cases of that over seeds."""
    there = [set(_measured(table)) for table in (first, second)]
    methods = tuple(m for m in first.methods if m in there[0] & there[1])
    own = [table.of(methods) for table in (first, second)]
    means = [_means(table) for table in own]
    cases = [int(np.isfinite(table.by_case).any(0).sum()) if methods else 0 for table in own]
    rho = spearman_columns(means[0][:, None], means[1][:, None])[0] if methods else np.nan
    if len(methods) < FEWEST or not np.isfinite(rho):
        rho, interval = None, Interval(None, None)
    else:
        rho, interval = float(rho), _interval(own)
    return Order(
        rho,
        interval.low,
        interval.high,
        methods,
        (tuple(means[0].tolist()), tuple(means[1].tolist())),
        (cases[0], cases[1]),
    )


def spearman_columns(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each column of two tables (rows, columns); NaN for none.

    Ties share their ranks; a column whose values are all the same has no ranks to correlate.
    """
    ranks = [rankdata(table, axis=0) for table in (first, second)]
    a, b = (r - r.mean(0) for r in ranks)
    norm = np.sqrt((a**2).sum(0) * (b**2).sum(0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norm > 0, (a * b).sum(0) / norm, np.nan)


def _measured(table: Stack) -> list[str]:
    return [m for m, own in zip(table.methods, table.values, strict=True) if np.isfinite(own).any()]


def _means(table: Stack) -> np.ndarray:
    return np.nanmean(table.by_case, axis=1) if table.methods else np.empty(0)


def _interval(tables: list[Stack]) -> Interval:
    if min(len(table.cases) for table in tables) < 2:
        return Interval(None, None)
    # Other draws for the second table: its cases are others, and share no luck with the first's.
    drawn = [resample_means(t.values, t.kinds, seed=i) for i, t in enumerate(tables)]
    found = spearman_columns(*drawn)
    # A resample in which all are the same says that the order is unknown, and is left out.
    return percentile_interval(found) if np.isfinite(found).any() else Interval(None, None)
