"""The gates of the measuring device, and which differences the data carry, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from assay.measures.gates import check, holds
from assay.measures.pairs import compare, holm, sign_flip


def cells(method: str, values: list[float], metric: str = "p_truth", **more: Any) -> list[dict]:
    return [
        {
            "task": "t", "judge": "j", "subject": "s", "twin_of": None, "case": f"c{i}",
            "kind": "k", "method": method, "seed": 0, "metrics": {metric: v}, "status": "ok",
            "top": None, **more,
        }
        for i, v in enumerate(values)
    ]  # fmt: skip


def device(correct: list[float], noise: list[float], shuffled: list[float]) -> list[dict]:
    return cells("ideal", correct, "correct") + cells("noise", noise) + cells("shuffled", shuffled)


def test_a_device_that_holds() -> None:
    gates = check(device([1, 1], [0.10, 0.15], [0.075, 0.075]))
    assert [g.name for g in gates] == ["ideal", "noise", "shuffled"]
    assert holds(gates)
    assert gates[1].value == pytest.approx(0.125)
    assert (gates[1].low, gates[1].high) == pytest.approx((0.075, 0.175))
    assert "2 of 2" in gates[0].sentence


@pytest.mark.parametrize(
    ("made", "bad", "told"),
    [
        (([1, 0.5], [0.1, 0.1], [0.1, 0.1]), "ideal", "only 1 of 2"),
        (([1, 1], [0.30, 0.10], [0.1, 0.1]), "noise", "favours the truth"),
        (([1, 1], [0.1, 0.1], [0.01, 0.02]), "shuffled", "pushed away"),
        (([1, 1], [], [0.1, 0.1]), "noise", "not measured"),
        (([1], [0.1, 0.1], [0.1, 0.1]), "ideal", "not complete"),
    ],
)
def test_what_breaks_a_device_is_named(made: tuple, bad: str, told: str) -> None:
    gates = check(device(*made))
    assert [g.name for g in gates if not g.passed] == [bad]
    assert told in next(g for g in gates if g.name == bad).sentence
    assert not holds(gates)


def test_twins_and_tasks_without_options_have_no_gates() -> None:
    assert check(cells("noise", [0.9], subject="clean", twin_of="s")) == []
    assert check(cells("noise", [0.9], "effect")) == []


def test_the_band_is_about_chance() -> None:
    gates = check(device([1], [0.25], [0.25]), options=4)
    assert holds(gates)
    assert not holds(check(device([1], [0.25], [0.25])))


HOLDS = device([1] * 12, [0.1] * 12, [0.1] * 12)


def test_fixtures_have_gates_where_there_are_any() -> None:
    made = HOLDS + cells("invisible", [0.125] * 12) + cells("small", [1] * 9 + [0] * 3, "correct")
    gates = check(made)
    assert [g.name for g in gates] == ["ideal", "noise", "shuffled", "invisible", "small"]
    assert holds(gates)
    unseen, small = gates[3:]
    assert (unseen.value, unseen.high) == (0.125, 0.25)
    assert (small.value, small.low) == (0.75, 0.75)
    assert "right on 9 of 12" in small.sentence


def test_a_judge_that_says_what_no_reader_says_breaks_the_device() -> None:
    assert "blind reader" not in [g.name for g in check(HOLDS)]
    agrees, differs = check(HOLDS, kappa=0.4)[-1], check(HOLDS, kappa=0.39)[-1]
    assert (agrees.name, agrees.passed, agrees.value) == ("blind reader", True, 0.4)
    assert not differs.passed
    assert "kappa 0.39 (at least 0.40 is wanted): it does not say" in differs.sentence
    assert not holds(check(HOLDS, kappa=0.39))


def test_one_case_less_and_the_device_is_broken() -> None:
    made = cells("half_hidden", [1] * 8 + [0.5] + [0] * 3, "correct")
    gate = check(HOLDS + made)[-1]
    assert (gate.name, gate.passed) == ("half_hidden", False)
    assert "trigger half hidden (`half_hidden`)" in gate.sentence
    assert "only 8.5 of 12 (at least 9 are wanted)" in gate.sentence
    assert not holds(check(HOLDS + made))


def test_it_is_the_bound_of_what_is_unseen_that_counts() -> None:
    # A mean of .24 stays below .25, the bound of values so far apart does not.
    made = cells("invisible", [0.04] * 9 + [0.84] * 3)
    gate = check(HOLDS + made)[-1]
    assert not gate.passed
    assert gate.value is not None
    assert gate.value > 0.25
    assert "0.240 on average" in gate.sentence
    assert "reads what no person could" in gate.sentence
    # With half of the options, twice the chance is twice as much.
    assert check(HOLDS + cells("invisible", [0.4] * 12), options=4)[-1].passed


def test_fixtures_that_lack_cases_have_not_passed() -> None:
    for few in (
        cells("blurred", [1] * 11, "correct"),
        cells("invisible", [0.1] * 11),
        cells("invisible", [0.1] * 12, "correct"),
        cells("recoloured", [1] * 12, "other"),
    ):
        gate = check(HOLDS + few)[-1]
        assert not gate.passed
        assert "not complete" in gate.sentence or "not measured" in gate.sentence
    alone = device([1], [0.1], [0.1]) + cells("invisible", [0.1])
    assert "one case only" in check(alone)[-1].sentence


def test_sign_flip_by_hand() -> None:
    # Of the 8 ways to sign three equal numbers, two are as far from 0.
    assert sign_flip([1, 1, 1]) == 0.25
    # 3 - 1 = 2: signs +3+1, +3-1 and their mirrors all reach 2.
    assert sign_flip([3, -1]) == 1
    assert sign_flip([0, 0]) == 1
    assert sign_flip([1.0] * 20) < 0.001


def test_holm_by_hand() -> None:
    # Sorted .01 x 3, .03 x 2, .04 x 1, each at least the one before.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.5, 0.9]) == [1, 1]


def test_pairs_compare_shared_cases_only() -> None:
    made = cells("a", [1, 1, 1, 1], "correct") + cells("b", [0, 1, 0], "correct")
    (pair,) = compare(made, ["correct", "p_truth"], ["a", "b"])
    assert (pair.first, pair.second, pair.n) == ("a", "b", 3)
    assert pair.difference == pytest.approx(2 / 3)
    assert pair.low is not None
    assert pair.low <= pair.difference
    assert pair.p == 0.5
    assert compare(made, ["correct"], ["a", "missing"]) == []


def test_the_correction_is_over_metrics_too() -> None:
    made = [
        {**a, "metrics": {**a["metrics"], "p_truth": a["metrics"]["correct"]}}
        for a in cells("a", [1] * 6, "correct") + cells("b", [0] * 6, "correct")
    ]
    pairs = compare(made, ["correct", "p_truth"], ["a", "b"])
    assert [p.metric for p in pairs] == ["correct", "p_truth"]
    # Two of 64 ways, twice tested.
    assert [p.p_holm for p in pairs] == [2 * 2 / 64] * 2
