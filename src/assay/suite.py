"""Suites: flat TOML files that say which tools are measured, on what, by whom, at what budget."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assay.checks import key_problem, near_name
from assay.measures.gates import FIXTURES, role_of
from assay.plugins import Kind, make_plugin, plugin_names
from assay.types import AssayError

IDEAL = "ideal"
SHUFFLED = "shuffled"
# Rows that the run makes by itself; no method may be called so.
RESERVED = (IDEAL, SHUFFLED, *FIXTURES)
# Parts of a finding that are judged by themselves are called by a share of its steps, or by this
# and the number of a picture.
PICTURE = "picture "
# Fields of a task that the suite fills where the task's table doesn't.
FROM_SUITE = ("subject", "size", "visualizations")
# A path that whoever runs the suite has to give, by its name.
_WANTED = re.compile(r"\$\{(\w+)\}")
# Keys of a task's table that are no parameters of the task, but the suite's own, for it alone.
OF_TASK = ("judges", "methods", "passes")


class SuiteError(AssayError):
    """A suite with problems: every one of them, a sentence each."""

    def __init__(self, name: str, problems: list[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        count = len(self.problems)
        super().__init__(
            f"the suite {name!r} has {count} problem{'' if count == 1 else 's'}:{lines}"
        )


class Suite(BaseModel):
    """What a suite file holds; see docs for each key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    description: str = ""
    seeds: tuple[int, ...] = (0,)
    size: int = Field(default=160, ge=8, le=1024)
    passes: int = Field(default=2048, ge=1)
    visualizations: int = Field(default=4, ge=1, le=64)
    shuffles: int = Field(default=1, ge=1)
    snapshots: bool = False
    alone: bool = False
    subjects: tuple[str, ...] = ()
    twins: dict[str, str] = Field(default_factory=dict)
    judges: tuple[str, ...]
    floors: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    unaided: tuple[str, ...] = ()
    tasks: dict[str, dict[str, Any]]
    methods: dict[str, dict[str, Any]]
    combiners: dict[str, dict[str, Any]] = Field(default_factory=dict)
    judge: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("seeds", "judges", "tasks", "methods")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if not value:
            raise ValueError("there must be at least one")
        return value

    @field_validator(
        "seeds", "subjects", "judges", "floors", "bounds", "controls", "fixtures", "unaided"
    )
    @classmethod
    def _no_repeats(cls, value: tuple) -> tuple:
        if len(set(value)) < len(value):
            raise ValueError("something is listed twice")
        return value

    def role(self, method: str) -> str:
        """What that row of the suite is, one of `measures.gates.ROLES`.

        Who is unaided is a bound: one may ask the network.
        """
        bounds = (*self.bounds, *self.unaided)
        return role_of(method, self.floors, bounds, self.controls, self.combiners)

    def judges_of(self, task: str) -> tuple[str, ...]:
        """The judges that a task of the suite is answered by: all, where its table names none."""
        return tuple(self.tasks[task].get("judges", self.judges))

    def methods_of(self, task: str) -> tuple[str, ...]:
        """The rows of a task: those that its table names, else all that no other task's does."""
        rows = (*self.methods, *self.combiners, *self.unaided)
        if "methods" in self.tasks[task]:
            return tuple(self.tasks[task]["methods"])
        elsewhere = {name for table in self.tasks.values() for name in table.get("methods", ())}
        return tuple(name for name in rows if name not in elsewhere)

    def passes_of(self, task: str, row: str) -> int:
        """What a row may spend on a case: its own passes, the task's, or the suite's."""
        own = {**self.methods, **self.combiners, **self.judge}.get(row, {})
        return int(own.get("passes", self.tasks[task].get("passes", self.passes)))

    def plugin(self, kind: Kind, name: str, filled: dict[str, Any] | None = None) -> Any:
        """The plug-in of a table's name with the table's parameters; AssayError if it is unfit."""
        tables = {
            "tasks": self.tasks,
            "methods": self.methods,
            "combiners": self.combiners,
            "judges": self.judge,
        }[kind]
        ours = {"combiners": ("use", "of", "passes"), "tasks": ("use", *OF_TASK)}.get(
            kind, ("use", "passes")
        )
        table = {k: v for k, v in tables.get(name, {}).items() if k not in ours}
        use = tables.get(name, {}).get("use", name)
        return make_plugin(kind, use, {**(filled or {}), **table})


def suite_names() -> tuple[str, ...]:
    """The suites that come with the package."""
    folder = files("assay.suites")
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def suite_text(name_or_path: str | Path) -> str:
    """The TOML of a packaged suite's name, or of a file; AssayError where there is neither.

    With the key `suite` it is the packaged suite of that name with changes, and the text is that of
    the whole: the paths that it wants, by their names and looked for beside the file; a suite's
    keys, in the place of its own; entries of tables, put into its tables; and `without`, rows that
    are left out, and tasks, with the rows and judges that only they name. SuiteError lists what is
    wrong with the changes.
    """
    name = str(name_or_path)
    path = Path(name)
    if path.suffix == ".toml" or "/" in name:
        if not path.is_file():
            raise AssayError(f"there is no suite file {path}")
    elif name in suite_names():
        path = Path(str(files("assay.suites"))) / f"{name}.toml"
    else:
        raise AssayError(
            f"unknown suite {name!r}{near_name(name, suite_names())} (or give a .toml file's path)"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssayError(f"the suite file {path} can't be read: {error}") from error
    try:
        changes = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # Whoever reads it as a suite says so.
        return text
    base = changes.pop("suite", None)
    if base is None:
        return text
    if base not in suite_names():
        hint = near_name(str(base), suite_names())
        raise AssayError(f"the suite file {path}: unknown suite {base!r}{hint}")
    return _changed(suite_text(base), changes, path, base)


def _changed(text: str, changes: dict[str, Any], path: Path, base: str) -> str:
    """The text of a suite with the changes of the file at `path`."""
    wanted = wanted_paths(text)
    placed: dict[str, str] = {}
    problems = [f"{path}: `{key}` is missing, a path" for key in wanted if key not in changes]
    for key in [key for key in changes if key in wanted]:
        value = changes.pop(key)
        found = path.parent / Path(value).expanduser() if isinstance(value, str) else None
        if found is None or not found.exists():
            problems.append(f"{path}: there is no {key} {value if found is None else found}")
        else:
            placed[key] = str(found.resolve())
    keys = (*wanted, *Suite.model_fields, "without")
    problems += [
        f"{path}: unknown key {key!r}{near_name(key, keys)}" for key in changes if key not in keys
    ]
    if changes and "name" not in changes:
        problems.append(f"{path}: `name` is missing: with other keys than {base}'s it is another")
    # As JSON writes it a path stands between quotes in TOML, too.
    given = {key: json.dumps(value, ensure_ascii=False)[1:-1] for key, value in placed.items()}
    whole = tomllib.loads(_WANTED.sub(lambda m: given.get(m[1], m[0]), text))
    without = changes.pop("without", [])
    if not isinstance(without, list):
        problems.append(f"{path}: `without` is a list of tasks and rows")
        without = []
    known = [name for part in ("tasks", "methods", "combiners") for name in whole.get(part, {})]
    known += whole.get("unaided", [])
    problems += [
        f"{path}: {base} has no task or row {name!r} to be without{near_name(str(name), known)}"
        for name in without
        if name not in known
    ]
    if problems:
        raise SuiteError(str(changes.get("name", base)), problems)
    return tomli_w.dumps(_merged(_without(whole, without), changes))


def _without(whole: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A suite's table without these rows and tasks, and the rows and judges that only they name."""
    gone = [table for name, table in whole["tasks"].items() if name in names]
    left = {name: table for name, table in whole["tasks"].items() if name not in names}

    def named(tables: Iterable[Mapping[str, Any]], key: str) -> set[str]:
        return {name for table in tables for name in table.get(key, ())}

    rows = named(gone, "methods") - named(left.values(), "methods") | set(names)
    judges = named(gone, "judges") - named(left.values(), "judges")
    if not all("judges" in table for table in left.values()):
        # A task that names no judges is answered by all.
        judges = set()
    made = {**whole, "tasks": left, "judges": [j for j in whole["judges"] if j not in judges]}
    for part in ("methods", "combiners"):
        made[part] = {name: t for name, t in whole.get(part, {}).items() if name not in rows}
    for part in ("floors", "bounds", "controls", "unaided"):
        made[part] = [name for name in whole.get(part, ()) if name not in rows]
    return made


def _merged(whole: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`whole` with the changes: tables are merged, and everything else replaced."""
    merged = dict(whole)
    for key, value in changes.items():
        old: Any = merged.get(key)
        tables = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _merged(old, value) if tables else value
    return merged


def wanted_paths(text: str) -> tuple[str, ...]:
    """The names of the paths that a suite's text still wants, in its order."""
    return tuple(dict.fromkeys(_WANTED.findall(text)))


def check_paths(suite: Suite) -> None:
    """SuiteError, one sentence, where the suite still wants paths."""
    if wanted := wanted_paths(suite.model_dump_json()):
        problem = (
            f"it wants paths ({', '.join(wanted)}): write them into a TOML file beside "
            f'`suite = "{suite.name}"`, and give that file in the place of the suite\'s name'
        )
        raise SuiteError(suite.name, [problem])


def parse_suite(text: str, name: str = "given") -> Suite:
    """The suite of a TOML text; SuiteError lists every key that is wrong, unknown or missing."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SuiteError(name, [f"it is no TOML: {error}"]) from error
    try:
        return Suite.model_validate(table)
    except ValidationError as error:
        problems = [key_problem(e, Suite.model_fields) for e in error.errors()]
        raise SuiteError(str(table.get("name", name)), problems) from error


def toml_text(
    values: Mapping[str, Any], tables: Mapping[tuple[str, str], Mapping[str, Any]] | None = None
) -> str:
    """TOML of plain values (None is left out), and of tables by part and name.

    A table of the key ("methods", "noise") is `[methods.noise]`.
    """

    def there(table: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in table.items() if value is not None}

    whole: dict[str, Any] = there(values)
    for (part, name), table in (tables or {}).items():
        whole.setdefault(part, {})[name] = there(table)
    return tomli_w.dumps(whole)


def load_suite(name_or_path: str | Path) -> Suite:
    """The suite of that name (packaged) or path."""
    return parse_suite(suite_text(name_or_path), str(name_or_path))


def with_seeds(suite: Suite, seeds: int | None) -> Suite:
    """The suite with seeds 0 to seeds - 1; as it is where None is given."""
    if seeds is None:
        return suite
    if seeds < 1:
        raise AssayError(f"the number of seeds must be at least 1, and is {seeds}")
    return suite.model_copy(update={"seeds": tuple(range(seeds))})


def with_methods(text: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A suite's text with those methods that it lacks, and what each is called in it.

    A method is lacking where it is "file.py:Class" or "module:Class", and is then called after its
    class, or where it is registered by that name. Other names stay as they are.
    """
    if not names:
        return text, ()
    suite = parse_suite(text)
    known = [*suite.methods, *suite.combiners, *suite.unaided]
    called = []
    for name in names:
        own = name.rpartition(":")[2]
        new = ":" in name or (name not in known and name in plugin_names("methods"))
        if new and own in (*known, *RESERVED):
            raise AssayError(
                f"the suite {suite.name!r} has a row {own!r} already: call yours otherwise"
            )
        if new:
            text = f"{text.rstrip()}\n\n[methods.{json.dumps(own)}]\nuse = {json.dumps(name)}\n"
        called.append(own if new else name)
    return text, tuple(called)


def judge_parameters(name: str, size: int) -> dict[str, Any]:
    """What a judge must be told where pictures have `size` pixels a side.

    AssayError for an unknown judge, and for one who is `unaided`: there is a finding to be judged.
    """
    judge = make_plugin("judges", name)
    if judge.unaided:
        raise AssayError(
            f"judge {name!r} looks at no finding: it asks the network, in a suite only"
        )
    # Its reference was made with pictures of one size.
    known = fields_of(type(judge))
    return {"reference_size": size} if "reference_size" in known else {}


def fields_of(plugin_class: type) -> set[str]:
    """Names of a plug-in class's parameters."""
    return {f.name for f in dataclasses.fields(plugin_class)}
