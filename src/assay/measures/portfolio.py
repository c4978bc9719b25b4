"""What methods are worth together: the oracle over them, each one's share in it, the best few.

The union oracle takes, of each case, the answer of whichever method was best; nobody who doesn't
know the truth can. What somebody can do is combine the answers: `pool` is the rule here.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.measures.choice import correct_share
from assay.measures.intervals import Estimate, mean_intervals
from assay.measures.table import Stack, mean_over_seeds

# Smaller gaps between the oracle and the best single method are none.
_TIE = 1e-9
# Sums of the same numbers in another order are a tie, whatever rounding does to them.
_DIGITS = 9


@dataclass(frozen=True)
class Answers:
    """What the judge said: `probabilities` (methods, cases, seeds, options), NaN where nothing.

    `truth` (cases, seeds) are the true options' places, -1 where they are not known.
    """

    probabilities: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Pick:
    """The best `k` methods by their union oracle; numbers are of cases that had no part in that.

    `methods` are those picked on all cases, `share` in how many of the folds the same were.
    `oracle`: the held-out cases' union oracle; `pooled`: the same answers combined without the
    truth; `closed`: how much of the way from the best single method to the oracle that goes (below
    0: it falls behind the single one; None: there is no way to go, or no answers). `again`: the
    oracle over `k` seeds of the best single method, which cost as much; None with fewer seeds.
    `passes`: the methods' together, a cell; None where one's are not known.
    """

    k: int
    methods: tuple[str, ...]
    share: float
    oracle: float
    pooled: float | None
    closed: float | None
    again: float | None
    passes: float | None


@dataclass(frozen=True)
class Portfolio:
    """The methods together on one metric, over the `n` cells (case and seed) that all of them have.

    `oracle`: the mean of the best of all methods; `single`: the best single method and its mean on
    the same cells; `marginal`: by method, the oracle minus the oracle without it.
    """

    metric: str
    methods: tuple[str, ...]
    n: int
    oracle: Estimate
    single: tuple[str, float]
    marginal: dict[str, Estimate]
    picks: tuple[Pick, ...]


def union_oracle(values: np.ndarray) -> np.ndarray:
    """The best of the methods by cell: (methods, ...) -> (...); NaN where one has a gap.

    Were gaps passed over, the oracle of more methods would be of other cells.
    """
    return values.max(axis=0)


def pool(probabilities: np.ndarray) -> np.ndarray:
    """One answer of several (methods, ..., options): the mean of the probabilities.

    The linear opinion pool (Stone 1961). Its probability of the truth is the mean of the methods',
    never above the best one's; what it may gain is the number of right answers.
    """
    return probabilities.mean(axis=0)


def make_portfolio(
    stack: Stack,
    metric: str,
    passes: Mapping[str, float | None],
    answers: Answers | None = None,
    budget: float | None = None,
) -> Portfolio | None:
    """The methods of the stack together; None with fewer than two methods or cases to compare.

    `passes` are each method's, a cell. With a `budget`, methods are picked whose passes are known
    and together within it. `answers` are in the stack's order.
    """
    complete = np.asarray(np.isfinite(stack.values).all(0))
    if len(stack.methods) < 2 or complete.any(1).sum() < 2:
        return None
    values = np.where(complete, stack.values, np.nan)
    means = np.round(np.nanmean(mean_over_seeds(values), axis=1), _DIGITS)
    best = int(means.argmax())
    oracle, marginal = _marginal_values(values, stack)
    return Portfolio(
        metric=metric,
        methods=stack.methods,
        n=int(complete.sum()),
        oracle=oracle,
        single=(stack.methods[best], float(means[best])),
        marginal=marginal,
        picks=tuple(_picks(values, stack, metric, _Purse(passes, budget), answers)),
    )


def _marginal_values(values: np.ndarray, stack: Stack) -> tuple[Estimate, dict[str, Estimate]]:
    """The union oracle, and what it loses without each method; intervals share their resamples."""
    whole = union_oracle(values)
    without = [union_oracle(np.delete(values, i, axis=0)) for i in range(len(values))]
    rows = np.stack([whole, *(whole - less for less in without)])
    n = int(np.isfinite(whole).any(1).sum())
    estimates = [
        Estimate(float(np.nanmean(mean_over_seeds(row))), interval.low, interval.high, n)
        for row, interval in zip(rows, mean_intervals(rows, stack.kinds), strict=True)
    ]
    return estimates[0], dict(zip(stack.methods, estimates[1:], strict=True))


# --- the best few -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Purse:
    """What methods cost, and what may be spent."""

    passes: Mapping[str, float | None]
    budget: float | None

    def cost(self, methods: Sequence[str]) -> float | None:
        known = [self.passes.get(method) for method in methods]
        return None if None in known else sum(p for p in known if p is not None)

    def affords(self, methods: Sequence[str]) -> bool:
        cost = self.cost(methods)
        return self.budget is None or (cost is not None and cost <= self.budget)


@dataclass(frozen=True)
class _Chosen:
    """A set of methods (their places) chosen on all cases, and on all but one: by that one."""

    whole: tuple[int, ...]
    folds: dict[int, tuple[int, ...]]


def _picks(
    values: np.ndarray, stack: Stack, metric: str, purse: _Purse, answers: Answers | None
) -> list[Pick]:
    """For each number of methods the best ones, chosen and scored by leaving a case out."""
    found: list[Pick] = []
    single = _choose(values, stack.methods, 1, purse)
    if single is None:
        return found
    alone = _held_out(values, single)
    for k in range(1, len(stack.methods) + 1):
        chosen = _choose(values, stack.methods, k, purse)
        if chosen is None:
            break
        oracle = _held_out(values, chosen)
        pooled = None if answers is None else _pooled(values, chosen, metric, answers)
        methods = tuple(stack.methods[i] for i in chosen.whole)
        found.append(
            Pick(
                k=k,
                methods=methods,
                share=float(np.mean([fold == chosen.whole for fold in chosen.folds.values()])),
                oracle=oracle,
                pooled=pooled,
                closed=_closed(alone, pooled, oracle),
                again=_seeds_again(values, single, k),
                passes=purse.cost(methods),
            )
        )
    return found


def _choose(values: np.ndarray, methods: Sequence[str], k: int, purse: _Purse) -> _Chosen | None:
    """The `k` methods with the highest union oracle; the cheaper ones where sets tie.

    All sets are tried. None where no set is within the budget.
    """

    def cost(places: Sequence[int]) -> float:
        known = purse.cost([methods[i] for i in places])
        return np.inf if known is None else known

    sets = [
        places
        for places in itertools.combinations(range(len(methods)), k)
        if purse.affords([methods[i] for i in places])
    ]
    if not sets:
        return None
    # The first of several that tie is taken.
    sets.sort(key=cost)
    oracles = np.stack([mean_over_seeds(union_oracle(values[list(places)])) for places in sets])
    there = np.flatnonzero(np.isfinite(oracles[0]))
    total = oracles[:, there].sum(1)

    def best(sums: np.ndarray) -> tuple[int, ...]:
        return sets[int(np.round(sums, _DIGITS).argmax())]

    folds = {int(case): best(total - oracles[:, case]) for case in there}
    return _Chosen(best(total), folds)


def _held_out(values: np.ndarray, chosen: _Chosen) -> float:
    """The mean of each case's union oracle, over the methods that the other cases chose."""
    return float(
        np.mean(
            [
                np.nanmean(union_oracle(values[list(places), case]))
                for case, places in chosen.folds.items()
            ]
        )
    )


def _pooled(values: np.ndarray, chosen: _Chosen, metric: str, answers: Answers) -> float | None:
    """The same cells, answered by the pool of the chosen methods; None if an answer is not known.

    Of metrics other than `correct` and `p_truth` nothing is known.
    """
    scores = []
    for case, places in chosen.folds.items():
        own = []
        for seed in np.flatnonzero(np.isfinite(values[0, case])):
            truth = int(answers.truth[case, seed])
            answer = pool(answers.probabilities[list(places), case, seed])
            if truth < 0 or not np.isfinite(answer).all():
                return None
            own.append(_grade(answer, truth, metric))
        scores.append(np.mean(own))
    return float(np.mean(scores)) if metric in ("correct", "p_truth") else None


def _grade(answer: np.ndarray, truth: int, metric: str) -> float:
    return correct_share(answer.tolist(), truth) if metric == "correct" else float(answer[truth])


def _closed(alone: float, pooled: float | None, oracle: float) -> float | None:
    if pooled is None or oracle - alone <= _TIE:
        return None
    return (pooled - alone) / (oracle - alone)


def _seeds_again(values: np.ndarray, single: _Chosen, k: int) -> float | None:
    """The mean over cases of the best of `k` seeds of the single method; None with fewer seeds."""
    found = []
    for case, (place,) in single.folds.items():
        own = values[place, case][np.isfinite(values[place, case])]
        if len(own) < k:
            return None
        found.append(np.mean([max(some) for some in itertools.combinations(own.tolist(), k)]))
    return float(np.mean(found))
