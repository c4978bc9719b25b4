"""Small contents of every envelope, on networks written by hand, for checks without a task."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from assay.envelopes import (
    ControlGiven,
    ControlQuestion,
    PredictGiven,
    PredictQuestion,
    ReplaceGiven,
    ReplaceQuestion,
)
from assay.plugins import Family
from assay.subjects.handmade import Handmade, coloured_pictures
from assay.types import Finding, Images, Ranking, Surrogate

OPTIONS: dict[str, tuple[float, float, float]] = {
    "green": (0.1, 0.8, 0.2),
    "red": (0.9, 0.1, 0.1),
    "blue": (0.1, 0.2, 0.9),
    "purple": (0.6, 0.1, 0.8),
    "yellow": (0.9, 0.8, 0.1),
    "orange": (0.9, 0.5, 0.1),
    "turquoise": (0.1, 0.8, 0.8),
    "brown": (0.5, 0.3, 0.1),
}
LAYER, UNITS = "units", 27


def sample_given(family: Family, size: int = 32, seed: int = 0) -> Any:
    """What a tool of that family gets: a hand-written network and twelve pictures of `size` px."""
    rng = torch.Generator().manual_seed(seed)
    pictures, labels = coloured_pictures(12, size, rng)
    if family == "predict":
        return PredictGiven(Handmade("handmade-trojaned", size), 0, None, pictures, 2)
    subject = Handmade("handmade-units", size)
    if family == "control":
        return ControlGiven(subject, 1, LAYER, pictures, labels)
    return ReplaceGiven(subject, subject.head, pictures)


def sample_question(family: Family, size: int = 32, seed: int = 1) -> Any:
    """What a judge of that family is asked: eight colours, or a hand-written network's part."""
    rng = torch.Generator().manual_seed(seed)
    if family == "predict":
        exemplars = tuple(_speckled(colour, 3, size, rng) for colour in OPTIONS.values())
        return PredictQuestion(tuple(OPTIONS), exemplars)
    subject = Handmade("handmade-units", size)
    inside, inside_labels = coloured_pictures(12, size, rng)
    outside, outside_labels = coloured_pictures(12, size, rng, outside=True)
    if family == "control":
        return ControlQuestion(subject, 1, LAYER, 3, inside, inside_labels, outside, outside_labels)
    return ReplaceQuestion(subject, subject.head, inside, outside)


def sample_findings(
    family: Family, number: int = 8, size: int = 32, seed: int = 2
) -> tuple[Finding, ...]:
    """Findings for the sample question, all different: pictures, rankings or linear models."""
    rng = torch.Generator().manual_seed(seed)
    colours = list(OPTIONS.values())
    made: list[Finding] = []
    for i in range(number):
        if family == "predict":
            pictures = _speckled(colours[i % len(colours)], 2, size, rng)
            made.append(Images(pictures, (0.0, 0.0), (0, 1)))
        elif family == "control":
            made.append(Ranking(LAYER, tuple(torch.randperm(UNITS, generator=rng).tolist())))
        else:
            weight = torch.randn(6, UNITS, generator=rng)
            made.append(Surrogate("head", weight, torch.zeros(6)))
    return tuple(made)


def _speckled(
    colour: tuple[float, float, float], number: int, size: int, rng: torch.Generator
) -> Tensor:
    """Pictures (number, 3, size, size) of one colour under noise, in [0, 1]."""
    noise = 0.3 * torch.rand(number, 3, size, size, generator=rng) - 0.15
    return (torch.tensor(colour)[None, :, None, None] + noise).clamp(0, 1)
