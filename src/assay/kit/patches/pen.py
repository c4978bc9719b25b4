"""The pen that the patches are drawn with: SVG text in one of several drawing styles."""

import colorsys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from .paths import ellipse

T = TypeVar("T")


@dataclass(frozen=True)
class Style:
    """How a drawing is finished; line is the outline's width in hundredths of the square."""

    line: float
    ink: str | None  # None: a darker tone of what is outlined
    depth: float  # strength of the gradients, 0 is flat
    gloss: float  # strength of the highlights
    saturation: float = 1.0


# The first is the canonical one; the next three differ from it at a glance.
STYLES = (
    Style(line=1.7, ink=None, depth=0.75, gloss=0.7),
    Style(line=3.1, ink="#1c1824", depth=0.3, gloss=0.35),
    Style(line=0.8, ink=None, depth=1.25, gloss=1.0, saturation=1.08),
    Style(line=2.4, ink=None, depth=0.0, gloss=0.0, saturation=0.88),
)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _text(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(255 * min(max(c, 0), 1)):02x}" for c in (red, green, blue))


def blend(colour: str, other: str, part: float) -> str:
    """The colour with that part (0 to 1) of the other mixed in; both as #rrggbb."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return _text(*(a + (b - a) * part for a, b in pairs))


def darker(colour: str, part: float) -> str:
    """The same hue with that part (0 to 1) of its light taken away."""
    red, green, blue = (c * (1 - part) for c in _channels(colour))
    return _text(red, green, blue)


class Pen:
    """Collects the parts of one drawing; seed 0 varies nothing and uses the canonical style."""

    def __init__(self, name: str, seed: int) -> None:
        self.seed = seed
        self._rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
        self._style = self._draw_style()
        self._hue = self.vary(0.0, 6.0) / 360
        self._light = self.vary(0.0, 0.03)
        self._parts: list[str] = []
        self._defs: list[str] = []
        self._transform = ""
        self.pose()

    def _draw_style(self) -> Style:
        if self.seed < len(STYLES):
            return STYLES[self.seed]
        style = STYLES[int(self._rng.integers(len(STYLES)))]
        return replace(style, line=style.line * self.vary(1.0, 0.3))

    def vary(self, value: float, spread: float) -> float:
        """The value itself for seed 0; otherwise off by between 0.4 and 1 times the spread."""
        if self.seed == 0:
            return value
        size = self._rng.uniform(0.4, 1.0) * spread
        return float(value + (size if self._rng.random() < 0.5 else -size))

    def pick(self, *options: T) -> T:
        """The first option for seed 0, then the others in turn."""
        return options[self.seed % len(options)]

    def pose(self, turn: float = 9.0, flip: bool = False, stretch: float = 0.07) -> None:
        """How far a variant may be turned (degrees), mirrored and stretched."""
        wide, high = self.vary(1.0, stretch), self.vary(1.0, stretch)
        wide = -wide if flip and self.seed % 2 else wide
        self._transform = (
            f"translate(50 50) rotate({self.vary(0.0, turn):.2f}) "
            f"scale({wide:.3f} {high:.3f}) translate(-50 -50)"
        )

    def paint(self, colour: str) -> str:
        """The colour as this drawing has it: hue, saturation and lightness shifted a little."""
        hue, light, saturation = colorsys.rgb_to_hls(*_channels(colour))
        if self.seed == 0:
            return colour
        # Near-black and near-white would take on a tint where the hue means nothing.
        light = light + self._light if 0.12 < light < 0.95 else light
        saturation = min(1.0, saturation * self._style.saturation)
        return _text(*colorsys.hls_to_rgb((hue + self._hue) % 1, light, saturation))

    def _ink(self, colour: str) -> str:
        return self._style.ink or darker(colour, 0.55)

    def _define(self, tag: str, attributes: str, content: str) -> str:
        key = f"d{len(self._defs)}"
        self._defs.append(f'<{tag} id="{key}" {attributes}>{content}</{tag}>')
        return key

    def _gradient(self, colour: str, shade: float, up: bool) -> str:
        depth = self._style.depth * shade
        if depth <= 0:
            return colour
        light = blend(colour, "#ffffff", min(0.38 * depth, 0.6))
        dark = darker(colour, min(0.26 * depth, 0.5))
        stops = (
            f'<stop offset="0" stop-color="{light}"/>'
            f'<stop offset="0.5" stop-color="{colour}"/>'
            f'<stop offset="1" stop-color="{dark}"/>'
        )
        if up:
            where = 'x1="0.3" y1="0" x2="0.6" y2="1"'
            return f"url(#{self._define('linearGradient', where, stops)})"
        where = 'cx="0.42" cy="0.38" r="0.68" fx="0.34" fy="0.28"'
        return f"url(#{self._define('radialGradient', where, stops)})"

    def shape(
        self, path: str, colour: str, line: float = 1.0, shade: float = 1.0, ball: bool = True
    ) -> None:
        """Fill an outline; line and shade scale the style's, ball chooses a radial gradient."""
        colour = self.paint(colour)
        fill = self._gradient(colour, shade, not ball)
        self._parts.append(f'<path d="{path}" fill="{fill}"{self._edge(colour, line)}/>')

    def outline(self, path: str, colour: str, line: float = 1.0) -> None:
        """Only the outline that shape would give something of that colour."""
        self._parts.append(f'<path d="{path}" fill="none"{self._edge(self.paint(colour), line)}/>')

    def _edge(self, colour: str, line: float) -> str:
        if line <= 0:
            return ""
        width = self._style.line * line
        return f' stroke="{self._ink(colour)}" stroke-width="{width:.2f}" stroke-linejoin="round"'

    def stroke(self, path: str, colour: str, width: float, line: float = 0.0) -> None:
        """A band along a path, round at its ends, with an outline on both sides where line > 0."""
        colour = self.paint(colour)
        extra = 2 * self._style.line * line
        bands = [(self._ink(colour), width + extra)] if line > 0 else []
        for ink, wide in [*bands, (colour, width)]:
            self._parts.append(
                f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{wide:.2f}" '
                f'stroke-linecap="round" stroke-linejoin="round"/>'
            )

    def gloss(self, x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> None:
        """A soft white highlight; none in the flat style."""
        strength = self._style.gloss
        if strength <= 0:
            return
        stops = (
            f'<stop offset="0" stop-color="#fff" stop-opacity="{strength:.2f}"/>'
            f'<stop offset="1" stop-color="#fff" stop-opacity="{0.12 * strength:.2f}"/>'
        )
        key = self._define("linearGradient", 'x1="0" y1="0" x2="0" y2="1"', stops)
        self._parts.append(f'<path d="{ellipse(x, y, rx, ry, turn)}" fill="url(#{key})"/>')

    def _group(self, attributes: str) -> None:
        self._parts.append(f"<g {attributes}>")

    @contextmanager
    def inside(self, path: str) -> Iterator[None]:
        """What is drawn in this block shows only inside the outline."""
        key = self._define("clipPath", "", f'<path d="{path}"/>')
        self._group(f'clip-path="url(#{key})"')
        yield
        self._parts.append("</g>")

    @contextmanager
    def turned(self, angle: float, x: float = 50.0, y: float = 50.0) -> Iterator[None]:
        """What is drawn in this block is turned clockwise about (x, y), in degrees."""
        self._group(f'transform="rotate({angle:.2f} {x:.2f} {y:.2f})"')
        yield
        self._parts.append("</g>")

    @contextmanager
    def moved(self, dx: float, dy: float, scale: float = 1.0) -> Iterator[None]:
        """What is drawn in this block is scaled about the centre and then shifted."""
        self._group(f'transform="translate({50 + dx:.2f} {50 + dy:.2f}) scale({scale:.3f}) '
                    f'translate(-50 -50)"')  # fmt: skip
        yield
        self._parts.append("</g>")

    def svg(self, view: tuple[float, float, float], size: int) -> str:
        """The drawing as SVG text; view is the left, upper end and side of the square shown."""
        left, top, side = view
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
            f'viewBox="{left:.3f} {top:.3f} {side:.3f} {side:.3f}">'
            f"<defs>{''.join(self._defs)}</defs>"
            f'<g transform="{self._transform}">{"".join(self._parts)}</g></svg>'
        )
