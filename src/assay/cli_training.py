"""How the commands that train show their steps, and how they are stopped and go on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from assay.progress import Bar

if TYPE_CHECKING:
    from assay.trojans.implant import Recipe

Report = Callable[[int, dict[str, float]], None]


def make_checkpoint(
    name: str,
    said: Mapping[str, Any],
    recipe: Recipe,
    target: Path,
    history: Sequence[Mapping[str, Any]],
    train: Callable[..., dict[str, Any]],
) -> None:
    """Write what `train(report=..., progress=...)` gives, with the command that made it.

    The command is `assay NAME` with the options `said`, but those that are None; `history` is what
    was done before it.
    """
    from assay.trojans.implant import write_checkpoint

    progress = unfinished_beside(target)
    with training_bar(name, recipe.steps, progress) as report:
        state = train(report=report, progress=progress)
    options = "".join(f" --{key} {value}" for key, value in said.items() if value is not None)
    made = {"command": f"assay {name}{options}", "recipe": asdict(recipe)}
    write_checkpoint(target, state, [*history, made])
    progress.unlink(missing_ok=True)
    print(target)


def unfinished_beside(target: Path) -> Path:
    """Where the training of what will be at `target` is kept."""
    return target.with_suffix(".training")


@contextmanager
def training_bar(title: str, steps: int, progress: Path, quiet: bool = False) -> Iterator[Report]:
    """A bar of the steps that are left; gives what is called with each step's number and losses.

    Ctrl-C becomes exit code 130 and a sentence that says how to go on.
    """
    from assay.unfinished import steps_made

    try:
        with Bar(title, steps - steps_made(progress), quiet) as bar:
            yield lambda step, values: bar.advance(
                " ".join(f"{name} {value:.3f}" for name, value in values.items())
            )
    except KeyboardInterrupt:
        how = f"the same command goes on from {progress}"
        how = how if progress.is_file() else "nothing is kept before the first minute is over"
        print(f"assay: stopped; {how}", file=sys.stderr)
        raise typer.Exit(130) from None
