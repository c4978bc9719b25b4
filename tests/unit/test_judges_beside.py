"""Two judges' agreement, groups of methods, doubt and alarm, on values worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from test_gates_and_pairs import cells

from assay.measures.comparing import compare_methods
from assay.measures.gates import FIXTURES, check, role_of, say_bounds
from assay.measures.judges import (
    UNSURE,
    agreement_of_judges,
    count_unsure,
    seat_judges,
    unsure,
)
from assay.measures.pairs import Pair, group_methods
from assay.measures.ranking import Ranking, make_ranking
from assay.measures.table import alarm, rows

# Two judges' means of five methods.
FIRST = {"a": 0.5, "b": 0.4, "c": 0.3, "d": 0.2, "noise": 0.1}


def judged(judge: str, means: dict[str, float], **more: Any) -> list[dict]:
    """Two cases a method, whose mean is the one said."""
    return [
        c for m, p in means.items() for c in cells(m, [p - 0.05, p + 0.05], judge=judge, **more)
    ]


def tau(second: dict[str, float], methods: str = "a b c d noise") -> float | None:
    both = judged("one", FIRST) + judged("two", second)
    return agreement_of_judges(both, "one", "two", methods.split()).tau


def test_tau_by_hand() -> None:
    # Of ten pairs the second judge turns two: b and c, and d and noise.
    assert tau({"a": 0.9, "b": 0.5, "c": 0.6, "d": 0.1, "noise": 0.2}) == pytest.approx(
        (8 - 2) / 10
    )
    # The same order whatever the numbers, and the order turned round.
    assert tau({"a": 0.9, "b": 0.24, "c": 0.23, "d": 0.22, "noise": 0.1}) == pytest.approx(1)
    assert tau({"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4, "noise": 0.5}) == pytest.approx(-1)
    # A tie in the second: nine pairs with the first's order, of sqrt(10 x 9) (tau-b).
    tied = tau({"a": 0.5, "b": 0.4, "c": 0.3, "d": 0.2, "noise": 0.2})
    assert tied == pytest.approx(9 / 90**0.5)
    # One, two and three of the six pairs turned; three each way is no relation.
    assert tau({"a": 0.4, "b": 0.3, "c": 0.1, "d": 0.2}, "a b c d") == pytest.approx((5 - 1) / 6)
    assert tau({"a": 0.2, "b": 0.4, "c": 0.3, "d": 0.1}, "a b c d") == pytest.approx((4 - 2) / 6)
    assert tau({"a": 0.2, "b": 0.4, "c": 0.1, "d": 0.3}, "a b c d") == pytest.approx(0)


def test_tau_needs_three_rows_and_an_order() -> None:
    assert tau(FIRST, "a noise") is None
    assert tau(FIRST, "a b noise") == pytest.approx(1)
    assert tau(dict.fromkeys(FIRST, 0.125)) is None
    # A method that one of them has not judged is no row.
    found = agreement_of_judges(
        judged("one", FIRST) + judged("two", {"a": 0.5, "noise": 0.1}), "one", "two", list(FIRST)
    )
    assert (found.methods, found.tau) == (("a", "noise"), None)
    assert "too few methods" in found.sentence


def test_judges_are_held_against_each_other_on_the_cases_of_both() -> None:
    one = judged("one", {"b": 0.4, "c": 0.3}) + cells("a", [0.2, 0.9], judge="one")
    # The second has judged a's first case only, where the first judge gave it little.
    two = judged("two", {"b": 0.4, "c": 0.3}) + cells("a", [0.2], judge="two")
    assert agreement_of_judges(one + two, "one", "two", "abc").tau == pytest.approx(1)


def pair(first: str, second: str, p: float, metric: str = "p_truth") -> Pair:
    return Pair(first, second, metric, 0.1, None, None, p, p, 12)


def test_groups_by_hand() -> None:
    pairs = [
        pair("a", "b", 0.2), pair("a", "c", 0.04), pair("b", "c", 0.3), pair("a", "d", 0.01),
        pair("d", "c", 0.05), pair("b", "d", 0.01),
    ]  # fmt: skip
    # c differs from a, which starts the next group; d doesn't from c (.05 is not below .05).
    assert group_methods("abcd", pairs) == (("a", "b"), ("c", "d"))
    # Either metric carries a difference.
    more = [*pairs, pair("a", "b", 0.001, "correct")]
    assert group_methods("abcd", more) == (("a",), ("b", "c"), ("d",))
    assert group_methods("abcd", []) == (("a", "b", "c", "d"),)
    assert group_methods("", pairs) == ()


def device(means: dict[str, float], cases: int = 8, seeds: int = 3) -> list[dict]:
    """The first judge's cells: a device that holds, each tool with its mean in every case."""
    made = cells("ideal", [1] * cases, "correct") + cells("shuffled", [0.12] * cases)
    made += cells("noise", [0.12] * cases)
    made += [c for m, p in means.items() for c in cells(m, [p] * cases)]
    return [{**cell, "seed": seed} for seed in range(seeds) for cell in made]


def ranking(
    means: dict[str, float],
    second: dict[str, float] | None,
    noise: float = 0.12,
    silent: tuple[str, ...] = (),
    seeds: int = 3,
) -> Ranking:
    own = device(means, seeds=seeds)
    for cell in own:
        if cell["method"] == "noise":
            cell["metrics"] = {"p_truth": noise}
    beside = [] if second is None else judged("two", {**second, "noise": 0.1})
    roles = {
        **dict.fromkeys(means, "tool"),
        "ideal": "ceiling",
        "noise": "floor",
        "shuffled": "floor",
    }
    return make_ranking(own, beside, rows(own), check(own), roles, silent)


def test_methods_are_grouped_where_the_judges_agree() -> None:
    means = {"z": 0.5, "y": 0.5, "x": 0.3}
    # Eight cases all the same way: 2 of 256 signs, and three pairs more with noise and each other.
    found = ranking(means, {"z": 0.45, "y": 0.4, "x": 0.3})
    assert found.why is None
    assert found.groups == (("z", "y"), ("x",))
    assert [found.label(m) for m in found.order] == ["A", "A", "B", "", "", ""]
    assert found.order == ("z", "y", "x", "ideal", "noise", "shuffled")
    assert ranking(means, None).groups == found.groups


@pytest.mark.parametrize(
    ("means", "second", "noise", "why"),
    [
        # Of six pairs one is turned: (5 - 1) / 6 = .67.
        ({"z": 0.5, "y": 0.4, "x": 0.3}, {"z": 0.3, "y": 0.4, "x": 0.2}, 0.12, "tau 0.67"),
        ({"z": 0.5, "y": 0.4, "x": 0.3}, {"z": 0.1, "y": 0.1, "x": 0.1}, 0.12, "every method the"),
        ({"z": 0.5, "y": 0.4}, {"z": 0.5, "y": 0.4}, 0.12, "too few tools"),
        ({"z": 0.5, "y": 0.4, "x": 0.3}, {"z": 0.5, "y": 0.4, "x": 0.3}, 0.3, "device is broken"),
    ],
)
def test_no_groups_and_no_order_with_a_reason(
    means: dict[str, float], second: dict[str, float], noise: float, why: str
) -> None:
    found = ranking(means, second, noise)
    assert found.groups == ()
    assert found.why is not None
    assert why in found.why
    assert found.order == tuple(sorted(found.order))
    assert not any(found.label(m) for m in found.order)


def test_without_p_truth_there_are_no_groups() -> None:
    means = {"z": 0.5, "y": 0.4, "x": 0.3}
    # Alone, the judge still orders by what is printed of it.
    alone = ranking(means, None, silent=("j",))
    assert (alone.groups, alone.ranks) == ((), True)
    assert alone.why == "There are no groups: `p_truth` of `j` is not printed."
    assert all(p.metric == "correct" for p in alone.pairs)
    # Beside another, of either of which none is printed, nothing says whether they agree.
    for silent in ("j", "two"):
        found = ranking(means, means, silent=(silent,))
        assert (found.groups, found.ranks, found.agreements[0].tau) == ((), False, None)
        assert found.why is not None
        assert f"`p_truth` of `{silent}` is not printed" in found.why
        assert found.order == tuple(sorted(found.order))


def test_fixtures_are_no_tools() -> None:
    assert [role_of(m, ("dim",)) for m in ("a", "ideal", *FIXTURES, "noise", "dim")] == [
        "tool", "ceiling", *["fixture"] * len(FIXTURES), "floor", "floor",
    ]  # fmt: skip
    means = {"z": 0.5, "y": 0.4, "x": 0.3}
    own = device(means)
    own += [{**c, "seed": s} for s in range(3) for c in cells("blurred", [1] * 8, "correct")]
    beside = judged("two", {**means, "noise": 0.1, "blurred": 0.05})
    roles = {m: role_of(m, ()) for m in (*means, "blurred", "ideal", "noise", "shuffled")}
    found = make_ranking(own, beside, rows(own), check(own), roles)
    assert found.order == ("z", "y", "x", "ideal", "blurred", "noise", "shuffled")
    assert "blurred" not in {m for group in found.groups for m in group}
    assert "blurred" not in {m for p in found.pairs for m in (p.first, p.second)}
    assert found.agreements[0].methods == ("z", "y", "x", "noise")


def test_upper_bounds_are_no_tools() -> None:
    names = ("a", "most", "noise", "dim", "ideal", "small")
    roles = [role_of(m, ("dim",), ("most", "noise", "dim", "ideal", "small")) for m in names]
    assert roles == ["tool", "bound", "floor", "floor", "ceiling", "fixture"]
    # The bound would be the best by far, and the second judge would put it last.
    means = {"z": 0.5, "y": 0.4, "x": 0.3}
    own = device({**means, "most": 0.9})
    beside = judged("two", {**means, "noise": 0.1, "most": 0.05})
    rest = ("most", "ideal", "noise", "shuffled")
    found = make_ranking(
        own, beside, rows(own), check(own), {m: role_of(m, (), ("most",)) for m in (*means, *rest)}
    )
    assert found.order == ("z", "y", "x", *rest)
    assert found.groups == (("z",), ("y",), ("x",))
    assert "most" not in {m for p in found.pairs for m in (p.first, p.second)}
    assert found.agreements[0].methods == ("z", "y", "x", "noise")
    # As a tool it would have been all that.
    tool = make_ranking(
        own, beside, rows(own), check(own), {m: role_of(m, ()) for m in (*means, *rest)}
    )
    assert tool.order != found.order
    assert not tool.agreements[0].agreed


def test_what_is_combined_and_controls_are_compared_and_not_ranked() -> None:
    names = ("a", "both", "photographs", "most", "noise")
    lists = (("noise",), ("most",), ("photographs",), ("both",))
    roles = {m: role_of(m, *lists) for m in names}
    assert list(roles.values()) == ["tool", "combined", "control", "bound", "floor"]
    # Of three tools, two that are so have no place in the order, however good they are.
    means = {"z": 0.5, "y": 0.9, "x": 0.95, "w": 0.3}
    own = [{**c, "passes": None} for c in device(means)]
    beside = judged("two", {**means, "noise": 0.1})
    roles = {m: role_of(m, (), (), ("y",), ("x",)) for m in (*means, "ideal", "noise", "shuffled")}
    found = make_ranking(own, beside, rows(own), check(own), roles)
    assert found.order == ("z", "w", "x", "y", "ideal", "noise", "shuffled")
    assert found.groups == (("z", "w"),)
    tested = {frozenset((p.first, p.second)) for p in found.pairs}
    assert {frozenset(p) for p in (("z", "y"), ("z", "x"), ("y", "x"), ("y", "noise"))} <= tested
    # Both judges gave them a number: their order counts.
    assert set(found.agreements[0].methods) == {"z", "y", "x", "w", "noise"}
    comparison = compare_methods(own, found, roles, ("p_truth",))
    assert comparison.best == "z"
    assert comparison.portfolios["p_truth"].methods == ("z", "w")
    assert {"x", "y"} <= set(comparison.methods)


def test_what_is_said_of_bounds() -> None:
    assert say_bounds([]) == ""
    assert say_bounds(["a"]).startswith("`a` is an upper bound, and no tool: it is left out of")
    assert say_bounds(["a", "b"]).startswith("`a` and `b` are upper bounds, and no tools: they are")


def test_few_seeds_give_groups_and_no_ranking() -> None:
    means = {"z": 0.5, "y": 0.5, "x": 0.3}
    second = {"z": 0.45, "y": 0.4, "x": 0.3}
    enough = ranking(means, second)
    assert (enough.ranks, enough.few) == (True, None)
    few = ranking(means, second, seeds=2)
    assert not few.ranks
    assert few.few is not None
    assert "there are 2" in few.few
    # The groups are told, and within them the alphabet's order.
    assert few.why is None
    assert few.groups == (("y", "z"), ("x",))
    assert few.order == ("y", "z", "x", "ideal", "noise", "shuffled")
    # A seed that one of the tools lacks doesn't count.
    own = [c for c in device(means) if (c["method"], c["seed"]) != ("z", 2)]
    roles = {**dict.fromkeys(means, "tool"), "ideal": "ceiling", "noise": "floor"}
    lacks = make_ranking(own, [], rows(own), check(own), {**roles, "shuffled": "floor"})
    assert (lacks.ranks, lacks.few) == (False, few.few)


def test_a_device_without_any_gate_ranks_nothing() -> None:
    own = cells("a", [0.5, 0.5], "correct")
    found = make_ranking(own, [], rows(own), check(own), {"a": "tool"})
    assert not found.ranks


def test_who_sits_where() -> None:
    chosen = judged("chance", {"a": 0.125}) + judged("eye", FIRST) + judged("other", FIRST)
    twin = judged("eye", FIRST, subject="clean", twin_of="s")
    (seats,) = seat_judges(chosen + twin)
    assert (seats.first, seats.beside, seats.chooses) == ("eye", ("other", "chance"), True)
    # One that guesses ranks where nobody else chooses; one that measures sits alone.
    alone = judged("chance", {"a": 0.125}) + cells("a", [0.5], "effect", judge="ruler")
    assert [(s.first, s.beside, s.chooses) for s in seat_judges(alone)] == [
        ("chance", (), True), ("ruler", (), False),
    ]  # fmt: skip
    # The first of the suite stays the first while it has no number yet.
    waiting = cells("a", [0.5], judge="late", metrics={}, status="missing")
    (seats,) = seat_judges(waiting + judged("two", FIRST))
    assert (seats.first, seats.beside) == ("late", ("two",))


def test_a_judge_is_unsure_beyond_the_bar_alone() -> None:
    assert UNSURE == 0.4
    assert [unsure(v) for v in (None, 0.0, 0.4, 0.41, 1.0)] == [False, False, False, True, True]
    made = [
        *cells("a", [0.5], moved=0.41), *cells("a", [0.5], moved=0.4),
        *cells("b", [0.5], moved=0.9), *cells("a", [0.5], moved=None),
        *cells("noise", [0.5], moved=1.0),
    ]  # fmt: skip
    assert count_unsure(made, ["a", "b"]) == (2, 3)
    assert count_unsure(made, []) == (0, 0)


def twins(tops: list[float], threshold: float | None = 0.6) -> list[dict]:
    known = {"subject": "clean", "twin_of": "s", "threshold": threshold, "seconds": None}
    made = cells("a", [0.1] * len(tops), **known)
    return [{**c, "top": top} for c, top in zip(made, tops, strict=True)]


def alarms(twin: list[dict]) -> dict[str, Any]:
    own = cells("a", [0.3] * len(twin), top=0.9)
    found = {r.metric: r for r in rows(own + twin) if r.subject == "s"}
    return found["alarm"].as_dict() if "alarm" in found else {}


def test_alarm_by_hand() -> None:
    # .6 itself is enough, as in the trial that set it.
    found = alarms(twins([0.7, 0.6, 0.59, 0.2]))
    assert (found["mean"], found["n"]) == (0.5, 4)
    assert (found["low"], found["high"]) == (0.0, 1.0)
    # Perfect and worst: no alarm, and one every time; their intervals are points.
    assert [alarms(twins([0.2, 0.3]))[k] for k in ("mean", "low", "high")] == [0, 0, 0]
    assert [alarms(twins([0.9, 0.8]))[k] for k in ("mean", "low", "high")] == [1, 1, 1]


def test_chance_never_alarms_and_no_threshold_is_no_alarm() -> None:
    assert alarms(twins([0.125] * 8))["mean"] == 0
    assert alarms(twins([0.9, 0.9], threshold=None)) == {}


def test_a_cell_of_several_answers_has_the_share_that_alarms() -> None:
    (cell,) = twins([0.55])
    # Their mean, .55, is below the threshold, and yet one of the two is above it.
    assert alarm({**cell, "tops": [0.9, 0.2]}) == 0.5
    assert alarm(cell) == 0
    assert alarm({**cell, "top": None}) is None
