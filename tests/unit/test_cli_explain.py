"""`assay explain`: what it prints, and with which code it ends."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import torch
from test_cli import assay
from test_observe import TOML, greys, write_pictures

FEW = ("--passes", "40", "--visualizations", "1", "--workers", "0", "--methods", "exemplars")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text("from small_networks import colours as make\n")
    (tmp_path / "net.toml").write_text(TOML)
    write_pictures(tmp_path / "pictures", greys(6))
    return tmp_path


def test_a_function_of_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("explain", "nets.py:make", "--class", "1", "--pictures", "pictures", "--size", "32")
    more = ("--mean", "0.5,0.5,0.5", "--std", "0.25", *FEW)
    assert assay(monkeypatch, *words, *more) == 0
    said = capsys.readouterr()
    assert "class 1 (class 1) of nets" in said.out
    assert "exemplars" in said.out
    assert "nothing about what is in the network" in said.out
    page = Path("results/explain-nets.py-make-1/observations.html")
    assert str(page) in said.err
    assert page.is_file()
    written = tomllib.loads((page.parent / "subject" / "nets.toml").read_text())
    assert (written["mean"], written["std"]) == ([0.5, 0.5, 0.5], [0.25])


def test_a_toml_file_and_one_object_of_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    threads = torch.get_num_threads()
    words = ("explain", "net.toml", "--class", "green", *FEW, "--out", "out", "--json")
    assert assay(monkeypatch, *words) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["network"], said["target"], said["class_name"]) == ("net", 1, "green")
    assert (said["given"], said["held_out"], said["passes"]) == (3, 3, 40)
    assert [row["tool"] for row in said["observations"]] == ["exemplars", "noise"]
    assert set(said["observations"][0]) == {
        "tool", "baseline", "status", "why", "effect", "by_picture", "pictures", "passes",
        "seconds",
    }  # fmt: skip
    assert Path(said["page"]) == Path("out/observations.html")
    assert set(said["bare"]) == {
        "rate", "probability", "reference_rate", "reference_probability",
    }  # fmt: skip
    assert torch.get_num_threads() == threads


def test_a_tool_without_a_number_is_exit_code_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("explain", "net.toml", "--class", "0", "--passes", "3", "--workers", "0")
    assert assay(monkeypatch, *words, "--methods", "adversarial_patch") == 1
    said = capsys.readouterr()
    assert "adversarial_patch gave no number (over_budget): the budget is 3 passes" in said.out
    assert "no number for adversarial_patch" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nets.py:mak", "--class", "0", "--pictures", "pictures"), "did you mean 'make'?"),
        (("net.py:make", "--class", "0", "--pictures", "pictures"), "did you mean 'nets.py'?"),
        (("nets.py:make", "--class", "0", "--size", "32"), "say where pictures are"),
        (("net.toml", "--class", "5"), "class 5 is out of range: net has 4 classes, 0 to 3"),
        (("net.toml", "--class", "gren"), "did you mean 'green'?"),
        (("net.toml", "--class", "0", "--pictures", "picture"), "did you mean 'pictures'?"),
        (("net.toml", "--class", "0", "--size", "64"), "`size` must be said in net.toml"),
        (("nets.py:make", "--class", "0", "--mean", "a"), "--mean takes numbers with commas"),
        (("net.toml",), "--class"),
    ],
)
def test_mistakes_are_exit_code_2_without_a_traceback(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    assert assay(monkeypatch, "explain", *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
