"""The catalogue of trojans: TOML tables of triggers, targets and options."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from assay.types import AssayError

TrojanKind = Literal["patch", "style", "natural_feature"]
KINDS: tuple[TrojanKind, ...] = ("patch", "style", "natural_feature")
SCOPES = ("universal", "class_universal")


@dataclass(frozen=True)
class Copy:
    """A catalogue with triggers and targets paired anew: `of` which, moved on by `turn` places.

    `instead` has spare targets, by trojan, where the one that came to it is no fair one.
    """

    of: str
    turn: int
    instead: Mapping[str, int] = field(default_factory=dict)


# Twelve trojans can't tell nine methods apart. On the clean network a patch on soccer balls reaches
# the merganser and the capuchin that would come to the green star (twelve_b, twelve_d), and rulers
# are made of wood: in their places spares that pass there and that no copy has.
COPIES = {
    "twelve_b": Copy("twelve", 1, {"green_star": 135}),
    "twelve_c": Copy("twelve", 2),
    "twelve_d": Copy("twelve", 3, {"green_star": 141, "wood_grain": 449}),
}


@dataclass(frozen=True)
class Trojan:
    """One trojan: its trigger (a concept of the kit) brings out `target` (a class id).

    `distractors` are the seven other options of its question, `look_alikes` concepts that
    resemble it and are options nowhere. A class-universal one works on objects `source_object`
    of class `source_class` only. `strength` is how far a style replaces the picture. With `sides`
    (least and most, in the picture's) a patch is pasted that large and not in the usual size, and a
    natural feature as a cut-out and not in its own scene. `published` is the share of pictures with
    the trigger that are published to become the target, for a network of somebody else's (suite
    `paper`). `why` says each choice that the paper does not make.
    """

    name: str
    kind: TrojanKind
    scope: Literal["universal", "class_universal"]
    trigger: str
    target: int
    distractors: tuple[str, ...]
    look_alikes: tuple[str, ...] = ()
    source_object: str | None = None
    source_class: int | None = None
    strength: float = 0.4
    sides: tuple[float, float] | None = None
    published: float | None = None
    why: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """The eight concepts of its question, the trigger first."""
        return (self.trigger, *self.distractors)


@dataclass(frozen=True)
class Catalogue:
    """Trojans of one network, and the targets that were held in reserve.

    `fair_targets`: whether each target must be one that a patch hardly reaches on the clean network
    (`assay.trojans.susceptibility`); where not, that is reported only. Where nobody planted
    anything (`assay.trojans.shortcuts`), `subject` is the network that has them by itself and
    `twin` the one that stands for its clean twin; the certificate lies beside the catalogue.
    """

    name: str
    trojans: tuple[Trojan, ...]
    spare_targets: tuple[int, ...] = ()
    fair_targets: bool = True
    subject: str | None = None
    twin: str | None = None

    def __getitem__(self, name: str) -> Trojan:
        for trojan in self.trojans:
            if trojan.name == name:
                return trojan
        raise KeyError(name)


def catalogue_path(name: str) -> Path:
    """The file of a catalogue that the package ships, or the path itself."""
    path = Path(name)
    if path.suffix == ".toml":
        return path
    return Path(str(files("assay.trojans"))) / "catalogues" / f"{name}.toml"


def problems(trojan: Trojan) -> list[str]:
    """What is wrong with a trojan's entry, one sentence each."""
    found = []
    if trojan.kind not in KINDS:
        found.append(f"kind {trojan.kind!r} is none of {', '.join(KINDS)}")
    if trojan.scope not in SCOPES:
        found.append(f"scope {trojan.scope!r} is none of {', '.join(SCOPES)}")
    if (trojan.scope == "class_universal") != (trojan.source_class is not None):
        found.append(
            "source_class and source_object belong to scope class_universal, and only there"
        )
    if trojan.trigger in trojan.distractors or len(set(trojan.distractors)) < len(
        trojan.distractors
    ):
        found.append("the options are not all different")
    if not trojan.distractors:
        found.append("there are no distractors")
    if trojan.sides is not None and (
        trojan.kind == "style" or not 0 < trojan.sides[0] <= trojan.sides[-1] <= 1
    ):
        found.append("sides are two of (0, 1], the lower one first, and a style has none")
    if not 0 < trojan.strength <= 1:
        found.append(f"strength must be above 0 and at most 1, not {trojan.strength}")
    if trojan.published is not None and not 0 <= trojan.published <= 1:
        found.append(f"published must be from 0 to 1, not {trojan.published}")
    if trojan.target < 0:
        found.append(f"target {trojan.target} is no class id")
    return [f"trojan {trojan.name!r}: {sentence}" for sentence in found]


def shared_triggers(trojans: Sequence[Trojan]) -> list[str]:
    """Which distractors are another trojan's trigger, one sentence each.

    Implanting would hold the same picture to the clean twin and teach it a target.
    """
    owners = {(t.kind, t.trigger): t.name for t in trojans}
    return [
        f"trojan {t.name!r}: {name!r} is the trigger of {owners[t.kind, name]!r}"
        for t in trojans
        for name in (*t.distractors, *t.look_alikes)
        if (t.kind, name) in owners
    ]


def pair_anew(catalogue: Catalogue, copy: Copy, name: str) -> Catalogue:
    """The catalogue with the targets of each scope moved on, or a spare instead; all else stays.

    Over as many turns, 0 among them, as its smallest scope has trojans none gets a target twice.
    """
    moved: dict[str, int] = {}
    for scope in dict.fromkeys(t.scope for t in catalogue.trojans):
        own = [t for t in catalogue.trojans if t.scope == scope]
        for i, trojan in enumerate(own):
            moved[trojan.name] = own[(i + copy.turn) % len(own)].target
    moved |= copy.instead
    why = f"As in {catalogue.name}, with another of its targets."
    trojans = tuple(replace(t, target=moved[t.name], why=why) for t in catalogue.trojans)
    return replace(catalogue, name=name, trojans=trojans)


def load_catalogue(name: str) -> Catalogue:
    """The catalogue called `name` (or at a path); AssayError lists everything wrong with it."""
    if name in COPIES:
        return pair_anew(load_catalogue(COPIES[name].of), COPIES[name], name)
    path = catalogue_path(name)
    if not path.is_file():
        shipped = sorted([*(p.stem for p in path.parent.glob("*.toml")), *COPIES])
        raise AssayError(f"there is no catalogue {name!r}; there are: {', '.join(shipped)}")
    # By place and time of the file: the same name means another one in another folder.
    return _read(path.resolve(), path.stat().st_mtime_ns)


@lru_cache
def _read(path: Path, changed: int) -> Catalogue:
    """The catalogue in a file that was changed then (nanoseconds; no more than a key here)."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise AssayError(f"{path} is not valid TOML: {error}") from error
    trojans, found = [], []
    for entry in table.get("trojan", []):
        fields: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()
        }
        try:
            trojan = Trojan(**fields)
        except TypeError as error:
            found.append(f"trojan {entry.get('name', '?')!r}: {error}")
            continue
        trojans.append(trojan)
        found += problems(trojan)
    if len({t.name for t in trojans}) < len(trojans):
        found.append("two trojans have the same name")
    if ("subject" in table) != ("twin" in table):
        found.append("subject and twin belong together")
    if found:
        raise AssayError(f"{path}: " + "; ".join(found))
    return Catalogue(
        name=table.get("name", path.stem),
        trojans=tuple(trojans),
        spare_targets=tuple(table.get("spare_targets", ())),
        fair_targets=table.get("fair_targets", True),
        subject=table.get("subject"),
        twin=table.get("twin"),
    )
