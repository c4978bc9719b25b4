"""The source objects and the second set's objects: their geometry, their names, their classes."""

from importlib.resources import files

import numpy as np
import pytest

from assay.kit.objects import (
    models_balls,
    models_household,
    models_sources,
    models_sources_nature,
    models_toys,
)
from assay.kit.objects.model import ObjectModel

SOURCES = (*models_balls.MODELS, *models_sources.MODELS, *models_sources_nature.MODELS)
SECOND = (*models_household.MODELS, *models_toys.MODELS)


def _ids(model: ObjectModel) -> str:
    return model.name


@pytest.mark.parametrize("kind", [*SOURCES, *SECOND], ids=_ids)
def test_stands_on_the_ground_at_unit_size_with_valid_faces_and_colours(kind: ObjectModel) -> None:
    model = kind.build(np.random.default_rng(3))
    low, high = model.vertices.min(0), model.vertices.max(0)
    assert low[2] == pytest.approx(0, abs=1e-6)
    assert 0.95 <= (high - low).max() <= 1.05
    for part in model.parts:
        assert np.isfinite(part.mesh.vertices).all()
        assert part.mesh.faces.min() >= 0
        assert part.mesh.faces.max() < len(part.mesh.vertices)
        assert part.mesh.colours.shape == part.mesh.vertices.shape
        assert part.mesh.colours.min() >= 0
        assert part.mesh.colours.max() <= 1


@pytest.mark.parametrize("kind", SECOND, ids=_ids)
def test_the_generator_alone_decides_and_examples_differ(kind: ObjectModel) -> None:
    first, again, other = (kind.build(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert all(
        np.array_equal(a.mesh.vertices, b.mesh.vertices)
        and np.array_equal(a.mesh.colours, b.mesh.colours)
        for a, b in zip(first.parts, again.parts, strict=True)
    )
    colours = [np.concatenate([p.mesh.colours for p in m.parts]) for m in (first, other)]
    assert colours[0].shape != colours[1].shape or not np.array_equal(colours[0], colours[1])


def test_families_are_eight_strong_and_no_name_or_word_is_used_twice() -> None:
    assert [len(models_household.MODELS), len(models_toys.MODELS)] == [8, 8]
    assert {m.family for m in models_household.MODELS} == {"household"}
    assert {m.family for m in models_toys.MODELS} == {"toys"}
    for field in ("name", "words"):
        values = [getattr(model, field) for model in (*SOURCES, *SECOND)]
        assert len(set(values)) == len(values)


def test_only_sources_stand_for_classes_and_the_numbers_are_those_of_the_list() -> None:
    lines = files("assay.subjects").joinpath("imagenet_classes.txt").read_text().splitlines()
    names = {
        model.name: lines[model.imagenet_class]
        for model in SOURCES
        if model.imagenet_class is not None
    }
    assert len(names) == len(SOURCES)
    differing = {"jack_o_lantern": "jack-o'-lantern"}
    for name, line in names.items():
        assert line == differing.get(name, name.replace("_", " "))
    assert all(model.imagenet_class is None for model in SECOND)


def test_a_soccer_ball_shows_its_pentagons_in_their_share_of_the_surface() -> None:
    mesh = models_balls.soccer_ball(np.random.default_rng(0)).parts[0].mesh
    black = (mesh.colours.max(axis=1) < 0.3).mean()
    # Twelve pentagons with edge 1 have 20.6 of 72.6 units of surface, which is .28.
    assert 0.24 < black < 0.32


def test_opposite_sides_of_a_die_add_up_to_seven() -> None:
    pip = (0.0, 0.0, 0.0)
    mesh = models_toys._die(np.array([1.0, 1.0, 1.0]), pip)
    counts = []
    for axis in range(3):
        for sign in (-1, 1):
            side = sign * mesh.vertices[:, axis] > 0.2
            counts.append(float((1 - mesh.colours[side]).mean(axis=1).sum()))
    one = counts[0]
    pairs = [(counts[k] + counts[k + 1]) / one for k in (0, 2, 4)]
    assert pairs == pytest.approx([7, 7, 7], rel=0.06)
