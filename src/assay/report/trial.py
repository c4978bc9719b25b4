"""The judge on trial: a card for each judge, and what the page doesn't say where it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from assay.measures.gates import LEAST_KAPPA
from assay.report.figures import joined, number
from assay.report.places import Choice, Line, Square
from assay.report.shown import Shown, ShownCase
from assay.results import Results
from assay.trial.record import LEAST_TAU, MOST_ERROR, Standing, calibration_error_of

_SIDE, _LEFT, _BELOW = 150, 34, 32
AGREEMENT = "assay judge-agreement --pictures DIR --scores CSV --json"
READING = "assay reading score FOLDER --json"


@dataclass(frozen=True)
class Item:
    """One thing that was measured of a judge: `said` in sentences, and the command.

    `verdict`: passed or failed where there is a bar, plain where there is none, gap where nothing
    was measured.
    """

    name: str
    verdict: str
    said: str
    command: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """What is known of one judge; `items` are empty where it was not on trial."""

    judge: str
    standing: Standing
    items: tuple[Item, ...]

    @property
    def curve(self) -> Markup:
        """Confidence against the share of right answers, as a drawing."""
        record = self.standing.record
        return curve_drawing(record["calibration"]["curve"]) if record else Markup("")


def make_cards(results: Results, choices: Sequence[Choice]) -> dict[str, Card]:
    """A card for each judge that chose among options, first or beside, by name."""
    judges = dict.fromkeys(c.judge for first in choices for c in (first, *first.beside))
    return {judge: _card(judge, results.standing(judge)) for judge in judges}


def _card(judge: str, standing: Standing) -> Card:
    record = standing.record
    if record is None:
        return Card(judge, standing, ())
    make = (_agreement, _calibration, _stability, _threshold, _reading)
    return Card(judge, standing, tuple(item(record) for item in make))


def _agreement(record: dict[str, Any]) -> Item:
    found = record["agreement"]
    if found is None:
        return Item("Agreement with people", "gap", "not measured yet", AGREEMENT)

    def said(part: dict[str, Any], what: str) -> str:
        value = number(part["spearman"])
        return (
            f"{value} {what} (95 % interval {number(part['low'])} to {number(part['high'])}, "
            f"n\u00a0{part['n']})"
        )

    text = (
        "Spearman’s rank correlation of its `p_truth` with the share of people who were right: "
        f"{said(found['by_cell'], 'by cell')}, {said(found['by_method'], 'by method')}."
    )
    return Item("Agreement with people", "plain", text, AGREEMENT)


def _calibration(record: dict[str, Any]) -> Item:
    c, t = record["calibration"], record["temperature"]
    error = calibration_error_of(record)
    text = (
        f"On {c['cells']} findings for {record['decoys']} decoys, its confidence is off by "
        f"{number(error)} on average; at most {number(MOST_ERROR)} is allowed. A judge that is "
        f"right exactly as often as it says would show {number(c['error_of_calibrated'])} on so "
        f"few. Its temperature is {number(t['committed'], 3)}; fitted without a decoy and a method "
        f"at a time it is {number(t['low'], 3)} to {number(t['high'], 3)}. Negative log "
        f"likelihood of the truth, held out: {number(c['loss'])} (a guess: "
        f"{number(c['loss_of_guess'])})."
    )
    verdict = "passed" if error <= MOST_ERROR else "failed"
    return Item("Calibration", verdict, text, record["command"])


def _stability(record: dict[str, Any]) -> Item:
    found, methods = record["stability"], len(record["methods"])
    lowest = found["minimum"]
    if lowest is None:
        return Item("Stability", "gap", "there was nothing to order", record["command"])
    changes = found["changes"]
    text = (
        f"The order of {methods} methods under {len(changes)} changes (other weights of its "
        f"levels, twice the temperature): Kendall’s tau is {number(lowest)} at the lowest; "
        f"{number(LEAST_TAU, 1)} is asked."
    )
    details = tuple(
        f"{c['name']}: {number(c['tau'])}"
        + "".join(
            f"; {e['first']} and {e['second']}, {number(e['before'], 3)} apart, change places"
            for e in c["exchanges"]
        )
        for c in changes
    )
    verdict = "passed" if lowest >= LEAST_TAU else "failed"
    return Item("Stability", verdict, text, record["command"], details)


def _threshold(record: dict[str, Any]) -> Item:
    alarm = record["alarm"]
    if alarm is None:
        text = "There is no confidence from which on nine in ten of its answers are right."
        return Item("When it is sure", "failed", text, record["command"])
    text = (
        f"From a confidence of {number(record['threshold'])} on, {number(alarm['right'])} of its "
        f"answers are right (95 % interval {number(alarm['right_low'])} to "
        f"{number(alarm['right_high'])}, n\u00a0{alarm['above']})."
    )
    if alarm["false_alarms"] is not None:
        text += (
            f" On the clean twin {number(alarm['false_alarms'])} of {alarm['twin_cells']} findings "
            "reach it."
        )
    return Item("When it is sure", "plain", text, record["command"])


def _reading(record: dict[str, Any]) -> Item:
    found = record["reading"]
    if found is None:
        return Item("Blind reader", "gap", "not measured yet", READING)
    kappa, twin = found["kappa"], found["kappa_twin"]
    text = (
        f"Read blind by {joined(found['readers'])}: {kappa['n']} findings of the suite "
        f"{found['suite']}, with those of the clean twin and of floors among them. Cohen’s kappa "
        f"with the judge is {number(kappa['value'])} (95 % interval {number(kappa['low'])} to "
        f"{number(kappa['high'])}); {number(LEAST_KAPPA, 1)} is asked. On the trojaned network "
        f"alone it is {number(found['kappa_trojaned']['value'])}, on its twin "
        f"{number(twin['value'])}."
    )
    holds = kappa["value"] is not None and kappa["value"] >= LEAST_KAPPA
    return Item("Blind reader", "passed" if holds else "failed", text, READING)


def curve_drawing(bins: Sequence[dict[str, Any]]) -> Markup:
    """Share of right answers against confidence, with 95 % intervals; the diagonal is exact."""

    def x(value: float) -> str:
        return f"{_LEFT + value * _SIDE:.1f}"

    def y(value: float) -> str:
        return f"{6 + (1 - value) * _SIDE:.1f}"

    said = "; ".join(
        f"confidence {number(b['confidence'])}, right {number(b['right'])} of {b['count']}"
        for b in bins
    )
    wide, high = _LEFT + _SIDE + 10, 6 + _SIDE + _BELOW
    parts = [
        f'<svg class="curve" viewBox="0 0 {wide} {high}" role="img" aria-label="{said}">',
        f'<line class="axis" x1="{x(0)}" x2="{x(1)}" y1="{y(0)}" y2="{y(0)}"/>',
        f'<line class="axis" x1="{x(0)}" x2="{x(0)}" y1="{y(0)}" y2="{y(1)}"/>',
        f'<line class="mark" x1="{x(0)}" x2="{x(1)}" y1="{y(0)}" y2="{y(1)}"/>',
    ]
    for tick in (0, 0.5, 1):
        label = f"{tick:g}".removeprefix("0") or "0"
        parts.append(f'<text x="{x(tick)}" y="{6 + _SIDE + 14}" class="middle">{label}</text>')
        low = f"{float(y(tick)) + 4:.1f}"
        parts.append(f'<text x="{_LEFT - 5}" y="{low}" class="end">{label}</text>')
    for b in bins:
        at = x(b["confidence"])
        parts.append(
            f'<line class="range" x1="{at}" x2="{at}" y1="{y(b["right_low"])}" '
            f'y2="{y(b["right_high"])}"/>'
        )
        # The area is as large as the bin.
        radius = 2 + (b["count"] / max(other["count"] for other in bins)) ** 0.5 * 3
        parts.append(f'<circle class="dot" cx="{at}" cy="{y(b["right"])}" r="{radius:.1f}"/>')
    middle = f"{_LEFT + _SIDE / 2:.1f}"
    parts.append(f'<text x="{middle}" y="{6 + _SIDE + 28}" class="middle">confidence</text>')
    parts.append(
        f'<text transform="translate(9 {6 + _SIDE / 2}) rotate(-90)" class="middle">'
        "share right</text></svg>"
    )
    return Markup("".join(parts))


# --- what isn't printed -----------------------------------------------------------------------


def as_printed(choice: Choice) -> Choice:
    """The device and those beside it, without the probabilities of judges that print none.

    Rows, and what was compared, are without them already.
    """
    choice = replace(choice, beside=[as_printed(other) for other in choice.beside])
    if choice.prints_p_truth:
        return choice
    # What is found on a twin is told as a leak.
    return replace(choice, lines=[_without(line) for line in choice.lines], twin_lines=[])


def without_bars(case: ShownCase) -> ShownCase:
    """The case without the judge's probabilities."""

    def bare(shown: Shown | None) -> Shown | None:
        return None if shown is None else replace(shown, bars=[])

    rows = [(method, bare(ours), bare(theirs)) for method, ours, theirs in case.rows]
    return replace(case, ideal=bare(case.ideal), rows=rows)


def _without(line: Line) -> Line:
    def bare(square: Square) -> Square:
        return replace(square, p_truth=None)

    return replace(line, squares=[bare(s) for s in line.squares], ends=[bare(s) for s in line.ends])
