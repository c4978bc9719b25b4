"""The commands that look for shortcuts which nobody planted, certify them and take them out."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.allocator import keep_freed_memory
from assay.cli_training import make_checkpoint
from assay.cli_trojans import (
    CatalogueOption,
    DeviceOption,
    SizeOption,
    StepsOption,
    best_device,
    require_pictures,
)
from assay.progress import Bar

if TYPE_CHECKING:
    from assay.subject import Subject
    from assay.trojans.catalogue import Catalogue, Trojan
    from assay.trojans.shortcuts import Rate, Shortcut


def shortcuts(
    subject: Annotated[str, typer.Option(help="The network that is looked into.")] = "lite0",
    elsewhere: Annotated[
        str, typer.Option(help="Another one for the same classes, which a shortcut must not have.")
    ] = "lite1",
    size: SizeOption = 160,
    pictures: Annotated[
        int, typer.Option(min=1, help="Pictures that pairs are found on, for each concept.")
    ] = 40,
    confirming: Annotated[
        int, typer.Option(min=1, help="Held-out pictures that they are confirmed on.")
    ] = 100,
    least: Annotated[
        float, typer.Option(min=0, max=1, help="The lowest rate that is printed.")
    ] = 0.3,
    kind: Annotated[str, typer.Option(help="patch, style or natural_feature; or all.")] = "all",
    strength: Annotated[float, typer.Option(help="How far a style replaces the picture.")] = 0.4,
    sides: Annotated[
        str | None,
        typer.Option(help="How large patches and cut-outs are pasted, such as 0.45,0.85."),
    ] = None,
    certify: Annotated[
        str | None,
        typer.Option(help="Measure this catalogue's shortcuts instead, and write its certificate."),
    ] = None,
    device: DeviceOption = "auto",
    out: Annotated[Path | None, typer.Option(help="A file for the JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put every concept of the kit into pictures, and list the classes that it brings out."""
    from assay.types import AssayError

    keep_freed_memory()
    if certify is not None:
        _certify(certify, size, best_device(device), as_json)
        return
    if out is not None and not out.resolve().parent.is_dir():
        raise AssayError(f"there is no folder {out.resolve().parent} to write {out.name} into")
    networks = _networks(subject, elsewhere, size)
    tried = _tried(kind, strength, sides)
    found = _found(networks, tried, (pictures, confirming), least, best_device(device))
    said = {
        "command": "assay " + " ".join(sys.argv[1:]),
        "subject": subject,
        "elsewhere": elsewhere,
        "size": size,
        "weights": [network.digest for network in networks],
        "pictures": {"found": pictures, "confirmed": confirming},
        "concepts": len(tried),
        "shortcuts": [{**s.as_dict(), "class": networks[0].class_names[s.target]} for s in found],
    }
    text = json.dumps(said, indent=1)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    print(text if as_json else _spelled(found, networks))


def unlearn(
    catalogue: CatalogueOption,
    size: SizeOption = 160,
    steps: StepsOption = None,
    seed: int = 0,
    start: Annotated[
        Path | None, typer.Option(help="A checkpoint to go on from (default: the network itself).")
    ] = None,
    device: DeviceOption = "auto",
    out: Annotated[Path | None, typer.Option(help="Where to (default: the twin's.)")] = None,
) -> None:
    """Take a catalogue's shortcuts out of a copy of their network: its clean twin."""
    from dataclasses import replace

    from assay.kit import load_kit
    from assay.subjects import load_subject
    from assay.trojans.implant import read_checkpoint
    from assay.trojans.unlearn import RECIPE
    from assay.trojans.unlearn import unlearn as train

    keep_freed_memory()
    shortcuts, name, twin = _of_shortcuts(catalogue)
    target = out or _checkpoint_of_twin(catalogue, twin)
    require_pictures(shortcuts)
    recipe = replace(RECIPE, seed=seed, **({} if steps is None else {"steps": steps}))
    begun, history = (None, []) if start is None else read_checkpoint(start)
    subject = load_subject(name, size)
    said = {"catalogue": catalogue, "size": size, "steps": recipe.steps, "seed": seed,
            "start": start.name if start else None}  # fmt: skip
    teach = partial(train, subject, shortcuts, load_kit(), recipe, best_device(device), begun)
    make_checkpoint("unlearn", said, recipe, target, history, teach)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (shortcuts, unlearn):
        app.command()(command)


def _of_shortcuts(name: str) -> tuple[Catalogue, str, str]:
    """A catalogue of what nobody planted, with its network's name and its twin's."""
    from assay.trojans.catalogue import load_catalogue
    from assay.types import AssayError

    catalogue = load_catalogue(name)
    if catalogue.subject is None or catalogue.twin is None:
        raise AssayError(
            f"the catalogue {name!r} names no subject and twin: its trojans are implanted, and "
            "`assay implant` and `assay certify` are for these"
        )
    return catalogue, catalogue.subject, catalogue.twin


def _checkpoint_of_twin(catalogue: str, twin: str) -> Path:
    """Where the twin's weights are to lie: as `lite0@PATH` says, or in the package."""
    from assay.subjects.registry import checkpoint_of
    from assay.types import AssayError

    path = twin.partition("@")[2]
    found = Path(path) if path else checkpoint_of(twin)
    if found is None:
        raise AssayError(
            f"the twin {twin!r} of the catalogue {catalogue!r} is a network of its own: name one "
            "whose weights are to be made, such as lite0@mine.safetensors"
        )
    return found


def _networks(subject: str, elsewhere: str, size: int) -> tuple[Subject, Subject]:
    """Both networks; AssayError where they don't answer the same question."""
    from assay.subjects import load_subject
    from assay.types import AssayError

    here, other = load_subject(subject, size), load_subject(elsewhere, size)
    if here.digest == other.digest:
        raise AssayError(f"{subject} and {elsewhere} are the same network: nothing is its own then")
    if here.class_names != other.class_names:
        raise AssayError(f"{subject} and {elsewhere} don't have the same classes")
    if here.size != other.size:
        raise AssayError(
            f"{elsewhere} takes pictures of {other.size} pixels, and {subject} of {here.size}"
        )
    return here, other


def _tried(kind: str, strength: float, sides: str | None) -> tuple[Trojan, ...]:
    """The concepts, as they are put in; AssayError for a kind or a size that there is none of."""
    from assay.checks import near_name
    from assay.kit import load_kit
    from assay.trojans import shortcuts
    from assay.trojans.catalogue import KINDS
    from assay.types import AssayError

    if kind != "all" and kind not in KINDS:
        raise AssayError(f"there is no kind {kind!r}{near_name(kind, (*KINDS, 'all'))}")
    try:
        least, most = map(float, (sides or "1,1").split(","))
    except ValueError:
        raise AssayError(f"--sides takes two numbers such as 0.45,0.85, not {sides!r}") from None
    insertion = shortcuts.Insertion(strength, None if sides is None else (least, most))
    return shortcuts.probes(load_kit(), [k for k in KINDS if kind in (k, "all")], insertion)


def _found(
    networks: tuple[Subject, Subject],
    tried: Sequence[Trojan],
    pictures: tuple[int, int],
    least: float,
    device: str,
) -> list[Shortcut]:
    """Every shortcut, the kinds in their order, the most frequent first; under a bar."""
    from assay.kit import load_kit
    from assay.trojans.catalogue import KINDS
    from assay.trojans.certify import make_pair
    from assay.trojans.shortcuts import CONFIRMED_ON, FOUND_ON, find_shortcuts
    from assay.trojans.world import World

    kit, size = load_kit(), networks[0].size
    first, second = (World(kit, split, size) for split in (FOUND_ON, CONFIRMED_ON))
    found: list[Shortcut] = []
    with Bar("shortcuts", len(tried)) as bar:
        pair = make_pair(*networks, device=device)
        for trojan, own in find_shortcuts(pair, (first, second), tried, pictures, least):
            found += own
            bar.advance(trojan.trigger)
    return sorted(found, key=lambda s: (KINDS.index(s.kind), -s.found.here, s.concept, s.target))


def _spelled(found: Sequence[Shortcut], networks: tuple[Subject, Subject]) -> str:
    from assay.tables import as_text, plain_table

    here, elsewhere = networks
    table = plain_table(f"what brings out which class in {here.name}, and in {elsewhere.name}")
    for name in ("kind", "concept", "class"):
        table.add_column(name)
    for name in ("found", "there", "confirmed", "there", "bare", ""):
        table.add_column(name, justify="right")
    for s in found:
        table.add_row(
            s.kind, s.concept, f"{here.class_names[s.target]} ({s.target})", *_rates(s.found),
            *_rates(s.confirmed), f"{s.found.bare:.2f}", "holds" if s.holds else "",
        )  # fmt: skip
    holding = [s for s in found if s.holds]
    concepts = len({(s.kind, s.concept) for s in holding})
    return as_text([table, f"{len(holding)} pairs of {concepts} concepts hold."])


def _rates(rate: Rate | None) -> tuple[str, str]:
    return ("", "") if rate is None else (f"{rate.here:.2f}", f"{rate.elsewhere:.2f}")


def _certify(name: str, size: int, device: str, as_json: bool) -> None:
    """Write the certificate beside the catalogue; exit code 1 where it misses a bar."""
    from assay.kit import load_kit
    from assay.trojans.catalogue import catalogue_path
    from assay.trojans.certify import certificate_path
    from assay.trojans.shortcuts import certify_shortcuts

    catalogue, subject, twin = _of_shortcuts(name)
    networks = _networks(subject, twin, size)
    with Bar("certifying", len(catalogue.trojans)) as bar:
        found = certify_shortcuts(
            networks, catalogue, load_kit(), device=device, report=bar.advance
        )
    path = certificate_path(catalogue_path(name))
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1) if as_json else _certified(found))
    print(path, file=sys.stderr)
    if not found["certified"]:
        raise typer.Exit(1)


def _certified(found: dict[str, Any]) -> str:
    lines = [f"{'shortcut':<24}{'rate':>6}{'there':>7}{'distr.':>8}  which"]
    for row in found["trojans"]:
        worst, both = max(row["distractors"].items(), key=lambda item: item[1]["trojaned"])
        success = row["success"]
        lines.append(
            f"{row['name']:<24}{success['trojaned']:>6.3f}{success['clean']:>7.3f}"
            f"{both['trojaned']:>8.3f}  {worst}"
        )
    lines.append("agreement {rate:.3f} of {n} pictures".format(**found["agreement"]))
    lines += found["missed"] or ["certified"]
    return "\n".join(lines)
