"""The report: what it says, what it refuses to say, and that it stands on its own."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from report_store import FIXTURES, SECOND, SKILL, MadeUp

from assay.report import write_report
from assay.report.costs import gist
from assay.report.figures import amount, coded, interval_bar, number, share, short
from assay.report.page import Contents, gather, render
from assay.report.pictures import make_sheet, make_thumbnail, sheet_side, thumbnail_side
from assay.report.places import Choice, Entry
from assay.report.reproduce import hash_numbers
from assay.results import Results
from assay.store import Store
from assay.suite import suite_text
from assay.tables import text_table
from assay.types import AssayError

VOID = {"meta", "link", "img", "br", "wbr", "line", "circle", "rect"}


class Balance(HTMLParser):
    """Collects tags that are not closed, or not in order, and every address that is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.loaded += [str(values[k]) for k in ("src", "href") if k in values]
        self.ids += [str(values["id"])] if "id" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose device holds, with three seeds; exemplars failed on one case."""
    folder = tmp_path_factory.mktemp("good")
    return MadeUp(folder, seeds=3, failed=(("exemplars", "fork"),)).write()


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose judge favours the truth in noise."""
    return MadeUp(tmp_path_factory.mktemp("noisy"), noise=0.3).write()


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose second judge orders the tools otherwise; the first is unsure of some cells."""
    second = {**SECOND, "exemplars": (0.36, 0.15), "target_fourier_fv": (0.10, 0.14)}
    moved = {
        ("exemplars", "clownfish"): 0.55,
        ("exemplars", "apple"): 0.4,
        ("noise", "jaguar"): 0.7,
    }
    folder = tmp_path_factory.mktemp("apart")
    return MadeUp(folder, second=second, moved=moved).write()


@pytest.fixture(scope="module")
def said(good: Path) -> Contents:
    return gather(Results(good))


@pytest.fixture(scope="module")
def good_page(said: Contents) -> str:
    return render(said)


def test_the_page_stands_on_its_own(good_page: str) -> None:
    read = Balance()
    read.feed(good_page)
    assert read.wrong == []
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    anchors = {f"#{i}" for i in read.ids}
    assert all(a.startswith("data:") or a in anchors for a in read.loaded)
    # Twelve triggers, and two chosen pictures of four methods on two networks less a failed cell,
    # each with a sheet of all three candidates.
    assert sum(a.startswith("data:image/webp") for a in read.loaded) == 12 + (12 * 4 * 2 - 1) * 3
    for forbidden in ("<script", "http://", "https://", "url(", "@import", "/work/", "/tmp/"):
        assert forbidden not in good_page
    assert len(good_page) < 6e6


def test_a_device_that_holds_is_ranked(said: Contents, good_page: str) -> None:
    (choice,) = said.choices
    assert choice.holds
    assert [e.method for e in choice.entries] == [
        "target_fourier_fv", "adversarial_patch", "exemplars", "ideal", *FIXTURES, "noise",
        "shuffled",
    ]  # fmt: skip
    assert choice.best is not None
    assert (choice.best.method, choice.best.found, choice.best.of) == ("target_fourier_fv", 12, 12)
    assert "The measuring device holds" in good_page
    assert "In short" in good_page
    assert "Which differences the data carry" in good_page
    assert "there is no ranking" not in good_page


def test_the_numbers_are_those_of_the_store(said: Contents) -> None:
    (choice,) = said.choices
    line = next(line for line in choice.lines if line.method == "target_fourier_fv")
    assert [s.p_truth for s in line.squares[:4]] == pytest.approx([0.22, 0.44, 0.66, 0.88])
    mean, quarter, worst = line.ends
    assert (mean.p_truth, quarter.p_truth, worst.p_truth) == pytest.approx((0.55, 0.22, 0.22))
    twin = next(line for line in choice.twin_lines if line.method == "target_fourier_fv")
    assert twin.ends[0].p_truth == pytest.approx(0.12)
    assert choice.entries[0].rows["gain"].mean == pytest.approx(0.55 - 0.12)
    # The ideal finding is made whatever the network: it has no twin.
    assert "ideal" not in {line.method for line in choice.twin_lines}
    assert all(e.against_twin("leak") is None for e in choice.entries if e.role == "ceiling")


def test_a_broken_device_orders_nothing(noisy: Path) -> None:
    said = gather(Results(noisy))
    (choice,) = said.choices
    page = render(said)
    names = [e.method for e in choice.entries]
    assert names == sorted(names) == sorted([*SKILL, *FIXTURES, "ideal", "shuffled"])
    assert (choice.best, choice.differences) == (None, [])
    assert "The measuring device is broken: there is no ranking" in page
    assert "it favours the truth without having been shown it" in page
    for sign_of_order in ("In short", "Which differences", "first-floor", "spacer", "in the order"):
        assert sign_of_order not in page.partition("</style>")[2]
    grids = re.findall(r'<table class="(grid[^"]*)"', page)
    # The second judge's own device holds; its grid is below the fold.
    assert grids == ["grid unranked", "grid unranked", "grid"]
    assert "No ranking, the measuring device is broken" in text_table(Results(noisy))


def test_fixtures_try_the_judge_and_are_no_tools(said: Contents, good_page: str) -> None:
    (choice,) = said.choices
    tried = [e for e in choice.entries if e.role == "fixture"]
    assert [e.method for e in tried] == list(FIXTURES)
    assert all(e.against_twin("leak") is None for e in tried)
    assert not {line.method for line in choice.twin_lines} & set(FIXTURES)
    compared = {m for d in choice.differences for m in (d.correct.first, d.correct.second)}
    assert compared == set(SKILL)
    assert [g.name for g in choice.gates] == ["ideal", "noise", "shuffled", *FIXTURES]
    shown = {m for x in said.exhibits for case in x.cases for m, _, _ in case.rows}
    assert shown == set(SKILL)
    assert "Fixtures try the judge" in good_page
    assert "nor have the fixtures" in good_page


def test_a_judge_that_reads_what_nobody_sees_ranks_nothing(tmp_path: Path) -> None:
    folder = MadeUp(tmp_path, invisible=0.4, certificate=False).write()
    page = render(gather(Results(folder)))
    assert "there is no ranking" in page
    assert "it reads what no person could" in page
    assert "In short" not in page
    table = text_table(Results(folder))
    assert "No ranking, the measuring device is broken: Shown the trigger's features" in table
    # By the alphabet, as in the report.
    lines = [line.split()[0] for line in table.splitlines() if line.strip()]
    names = [*SKILL, *FIXTURES, "ideal", "shuffled"]
    at = lines.index("method")
    assert lines[at + 1 : at + 1 + len(names)] == sorted(names)


def test_results_from_before_the_fixtures_are_ranked(tmp_path: Path) -> None:
    folder = MadeUp(tmp_path, without=tuple(FIXTURES), certificate=False).write()
    (choice,) = gather(Results(folder)).choices
    assert choice.holds
    assert [g.name for g in choice.gates] == ["ideal", "noise", "shuffled"]
    page = render(gather(Results(folder)))
    assert "Fixtures try the judge" not in page
    assert "the fixtures" not in page.partition("</style>")[2]


def test_a_missing_floor_or_ceiling_is_a_broken_device(tmp_path: Path) -> None:
    folder = MadeUp(tmp_path, without=("noise", "ideal"), certificate=False).write()
    said = gather(Results(folder))
    (choice,) = said.choices
    assert [(g.name, g.passed, g.value) for g in choice.gates][:2] == [
        ("ideal", False, None), ("noise", False, None),
    ]  # fmt: skip
    page = render(said)
    assert "was not measured" in page
    assert "The certificate" not in page


def test_a_failed_cell_is_a_gap_and_is_told(said: Contents, good_page: str) -> None:
    # Once a seed.
    assert len(said.failures) == 3
    failure = said.failures[0]
    assert (failure.method, failure.case, failure.status) == ("exemplars", "fork", "failed")
    assert failure.error == "ValueError: no paint"
    assert "exemplars, fork: not measured (failed)" in good_page
    assert "3 cells gave no number" in good_page


def test_the_certificate_is_a_table(said: Contents) -> None:
    (certificate,) = said.certificates
    patch, style = certificate.trojans
    assert (patch.distractors.trojaned, patch.distractors.of) == (0.07, "wink")
    assert patch.look_alikes.trojaned is None
    assert patch.other_classes.trojaned is None
    assert (style.other_classes.trojaned, style.susceptibility) == (0.11, None)
    assert patch.target == "bullfrog (30)"


def test_what_brings_it_back(tmp_path: Path) -> None:
    again = gather(Results(MadeUp(tmp_path, seeds=3, controls=True).write())).reproduction
    assert again.commands[1:] == ["assay run quick --seeds 3", "assay report quick"]
    assert dict(again.facts)["seeds"] == "0, 1, 2"
    assert dict(again.facts)["hash of the weights of lite0-trojaned"] == ("d1ce" * 4)
    assert again.toml == suite_text("quick").strip()


def test_the_hash_is_of_the_numbers(good: Path, noisy: Path) -> None:
    assert hash_numbers(Results(good)) == hash_numbers(Results(good))
    assert hash_numbers(Results(good)) != hash_numbers(Results(noisy))


def test_a_store_without_its_pictures_still_has_a_report(noisy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(noisy, folder, ignore=shutil.ignore_patterns("blobs", "reveal"))
    page = write_report(folder).read_text(encoding="utf-8")
    assert "no pictures of the truth here" in page
    assert "data:image" not in page
    with pytest.raises(AssayError, match="no results"):
        write_report(tmp_path / "nothing")


def test_tasks_without_options_get_a_plain_table(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        run = store.insert(
            "runs",
            {"started": "2026-01-02T03:04:05Z", "suite": "smoke", "toml": suite_text("smoke"),
             "version": "0", "environment": {}, "cells": ""},
        )  # fmt: skip
        for method, metrics in (
            ("ideal", {"effect": 1.0, "damage": 0.0}),
            ("gradient_ranking", None),
            ("random_ranking", {"effect": -0.25, "damage": 0.125}),
        ):
            label = ["ablate", "handmade-units", "red", 0, method, None, None, "ablator"]
            store.insert(
                "run_cells", {"run": run, "score": method, "finding": None, "label": label}
            )
            store.insert(
                "scores",
                {"key": method, "answer": f"a-{method}", "status": "ok" if metrics else "failed",
                 "task": "ablate", "subject": "handmade-units", "case_name": "red",
                 "kind": "class", "method": method, "judge": "ablator", "seed": 0,
                 "metrics": metrics, "error": None if metrics else "<b>no units</b>"},
            )  # fmt: skip
    said = gather(Results(tmp_path))
    (plain,) = said.plains
    assert (said.choices, said.exhibits, plain.metrics) == ([], [], ["effect", "damage"])
    page = render(said)
    read = Balance()
    read.feed(page)
    assert read.wrong == []
    assert "−0.25" in page
    assert "the headline is effect" in page
    assert "&lt;b&gt;no units&lt;/b&gt;" in page
    assert "measuring device" not in page


def test_numbers_as_text() -> None:
    assert [number(v) for v in (None, 0.125, -0.001, -0.5)] == ["–", "0.12", "0.00", "−0.50"]
    assert [short(v) for v in (None, 0.64, 1, 0, 0.999, -0.2)] == [
        "–",
        ".64",
        "1",
        "0",
        "1.00",
        "−.20",
    ]
    assert [share(v) for v in (None, 1.0, 0.0, 0.5)] == ["–", "✓", "✗", ".50"]
    assert [amount(v) for v in (None, 42, 1520.4)] == ["–", "42.00", "1\u2009520"]
    assert coded("a `b<` c") == "a <code>b&lt;</code> c"
    assert interval_bar(None, None, None) == ""
    assert "range" not in interval_bar(0.5, None, None)


def test_an_errors_gist() -> None:
    assert gist("Traceback (most recent call last):\n  x\nKeyError: 'a'\n") == "KeyError: 'a'"
    assert gist("the budget is 8 passes\nmore") == "the budget is 8 passes"
    assert gist(None) == "no reason was kept"


def test_thumbnails_are_small_and_never_enlarged(tmp_path: Path) -> None:
    Image.new("RGB", (300, 150), "red").save(tmp_path / "wide.png")
    Image.new("RGB", (16, 16), "red").save(tmp_path / "tiny.png")
    wide, tiny = (make_thumbnail(tmp_path / f"{n}.png", 112) for n in ("wide", "tiny"))
    assert wide is not None
    assert tiny is not None
    assert (wide.width, wide.height, tiny.width) == (112, 56, 16)
    assert make_thumbnail(tmp_path / "none.png", 112) is None
    assert [thumbnail_side(n) for n in (432, 1000, 2000, 9000)] == [112, 80, 56, 40]


def test_all_candidates_are_folded_away_with_their_own_scores(
    said: Contents, good_page: str
) -> None:
    (exhibit,) = said.exhibits
    shown = {m: ours for m, ours, _ in exhibit.cases[0].rows}
    all_of_it = shown["target_fourier_fv"].candidates
    assert all_of_it is not None
    # The made-up rule shows the first and the third of three whose own scores are these.
    assert all_of_it.scores == [(3.0, True), (2.0, False), (1.0, True)]
    assert (all_of_it.sheet.width, all_of_it.sheet.height) == (3 * 47 - 3, 44)
    fold = "<summary>All 3 candidates</summary>"
    assert good_page.count(fold) == 12 * 4 * 2 - 1
    assert "<b>3.00</b>, 2.00, <b>1.00</b>." in good_page


def test_a_sheet_has_rows_of_twelve_and_shrinks_with_the_page(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.png" for i in range(14)]
    for i, path in enumerate(paths):
        Image.new("RGB", (80, 40), (17 * i, 0, 0)).save(path)
    sheet = make_sheet(paths, 44)
    assert sheet is not None
    assert (sheet.width, sheet.height) == (12 * 47 - 3, 2 * 47 - 3)
    assert len(sheet.uri) < 3000
    assert make_sheet([*paths, tmp_path / "none.png"], 44) is None
    assert [sheet_side(n) for n in (100, 1500, 3000, 9000)] == [44, 44, 34, 26]


def entry_of(choice: Choice, method: str) -> Entry:
    return next(e for e in choice.entries if e.method == method)


def test_the_second_judge_is_beside_the_first(said: Contents, good_page: str) -> None:
    (choice,) = said.choices
    (other,) = choice.beside
    assert (choice.judge, other.judge) == ("embedding", "handcrafted")
    # A fold of its own, and columns in the first one's table.
    assert good_page.count("judged by handcrafted</h2>") == 0
    assert good_page.count("<summary>What handcrafted says") == 1
    assert "handcrafted:<br>correct<small>p_truth</small>" in good_page
    assert entry_of(other, "target_fourier_fv").rows["p_truth"].mean == pytest.approx(0.3)
    assert [e.method for e in other.entries] == [e.method for e in choice.entries]
    agreement = choice.agreement("handcrafted")
    assert agreement is not None
    assert (agreement.tau, agreement.n) == (pytest.approx(1), 4)
    assert choice.ranking is not None
    labels = [choice.ranking.label(e.method) for e in choice.entries]
    assert labels == ["A", "B", "C", *[""] * (len(FIXTURES) + 3)]
    assert '<td class="group">B</td>' in good_page


def test_judges_that_disagree_rank_nothing(apart: Path) -> None:
    results = Results(apart)
    (choice,) = gather(results).choices
    assert choice.holds
    names = [e.method for e in choice.entries]
    assert names == sorted(names)
    assert choice.best is None
    page = render(gather(results)).partition("</style>")[2]
    assert "don&#39;t order the methods alike (Kendall&#39;s tau -0.33)" in page
    for sign_of_order in ("found the most", 'class="group"', "first-floor", "spacer"):
        assert sign_of_order not in page
    table = text_table(results)
    assert "don't order the methods alike" in table
    assert "group  method" not in table


def test_cells_of_which_the_judge_is_unsure_are_marked(apart: Path) -> None:
    results = Results(apart)
    (choice,) = gather(results).choices
    line = next(line for line in choice.lines if line.method == "exemplars")
    squares = {s.moved: s.unsure for s in line.squares}
    assert squares == {0.05: False, 0.4: False, 0.55: True}
    # Of the three tools' twelve cells one, on each network; noise is no tool.
    assert (choice.unsure, choice.twin_unsure) == ((1, 36), (1, 36))
    page = render(gather(results))
    # Two in each of the two grids, and none in the second judge's, which has one view.
    assert len(re.findall(r'<td class="[a-z ]*unsure"', page)) == 4
    assert (
        "exemplars, clownfish: correct 1.00, p_truth 0.160; judge unsure, an option moved by 0.55"
        in page
    )
    assert "It is unsure of 1 of 36 cells of tools, and of 1 of 36 on the clean twin." in page
    table = text_table(results)
    assert "unsure of 1 of 36 cells of tools" in table
    assert table.count("?1.00") == 1
