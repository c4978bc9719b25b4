"""Intervals by resampling: cases within their kind, seeds within cases."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000


@dataclass(frozen=True)
class Interval:
    """A percentile interval; None where there is nothing to resample."""

    low: float | None
    high: float | None


def resample_cases(kinds: Sequence[str], resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Indices (resamples, cases): each kind's cases drawn with replacement among themselves."""
    labels = np.asarray(kinds)
    drawn = np.empty((resamples, len(labels)), dtype=np.intp)
    for kind in dict.fromkeys(kinds):
        members = np.flatnonzero(labels == kind)
        drawn[:, members] = members[rng.integers(len(members), size=(resamples, len(members)))]
    return drawn


def resample_means(
    table: np.ndarray, kinds: Sequence[str], resamples: int = RESAMPLES, seed: int = 0
) -> np.ndarray:
    """Means (resamples,) of a table cases x seeds, resampled on both levels; NaN marks a gap.

    Every case weighs the same, however many of its seeds are there.
    """
    rng = np.random.default_rng(seed)
    cases, seeds = table.shape
    drawn = resample_cases(kinds, resamples, rng)
    if seeds == 1:
        return _mean_over_cases(table[drawn, 0])
    within = rng.integers(seeds, size=(resamples, cases, seeds))
    picked = table[drawn[:, :, None], within]
    with np.errstate(invalid="ignore"):
        filled = np.isfinite(picked).sum(2)
        per_case = np.where(filled > 0, np.nansum(picked, 2) / np.maximum(filled, 1), np.nan)
    return _mean_over_cases(per_case)


def _mean_over_cases(values: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        # A resample may hold gaps only: its mean is a gap, and percentiles leave it out.
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values, axis=1)


def percentile_interval(samples: np.ndarray, level: float = 0.95) -> Interval:
    """The central interval of the samples."""
    tail = (1 - level) / 2 * 100
    low, high = np.nanpercentile(samples, [tail, 100 - tail])
    return Interval(float(low), float(high))


def mean_interval(table: np.ndarray, kinds: Sequence[str]) -> Interval:
    """The 95 % interval of the mean of a table cases x seeds."""
    if table.shape[0] < 2 or not np.isfinite(table).any():
        return Interval(None, None)
    return percentile_interval(resample_means(table, kinds))


def upper_bound(table: np.ndarray, kinds: Sequence[str], level: float = 0.95) -> float | None:
    """The one-sided upper bound of the mean of a table cases x seeds; None with fewer than two.

    The quantile `level` of the means of the same resamples as the interval's.
    """
    if table.shape[0] < 2 or not np.isfinite(table).any():
        return None
    return float(np.nanpercentile(resample_means(table, kinds), 100 * level))


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
