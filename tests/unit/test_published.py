"""Published results: exactly the planned cells are taken, and nobody judges a small picture."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
import toy_plugins
from test_cli import assay as command
from test_foresee import SUITE as FORESIGHT
from test_localise import SUITE as WHERE
from test_suite_and_plan import TOY

import assay
from assay.api import Run
from assay.plan import make_plan
from assay.published import archive
from assay.report import write_report
from assay.report.reproduce import hash_numbers
from assay.results import Results
from assay.runner import _Run
from assay.store import PUBLISHED, Store
from assay.suite import parse_suite, with_seeds
from assay.types import AssayError, Images

MINE = """
from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.plugins import Method
from assay.types import Images


@dataclass(frozen=True)
class Mine(Method):
    version: ClassVar[int] = 1
    family: ClassVar = "predict"

    def explain(self, given, budget, rng):
        return Images(torch.full((1, 3, 32, 32), 0.5), (0.0,), (0,))
"""
BOTH = TOY + '[combiners.both]\nuse = "toy_plugins:Mean"\nof = ["painter", "noise"]\n'


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where published files lie in these tests; the current folder is another."""
    folder = tmp_path / "published"
    folder.mkdir()
    monkeypatch.setattr(archive, "published_folder", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the toy suite, computed in full."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "toy.toml").write_text(TOY)
    return assay.run(folder / "toy.toml", out=folder / "out").folder


@pytest.fixture
def published(whole: Path, monkeypatch: pytest.MonkeyPatch, shelf: Path) -> Path:
    """The same, published."""
    Path("toy.toml").write_text(TOY)
    assert command(monkeypatch, "publish", "toy.toml", "--out", whole) == 0
    return shelf / "toy.zip"


def go(text: str = TOY, **options) -> Run:
    Path("toy.toml").write_text(text)
    return assay.run("toy.toml", out="out", **options)


def computed(run: Run) -> int:
    assert run.summary is not None
    assert set(run.summary.computed) <= {"ok", "unsupported"}
    return run.summary.computed["ok"]


def values(run: Run) -> dict[tuple, float | None]:
    return {
        (r["method"], r["subject"], r["metric"]): r["mean"]
        for r in run.as_dict()["rows"]
        if r["method"] != "shuffled"
    }


def test_a_fresh_folder_takes_everything(whole: Path, published: Path) -> None:
    toy_plugins.OPENED.clear()
    run = go()
    assert computed(run) == 0
    assert toy_plugins.OPENED == []
    assert run.summary is not None
    assert (run.summary.skipped, run.summary.published) == (36, 24)
    assert run.as_dict()["rows"] == Run(whole).as_dict()["rows"]
    assert hash_numbers(Results(run.folder)) == hash_numbers(Results(whole))
    said = run.as_dict()["published"]
    assert said.startswith("Taken from the published run of ")
    assert "24 of 24 cells (all cells of `noise`, `painter`, `ideal`, `shuffled`)" in said
    assert "24 of 24 cells" in run.table()
    assert Run(whole).as_dict()["published"] is None
    # The run that is told of is the one made here, and it is the same the second time.
    again = go()
    assert (computed(again), again.summary and again.summary.published) == (0, 24)
    assert len(Results(run.folder).store.published_runs()) == 1


def test_a_small_picture_is_shown_and_never_judged(whole: Path, published: Path) -> None:
    results = Results(go().folder)
    key = next(c["finding"] for c in results.cells() if c["method"] == "painter")
    with pytest.raises(AssayError, match=r"only small, published pictures .* --no-published"):
        results.store.finding(key)
    row = results.store.latest("findings")[key]
    with pytest.raises(AssayError, match="only small pictures"):
        results.store.blobs.read(row["finding"])
    (picture,) = results.store.picture_paths(key)
    assert picture.suffix == ".webp"
    page = write_report(results.folder).read_text(encoding="utf-8")
    assert "Taken from the published run of" in page
    assert page.count("data:image/webp") == write_report(whole).read_text().count("data:image/webp")
    assert "No cell failed" in page


def test_a_method_of_ones_own_is_the_only_one_computed(whole: Path, published: Path) -> None:
    Path("mine.py").write_text(MINE)
    run = go(methods=["mine.py:Mine"])
    # Six findings, each judged once and dealt once.
    assert computed(run) == 6 + 6 + 6
    cells = run.cells()
    assert {c["method"] for c in cells} == {"noise", "painter", "Mine", "ideal", "shuffled"}
    assert {c["method"] for c in cells if c["published"]} == {"noise", "painter", "ideal"}
    shared = values(Run(whole))
    assert {k: v for k, v in values(run).items() if k[0] != "Mine"} == shared
    assert "some of `shuffled`" in run.as_dict()["published"]
    Path("extended.toml").write_text(TOY + '[methods.Mine]\nuse = "mine.py:Mine"\n')
    full = assay.run("extended.toml", out="full", published=False)
    assert hash_numbers(Results(run.folder)) == hash_numbers(Results(full.folder))
    assert full.as_dict()["published"] is None


def test_an_own_method_stands_beside_what_was_computed_here() -> None:
    Path("mine.py").write_text(MINE)
    go()
    run = go(methods=["mine.py:Mine"])
    assert computed(run) == 6 + 6 + 6
    assert {"noise", "painter", "Mine"} <= {c["method"] for c in run.cells()}
    with pytest.raises(AssayError, match="has a row 'noise' already"):
        go(methods=["toy_plugins:noise"])


def test_another_judge_makes_the_findings_anew(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go()
    monkeypatch.setattr(toy_plugins.Nearest, "version", 2)
    run = go()
    # Every finding and every score: those of the ideal findings, too.
    assert computed(run) == 12 + 24
    assert run.as_dict()["published"] is None
    results = Results(run.folder)
    for cell in results.cells():
        if cell["finding"]:
            assert isinstance(results.store.finding(cell["finding"]), Images)


def test_a_new_combiner_joins_full_findings_only(published: Path) -> None:
    run = go(BOTH)
    # Both parts of each of six cases; what is joined of them, its score, and its deal.
    assert computed(run) == 12 + 6 + 6 + 6
    shutil.rmtree("out")
    one = go(BOTH, cases=["case1"])
    # On each subject: two parts and what is joined, of this case and of the one that is dealt.
    assert computed(one) == 2 * (2 * 3 + 2)
    assert {c["method"] for c in one.cells() if c["published"]} == {"noise", "painter", "ideal"}


def test_a_published_combiner_needs_no_parts(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = go(BOTH)
    assert command(monkeypatch, "publish", "toy.toml", "--out", run.folder) == 0
    run.folder.rename("first")
    assert computed(go(BOTH)) == 0


def test_nothing_published_may_be_taken(whole: Path, published: Path) -> None:
    assert computed(go(published=False)) == 36
    shutil.rmtree("out")
    go()
    run = go(published=False)
    assert computed(run) == 36
    assert run.as_dict()["published"] is None
    assert hash_numbers(Results(run.folder)) == hash_numbers(Results(whole))
    assert computed(go(published=False)) == 0


def test_more_seeds_go_on_from_what_is_published(published: Path) -> None:
    run = go(seeds=2)
    assert computed(run) == 36
    assert {c["seed"] for c in run.cells() if c["published"]} == {0}


def test_a_later_task_keeps_no_earlier_one_waiting(tmp_path: Path) -> None:
    plan = make_plan(with_seeds(parse_suite(FORESIGHT), 2))
    run = _Run(Store(tmp_path / "out"), plan)
    # Of seed 0 the first task is published: what the second needs of it is to be made anew.
    run.scored = {
        c.key: {"status": PUBLISHED}
        for c in plan.scores
        if (c.place.task, c.place.seed) == ("rediscover", 0)
    }
    order = run._in_order()
    assert {c.key for c in order} == {c.key for c in (*plan.findings, *plan.scores)} - {*run.scored}
    assert len(order) == len({c.key for c in order})
    last = max(i for i, c in enumerate(order) if c.place.task == "rediscover")
    assert {c.place.seed for c in order[: last + 1]} == {1}
    # A finding comes before the scores of its own case.
    at = {c.key: i for i, c in enumerate(order)}
    own = [c for c in plan.scores if c.key in at and c.finding and c.source is None]
    assert all(at[c.finding] < at[c.key] for c in own)


def test_what_failed_is_not_published(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TOY.replace("hue = 1", 'hue = 1\nneeds_file = "paint"')
    run = go(text)
    assert command(monkeypatch, "publish", "toy.toml", "--out", run.folder) == 0
    run.folder.rename("first")
    Path("paint").touch()
    again = go(text)
    assert computed(again) == 6 + 12
    assert {c["status"] for c in again.cells()} == {"ok"}


def test_what_was_taken_is_passed_on_and_a_study_grows(
    whole: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published.read_bytes()
    taken = go()
    assert command(monkeypatch, "publish", "toy.toml", "--out", taken.folder) == 0
    assert published.read_bytes() == first
    # One seed more, and both are had from the file that is published then.
    assert computed(go(seeds=2)) == 36
    assert command(monkeypatch, "publish", "toy.toml", "--out", "out") == 0
    Path("out").rename("grown")
    both = go(seeds=2)
    assert computed(both) == 0
    assert hash_numbers(Results(both.folder)) == hash_numbers(Results(Path("grown")))
    # One computed the beginning, one the rest; each cell still says which.
    assert len(Results(both.folder).store.published_runs()) == 2


def begun(monkeypatch: pytest.MonkeyPatch, seeds: int | None = None) -> None:
    """Plan a run of the toy suite in `out`, and compute nothing: as after Ctrl-C."""
    with monkeypatch.context() as patch:
        patch.setattr(_Run, "compute", lambda *rest: None)
        go(seeds=seeds)


def test_only_a_finished_run_is_published(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun(monkeypatch)
    assert command(monkeypatch, "publish", "toy.toml", "--out", "out") == 2
    assert "24 of 24 cells in out are still to be computed" in capsys.readouterr().err
    assert not (shelf / "toy.zip").exists()


def test_a_seed_that_is_not_finished_is_left_out_whole(
    published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = published.read_bytes()
    go()
    begun(monkeypatch, seeds=2)
    # A case of three is there.
    assert computed(go(seeds=2, cases=["case0"])) > 0
    assert command(monkeypatch, "publish", "toy.toml", "--out", "out") == 0
    assert "left out: colours with seed 1" in capsys.readouterr().out
    assert published.read_bytes() == first
    assert 0 < computed(go(seeds=2)) < 36
    assert command(monkeypatch, "publish", "toy.toml", "--out", "out") == 0
    assert "left out" not in capsys.readouterr().out
    assert published.read_bytes() != first


def test_what_an_older_version_planned_is_not_published(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published.read_bytes()
    run = go()
    with Store(run.folder) as store:
        # A cell that the code doesn't plan any more, with its number.
        told = Results(run.folder)
        row = next(row for row in store.latest("scores").values() if row["status"] == PUBLISHED)
        label = ["toy", row["subject"], "gone", 0, row["method"], None, None, row["judge"]]
        store.insert("scores", {**{k: v for k, v in row.items() if k != "id"}, "key": "gone"})
        cell = {"run": told.run["id"], "score": "gone", "finding": row["finding"], "label": label}
        store.insert("run_cells", cell)
    assert len(Results(run.folder).scores()) == 25
    assert command(monkeypatch, "publish", "toy.toml", "--out", run.folder) == 0
    assert published.read_bytes() == first


def test_the_file_is_small_and_the_same_every_time(
    whole: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published.read_bytes()
    assert command(monkeypatch, "publish", "toy.toml", "--out", whole) == 0
    assert published.read_bytes() == first
    assert len(first) < 60_000
    with zipfile.ZipFile(published) as made:
        said = b"".join(made.read(name) for name in made.namelist() if name.endswith("jsonl"))
    # What rounds otherwise elsewhere, and no folder of whoever published it.
    assert b'"processor"' in said
    assert str(whole.parent).encode() not in said
    assert b"Traceback" not in said


def rewritten(path: Path, name: str, change) -> None:
    with zipfile.ZipFile(path) as made:
        entries = {n: made.read(n) for n in made.namelist()}
    entries[name] = change(entries[name])
    with zipfile.ZipFile(path, "w") as made:
        for n, data in entries.items():
            made.writestr(n, data)


def meta(**changed):
    return lambda data: json.dumps({**json.loads(data), **changed}).encode()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda p: p.write_bytes(b"no zip at all"), "can't be read: File is not a zip file"),
        (lambda p: p.write_bytes(p.read_bytes()[:-500]), "can't be read"),
        (lambda p: zipfile.ZipFile(p, "w").close(), "are of no published run: they lack meta.json"),
        (lambda p: rewritten(p, "meta.json", meta(suite="other")), "are of the suite 'other'"),
        (lambda p: rewritten(p, "meta.json", meta(format=9)), "have format 9, and this version"),
        (lambda p: rewritten(p, "scores.jsonl", lambda d: d.replace(b"1.0", b"0.9", 1)), "damaged"),
    ],
)
def test_a_corrupt_or_foreign_file_is_one_sentence(
    published: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil,
    told: str,
) -> None:
    spoil(published)
    capsys.readouterr()
    assert command(monkeypatch, "run", "toy.toml", "--out", "out", "--workers", "0") == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    # Who does without it may.
    assert computed(go(published=False)) == 36


def test_all_families_of_smoke_and_a_notebooks_floors(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = ["green_star", "red"]
    first = assay.run("smoke", out="first", cases=cases)
    assert command(monkeypatch, "publish", "smoke", "--out", "first") == 0
    (shelf / "toy.zip").unlink(missing_ok=True)
    capsys.readouterr()
    words = ("run", "smoke", "--out", "second", "--cases", "green_star,red", "--workers", "0")
    assert command(monkeypatch, *words) == 0
    said = capsys.readouterr()
    assert "nothing computed" in said.err
    assert "of them published" in said.err
    assert "Taken from the published run of" in said.out
    again = Run(Path("second"))
    assert again.as_dict()["rows"] == first.as_dict()["rows"]
    with Store(Path("second")) as store:
        assert {r["status"] for r in store.rows("findings")} == {PUBLISHED}
    done = assay.evaluate(toy_plugins.Painter(hue=2), trojans="green_star", suite="smoke",
                          out="mine", quiet=True)  # fmt: skip
    taken = {c["method"] for c in done.cells() if c["published"]}
    assert taken == {"noise", "ideal"}


def test_published_maps_are_pictures_of_them(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("where.toml").write_text(WHERE)
    first = assay.run("where.toml", out="first", cases=["green_star"])
    assert command(monkeypatch, "publish", "where.toml", "--out", "first") == 0
    assert (shelf / "where.zip").stat().st_size < 100_000
    again = assay.run("where.toml", out="second", cases=["green_star"])
    assert computed(again) == 0
    assert again.as_dict()["rows"] == first.as_dict()["rows"]
    pages = [write_report(Path(f)).read_text(encoding="utf-8") for f in ("first", "second")]
    assert pages[0].count("data:image/webp") == pages[1].count("data:image/webp") > 0
