"""How far a device orders the methods: ranks, groups, or why there are none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from assay.measures.gates import FIXTURES, RIVALS, ROLES, Gate, holds
from assay.measures.judges import FEWEST, GUESSES, Agreement, agreement_of_judges
from assay.measures.pairs import Pair, compare, group_methods
from assay.measures.table import Row

Cell = Mapping[str, Any]
METRICS = ("correct", "p_truth")
# Fewer seeds say little about what a tool would have found in other draws of its own.
SEEDS_TO_RANK = 3
# The floor that tells whether a judge sees anything; `shuffled` is made of the tools' own findings.
_FLOOR = "noise"


@dataclass(frozen=True)
class Ranking:
    """The order of a device's methods, and how far the data carry it.

    `order` has every method: where it `ranks`, the tools from the best to the worst, then bounds,
    the ceiling, the fixtures and the floors; where `few` says that there are too few seeds for
    that, the tools group by group, each in the alphabet's order, and the others as before; else it
    is the alphabet's. `groups` are of tools, the best first; where there are none, `why` says so in
    a sentence. `agreements` are the first judge's with each beside it; `pairs` are compared only
    where the gates hold.
    """

    order: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    agreements: tuple[Agreement, ...]
    pairs: tuple[Pair, ...]
    why: str | None
    few: str | None
    ranks: bool

    def label(self, method: str) -> str:
        """The letter of the tool's group, A for the best; empty for what is in none."""
        for i, group in enumerate(self.groups):
            if method in group:
                # No table has so many groups, but a number is better than an error.
                return ascii_uppercase[i] if i < len(ascii_uppercase) else str(i + 1)
        return ""


def make_ranking(
    cells: Sequence[Cell],
    beside: Sequence[Cell],
    rows: Sequence[Row],
    gates: Sequence[Gate],
    roles: Mapping[str, str],
    silent: Collection[str] = (),
) -> Ranking:
    """The order of the methods (`roles` has each) by the judge of these cells, gates and rows.

    `beside` are the other judges' cells on the same task and subject. Of judges that are `silent`
    no `p_truth` is printed: neither groups nor agreement are made of it, and where nobody sits
    beside such a judge, it orders by `correct` alone.
    """
    judge = cells[0]["judge"]
    tools = [method for method, role in roles.items() if role == "tool"]
    others = [j for j in dict.fromkeys(c["judge"] for c in beside) if j != GUESSES]
    rivals = [method for method, role in roles.items() if role in RIVALS]
    held_against = [*rivals, *([_FLOOR] if _FLOOR in roles else [])]
    agreements = tuple(
        agreement_of_judges([*cells, *beside], judge, other, held_against)
        if not {judge, other} & set(silent)
        else Agreement(judge, other, (), None, tuple(j for j in (judge, other) if j in silent))
        for other in others
    )
    # A device that nothing was measured with has no gates, and doesn't hold.
    good = bool(gates) and holds(gates)
    ordered = sorted(roles, key=lambda method: _merit(method, roles[method], rows))
    ranked = [m for m in ordered if m in tools and _measured(rows, m)]
    measured = [m for m in ordered if m in rivals and _measured(rows, m)]
    why = _why_none(good, measured, agreements)
    few = why_not_ranked(min((_seeds(cells, method) for method in ranked), default=0))
    ranks = why is None and few is None
    if why is None and judge in silent:
        why = f"There are no groups: `p_truth` of `{judge}` is not printed."
    compared = [m for m, role in roles.items() if role in (*RIVALS, "floor") and m != "shuffled"]
    pairs = tuple(compare(cells, _printed(judge, silent), compared)) if good else ()
    groups = () if why else group_methods(ranked, pairs)
    if not ranks:
        ordered = _unranked(ordered, groups)
    return Ranking(
        order=tuple(ordered),
        groups=tuple(tuple(m for m in ordered if m in group) for group in groups),
        agreements=agreements,
        pairs=pairs,
        why=why,
        few=few,
        ranks=ranks,
    )


def why_not_ranked(seeds: int) -> str | None:
    """The sentence that says why there is no ranking from so few seeds; None from three on."""
    if seeds >= SEEDS_TO_RANK:
        return None
    had = "there is one" if seeds == 1 else f"there are {seeds or 'none'}"
    return f"No ranking, groups only: a ranking takes {SEEDS_TO_RANK} seeds at least, and {had}."


def _seeds(cells: Sequence[Cell], method: str) -> int:
    return len({c["seed"] for c in cells if c["method"] == method and c["status"] == "ok"})


def _unranked(ordered: Sequence[str], groups: Sequence[Sequence[str]]) -> list[str]:
    """All methods by the alphabet; or, where there are groups, these first, and then the rest."""
    grouped = [method for group in groups for method in sorted(group)]
    if not grouped:
        return sorted(ordered)
    return grouped + [method for method in ordered if method not in grouped]


def _printed(judge: str, silent: Collection[str]) -> tuple[str, ...]:
    # Tests of what isn't printed would cost the others their certainty (Holm).
    return METRICS[:1] if judge in silent else METRICS


def _why_none(good: bool, rivals: Sequence[str], agreements: Sequence[Agreement]) -> str | None:
    if not good:
        return "There are no groups: the measuring device is broken."
    if not rivals:
        return "There are no groups: no tool gave a number."
    for agreement in agreements:
        between = f"`{agreement.first}` and `{agreement.second}`"
        if agreement.silent:
            of = " and ".join(f"`{judge}`" for judge in agreement.silent)
            return (
                f"There are no groups: `p_truth` of {of} is not printed, so that nothing says "
                f"whether {between} order the methods alike."
            )
        if len(rivals) < FEWEST or agreement.n < FEWEST:
            return (
                f"There are no groups: there are too few tools to say whether {between} order them "
                f"alike ({FEWEST} at least that both have judged)."
            )
        if agreement.tau is None:
            return f"There are no groups: one of {between} gives every method the same."
        if not agreement.agreed:
            return (
                f"There are no groups: {between} don't order the methods alike (Kendall's tau "
                f"{agreement.tau:.2f})."
            )
    return None


def _measured(rows: Sequence[Row], method: str) -> bool:
    return any(_mean(rows, method, metric) is not None for metric in METRICS)


def _mean(rows: Sequence[Row], method: str, metric: str) -> float | None:
    return next((r.mean for r in rows if (r.method, r.metric) == (method, metric)), None)


def _merit(method: str, role: str, rows: Sequence[Row]) -> tuple[float, ...]:
    """Each role's methods from the best to the worst, the roles in their own order."""
    part = ROLES.index(role)
    if method in FIXTURES:
        # They are no rivals: theirs is the order of the gates.
        return part, FIXTURES.index(method)
    means = [_mean(rows, method, metric) for metric in METRICS]
    return (part, *(1.0 if m is None else -m for m in means))
