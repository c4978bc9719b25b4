"""Feature-level adversaries: the generator, its training, the terms of the loss, what is found."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from test_cli import assay
from test_methods import Matched, explain, given, likeness, pattern
from torch import Tensor, nn

from assay.hooks import Meter
from assay.methods.feature_level import FeatureLevel
from assay.methods.noise import Noise
from assay.plugins import plugin_key
from assay.subject import Metered
from assay.subjects import independent_subject, load_subject
from assay.synthesis.generated import perturbed, sameness, total_variation, tuned
from assay.synthesis.generator import (
    CHANNELS,
    DEPTHS,
    GRID,
    SIDE,
    Decoder,
    default_weights,
    draw_latents,
    load_decoder,
    new_decoder,
    read_record,
    weights_digest,
    write_decoder,
)
from assay.synthesis.generator_pictures import load_pictures, recoloured
from assay.synthesis.generator_sheet import held_out, nearest
from assay.synthesis.generator_training import (
    Recipe,
    divergence,
    perceived_difference,
    train,
)
from assay.synthesis.views import jitter_colours, tilt
from assay.testing.samples import sample_given
from assay.types import AssayError, Budget, BudgetExceededError, UnsupportedError
from assay.unfinished import Unfinished, steps_made


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    write_decoder(tmp_path / "untrained.safetensors", new_decoder(1), {"steps": 0})
    return tmp_path / "untrained.safetensors"


# --- the generator --------------------------------------------------------------------------


def test_a_decoder_is_the_same_wherever_it_is_cut():
    decoder, latents = new_decoder(0), draw_latents(2, rng())
    whole = decoder(latents)
    assert whole.shape == (2, 3, SIDE, SIDE)
    for depth in DEPTHS:
        maps = decoder.early(latents, depth)
        assert maps.shape == (2, CHANNELS[depth - 1], GRID << (depth - 1), GRID << (depth - 1))
        assert torch.allclose(decoder.late(maps, depth), whole, atol=1e-6)


def test_weights_come_back_with_their_record_and_a_digest(untrained: Path):
    decoder = load_decoder(untrained)
    assert read_record(untrained) == {"steps": 0}
    latents = draw_latents(1, rng())
    assert torch.allclose(decoder(latents), new_decoder(1)(latents), atol=3e-4)
    assert not any(p.requires_grad for p in decoder.parameters())
    before = weights_digest(untrained)
    write_decoder(untrained, new_decoder(2), {"steps": 0})
    assert weights_digest(untrained) != before
    # What was read before isn't taken for what lies there now.
    assert not torch.allclose(load_decoder(untrained)(latents), decoder(latents), atol=3e-4)


def test_weights_that_are_none_are_told_in_a_sentence(tmp_path: Path):
    from safetensors.torch import save_file

    path = tmp_path / "none.safetensors"
    with pytest.raises(AssayError, match="assay generator train makes one"):
        load_decoder(path)
    path.write_bytes(b"not weights")
    with pytest.raises(AssayError, match="is not a readable generator"):
        load_decoder(path)
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(AssayError, match="are of another generator"):
        load_decoder(path)
    broken = new_decoder(0)
    broken.colours.bias.data[0] = math.inf
    write_decoder(path, broken, {})
    with pytest.raises(AssayError, match=r"holds NaN or infinity in colours\.bias"):
        load_decoder(path)


def test_the_package_s_own_generator_paints_what_it_has_not_seen():
    path = default_weights()
    record = read_record(path)
    assert record["command"].startswith("assay generator train")
    assert record["steps"] > 1000
    assert path.stat().st_size < 6e6
    assert sum(p.numel() for p in Decoder().parameters()) < 3e6
    wanted = held_out(4)
    apart = (nearest(load_decoder(path), wanted, 20) - wanted).abs().mean()
    # One that isn't trained paints grey.
    assert apart < 0.5 * (wanted - 0.5).abs().mean()


# --- training -------------------------------------------------------------------------------


def test_the_divergence_from_normal_is_hand_worked():
    zero, one = torch.zeros(4), torch.ones(4)
    assert divergence(zero, zero) == 0
    assert divergence(one, zero) == pytest.approx(0.5)
    # Half of (e - 1 - 1).
    assert float(divergence(zero, one)) == pytest.approx((math.e - 2) / 2)


def test_the_perceived_difference_is_that_of_unit_vectors():
    def perceive(pictures: Tensor) -> list[Tensor]:
        return [pictures, pictures[:, :2] + 1]

    red = torch.zeros(1, 3, 4, 4)
    red[:, 0] = 0.5
    green = red.roll(1, 1)
    assert perceived_difference(perceive, red, red) == 0
    # Half as bright is no difference at the first depth.
    assert float(perceived_difference(lambda p: [p], red / 2, red)) == pytest.approx(0)
    # Two axes are sqrt(2) apart; (1.5, 1) and (1, 1.5) have a cosine of 3 / 3.25.
    expected = 2 + 2 - 2 * 3 / 3.25
    assert float(perceived_difference(perceive, red, green)) == pytest.approx(expected)


def test_held_out_scenes_are_not_trained_on():
    seen, unseen = load_pictures(), load_pictures(held_out=True)
    rows = {bytes(p.flatten()[::97].tolist()) for p in seen.stored}
    assert len(rows) == len(seen.stored)
    assert not rows & {bytes(p.flatten()[::97].tolist()) for p in unseen.stored}
    drawn = seen.batch(9, 32, rng(3))
    assert drawn.shape == (9, 3, 32, 32)
    assert 0 <= drawn.min() <= drawn.max() <= 1
    assert torch.equal(drawn, seen.batch(9, 32, rng(3)))


def test_recolouring_reaches_saturated_colours():
    grey = 0.5 + 0.2 * torch.randn(40, 3, 8, 8, generator=rng())
    made = recoloured(grey.clamp(0, 1), rng())
    spread = (made.amax(1) - made.amin(1)).mean()
    assert spread > 1.2 * (grey.amax(1) - grey.amin(1)).mean()


class Interrupted(Exception):
    """As if somebody had pressed Ctrl-C."""


def test_an_interrupted_training_goes_on_to_the_same_weights(tmp_path: Path):
    recipe = Recipe(steps=4, batch=2, rise=1)

    def perceive(pictures: Tensor) -> list[Tensor]:
        return [F.avg_pool2d(pictures, 8)]

    def stop(step: int, values: dict[str, float]) -> None:
        if step == 3:
            raise Interrupted

    def go_on(name: str, report: Any) -> Decoder:
        where = tmp_path / f"{name}.training"
        return train(load_pictures(), perceive, recipe, where, report, every=0)[0]

    whole = go_on("whole", lambda step, values: None)
    with pytest.raises(Interrupted):
        go_on("parts", stop)
    assert steps_made(tmp_path / "parts.training") == 2
    steps: list[int] = []
    parts = go_on("parts", lambda step, values: steps.append(step))
    assert steps == [3, 4]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, parts.state_dict()[name])
    with pytest.raises(AssayError, match="another training's"):
        train(load_pictures(), perceive, Recipe(), tmp_path / "parts.training", stop)


def test_the_commands_train_and_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "small.safetensors"
    words = ("train", "--steps", "1", "--batch", "2", "--threads", "1", "--out", path, "--quiet")
    assert assay(monkeypatch, "generator", *words) == 0
    record = read_record(path)
    assert record["command"] == "assay generator train --steps 1 --batch 2 --seed 0"
    assert set(record["losses"]) == {"pixels", "perception", "order"}
    assert not path.with_suffix(".training").exists()
    sheet = tmp_path / "sheet.png"
    assert (
        assay(monkeypatch, "generator", "sheet", "--weights", path, "--steps", "1", "--out", sheet)
        == 0
    )
    assert "differ by 0." in capsys.readouterr().out
    assert sheet.is_file()


def test_ctrl_c_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assay.synthesis.generator_training.train", stopped)
    path = tmp_path / "small.safetensors"
    assert assay(monkeypatch, "generator", "train", "--out", path, "--quiet") == 130
    said = capsys.readouterr().err
    assert "nothing is kept" in said
    kept = path.with_suffix(".training")
    Unfinished(kept, {}, every=0).keep(1, dict)
    assert assay(monkeypatch, "generator", "train", "--out", path, "--quiet") == 130
    assert f"goes on from {kept}" in capsys.readouterr().err
    kept.unlink()
    assert assay(monkeypatch, "generator", "train", "--out", path, "--rate", "0") == 2
    assert assay(monkeypatch, "generator", "sheet", "--weights", path) == 2
    assert "there is no generator" in capsys.readouterr().err
    assert not path.exists()


# --- what an ascent moves, and the terms of the loss ----------------------------------------


def test_a_perturbation_starts_at_nothing_and_reaches_maps_and_latents():
    decoder = new_decoder(0).requires_grad_(False)
    latents = draw_latents(2, rng())
    painting = perturbed(decoder, latents, 2, 0.5)
    assert torch.allclose(painting.pictures(), decoder(latents), atol=1e-6)
    painting.pictures()[0].sum().backward()
    for parameter in painting.parameters:
        # Each candidate by its own numbers.
        assert parameter.grad is not None
        assert parameter.grad[0].abs().max() > 0 == parameter.grad[1].abs().max()
    _, moved = painting.parameters
    with torch.no_grad():
        moved += 2
    assert torch.allclose(painting.pictures(), decoder(latents + 1), atol=1e-6)


def test_tuning_changes_a_copy_only():
    decoder = new_decoder(0).requires_grad_(False)
    before = {k: v.clone() for k, v in decoder.state_dict().items()}
    own, painting = tuned(decoder, 3, rng())
    first, second = painting.pictures(), painting.pictures()
    assert first.shape == (3, 3, SIDE, SIDE)
    assert not torch.equal(first, second)
    with torch.no_grad():
        for parameter in painting.parameters:
            parameter.add_(0.1)
    assert not torch.equal(own.colours.bias, decoder.colours.bias)
    for key, value in decoder.state_dict().items():
        assert torch.equal(value, before[key])


def test_total_variation_is_the_sum_of_neighbours_differences():
    picture = torch.tensor([[0.0, 1.0], [1.0, 1.0]]).expand(2, 3, 2, 2)
    # One step down and one across, in each of three colours of two pictures.
    assert float(total_variation(picture)) == 12
    assert float(total_variation(torch.full((1, 3, 4, 4), 0.3))) == 0


def test_sameness_is_the_mean_cosine_of_pairs():
    one = torch.rand(3, 16, 16, generator=rng())
    assert float(sameness(one[None])) == 0
    assert float(sameness(torch.stack([one, one, one]))) == pytest.approx(1)
    assert float(sameness(torch.stack([one, 1 - one]))) == pytest.approx(-1)
    # Two are alike and the third is their opposite: 1, -1 and -1.
    assert float(sameness(torch.stack([one, one, 1 - one]))) == pytest.approx(-1 / 3)


class Fixed(nn.Module):
    """Says that class 1 is three times as likely as class 0, whatever it sees."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tensor([0.0, math.log(3)]).expand(len(x), 2) + 0 * x.mean()


def test_what_an_independent_network_says_is_weighed():
    patches = torch.rand(2, 3, 8, 8, generator=rng())
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    for weights, expected in (
        ({"disguise": 0.0, "entropy": 1.0}, 2 * entropy),
        # Less the cross-entropy, which is -log .75.
        ({"disguise": 1.0, "entropy": 0.0}, 2 * math.log(0.75)),
        ({"disguise": 0.2, "entropy": 0.2}, 0.4 * (entropy + math.log(0.75))),
    ):
        said = FeatureLevel(**weights)._plainness(Fixed(), 1, patches)
        assert float(said) == pytest.approx(expected, abs=1e-5)


def test_the_penalty_looks_every_so_many_steps_and_keeps_outputs_apart():
    looks: list[int] = []

    def looked_at(pictures: Tensor) -> Tensor:
        looks.append(len(pictures))
        return torch.tensor(5.0)

    patches = torch.full((2, 3, 8, 8), 0.75)
    perturb = FeatureLevel(look_every=3)._penalty(looked_at, 16)
    assert [float(perturb(patches)) for _ in range(4)] == [5, 0, 0, 5]
    assert looks == [2, 2]
    # Two equal pictures: twice the weight.
    generator = FeatureLevel("generator", apart=0.5)._penalty(None, 16)
    assert float(generator(patches)) == pytest.approx(1)


def test_light_and_tilt_at_nothing_change_nothing_and_a_third_of_a_turn_shifts_the_colours():
    pictures = torch.rand(3, 3, 8, 8, generator=rng())
    assert torch.allclose(jitter_colours(pictures, rng(), light=0, hue=0), pictures, atol=1e-6)
    assert torch.allclose(tilt(pictures, rng(), strength=0), pictures, atol=1e-6)
    assert torch.allclose(tilt(pictures, rng(), chance=0), pictures, atol=1e-6)
    assert not torch.allclose(tilt(pictures, rng(), chance=1), pictures, atol=1e-3)
    lit = jitter_colours(pictures, rng())
    assert 0.01 < (lit - pictures).abs().mean() < 0.3
    # Grey stays grey, whatever the hue.
    grey = torch.full((5, 3, 4, 4), 0.4)
    turned = jitter_colours(grey, rng(), light=0, hue=0.5)
    assert torch.allclose(turned, grey, atol=1e-6)


# --- the method -----------------------------------------------------------------------------


@pytest.mark.parametrize(("passes", "independent"), [(1024, "lite1"), (1024, ""), (300, "lite1")])
def test_a_budget_is_divided_as_it_is_said(passes: int, independent: str):
    method = FeatureLevel(independent=independent)
    parts = method._parts(Budget(passes), 8)
    looks = math.ceil(parts.steps / method.look_every) if independent else 0
    spent = parts.drawn + 8 * method.trials + 16 * (parts.steps * method.backgrounds + looks)
    assert passes - 32 < spent <= passes
    if passes == 1024:
        assert parts.drawn == 64
        assert parts.steps == (44 if independent else 56)
    with pytest.raises(BudgetExceededError, match="one step needs"):
        method._parts(Budget(80), 8)


@pytest.mark.parametrize("mode", ["perturb", "generator"])
def test_passes_through_the_independent_network_are_counted(mode: Any, untrained: Path):
    meter = Meter()
    for independent in ("handmade", ""):
        method = FeatureLevel(mode, str(untrained), independent=independent, backgrounds=4)
        what = sample_given("predict")
        explain(method, _metered(what, meter), 200)
        parts = method._parts(Budget(200), 2)
        assert meter.backward == 8 * parts.steps
        looks = math.ceil(parts.steps / 4) if independent else 0
        assert meter.forward == parts.drawn + 2 * 8 + 8 * parts.steps + 2 * 2 * looks
        assert 200 - 20 < meter.passes <= 200
        meter.forward = meter.backward = 0


def _metered(what: Any, meter: Meter) -> Any:
    return dataclasses.replace(what, subject=Metered(what.subject, meter))


def test_a_network_of_other_classes_is_unsupported_without_a_pass(untrained: Path):
    meter = Meter()
    what = given(Matched(), target=1, meter=meter)
    with pytest.raises(UnsupportedError, match="lite1 has no class 'b' to compare with"):
        explain(FeatureLevel(weights=str(untrained)), what)
    assert meter.passes == 0
    other, target = independent_subject("lite1", load_subject("lite0", 96), 5)
    assert (other.name, other.size, target) == ("lite1", 96, 5)


def test_the_generator_is_part_of_the_key(untrained: Path):
    method = FeatureLevel(weights=str(untrained))
    before = plugin_key(method)
    write_decoder(untrained, new_decoder(9), {})
    assert plugin_key(method) != before
    with pytest.raises(AssayError, match="there is no generator"):
        plugin_key(FeatureLevel(weights=str(untrained.with_name("other"))))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"mode": "mix"}, "perturb or generator"),
        ({"depth": 1}, "depth"),
        ({"look_every": 0}, "look_every"),
        ({"fraction": 0.7}, "fraction"),
        ({"draw_share": 1.0}, "draw_share"),
        ({"rate": 0.0}, "rate"),
    ],
)
def test_bad_parameters_are_told(parameters: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        FeatureLevel(**parameters)


# The best of two or three is looked at: some never come near the pattern.
FINDERS = {
    "perturb": FeatureLevel("perturb", independent="", surplus=3),
    "generator": FeatureLevel("generator", independent="", surplus=2, backgrounds=2, rate=5e-4),
}


@pytest.mark.parametrize("mode", FINDERS)
@pytest.mark.parametrize("seed", range(5))
def test_the_planted_pattern_is_painted(mode: str, seed: int):
    what = given(Matched(), target=1, shown=1)
    finding = explain(FINDERS[mode], what, passes=256, seed=seed)
    wanted = F.interpolate(pattern()[None], size=(32, 32), mode="bilinear")[0]
    noise = explain(Noise(), what, seed=seed)
    assert likeness(noise.pictures[0], wanted) < 0.3
    assert likeness(finding.pictures[0], wanted) > 0.55
    assert max(finding.scores) > 0.7
