"""Every tool's pictures for one class of a network of one's own, and what they do.

A suite with the task `observe` is written, run and read; the network's TOML file, the pictures, the
page and the numbers lie in one folder, and the same call goes on where it stopped.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.checks import near_name
from assay.files import write_atomically
from assay.observations import Observations, Setting, gather
from assay.plan import make_plan
from assay.plugins import make_plugin, plugin_class, plugin_names
from assay.report import write_observations
from assay.results import Results, default_folder
from assay.runner import FAILED, run_plan
from assay.subject import Subject
from assay.subjects import independent_subject, load_subject, subject_names
from assay.subjects.lite import imagenet_classes
from assay.subjects.own import IMAGENET, Own, is_grey, pictures_of
from assay.subjects.pictures import find_pictures, halves
from assay.suite import parse_suite, toml_text
from assay.types import AssayError, UnsupportedError

# Rows of the tools, with their tables; those of other registered methods have none.
TOOLS: dict[str, dict[str, Any]] = {
    "exemplars": {},
    "target_fourier_fv": {"use": "feature_visualization"},
    "adversarial_patch": {},
    "rfla_perturb": {"use": "feature_level", "mode": "perturb"},
    "rfla_generator": {"use": "feature_level", "mode": "generator"},
}
# What shows no pictures for a class: maps of given pictures, and a control beside tools.
ELSEWHERE = ("attribution", "edges", "blank", "random_map", "try_pool")
# Random pictures: what a tool's do has to be held against what these do.
BASELINES = ("noise",)
REFERENCE = "lite0"
NO_REFERENCE = "none"
# What goes into the network where nothing is said: pictures in [0, 1] as they are.
DEFAULTS: dict[str, Any] = {"size": 224, "mean": 0.0, "std": 1.0, "channels": 3}


def explain(
    network: str | Path,
    target: int | str,
    pictures: str | Path | None = None,
    *,
    size: int | None = None,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    labels: str | Path | Sequence[str] | None = None,
    channels: int | None = None,
    passes: int = 1024,
    visualizations: int = 4,
    reference: str | None = None,
    seed: int = 0,
    methods: Sequence[str] = (),
    out: str | Path | None = None,
    workers: int | None = 0,
    device: str = "cpu",
    retry_failed: bool = False,
    quiet: bool = True,
) -> Observations:
    """What every tool shows for a class of a network, and what it does to held-out pictures.

    `network`: FILE.py:FUNCTION or MODULE:FUNCTION, which makes a torch module from pictures (n,
    channels, size, size) to logits (n, classes); a TOML file that says the same; or a subject's
    name. `target` is a class's number or name; `pictures` a folder, half of which is given to the
    tools and half held out by a draw from `seed`. For a network without a TOML file: `size` (224),
    `mean` (0) and `std` (1) of pictures in [0, 1], one number or one a channel, `labels` (a list, a
    file or "imagenet") and `channels` (3, or 1).

    Each tool may spend `passes`, shows `visualizations` pictures, and is one of `methods` (all).
    `reference`: a subject with a class of the same name, which the pictures are shown to as well;
    lite0 where the classes are ImageNet's and "none" for none. `out`, `workers`, `device` and
    `retry_failed` are those of `assay.run`. Raises AssayError, one sentence, for what is wrong with
    the network, the class or the pictures.
    """
    described = {"size": size, "mean": mean, "std": std, "labels": labels, "channels": channels}
    name = f"explain-{_slug(str(network))}-{_slug(str(target))}"
    folder = Path(out) if out is not None else default_folder(name)
    path = _subject_path(
        str(network), {k: v for k, v in described.items() if v is not None}, folder
    )
    subject = load_subject(path, size)
    index = class_index(subject, target)
    table = {
        "subject": path,
        "target": index,
        "pictures": str(pictures_of(subject, pictures)),
        "reference": _reference(subject, reference),
    }
    task = make_plugin("tasks", "observe", {**table, "size": subject.size})
    for problem in task.problems():
        raise AssayError(problem)
    tools = _fitting(tool_tables(methods), subject, index)
    numbers = {
        "name": name,
        "description": f"{subject.name}, {subject.class_names[index]}: observations.",
        "seeds": [seed],
        "size": subject.size,
        "passes": passes,
        "visualizations": visualizations,
        "judges": ["insertion"],
        "floors": list(BASELINES),
    }
    tables = {("tasks", "observe"): table, **{("methods", k): v for k, v in tools.items()}}
    text = toml_text(numbers, tables)
    plan = make_plan(parse_suite(text, name), device)
    again = FAILED if retry_failed else ()
    summary = run_plan(plan, text, folder, workers, device, again, quiet)
    spent = {"passes": passes, "seed": seed, "device": device}
    command = _command(table, passes, visualizations, seed, methods)
    setting = _setting(subject, table, spent, command)
    seen = gather(Results(folder), setting, BASELINES, summary.stopped)
    return replace(seen, page=write_observations(seen, folder / "observations.html"))


def _setting(
    subject: Subject, table: Mapping[str, Any], spent: Mapping[str, Any], command: str
) -> Setting:
    """What the observations are of: the task's table, and what was spent on it."""
    given, held_out = halves(find_pictures(Path(table["pictures"])), spent["seed"])
    return Setting(
        network=subject.name,
        digest=subject.digest,
        target=table["target"],
        class_name=subject.class_names[table["target"]],
        size=subject.size,
        grey=is_grey(subject),
        mean=subject.file.mean if isinstance(subject, Own) else (),
        std=subject.file.std if isinstance(subject, Own) else (),
        folder=table["pictures"],
        given=len(given),
        held_out=len(held_out),
        reference=load_subject(table["reference"]).name if table["reference"] else None,
        command=command,
        **spent,
    )


def class_index(subject: Subject, target: int | str) -> int:
    """The class's number; AssayError where there is none of that number or name."""
    names = subject.class_names
    text = str(target)
    number = int(text) if re.fullmatch(r"-?\d+", text) else None
    if number is not None and 0 <= number < len(names):
        return number
    found = [i for i, name in enumerate(names) if name == text]
    if len(found) > 1:
        numbers = ", ".join(map(str, found))
        raise AssayError(f"several classes are called {text!r}: give a number ({numbers})")
    if not found and number is not None:
        raise AssayError(
            f"class {text} is out of range: {subject.name} has {len(names)} classes, 0 to "
            f"{len(names) - 1}"
        )
    if not found:
        hint = near_name(text, names, listed=len(names) <= 20)
        raise AssayError(f"{subject.name} has no class {text!r}{hint}")
    return found[0]


def tool_tables(chosen: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """The tables of the tools and of the baselines: all that show pictures, or those chosen.

    No predict method needs a truth; AssayError for one that isn't there.
    """
    used = {table.get("use", name) for name, table in TOOLS.items()}
    left_out = (*used, *BASELINES, *ELSEWHERE)
    others = [name for name in plugin_names("methods") if name not in left_out]
    known = {**TOOLS, **{name: {} for name in others}}
    for name in chosen:
        if name not in known:
            raise AssayError(f"there is no tool {name!r}{near_name(name, known)}")
    listed = list(dict.fromkeys(chosen)) or list(known)
    tools = {
        name: known[name]
        for name in listed
        if getattr(plugin_class("methods", known[name].get("use", name)), "family", "") == "predict"
    }
    if not tools:
        raise AssayError(f"none of {', '.join(listed)} shows pictures for a class")
    return {**tools, **{name: {} for name in BASELINES}}


def _fitting(
    tools: Mapping[str, dict[str, Any]], subject: Subject, index: int
) -> dict[str, dict[str, Any]]:
    """The tables without what a tool would ask of an independent network that lacks the class."""
    kept = dict(tools)
    for name, table in tools.items():
        asked = getattr(plugin_class("methods", table.get("use", name)), "independent", "")
        if asked:
            try:
                independent_subject(asked, subject, index)
            except UnsupportedError:
                kept[name] = {**table, "independent": ""}
    return kept


def _subject_path(network: str, described: Mapping[str, Any], folder: Path) -> str:
    """What `load_subject` takes: a name, or the path of a TOML file, written here if need be."""
    if network.endswith(".toml"):
        if described:
            raise AssayError(f"{_listed(described)} must be said in {network} itself")
        return str(Path(network).expanduser().resolve())
    if network.partition("@")[0] in subject_names():
        if beyond := [name for name in described if name != "size"]:
            raise AssayError(f"the subject {network!r} knows {_listed(beyond)} by itself")
        return network
    source, colon, function = network.rpartition(":")
    if not colon:
        if network.endswith(".py"):
            raise AssayError(
                f"say which function of {network} makes the network, such as {network}:make"
            )
        raise AssayError(
            f"{network!r} is neither FILE.py:FUNCTION nor MODULE:FUNCTION, no TOML file and no "
            f"subject{near_name(network, subject_names())}"
        )
    if source.endswith(".py"):
        source = str(Path(source).expanduser().resolve())
    values: dict[str, Any] = {"load": f"{source}:{function}", **DEFAULTS, **described}
    labels = values.get("labels")
    if isinstance(labels, str | Path) and str(labels) != IMAGENET:
        values["labels"] = str(Path(labels).expanduser().resolve())
    # Named after the code, in a folder where no file of the user's is.
    stem = Path(source).name.removesuffix(".py").rpartition(".")[2]
    written = folder.resolve() / "subject" / f"{_slug(stem)}.toml"
    try:
        write_atomically(written, toml_text(values).encode())
    except OSError as error:
        raise AssayError(f"the folder {folder} can't be written to: {error}") from error
    return str(written)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _reference(subject: Subject, asked: str | None) -> str:
    """The reference's name or path, empty for none."""
    if asked == NO_REFERENCE:
        return ""
    if asked is not None:
        return str(Path(asked).expanduser().resolve()) if asked.endswith(".toml") else asked
    if subject.class_names != imagenet_classes():
        return ""
    # What it does itself is no comparison.
    return "" if load_subject(REFERENCE).digest == subject.digest else REFERENCE


def _command(
    table: Mapping[str, Any], passes: int, visualizations: int, seed: int, methods: Sequence[str]
) -> str:
    """The command line that gives the same numbers."""
    options: dict[str, Any] = {
        "class": table["target"],
        "pictures": table["pictures"],
        "reference": table["reference"] or NO_REFERENCE,
        "passes": passes,
        "visualizations": visualizations,
        "seed": seed,
        **({"methods": ",".join(methods)} if methods else {}),
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return shlex.join(["assay", "explain", table["subject"], *words])


def _slug(text: str) -> str:
    """The text with nothing but what a suite's name and a folder may hold, at most 40 characters.

    Of a path only the file's name counts.
    """
    name = re.sub(r"\.toml$", "", Path(text).name)
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:40] or "network"
