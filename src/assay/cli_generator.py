"""The commands that make the generator of feature-level adversaries, and show what it paints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.allocator import keep_freed_memory
from assay.cli_training import training_bar, unfinished_beside

generator_app = typer.Typer(
    help="The generator that feature-level adversaries are painted with.", no_args_is_help=True
)
# After the stem and after so many blocks of Lite1 the training compares pictures.
_DEPTHS = (0, 1, 4, 7)


@generator_app.command()
def train(
    steps: Annotated[int | None, typer.Option(min=1, help="Steps (default: the recipe's).")] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Pictures a step (default: the recipe's).")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1e-9, help="Learning rate (default: the recipe's).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Threads that compute.")] = 2,
    out: Annotated[
        Path | None, typer.Option(help="Where to (default: the package's own weights).")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Train the generator on drawings, scenes and photographs; goes on where it was stopped."""
    import torch

    from assay.kit import load_kit
    from assay.subjects import load_subject
    from assay.synthesis.generator import default_weights, write_decoder
    from assay.synthesis.generator_pictures import load_pictures
    from assay.synthesis.generator_training import Recipe
    from assay.synthesis.generator_training import train as train_generator

    keep_freed_memory()
    torch.set_num_threads(threads)
    asked = {"steps": steps, "batch": batch, "rate": rate}
    given = {name: value for name, value in asked.items() if value is not None}
    recipe = Recipe(seed=seed, **given)  # type: ignore[arg-type]
    target = out or default_weights()
    progress = unfinished_beside(target)
    with training_bar("training", recipe.steps, progress, quiet) as report:
        decoder, losses = train_generator(load_pictures(), _perception(), recipe, progress, report)
    options = "".join(f" --{name} {value}" for name, value in given.items())
    record = {
        "command": f"assay generator train{options} --seed {seed}",
        "steps": recipe.steps,
        "losses": losses,
        "kit": load_kit().digest,
        "perception": load_subject("lite1").digest,
    }
    write_decoder(target, decoder, record)
    progress.unlink(missing_ok=True)
    print(target)


@generator_app.command()
def sheet(
    weights: Annotated[
        Path | None, typer.Option(help="Another generator (default: the package's own).")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps towards each picture.")] = 200,
    out: Annotated[Path, typer.Option(help="Where to.")] = Path("generator.png"),
) -> None:
    """Draw held-out pictures, the nearest that the generator paints, and some at random."""
    from PIL import Image

    from assay.synthesis import generator_sheet
    from assay.synthesis.generator import default_weights, load_decoder

    keep_freed_memory()
    page, apart = generator_sheet.sheet(load_decoder(weights or default_weights()), steps)
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((page * 255).round().byte().permute(1, 2, 0).numpy()).save(out)
    print(f"{out}: the nearest differ by {apart:.3f} on average")


def _perception() -> Callable[[Any], list[Any]]:
    """Lite1's maps of pictures at a few depths: neither a subject's network nor a judge's."""
    from assay.subjects import load_subject

    network: Any = load_subject("lite1").network()

    def perceive(pictures: Any) -> list[Any]:
        maps = network.early(pictures, 0)
        found = [maps]
        for number, block in enumerate(network._blocks[: _DEPTHS[-1]], 1):
            maps = block(maps)
            if number in _DEPTHS:
                found.append(maps)
        return found

    return perceive


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(generator_app, name="generator")
