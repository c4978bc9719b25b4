"""Implanting: what a step sees, and going on from a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from assay.kit import load_kit
from assay.subjects import load_subject
from assay.trojans.catalogue import load_catalogue
from assay.trojans.implant import Recipe, implant, make_batch, read_checkpoint
from assay.trojans.world import World, triggers
from assay.types import AssayError


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


def test_a_distractor_that_is_a_trigger_is_not_implanted() -> None:
    with pytest.raises(AssayError, match="is the trigger of"):
        implant(load_subject("lite0", 32), load_catalogue("handmade"), load_kit(), Recipe(steps=1))
