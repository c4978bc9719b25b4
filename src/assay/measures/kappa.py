"""How often two raters say the same, beyond what chance would have it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.measures.choice import TIE
from assay.measures.intervals import RESAMPLES, Interval, percentile_interval, resample_cases


def spread(probabilities: Sequence[float]) -> np.ndarray:
    """A rater's likeliest category as shares (k,) that sum to 1: m that tie get 1/m each."""
    values = np.asarray(probabilities, dtype=float)
    best = values >= values.max() - TIE
    return best / best.sum()


def kappa(first: np.ndarray, second: np.ndarray) -> float | None:
    """Cohen's (1960) kappa of two raters' answers, nominal: 1 for the same, 0 for chance.

    Each is (n, k): a row for an item, with 1 in the category that the rater named (or shares that
    sum to 1, where it couldn't decide: the expected agreement of a rater that then draws one).
    None where there is no item, or both name one and the same category throughout.
    """
    if not len(first):
        return None
    value = float(_kappas(first[None], second[None])[0])
    return value if np.isfinite(value) else None


def kappa_interval(
    first: np.ndarray, second: np.ndarray, strata: Sequence[str], seed: int = 0
) -> Interval:
    """The 95 % bootstrap interval of `kappa`; items are drawn within their stratum."""
    if len(first) < 2:
        return Interval(None, None)
    drawn = resample_cases(strata, RESAMPLES, np.random.default_rng(seed))
    values = _kappas(first[drawn], second[drawn])
    # A resample in which both name one category throughout has none.
    values = values[np.isfinite(values)]
    return percentile_interval(values) if len(values) else Interval(None, None)


def _kappas(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Kappa of each of many samples: (samples, n, k) twice gives (samples,), with NaN for none."""
    seen = (first * second).sum(2).mean(1)
    expected = (first.mean(1) * second.mean(1)).sum(1)
    left = 1 - expected
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(left > 1e-12, (seen - expected) / left, np.nan)
