"""`assay judge`: pictures whose answer is known, in every form, and what is said of bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from test_cli import assay
from test_judge_trial import make_record, miscalibrated

from assay.blobs import as_stored, png_bytes
from assay.envelopes import PredictQuestion, PredictTruth
from assay.kit import load_kit
from assay.pixels import read_picture
from assay.plugins import make_plugin, plugin_key
from assay.submission.judging import judge_rows
from assay.submission.pictures import read_rows
from assay.submission.questions import Asked, make_task, read_questions
from assay.trial.record import write_record
from assay.trojans.world import World
from assay.types import Answer, AssayError, Images

HUES = 8


def hue(i: int) -> tuple[int, int, int]:
    """Eight colours of one grey, whose cosines (less the grey) are those of their angles."""
    waves = np.cos(2 * np.pi * i / HUES + np.array([0, 2 * np.pi / 3, 4 * np.pi / 3]))
    red, green, blue = (127.5 + 100 * waves).round().astype(int).tolist()
    return red, green, blue


def expected(i: int) -> list[float]:
    """What the judge `thumbnail` gives to the hues when it is shown the i-th."""
    cosines = np.cos(2 * np.pi * (np.arange(HUES) - i) / HUES)
    odds = np.exp(cosines / 0.05 - cosines.max() / 0.05)
    return (odds / odds.sum()).tolist()


def paint(folder: Path, i: int, number: int = 2) -> None:
    folder.mkdir(parents=True)
    for n in range(number):
        Image.new("RGB", (20 + n, 20), hue(i)).save(folder / f"{n}.png")


def table(*entries: str) -> str:
    """Questions whose options are the hues' folders; each entry is added to one of them."""
    options = ", ".join(f'"./hues/hue{i}"' for i in range(HUES))
    return "\n".join(f"[[question]]\noptions = [{options}]\n{entry}" for entry in entries)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two questions about hues, the truth of one of them said; a row that sees both."""
    monkeypatch.chdir(tmp_path)
    for i in range(HUES):
        paint(tmp_path / "hues" / f"hue{i}", i)
    known = 'name = "known"\nanswer = "./hues/hue2"'
    Path("questions.toml").write_text(table(known, 'name = "open"'))
    paint(tmp_path / "mine" / "known", 2, number=3)
    paint(tmp_path / "mine" / "open", 5)
    return tmp_path


def judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str | Path
) -> dict[str, Any]:
    assert assay(monkeypatch, "judge", *words, "--judge", "thumbnail", "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_questions_of_ones_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = judged(monkeypatch, capsys, "mine", "--questions", "questions.toml", "--size", "32")
    known, unknown = said["answers"]
    assert (known["row"], known["question"], known["pictures"]) == ("mine", "known", 3)
    assert known["options"] == [f"hue{i}" for i in range(HUES)]
    assert known["probabilities"] == pytest.approx(expected(2), abs=0.01)
    assert known["likeliest"] == ["hue2"]
    assert known["truth"] == "hue2"
    assert known["metrics"] == {"correct": 1.0, "p_truth": known["probabilities"][2]}
    assert unknown["likeliest"] == ["hue5"]
    assert (unknown["truth"], unknown["metrics"]) == (None, {})
    means = {row["metric"]: (row["mean"], row["n"]) for row in said["rows"]}
    assert means == {"correct": (1.0, 1), "p_truth": (known["metrics"]["p_truth"], 1)}


def test_several_rows_keep_their_order_and_have_their_means(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for row, shown in (("good", 2), ("bad", 3)):
        paint(folder / "rows" / row / "known", shown)
    words = ("rows", "--questions", "questions.toml", "--size", "32")
    said = judged(monkeypatch, capsys, *words)
    assert [(a["row"], a["metrics"]["correct"]) for a in said["answers"]] == [
        ("bad", 0.0),
        ("good", 1.0),
    ]
    correct = {r["method"]: r["mean"] for r in said["rows"] if r["metric"] == "correct"}
    assert correct == {"bad": 0.0, "good": 1.0}
    assert assay(monkeypatch, "judge", *words, "--judge", "thumbnail") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["good", "known", "2", "hue2", "0.99", "hue2", "1.00", "0.99"]
               for line in lines)  # fmt: skip
    assert "means over the questions answered, n of 2" in lines


def of_thumbnail(**changed: Any) -> None:
    """Put a record of this very judge, with pictures of 32 pixels, where records lie."""
    key = plugin_key(make_plugin("judges", "thumbnail"))
    write_record(make_record(judge="thumbnail", size=32, key=key, **changed))


def test_probabilities_of_an_uncalibrated_judge_are_not_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("mine", "--questions", "questions.toml", "--size", "32")
    of_thumbnail()
    calibrated = judged(monkeypatch, capsys, *words)
    assert calibrated["trial"] is None
    assert calibrated["answers"][0]["probabilities"] is not None
    of_thumbnail(calibration=miscalibrated(value=0.2))
    said = judged(monkeypatch, capsys, *words)
    assert "`p_truth`, `gain` and `leak` are not printed" in said["trial"]
    # Which option was named stays, and so does whether that was right.
    for before, after in zip(calibrated["answers"], said["answers"], strict=True):
        assert after["likeliest"] == before["likeliest"]
        assert after["probabilities"] is None
        assert after["metrics"].get("correct") == before["metrics"].get("correct")
    assert said["answers"][0]["metrics"] == {"correct": 1.0, "p_truth": None}
    means = {row["metric"]: (row["mean"], row["low"], row["n"]) for row in said["rows"]}
    assert means["p_truth"] == (None, None, 1)
    assert means["correct"][0] == 1.0
    assert assay(monkeypatch, "judge", *words, "--judge", "thumbnail") == 0
    text = capsys.readouterr().out
    assert text.count("are not printed") == 1
    lines = [line.split() for line in text.splitlines()]
    assert ["mine", "known", "3", "hue2", "–", "hue2", "1.00", "–"] in lines
    assert ["mine", "open", "2", "hue5", "–", "–", "–", "–"] in lines
    assert not any("0." in word for line in lines[:4] for word in line)


def test_a_judge_that_was_not_on_trial_is_said_to_be_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("judge", "mine", "--questions", "questions.toml", "--size", "32", "--judge")
    for judge, told in (("thumbnail", True), ("chance", False)):
        assert assay(monkeypatch, *words, judge) == 0
        said = capsys.readouterr().out
        assert ("was not on trial at this size (32 px)" in said) == told
        # Nothing speaks against its probabilities.
        assert said.splitlines()[2].split()[-1] != "–"


def test_where_options_tie_none_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("mine", "--questions", "questions.toml", "--size", "32", "--judge", "chance")
    assert assay(monkeypatch, "judge", *words) == 0
    known = next(x for x in capsys.readouterr().out.splitlines() if " known " in x)
    assert "none (8 tie)" in known
    assert known.split()[-2:] == ["0.12", "0.12"]


def test_the_catalogues_questions_are_those_of_a_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = make_task("handmade", 32)
    judge = make_plugin("judges", "thumbnail")
    for case in task.cases(0):
        shown = as_stored(task.ideal(case, torch.Generator().manual_seed(1)))
        assert isinstance(shown, Images)
        (tmp_path / case.name).mkdir()
        for i, picture in enumerate(shown.pictures):
            (tmp_path / case.name / f"{i:02}.png").write_bytes(png_bytes(picture))
    said = judged(monkeypatch, capsys, tmp_path, "--catalogue", "handmade", "--size", "32")
    assert {a["row"] for a in said["answers"]} == {tmp_path.name}
    for answer, case in zip(said["answers"], task.cases(0), strict=True):
        shown = as_stored(task.ideal(case, torch.Generator().manual_seed(1)))
        question = case.question.open()
        own = judge.answer(question, shown, torch.Generator())
        assert answer["question"] == case.name
        assert answer["options"] == list(question.options)
        assert answer["probabilities"] == pytest.approx(own.probabilities, abs=1e-6)
        assert answer["truth"] == question.options[case.truth.open().index]
        assert answer["metrics"] == pytest.approx(task.grade(case.truth.open(), own))


def test_the_truth_is_opened_after_the_judge_has_answered() -> None:
    happened: list[str] = []
    pictures = torch.zeros(2, 3, 8, 8)

    class Listening:
        def answer(self, question: Any, finding: Images, rng: torch.Generator) -> Answer:
            happened.append("answer")
            assert type(question) is PredictQuestion
            assert finding.pictures.dtype == torch.float32
            return Answer((0.75, 0.25))

    def truth() -> PredictTruth:
        happened.append("truth")
        return PredictTruth(1, "b", pictures)

    def question() -> PredictQuestion:
        happened.append("question")
        return PredictQuestion(("a", "b"), (pictures, pictures))

    asked = [Asked("one", "", question, truth), Asked("two", "", question, truth)]
    rows = {row: {"one": pictures.byte()} for row in ("first", "second")}
    found = judge_rows(Listening(), make_task("handmade", 8), asked, rows)  # type: ignore[arg-type]
    # Asked once for both rows; nobody answers the second question.
    assert happened == ["question", "answer", "truth", "answer", "truth"]
    assert [(v.row, v.truth, v.metrics["p_truth"]) for v in found] == [
        ("first", "b", 0.25),
        ("second", "b", 0.25),
    ]


def test_concepts_of_the_kit_and_folders_may_stand_beside_each_other(folder: Path) -> None:
    symbols = ["red_heart", "green_star", "blue_moon", "black_spade"]
    options = [*symbols, "./hues/hue0", "hues/hue1/", str(folder / "hues" / "hue2"), "hues/hue3"]
    Path("mixed.toml").write_text(
        f'[[question]]\nname = "mixed"\nkind = "patch"\noptions = {json.dumps(options)}\n'
        'answer = "green_star"\n'
    )
    (asked,) = read_questions(Path("mixed.toml"), 32)
    question = asked.question()
    words = [load_kit().words(name, "patch")[0] for name in symbols]
    assert question.options == (*words, "hue0", "hue1", "hue2", "hue3")
    exemplars = World(load_kit(), "judge", 32).exemplars("patch", symbols)
    for option, shown in zip(options[:4], question.exemplars, strict=False):
        assert torch.equal(shown, exemplars[option])
    assert question.exemplars[5].shape == (2, 3, 32, 32)
    assert float(question.exemplars[5].max()) <= 1
    assert asked.truth is not None
    assert asked.truth().index == 1


def test_exemplars_do_not_depend_on_the_order_of_the_options() -> None:
    world = World(load_kit(), "judge", 32)
    names = ["red_heart", "green_star", "blue_moon"]
    first, second = world.exemplars("patch", names, 2), world.exemplars("patch", names[::-1], 2)
    assert all(torch.equal(first[name], second[name]) for name in names)


def test_pictures_are_read_as_anybody_saves_them(tmp_path: Path) -> None:
    grey = np.full((9, 17), 51, np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray((grey * 257.0).astype(np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(grey).convert("P").save(tmp_path / "palette.png")
    Image.fromarray(grey).save(tmp_path / "photo.JPG", quality=95)
    Image.fromarray(grey).convert("RGB").save(tmp_path / "web.webp", lossless=True)
    Image.new("RGBA", (9, 9), (51, 51, 51, 255)).save(tmp_path / "opaque.png")
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("LA", (9, 9), (0, 204)).save(tmp_path / "veiled.png")
    for path in tmp_path.iterdir():
        shown = read_picture(path, 12)
        assert shown.shape == (3, 12, 12)
        value = 1.0 if path.stem == "clear" else 0.2
        assert torch.allclose(shown, torch.tensor(value), atol=0.011), path.name
    assert read_picture(tmp_path / "grey.png").shape == (3, 9, 17)


def test_what_is_no_picture_is_left_aside(folder: Path) -> None:
    (folder / "mine" / "known" / "notes.txt").write_text("seen")
    (folder / "mine" / "known" / "._0.png").write_bytes(b"not a picture")
    (folder / "mine" / ".cache").mkdir()
    rows = read_rows(folder / "mine", ["known", "open"], 16)
    assert {q: tuple(p.shape) for q, p in rows["mine"].items()} == {
        "known": (3, 3, 16, 16),
        "open": (2, 3, 16, 16),
    }
    assert rows["mine"]["known"].dtype == torch.uint8


def break_folder(kind: str) -> None:
    """Make a folder `bad` that has this fault."""
    bad = Path("bad")
    if kind == "missing":
        return
    bad.mkdir()
    if kind == "empty":
        return
    if kind == "loose":
        Image.new("RGB", (8, 8)).save(bad / "0.png")
    elif kind == "mistyped":
        paint(bad / "known", 0)
        paint(bad / "opn", 0)
    elif kind == "all mistyped":
        paint(bad / "knwn", 0)
    elif kind == "mistyped in a row":
        paint(bad / "row" / "knwon", 0)
    elif kind == "no pictures":
        (bad / "known").mkdir()
    elif kind == "empty row":
        paint(bad / "row" / "known", 0)
        (bad / "other").mkdir()
    elif kind == "broken":
        paint(bad / "known", 0)
        (bad / "known" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("missing", "there is no folder bad"),
        ("empty", "bad holds no folder"),
        ("loose", "bad holds no folder"),
        ("mistyped", "no question 'opn'; did you mean 'open'?"),
        ("all mistyped", "no question 'knwn'; did you mean 'known'?"),
        ("mistyped in a row", "bad/row/knwon: there is no question 'knwon'; did you mean 'known'?"),
        (
            "no pictures",
            "bad/known holds no picture (png, jpg, jpeg, webp, bmp, gif, ppm, pgm, tif, tiff)",
        ),
        ("empty row", "bad/other holds no folder"),
        ("broken", "bad/known/1.png can't be read"),
    ],
)
def test_a_folder_that_is_wrong_is_one_sentence(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    told: str,
) -> None:
    break_folder(kind)
    words = ("judge", "bad", "--questions", "questions.toml", "--judge", "thumbnail")
    assert assay(monkeypatch, *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--judge", "thumbnai"), "did you mean 'thumbnail'?"),
        (("--judge", "ablator"), "'ablator' looks at no pictures"),
        (("--judge", "thumbnail", "--catalogue", "twelv"), "there is no catalogue 'twelv'"),
        (("--judge", "embedding", "--size", "96"), "make it with `assay reference --size 96`"),
        (("--judge", "thumbnail", "--questions", "none.toml"), "none.toml can't be read"),
        (("--judge", "thumbnail"), "no question 'known'; known: apple, clownfish"),
    ],
)
def test_other_mistakes_are_one_sentence(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    # A row of two questions that the catalogue doesn't have.
    assert assay(monkeypatch, "judge", "mine", *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[question]", "is not valid TOML"),
        ("", "there is no [[question]]"),
        ('[[questions]]\nname = "a"', "unknown key 'questions'"),
        ('[[question]]\nname = "a"', "'options'"),
        (table('name = "a"\nanswr = "b"'), "'answr'"),
        (table('name = "a"', 'name = "a"'), "two questions are called 'a'"),
        (table('name = "a/b"'), "`name` must be what a folder can be called"),
        (
            table('name = "a"\nanswer = "hue2"'),
            "the answer 'hue2' is no option; known: ./hues/hue0",
        ),
        (table('name = "a"\nkind = "smell"'), "kind 'smell' is none of patch, style"),
        (table('name = "a"').replace("hue7", "hue6"), "two options are called 'hue6'"),
        (table('name = "a"').replace("hues/hue7", "hues/none"), "there is no folder"),
        (table('name = "a"').replace(', "./hues/hue7"', ""), "8 options, and there are 7"),
        (table('name = "a"').replace("./hues/hue7", "skull"), "'skull' is a concept of the kit"),
        (
            table('name = "a"\nkind = "patch"').replace("./hues/hue7", "skul"),
            "Did you mean 'skull'?",
        ),
        (
            table('name = "a"\nkind = "patch"').replace("./hues/hue7", "clownfish_like_ball"),
            "to no judge",
        ),
        (table('name = "a"').replace('["./hues', '[7, "./hues'), "list of words and folders"),
    ],
)
def test_a_table_that_is_wrong_says_what_is(folder: Path, text: str, told: str) -> None:
    Path("wrong.toml").write_text(text)
    with pytest.raises(AssayError) as caught:
        read_questions(Path("wrong.toml"), 16)
    assert told in str(caught.value)
    assert str(caught.value).startswith("wrong.toml")


def test_all_that_is_wrong_with_a_table_is_told_at_once(folder: Path) -> None:
    text = table('name = "a"\nkind = "smell"', 'name = "b"\nanswer = "c"')
    Path("wrong.toml").write_text(text.replace(', "./hues/hue7"', "", 1))
    with pytest.raises(AssayError) as caught:
        read_questions(Path("wrong.toml"), 16)
    for part in ("question 'a': there must be 8", "question 'a': kind", "question 'b': the answer"):
        assert part in str(caught.value)
