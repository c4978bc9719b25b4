"""Intervals by resampling: cases within their kind, seeds within cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000


@dataclass(frozen=True)
class Interval:
    """A percentile interval; None where there is nothing to resample."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % bootstrap interval, and over how many it was taken; None: unknown."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def resample_cases(kinds: Sequence[str], resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Indices (resamples, cases): each kind's cases drawn with replacement among themselves."""
    labels = np.asarray(list(kinds))
    drawn = np.empty((resamples, len(labels)), dtype=np.intp)
    for kind in dict.fromkeys(kinds):
        members = np.flatnonzero(labels == kind)
        drawn[:, members] = members[rng.integers(len(members), size=(resamples, len(members)))]
    return drawn


def resample_means(
    stack: np.ndarray, kinds: Sequence[str], resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """Means (rows, resamples) of a stack rows x cases x seeds, resampled on both levels.

    Cases are drawn within their kind, and for each drawn one as many of its seeds as it has. The
    draws are the same for every row, so that the difference of two rows is one of pairs. NaN marks
    a gap: a case weighs the same, however many of its seeds are there, and nothing where it has
    none. A resample of gaps only has NaN.
    """
    rng = np.random.default_rng(seed)
    rows, cases, seeds = stack.shape
    drawn = resample_cases(kinds, resamples, rng)
    # With one seed there is nothing to draw.
    within = rng.random((resamples, cases, seeds)) if seeds > 1 else np.zeros((1, 1, 1))
    there = np.isfinite(stack)
    means = np.empty((rows, resamples))
    # A resample's mean is a weighted sum of the cells: one product of matrices for all rows that
    # have the same gaps.
    patterns, which = np.unique(there.reshape(rows, -1), axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        alike = np.flatnonzero(which.ravel() == i)
        weights = _cell_weights(pattern.reshape(cases, seeds), drawn, within)
        values = np.where(pattern, stack[alike].reshape(len(alike), -1), 0.0)
        means[alike] = values @ weights.T
    return means


def _cell_weights(there: np.ndarray, drawn: np.ndarray, within: np.ndarray) -> np.ndarray:
    """How much each cell counts in each resample's mean: (resamples, cases * seeds).

    `there` (cases, seeds) says which cells are no gaps; `within` are uniform numbers.
    """
    resamples, (cases, seeds) = len(drawn), there.shape
    # The seeds that a case has, before those that it lacks.
    order = np.argsort(~there, axis=1, kind="stable")
    has = there.sum(1)[drawn][:, :, None]
    cell = drawn[:, :, None] * seeds + order[drawn[:, :, None], (within * has).astype(np.intp)]
    counts = (np.arange(seeds) < has) / np.maximum(has, 1)
    at = np.arange(resamples)[:, None, None] * (cases * seeds) + cell
    weights = np.bincount(at.ravel(), counts.ravel(), resamples * cases * seeds)
    weights = weights.reshape(resamples, cases * seeds)
    with np.errstate(invalid="ignore"):
        return weights / weights.sum(1, keepdims=True)


def percentile_interval(samples: np.ndarray, level: float = 0.95) -> Interval:
    """The central interval of the samples."""
    tail = (1 - level) / 2 * 100
    low, high = np.nanpercentile(samples, [tail, 100 - tail])
    return Interval(float(low), float(high))


def mean_intervals(stack: np.ndarray, kinds: Sequence[str]) -> list[Interval]:
    """The 95 % interval of each row's mean in a stack rows x cases x seeds, resampled alike.

    A row with values of fewer than two cases has none.
    """
    enough = np.isfinite(stack).any(2).sum(1) >= 2
    if not enough.any():
        return [Interval(None, None)] * len(stack)
    means = resample_means(stack, kinds)
    return [
        percentile_interval(row) if there else Interval(None, None)
        for row, there in zip(means, enough, strict=True)
    ]


def mean_interval(table: np.ndarray, kinds: Sequence[str]) -> Interval:
    """The 95 % interval of the mean of a table cases x seeds."""
    return mean_intervals(table[None], kinds)[0]


def upper_bound(table: np.ndarray, kinds: Sequence[str], level: float = 0.95) -> float | None:
    """The one-sided upper bound of the mean of a table cases x seeds; None with fewer than two.

    The quantile `level` of the means of the same resamples as the interval's.
    """
    if table.shape[0] < 2 or not np.isfinite(table).any():
        return None
    return float(np.nanpercentile(resample_means(table[None], kinds)[0], 100 * level))


def paired_interval(
    first: np.ndarray,
    second: np.ndarray,
    kinds: Sequence[str],
    statistic: Callable[[np.ndarray, np.ndarray], np.ndarray],
    seed: int = 0,
) -> Interval:
    """The 95 % interval of a statistic of two rows (cases,), resampled together.

    `statistic` maps two arrays (resamples, cases) to (resamples,).
    """
    if len(first) < 2:
        return Interval(None, None)
    drawn = resample_cases(kinds, RESAMPLES, np.random.default_rng(seed))
    return percentile_interval(statistic(first[drawn], second[drawn]))
