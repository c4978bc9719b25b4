"""The command that tries one's own method on one case."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.allocator import keep_freed_memory
from assay.cli_judge import JudgeOption, SizeOption
from assay.cli_trojans import CatalogueOption, SubjectOption

if TYPE_CHECKING:
    from assay.report.one_case import OneCase

# Whose pictures stand beside one's own, where it was run here.
BESIDE = "quick"


def try_method(
    method: Annotated[str, typer.Argument(metavar="FILE.py[:CLASS]", help="Where the class is.")],
    trojan: Annotated[str, typer.Option(help="The case: a trojan of the catalogue.")],
    subject: SubjectOption = "lite0-trojaned",
    catalogue: CatalogueOption = "twelve",
    judge: JudgeOption = "embedding",
    passes: Annotated[int, typer.Option(min=1, help="The budget.")] = 1024,
    visualizations: Annotated[int, typer.Option(min=1, max=64, help="Pictures to show.")] = 4,
    size: SizeOption = 160,
    seed: int = 0,
    out: Annotated[Path, typer.Option(help="The page with the pictures.")] = Path("try.html"),
) -> None:
    """Run a method of one's own on one case, and show what a judge makes of its pictures."""
    from assay.api import run
    from assay.report.one_case import gather_case, write_case
    from assay.results import Results, default_folder
    from assay.suite import judge_parameters, toml_text
    from assay.types import AssayError

    keep_freed_memory()
    if out.is_dir():
        raise AssayError(f"{out} is a folder: give --out a file's name")
    path, class_name = find_class(method)
    # The row's name says where it comes from, so it can't be that of a row of the suite's own.
    name = f"{path.name}:{class_name}"
    text = toml_text(
        {
            "name": "try",
            "seeds": [seed],
            "size": size,
            "passes": passes,
            "visualizations": visualizations,
            "subjects": [subject],
            "judges": [judge],
            "floors": ["noise"],
        },
        {
            ("tasks", "rediscover"): {"catalogue": catalogue},
            ("methods", name): {"use": f"{path.resolve()}:{class_name}"},
            ("methods", "noise"): {},
            ("judge", judge): judge_parameters(judge, size),
        },
    )
    # What is tried is changed and tried again: nothing is kept but the page.
    with tempfile.TemporaryDirectory(prefix="assay-try-") as temporary:
        suite, folder = Path(temporary) / "try.toml", Path(temporary) / "results"
        suite.write_text(text, encoding="utf-8")
        done = run(suite, out=folder, cases=[trojan], quiet=False)
        assert done.summary is not None
        if done.summary.stopped:
            print("assay: stopped", file=sys.stderr)
            raise typer.Exit(130)
        results = Results(folder)
        _require_ok(results, name)
        found = gather_case(results, name, default_folder(BESIDE))
        print(_spelled(found, passes))
        try:
            print(write_case(found, out))
        except OSError as error:
            raise AssayError(f"the page {out} can't be written: {error}") from error


def find_class(method: str) -> tuple[Path, str]:
    """The file and the class of "FILE.py:CLASS"; of "FILE.py", if the file has one method only.

    AssayError where there is none. What the file itself raises is printed, and ends the command
    with exit code 1.
    """
    from assay.checks import near_name
    from assay.plugins import classes_in, load_file
    from assay.types import AssayError

    path, class_name = Path(method), ""
    if path.suffix != ".py":
        file, _, class_name = method.rpartition(":")
        path = Path(file)
    if path.suffix != ".py":
        raise AssayError(f"{method!r} is no Python file: give FILE.py or FILE.py:CLASS")
    try:
        known = classes_in(load_file(path), "methods")
    except AssayError:
        raise
    except Exception:
        traceback.print_exc()
        print(f"assay: {path} can't be imported", file=sys.stderr)
        raise typer.Exit(1) from None
    if not known:
        raise AssayError(f"{path} has no method: a class made from assay.Method")
    if class_name and class_name not in known:
        raise AssayError(f"{path} has no method {class_name!r}{near_name(class_name, known)}")
    if not class_name and len(known) > 1:
        choice = " or ".join(f"{path}:{name}" for name in known)
        raise AssayError(f"{path} has {len(known)} methods: say {choice}")
    return path, class_name or next(iter(known))


def _require_ok(results: Any, name: str) -> None:
    """Print what went wrong with the method, or with the judge, and end with exit code 1."""
    cell = next(c for c in results.cells() if c["method"] == name)
    if cell["status"] == "ok":
        return
    rows = [results.store.latest("findings").get(cell["finding"])]
    rows.append(results.store.latest("scores").get(cell["score"]))
    bad = next(row for row in rows if row is not None and row["status"] != "ok")
    print(bad["error"], file=sys.stderr)
    print(f"assay: {name}: {cell['status'].replace('_', ' ')}", file=sys.stderr)
    raise typer.Exit(1)


def _spelled(found: OneCase, passes: int) -> str:
    """The bars, the likeliest first, and what they come to."""
    from assay.tables import as_text, bar_table, number

    cell, metric = found.cell, found.metric
    title = f"{cell['method']} on {found.case.name} ({cell['subject']}, judged by {cell['judge']})"
    table = bar_table((bar.option, bar.chance, bar.truth) for bar in found.shown.bars)
    p_truth = cell["metrics"]["p_truth"] if found.standing.prints_p_truth else None
    lines = [f"correct {number(cell['metrics']['correct'])}, p_truth {number(p_truth, 3)}"]
    if not found.noise:
        lines.append("noise gave no number to compare with")
    else:
        # As they are printed: a gap that can't be seen is none.
        own, floor = (round(metrics[metric], 3) for metrics in (cell["metrics"], found.noise))
        chance = round(1 / len(found.shown.bars), 3)
        beats = "it beats" if own > max(floor, chance) else "it does not beat both"
        noise = f"noise ({metric} {number(floor, 3)})"
        lines.append(f"{beats} {noise} and chance ({number(chance, 3)})")
    lines += found.warnings
    lines.append(f"{number(cell['seconds'], 1)} s, {cell['passes']} of {passes} passes")
    lines.append(found.remark)
    return as_text([title, table, "", *lines])


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("try")(try_method)
