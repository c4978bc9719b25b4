"""Gathers what a run's folder holds and writes the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assay.blobs import write_atomically
from assay.report import figures
from assay.report.certificates import Certificate, read_certificates
from assay.report.costs import Cost, Failure, judge_seconds, list_costs, list_failures
from assay.report.places import Choice, Plain, is_choice, make_choice, make_plain, split_places
from assay.report.reproduce import Reproduction, describe_reproduction
from assay.report.shown import Gallery, ShownCase
from assay.report.trial import Card, make_cards, without_bars, without_p_truth
from assay.results import Results

_TEMPLATES = Path(__file__).parent / "templates"
_DEFAULT_OPTIONS = 8


@dataclass(frozen=True)
class Exhibit:
    """The pictures of one task and subject, with the answers of one judge."""

    task: str
    judge: str
    subject: str
    twin: str | None
    seed: int
    seeds: int
    cases: list[ShownCase]


@dataclass(frozen=True)
class Contents:
    """All that the page says."""

    suite: str
    description: str
    run: dict[str, Any]
    size: int
    cells: int
    missing: int
    choices: list[Choice]
    plains: list[Plain]
    exhibits: list[Exhibit]
    cards: dict[str, Card]
    certificates: list[Certificate]
    costs: list[Cost]
    failures: list[Failure]
    judge_seconds: dict[str, float]
    reproduction: Reproduction


def write_report(folder: Path) -> Path:
    """Write report.html into a run's folder; AssayError where there are no results."""
    results = Results(Path(folder))
    path = results.folder / "report.html"
    write_atomically(path, render(gather(results)).encode("utf-8"))
    return path


def gather(results: Results) -> Contents:
    """Everything that the page says, from the store, its pictures and `reveal/`."""
    gallery = Gallery(results)
    cells = results.cells()
    choices: list[Choice] = []
    plains: list[Plain] = []
    exhibits: dict[tuple[str, str], Exhibit] = {}
    for own, rows in split_places(cells, results.rows()):
        place = own[0]
        if not is_choice(own):
            plains.append(make_plain(own, rows, results.suite.floors))
            continue
        twin = [
            c
            for c in cells
            if c["twin_of"] == place["subject"]
            and (c["task"], c["judge"]) == (place["task"], place["judge"])
        ]
        options = results.options(own) or _DEFAULT_OPTIONS
        choice = make_choice(own, twin, rows, options, results.suite.floors)
        silent = not results.standing(choice.judge).prints_p_truth
        choices.append(without_p_truth(choice) if silent else choice)
        # The findings are the same for every judge: they are shown once, with the first one's bars.
        if (choice.task, choice.subject) not in exhibits:
            shown = _exhibit(gallery, choice, own, twin)
            if silent:
                shown = replace(shown, cases=[without_bars(case) for case in shown.cases])
            exhibits[choice.task, choice.subject] = shown
    certificates = read_certificates(results.folder)
    planned = results.scores()
    return Contents(
        suite=results.suite.name,
        description=results.suite.description,
        run=results.run,
        size=results.suite.size,
        cells=len(planned),
        missing=sum(p["row"] is None for p in planned),
        choices=choices,
        plains=plains,
        exhibits=list(exhibits.values()),
        cards=make_cards(results, choices),
        certificates=certificates,
        costs=list_costs(results),
        failures=list_failures(results),
        judge_seconds=judge_seconds(results),
        reproduction=describe_reproduction(
            results, [(c.subject, c.weights) for c in certificates if c.weights]
        ),
    )


def render(contents: Contents) -> str:
    """The page as HTML."""
    return make_environment().get_template("report.html.j2").render(c=contents)


def make_environment() -> Environment:
    """What pages are made with: the templates, and how numbers and names are written."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (
        "number", "short", "share", "whole", "amount", "count", "coded", "breakable", "words",
    ):  # fmt: skip
        environment.filters[name] = getattr(figures, name)
    environment.filters["joined"] = _joined
    environment.globals["interval_bar"] = figures.interval_bar
    environment.globals["gate_bar"] = figures.gate_bar
    return environment


def _exhibit(gallery: Gallery, choice: Choice, own: list[Any], twin: list[Any]) -> Exhibit:
    return Exhibit(
        task=choice.task,
        judge=choice.judge,
        subject=choice.subject,
        twin=choice.twin,
        seed=own[0]["seed"],
        seeds=len({c["seed"] for c in own}),
        cases=gallery.cases(own, twin),
    )


def _joined(items: Sequence[str]) -> str:
    """Words as a sentence lists them: a, b and c."""
    listed = list(items)
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
