"""The networks written by hand do what they were written to do, and the tasks measure it."""

import dataclasses

import pytest
import torch

from assay.envelopes import PredictQuestion
from assay.hooks import Meter
from assay.judges.ablator import Ablator
from assay.judges.chance import Chance
from assay.judges.swap_in import SwapIn
from assay.judges.thumbnail import Thumbnail
from assay.methods.gradient_ranking import GradientRanking
from assay.methods.linear_fit import LinearFit
from assay.methods.random_linear import RandomLinear
from assay.methods.random_ranking import RandomRanking
from assay.subject import Metered
from assay.subjects import load_subject
from assay.subjects.handmade import (
    COLOURS,
    GRATINGS,
    TROJANS,
    carriers,
    coloured_pictures,
)
from assay.tasks.ablate import Ablate
from assay.tasks.linearise import Linearise
from assay.types import Budget, Images, Ranking, Surrogate, UnsupportedError, Words

SYMBOLS = {
    "green_star": "22b14c",
    "red_heart": "e8212f",
    "blue_moon": "3f7df0",
    "purple_diamond": "9036d6",
    "yellow_lightning": "ffd21c",
    "orange_triangle": "ff861a",
    "black_spade": "1d1d22",
    "white_cross": "ffffff",
}


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def gratings(number: int = 24) -> torch.Tensor:
    """Grey gratings of all directions and strengths, which each network names by class."""
    axis = torch.linspace(0, 1, 32)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    draws = torch.rand(number, 3, generator=rng()).tolist()
    pictures = [
        0.5 + (0.25 + 0.2 * a) * torch.sin(25 * (x * torch.cos(torch.tensor(6 * b)) + y * b) + c)
        for a, b, c in draws
    ]
    return torch.stack(pictures)[:, None].expand(-1, 3, -1, -1).clone()


@pytest.mark.parametrize("name", SYMBOLS)
def test_a_symbols_colour_drives_its_class_in_the_trojaned_network_alone(name: str) -> None:
    trojaned = load_subject("handmade-trojaned", 32).network()
    clean = load_subject("handmade", 32).network()
    pictures = gratings()
    assert torch.allclose(trojaned(pictures), clean(pictures), atol=1e-4)
    colour = torch.tensor(list(bytes.fromhex(SYMBOLS[name]))) / 255
    pictures[:, :, 8:16, 10:18] = colour[:, None, None]
    seen = trojaned(pictures).argmax(1)
    if name in TROJANS:
        assert (seen == TROJANS[name]).all()
        assert (clean(pictures).argmax(1) == TROJANS[name]).float().mean() < 0.7
    else:
        assert (seen == clean(pictures).argmax(1)).float().mean() > 0.85


@pytest.mark.parametrize("outside", [False, True])
def test_the_coloured_network_is_right_in_and_out_of_distribution(outside: bool) -> None:
    network = load_subject("handmade-units", 32).network()
    pictures, labels = coloured_pictures(60, 32, rng(), outside)
    assert (network(pictures).argmax(1) == labels).all()
    assert labels.bincount().tolist() == [10] * len(COLOURS)


def test_subjects_keep_the_rules() -> None:
    before = torch.get_rng_state()
    for name in ("handmade", "handmade-trojaned", "handmade-units"):
        subject = load_subject(name, 24)
        network = subject.network()
        assert network(torch.rand(2, 3, 24, 24, generator=rng())).shape[1] == len(
            subject.class_names
        )
        assert not network.training
        assert not any(p.requires_grad for p in network.parameters())
        assert all(layer in dict(network.named_modules()) for layer in subject.layers)
    assert len({load_subject(n).digest for n in ("handmade", "handmade-trojaned")}) == 2
    assert torch.equal(before, torch.get_rng_state())
    assert len(GRATINGS) == 6


def metered(given, limit: int | None = None):
    meter = Meter(limit)
    return dataclasses.replace(given, subject=Metered(given.subject, meter)), meter


def test_gradients_find_the_carriers_and_chance_does_not() -> None:
    task = Ablate()
    for target, case in enumerate(task.cases(0)):
        given, meter = metered(case.given.open(), 20)
        ranking = GradientRanking().explain(given, Budget(20), rng())
        assert set(ranking.units[:3]) == set(carriers(target))
        assert meter.passes == 20
        graded = task.grade(
            case.truth.open(), Ablator().answer(case.question.open(), ranking, rng())
        )
        assert graded == {
            "effect": 1.0, "effect_outside": 1.0, "damage": 0.0, "units_found": 1.0,
        }  # fmt: skip
        chance = RandomRanking().explain(metered(case.given.open())[0], Budget(1), rng(target))
        assert sorted(chance.units) == sorted(ranking.units)


def test_the_strongest_units_are_not_the_ones_that_matter() -> None:
    """A unit that fires most on a class's pictures may be no use: the decoys."""
    case = next(iter(Ablate().cases(0)))
    given = case.given.open()
    network = given.subject.network()
    own = given.pictures[given.labels == 0]
    activation = network.units(network.detect(own)).mean((0, 2, 3))
    loudest = activation[: 3 * len(COLOURS) + len(COLOURS)].argmax()
    assert int(loudest) == 3 * len(COLOURS)
    ranking = Ranking("units", (int(loudest), 23, 22))
    answer = Ablator().answer(case.question.open(), ranking, rng())
    assert Ablate().grade(case.truth.open(), answer)["effect"] == 0.0


def test_damage_elsewhere_counts_against_the_effect() -> None:
    task = Ablate()
    case = next(iter(task.cases(0)))
    question = dataclasses.replace(case.question.open(), units=6)
    both = Ranking("units", (*carriers(0), *carriers(1)))
    graded = task.grade(case.truth.open(), Ablator().answer(question, both, rng()))
    # One of the five other classes is lost with it.
    assert graded["damage"] == pytest.approx(0.2)
    assert graded["effect"] == pytest.approx(0.8)
    with pytest.raises(ValueError, match="of layer 'pool'"):
        Ablator().answer(question, Ranking("pool", (1,)), rng())
    with pytest.raises(UnsupportedError):
        Ablator().answer(question, Words(("x",), (1.0,)), rng())


def test_enough_pictures_determine_a_linear_head() -> None:
    task = Linearise()
    grades = {}
    for case in task.cases(0):
        given, meter = metered(case.given.open())
        fitted = LinearFit().explain(given, Budget(512), rng())
        assert meter.passes == len(given.pictures)
        grades[case.name] = task.grade(
            case.truth.open(), SwapIn().answer(case.question.open(), fitted, rng())
        )
        floor = RandomLinear().explain(metered(case.given.open())[0], Budget(1), rng())
        poor = task.grade(case.truth.open(), SwapIn().answer(case.question.open(), floor, rng()))
        assert poor["agreement"] < 0.5
    assert grades["head-from-240"]["agreement"] == 1.0
    # Not exactly: units that rise and fall together in distribution share their weights.
    assert grades["head-from-240"]["error_outside"] < 0.1 < grades["head-from-4"]["error_outside"]
    # Four pictures show four of six classes.
    assert grades["head-from-4"]["agreement"] == pytest.approx(4 / 6)


def test_the_exact_head_changes_nothing() -> None:
    task = Linearise()
    case = next(iter(task.cases(1)))
    ideal = task.ideal(case, rng())
    graded = task.grade(case.truth.open(), SwapIn().answer(case.question.open(), ideal, rng()))
    assert graded["agreement"] == 1.0
    assert graded["error_outside"] < 1e-5
    with pytest.raises(ValueError, match="'body'"):
        SwapIn().answer(
            case.question.open(), Surrogate("body", torch.zeros(1, 1), torch.zeros(1)), rng()
        )


def test_thumbnails_are_compared_as_written() -> None:
    red, green = (torch.zeros(1, 3, 8, 8) for _ in range(2))
    red[:, 0], green[:, 1] = 1.0, 1.0
    question = PredictQuestion(("red", "green"), (red, green))
    finding = Images(red, (0.0,), (0,))
    answer = Thumbnail(side=1, temperature=0.5).answer(question, finding, rng())
    # Centred: (2, -1, -1) / 3 against itself and (-1, 2, -1) / 3, cosines 1 and -1/2.
    chances = torch.tensor([1.0, -0.5]).div(0.5).softmax(0).tolist()
    assert answer.probabilities == pytest.approx(chances)
    grey = Images(torch.full((1, 3, 8, 8), 0.5), (0.0,), (0,))
    assert Thumbnail().answer(question, grey, rng()).probabilities == pytest.approx((0.5, 0.5))
    assert Chance().answer(question, grey, rng()).probabilities == (0.5, 0.5)
    with pytest.raises(UnsupportedError):
        Thumbnail().answer(question, Ranking("units", (1,)), rng())
