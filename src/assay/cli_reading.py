"""The commands of a blind reading: sheets for a reader, and how far reader and judge agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assay.measures.intervals import Estimate
    from assay.reading.scoring import Reading

reading_app = typer.Typer(
    help="A blind reader beside the judge: pictures and options alone.", no_args_is_help=True
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@reading_app.command("make")
def make(
    run: Annotated[str, typer.Argument(help="A suite's name, or a folder of results.")],
    out: Annotated[Path, typer.Option(help="Folder to write the reading into.")],
    cells: Annotated[int, typer.Option(min=1, max=999, help="How many are to be read.")] = 96,
    seed: int = 0,
    judge: Annotated[str, typer.Option(help="Whose answers the reader's are held against.")] = (
        "embedding"
    ),
    floors: Annotated[
        bool, typer.Option("--floors", help="Draw from floors such as noise as well.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw cells of a run and write a picture sheet for each, for a reader who knows no more."""
    from assay.api import load
    from assay.progress import Bar
    from assay.reading.making import ANSWERS, Draw, make_reading
    from assay.results import Results

    results = Results(load(run).folder)
    with Bar("sheets", cells) as bar:
        key = make_reading(results, out, Draw(judge, cells, seed, floors), bar.advance)
    if as_json:
        print(json.dumps({"folder": str(out), "cells": list(key.cells)}))
    else:
        print(f"{len(key.cells)} sheets in {out}; the answers go into {out / ANSWERS}")


@reading_app.command("score")
def score(
    folder: Annotated[Path, typer.Argument(help="The reading's folder, all answers given.")],
    run: Annotated[
        str | None, typer.Option(help="The run that it is of, if not results/<suite>.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a reader's answers with the judge's: Cohen's kappa, and how often each is right."""
    from assay.api import load
    from assay.reading.scoring import readable, score_reading
    from assay.results import Results, default_folder

    # Before the run is looked at: nothing is told while an answer is missing.
    key, said = readable(folder)
    results = Results(load(run).folder if run is not None else default_folder(key.suite))
    reading = score_reading(folder, results, key, said)
    print(json.dumps(reading.as_dict(), indent=1) if as_json else _spelled(reading))


def _spelled(reading: Reading) -> str:
    """A line for each number, with its interval and how many cells it is over."""
    judge = f"judge ({reading.judge['name']})"
    lines = [f"reader: {', '.join(reading.readers)}; {judge}"]
    for name, value in (
        ("kappa", reading.kappa),
        ("kappa, trojaned", reading.kappa_trojaned),
        ("kappa, twin", reading.kappa_twin),
        (f"kappa without {reading.ties} ties", reading.kappa_decided),
        ("Spearman of confidence", reading.spearman),
    ):
        lines.append(f"{name:<28}{_number(value)}")
    lines.append(f"{'':<28}{'reader':<26}judge")
    for name, both in (
        *((f"right, {kind}", beside) for kind, beside in reading.right.items()),
        ("right, twin", reading.right_twin),
        ("names something, twin", reading.named_twin),
    ):
        lines.append(f"{name:<28}{_number(both.reader):<26}{_number(both.judge)}")
    bar = f"the bar of {reading.bar:g}"
    lines.append(f"kappa reaches {bar}" if reading.holds else f"kappa is below {bar}: no ranking")
    return "\n".join(lines)


def _number(value: Estimate) -> str:
    if value.value is None:
        return f"not measured, n {value.n}"
    if value.low is None or value.high is None:
        return f"{value.value:.2f}, n {value.n}"
    return f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}], n {value.n}"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(reading_app, name="reading")
