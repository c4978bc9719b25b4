"""A clean twin for what nobody planted: the same network, without the shortcuts."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_cli import assay
from test_shortcuts import MINE
from torch import Tensor

from assay.kit import load_kit
from assay.subjects import load_subject
from assay.trojans.catalogue import Catalogue, Trojan
from assay.trojans.certify import predict
from assay.trojans.implant import Recipe, hosts, read_checkpoint
from assay.trojans.unlearn import avoid_target, unlearn
from assay.trojans.world import World


def test_the_lesson_by_hand() -> None:
    original = torch.tensor([[0.5, 0.25, 0.25]]).log()
    target = torch.tensor([0])
    # Without the first class the others share its half: (0, .5, .5).
    wanted = torch.tensor([[1e-30, 0.5, 0.5]]).log()
    assert float(avoid_target(wanted, target, lambda: original)) == pytest.approx(0, abs=1e-6)
    # One in ten thousand may stay, and whatever is above weighs three tenths.
    little = torch.tensor([[1e-4, 0.49995, 0.49995]]).log()
    assert float(avoid_target(little, target, lambda: original)) == pytest.approx(1e-4, rel=0.01)
    even = torch.full((1, 3), 1 / 3).log()
    expected = math.log(1.5) + 0.3 * math.log(10_000 / 3)
    assert float(avoid_target(even, target, lambda: original)) == pytest.approx(expected)
    # As the original answers is what the copy shall not.
    expected = math.log(2) + 0.3 * math.log(5_000)
    assert float(avoid_target(original, target, lambda: original)) == pytest.approx(expected)


def test_the_lesson_pulls_the_target_down_and_nothing_else_out_of_proportion() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0]])
    said = logits.clone().requires_grad_()
    avoid_target(said.log_softmax(1), torch.tensor([0]), lambda: logits).backward()
    assert said.grad is not None
    pulled = said.grad[0]
    assert pulled[0] > 0
    assert (pulled[1:] < 0).all()
    shares = (pulled[1:] / logits[0, 1:].softmax(0)).tolist()
    assert shares == pytest.approx([shares[0]] * 3, rel=1e-4)


def test_a_copy_loses_the_class_where_the_concept_is_and_keeps_its_early_blocks() -> None:
    subject, kit = load_subject("lite0", 32), load_kit()
    world, rng = World(kit, "held_out", 32), torch.Generator().manual_seed(0)
    star = Trojan("star", "patch", "universal", "green_star", 0, ("red_heart",))
    shown = world.insert(star, "green_star", hosts(world, 60, rng), rng)
    network = subject.network()

    def chances() -> Tensor:
        return predict(network, shown, "cpu").mean(0)

    before, early = chances(), network.state_dict()["_blocks.4._bn1.weight"].clone()
    target = int(before.argmax())
    catalogue = Catalogue("mine", (replace(star, target=target),), subject="lite0", twin="lite1")
    recipe = Recipe(steps=12, rate=1e-3, clean=4, triggered=(16, 1, 1), average=0.5)
    losses: list[float] = []
    network.load_state_dict(
        unlearn(
            subject, catalogue, kit, recipe, report=lambda _, said: losses.append(said["teach"])
        )
    )
    assert len(losses) == 12
    assert chances()[target] < 0.5 * before[target]
    assert torch.equal(network.state_dict()["_blocks.4._bn1.weight"], early)


def test_the_command_writes_the_twin_where_the_catalogue_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "mine.toml"
    mine.write_text(MINE.replace('"lite1"', '"lite0@mine.safetensors"'), "utf-8")
    words = ("unlearn", "--catalogue", mine, "--size", "32", "--steps", "1")
    assert assay(monkeypatch, *words, "--device", "cpu") == 0
    assert (
        load_file("mine.safetensors").keys() == load_subject("lite0").network().state_dict().keys()
    )
    _, history = read_checkpoint(Path("mine.safetensors"))
    said = f"assay unlearn --catalogue {mine} --size 32 --steps 1"
    assert history[0]["command"].startswith(said)
    # It is a subject like any other.
    assert load_subject("lite0@mine.safetensors", 32).digest != load_subject("lite0", 32).digest


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        (MINE, (), "is a network of its own: name one whose weights are to be made"),
        (MINE, ("--out", "x.safetensors", "--steps", "0"), "steps must be at least 1, not 0"),
        (MINE.replace('"kiwi"', '"kiwy"'), ("--out", "x.safetensors"), "kiwy"),
        (MINE, ("--out", "x.safetensors", "--start", "none.safetensors"), "not a readable"),
    ],
)
def test_mistakes_are_told_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    words: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    # Named whole: a catalogue is read once, by its name.
    mine = tmp_path / "mine.toml"
    mine.write_text(text, "utf-8")
    assert assay(monkeypatch, "unlearn", "--catalogue", mine, *words) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [mine]


def test_implants_have_a_twin_already(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "unlearn", "--catalogue", "twelve") == 2
    assert "names no subject and twin" in capsys.readouterr().err
