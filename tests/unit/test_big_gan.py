"""BigGAN-deep by path: a small stand-in of random weights in the published layout."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from test_methods import explain, given
from torch import Tensor

from assay.methods.feature_level import FeatureLevel
from assay.synthesis import big_gan
from assay.synthesis.big_gan import (
    DEEP_256,
    Attention,
    BigGan,
    Block,
    Layout,
    Normalised,
    load_big_gan,
)
from assay.synthesis.generated import load_generator, perturbed, tuned
from assay.synthesis.generator import default_weights
from assay.types import AssayError

# Stages of side 4, 8, 16, 32 and 64; attention at 16.
TINY = Layout(
    blocks=(
        (False, 16, 16),
        (True, 16, 16),
        (False, 16, 8),
        (True, 8, 4),
        (False, 4, 4),
        (True, 4, 2),
        (True, 2, 1),
    ),
    attention=4,
    width=4,
    noise=6,
    classes=10,
    stats=3,
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(seed: int = 0, layout: Layout = TINY) -> BigGan:
    """A generator whose every number was drawn, as no training would leave it."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network = BigGan(layout)
        for name, value in network.state_dict().items():
            if name.endswith(("bias", "gamma", "running_means")):
                value.normal_(std=0.3)
            elif name.endswith("running_vars"):
                value.uniform_(0.5, 1.5)
        network.embeddings.weight.data.normal_()
        # So weak that no colour is at its end.
        network.generator.bn.weight.data.fill_(0.3)
    return network.eval().requires_grad_(False)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights of a tiny generator, which is taken for BigGAN-deep-256."""
    monkeypatch.setattr(big_gan, "DEEP_256", TINY)
    torch.save(made().state_dict(), tmp_path / "pytorch_model.bin")
    return tmp_path / "pytorch_model.bin"


# --- the layout -----------------------------------------------------------------------------


def test_the_published_layout_has_the_published_names_and_size():
    with torch.device("meta"):
        network = BigGan(DEEP_256)
    assert DEEP_256.side == 256
    # As published with the converted weights: 55.9 million parameters.
    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 1) == 55.9
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    wanted = {
        "embeddings.weight": (128, 1000),
        "generator.gen_z.weight_orig": (32768, 256),
        "generator.layers.0.bn_0.scale.weight_orig": (2048, 256),
        "generator.layers.0.bn_0.running_means": (51, 2048),
        "generator.layers.3.conv_3.weight_orig": (1024, 512, 1, 1),
        "generator.layers.8.gamma": (1,),
        "generator.layers.8.snconv1x1_theta.weight_orig": (64, 512, 1, 1),
        "generator.layers.8.snconv1x1_o_conv.weight_v": (256,),
        "generator.layers.12.conv_1.weight_orig": (64, 64, 3, 3),
        "generator.layers.12.conv_1.weight_u": (64,),
        "generator.layers.12.conv_1.weight_v": (576,),
        "generator.bn.weight": (128,),
        "generator.conv_to_rgb.weight_orig": (128, 128, 3, 3),
    }
    assert {name: shapes.get(name) for name in wanted} == wanted
    # 12 blocks of 8 normalised maps without and 4 convolutions with a bias, and 8 statistics; the
    # attention's 4 maps and its weight; the last norm's 4; two maps with a bias; the embedding.
    assert len(shapes) == 12 * (8 * 3 + 4 * 4 + 8) + (4 * 3 + 1) + 4 + 2 * 4 + 1


def test_a_normalised_map_has_the_norm_one():
    layer = Normalised(5, 7, kernel=3)
    u, s, v = torch.linalg.svd(layer.weight_orig.detach().flatten(1), full_matrices=False)
    layer.weight_u.copy_(u[:, 0])
    layer.weight_v.copy_(v[0])
    x = torch.randn(1, 7, 6, 6, generator=rng())
    said = F.conv2d(x, layer.weight_orig / s[0], layer.bias, padding=1)
    assert torch.allclose(layer(x), said, atol=1e-5)


def test_a_block_that_adds_nothing_grows_and_drops_the_last_channels():
    block = Block(8, 4, True, TINY)
    torch.nn.init.zeros_(block.conv_3.weight_orig)
    block.conv_3.weight_u.fill_(1.0)
    block.conv_3.weight_orig.data[0, 0] = 1e-30
    x = torch.randn(1, 8, 2, 2, generator=rng())
    grown = block(x, torch.zeros(1, 12))
    assert grown.shape == (1, 4, 4, 4)
    assert torch.allclose(
        grown[:, 1:], x[:, 1:4].repeat_interleave(2, 2).repeat_interleave(2, 3), atol=1e-5
    )


def test_attention_is_the_weighted_mean_of_values_place_by_place():
    layer = Attention(8)
    layer.gamma.data.fill_(0.7)
    x = torch.randn(1, 8, 4, 4, generator=rng())
    layer.requires_grad_(False)
    asked, keys = layer.snconv1x1_theta(x), F.max_pool2d(layer.snconv1x1_phi(x), 2)
    values = F.max_pool2d(layer.snconv1x1_g(x), 2)
    found = torch.zeros(1, 4, 4, 4)
    for i in range(4):
        for j in range(4):
            weights = torch.tensor(
                [
                    math.exp(float((asked[0, :, i, j] * keys[0, :, a, b]).sum()))
                    for a in range(2)
                    for b in range(2)
                ]
            )
            weights /= weights.sum()
            found[0, :, i, j] = (values[0].flatten(1) * weights).sum(1)
    wanted = x + 0.7 * layer.snconv1x1_o_conv(found)
    assert torch.allclose(layer(x, torch.zeros(1, 12)), wanted, atol=1e-5)


def test_statistics_are_those_of_the_largest_truncation():
    network, latents = made(), made().draw(2, rng())
    before = network(latents)
    for name, value in network.state_dict().items():
        if name.endswith(("running_means", "running_vars")):
            value[:-1] = 99.0
    assert torch.equal(network(latents), before)
    network.generator.bn.running_means[-1] += 1
    assert not torch.allclose(network(latents), before)


# --- pictures -------------------------------------------------------------------------------


def test_pictures_depend_on_the_noise_and_on_the_class():
    network = made()
    latents = network.draw(3, rng())
    pictures = network(latents)
    assert pictures.shape == (3, 3, 64, 64)
    assert 0 < float(pictures.min()) < float(pictures.max()) < 1
    for part in (slice(0, 6), slice(6, 12)):
        other = latents.clone()
        other[:, part] += 1
        assert not torch.allclose(network(other), pictures, atol=1e-3)


def test_draws_are_truncated_noise_and_classes_of_the_table():
    latents = made().draw(400, rng())
    noise, classes = latents.split(6, 1)
    assert float(noise.abs().max()) <= 2
    # A normal one cut at two deviations has one of .880.
    assert float(noise.std()) == pytest.approx(0.880, abs=0.03)
    table = made().embeddings.weight.T
    same = (classes[:, None] == table[None]).all(2)
    assert same.sum(1).tolist() == [1] * 400
    # Forty are expected of each: three standard errors are 18.
    assert all(22 <= number <= 58 for number in same.sum(0).tolist())


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_a_perturbation_is_put_in_at_its_depth_and_starts_at_nothing(depth: int):
    network = made()
    latents = network.draw(2, rng())
    assert network.early(latents, depth).shape[-1] == 4 * 2 ** (depth - 1)
    painting = perturbed(network, latents, depth, 0.5)
    assert torch.allclose(painting.pictures(), network(latents), atol=1e-6)
    painting.pictures().square().sum().backward()
    maps, moved = painting.parameters
    assert maps.shape == network.early(latents, depth).shape
    for values in (maps, moved):
        assert values.grad is not None
        assert bool((values.grad.flatten(1).abs().amax(1) > 0).all())
    # The noise and the class both.
    assert moved.grad is not None
    assert bool((moved.grad.abs().amax(0) > 0).all())


def test_what_is_tuned_is_a_copy():
    network = made()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    own, painting = tuned(network, 3, rng())
    assert isinstance(own, BigGan)
    pictures = painting.pictures()
    assert pictures.shape == (3, 3, 64, 64)
    optimizer = torch.optim.SGD(painting.parameters, lr=0.1)
    pictures.square().sum().backward()
    optimizer.step()
    assert not torch.equal(own.embeddings.weight, network.embeddings.weight)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name


# --- by path --------------------------------------------------------------------------------


def test_weights_come_back_and_the_suffix_says_whose_they_are(stand_in: Path):
    network, latents = load_generator(stand_in), made().draw(2, rng())
    assert isinstance(network, BigGan)
    assert torch.equal(network(latents), made()(latents))
    assert not any(p.requires_grad for p in network.parameters())
    assert not isinstance(load_generator(default_weights()), BigGan)


def refusal(path: Path, state: object) -> str:
    torch.save(state, path)
    with pytest.raises(AssayError) as caught:
        load_big_gan(path, TINY)
    said = str(caught.value)
    assert str(path) in said
    assert "\n" not in said
    return said


def test_what_does_not_fit_is_told_in_a_sentence(tmp_path: Path):
    path, state = tmp_path / "other.bin", made().state_dict()
    foreign = torch.nn.Linear(3, 4).state_dict()
    said = refusal(path, foreign)
    assert "no weights of BigGAN-deep-64: it lacks embeddings.weight and" in said
    assert "it has weight and 1 others" in said
    less = {k: v for k, v in state.items() if k != "generator.layers.2.conv_1.bias"}
    assert "it lacks generator.layers.2.conv_1.bias" in refusal(path, less)
    wide = {**state, "embeddings.weight": torch.zeros(6, 11)}
    assert "embeddings.weight is (6, 11), not (6, 10)" in refusal(path, wide)
    hollow = {**state, "generator.bn.bias": torch.full((4,), math.nan)}
    assert "NaN or infinity in generator.bn.bias" in refusal(path, hollow)
    assert "no state dict" in refusal(path, [torch.zeros(1)])
    # Whatever would run code when it is read.
    assert "no readable generator" in refusal(path, {"network": Path("somewhere")})
    path.write_bytes(b"not weights")
    with pytest.raises(AssayError, match="no readable generator"):
        load_big_gan(path, TINY)
    with pytest.raises(AssayError, match="there is no generator"):
        load_big_gan(tmp_path / "nothing.bin", TINY)


class Reddish(torch.nn.Module):
    """Class 1 is as likely as a picture is redder than it is green."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([30.0, -30.0, 0.0]))

    def forward(self, x: Tensor) -> Tensor:
        red = x.mean((2, 3)) @ self.weight
        return torch.stack([torch.zeros_like(red), red], 1)


@pytest.mark.parametrize(("mode", "rate"), [("perturb", 0.1), ("generator", 0.003)])
def test_both_modes_find_what_the_network_looks_for(stand_in: Path, mode: Any, rate: float):
    what = given(Reddish(), target=1)
    method = FeatureLevel(mode, str(stand_in), independent="", rate=rate, surplus=1.5)
    few, many = (explain(method, what, passes) for passes in (40, 400))
    assert many.candidates.shape == (3, 3, 32, 32)
    assert len(many.chosen) == 2
    red, green, _ = many.pictures.mean((0, 2, 3)).tolist()
    assert red > green + 0.3
    assert sum(many.scores) > sum(few.scores) + 0.1


def test_the_true_layout_refuses_the_stand_in(tmp_path: Path):
    torch.save(made().state_dict(), tmp_path / "small.bin")
    with pytest.raises(AssayError, match="no weights of BigGAN-deep-256"):
        load_generator(tmp_path / "small.bin")
