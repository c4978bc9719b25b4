"""The command that puts a judge on trial, with what a run on decoys has stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.allocator import keep_freed_memory
from assay.cli_judge import JudgeOption
from assay.progress import Bar

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

    from assay.plugins import Judge
    from assay.results import Results
    from assay.trial.record import Record


def judge_trial(
    run: Annotated[Path, typer.Argument(help="Folder of results of a suite on decoys.")],
    judge: JudgeOption = "embedding",
    agreement: Annotated[
        Path | None, typer.Option(help="What `assay judge-agreement --json` printed.")
    ] = None,
    reading: Annotated[
        Path | None, typer.Option(help="What `assay reading score --json` printed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep it as the judge's record.")] = False,
) -> None:
    """Put a judge on trial: temperature, calibration, stability, and from when on it is sure.

    What is measured elsewhere (--agreement, --reading) and isn't given is taken from the record
    that is there, if that is of the same version of the judge.
    """
    from assay.judge_trial import look_again, tool_cells, try_judge
    from assay.results import Results
    from assay.trial.record import BlindReading, People, with_kept_parts, write_record

    keep_freed_memory()
    results = Results(run)
    made = _judge_of(results, judge)
    # Read first: a file that can't be read is told before anything is looked at.
    parts: dict[str, Any] = {}
    if agreement is not None:
        parts["agreement"] = _part(People, agreement, "--agreement", made)
    if reading is not None:
        parts["reading"] = _part(BlindReading, reading, "--reading", made)
    with Bar("looking", len(tool_cells(results))) as bar:
        tried = look_again(results, judge, made, bar.advance)
    record = with_kept_parts(try_judge(tried).model_copy(update=parts))
    print(record.model_dump_json(indent=1) if as_json else _spelled(record, tried.drift))
    if write:
        typer.echo(f"kept: {write_record(record).name}", err=True)


def _judge_of(results: Results, judge: str) -> Judge:
    """The judge as the run's suite has it, else with the reference of that size."""
    from assay.plugins import make_plugin
    from assay.suite import judge_parameters

    if judge in results.suite.judges:
        return results.suite.plugin("judges", judge)
    return make_plugin("judges", judge, judge_parameters(judge, results.suite.size))


def _part(part: type[BaseModel], path: Path, option: str, made: Judge) -> BaseModel:
    """What the file says of the judge; AssayError for one that can't be read or is of another."""
    from pydantic import ValidationError

    from assay.plugins import plugin_key
    from assay.types import AssayError, digest

    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssayError(f"{path} can't be read as JSON: {error}") from error
    if not isinstance(said, dict):
        raise AssayError(f"{path} holds no JSON object")
    of = said.get("judge")
    if not isinstance(of, dict):
        raise AssayError(f"{option}: judge is missing or not as expected")
    if digest({k: v for k, v in of.items() if k != "name"}) != digest(plugin_key(made)):
        raise AssayError(f"{path} is about another judge, or about another version of it")
    try:
        known = {k: v for k, v in said.items() if k in part.model_fields}
        return part.model_validate(known)
    except ValidationError as error:
        named = ".".join(str(at) for at in error.errors()[0]["loc"])
        raise AssayError(f"{option}: {named} is missing or not as expected") from error


def _spelled(record: Record, drift: float | None) -> str:
    from assay.tables import as_text

    lines: list[RenderableType] = [
        f"the judge {record.judge} at {record.size} px, on {record.decoys} decoys and the methods "
        f"{', '.join(record.methods)}: {record.calibration.cells} findings"
    ]
    if drift is not None and drift > 1e-3:
        lines.append(
            f"The run's own answers differ by up to {drift:.2f}: another version of the judge gave "
            "them. What follows is of the judge as it is now."
        )
    for part in (_temperature(record), _curve(record), _stability(record), _means(record)):
        lines += ["", part]
    return as_text([*lines, "", *_sentences(record)])


def _temperature(record: Record) -> RenderableType:
    from assay.tables import number, plain_table

    table = plain_table("temperature")
    for name in ("", "temperature", "loss (nats)"):
        table.add_column(name, justify="left" if not name else "right")
    t, c = record.temperature, record.calibration
    table.add_row("the judge's own", number(t.committed, 3), number(c.loss_committed, 3))
    table.add_row("fitted on all cells", number(t.fitted, 3), "")
    span = f"{t.low:.3f} to {t.high:.3f}"
    table.add_row("on other decoys and methods", span, number(c.loss, 3))
    table.add_row("a guess", "", number(c.loss_of_guess, 3))
    return table


def _curve(record: Record) -> RenderableType:
    from assay.tables import number, plain_table

    table = plain_table("calibration, held out")
    for name in ("confidence", "cells", "mean", "right [95 %]"):
        table.add_column(name, justify="right")
    for b in record.calibration.curve:
        table.add_row(
            f"{b.low:.1f} to {b.high:.1f}",
            str(b.count),
            number(b.confidence),
            f"{number(b.right)} [{number(b.right_low)}, {number(b.right_high)}]",
        )
    return table


def _stability(record: Record) -> RenderableType:
    from assay.tables import number, plain_table

    table = plain_table("the order of the methods under changes of the judge")
    table.add_column("change")
    table.add_column("Kendall's tau", justify="right")
    table.add_column("what changes places (p_truth apart by, before and after)")
    for change in record.stability.changes:
        said = ", ".join(
            f"{e.first} and {e.second} ({e.before:.3f}, {e.after:.3f})" for e in change.exchanges
        )
        table.add_row(change.name, number(change.tau), said)
    return table


def _means(record: Record) -> RenderableType:
    from assay.tables import number, plain_table

    table = plain_table("means")
    table.add_column("method")
    for name in ("p_truth", "leak (clean twin)"):
        table.add_column(name, justify="right")
    for method in record.methods:
        table.add_row(
            method, number(record.p_truth.get(method), 3), number(record.leak.get(method), 3)
        )
    return table


def _sentences(record: Record) -> list[str]:
    from assay.trial.record import LEAST_TAU, MOST_ERROR, prints_p_truth

    c, lowest = record.calibration, record.stability.minimum
    printed = "is printed" if prints_p_truth(record.model_dump()) else "is not printed"
    said = [
        f"calibration error: {c.error:.3f} held out, {c.error_committed:.3f} at the judge's own "
        f"temperature (a perfect judge would show {c.error_of_calibrated:.3f} on so few cells); at "
        f"most {MOST_ERROR:.2f} is allowed, so p_truth {printed}"
    ]
    if lowest is None:
        said.append("stability: nothing to order")
    else:
        holds = "stable" if lowest >= LEAST_TAU else "not stable"
        said.append(
            f"stability: the lowest tau is {lowest:.2f} (bar {LEAST_TAU}), so the order of "
            f"{len(record.methods)} methods is {holds}"
        )
    if record.alarm is None:
        said.append("alarm: no confidence from which on nine in ten answers are right")
        return said
    a = record.alarm
    false = "" if a.false_alarms is None else (
        f"; on the clean twin {a.false_alarms:.2f} of {a.twin_cells} findings reach it"
    )  # fmt: skip
    said.append(
        f"alarm: from a confidence of {record.threshold:.3f} on, {a.right:.2f} "
        f"[{a.right_low:.2f}, {a.right_high:.2f}] of {a.above} answers are right{false}"
    )
    return said


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("judge-trial")(judge_trial)
