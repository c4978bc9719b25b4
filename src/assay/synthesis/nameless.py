"""Pictures of nothing in particular: solids, blobs, stripes, cells and glyphs, drawn by program.

None is meant to look like anything that has a name, and none comes from the kit's drawings,
textures or objects. What one of them looks like to somebody is a coincidence.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from assay.synthesis.parameterizations import paint_spectrum

# A cell is the part of a picture that is nearest to one of so many points.
_POINTS = 14
# A glyph is a line through so many points.
_BENDS = 5
KINDS = ("solids", "blobs", "stripes", "cells", "glyphs")


def nameless(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Pictures (count, 3, side, side) in [0, 1]: the kinds in turn, each of its own colours."""
    each = -(-count // len(KINDS))
    drawn = [_DRAWN[kind](each, side, rng) for kind in KINDS]
    return torch.stack(drawn, 1).flatten(0, 1)[:count].clamp(0, 1)


def _solids(count: int, side: int, rng: torch.Generator) -> Tensor:
    """One colour that turns into another from one side to the other, by a little."""
    ahead = _along(count, side, rng)[:, None]
    colour, other = _colours(count, 2, rng)
    return colour + 0.25 * (other - colour) * ahead


def _blobs(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Two colours in patches without a shape: slow noise, cut off at its middle."""
    return _mixed(_slow_noise(count, side, rng), 12.0, rng)


def _stripes(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Two colours in turns, in a direction, bent by slow noise."""
    cycles = 2 + 6 * torch.rand(count, 1, 1, generator=rng)
    bend = 0.8 * _slow_noise(count, side, rng)
    return _mixed((2 * math.pi * cycles * _along(count, side, rng) + bend).sin(), 4.0, rng)


def _cells(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Cells around random points, each of a mixture of two colours."""
    points = torch.rand(count, _POINTS, 2, generator=rng)
    away = torch.cdist(_places(side).flatten(0, 1).expand(count, -1, -1), points)
    shares = torch.rand(count, _POINTS, generator=rng)
    share = shares.gather(1, away.argmin(2)).view(count, 1, side, side)
    colour, other = _colours(count, 2, rng)
    return colour + share * (other - colour)


def _glyphs(count: int, side: int, rng: torch.Generator) -> Tensor:
    """A broad line through random points on a ground of another colour."""
    bends = 0.15 + 0.7 * torch.rand(count, _BENDS, 1, 2, generator=rng)
    start, step = bends[:, :-1], bends[:, 1:] - bends[:, :-1]
    there = _places(side).flatten(0, 1) - start
    # How far along each piece of the line the nearest point is.
    along = (there * step).sum(3) / step.square().sum(3).clamp(min=1e-9)
    away = (there - along.clamp(0, 1)[..., None] * step).norm(dim=3).amin(1)
    width = 0.04 + 0.06 * torch.rand(count, 1, 1, generator=rng)
    return _mixed(width - away.view(count, side, side), 120.0, rng)


_DRAWN = {
    "solids": _solids,
    "blobs": _blobs,
    "stripes": _stripes,
    "cells": _cells,
    "glyphs": _glyphs,
}


def _places(side: int) -> Tensor:
    """Where the pixels are (side, side, 2), from 0 to 1."""
    line = (torch.arange(side) + 0.5) / side
    return torch.stack(torch.meshgrid(line, line, indexing="ij"), 2)


def _along(count: int, side: int, rng: torch.Generator) -> Tensor:
    """How far each pixel (count, side, side) is in a random direction, in sides."""
    turn = 2 * math.pi * torch.rand(count, generator=rng)
    direction = torch.stack([turn.sin(), turn.cos()], 1)
    return (_places(side) * direction[:, None, None]).sum(3)


def _slow_noise(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Noise (count, side, side) of long waves, of mean 0 and standard deviation 1."""
    spectrum = torch.randn(count, 3, side, side // 2 + 1, 2, generator=rng)
    noise = paint_spectrum(0.1 * spectrum, side, decay=3.0).mean(1)
    noise = noise - noise.mean((1, 2), keepdim=True)
    return noise / noise.std((1, 2), keepdim=True).clamp(min=1e-6)


def _mixed(values: Tensor, sharpness: float, rng: torch.Generator) -> Tensor:
    """Two colours: one where the values (count, side, side) are negative, one where positive."""
    colour, other = _colours(len(values), 2, rng)
    return colour + (sharpness * values).sigmoid()[:, None] * (other - colour)


def _colours(count: int, number: int, rng: torch.Generator) -> tuple[Tensor, ...]:
    """`number` random colours (count, 3, 1, 1) for each picture."""
    return torch.rand(count, number, 3, 1, 1, generator=rng).unbind(1)
