"""One's own methods on a suite's questions, from a script or a notebook: `assay.evaluate`.

A suite is made of the one that is named, with the methods in the place of its tools, and goes the
way of every suite: plan, run, results.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.checks import near_name
from assay.evaluation import Evaluation
from assay.plan import Plan, make_plan
from assay.plugins import Method, check_form, hold_plugin, make_plugin, plugin_class, plugin_names
from assay.published.taking import take_published
from assay.report.evaluated import Asked
from assay.results import default_folder
from assay.runner import FAILED, run_plan
from assay.sources import source_digest
from assay.suite import (
    OF_TASK,
    RESERVED,
    SHUFFLED,
    Suite,
    fields_of,
    judge_parameters,
    load_suite,
    parse_suite,
    toml_text,
    with_seeds,
)
from assay.types import AssayError, digest

NAME = "evaluate"


def evaluate(
    *methods: Method | Mapping[str, Method],
    trojans: str | Sequence[str] = (),
    suite: str | Path = "quick",
    judge: str | None = None,
    passes: int | None = None,
    visualizations: int | None = None,
    seeds: int | None = None,
    size: int | None = None,
    out: str | Path | None = None,
    device: str = "cpu",
    quiet: bool = False,
) -> Evaluation:
    """Measure methods, objects of one's own classes, beside the noise and the ceiling.

    `methods` are called after their classes; a dict gives them other names. `trojans` are some of
    the cases (all where none is named). The `suite` says what is asked of whom: its networks,
    tasks, judge, floors and budget stay, and its tools do not. `judge`, `passes`, `visualizations`,
    `seeds` (how many) and `size` (pixels) take the place of what it says. Results are kept in `out`
    (results/evaluate): what is there is not computed again, unless a method's class, what that uses
    of its own notebook or file, or a parameter has changed, or it failed. Everything runs in this
    process; Ctrl-C keeps what is finished. AssayError, one sentence, for what can't be measured.
    """
    ours = _named(methods)
    base = with_seeds(load_suite(suite), seeds)
    numbers = {"passes": passes, "visualizations": visualizations, "size": size}
    base = base.model_copy(update={k: v for k, v in numbers.items() if v is not None})
    if passes is not None:
        plain = {n: {k: v for k, v in t.items() if k != "passes"} for n, t in base.tasks.items()}
        base = base.model_copy(update={"tasks": plain})
    wanted = tuple(dict.fromkeys([trojans] if isinstance(trojans, str) else trojans))
    asking = _Asking(base, ours, _judge(base, _family(base, ours), judge), wanted)
    text, plan = asking.plan(device)
    known = tuple(dict.fromkeys(c.place.case for c in plan.scores))
    for name in wanted:
        if name not in known:
            raise AssayError(f"there is no trojan {name!r}{near_name(name, known)}")
    if wanted and set(wanted) == set(known):
        # All of them, by name: then the floors are measured too.
        text, plan = dataclasses.replace(asking, trojans=()).plan(device)
    elif wanted:
        plan = plan.only((), wanted)
    folder = Path(out) if out is not None else default_folder(NAME)
    # Floors and ceiling, where they are published of the suite.
    take_published(folder, plan, base.name)
    # What failed is tried again: whoever calls again has changed something, if not here.
    summary = run_plan(plan, text, folder, 0, device, again=FAILED, quiet=quiet)
    cases = tuple(c for c in known if not wanted or c in wanted)
    asked = Asked(tuple(ours), cases, len(known), parse_suite(text, NAME).description)
    return Evaluation(folder, summary.run, asked, summary)


def _named(given: Sequence[Method | Mapping[str, Method]]) -> dict[str, Method]:
    """The methods by name, in order; of one class, with the parameters in which they differ."""
    named: list[tuple[str, Method]] = []
    plain: list[Method] = []
    for one in given:
        if isinstance(one, Mapping):
            named += [(_checked_name(name), _checked(method)) for name, method in one.items()]
        else:
            plain.append(_checked(one))
    for method in plain:
        like = [m for m in plain if type(m).__name__ == type(method).__name__]
        named.append((_own_name(method, like), method))
    if not named:
        raise AssayError("there is nothing to evaluate: give a method, as in evaluate(MyMethod())")
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise AssayError(
                f"two methods are called {name!r}: name them, as in "
                "evaluate({'first': MyMethod(), 'second': MyMethod()})"
            )
    return dict(named)


def _checked(method: Any) -> Method:
    """The method, if it is one that can be measured and keyed."""
    if isinstance(method, type):
        name = method.__name__
        if inspect.isabstract(method):
            lacks = " and ".join(sorted(method.__abstractmethods__))
            raise AssayError(f"{name} is abstract: it has no {lacks}")
        raise AssayError(f"{name} is a class: give an object of it, {name}()")
    cls = type(method)
    if not isinstance(method, Method):
        raise AssayError(
            f"{cls.__name__} is no method: make its class from assay.Method (a dict names methods: "
            "{'name': MyMethod()})"
        )
    check_form(cls.__name__, cls)
    # An object that can be changed while it runs would not be what its key says.
    if not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise AssayError(f"{cls.__name__} can be changed: put @dataclass(frozen=True) above it")
    for field in dataclasses.fields(cls):
        try:
            digest(getattr(method, field.name))
        except (TypeError, ValueError) as error:
            raise AssayError(
                f"the parameter {field.name!r} of {cls.__name__} must be made of numbers, text and "
                f"lists of them, so that its results can be told apart: {error}"
            ) from error
    return method


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip():
        raise AssayError(f"{name!r} is no name for a method: give a word")
    return name


def _own_name(method: Any, like: Sequence[Any]) -> str:
    """The class's name, and in brackets the parameters in which it differs from those like it."""
    name = type(method).__name__
    fields = [f.name for f in dataclasses.fields(method)]
    values = {f: [repr(getattr(m, f, None)) for m in like] for f in fields}
    differ = [f for f in fields if len(set(values[f])) > 1]
    said = ", ".join(f"{f}={getattr(method, f)!r}" for f in differ)
    return f"{name}({said})" if differ and len(like) > 1 else name


def _family(suite: Suite, methods: Mapping[str, Method]) -> str:
    """The family of all of the methods, for which the suite has a task."""
    name, family = next((n, m.family) for n, m in methods.items())
    for other, method in methods.items():
        if method.family != family:
            raise AssayError(
                f"{name} is for {family} and {other} for {method.family}: evaluate them apart"
            )
    there = {plugin_class("tasks", t.get("use", n)).family for n, t in suite.tasks.items()}
    if family not in there:
        raise AssayError(
            f"{name} is for {family}, and the suite {suite.name!r} has no task for that, only for "
            f"{' and '.join(sorted(there))}"
        )
    return family


def _judge(suite: Suite, family: str, name: str | None) -> str:
    """The judge that is asked: the one named, else the suite's first one of that family."""
    if name is None:
        for known in suite.judges:
            if suite.plugin("judges", known).family == family:
                return known
        raise AssayError(f"the suite {suite.name!r} has no judge for {family}: name one")
    if suite.plugin("judges", name).family != family:
        raise AssayError(f"the judge {name!r} is not for {family}, as the methods are")
    return name


@dataclass(frozen=True)
class _Asking:
    """A suite with the methods in the place of its tools."""

    base: Suite
    methods: dict[str, Method]
    judge: str
    trojans: tuple[str, ...]

    def plan(self, device: str) -> tuple[str, Plan]:
        """The TOML text of the suite, and its plan."""
        text = self._text()
        return text, make_plan(parse_suite(text, NAME), device)

    def _text(self) -> str:
        family = next(iter(self.methods.values())).family
        base = self.base
        tasks = {
            name: {k: v for k, v in table.items() if k not in OF_TASK[:2]}
            for name, table in base.tasks.items()
            if plugin_class("tasks", table.get("use", name)).family == family
            and self.judge in base.judges_of(name)
        }
        rows = {row for name in tasks for row in base.methods_of(name)}
        takes = any(
            "subject" in fields_of(plugin_class("tasks", table.get("use", name)))
            for name, table in tasks.items()
        )
        floors = [
            name
            for name in base.floors
            if name in base.methods
            and name in rows
            and base.plugin("methods", name).family == family
        ]
        for name in self.methods:
            if name in (*floors, *RESERVED):
                raise AssayError(f"{name!r} is the name of a row that comes along: give another")
            if "/" in name:
                raise AssayError(f"the name {name!r} holds a slash: name it with a dict")
        # Dealing findings to other cases' questions would need those cases' findings.
        dealt = family == "predict" and SHUFFLED in base.floors and not self.trojans
        # Fixtures try the judge over all cases, too.
        made = {f for name, table in tasks.items() for f in _fixtures(name, table)}
        fixtures = [name for name in base.fixtures if name in made and not self.trojans]
        table = base.judge.get(self.judge, {})
        seen_at = judge_parameters(table.get("use", self.judge), base.size)
        return toml_text(
            {
                "name": NAME,
                "description": self._call(),
                "seeds": list(base.seeds),
                "size": base.size,
                "passes": base.passes,
                "visualizations": base.visualizations,
                "shuffles": base.shuffles,
                "subjects": list(base.subjects) if takes else [],
                "judges": [self.judge],
                "floors": [*floors, *([SHUFFLED] if dealt else [])],
                "fixtures": fixtures,
            },
            {
                **{("tasks", name): table for name, table in tasks.items()},
                **{("methods", name): _table(method) for name, method in self.methods.items()},
                **{("methods", name): base.methods[name] for name in floors},
                ("judge", self.judge): {**table, **seen_at},
            },
        )

    def _call(self) -> str:
        """The call in Python, as the report is to say it."""
        listed = ", ".join(f"{name!r}: {method!r}" for name, method in self.methods.items())
        said = [f"{{{listed}}}", f"suite={self.base.name!r}"]
        if self.trojans:
            said.insert(1, f"trojans={self.trojans!r}")
        return f"assay.evaluate({', '.join(said)})"


def _fixtures(name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fixtures that the task makes."""
    return getattr(plugin_class("tasks", table.get("use", name)), "fixtures", {})


def _table(method: Method) -> dict[str, Any]:
    """What a suite says of the method: a registered name with its parameters, or a held object."""
    cls = type(method)
    place = f"{cls.__module__}:{cls.__qualname__}"
    registered = [name for name, target in plugin_names("methods").items() if target == place]
    if not registered:
        return {"use": hold_plugin(method, source_digest(cls))}
    values = dataclasses.asdict(method)  # type: ignore[call-overload]
    table = {"use": registered[0], **{k: v for k, v in values.items() if v is not None}}
    # TOML knows no None and no tuples.
    same = make_plugin("methods", registered[0], {k: v for k, v in table.items() if k != "use"})
    plain = all(isinstance(v, str | int | float) for v in table.values())
    return table if plain and same == method else {"use": hold_plugin(method, "")}
