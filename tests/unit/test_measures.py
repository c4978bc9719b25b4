"""Measures on hand-worked values, a perfect case and a chance case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.measures.choice import auroc, correct_share
from assay.measures.intervals import mean_interval, resample_cases
from assay.measures.table import grid, rows


def test_correct_share_counts_ties_by_parts():
    assert correct_share([0.2, 0.5, 0.3], 1) == 1
    assert correct_share([0.2, 0.5, 0.3], 0) == 0
    assert correct_share([0.4, 0.4, 0.2], 1) == 0.5
    assert correct_share([0.125] * 8, 3) == 0.125


def test_correct_share_refuses_what_is_no_answer():
    with pytest.raises(ValueError, match="out of range"):
        correct_share([0.5, 0.5], 2)
    with pytest.raises(ValueError, match="finite"):
        correct_share([0.5, float("nan")], 0)


def test_auroc_by_hand():
    assert auroc([3, 4], [1, 2]) == 1
    assert auroc([1, 2], [3, 4]) == 0
    # Of four pairs: 2 > 1, 2 = 2, 3 > 1, 3 > 2.
    assert auroc([2, 3], [1, 2]) == pytest.approx(3.5 / 4)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8))
def test_auroc_of_a_set_against_itself_is_a_half(scores):
    assert auroc(scores, scores) == pytest.approx(0.5)


def test_cases_are_resampled_within_their_kind():
    drawn = resample_cases(["a", "a", "b"], 200, np.random.default_rng(0))
    assert set(np.unique(drawn[:, :2])) == {0, 1}
    assert (drawn[:, 2] == 2).all()


def test_interval_of_a_constant_is_a_point_and_of_one_case_is_missing():
    interval = mean_interval(np.full((4, 2), 0.25), ["a"] * 4)
    assert interval.low == interval.high == 0.25
    assert mean_interval(np.array([[1.0]]), ["a"]).low is None


def test_interval_covers_the_mean_of_a_coin():
    table = np.random.default_rng(1).integers(0, 2, (48, 1)).astype(float)
    interval = mean_interval(table, ["a"] * 48)
    assert interval.low < 0.5 < interval.high
    assert 0.15 < interval.high - interval.low < 0.40


def cell(case: str, subject: str, p: float, top: float | None, **more):
    twin_of = "net-trojaned" if subject == "net" else None
    return {
        "task": "rediscover",
        "method": "tool",
        "judge": "judge",
        "subject": subject,
        "twin_of": twin_of,
        "case": case,
        "kind": "patch",
        "seed": 0,
        "status": "ok",
        "metrics": {"correct": float(p > 0.5), "p_truth": p},
        "top": top,
        "seconds": 2.0,
        "passes": 10,
        **more,
    }


def test_rows_against_the_twin_by_hand():
    cells = [
        cell("a", "net-trojaned", 0.9, 0.9),
        cell("b", "net-trojaned", 0.3, 0.6),
        cell("a", "net", 0.1, 0.5),
        cell("b", "net", 0.2, 0.7),
    ]
    found = {(r.subject, r.metric): r for r in rows(cells)}
    correct = found["net-trojaned", "correct"]
    assert (correct.mean, correct.worst, correct.worst_case, correct.n) == (0.5, 0.0, "b", 2)
    assert (correct.seconds, correct.passes) == (2.0, 10)
    # Whatever one seed has picked, there is none to score it on.
    assert correct.worst_quarter is None
    assert found["net-trojaned", "gain"].mean == pytest.approx((0.8 + 0.1) / 2)
    assert found["net-trojaned", "leak"].mean == pytest.approx(0.15)
    assert found["net-trojaned", "detect"].mean == pytest.approx(3 / 4)
    assert ("net", "gain") not in found


def test_a_failed_cell_is_no_zero():
    cells = [
        cell("a", "net-trojaned", 0.9, 0.9),
        cell("b", "net-trojaned", 0.0, None, status="failed", metrics={}),
    ]
    found = {r.metric: r for r in rows(cells)}
    assert found["correct"].mean == 1.0
    assert found["correct"].n == 1
    nothing = rows([cells[1]])
    assert nothing[0].mean is None
    assert nothing[0].n == 0


def test_seeds_are_averaged_within_a_case_first():
    cells = [
        cell("a", "net-trojaned", 1.0, 1.0),
        cell("a", "net-trojaned", 0.0, 1.0, seed=1),
        cell("b", "net-trojaned", 0.6, 1.0),
    ]
    table = grid(cells, "p_truth")
    assert table.by_case.tolist() == [0.5, 0.6]
    row = next(r for r in rows(cells) if r.metric == "p_truth")
    assert row.mean == pytest.approx(0.55)
    assert row.n == 3
    # Only the first case has another seed: picked on 1 and scored 0, and the other way round.
    assert row.worst_quarter == pytest.approx(0.5)
