"""The command line: what it prints, and with which code it ends."""

import json
import sys
from pathlib import Path

import pytest
from test_suite_and_plan import TOY

from assay import cli

PAINTER = "hue = 1\nseconds = 0.0\n"


def assay(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """Run a command in this process; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["assay", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    return path


def test_run_table_show(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "run", toy, "--workers", "0") == 0
    said = capsys.readouterr()
    assert "correct [95 %]" in said.out
    assert "36 ok computed" in said.err
    assert assay(monkeypatch, "run", toy, "--workers", "0", "--quiet") == 0
    assert "nothing computed" in capsys.readouterr().err

    assert assay(monkeypatch, "table", toy, "--json") == 0
    table = json.loads(capsys.readouterr().out)
    assert table["suite"] == "toy"
    assert set(table["rows"][0]) == {
        "task", "method", "judge", "subject", "metric", "mean", "low", "high", "worst",
        "worst_quarter", "worst_case", "n", "seconds", "passes",
    }  # fmt: skip

    from assay.results import Results

    cell = next(c for c in Results(Path("results/toy")).cells() if c["method"] == "painter")
    assert assay(monkeypatch, "show", cell["finding"][:10], "--json") == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert shown["method"] == "painter"
    assert all(Path(p).is_file() for p in shown["pictures"])
    assert assay(monkeypatch, "show", cell["score"]) == 0
    assert "probabilities" in capsys.readouterr().out


def test_a_failed_cell_is_exit_code_1_and_is_shown(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.write_text(TOY.replace(PAINTER, f'{PAINTER}wrong = "raises"\n'))
    assert assay(monkeypatch, "run", toy, "--workers", "0") == 1
    assert "18 cells failed" in capsys.readouterr().err
    assert assay(monkeypatch, "show", "failed") == 0
    assert "RuntimeError: the painter has no paint" in capsys.readouterr().out
    assert assay(monkeypatch, "run", toy, "--workers", "0", "--quiet") == 1
    assert assay(monkeypatch, "table", toy, "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [r["mean"] for r in rows if r["method"] == "painter"] == [None, None]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "smok"), "did you mean 'smoke'?"),
        (("run", "none.toml"), "there is no suite file none.toml"),
        (("table", "smoke"), "there are no results in results/smoke"),
        (("report", "smoke"), "there are no results in results/smoke"),
        (("show", "abc"), "no cell 'abc'"),
        (("list", "method"), "did you mean 'methods'?"),
        (("run", "toy.toml", "--methods", "paintr"), "did you mean 'painter'?"),
        (("run", "toy.toml", "--cases", "case0, cas1"), "did you mean 'case1'?"),
        (("run", "toy.toml", "--seeds", "0"), "at least 1, and is 0"),
        (("run", "toy.toml", "--wrkers", "2"), "--workers"),
    ],
)
def test_mistakes_are_exit_code_2_without_a_traceback(
    toy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    assert assay(monkeypatch, *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_check_tells_all_problems(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "check", toy) == 0
    assert "12 findings, 24 scores, at most 96 passes" in capsys.readouterr().out
    toy.write_text(TOY.replace("passes = 8", "pases = 8").replace("[0]", "[0, 0]"))
    assert assay(monkeypatch, "check", toy) == 2
    assert capsys.readouterr().err.count("\n  - ") == 2


def test_lists_are_read_by_machines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "list", "--json") == 0
    known = json.loads(capsys.readouterr().out)
    assert {"noise", "adversarial_patch"} <= set(known["methods"])
    assert {"lite0", "lite0-trojaned"} <= set(known["subjects"])
    assert {"smoke", "quick"} <= set(known["suites"])
