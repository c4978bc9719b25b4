"""The embedding judge's parts, on pictures whose answer is known."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F

from assay.envelopes import PredictQuestion
from assay.judges import comparison
from assay.judges.comparison import (
    DIMMER,
    FAINT,
    UNRELATED_SHARE,
    VIEWS,
    WEAK,
    evidence,
    fit_level,
    likeness,
    look_at,
    scores,
    views,
)
from assay.judges.embedding import WINDOWS, Embedding
from assay.judges.eye import _pooled
from assay.judges.handcrafted import looks
from assay.pixels import blur
from assay.types import Images


def test_looks_are_the_whole_picture_and_its_parts_enlarged():
    pictures = torch.rand(2, 3, 40, 40)
    found = looks(pictures)
    assert found.shape == (2, 6, 3, 40, 40)
    assert torch.equal(found[:, 0], pictures)
    corner = F.interpolate(pictures[:, :, :24, :24], size=(40, 40), mode="bicubic")
    assert torch.allclose(found[:, 1], corner.clamp(0, 1), atol=1e-6)
    flat = torch.full((1, 3, 40, 40), 0.3)
    assert torch.allclose(looks(flat), torch.tensor(0.3), atol=1e-6)


def test_windows_tell_where_something_is():
    maps = torch.zeros(1, 1, 20, 20)
    maps[0, 0, :5, 15:] = 1
    found = _pooled(maps, WINDOWS, spread=True)
    assert found.shape == (1, 9 + 16, 2)
    # Of halves the upper right one, whose quarter is full; of quarters the last of the first row.
    halves, quarters = found[0, :9, 0], found[0, 9:, 0]
    assert int(halves.argmax()) == 2
    assert abs(float(halves[2]) - 0.25) < 1e-6
    assert quarters.tolist() == [0.0] * 3 + [1.0] + [0.0] * 12
    assert abs(float(found[0, 2, 1]) - (0.25 * 0.75) ** 0.5) < 1e-6


def test_what_a_network_sees_of_a_whole_picture_is_its_first_look():
    judge = Embedding()
    pictures = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    whole, looked = judge.features(pictures), judge.look(pictures)
    for depth in judge.depths:
        assert looked[depth].shape[:2] == (2, 26)
        assert torch.equal(looked[depth][:, 0], whole[depth])
    # What is in one corner is seen in that corner's windows above all.
    changed = pictures.clone()
    changed[:, :, :16, :16] = 1 - changed[:, :, :16, :16]
    moved = (judge.look(changed)["_blocks.6"] - looked["_blocks.6"])[0, 10:].norm(dim=1)
    assert int(moved.argmax()) == 0


def test_evidence_is_weak_until_it_is_more_than_all_unrelated_findings_reach():
    rng = torch.Generator().manual_seed(0)
    options = [torch.randn(24, 6, generator=rng) + 4 * axis for axis in torch.eye(6)[:2]]
    reference = torch.randn(200, 3, 6, generator=rng)
    level = fit_level(options, reference)
    said = level.score(reference)
    assert abs(float((said > 0).float().mean()) - (1 - UNRELATED_SHARE)) < 0.01
    reached = likeness(level.whitening, level.centres, reference)
    assert torch.equal(level.highest, reached.amax(0))
    assert bool((level.floor < level.highest).all())
    # At the highest of the reference itself only the weak part counts.
    best = WEAK * (level.highest - level.floor) / level.spread
    assert torch.allclose(said.amax(0), best, atol=1e-5)
    assert float(level.score(options[0].mean(0).expand(1, 1, 6))[0, 0]) > 3 * float(best[0])


def test_odds_grow_as_a_power_of_the_score():
    scores = torch.tensor([0.0, FAINT, 3 * FAINT, 9 * FAINT], dtype=torch.float64)
    assert torch.allclose(evidence(scores).exp(), torch.tensor([1.0, 2, 4, 10]).double())
    # Half the temperature squares the odds.
    for temperature, odds in ((1.0, 10 / 4), (0.5, (10 / 4) ** 2)):
        chances = (evidence(scores) / temperature).softmax(0)
        assert abs(float(chances[3] / chances[2]) - odds) < 1e-9


def test_views_are_the_picture_and_three_changed_ones():
    pictures = torch.rand(2, 3, 40, 40)
    found = views(pictures)
    assert found.shape == (2, len(VIEWS), 3, 40, 40)
    assert torch.equal(found[:, 0], pictures)
    assert torch.equal(found[:, 1, :, :, 0], pictures[:, :, :, -1])
    assert torch.allclose(found[:, 3], DIMMER * pictures)
    # A bar of 8 px at the middle is one of 6.4 px in the smaller view, and what was at the rim is
    # 4 px from it.
    bar = torch.zeros(1, 3, 40, 40)
    bar[:, :, :, 16:24] = 1
    assert abs(float(views(bar)[0, 2, 0, 20].sum()) - 6.4) < 0.3
    rim = torch.zeros(1, 3, 40, 40)
    rim[:, :, :, :4] = 1
    assert float(views(rim)[0, 2, 0, 20, 4]) > 0.9


def test_a_blur_keeps_the_mean_and_takes_the_grain():
    grain = torch.rand(1, 3, 64, 64)
    seen = blur(grain, 2.0)
    assert abs(float(seen.mean() - grain.mean())) < 0.01
    assert float(seen.std()) < 0.3 * float(grain.std())


def _question(pictures: torch.Tensor) -> PredictQuestion:
    return PredictQuestion(options=("first", "second"), exemplars=tuple(pictures))


def test_an_option_is_named_that_fills_one_corner_only(monkeypatch):
    """Features by hand: the mean colour. The prior is that of grey pictures."""
    judge = Embedding(depths=("colour",))

    def mean_colour(self, pictures):
        return {"colour": pictures.mean((2, 3))}

    rng = torch.Generator().manual_seed(0)
    noise = 0.05 * torch.rand(2, 8, 3, 20, 20, generator=rng)
    green, red = torch.tensor([0.1, 0.8, 0.1]), torch.tensor([0.8, 0.1, 0.1])
    exemplars = torch.stack([c.view(1, 3, 1, 1) + noise[i] for i, c in enumerate((green, red))])
    grey = 0.5 + 0.05 * torch.randn(32, 6, 3, generator=rng)
    monkeypatch.setattr(Embedding, "features", mean_colour)
    monkeypatch.setattr(
        Embedding,
        "look",
        lambda self, pictures: {"colour": looks(pictures).mean((3, 4))},
    )
    monkeypatch.setattr(comparison, "_LEVELS", {})
    picture = torch.full((1, 3, 20, 20), 0.5)
    picture[0, :, 8:, 8:] = green.view(3, 1, 1)
    found = scores(judge, _question(exemplars), look_at(judge, picture), {"colour": grey})
    assert found.shape == (1, len(VIEWS), 2)
    assert (found[0, :3, 0] > found[0, :3, 1] + 1).all()


class LeftEdge:
    """Features by hand: the mean colour of the leftmost tenth. The prior is that of greys."""

    temperature = 0.05
    reference_size = 20
    reference_name = "by hand"
    levels = ("colour",)

    def features(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"colour": pictures[..., : pictures.shape[-1] // 10].mean((2, 3))}

    def look(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"colour": looks(pictures)[..., : pictures.shape[-1] // 10].mean((3, 4))}


def test_an_answer_that_hangs_on_a_view_has_moved(monkeypatch):
    rng = torch.Generator().manual_seed(0)
    greys = {"colour": 0.5 + 0.05 * torch.randn(32, 6, 3, generator=rng)}
    monkeypatch.setattr(comparison, "_LEVELS", {})
    monkeypatch.setattr(comparison, "_reference", lambda path: greys)
    green, red = torch.tensor([0.1, 0.8, 0.1]), torch.tensor([0.8, 0.1, 0.1])
    noise = 0.05 * torch.rand(2, 8, 3, 20, 20, generator=rng)
    question = _question(torch.stack([c.view(1, 3, 1, 1) + noise[0] for c in (green, red)]))

    def moved(picture: torch.Tensor) -> float:
        finding = Images(picture, (0.0,), (0,))
        return comparison.compare(LeftEdge(), question, finding).measured["moved"]

    everywhere = green.view(1, 3, 1, 1).expand(1, 3, 20, 20).clone()
    assert moved(everywhere) < 0.1
    left = torch.full((1, 3, 20, 20), 0.5)
    left[..., :3] = green.view(3, 1, 1)
    # Green for certain as it is, and nothing at all in the mirror: 1 against a half.
    assert abs(moved(left) - 0.5) < 0.1


class Counting(LeftEdge):
    """Counts the pictures that it looks at."""

    def __init__(self) -> None:
        self.seen = 0

    def look(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        self.seen += len(pictures)
        return super().look(pictures)


def test_a_finding_is_looked_at_once_for_all_questions(monkeypatch):
    monkeypatch.setattr(comparison, "_LOOKS", OrderedDict())
    judge = Counting()
    first, second = torch.rand(2, 3, 3, 20, 20).unbind(0)
    looked = look_at(judge, first)
    assert judge.seen == 3 * len(VIEWS)
    assert look_at(judge, first.clone()) is looked
    assert judge.seen == 3 * len(VIEWS)
    # Other pictures, and the same ones for another judge, are looked at.
    look_at(judge, second)
    assert judge.seen == 6 * len(VIEWS)
    other = Counting()
    look_at(other, first)
    assert other.seen == 3 * len(VIEWS)


def test_no_more_looks_are_kept_than_fit(monkeypatch):
    monkeypatch.setattr(comparison, "_LOOKS", OrderedDict())
    judge = Counting()
    pictures = torch.rand(3, 1, 3, 20, 20)
    size = comparison._size(look_at(judge, pictures[0]))
    monkeypatch.setattr(comparison, "_LOOKS_BYTES", 2 * size)
    for shown in pictures:
        look_at(judge, shown)
    assert len(comparison._LOOKS) == 2
    look_at(judge, pictures[0])
    assert judge.seen == 4 * len(VIEWS)
