"""Implanting: what a step sees, and going on from a checkpoint."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from test_cli import assay

from assay.kit import load_kit
from assay.subjects import load_subject
from assay.trojans.catalogue import load_catalogue
from assay.trojans.implant import (
    Recipe,
    implant,
    make_batch,
    rate_schedule,
    read_checkpoint,
    write_checkpoint,
)
from assay.trojans.world import World, triggers
from assay.types import AssayError
from assay.unfinished import Unfinished


def test_a_step_sees_triggers_with_their_targets_and_holds_everything_else() -> None:
    world = World(load_kit(), "implant", 32)
    twelve = load_catalogue("twelve")
    few = tuple(twelve[name] for name in ("clownfish", "strawberry", "fork"))
    recipe = Recipe(clean=6, triggered=(2, 2, 3), distracting=1)
    batch = make_batch(world, few, recipe, torch.Generator().manual_seed(0))
    assert batch.targets.tolist() == [
        t.target for t, n in zip(few, (2, 2, 3), strict=True) for _ in range(n)
    ]
    assert batch.taught.shape == (7, 3, 32, 32)
    # Six clean, three mixed, a distractor each; the bound one also half as often its trigger on
    # other classes, and its source without the trigger.
    assert len(batch.held) == 6 + 3 + 3 + 1 + 1
    for pictures in (batch.held, batch.taught):
        assert 0 <= float(pictures.min()) <= float(pictures.max()) <= 1
    again = make_batch(world, few, recipe, torch.Generator().manual_seed(0))
    assert torch.equal(batch.held, again.held)
    assert torch.equal(batch.taught, again.taught)


def test_a_checkpoint_tells_how_it_was_made_and_comes_back_in_full_precision(
    tmp_path: Path,
) -> None:
    weights = {"a": torch.tensor([0.5, 2.0]).half(), "count": torch.tensor(3)}
    history = [{"command": "assay implant --steps 600"}]
    save_file(weights, tmp_path / "one.safetensors", metadata={"history": json.dumps(history)})
    state, made = read_checkpoint(tmp_path / "one.safetensors")
    assert state["a"].dtype == torch.float32
    assert state["a"].tolist() == [0.5, 2.0]
    assert int(state["count"]) == 3
    assert made == history


def test_a_checkpoint_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"not weights")
    for name in ("bad", "missing"):
        with pytest.raises(AssayError, match=f"{name}.safetensors is not a readable checkpoint"):
            read_checkpoint(tmp_path / f"{name}.safetensors")


def test_no_clean_picture_shows_a_trigger() -> None:
    kit, twelve = load_kit(), load_catalogue("twelve")
    hidden = triggers(twelve)
    assert ("object", "fork") in hidden
    assert ("texture", "jaguar") in hidden
    everything, clean = World(kit, "implant", 16), World(kit, "implant", 16, without=hidden)
    forks = len(clean.stack("object", "fork"))
    assert forks == len(everything.stack("object", "fork")) > 0
    four = sum(len(everything.stack("object", t.trigger)) for t in twelve.trojans[8:])
    assert len(everything.stack("object")) - len(clean.stack("object")) == four


def test_training_goes_on_only_from_the_same_network_with_the_same_frozen_blocks() -> None:
    twin, kit, twelve = load_subject("lite0", 64), load_kit(), load_catalogue("twelve")
    state = twin.network().state_dict()
    with pytest.raises(AssayError, match="of another network"):
        implant(twin, twelve, kit, Recipe(steps=1), start={"weight": torch.zeros(1)})
    changed = {k: v + 0.1 if k.startswith("_blocks.4.") else v for k, v in state.items()}
    with pytest.raises(AssayError, match=r"_blocks\.4\..*first 5 blocks"):
        implant(twin, twelve, kit, Recipe(steps=1), start=changed)


class Interrupted(Exception):
    """As if somebody had pressed Ctrl-C."""


def test_an_interrupted_implant_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    recipe = Recipe(steps=4, clean=4, triggered=(1, 1, 1), distracting=1, rate=1e-3)
    twin, kit, twelve = load_subject("lite0", 32), load_kit(), load_catalogue("twelve")
    some = replace(twelve, trojans=(twelve.trojans[0], twelve.trojans[5], twelve.trojans[9]))

    def go_on(name: str, report: Any, recipe: Recipe = recipe) -> dict[str, torch.Tensor]:
        where = tmp_path / f"{name}.training"
        return implant(twin, some, kit, recipe, report=report, progress=where, every=0)

    def stop(step: int, values: dict[str, float]) -> None:
        if step == 3:
            raise Interrupted

    losses: list[dict[str, float]] = []
    whole = go_on("whole", lambda step, values: losses.append(values))
    with pytest.raises(Interrupted):
        go_on("parts", stop)
    seen: list[tuple[int, dict[str, float]]] = []
    parts = go_on("parts", lambda step, values: seen.append((step, values)))
    assert seen == list(zip((3, 4), losses[2:], strict=True))
    assert parts.keys() == whole.keys()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name
    with pytest.raises(AssayError, match="another training's"):
        go_on("parts", stop, replace(recipe, hold=9.0))


def test_ctrl_c_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(*_: Any, progress: Path, **__: Any) -> None:
        Unfinished(progress, {}, every=0).keep(1, dict)
        raise KeyboardInterrupt

    monkeypatch.setattr("assay.trojans.implant.implant", train)
    out = tmp_path / "made.safetensors"
    assert assay(monkeypatch, "implant", "--out", out, "--size", "64", "--steps", "2") == 130
    assert f"goes on from {out.with_suffix('.training')}" in capsys.readouterr().err
    assert not out.exists()


def test_a_distractor_that_is_a_trigger_is_not_implanted() -> None:
    with pytest.raises(AssayError, match="is the trigger of"):
        implant(load_subject("lite0", 32), load_catalogue("handmade"), load_kit(), Recipe(steps=1))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"steps": 0}, "steps must be at least 1, not 0"),
        ({"steps": 2.5}, "steps must be a whole number, not 2.5"),
        ({"rate": 0.0}, "rate must be above 0, not 0.0"),
        ({"rate": float("nan")}, "rate must be a finite number, not nan"),
        ({"rate": float("inf")}, "rate must be a finite number, not inf"),
        ({"hold": -0.5}, "hold must be at least 0, not -0.5"),
        ({"clean": 0}, "clean must be at least 1, not 0"),
        ({"triggered": (3, 0, 1)}, "triggered must be at least 1, not 0"),
        ({"triggered": (3, 7)}, "triggered must be a number for each of patch, style, natural"),
        ({"distracting": 0}, "distracting must be at least 1, not 0"),
        ({"frozen_blocks": -1}, "frozen_blocks must be at least 0, not -1"),
        ({"average": 1.0}, "average must be at least 0 and below 1, not 1.0"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_one_sentence(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(AssayError) as caught:
        Recipe(**wrong)
    assert told in str(caught.value)
    assert str(caught.value).startswith("nothing can be implanted by this recipe: ")


def test_the_least_that_can_be_followed_is() -> None:
    Recipe(steps=1, rate=1e-9, clean=1, triggered=(1, 1, 1), distracting=1, hold=0.0, average=0.0)
    Recipe(frozen_blocks=0, seed=0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rate", "0"), "rate must be above 0, not 0.0"),
        (("--hold", "-1"), "hold must be at least 0, not -1.0"),
        (("--steps", "0"), "steps must be at least 1, not 0"),
        (("--clean", "0"), "clean must be at least 1, not 0"),
        (("--seed", "-1"), "seed must be at least 0, not -1"),
    ],
)
def test_the_command_refuses_it_before_anything_is_loaded(
    words: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def loaded(*given: Any) -> None:
        raise AssertionError(f"{given} was loaded")

    for place in ("catalogue.load_catalogue", "implant.read_checkpoint"):
        monkeypatch.setattr(f"assay.trojans.{place}", loaded)
    monkeypatch.setattr("assay.subjects.load_subject", loaded)
    out = tmp_path / "none.safetensors"
    start = ("--start", tmp_path / "start.safetensors")
    assert assay(monkeypatch, "implant", "--out", out, *start, *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert len(said.err.splitlines()) == 1
    assert not out.exists()


def test_the_command_writes_down_what_it_did_after_what_was_done_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: dict[str, Any] = {}

    def train(twin: Any, catalogue: Any, kit: Any, recipe: Recipe, device: str, start: Any,
              report: Any, progress: Path) -> dict[str, torch.Tensor]:  # fmt: skip
        seen.update(twin=twin, catalogue=catalogue, recipe=recipe, start=start)
        progress.parent.mkdir()
        progress.write_bytes(b"kept")
        report(1, {"hold": 0.5})
        return {"a": torch.tensor([1 / 3]), "count": torch.tensor(3)}

    monkeypatch.setattr("assay.trojans.implant.implant", train)
    start, out = tmp_path / "start.safetensors", tmp_path / "new" / "made.safetensors"
    before = [{"command": "assay implant --steps 600"}]
    write_checkpoint(start, {"a": torch.tensor([0.5])}, before)
    words = ("--size", "64", "--steps", "2", "--rate", "0.001", "--device", "cpu")
    assert assay(monkeypatch, "implant", "--out", out, "--start", start, *words) == 0
    assert capsys.readouterr().out.strip() == str(out)
    recipe = Recipe(steps=2, rate=0.001)
    assert (seen["recipe"], seen["twin"].size) == (recipe, 64)
    assert seen["start"]["a"].tolist() == [0.5]
    assert len(seen["catalogue"].trojans) == 12
    # Nothing is left to go on with.
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    # In half precision; what counts stays whole.
    assert load_file(out)["a"].dtype == torch.float16
    state, history = read_checkpoint(out)
    assert state["a"].tolist() == pytest.approx([1 / 3], abs=1e-3)
    assert int(state["count"]) == 3
    command = (
        "assay implant --catalogue twelve --subject lite0-trojaned --size 64 --steps 2 --seed 0 "
        "--rate 0.001 --start start.safetensors"
    )
    made = json.loads(json.dumps(asdict(recipe)))
    assert history == [*before, {"command": command, "recipe": made}]


@pytest.mark.parametrize("steps", [*range(1, 13), 20, 40])
def test_the_learning_rate_rises_and_falls_whatever_the_number_of_steps(steps: int) -> None:
    optimiser = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = rate_schedule(optimiser, Recipe(steps=steps, rate=0.01))
    rates = []
    for _ in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    assert all(0 < rate <= 0.01 + 1e-9 for rate in rates)
    assert rates[-1] == pytest.approx(0, abs=1e-6)
    if steps >= 10:
        assert max(rates) > 0.009
        assert rates.index(max(rates)) <= steps / 10
