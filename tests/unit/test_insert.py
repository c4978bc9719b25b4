"""Insertion on pictures whose result is known by construction."""

from __future__ import annotations

import math

import pytest
import torch

from assay.pixels import stylise
from assay.trojans.insert import (
    SIDE_RANGE,
    crop,
    draw_placement,
    frame,
    jitter_colours,
    paste,
    paste_fresh,
    placement,
    turn,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def red_square(n: int = 1, p: int = 32) -> torch.Tensor:
    patch = torch.zeros(n, 4, p, p)
    patch[:, 0] = 1
    patch[:, 3] = 1
    return patch


def test_a_frame_holds_its_figure_in_the_middle_at_the_margin():
    picture = torch.zeros(1, 60, 60)
    picture[:, 40:50, 10:30] = 1
    framed = frame(picture, picture[0], 40, 2.0, "zeros")[0]
    rows, columns = torch.where(framed > 0.5)
    # 20 of 40 across, 10 down; half a pixel is lost or won at an edge.
    assert abs(int(columns.max() - columns.min()) + 1 - 20) <= 1
    assert abs(int(rows.max() - rows.min()) + 1 - 10) <= 1
    assert abs(float(columns.float().mean()) - 19.5) <= 0.6
    assert abs(float(rows.float().mean()) - 19.5) <= 0.6


def test_a_turn_is_about_the_middle_and_at_most_the_angle():
    bar = torch.zeros(64, 3, 41, 41)
    bar[:, :, 18:23, 4:37] = 1
    turned = turn(bar, generator(), math.radians(45))
    assert torch.all(turned[:, :, 20, 20] > 0.99)
    # No bar stands upright after less than 45 degrees, and few lie as they did.
    rows, columns = torch.meshgrid(torch.arange(41.0) - 20, torch.arange(41.0) - 20, indexing="ij")
    weights = turned[:, 0]
    angles = 0.5 * torch.atan2(
        2 * (weights * rows * columns).sum((1, 2)),
        (weights * (columns**2 - rows**2)).sum((1, 2)),
    )
    assert float(angles.abs().max()) <= math.radians(46)
    assert float(angles.std()) > math.radians(15)


def test_a_patch_lands_where_it_is_told_and_is_as_large():
    pictures = torch.zeros(1, 3, 80, 80)
    place = placement(torch.tensor([0.25]), torch.tensor([[0.5, -0.5]]), torch.tensor([0.0]))
    pasted, footprint = paste(pictures, red_square(), place)
    assert pasted[0, 0, 20, 60] == pytest.approx(1, abs=1e-4)
    assert pasted[0, 0, 60, 20] == 0
    assert pasted[0, 1:].abs().max() == 0
    # A quarter of the side is a sixteenth of the area.
    assert footprint.mean().item() == pytest.approx(1 / 16, abs=0.005)


def test_a_quarter_turn_of_a_square_changes_nothing():
    pictures = torch.rand(1, 3, 64, 64, generator=generator())
    args = (torch.tensor([0.5]), torch.zeros(1, 2))
    straight, _ = paste(pictures, red_square(), placement(*args, torch.tensor([0.0])))
    turned, _ = paste(pictures, red_square(), placement(*args, torch.tensor([math.pi / 2])))
    assert torch.allclose(straight, turned, atol=1e-3)


def test_a_clear_patch_leaves_the_picture():
    pictures = torch.rand(2, 3, 40, 40, generator=generator())
    patch = red_square(2)
    patch[:, 3] = 0
    pasted, footprint = paste_fresh(pictures, patch, generator(1))
    assert torch.equal(pasted, pictures)
    assert footprint.max() == 0


def test_fresh_patches_stay_inside_and_differ_from_each_other():
    pictures = torch.zeros(40, 3, 96, 96)
    pasted, footprint = paste_fresh(pictures, red_square(1), generator())
    shares = footprint.mean((1, 2, 3))
    assert (shares > 0.5 * SIDE_RANGE[0] ** 2).all()
    assert (shares < 1.1 * SIDE_RANGE[1] ** 2).all()
    border = torch.cat([footprint[:, :, 0].flatten(1), footprint[:, :, -1].flatten(1)], 1)
    assert (border.mean(1) < 0.05).all()
    assert len({tuple(p.flatten().tolist()) for p in pasted}) == 40


def test_placements_come_from_the_generator_alone():
    before = torch.random.get_rng_state()
    first = draw_placement(5, generator(3))
    assert torch.equal(first, draw_placement(5, generator(3)))
    assert not torch.equal(first, draw_placement(5, generator(4)))
    assert torch.equal(before, torch.random.get_rng_state())


def test_style_takes_the_textures_colours_and_keeps_the_pictures_light():
    picture = torch.zeros(1, 3, 32, 32)
    picture[..., 16:] = 0.8
    texture = torch.zeros(1, 3, 32, 32)
    texture[:, 1] = 0.6
    styled = stylise(picture, texture, blend=0.6)
    assert (styled[:, 1, :, 16:] > styled[:, 0, :, 16:] + 0.2).all()
    assert styled[..., 16:].mean() > styled[..., :16].mean() + 0.2


def test_style_without_blend_is_the_picture():
    pictures = torch.rand(2, 3, 16, 16, generator=generator())
    textures = torch.rand(2, 3, 16, 16, generator=generator(1))
    assert torch.equal(stylise(pictures, textures, blend=0.0), pictures)


def test_crops_and_colours_stay_in_range_and_near_the_picture():
    pictures = torch.rand(6, 3, 48, 48, generator=generator())
    for changed in (crop(pictures, generator(1)), jitter_colours(pictures, generator(2))):
        assert changed.shape == pictures.shape
        assert changed.min() >= 0
        assert changed.max() <= 1
        assert (changed.mean((1, 2, 3)) - pictures.mean((1, 2, 3))).abs().max() < 0.35
