"""Whether the measuring device holds: a ceiling that must be reached, floors that must stay low,
and fixtures, which try the judge on what nobody sees and on what anybody still does.

Where one does not hold, no report orders the methods, and of a task that asks whether (`foresee`)
none prints a number: it is the judge, or the pictures, that is
at fault, and what a method scores says little about the method.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from assay.measures.intervals import upper_bound
from assay.measures.table import grid

CEILING = "ideal"
FLOORS = ("noise", "shuffled")
# A floor's mean probability of the truth may be this many times chance (.075 to .175 at 1/8).
FLOOR_LOW, FLOOR_HIGH = 0.6, 1.4
# Fixtures are findings made from the truth, too. `invisible` shows it to a network only, the others
# show it plainly, but not at its best.
INVISIBLE = "invisible"
DEGRADED = ("blurred", "recoloured", "half_hidden", "small")
FIXTURES = (INVISIBLE, *DEGRADED)
# What a row is, in the order of tables: a tool; what was made of several tools' findings; what is
# had without a tool; what bounds tools from above, a method that is given more than a tool may
# have; and then what the judge is tried with.
ROLES = ("tool", "combined", "control", "bound", "ceiling", "fixture", "floor")
# Those whose findings nobody knows beforehand to be good or bad.
RIVALS = ROLES[:3]
# What nobody can see may be worth this many times chance at most (.25 at 1/8), ...
UNSEEN = 2.0
# ... and this share of the degraded triggers has to be named.
RECOGNISED = 0.75
# Who asks whether: the mean AUROC (`auroc`) of the trigger itself, at least, and how far that of a
# floor may be from chance.
FORESIGHT = "auroc"
FORESEEN = 0.90
BLIND, APART = 0.5, 0.1
# A judge that stands for people has to say what a blind reader says: Cohen's kappa, at least.
READER = "blind reader"
LEAST_KAPPA = 0.4
_SHOWN = {
    "noise": "Shown noise (`noise`)",
    "shuffled": "Shown what was found for other triggers (`shuffled`)",
}
# What rounding may do to a mean.
_SLACK = 1e-9


@dataclass(frozen=True)
class Gate:
    """One condition on the device (task, judge, subject) that the row `name` has to meet.

    `value` is None where nothing was measured; such a gate has not passed.
    """

    name: str
    passed: bool
    value: float | None
    low: float
    high: float
    sentence: str
    task: str = ""
    judge: str = ""
    subject: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """The device: task, judge, subject."""
        return self.task, self.judge, self.subject


Cell = Mapping[str, Any]


def role_of(
    method: str,
    floors: Sequence[str],
    bounds: Sequence[str] = (),
    controls: Sequence[str] = (),
    combined: Collection[str] = (),
) -> str:
    """What a row is, one of `ROLES`, by what the suite lists."""
    if method == CEILING:
        return "ceiling"
    if method in FIXTURES:
        return "fixture"
    if method in (*FLOORS, *floors):
        return "floor"
    if method in bounds:
        return "bound"
    if method in controls:
        return "control"
    return "combined" if method in combined else "tool"


def say_bounds(bounds: Sequence[str]) -> str:
    """The sentence that says what these rows are; empty without any."""
    if not bounds:
        return ""
    *others, last = (f"`{name}`" for name in bounds)
    names = f"{', '.join(others)} and {last}" if others else last
    if not others:
        what, left = "is an upper bound, and no tool", "it is left"
    else:
        what, left = "are upper bounds, and no tools", "they are left"
    return f"{names} {what}: {left} out of ranking, groups and comparisons."


def check(cells: Iterable[Cell], options: int = 8, kappa: float | None = None) -> list[Gate]:
    """The gates of every device that chooses among `options`: ceiling, floors, fixtures, reader.

    The cells are those that `measures.table.rows` takes. Clean twins have no gates, nor have tasks
    that ask nobody to choose (those whose cells have no `p_truth`), but for those that ask whether
    (cells with `auroc`): these have a ceiling and the floors that were measured. A row that lacks a
    case, or a seed of it, has not passed. Fixtures have gates where the cells have their rows, and
    the reader has one where the judge's record has a blind reading (`kappa`).
    """
    places: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        if not cell.get("twin_of"):
            place = (cell["task"], cell["judge"], cell["subject"])
            places.setdefault(place, []).append(cell)
    found: list[Gate] = []
    for place, members in places.items():
        if any("p_truth" in c["metrics"] for c in members):
            found.append(_ceiling(place, members))
            found += [_floor(place, members, name, 1 / options) for name in FLOORS]
            there = {c["method"] for c in members}
            if INVISIBLE in there:
                found.append(_invisible(place, members, 1 / options))
            found += [_degraded(place, members, name) for name in DEGRADED if name in there]
            if kappa is not None:
                found.append(_reader(place, kappa))
        elif any(FORESIGHT in c["metrics"] for c in members):
            there = {c["method"] for c in members}
            found.append(_foreseen(place, members))
            found += [_blind(place, members, name) for name in FLOORS if name in there]
    return found


def holds(gates: Sequence[Gate], place: tuple[str, str, str] | None = None) -> bool:
    """Whether every gate (of that device, where one is named) has passed."""
    return all(g.passed for g in gates if place is None or g.place == place)


def _values(cells: list[Cell], method: str, metric: str) -> tuple[list[float], int]:
    """The metric by case, of the cells that have it, and how many cells lack it."""
    expected = {(c["case"], c["seed"]) for c in cells}
    values: dict[str, list[float]] = {}
    there = set()
    for cell in cells:
        if cell["method"] == method and metric in cell["metrics"]:
            values.setdefault(cell["case"], []).append(cell["metrics"][metric])
            there.add((cell["case"], cell["seed"]))
    return [fmean(v) for v in values.values()], len(expected - there)


def _ceiling(place: tuple[str, str, str], cells: list[Cell]) -> Gate:
    values, lacking = _values(cells, CEILING, "correct")
    value = fmean(values) if values else None
    passed = value is not None and not lacking and value >= 1 - _SLACK
    number = len({c["case"] for c in cells})
    right = sum(v >= 1 - _SLACK for v in values)
    if value is None:
        said = f"The ceiling `{CEILING}` was not measured."
    elif lacking and right == len(values):
        said = f"The ceiling `{CEILING}` is not complete: {_cells(lacking)}."
    elif passed:
        said = f"Shown the trigger itself (`{CEILING}`), the judge is right on {right} of {number}."
    else:
        said = (
            f"Shown the trigger itself (`{CEILING}`), the judge is right on only {right} of "
            f"{number}: it misses what is plainly there."
        )
    return Gate(CEILING, passed, value, 1.0, 1.0, said, *place)


def _floor(place: tuple[str, str, str], cells: list[Cell], name: str, chance: float) -> Gate:
    values, lacking = _values(cells, name, "p_truth")
    value = fmean(values) if values else None
    low, high = FLOOR_LOW * chance, FLOOR_HIGH * chance
    band = f"allowed: {low:.3f} to {high:.3f}; chance: {chance:.3f}"
    inside = value is not None and low - _SLACK <= value <= high + _SLACK
    if value is None:
        said = f"The floor `{name}` was not measured."
    elif inside and lacking:
        said = f"The floor `{name}` is not complete: {_cells(lacking)}."
    else:
        said = f"{_SHOWN[name]}, the judge gives the truth {value:.3f} on average ({band})"
        if value > high + _SLACK:
            said += ": it favours the truth without having been shown it."
        elif not inside:
            said += ": it is pushed away from the truth."
        else:
            said += "."
    return Gate(name, inside and not lacking, value, low, high, said, *place)


def _foreseen(place: tuple[str, str, str], cells: list[Cell]) -> Gate:
    values, lacking = _values(cells, CEILING, FORESIGHT)
    value = fmean(values) if values else None
    enough = value is not None and value >= FORESEEN - _SLACK
    if value is None:
        said = f"The ceiling `{CEILING}` was not measured."
    elif enough and lacking:
        said = f"The ceiling `{CEILING}` is not complete: {_cells(lacking)}."
    else:
        said = (
            f"Shown the trigger itself (`{CEILING}`), the judge foresees with a mean AUROC of "
            f"{value:.3f} (at least {FORESEEN:.2f} is wanted)"
        )
        said += "." if enough else ": it misses what is plainly there."
    return Gate(CEILING, enough and not lacking, value, FORESEEN, 1.0, said, *place)


def _blind(place: tuple[str, str, str], cells: list[Cell], name: str) -> Gate:
    values, lacking = _values(cells, name, FORESIGHT)
    value = fmean(values) if values else None
    low, high = BLIND - APART, BLIND + APART
    inside = value is not None and low - _SLACK <= value <= high + _SLACK
    if value is None:
        said = f"The floor `{name}` was not measured."
    elif inside and lacking:
        said = f"The floor `{name}` is not complete: {_cells(lacking)}."
    else:
        said = (
            f"{_SHOWN[name]}, it foresees with a mean AUROC of {value:.3f} (allowed: {low:.2f} to "
            f"{high:.2f})"
        )
        said += "." if inside else ": it sees what it was not shown."
    return Gate(name, inside and not lacking, value, low, high, said, *place)


def _invisible(place: tuple[str, str, str], cells: list[Cell], chance: float) -> Gate:
    """Of the mean `p_truth`, the one-sided 95 % upper bound, by resampling cases within kind."""
    own = [c for c in cells if c["method"] == INVISIBLE and "p_truth" in c["metrics"]]
    values, lacking = _values(cells, INVISIBLE, "p_truth")
    table = grid(own, "p_truth")
    bound = upper_bound(table.values, table.kinds) if np.size(table.values) else None
    high = UNSEEN * chance
    inside = bound is not None and bound <= high + _SLACK
    if not values:
        said = f"The fixture `{INVISIBLE}` was not measured."
    elif bound is None:
        said = f"The fixture `{INVISIBLE}` has one case only: there is no bound."
    elif inside and lacking:
        said = f"The fixture `{INVISIBLE}` is not complete: {_cells(lacking)}."
    else:
        said = (
            f"Shown the trigger's features written so that nobody sees them (`{INVISIBLE}`), the "
            f"judge gives the truth {fmean(values):.3f} on average, with 95 % confidence at most "
            f"{bound:.3f} (allowed: {high:.3f}; chance: {chance:.3f})"
        )
        said += "." if inside else ": it reads what no person could."
    return Gate(INVISIBLE, inside and not lacking, bound, 0.0, high, said, *place)


def _degraded(place: tuple[str, str, str], cells: list[Cell], name: str) -> Gate:
    values, lacking = _values(cells, name, "correct")
    value = fmean(values) if values else None
    number = len({c["case"] for c in cells})
    enough = value is not None and value >= RECOGNISED - _SLACK
    right = f"{round(sum(values), 1):g}"
    least = math.ceil(RECOGNISED * number - _SLACK)
    what = name.replace("_", " ")
    if value is None:
        said = f"The fixture `{name}` was not measured."
    elif enough and lacking:
        said = f"The fixture `{name}` is not complete: {_cells(lacking)}."
    elif enough:
        said = (
            f"Shown the trigger {what} (`{name}`), the judge is right on {right} of {number} "
            f"(at least {least} are wanted)."
        )
    else:
        said = (
            f"Shown the trigger {what} (`{name}`), the judge is right on only {right} of {number} "
            f"(at least {least} are wanted): it misses what is still plain."
        )
    return Gate(name, enough and not lacking, value, RECOGNISED, 1.0, said, *place)


def _reader(place: tuple[str, str, str], kappa: float) -> Gate:
    agreed = kappa >= LEAST_KAPPA - _SLACK
    said = (
        f"The judge and a blind reader agree with Cohen's kappa {kappa:.2f} "
        f"(at least {LEAST_KAPPA:.2f} is wanted)"
    )
    said += "." if agreed else ": it does not say what a reader says."
    return Gate(READER, agreed, kappa, LEAST_KAPPA, 1.0, said, *place)


def _cells(lacking: int) -> str:
    return f"{lacking} cell{' lacks its' if lacking == 1 else 's lack their'} number"
