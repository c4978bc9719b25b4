"""Several networks that the same methods looked into, as one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import report_store
from report_store import MadeUp
from test_cli import assay

from assay.measures.pooling import pool_runs, shared_cases


def cell(method: str, case: str, value: float | None, seed: int = 0, kind: str = "patch") -> Any:
    return {
        "subject": "network", "case": case, "kind": kind, "method": method, "seed": seed,
        "status": "missing" if value is None else "ok", "top": None,
        "metrics": {} if value is None else {"correct": value},
    }  # fmt: skip


def test_every_case_weighs_the_same_whichever_run_it_is_of() -> None:
    first = [cell("a", "x", 1.0), cell("a", "y", 1.0), cell("a", "z", 0.0), cell("b", "x", 0.0)]
    # The same name in another run is another case; more seeds weigh no more.
    second = [cell("a", "x", 0.0, 0), cell("a", "x", 0.5, 1), cell("b", "x", None)]
    made = pool_runs([("one", first), ("two", second)], "correct", ("a", "b"), ("a",))
    assert made.cases == (3, 1)
    assert made.seeds == 2
    assert made.by_run == ((pytest.approx(2 / 3), 0.25), (0.0, None))
    assert (made.means[0].value, made.means[0].n) == (pytest.approx(2.25 / 4), 4)
    assert (made.means[1].value, made.means[1].n) == (0.0, 1)
    assert made.pairs == ()


def test_cases_are_drawn_among_those_of_their_run() -> None:
    # All right in one run and all wrong in the other: drawn across them the mean would move.
    runs = [
        (name, [cell("a", f"{name}{i}", value) for i in range(4)])
        for name, value in (("one", 1.0), ("two", 0.0))
    ]
    (mean,) = pool_runs(runs, "correct", ("a",), ()).means
    assert (mean.value, mean.low, mean.high) == (0.5, 0.5, 0.5)


def test_more_cases_tell_apart_what_fewer_cannot() -> None:
    def run(name: str) -> tuple[str, list[Any]]:
        cases = [f"{name}{i}" for i in range(4)]
        return name, [cell(m, c, v) for m, v in (("a", 1.0), ("b", 0.0)) for c in cases]

    def p(runs: list[Any]) -> float:
        (pair,) = pool_runs(runs, "correct", ("a", "b"), ("a", "b")).pairs
        assert pair.difference == 1.0
        return pair.p_holm

    # All signs alike: of 2 ** n flips two are as far out.
    assert p([run("one"), run("two")]) == pytest.approx(2 / 2**8)
    assert p([run("one")]) == pytest.approx(2 / 2**4)


def test_cases_of_one_trigger_are_one_where_triggers_are_asked_about() -> None:
    def run(name: str, lead: float) -> tuple[str, list[Any]]:
        return name, [
            {**cell(m, f"trigger{i}", v), "subject": name}
            for m, v in (("a", lead), ("b", 0.0))
            for i in range(4)
        ]

    made = pool_runs([run("one", 1.0), run("two", 0.5)], "correct", ("a", "b"), ("a", "b"))
    (pair,), (strict,) = made.pairs, made.by_trigger
    # Eight cases of four triggers, of which no case is another way round.
    assert (made.cases, made.triggers) == ((4, 4), 4)
    assert (pair.n, pair.p) == (8, pytest.approx(2 / 2**8))
    assert (strict.n, strict.p) == (4, pytest.approx(2 / 2**4))
    assert pair.difference == strict.difference == 0.75
    # Triggers of other names have nothing to be joined.
    other = ("two", [{**c, "case": f"other_{c['case']}"} for c in run("two", 0.5)[1]])
    apart = pool_runs([run("one", 1.0), other], "correct", ("a", "b"), ("a", "b"))
    assert (apart.by_trigger, apart.triggers) == ((), 8)


def test_a_case_that_two_runs_have_is_told() -> None:
    cells = [cell("a", "x", 1.0)]
    assert shared_cases([("one", cells), ("one", cells)]) == [("one", "one", "network", "x")]
    assert shared_cases([("one", cells), ("two", [{**cells[0], "subject": "other"}])]) == []


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two runs of the same tools on a dozen cases each, of which the second's are renamed."""
    first = MadeUp(tmp_path / "first", bounds={"ceiling_of_all": (0.9, 0.1)}).write()
    renamed = {k: tuple(f"other_{n}" for n in names) for k, names in report_store.KINDS.items()}
    monkeypatch.setattr(report_store, "KINDS", renamed)
    return first, MadeUp(tmp_path / "second", bounds={"ceiling_of_all": (0.9, 0.1)}).write()


def test_the_command_prints_both_together(
    two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "pool", *two, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    (table,) = said["tables"]
    assert table["networks"] == [[str(folder), "lite0-trojaned"] for folder in two]
    assert table["cases"] == [12, 12]
    methods = table["methods"]
    assert {"noise", "shuffled", "target_fourier_fv", "adversarial_patch"} <= set(methods)
    assert not {"ceiling_of_all", "ideal", "small"} & set(methods)
    for mean, own in zip(table["means"], table["by_run"], strict=True):
        assert mean["value"] == pytest.approx(sum(own) / 2)
    assert {pair["n"] for pair in table["pairs"]} == {24}
    assert all("noise" not in (p["first"], p["second"]) for p in table["pairs"])
    assert assay(monkeypatch, "pool", *two) == 0
    text = capsys.readouterr().out
    assert "correct over 12 + 12 cases" in text
    assert "after Holm's correction" in text
    assert "there is one seed" in text


def test_a_worst_quarter_of_some_cases_says_so(
    two: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bounds = {"ceiling_of_all": (0.9, 0.1)}
    other = {k: tuple(f"third_{n}" for n in names) for k, names in report_store.KINDS.items()}
    monkeypatch.setattr(report_store, "KINDS", other)
    seeds = MadeUp(tmp_path / "third", bounds=bounds, seeds=2).write()
    assert assay(monkeypatch, "pool", two[0], seeds) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "The worst quarter is of the 12 of 24 cases that have two seeds or more." in said


def test_what_cannot_be_taken_together_is_one_sentence(
    two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, told in (
        ((two[0],), "has one network"),
        ((two[0], two[0]), "both have the case"),
        ((*two, "--judge", "embeding"), "there is no judge 'embeding'"),
        ((*two, "--metric", "corect"), "has no metric 'corect'"),
        ((two[0], two[1].parent / "none"), "none"),
    ):
        assert assay(monkeypatch, "pool", *words) == 2
        said = capsys.readouterr().err
        assert told in said
        assert len(said.splitlines()) == 1
