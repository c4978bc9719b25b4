"""How far a best picture, a tool's own measure and a judge's confidence can be taken at their word.

All three make a tool look better than it is: by showing the best of many, by scoring itself, and by
persuading whoever looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from assay.measures.intervals import Estimate, mean_interval

Cell = Mapping[str, Any]
# Fewer have too few orders for a correlation of ranks to say anything.
FEWEST = 3


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation in [-1, 1] with its two-sided `p`, over `n` pairs.

    None where there are fewer than three, or all of one side are the same.
    """

    rho: float | None
    p: float | None
    n: int


@dataclass(frozen=True)
class Validity:
    """Spearman's rank correlation of a tool's own measure with what it was worth, in [-1, 1].

    `rho` with its two-sided `p`, over all `n` values; `within` is the mean of the correlations
    within single cases (`cases` of them had any), which easy and hard cases don't make. None where
    there are fewer than three values, or all of one side are the same.
    """

    rho: float | None
    p: float | None
    n: int
    within: float | None
    cases: int


@dataclass(frozen=True)
class Persuasion:
    """The judge's mean highest probability where it was `wrong`, and where it was `right`.

    `gap` is wrong minus right: 0 or more for findings that persuade whether they are right or not.
    None where the judge was never wrong, or never right. `n` counts the cells.
    """

    wrong: float | None
    right: float | None
    gap: float | None
    n: int


def cherry_pick_premium(
    candidates: np.ndarray, together: Sequence[float], kinds: Sequence[str]
) -> Estimate:
    """What showing the best candidate of each case would add to the score.

    `candidates` (cases, candidates) are the scores of single candidates, NaN for those that aren't
    there, and `together` (cases,) the score of the same finding as a whole; the premium is the mean
    over cases of the best candidate's score minus the latter. Even candidates that know nothing
    have one: the best of several draws is above their mean.
    """
    whole = np.asarray(together, dtype=float)
    there = np.isfinite(candidates).any(1) & np.isfinite(whole)
    if not there.any():
        return Estimate(None, None, None, 0)
    premium = np.nanmax(candidates[there], axis=1) - whole[there]
    some = [kind for kind, here in zip(kinds, there, strict=True) if here]
    interval = mean_interval(premium[:, None], some)
    return Estimate(float(premium.mean()), interval.low, interval.high, len(premium))


def proxy_validity(
    own: Sequence[float | None], worth: Sequence[float | None], cases: Sequence[str]
) -> Validity:
    """Whether a tool's own measure tells the good findings from the bad ones.

    `own` is the measure of each candidate or finding, the higher the better by the tool's account
    (of a loss, hand in its negative), `worth` what the judge made of it (`correct` or `p_truth`),
    `cases` which case it was made for. Values that lack either side are left out.
    """
    known = [
        (mine, value, case)
        for mine, value, case in zip(own, worth, cases, strict=True)
        if mine is not None and value is not None
    ]
    rho, p = _spearman([k[0] for k in known], [k[1] for k in known])
    inside = []
    for case in dict.fromkeys(k[2] for k in known):
        some = [k for k in known if k[2] == case]
        inside.append(_spearman([k[0] for k in some], [k[1] for k in some])[0])
    found = [r for r in inside if r is not None]
    return Validity(rho, p, len(known), float(np.mean(found)) if found else None, len(found))


def findability(strength: Mapping[str, float], worth: Mapping[str, float]) -> Correlation:
    """Whether the cases that are implanted more strongly are found more: both by case's name.

    Cases that lack either side are left out.
    """
    shared = [case for case in worth if case in strength]
    rho, p = _spearman([strength[c] for c in shared], [worth[c] for c in shared])
    return Correlation(rho, p, len(shared))


def persuasion_gap(cells: Iterable[Cell]) -> Persuasion:
    """How sure the judge is of wrong answers, and how much surer than of right ones.

    The cells are those of `measures.table.rows`. One that is partly right (options tie) counts on
    both sides by its share; one without `correct` or `top` nowhere.
    """
    known = [
        (c["top"], c["metrics"]["correct"])
        for c in cells
        if c["status"] == "ok" and c["top"] is not None and "correct" in c["metrics"]
    ]
    tops, correct = np.array(known, dtype=float).reshape(-1, 2).T
    right = _weighted_mean(tops, correct)
    wrong = _weighted_mean(tops, 1 - correct)
    gap = None if wrong is None or right is None else wrong - right
    return Persuasion(wrong, right, gap, len(known))


def _weighted_mean(values: np.ndarray, weights: np.ndarray) -> float | None:
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else None


def _spearman(first: Sequence[float], second: Sequence[float]) -> tuple[float | None, float | None]:
    # Of values that are all the same there are no ranks to correlate.
    if len(first) < FEWEST or len(set(first)) < 2 or len(set(second)) < 2:
        return None, None
    found: Any = spearmanr(first, second)
    return float(found.statistic), float(found.pvalue)
