"""The command that packs a finished run for others, who need not compute it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def publish(
    suite: Annotated[str, typer.Argument(help="A suite's name, or a TOML file's path.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of results (results/<suite> by default).")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file (by default the package's own).")
    ] = None,
) -> None:
    """Pack a run's findings and scores, with small pictures, into one file.

    Tasks and seeds that are not finished are left out, each as a whole.
    `assay run` takes from the package's own file what it has planned, and computes the rest.
    """
    from assay.files import write_atomically
    from assay.published.archive import archive_bytes, published_path
    from assay.published.packing import pack
    from assay.results import Results, default_folder
    from assay.suite import load_suite
    from assay.types import AssayError

    name = load_suite(suite).name
    packed = pack(Results(out if out is not None else default_folder(name)))
    if packed.archive.suite != name:
        raise AssayError(f"the results are of the suite {packed.archive.suite!r}, not of {name!r}")
    path = to if to is not None else published_path(name)
    data = archive_bytes(packed.archive)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise AssayError(f"{path} can't be written: {error}") from error
    failed = packed.of - packed.cells
    print(
        f"{path}: {packed.cells} of {packed.of} cells, {len(data) / 1e6:.1f} MB"
        + (f"; {failed} failed, and are left out" if failed else "")
    )
    for (task, seed), missing in packed.unfinished.items():
        print(f"left out: {task} with seed {seed}, of which {missing} cells are to be computed")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("publish")(publish)
