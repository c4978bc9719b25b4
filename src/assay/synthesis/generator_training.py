"""How the generator is trained: a variational autoencoder with a perceptual loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.synthesis.generator import SIDE, Decoder, Encoder
from assay.synthesis.generator_pictures import Pictures
from assay.types import AssayError
from assay.unfinished import Unfinished

# Of pictures (n, 3, s, s) the maps at a few depths of a network.
Perception = Callable[[Tensor], list[Tensor]]
# The network looks at the pictures this large: at 64 pixels its maps would be tiny.
_SEEN_AT = 96


@dataclass(frozen=True)
class Recipe:
    """Every number that the weights depend on.

    Loss: `pixels` times the mean absolute difference, `perception` times the mean squared one of
    unit feature vectors, summed over the depths, and `order` times the divergence of the latents
    from normal, in nats a number. The rate rises in the first `rise` steps and falls along half a
    cosine to 0.
    """

    steps: int = 3000
    batch: int = 16
    rate: float = 8e-4
    rise: int = 100
    pixels: float = 4.0
    perception: float = 1.0
    order: float = 0.02
    seed: int = 0

    def rate_at(self, step: int) -> float:
        """The learning rate of step 0, 1, ..."""
        fall = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.rate * fall * min(1.0, (step + 1) / self.rise)


@dataclass(frozen=True)
class Losses:
    """The parts of the loss, before they are weighed."""

    pixels: Tensor
    perception: Tensor
    order: Tensor

    def values(self) -> dict[str, float]:
        return {f.name: getattr(self, f.name).item() for f in fields(self)}

    def total(self, recipe: Recipe) -> Tensor:
        return (
            recipe.pixels * self.pixels
            + recipe.perception * self.perception
            + recipe.order * self.order
        )


class Autoencoder(nn.Module):
    """Both halves; the decoder alone is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()


def divergence(mean: Tensor, spread: Tensor) -> Tensor:
    """Mean divergence (nats a number) of normal latents with log variance `spread` from N(0, 1)."""
    return 0.5 * (mean.square() + spread.exp() - 1 - spread).mean()


def perceived_difference(perception: Perception, made: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared difference of the unit feature vectors, summed over the depths.

    After Zhang et al. 2018, arXiv 1801.03924, without their weights.
    """
    large = [F.interpolate(p, size=(_SEEN_AT, _SEEN_AT), mode="bilinear") for p in (made, wanted)]
    with torch.no_grad():
        theirs = perception(large[1])
    ours = perception(large[0])
    differences = [
        (F.normalize(a, dim=1) - F.normalize(b, dim=1)).square().sum(1).mean()
        for a, b in zip(ours, theirs, strict=True)
    ]
    return torch.stack(differences).sum()


def train(
    pictures: Pictures,
    perception: Perception,
    recipe: Recipe,
    progress: Path,
    report: Callable[[int, dict[str, float]], None],
    every: float = 60.0,
) -> tuple[Decoder, dict[str, float]]:
    """The trained decoder and the losses, as means of the last tenth of the steps.

    The training is kept in the file `progress` at most once in `every` seconds, and gone on with
    where that file is there: each step's pictures are drawn from the seed and the step. AssayError
    where the file is another recipe's, or a loss becomes NaN.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = Autoencoder().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate, betas=(0.9, 0.99))
    unfinished = Unfinished(progress, {"recipe": asdict(recipe)}, every)
    begun, state = unfinished.begin()
    history: list[list[float]] = state.get("history", [])
    if state:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])

    def kept() -> dict[str, Any]:
        parts = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
        return {**parts, "history": history}

    for step in range(begun, recipe.steps):
        optimizer.param_groups[0]["lr"] = recipe.rate_at(step)
        rng = torch.Generator().manual_seed((recipe.seed << 32) + step)
        shown = pictures.batch(recipe.batch, SIDE, rng)
        losses = _losses(network, perception, shown, rng)
        total = losses.total(recipe)
        if not torch.isfinite(total):
            raise AssayError(f"the loss became {total.item()} at step {step}: lower the rate")
        optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        values = losses.values()
        history.append(list(values.values()))
        report(step + 1, values)
        unfinished.keep(step + 1, kept)
    last = torch.tensor(history[-max(1, recipe.steps // 10) :]).mean(0).tolist()
    means = dict(zip((f.name for f in fields(Losses)), last, strict=True))
    return network.decoder.eval().requires_grad_(False), means


def _losses(
    network: Autoencoder, perception: Perception, shown: Tensor, rng: torch.Generator
) -> Losses:
    shown = shown.contiguous(memory_format=torch.channels_last)
    mean, spread = network.encoder(shown)
    noise = torch.randn(mean.shape, generator=rng)
    made = network.decoder(mean + (0.5 * spread).exp() * noise)
    return Losses(
        (made - shown).abs().mean(),
        perceived_difference(perception, made, shown),
        divergence(mean, spread),
    )
