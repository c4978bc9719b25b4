"""What an answer to a multiple-choice question is worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Probabilities closer than this are a tie.
TIE = 1e-9


def correct_share(probabilities: Sequence[float], index: int) -> float:
    """1 if option `index` is the likeliest, 1/k if it is among k that tie for it, else 0.

    Raises ValueError for probabilities that are not finite, or an index out of range.
    """
    values = np.asarray(probabilities, dtype=float)
    if not 0 <= index < len(values):
        raise ValueError(f"option {index} is out of range: there are {len(values)}")
    if not np.isfinite(values).all():
        raise ValueError("the probabilities are not finite numbers")
    best = values >= values.max() - TIE
    return float(best[index] / best.sum())


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive's score is above a negative's, ties counted half (Hanley 1982).

    Raises ValueError if either is empty.
    """
    above = np.asarray(positive, dtype=float)[:, None]
    below = np.asarray(negative, dtype=float)[None, :]
    if not above.size or not below.size:
        raise ValueError("AUROC needs at least one score of each kind")
    return float((above > below).mean() + 0.5 * (above == below).mean())
