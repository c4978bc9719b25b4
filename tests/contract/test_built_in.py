"""Every registered plug-in keeps the rules; a new one is checked as soon as it has a name."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from assay.blobs import png_bytes
from assay.envelopes import ForeseeQuestion, LocaliseQuestion, ObserveQuestion, PredictQuery
from assay.kit import load_kit
from assay.plugins import BUILT_IN, make_plugin
from assay.subjects import load_subject
from assay.subjects.handmade import coloured_pictures
from assay.testing import (
    check_combiner,
    check_judge,
    check_method,
    check_task,
    sample_findings,
    sample_given,
    sample_question,
)
from assay.trojans.catalogue import load_catalogue
from assay.types import AssayError, Budget, Heatmaps

# What a task needs to be cheap, and the judge that its ceiling and floor are measured with.
SMALL: dict[str, tuple[dict[str, Any], str]] = {
    "rediscover": (
        {
            "catalogue": "handmade",
            "subject": "handmade-trojaned",
            "size": 32,
            "visualizations": 2,
            "pictures": 4,
            "exemplars": 4,
        },
        "thumbnail",
    ),
    "rediscover_original": (
        {
            "catalogue": "handmade",
            "subject": "handmade-trojaned",
            "trojaned": "handmade-trojaned",
            "photographs": "photographs",
            "triggers": "triggers",
            "size": 32,
            "visualizations": 2,
            "pictures": 4,
            "exemplars": 4,
        },
        "thumbnail",
    ),
    "localise": (
        {"catalogue": "handmade", "subject": "handmade-trojaned", "size": 64, "pictures": 3},
        "overlay",
    ),
    # Its ceiling and its floor are held to with a judge of small pictures in the unit tests.
    "foresee": (
        {
            "catalogue": "handmade",
            "subject": "handmade-trojaned",
            "foreseen": "handmade-trojaned",
            "size": 32,
            "visualizations": 2,
            "pictures": 4,
            "triggers": 3,
            "look_alikes": 3,
            "others": 3,
            "fresh": 1,
        },
        "",
    ),
    "ablate": ({}, "ablator"),
    "linearise": ({}, "swap_in"),
    "observe": (
        {
            "subject": "handmade-trojaned",
            "reference": "handmade",
            "size": 32,
            "visualizations": 2,
            "trials": 4,
            "pictures": "pictures",
        },
        "insertion",
    ),
}
# Where noise isn't what the judge takes.
FLOORS = {"localise": "random_map"}
# Networks that a judge looks with have a smallest size of picture.
JUDGE_SIZE = {"embedding": 96, "foreseer": 96}
# Judges that look closely take a while for each finding.
SLOW = ("embedding", "handcrafted", "foreseer")
# What methods and combiners need on a network written by hand.
NEEDED: dict[str, dict[str, Any]] = {
    "feature_level": {"independent": "handmade", "backgrounds": 4},
}
JOINED: dict[str, dict[str, Any]] = {"screened": {"independent": "handmade"}}
VARIANTS = [
    ("adversarial_patch", {"parameterization": "pixels"}),
    ("feature_visualization", {"objective": "inner"}),
    ("feature_visualization", {"parameterization": "cppn", "objective": "inner"}),
    ("tabor", {"surplus": 2, "backgrounds": 1, "trials": 2}),
    ("try_pool", {"coverage": 0}),
    ("try_pool", {"coverage": 10}),
    ("feature_level", {"mode": "generator", "independent": "", "backgrounds": 4}),
    ("feature_level", {"independent": "", "depth": 2, "surplus": 2, "views": 0}),
    ("attribution", {"rule": "integrated_gradients", "steps": 2}),
    ("attribution", {"rule": "lrp"}),
    ("random_map", {"side": 3}),
    ("snafue", {"options_in_pool": True, "drop_target": False, "synthetic": 2}),
]


@pytest.mark.parametrize("name", BUILT_IN["methods"])
def test_method(name: str) -> None:
    check_method(make_plugin("methods", name, NEEDED.get(name)))


@pytest.mark.parametrize(("name", "parameters"), VARIANTS)
def test_method_with_other_parameters(name: str, parameters: dict[str, Any]) -> None:
    check_method(make_plugin("methods", name, parameters), passes=64)


@pytest.mark.parametrize("name", BUILT_IN["combiners"])
def test_combiner(name: str) -> None:
    check_combiner(make_plugin("combiners", name, JOINED.get(name)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with folders `pictures`, and as for the original's task."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    drawn, _ = coloured_pictures(6, 32, torch.Generator().manual_seed(0))
    for i, picture in enumerate(drawn):
        (tmp_path / "pictures" / f"{i}.png").write_bytes(png_bytes(picture))
    for number in range(6):
        (tmp_path / "photographs" / f"n0000000{number}").mkdir(parents=True)
    (tmp_path / "triggers").mkdir()
    drawn, _ = coloured_pictures(20, 32, torch.Generator().manual_seed(1))
    for i, picture in enumerate(drawn):
        # So pale that a trigger is what one sees.
        pale = png_bytes(0.5 + 0.2 * (picture - 0.5))
        (tmp_path / "photographs" / "n00000005" / f"{i}.png").write_bytes(pale)
    for trojan in load_catalogue("handmade").trojans:
        (drawing,) = load_kit().entries("patch", name=trojan.trigger, split="canonical")
        pixels = (load_kit().picture(drawing, 64) * 255).round().byte().permute(1, 2, 0)
        Image.fromarray(pixels.numpy()).save(tmp_path / "triggers" / f"{trojan.name}.png")
    return tmp_path


def observe_question(size: int) -> ObserveQuestion:
    rng = torch.Generator().manual_seed(0)
    return ObserveQuestion(
        subject=load_subject("handmade", size),
        target_class=0,
        pictures=coloured_pictures(3, size, rng)[0],
        corners=torch.randint(size - 8, (6, 2), generator=rng),
        side=9,
        grey=False,
        reference=load_subject("handmade", size + 16),
        reference_class=0,
    )


def predict_query(size: int) -> PredictQuery:
    given, question = sample_given("predict", size), sample_question("predict", size)
    return PredictQuery(
        question.options,
        question.exemplars,
        given.subject,
        given.target_class,
        given.pictures,
        Budget(256),
    )


def where_question(size: int) -> LocaliseQuestion:
    return LocaliseQuestion(coloured_pictures(3, size, torch.Generator().manual_seed(0))[0])


def whether_question(size: int) -> ForeseeQuestion:
    return ForeseeQuestion(coloured_pictures(4, size, torch.Generator().manual_seed(0))[0])


def random_maps(size: int) -> tuple[Heatmaps, ...]:
    rng = torch.Generator().manual_seed(0)
    return tuple(Heatmaps(torch.randn(3, side, side, generator=rng)) for side in (size, 7, 50))


@pytest.mark.parametrize("name", BUILT_IN["tasks"])
def test_task(name: str, folder: Path) -> None:
    parameters, judge = SMALL.get(name, ({}, ""))
    check_task(
        make_plugin("tasks", name, parameters),
        make_plugin("judges", judge) if judge else None,
        floor=make_plugin("methods", FLOORS[name]) if name in FLOORS else None,
    )


def test_the_twelve_trojans_as_a_task() -> None:
    """The main task's own catalogue, patches and styles, on small pictures: nothing leaks."""
    fields = {"subject": "lite0", "size": 64, "visualizations": 1, "pictures": 3, "exemplars": 2}
    check_task(make_plugin("tasks", "rediscover", {"catalogue": "twelve", **fields}), cases=12)


@pytest.mark.parametrize("name", BUILT_IN["judges"])
def test_judge(name: str) -> None:
    judge = make_plugin("judges", name)
    try:
        assert isinstance(judge.artefacts, str)
    except AssayError as error:
        pytest.skip(f"the judge's files aren't here: {error}")
    size = JUDGE_SIZE.get(name, 32)
    questions = {
        "insertion": observe_question,
        "overlay": where_question,
        "foreseer": whether_question,
        "query_options": predict_query,
    }
    question = questions.get(name, partial(sample_question, judge.family))(size)
    number = 3 if name in SLOW else 8
    findings = sample_findings(judge.family, number, size)
    check_judge(judge, question, random_maps(size) if name == "overlay" else findings)
