"""What the generator can paint, to be looked at: pictures that it has not seen, and its nearest."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.synthesis.generator import GRID, LATENT, SIDE, Decoder, draw_latents
from assay.synthesis.generator_pictures import load_pictures

# A seed that no step of a training has.
_SEED = 2**40 + 1
_RATE = 0.1


def held_out(count: int) -> Tensor:
    """Pictures (count, 3, SIDE, SIDE) of scenes and drawings that are not trained on."""
    rng = torch.Generator().manual_seed(_SEED)
    return load_pictures(held_out=True).batch(count, SIDE, rng)


def nearest(decoder: Decoder, wanted: Tensor, steps: int) -> Tensor:
    """What the decoder paints (n, 3, SIDE, SIDE) nearest to each picture, found by descent.

    Near is a small squared difference of pixels, and of the means of 4 x 4 of them.
    """
    latents = torch.zeros(len(wanted), LATENT, GRID, GRID, requires_grad=True)
    optimizer = torch.optim.Adam([latents], lr=_RATE)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = _RATE * min(1.0, 2 * (1 - step / steps))
        made = decoder(latents)
        apart = (made - wanted).square().mean() + F.avg_pool2d(made - wanted, 4).square().mean()
        optimizer.zero_grad()
        (len(wanted) * apart).backward()
        optimizer.step()
    with torch.no_grad():
        return decoder(latents)


def sheet(decoder: Decoder, steps: int, across: int = 12) -> tuple[Tensor, float]:
    """A sheet (3, h, w) in five rows, and the mean absolute difference of the nearest.

    Rows: held-out pictures, the nearest to them, others, the nearest to those, random latents'.
    """
    wanted = held_out(2 * across)
    made = nearest(decoder, wanted, steps)
    with torch.no_grad():
        random = decoder(draw_latents(across, torch.Generator().manual_seed(_SEED)))
    rows = [wanted[:across], made[:across], wanted[across:], made[across:], random]
    page = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
    return page, float((made - wanted).abs().mean())
