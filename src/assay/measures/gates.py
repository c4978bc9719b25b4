"""Whether the measuring device holds: a ceiling that must be reached, floors that must stay low.

Where one does not hold, no report orders the methods: it is the judge, or the pictures, that is
at fault, and what a method scores says little about the method.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

CEILING = "ideal"
FLOORS = ("noise", "shuffled")
# A floor's mean probability of the truth may be this many times chance (.075 to .175 at 1/8).
FLOOR_LOW, FLOOR_HIGH = 0.6, 1.4
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


def role_of(method: str, floors: Sequence[str]) -> str:
    """Whether a row is the "ceiling", a "floor" (`floors` are the suite's own) or a "tool"."""
    if method == CEILING:
        return "ceiling"
    return "floor" if method in (*FLOORS, *floors) else "tool"


def check(cells: Iterable[Cell], options: int = 8) -> list[Gate]:
    """The gates of every device that chooses among `options`: the ceiling, then the floors.

    The cells are those that `measures.table.rows` takes. Clean twins have no gates, nor have tasks
    that ask nobody to choose (those whose cells have no `p_truth`). A row that lacks a case, or a
    seed of it, has not passed.
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
    what = {
        "noise": "Shown noise (`noise`)",
        "shuffled": "Shown what was found for other triggers (`shuffled`)",
    }[name]
    if value is None:
        said = f"The floor `{name}` was not measured."
    elif inside and lacking:
        said = f"The floor `{name}` is not complete: {_cells(lacking)}."
    else:
        said = f"{what}, the judge gives the truth {value:.3f} on average ({band})"
        if value > high + _SLACK:
            said += ": it favours the truth without having been shown it."
        elif not inside:
            said += ": it is pushed away from the truth."
        else:
            said += "."
    return Gate(name, inside and not lacking, value, low, high, said, *place)


def _cells(lacking: int) -> str:
    return f"{lacking} cell{' lacks its' if lacking == 1 else 's lack their'} number"
