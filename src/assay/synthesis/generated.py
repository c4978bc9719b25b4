"""What an ascent moves where a generator paints: its latents and its maps, or the generator."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.synthesis import big_gan
from assay.synthesis.big_gan import BigGan, load_big_gan
from assay.synthesis.generator import Decoder, load_decoder
from assay.synthesis.parameterizations import Painting

# Pictures are compared as so many squares a side.
_SQUARES = 8
# Whatever paints pictures of latents: ours, or one whose weights are given by path.
Generator = Decoder | BigGan


def load_generator(path: Path) -> Generator:
    """Ours of safetensors, and BigGAN-deep-256 of any other file, without gradients.

    Raises AssayError, one sentence, where the weights don't fit or can't be read.
    """
    if path.suffix == ".safetensors":
        return load_decoder(path)
    return load_big_gan(path, big_gan.DEEP_256)


def perturbed(generator: Generator, latents: Tensor, depth: int, ratio: float) -> Painting:
    """Pictures of latents (m, ...), which move, and so do the maps after `depth` stages.

    The perturbation of the maps starts at zero. `ratio`: how much faster the latents move than the
    perturbation. (Adam's steps don't depend on the scale of a gradient: a factor is another rate.)
    """
    with torch.no_grad():
        maps = torch.zeros_like(generator.early(latents, depth))
    maps.requires_grad_(True)
    moved = torch.zeros_like(latents).requires_grad_(True)

    def pictures() -> Tensor:
        return generator.with_added(latents + ratio * moved, maps, depth)

    return Painting((maps, moved), pictures)


def tuned(generator: Generator, count: int, rng: torch.Generator) -> tuple[Generator, Painting]:
    """A copy of the generator that is tuned, and its pictures of `count` new latents each time.

    Here the candidates share all parameters.
    """
    own = copy.deepcopy(generator).requires_grad_(True)
    return own, Painting(tuple(own.parameters()), lambda: own(own.draw(count, rng)))


def total_variation(pictures: Tensor) -> Tensor:
    """Sum of the absolute differences of neighbours, down and across, over all (m, 3, h, w)."""
    return pictures.diff(dim=2).abs().sum() + pictures.diff(dim=3).abs().sum()


def sameness(pictures: Tensor) -> Tensor:
    """The mean cosine of any two of the pictures (m, 3, h, w); 0 for a single one.

    Of their colours less the mean picture's grey, as 8 x 8 squares: not of what is fine.
    """
    count = len(pictures)
    if count < 2:
        return pictures.new_zeros(())
    coarse = F.normalize((F.adaptive_avg_pool2d(pictures, _SQUARES) - 0.5).flatten(1), dim=1)
    cosines = coarse @ coarse.T
    return (cosines.sum() - cosines.diagonal().sum()) / (count * (count - 1))
