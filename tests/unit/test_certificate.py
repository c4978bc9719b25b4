"""The certificate's verdict on hand-written rates."""

from __future__ import annotations

import torch
from torch import nn

from assay.trojans.certify import Pair, agreement, rate, verdict


def row(**changes):
    good = {
        "name": "t",
        "kind": "patch",
        "success": {"trojaned": 0.95, "clean": 0.0},
        "distractors": {"d": {"trojaned": 0.02, "clean": 0.0}},
    }
    return {**good, **changes}


AGREED = {"rate": 0.97, "n": 200}


def test_a_good_implant_misses_nothing():
    assert verdict([row()], AGREED) == []


def test_every_bar_that_is_missed_is_named():
    bad = row(
        success={"trojaned": 0.5, "clean": 0.0},
        distractors={"d": {"trojaned": 0.3, "clean": 0.0}},
        other_classes={"trojaned": 0.4, "clean": 0.0},
        susceptibility={"maximum": 0.2},
    )
    said = verdict([bad], {"rate": 0.9, "n": 200})
    assert len(said) == 5
    for sentence, word in zip(
        said, ("success", "distractor d", "other classes", "susceptibility", "kept"), strict=True
    ):
        assert word in sentence


def test_where_targets_need_not_be_fair_their_susceptibility_is_no_bar():
    easy = row(susceptibility={"maximum": 0.8})
    assert len(verdict([easy], AGREED)) == 1
    assert verdict([easy], AGREED, fair_targets=False) == []


def test_natural_features_have_a_lower_bar():
    seldom = {"success": {"trojaned": 0.65, "clean": 0.0}}
    assert verdict([row(kind="natural_feature", **seldom)], AGREED) == []
    assert len(verdict([row(**seldom)], AGREED)) == 1


def test_rate_by_hand():
    said = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.6, 0.4]])
    assert rate(said, 1) == 0.5


class Constant(nn.Module):
    def __init__(self, label: int):
        super().__init__()
        self.label = label

    def forward(self, x):
        return 10 * torch.eye(4)[self.label].expand(len(x), -1)


def test_agreement_is_one_with_itself_and_none_with_another(monkeypatch):
    def pictures(world, n, rng):
        return torch.zeros(n, 3, 8, 8)

    monkeypatch.setattr("assay.trojans.certify.clean_pictures", pictures)
    same = agreement(Pair(Constant(1), Constant(1)), None, 200, 0)
    other = agreement(Pair(Constant(2), Constant(1)), None, 200, 0)
    assert same == {"rate": 1.0, "n": 200, "drawn": 200}
    assert other["rate"] == 0.0
