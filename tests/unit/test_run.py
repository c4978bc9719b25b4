"""The loop: shared findings, failures as rows, nothing done twice, kill and go on."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import toy_plugins
from test_suite_and_plan import FIXTURES, TOY

import assay
from assay import execute
from assay.api import Run
from assay.results import Results
from assay.store import Store
from assay.types import AssayError

PAINTER = "hue = 1\nseconds = 0.0\n"


def suite_file(folder: Path, text: str = TOY) -> Path:
    path = folder / "toy.toml"
    path.write_text(text)
    return path


def go(folder: Path, text: str = TOY, **options) -> Run:
    return assay.run(suite_file(folder, text), out=folder / "out", **options)


def numbers(run: Run) -> list[tuple]:
    """Everything of a run that must come back: not the seconds, and not the order of the work."""
    cells = [
        (c["score"], c["status"], json.dumps(c["metrics"]), c["top"], c["passes"])
        for c in run.cells()
    ]
    with Store(run.folder) as store:
        blobs = sorted(json.dumps(r["finding"]) for r in store.latest("findings").values())
        answers = sorted(json.dumps(r["probabilities"]) for r in store.latest("answers").values())
    return [*cells, *blobs, *answers]


def test_a_run_fills_the_table(tmp_path: Path) -> None:
    run = go(tmp_path)
    assert run.summary is not None
    assert run.summary.computed == {"ok": 12 + 24}
    said = run.as_dict()
    assert said["suite"] == "toy"
    means = {(r["method"], r["subject"], r["metric"]): r["mean"] for r in said["rows"]}
    for subject in ("handmade", "handmade-trojaned"):
        assert means["ideal", subject, "correct"] == 1.0
        assert 0 < means["noise", subject, "p_truth"] < 0.9
    assert means["shuffled", "handmade", "p_truth"] > 0
    assert {"gain", "leak", "detect"} <= {r["metric"] for r in said["rows"]}
    costs = {r["method"]: r["passes"] for r in said["rows"] if r["metric"] == "correct"}
    assert costs == {"noise": 1, "painter": 1, "shuffled": None, "ideal": None}
    for name in ("noise", "painter", "shuffled", "ideal"):
        assert name in run.table()


def test_fixtures_are_scored_and_never_stored(tmp_path: Path) -> None:
    run = go(tmp_path, FIXTURES)
    assert run.summary is not None
    assert run.summary.computed == {"ok": 12 + 24 + 6}
    cells = [c for c in run.cells() if c["method"] in ("invisible", "small")]
    assert {c["subject"] for c in cells} == {"handmade-trojaned"}
    assert all(c["metrics"]["correct"] == 1.0 for c in cells if c["method"] == "small")
    assert not any(c["metrics"]["p_truth"] > 0.9 for c in cells if c["method"] == "invisible")
    with Store(run.folder) as store:
        assert {r["method"] for r in store.rows("findings")} == {"noise", "painter"}
    again = go(tmp_path, FIXTURES)
    assert again.summary is not None
    assert (again.summary.skipped, again.summary.left) == (42, 0)


def test_what_shows_the_truth_is_made_once_for_all_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = FIXTURES.replace('["nearest"]', '["nearest", "other"]')
    two += '[judge.other]\nuse = "toy_plugins:Nearest"\n'
    made, genuine = [], toy_plugins.Colours.fixture

    def fixture(self, name, case, rng):
        made.append((name, case.name))
        return genuine(self, name, case, rng)

    monkeypatch.setattr(toy_plugins.Colours, "fixture", fixture)
    run = go(tmp_path, two, workers=0)
    assert len(made) == len(set(made)) == 6
    answers = {
        (c["method"], c["case"], c["judge"]): c["metrics"]["p_truth"]
        for c in run.cells()
        if c["method"] in ("invisible", "small")
    }
    assert len(answers) == 12
    # Both judges are the same one, and saw the same pictures.
    for (method, case, judge), p in answers.items():
        if judge == "nearest":
            assert answers[method, case, "other"] == p


def test_a_second_run_adds_nothing_and_opens_nothing(tmp_path: Path) -> None:
    first = go(tmp_path)
    with Store(first.folder) as store:
        before = store.counts()
    toy_plugins.OPENED.clear()
    started = time.monotonic()
    second = go(tmp_path)
    assert time.monotonic() - started < 10
    assert toy_plugins.OPENED == []
    with Store(first.folder) as store:
        assert store.counts() == before
    assert second.summary is not None
    assert (second.summary.skipped, second.summary.left) == (36, 0)
    assert numbers(first) == numbers(second)


def test_only_some_methods_keep_the_others_in_the_table(tmp_path: Path) -> None:
    go(tmp_path, methods=["noise"])
    assert {c["method"] for c in Results(tmp_path / "out").cells()} == {"noise", "ideal"}
    go(tmp_path)
    run = go(tmp_path, methods=["painter"])
    assert {c["method"] for c in run.cells()} == {"noise", "painter", "shuffled", "ideal"}


def test_the_global_random_state_is_left_alone(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    threads = torch.get_num_threads()
    with contextlib.suppress(AssayError):
        assay.check("smoke")
    assert torch.equal(before, torch.get_rng_state())
    go(tmp_path)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ("raises", "failed", "the painter has no paint"),
        ("nan", "failed", "holds NaN"),
        ("greedy", "over_budget", "the budget is 8 passes"),
        ("unsupported", "unsupported", "no brush fits"),
    ],
)
def test_what_goes_wrong_is_a_row_and_the_others_go_on(
    tmp_path: Path, wrong: str, status: str, told: str
) -> None:
    run = go(tmp_path, TOY.replace(PAINTER, f'{PAINTER}wrong = "{wrong}"\n'))
    cells = {(c["method"], c["status"]) for c in run.cells()}
    assert cells == {
        ("painter", status), ("shuffled", status), ("noise", "ok"), ("ideal", "ok"),
    }  # fmt: skip
    with Store(run.folder) as store:
        bad = [r for r in store.rows("findings") if r["method"] == "painter"]
    assert {r["status"] for r in bad} == {status}
    assert all(told in r["error"] for r in bad)
    rows = [r for r in run.as_dict()["rows"] if r["method"] == "painter"]
    assert all(r["mean"] is None and r["n"] == 0 for r in rows)
    assert run.summary is not None
    assert run.summary.wrong == (0 if status == "unsupported" else 6 + 12)


def test_failed_cells_are_tried_again_on_request_only(tmp_path: Path) -> None:
    paint = tmp_path / "paint"
    text = TOY.replace(PAINTER, f'{PAINTER}needs_file = "{paint}"\n')
    first = go(tmp_path, text)
    assert first.summary is not None
    assert first.summary.computed["failed"] == 6 + 12
    assert go(tmp_path, text).summary.computed == {}  # type: ignore[union-attr]
    paint.touch()
    assert go(tmp_path, text).summary.computed == {}  # type: ignore[union-attr]
    again = go(tmp_path, text, retry_failed=True)
    assert again.summary is not None
    assert again.summary.computed == {"ok": 18}
    assert again.summary.wrong == 0
    assert {c["status"] for c in again.cells()} == {"ok"}


def test_a_network_that_returns_nan_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.subjects import handmade

    real = handmade._network

    def sick(name: str) -> torch.nn.Module:
        network = real(name)
        network.get_parameter("head.bias").data.fill_(float("nan"))
        return network

    # The digest is remembered: only the network falls ill.
    go(tmp_path, methods=["noise"])
    monkeypatch.setattr(handmade, "_network", sick)
    run = go(tmp_path)
    with Store(run.folder) as store:
        errors = [r["error"] for r in store.rows("findings") if r["status"] == "failed"]
    assert len(errors) == 6
    assert all("the network returned NaN or infinity" in e for e in errors)


def test_a_combiner_joins_stored_findings(tmp_path: Path) -> None:
    text = TOY + '[combiners.both]\nuse = "toy_plugins:Mean"\nof = ["painter", "noise"]\n'
    go(tmp_path)
    run = go(tmp_path, text)
    assert run.summary is not None
    # Six joined findings, their scores, and theirs dealt: nothing of the parts anew.
    assert run.summary.computed == {"ok": 6 + 6 + 6}
    with Store(run.folder) as store:
        made = {r["method"]: r["key"] for r in store.rows("findings") if r["case_name"] == "case0"}
        joined = store.finding(made["both"]).candidates  # type: ignore[union-attr]
        parts = [store.finding(made[m]).candidates for m in ("noise", "painter")]  # type: ignore[union-attr]
    assert torch.allclose(joined, (parts[0] + parts[1]) / 2, atol=1 / 255)


def test_the_truth_stays_in_reveal(tmp_path: Path) -> None:
    run = go(tmp_path)
    with Store(run.folder) as store:
        rows = store.rows("scores")
        dump = json.dumps([store.rows(t) for t in ("runs", "findings", "answers", "scores")])
        kept = {p.name for p in store.blobs.folder.rglob("*.png")}
        shown = {store.reveal_path(r["truth"]) for r in rows}
    assert "colour" not in dump.replace("colours", "").replace("Colours", "")
    assert len(shown) == 3  # a network and its twin share the truth
    for folder in shown:
        said = json.loads((folder / "truth.json").read_text())
        assert said["trigger"] == f"colour {said['index']}"
        assert said["options"] == ["red", "green", "blue", "yellow"]
        # The ideal finding shows the trigger: it is nowhere among the stored pictures.
        trigger = (folder / said["pictures"][0]).read_bytes()
        assert f"{hashlib.sha256(trigger).hexdigest()}.png" not in kept


def test_neither_methods_nor_judges_are_handed_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[str] = []

    def spy(real):
        def call(self, *values):
            handed.extend(type(v).__name__ for v in values)
            return real(self, *values)

        return call

    for cls, name in ((toy_plugins.Painter, "explain"), (toy_plugins.Nearest, "answer")):
        monkeypatch.setattr(cls, name, spy(getattr(cls, name)))
    go(tmp_path)
    assert "PredictGiven" in handed
    assert "PredictQuestion" in handed
    assert not {"PredictTruth", "Case", "Envelope"} & set(handed)


def test_one_cell_cannot_spoil_anothers_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []
    real = toy_plugins.Painter.explain

    def spoil(self, given, budget, rng):
        seen.append(float(given.pictures.max()))
        given.pictures.zero_()
        return real(self, given, budget, rng)

    monkeypatch.setattr(toy_plugins.Painter, "explain", spoil)
    go(tmp_path)
    assert min(seen) > 0


def test_a_full_disk_is_one_sentence_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = execute.Blobs.put
    calls = []

    def fills_up(self, data: bytes, suffix: str) -> str:
        calls.append(1)
        if len(calls) > 3:
            raise OSError(28, "No space left on device")
        return real(self, data, suffix)

    with monkeypatch.context() as patch:
        patch.setattr(execute.Blobs, "put", fills_up)
        with pytest.raises(AssayError, match="the disk is full; what was finished is kept"):
            go(tmp_path)
    with Store(tmp_path / "out") as store:
        assert store.counts()["findings"] == 3
    whole = assay.run(suite_file(tmp_path), out=tmp_path / "other")
    assert numbers(go(tmp_path)) == numbers(whole)


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "assay.cli", "run", str(folder / "toy.toml"), "--out",
            str(folder / "out"), *more]  # fmt: skip


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}


def wait_for(count: int, folder: Path, seconds: float = 300) -> None:
    """Until the store holds so many findings."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(sqlite3.Error):
            db = sqlite3.connect(f"file:{folder / 'out' / 'store.db'}?mode=ro", uri=True)
            if db.execute("SELECT count(*) FROM findings").fetchone()[0] >= count:
                return
        time.sleep(0.05)
    raise AssertionError("the run made no progress")


def gone(process: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stat = Path(f"/proc/{process}/stat")
        if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_killed_and_started_again_the_table_is_the_same(tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = TOY.replace(PAINTER, f'hue = 1\nseconds = 0.15\nlog = "{log}"\n')
    suite_file(tmp_path, text)
    process = subprocess.Popen(
        command(tmp_path, "--workers", "2"), env=environment(), stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(3, tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    workers = {int(line.split()[0]) for line in log.read_text().splitlines()}
    assert workers
    assert all(gone(worker) for worker in workers)
    with Store(tmp_path / "out") as store:
        assert 3 <= store.counts()["findings"] < 12
    go(tmp_path, text)
    calls = len(log.read_text().splitlines())
    # Each painter's cell once, and the two in flight at most once more.
    assert 6 <= calls <= 6 + 2
    shutil.move(tmp_path / "out", tmp_path / "killed")
    whole = go(tmp_path, text)
    assert numbers(Run(tmp_path / "killed")) == numbers(whole)


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    suite_file(tmp_path, TOY.replace(PAINTER, "hue = 1\nseconds = 0.3\n"))
    process = subprocess.Popen(
        command(tmp_path, "--workers", "1"), env=environment(), stderr=subprocess.PIPE, text=True,
        # A shell's background jobs ignore Ctrl-C, and what they start does too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    wait_for(2, tmp_path)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.count("\n") == 1
    assert "the same command goes on from here" in said
    assert "Traceback" not in said


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    runs = []
    for workers in (0, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        runs.append(go(folder, workers=workers))
    assert numbers(runs[0]) == numbers(runs[1])


def test_a_process_that_dies_is_one_failed_cell(tmp_path: Path) -> None:
    text = TOY.replace(PAINTER, f'{PAINTER}wrong = "dies"\n')
    text = text.replace('subjects = ["handmade-trojaned", "handmade"]', 'subjects = ["handmade"]')
    text = text.replace("[tasks.colours]", "[tasks.colours]\nnumber = 1")
    text = text.replace(', "shuffled"', "")
    run = go(tmp_path, text, workers=1)
    with Store(run.folder) as store:
        found = {(r["method"], r["status"]) for r in store.rows("findings")}
        (error,) = [r["error"] for r in store.rows("findings") if r["status"] == "failed"]
    assert found == {("noise", "ok"), ("painter", "failed")}
    assert "process that computed this cell ended" in error
