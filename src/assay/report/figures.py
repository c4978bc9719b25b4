"""Numbers as text and as small drawings (SVG without any script, coloured by the page's style)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

MISSING = "–"
_WIDTH, _HEIGHT, _MARGIN = 96, 14, 5


def number(value: float | None, digits: int = 2) -> str:
    """The number with so many decimals; a dash for "not measured"."""
    if value is None:
        return MISSING
    text = f"{value:.{digits}f}"
    # A rounded -0.00 says nothing that 0.00 doesn't.
    return text.replace("-", "−") if float(text) != 0 else text.removeprefix("-")


def short(value: float | None) -> str:
    """Two decimals without the leading zero: .64, 1, 0."""
    if value is None:
        return MISSING
    text = number(value)
    if text in ("0.00", "1.00"):
        return text[0] if abs(value - round(value)) < 1e-9 else text.removeprefix("0")
    return text.replace("0.", ".", 1)


def share(value: float | None) -> str:
    """A share of right answers: a tick, a cross, or the fraction."""
    if value is None:
        return MISSING
    if abs(value - round(value)) < 1e-9:
        return "✓" if round(value) == 1 else "✗"
    return short(value)


def whole(value: float | None) -> str:
    """A count with thin spaces between the thousands."""
    return MISSING if value is None else f"{round(value):,}".replace(",", "\u2009")


def amount(value: float | None) -> str:
    """A number of any size: two decimals below 100, whole from there on."""
    return number(value) if value is None or abs(value) < 100 else whole(value)


def count(value: float) -> str:
    """A number of cases: whole, or with one decimal where ties were shared."""
    return f"{value:.0f}" if abs(value - round(value)) < 1e-9 else f"{value:.1f}"


def coded(sentence: str) -> Markup:
    """A sentence whose `names` between back quotes become code."""
    parts = [escape(part) for part in sentence.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts)
    )


def breakable(name: str) -> Markup:
    """A name from a table that a narrow column may break after underscores, brackets, commas."""
    return Markup("<wbr>").join(re.split(r"(?<=[_(,])", name))


def words(name: str) -> str:
    """A name from a table as words: natural_feature -> natural feature."""
    return name.replace("_", " ")


def interval_bar(
    mean: float | None,
    low: float | None,
    high: float | None,
    span: tuple[float, float] = (0.0, 1.0),
    mark: float | None = None,
) -> Markup:
    """A dot at the mean on a line from low to high, on the axis `span`, with a tick at `mark`."""
    if mean is None:
        return Markup("")
    middle = _HEIGHT / 2

    def x(value: float) -> str:
        inside = min(max((value - span[0]) / (span[1] - span[0]), 0.0), 1.0)
        return f"{_MARGIN + inside * (_WIDTH - 2 * _MARGIN):.1f}"

    said = f"{number(mean)}, 95 % interval {number(low)} to {number(high)}"
    parts = [
        f'<svg class="interval" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{said}">',
        f'<line class="axis" x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{middle}" y2="{middle}"/>',
    ]
    if mark is not None:
        parts.append(
            f'<line class="mark" x1="{x(mark)}" x2="{x(mark)}" y1="1" y2="{_HEIGHT - 1}"/>'
        )
    if low is not None and high is not None:
        parts.append(
            f'<line class="range" x1="{x(low)}" x2="{x(high)}" y1="{middle}" y2="{middle}"/>'
        )
    parts.append(f'<circle class="dot" cx="{x(mean)}" cy="{middle}" r="3.4"/></svg>')
    return Markup("".join(parts))


def gate_bar(value: float | None, low: float, high: float, chance: float) -> Markup:
    """Where a gate's value lies on the axis from 0 to 1, against the band it has to be in."""
    width, height = 160, 14

    def x(v: float) -> float:
        return 4 + min(max(v, 0.0), 1.0) * (width - 8)

    band = max(x(high) - x(low), 2.0)
    parts = [
        f'<svg class="gate-bar" viewBox="0 0 {width} {height}" aria-hidden="true">',
        f'<line class="axis" x1="4" x2="{width - 4}" y1="7" y2="7"/>',
        f'<rect class="band" x="{x(low) - (low == high):.1f}" y="1" width="{band:.1f}" '
        f'height="{height - 2}" rx="2"/>',
    ]
    if low != high:
        at = f"{x(chance):.1f}"
        parts.append(f'<line class="mark" x1="{at}" x2="{at}" y1="1" y2="{height - 1}"/>')
    if value is not None:
        parts.append(f'<circle class="dot" cx="{x(value):.1f}" cy="7" r="3.4"/>')
    return Markup("".join(parts) + "</svg>")


def joined(items: Sequence[str]) -> str:
    """Words as a sentence lists them: a, b and c."""
    listed = list(items)
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
