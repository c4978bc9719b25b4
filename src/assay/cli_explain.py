"""The command that shows what every tool sees in a network of one's own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from assay.cli_trojans import best_device


def explain(
    network: Annotated[
        str,
        typer.Argument(help="FILE.py:FUNCTION, MODULE:FUNCTION, a TOML file or a subject's name."),
    ],
    target: Annotated[str, typer.Option("--class", help="The class: its number or its name.")],
    pictures: Annotated[
        Path | None, typer.Option(help="Folder of pictures (default: the TOML file's).")
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Side of the network's pictures, in pixels (224).")
    ] = None,
    mean: Annotated[
        str | None, typer.Option(help="Subtracted first: a number, or one a channel (0).")
    ] = None,
    std: Annotated[
        str | None, typer.Option(help="Divided by then: a number, or one a channel (1).")
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="File of the classes' names, one a line; or imagenet.")
    ] = None,
    channels: Annotated[int | None, typer.Option(help="3, or 1 for a grey network (3).")] = None,
    passes: Annotated[int, typer.Option(min=1, help="The budget of each tool.")] = 1024,
    visualizations: Annotated[
        int, typer.Option(min=1, max=64, help="Pictures that each tool shows.")
    ] = 4,
    reference: Annotated[
        str | None,
        typer.Option(help="Another subject that has the class (lite0 for ImageNet's); or none."),
    ] = None,
    methods: Annotated[str | None, typer.Option(help="Only these, with commas between.")] = None,
    seed: int = 0,
    out: Annotated[Path | None, typer.Option(help="Folder (default: in results/).")] = None,
    workers: Annotated[
        int | None, typer.Option(min=0, help="Processes (default: the cores); 0: this one.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    retry_failed: Annotated[bool, typer.Option("--retry-failed")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what every tool paints or picks for a class of a network, and what that does."""
    from assay.cli import terminal_width
    from assay.explaining import explain as explain_network
    from assay.tables import observation_table

    seen = explain_network(
        network,
        target,
        pictures,
        size=size,
        mean=_numbers("--mean", mean),
        std=_numbers("--std", std),
        labels=labels,
        channels=channels,
        passes=passes,
        visualizations=visualizations,
        reference=reference,
        seed=seed,
        methods=[m.strip() for m in methods.split(",") if m.strip()] if methods else [],
        out=out,
        workers=workers,
        device=best_device(device),
        retry_failed=retry_failed,
        quiet=as_json,
    )
    if as_json:
        print(json.dumps(seen.as_dict(), indent=1, allow_nan=False))
    else:
        print(observation_table(seen, terminal_width()))
        print(
            "Observations: shares of held-out pictures that get the class once a tool's picture is "
            "inserted.\nThey say what the pictures do, and nothing about what is in the network."
        )
    print(seen.page, file=sys.stderr)
    if seen.stopped:
        print("assay: stopped; the same command goes on from here", file=sys.stderr)
        raise typer.Exit(130)
    if seen.wrong:
        names = ", ".join(row.tool for row in seen.wrong)
        print(f"assay: no number for {names}; --retry-failed tries again", file=sys.stderr)
        raise typer.Exit(1)


def _numbers(option: str, text: str | None) -> list[float] | None:
    from assay.types import AssayError

    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise AssayError(f"{option} takes numbers with commas between, and not {text!r}") from error


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(explain)
