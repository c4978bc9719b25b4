"""The table of subjects: a name, and how the subject is made at a given size."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from assay.checks import near_name
from assay.subject import Subject
from assay.subjects.own import own_subject
from assay.types import AssayError

# name -> (module:class, fields). Paths are relative to the package's folder `weights`.
SUBJECTS: dict[str, tuple[str, dict[str, str]]] = {
    "lite0": ("assay.subjects.lite:Lite", {"variant": "lite0"}),
    "lite1": ("assay.subjects.lite:Lite", {"variant": "lite1"}),
    "lite2": ("assay.subjects.lite:Lite", {"variant": "lite2"}),
    "lite0-trojaned": (
        "assay.subjects.lite:Lite",
        {"variant": "lite0", "checkpoint": "lite0-trojaned.safetensors"},
    ),
    "lite0-decoys": (
        "assay.subjects.lite:Lite",
        {"variant": "lite0", "checkpoint": "lite0-decoys.safetensors"},
    ),
    "lite0-paper-targets": (
        "assay.subjects.lite:Lite",
        {"variant": "lite0", "checkpoint": "lite0-paper-targets.safetensors"},
    ),
    # Without the shortcuts of the catalogue `natural`, for which no clean network could stand.
    "lite0-unlearned": (
        "assay.subjects.lite:Lite",
        {"variant": "lite0", "checkpoint": "lite0-unlearned.safetensors"},
    ),
    "resnet50": ("assay.subjects.resnet50:ResNet50Subject", {}),
    "handmade": ("assay.subjects.handmade:Handmade", {}),
    "handmade-trojaned": ("assay.subjects.handmade:Handmade", {}),
    "handmade-units": ("assay.subjects.handmade:Handmade", {}),
}
# The twelve in copies that pair triggers and targets anew, and at 224 px: name ->
# catalogue, size. They are subjects once their weights are there.
_COPIES = {f"lite0-trojaned-{letter}": (f"twelve_{letter}", 160) for letter in "bcd"}
_FULL = {f"lite0-full-{letter}": (f"twelve_{letter}", 224) for letter in "bcd"}
_LATER = {**_COPIES, "lite0-full": ("twelve", 224), **_FULL}
# Those that are still to be made, with the sentence that says so.
TO_BE_MADE: dict[str, str] = {}
# The clean network that a trojaned one was made from.
TWINS = {
    "lite0-trojaned": "lite0",
    "lite0-decoys": "lite0",
    "lite0-paper-targets": "lite0",
    **dict.fromkeys(_LATER, "lite0"),
    "handmade-trojaned": "handmade",
}


def weights_folder() -> Path:
    """Where the project keeps checkpoints and their certificates."""
    return Path(str(files("assay.subjects"))) / "weights"


for _name, (_catalogue, _size) in _LATER.items():
    if (weights_folder() / f"{_name}.safetensors").is_file():
        _fields = {"variant": "lite0", "checkpoint": f"{_name}.safetensors"}
        SUBJECTS[_name] = ("assay.subjects.lite:Lite", _fields)
    else:
        _call = f"--catalogue {_catalogue} --subject {_name} --size {_size}"
        TO_BE_MADE[_name] = (
            f"the network {_name!r} is not made yet: `assay implant {_call}` makes it, and `assay "
            "certify` with the same options its certificate"
        )


def trojaned_of(
    subject: str, subjects: Iterable[str], twins: Mapping[str, str] | None = None
) -> str | None:
    """The one of `subjects` whose clean twin `subject` is, or None.

    `twins` are a suite's own, which go before the table's: a network that nobody trojaned has none.
    """
    known = {**TWINS, **(twins or {})}
    return next((name for name in subjects if known.get(name) == subject), None)


def subject_names() -> tuple[str, ...]:
    return tuple(sorted(SUBJECTS))


def load_subject(name: str, size: int | None = None) -> Subject:
    """The subject called `name`, for pictures of `size` pixels a side (its own default if None).

    `name@path` takes the weights of a checkpoint, such as `resnet50@/data/trojaned.pth`; the path
    of a TOML file is a network of one's own (`assay.subjects.own`).
    """
    if name.endswith(".toml"):
        return own_subject(Path(name), size)
    base, _, path = name.partition("@")
    if base in TO_BE_MADE:
        raise AssayError(TO_BE_MADE[base])
    if base not in SUBJECTS:
        raise AssayError(f"unknown subject {base!r}{near_name(base, SUBJECTS)}")
    target, fields = SUBJECTS[base]
    module, _, attribute = target.partition(":")
    cls = getattr(importlib.import_module(module), attribute)
    values: dict[str, object] = {"label": name, **fields}
    if "checkpoint" in fields:
        values["checkpoint"] = weights_folder() / fields["checkpoint"]
    known = {f.name for f in dataclasses.fields(cls)}
    if path and "checkpoint" not in known:
        raise AssayError(f"the subject {base!r} takes no checkpoint")
    if path:
        values["checkpoint"] = Path(path)
    elif "checkpoint" in known and base == "resnet50":
        raise AssayError("resnet50 comes without weights: give a checkpoint as resnet50@PATH")
    if size is not None and "pixels" in known:
        values["pixels"] = size
    return cls(**values)


def checkpoint_of(name: str) -> Path | None:
    """Where the checkpoint of a subject that was trained here lies, or will; None for another."""
    if name in _LATER:
        return weights_folder() / f"{name}.safetensors"
    _, fields = SUBJECTS.get(name, ("", {}))
    return weights_folder() / fields["checkpoint"] if "checkpoint" in fields else None
