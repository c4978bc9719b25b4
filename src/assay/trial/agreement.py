"""Does the judge say what people said? Its rank correlation with the share who were right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor

from assay.envelopes import PredictQuestion
from assay.judges.comparison import Comparing, evidence, look_at, scores
from assay.trial.calibration import best_temperature
from assay.trial.published import SHOWN_TRIGGERS, Published
from assay.trojans.insert import crop, jitter_colours

EXEMPLARS = 8
# What a probability is held above where its logarithm is taken.
TINY = 1e-9
RESAMPLES = 2000


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation, its 95 % bootstrap interval, and over how many pairs."""

    spearman: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Agreement:
    """`p_truth[method]` and `people[method]` are in the order of SHOWN_TRIGGERS.

    `temperatures`: fitted on each half of the trojans, and used on the other half.
    """

    by_cell: Correlation
    by_method: Correlation
    temperatures: tuple[float, float]
    p_truth: dict[str, tuple[float, ...]]
    people: dict[str, tuple[float, ...]]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def agreement(
    judge: Comparing,
    published: Published,
    seed: int = 0,
    report: Callable[[str], None] = lambda method: None,
) -> Agreement:
    """The judge on the patch and style rows; the question's options are the eight triggers.

    A row's prior is taken from all methods' other rows. The temperature is fitted on every second
    trojan and used on the others, and the other way round: the one under which as many people as
    were right are likeliest. So both halves are told on the people's scale, and may be compared.
    """
    methods = [m for m in published.pictures if m != "all_nine"]
    said = _scores(judge, published, methods, seed, report)
    people = np.array([published.people[m][: len(SHOWN_TRIGGERS)] for m in methods])
    truths = np.full(people.shape, np.nan)
    halves = (slice(0, None, 2), slice(1, None, 2))
    fitted = []
    for fit, use in (halves, halves[::-1]):
        best = best_temperature(
            lambda t, fit=fit: _surprise(_p_truth(said, t)[:, fit], people[:, fit])
        )
        truths[:, use] = _p_truth(said, best)[:, use]
        fitted.append(best)
    rng = np.random.default_rng(seed)
    return Agreement(
        by_cell=correlate(truths, people, rng),
        by_method=_by_method(truths, people, rng),
        temperatures=(fitted[0], fitted[1]),
        p_truth={m: tuple(row.tolist()) for m, row in zip(methods, truths, strict=True)},
        people={m: tuple(row.tolist()) for m, row in zip(methods, people, strict=True)},
    )


def _scores(
    judge: Comparing,
    published: Published,
    methods: list[str],
    seed: int,
    report: Callable[[str], None],
) -> np.ndarray:
    """The evidence for each option (last axis) for each method and row: (methods, 8, 8)."""
    question = PredictQuestion(SHOWN_TRIGGERS, exemplars_of(published.triggers, seed))
    rows = len(SHOWN_TRIGGERS)
    looked: dict[str, dict[str, Tensor]] = {}
    for method in methods:
        looked[method] = look_at(judge, published.pictures[method][:rows].flatten(0, 1))
        report(method)
    levels = judge.levels
    shown = published.pictures[methods[0]].shape[1]
    own = torch.arange(rows).repeat_interleave(shown)
    found = np.empty((len(methods), rows, rows))
    for row in range(rows):
        # The prior is made of pictures as they are, as the judge's own reference is.
        others = {k: torch.cat([looked[m][k][own != row, 0] for m in methods]) for k in levels}
        about = own[own != row].repeat(len(methods))
        for i, method in enumerate(methods):
            mine = {k: looked[method][k][own == row] for k in levels}
            said = scores(judge, question, mine, others, about)
            found[i, row] = evidence(said.mean((0, 1))).double().numpy()
    return found


def exemplars_of(triggers: Tensor, seed: int) -> tuple[Tensor, ...]:
    """EXEMPLARS pictures of each trigger (n, 3, s, s): itself, then cropped and recoloured."""
    rng = torch.Generator().manual_seed(seed)
    found = []
    for trigger in triggers:
        copies = trigger.expand(EXEMPLARS - 1, -1, -1, -1)
        varied = jitter_colours(crop(copies, rng, (0.55, 1.0)), rng)
        found.append(torch.cat([trigger[None], varied]))
    return tuple(found)


def _p_truth(scores: np.ndarray, temperature: float) -> np.ndarray:
    """The probability of each row's own trigger: (methods, 8)."""
    shifted = scores / temperature
    shifted = shifted - shifted.max(2, keepdims=True)
    odds = np.exp(shifted)
    return np.diagonal(odds / odds.sum(2, keepdims=True), axis1=1, axis2=2)


def _surprise(p_truth: np.ndarray, people: np.ndarray) -> float:
    """The mean negative log likelihood of the shares of people who were right, in nats."""
    right, wrong = (np.log(np.maximum(p, TINY)) for p in (p_truth, 1 - p_truth))
    return float(-(people * right + (1 - people) * wrong).mean())


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def correlate(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> Correlation:
    """Spearman's correlation over all pairs of two arrays of the same shape, pairs resampled."""
    a, b = first.ravel(), second.ravel()
    drawn = [rng.integers(len(a), size=len(a)) for _ in range(RESAMPLES)]
    return _interval(_spearman(a, b), [_spearman(a[i], b[i]) for i in drawn], len(a))


def _by_method(truths: np.ndarray, people: np.ndarray, rng: np.random.Generator) -> Correlation:
    """Methods' means; the trojans are resampled."""
    columns = truths.shape[1]
    drawn = [rng.integers(columns, size=columns) for _ in range(RESAMPLES)]
    resampled = [_spearman(truths[:, i].mean(1), people[:, i].mean(1)) for i in drawn]
    return _interval(_spearman(truths.mean(1), people.mean(1)), resampled, len(truths))


def _interval(value: float, resampled: list[float], n: int) -> Correlation:
    low, high = np.nanquantile(resampled, (0.025, 0.975))
    return Correlation(value, float(low), float(high), n)
