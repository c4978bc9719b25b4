"""Methods beside each other: in the report, in the text table, and with `assay compare`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_store import MadeUp
from test_cli import assay
from test_report import Balance

from assay.measures.comparing import Comparison
from assay.report.comparing import compare_devices
from assay.report.page import gather, gather_devices, make_environment, render
from assay.results import Results
from assay.tables import text_table

TOOLS = ("target_fourier_fv", "adversarial_patch", "exemplars")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose device ranks; exemplars failed on one case."""
    folder = tmp_path_factory.mktemp("good")
    return MadeUp(folder, seeds=3, failed=(("exemplars", "fork"),)).write()


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one seed, whose first judge favours the truth a little less in noise."""
    return MadeUp(tmp_path_factory.mktemp("single"), noise=0.1).write()


def compared(folder: Path) -> tuple[Comparison, str]:
    """The comparison of the folder's device, and its section of the page."""
    results = Results(folder)
    devices, _ = gather_devices(results)
    (found,) = compare_devices(results, [(d.choice, d.cells) for d in devices])
    template = make_environment().get_template("comparing.html.j2")
    return found.comparison, str(template.make_module().section(found))  # type: ignore[attr-defined]


def test_the_section_of_a_device_that_ranks(good: Path) -> None:
    found, page = compared(good)
    assert found.best == "target_fourier_fv"
    assert found.methods == (*TOOLS, "noise", "shuffled")
    best = found.worth["target_fourier_fv"]
    assert best["p_truth"].by_kind == pytest.approx(
        {"patch": 0.55, "style": 0.55, "natural_feature": 0.55}
    )
    # The three first cases of their kinds are the worst on every seed, whatever luck adds.
    assert best["p_truth"].quarter.value == pytest.approx(0.22)
    assert (best["p_truth"].worst, best["correct"].behind) == (pytest.approx(0.22), None)
    behind = found.worth["adversarial_patch"]["p_truth"].behind
    assert behind is not None
    assert (behind.first, behind.difference) == ("target_fourier_fv", pytest.approx(0.15))
    assert behind.carried
    assert found.worth["shuffled"]["p_truth"].behind is None
    assert "Methods together" in page
    assert "Behind the best: target_fourier_fv" in page
    assert "picked on one seed" in page


def test_the_portfolio_of_the_report_knows_answers_and_truths(good: Path) -> None:
    found, _ = compared(good)
    by_p = found.portfolios["p_truth"]
    # Eleven cases with three seeds: exemplars failed on the fork.
    assert (by_p.methods, by_p.n) == (TOOLS, 33)
    one, two, three = by_p.picks
    assert one.methods == ("target_fourier_fv",)
    # Of one tool, the pool is its answer: the right option was looked up.
    assert one.pooled == pytest.approx(one.oracle) == pytest.approx(by_p.single[1])
    means = [found.worth[m]["p_truth"].by_kind for m in TOOLS[:2]]
    assert [m["patch"] for m in means] == pytest.approx([0.55, 0.40])
    # (.55 + .40) / 2 over all cases but the fork, whose p_truth is .4 of the mean.
    assert two.pooled == pytest.approx((12 * 0.55 - 0.22 + 12 * 0.40 - 0.16) / 22)
    assert three.passes == 3 * 2000
    assert by_p.marginal["exemplars"].value == 0


def test_an_upper_bound_is_compared_with_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As a tool it would be the best, and the union oracle its own score.
    bound = "most"
    folder = MadeUp(tmp_path, seeds=3, bounds={bound: (0.95, 0.2)}).write()
    found, section = compared(folder)
    assert found.best == "target_fourier_fv"
    assert found.methods == (*TOOLS, "noise", "shuffled")
    together = found.portfolios["p_truth"]
    assert together.methods == TOOLS
    assert together.oracle.value is not None
    assert together.oracle.value < 0.7
    assert f">{bound}<" not in section
    said = f"`{bound}` is an upper bound, and no tool: it is left out"
    results = Results(folder)
    table = text_table(results)
    assert table.count(said) == 1
    # Among the methods it stands after the tools, and has no group's letter.
    lines = [line.split() for line in table.splitlines()]
    starts = [next(i for i, words in enumerate(lines) if name in words[:2])
              for name in (*TOOLS, bound, "ideal")]  # fmt: skip
    assert starts == sorted(starts)
    assert lines[starts[0]][:2] == ["A", "target_fourier_fv"]
    assert lines[starts[3]][0] == bound
    (choice,) = gather(results).choices
    assert [e.role for e in choice.entries][:5] == [*["tool"] * 3, "bound", "ceiling"]
    assert choice.best is not None
    assert choice.best.method == "target_fourier_fv"
    assert bound not in choice.like_noise
    assert bound not in {m for d in choice.differences for m in (d.correct.first, d.correct.second)}
    # It has a twin, as tools have: nothing of it is made from the truth.
    assert choice.entries[3].against_twin("leak") is not None
    page = render(gather(results))
    label = f'{bound}<span class="role">upper bound</span>'
    # Of the first judge two grids and two tables, of the second a grid and two tables; and what
    # stands behind its score.
    assert page.count(label) == 8
    assert page.count("is an upper bound, and no tool: it is left out of") == 1
    read = Balance()
    read.feed(page)
    assert (read.wrong, read.open) == ([], [])
    words = ("compare", bound, "exemplars", "--run", folder, "--json")
    assert assay(monkeypatch, *words) == 0
    assert any(said in note for note in json.loads(capsys.readouterr().out)["notes"])


def test_one_seed_gives_groups_alone(single: Path) -> None:
    found, page = compared(single)
    assert (found.best, found.portfolios) == (None, {})
    assert "a ranking takes 3 seeds at least, and there is one" in page
    assert "The worst quarter is not told" in page
    assert "Methods together" not in page
    assert "Behind the best" not in page
    assert '<td class="group">A</td>' in page
    assert found.worth["exemplars"]["correct"].quarter.value is None
    table = text_table(Results(single))
    assert "worst quarter  " not in table
    assert "The worst quarter is not told" in table
    assert "No ranking, groups only" in table
    assert "comparing methods" not in table


def test_the_text_table_has_it_too(good: Path) -> None:
    table = text_table(Results(good))
    assert "comparing methods · correct" in table
    assert "target_fourier_fv minus it [95 %]" in table
    assert "tools together · correct · union oracle 1.00" in table
    assert "No ranking" not in table


def test_compare_two_methods_of_a_run(
    good: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("compare", "target_fourier_fv", "adversarial_patch", "--run", good)
    assert assay(monkeypatch, *words, "--metric", "p_truth", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    (found,) = said["comparisons"]
    assert (found["judge"], found["metric"], found["cases"]) == ("embedding", "p_truth", 12)
    assert (found["first"], found["second"]) == pytest.approx((0.55, 0.40))
    assert found["difference"] == pytest.approx(0.15)
    assert found["low"] < 0.15 < found["high"]
    # Twelve cases all the same way: 2 of 4096 signs.
    assert (found["p"], found["seeds"]) == (2 / 4096, 3)
    assert said["notes"] == []
    assert assay(monkeypatch, *words, "--judge", "handcrafted") == 0
    text = capsys.readouterr().out
    assert "A: target_fourier_fv, B: adversarial_patch" in text
    assert "handcrafted" in text
    assert "correct" in text


def test_compare_a_method_in_two_runs(
    good: Path, single: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("compare", "noise", "noise", "--run", good, "--run", single)
    assert assay(monkeypatch, *words, "--metric", "p_truth", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert (found["first"], found["second"]) == pytest.approx((0.12, 0.10))
    # The one seed that both have.
    assert (found["seeds"], found["cases"]) == (1, 12)


def test_compare_how_two_runs_order_their_tools(
    good: Path,
    single: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("compare", "--run", good, "--run")
    assert assay(monkeypatch, *words, single, "--metric", "p_truth", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["orders"]
    # Neither floors nor ceiling count: three tools, in the same order.
    assert set(found["means"]) == set(TOOLS)
    assert found["means"]["target_fourier_fv"] == pytest.approx([0.55, 0.55])
    assert (found["spearman"], found["n"], found["cases"]) == (pytest.approx(1), 3, [12, 12])
    assert found["low"] <= 1
    assert assay(monkeypatch, *words, single) == 0
    text = capsys.readouterr().out
    assert "Spearman's rank correlation" in text
    assert "over 3 tools, 12 and 12 cases" in text
    assert assay(monkeypatch, *words, single, "--judge", "embeddin") == 2
    assert "did you mean 'embedding'?" in capsys.readouterr().err


def test_runs_that_fewer_than_two_are_have_no_order_to_compare(
    good: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "compare", "--run", good) == 2
    assert "give --run twice" in capsys.readouterr().err
    assert assay(monkeypatch, "compare", "noise", "--run", good) == 2
    assert "name another method" in capsys.readouterr().err


def test_the_default_run_is_the_only_one(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert assay(monkeypatch, "compare", "noise", "exemplars") == 2
    assert "there are no results in results/" in capsys.readouterr().err
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "quick").symlink_to(good)
    assert assay(monkeypatch, "compare", "noise", "exemplars") == 0
    assert "-" in capsys.readouterr().out
    (tmp_path / "results" / "again").symlink_to(good)
    assert assay(monkeypatch, "compare", "noise", "exemplars") == 2
    assert "say which one with --run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("target_fourier_f", "noise"), "did you mean 'target_fourier_fv'?"),
        (("noise", "exemplar"), "did you mean 'exemplars'?"),
        (("noise", "noise"), "compared with itself"),
        (("noise", "exemplars", "--metric", "p_trut"), "did you mean 'p_truth'?"),
        (("noise", "exemplars", "--judge", "handcraft"), "did you mean 'handcrafted'?"),
        (("noise", "exemplars", "--run", "no/such"), "there are no results in no/such"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    good: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    run = () if "--run" in words else ("--run", good)
    assert assay(monkeypatch, "compare", *words, *run) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
