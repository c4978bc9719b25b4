"""TABOR and SNAFUE find what was planted in networks written by hand, and what they are made of."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from test_methods import Colours, Matched, centred, explain, given, pattern
from torch import Tensor, nn

from assay.blobs import png_bytes
from assay.hooks import Meter, charge, count_passes
from assay.methods.noise import Noise
from assay.methods.snafue import Snafue
from assay.methods.tabor import Tabor
from assay.plugins import plugin_key
from assay.synthesis import features
from assay.synthesis.features import Features
from assay.synthesis.nameless import KINDS, nameless
from assay.synthesis.pool import SIDE, default_pool, option_pool
from assay.types import AssayError, Budget, BudgetExceededError

# --- TABOR ----------------------------------------------------------------------------------


def likeness_within(picture: Tensor) -> float:
    """The best cosine of the planted pattern and a window of the picture, colours centred."""
    wanted = centred(pattern())
    windows = F.unfold(picture[None], wanted.shape[1])[0].T.reshape(-1, *wanted.shape)
    windows = windows - windows.mean((2, 3), keepdim=True)
    cosines = (windows * wanted).sum((1, 2, 3)) / windows.flatten(1).norm(dim=1).clamp(min=1e-6)
    return float(cosines.max() / wanted.norm())


@pytest.mark.parametrize("seed", range(5))
def test_tabor_finds_the_pattern_that_the_network_looks_for(seed: int):
    what = given(Matched(), target=1)
    finding = explain(Tabor(), what, passes=600, seed=seed)
    noise = explain(Noise(), what, seed=seed)
    assert max(likeness_within(picture) for picture in noise.pictures) < 0.4
    assert min(likeness_within(picture) for picture in finding.pictures) > 0.5
    assert min(finding.scores) > 0.9


def test_tabor_s_regularisers_are_those_of_a_hand_worked_trigger():
    # Two by two pixels: colours 0 and 1, half a mask on the left and none on the right.
    pattern_ = torch.tensor([[0.0, 1.0], [1.0, 1.0]]).expand(3, 2, 2)
    mask = torch.tensor([[0.5, 0.0], [0.5, 0.0]])[None]
    trigger = torch.cat([pattern_, mask])[None]
    nothing = {"large": 0.0, "beyond": 0.0, "mask_roughness": 0.0, "pattern_roughness": 0.0}
    expected = {
        # 2 * .5 + 2 * .25
        "large": 1.5,
        # In each of three colours 0, 1, .5 and 1: 2.5 and, squared, 2.25.
        "beyond": 14.25,
        # Across twice .25; down nothing.
        "mask_roughness": 0.5,
        # In each of three colours one step across and one down.
        "pattern_roughness": 6.0,
    }
    for name, value in expected.items():
        tabor = Tabor(**{**nothing, name: 1.0})
        # Published for 1024 pixels, and these are 4.
        assert float(tabor._penalty(trigger)) == pytest.approx(value * 256)


def test_a_heavy_weight_makes_the_mask_small():
    light, heavy = (
        explain(Tabor(large=weight), given(Matched(), target=1), passes=600).pictures
        for weight in (1e-6, 1.0)
    )
    assert heavy.mean() < 0.2 * light.mean()


def test_tabor_shows_nothing_where_the_mask_is_closed():
    # What is shown is mask times pattern: black where it starts closed and has no reason to open.
    finding = explain(Tabor(opacity=1e-4, rate=1e-6), given(Matched(), target=1), passes=100)
    assert finding.pictures.max() < 1e-3


# --- SNAFUE ---------------------------------------------------------------------------------


def patterns(side: int) -> Tensor:
    """The planted green disc on violet, and four others of two colours (5, 3, side, side)."""
    line = torch.linspace(-1, 1, side)
    down, across = line[:, None].expand(side, side), line[None].expand(side, side)
    shapes = (down > 0, (down.abs() < 0.35) | (across.abs() < 0.35), down > across, across < -0.2)
    pairs = (((0.9, 0.1, 0.1), (0.1, 0.2, 0.9)), ((0.9, 0.9, 0.1), (0.2, 0.1, 0.6)),
             ((0.1, 0.8, 0.8), (0.9, 0.4, 0.1)), ((0.9, 0.9, 0.9), (0.1, 0.1, 0.1)))  # fmt: skip
    others = []
    for shape, (inside, outside) in zip(shapes, pairs, strict=True):
        mask = shape.float()
        colours = (torch.tensor(colour)[:, None, None] for colour in (inside, outside))
        others.append(next(colours) * mask + next(colours) * (1 - mask))
    return torch.stack([pattern(side), *others])


class Stickers(nn.Module):
    """Class 1 is the planted pattern, small and anywhere; class 2 is that pattern large.

    Units: how alike the picture is to each pattern at the best place, small or large, and how alike
    to the planted one large.
    """

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Conv2d(3, 5, 9, padding=4, padding_mode="replicate")
        weights = torch.stack([centred(p) / centred(p).abs().sum() for p in patterns(9)])
        self.filters.weight.data.copy_(weights)
        self.filters.bias.data.zero_()
        self.head = nn.Linear(6, 3)
        self.head.weight.data.zero_()
        self.head.weight.data[1, 0] = 20
        self.head.weight.data[2, 5] = 40
        self.head.bias.data.copy_(torch.tensor([0.0, -10.0, -20.0]))

    def forward(self, x: Tensor) -> Tensor:
        coarse = F.interpolate(x, size=9, mode="bilinear", antialias=True)
        near, far = (60 * self.filters(view).flatten(2) for view in (x, coarse))
        alike = torch.cat([near, far], 2).logsumexp(2)
        units = torch.cat([alike, far[:, :1].logsumexp(2)], 1)
        return self.head(((units - 14) / 2).sigmoid())


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """A folder with the planted patch among four other patterns and forty nameless pictures."""
    distractors = nameless(40, 32, torch.Generator().manual_seed(1))
    for i, picture in enumerate([*distractors, *patterns(32)[1:]]):
        (tmp_path / f"{i}.png").write_bytes(png_bytes(picture))
    (tmp_path / "planted.png").write_bytes(png_bytes(pattern(32)))
    return tmp_path


def is_planted(pictures: Tensor) -> list[bool]:
    """Which pictures are the planted one, read from its file and made smaller."""
    return ((pictures - pattern(32)).abs().mean((1, 2, 3)) < 0.05).tolist()


def snafue(pool: Path, **more: Any) -> Snafue:
    """One that pastes patches as large as the network's filters."""
    return Snafue(pool=str(pool), paste_fraction=0.286, **more)


@pytest.mark.parametrize("seed", range(5))
def test_snafue_finds_the_planted_patch_among_others(seed: int, pool: Path):
    finding = explain(snafue(pool), given(Stickers(), target=1), passes=800, seed=seed)
    assert is_planted(finding.pictures)[0]
    # It brings the target out where it is pasted, as a rule, and nothing else does.
    ranked = sorted(finding.scores, reverse=True)
    assert ranked[0] > 0.6
    assert ranked[1] < 0.3


def test_what_the_network_calls_the_target_by_itself_is_dropped(pool: Path):
    # Without class 2, the planted patch alone is called the target.
    network = Stickers()
    network.head.weight.data[2] = 0
    found = [
        explain(snafue(pool, drop_target=drop), given(network, target=1), passes=800)
        for drop in (True, False)
    ]
    assert [any(is_planted(f.candidates)) for f in found] == [False, True]


def test_likeness_is_the_mean_power_of_the_cosines_times_the_gains():
    natural = Features(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.zeros(3))
    # The second unit varies as much as its mean is large: it is masked.
    synthetic = Features(torch.tensor([[2.0, 0.0], [2.0, 2.0]]), torch.zeros(2))
    likeness = Snafue(power=2)._likeness(natural, synthetic, torch.tensor([0.5, -1.0]))
    # Cosines 1, 0 and sqrt(.5) with both; gains .5 and, below 0, none; the mean of two squares.
    assert likeness.tolist() == pytest.approx([0.125, 0.0, 0.0625], abs=1e-4)
    alone = Snafue(power=2)._likeness(natural, synthetic, torch.tensor([-0.5, 0.0]))
    assert alone.tolist() == pytest.approx([1.0, 0.0, 0.5], abs=1e-3)


@pytest.mark.parametrize("passes", [128, 300, 1024, 20_000])
def test_a_budget_is_divided_as_it_is_said(passes: int):
    method = Snafue()
    parts = method._parts(Budget(passes), min(256, passes // 4), 4)
    pasted = (parts.kept + method.synthetic + 1) * parts.trials
    assert pasted <= passes / 4
    # In the relation of the published hundred and fifty, as far as whole numbers allow.
    assert parts.kept >= 4
    assert parts.trials >= 1
    step = 2 * method.synthetic
    spent = parts.pool + method.synthetic + pasted + parts.steps * step
    assert passes - step < spent <= passes
    if passes == 20_000:
        assert (parts.kept, parts.trials) == (97, 48)


def test_a_remembered_pool_is_charged_and_changes_nothing():
    features._MEMORY.clear()
    found = []
    for _ in range(2):
        meter = Meter()
        finding = explain(Snafue(), given(Colours(), meter=meter), passes=300)
        found.append((finding.candidates, meter.forward, meter.backward))
    assert len(features._MEMORY) == 1
    assert torch.equal(found[0][0], found[1][0])
    assert found[0][1:] == found[1][1:]
    # Another network under the same name is another one.
    other = Colours()
    other.mix.weight.data.mul_(0.5)
    explain(Snafue(), given(other), passes=300)
    assert len(features._MEMORY) == 2


def test_a_charge_counts_as_passes_do():
    network, meter = nn.Identity(), Meter(limit=5)
    charge(network, 3)
    handle = count_passes(network, meter)
    charge(network, 3)
    assert meter.forward == 3
    with pytest.raises(BudgetExceededError):
        charge(network, 3)
    handle.remove()
    charge(network, 3)
    assert meter.forward == 6


# --- pools ----------------------------------------------------------------------------------


def test_nameless_pictures_take_turns_and_follow_their_generator():
    drawn = [nameless(12, 24, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert drawn[0].shape == (12, 3, 24, 24)
    assert 0 <= drawn[0].min() <= drawn[0].max() <= 1
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    # A solid has hardly an edge; every other kind has some.
    edges = drawn[0].diff(dim=3).abs().amax((1, 2, 3))
    solid = torch.arange(12) % len(KINDS) == 0
    assert edges[solid].max() < 0.05 < edges[~solid].min()


def test_the_default_pool_is_the_same_for_every_budget():
    whole = default_pool(256)
    assert whole.shape == (256, 3, SIDE, SIDE)
    assert len(whole.flatten(1).unique(dim=0)) == 256
    method = Snafue()
    assert torch.equal(method._pool(40), method._pool(90)[:40])


def test_the_options_come_before_all_others():
    options = option_pool()
    assert len(options) == 72 + 64 + 80
    assert torch.equal(Snafue(options_in_pool=True)._pool(256)[: len(options)], options)


def test_a_pool_s_pictures_are_part_of_the_key(pool: Path):
    method = Snafue(pool=str(pool))
    before = plugin_key(method)
    assert plugin_key(dataclasses.replace(method)) == before
    (pool / "0.png").write_bytes(png_bytes(torch.rand(3, 40, 40)))
    assert plugin_key(method) != before
    # Methods that depend on no file keep the keys that they had.
    assert "artefacts" not in plugin_key(Tabor())


def test_a_pool_that_is_none_is_told_in_a_sentence(tmp_path: Path):
    with pytest.raises(AssayError, match="is no folder: give one that holds pictures"):
        plugin_key(Snafue(pool=str(tmp_path / "nowhere")))
    with pytest.raises(AssayError, match="holds no pictures"):
        plugin_key(Snafue(pool=str(tmp_path)))
