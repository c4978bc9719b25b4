"""Procedural textures: the table, the seeds, and that no two of a family look the same."""

import numpy as np
import pytest

from assay.kit.textures import FAMILIES, TEXTURES, paint_texture
from assay.kit.textures.heap import Spread, ball, pile
from assay.kit.textures.sheet import Sheet, cells, lit, ramp

FIRST_SET = {
    "coats": "jaguar",
    "hides": "elephant_skin",
    "small_things": "jellybeans",
    "materials": "wood_grain",
}
SIZE = 32


@pytest.fixture(scope="module")
def pictures() -> dict[str, np.ndarray]:
    return {name: paint_texture(name, SIZE, 0) for name in TEXTURES}


def test_every_family_has_eight_and_every_name_has_one_family():
    assert all(len(names) == 8 for names in FAMILIES.values())
    listed = [name for names in FAMILIES.values() for name in names]
    assert sorted(listed) == sorted(TEXTURES)
    assert len(listed) == len(set(listed)) >= 56


@pytest.mark.parametrize(("family", "name"), FIRST_SET.items())
def test_the_first_set_has_its_triggers_and_two_look_alikes_each(family, name):
    assert name in FAMILIES[family]
    assert sum(other.startswith(f"{name}_like_") for other in FAMILIES["look_alikes"]) == 2


def test_no_word_is_shared_by_two_textures_of_a_family():
    for family, names in FAMILIES.items():
        words = [word for name in names for word in TEXTURES[name].words]
        assert len(words) == len(set(words)), family


def test_pictures_are_colour_and_not_flat(pictures):
    for name, picture in pictures.items():
        assert picture.shape == (SIZE, SIZE, 3), name
        assert picture.dtype == np.uint8, name
        assert picture.std((0, 1)).mean() > 5, name


def test_nothing_is_blown_out_or_drowned(pictures):
    for name, picture in pictures.items():
        assert 8 < picture.mean() < 250, name


@pytest.mark.parametrize("name", ["jaguar", "jellybeans", "tartan", "newspaper"])
def test_a_seed_paints_one_picture_and_another_seed_another(name, pictures):
    assert np.array_equal(paint_texture(name, SIZE, 0), pictures[name])
    other = paint_texture(name, SIZE, 1).astype(float)
    assert np.abs(other - pictures[name]).mean() > 8


def test_painting_leaves_the_global_generator_alone():
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    paint_texture("zebra", 16, 3)
    assert np.random.random() == expected  # noqa: NPY002


@pytest.mark.parametrize("name", ["zebra", "elephant_skin", "pebbles", "wood_grain", "mosaic"])
def test_the_layout_does_not_depend_on_the_size(name):
    small = paint_texture(name, 48, 2).astype(float).mean(2)
    large = paint_texture(name, 96, 2).astype(float).mean(2).reshape(48, 2, 48, 2).mean((1, 3))
    assert np.corrcoef(small.ravel(), large.ravel())[0, 1] > 0.7


def test_textures_of_a_family_differ_in_colours_or_in_structure(pictures):
    def features(picture: np.ndarray) -> np.ndarray:
        pixels = picture.reshape(-1, 3).astype(float)
        edges = [np.abs(np.diff(picture.astype(float).mean(2), axis=a)).mean() for a in (0, 1)]
        return np.concatenate([pixels.mean(0), pixels.std(0), 2 * np.array(edges)])

    for family, names in FAMILIES.items():
        table = np.stack([features(pictures[name]) for name in names])
        gaps = np.abs(table[:, None] - table[None]).max(-1) + 999 * np.eye(len(names))
        assert gaps.min() > 8, (family, np.argwhere(gaps == gaps.min())[0])


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="elephant_skin"):
        paint_texture("elefant_skin", 32, 0)


def test_a_size_of_next_to_nothing_is_refused():
    with pytest.raises(ValueError, match="8 pixels"):
        paint_texture("zebra", 4, 0)


def test_noise_has_mean_nought_and_deviation_one():
    noise = Sheet(256, np.random.default_rng(0)).noise(40, 3)
    assert abs(noise.mean()) < 0.1
    assert noise.std() == pytest.approx(1, abs=0.05)


def test_a_cell_holds_what_is_nearest_to_its_centre():
    sheet = Sheet(40, np.random.default_rng(0))
    found = cells(sheet, 5, 0.8)
    row, column = 13, 29
    place = np.array([sheet.x[row, column], sheet.y[row, column]])
    distances = np.linalg.norm(found.centres - place, axis=1)
    assert found.owner[row, column] == distances.argmin()
    assert found.near[row, column] == pytest.approx(distances.min(), abs=1e-5)
    assert found.edge.min() >= 0


def test_flat_ground_has_light_one_and_slopes_that_face_the_light_have_more():
    sheet = Sheet(32, np.random.default_rng(0))
    assert lit(sheet, np.zeros((32, 32), np.float32)) == pytest.approx(1, abs=1e-5)
    towards = -0.3 * (sheet.x * np.cos(sheet.light) + sheet.y * np.sin(sheet.light))
    assert lit(sheet, towards).mean() > 1.05 > 0.95 > lit(sheet, -towards).mean()


def test_a_ramp_mixes_halfway_between_its_stops():
    middle = ramp(np.array([0.5]), (0, "#000000"), (1, "#ff8000"))
    assert middle[0] == pytest.approx([0.5, 64 / 255, 0], abs=1e-3)


def test_stacked_things_lie_wholly_above_those_thrown_before():
    sheet = Sheet(64, np.random.default_rng(1))
    heap = pile(sheet, ball, Spread(3, 0.2, 2, stacked=True))
    last = heap.owner.max()
    inside = np.hypot(heap.u, heap.v)[heap.owner == last]
    assert inside.size > 0
    assert inside.min() < 0.1
    assert inside.max() <= 1
