"""`assay try`: methods from files, on the hand-written network; and what is said of bad ones."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from test_cli import assay
from test_judge_trial import make_record, miscalibrated
from test_report import Balance

import assay as package
from assay.plugins import classes_in, load_file, make_plugin, plugin_key
from assay.trial.record import write_record
from assay.types import AssayError

HEAD = """
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay import Images, Method
"""

# Shows the trigger itself, as the ceiling does: its answer is known.
KNOWING = (
    HEAD
    + """
from assay.kit import load_kit
from assay.trojans.world import World


@dataclass(frozen=True)
class Knowing(Method):
    version: ClassVar[int] = 1
    family: ClassVar = "predict"

    trigger: str = "green_star"

    def explain(self, given, budget, rng):
        given.subject.network()(given.pictures)
        world = World(load_kit(), "held_out", given.subject.size)
        shown = world.show("patch", self.trigger, given.visualizations, rng)
        n = len(shown)
        return Images(shown, (0.0,) * n, tuple(range(n)))
"""
)
RAISING = KNOWING.replace(
    "        given.subject", '        raise RuntimeError("no paint")\n        given'
)
WORDS = (
    *("--trojan", "green_star", "--subject", "handmade-trojaned", "--catalogue", "handmade"),
    *("--judge", "thumbnail", "--size", "32", "--passes", "64"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("mine.py").write_text(KNOWING)
    return tmp_path


def test_bars_costs_and_a_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "try", "mine.py", *WORDS, "--out", "pages/case.html") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mine.py:Knowing on green_star (handmade-trojaned, judged by thumbnail)"
    bars = lines[2:10]
    assert bars[0].startswith("green star")
    assert [line.endswith("← the trigger") for line in bars] == [True] + [False] * 7
    chances = [float(next(w for w in line.split() if "." in w)) for line in bars]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1, abs=0.05)
    said = "\n".join(lines[10:])
    assert "correct 1.00, p_truth " in said
    assert re.search(r"it beats noise \(p_truth 0\.\d+\) and chance \(0\.125\)", said)
    # The method looks at every given picture once.
    assert "48 of 64 passes" in said
    assert "There are no results in results/quick" in said
    page = Path("pages/case.html").read_text(encoding="utf-8")
    read = Balance()
    read.feed(page)
    assert (read.wrong, read.open) == ([], [])
    # Four pictures each of the trigger, the method and noise; and nothing from elsewhere.
    assert sum(a.startswith("data:image/webp") for a in read.loaded) == 12
    assert all(a.startswith("data:") for a in read.loaded)
    assert str(folder) not in page
    # Nothing is kept but the page.
    assert {p.name for p in folder.iterdir()} == {"mine.py", "pages"}


def test_of_an_uncalibrated_judge_there_are_bars_and_no_p_truth(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = plugin_key(make_plugin("judges", "thumbnail"))
    off = miscalibrated(value=0.2)
    write_record(make_record(judge="thumbnail", size=32, key=key, calibration=off))
    assert assay(monkeypatch, "try", "mine.py", *WORDS) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    # What was asked for is there: eight bars, the likeliest first.
    assert lines[2].startswith("green star")
    assert lines[2].endswith("← the trigger")
    assert "correct 1.00, p_truth –" in lines
    # Noise is not named so often: held against it by what is printed.
    assert any(line.startswith("it beats noise (correct 0.") for line in lines)
    assert said.count("confidence of the judge thumbnail is off by 0.20") == 1
    assert said.count("not how often it is right") == 1
    page = Path("try.html").read_text(encoding="utf-8")
    assert page.count("is off by 0.20 on average") == 1
    assert "the judge gives" not in page
    assert page.count('<ol class="bars">') == 3


def test_what_other_tools_showed_of_the_same_case_stands_beside(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("other.toml").write_text(
        """
name = "other"
size = 32
passes = 256
visualizations = 2
subjects = ["handmade-trojaned", "handmade"]
judges = ["thumbnail"]
floors = ["noise"]
[tasks.rediscover]
catalogue = "handmade"
[methods.noise]
[methods.exemplars]
"""
    )
    cases = ["green_star"]
    run = package.run("other.toml", out="results/quick", cases=cases)
    assert {c["case"] for c in run.cells()} == set(cases)
    assert assay(monkeypatch, "try", "mine.py:Knowing", *WORDS) == 0
    assert "The other tools' pictures are from results/quick." in capsys.readouterr().out
    page = Path("try.html").read_text(encoding="utf-8")
    assert page.count('<div class="method">exemplars</div>') == 1
    assert page.count('<div class="method">noise</div>') == 1
    read = Balance()
    read.feed(page)
    assert sum(a.startswith("data:image/webp") for a in read.loaded) == 12 + 2
    # Another seed puts the options in another order: that is another question.
    assert assay(monkeypatch, "try", "mine.py", *WORDS, "--seed", "1") == 0
    assert "hold no finding for this question" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RAISING, "RuntimeError: no paint"),
        (KNOWING.replace("given.pictures)", "given.pictures.repeat(2, 1, 1, 1))"), "64 passes"),
        (KNOWING.replace("Images(shown", "Images(shown - 1"), "pictures must lie in [0, 1]"),
        (KNOWING + "\nwrong = nowhere\n", "NameError: name 'nowhere' is not defined"),
        (KNOWING + "\nimport nowhere_at_all\n", "No module named 'nowhere_at_all'"),
        (KNOWING + "\ndef (:\n", "SyntaxError"),
    ],
)
def test_what_goes_wrong_in_the_file_is_shown(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    told: str,
) -> None:
    Path("mine.py").write_text(text)
    assert assay(monkeypatch, "try", "mine.py", *WORDS) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""
    assert not Path("try.html").exists()
    if "Error" in told:
        # The line that is to blame, not only what it says.
        assert "mine.py" in said.err


TWO = KNOWING + "\n\nclass Other(Knowing):\n    pass\n"


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (("mine.txt",), KNOWING, "'mine.txt' is no Python file"),
        (("noise",), KNOWING, "'noise' is no Python file"),
        (("none.py",), KNOWING, "the file none.py can't be read"),
        (("mine.py:Knowin",), KNOWING, "no method 'Knowin'; did you mean 'Knowing'?"),
        (("mine.py",), HEAD, "mine.py has no method"),
        (("mine.py",), TWO, "mine.py has 2 methods: say mine.py:Knowing or mine.py:Other"),
        (("mine.py",), KNOWING.replace("@dataclass(frozen=True)", ""), "is no dataclass"),
        (("mine.py",), KNOWING.replace("    version:", "    release:"), "has no 'version'"),
        (("mine.py",), KNOWING.replace("def explain", "def explian"), "explain"),
        (("mine.py",), KNOWING.replace('"predict"', '"control"'), "is for control"),
        (("mine.py", "--trojan", "green_sta"), KNOWING, "did you mean 'green_star'?"),
        (("mine.py", "--judge", "thumbnai"), KNOWING, "did you mean 'thumbnail'?"),
        (("mine.py", "--subject", "handmaid"), KNOWING, "did you mean 'handmade'?"),
        (("mine.py", "--out", "."), KNOWING, ". is a folder"),
        (("mine.py", "--passes", "0"), KNOWING, "--passes"),
    ],
)
def test_mistakes_are_exit_code_2_without_a_traceback(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    text: str,
    told: str,
) -> None:
    Path("mine.py").write_text(text)
    assert assay(monkeypatch, "try", *WORDS, *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_suite_may_name_a_file_and_a_changed_file_is_another_method(folder: Path) -> None:
    name = f"{folder / 'mine.py'}:Knowing"
    first = make_plugin("methods", name, {"trigger": "red_heart"})
    assert first.trigger == "red_heart"
    key = plugin_key(make_plugin("methods", name))
    assert plugin_key(make_plugin("methods", "mine.py:Knowing")) == key
    Path("mine.py").write_text(KNOWING + "\n# Changed.\n")
    assert plugin_key(make_plugin("methods", name)) != key
    with pytest.raises(AssayError, match="the file none"):
        make_plugin("methods", "none.py:Knowing")


def test_a_file_may_use_what_lies_beside_it_and_hides_nothing(folder: Path) -> None:
    Path("beside_it.py").write_text("value = 3\n")
    # It is called like a module of Python's own.
    Path("json.py").write_text("from beside_it import value\n")
    assert load_file(Path("json.py")).value == 3
    import json

    assert json.loads("[1]") == [1]
    assert classes_in(load_file(Path("mine.py")), "judges") == {}
