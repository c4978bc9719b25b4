"""What may be said of the order of the methods on one device: groups, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from assay.measures.gates import Gate, holds
from assay.measures.judges import FEWEST, GUESSES, Agreement, agreement_of_judges
from assay.measures.pairs import Pair, compare, group_methods
from assay.measures.table import Row

Cell = Mapping[str, Any]
METRICS = ("correct", "p_truth")
# The floor that tells whether a judge sees anything; `shuffled` is made of the tools' own findings.
_FLOOR = "noise"


@dataclass(frozen=True)
class Standing:
    """The order of a device's methods, and how far the data carry it.

    `order` has every method: the tools from the best to the worst, then the ceiling and the floors,
    where there are `groups` of tools (the best first); else the alphabet's order, and `why` says in
    a sentence why there are none. `agreements` are the first judge's with each beside it; `pairs`
    are compared only where the gates hold.
    """

    order: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    agreements: tuple[Agreement, ...]
    pairs: tuple[Pair, ...]
    why: str | None

    @property
    def ranks(self) -> bool:
        """Whether the methods are in order of merit."""
        return self.why is None

    def label(self, method: str) -> str:
        """The letter of the tool's group, A for the best; empty for what is in none."""
        for i, group in enumerate(self.groups):
            if method in group:
                # No table has so many groups, but a number is better than an error.
                return ascii_uppercase[i] if i < len(ascii_uppercase) else str(i + 1)
        return ""


def make_standing(
    cells: Sequence[Cell],
    beside: Sequence[Cell],
    rows: Sequence[Row],
    gates: Sequence[Gate],
    roles: Mapping[str, str],
) -> Standing:
    """The standing of the methods (`roles` has each) by the judge of these cells, gates and rows.

    `beside` are the other judges' cells on the same task and subject.
    """
    judge = cells[0]["judge"]
    tools = [method for method, role in roles.items() if role == "tool"]
    others = [j for j in dict.fromkeys(c["judge"] for c in beside) if j != GUESSES]
    held_against = [*tools, *([_FLOOR] if _FLOOR in roles else [])]
    agreements = tuple(
        agreement_of_judges([*cells, *beside], judge, other, held_against) for other in others
    )
    # A device that nothing was measured with has no gates, and doesn't hold.
    good = bool(gates) and holds(gates)
    ordered = sorted(roles, key=lambda method: _merit(method, roles[method], rows))
    ranked = [m for m in ordered if m in tools and _mean(rows, m, "p_truth") is not None]
    why = _why_none(good, ranked, agreements)
    compared = [m for m, role in roles.items() if role != "ceiling" and m != "shuffled"]
    pairs = tuple(compare(cells, METRICS, compared)) if good else ()
    return Standing(
        order=tuple(sorted(roles) if why else ordered),
        groups=() if why else group_methods(ranked, pairs),
        agreements=agreements,
        pairs=pairs,
        why=why,
    )


def _why_none(good: bool, tools: Sequence[str], agreements: Sequence[Agreement]) -> str | None:
    if not good:
        return "There are no groups: the measuring device is broken."
    if not tools:
        return "There are no groups: no tool gave a number."
    for agreement in agreements:
        between = f"`{agreement.first}` and `{agreement.second}`"
        if len(tools) < FEWEST or agreement.n < FEWEST:
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


def _mean(rows: Sequence[Row], method: str, metric: str) -> float | None:
    return next((r.mean for r in rows if (r.method, r.metric) == (method, metric)), None)


def _merit(method: str, role: str, rows: Sequence[Row]) -> tuple[float, ...]:
    """Tools from the best to the worst, then the ceiling, then the floors."""
    means = [_mean(rows, method, metric) for metric in METRICS]
    return (("tool", "ceiling", "floor").index(role), *(1.0 if m is None else -m for m in means))
