"""Who ranks and who judges beside it, how alike they order the methods, and where one is unsure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from assay.measures.table import grid

Cell = Mapping[str, Any]
# A judge is unsure of a cell where an option's probability moves by more than this between the
# views that it takes of the same finding.
UNSURE = 0.4
# Two judges order the methods alike from this on.
AGREED = 0.7
# Fewer methods have too few orders for a correlation of ranks to say anything.
FEWEST = 3
# The judge that guesses on purpose: it never ranks, and nobody is held against it.
GUESSES = "chance"
# Means of the same numbers in another order are a tie, whatever rounding does to them.
_DIGITS = 9


@dataclass(frozen=True)
class Seats:
    """The judges of one task and subject: `first` ranks, those `beside` it are printed with it.

    `chooses`: whether they pick one of a question's options. A judge that measures sits alone.
    """

    task: str
    subject: str
    first: str
    beside: tuple[str, ...]
    chooses: bool


@dataclass(frozen=True)
class Agreement:
    """How alike two judges order `methods` by their mean `p_truth`.

    `tau` is Kendall's (1945, tau-b) in [-1, 1]; None where there are too few methods, or where one
    judge gives all of them the same, or where the `p_truth` of one, which is then among `silent`,
    is not printed.
    """

    first: str
    second: str
    methods: tuple[str, ...]
    tau: float | None
    silent: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        return len(self.methods)

    @property
    def agreed(self) -> bool:
        return self.tau is not None and self.tau >= AGREED

    @property
    def sentence(self) -> str:
        """What came of it, for a table: names of judges and methods between back quotes."""
        if self.silent:
            of = " and ".join(f"`{judge}`" for judge in self.silent)
            return (
                f"Kendall's tau between `{self.first}` and `{self.second}` is not told: `p_truth` "
                f"of {of} is not printed."
            )
        rows = ", ".join(f"`{name}`" for name in self.methods)
        if self.tau is not None:
            return (
                f"Kendall's tau between `{self.first}` and `{self.second}` is {self.tau:.2f} over "
                f"{self.n} rows ({rows}); groups take {AGREED:.1f}."
            )
        if self.n < FEWEST:
            had = f"{self.n} ({rows})" if self.n else "none"
            return (
                f"There are too few methods to say whether `{self.first}` and `{self.second}` "
                f"agree: it takes {FEWEST} rows, and both have judged {had}."
            )
        return f"One of `{self.first}` and `{self.second}` gives every method the same."


def seat_judges(cells: Iterable[Cell]) -> list[Seats]:
    """Who sits where, for each task and subject that is no clean twin, in the order of the cells.

    Cells are in the order of the suite's judges. The first that is asked to choose ranks; the one
    that guesses on purpose only where it is alone.
    """
    cells = [c for c in cells if not c.get("twin_of")]
    found: list[Seats] = []
    for task, subject in dict.fromkeys((c["task"], c["subject"]) for c in cells):
        here = [c for c in cells if (c["task"], c["subject"]) == (task, subject)]
        named: dict[str, set[str]] = {}
        for cell in here:
            named.setdefault(cell["judge"], set()).update(cell["metrics"])
        choosing = any("p_truth" in names for names in named.values())
        # A judge that has no number yet is taken for what the others are.
        choosers = [
            j for j, names in named.items() if choosing and (not names or "p_truth" in names)
        ]
        choosers.sort(key=lambda judge: judge == GUESSES)
        if choosers:
            found.append(Seats(task, subject, choosers[0], tuple(choosers[1:]), True))
        found += [Seats(task, subject, j, (), False) for j in named if j not in choosers]
    return found


def agreement_of_judges(
    cells: Iterable[Cell], first: str, second: str, methods: Sequence[str]
) -> Agreement:
    """Kendall's tau between the two judges' means of `p_truth` over those of `methods`.

    The cells are of one task and subject, by both judges. A method counts with the cells that both
    have judged: seeds are averaged within cases, then cases; without any it is left out.
    """
    cells = list(cells)
    means: dict[str, tuple[float, ...]] = {}
    for method in methods:
        own = [_by_place(cells, judge, method) for judge in (first, second)]
        shared = own[0].keys() & own[1].keys()
        if shared:
            means[method] = tuple(_mean([c for at, c in of.items() if at in shared]) for of in own)
    tau = None
    if len(means) >= FEWEST:
        tau_and_p: Any = kendalltau(*zip(*means.values(), strict=True))
        value = float(tau_and_p.statistic)
        # Where one judge gives every method the same there are no ranks to correlate.
        tau = value if np.isfinite(value) else None
    return Agreement(first, second, tuple(means), tau)


def unsure(moved: float | None) -> bool:
    """Whether a cell that moved by so much between the judge's views is one of which it is unsure.

    None, a judge that takes one view only, is no doubt.
    """
    return moved is not None and moved > UNSURE


def count_unsure(cells: Iterable[Cell], methods: Sequence[str]) -> tuple[int, int]:
    """Of how many of these methods' cells a judge is unsure, and how many say how they moved."""
    said = [c["moved"] for c in cells if c["method"] in methods and c.get("moved") is not None]
    return sum(map(unsure, said)), len(said)


def _mean(cells: list[Cell]) -> float:
    return round(float(grid(cells, "p_truth").by_case.mean()), _DIGITS)


def _by_place(cells: list[Cell], judge: str, method: str) -> dict[tuple[str, int], Cell]:
    return {
        (c["case"], c["seed"]): c
        for c in cells
        if (c["judge"], c["method"]) == (judge, method) and "p_truth" in c["metrics"]
    }
