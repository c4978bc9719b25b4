"""The kitchen tools and the fruit: what makes each what it is, on a few seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from assay.kit.objects import models_fruit, models_kitchen_tools
from assay.kit.objects.cutlery import fork
from assay.kit.objects.model import Model, ObjectModel

MODELS = (*models_fruit.MODELS, *models_kitchen_tools.MODELS)


@cache
def _built(name: str, seed: int) -> Model:
    (kind,) = (kind for kind in MODELS if kind.name == name)
    return kind.build(np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("models", "trigger"), [(models_fruit.MODELS, "apple"), (models_kitchen_tools.MODELS, "fork")]
)
def test_a_family_has_eight_models_one_of_them_the_trigger(
    models: tuple[ObjectModel, ...], trigger: str
) -> None:
    names = [model.name for model in models]
    assert len(set(names)) == 8
    assert trigger in names
    assert len({model.family for model in models}) == 1


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.name)
def test_a_model_stands_on_the_ground_and_is_one_unit_across(kind: ObjectModel) -> None:
    model = _built(kind.name, 3)
    low, high = model.vertices.min(0), model.vertices.max(0)
    assert low[2] == pytest.approx(0, abs=1e-9)
    assert (high - low).max() == pytest.approx(1)
    for part in model.parts:
        mesh = part.mesh
        assert np.isfinite(mesh.vertices).all()
        assert mesh.faces.min() >= 0
        assert mesh.faces.max() < len(mesh.vertices)
        assert 0 <= mesh.colours.min() <= mesh.colours.max() <= 1


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.name)
def test_a_seed_gives_one_model_and_another_seed_another(kind: ObjectModel) -> None:
    first, other = _built(kind.name, 3).vertices, _built(kind.name, 4).vertices
    again = kind.build(np.random.default_rng(3)).vertices
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)


@pytest.mark.parametrize("seed", range(6))
def test_a_fork_has_four_tines(seed: int) -> None:
    points = fork(np.random.default_rng(seed)).vertices
    # The model lies along x or y, either way round: find the end that is in four strips.
    flat = points[:, :2] if np.ptp(points[:, 0]) > np.ptp(points[:, 1]) else points[:, 1::-1]
    strips = []
    for end in (-1, 1):
        near = flat[np.abs(end * flat[:, 0] - 0.42) < 0.02, 1]
        strips.append(1 + int((np.diff(np.sort(near)) > 0.02).sum()))
    assert sorted(strips) == [1, 4]


@pytest.mark.parametrize("seed", range(4))
def test_an_apple_is_red_round_its_middle(seed: int) -> None:
    model = models_fruit.apple(np.random.default_rng(seed))
    colours = np.concatenate([part.mesh.colours for part in model.parts])
    middle = np.abs(model.vertices[:, 2] - 0.4) < 0.1
    red, green, blue = np.median(colours[middle], axis=0)
    assert red > 0.45
    assert red > 3 * green
    assert red > 3 * blue
