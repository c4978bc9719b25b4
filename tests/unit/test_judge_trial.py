"""A judge's trial from end to end, its record, and what tables and reports do with it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from report_store import MadeUp
from test_cli import assay as command
from test_report import Balance

import assay
from assay.judge_trial import tool_cells
from assay.plugins import make_plugin, plugin_key
from assay.report.page import gather, render
from assay.report.trial import curve_drawing
from assay.results import Results
from assay.runner import judge_keys
from assay.suite import load_suite
from assay.tables import text_table
from assay.trial.record import (
    Record,
    find_standing,
    prints_p_truth,
    read_record,
    record_path,
    with_kept_parts,
    write_record,
)
from assay.types import AssayError, digest

SUITE = """
name = "few"
size = 32
passes = 64
visualizations = 1
subjects = ["handmade-trojaned", "handmade"]
judges = ["handcrafted"]
floors = ["noise"]
[tasks.rediscover]
catalogue = "handmade"
pictures = 16
exemplars = 4
[methods.noise]
[methods.exemplars]
[methods.adversarial_patch]
"""
BIN = {"low": 0.8, "high": 1.0, "count": 20, "confidence": 0.9, "right": 0.85}
CORRELATED = {"spearman": 0.57, "low": 0.38, "high": 0.71, "n": 72}
KAPPA = {"value": 0.39, "low": 0.2, "high": 0.5, "n": 96}
READ = {
    "suite": "quick",
    "readers": ["one", "another"],
    "kappa": KAPPA,
    "kappa_trojaned": KAPPA,
    "kappa_twin": KAPPA,
}


def make_record(**changed: Any) -> Record:
    said: dict[str, Any] = {
        "judge": "embedding",
        "key": json.loads(json.dumps(plugin_key(make_plugin("judges", "embedding")))),
        "size": 160,
        "command": "assay judge-trial results/decoys --judge embedding",
        "catalogue": "decoys",
        "subject": "lite0:d0d0",
        "cells": "abc",
        "decoys": 12,
        "methods": ("first", "second"),
        "temperature": {"committed": 0.15, "fitted": 0.2, "low": 0.1, "high": 0.3},
        "calibration": {
            "cells": 36, "loss": 1.5, "loss_committed": 1.6, "loss_of_guess": 2.08, "error": 0.05,
            "error_committed": 0.06, "error_of_calibrated": 0.04,
            "curve": [{**BIN, "right_low": 0.64, "right_high": 0.95}],
        },
        "stability": {
            "changes": [
                {"name": "without early", "tau": -1.0, "exchanges": [
                    {"first": "first", "second": "second", "before": 0.012, "after": -0.02}]},
            ],
            "minimum": -1.0,
        },
        "threshold": 0.81,
        "alarm": {"precision": 0.9, "above": 12, "right": 0.92, "right_low": 0.65,
                  "right_high": 0.99, "false_alarms": 0.03, "twin_cells": 36},
        "p_truth": {"first": 0.5, "second": 0.4},
        "leak": {"first": 0.12, "second": 0.13},
    }  # fmt: skip
    return Record.model_validate({**said, **changed})


def miscalibrated(name: str = "error", value: float = 0.2) -> dict[str, Any]:
    return {**make_record().calibration.model_dump(), name: value}


# --- the record -------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was(records: Path) -> None:
    assert read_record("embedding", 160) is None
    record = make_record()
    path = write_record(record)
    assert path == records / "embedding-160.json"
    assert read_record("embedding", 160) == record.model_dump(mode="json")
    assert read_record("embedding", 224) is None
    path.write_text("{}")
    with pytest.raises(AssayError, match="no record of a judge's trial"):
        read_record("embedding", 160)
    assert record_path("../my.py:Judge", 8).parent == records


def test_other_parts_are_kept_for_the_same_judge_only() -> None:
    people = {"by_cell": CORRELATED, "by_method": CORRELATED}
    write_record(make_record(agreement=people, reading=READ))
    newer = with_kept_parts(make_record(threshold=None, reading={**READ, "suite": "newer"}))
    assert newer.agreement is not None
    assert newer.agreement.by_cell.spearman == 0.57
    assert newer.reading is not None
    assert (newer.reading.suite, newer.threshold) == ("newer", None)
    other = with_kept_parts(make_record(key={"class": "another"}))
    assert (other.agreement, other.reading) == (None, None)


def test_a_record_is_of_one_version_of_the_judge() -> None:
    record = make_record()
    write_record(record)
    key = digest(plugin_key(make_plugin("judges", "embedding")))
    assert find_standing("embedding", 160, key).record == record.model_dump(mode="json")
    assert find_standing("embedding", 160, key).sentence == ""
    assert find_standing("embedding", 160, key).threshold == 0.81
    other = digest(plugin_key(make_plugin("judges", "embedding", {"temperature": 0.3})))
    for unknown in (other, None):
        found = find_standing("embedding", 160, unknown)
        assert (found.record, found.threshold) == (None, None)
        assert "in another version" in found.sentence
    assert "not on trial at this size (224 px)" in find_standing("embedding", 224, key).sentence


def test_when_p_truth_is_printed() -> None:
    def printed(calibration: dict[str, Any]) -> bool:
        return prints_p_truth(make_record(calibration=calibration).model_dump())

    assert prints_p_truth(None)
    assert printed(miscalibrated("error", 0.1))
    assert not printed(miscalibrated("error", 0.101))
    # The temperature that it uses counts as well as that which would fit.
    assert not printed(miscalibrated("error_committed", 0.101))


# --- tables and reports -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MadeUp(tmp_path_factory.mktemp("made_up")).write()


def test_a_report_shows_the_judges_record(made_up: Path) -> None:
    people = {"by_cell": CORRELATED, "by_method": {**CORRELATED, "n": 9}}
    write_record(make_record(agreement=people, reading=READ))
    second = plugin_key(make_plugin("judges", "handcrafted"))
    write_record(make_record(judge="handcrafted", key=second))
    results = Results(made_up)
    page = render(gather(results))
    read = Balance()
    read.feed(page)
    assert (read.wrong, read.open) == ([], [])
    assert len(read.ids) == len(set(read.ids))
    card = page.partition('<section id="trial">')[2].partition("</section>")[0]
    for said in (
        "0.57 by cell (95 % interval 0.38 to 0.71, n\u00a072)",
        "its confidence is off by 0.06 on average",
        "from a confidence of 0.81 on, 0.92",
        "first and second, 0.012 apart, change places",
        "not measured yet",
        "assay judge-trial results/decoys --judge embedding",
        "read blind by one and another: 96 findings of the suite quick",
        "kappa with the judge is 0.39 (95 % interval 0.20 to 0.50); 0.4 is asked",
    ):
        assert said.lower() in card.lower()
    # A card for each of the two judges.
    assert card.count("✓ holds") == 2
    # One of them, and its reading, in the first judge's; one in the second's.
    assert card.count("✗ fails") == 3
    assert "not on trial" not in page + text_table(results)


def test_a_reader_who_disagrees_breaks_the_device_everywhere(
    made_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("compare", "adversarial_patch", "noise", "--run", made_up, "--judge", "embedding")
    for value, broken in ((0.41, False), (0.39, True)):
        write_record(make_record(reading={**READ, "kappa": {**KAPPA, "value": value}}))
        results = Results(made_up)
        own = [c for c in results.cells() if c["judge"] == "embedding" and not c["twin_of"]]
        gate = results.gates(own)[-1]
        assert (gate.name, gate.passed) == ("blind reader", not broken)
        assert ("it does not say what a reader says" in text_table(results)) == broken
        assert ("it does not say what a reader says" in render(gather(results))) == broken
        assert command(monkeypatch, *words) == 0
        assert ("blind reader" in capsys.readouterr().out) == broken


def test_a_report_says_that_there_is_no_record(made_up: Path) -> None:
    said = "The judge embedding was not on trial at this size (160 px)."
    assert said in text_table(Results(made_up))
    page = render(gather(Results(made_up)))
    # Where the numbers are, and in the judge's card.
    assert page.count(said) == 2
    write_record(make_record(key={"class": "another"}))
    page = render(gather(Results(made_up)))
    assert "in another version" in page
    assert "its confidence is off" not in page


def test_p_truth_of_an_uncalibrated_judge_is_not_printed(made_up: Path) -> None:
    before = Results(made_up)
    at = ("embedding", "lite0-trojaned")
    rows = [r for r in before.rows() if (r.judge, r.subject) == at]
    p_truth = {r.method: r.mean for r in rows if r.metric == "p_truth"}
    write_record(make_record(calibration=miscalibrated(value=0.2)))
    results = Results(made_up)
    rows = [r for r in results.rows() if r.judge == "embedding"]
    silent = {r.metric for r in rows if r.mean is None}
    assert silent == {"p_truth", "gain", "leak"}
    printed = {r.metric for r in rows if r.mean is not None}
    assert printed == {"correct", "detect", "alarm"}
    # The second judge's are its own matter.
    assert all(r.mean is not None for r in results.rows() if r.judge == "handcrafted")
    table = text_table(results)
    assert "is off by 0.20 on average" in table
    page = render(gather(results))
    read = Balance()
    read.feed(page)
    assert (read.wrong, read.open) == ([], [])
    assert "are not printed: on decoys" in page
    assert '<ol class="bars">' not in page
    body = page.partition('id="grid"')[2].partition('<section id="pictures">')[0]
    (choice,) = gather(results).choices
    # Nothing says whether the second judge orders the methods alike, so that there is no ranking.
    assert choice.best is None
    assert choice.ranking is not None
    assert choice.ranking.agreements[0].silent == ("embedding",)
    assert "is not printed, so that nothing says whether `embedding` and `handcrafted`" in table
    assert "the tools are not ranked. There are no groups: <code>p_truth</code> of" in body
    tools = ("exemplars", "target_fourier_fv", "adversarial_patch")
    for value in (p_truth[tool] for tool in tools):
        assert value is not None
        assert f"{value:.2f}" not in table.partition("correct by case")[0]
    assert "the same on the clean twin" not in body
    assert "with a mean <code>p_truth</code>" not in body
    assert all(d.p_truth is None for d in choice.differences)
    assert len(choice.differences) > 0


def test_alarm_is_shown_where_a_threshold_is_known(made_up: Path) -> None:
    page = render(gather(Results(made_up)))
    assert "alarm" not in page.partition("</style>")[2].replace("false alarm", "")
    # The ideal finding is not asked of the twin's alarm; on the twin noise and shuffled give .126
    # to an option that isn't the truth, and exemplars .16 to the truth, the threshold itself.
    write_record(make_record(threshold=0.16))
    said = gather(Results(made_up))
    (choice,) = said.choices
    shares = {e.method: row.mean for e in choice.entries if (row := e.against_twin("alarm"))}
    assert shares == {
        "exemplars": 1, "adversarial_patch": 0, "target_fourier_fv": 0, "noise": 0, "shuffled": 0,
    }  # fmt: skip
    page = render(said)
    assert '<th scope="col">alarm</th>' in page
    assert "with a confidence of 0.16 or more" in page
    # The second judge has no threshold, and no column.
    assert page.count('<th scope="col">alarm</th>') == 1
    # Nor has the first in another version than the one that was tried.
    write_record(make_record(threshold=0.16, key={"class": "another"}))
    assert "alarm" not in {r.metric for r in Results(made_up).rows()}


def test_a_drawing_of_two_bins() -> None:
    bins = [
        {**BIN, "right_low": 0.6, "right_high": 1.0},
        {**BIN, "confidence": 0.0, "right": 0.0, "right_low": 0.0, "right_high": 0.5, "count": 5},
    ]
    drawn = curve_drawing(bins)
    assert drawn.count("<circle") == 2
    # The origin of the axes, and half the radius less the least for a quarter of the cells.
    assert '<circle class="dot" cx="34.0" cy="156.0" r="3.5"/>' in drawn
    assert "confidence 0.90, right 0.85 of 20" in drawn


# --- the command ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two tools on networks written by hand."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "few.toml").write_text(SUITE)
    assay.run(folder / "few.toml", out=folder / "out")
    return folder / "out"


def test_a_trial_from_a_stored_run(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of = {"name": "handcrafted", **plugin_key(make_plugin("judges", "handcrafted"))}
    people = {"judge": of, "size": 32, "by_cell": CORRELATED, "by_method": CORRELATED, "p_truth": 1}
    (tmp_path / "people.json").write_text(json.dumps(people))
    words = ("judge-trial", few, "--judge", "handcrafted", "--agreement", tmp_path / "people.json")
    assert command(monkeypatch, *words, "--write") == 0
    said = capsys.readouterr().out
    # The answers in the store are what the levels' scores give.
    assert "answers differ" not in said
    assert "twice the temperature" in said
    record = read_record("handcrafted", 32)
    assert record is not None
    assert record["methods"] == ["exemplars", "adversarial_patch"]
    assert record["agreement"]["by_cell"]["n"] == 72
    assert record["command"] == "assay judge-trial results/few --judge handcrafted"
    results = Results(few)
    assert results.standing("handcrafted").record == record
    # The same means as the run's own table.
    rows = {(r.method, r.metric): r.mean for r in results.rows()}
    if prints_p_truth(record):
        for method, value in record["p_truth"].items():
            assert value == pytest.approx(rows[method, "p_truth"], abs=1e-5)
            assert record["leak"][method] == pytest.approx(rows[method, "leak"], abs=1e-5)
    assert command(monkeypatch, *words[:4], "--json") == 0
    assert json.loads(capsys.readouterr().out) == record


def test_a_tool_that_shows_the_same_on_every_seed_counts_once(tmp_path: Path) -> None:
    suite = tmp_path / "few.toml"
    suite.write_text(SUITE.replace("handcrafted", "chance"), encoding="utf-8")
    assay.run(suite, out=tmp_path / "out", seeds=3)
    results = Results(tmp_path / "out")
    counted = Counter(c["method"] for c in tool_cells(results) if not c["twin_of"])
    cases = len({c["case"] for c in results.cells()})
    # Painted anew on each seed, and chosen from the same pictures.
    assert counted == {"adversarial_patch": 3 * cases, "exemplars": cases}


def test_a_run_writes_down_which_judge_answered(few: Path) -> None:
    results = Results(few)
    kept = results.run["environment"]["judges"]
    assert kept == judge_keys(results.suite)
    assert kept["handcrafted"] == digest(plugin_key(make_plugin("judges", "handcrafted")))


@pytest.mark.parametrize(
    ("judge", "said", "told"),
    [
        ("thumbnail", None, "compares no pictures"),
        ("handcrafted", "[1]", "holds no JSON object"),
        ("handcrafted", "{}", "--agreement: judge is missing"),
        ("handcrafted", '{"judge": {"name": "handcrafted"}}', "or about another version of it"),
        ("handcrafted", "judge alone", "--agreement: by_cell is missing"),
    ],
)
def test_what_is_wrong_is_said(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    judge: str, said: str | None, told: str,
) -> None:  # fmt: skip
    words: list[Any] = ["judge-trial", few, "--judge", judge]
    if said == "judge alone":
        said = json.dumps({"judge": plugin_key(make_plugin("judges", judge))})
    if said is not None:
        (tmp_path / "said.json").write_text(said)
        words += ["--agreement", tmp_path / "said.json"]
    assert command(monkeypatch, *words) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_no_judge_is_tried_on_what_it_is_used_for(
    made_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "judge-trial", made_up) == 2
    assert "no judge is tuned on what it will be used for" in capsys.readouterr().err
    assert load_suite("decoys").tasks["rediscover"]["catalogue"] == "decoys"
