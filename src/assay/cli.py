"""The command line: lists, checks, runs and reads suites.

Exit codes: 0 all is well, 1 a cell failed (its row says why), 2 a mistake of the user's making
(one sentence on the error stream), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assay import (
    cli_compare,
    cli_explain,
    cli_generator,
    cli_judge,
    cli_judge_trial,
    cli_pool,
    cli_publish,
    cli_reading,
    cli_shortcuts,
    cli_trojans,
    cli_try,
)

app = typer.Typer(
    help="Finds out what interpretability tools are worth, by what they let somebody do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
kit_app = typer.Typer(help="The pictures that come with the package.", no_args_is_help=True)
app.add_typer(kit_app, name="kit")
cli_try.register(app)
cli_explain.register(app)
cli_trojans.register(app)
cli_shortcuts.register(app)
cli_judge.register(app)
cli_judge_trial.register(app)
cli_reading.register(app)
cli_compare.register(app)
cli_pool.register(app)
cli_publish.register(app)
cli_generator.register(app)

SuiteArgument = Annotated[str, typer.Argument(help="A suite's name, or a TOML file's path.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder of results (results/<suite> by default).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """The entry point: mistakes of the user's making become one sentence and exit code 2."""
    try:
        app()
    except Exception as error:
        from assay.types import AssayError

        if not isinstance(error, AssayError):
            raise
        print(f"assay: {error}", file=sys.stderr)
        sys.exit(2)


@app.command("list")
def list_names(
    kind: Annotated[
        str, typer.Argument(help="suites, subjects, tasks, methods, combiners or judges; or all.")
    ] = "all",
    as_json: JsonOption = False,
) -> None:
    """List what there is by name."""
    from assay.checks import near_name
    from assay.plugins import BUILT_IN, plugin_names
    from assay.subjects import subject_names
    from assay.suite import suite_names
    from assay.types import AssayError

    known: dict[str, dict[str, str]] = {
        "suites": {n: _description(n) for n in suite_names()},
        "subjects": dict.fromkeys(subject_names(), ""),
        **{k: plugin_names(k) for k in BUILT_IN},
    }
    if kind != "all" and kind not in known:
        raise AssayError(f"there is no kind {kind!r}{near_name(kind, known)}")
    wanted = known if kind == "all" else {kind: known[kind]}
    if as_json:
        print(json.dumps(wanted, indent=1))
        return
    for name, entries in wanted.items():
        print(f"{name}:")
        for entry, remark in entries.items():
            print(f"  {entry:<24} {remark}".rstrip())


@app.command()
def check(suite: SuiteArgument, as_json: JsonOption = False) -> None:
    """Check a suite: every problem is reported together, and nothing is run."""
    from assay.api import check as check_suite

    plan = check_suite(suite)
    # Tasks may share findings, and judges who are unaided answer once for several rows.
    findings = {cell.key: cell for cell in plan.findings}
    asking = [*findings.values(), *{c.key: c for c in plan.scores if c.unaided}.values()]
    said = {
        "suite": plan.suite.name,
        "findings": len(findings),
        "scores": len({cell.key for cell in plan.scores}),
        "passes": sum(plan.suite.passes_of(cell.place.task, cell.method) for cell in asking),
    }
    if as_json:
        print(json.dumps(said))
    else:
        print(
            f"{said['suite']} is fine: {said['findings']} findings, {said['scores']} scores, "
            f"at most {said['passes']} passes"
        )


@app.command()
def run(
    suite: SuiteArgument,
    out: OutOption = None,
    workers: Annotated[
        int | None, typer.Option(min=0, help="Processes (default: the cores); 0: this one.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Run seeds 0 to N - 1.")] = None,
    methods: Annotated[
        str | None,
        typer.Option(help="Only these, with commas between; FILE.py:Class is a row of its own."),
    ] = None,
    cases: Annotated[str | None, typer.Option(help="Only these, with commas between.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    retry_failed: Annotated[bool, typer.Option("--retry-failed")] = False,
    published: Annotated[
        bool, typer.Option(help="Take what is published of the suite; or compute it anew.")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no table.")] = False,
) -> None:
    """Run a suite, or go on where it stopped. What is there already isn't computed again."""
    from assay.api import run as run_suite

    done = run_suite(
        suite,
        out=out,
        seeds=seeds,
        methods=_listed(methods),
        cases=_listed(cases),
        workers=workers,
        device=device,
        retry_failed=retry_failed,
        published=published,
        quiet=quiet,
    )
    summary = done.summary
    assert summary is not None
    counted = ", ".join(f"{n} {status}" for status, n in sorted(summary.computed.items()))
    if summary.stopped:
        print(
            f"assay: stopped; {counted or 'nothing'} computed now and kept, {summary.left} cells "
            "left: the same command goes on from here",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    if not quiet:
        print(done.table(terminal_width()))
    print(
        f"{done.folder}: {counted or 'nothing'} computed in {summary.seconds:.0f} s, "
        f"{summary.skipped} were there"
        + (f", {summary.published} of them published" if summary.published else ""),
        file=sys.stderr,
    )
    if summary.wrong:
        print(
            f"assay: {summary.wrong} cells failed; `assay show` says why, --retry-failed tries "
            "them again",
            file=sys.stderr,
        )
        raise typer.Exit(1)


@app.command()
def table(suite: SuiteArgument, out: OutOption = None, as_json: JsonOption = False) -> None:
    """Print the table of a suite's results."""
    from assay.results import Results
    from assay.tables import text_table

    results = Results(_folder(suite, out))
    if as_json:
        print(json.dumps(results.as_dict(), indent=1, allow_nan=False))
    else:
        print(text_table(results, terminal_width()))


@app.command()
def report(suite: SuiteArgument, out: OutOption = None) -> None:
    """Write the results as one HTML file."""
    from assay.results import Results

    folder = _folder(suite, out)
    Results(folder)
    from assay.report import write_report

    print(write_report(folder))


@app.command()
def show(
    cell: Annotated[str, typer.Argument(help="A cell's key or its beginning; or a status.")],
    suite: Annotated[str | None, typer.Option(help="Look into this suite's results only.")] = None,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a cell: what it is, its numbers, its pictures' files, its traceback.

    With a status (failed, over_budget, unsupported) in the key's place: all cells that have it.
    """
    from assay.results import Results
    from assay.store import STATUSES
    from assay.types import AssayError

    folders = [_folder(suite, out)] if suite or out else _all_folders()
    found: list[dict[str, Any]] = []
    for folder in folders:
        results = Results(folder)
        found += results.of_status(cell) if cell in STATUSES else results.describe(cell)
    if not found:
        places = ", ".join(str(f) for f in folders) or "results/"
        raise AssayError(f"no cell {cell!r} in {places}")
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for number, said in enumerate(found):
        print("\n" * bool(number) + _spelled(said))


@kit_app.command("build")
def kit_build(
    kinds: Annotated[list[str] | None, typer.Argument(help="Kinds of pictures; all.")] = None,
    workers: Annotated[int | None, typer.Option(min=1)] = None,
) -> None:
    """Make the packed pictures again (needs the extra `kit`)."""
    from assay.kit.library import ZIPS
    from assay.types import AssayError

    try:
        from assay.kit import pack

        pack.build(tuple(kinds) if kinds else tuple(ZIPS), workers)
    except ImportError as error:
        raise AssayError(
            f"building needs the extra `kit` (pip install 'assay-interp[kit]'): {error}"
        ) from error
    except ValueError as error:
        raise AssayError(str(error)) from error


@kit_app.command("sheet")
def kit_sheet(out: Annotated[Path, typer.Option(help="Where to.")] = Path("sheets")) -> None:
    """Write contact sheets of the packed pictures."""
    from assay.kit.sheets import write_sheets

    for path in write_sheets(out, _kit()):
        print(path)


@kit_app.command("list")
def kit_list(as_json: JsonOption = False) -> None:
    """List the packed pictures' concepts by kind and family, with how many pictures each has."""
    kit = _kit()
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for entry in kit.entries():
        family = counts.setdefault(entry.kind, {}).setdefault(entry.family, {})
        family[entry.name] = family.get(entry.name, 0) + 1
    if as_json:
        print(json.dumps(counts, indent=1))
        return
    for kind, families in counts.items():
        for family, names in families.items():
            print(f"{kind}/{family}: " + ", ".join(f"{n} ({c})" for n, c in names.items()))


def _kit() -> Any:
    from assay.kit import load_kit
    from assay.types import AssayError

    try:
        return load_kit()
    except (FileNotFoundError, ValueError) as error:
        raise AssayError(str(error)) from error


def _folder(suite: str | None, out: Path | None) -> Path:
    from assay.results import default_folder
    from assay.suite import load_suite

    if out is not None:
        return out
    assert suite is not None
    return default_folder(load_suite(suite).name)


def _all_folders() -> list[Path]:
    return sorted(path.parent for path in Path("results").glob("*/store.db"))


def _listed(names: str | None) -> list[str]:
    """Names with commas between."""
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def _description(suite: str) -> str:
    from assay.suite import load_suite

    return load_suite(suite).description


def terminal_width() -> int | None:
    """The terminal's columns; None where the output goes elsewhere."""
    import shutil

    return shutil.get_terminal_size((120, 40)).columns if sys.stdout.isatty() else None


def _spelled(said: dict[str, Any]) -> str:
    lines = [f"{said['is']} {said['key']}"]
    for name, value in said.items():
        if name in ("is", "key", "error", "id", "run") or value in (None, [], {}):
            continue
        if isinstance(value, list) and value and isinstance(value[0], str):
            lines += [f"  {name}:", *(f"    {item}" for item in value)]
        else:
            lines.append(f"  {name}: {json.dumps(value) if not isinstance(value, str) else value}")
    if said.get("error"):
        lines += ["  error:", *(f"    {line}" for line in said["error"].strip().splitlines())]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
