"""What a notebook shows of an evaluation: a piece of a page that stands by itself, without scripts.

It is made of the report's own parts, and brings the report's style along for itself alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from assay.measures.pairs import Pair
from assay.report.costs import gist, list_failures
from assay.report.figures import joined
from assay.report.page import (
    Device,
    Exhibit,
    Plain,
    exhibit,
    gather_devices,
    make_environment,
)
from assay.report.places import Choice
from assay.report.shown import Gallery
from assay.results import Results

NOISE = "noise"


@dataclass(frozen=True)
class Asked:
    """What an evaluation asked for: its tools, so many of the task's cases, and by which call."""

    tools: tuple[str, ...]
    cases: tuple[str, ...]
    of: int
    call: str

    @property
    def whole(self) -> bool:
        """Whether all cases were asked, which the floors and the ceiling need."""
        return len(self.cases) == self.of


@dataclass(frozen=True)
class Evaluated:
    """What there is to say: each device with its tools in the order asked, and the remarks."""

    asked: Asked
    title: str
    devices: list[Device]
    plains: list[Plain]
    remarks: list[str]


def gather_evaluated(results: Results, asked: Asked) -> Evaluated:
    """What is to be said of an evaluation, without its pictures."""
    devices, plains = gather_devices(results)
    order = [*results.suite.methods]
    devices = [replace(d, choice=_in_order(d.choice, order)) for d in devices]
    places = [d.choice for d in devices] or plains
    count = f"all {asked.of}" if asked.whole else f"{len(asked.cases)} of {asked.of}"
    title = f"{joined(asked.tools)} on {count} cases"
    if places:
        title += f" ({places[0].subject}, judged by {places[0].judge})"
    trials = [results.standing(d.choice.judge).sentence.replace("`", "") for d in devices]
    judged = [said for d in devices for said in _judged(d.choice, asked)]
    remarks = [*(said for said in trials if said), *judged]
    return Evaluated(asked, title, devices, plains, [*remarks, *_wrong(results)])


def render_evaluated(results: Results, said: Evaluated) -> str:
    """The table, the remarks and the pictures by case, as HTML for a notebook's cell."""
    gallery = Gallery(results)
    return _render(said=said, exhibits=[exhibit(gallery, d) for d in said.devices])


def render_exhibits(exhibits: list[Exhibit]) -> str:
    """Pictures and bars alone, as HTML for a notebook's cell."""
    return _render(said=None, exhibits=exhibits)


def picture_files(results: Results, case: str) -> dict[str, dict[str, list[Path]]]:
    """The files of the chosen pictures of a case: by method, by subject, in the order of seeds."""
    found: dict[str, dict[str, list[Path]]] = {}
    for cell in results.cells():
        if cell["case"] == case and cell["finding"] and cell["method"] in results.suite.methods:
            paths = results.store.picture_paths(cell["finding"])
            found.setdefault(cell["method"], {}).setdefault(cell["subject"], []).extend(paths)
    return found


def _render(said: Evaluated | None, exhibits: list[Exhibit]) -> str:
    template = make_environment().get_template("evaluated.html.j2")
    return template.render(said=said, exhibits=exhibits)


def _in_order(choice: Choice, order: list[str]) -> Choice:
    """The choice with its tools as they were given, where it may not order them itself."""
    if choice.ranks:
        return choice
    place = {name: i for i, name in enumerate(order)}
    entries = sorted(choice.entries, key=lambda e: place.get(e.method, len(order)))
    return replace(choice, entries=entries)


def _judged(choice: Choice, asked: Asked) -> list[str]:
    """Whether the device holds; and whether each tool is told apart from noise."""
    if not asked.whole:
        return [
            f"{len(asked.cases)} of {asked.of} cases: the floors and the ceiling are judged over "
            "all of them, so that nothing here says which method is better."
        ]
    if not choice.holds:
        bad = " ".join(gate.sentence for gate in choice.gates if not gate.passed)
        return [f"No ranking, the measuring device is broken: {bad}".replace("`", "")]
    # What isn't printed is not compared: then by the share of right answers.
    compared = [d.p_truth or d.correct for d in choice.differences]
    pairs = {(pair.first, pair.second): pair for pair in compared}
    said = ["The measuring device holds: the ceiling is reached, and the floors are at chance."]
    for tool in asked.tools:
        if (tool, NOISE) in pairs:
            said.append(_against_noise(tool, pairs[tool, NOISE]))
    return said


def _against_noise(tool: str, pair: Pair) -> str:
    by = f"{pair.metric} differs by {pair.difference:+.2f}"
    if pair.low is not None and pair.high is not None:
        by += f" [{pair.low:+.2f}, {pair.high:+.2f}]"
    by += f" over {pair.n} cases, corrected p {pair.p_holm:.3f}"
    if not pair.carried:
        return f"{tool} is not told apart from noise: {by}."
    return f"{tool} {'beats' if pair.difference > 0 else 'is worse than'} noise: {by}."


def _wrong(results: Results) -> list[str]:
    """What is still to be computed, and what went wrong, once a reason."""
    said = []
    missing = sum(planned["row"] is None for planned in results.scores())
    if missing:
        said.append(
            f"{missing} answers are still to be computed: what is there is kept, and the same "
            "call goes on from it."
        )
    reasons = Counter((f.method, f.status, gist(f.error)) for f in list_failures(results))
    for (method, status, why), times in reasons.items():
        cells = "cell" if times == 1 else "cells"
        said.append(f"{method}: {times} {cells} gave no number ({status.replace('_', ' ')}): {why}")
    return said
