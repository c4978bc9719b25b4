"""The rules that every kind of plug-in keeps: a frozen dataclass with a version and a key."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, get_args

from assay.plugins import Family, Plugin, plugin_key
from assay.testing.compare import require
from assay.types import digest


def name_of(plugin: Any) -> str:
    """What a plug-in is called in the sentences of the checks."""
    return type(plugin).__qualname__


def check_parameters(plugin: Plugin, base: type) -> None:
    """AssertionError unless the plug-in is a frozen dataclass straight from `base`, with a key."""
    cls, who = type(plugin), name_of(plugin)
    require(isinstance(plugin, base), f"{who} is no {base.__name__}")
    frozen = dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    require(frozen, f"{who} must be a frozen dataclass: @dataclass(frozen=True)")
    between = [c.__name__ for c in cls.__mro__[1:] if issubclass(c, base) and c is not base]
    require(not between, f"{who} must derive straight from {base.__name__}, not from {between}")
    version = getattr(cls, "version", None)
    good = isinstance(version, int) and not isinstance(version, bool) and version >= 1
    require(good, f"{who} needs a class attribute `version`, a whole number from 1 on")
    family = getattr(cls, "family", None)
    known = get_args(Family)
    require(family in known, f"{who} needs a class attribute `family`, one of {', '.join(known)}")
    names = {f.name for f in dataclasses.fields(plugin)}  # type: ignore[arg-type]
    require(not names & {"version", "family"}, f"{who}: `version` and `family` must be ClassVars")
    _check_key(plugin, who)


def _check_key(plugin: Any, who: str) -> None:
    try:
        key = digest(plugin_key(plugin))
        plain = json.loads(json.dumps(dataclasses.asdict(plugin)))
    except (TypeError, ValueError) as error:
        raise AssertionError(
            f"{who} has a parameter that JSON can't hold, so it has no key: {error}"
        ) from error
    require(digest(plugin_key(plugin)) == key, f"{who}'s key changes from one call to the next")
    try:
        again = type(plugin)(**plain)
    except Exception as error:
        raise AssertionError(
            f"{who} can't be made again from its own parameters {plain}: {error}"
        ) from error
    require(
        digest(plugin_key(again)) == key,
        f"{who} made again from its own parameters has another key: a constructor must not "
        "change them",
    )


def fresh_copy(plugin: Any) -> Any:
    """The same plug-in, made anew: what it remembers on itself is left behind."""
    return type(plugin)(**{f.name: getattr(plugin, f.name) for f in dataclasses.fields(plugin)})
