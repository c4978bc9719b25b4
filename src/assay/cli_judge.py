"""The commands that put a judge on trial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from assay.allocator import keep_freed_memory
from assay.progress import Bar


def judge_agreement(
    pictures: Annotated[Path, typer.Option(help="Folder of the published visualizations.")],
    scores: Annotated[Path, typer.Option(help="CSV of the shares of people who were right.")],
    judge: Annotated[str, typer.Option(help="embedding or handcrafted.")] = "embedding",
    size: Annotated[int, typer.Option(help="Side that the pictures are shown at.")] = 160,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold a judge against the people of Casper et al. 2023, cell by cell."""
    from assay.judges.comparison import Comparing
    from assay.plugins import make_plugin
    from assay.trial.agreement import agreement
    from assay.trial.published import read_published
    from assay.types import AssayError

    keep_freed_memory()
    comparing = make_plugin("judges", judge)
    if not isinstance(comparing, Comparing):
        raise AssayError(f"the judge {judge!r} compares no pictures: try embedding or handcrafted")
    published = read_published(pictures, scores, size)
    with Bar("judging", len(published.pictures)) as bar:
        found = agreement(comparing, published, report=bar.advance)
    if as_json:
        print(json.dumps({"judge": judge, **found.as_dict()}, indent=1))
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
    app.command("judge-agreement")(judge_agreement)
