"""Is a finding what it should be, and does it come back from the store as it went in?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assay.blobs import Blobs, as_stored
from assay.hooks import module_at
from assay.testing.compare import copy_of, difference, require
from assay.types import (
    FINDINGS,
    SHARES,
    Edit,
    Finding,
    Heatmaps,
    Images,
    Ranking,
    Surrogate,
    Words,
    finite,
    unpack_finding,
)

KINDS: dict[str, tuple[type, ...]] = {
    "predict": (Images, Words, Heatmaps),
    "control": (Ranking, Edit),
    "replace": (Surrogate,),
}
# What the store forgives: rounding on the way out of a sigmoid.
TOLERANCE = 1e-4


def check_finding(
    finding: Finding, given: Any, family: str, who: str = "the finding", *, combined: bool = False
) -> None:
    """AssertionError unless a finding made from `given` is whole, finite and survives the store.

    A `combined` one may show more pictures than a method is asked for, or none at all.
    """
    kind = type(finding).__name__
    require(kind in FINDINGS, f"{who} returns a {kind}, which is no kind of finding")
    fitting = [k.__name__ for k in KINDS[family]]
    require(kind in fitting, f"{who} returns {kind}; the family {family} takes {fitting}")
    if isinstance(finding, Images):
        _check_images(finding, given, who, combined)
    elif isinstance(finding, Words):
        same = len(finding.words) == len(finding.weights)
        require(bool(finding.words) and same, f"{who} must weigh each of at least one word")
        require(all(math.isfinite(w) for w in finding.weights), f"{who} has a weight that is NaN")
    elif isinstance(finding, Heatmaps):
        n = len(given.pictures)
        good = finding.maps.ndim == 3 and len(finding.maps) == n
        require(good, f"{who} must return maps ({n}, h, w), not {tuple(finding.maps.shape)}")
    elif isinstance(finding, Ranking):
        _check_ranking(finding, given, who)
    elif isinstance(finding, Edit):
        _check_edit(finding, given, who)
    else:
        good = finding.weight.ndim == 2 and finding.bias.shape == finding.weight.shape[:1]
        require(good, f"{who} must return a weight (out, in) and a bias (out)")
        part = getattr(given, "part", finding.part)
        require(finding.part == part, f"{who} replaces {finding.part!r} and was given {part!r}")
    require(finite(finding), f"{who} returns NaN or infinity")
    _check_store(finding, who)


def _check_images(finding: Images, given: Any, who: str, combined: bool) -> None:
    size = given.subject.size
    shape = tuple(finding.candidates.shape)
    good = len(shape) == 4 and shape[1:] == (3, size, size) and shape[0] > 0
    require(good, f"{who} must return pictures (m, 3, {size}, {size}), not {shape}")
    m = shape[0]
    require(len(finding.scores) == m, f"{who} has {m} candidates and {len(finding.scores)} scores")
    require(all(math.isfinite(s) for s in finding.scores), f"{who} has a score that is NaN")
    chosen, shown = finding.chosen, given.visualizations
    inside = all(0 <= i < m for i in chosen) and len(set(chosen)) == len(chosen)
    require(inside, f"{who} chooses {chosen} among {m} candidates: each at most once")
    count = len(chosen)
    require(
        combined or 0 < count <= shown, f"{who} shows {count} pictures and was asked for {shown}"
    )
    require(finite(finding), f"{who} returns NaN or infinity")
    for share, then in finding.snapshots.items():
        good = share in SHARES and tuple(then.shape) == (count, *shape[1:])
        require(good, f"{who} has a snapshot {share!r} {tuple(then.shape)} of {count} pictures")
    kept = [finding.candidates, *finding.snapshots.values()]
    low, high = min(float(p.min()) for p in kept), max(float(p.max()) for p in kept)
    within = low >= -TOLERANCE and high <= 1 + TOLERANCE
    require(within, f"{who} paints outside [0, 1]: from {low:.3g} to {high:.3g}")


def _check_ranking(finding: Ranking, given: Any, who: str) -> None:
    units = finding.units
    good = bool(units) and len(set(units)) == len(units) and min(units) >= 0
    require(good, f"{who} must rank units from 0 on, each at most once")
    layer = getattr(given, "layer", finding.layer)
    require(finding.layer == layer, f"{who} ranks {finding.layer!r} and was given {layer!r}")
    try:
        module_at(given.subject.network(), finding.layer)
    except ValueError as error:
        raise AssertionError(f"{who} ranks a layer that isn't there: {error}") from error


def _check_edit(finding: Edit, given: Any, who: str) -> None:
    state = given.subject.network().state_dict()
    for name, value in finding.values.items():
        require(name in state, f"{who} edits {name!r}, which the network doesn't have")
        require(
            value.shape == state[name].shape,
            f"{who} edits {name!r} with {tuple(value.shape)}; it is {tuple(state[name].shape)}",
        )


def _check_store(finding: Finding, who: str) -> None:
    kept = as_stored(finding)
    with TemporaryDirectory() as folder:
        blobs = Blobs(Path(folder))
        try:
            row = json.loads(json.dumps(blobs.write(kept)))
            back = blobs.read(row)
        except Exception as error:
            raise AssertionError(f"{who} can't be stored: {error}") from error
    at = difference(copy_of(kept), copy_of(back))
    require(at is None, f"{who} comes back from the store changed (at {at})")
    plain = unpack_finding(finding)[1]
    same = plain == unpack_finding(back)[1]
    require(same, f"{who} must hold tuples of plain numbers and words, not {plain}")
