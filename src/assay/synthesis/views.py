"""Random views of a picture, and a patch at a random place: one sampling of a grid each.

The draws are made on the CPU from the generator that is passed in, so that they are the same on
every device. Each row is drawn on its own.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def _uniform(count: int, low: float, high: float, rng: torch.Generator) -> Tensor:
    return torch.rand(count, generator=rng) * (high - low) + low


def draw_views(
    count: int, rng: torch.Generator, *, scale: float = 0.1, degrees: float = 10, jitter: float
) -> Tensor:
    """Affine maps (count, 2, 3) that scale by 1 +- `scale`, turn by +- `degrees` and shift.

    `jitter` is the largest shift, as a share of the picture's side.
    """
    zoom = _uniform(count, 1 - scale, 1 + scale, rng)
    turn = _uniform(count, -degrees, degrees, rng) * (math.pi / 180)
    # Places run from -1 to 1, so that a side is 2.
    right, down = (2 * _uniform(count, -jitter, jitter, rng) for _ in range(2))
    cos, sin = turn.cos() / zoom, turn.sin() / zoom
    return torch.stack([cos, -sin, right, sin, cos, down], 1).view(count, 2, 3)


def look(pictures: Tensor, maps: Tensor) -> Tensor:
    """Pictures (n, 3, s, s) seen through maps (n, 2, 3); what lies outside is grey."""
    grid = F.affine_grid(maps.to(pictures.device), list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures - 0.5, grid, align_corners=False) + 0.5


def jitter_colours(
    pictures: Tensor, rng: torch.Generator, *, light: float = 0.25, hue: float = 0.05
) -> Tensor:
    """Pictures (n, 3, h, w) in other light: brightness, contrast and saturation times 1 +- `light`.

    Colours are turned about grey by +- `hue` of the full circle. What leaves [0, 1] is left there.
    """
    count, device = len(pictures), pictures.device
    bright, contrast, colour = (
        _uniform(count, 1 - light, 1 + light, rng).to(device)[:, None, None, None] for _ in range(3)
    )
    turn = _uniform(count, -hue, hue, rng).to(device) * (2 * math.pi)
    # A turn about the axis (1, 1, 1): the same three numbers in each row, shifted.
    rows = (turn[:, None] + pictures.new_tensor([0.0, 2.0, 4.0]) * (math.pi / 3)).cos()
    rows = (1 + 2 * rows) / 3
    wheel = torch.stack([rows, rows.roll(1, 1), rows.roll(2, 1)], 1)
    made = pictures * bright
    middle = made.mean((1, 2, 3), keepdim=True)
    made = middle + contrast * (made - middle)
    grey = made.mean(1, keepdim=True)
    made = grey + colour * (made - grey)
    return (wheel @ made.flatten(2)).view_as(made)


def tilt(
    pictures: Tensor, rng: torch.Generator, *, strength: float = 0.25, chance: float = 0.66
) -> Tensor:
    """Pictures (n, 3, s, s) seen from aside, each with this chance: one edge nearer than the other.

    `strength`: by how much of its distance from the middle a place at the edge moves, at most.
    """
    count = len(pictures)
    slope = _uniform(2 * count, -strength, strength, rng).view(count, 1, 1, 2)
    slope = slope * (_uniform(count, 0, 1, rng) < chance).view(count, 1, 1, 1)
    whole = torch.eye(2, 3).expand(count, -1, -1)
    grid = F.affine_grid(whole, list(pictures.shape), align_corners=False)
    # At a corner both slopes add up: half of each.
    grid = grid / (1 + (grid * slope / 2).sum(3, keepdim=True))
    return F.grid_sample(
        pictures, grid.to(pictures.device), padding_mode="border", align_corners=False
    )


def draw_places(
    count: int,
    rng: torch.Generator,
    *,
    fraction: float,
    scale: float = 0.2,
    degrees: float = 15,
) -> Tensor:
    """Affine maps (count, 2, 3) from a picture's places to those of a patch pasted within it.

    The patch's side is `fraction` of the picture's, times 1 +- `scale`; it is turned by
    +- `degrees` and lies anywhere where all of it is within the picture.
    """
    half = fraction * _uniform(count, 1 - scale, 1 + scale, rng)
    turn = _uniform(count, -degrees, degrees, rng) * (math.pi / 180)
    cos, sin = turn.cos(), turn.sin()
    reach = (1 - half * (cos.abs() + sin.abs())).clamp(min=0)
    right, down = (reach * _uniform(count, -1, 1, rng) for _ in range(2))
    cos, sin = cos / half, sin / half
    shifts = (-(cos * right + sin * down), sin * right - cos * down)
    return torch.stack([cos, sin, shifts[0], -sin, cos, shifts[1]], 1).view(count, 2, 3)


def paste(patches: Tensor, backgrounds: Tensor, maps: Tensor, *, edge: float = 0.08) -> Tensor:
    """Patches (n, 3, p, p) on backgrounds (n, 3, s, s), at the places of maps (n, 2, 3).

    Patches (n, 4, p, p) are figures: the fourth says how far they cover what is under them, and
    their colours are multiplied by it.
    `edge`: the share of the patch's half side over which it fades into the background.
    """
    grid = F.affine_grid(maps.to(patches.device), list(backgrounds.shape), align_corners=False)
    pasted = F.grid_sample(patches, grid, padding_mode="border", align_corners=False)
    within = ((1 - grid.abs()) / edge).clamp(0, 1).prod(3)[:, None]
    if patches.shape[1] == 4:
        return backgrounds * (1 - within * pasted[:, 3:]) + within * pasted[:, :3]
    return backgrounds + within * (pasted - backgrounds)
