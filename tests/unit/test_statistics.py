"""The statistics that compare methods: hand-worked values, perfect and chance cases, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.measures.intervals import mean_interval, mean_intervals, resample_means
from assay.measures.pairs import Pair, against, compare, difference
from assay.measures.portfolio import Answers, make_portfolio, pool, union_oracle
from assay.measures.ranking import why_not_ranked
from assay.measures.table import Stack, stack
from assay.measures.validity import cherry_pick_premium, persuasion_gap, proxy_validity
from assay.measures.worst import (
    kind_means,
    scored_elsewhere,
    why_no_worst_quarter,
    worst_quarter,
    worst_quarter_estimate,
)

# How long an example takes says nothing here.
quietly = settings(deadline=None, max_examples=40)
GAP = np.nan
shares = st.floats(0, 1, allow_subnormal=False)


def tables(*shape: int) -> st.SearchStrategy[np.ndarray]:
    size = int(np.prod(shape))
    return st.lists(shares, min_size=size, max_size=size).map(lambda v: np.reshape(v, shape))


def stacked(values: np.ndarray, kinds: str = "") -> Stack:
    """A stack of methods a, b, ... with cases c0, c1, ... of the kinds given by letters."""
    methods, cases, seeds = values.shape
    return Stack(
        tuple("abcdefghi"[:methods]),
        tuple(f"c{i}" for i in range(cases)),
        tuple(kinds or "k" * cases),
        tuple(range(seeds)),
        values,
    )


# --- resampling -------------------------------------------------------------------------------


@quietly
@given(shares, st.integers(1, 3), st.integers(1, 3))
def test_means_of_a_constant_are_constant(value: float, methods: int, seeds: int) -> None:
    means = resample_means(np.full((methods, 5, seeds), value), "aabbb", 50)
    assert means == pytest.approx(np.full((methods, 50), value))


@quietly
@given(tables(3, 6, 2))
def test_means_stay_between_the_extremes_and_rows_are_drawn_alike(values: np.ndarray) -> None:
    means = resample_means(values, "aaabbb", 60)
    assert (means >= values.min((1, 2))[:, None] - 1e-12).all()
    assert (means <= values.max((1, 2))[:, None] + 1e-12).all()
    apart = resample_means(values[:1] - values[1:2], "aaabbb", 60)
    assert means[0] - means[1] == pytest.approx(apart[0])


def plain_loop(table: np.ndarray, kinds: str, resamples: int) -> np.ndarray:
    """The same resampling of one table, written as it is said."""
    rng = np.random.default_rng(5)
    means = []
    for _ in range(resamples):
        values = []
        for kind in dict.fromkeys(kinds):
            members = [i for i, k in enumerate(kinds) if k == kind]
            for case in rng.choice(members, len(members)):
                has = table[case][np.isfinite(table[case])]
                if len(has):
                    values.append(rng.choice(has, len(has)).mean())
        means.append(np.mean(values))
    return np.array(means)


@pytest.mark.parametrize("gaps", [False, True])
def test_it_is_the_resampling_of_a_plain_loop(gaps: bool) -> None:
    values = np.random.default_rng(2).random((2, 8, 3))
    if gaps:
        values[0, 1, 2] = values[0, 6] = GAP
    fast, slow = (
        resample_means(values, "aaaabbbb", 20_000)[0],
        plain_loop(values[0], "aaaabbbb", 2_000),
    )
    assert fast.mean() == pytest.approx(slow.mean(), abs=0.01)
    assert fast.std() == pytest.approx(slow.std(), rel=0.1)
    # The other row has no gaps, and knows nothing of this one's.
    assert resample_means(values[1:], "aaaabbbb", 500)[0] == pytest.approx(
        resample_means(values, "aaaabbbb", 500)[1]
    )


def test_a_case_weighs_the_same_however_many_of_its_seeds_are_there() -> None:
    values = np.array([[[1.0, 1.0, 1.0], [0.0, GAP, GAP]]])
    # Two cases of kinds of their own: each is drawn once, whatever happens.
    assert resample_means(values, "ab", 20) == pytest.approx(np.full((1, 20), 0.5))
    nothing = np.array([[[1.0, 1.0], [GAP, GAP]]])
    assert resample_means(nothing, "ab", 20) == pytest.approx(np.ones((1, 20)))


def test_seeds_widen_the_interval_where_cases_have_no_part_in_it() -> None:
    values = np.array([[0.0, 1.0]] * 4)
    # Every case of a kind of its own: only the seeds are drawn.
    interval = mean_interval(values, "abcd")
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < 0.3 < 0.7 < interval.high
    assert mean_interval(values.mean(1, keepdims=True), "abcd").low == 0.5


def test_a_row_with_one_case_has_no_interval() -> None:
    values = np.array([[[1.0], [GAP]], [[0.0], [1.0]]])
    first, second = mean_intervals(values, "aa")
    assert (first.low, first.high) == (None, None)
    assert (second.low, second.high) == (0, 1)
    assert mean_intervals(np.full((2, 3, 1), GAP), "aaa")[1].low is None


# --- the worst quarter ------------------------------------------------------------------------


def test_the_worst_quarter_by_hand() -> None:
    # Four cases, one of which is picked: the first by seed 0, the second by seed 1.
    values = np.array([[0.0, 0.8], [0.5, 0.1], [0.9, 0.9], [1.0, 1.0]])
    assert scored_elsewhere(values, 0) == 0.8
    assert scored_elsewhere(values, 1) == 0.5
    assert worst_quarter(values) == pytest.approx(0.65)
    # Of twelve cases three are picked, of five two.
    twelve = np.repeat(np.arange(12.0)[:, None], 2, axis=1)
    assert worst_quarter(twelve) == 1
    assert worst_quarter(twelve[:5]) == 0.5


def test_cases_that_tie_for_the_last_place_share_it() -> None:
    values = np.array([[0.0, 0.2], [0.0, 0.6], [1.0, 0.0], [1.0, 1.0]])
    assert scored_elsewhere(values, 0) == pytest.approx(0.4)
    # The same cases in another order are the same cases.
    assert scored_elsewhere(values[::-1], 0) == pytest.approx(0.4)


def test_one_seed_has_no_worst_quarter_and_says_why() -> None:
    assert worst_quarter(np.array([[0.1], [0.9]])) is None
    assert worst_quarter_estimate(np.array([[0.1], [0.9]]), "aa").value is None
    assert "there is one seed" in (why_no_worst_quarter(1) or "")
    assert why_no_worst_quarter(2) is None
    # Two seeds that no case has both of are no better.
    assert worst_quarter(np.array([[0.1, GAP], [GAP, 0.9]])) is None


@quietly
@given(tables(8, 3), st.integers(0, 2))
def test_the_seed_that_picks_never_scores(values: np.ndarray, seed: int) -> None:
    # Values that pick are changed, but not their order: the score is that of the other seeds.
    changed = values.copy()
    _, ranks = np.unique(values[:, seed], return_inverse=True)
    changed[:, seed] = ranks.ravel() - 100.0
    assert scored_elsewhere(changed, seed) == scored_elsewhere(values, seed)
    others = np.delete(values, seed, axis=1).mean(1)
    found = scored_elsewhere(values, seed)
    assert found is not None
    assert others.min() - 1e-12 <= found <= others.max() + 1e-12


def test_luck_alone_makes_no_worst_quarter() -> None:
    rng = np.random.default_rng(0)
    found = np.array([worst_quarter(rng.random((12, 3))) for _ in range(300)], dtype=float)
    # All cases are worth .5; whoever scores what he picked would say about .28.
    assert found.mean() == pytest.approx(0.5, abs=0.03)


def test_what_is_bad_on_every_seed_is_found() -> None:
    values = np.array([[0.1, 0.1, 0.1]] * 3 + [[0.9, 0.9, 0.9]] * 9)
    estimate = worst_quarter_estimate(values, "aaabbbbbbccc")
    assert (estimate.value, estimate.n) == (pytest.approx(0.1), 12)
    assert (estimate.low, estimate.high) == (pytest.approx(0.1), pytest.approx(0.1))


def test_the_interval_of_the_worst_quarter_has_the_worst_quarter_in_it() -> None:
    rng = np.random.default_rng(4)
    values = np.linspace(0.1, 0.9, 12)[:, None] + rng.normal(0, 0.1, (12, 3))
    values[3, 1] = values[7] = GAP
    estimate = worst_quarter_estimate(values, "aaaabbbbcccc")
    assert estimate.n == 11
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < estimate.value < estimate.high


def test_points_by_kind() -> None:
    assert kind_means(np.array([0.2, 0.4, 1.0, GAP]), ["a", "a", "b", "c"]) == {
        "a": pytest.approx(0.3),
        "b": 1.0,
        "c": None,
    }


# --- pairs ------------------------------------------------------------------------------------


def cells(values: np.ndarray, metric: str = "correct") -> list[dict]:
    return [
        {
            "case": f"c{i}", "seed": seed, "kind": "k", "method": "abcdefghi"[m], "top": None,
            "status": "ok" if np.isfinite(value) else "failed",
            "metrics": {metric: float(value)} if np.isfinite(value) else {},
        }
        for (m, i, seed), value in np.ndenumerate(values)
    ]  # fmt: skip


def test_a_stack_has_gaps_where_cells_have_no_number() -> None:
    made = cells(np.array([[[1.0, 0.0], [0.5, GAP]], [[0.0, 0.0], [1.0, 1.0]]]))
    made.append({**made[0], "method": "b", "case": "c9", "kind": "", "status": "missing"})
    laid = stack(made, "correct", ["b", "a"])
    assert laid.cases == ("c0", "c1", "c9")
    assert laid.kinds == ("k", "k", "")
    assert laid.by_case[1, :2].tolist() == [0.5, 0.5]
    assert np.isnan(laid.values[:, 2]).all()
    assert laid.of(["a"]).values.shape == (1, 3, 2)


def test_pairs_are_paired_by_case_and_seed() -> None:
    values = np.array([[[1.0, 1.0], [1.0, GAP], [1.0, 1.0]], [[0.0, 1.0], [0.5, 0.0], [0.0, 0.0]]])
    (pair,) = compare(cells(values), ["correct"], ["a", "b"])
    # By case .5, .5 and 1: the second seed of c1 has no partner.
    assert pair.difference == pytest.approx(2 / 3)
    assert pair.n == 3
    assert pair.low is not None
    assert pair.low >= 0


def test_against_the_best_keeps_the_correction_of_all_pairs() -> None:
    pairs = [
        Pair("a", "b", "correct", 0.2, 0.1, 0.3, 0.01, 0.03, 5),
        Pair("c", "a", "correct", -0.4, -0.6, -0.1, 0.02, 0.04, 5),
        Pair("b", "c", "correct", 0.0, -0.1, 0.1, 1.0, 1.0, 5),
    ]
    found = against(pairs, "a")
    assert [(p.first, p.second, p.difference, p.low, p.high, p.p_holm) for p in found] == [
        ("a", "b", 0.2, 0.1, 0.3, 0.03),
        ("a", "c", 0.4, 0.1, 0.6, 0.04),
    ]


def test_a_difference_is_of_the_cells_that_both_have() -> None:
    first = stacked(np.array([[[1.0, 0.0], [1.0, 1.0], [0.5, 0.5]]]))
    second = Stack(("b",), ("c2", "c1"), ("k", "k"), (1, 7), np.array([[[0.0, 0.9], [0.0, 0.9]]]))
    pair = difference(first, second, "correct")
    assert pair is not None
    # Only seed 1 of c1 (1 - 0) and c2 (.5 - 0) is shared.
    assert (pair.difference, pair.n) == (0.75, 2)
    assert difference(first, second.at(["c1"], [1]), "correct") is None


def test_few_seeds_rank_nothing() -> None:
    assert why_not_ranked(3) is None
    assert "at least, and there is one" in (why_not_ranked(1) or "")
    assert "there are 2" in (why_not_ranked(2) or "")


# --- portfolio --------------------------------------------------------------------------------


def test_the_portfolio_by_hand() -> None:
    # a finds the first two cases, b the third, c what a finds of them but one.
    values = np.array([[[1.0], [1], [0], [0]], [[0], [0], [1], [0]], [[1], [0], [0], [0]]])
    made = make_portfolio(stacked(values), "correct", {"a": 10, "b": 20, "c": None})
    assert made is not None
    assert (made.oracle.value, made.n) == (0.75, 4)
    assert made.single == ("a", 0.5)
    assert {m: e.value for m, e in made.marginal.items()} == {"a": 0.25, "b": 0.25, "c": 0.0}
    one, two, three = made.picks
    assert (one.methods, two.methods, three.methods) == (("a",), ("a", "b"), ("a", "b", "c"))
    # Left out, c0 and c1 leave a, b and c tied for the best one (of one each): the cheapest is a.
    assert (one.oracle, one.share, one.passes) == (0.5, 1.0, 10)
    assert (two.oracle, two.passes) == (0.75, 30)
    assert three.passes is None
    assert (one.again, two.again) == (0.5, None)


def test_what_was_chosen_on_a_case_is_not_scored_on_it() -> None:
    # Each method finds one case of its own: whoever chooses by it would say 1/3 for one method.
    values = np.eye(3)[:, :, None]
    made = make_portfolio(stacked(values), "correct", {})
    assert made is not None
    assert made.picks[0].oracle == 0.0
    assert made.picks[2].oracle == 1.0
    assert made.oracle.value == 1.0


def test_the_budget_is_kept() -> None:
    values = np.array([[[1.0], [1], [0]], [[0], [0], [1]], [[0], [0], [0.5]]])
    passes = {"a": 10.0, "b": 20.0, "c": 5.0}
    made = make_portfolio(stacked(values), "correct", passes, budget=16)
    assert made is not None
    assert [pick.methods for pick in made.picks] == [("a",), ("a", "c")]
    unknown = make_portfolio(stacked(values), "correct", {**passes, "a": None}, budget=99)
    assert unknown is not None
    assert [pick.methods for pick in unknown.picks] == [("b",), ("b", "c")]


def answered(values: np.ndarray, options: int = 3) -> Answers:
    """Answers that give the truth (option 0) these probabilities, and the others the rest."""
    rest = np.repeat((1 - values[..., None]) / (options - 1), options - 1, axis=-1)
    return Answers(np.concatenate([values[..., None], rest], -1), np.zeros(values.shape[1:], int))


def test_the_pool_is_beside_the_oracle() -> None:
    # a is sure of the truth where b guesses wrongly but weakly, and the other way round.
    p = np.array([[[0.9], [0.9], [0.2], [0.2]], [[0.3], [0.3], [0.8], [0.8]]])
    correct = (p > 1 / 3).astype(float)
    made = make_portfolio(stacked(correct), "correct", {}, answered(p))
    assert made is not None
    one, two = made.picks
    assert one.pooled == one.oracle
    assert one.closed is None or one.closed == 0
    assert (two.oracle, two.pooled, two.closed) == (1.0, 1.0, 1.0)
    # Of the probability itself a mean can't be above the best of what it is made of.
    by_p = make_portfolio(stacked(p), "p_truth", {}, answered(p))
    assert by_p is not None
    assert by_p.picks[1].pooled == pytest.approx(0.55)
    assert by_p.picks[1].oracle == pytest.approx(0.85)


def test_without_all_answers_nothing_is_pooled() -> None:
    p = np.full((2, 3, 1), 0.9)
    known = answered(p)
    lost = known.probabilities.copy()
    lost[0, 1] = GAP
    for answers in (
        None,
        Answers(lost, known.truth),
        Answers(known.probabilities, known.truth - 1),
    ):
        made = make_portfolio(stacked(p), "p_truth", {}, answers)
        assert made is not None
        assert made.picks[1].pooled is None
    other = make_portfolio(stacked(p), "effect", {}, known)
    assert other is not None
    assert other.picks[1].pooled is None


def test_gaps_leave_the_whole_cell_out() -> None:
    values = np.array([[[1.0, 1.0], [0.0, 0.0], [0, 0]], [[0.0, GAP], [GAP, GAP], [0, 1]]])
    made = make_portfolio(stacked(values), "correct", {})
    assert made is not None
    assert made.n == 3
    # c0 on seed 0 (1), c2 on both (0 and 1).
    assert made.oracle.value == pytest.approx(0.75)
    assert make_portfolio(stacked(values[:1]), "correct", {}) is None
    assert make_portfolio(stacked(values[:, :2]), "correct", {}) is None


def test_more_guessers_are_right_more_often() -> None:
    # One in eight guesses is right: of four, one is in 1 - (7/8)^4 = .41.
    values = (np.random.default_rng(0).random((4, 4000, 3)) < 1 / 8).astype(float)
    assert union_oracle(values).mean() == pytest.approx(1 - (7 / 8) ** 4, abs=0.02)
    made = make_portfolio(stacked(values[:, :200]), "correct", {})
    assert made is not None
    # Three seeds of one guesser are as good as three guessers.
    again = made.picks[2].again
    assert again is not None
    assert again == pytest.approx(made.picks[2].oracle, abs=0.08)


@quietly
@given(tables(3, 5, 2))
def test_the_oracle_is_no_worse_than_the_best(values: np.ndarray) -> None:
    made = make_portfolio(stacked(values), "p_truth", {}, answered(values))
    assert made is not None
    assert made.oracle.value is not None
    assert made.oracle.value >= made.single[1] - 1e-9
    for estimate in made.marginal.values():
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.value >= -1e-12
        assert estimate.low >= -1e-12
    for pick in made.picks:
        assert pick.pooled is not None
        assert pick.pooled <= pick.oracle + 1e-9
    # All of them leave nothing to choose.
    assert made.picks[-1].oracle == pytest.approx(made.oracle.value)


@quietly
@given(tables(3, 4))
def test_a_pool_of_answers_is_an_answer(values: np.ndarray) -> None:
    chances = (values + 0.01) / (values + 0.01).sum(1, keepdims=True)
    assert pool(chances).sum() == pytest.approx(1)
    assert pool(chances[[0, 0]]) == pytest.approx(chances[0])


# --- validity ---------------------------------------------------------------------------------


def test_the_premium_of_the_best_by_hand() -> None:
    candidates = np.array([[0.2, 0.6, GAP], [0.5, 0.5, 0.5], [GAP, GAP, GAP]])
    found = cherry_pick_premium(candidates, [0.4, 0.5, 0.9], "aab")
    assert (found.value, found.n) == (pytest.approx(0.1), 2)
    assert found.low == pytest.approx(0.0)
    assert cherry_pick_premium(candidates[2:], [0.9], "b").value is None


def test_even_candidates_that_know_nothing_have_a_premium() -> None:
    candidates = np.random.default_rng(0).random((400, 4))
    found = cherry_pick_premium(candidates, candidates.mean(1).tolist(), "a" * 400)
    # The highest of four uniform draws is .8 on average, their mean .5.
    assert found.value == pytest.approx(0.3, abs=0.03)


def test_a_proxy_that_orders_as_the_judge_does() -> None:
    found = proxy_validity([1, 2, 3, 10, 20, 30], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "aaabbb")
    assert (found.rho, found.within) == (pytest.approx(1), pytest.approx(1))
    assert (found.n, found.cases) == (6, 2)


def test_easy_cases_make_no_valid_proxy() -> None:
    # Higher where the case is easier, but within a case the wrong way round.
    found = proxy_validity([3, 2, 1, 30, 20, 10], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "aaabbb")
    assert found.within == pytest.approx(-1)
    assert found.rho is not None
    assert found.rho > 0.4


def test_a_proxy_without_ranks_has_no_validity() -> None:
    assert proxy_validity([1, 1, 1], [0.1, 0.2, 0.3], "abc").rho is None
    assert proxy_validity([1, 2], [0.1, 0.2], "ab").rho is None
    found = proxy_validity([1, 2, None, 3], [0.1, 0.3, 0.5, None], "aaaa")
    assert (found.rho, found.p, found.n, found.within, found.cases) == (None, None, 2, None, 0)


def said(*pairs: tuple[float | None, float]) -> list[dict]:
    return [{"status": "ok", "top": top, "metrics": {"correct": right}} for top, right in pairs]


def test_the_persuasion_gap_by_hand() -> None:
    found = persuasion_gap(said((0.9, 1), (0.5, 1), (0.8, 0), (0.6, 0), (None, 0)))
    assert (found.wrong, found.right) == (pytest.approx(0.7), pytest.approx(0.7))
    assert found.gap == pytest.approx(0)
    assert found.n == 4
    # A tie is right by half.
    tied = persuasion_gap(said((0.4, 0.5), (1.0, 1)))
    assert (tied.wrong, tied.right) == (pytest.approx(0.4), pytest.approx(0.8))
    always = persuasion_gap(said((0.9, 1)))
    assert (always.wrong, always.right, always.gap) == (None, 0.9, None)
    failed = [{**said((0.9, 1))[0], "status": "failed"}]
    assert persuasion_gap(failed).n == 0
