"""Pictures as anybody saves them: found in a folder, read in colour; light, blur, style."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from assay.types import AssayError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff")
# How much red, green and blue weigh in a picture's light (ITU-R BT.601, as Pillow's mode L).
LUMA = (0.299, 0.587, 0.114)
# How far the picture's light shows through a style.
STYLE_LIGHT = 0.9


def luma(pictures: Tensor) -> Tensor:
    """The light (n, 1, h, w) of colour pictures (n, 3, h, w)."""
    return (pictures * pictures.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def blur(pictures: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of (n, 3, h, w), sigma in pixels, edges reflected."""
    radius = max(1, math.ceil(3 * sigma))
    steps = torch.arange(-radius, radius + 1, dtype=pictures.dtype, device=pictures.device)
    kernel = torch.exp(-0.5 * (steps / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(3, 1, -1)
    padded = F.pad(pictures, (radius,) * 4, mode="reflect")
    rows = F.conv2d(padded, kernel[:, :, None], groups=3)
    return F.conv2d(rows, kernel[:, :, :, None], groups=3)


def stylise(pictures: Tensor, textures: Tensor, blend: float, light: float = STYLE_LIGHT) -> Tensor:
    """The picture as if made of the texture: its colours and grain, lit by the picture's light.

    The texture (n, 3, s, s) is multiplied by the picture's luminance (relative to its mean, a
    share of `light` of it), and the result replaces a share of `blend` of the picture.
    """
    luminance = luma(pictures)
    relative = luminance / luminance.mean((1, 2, 3), keepdim=True).clamp(min=0.05)
    lit = textures * (1 - light + light * relative.clamp(max=2.2))
    return (blend * lit + (1 - blend) * pictures).clamp(0, 1)


def is_picture(path: Path) -> bool:
    """Whether it is a file that is called like a picture, and not hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def open_picture(path: Path) -> Image.Image:
    """A picture file in RGB with 8 bits, upright; what is transparent is white.

    AssayError for a file that isn't there or is no readable picture.
    """
    try:
        with Image.open(path) as image:
            if image.mode == "F":
                raise ValueError("its values have no known range (mode F)")
            return _opaque(ImageOps.exif_transpose(image))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise AssayError(f"the picture {path} can't be read: {error}") from error


def read_picture(path: Path, size: int | None = None) -> Tensor:
    """A picture file as (3, h, w) float32 in [0, 1]; with `size`, made a square of that side.

    AssayError for a file that isn't there or is no readable picture.
    """
    picture = open_picture(path)
    if size is not None and picture.size != (size, size):
        # Pillow widens the filter when it shrinks.
        picture = picture.resize((size, size), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


def read_cutout(path: Path, size: int) -> Tensor:
    """A picture file as RGBA (4, size, size) in [0, 1], fitted in; what it lacks is transparent.

    AssayError for a file that isn't there or is no readable picture.
    """
    try:
        with Image.open(path) as image:
            fitted = ImageOps.pad(image.convert("RGBA"), (size, size), color=(0, 0, 0, 0))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise AssayError(f"the picture {path} can't be read: {error}") from error
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1).float() / 255


def _opaque(image: Image.Image) -> Image.Image:
    """The picture in RGB with 8 bits."""
    if image.mode.startswith("I"):
        # 16 bits of grey: Pillow would cut off what is above 255.
        levels = np.asarray(image).clip(0, 65535) / 257
        image = Image.fromarray(levels.round().astype(np.uint8))
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        image = Image.alpha_composite(white, picture)
    return image.convert("RGB")
