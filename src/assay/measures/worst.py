"""The worst quarter of the cases without flattery or slander, and points by kind.

Whoever picks the lowest values of a table and averages those same values reports bad luck as
badness: with noise alone, the "worst quarter" lies far below the mean. Here the cases are picked on
one seed and scored on the others, in rotation.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from assay.measures.intervals import Estimate, percentile_interval, resample_cases

# The quarter is sorted in every resample, which no product of matrices does.
_RESAMPLES = 2_000


def why_no_worst_quarter(seeds: int) -> str | None:
    """The sentence that stands where the worst quarter would, None where there is one."""
    if seeds >= 2:
        return None
    return (
        "The worst quarter is not told: its cases are picked on one seed and scored on the others, "
        "and there is one seed."
    )


def worst_quarter(values: np.ndarray) -> float | None:
    """The mean of the worst quarter of a table cases x seeds; None where no case has two seeds.

    Each seed in turn picks the quarter (rounded up) of the cases that are lowest on it, and these
    are scored by their means over the other seeds; the result is the mean over the turns. Where
    cases tie for the last places, they share them. NaN marks a gap: a case takes part in a turn
    if it has the picking seed and another.
    """
    turns = [scored_elsewhere(values, seed) for seed in range(values.shape[1])]
    found = [value for value in turns if value is not None]
    return float(np.mean(found)) if found else None


def scored_elsewhere(values: np.ndarray, seed: int) -> float | None:
    """The mean over the other seeds of the quarter of the cases that is lowest on `seed`."""
    others = np.delete(values, seed, axis=1)
    score = _mean_of_lowest(values[None, :, seed], _row_means(others)[None])[0]
    return float(score) if np.isfinite(score) else None


def worst_quarter_estimate(values: np.ndarray, kinds: Sequence[str]) -> Estimate:
    """The worst quarter with its 95 % interval; `n` counts the cases with two seeds or more.

    Trojans are resampled within kind. Within each, the seed that picks is drawn, and those that
    score are drawn with replacement from the rest, so that no resample scores a case on the very
    value that has picked it.
    """
    value = worst_quarter(values)
    n = int((np.isfinite(values).sum(1) >= 2).sum())
    if value is None or n < 2:
        return Estimate(value, None, None, n)
    interval = percentile_interval(_resampled(values, kinds))
    return Estimate(value, interval.low, interval.high, n)


def kind_means(by_case: np.ndarray, kinds: Sequence[str]) -> dict[str, float | None]:
    """The mean of the cases of each kind, in their order; None where none has a value."""
    labels = np.asarray(list(kinds))
    found: dict[str, float | None] = {}
    for kind in dict.fromkeys(kinds):
        own = by_case[labels == kind]
        own = own[np.isfinite(own)]
        found[kind] = float(own.mean()) if own.size else None
    return found


def _resampled(values: np.ndarray, kinds: Sequence[str]) -> np.ndarray:
    """Worst quarters (resamples,)."""
    rng = np.random.default_rng(0)
    cases, seeds = values.shape
    drawn = resample_cases(kinds, _RESAMPLES, rng)
    # Every seed of a case picks once, in an order that starts anywhere.
    start = rng.integers(seeds, size=drawn.shape)
    turns = []
    for turn in range(seeds):
        picking = (start + turn) % seeds
        apart = rng.integers(1, seeds, size=(*drawn.shape, seeds - 1))
        scoring = (picking[:, :, None] + apart) % seeds
        scores = values[drawn[:, :, None], scoring].reshape(-1, seeds - 1)
        means = _row_means(scores).reshape(_RESAMPLES, cases)
        turns.append(_mean_of_lowest(values[drawn, picking], means))
    return _row_means(np.stack(turns, axis=1))


def _mean_of_lowest(picks: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Of each row (rows, cases), the mean score of the quarter with the lowest picks; or NaN."""
    there = np.isfinite(picks) & np.isfinite(scores)
    wanted = np.ceil(there.sum(1) / 4).astype(int)
    ordered = np.sort(np.where(there, picks, np.inf), axis=1)
    bar = np.take_along_axis(ordered, np.maximum(wanted - 1, 0)[:, None], axis=1)
    below, level = there & (picks < bar), there & (picks == bar)
    # Cases that tie for the last places share them.
    share = (wanted - below.sum(1)) / np.maximum(level.sum(1), 1)
    total = (np.where(there, scores, 0.0) * (below + level * share[:, None])).sum(1)
    return np.where(wanted > 0, total / np.maximum(wanted, 1), np.nan)


def _row_means(table: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        # A row of gaps only has a gap for its mean.
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(table, axis=1)
