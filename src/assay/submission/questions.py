"""The questions that pictures are judged by: a catalogue's, or those of one's own table."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from assay.checks import near_name
from assay.envelopes import PredictQuestion, PredictTruth
from assay.kit import Kit, load_kit
from assay.plugins import Task, make_plugin
from assay.submission.pictures import read_pictures
from assay.trojans.catalogue import KINDS, TrojanKind, load_catalogue
from assay.trojans.world import KIT_KINDS, World, lacking
from assay.types import AssayError

OPTIONS = 8


@dataclass(frozen=True)
class Asked:
    """One question, made when it is called for; `truth` is None where nobody has said it."""

    name: str
    kind: str
    question: Callable[[], PredictQuestion]
    truth: Callable[[], PredictTruth] | None


def make_task(catalogue: str, size: int) -> Task:
    """The task whose questions these are, and which grades the answers."""
    # What is asked is the same whatever the network: this one needs no weights.
    parameters = {"catalogue": catalogue, "size": size, "subject": "handmade"}
    return make_plugin("tasks", "rediscover", parameters)


def catalogue_questions(catalogue: str, size: int) -> tuple[Asked, ...]:
    """One question for each trojan of the catalogue, the same as in a suite with seed 0.

    AssayError for an unknown or unfit catalogue.
    """
    if found := lacking(load_catalogue(catalogue), load_kit()):
        raise AssayError("; ".join(found))
    cases = make_task(catalogue, size).cases(0)
    return tuple(Asked(c.name, c.kind, c.question.open, c.truth.open) for c in cases)


@dataclass(frozen=True)
class Entry:
    """A [[question]] as it stands in the file.

    An option with a slash in it is a folder of pictures, relative to the file's own; any other is a
    concept of the kit, of the kind that `kind` says. `answer` is one of the options, if it is said.
    """

    name: str
    options: list[str]
    kind: TrojanKind | None = None
    answer: str | None = None

    @property
    def folders(self) -> list[str]:
        return [option for option in self.options if "/" in option]

    @property
    def concepts(self) -> list[str]:
        return [option for option in self.options if "/" not in option]


def read_questions(path: Path, size: int) -> tuple[Asked, ...]:
    """The questions of a TOML file, in its order; AssayError lists everything wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise AssayError(f"{path} is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise AssayError(f"the questions {path} can't be read: {error}") from error
    found = [f"unknown key {key!r}; known: question" for key in table if key != "question"]
    entries: list[Entry] = []
    kit = load_kit()
    listed = table.get("question")
    for fields in listed if isinstance(listed, list) else []:
        try:
            entry = Entry(**fields)
        except TypeError as error:
            name = fields.get("name", "?") if isinstance(fields, dict) else "?"
            found.append(f"question {name!r}: {str(error).removeprefix('Entry.__init__() ')}")
            continue
        entries.append(entry)
        found += [f"question {entry.name!r}: {said}" for said in _problems(entry, path.parent, kit)]
    names = [entry.name for entry in entries]
    found += [f"two questions are called {n!r}" for n in dict.fromkeys(names) if names.count(n) > 1]
    if not entries and not found:
        found = ["there is no [[question]]"]
    if found:
        raise AssayError(f"{path}: " + "; ".join(found))
    world = World(kit, "judge", size)
    return tuple(_asked(entry, path.parent, world) for entry in entries)


def _problems(entry: Entry, folder: Path, kit: Kit) -> list[str]:
    """What is wrong with an entry, one sentence each."""
    if not isinstance(entry.name, str) or not entry.name or "/" in entry.name:
        return ["`name` must be what a folder can be called"]
    if not isinstance(entry.options, list) or not all(isinstance(o, str) for o in entry.options):
        return ["`options` must be a list of words and folders"]
    found = []
    if len(entry.options) != OPTIONS:
        found.append(f"there must be {OPTIONS} options, and there are {len(entry.options)}")
    shown = [_shown_name(option, folder) for option in entry.options]
    found += [f"two options are called {n!r}" for n in dict.fromkeys(shown) if shown.count(n) > 1]
    for option in entry.folders:
        if not (folder / option).is_dir():
            found.append(f"there is no folder {folder / option}")
    if entry.kind is not None and entry.kind not in KINDS:
        found.append(f"kind {entry.kind!r} is none of {', '.join(KINDS)}")
    elif entry.kind is not None:
        found += _lacking(entry.concepts, KIT_KINDS[entry.kind], kit)
    elif entry.concepts:
        found.append(
            f"{entry.concepts[0]!r} is a concept of the kit, of which `kind` ({', '.join(KINDS)}) "
            "must be said; a folder has a slash in it"
        )
    if entry.answer is not None and entry.answer not in entry.options:
        hint = near_name(str(entry.answer), entry.options)
        found.append(f"the answer {entry.answer!r} is no option{hint}")
    return found


def _lacking(concepts: list[str], kind: str, kit: Kit) -> list[str]:
    """Which concepts there are no pictures of that a judge may be shown."""
    found = []
    for concept in concepts:
        try:
            if not kit.entries(kind, name=concept, split="judge"):
                found.append(f"the kit shows the {kind} {concept!r} to no judge")
        except ValueError as error:
            found.append(str(error))
    return found


def _asked(entry: Entry, folder: Path, world: World) -> Asked:
    # Read at once: a picture that can't be read is told before anything is judged.
    given = {option: read_pictures(folder / option, world.size) for option in entry.folders}
    truth = None
    if entry.answer is not None:
        truth = partial(_truth, entry.options.index(entry.answer), entry.answer, world.size)
    names = tuple(_name(option, entry, folder, world.kit) for option in entry.options)
    question = partial(_question, entry, names, given, world)
    return Asked(entry.name, entry.kind or "", question, truth)


def _question(
    entry: Entry, names: tuple[str, ...], given: dict[str, Tensor], world: World
) -> PredictQuestion:
    shown = {option: pictures.float() / 255 for option, pictures in given.items()}
    if entry.kind is not None and entry.concepts:
        shown |= world.exemplars(entry.kind, entry.concepts)
    return PredictQuestion(names, tuple(shown[option] for option in entry.options))


def _truth(index: int, answer: str, size: int) -> PredictTruth:
    # The pictures are for reports, and none is made of these.
    return PredictTruth(index, answer, torch.empty(0, 3, size, size))


def _name(option: str, entry: Entry, folder: Path, kit: Kit) -> str:
    """What the option is called: the folder's name, or the kit's word for the concept."""
    if option in entry.folders or entry.kind is None:
        return _shown_name(option, folder)
    return kit.words(option, KIT_KINDS[entry.kind])[0]


def _shown_name(option: str, folder: Path) -> str:
    return (folder / option).resolve().name if "/" in option else option
