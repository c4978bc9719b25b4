"""The check of a combiner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from assay.plugins import Combiner
from assay.testing.compare import copy_of, difference, require
from assay.testing.methods import Finder, check_finder
from assay.testing.parameters import check_parameters, fresh_copy, name_of
from assay.testing.samples import sample_findings, sample_given
from assay.types import Budget, Finding

# What the sample's methods are called.
METHODS = ("first", "second", "third")


def check_combiner(
    combiner: Combiner,
    given: Any = None,
    findings: Mapping[str, Finding] | None = None,
    *,
    passes: int = 128,
    seed: int = 0,
) -> None:
    """Check that a combiner keeps the rules, with `given` and `findings` or with small ones.

    They are those of `check_method`: the same seed gives the same finding, nothing is left changed,
    the budget is kept. Besides, the findings stay as they were, and one finding alone is enough.
    More pictures may be shown than a method is asked for, or none at all.
    """
    check_parameters(combiner, Combiner)
    who = name_of(combiner)
    given = sample_given(combiner.family) if given is None else given
    if findings is None:
        made = sample_findings(combiner.family, len(METHODS), given.subject.size)
        findings = dict(zip(METHODS, made, strict=True))
    require(bool(findings), "check_combiner needs at least one finding")
    joined = {method: findings[method] for method in sorted(findings)}
    before = copy_of(joined)
    check_finder(_finder(combiner, joined), given, passes, seed)
    at = difference(before, copy_of(joined))
    require(at is None, f"{who} changes the findings that it joins (at {at})")
    first = next(iter(joined))
    alone = _finder(combiner, {first: joined[first]})
    try:
        alone.find(given, Budget(passes), torch.Generator().manual_seed(seed))
    except Exception as error:
        raise AssertionError(
            f"{who} can't do with one finding: {type(error).__name__}: {error}"
        ) from error


def _finder(combiner: Combiner, findings: Mapping[str, Finding]) -> Finder:
    def find(given: Any, budget: Budget, rng: torch.Generator) -> Finding:
        return combiner.combine(given, findings, budget, rng)

    def fresh() -> Finder:
        return _finder(fresh_copy(combiner), findings)

    return Finder(name_of(combiner), combiner.family, find, fresh, combined=True)
