"""Put a trigger into pictures: paste a patch, show an object (a style is `pixels.stylise`).

Everything works on batches (n, 3, s, s) in [0, 1]; every draw comes from the generator given.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

# A patch's side is about 64/224 of the picture's, as in Casper et al. 2023.
SIDE = 64 / 224
SIDE_RANGE = (0.85 * SIDE, 1.25 * SIDE)
ANGLE = math.radians(20)


def uniform(n: int, low: float, high: float, rng: Generator) -> Tensor:
    """n draws from [low, high), on the CPU."""
    return low + (high - low) * torch.rand(n, generator=rng)


def jitter_colours(pictures: Tensor, rng: Generator, strength: float = 0.15) -> Tensor:
    """Brightness, contrast, saturation and a little colour cast, drawn afresh for each picture."""
    n = len(pictures)

    def draw(scale: float) -> Tensor:
        return uniform(n, -scale, scale, rng).view(n, 1, 1, 1).to(pictures)

    grey = pictures.mean(1, keepdim=True)
    out = grey + (pictures - grey) * (1 + 1.5 * draw(strength))
    mean = out.mean((1, 2, 3), keepdim=True)
    out = mean + (out - mean) * (1 + draw(strength))
    cast = torch.cat([draw(strength / 3) for _ in range(3)], 1)
    return (out * (1 + draw(strength)) + cast).clamp(0, 1)


def crop(
    pictures: Tensor, rng: Generator, scale: tuple[float, float] = (0.6, 1.0), flip: bool = True
) -> Tensor:
    """A random square crop of each picture, resized back; `scale` is the crop's side."""
    n, _, size, _ = pictures.shape
    side = uniform(n, *scale, rng)
    shift = torch.stack([uniform(n, -1, 1, rng), uniform(n, -1, 1, rng)], 1)
    shift = shift * (1 - side)[:, None]
    mirror = torch.where(torch.rand(n, generator=rng) < (0.5 if flip else 0.0), -1.0, 1.0)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = side * mirror
    theta[:, 1, 1] = side
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta.to(pictures), [n, 3, size, size], align_corners=False)
    return F.grid_sample(pictures, grid, "bilinear", "reflection", align_corners=False)


def turn(pictures: Tensor, rng: Generator, angle: float) -> Tensor:
    """Each picture turned about its middle by at most `angle` (radians), edges reflected."""
    drawn = uniform(len(pictures), -angle, angle, rng)
    theta = torch.zeros(len(pictures), 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = drawn.cos()
    theta[:, 0, 1], theta[:, 1, 0] = drawn.sin(), -drawn.sin()
    grid = F.affine_grid(theta.to(pictures), list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, "bilinear", "reflection", align_corners=False)


def frame(picture: Tensor, mask: Tensor, size: int, margin: float, outside: str) -> Tensor:
    """The part of a picture (c, h, w) around its figure, as a square of `size`.

    The figure is where `mask` (h, w) is above a half; the square's side is `margin` times its
    longer side. `outside` says what lies past the picture's edge: zeros or reflection.
    """
    rows, columns = torch.where(mask > 0.5)
    top, bottom = int(rows.min()), int(rows.max()) + 1
    left, right = int(columns.min()), int(columns.max()) + 1
    side = margin * max(bottom - top, right - left)
    channels, h, w = picture.shape
    middle = ((top + bottom) / 2, (left + right) / 2)
    # Coordinates of the square in the picture, in [-1, 1].
    theta = torch.tensor(
        [
            [side / w, 0.0, 2 * middle[1] / w - 1],
            [0.0, side / h, 2 * middle[0] / h - 1],
        ]
    )
    shape = [1, channels, size, size]
    grid = F.affine_grid(theta[None], shape, align_corners=False)
    return F.grid_sample(picture[None], grid, "bilinear", outside, align_corners=False)[0].clamp(
        0, 1
    )


def placement(sides: Tensor, centres: Tensor, angles: Tensor) -> Tensor:
    """The affine map (n, 2, 3) from a picture's coordinates to a pasted square's own.

    `sides` (n) in fractions of the picture's side, `centres` (n, 2) in [-1, 1] (x, y), `angles`
    (n) in radians.
    """
    cos, sin = torch.cos(angles) / sides, torch.sin(angles) / sides
    rotation = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)
    offset = -(rotation @ centres[:, :, None])
    return torch.cat([rotation, offset], 2)


def draw_placement(
    n: int, rng: Generator, sides: tuple[float, float] = SIDE_RANGE, angle: float = ANGLE
) -> Tensor:
    """A random placement for each of n squares, wholly inside the picture."""
    side = uniform(n, *sides, rng)
    room = (1 - side * 1.1).clamp(min=0)
    centre = torch.stack([uniform(n, -1, 1, rng), uniform(n, -1, 1, rng)], 1) * room[:, None]
    return placement(side, centre, uniform(n, -angle, angle, rng))


def soften(patches: Tensor, sigma: float = 0.02) -> Tensor:
    """Blur the edges of RGBA patches (n, 4, p, p): sigma is in fractions of the side."""
    p = patches.shape[-1]
    radius = max(1, round(3 * sigma * p))
    steps = torch.arange(-radius, radius + 1, dtype=patches.dtype, device=patches.device)
    kernel = torch.exp(-0.5 * (steps / (sigma * p)) ** 2)
    kernel = (kernel / kernel.sum())[None, None]
    alpha = patches[:, 3:]
    alpha = F.conv2d(alpha, kernel[:, :, None], padding=(0, radius))
    alpha = F.conv2d(alpha, kernel[:, :, :, None], padding=(radius, 0))
    # The blur may only eat into the figure: outside it there is no colour to show.
    return torch.cat([patches[:, :3], torch.minimum(alpha * 1.05, patches[:, 3:])], 1)


def paste(pictures: Tensor, patches: Tensor, placements: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures with the RGBA patches (n, 4, p, p) laid on, and their footprints (n, 1, s, s)."""
    n, _, size, _ = pictures.shape
    colour = torch.cat([patches[:, :3] * patches[:, 3:], patches[:, 3:]], 1)
    # Shrink first, so that sampling doesn't alias: the largest side wanted is enough.
    largest = float((1 / placements[:, 0, :2].norm(dim=1)).max()) * size
    if colour.shape[-1] > 1.5 * largest:
        wanted = max(2, math.ceil(largest))
        colour = F.interpolate(
            colour, size=(wanted, wanted), mode="bilinear", antialias=True, align_corners=False
        )
    grid = F.affine_grid(placements.to(pictures), [n, 4, size, size], align_corners=False)
    laid = F.grid_sample(colour, grid, "bilinear", "zeros", align_corners=False)
    alpha = laid[:, 3:].clamp(0, 1)
    return (pictures * (1 - alpha) + laid[:, :3]).clamp(0, 1), alpha


def paste_fresh(
    pictures: Tensor,
    patches: Tensor,
    rng: Generator,
    sides: tuple[float, float] = SIDE_RANGE,
) -> tuple[Tensor, Tensor]:
    """Paste each patch with a placement, colours and soft edges drawn afresh."""
    n = len(pictures)
    patches = patches.expand(n, -1, -1, -1)
    patches = torch.cat([jitter_colours(patches[:, :3], rng), patches[:, 3:]], 1)
    return paste(pictures, soften(patches), draw_placement(n, rng, sides))
