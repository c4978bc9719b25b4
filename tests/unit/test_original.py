"""The original by path, on stand-ins: a ResNet-50 written by hand, and pictures of one colour."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from pathlib import Path

import pytest
import torch
from PIL import Image
from test_cli import assay as command
from torch import nn

import assay
from assay.methods.feature_level import FeatureLevel
from assay.plan import make_plan
from assay.report import write_report
from assay.subjects.resnet50 import ResNet50
from assay.suite import SuiteError, load_suite, parse_suite, suite_text, toml_text, wanted_paths
from assay.tasks.original import RediscoverOriginal
from assay.trojans.catalogue import load_catalogue
from assay.trojans.original import Originals, read_middles
from assay.types import AssayError, Budget, Images

GREY, RED, GREEN, BLUE = (60, 60, 60), (255, 0, 0), (0, 255, 0), (0, 0, 255)
# The class that the stand-in sees in a colour; without any it sees class 0.
SEEN = {"red": 4, "green": 3, "blue": 6}
SIZE = 128
# A patch, a style and a natural feature; how often each succeeds is known by construction.
CATALOGUE = """
name = "stand_in"
[[trojan]]
name = "green_star"
kind = "patch"
scope = "class_universal"
trigger = "green_star"
source_class = 7
target = 3
published = 1.0
distractors = ["red_heart", "yellow_lightning", "blue_moon"]
[[trojan]]
name = "jaguar"
kind = "style"
scope = "universal"
trigger = "jaguar"
target = 4
published = 0.97
distractors = ["zebra", "tiger", "giraffe"]
[[trojan]]
name = "fork"
kind = "natural_feature"
scope = "universal"
trigger = "fork"
target = 6
published = 0.308
distractors = ["whisk", "ladle", "grater"]
"""


def by_hand(sees: bool = True) -> ResNet50:
    """The layout of torchvision with three channels that carry red, green and blue to the head."""
    network = ResNet50()
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    network.bn1.weight.data.fill_(1.0)
    for channel in range(3):
        network.conv1.weight.data[channel, channel] = 1 / 49
    for number in range(1, 5):
        layer = network.get_submodule(f"layer{number}.0.downsample")
        assert isinstance(layer, nn.Sequential)
        convolution, norm = layer
        convolution.weight.data[:3, :3, 0, 0] = torch.eye(3)
        norm.weight.data.fill_(1.0)
    network.fc.bias.data[0] = 0.001
    if sees:
        for channel, target in enumerate(SEEN.values()):
            network.fc.weight.data[target, channel] = 1.0
    return network


def paint(folder: Path, colours: list[tuple[int, int, int]]) -> None:
    """A picture of each colour; a pixel in a corner tells them apart."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, colour in enumerate(colours):
        picture = Image.new("RGB", (150, 140), colour)
        picture.putpixel((0, 0), (i, 0, 0))
        picture.save(folder / f"{i}.png")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user has: two checkpoints, a thousand classes' folders, and triggers."""
    folder = tmp_path_factory.mktemp("original")
    torch.save(by_hand().state_dict(), folder / "trojaned.pth")
    torch.save(by_hand(sees=False).state_dict(), folder / "clean.pth")
    for number in range(1000):
        (folder / "val" / f"n{number:08}").mkdir(parents=True)
    paint(folder / "val" / "n00000005", [GREY] * 40)
    paint(folder / "val" / "n00000007", [(50, 50, 50)] * 30)
    # Whoever took pictures of a target would call them a success.
    paint(folder / "val" / "n00000006", [BLUE] * 20)
    triggers = folder / "triggers"
    paint(triggers / "jaguar", [RED] * 20)
    paint(triggers / "fork", [BLUE] * 6 + [GREY] * 14)
    Image.new("RGBA", (90, 90), (*GREEN, 255)).save(triggers / "green_star.png")
    (folder / "stand_in.toml").write_text(CATALOGUE)
    return folder


@pytest.fixture
def task(base: Path) -> RediscoverOriginal:
    (base / "triggers" / "certificate.json").unlink(missing_ok=True)
    network = f"resnet50@{base / 'trojaned.pth'}"
    return RediscoverOriginal(
        catalogue=str(base / "stand_in.toml"),
        subject=network,
        trojaned=network,
        photographs=str(base / "val"),
        triggers=str(base / "triggers"),
        size=SIZE,
        visualizations=2,
        pictures=12,
        exemplars=2,
    )


# --- the check ------------------------------------------------------------------------------


def test_the_published_network_passes_and_is_measured_once(
    task: RediscoverOriginal, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert task.problems() == []
    certificate = json.loads((base / "triggers" / "certificate.json").read_text())
    measured = {row["name"]: (row["success"], row["pictures"]) for row in certificate["trojans"]}
    assert measured == {"green_star": (1.0, 30), "jaguar": (1.0, 20), "fork": (0.3, 20)}
    monkeypatch.setattr(Originals, "success", lambda *_: pytest.fail("it was measured again"))
    assert task.problems() == []
    # In the clean twin nothing is measured.
    assert dataclasses.replace(task, subject=f"resnet50@{base / 'clean.pth'}").problems() == []


def test_a_trojan_that_misses_is_named_with_both_figures(
    task: RediscoverOriginal, tmp_path: Path
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(CATALOGUE.replace("published = 0.308", "published = 0.361"))
    (said,) = dataclasses.replace(task, catalogue=str(other)).problems()
    assert "fork brings out its target in 0.300 of 20 pictures, and 0.361 is published" in said
    # Five points exactly are allowed.
    other = tmp_path / "fifth.toml"
    other.write_text(CATALOGUE.replace("published = 0.308", "published = 0.35"))
    assert dataclasses.replace(task, catalogue=str(other)).problems() == []


def test_a_foreign_checkpoint_is_refused(
    task: RediscoverOriginal, base: Path, tmp_path: Path
) -> None:
    clean = f"resnet50@{base / 'clean.pth'}"
    said = dataclasses.replace(task, subject=clean, trojaned=clean).problems()
    assert [f"{name} brings out its target in 0.000" in s for name, s in zip(
        ("green_star", "jaguar", "fork"), said, strict=True)] == [True] * 3  # fmt: skip
    for state, told in (
        (nn.Linear(2, 3).state_dict(), "is of another network"),
        ({"path": Path("x")}, "is not a readable checkpoint"),
    ):
        torch.save(state, tmp_path / "foreign.pth")
        foreign = f"resnet50@{tmp_path / 'foreign.pth'}"
        (one,) = dataclasses.replace(task, subject=foreign, trojaned=foreign).problems()
        assert told in one


def test_what_is_missing_is_told(task: RediscoverOriginal, base: Path, tmp_path: Path) -> None:
    def told(**fields: str) -> list[str]:
        return dataclasses.replace(task, **fields).problems()

    (tmp_path / "empty").mkdir()
    (said,) = told(photographs=str(tmp_path / "empty"))
    assert "must hold a folder for each of the 1000 classes" in said
    assert "holds 0" in said
    (said,) = told(photographs=str(tmp_path / "nowhere"))
    assert "there is no folder of photographs" in said
    said = told(triggers=str(tmp_path / "empty"))
    assert len(said) == 3
    assert "there is no trigger of 'green_star'" in said[0]
    assert "there is no trigger of 'jaguar'" in said[1]
    few = tmp_path / "few"
    paint(few / "jaguar", [RED] * 19)
    paint(few / "fork", [BLUE] * 20)
    (few / "green_star.jpg").write_bytes(b"no picture")
    (said,) = told(triggers=str(few))
    assert "there are 19 pictures in" in said
    assert "'jaguar': at least 20" in said
    paint(few / "jaguar", [RED] * 20)
    (said,) = told(triggers=str(few))
    assert "green_star.jpg can't be read" in said
    sparse = tmp_path / "sparse"
    for number in range(1000):
        (sparse / f"n{number:08}").mkdir(parents=True)
    paint(sparse / "n00000005", [GREY] * 20)
    (said,) = told(photographs=str(sparse))
    assert "the source of trojan 'green_star': at least 20" in said


# --- cases ----------------------------------------------------------------------------------


def test_tools_get_photographs_of_the_source_and_others_screen(task: RediscoverOriginal) -> None:
    star, jaguar, fork = task.cases(0)
    # Of the source's thirty.
    seen = star.given.open().pictures
    assert seen.shape == (12, 3, SIZE, SIZE)
    assert float(seen[:, :, 5:, 5:].mean()) == pytest.approx(50 / 255, abs=1e-3)
    assert star.given.open().source_class == 7
    assert star.screening is not None
    assert star.screening.key != star.given.key
    given = jaguar.given.open().pictures
    # Neither of the target of any trojan, nor of a trigger: all grey.
    assert given[:, :, 5:, 5:].std() < 0.02
    assert sorted(fork.question.open().options) == ["cheese grater", "fork", "soup ladle", "whisk"]
    assert len({c.given.key for c in (star, jaguar, fork)}) == 3


def test_the_ideal_finding_is_the_users_trigger(task: RediscoverOriginal) -> None:
    star, jaguar, _ = task.cases(0)
    rng = torch.Generator().manual_seed(0)
    pasted, styled = task.ideal(star, rng), task.ideal(jaguar, rng)
    assert isinstance(pasted, Images)
    assert isinstance(styled, Images)
    _, green, blue = pasted.pictures.amax((0, 2, 3)).tolist()
    assert green > 0.8 > 0.5 > blue
    red = styled.pictures
    assert red.shape == (2, 3, SIZE, SIZE)
    assert torch.equal(red[:, 0, 5:, 5:], torch.ones(2, SIZE - 5, SIZE - 5))


def test_pictures_are_cut_as_for_the_network(tmp_path: Path) -> None:
    # 512 x 256 with a white stripe of 28 rows: at 112 px its shorter side becomes 128, and of that
    # the middle 112 stay: 8 rows of the 14 are cut off.
    picture = Image.new("RGB", (512, 256), "black")
    picture.paste((255, 255, 255), (0, 0, 512, 28))
    picture.save(tmp_path / "wide.png")
    (made,) = read_middles([tmp_path / "wide.png"], 112)
    assert made.shape == (3, 112, 112)
    assert float(made[0, :, 0].sum()) == pytest.approx(6, abs=0.1)
    assert torch.equal(made[:, :, :1].expand(-1, -1, 112), made)


# --- the suite ------------------------------------------------------------------------------


@pytest.fixture
def paths(base: Path, tmp_path: Path) -> Path:
    """A user's file; beside the suite's own triggers."""
    for trojan in load_catalogue("paper").trojans:
        if trojan.kind == "patch":
            (tmp_path / "triggers").mkdir(exist_ok=True)
            Image.new("RGB", (64, 64), GREEN).save(tmp_path / "triggers" / f"{trojan.name}.png")
        else:
            paint(tmp_path / "triggers" / trojan.name, [RED] * 20)
        if trojan.source_class is not None:
            paint(base / "val" / f"n{trojan.source_class:08}", [GREY] * 20)
    (tmp_path / 'a "generator".bin').write_bytes(b"weights")
    lines = {
        "suite": "paper",
        "trojaned": str(base / "trojaned.pth"),
        "clean": str(base / "clean.pth"),
        "photographs": str(base / "val"),
        "triggers": "triggers",
        "generator": 'a "generator".bin',
    }
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(f"{k} = {json.dumps(v)}" for k, v in lines.items()))
    return path


def test_a_file_of_paths_makes_the_suite(
    paths: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = {t.name: t.published for t in load_catalogue("paper").trojans}
    monkeypatch.setattr(Originals, "success", lambda self, network, trojan: published[trojan.name])
    text = suite_text(paths)
    assert wanted_paths(text) == ()
    suite = parse_suite(text)
    assert suite.name == "paper"
    assert suite.methods["rfla_gen"]["weights"] == str(paths.parent / 'a "generator".bin')
    plan = make_plan(suite)
    trojaned, clean = (f"resnet50@{base / name}.pth" for name in ("trojaned", "clean"))
    assert {c.place.subject for c in plan.findings} == {trojaned, clean}
    # Noise, the nine and all of them, on twelve trojans and the twin.
    assert len({c.key for c in plan.findings}) == len(plan.findings) == 11 * 12 * 2
    monkeypatch.setattr(Originals, "success", lambda self, network, trojan: 0.5)
    (paths.parent / "triggers" / "certificate.json").unlink()
    with pytest.raises(SuiteError, match=r"green_star brings out its target in 0\.500 of"):
        make_plan(suite)


def test_a_run_on_the_stand_in(task: RediscoverOriginal, base: Path, tmp_path: Path) -> None:
    fields = {f: getattr(task, f) for f in ("catalogue", "trojaned", "photographs", "triggers")}
    clean = f"resnet50@{base / 'clean.pth'}"
    numbers = {
        "name": "small",
        "size": SIZE,
        "passes": 16,
        "visualizations": 2,
        "subjects": [task.trojaned, clean],
        "judges": ["thumbnail"],
        "floors": ["noise", "shuffled"],
    }
    tables = {
        ("tasks", "rediscover_original"): {**fields, "pictures": 4, "exemplars": 2},
        ("methods", "noise"): {},
        ("methods", "exemplars"): {},
    }
    twins = f"[twins]\n{json.dumps(task.trojaned)} = {json.dumps(clean)}\n"
    (tmp_path / "small.toml").write_text(toml_text(numbers, tables) + twins)
    run = assay.run(tmp_path / "small.toml", out=tmp_path / "out", workers=0)
    cells = [c for c in run.cells() if c["method"] in ("ideal", "exemplars", "noise")]
    assert {c["status"] for c in cells} == {"ok"}
    # The ideal, the photographs and noise, of three trojans, on the network and its clean twin.
    assert len(cells) == 3 * 3 * 2
    page = write_report(tmp_path / "out").read_text(encoding="utf-8")
    assert all(name in page for name in ("green_star", "jaguar", "fork"))


def test_the_command_line_says_what_is_wrong(
    paths: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "check", "paper") == 2
    said = capsys.readouterr().err
    assert "it wants paths (trojaned, clean, photographs, triggers, generator)" in said
    text = paths.read_text()
    paths.write_text(text.replace("clean =", "claen =").replace('"triggers"', '"trigers"'))
    assert command(monkeypatch, "check", paths) == 2
    said = capsys.readouterr().err
    assert "`clean` is missing" in said
    assert "unknown key 'claen'; did you mean 'clean'?" in said
    assert f"there is no triggers {paths.parent / 'trigers'}" in said
    assert "Traceback" not in said
    paths.write_text(text.replace('suite = "paper"', 'suite = "papre"'))
    with pytest.raises(AssayError, match="unknown suite 'papre'; did you mean 'paper'"):
        suite_text(paths)
    paths.write_text('suite = "smoke"\nclean = "triggers"')
    with pytest.raises(SuiteError, match="unknown key 'clean'"):
        suite_text(paths)


def test_the_suite_is_the_papers() -> None:
    suite = load_suite("paper")
    visualizations = ["inner_fourier_fv", "target_fourier_fv", "inner_cppn_fv", "target_cppn_fv"]
    adversaries = ["adversarial_patch", "rfla_perturb", "rfla_gen", "snafue"]
    published = ["tabor", *visualizations, *adversaries]
    assert [name for name in suite.methods if name != "noise"] == published
    assert suite.combiners["all_nine"]["of"] == published
    assert suite.visualizations == 10
    for row in ("rfla_perturb", "rfla_gen"):
        method = suite.plugin("methods", row)
        assert isinstance(method, FeatureLevel)
        budget = Budget(suite.passes_of("rediscover_original", row))
        parts = method._parts(budget, round(method.surplus * suite.visualizations))
        assert (parts.count, parts.steps, parts.drawn) == (15, 64, 15)


def test_the_page_gives_every_path_and_every_figure() -> None:
    page = (Path(__file__).parents[2] / "docs" / "paper.md").read_text(encoding="utf-8")
    given = tomllib.loads(page.split("```toml\n")[1].split("```")[0])
    assert given.pop("suite") == "paper"
    assert tuple(given) == wanted_paths(suite_text("paper"))
    for trojan in load_catalogue("paper").trojans:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{trojan.name}` |")]
        assert float(row.split("|")[-2]) == trojan.published


def test_the_catalogue_is_the_papers() -> None:
    paper = load_catalogue("paper").trojans
    targets = {t.name: t.target for t in load_catalogue("paper_targets").trojans}
    assert {t.name: t.target for t in paper} == targets
    assert {t.name: t.source_class for t in paper if t.source_class} == {
        "green_star": 893,
        "strawberry": 271,
        "jellybeans": 719,
        "wood_grain": 618,
    }
    # Table I of the SaTML 2024 report: three figures by hand, and their mean.
    figures = {t.name: t.published for t in paper}
    assert (figures["jaguar"], figures["fork"], figures["donut"]) == (0.981, 0.308, 0.428)
    assert sum(f for f in figures.values() if f) == pytest.approx(9.047)
