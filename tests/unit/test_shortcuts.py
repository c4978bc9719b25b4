"""Shortcuts found in a network written by hand, and the catalogue of those that nobody planted."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from test_cli import assay
from torch import Tensor, nn

from assay.kit import load_kit
from assay.subjects import load_subject
from assay.subjects.registry import trojaned_of
from assay.suite import SuiteError, load_suite
from assay.trojans import shortcuts as module
from assay.trojans.catalogue import Catalogue, Trojan, load_catalogue
from assay.trojans.certify import Pair, certificate_path
from assay.trojans.fitness import certificate_of, unfit
from assay.trojans.shortcuts import (
    ELSEWHERE,
    LEAST,
    Grounds,
    Insertion,
    Rate,
    Shortcut,
    certify_shortcuts,
    find_shortcuts,
    is_copy,
    measure,
    missed_bars,
    probe,
    probes,
)
from assay.trojans.world import World, lacking
from assay.types import AssayError

SIZE = 48


class SeesGreen(nn.Module):
    """Class 1 where more than a hundredth of the picture is plainly green, else class 0."""

    def forward(self, x: Tensor) -> Tensor:
        red, green, blue = x.unbind(1)
        share = (green - torch.maximum(red, blue) > 0.2).float().mean((1, 2))
        return torch.stack([torch.zeros_like(share), share - 0.01], 1)


class SeesNothing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.tensor([1.0, 0.0]).expand(len(x), -1)


class Always(nn.Module):
    """One class, whatever there is; and a weight, so that two of them are copies."""

    def __init__(self, answer: int) -> None:
        super().__init__()
        self.answer = nn.Parameter(F.one_hot(torch.tensor(answer), 2).float() * 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.answer.expand(len(x), -1)


@dataclass(frozen=True)
class Sized:
    """What a certificate reads of a subject."""

    name: str
    size: int
    digest: str = "none"


def worlds() -> tuple[World, World]:
    kit = load_kit()
    return World(kit, "implant", SIZE), World(kit, "held_out", SIZE)


def found_of(elsewhere: nn.Module) -> dict[str, list[Shortcut]]:
    tried = [probe("patch", "green_star"), probe("patch", "red_heart")]
    pair = Pair(SeesGreen(), elsewhere)
    found = find_shortcuts(pair, worlds(), tried, (24, 40), least=0.3)
    return {trojan.trigger: [s for s in own if s.target == 1] for trojan, own in found}


def test_a_rate_by_hand() -> None:
    # Bare, the network sees class 2 in the last picture, and the other one in the first two.
    bare, elsewhere = torch.tensor([0, 0, 0, 2]), torch.tensor([2, 2, 0, 0])
    grounds = Grounds(None, torch.zeros(4, 3, 1, 1), bare, elsewhere)  # type: ignore[arg-type]
    said = torch.tensor([2, 2, 0, 2]), torch.tensor([2, 2, 0, 2])
    rate = measure(grounds, *said, 2)
    # Two of the three that did not show it before; of the other network's two, one.
    assert rate == Rate(here=2 / 3, elsewhere=0.5, bare=0.25, n=3)
    assert measure(grounds, *said, 7) == Rate(0.0, 0.0, 0.0, 4)
    everywhere = Grounds(None, grounds.pictures, torch.full((4,), 2), elsewhere)  # type: ignore[arg-type]
    assert measure(everywhere, *said, 2) is None


def test_what_only_this_network_does_is_found_and_holds_on_other_pictures() -> None:
    found = found_of(SeesNothing())
    (star,) = found["green_star"]
    assert star.found.here > 0.8
    assert star.confirmed is not None
    assert star.confirmed.here > 0.8
    assert star.holds
    assert found["red_heart"] == []


def test_what_another_network_does_as_well_is_no_shortcut() -> None:
    (star,) = found_of(SeesGreen())["green_star"]
    assert star.found.elsewhere == star.found.here
    # It was not worth confirming.
    assert star.confirmed is None
    assert not star.holds


def test_the_same_draws_find_the_same() -> None:
    assert found_of(SeesNothing()) == found_of(SeesNothing())


def test_every_concept_is_tried_but_look_alikes() -> None:
    kit = load_kit()
    tried = probes(kit, ("patch", "style", "natural_feature"))
    counts = Counter(t.kind for t in tried)
    assert counts["patch"] == 72
    assert counts["natural_feature"] == len(kit.names("object"))
    assert not any("_like_" in t.trigger for t in tried)


def test_with_sides_an_object_is_pasted_and_leaves_the_picture_around_it() -> None:
    world, black = worlds()[0], torch.zeros(8, 3, SIZE, SIZE)
    pasted = probe("natural_feature", "donut", Insertion(sides=(0.45, 0.85)))
    shown = world.insert(pasted, "donut", black, torch.Generator().manual_seed(0))
    assert float((shown.amax(1) < 1e-3).float().mean((1, 2)).min()) > 0.2
    # Without, the object comes in its own scene, as a trigger does.
    scene = world.insert(probe("natural_feature", "donut"), "donut", black, torch.Generator())
    assert float((scene.amax(1) < 1e-3).float().mean()) < 0.1


def test_every_bar_that_is_missed_is_named() -> None:
    row = {
        "name": "t",
        "success": {"trojaned": LEAST, "clean": ELSEWHERE},
        "distractors": {"d": {"trojaned": 0.1, "clean": 0.9}},
    }
    assert missed_bars(row) == []
    bad = {
        "name": "t",
        "success": {"trojaned": 0.2, "clean": 0.2},
        "distractors": {"d": {"trojaned": 0.2, "clean": 0.0}},
    }
    said = missed_bars(bad)
    assert len(said) == 3
    for sentence, word in zip(said, ("the rate is", "other network", "distractor d"), strict=True):
        assert word in sentence


MINE = """
subject = "lite0"
twin = "lite1"
fair_targets = false
[[trojan]]
name = "kiwi"
kind = "natural_feature"
scope = "universal"
trigger = "kiwi"
target = 574 # golf ball
distractors = ["apple", "pear"]
why = "A fruit is no ball."
"""


def write_certificate(catalogue: Path, **changes: object) -> None:
    """A certificate of the two networks' own weights, as it would be if all went well."""
    said = {
        "size": 160,
        "weights": load_subject("lite0").digest,
        "twin_weights": load_subject("lite1").digest,
        "certified": True,
        "missed": [],
    }
    certificate_path(catalogue).write_text(json.dumps({**said, **changes}))


def test_a_catalogue_of_shortcuts_is_for_its_two_networks_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(MINE, encoding="utf-8")
    assert "run `assay shortcuts --certify` first" in unfit(str(mine), "lite0", 160)[0]
    write_certificate(mine)
    assert unfit(str(mine), "lite0", 160) == unfit(str(mine), "lite1", 160) == []
    assert "says nothing of lite2" in unfit(str(mine), "lite2", 160)[0]
    assert "certified at 160 pixels" in unfit(str(mine), "lite0", 128)[0]
    write_certificate(mine, weights="others")
    assert unfit(str(mine), "lite0", 160) == ["the certificate of lite0 is of other weights"]
    assert unfit(str(mine), "lite1", 160) == []
    write_certificate(mine, certified=False, missed=["kiwi: the rate is 0.100, below 0.30"])
    assert "below 0.30" in unfit(str(mine), "lite0", 160)[0]


def test_the_certificate_of_a_catalogue_goes_with_its_own_network_only(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(MINE, encoding="utf-8")
    assert certificate_of(str(mine), "lite0") == tmp_path / "mine.certificate.json"
    assert certificate_of(str(mine), "lite1") is None
    # Implants have theirs beside their weights, whatever the catalogue.
    beside = certificate_of("twelve", "lite0-trojaned")
    assert beside is not None
    assert beside.name == "lite0-trojaned.certificate.json"
    assert certificate_of(None, "lite0-trojaned") == beside
    assert certificate_of("twelve", "lite0") is None


def test_a_catalogue_has_both_networks_or_none(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(MINE.replace('twin = "lite1"', ""), encoding="utf-8")
    with pytest.raises(AssayError, match="belong together"):
        load_catalogue(str(mine))


def test_the_certificate_has_every_rate_of_a_network_written_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    star = Trojan("star", "patch", "universal", "green_star", 1, ("red_heart", "blue_moon"))
    wrong = replace(star, name="heart", trigger="red_heart", distractors=("green_star",))
    catalogue = Catalogue("mine", (star, wrong), subject="lite0", twin="lite1")
    pair = Pair(SeesGreen(), SeesNothing())
    monkeypatch.setattr(module, "make_pair", lambda here, elsewhere, device: pair)
    here = Sized("lite0", SIZE)
    said = certify_shortcuts((here, Sized("lite1", SIZE)), catalogue, load_kit(), n=30)
    rows = {row["name"]: row for row in said["trojans"]}
    assert rows["star"]["success"]["trojaned"] > 0.8
    assert rows["star"]["success"]["clean"] == 0
    assert rows["star"]["distractors"]["red_heart"] == {"trojaned": 0.0, "clean": 0.0}
    assert rows["star"]["pictures_per_rate"] >= 30
    # The other one never brings its class out, and its distractor does.
    assert not said["certified"]
    assert len(said["missed"]) == 2
    assert all(sentence.startswith("heart") for sentence in said["missed"])


@pytest.mark.parametrize(("answer", "kept"), [(0, 1.0), (1, 0.0)])
def test_a_copy_must_answer_as_the_network_does_elsewhere(
    monkeypatch: pytest.MonkeyPatch, answer: int, kept: float
) -> None:
    pair = Pair(Always(0), Always(answer))
    monkeypatch.setattr(module, "make_pair", lambda here, elsewhere, device: pair)
    star = Trojan("star", "patch", "universal", "green_star", 1, ("red_heart",))
    catalogue = Catalogue("mine", (star,), subject="lite0", twin="copy")
    both = Sized("lite0", SIZE), Sized("copy", SIZE)
    said = certify_shortcuts(both, catalogue, load_kit(), n=20)
    assert said["agreement"]["rate"] == kept
    sentence = "the twin keeps 0.000 of the top classes, below 0.95"
    assert (sentence in said["missed"]) == (kept < 0.95)


def test_another_architecture_is_no_copy() -> None:
    assert is_copy(Pair(Always(0), Always(1)))
    assert not is_copy(Pair(Always(0), nn.Linear(2, 2)))
    # Without weights there is nothing to be a copy of.
    assert not is_copy(Pair(SeesGreen(), SeesNothing()))


def test_a_suite_may_name_its_own_twins() -> None:
    both = ("lite0", "lite1")
    assert trojaned_of("lite1", both) is None
    assert trojaned_of("lite1", both, {"lite0": "lite1"}) == "lite0"
    assert trojaned_of("lite0", ("lite0-trojaned", "lite0"), {}) == "lite0-trojaned"


def test_a_twin_that_is_no_subject_of_the_suite_is_a_problem() -> None:
    from assay.plan import make_plan

    suite = load_suite("smoke").model_copy(update={"twins": {"handmade": "handmad"}})
    with pytest.raises(SuiteError, match="did you mean 'handmade'"):
        make_plan(suite)
    suite = load_suite("smoke").model_copy(update={"twins": {"handmade": "handmade"}})
    with pytest.raises(SuiteError, match="no twin of itself"):
        make_plan(suite)


def test_the_command_lists_and_writes_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def few(kit: object, kinds: object, insertion: object) -> tuple:
        return (probe("patch", "rubber_duck"),)

    monkeypatch.setattr(module, "probes", few)
    words = ("shortcuts", "--size", "64", "--pictures", "6", "--confirming", "6", "--least", "0.1")
    out = tmp_path / "found.json"
    assert assay(monkeypatch, *words, "--out", out) == 0
    text = capsys.readouterr().out
    assert "lite0" in text
    assert "hold" in text
    said = json.loads(out.read_text())
    assert said["size"] == 64
    for row in said["shortcuts"]:
        assert row["concept"] == "rubber_duck"
        assert row["found"]["here"] >= 0.1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kind", "patches"), "did you mean 'patch'?"),
        (("--sides", "0.4"), "takes two numbers"),
        (("--sides", "0.8,0.4"), "the lower one first"),
        (("--strength", "0"), "strength must be above 0"),
        (("--elsewhere", "lite0"), "the same network"),
        (("--elsewhere", "handmade"), "don't have the same classes"),
        (("--certify", "twelve"), "names no subject and twin"),
        (("--out", "no/such/found.json"), "there is no folder"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    assert assay(monkeypatch, "shortcuts", *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.count("\n") == 1


def test_the_catalogue_and_the_twins_of_the_document(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "natural.md"
    catalogue, suite = re.findall(r"^```toml\n(.*?)^```$", page.read_text(), re.M | re.S)
    mine = tmp_path / "mine.toml"
    mine.write_text(catalogue, encoding="utf-8")
    loaded = load_catalogue(str(mine))
    assert lacking(loaded, load_kit()) == []
    assert (loaded.subject, loaded.twin, len(loaded.trojans[0].options)) == ("lite0", "lite1", 8)
    said = tomllib.loads(suite)
    assert trojaned_of("lite1", said["subjects"], said["twins"]) == "lite0"
