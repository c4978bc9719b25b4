"""Parameterizations, views and the ascent loop."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor, nn

from assay.synthesis import parameterizations
from assay.synthesis.ascent import (
    Ascent,
    affordable_steps,
    climb,
    device_of,
    evaluate,
    gradient,
)
from assay.synthesis.parameterizations import PARAMETERIZATIONS, paint_spectrum
from assay.synthesis.views import draw_places, draw_views, look, paste
from assay.types import Budget, BudgetExceededError

CPU = torch.device("cpu")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", PARAMETERIZATIONS)
@pytest.mark.parametrize("side", [16, 23])
def test_a_painting_has_the_right_shape_and_range_and_every_parameter_counts(name: str, side: int):
    painting = PARAMETERIZATIONS[name](3, side, generator(), CPU)
    # A step away from the start: the last layer of a CPPN starts at zero and hides the others.
    climb(painting, lambda p: p, lambda v, where: v[:, 1].mean((1, 2)), Ascent(2, 0.05, 8))
    pictures = painting.pictures()
    assert pictures.shape == (3, 3, side, side)
    assert 0 <= pictures.min() <= pictures.max() <= 1
    weights = torch.linspace(-1, 1, side * side).view(side, side)
    pictures[1].mul(weights).sum().backward()
    for parameter in painting.parameters:
        assert parameter.grad is not None
        assert parameter.grad[1].abs().max() > 0
        # The candidates don't mix.
        assert parameter.grad[0].abs().max() == 0
        assert parameter.grad[2].abs().max() == 0


@pytest.mark.parametrize("name", PARAMETERIZATIONS)
def test_a_painting_follows_its_generator_and_leaves_the_global_one(name: str):
    def painted(seed: int) -> Tensor:
        painting = PARAMETERIZATIONS[name](2, 12, generator(seed), CPU)
        return climb(
            painting, lambda p: p, lambda v, where: v[:, 0, :6].mean((1, 2)), Ascent(3, 0.02, 8)
        )

    state = torch.get_rng_state()
    first = painted(1)
    assert torch.equal(first, painted(1))
    assert not torch.equal(first, painted(2))
    assert not torch.equal(first[0], first[1])
    assert torch.equal(state, torch.get_rng_state())


def test_fourier_noise_has_more_of_the_low_frequencies():
    spectrum = torch.randn(8, 3, 64, 33, 2, generator=generator())
    grey = paint_spectrum(spectrum * 0.05, 64, decay=1).mean(1)
    power = torch.fft.rfft2(grey).abs().square().mean(0)[0]
    # Amplitude falls with frequency: power at 4 cycles is about 16 times that at 16 cycles.
    assert 6 < power[3:6].mean() / power[14:19].mean() < 40


def test_a_cppn_starts_as_uniform_grey():
    pictures = PARAMETERIZATIONS["cppn"](2, 10, generator(), CPU).pictures()
    assert torch.equal(pictures, torch.full_like(pictures, 0.5))


def test_a_cppn_paints_and_climbs_as_its_formula_says_in_however_many_parts(
    monkeypatch: pytest.MonkeyPatch,
):
    side = 12
    # Parts that don't go into the 144 points: the last one is smaller.
    monkeypatch.setattr(parameterizations, "CPPN_POINTS", 50)
    painting = PARAMETERIZATIONS["cppn"](2, side, generator(), CPU)
    with torch.no_grad():
        for parameter in painting.parameters:
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator(1))
    line = torch.linspace(-math.sqrt(3), math.sqrt(3), side)
    down, across = torch.meshgrid(line, line, indexing="ij")
    x = torch.stack([across.flatten(), down.flatten()])
    layers = zip(painting.parameters[::2], painting.parameters[1::2], strict=True)
    for i, (weight, bias) in enumerate(layers):
        bent = torch.atan(x)
        x = weight @ (torch.cat([bent / 0.67, bent.square() / 0.6], -2) if i else x) + bias
    formula = x.sigmoid().view(2, 3, side, side)
    weights = torch.randn(formula.shape, generator=generator(2))
    assert torch.allclose(painting.pictures(), formula, atol=1e-5)
    expected = torch.autograd.grad((formula * weights).sum(), painting.parameters)
    found = torch.autograd.grad((painting.pictures() * weights).sum(), painting.parameters)
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_the_view_that_does_nothing_changes_nothing():
    pictures = torch.rand(2, 3, 20, 20, generator=generator())
    same = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).expand(2, 2, 3)
    assert torch.allclose(look(pictures, same), pictures, atol=1e-5)


def test_a_shifted_view_moves_the_picture_and_is_grey_outside():
    picture = torch.zeros(1, 3, 20, 20)
    picture[..., 10:] = 1
    # Looking five pixels further right: a quarter of the side, which is half a unit.
    seen = look(picture, torch.tensor([[[1.0, 0, 0.5], [0, 1, 0]]]))
    assert torch.allclose(seen[..., :5], torch.zeros(1), atol=1e-5)
    assert torch.allclose(seen[..., 6:14], torch.ones(1), atol=1e-5)
    assert torch.allclose(seen[..., 16:], torch.full((1,), 0.5), atol=1e-5)


def test_views_stay_within_their_bounds_and_differ_between_rows():
    maps = draw_views(200, generator(), scale=0.1, degrees=10, jitter=0.05)
    zoom = maps[:, 0, :2].norm(dim=1)
    assert 1 / 1.1 - 1e-5 <= zoom.min() < 0.95
    assert 1.05 < zoom.max() <= 1 / 0.9 + 1e-5
    turn = torch.atan2(maps[:, 1, 0], maps[:, 0, 0]).abs() * 180 / math.pi
    assert 9 < turn.max() <= 10.01
    assert 0.09 < maps[:, :, 2].abs().max() <= 0.1
    assert len(maps.unique(dim=0)) == 200


def test_a_patch_covers_its_place_and_nothing_else():
    backgrounds = torch.rand(1, 3, 40, 40, generator=generator())
    patch = torch.rand(1, 3, 10, 10, generator=generator(1))
    # A quarter of the side, its centre ten pixels left of the middle.
    place = torch.tensor([[[4.0, 0, 2.0], [0, 4.0, 0]]])
    seen = paste(patch, backgrounds, place, edge=1e-4)
    assert torch.allclose(seen[..., 15:25, 5:15], patch, atol=1e-4)
    seen[..., 15:25, 5:15] = backgrounds[..., 15:25, 5:15]
    assert torch.equal(seen, backgrounds)


def test_places_lie_within_the_picture_whatever_the_turn():
    maps = draw_places(300, generator(), fraction=0.3, scale=0.2, degrees=45)
    full = torch.cat([maps, torch.tensor([0.0, 0, 1]).expand(300, 1, 3)], 1)
    corners = torch.tensor([[1.0, 1, 1], [-1, 1, 1], [1, -1, 1], [-1, -1, 1]]).T
    there = torch.linalg.inv(full) @ corners
    assert there[:, :2].abs().max() <= 1 + 1e-5
    sides = (there[:, :2, 0] - there[:, :2, 1]).norm(dim=1) / 2
    assert 0.24 - 1e-4 <= sides.min() < 0.25
    assert 0.35 < sides.max() <= 0.36 + 1e-4
    # They reach the picture's rim, and the middle.
    assert there[:, :2].abs().amax((1, 2)).max() > 0.97


def test_draws_follow_their_generator():
    for draw in (
        lambda rng: draw_views(5, rng, jitter=0.05),
        lambda rng: draw_places(5, rng, fraction=0.3),
    ):
        assert torch.equal(draw(generator(3)), draw(generator(3)))
        assert not torch.equal(draw(generator(3)), draw(generator(4)))


def test_the_rate_stays_and_then_falls_to_almost_nothing():
    ascent = Ascent(steps=40, rate=0.2, chunk=4, cooling=0.5)
    rates = [ascent.rate_at(step) for step in range(40)]
    assert rates[:21] == [0.2] * 21
    assert all(a > b for a, b in itertools.pairwise(rates[20:]))
    assert 0 < rates[-1] < 0.01
    assert Ascent(1, 0.2, 4).rate_at(0) == pytest.approx(0.2)
    assert [Ascent(3, 0.2, 4, cooling=0.0).rate_at(i) for i in range(3)] == [0.2] * 3


@pytest.mark.parametrize("chunk", [1, 3, 7, 64])
def test_the_gradient_does_not_depend_on_the_chunk(chunk: int):
    views = torch.rand(7, 3, 5, 5, generator=generator(), dtype=torch.float64)
    factors = torch.arange(1.0, 8, dtype=torch.float64)

    def objective(part: Tensor, where: slice) -> Tensor:
        return part.square().sum((1, 2, 3)) * factors[where]

    expected = 2 * views * factors[:, None, None, None]
    with torch.no_grad():
        assert torch.allclose(gradient(views, objective, chunk), expected)
        found = evaluate(views, objective, chunk)
    assert torch.allclose(found, views.square().sum((1, 2, 3)) * factors)


def test_climbing_reaches_the_top_also_where_gradients_are_switched_off():
    goal = torch.tensor([0.2, 0.7, 0.4])[:, None, None]
    painting = PARAMETERIZATIONS["pixels"](2, 6, generator(), CPU)

    def near(views: Tensor, where: slice) -> Tensor:
        return -(views - goal).square().mean((1, 2, 3))

    with torch.no_grad():
        pictures = climb(painting, lambda p: p, near, Ascent(120, 0.1, 1))
    assert not pictures.requires_grad
    assert (pictures - goal).abs().max() < 0.01


def test_steps_fill_the_budget_and_no_more():
    assert affordable_steps(Budget(100), each=16, besides=4) == 6
    assert affordable_steps(Budget(20), each=16, besides=4) == 1
    with pytest.raises(BudgetExceededError, match="20 in all"):
        affordable_steps(Budget(19), each=16, besides=4)


def test_a_network_without_parameters_is_on_the_cpu():
    assert device_of(nn.ReLU()) == CPU
    assert device_of(nn.Linear(1, 1, device="meta")) == torch.device("meta")
