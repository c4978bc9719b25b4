"""The bench: a suite's plug-ins, made, and what is wrong with the suite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from assay.checks import near_name
from assay.measures.gates import FIXTURES
from assay.plugins import Combiner, Judge, Kind, Method, Task, plugin_class
from assay.subjects import subject_names
from assay.subjects.registry import TO_BE_MADE, trojaned_of
from assay.suite import FROM_SUITE, RESERVED, SHUFFLED, Suite, SuiteError, fields_of
from assay.types import AssayError


@dataclass
class Bench:
    """A suite's plug-ins, made: tasks by (table's name, subject's name)."""

    suite: Suite
    tasks: dict[tuple[str, str], Task] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)
    combiners: dict[str, Combiner] = field(default_factory=dict)
    judges: dict[str, Judge] = field(default_factory=dict)
    unaided: dict[str, Judge] = field(default_factory=dict)


def make_bench(suite: Suite) -> Bench:
    """Make every plug-in of the suite; SuiteError lists all that can't be made or run."""
    bench, problems = build(suite)
    if problems:
        raise SuiteError(suite.name, problems)
    return bench


def build(suite: Suite) -> tuple[Bench, list[str]]:
    """The plug-ins that can be made, and a sentence for each problem."""
    bench = Bench(suite)
    problems = _name_problems(suite)
    tables: tuple[tuple[Kind, dict[str, Any], Iterable[str]], ...] = (
        ("methods", bench.methods, suite.methods),
        ("combiners", bench.combiners, suite.combiners),
        ("judges", bench.judges, suite.judges),
        ("judges", bench.unaided, suite.unaided),
    )
    for kind, made, names in tables:
        for name in names:
            try:
                made[name] = suite.plugin(kind, name)
            except AssayError as error:
                problems.append(str(error))
    for name in suite.tasks:
        try:
            bench.tasks.update(_tasks(suite, name))
        except AssayError as error:
            problems.append(str(error))
    return bench, problems or _family_problems(bench)


def _tasks(suite: Suite, name: str) -> dict[tuple[str, str], Task]:
    table = suite.tasks[name]
    cls = plugin_class("tasks", table.get("use", name))
    fields = fields_of(cls)
    filled = {
        k: getattr(suite, k)
        for k in FROM_SUITE
        if k in fields and k != "subject" and k not in table
    }
    if "subject" in fields and "subject" not in table:
        if not suite.subjects:
            raise AssayError(f"task {name!r} needs at least one of `subjects`")
        known = [s for s in suite.subjects if _base(s) in subject_names()]
        made = {}
        for s in known:
            own = {**filled, "subject": s}
            if "foreseen" in fields and "foreseen" not in table:
                # What a clean twin's finding is held against is the trojaned network.
                own["foreseen"] = trojaned_of(s, suite.subjects, suite.twins) or s
            made[name, s] = suite.plugin("tasks", name, own)
        return made
    task = suite.plugin("tasks", name, filled)
    return {(name, task.subject): task}


def _base(subject: str) -> str:
    """The registered part of a subject's name, which a checkpoint's path may follow."""
    return subject.partition("@")[0]


def _name_problems(suite: Suite) -> list[str]:
    problems = []
    for subject in suite.subjects:
        if _base(subject) in TO_BE_MADE:
            problems.append(TO_BE_MADE[_base(subject)])
        elif _base(subject) not in subject_names():
            hint = near_name(_base(subject), subject_names())
            problems.append(f"unknown subject {subject!r}{hint}")
    for subject, twin in suite.twins.items():
        for name in (subject, twin):
            if name not in suite.subjects:
                hint = near_name(name, suite.subjects)
                problems.append(f"[twins] {name!r} is none of the suite's subjects{hint}")
        if subject == twin:
            problems.append(f"[twins] {subject!r} is no twin of itself")
    rows = [*suite.methods, *suite.combiners, *suite.unaided]
    for name in (*rows, *suite.tasks):
        if name in RESERVED:
            problems.append(f"{name!r} is the name of a row that every run makes by itself")
        if not name or "/" in name:
            problems.append(f"{name!r} is no name for a table: it may hold no slash")
    for name in suite.unaided:
        if name in (*suite.methods, *suite.combiners, *suite.judges):
            problems.append(f"{name!r} is in `unaided`, and the name of another row or judge too")
    for name in suite.combiners:
        if name in suite.methods:
            problems.append(f"{name!r} is a method and a combiner")
        of = suite.combiners[name].get("of")
        if not isinstance(of, list) or not of:
            problems.append(f"combiner {name!r} needs `of`, a list of methods")
            continue
        for part in of:
            if part not in suite.methods:
                hint = near_name(str(part), suite.methods)
                problems.append(f"combiner {name!r}: there is no method {part!r}{hint}")
    for floor in suite.floors:
        if floor not in rows and floor != SHUFFLED:
            hint = near_name(floor, [*rows, SHUFFLED])
            problems.append(f"the floor {floor!r} is no method{hint}")
    for bound in suite.bounds:
        if bound not in rows:
            problems.append(f"the bound {bound!r} is no method{near_name(bound, rows)}")
        elif suite.role(bound) != "bound":
            problems.append(f"{bound!r} is a floor, and can't be an upper bound")
    for control in suite.controls:
        if control not in rows:
            problems.append(f"the control {control!r} is no method{near_name(control, rows)}")
        elif suite.role(control) != "control":
            problems.append(f"{control!r} is a {suite.role(control)}, and can't be a control")
    for name in suite.fixtures:
        if name not in FIXTURES:
            problems.append(f"there is no fixture {name!r}{near_name(name, FIXTURES)}")
    problems += [p for name in suite.tasks for p in _task_problems(suite, name)]
    problems += _passes_problems(suite)
    for judge in suite.judge:
        listed = (*suite.judges, *suite.unaided)
        if judge not in listed:
            problems.append(f"[judge.{judge}] is no listed judge{near_name(judge, listed)}")
    return problems


def _task_problems(suite: Suite, task: str) -> list[str]:
    """What is wrong with the suite's own keys in a task's table."""
    problems = []
    rows = (*suite.methods, *suite.combiners, *suite.unaided)
    for key, known in (("judges", suite.judges), ("methods", rows)):
        named = suite.tasks[task].get(key, known)
        if not isinstance(named, list | tuple) or not named:
            problems.append(f"task {task!r}: `{key}` must be a list of at least one {key[:-1]}")
            continue
        for name in named:
            if name not in known:
                hint = near_name(str(name), known)
                problems.append(f"task {task!r}: there is no {key[:-1]} {name!r}{hint}")
    return problems


def _passes_problems(suite: Suite) -> list[str]:
    """Tables whose own budget is none."""
    tables = {**suite.tasks, **suite.methods, **suite.combiners, **suite.judge}
    return [
        f"{name!r}: `passes` must be a whole number from 1 on, not {table['passes']!r}"
        for name, table in tables.items()
        if "passes" in table and not (type(table["passes"]) is int and table["passes"] > 0)
    ]


def _family_problems(bench: Bench) -> list[str]:
    """Parts of the suite that nothing would ever use."""
    problems = []
    families = {task.family for task in bench.tasks.values()}
    for word, made in (("method", bench.methods), ("judge", bench.judges)):
        for name, plugin in made.items():
            if plugin.family not in families:
                problems.append(f"{word} {name!r} is for {plugin.family}, and no task here is")
        for (name, _), task in bench.tasks.items():
            if task.family not in {p.family for p in made.values()}:
                problems.append(f"task {name!r} is of family {task.family}, and no {word} here is")
    for name, judge in {**bench.judges, **bench.unaided}.items():
        if judge.unaided and name in bench.judges:
            problems.append(f"judge {name!r} uses no finding: list it in `unaided`")
        if not judge.unaided and name in bench.unaided:
            problems.append(f"judge {name!r} needs findings: list it in `judges`")
        if name in bench.unaided and judge.family not in families:
            problems.append(f"judge {name!r} is for {judge.family}, and no task here is")
        elif name in bench.unaided and not any(t.offers_options for t in bench.tasks.values()):
            problems.append(f"{name!r} chooses among options, and no task here offers any")
    for name, combiner in bench.combiners.items():
        for part in bench.suite.combiners[name]["of"]:
            if bench.methods[part].family != combiner.family:
                problems.append(f"combiner {name!r} can't join {part!r}: it is of another family")
    for name in bench.suite.fixtures:
        if not any(name in task.fixtures for task in bench.tasks.values()):
            problems.append(f"the fixture {name!r} is listed, and no task here makes it")
    if bench.suite.snapshots and not any(m.snapshots for m in bench.methods.values()):
        problems.append("`snapshots` are wanted, and no method here keeps any")
    if bench.suite.subjects and not any(
        (name, subject) in bench.tasks
        for name, _ in bench.tasks
        for subject in bench.suite.subjects
    ):
        problems.append("`subjects` are listed, and no task here takes them")
    return problems
