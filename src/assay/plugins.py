"""The four kinds of plug-in, and how they are found by name.

A plug-in is a frozen dataclass: its fields are its parameters, its `version` is raised whenever
its numbers could change, and its key says both. Packages add their own through the entry-point
groups `assay.methods`, `assay.combiners`, `assay.tasks` and `assay.judges`; without a name there,
one is called "module:Class" or "file.py:Class". An object whose class no process could import, such
as a notebook's, is held for as long as this process lives, and is called "here:Class-key".
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Literal

import torch

from assay.checks import near_name
from assay.types import Answer, AssayError, Budget, Case, Finding, UnsupportedError, digest

Family = Literal["predict", "control", "replace"]


class Method(ABC):
    """A tool under test: opens what is given and returns a finding."""

    version: ClassVar[int]
    family: ClassVar[Family]
    # Whether its findings have `Images.snapshots`, one for each of `SHARES`.
    snapshots: ClassVar[bool] = False

    @abstractmethod
    def explain(self, given: Any, budget: Budget, rng: torch.Generator) -> Finding:
        """The tool's finding, within `budget`; all randomness comes from `rng` (on the CPU)."""

    @property
    def artefacts(self) -> str:
        """Digest of the files that the finding depends on, if any; then part of its key."""
        return ""


class Combiner(ABC):
    """Makes one finding of several methods' findings."""

    version: ClassVar[int]
    family: ClassVar[Family]

    @abstractmethod
    def combine(
        self, given: Any, findings: Mapping[str, Finding], budget: Budget, rng: torch.Generator
    ) -> Finding:
        """One finding of those of the methods named by the keys, which come in sorted order.

        A method that gave none is left out; there is always one. `given` is what the methods got,
        with other pictures where the case has such (`screening`). Passes are counted as a method's
        are, and the budget is the same. A finding without pictures (`chosen` is empty) says that
        nothing was found.
        """

    @property
    def artefacts(self) -> str:
        """Digest of the files that the finding depends on, if any; then part of its key."""
        return ""


class Task(ABC):
    """Makes cases whose truth is known (or, for observations, lacking), and grades answers.

    A field `subject` (a name), `size` or `visualizations` is filled by the suite, one task for each
    subject; a task that brings its own network has a class attribute `subject` instead.
    """

    version: ClassVar[int]
    family: ClassVar[Family]
    # Names of the fixtures that it makes, with the version of each: raised whenever what `fixture`
    # makes could change.
    fixtures: ClassVar[Mapping[str, int]] = {}
    # Whether its questions offer options (a `PredictQuestion`): judges without a finding choose
    # among them, and are asked nothing else.
    offers_options: ClassVar[bool] = True

    @abstractmethod
    def cases(self, seed: int) -> Iterable[Case]:
        """All cases; the envelopes are made without being opened."""

    @abstractmethod
    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """The best possible finding, made from the truth: the ceiling.

        Not asked for where the case has no truth.
        """

    def fixture(self, name: str, case: Case, rng: torch.Generator) -> Finding:
        """A finding made from the truth to try the judge: one that it must not read, or must.

        `name` is one of `fixtures`, which are among those of `measures.gates.FIXTURES`. Not asked
        for where the case has no truth.
        """
        raise UnsupportedError(f"{type(self).__name__} makes no fixture {name!r}")

    @abstractmethod
    def grade(self, truth: Any, answer: Answer) -> dict[str, float]:
        """Numbers by metric's name, higher is better for the first one (the headline).

        `truth` is None where the case has none.
        """

    def problems(self) -> list[str]:
        """Why the task can't run, a sentence each: asked of every task before anything runs."""
        return []


class Judge(ABC):
    """Whoever uses the finding: answers the question without knowing the truth.

    One who is `unaided` has no finding to use, and asks the network: a bound on what tools are
    worth. The question is then a `PredictQuery`, the finding is empty, and a suite lists the judge
    in `unaided`: a row beside the methods.
    """

    version: ClassVar[int]
    family: ClassVar[Family]
    unaided: ClassVar[bool] = False

    @abstractmethod
    def answer(self, question: Any, finding: Finding, rng: torch.Generator) -> Answer:
        """The judge's answer to `question` with `finding` in hand."""

    @property
    def artefacts(self) -> str:
        """Digest of the files that the answers depend on (weights, references); part of its key."""
        return ""


Plugin = Method | Combiner | Task | Judge
Kind = Literal["methods", "combiners", "tasks", "judges"]

# One line a plug-in: name -> module:class.
BUILT_IN: dict[Kind, dict[str, str]] = {
    "methods": {
        "noise": "assay.methods.noise:Noise",
        "exemplars": "assay.methods.exemplars:Exemplars",
        "feature_visualization": "assay.methods.feature_visualization:FeatureVisualization",
        "adversarial_patch": "assay.methods.adversarial_patch:AdversarialPatch",
        "tabor": "assay.methods.tabor:Tabor",
        "feature_level": "assay.methods.feature_level:FeatureLevel",
        "snafue": "assay.methods.snafue:Snafue",
        "try_pool": "assay.methods.try_pool:TryPool",
        "attribution": "assay.methods.attribution:Attribution",
        "edges": "assay.methods.edges:Edges",
        "blank": "assay.methods.blank:Blank",
        "random_map": "assay.methods.random_map:RandomMap",
        "gradient_ranking": "assay.methods.gradient_ranking:GradientRanking",
        "random_ranking": "assay.methods.random_ranking:RandomRanking",
        "linear_fit": "assay.methods.linear_fit:LinearFit",
        "random_linear": "assay.methods.random_linear:RandomLinear",
    },
    "combiners": {
        "together": "assay.combiners.together:Together",
        "screened": "assay.combiners.screened:Screened",
    },
    "tasks": {
        "rediscover": "assay.tasks.rediscover:Rediscover",
        "rediscover_original": "assay.tasks.original:RediscoverOriginal",
        "localise": "assay.tasks.localise:Localise",
        "foresee": "assay.tasks.foresee:Foresee",
        "ablate": "assay.tasks.ablate:Ablate",
        "linearise": "assay.tasks.linearise:Linearise",
        "observe": "assay.tasks.observe:Observe",
    },
    "judges": {
        "embedding": "assay.judges.embedding:Embedding",
        "handcrafted": "assay.judges.handcrafted:Handcrafted",
        "thumbnail": "assay.judges.thumbnail:Thumbnail",
        "chance": "assay.judges.chance:Chance",
        "overlay": "assay.judges.overlay:Overlay",
        "ablator": "assay.judges.ablator:Ablator",
        "swap_in": "assay.judges.swap_in:SwapIn",
        "insertion": "assay.judges.insertion:Insertion",
        "foreseer": "assay.judges.foreseer:Foreseer",
        "query_options": "assay.judges.query_options:QueryOptions",
    },
}
# What the name of a held object begins with.
HELD = "here:"
# The held objects and the digests of their classes' sources, by name.
_HELD: dict[str, tuple[Plugin, str]] = {}
BASES: dict[Kind, type] = {
    "methods": Method,
    "combiners": Combiner,
    "tasks": Task,
    "judges": Judge,
}


def plugin_names(kind: Kind) -> dict[str, str]:
    """Every registered name of the kind with its module:class, built in or from an entry point."""
    names = dict(BUILT_IN[kind])
    for point in entry_points(group=f"assay.{kind}"):
        names.setdefault(point.name, point.value)
    return names


def load_file(path: Path) -> ModuleType:
    """The module in a Python file of any folder; AssayError where it can't be read.

    Its name ends in a digest of its text: a changed file is another module, and its plug-ins have
    other keys. What the file itself raises is raised as it is.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise AssayError(f"the file {path} can't be read: {error.strerror}") from error
    name = f"{path.stem}_{hashlib.sha256(source).hexdigest()[:12]}"
    place = path.resolve()
    # The same text in another folder may mean other things: files that lie beside it.
    if name in sys.modules and sys.modules[name].__file__ == str(place):
        return sys.modules[name]
    folder = str(place.parent)
    if folder not in sys.path:
        # For files beside it; last, so that they hide nothing that is installed.
        sys.path.append(folder)
    module = ModuleType(name)
    module.__file__ = str(place)
    # Known before it runs: a dataclass looks its module up by name.
    sys.modules[name] = module
    try:
        # Without this module's own `from __future__`.
        exec(compile(source, str(place), "exec", dont_inherit=True), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def classes_in(module: ModuleType, kind: Kind) -> dict[str, type]:
    """The classes of that kind that the module defines itself, by name, in its order."""
    return {
        found.__name__: found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, BASES[kind])
        and found.__module__ == module.__name__
    }


def hold_plugin(plugin: Plugin, source: str) -> str:
    """Keep an object for this process, and return the name by which suites get it.

    `source` is a digest of what its class is made of, and becomes part of its key: the same object
    after its class has changed is another one. It is empty where the class's version speaks for it.
    """
    key = digest({**plugin_key(plugin), "source": source})
    name = f"{HELD}{type(plugin).__name__}-{key[:12]}"
    for known in [n for n, (held, _) in _HELD.items() if held is plugin]:
        del _HELD[known]
    _HELD[name] = (plugin, source)
    return name


def plugin_class(kind: Kind, name: str) -> type:
    """The class registered as `name`, or at "module:class" or "file.py:class".

    AssayError if there is none.
    """
    if name.startswith(HELD):
        raise AssayError(
            f"{kind[:-1]} {name!r} was an object of the Python process that evaluated it: call "
            "assay.evaluate with it again"
        )
    names = plugin_names(kind)
    if ":" in name:
        names = {name: name}
    if name not in names:
        raise AssayError(f"unknown {kind[:-1]} {name!r}{near_name(name, names)}")
    # At the last colon: a file's path may hold some.
    module, attribute, *_ = [*names[name].rsplit(":", 1), ""]
    try:
        from_file = module.endswith(".py")
        home = load_file(Path(module)) if from_file else importlib.import_module(module)
        found = getattr(home, attribute)
    except (ImportError, AttributeError) as error:
        raise AssayError(
            f"{kind[:-1]} {name!r} cannot be loaded from {names[name]}: {error}"
        ) from error
    if not (isinstance(found, type) and issubclass(found, BASES[kind])):
        raise AssayError(f"{names[name]} is registered as a {kind[:-1]} and is none")
    return found


def make_plugin(kind: Kind, name: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """The plug-in `name` with its parameters; AssayError names an unknown or unfit one."""
    if name in _HELD and isinstance(held := _HELD[name][0], BASES[kind]) and not parameters:
        return held
    found = plugin_class(kind, name)
    check_form(f"{kind[:-1]} {name!r}", found)
    fields = [f.name for f in dataclasses.fields(found)]
    for parameter in parameters or {}:
        if parameter not in fields:
            hint = near_name(parameter, fields) if fields else "; it has none"
            raise AssayError(f"{kind[:-1]} {name!r} has no parameter {parameter!r}{hint}")
    try:
        return found(**(parameters or {}))
    except (TypeError, ValueError) as error:
        raise AssayError(f"{kind[:-1]} {name!r}: {error}") from error


def check_form(said: str, found: type) -> None:
    """AssayError for what is easily forgotten when a class is written."""
    if not dataclasses.is_dataclass(found):
        raise AssayError(f"{said} is no dataclass: put @dataclass(frozen=True) above its class")
    for attribute in ("version", "family"):
        if not hasattr(found, attribute):
            raise AssayError(f"{said} has no {attribute!r}: give its class one, as a ClassVar")


def plugin_key(plugin: Plugin) -> dict[str, Any]:
    """What identifies the plug-in's numbers: class, version, every parameter, artefacts.

    AssayError where files that it depends on are missing.
    """
    cls = type(plugin)
    key: dict[str, Any] = {
        "class": f"{cls.__module__}:{cls.__qualname__}",
        "version": cls.version,
        "parameters": dataclasses.asdict(plugin),  # type: ignore[call-overload]
    }
    # Most methods have none, and keep the keys that they had before any had.
    if isinstance(plugin, Judge) or (isinstance(plugin, Method | Combiner) and plugin.artefacts):
        key["artefacts"] = plugin.artefacts
    for held, source in _HELD.values():
        if held is plugin and source:
            key["source"] = source
    return key
