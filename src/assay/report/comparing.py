"""The section that compares methods: what they are worth at their worst, by kind, and together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.measures.comparing import Comparison, compare_methods, tools_of
from assay.measures.portfolio import Answers
from assay.measures.ranking import METRICS
from assay.measures.table import stack
from assay.report.places import Choice
from assay.results import Results

Cell = dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """A device and its methods beside each other."""

    choice: Choice
    comparison: Comparison


def compare_devices(
    results: Results, devices: Sequence[tuple[Choice, list[Cell]]]
) -> list[Compared]:
    """The comparison of every device that has methods to compare, by its first judge."""
    found = []
    for choice, cells in devices:
        if choice.ranking is None or choice.guesses:
            continue
        roles = {entry.method: entry.role for entry in choice.entries}
        metrics = METRICS if choice.prints_p_truth else METRICS[:1]
        tools = tools_of(choice.ranking, roles)
        answers = _answers(results, cells, tools, choice.options) if choice.ranks else None
        comparison = compare_methods(cells, choice.ranking, roles, metrics, answers)
        found.append(Compared(choice, comparison))
    return found


def _answers(
    results: Results, cells: Sequence[Cell], tools: Sequence[str], options: int
) -> Answers | None:
    """What the judge answered, and which option was the truth; None where nothing says so."""
    laid = stack(cells, METRICS[0], tools)
    scores = results.store.latest("scores")
    answers = results.store.latest("answers")
    probabilities = np.full((*laid.values.shape, options), np.nan)
    truth = np.full(laid.values.shape[1:], -1)
    for cell in cells:
        row = scores.get(cell["score"])
        if cell["method"] not in tools or row is None or cell["status"] != "ok":
            continue
        at = laid.cases.index(cell["case"]), laid.seeds.index(cell["seed"])
        said = (answers.get(row["answer"]) or {}).get("probabilities") or []
        if len(said) == options:
            probabilities[(tools.index(cell["method"]), *at)] = said
        if truth[at] < 0:
            truth[at] = _index(results, row)
    return Answers(probabilities, truth) if (truth >= 0).any() else None


def _index(results: Results, row: Mapping[str, Any]) -> int:
    """The true option's place, as `reveal/` has it; -1 where it says nothing."""
    path = results.store.reveal_path(row["truth"] or "") / "truth.json"
    try:
        index = json.loads(path.read_text(encoding="utf-8")).get("index")
    except (OSError, ValueError):
        return -1
    return index if isinstance(index, int) else -1
