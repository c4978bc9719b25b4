"""A blind reading: what is drawn, what the sheets keep to themselves, and what is computed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_plugins
from PIL import Image
from test_cli import assay as command
from test_suite_and_plan import TOY

import assay
from assay.measures.kappa import kappa, kappa_interval, spread
from assay.reading.making import (
    Candidate,
    Draw,
    Key,
    KeyCell,
    candidates,
    draw,
    make_reading,
    read_key,
)
from assay.reading.scoring import Compared, Said, readable, score_reading, summarise
from assay.reading.sheet import LETTERS, Sheet, sheet_png
from assay.results import Results
from assay.types import AssayError

KINDS = ("patch", "style", "natural_feature")
TOLD = Draw(judge="nearest", cells=12, floors=True)
KEY = Key("toy", "0", {"name": "nearest"}, 0, {"001": KeyCell("a", (0, 1))})


def made_up(methods: tuple[str, ...] = ("a", "b", "c", "d"), seeds: int = 1) -> list[Candidate]:
    """Four cases of each of three kinds, on two networks, by every method."""
    return [
        Candidate("-".join(map(str, (m, k, i, t, s))), "", "t", "n", f"{k}{i}", s, k, m, t)
        for m in methods
        for k in KINDS
        for i in range(4)
        for t in (False, True)
        for s in range(seeds)
    ]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the toy suite: 3 cases, 2 networks, a tool and a floor: 12 cells.

    Beside them are the floor `shuffled`, the ceiling and a fixture, which are no tools'.
    """
    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy.toml").write_text(TOY.replace("\nfloors", '\nfixtures = ["small"]\nfloors'))
    return assay.run(folder / "toy.toml", out=folder / "out").folder


@pytest.fixture(scope="module")
def unread(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reading of all twelve cells that nobody has answered."""
    folder = tmp_path_factory.mktemp("reading")
    make_reading(Results(store), folder, TOLD)
    return folder


@pytest.fixture
def reading(unread: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(unread, tmp_path / "reading"))


def judged(store: Path, key: Key) -> dict[str, list[float]]:
    """The judge's probabilities by cell, in the order of the letters."""
    rows = Results(store).store
    scores, answers = rows.latest("scores"), rows.latest("answers")
    chances = {n: answers[scores[c.score]["answer"]]["probabilities"] for n, c in key.cells.items()}
    return {n: [chances[n][i] for i in c.letters] for n, c in key.cells.items()}


def fill(folder: Path, answer: Callable[[str], str], confidence: str = "60") -> None:
    rows = [[n, answer(n), confidence, "a test"] for n in read_key(folder).cells]
    with (folder / "answers.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["cell", "answer", "confidence", "reader"], *rows])


def fill_as_judge(folder: Path, store: Path) -> None:
    chances = judged(store, read_key(folder))
    fill(folder, lambda n: LETTERS[int(np.argmax(chances[n]))])


# --- what is drawn ----------------------------------------------------------------------------


def test_cells_are_spread_evenly_and_none_is_drawn_twice() -> None:
    found = draw(made_up(seeds=2), 96, rng())
    assert len({c.score for c in found}) == 96
    assert set(Counter(c.stratum for c in found).values()) == {16}
    assert set(Counter((c.stratum, c.method) for c in found).values()) == {4}
    assert set(Counter(c.method for c in found).values()) == {24}
    by_case = Counter(c.case for c in found)
    assert len(by_case) == 12
    assert max(by_case.values()) - min(by_case.values()) <= 1


def test_what_does_not_divide_differs_by_one_at_most() -> None:
    found = draw(made_up(("a", "b", "c")), 40, rng())
    strata = Counter(c.stratum for c in found)
    assert sorted(strata.values()) == [6, 6, 7, 7, 7, 7]
    assert sorted(Counter(c.method for c in found).values()) == [13, 13, 14]


def test_a_short_stratum_gives_all_it_has() -> None:
    few = [c for c in made_up() if c.kind != "style" or c.case == "style0"]
    found = draw(few, 48, rng())
    # Of 8 styles all, and 10 of each of the others.
    assert sorted(Counter(c.stratum for c in found).values()) == [4, 4, 10, 10, 10, 10]


def test_the_seed_says_which_and_in_what_order() -> None:
    cells = made_up()
    first = draw(cells, 30, rng())
    assert first == draw(cells, 30, rng())
    assert {c.score for c in first} != {c.score for c in draw(cells, 30, rng(1))}
    # Their order says nothing of the order in which strata were filled.
    assert len({c.stratum for c in first[:6]}) < 6
    with pytest.raises(AssayError, match="97 cells can't be drawn: the run has 96"):
        draw(cells, 97, rng())


def test_only_what_a_tool_made_is_drawn(store: Path) -> None:
    results = Results(store)
    made = {c["method"] for c in results.cells()}
    assert made == {"noise", "painter", "shuffled", "ideal", "small"}
    assert {c.method for c in candidates(results, Draw("nearest"))} == {"painter"}
    found = candidates(results, TOLD)
    assert Counter(c.method for c in found) == {"noise": 6, "painter": 6}
    assert {(c.subject, c.twin) for c in found} == {
        ("handmade-trojaned", False), ("handmade", True),
    }  # fmt: skip


# --- the sheets -------------------------------------------------------------------------------


def chunks(png: bytes) -> set[str]:
    """The names of the parts that a PNG file is made of."""
    found, at = set(), 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found.add(png[at + 4 : at + 8].decode())
        at += 12 + length
    return found


def test_a_reading_opens_no_truth_and_is_the_same_again(
    store: Path, unread: Path, tmp_path: Path
) -> None:
    toy_plugins.OPENED.clear()
    again, other = tmp_path / "again", tmp_path / "other"
    make_reading(Results(store), again, TOLD)
    # Three cases, each with a question on either network.
    assert Counter(toy_plugins.OPENED) == {"question": 6}
    files = sorted(path.name for path in unread.iterdir())
    assert files == [*(f"{i:03d}.png" for i in range(1, 13)), "README.md", "answers.csv",
                     "key.json"]  # fmt: skip
    assert all((unread / name).read_bytes() == (again / name).read_bytes() for name in files)
    make_reading(Results(store), other, Draw("nearest", 12, 1, True))
    assert read_key(other).cells != read_key(unread).cells


def test_nothing_betrays_a_cell(store: Path, unread: Path) -> None:
    cells = {c["score"]: c for c in Results(store).cells()}
    key = read_key(unread)
    drawn = [cells[c.score] for c in key.cells.values()]
    assert {c["method"] for c in drawn} == {"noise", "painter"}
    names = {str(c[name]) for c in drawn for name in ("case", "method", "subject", "finding")}
    names |= {"colour", "truth", "painter", "correct", "probabilities", "kind"}
    words = {"red", "green", "blue", "yellow"}
    sealed = (unread / "key.json").read_text()
    assert not [name for name in names | words if f'"{name}' in sealed]
    for number in key.cells:
        png = (unread / f"{number}.png").read_bytes()
        assert chunks(png) == {"IHDR", "IDAT", "IEND"}
        assert not [name for name in names | words if name.encode() in png]
    # Neither the order of the sheets nor the letters go with anything.
    assert [c["subject"] for c in drawn] != sorted(c["subject"] for c in drawn)
    assert all(sorted(c.letters) == [0, 1, 2, 3] for c in key.cells.values())
    assert len({c.letters for c in key.cells.values()}) > 6


def test_a_sheet_shows_every_picture_and_every_option() -> None:
    hues = torch.linspace(0.1, 0.9, 10)[:, None, None, None].expand(10, 3, 20, 20)
    exemplars = tuple(torch.full((3, 3, 20, 20), 0.05 + 0.1 * i) for i in range(8))
    data = sheet_png(Sheet(hues, tuple("stuvwxyz"), exemplars), "007")
    page = np.array(Image.open(io.BytesIO(data)).convert("L")).astype(int)
    assert page.shape[1] == 1200
    assert page.shape[0] < 1000
    # As many pixels of each grey as its pictures have, to one of the sheet's levels.
    for level in hues[:, 0, 0, 0]:
        assert (abs(page - round(float(level) * 255)) <= 5).sum() > 200 * 200
    for shown in exemplars:
        near = abs(page - round(float(shown[0, 0, 0, 0]) * 255)) <= 9
        assert near.sum() >= 3 * 90 * 90


# --- the answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t.replace("003,A,", "003,,"), r"1 cell in .* lacks an answer from A to D: 003"),
        (lambda t: t.replace("003,A,", "003,E,"), "lacks an answer from A to D: 003"),
        (lambda t: t.replace(",A,", ",,"), "12 cells .* lack .*: 001, 002, 003, 004, 005 and 7 mo"),
        (lambda t: t.replace("003,A,60", "003,A,"), "lacks a confidence from 0 to 100: 003"),
        (lambda t: t.replace("003,A,60", "003,A,nan"), "lacks a confidence from 0 to 100: 003"),
        (lambda t: t.replace("003,A,60", "003,A,101"), "lacks a confidence from 0 to 100: 003"),
        (lambda t: t.replace("003,A,60,a test", "003,A,60,"), "who the reader was: 003"),
        (lambda t: t.replace("003,A,60,a test", ""), "lacks an answer from A to D: 003"),
        (lambda t: t.replace("003,A", "002,A"), "has the cell 002 twice"),
        (lambda t: t.replace("003,A", "013,A"), "has a cell '013', and the reading has none"),
        (lambda t: t.replace("answer", "letter"), "needs the columns cell, answer, confidence"),
    ],
)
def test_as_long_as_anything_is_missing_nothing_is_told(
    reading: Path, change: Callable[[str], str], told: str
) -> None:
    fill(reading, lambda n: "A")
    path = reading / "answers.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(AssayError, match=told):
        readable(reading)
    assert not (reading / "reading.json").exists()


def test_the_words_of_an_option_keep_to_their_column() -> None:
    black = torch.zeros(1, 3, 4, 4)
    words = ("an option that is described at a quite unusual length", *[""] * 7)
    plain = sheet_png(Sheet(black, ("", *words[1:]), (black,) * 8), "001")
    data = sheet_png(Sheet(black, words, (black,) * 8), "001")
    before, after = (
        np.asarray(Image.open(io.BytesIO(d)).convert("L")).astype(int) for d in (plain, data)
    )
    columns = np.flatnonzero(abs(after - before).max(0))
    assert 150 < columns.max() < 24 + 288


def test_small_letters_and_a_spreadsheets_mark_are_read(reading: Path) -> None:
    fill(reading, lambda n: " b ", "100")
    path = reading / "answers.csv"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    _, said = readable(reading)
    assert set(said.values()) == {Said(1, 1.0, "a test")}


# --- kappa ------------------------------------------------------------------------------------


def named(*categories: int, of: int = 2) -> np.ndarray:
    return np.eye(of)[list(categories)]


def test_kappa_by_hand() -> None:
    # 20 times both say 0, 15 times both say 1, 5 and 10 times they differ: seen 35 / 50 = .7; they
    # say 0 in 25 and 30 of 50, so that chance has it .5 * .6 + .5 * .4 = .5.
    first = named(*[0] * 20, *[0] * 5, *[1] * 10, *[1] * 15)
    second = named(*[0] * 20, *[1] * 5, *[0] * 10, *[1] * 15)
    assert kappa(first, second) == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    found = kappa_interval(first, second, ["one"] * 50)
    assert found.low is not None
    assert found.high is not None
    # Its large-sample standard error is .128 (Fleiss, Cohen and Everitt 1969).
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * 0.128, abs=0.03)


def test_kappa_of_the_same_of_chance_and_of_nothing() -> None:
    drawn = np.random.default_rng(0)
    first = named(*drawn.integers(8, size=4000), of=8)
    assert kappa(first, first) == pytest.approx(1)
    assert kappa(first, named(*drawn.integers(8, size=4000), of=8)) == pytest.approx(0, abs=0.03)
    assert kappa(first, np.roll(first, 1, axis=1)) == pytest.approx(-1 / 7, abs=0.01)
    assert kappa(named(0, 0), named(0, 0)) is None
    assert kappa(first[:0], first[:0]) is None
    assert kappa_interval(first[:1], first[:1], ["one"]).low is None


def test_a_tie_agrees_as_often_as_chance_has_it() -> None:
    assert spread([0.4, 0.1, 0.4, 0.1]).tolist() == [0.5, 0, 0.5, 0]
    undecided = np.tile(spread([0.25] * 4), (3, 1))
    assert kappa(named(0, 1, 1, of=4), undecided) == pytest.approx(0)
    # One of two decided and the same, the other tied between both: (.75 - .5) / .5.
    assert kappa(named(0, 1), np.array([[1, 0], [0.5, 0.5]])) == pytest.approx(
        (0.75 - (0.5 * 0.75 + 0.5 * 0.25)) / 0.5
    )


# --- reader and judge -------------------------------------------------------------------------


def test_a_reader_that_says_what_the_judge_says(reading: Path, store: Path) -> None:
    fill_as_judge(reading, store)
    found = score_reading(reading, Results(store), *readable(reading))
    assert found.kappa.value == pytest.approx(1)
    assert (found.kappa.n, found.kappa_trojaned.n, found.kappa_twin.n) == (12, 6, 6)
    assert (found.holds, found.ties, found.readers) == (True, 0, ("a test",))
    assert set(found.right) == {"all", "patch", "style"}
    for both in (*found.right.values(), found.right_twin):
        assert both.reader == both.judge
    graded = [c for c in Results(store).cells() if c["method"] in ("noise", "painter")]
    right = [c["metrics"]["correct"] for c in graded if not c["twin_of"]]
    assert found.right["all"].reader.value == pytest.approx(sum(right) / 6)
    # Equally sure of everything: nothing to rank.
    assert found.spearman.value is None
    assert json.loads((reading / "reading.json").read_text()) == json.loads(
        json.dumps(found.as_dict())
    )


def test_a_reader_that_knows_the_truth_is_right(reading: Path, store: Path) -> None:
    cells = {c["score"]: c for c in Results(store).cells()}
    key = read_key(reading)

    def truth(number: str) -> str:
        cell = key.cells[number]
        # The i-th toy case's truth is option i.
        return LETTERS[cell.letters.index(int(cells[cell.score]["case"].removeprefix("case")))]

    fill(reading, truth)
    found = score_reading(reading, Results(store), *readable(reading))
    assert {both.reader.value for both in found.right.values()} == {1.0}
    assert found.right_twin.reader.value == 1.0


def test_the_numbers_by_hand() -> None:
    sure = (0.9, 0.1, 0.02, 0.02)
    unsure = (0.25, 0.25, 0.25, 0.25)
    found = summarise(
        [
            Compared("patch", False, Said(0, 0.9, "x"), sure, 1.0, 1.0),
            Compared("style", False, Said(1, 0.1, "x"), sure, 0.0, 1.0),
            Compared("patch", True, Said(0, 0.5, "y"), sure, 0.0, 0.0),
            Compared("patch", True, Said(2, 0.2, "y"), unsure, 1.0, 0.25),
        ],
        KEY,
    )
    # Seen (1 + 0 + 1 + .25) / 4; by chance .5 * .8125 + .25 * .0625 + .25 * .0625.
    assert found.kappa.value == pytest.approx((0.5625 - 0.4375) / (1 - 0.4375))
    assert (found.ties, found.holds, found.readers) == (1, False, ("x", "y"))
    assert found.kappa_decided.n == 3
    assert {k: (v.reader.value, v.judge.value) for k, v in found.right.items()} == {
        "all": (0.5, 1.0), "patch": (1.0, 1.0), "style": (0.0, 1.0),
    }  # fmt: skip
    assert found.right_twin.judge.value == 0.125
    assert (found.named_twin.reader.value, found.named_twin.judge.value) == (0.5, 0.5)
    assert found.right["patch"].reader.low is None


def test_a_reader_that_guesses_stays_below_the_bar() -> None:
    drawn = np.random.default_rng(0)
    cells = [
        Compared(
            "patch", bool(i % 2), Said(int(drawn.integers(8)), float(drawn.random()), "x"),
            tuple(drawn.dirichlet(np.ones(8))), 0.0, 0.0,
        )
        for i in range(400)
    ]  # fmt: skip
    found = summarise(cells, KEY)
    for value in (found.kappa, found.spearman):
        assert value.low is not None
        assert value.high is not None
        assert value.low < 0 < value.high
    assert not found.holds


# --- the command line -------------------------------------------------------------------------


def test_make_fill_score(
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("reading", "make", store, "--out", "read", "--cells", "6", "--judge", "nearest")
    assert command(monkeypatch, *words) == 0
    assert "6 sheets in read" in capsys.readouterr().out
    score = ("reading", "score", "read", "--run", store)
    assert command(monkeypatch, *score) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "6 cells in read/answers.csv lack an answer from A to D: 001, 002" in said.err
    fill_as_judge(tmp_path / "read", store)
    assert command(monkeypatch, *score) == 0
    said = capsys.readouterr().out
    assert "reader: a test; judge (nearest)" in said
    assert "kappa reaches the bar of 0.4" in said
    assert command(monkeypatch, *score, "--json") == 0
    assert json.loads(capsys.readouterr().out)["kappa"]["value"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--judge", "nearst"), "has no judge 'nearst'; did you mean 'nearest'?"),
        (("--judge", "nearest"), "96 cells can't be drawn: the run has 6 with pictures"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "reading", "make", store, "--out", "read", *options) == 2
    assert told in capsys.readouterr().err
    assert not Path("read").exists()


def test_a_reading_is_not_written_over(store: Path, reading: Path) -> None:
    before = (reading / "answers.csv").read_bytes()
    with pytest.raises(AssayError, match="there is a reading in"):
        make_reading(Results(store), reading, TOLD)
    assert (reading / "answers.csv").read_bytes() == before


def test_a_key_that_does_not_fit_is_one_sentence(
    store: Path, reading: Path, tmp_path: Path
) -> None:
    fill(reading, lambda n: "A")
    path = reading / "key.json"
    key = json.loads(path.read_text())
    key["cells"]["004"]["score"] = "beef" * 16
    path.write_text(json.dumps(key))
    with pytest.raises(AssayError, match=r"doesn't fit the run .* 1 of its 12 .* beefbeefbeef"):
        score_reading(reading, Results(store), *readable(reading))
    path.write_text('{"suite": "toy"}')
    with pytest.raises(AssayError, match="is no key of a reading"):
        readable(reading)
    with pytest.raises(AssayError, match="there is no reading in"):
        readable(tmp_path / "none")


def test_a_run_of_other_versions_is_not_read(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toy_plugins.Nearest, "version", 2)
    with pytest.raises(AssayError, match=r"12 of the 12 cells .* by another version"):
        make_reading(Results(store), tmp_path / "read", TOLD)
