"""The objects' meshes, models, scenes and renderer."""

from __future__ import annotations

import numpy as np
import pytest

from assay.kit.objects import FAMILIES, OBJECTS
from assay.kit.objects.mesh import Mesh, creased, join, rotation, scatter, weld
from assay.kit.objects.noise import blend, cell_distance, ramp, smooth_noise
from assay.kit.objects.render import render, stage
from assay.kit.objects.scenes import FIELD_OF_VIEW, SCENES
from assay.kit.objects.shapes import (
    ball,
    box,
    curve,
    disc,
    extrude,
    lathe,
    superellipsoid,
    torus,
    tube,
)

FOOD = [*FAMILIES["sweet"], *FAMILIES["savoury"]]
SQUARE = [(0, 0), (1, 0), (1, 1), (0, 1)]


def volume(mesh: Mesh) -> float:
    """Positive when the faces look outwards."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def closed(mesh: Mesh) -> bool:
    """Whether every edge is run through once each way."""
    edges = np.concatenate([mesh.faces[:, [k, (k + 1) % 3]] for k in range(3)])
    there = {tuple(edge) for edge in edges.tolist()}
    return len(there) == len(edges) and all((b, a) in there for a, b in there)


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [
        (weld(box((1, 2, 3))), 6.0),
        (ball(0.5, detail=32), np.pi / 6),
        (ball((1, 0.5, 0.25), detail=32), np.pi / 6),
        (superellipsoid(1.0, detail=128), 4 / 3 * np.pi),
        (torus(1.0, 0.2, segments=200), 2 * np.pi**2 * 0.04),
        (tube([(0, 0, 0), (0, 0, 1), (0, 0, 2)], 0.5, segments=128), np.pi / 2),
        (lathe([(0, 0), (1, 0), (0, 3)], segments=256), np.pi),
        (weld(extrude(SQUARE, 0.5)), 0.5),
        (extrude(np.array(SQUARE)[::-1], 0.5, bevel=0.001), 0.5),
    ],
)
def test_a_shape_is_closed_looks_outwards_and_has_its_volume(mesh: Mesh, expected: float) -> None:
    assert closed(mesh)
    assert volume(mesh) == pytest.approx(expected, rel=0.01)


def test_a_bevel_and_a_hole_take_their_volume_away() -> None:
    whole = extrude(SQUARE, 0.5, spacing=0.05)
    hole = np.array([(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)])
    holed = extrude(SQUARE, 0.5, holes=[hole], spacing=0.05)
    assert volume(holed) == pytest.approx(0.75 * volume(whole), rel=1e-6)
    assert 0.9 * volume(whole) < volume(extrude(SQUARE, 0.5, bevel=0.08)) < 0.99 * volume(whole)
    rounded = box((1, 1, 1), bevel=0.2)
    assert closed(rounded)
    assert np.abs(rounded.vertices).max() == pytest.approx(0.5)
    assert np.linalg.norm(rounded.vertices, axis=1).max() < np.sqrt(0.75) - 0.1


def test_normals_of_a_ball_point_away_from_its_middle() -> None:
    mesh = ball(1.0)
    assert np.einsum("ij,ij->i", mesh.normals, mesh.vertices).min() > 0.99
    assert volume(mesh.scaled(-1, 1, 1)) > 0
    assert volume(mesh.flipped()) < 0
    swollen = mesh.displaced(0.5)
    assert np.linalg.norm(swollen.vertices, axis=1) == pytest.approx(1.5, abs=0.01)


def test_creasing_splits_the_corners_of_a_cube_and_leaves_a_ball_whole() -> None:
    cube = weld(box((1, 1, 1), detail=1))
    assert len(cube.vertices) == 8
    hard = creased(cube)
    assert len(hard.vertices) == 24
    assert np.abs(hard.normals).max(axis=1) == pytest.approx(1.0)
    smooth = ball(1.0, detail=16)
    assert len(creased(smooth).vertices) == len(smooth.vertices)


def test_turning_is_right_handed_and_bending_keeps_the_length() -> None:
    assert rotation("z", 90) @ [1, 0, 0] == pytest.approx([0, 1, 0])
    assert rotation("x", 90) @ [0, 1, 0] == pytest.approx([0, 0, 1])
    bar = tube(np.linspace([-1, 0, 0], [1, 0, 0], 50), 0.01).bent(180)
    low, high = bar.bounds
    # Two units laid along a half circle: its radius is 2 / pi.
    assert high[0] - low[0] == pytest.approx(4 / np.pi, abs=0.03)
    assert high[2] - low[2] == pytest.approx(2 / np.pi, abs=0.03)


def test_a_curve_goes_through_its_points() -> None:
    points = np.array([(0.0, 0.0), (1.0, 2.0), (3.0, 1.0), (4.0, 4.0)])
    assert curve(points, 31)[::10] == pytest.approx(points)
    ring = curve(points, 40, closed=True)
    assert ring[::10] == pytest.approx(points)


def test_scattered_copies_stand_on_the_surface_apart_from_each_other() -> None:
    peg = tube([(0, 0, 0), (0, 0, 0.05), (0, 0, 0.1)], 0.001, segments=6)
    rng = np.random.default_rng(0)
    right = scatter([peg], disc(1.0), 20, rng, lambda points, _: points[:, 0] > 0, spacing=0.1)
    pegs = right.vertices.reshape(20, -1, 3)
    assert pegs[..., 2].min() == pytest.approx(0, abs=1e-6)
    assert pegs[..., 2].max() == pytest.approx(0.1)
    centres = pegs.mean(axis=1)
    assert centres[:, 0].min() > 0
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.eye(20)
    assert gaps.min() >= 0.1 - 1e-9
    with pytest.raises(ValueError, match="nothing to join"):
        scatter([peg], disc(1.0), 5, rng, lambda points, _: points[:, 0] > 2)


def test_joining_keeps_each_mesh() -> None:
    both = join([ball(0.5, (1, 0, 0)), ball(0.5, (0, 0, 1)).moved(5)])
    assert volume(both) == pytest.approx(2 * volume(ball(0.5)), rel=1e-6)
    assert both.colours[0].tolist() == [1, 0, 0]
    assert both.colours[-1].tolist() == [0, 0, 1]


def test_noise_is_smooth_seeded_and_of_about_unit_size() -> None:
    points = np.random.default_rng(1).uniform(-5, 5, (4000, 3))
    first = smooth_noise(points, 0.5, np.random.default_rng(2))
    assert np.array_equal(first, smooth_noise(points, 0.5, np.random.default_rng(2)))
    assert not np.allclose(first, smooth_noise(points, 0.5, np.random.default_rng(3)))
    near = smooth_noise(points + 1e-4, 0.5, np.random.default_rng(2))
    assert np.abs(near - first).max() < 0.02
    assert 0.2 < first.std() < 0.7
    assert np.abs(first).max() < 1.7


def test_ramp_blend_and_cell_distance_by_hand() -> None:
    assert ramp(np.array([-1.0, 0.5, 2.0]), 0, 1) == pytest.approx([0, 0.5, 1])
    assert ramp(np.array([0.0, 1.0]), 1, 0) == pytest.approx([1, 0])
    mixed = blend((0, 0, 0), (1, 0.5, 0), np.array([0.0, 0.5, 3.0]))
    assert mixed == pytest.approx(np.array([(0, 0, 0), (0.5, 0.25, 0), (1, 0.5, 0)]))
    centres = np.array([(0.0, 0, 0), (3.0, 0, 0)])
    point = np.array([(1.0, 0, 0)])
    assert cell_distance(point, centres) == pytest.approx([1])
    assert cell_distance(point, centres, nth=2) == pytest.approx([2])


def test_the_food_families_have_eight_each() -> None:
    assert len(FAMILIES["sweet"]) == len(FAMILIES["savoury"]) == 8
    assert "donut" in FAMILIES["sweet"]
    assert "sandwich" in FAMILIES["savoury"]


@pytest.mark.parametrize("name", FOOD)
def test_a_model_stands_on_the_ground_and_measures_one(name: str) -> None:
    model = OBJECTS[name].build(np.random.default_rng(0))
    low, high = model.vertices.min(0), model.vertices.max(0)
    assert np.isfinite(model.vertices).all()
    assert low[2] == pytest.approx(0, abs=1e-9)
    assert (high - low).max() == pytest.approx(1)
    assert (low + high)[:2] == pytest.approx([0, 0], abs=1e-9)
    for part in model.parts:
        assert part.mesh.faces.max() < len(part.mesh.vertices) == len(part.mesh.colours)
        assert part.mesh.colours.min() >= 0
        assert part.mesh.colours.max() <= 1


@pytest.mark.parametrize("name", ["donut", "taco"])
def test_a_model_is_its_generators_own(name: str) -> None:
    first, again, other = (OBJECTS[name].build(np.random.default_rng(s)) for s in (4, 4, 5))
    assert np.array_equal(first.vertices, again.vertices)
    assert first.vertices.shape != other.vertices.shape or not np.allclose(
        first.vertices, other.vertices
    )


@pytest.mark.parametrize("view", [0, 1])
def test_a_view_is_framed(view: int) -> None:
    setting = stage("fried_egg", view)
    camera = setting.camera
    back = camera.origin - camera.target
    back /= np.linalg.norm(back)
    side = np.cross([0, 0, 1], back)
    side /= np.linalg.norm(side)
    up = np.cross(back, side)
    offset = setting.model.vertices - camera.origin
    depth = -offset @ back
    edge = np.tan(np.radians(FIELD_OF_VIEW / 2))
    seen = np.stack([offset @ side, offset @ up]) / depth / edge
    assert np.abs(seen).max() <= 1
    span = (seen.max(axis=1) - seen.min(axis=1)).max() / 2
    assert 0.58 <= span <= 0.84
    low, high = OBJECTS["fried_egg"].elevation
    assert low <= np.degrees(np.arcsin(back[2])) <= high


def test_views_differ_and_out_of_distribution_scenes_are_others() -> None:
    first, again, strange = stage("donut", 0), stage("donut", 0), stage("donut", 0, ood=True)
    assert np.array_equal(first.light, again.light)
    assert np.array_equal(first.model.vertices, again.model.vertices)
    assert not np.array_equal(first.top, strange.top)
    assert not np.allclose(first.camera.origin, strange.camera.origin)
    assert sum(not scene.ood for scene in SCENES) >= 5
    assert sum(scene.ood for scene in SCENES) >= 4


def test_a_rendered_view_is_repeatable_and_its_mask_is_where_the_object_is() -> None:
    pytest.importorskip("mitsuba")
    picture, mask = render("donut", 3, 40, 4)
    again, _ = render("donut", 3, 40, 4)
    assert picture.shape == (40, 40, 3)
    assert picture.dtype == np.uint8
    assert mask.shape == (40, 40)
    assert np.array_equal(picture, again)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    span = max(np.ptp(rows), np.ptp(columns)) + 1
    assert 0.55 <= span / 40 <= 0.87
    # The view has a pink icing on a plain pale ground: the mask tells the two apart.
    inside, outside = picture[mask].astype(float), picture[~mask].astype(float)
    assert inside.std() > 1.5 * outside.std()
