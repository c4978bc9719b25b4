"""What an ascent moves where a generator paints: its latents and its maps, or the generator."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.synthesis.generator import Decoder, draw_latents
from assay.synthesis.parameterizations import Painting

# Pictures are compared as so many squares a side.
_SQUARES = 8


def perturbed(decoder: Decoder, latents: Tensor, depth: int, ratio: float) -> Painting:
    """Pictures of latents (m, ...), which move, and so do the maps after `depth` stages.

    The perturbation of the maps starts at zero. `ratio`: how much faster the latents move than the
    perturbation. (Adam's steps don't depend on the scale of a gradient: a factor is another rate.)
    """
    with torch.no_grad():
        maps = torch.zeros_like(decoder.early(latents, depth))
    maps.requires_grad_(True)
    moved = torch.zeros_like(latents).requires_grad_(True)

    def pictures() -> Tensor:
        early = decoder.early(latents + ratio * moved, depth)
        return decoder.late(early + maps, depth)

    return Painting((maps, moved), pictures)


def tuned(decoder: Decoder, count: int, rng: torch.Generator) -> tuple[Decoder, Painting]:
    """A copy of the decoder that is tuned, and its pictures of `count` new latents each time.

    Here the candidates share all parameters.
    """
    own = copy.deepcopy(decoder).requires_grad_(True)
    device = own.colours.weight.device
    painting = Painting(tuple(own.parameters()), lambda: own(draw_latents(count, rng).to(device)))
    return own, painting


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
