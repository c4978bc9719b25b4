"""Suites: flat TOML files that say which tools are measured, on what, by whom, at what budget."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assay.measures.gates import FIXTURES, role_of
from assay.plugins import Kind, key_problem, make_plugin, near_name
from assay.types import AssayError

IDEAL = "ideal"
SHUFFLED = "shuffled"
# Rows that the run makes by itself; no method may be called so.
RESERVED = (IDEAL, SHUFFLED, *FIXTURES)
# Fields of a task that the suite fills where the task's table doesn't.
FROM_SUITE = ("subject", "size", "visualizations")


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
    subjects: tuple[str, ...] = ()
    judges: tuple[str, ...]
    floors: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
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

    @field_validator("seeds", "subjects", "judges", "floors", "bounds", "fixtures", "unaided")
    @classmethod
    def _no_repeats(cls, value: tuple) -> tuple:
        if len(set(value)) < len(value):
            raise ValueError("something is listed twice")
        return value

    def role(self, method: str) -> str:
        """What that row of the suite is, one of `measures.gates.ROLES`.

        Who is unaided is a bound: one may ask the network.
        """
        return role_of(method, self.floors, (*self.bounds, *self.unaided))

    def judges_of(self, task: str) -> tuple[str, ...]:
        """The judges that a task of the suite is answered by: all, where its table names none."""
        return tuple(self.tasks[task].get("judges", self.judges))

    def plugin(self, kind: Kind, name: str, filled: dict[str, Any] | None = None) -> Any:
        """The plug-in of a table's name with the table's parameters; AssayError if it is unfit."""
        tables = {
            "tasks": self.tasks,
            "methods": self.methods,
            "combiners": self.combiners,
            "judges": self.judge,
        }[kind]
        ours = {"combiners": ("use", "of"), "tasks": ("use", "judges")}.get(kind, ("use",))
        table = {k: v for k, v in tables.get(name, {}).items() if k not in ours}
        use = tables.get(name, {}).get("use", name)
        return make_plugin(kind, use, {**(filled or {}), **table})


def suite_names() -> tuple[str, ...]:
    """The suites that come with the package."""
    folder = files("assay.suites")
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def suite_text(name_or_path: str | Path) -> str:
    """The TOML of a packaged suite's name, or of a file; AssayError where there is neither."""
    name = str(name_or_path)
    path = Path(name)
    if path.suffix == ".toml" or "/" in name:
        if not path.is_file():
            raise AssayError(f"there is no suite file {path}")
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AssayError(f"the suite file {path} can't be read: {error}") from error
    if name not in suite_names():
        raise AssayError(
            f"unknown suite {name!r}{near_name(name, suite_names())} (or give a .toml file's path)"
        )
    return (files("assay.suites") / f"{name}.toml").read_text(encoding="utf-8")


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
    """TOML of plain values (as in JSON; None is left out), and of tables by part and name.

    A table of the key ("methods", "noise") is `[methods."noise"]`.
    """

    def written(value: Any) -> str:
        # JSON's strings, numbers and lists are TOML's as well, as long as letters stay letters.
        return json.dumps(value, ensure_ascii=False)

    def lines(plain: Mapping[str, Any]) -> list[str]:
        return [f"{key} = {written(value)}" for key, value in plain.items() if value is not None]

    found = lines(values)
    for (part, name), table in (tables or {}).items():
        found += ["", f"[{part}.{written(name)}]", *lines(table)]
    return "\n".join(found) + "\n"


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
