"""Drawings with two axes (SVG without any script, coloured by the page's style)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from assay.report.figures import number

_LEFT, _TOP, _BELOW = 44, 10, 44
_WIDE, _HIGH = 300, 190
# Lines' names stand at their right ends, no nearer to each other than this.
_LINE_HEIGHT = 13
_NAMES = 190


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`, its name, and its ticks with what stands at each."""

    name: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """How far along the axis the value lies, from 0 to 1."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


PROBABILITY = ((0.0, "0"), (0.5, ".5"), (1.0, "1"))


def line_chart(
    lines: Sequence[tuple[str, Sequence[tuple[float, float]]]], x: Axis, y: Axis, mark: float
) -> Markup:
    """A line through the points of each name, which stands at its end; dashed at `mark`."""
    at_y = f"{_y(y, mark):.1f}"
    parts = [
        f'<line class="mark" x1="{_LEFT}" x2="{_LEFT + _WIDE}" y1="{at_y}" y2="{at_y}"/>',
    ]
    ends = _spread([_y(y, points[-1][1]) for _, points in lines])
    for i, ((name, points), end) in enumerate(zip(lines, ends, strict=True)):
        path = " ".join(f"{_x(x, a):.1f},{_y(y, b):.1f}" for a, b in points)
        parts.append(f'<g class="line" style="--i:{i}"><polyline points="{path}"/>')
        parts += [f'<circle cx="{_x(x, a):.1f}" cy="{_y(y, b):.1f}" r="2.6"/>' for a, b in points]
        last = f"{_y(y, points[-1][1]):.1f}"
        right = _LEFT + _WIDE
        parts.append(f'<line x1="{right + 4}" x2="{right + 16}" y1="{last}" y2="{end:.1f}"/>')
        parts.append(f'<text x="{right + 20}" y="{end + 4:.1f}">{escape(name)}</text></g>')
    said = "; ".join(f"{name}: {', '.join(number(b) for _, b in points)}" for name, points in lines)
    return _framed(parts, x, y, said, _NAMES)


def point_chart(points: Sequence[tuple[str, float, float]], x: Axis, y: Axis) -> Markup:
    """A dot for each name, which a pointer that rests on it shows."""
    parts = [
        f'<circle class="dot" cx="{_x(x, a):.1f}" cy="{_y(y, b):.1f}" r="4">'
        f"<title>{escape(name)}: {number(a)}, {number(b)}</title></circle>"
        for name, a, b in points
    ]
    said = "; ".join(f"{name}: {number(a)}, {number(b)}" for name, a, b in points)
    return _framed(parts, x, y, said, 14)


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.share(value) * _WIDE


def _y(axis: Axis, value: float) -> float:
    return _TOP + (1 - axis.share(value)) * _HIGH


def _spread(wanted: Sequence[float]) -> list[float]:
    """The nearest places that leave room between each two, in the same order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = dict.fromkeys(order, 0.0)
    floor = -1e9
    for i in order:
        floor = placed[i] = max(wanted[i], floor + _LINE_HEIGHT)
    # What was pushed out below is moved up again.
    ceiling = float(_TOP + _HIGH + _LINE_HEIGHT)
    for i in reversed(order):
        ceiling = placed[i] = min(placed[i], ceiling - _LINE_HEIGHT)
    return [placed[i] for i in range(len(wanted))]


def _framed(parts: list[str], x: Axis, y: Axis, said: str, right: int) -> Markup:
    wide, high = _LEFT + _WIDE + right, _TOP + _HIGH + _BELOW
    low, left = _TOP + _HIGH, _LEFT
    frame = [
        f'<svg class="chart" viewBox="0 0 {wide} {high}" style="max-width:{wide * 1.25:.0f}px" '
        f'role="img" aria-label="{escape(said)}">',
        f'<line class="axis" x1="{left}" x2="{left + _WIDE}" y1="{low}" y2="{low}"/>',
        f'<line class="axis" x1="{left}" x2="{left}" y1="{_TOP}" y2="{low}"/>',
    ]
    for value, label in x.ticks:
        frame.append(f'<text x="{_x(x, value):.1f}" y="{low + 15}" class="middle">{label}</text>')
    for value, label in y.ticks:
        frame.append(f'<text x="{left - 6}" y="{_y(y, value) + 4:.1f}" class="end">{label}</text>')
    middle = left + _WIDE / 2
    frame.append(f'<text x="{middle}" y="{low + 33}" class="middle">{escape(x.name)}</text>')
    frame.append(
        f'<text transform="translate(11 {_TOP + _HIGH / 2}) rotate(-90)" class="middle">'
        f"{escape(y.name)}</text>"
    )
    return Markup("".join([*frame, *parts]) + "</svg>")
