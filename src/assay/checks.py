"""Bad input in one sentence: near names, keys of a file, parameters out of range."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any


def near_name(name: str, known: Iterable[str], *, listed: bool = True) -> str:
    """A hint such as "; did you mean 'noise'?"; else the list of what is known, or nothing.

    `listed=False`: where what is known may be too much to list.
    """
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(known)}" if listed and known else ""


def key_problem(error: Mapping[str, Any], known: Iterable[str]) -> str:
    """One of pydantic's errors as a sentence about a file's key; `known` are the right keys."""
    place = ".".join(str(part) for part in error["loc"]) or "the file"
    if error["type"] == "extra_forbidden":
        return f"unknown key {place!r}{near_name(str(error['loc'][-1]), known, listed=False)}"
    if error["type"] == "missing":
        return f"the key {place!r} is missing"
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message[0].lower()}{message[1:]}"


def check_numbers(
    made: Any,
    *names: str,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> None:
    """ValueError, one sentence, for the first of these fields of a dataclass that is out of range.

    `above` and `below` lie outside of the range, `least` and `most` in it. What is declared an int
    must be whole; of a tuple, each number is held to the range; None passes where it is the
    field's default.
    """
    fields = {f.name: f for f in dataclasses.fields(made)}
    ends = {"above": above, "at least": least, "below": below, "at most": most}
    wanted = " and ".join(f"{word} {end:g}" for word, end in ends.items() if end is not None)
    for name in names:
        value, declared = getattr(made, name), fields[name]
        if value is None and declared.default is None:
            continue
        for number in value if isinstance(value, tuple) else (value,):
            if declared.type in ("int", int) and not isinstance(number, int):
                raise ValueError(f"{name} must be a whole number, not {number!r}")
            if not isinstance(number, int | float) or not math.isfinite(number):
                raise ValueError(f"{name} must be a finite number, not {number!r}")
            if not (
                (above is None or number > above)
                and (least is None or number >= least)
                and (below is None or number < below)
                and (most is None or number <= most)
            ):
                raise ValueError(f"{name} must be {wanted}, not {number!r}")


def check_choice(made: Any, name: str, known: Iterable[str]) -> None:
    """ValueError, one sentence, where that field of a dataclass is none of the words in `known`."""
    value, words = getattr(made, name), list(known)
    if value not in words:
        listed = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
        hint = near_name(str(value), words, listed=False)
        raise ValueError(f"{name} must be {listed}, not {value!r}{hint}")
