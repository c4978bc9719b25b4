"""Gathers what a run's folder holds and writes the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assay.files import write_atomically
from assay.measures.gates import say_bounds
from assay.measures.judges import UNSURE, Seats, seat_judges
from assay.measures.table import Row
from assay.report import figures
from assay.report.behind import Backing, Growth, find_backing, find_growth
from assay.report.certificates import Certificate, read_certificates
from assay.report.comparing import Compared, compare_devices
from assay.report.costs import Cost, Failure, judge_seconds, list_costs, list_failures
from assay.report.places import Choice, Measured, Plain, make_choice, make_plain
from assay.report.reproduce import Reproduction, describe_reproduction
from assay.report.shown import Gallery, ShownCase
from assay.report.trial import Card, as_printed, make_cards, without_bars
from assay.results import Results

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Exhibit:
    """The pictures of one task and subject, with the answers of one judge.

    `prints_p_truth`: whether its probabilities stand beside them. `maps`: whether they are maps
    that lie over the pictures that they are of.
    """

    task: str
    judge: str
    subject: str
    twin: str | None
    seed: int
    seeds: int
    prints_p_truth: bool
    cases: list[ShownCase]
    maps: bool = False


@dataclass(frozen=True)
class Device:
    """A device whose judge chooses: what is said of it, its cells, and those on the clean twin."""

    choice: Choice
    cells: list[dict[str, Any]]
    twin: list[dict[str, Any]]


@dataclass(frozen=True)
class Contents:
    """All that the page says."""

    suite: str
    description: str
    run: dict[str, Any]
    size: int
    cells: int
    missing: int
    published: str
    choices: list[Choice]
    comparisons: list[Compared]
    growths: list[Growth]
    backings: list[Backing]
    plains: list[Plain]
    exhibits: list[Exhibit]
    cards: dict[str, Card]
    certificates: list[Certificate]
    costs: list[Cost]
    failures: list[Failure]
    judge_seconds: dict[str, float]
    reproduction: Reproduction


def write_report(folder: Path, path: Path | None = None, run: int | None = None) -> Path:
    """Write the page on a run (the folder's newest) to `path`, or to report.html in its folder.

    AssayError where there are no results.
    """
    results = Results(Path(folder), run)
    path = path or results.folder / "report.html"
    write_atomically(path, render(gather(results)).encode("utf-8"))
    return path


def gather(results: Results) -> Contents:
    """Everything that the page says, from the store, its pictures and `reveal/`."""
    gallery = Gallery(results)
    devices, plains = gather_devices(results)
    choices = [device.choice for device in devices]
    certificates = read_certificates(results.folder)
    planned = results.scores()
    return Contents(
        suite=results.suite.name,
        description=results.suite.description,
        run=results.run,
        size=results.suite.size,
        cells=len(planned),
        missing=sum(p["row"] is None for p in planned),
        published=results.published(),
        choices=choices,
        comparisons=compare_devices(results, [(d.choice, d.cells) for d in devices]),
        growths=[g for d in devices if (g := find_growth(results, d.choice)) is not None],
        backings=[
            find_backing(results, d.choice, d.cells, certificates)
            for d in devices
            if not d.choice.guesses
        ],
        plains=plains,
        exhibits=[
            *(exhibit(gallery, device) for device in devices),
            *(exhibit_of_maps(gallery, p) for p in plains if gallery.has_maps(p.cells)),
        ],
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
        "joined",
    ):  # fmt: skip
        environment.filters[name] = getattr(figures, name)
    environment.filters["said_of_bounds"] = say_bounds
    environment.globals["unsure_bar"] = UNSURE
    environment.globals["interval_bar"] = figures.interval_bar
    environment.globals["gate_bar"] = figures.gate_bar
    return environment


def gather_devices(results: Results) -> tuple[list[Device], list[Plain]]:
    """What is said of each task and subject whose judges choose, and of each other device.

    A device is the first judge's, with the others' beside it; probabilities that a judge's trial
    forbids to print are left out.
    """
    cells, rows = results.cells(), results.rows()
    devices: list[Device] = []
    plains: list[Plain] = []
    for seats in seat_judges(cells):
        first, *beside = _measured(results, seats, cells, rows)
        if seats.chooses:
            choice = as_printed(make_choice(first, beside, results.suite))
            devices.append(Device(choice, first.cells, first.twin_cells))
        else:
            plains.append(make_plain(first, results.suite))
    return devices, plains


def _measured(
    results: Results, seats: Seats, cells: list[Any], rows: Sequence[Row]
) -> list[Measured]:
    """What each judge of these seats measured, the first one first."""
    found: list[Measured] = []
    for judge in (seats.first, *seats.beside):
        by = [c for c in cells if (c["task"], c["judge"]) == (seats.task, judge)]
        own = [c for c in by if c["subject"] == seats.subject]
        twin = [c for c in by if c["twin_of"] == seats.subject]
        said = [
            r for r in rows if (r.task, r.judge, r.subject) == (seats.task, judge, seats.subject)
        ]
        gates, options = results.gates(own), results.options(own)
        printed = results.standing(judge).prints_p_truth
        found.append(Measured(own, twin, said, gates, options, printed))
    return found


def exhibit(gallery: Gallery, device: Device, case: str | None = None) -> Exhibit:
    """What was shown to the device's first judge, of all cases or of one, with its bars.

    Findings are the same for every judge.
    """
    own, twin = (
        [c for c in cells if case in (None, c["case"])] for cells in (device.cells, device.twin)
    )
    cases = gallery.cases(own, twin)
    printed = device.choice.prints_p_truth
    return Exhibit(
        task=device.choice.task,
        judge=device.choice.judge,
        subject=device.choice.subject,
        twin=device.choice.twin,
        seed=own[0]["seed"],
        seeds=len({c["seed"] for c in own}),
        prints_p_truth=printed,
        cases=cases if printed else [without_bars(case) for case in cases],
    )


def exhibit_of_maps(gallery: Gallery, plain: Plain) -> Exhibit:
    """The maps of a device whose tools explain single pictures, over some of these pictures."""
    return Exhibit(
        task=plain.task,
        judge=plain.judge,
        subject=plain.subject,
        twin=plain.twin,
        seed=plain.cells[0]["seed"],
        seeds=len({c["seed"] for c in plain.cells}),
        prints_p_truth=False,
        cases=gallery.cases(plain.cells, plain.twin_cells),
        maps=True,
    )
