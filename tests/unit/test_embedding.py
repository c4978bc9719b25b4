"""The embedding judge's parts, on pictures whose answer is known."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from assay.envelopes import PredictQuestion
from assay.judges import comparison
from assay.judges.comparison import (
    DIMMER,
    LOOKS,
    VIEWS,
    look_at,
    looks,
    scores,
    views,
)
from assay.judges.embedding import Embedding
from assay.pixels import blur
from assay.types import Images


def test_looks_are_the_whole_picture_and_its_parts_enlarged():
    pictures = torch.rand(2, 3, 40, 40)
    found = looks(pictures)
    assert found.shape == (2, LOOKS, 3, 40, 40)
    assert torch.equal(found[:, 0], pictures)
    corner = F.interpolate(pictures[:, :, :24, :24], size=(40, 40), mode="bicubic")
    assert torch.allclose(found[:, 1], corner.clamp(0, 1), atol=1e-6)
    flat = torch.full((1, 3, 40, 40), 0.3)
    assert torch.allclose(looks(flat), torch.tensor(0.3), atol=1e-6)


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
    grey = 0.5 + 0.05 * torch.randn(32, LOOKS, 3, generator=rng)
    monkeypatch.setattr(Embedding, "features", mean_colour)
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


def test_an_answer_that_hangs_on_a_view_has_moved(monkeypatch):
    rng = torch.Generator().manual_seed(0)
    greys = {"colour": 0.5 + 0.05 * torch.randn(32, LOOKS, 3, generator=rng)}
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
