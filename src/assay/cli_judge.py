"""The commands that ask a judge: about anybody's pictures, and about the people of the paper."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.allocator import keep_freed_memory
from assay.progress import Bar

if TYPE_CHECKING:
    from assay.measures.table import Row
    from assay.submission.judging import Verdict
    from assay.trial.record import Standing

JudgeOption = Annotated[str, typer.Option(help="A judge that looks at pictures.")]
SizeOption = Annotated[int, typer.Option(min=8, max=1024, help="Side of the pictures, in pixels.")]


def judge_folder(
    folder: Annotated[
        Path, typer.Argument(help="Holds QUESTION/*.png (jpg, webp), or ROW/QUESTION/*.png.")
    ],
    judge: JudgeOption = "embedding",
    catalogue: Annotated[
        str, typer.Option(help="Whose trojans are the questions: a name, or a TOML file's path.")
    ] = "twelve",
    questions: Annotated[
        Path | None, typer.Option(help="A TOML file of questions in the catalogue's place.")
    ] = None,
    size: SizeOption = 160,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let a judge answer the questions with nothing but anybody's pictures in hand."""
    from assay.measures.table import without_p_truth
    from assay.plugins import make_plugin, plugin_key
    from assay.submission.judging import judge_rows, mean_rows
    from assay.submission.pictures import read_rows
    from assay.submission.questions import catalogue_questions, make_task, read_questions
    from assay.suite import judge_parameters
    from assay.trial.record import find_standing
    from assay.types import AssayError, digest

    keep_freed_memory()
    made = make_plugin("judges", judge, judge_parameters(judge, size))
    if made.family != "predict":
        raise AssayError(f"the judge {judge!r} looks at no pictures: try embedding or handcrafted")
    # Before anything is read: this is what finds that a reference is missing.
    key = plugin_key(made)
    standing = find_standing(judge, size, digest(key))
    if questions is None:
        asked = catalogue_questions(catalogue, size)
    else:
        asked = read_questions(questions, size)
    rows = read_rows(folder, [a.name for a in asked], size)
    with Bar("judging", sum(len(row) for row in rows.values())) as bar:
        # Every task of this sort grades alike, whatever it asks.
        verdicts = judge_rows(made, make_task(catalogue, size), asked, rows, bar.advance)
    means = without_p_truth(mean_rows(verdicts, judge), () if standing.prints_p_truth else (judge,))
    if as_json:
        said = {
            "judge": {"name": judge, **key},
            "trial": _warning(standing) or None,
            "questions": catalogue if questions is None else str(questions),
            "size": size,
            "answers": [verdict.as_dict(standing.prints_p_truth) for verdict in verdicts],
            "rows": [row.as_dict() for row in means],
        }
        print(json.dumps(said, indent=1, allow_nan=False))
        return
    print(_spelled(verdicts, means, standing, len(asked)))


def _warning(standing: Standing) -> str:
    """What the judge's trial has to say; nothing of the one that guesses on purpose."""
    from assay.measures.judges import GUESSES

    return standing.sentence if standing.judge != GUESSES else ""


def _spelled(verdicts: Sequence[Verdict], means: list[Row], standing: Standing, asked: int) -> str:
    """A line an answer, below it the means, where any truth is known, and what the trial says."""
    from assay.tables import as_text, metrics_table, number, plain_table

    table = plain_table(f"answers of the judge {standing.judge}")
    metrics = list(dict.fromkeys(name for v in verdicts for name in v.metrics))
    for name in ("method", "question"):
        table.add_column(name)
    table.add_column("pictures", justify="right")
    table.add_column("named")
    table.add_column("p", justify="right")
    table.add_column("truth")
    for name in metrics:
        table.add_column(name, justify="right")
    for verdict in verdicts:
        best = verdict.likeliest
        said = verdict.as_dict(standing.prints_p_truth)
        table.add_row(
            verdict.row,
            verdict.question,
            str(verdict.pictures),
            best[0] if len(best) == 1 else f"none ({len(best)} tie)",
            number(max(said["probabilities"]) if said["probabilities"] else None),
            verdict.truth or "–",
            *(number(said["metrics"].get(name)) for name in metrics),
        )
    parts: list[Any] = [table]
    if means:
        title = f"means over the questions answered, n of {asked}"
        parts += ["", metrics_table(title, means)]
    return as_text([*parts, *(["", warning] if (warning := _warning(standing)) else [])])


def judge_agreement(
    pictures: Annotated[Path, typer.Option(help="Folder of the published visualizations.")],
    scores: Annotated[Path, typer.Option(help="CSV of the shares of people who were right.")],
    judge: Annotated[str, typer.Option(help="embedding or handcrafted.")] = "embedding",
    size: SizeOption = 160,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold a judge against the people of Casper et al. 2023, cell by cell."""
    from assay.judges.comparison import Comparing
    from assay.plugins import make_plugin, plugin_key
    from assay.suite import judge_parameters
    from assay.trial.agreement import agreement
    from assay.trial.published import read_published
    from assay.types import AssayError

    keep_freed_memory()
    comparing = make_plugin("judges", judge, judge_parameters(judge, size))
    key = plugin_key(comparing)
    if not isinstance(comparing, Comparing):
        raise AssayError(f"the judge {judge!r} compares no pictures: try embedding or handcrafted")
    published = read_published(pictures, scores, size)
    with Bar("judging", len(published.pictures)) as bar:
        found = agreement(comparing, published, report=bar.advance)
    if as_json:
        said = {"judge": {"name": judge, **key}, "size": size, **found.as_dict()}
        print(json.dumps(said, indent=1))
        return
    for name, value in (("by cell", found.by_cell), ("by method", found.by_method)):
        print(
            f"{name:<10} Spearman {value.spearman:.2f} [{value.low:.2f}, {value.high:.2f}] "
            f"over {value.n}"
        )
    print(f"{'method':<20}{'judge':>7}{'people':>8}")
    for method, row in found.p_truth.items():
        people = found.people[method]
        print(f"{method:<20}{sum(row) / len(row):>7.2f}{sum(people) / len(people):>8.2f}")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("judge")(judge_folder)
    app.command("judge-agreement")(judge_agreement)
