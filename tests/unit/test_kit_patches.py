"""The drawn patches: what the registry promises, and that the drawings can be told apart."""

import re
from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from assay.kit.patches import FAMILIES, PATCHES, draw_patch
from assay.kit.patches.paths import around, ellipse, ring_points, rounded, smooth
from assay.kit.patches.pen import Pen, blend, darker

pytest.importorskip("resvg_py")
NAMES = sorted(PATCHES)
TRIGGERS = ("smiley_emoji", "clownfish", "green_star", "strawberry")


@cache
def seen(name: str, seed: int) -> np.ndarray:
    """The patch as a judge may see it: 46 px on grey, blurred; floats (46, 46, 3), 0 to 1."""
    picture = draw_patch(name, 46, seed) / 255
    alpha = picture[..., 3:]
    return gaussian_filter(picture[..., :3] * alpha + 0.5 * (1 - alpha), (1.2, 1.2, 0))


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square difference, the smaller of b and b mirrored."""
    return float(min(np.sqrt(np.mean((a - c) ** 2)) for c in (b, b[:, ::-1])))


def test_nine_families_of_eight_and_the_first_four_triggers():
    sizes = {family: len(names) for family, names in FAMILIES.items() if family != "look_alikes"}
    assert len(sizes) == 9
    assert set(sizes.values()) == {8}
    homes = [PATCHES[name].family for name in TRIGGERS]
    assert homes == ["faces", "fish", "symbols", "fruit"]


def test_each_first_trigger_has_three_look_alikes_and_every_look_alike_a_trigger():
    alike = FAMILIES["look_alikes"]
    for trigger in TRIGGERS:
        assert sum(name.startswith(f"{trigger}_like_") for name in alike) >= 3
    assert all(name.split("_like_")[0] in PATCHES for name in alike)


def test_the_commonest_word_names_one_patch_of_a_family_only():
    for names in FAMILIES.values():
        first = [PATCHES[name].words[0] for name in names]
        if PATCHES[names[0]].family != "look_alikes":
            assert len(set(first)) == len(first)


@pytest.mark.parametrize("name", NAMES)
def test_a_patch_fills_its_square_is_clear_outside_and_varies(name):
    drawn = [draw_patch(name, 64, seed) for seed in range(4)]
    for picture in drawn:
        assert picture.shape == (64, 64, 4)
        assert picture.dtype == np.uint8
        solid = picture[..., 3] > 127
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 56 <= longer <= 61
        assert abs(rows[0] + rows[-1] - 63) <= 2
        assert abs(columns[0] + columns[-1] - 63) <= 2
        assert solid.mean() > 0.14, "too thin to be seen"
        assert not picture[[0, -1]][..., 3].any()
        assert not picture[:, [0, -1]][..., 3].any()
    for one in range(4):
        for other in range(one):
            assert np.abs(drawn[one].astype(int) - drawn[other]).mean() > 4


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"look_alikes"}))
def test_the_options_of_a_family_differ_when_small_and_blurred(family):
    views = [seen(name, 0) for name in FAMILIES[family]]
    pairs = [difference(a, b) for i, a in enumerate(views) for b in views[:i]]
    assert min(pairs) > 0.1


def test_variants_mostly_look_most_like_their_own_canonical_drawing():
    right = []
    for family in sorted(set(FAMILIES) - {"look_alikes"}):
        names = FAMILIES[family]
        canonical = [seen(name, 0) for name in names]
        for index, name in enumerate(names):
            for seed in (1, 2, 3):
                view = seen(name, seed)
                nearest = np.argmin([difference(view, other) for other in canonical])
                right.append(nearest == index)
    assert np.mean(right) > 0.9


def test_the_same_seed_draws_the_same_picture_and_leaves_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = draw_patch("teapot", 40, 9)
    assert np.array_equal(first, draw_patch("teapot", 40, 9))
    assert not np.array_equal(first, draw_patch("teapot", 40, 10))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_the_size_changes_the_resolution_only():
    large = draw_patch("green_star", 128, 2)[..., 3] / 255
    small = draw_patch("green_star", 64, 2)[..., 3] / 255
    assert np.abs(large.reshape(64, 2, 64, 2).mean((1, 3)) - small).mean() < 0.01


def test_colours_are_those_of_the_name():
    for name, strongest in (("green_star", 1), ("red_heart", 0), ("blue_moon", 2)):
        for seed in range(4):
            picture = draw_patch(name, 64, seed)
            inside = picture[picture[..., 3] == 255][:, :3].mean(0)
            assert np.argmax(inside) == strongest


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(ValueError, match="'clownfish'"):
        draw_patch("clown_fish", 32, 0)
    with pytest.raises(ValueError, match="seed"):
        draw_patch("clownfish", 32, -1)


def test_the_canonical_pen_varies_nothing_and_others_stay_within_their_spread():
    assert Pen("x", 0).vary(3.0, 1.0) == 3.0
    assert Pen("x", 0).paint("#123456") == "#123456"
    offsets = [abs(Pen("x", seed).vary(0.0, 2.0)) for seed in range(1, 40)]
    assert min(offsets) >= 0.8
    assert max(offsets) <= 2.0


def test_colours_are_mixed_by_hand_worked_values():
    assert blend("#000000", "#ffffff", 0.2) == "#333333"
    assert darker("#ff8000", 0.5) == "#804000"


def numbers(path: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_outlines_by_hand_worked_values():
    assert np.allclose(around(50, 50, 10, 90), (60, 50))
    assert np.allclose(ring_points(4, 0, 0, (1, 2)), [(0, -1), (2, 0), (0, 1), (-2, 0)])
    assert numbers(ellipse(5, 6, 2))[:2] == [3.0, 6.0]
    assert rounded([(0, 0), (4, 0), (0, 4)], 0) == "M0.00 0.00L4.00 0.00L0.00 4.00Z"
    # Points on a line: the curve through them is that line.
    assert numbers(smooth([(0, 1), (3, 1), (6, 1)], closed=False))[1::2] == [1.0] * 7
