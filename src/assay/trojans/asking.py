"""The question which of eight concepts a trigger is, whoever's network and pictures it is about."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from assay.envelopes import PredictQuestion
from assay.kit import load_kit
from assay.trojans.catalogue import Trojan
from assay.trojans.given import world
from assay.trojans.world import KIT_KINDS, generator


def option_order(trojan: Trojan, seed: int) -> list[int]:
    """In which order the trojan's options are asked about; the trigger is number 0 of them."""
    drawn = generator("options", trojan.name, seed)
    return torch.randperm(len(trojan.options), generator=drawn).tolist()


def ask(trojan: Trojan, order: Sequence[int], size: int, exemplars: int) -> PredictQuestion:
    """The options in that order, with `exemplars` pictures of the kit of each."""
    options = tuple(trojan.options[i] for i in order)
    shown = world("judge", size).exemplars(trojan.kind, options, exemplars)
    kit = load_kit()
    return PredictQuestion(
        options=tuple(kit.words(name, KIT_KINDS[trojan.kind])[0] for name in options),
        exemplars=tuple(shown[name] for name in options),
    )
