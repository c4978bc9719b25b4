"""The check of a method, and what is checked of a combiner in the same way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from assay.hooks import Meter
from assay.plugins import Family, Method
from assay.randomness import other_randomness
from assay.subject import Metered, Subject
from assay.testing.compare import copy_of, difference, require
from assay.testing.findings import check_finding
from assay.testing.parameters import check_parameters, fresh_copy, name_of
from assay.testing.samples import sample_given
from assay.testing.state import (
    CutOffError,
    Interruption,
    Watched,
    check_global_state,
    global_state,
)
from assay.types import SHARES, Budget, BudgetExceededError, Finding, UnsupportedError


@dataclass(frozen=True)
class Finder:
    """Whoever makes a finding: `find` of what is given, a budget and a generator.

    `fresh` makes it anew. A `combined` finding may show more pictures than were asked for, or none;
    one with `snapshots` has all of them.
    """

    who: str
    family: Family
    find: Callable[[Any, Budget, torch.Generator], Finding]
    fresh: Callable[[], Finder]
    combined: bool = False
    snapshots: bool = False


@dataclass(frozen=True)
class _Trial:
    """What one call of a method came to; the finding is None where it was refused or cut off."""

    finding: Finding | None
    passes: int
    calls: int
    refused: str | None = None


def check_method(method: Method, given: Any = None, *, passes: int = 128, seed: int = 0) -> None:
    """Check that a method keeps the rules, on `given` or on a network written by hand.

    The same seed gives the same finding, to the bit, whatever was called before and whatever the
    global random state; that state, the pictures given and the network's weights, buffers, modes,
    flags and hooks stay as they were, also when the network raises midway; it works with a single
    picture; it keeps within `passes`; the finding is whole and comes back from the store; the
    plug-in is a frozen dataclass with a version, a family and a key. Costs some ten calls.
    """
    check_parameters(method, Method)
    given = sample_given(method.family) if given is None else given
    check_finder(_finder(method), given, passes, seed)


def _finder(method: Method) -> Finder:
    def fresh() -> Finder:
        return _finder(fresh_copy(method))

    own = method.snapshots
    return Finder(name_of(method), method.family, method.explain, fresh, snapshots=own)


def check_finder(finder: Finder, given: Any, passes: int, seed: int) -> None:
    """AssertionError where a finder breaks a rule (see `check_method`)."""
    who = finder.who
    first = _finding(finder, given, passes, seed, "")
    _check_whole(finder, first, given, who)
    _check_repeats(finder, given, passes, seed, first)
    single = _single(given)
    alone = _finding(finder, single, passes, seed, " with a single picture")
    _check_whole(finder, alone, single, f"{who} with a single picture")
    # A budget too small for it may be refused, but not overspent.
    _try(finder, given, max(1, passes // 4), seed)
    for at in sorted({1, (first.calls + 1) // 2, first.calls} - {0}):
        _try(finder, given, passes, seed, Interruption(at))


def _check_whole(finder: Finder, trial: _Trial, given: Any, who: str) -> None:
    assert trial.finding is not None
    check_finding(trial.finding, given, finder.family, who, combined=finder.combined)
    kept = sorted(getattr(trial.finding, "snapshots", {}))
    said = f"{who} says snapshots = {finder.snapshots}, and its finding has {kept}"
    require(kept == (sorted(SHARES) if finder.snapshots else []), said)


def _check_repeats(finder: Finder, given: Any, passes: int, seed: int, first: _Trial) -> None:
    expected = copy_of(first.finding)

    def compare(other: Finder, sentence: str) -> None:
        again = _finding(other, given, passes, seed, "")
        at = difference(expected, copy_of(again.finding))
        require(at is None, f"{finder.who} {sentence} (at {at})")

    compare(finder, "finds something else when it is called again with the same seed")
    with other_randomness(seed + 1):
        compare(finder, "depends on a global random state: draw everything from rng")
    # Refusals are fine here: only what these calls leave behind counts.
    _try(finder, given, passes, seed + 1)
    _try(finder, _another(given), passes, seed)
    compare(finder, "finds something else after it was called for another case or seed")
    compare(finder.fresh(), "finds something else than a fresh copy of itself")


def _finding(finder: Finder, given: Any, passes: int, seed: int, where: str) -> _Trial:
    trial = _try(finder, given, passes, seed)
    if trial.finding is None:
        raise AssertionError(
            f"{finder.who} refuses{where}: {trial.refused}; give the check another `given` "
            "or more `passes` if that is right"
        )
    return trial


def _try(
    finder: Finder, given: Any, passes: int, seed: int, interruption: Interruption | None = None
) -> _Trial:
    """Call the finder once and check what it leaves behind."""
    who = finder.who
    meter, calls = Meter(), interruption or Interruption()
    watched = None
    if isinstance(getattr(given, "subject", None), Subject):
        watched = Watched(Metered(given.subject, meter), calls)
        given = dataclasses.replace(given, subject=watched)
    before, contents = global_state(), copy_of(given)
    finding, refused, when = None, None, "after it is done"
    try:
        rng = torch.Generator().manual_seed(seed)
        finding = finder.find(given, Budget(passes), rng)
    except CutOffError:
        when = "when the network raises midway"
    except (UnsupportedError, BudgetExceededError) as error:
        refused = str(error)
    except Exception as error:
        if calls.at is None or calls.calls < calls.at:
            raise AssertionError(f"{who} fails: {type(error).__name__}: {error}") from error
        # It gave the interruption a name of its own.
        when = "when the network raises midway"
    check_global_state(before, who, when)
    if watched is not None:
        watched.check(who, when)
    at = difference(contents, copy_of(given))
    require(at is None, f"{who} changes what it is given (at {at}) {when}")
    spent = meter.passes
    require(
        spent <= passes, f"{who} overspends: {spent} passes of the network, of {passes} allowed"
    )
    return _Trial(finding, spent, calls.calls, refused)


def _single(given: Any) -> Any:
    """The given with its first picture only (and what goes with it), and one visualization."""
    pictures = getattr(given, "pictures", None)
    if not isinstance(pictures, Tensor):
        return given
    changes: dict[str, Any] = {}
    for f in dataclasses.fields(given):
        value = getattr(given, f.name)
        if isinstance(value, Tensor) and value.ndim and len(value) == len(pictures):
            changes[f.name] = value[:1].clone()
    if hasattr(given, "visualizations"):
        changes["visualizations"] = 1
    return dataclasses.replace(given, **changes)


def _another(given: Any) -> Any:
    """The given of another case: the next class where there is one, else the same."""
    if not hasattr(given, "target_class"):
        return given
    target = (given.target_class + 1) % len(given.subject.class_names)
    return dataclasses.replace(given, target_class=target)
