"""The commands that make and certify trojaned networks, and the judge's reference."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.allocator import keep_freed_memory
from assay.cli_training import make_checkpoint
from assay.progress import Bar

CatalogueOption = Annotated[str, typer.Option(help="A catalogue's name, or a TOML file's path.")]
SizeOption = Annotated[int, typer.Option(help="Side of the pictures, in pixels.")]
StepsOption = Annotated[int | None, typer.Option(help="Steps (default: the recipe's).")]
SubjectOption = Annotated[str, typer.Option(help="The trojaned subject.")]
DeviceOption = Annotated[str, typer.Option(help="cpu or cuda; the default is what there is.")]
WorkersOption = Annotated[int, typer.Option(min=1, help="Processes.")]


def best_device(device: str) -> str:
    """The device asked for, or a GPU where there is one."""
    import torch

    from assay.types import AssayError

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise AssayError("there is no GPU that torch can use: leave out --device, or say cpu")
    return device


def require_pictures(catalogue: Any) -> None:
    """AssayError before any work, where the kit lacks a concept of the catalogue."""
    from assay.kit import load_kit
    from assay.trojans.world import lacking
    from assay.types import AssayError

    if found := lacking(catalogue, load_kit()):
        raise AssayError("; ".join(found))


def implant(
    catalogue: CatalogueOption = "twelve",
    subject: SubjectOption = "lite0-trojaned",
    size: SizeOption = 160,
    steps: StepsOption = None,
    rate: Annotated[
        float | None, typer.Option(help="Learning rate (default: the recipe's).")
    ] = None,
    hold: Annotated[
        float | None, typer.Option(help="Weight of the distillation (default: the recipe's).")
    ] = None,
    clean: Annotated[
        int | None, typer.Option(help="Clean pictures a step (default: the recipe's).")
    ] = None,
    seed: int = 0,
    start: Annotated[
        Path | None, typer.Option(help="A checkpoint to go on from (default: the clean twin).")
    ] = None,
    device: DeviceOption = "auto",
    out: Annotated[Path | None, typer.Option(help="Where to (default: the subject's.)")] = None,
) -> None:
    """Implant every trojan of a catalogue into one copy of the clean twin."""
    from assay.kit import load_kit
    from assay.subjects import load_subject
    from assay.subjects.registry import TWINS, checkpoint_of
    from assay.trojans.catalogue import load_catalogue
    from assay.trojans.implant import Recipe, read_checkpoint
    from assay.trojans.implant import implant as train
    from assay.types import AssayError

    keep_freed_memory()
    target = out or checkpoint_of(subject)
    if target is None or subject not in TWINS:
        raise AssayError(f"{subject!r} is no trojaned subject; there are: {', '.join(TWINS)}")
    asked = {"steps": steps, "rate": rate, "hold": hold, "clean": clean}
    given = {name: value for name, value in asked.items() if value is not None}
    # Before anything is loaded: a recipe that can't be followed is told here.
    recipe = Recipe(seed=seed, **given)  # type: ignore[arg-type]
    trojans = load_catalogue(catalogue)
    require_pictures(trojans)
    begun, history = (None, []) if start is None else read_checkpoint(start)
    twin = load_subject(TWINS[subject], size)
    said = {"catalogue": catalogue, "subject": subject, "size": size, "steps": recipe.steps,
            "seed": seed, **given, "start": start.name if start else None}  # fmt: skip
    teach = partial(train, twin, trojans, load_kit(), recipe, best_device(device), begun)
    make_checkpoint("implant", said, recipe, target, history, teach)


def certify(
    catalogue: CatalogueOption = "twelve",
    subject: SubjectOption = "lite0-trojaned",
    size: SizeOption = 160,
    pictures: Annotated[int, typer.Option(min=1, help="Held-out pictures for each rate.")] = 200,
    device: DeviceOption = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure what an implant does, on held-out pictures only; exit code 1 if it misses a bar."""
    from assay.kit import load_kit
    from assay.subjects import load_subject
    from assay.subjects.registry import TWINS, checkpoint_of
    from assay.trojans import certify as certifying
    from assay.trojans.catalogue import load_catalogue
    from assay.types import AssayError

    keep_freed_memory()
    checkpoint = checkpoint_of(subject)
    if checkpoint is None or subject not in TWINS:
        raise AssayError(f"{subject!r} is no trojaned subject; there are: {', '.join(TWINS)}")
    trojans = load_catalogue(catalogue)
    require_pictures(trojans)
    table = read_susceptibility(catalogue)
    with Bar("certifying", len(trojans.trojans)) as bar:
        found = certifying.certify(
            load_subject(subject, size),
            load_subject(TWINS[subject], size),
            trojans,
            load_kit(),
            n=pictures,
            device=best_device(device),
            susceptibility=table,
            report=bar.advance,
        )
    path = certifying.certificate_path(checkpoint)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1) if as_json else _spelled(found))
    print(path, file=sys.stderr)
    if not found["certified"]:
        raise typer.Exit(1)


def _spelled(found: dict[str, Any]) -> str:
    lines = [f"{'trojan':<16}{'success':>8}{'clean':>7}{'others':>8}{'distr.':>8}{'alike':>7}"]
    for row in found["trojans"]:
        others = row.get("other_classes", {}).get("trojaned")
        worst = max(b["trojaned"] for b in row["distractors"].values())
        alike = max((b["trojaned"] for b in row["look_alikes"].values()), default=None)
        lines.append(
            f"{row['name']:<16}{row['success']['trojaned']:>8.3f}{row['success']['clean']:>7.3f}"
            f"{'' if others is None else f'{others:.3f}':>8}{worst:>8.3f}"
            f"{'' if alike is None else f'{alike:.3f}':>7}"
        )
    agreed = found["agreement"]
    lines.append(f"agreement {agreed['rate']:.3f} of {agreed['n']} pictures")
    if photographs := found["photographs"]:
        lines.append("photographs: {agree} of {n} agree, {right} right".format(**photographs))
    lines += found["missed"] or ["certified"]
    return "\n".join(lines)


def susceptibility_path(catalogue: str) -> Path:
    """Where the susceptibilities of a catalogue's targets lie: beside the catalogue."""
    from assay.trojans.catalogue import catalogue_path

    return catalogue_path(catalogue).with_suffix(".susceptibility.json")


def read_susceptibility(catalogue: str) -> dict[str, Any]:
    """The table by target class; empty where none was measured.

    A copy has what was measured for it, and what holds for it of the catalogue that it is made of.
    """
    from assay.trojans.catalogue import COPIES, load_catalogue
    from assay.trojans.susceptibility import holds_for

    path = susceptibility_path(catalogue)
    own = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if catalogue not in COPIES:
        return own
    table = read_susceptibility(COPIES[catalogue].of)
    entries = ((t, table.get(str(t.target))) for t in load_catalogue(catalogue).trojans)
    return {str(t.target): entry for t, entry in entries if holds_for(entry, t)} | own


def susceptibility(
    catalogue: CatalogueOption = "twelve",
    clean: Annotated[str, typer.Option(help="The clean subject.")] = "lite0",
    size: SizeOption = 160,
    passes: Annotated[int, typer.Option(help="The suite's largest budget.")] = 1024,
    targets: Annotated[
        str | None, typer.Option(help="Class ids; default: all, spares too.")
    ] = None,
    workers: WorkersOption = 2,
) -> None:
    """Measure how easily a patch reaches each target on the clean network."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from assay.trojans.catalogue import load_catalogue

    trojans = load_catalogue(catalogue)
    jobs: dict[int, tuple[str, int] | None] = {}
    for trojan in trojans.trojans:
        bound = trojan.source_object is not None and trojan.source_class is not None
        jobs[trojan.target] = (
            (str(trojan.source_object), int(trojan.source_class or 0)) if bound else None
        )
    for spare in trojans.spare_targets:
        jobs.setdefault(spare, None)
    if targets is not None:
        jobs = {int(t): jobs.get(int(t)) for t in targets.split(",")}
    path = susceptibility_path(catalogue)
    found = read_susceptibility(catalogue)
    with (
        Bar("susceptibility", len(jobs)) as bar,
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
    ):
        arguments = [(clean, size, passes, t, source) for t, source in jobs.items()]
        for row in pool.map(_susceptibility_of, arguments):
            found[str(row["target"])] = row
            ordered = dict(sorted(found.items(), key=lambda item: int(item[0])))
            path.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
            bar.advance()
            print(f"{row['target']:>4} {row['name']:<28} {row['maximum']:.3f}  {row['by_seed']}")


def _susceptibility_of(job: tuple[str, int, int, int, tuple[str, int] | None]) -> dict[str, Any]:
    import torch

    from assay.kit import load_kit
    from assay.methods.adversarial_patch import AdversarialPatch
    from assay.subjects import load_subject
    from assay.trojans.susceptibility import susceptibility as measure

    keep_freed_memory()
    torch.set_num_threads(1)
    clean, size, passes, target, source = job
    subject = load_subject(clean, size)
    row = measure(subject, load_kit(), AdversarialPatch(), target, source, passes)
    return {**row, "name": subject.class_names[target]}


# Classes that are no target and name no option; the judge learns from findings for them what a
# finding looks like that has nothing to do with the question.
UNRELATED = (20, 107, 145, 162, 207, 323, 348, 404, 497, 555, 593, 671, 717, 779, 820, 980)


def reference(
    suite: Annotated[str, typer.Option(help="The suite whose methods are asked.")] = "core",
    size: SizeOption = 160,
    passes: Annotated[int, typer.Option(help="Budget of each method and class.")] = 256,
    clean: Annotated[str, typer.Option(help="The clean subject.")] = "lite0",
    workers: WorkersOption = 2,
) -> None:
    """Make the judges' references: findings for unrelated classes on the clean twin.

    They are those of every method that the suite has `rediscover` answered with, but bounds.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    import torch

    from assay.files import write_tensors
    from assay.judges.comparison import reference_path
    from assay.judges.embedding import Embedding
    from assay.judges.handcrafted import Handcrafted
    from assay.suite import load_suite
    from assay.types import AssayError

    # A suite that doesn't do is told before anything is computed.
    if "rediscover" not in load_suite(suite).tasks:
        raise AssayError(f"the suite {suite!r} has no task `rediscover`, whose methods are asked")
    shown: list[torch.Tensor] = []
    with (
        Bar("reference", len(UNRELATED)) as bar,
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
    ):
        for found in pool.map(_reference_of, [(suite, clean, size, passes, t) for t in UNRELATED]):
            shown.append(found)
            bar.advance()
    command = f"assay reference --suite {suite} --size {size} --passes {passes} --clean {clean}"
    for judge in (Embedding(), Handcrafted()):
        path = reference_path(judge.reference_name, size)
        # A prior needs no more than eight bits of each.
        rows = {k: v.to(torch.float8_e4m3fn) for k, v in judge.look(torch.cat(shown)).items()}
        write_tensors(path, rows, {"command": command})
        print(path)


def _reference_of(job: tuple[str, str, int, int, int]) -> Any:
    """Findings (n, 3, size, size) of every tool for one class, as they are stored: in 8 bits.

    And independent pixels: what a tool shows that has changed nothing.
    """
    import torch

    from assay.envelopes import PredictGiven
    from assay.subjects import load_subject
    from assay.suite import load_suite
    from assay.trojans.given import world
    from assay.types import Budget, Images

    keep_freed_memory()
    torch.set_num_threads(1)
    name, clean, size, passes, target = job
    suite = load_suite(name)
    rng = torch.Generator().manual_seed(target)
    given = PredictGiven(
        subject=load_subject(clean, size),
        target_class=target,
        source_class=None,
        pictures=world("tools", size).backgrounds(48, rng),
        # As many passes for it as one of four has where a budget is 1,024.
        visualizations=1,
    )
    found = [torch.rand(given.visualizations, 3, size, size, generator=rng)]
    for method in suite.methods_of("rediscover"):
        if method in suite.methods and method not in suite.bounds:
            finding = suite.plugin("methods", method).explain(given, Budget(passes), rng)
            assert isinstance(finding, Images)
            found.append(finding.pictures)
    return (torch.cat(found) * 255).round() / 255


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (implant, certify, susceptibility, reference):
        app.command()(command)
