"""How well probabilities foresee yes and no, and what picking by them is worth.

`chances` (n) are probabilities in [0, 1], `answers` (n) what came of it: 1 or 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.measures.choice import auroc

# Probabilities are held against frequencies in so many bins, equally wide.
BINS = 5


def foresight(chances: Sequence[float], answers: Sequence[float]) -> float | None:
    """AUROC of the chances, in [0, 1] (.5 is chance); None where all answers are the same."""
    said, came = _both(chances, answers)
    if came.all() or not came.any():
        return None
    return auroc(said[came].tolist(), said[~came].tolist())


def brier(chances: Sequence[float], answers: Sequence[float]) -> float:
    """The mean square of chance minus answer (Brier 1950), in [0, 1], lower is better.

    Always saying the share of yes, p, gives p (1 - p).
    """
    said, came = _both(chances, answers)
    return float(np.mean((said - came) ** 2))


def calibration(chances: Sequence[float], answers: Sequence[float]) -> float:
    """By how much probabilities miss frequencies, in [0, 1], lower is better.

    The expected calibration error: in each of BINS bins |mean chance - share of yes|, weighed by
    how many pictures are in it. Who always says the share of yes has none, and foresees nothing.
    """
    said, came = _both(chances, answers)
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    apart = [abs(said[places == b].sum() - came[places == b].sum()) for b in range(BINS)]
    return float(sum(apart) / len(said))


def success_of_highest(chances: Sequence[float], success: Sequence[float], k: int) -> float:
    """The mean `success` of the k with the highest chances.

    Those that tie for the last places share them: what a draw among them expects. So where all tie,
    it is the mean of all.
    """
    said, worth = np.asarray(chances, dtype=float), np.asarray(success, dtype=float)
    if said.shape != worth.shape or not 1 <= k <= len(said):
        raise ValueError(f"the {k} highest of {len(said)} chances, for {len(worth)} successes")
    last = np.sort(said)[-k]
    above, tied = said > last, said == last
    share = (k - above.sum()) / tied.sum()
    return float((worth[above].sum() + share * worth[tied].sum()) / k)


def _both(chances: Sequence[float], answers: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    said, came = np.asarray(chances, dtype=float), np.asarray(answers, dtype=bool)
    if said.shape != came.shape or not said.size:
        raise ValueError(f"{len(said)} chances for {len(came)} answers")
    return said, came
