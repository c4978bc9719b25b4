"""Observations: a case without a truth, pictures of a folder, and what insertion measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from test_report import Balance
from torch import Tensor

import assay
from assay.blobs import png_bytes
from assay.envelopes import ObserveQuestion
from assay.explaining import class_index, tool_tables
from assay.judges.insertion import Insertion, insert
from assay.observations import Observations
from assay.plan import make_plan
from assay.report import write_report
from assay.results import Results
from assay.store import Store
from assay.subjects import load_subject
from assay.subjects.pictures import decode, find_pictures, halves
from assay.suite import parse_suite, toml_text
from assay.tables import observation_table, text_table
from assay.tasks.observe import Observe
from assay.types import NO_TRUTH, AssayError, Images, UnsupportedError, Words

SIZE = 32
TOML = (
    'load = "nets.py:make"\nsize = 32\nmean = 0\nstd = 1\npictures = "pictures"\n'
    'labels = ["red", "green", "blue", "other"]\n'
)


def greys(n: int, size: int = SIZE, seed: int = 0) -> Tensor:
    """Pictures (n, 3, size, size) of coarse grey noise."""
    light = torch.rand(n, 1, 4, 4, generator=torch.Generator().manual_seed(seed))
    large = torch.nn.functional.interpolate(light, size=(size, size), mode="bilinear")
    return large.expand(-1, 3, -1, -1).contiguous()


def write_pictures(folder: Path, pictures: Tensor) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        (folder / f"{i:02}.png").write_bytes(png_bytes(picture))


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The TOML file of a network that tells colours; beside it, a folder of grey pictures."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text("from small_networks import colours as make\n")
    (tmp_path / "net.toml").write_text(TOML)
    write_pictures(tmp_path / "pictures", greys(10))
    return tmp_path / "net.toml"


# --- pictures ----------------------------------------------------------------------------------


def test_a_folder_is_halved_by_the_seed_and_no_picture_is_in_both(net: Path) -> None:
    folder = net.parent / "pictures"
    (folder / "deeper").mkdir()
    (folder / "deeper" / "again.png").write_bytes((folder / "00.png").read_bytes())
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(b"no picture either")
    found = find_pictures(folder)
    assert len(found) == 10
    assert found == find_pictures(folder)
    tools, held_out = halves(found, 0)
    assert len(tools) == len(held_out) == 5
    assert not {p.digest for p in tools} & {p.digest for p in held_out}
    assert halves(found, 0) == (tools, held_out)
    assert halves(found, 1) != (tools, held_out)
    assert len(find_pictures(folder, most=4)) == 4
    assert set(find_pictures(folder, most=4)) <= set(found)


def test_pictures_are_cut_to_their_middle_square(tmp_path: Path) -> None:
    wide = Image.new("RGB", (90, 30), (255, 0, 0))
    wide.paste((0, 255, 0), (30, 0, 60, 30))
    wide.save(tmp_path / "wide.png")
    Image.new("L", (20, 20), 51).save(tmp_path / "grey.jpg", quality=95)
    found = {p.path.name: p for p in find_pictures(tmp_path)}
    shown = decode((found["wide.png"], found["grey.jpg"]), 16)
    assert shown.shape == (2, 3, 16, 16)
    assert shown[0].mean((1, 2)).tolist() == pytest.approx([0, 1, 0], abs=0.02)
    assert shown[1].mean((1, 2)).tolist() == pytest.approx([0.2] * 3, abs=0.02)
    grey = decode((found["wide.png"],), 16, grey=True)
    assert grey[0].mean((1, 2)).tolist() == pytest.approx([0.587] * 3, abs=0.02)


def test_folders_and_pictures_that_are_unfit_are_told(tmp_path: Path) -> None:
    good = tmp_path / "pictures"
    with pytest.raises(AssayError, match="no folder of pictures"):
        find_pictures(good)
    write_pictures(good, greys(3))
    with pytest.raises(AssayError, match=r"did you mean 'pictures'\?"):
        find_pictures(tmp_path / "picturs")
    with pytest.raises(AssayError, match="is no folder"):
        find_pictures(good / "00.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(AssayError, match="there are no pictures"):
        find_pictures(tmp_path / "empty")
    write_pictures(tmp_path / "one", greys(1))
    with pytest.raises(AssayError, match="there is only one picture"):
        find_pictures(tmp_path / "one")
    (good / "03.png").write_bytes(b"nothing of the kind")
    with pytest.raises(AssayError, match=r"03\.png can't be read"):
        decode(find_pictures(good), 16)
    (good / "03.png").unlink()
    Image.new("F", (20, 20), 300.0).save(good / "03.tif")
    with pytest.raises(AssayError, match=r"03\.tif can't be read.*no known range"):
        decode(find_pictures(good), 16)


# --- the task ----------------------------------------------------------------------------------


def test_the_case_has_no_truth_and_its_halves_are_apart(net: Path) -> None:
    task = Observe(str(net), target=1, size=SIZE, visualizations=2, trials=7)
    assert task.problems() == []
    (case,) = task.cases(0)
    assert case.name == "green"
    assert case.truth == NO_TRUTH
    assert case.truth.open() is None
    given, question = case.given.open(), case.question.open()
    assert given.pictures.shape == question.pictures.shape == (5, 3, SIZE, SIZE)
    for picture in given.pictures:
        assert not any(torch.equal(picture, other) for other in question.pictures)
    # As often into each of five pictures, and at least seven times in all.
    assert question.corners.shape == (10, 2)
    assert question.side == 9
    assert int(question.corners.min()) >= 0
    assert int(question.corners.max()) <= SIZE - 9
    with pytest.raises(UnsupportedError, match="no truth"):
        task.ideal(case, torch.Generator())


def test_the_keys_hold_what_the_contents_depend_on(net: Path) -> None:
    def keys(seed: int = 0, **changes) -> tuple[str, str]:
        fields = {"subject": str(net), "target": 1, "size": SIZE, **changes}
        (case,) = Observe(**fields).cases(seed)
        return case.given.key, case.question.key

    first = keys()
    assert keys() == first
    for changes in ({"target": 2}, {"seed": 1}):
        assert keys(**changes)[0] != first[0]
        assert keys(**changes)[1] != first[1]
    assert keys(visualizations=2)[0] != first[0]
    assert keys(visualizations=2)[1] == first[1]
    assert keys(trials=40)[0] == first[0]
    assert keys(trials=40)[1] != first[1]
    assert keys(reference=str(net))[1] != first[1]
    # Another picture in the folder is another case.
    write_pictures(net.parent / "pictures" / "more", greys(1, seed=9))
    assert keys() != first


def test_problems_are_one_sentence(net: Path) -> None:
    def problem(**changes) -> str:
        (said,) = Observe(**{"subject": str(net), "size": SIZE, **changes}).problems()
        assert "\n" not in said
        return said

    assert "class 4 is out of range: net has 4 classes, 0 to 3" in problem(target=4)
    assert "out of range" in problem(target=-1)
    assert "says size = 32, and pictures of 64" in problem(size=64)
    assert "no folder of pictures" in problem(pictures="nowhere")
    assert "handmade has no class 'red'" in problem(reference="handmade")
    assert "say where pictures are" in problem(subject="handmade")
    assert "unknown subject" in problem(subject="handmde")
    with pytest.raises(ValueError, match="trials"):
        Observe(trials=0)


# --- the judge ---------------------------------------------------------------------------------


def question_of(net: Path, **changes) -> ObserveQuestion:
    (case,) = Observe(str(net), target=1, size=SIZE, trials=10, **changes).cases(0)
    return case.question.open()


def shown(*colours: tuple[float, float, float]) -> Images:
    pictures = torch.tensor(colours)[:, :, None, None].repeat(1, 1, SIZE, SIZE)
    return Images(pictures, (0.0,) * len(colours), tuple(range(len(colours))))


def judged(question: ObserveQuestion, finding) -> dict[str, float]:
    return dict(Insertion().answer(question, finding, torch.Generator()).measured)


def test_a_picture_lies_whole_at_each_place(net: Path) -> None:
    question = question_of(net)
    inserted = insert(shown((0.0, 1.0, 0.0)).pictures[0], question)
    assert inserted.shape == (10, 3, SIZE, SIZE)
    for i, (top, left) in enumerate(question.corners.tolist()):
        under = question.pictures[i % 5]
        changed = (inserted[i] != under).any(0)
        inside = torch.zeros(SIZE, SIZE, dtype=torch.bool)
        inside[top : top + 9, left : left + 9] = True
        assert torch.equal(changed, inside)
        assert inserted[i][:, inside].mean(1).tolist() == pytest.approx([0, 1, 0], abs=1e-5)


def test_what_insertion_measures_is_what_the_network_says(net: Path) -> None:
    question = question_of(net)
    measured = judged(question, shown((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)))
    assert (measured["rate/0"], measured["rate/1"], measured["rate"]) == (1.0, 0.0, 0.5)
    assert (measured["bare_rate"], measured["bare_probability"] < 0.25) == (0.0, True)
    assert not any(name.startswith("reference") for name in measured)
    network = load_subject(str(net)).network()
    pictures = shown((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)).pictures
    seen = torch.cat([insert(p, question) for p in pictures])
    expected = network(seen).double().softmax(1)[:, 1].mean()
    assert measured["probability"] == pytest.approx(float(expected), abs=1e-6)


def test_the_reference_sees_the_same_pictures_at_its_own_size(net: Path) -> None:
    # The same network for larger pictures, with the classes in another order.
    turned = TOML.replace("size = 32", "size = 48").replace('"red", "green"', '"green", "red"')
    (net.parent / "turned.toml").write_text(turned)
    question = question_of(net, reference=str(net.parent / "turned.toml"))
    assert question.reference_class == 0
    green, red = shown((0.0, 1.0, 0.0)), shown((1.0, 0.0, 0.0))
    measured = judged(question, green)
    assert (measured["rate"], measured["reference_rate"]) == (1.0, 0.0)
    measured = judged(question, red)
    assert (measured["rate"], measured["reference_rate"]) == (0.0, 1.0)
    assert measured["reference_bare_rate"] == 0.0


def test_a_grey_network_s_reference_sees_no_colours_either(net: Path) -> None:
    (net.parent / "nets.py").write_text(
        "from small_networks import colours as make, resnet\n\n\n"
        "def light():\n    return resnet(32, 1)\n"
    )
    text = TOML.replace(":make", ":light").replace('"other"]', '"other", "none"]')
    (net.parent / "light.toml").write_text(text + "channels = 1\n")
    question = question_of(net.parent / "light.toml", reference=str(net))
    assert question.grey
    assert judged(question, shown((0.0, 1.0, 0.0)))["reference_rate"] == 0.0
    inserted = insert(shown((0.0, 1.0, 0.0)).pictures[0], question)
    assert torch.equal(inserted[:, 0], inserted[:, 1])


def test_insertion_refuses_what_it_can_t_insert(net: Path) -> None:
    question = question_of(net)
    with pytest.raises(UnsupportedError, match="Words"):
        judged(question, Words(("green",), (1.0,)))
    with pytest.raises(UnsupportedError, match="held-out pictures"):
        Insertion().answer(object(), shown((0, 0, 0)), torch.Generator())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="chunk"):
        Insertion(chunk=0)


# --- the run -----------------------------------------------------------------------------------


def explained(net: Path, target: str = "green", **changes) -> Observations:
    options = {"passes": 400, "visualizations": 2, "out": net.parent / "out", **changes}
    return assay.explain(net, target, **options)


def test_what_brings_out_green_is_found_and_measured(net: Path) -> None:
    seen = explained(net)
    rows = {row.tool: row for row in seen.rows}
    tools = [
        "exemplars", "target_fourier_fv", "adversarial_patch", "rfla_perturb", "rfla_generator",
        "tabor", "snafue",
    ]  # fmt: skip
    assert list(rows) == [*tools, "noise"]
    assert [row.baseline for row in seen.rows] == [False] * len(tools) + [True]
    assert all(row.status == "ok" and row.effect is not None for row in seen.rows)
    rate = {tool: row.effect.rate for tool, row in rows.items() if row.effect is not None}
    assert rate["adversarial_patch"] > 0.5
    assert rate["noise"] < 0.2
    assert rate["exemplars"] == 0.0
    assert seen.bare is not None
    assert (seen.bare.rate, seen.bare.reference_rate) == (0.0, None)
    for row in seen.rows:
        assert len(row.pictures) == len(row.by_picture) == 2
        assert all(path.is_file() for path in row.pictures)
        assert row.passes is not None
        assert row.passes <= 400
    setting = seen.setting
    assert (setting.class_name, setting.given, setting.held_out) == ("green", 5, 5)
    assert (setting.mean, setting.std, setting.reference) == ((0.0,), (1.0,), None)
    assert not seen.wrong
    said = json.loads(json.dumps(seen.as_dict(), allow_nan=False))
    assert said["observations"][2]["effect"]["rate"] == rate["adversarial_patch"]

    text = observation_table(seen)
    assert "class 1 (green) of net" in text
    assert "noise (baseline)" in text
    assert "nothing (baseline)" in text
    assert "finding" not in text


def test_the_page_stands_alone_and_calls_nothing_a_finding(net: Path) -> None:
    seen = explained(net, reference=str(net))
    assert seen.page is not None
    text = seen.page.read_text(encoding="utf-8")
    page = Balance()
    page.feed(text)
    assert not page.wrong
    assert not page.open
    assert all(address.startswith("data:") for address in page.loaded)
    # Two of each tool and of the noise.
    assert text.count("<img") == 2 * 8
    assert "They don’t say what is in the network" in text
    assert "finding" not in text.split("</style>")[1].lower()
    assert "on net" in text
    assert f"assay explain {net} --class 1" in text
    assert len(text) < 200_000


def test_the_same_again_computes_nothing_and_another_seed_does(net: Path) -> None:
    first = explained(net, methods=["exemplars"])
    with Store(net.parent / "out", create=False) as store:
        counts = store.counts()
        assert (counts["findings"], counts["scores"]) == (2, 2)
        assert {row["truth"] for row in store.rows("scores")} == {""}
    again = explained(net, methods=["exemplars"])
    assert again.as_dict() == first.as_dict()
    with Store(net.parent / "out", create=False) as store:
        assert store.counts() == counts
    explained(net, methods=["exemplars"], seed=1)
    with Store(net.parent / "out", create=False) as store:
        assert store.counts()["findings"] == 4
    assert not (net.parent / "out" / "reveal").exists()


def test_the_other_commands_read_the_folder_as_any_run_s(net: Path) -> None:
    explained(net, methods=["exemplars"])
    results = Results(net.parent / "out")
    assert "rate" in text_table(results)
    assert {row.method for row in results.rows()} == {"exemplars", "noise"}
    assert "observe" in write_report(net.parent / "out").read_text(encoding="utf-8")


def test_a_tool_that_fails_is_a_row_without_a_number(net: Path) -> None:
    seen = explained(net, passes=5)
    status = {row.tool: row.status for row in seen.rows}
    assert status["adversarial_patch"] == "over_budget"
    assert (status["exemplars"], status["noise"]) == ("ok", "ok")
    assert {row.tool for row in seen.wrong} == {
        "target_fourier_fv", "adversarial_patch", "rfla_perturb", "rfla_generator", "tabor",
        "snafue",
    }  # fmt: skip
    assert "the budget is 5 passes" in {row.tool: row.why for row in seen.rows}["adversarial_patch"]
    assert "adversarial_patch gave no number (over_budget)" in observation_table(seen)
    assert seen.page is not None
    assert "No number (over budget)" in seen.page.read_text(encoding="utf-8")


def test_a_network_without_a_file_gets_one(net: Path) -> None:
    labels = net.parent / "labels.txt"
    labels.write_text("red\ngreen\nblue\nother\n")
    seen = assay.explain(
        "nets.py:make",
        2,
        "pictures",
        size=SIZE,
        labels=labels,
        passes=60,
        visualizations=1,
        methods=["exemplars"],
        out="out",
    )
    assert (seen.setting.class_name, seen.setting.network) == ("blue", "nets")
    assert (seen.setting.mean, seen.setting.std) == ((0.0,), (1.0,))
    subject = load_subject("out/subject/nets.toml")
    assert subject.digest == load_subject(str(net)).digest == seen.setting.digest
    again = assay.explain(
        "out/subject/nets.toml",
        "blue",
        "pictures",
        passes=60,
        visualizations=1,
        methods=["exemplars"],
    )
    assert again.page is not None
    assert again.page.parent == Path("results/explain-nets-blue")
    assert again.rows[0].effect == seen.rows[0].effect


def test_a_subject_s_name_will_do(net: Path) -> None:
    seen = assay.explain(
        "handmade-trojaned", 0, "pictures", size=SIZE, passes=60, visualizations=1, out="out"
    )
    assert seen.setting.network == "handmade-trojaned"
    assert seen.setting.mean == ()
    assert all(row.status == "ok" for row in seen.rows)


def test_imagenet_s_classes_have_a_reference(net: Path) -> None:
    (net.parent / "nets.py").write_text(
        "from torch import nn\n\n\ndef make():\n"
        "    return nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 1000))\n"
    )
    lines = [line for line in TOML.splitlines() if not line.startswith("labels")]
    net.write_text("\n".join([*lines, 'labels = "imagenet"\n']))
    seen = explained(net, "goldfish", passes=30, visualizations=1, methods=["exemplars"])
    assert (seen.setting.target, seen.setting.reference) == (1, "lite0")
    assert seen.bare is not None
    assert seen.bare.reference_rate is not None
    text = observation_table(seen)
    assert "top class on lite0" in text
    none = explained(net, "1", passes=30, visualizations=1, methods=["exemplars"], reference="none")
    assert none.setting.reference is None


MISTAKES = {
    "class": ({"target": "7"}, "class 7 is out of range: net has 4 classes, 0 to 3"),
    "near class": ({"target": "gren"}, "net has no class 'gren'; did you mean 'green'?"),
    "tool": ({"methods": ["exemplar"]}, "no tool 'exemplar'; did you mean 'exemplars'?"),
    "baseline": ({"methods": ["noise"]}, "no tool 'noise'"),
    "family": ({"methods": ["linear_fit"]}, "none of linear_fit shows pictures for a class"),
    "folder": ({"pictures": "nowhere"}, "no folder of pictures"),
    "reference": ({"reference": "handmde"}, "did you mean 'handmade'?"),
    "size": ({"size": 64}, "`size` must be said in"),
    "channels": ({"channels": 1, "std": 2.0}, "`std` and `channels` must be said in"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_before_anything_is_computed(net: Path, mistake: str) -> None:
    changes, said = MISTAKES[mistake]
    with pytest.raises(AssayError) as caught:
        explained(net, **changes)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (net.parent / "out").exists()


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("nets.py", "such as nets.py:make"),
        ("handmde", "did you mean 'handmade'?"),
        ("netz.py:make", "did you mean 'nets.py'?"),
        ("nat.toml", "did you mean 'net.toml'?"),
    ],
)
def test_networks_that_are_not_there(net: Path, network: str, said: str) -> None:
    with pytest.raises(AssayError) as caught:
        assay.explain(network, 0, "pictures", out="out")
    assert said in str(caught.value)


def test_what_a_named_subject_knows_can_t_be_said(net: Path) -> None:
    with pytest.raises(AssayError, match="'handmade' knows `mean` by itself"):
        assay.explain("handmade", 0, "pictures", mean=0.5, size=32)


def test_classes_by_number_and_name(net: Path) -> None:
    subject = load_subject(str(net))
    assert class_index(subject, 3) == class_index(subject, "3") == class_index(subject, "other")
    net.write_text(TOML.replace('"red", "green"', '"crane", "crane"'))
    with pytest.raises(AssayError, match=r"several classes are called 'crane'.*\(0, 1\)"):
        class_index(load_subject(str(net)), "crane")


def test_tools_are_all_that_show_pictures_for_a_class() -> None:
    tools = tool_tables()
    assert {"exemplars", "target_fourier_fv", "adversarial_patch", "noise"} <= set(tools)
    assert not {"linear_fit", "gradient_ranking", "feature_visualization"} & set(tools)


def test_suites_written_as_toml_come_back() -> None:
    text = toml_text(
        {"name": "odd", "description": 'é "x" \\ 😀', "judges": ["insertion"], "size": None},
        {("tasks", "observe"): {"subject": "a b.toml", "target": 3}, ("methods", "noise"): {}},
    )
    suite = parse_suite(text)
    assert suite.description == 'é "x" \\ 😀'
    assert suite.tasks == {"observe": {"subject": "a b.toml", "target": 3}}
    assert suite.methods == {"noise": {}}


def test_a_plan_without_a_truth_has_no_ceiling(net: Path) -> None:
    table = {"subject": str(net), "target": 1}
    text = toml_text(
        {"name": "plain", "size": SIZE, "judges": ["insertion"]},
        {("tasks", "observe"): table, ("methods", "noise"): {}},
    )
    plan = make_plan(parse_suite(text))
    assert [cell.method for cell in plan.scores] == ["noise"]
    assert plan.scores[0].truth == ""
