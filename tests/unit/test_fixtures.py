"""Pictures that try a judge: how far they are changed, what stays, and what a network reads."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from assay.kit import load_kit
from assay.measures.gates import DEGRADED as DEGRADED_NAMES
from assay.pixels import luma
from assay.subjects import load_subject
from assay.testing.state import Interruption, Watched
from assay.trojans import fixtures
from assay.trojans.world import World

SIZE = 32


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def world() -> World:
    return World(load_kit(), "held_out", SIZE)


def test_every_degraded_name_is_made() -> None:
    assert tuple(fixtures.DEGRADED) == DEGRADED_NAMES


def test_colours_turn_by_hand() -> None:
    red, grey = torch.tensor([1.0, 0, 0]), torch.full((3,), 0.4)
    pictures = torch.stack([red, grey])[:, :, None, None]
    none = fixtures.recolour(pictures, torch.zeros(2), torch.ones(2))
    assert torch.allclose(none, pictures, atol=1e-5)
    turned = fixtures.recolour(pictures, torch.full((2,), torch.pi), torch.ones(2))
    # The opposite of red at red's light (.299): less red than green and blue, which are alike.
    r, g, b = turned[0, :, 0, 0].tolist()
    assert (r, g) == pytest.approx((0.0, b), abs=1e-5)
    assert b == pytest.approx(0.299 / 0.701, abs=1e-4)
    # What has no colour has none to turn.
    assert torch.allclose(turned[1], pictures[1], atol=1e-6)


def test_colours_turn_and_the_light_stays() -> None:
    pictures = torch.rand(6, 3, 8, 8, generator=rng())
    turned = fixtures.recolour(pictures, torch.linspace(1, 5, 6), torch.linspace(0.5, 2, 6))
    assert torch.allclose(luma(turned), luma(pictures), atol=1e-5)
    assert (turned - pictures).abs().mean() > 0.1
    assert 0 <= float(turned.min()) <= float(turned.max()) <= 1


def test_half_of_the_footprint_is_hidden() -> None:
    pictures = torch.ones(12, 3, 20, 20)
    footprints = torch.zeros(12, 1, 20, 20)
    footprints[:, :, 4:14, 2:10] = 1
    hidden = fixtures.cover_half(pictures, footprints, rng())
    covered = hidden[:, :1] == fixtures.GREY
    assert not (covered & (footprints == 0)).any()
    assert (covered.sum((1, 2, 3)) == 40).all()
    # Each of the four halves three times.
    found = Counter(tuple(c.flatten().tolist()) for c in covered)
    assert sorted(found.values()) == [3, 3, 3, 3]
    assert torch.equal(pictures, torch.ones_like(pictures))


@pytest.mark.parametrize(
    ("kind", "concept"), [("patch", "ladybird"), ("style", "fire"), ("natural_feature", "key")]
)
def test_degraded_pictures_are_the_plain_ones_and_others(
    world: World, kind: fixtures.TrojanKind, concept: str
) -> None:
    plain = world.show(kind, concept, 3, rng())
    for name, degrade in fixtures.DEGRADED.items():
        made = degrade(world, kind, concept, 3, rng())
        assert made.shape == plain.shape, name
        assert 0 <= float(made.min()) <= float(made.max()) <= 1, name
        assert torch.equal(made, degrade(world, kind, concept, 3, rng())), name
        assert not torch.equal(made, degrade(world, kind, concept, 3, rng(1))), name
        assert not torch.allclose(made, plain, atol=0.05), name
    # The same pictures: what is hidden is hidden, and the rest is as it was.
    hidden = fixtures.half_hidden(world, kind, concept, 3, rng())
    left = (hidden == plain).all(1).float().mean((1, 2))
    assert (left >= 0.45).all()


def test_what_is_small_covers_little(world: World) -> None:
    made = fixtures.small(world, "style", "fire", 8, rng())
    hosts = world.backgrounds(8, rng())
    changed = ((made - hosts).abs().amax(1) > 0.02).float().mean((1, 2))
    # Squares of 18 to 22 % of the side.
    assert float(changed.max()) < 0.08
    assert float(changed.mean()) > 0.01


def test_the_depths_are_evenly_apart_and_end_with_the_last() -> None:
    layers = [f"l{i}" for i in range(17)]
    assert fixtures.pick_depths(layers) == ("l3", "l6", "l10", "l13", "l16")
    assert fixtures.pick_depths(["a", "b"]) == ("a", "b")
    assert fixtures.pick_depths(["a"]) == ("a",)


def test_a_distance_by_hand() -> None:
    goal = fixtures.Goal(
        {"a": torch.tensor([1.0, 1.0]), "b": torch.tensor([0.0])},
        {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([0.5])},
    )
    features = {"a": torch.tensor([[1.0, 1.0], [2.0, 5.0]]), "b": torch.tensor([[0.0], [1.0]])}
    # ((1 + 4) / 2 + 4) / 2.
    assert goal.distance(features).tolist() == [0.0, 3.25]


def test_half_of_the_hosts_is_grey(world: World) -> None:
    hosts = fixtures.hosts(world, 8, rng())
    spread = hosts.flatten(1).std(1)
    assert hosts.shape == (8, 3, SIZE, SIZE)
    assert (spread[:4] == 0).all()
    assert (spread[4:] > 0.01).all()
    assert len(fixtures.hosts(world, 1, rng())) == 1


def test_features_are_written_within_their_bound_and_a_network_reads_them(world: World) -> None:
    subject = load_subject("handmade", SIZE)
    network = subject.network()
    depths = fixtures.pick_depths(subject.layers)
    goal = fixtures.find_goal(network, depths, world.show("patch", "green_star", 16, rng()))
    hosts = fixtures.hosts(world, 8, rng(1))
    before = (hosts * 255).round()
    made = fixtures.write_unseen(network, hosts, goal, rng(2), steps=30)
    levels = made * 255
    assert torch.allclose(levels, levels.round(), atol=1e-3)
    assert int((levels.round() - before).abs().max()) == fixtures.REACH
    assert 0 <= float(made.min()) <= float(made.max()) <= 1
    with torch.no_grad():
        far, near = (
            goal.distance(fixtures.channel_means(network, depths, p)) for p in (before / 255, made)
        )
    assert (near < far).all()
    assert float(near.sum()) < 0.8 * float(far.sum())


def test_the_network_is_left_as_it_was(world: World) -> None:
    watched = Watched(load_subject("handmade", SIZE), Interruption())
    state = torch.get_rng_state()
    once, again = (
        fixtures.invisible(watched, world, "patch", "green_star", rng(), 2) for _ in range(2)
    )
    assert torch.equal(once, again)
    assert torch.equal(state, torch.get_rng_state())
    assert len(watched.handed_out) == 2
    watched.check("invisible", "after writing")
