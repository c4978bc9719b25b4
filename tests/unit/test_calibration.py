"""Calibration: planted temperatures, errors worked out by hand, and cells that are left out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay.judges.comparison import FAINT
from assay.trial.calibration import (
    Cells,
    calibration_curve,
    calibration_error,
    error_of_calibrated,
    fit_temperature,
    held_out,
    level_weights,
    mean_loss,
    softmax,
    stability,
    threshold_at_precision,
    top_and_right,
    wilson,
)


def drawn(n: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, 8), and truths drawn from what they mean at that temperature."""
    rng = np.random.default_rng(seed)
    scores = rng.exponential(size=(n, 8)) * 2 * temperature
    chances = softmax(scores, temperature)
    truth = (chances.cumsum(1) > rng.random((n, 1))).argmax(1)
    return scores, truth


def worth(evidence: np.ndarray) -> np.ndarray:
    """Scores (from 0) of that evidence (n, options), up to what a softmax doesn't see."""
    return FAINT * np.expm1(evidence - evidence.min(1, keepdims=True))


def make_cells(methods: dict[str, np.ndarray], truth: np.ndarray, trojaned: bool = True) -> Cells:
    """Of one level: `methods[name]` is the evidence (decoys, options), `truth` (decoys)."""
    decoys = [f"decoy{i}" for i in range(len(truth))]
    return Cells(
        decoys=np.array(decoys * len(methods)),
        methods=np.repeat(list(methods), len(truth)),
        trojaned=np.full(len(truth) * len(methods), trojaned),
        scores=worth(np.concatenate(list(methods.values())))[:, None],
        truth=np.tile(truth, len(methods)),
    )


@pytest.mark.parametrize("temperature", [0.05, 0.3, 4.0])
def test_a_planted_temperature_is_found_again(temperature: float) -> None:
    scores, truth = drawn(6000, temperature)
    assert fit_temperature(scores, truth) == pytest.approx(temperature, rel=0.05)


def test_the_fitted_temperature_is_the_best_one() -> None:
    scores, truth = drawn(300, 0.3)
    best = fit_temperature(scores, truth)
    loss = mean_loss(softmax(scores, best), truth)
    for factor in (0.97, 1.03):
        assert loss < mean_loss(softmax(scores, best * factor), truth)


def test_scores_that_say_nothing_are_no_better_than_a_guess() -> None:
    truth = np.arange(16) % 8
    scores = np.random.default_rng(0).normal(size=(16, 8))
    # Each truth once under the same scores: hotter is always better.
    level = np.repeat(scores[:2], 8, axis=0)
    found = fit_temperature(level, truth)
    assert found > 50
    assert mean_loss(softmax(level, found), truth) == pytest.approx(math.log(8), abs=1e-3)
    with pytest.raises(ValueError, match="no cells"):
        fit_temperature(scores[:0], truth[:0])


def test_a_cells_own_decoy_and_method_are_left_out() -> None:
    scores, truth = drawn(16, 0.3)
    good = scores + 2.0 * np.eye(8)[truth]
    methods = {"first": good, "second": 0.8 * good, "liar": -0.1 * good}
    cells = make_cells(methods, truth)
    found = held_out(cells)
    lies = cells.methods == "liar"
    # Who lies has a temperature that the honest ones made, and spoils only theirs.
    honest = cells.where(~lies & (cells.decoys != "decoy7"))
    own = found.temperatures[lies & (cells.decoys == "decoy7")]
    assert own == pytest.approx(fit_temperature(honest.evidence(), honest.truth))
    assert found.temperatures[lies].max() < found.temperatures[~lies].min()
    louder = held_out(make_cells({**methods, "liar": -0.2 * good}, truth))
    assert louder.temperatures[lies] == pytest.approx(found.temperatures[lies])
    assert abs(louder.temperatures[~lies] - found.temperatures[~lies]).min() > 1e-3
    # The same for a decoy.
    bent = {name: own.copy() for name, own in methods.items()}
    for own in bent.values():
        own[7] = own[7][::-1] * 9
    at = cells.decoys == "decoy7"
    assert held_out(make_cells(bent, truth)).temperatures[at] == pytest.approx(
        found.temperatures[at]
    )
    assert found.probabilities.sum(1) == pytest.approx(1)


def test_leaving_out_needs_two_of_each() -> None:
    scores, truth = drawn(4, 0.3)
    with pytest.raises(ValueError, match="two of each"):
        held_out(make_cells({"only": scores}, truth))


# --- calibration ------------------------------------------------------------------------------


def test_a_judge_that_means_what_it_says_has_no_error() -> None:
    scores, truth = drawn(20000, 0.3)
    curve = calibration_curve(*top_and_right(softmax(scores, 0.3), truth))
    assert calibration_error(curve) < 0.015
    assert sum(b.count for b in curve) == 20000
    assert len(curve) == 5
    too_sure = calibration_curve(*top_and_right(softmax(scores, 0.05), truth))
    assert calibration_error(too_sure) > 0.2


def test_the_error_of_an_overconfident_judge_by_hand() -> None:
    top = np.repeat([0.9, 0.5], 10)
    right = np.tile([1.0, 0.0], 10)
    low, high = curve = calibration_curve(top, right)
    assert (low.low, low.high, high.low, high.high) == (0.4, 0.6, 0.8, 1.0)
    assert (low.confidence, low.right, high.confidence, high.right) == pytest.approx(
        (0.5, 0.5, 0.9, 0.5)
    )
    # Half of the cells are off by .4.
    assert calibration_error(curve) == pytest.approx(0.2)
    # Shares of 5 in 10.
    assert (high.right_low, high.right_high) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_edges_belong_to_the_lower_bin() -> None:
    (only,) = calibration_curve(np.array([0.6, 0.41]), np.array([1.0, 0.0]))
    assert (only.low, only.count) == (0.4, 2)
    (first,) = calibration_curve(np.array([0.125]), np.array([0.125]))
    assert first.low == 0


def test_intervals_of_shares() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_few_cells_look_worse_than_they_are() -> None:
    few, many = np.full(10, 0.5), np.full(1000, 0.5)
    found = [error_of_calibrated(top, np.random.default_rng(0)) for top in (few, many)]
    # The mean distance of a binomial's share from one half: 252 / 2048 for ten tosses.
    assert found[0] == pytest.approx(252 / 2048, abs=0.006)
    assert found[1] == pytest.approx(math.sqrt(0.25 / 1000) * math.sqrt(2 / math.pi), rel=0.1)


def test_a_tie_is_shared() -> None:
    top, right = top_and_right(np.array([[0.4, 0.4, 0.2], [0.1, 0.8, 0.1]]), np.array([1, 0]))
    assert (top.tolist(), right.tolist()) == ([0.4, 0.8], [0.5, 0.0])


# --- stability --------------------------------------------------------------------------------


def test_the_order_of_the_methods_by_hand() -> None:
    """Two levels, two options, the truth is the first: its odds are 1 + score / FAINT to 1."""
    scores = np.zeros((3, 2, 2))
    scores[0, :, 0] = (2, 0)
    scores[1, :, 0] = (0, 3)
    cells = Cells(
        decoys=np.array(["d"] * 3),
        methods=np.array(["a", "b", "c"]),
        trojaned=np.ones(3, bool),
        scores=scores,
        truth=np.zeros(3, int),
    )
    found = stability(cells, 1.0, ("early", "late"))
    taus = {c.name: c.tau for c in found.changes}
    assert found.methods == ("a", "b", "c")
    assert taus == pytest.approx(
        {
            # Beside one pair that ties: both others right, or one right and one wrong.
            "without early": 2 / math.sqrt(6),
            "without late": 0.0,
            "early doubled": 1 / 3,
            "late doubled": 1.0,
            "first half doubled": 1 / 3,
            "last half doubled": 1.0,
            "twice the temperature": 1.0,
        }
    )
    assert found.minimum == pytest.approx(0.0)
    (swap,) = next(c.exchanges for c in found.changes if c.name == "early doubled")
    assert (swap.first, swap.second) == ("b", "a")

    def chance(score: float) -> float:
        odds = 1 + score / FAINT
        return odds / (odds + 1)

    assert swap.before == pytest.approx(chance(1.5) - chance(1))
    assert swap.after == pytest.approx(chance(1) - chance(4 / 3))


def test_one_level_or_one_method_orders_nothing() -> None:
    assert level_weights(("only",)) == {}
    scores, truth = drawn(3, 0.3)
    found = stability(make_cells({"a": scores}, truth), 0.3, ("only",))
    assert [(c.name, c.tau) for c in found.changes] == [("twice the temperature", None)]
    assert found.minimum is None


def test_weights_of_three_levels() -> None:
    found = {name: w.tolist() for name, w in level_weights(("a", "b", "c")).items()}
    assert found["without b"] == [1, 0, 1]
    assert found["c doubled"] == [1, 1, 2]
    assert found["first half doubled"] == [2, 1, 1]
    assert found["last half doubled"] == [1, 1, 2]


# --- alarm ------------------------------------------------------------------------------------


def test_the_threshold_by_hand() -> None:
    top = np.array([0.9, 0.3, 0.5, 0.6, 0.7, 0.8])
    right = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 1.0])
    assert threshold_at_precision(top, right) == 0.7
    # Four of the five from .5 on.
    assert threshold_at_precision(top, right, 0.8) == 0.5
    assert threshold_at_precision(top, np.ones(6)) == 0.3
    assert threshold_at_precision(top, np.zeros(6)) is None
