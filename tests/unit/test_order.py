"""How alike two tables order the methods: by hand, alike, by chance, and where nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from assay.measures.order import correlate_orders, spearman_columns
from assay.measures.table import Stack

KINDS = ("patch",) * 3 + ("style",) * 3


def table(values: np.ndarray, methods: str = "abcd") -> Stack:
    """Methods x cases x seeds."""
    cases = tuple(f"case{i}" for i in range(values.shape[1]))
    return Stack(tuple(methods), cases, KINDS[: len(cases)], (0,), values)


def flat(*means: float) -> np.ndarray:
    """Every case of a method the same."""
    return np.tile(np.array(means)[:, None, None], (1, 6, 1))


def test_by_hand() -> None:
    # Ranks 1 2 3 4 against 1 3 2 4: 1 - 6 * 2 / (4 * 15).
    found = correlate_orders(table(flat(0.1, 0.2, 0.3, 0.4)), table(flat(0.1, 0.7, 0.2, 0.9)))
    assert found.rho == pytest.approx(0.8)
    # Whatever cases are drawn, the means are the same.
    assert (found.low, found.high) == pytest.approx((0.8, 0.8))
    assert found.means == (
        pytest.approx((0.1, 0.2, 0.3, 0.4)), pytest.approx((0.1, 0.7, 0.2, 0.9)),
    )  # fmt: skip
    assert found.cases == (6, 6)


def test_ties_share_their_ranks() -> None:
    # Ranks 1 2.5 2.5 against 1 2 3.
    first, second = np.array([[1.0], [2], [2]]), np.array([[1.0], [2], [3]])
    assert spearman_columns(first, second)[0] == pytest.approx(1.5 / np.sqrt(1.5 * 2))


def test_methods_are_matched_by_name_and_need_a_value_in_both() -> None:
    values = flat(0.4, 0.3, 0.2, 0.1)
    values[0] = np.nan
    found = correlate_orders(table(flat(0.1, 0.2, 0.3, 0.4)), table(values, "edcb"))
    # d, c, b are .3, .2, .1: the same order as in the first table.
    assert found.methods == ("b", "c", "d")
    assert found.rho == pytest.approx(1)


def test_orders_that_have_nothing_to_do_with_each_other_are_at_nought_on_average() -> None:
    rng = np.random.default_rng(0)
    drawn = [spearman_columns(rng.random((9, 400)), rng.random((9, 400))).mean() for _ in range(2)]
    assert np.abs(drawn).max() < 0.06


def test_the_interval_is_wide_where_cases_disagree() -> None:
    rng = np.random.default_rng(1)
    noisy = table(flat(0.4, 0.45, 0.5, 0.55) + rng.normal(0, 0.3, (4, 6, 1)))
    found = correlate_orders(noisy, noisy)
    assert found.rho == pytest.approx(1)
    assert found.low is not None
    assert found.low < 0.5


@pytest.mark.parametrize("second", [flat(0.3, 0.3, 0.3, 0.3), flat(0.1, 0.2, np.nan, np.nan)])
def test_one_value_for_all_or_two_methods_say_nothing(second: np.ndarray) -> None:
    found = correlate_orders(table(flat(0.1, 0.2, 0.3, 0.4)), table(second))
    assert (found.rho, found.low, found.high) == (None, None, None)
