"""A sheet of a blind reading: a finding's pictures, and below them the options to choose from."""

from __future__ import annotations

import io
import math
import string
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

LETTERS = string.ascii_uppercase
# How many pictures of each option a sheet shows.
SHOWN_EXEMPLARS = 3

_WIDTH = 1200
_MARGIN = 24
_GAP = 8
_INSIDE = _WIDTH - 2 * _MARGIN
# The finding's pictures: at most this side, and together at most this high.
_SIDE = 240
_HIGH = 500
_ACROSS = 4
_EXEMPLAR = 90
_TITLE, _LABEL = 34, 36
_PAPER, _INK, _FAINT = (255, 255, 255), (0, 0, 0), (200, 200, 200)
# Levels of each colour in the finding's pictures, and below them: with 256 a sheet may have 900 kB,
# so it has 400. A palette would be smaller, and its dithering a texture that nobody painted.
_LEVELS = (32, 16)


@dataclass(frozen=True)
class Sheet:
    """What a reader sees of one cell, options in the order of their letters.

    `pictures` (n, 3, h, w) and each of `exemplars` (k, 3, s, s) are in [0, 1].
    """

    pictures: Tensor
    options: tuple[str, ...]
    exemplars: tuple[Tensor, ...]


def sheet_png(sheet: Sheet, number: str) -> bytes:
    """The sheet as PNG, 1200 pixels wide.

    Nothing is written on it but its number, the letters and the options' words, and the file holds
    nothing but pixels.
    """
    side, columns = _fit(len(sheet.pictures))
    rows = math.ceil(len(sheet.pictures) / columns)
    top = _MARGIN + _TITLE
    below = top + rows * (side + _GAP) + 2 * _GAP
    option_high = _LABEL + _EXEMPLAR + 2 * _GAP
    high = below + math.ceil(len(sheet.options) / _ACROSS) * option_high + _MARGIN
    page = Image.new("RGB", (_WIDTH, high), _PAPER)
    draw = ImageDraw.Draw(page)
    title = ImageFont.load_default(20)
    asked = f"{number}: which option do these pictures resemble most?"
    draw.text((_MARGIN, _MARGIN - 6), asked, fill=_INK, font=title)
    for i, picture in enumerate(sheet.pictures):
        at = (_MARGIN + i % columns * (side + _GAP), top + i // columns * (side + _GAP))
        page.paste(_image(picture, side), at)
    draw.line((_MARGIN, below - _GAP, _WIDTH - _MARGIN, below - _GAP), fill=_FAINT)
    wide = _INSIDE // _ACROSS
    for i, (word, shown) in enumerate(zip(sheet.options, sheet.exemplars, strict=True)):
        x = _MARGIN + i % _ACROSS * wide
        y = below + i // _ACROSS * option_high
        said = f"{LETTERS[i]}  {word}"
        draw.text((x, y + _LABEL - 6), said, _INK, _font(said, wide - _GAP), anchor="ls")
        for k, picture in enumerate(shown):
            page.paste(_image(picture, _EXEMPLAR), (x + k * (_EXEMPLAR + 4), y + _LABEL))
    _coarsen(page, below - _GAP)
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _fit(count: int) -> tuple[int, int]:
    """The largest side at which so many pictures fit, and how many stand in a row."""
    best = (0, count)
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        side = min(_SIDE, (_INSIDE + _GAP) // columns - _GAP, _HIGH // rows - _GAP)
        # Of equal sides the one with fewer rows.
        best = max(best, (side, columns))
    return best


def _font(text: str, room: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The largest of some sizes of font in which the text is at most `room` pixels long."""
    fonts = (ImageFont.load_default(size) for size in range(26, 8, -2))
    return next((f for f in fonts if f.getlength(text) <= room), ImageFont.load_default(8))


def _image(picture: Tensor, side: int) -> Image.Image:
    levels = (picture * 255).round().clamp(0, 255).to(torch.uint8)
    image = Image.fromarray(levels.permute(1, 2, 0).contiguous().numpy())
    return image.resize((side, side), Image.Resampling.BICUBIC)


def _coarsen(page: Image.Image, cut: int) -> None:
    """Round the page's colours to few levels, to fewer from row `cut` on."""
    parts = ((0, 0, page.width, cut), (0, cut, page.width, page.height))
    for box, levels in zip(parts, _LEVELS, strict=True):
        step = 255 / (levels - 1)
        table = [round(round(level / step) * step) for level in range(256)]
        page.paste(page.crop(box).point(table * 3), box)
