"""Does the judge mean its probabilities? Temperature, calibration, stability and alarm threshold.

Pure functions of the scores that a judge gave findings whose truth is known. Whatever is fitted is
tried on cells that it was not fitted on: a judge must not favour the tools that it was tuned on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import kendalltau, norm

from assay.judges.comparison import evidence
from assay.measures.choice import correct_share

# Temperatures lie between the first and the last; the best is looked for around the best of these.
GRID = np.geomspace(0.01, 100, 81)
# Bins of confidence, equally wide. A dozen decoys and a few methods fill no more.
BINS = 5
PRECISION = 0.9
_DRAWS = 2000


@dataclass(frozen=True)
class Cells:
    """What a judge's levels said of `n` findings.

    `decoys` and `methods` (n) name the cells, `trojaned` (n) says whether the network has the
    trigger, `scores` (n, levels, options) are the judge's before it weighs them as evidence,
    `truth` (n) the index of the option that is right.
    """

    decoys: np.ndarray
    methods: np.ndarray
    trojaned: np.ndarray
    scores: np.ndarray
    truth: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def where(self, keep: np.ndarray) -> Cells:
        """The cells for which `keep` (n) is true."""
        return Cells(
            self.decoys[keep],
            self.methods[keep],
            self.trojaned[keep],
            self.scores[keep],
            self.truth[keep],
        )

    def evidence(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Of scores averaged over the levels with `weights` (levels), or alike: (n, options)."""
        return evidence(torch.from_numpy(np.average(self.scores, axis=1, weights=weights))).numpy()


def softmax(scores: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """Probabilities (n, options); `temperature` is one, or one a row (n)."""
    cold = scores / np.reshape(temperature, (-1, 1))
    odds = np.exp(cold - cold.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def mean_loss(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The mean negative log likelihood of the truth, in nats; log(options) for a guess."""
    chances = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chances, np.finfo(float).tiny)).mean())


def fit_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """The temperature that makes the truth likeliest (Guo et al. 2017, arXiv 1706.04599).

    Of scores (n, options) and truths (n). At least .01 and at most 100: where the scores say
    nothing, hotter is better without end. ValueError without cells.
    """
    if not len(truth):
        raise ValueError("a temperature can't be fitted on no cells")

    return best_temperature(lambda t: mean_loss(softmax(scores, t), truth))


def best_temperature(loss: Callable[[float], float]) -> float:
    """The temperature of the least loss, between the ends of GRID."""

    def of_log(log_temperature: float) -> float:
        return loss(math.exp(log_temperature))

    logs = np.log(GRID)
    best = int(np.argmin([of_log(x) for x in logs]))
    around = (logs[max(best - 1, 0)], logs[min(best + 1, len(logs) - 1)])
    found = minimize_scalar(of_log, bounds=around, method="bounded", options={"xatol": 1e-6})
    return float(math.exp(min(float(found.x), logs[best], key=of_log)))


@dataclass(frozen=True)
class HeldOut:
    """Each cell's probabilities (n, options) under a temperature that never saw its like.

    `temperatures` (n): fitted on the cells of other decoys and other methods.
    """

    probabilities: np.ndarray
    temperatures: np.ndarray


def held_out(cells: Cells) -> HeldOut:
    """Leaves one decoy and one method out, in turn.

    ValueError unless there are two decoys and two methods, so that something is left.
    """
    scores = cells.evidence()
    temperatures = np.empty(len(cells))
    for decoy, method in dict.fromkeys(zip(cells.decoys, cells.methods, strict=True)):
        others = (cells.decoys != decoy) & (cells.methods != method)
        if not others.any():
            raise ValueError("leaving one decoy and one method out needs two of each")
        own = (cells.decoys == decoy) & (cells.methods == method)
        temperatures[own] = fit_temperature(scores[others], cells.truth[others])
    return HeldOut(softmax(scores, temperatures), temperatures)


def top_and_right(probabilities: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The top probability (n), and whether it is the truth's (n; 1/k where k options tie)."""
    right = [
        correct_share(row.tolist(), int(i)) for row, i in zip(probabilities, truth, strict=True)
    ]
    return probabilities.max(1), np.array(right)


# --- calibration ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bin:
    """The cells whose confidence lies in (low, high]: how sure, and how often right.

    `right_low` and `right_high`: Wilson's 95 % interval of the share `right`.
    """

    low: float
    high: float
    count: int
    confidence: float
    right: float
    right_low: float
    right_high: float


def wilson(right: float, count: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (1927) of the share right / count."""
    z = float(norm.ppf(0.5 + level / 2))
    share = right / count
    middle = share + z * z / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max((middle - reach) / scale, 0.0), min((middle + reach) / scale, 1.0)


def calibration_curve(top: np.ndarray, right: np.ndarray, bins: int = BINS) -> list[Bin]:
    """Confidence against the share right, in `bins` equally wide bins; empty ones are left out."""
    places = _bin_of(top, bins)
    found = []
    for place in range(bins):
        own = places == place
        count = int(own.sum())
        if not count:
            continue
        low, high = wilson(float(right[own].sum()), count)
        found.append(
            Bin(
                low=place / bins,
                high=(place + 1) / bins,
                count=count,
                confidence=float(top[own].mean()),
                right=float(right[own].mean()),
                right_low=low,
                right_high=high,
            )
        )
    return found


def _bin_of(top: np.ndarray, bins: int) -> np.ndarray:
    # The upper edge is the bin's own, as in Guo et al.
    return np.clip(np.ceil(top * bins).astype(int) - 1, 0, bins - 1)


def calibration_error(curve: Iterable[Bin]) -> float:
    """The expected calibration error: |confidence - share right|, bins weighed by their cells."""
    listed = list(curve)
    count = sum(b.count for b in listed)
    return sum(b.count * abs(b.confidence - b.right) for b in listed) / count


def error_of_calibrated(top: np.ndarray, rng: np.random.Generator, bins: int = BINS) -> float:
    """The mean calibration error of a judge that is right exactly as often as it says.

    With few cells it is well above 0: what is drawn never falls on the diagonal.
    """
    right = rng.random((_DRAWS, len(top))) < top
    places = _bin_of(top, bins)
    errors = [abs((right[:, own] - top[own]).sum(1)) for own in (places == i for i in range(bins))]
    return float(np.sum(errors, axis=0).mean() / len(top))


# --- stability --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exchange:
    """Two methods that change places: the first's p_truth minus the second's, before and after."""

    first: str
    second: str
    before: float
    after: float


@dataclass(frozen=True)
class Change:
    """What one change of the judge does to the order; tau is None where nothing is ordered."""

    name: str
    tau: float | None
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True)
class Stability:
    """The order of the `methods` under each change; `minimum` is the lowest tau."""

    methods: tuple[str, ...]
    changes: tuple[Change, ...]
    minimum: float | None


def level_weights(levels: Sequence[str]) -> dict[str, np.ndarray]:
    """Other weights of the levels, by what is done to them.

    Each alone left out, each alone doubled, the first half doubled, the last half doubled.
    """
    n = len(levels)
    if n < 2:
        return {}
    alike = np.ones(n)
    found = {}
    for i, level in enumerate(levels):
        found[f"without {level}"] = np.where(np.arange(n) == i, 0.0, alike)
    for i, level in enumerate(levels):
        found[f"{level} doubled"] = np.where(np.arange(n) == i, 2.0, alike)
    found["first half doubled"] = np.where(np.arange(n) < n // 2, 2.0, alike)
    found["last half doubled"] = np.where(np.arange(n) >= n - n // 2, 2.0, alike)
    return found


def stability(cells: Cells, temperature: float, levels: Sequence[str]) -> Stability:
    """Kendall's tau of the methods' order by mean p_truth, before and after each change.

    The changes are those of `level_weights`, and twice the temperature.
    """
    methods = tuple(dict.fromkeys(cells.methods.tolist()))

    def means(temperature: float, weights: np.ndarray | None = None) -> np.ndarray:
        chances = softmax(cells.evidence(weights), temperature)
        p_truth = chances[np.arange(len(cells)), cells.truth]
        return np.array([p_truth[cells.methods == m].mean() for m in methods])

    before = means(temperature)
    changed = {name: means(temperature, w) for name, w in level_weights(levels).items()}
    changed["twice the temperature"] = means(2 * temperature)
    changes = tuple(
        Change(name, rank_correlation(before, after), _exchanges(methods, before, after))
        for name, after in changed.items()
    )
    taus = [c.tau for c in changes if c.tau is not None]
    return Stability(methods, changes, min(taus) if taus else None)


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """Kendall's tau-b; None where there are less than two values, or all are the same."""
    if len(a) < 2:
        return None
    # Its type stubs know no names.
    found: Any = kendalltau(a, b)
    tau = float(found.statistic)
    return None if math.isnan(tau) else tau


def _exchanges(
    methods: tuple[str, ...], before: np.ndarray, after: np.ndarray
) -> tuple[Exchange, ...]:
    pairs = (
        (i, j) if before[i] >= before[j] else (j, i)
        for i, j in combinations(range(len(methods)), 2)
    )
    return tuple(
        Exchange(methods[i], methods[j], float(before[i] - before[j]), float(after[i] - after[j]))
        for i, j in pairs
        if before[i] > before[j] and after[i] <= after[j]
    )


# --- alarm ------------------------------------------------------------------------------------


def threshold_at_precision(
    top: np.ndarray, right: np.ndarray, precision: float = PRECISION
) -> float | None:
    """The smallest confidence from which on at least so many of the answers are right.

    None where no threshold does it.
    """
    for threshold in np.unique(top):
        if right[top >= threshold].mean() >= precision - 1e-9:
            return float(threshold)
    return None
