"""The plan: every cell of a suite with its key, made without opening any envelope."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from assay.measures.gates import FIXTURES
from assay.plugins import Combiner, Judge, Kind, Method, Task, near_name, plugin_class, plugin_key
from assay.subjects import load_subject, subject_names
from assay.subjects.registry import TO_BE_MADE, trojaned_of
from assay.suite import (
    FROM_SUITE,
    IDEAL,
    PICTURE,
    RESERVED,
    SHUFFLED,
    Suite,
    SuiteError,
    check_paths,
    fields_of,
)
from assay.types import NO_TRUTH, SHARES, AssayError, Case, Envelope, digest


@dataclass(frozen=True)
class Place:
    """Where a cell stands in the suite; together with method and judge it names the cell."""

    task: str
    subject: str
    case: str
    kind: str
    seed: int


@dataclass(frozen=True)
class FindingCell:
    """One method on one case; `parts` are the findings that a combiner joins, by method."""

    key: str
    place: Place
    method: str
    rng_seed: int
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ScoreCell:
    """One judge with one finding; `finding` is None for those that are made from the truth (the
    ideal one and the fixtures), which are never stored.

    `truth` is the key of the case's truth, empty where it has none.

    `rng_seed` is the judge's; `ideal_seed` the ideal finding's, the same on a network and its twin,
    and for the case's fixtures, which show the very pictures of the ideal one otherwise.
    `part`: what of the finding is judged by itself, one of its snapshots or of its pictures; None
    for the finding as a whole.
    `unaided`: the judge that the row is named after (`method`) answers, without any finding; the
    row stands in the table of `judge`.
    `source` is the method whose finding of the case `source_case` is dealt to this case's question
    (for the row `shuffled`), else None.
    """

    key: str
    answer: str
    truth: str
    place: Place
    method: str
    judge: str
    finding: str | None
    rng_seed: int
    ideal_seed: int
    source: str | None = None
    source_case: str | None = None
    unaided: bool = False
    part: str | None = None

    @property
    def label(self) -> list[str | int | None]:
        """What the cell is in the suite, whatever the versions behind it; a part comes last."""
        p = self.place
        whole = [p.task, p.subject, p.case, p.seed, self.method, self.source, self.source_case,
                 self.judge]  # fmt: skip
        return whole if self.part is None else [*whole, self.part]


@dataclass(frozen=True)
class Plan:
    """All cells of a suite in the order of the suite: findings before what needs them."""

    suite: Suite
    findings: tuple[FindingCell, ...]
    scores: tuple[ScoreCell, ...]

    def only(
        self,
        methods: tuple[str, ...] = (),
        cases: tuple[str, ...] = (),
        also: Collection[str] = (),
    ) -> Plan:
        """The scores of these methods on these cases (all, where none is named), and their needs.

        Scores with a key in `also` come along, whatever their method. SuiteError for a name that
        isn't there.
        """
        known = [*self.suite.methods, *self.suite.combiners, *self.suite.unaided]
        there = {c.place.case for c in self.scores}
        problems = [
            f"there is no method {m!r}{near_name(m, known)}" for m in methods if m not in known
        ]
        problems += [
            f"there is no case {c!r}{near_name(c, there)}" for c in cases if c not in there
        ]
        if problems:
            raise SuiteError(self.suite.name, problems)
        scores = tuple(
            c
            for c in self.scores
            if (
                not methods
                or (c.source or c.method) in (*methods, IDEAL, *FIXTURES)
                or c.key in also
            )
            and (not cases or c.place.case in cases)
        )
        # A case needs another one's finding where that is dealt to its question.
        found = {c.key: c for c in self.findings}
        needed = {c.finding for c in scores if c.finding is not None}
        needed |= {key for own in needed for _, key in found[own].parts}
        findings = tuple(c for c in self.findings if c.key in needed)
        return Plan(self.suite, findings, scores)


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
    bench, problems = _build(suite)
    if problems:
        raise SuiteError(suite.name, problems)
    return bench


def make_plan(suite: Suite, device: str = "cpu") -> Plan:
    """Every cell of the suite. Raises SuiteError with every problem known beforehand."""
    check_paths(suite)
    bench, problems = _build(suite)
    unfit = bool(problems)
    findings: list[FindingCell] = []
    scores: list[ScoreCell] = []
    for (name, subject), task in bench.tasks.items():
        try:
            known = task.problems()
            problems += known
            if known or unfit:
                continue
            subject_digest = _subject_digest(task, subject)
            for seed in suite.seeds:
                cases = tuple(task.cases(seed))
                problems += _case_problems(name, cases)
                table = _Table(bench, name, subject, subject_digest, seed, device, cases)
                findings += table.findings()
                scores += table.scores()
        except (AssayError, OSError) as error:
            problems.append(f"task {name!r} on {subject!r}: {error}")
    if not problems and SHUFFLED in suite.floors and not any(c.source for c in scores):
        problems.append("the floor 'shuffled' needs a predict task with two cases or more")
    if problems:
        raise SuiteError(suite.name, problems)
    return Plan(suite, tuple(findings), tuple(scores))


@dataclass
class _Table:
    """The cells of one task on one subject with one seed."""

    bench: Bench
    task_name: str
    subject: str
    subject_digest: str
    seed: int
    device: str
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        self.task = self.bench.tasks[self.task_name, self.subject]
        family, suite = self.task.family, self.bench.suite
        rows, asked = (of(self.task_name) for of in (suite.methods_of, suite.judges_of))

        def own(made: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
            return {n: made[n] for n in made if made[n].family == family and n in names}

        self.methods: dict[str, Method] = own(self.bench.methods, rows)
        self.combiners: dict[str, Combiner] = own(self.bench.combiners, rows)
        self.judges: dict[str, Judge] = own(self.bench.judges, asked)
        # Looked up once: a judge's key may mean reading a file.
        self.judge_keys = {n: plugin_key(j) for n, j in self.judges.items()}
        self.unaided: dict[str, Judge] = own(self.bench.unaided, rows)
        self.task_key = plugin_key(self.task)
        # The question on a clean twin is the same one: the judge is tried once.
        twin = trojaned_of(self.subject, suite.subjects, suite.twins) is not None
        first = self.task_name == next(iter(suite.tasks)) and not twin
        self.pieces = {name: self._pieces(name) for name in self.methods if first}
        self.fixtures = () if twin else tuple(f for f in suite.fixtures if f in self.task.fixtures)
        self.keys: dict[tuple[str, str], str] = {}
        for case in self.cases:
            for name, method in self.methods.items():
                self.keys[case.name, name] = self._finding_key(name, case.given, plugin_key(method))
            for name, combiner in self.combiners.items():
                parts = tuple(key for _, key in self._parts(case, name))
                given = case.screening or case.given
                key = self._finding_key(name, given, plugin_key(combiner), parts)
                self.keys[case.name, name] = key

    def place(self, case: Case) -> Place:
        return Place(self.task_name, self.subject, case.name, case.kind, self.seed)

    def findings(self) -> Iterator[FindingCell]:
        for case in self.cases:
            for name, plugin in {**self.methods, **self.combiners}.items():
                # Not of the subject: a method starts alike on a network and on its clean twin.
                drawn = {"case": case.name, "method": plugin_key(plugin), "seed": self.seed}
                yield FindingCell(
                    key=self.keys[case.name, name],
                    place=self.place(case),
                    method=name,
                    rng_seed=_generator_seed(drawn),
                    parts=self._parts(case, name) if name in self.combiners else (),
                )

    def scores(self) -> Iterator[ScoreCell]:
        names = [*self.methods, *self.combiners]
        for case in self.cases:
            for judge in self.judges:
                for name in names:
                    yield self._score(case, judge, name, self.keys[case.name, name])
                if case.truth != NO_TRUTH:
                    for name in (IDEAL, *self.fixtures):
                        yield self._score(case, judge, name, None)
                yield from self._shuffled(case, judge)
            for name, pieces in self.pieces.items():
                for part in pieces:
                    yield self._piece(case, name, part)
            for name, plugin in self.unaided.items():
                yield self._alone(case, name, plugin_key(plugin))

    def _shuffled(self, case: Case, judge: str) -> Iterator[ScoreCell]:
        suite = self.bench.suite
        if SHUFFLED not in suite.floors or self.task.family != "predict":
            return
        # A seeded ring of the cases: the k-th deal gives each the finding of the k-th next one, so
        # that no case gets its own and no deal repeats another.
        ring = sorted(self.cases, key=lambda c: digest(["shuffled", self.seed, c.name]))
        at = [c.name for c in ring].index(case.name)
        for k in range(1, min(suite.shuffles, len(ring) - 1) + 1):
            other = ring[(at + k) % len(ring)].name
            for name in [*self.methods, *self.combiners]:
                if name not in (*suite.floors, *suite.bounds):
                    key = self.keys[other, name]
                    yield self._score(case, judge, SHUFFLED, key, name, other)

    def _score(
        self,
        case: Case,
        judge: str,
        method: str,
        finding: str | None,
        source: str | None = None,
        source_case: str | None = None,
    ) -> ScoreCell:
        made_of = finding or self._truth_key(case, method)
        answer = digest(
            {"finding": made_of, "question": case.question.key, "judge": self.judge_keys[judge]}
        )
        cell = self._cell(case, judge, method, answer)
        return replace(cell, finding=finding, source=source, source_case=source_case)

    def _pieces(self, method: str) -> tuple[str, ...]:
        """The parts of its findings that the first judge of the first task is asked about."""
        suite = self.bench.suite
        shares = SHARES if suite.snapshots and self.methods[method].snapshots else ()
        singly = suite.alone and suite.role(method) == "tool" and self.task.family == "predict"
        shown = range(1, suite.visualizations + 1) if singly else ()
        return (*shares, *(f"{PICTURE}{i}" for i in shown))

    def _piece(self, case: Case, method: str, part: str) -> ScoreCell:
        judge, finding = next(iter(self.judges)), self.keys[case.name, method]
        answer = digest(
            {
                "finding": finding,
                "part": part,
                "question": case.question.key,
                "judge": self.judge_keys[judge],
            }
        )
        return replace(self._cell(case, judge, method, answer), finding=finding, part=part)

    def _alone(self, case: Case, name: str, key: dict[str, Any]) -> ScoreCell:
        """The cell of a judge who answers without a finding, in the table of the first judge."""
        # Passes and device count as they do for a method.
        asked = self._finding_key(name, case.given, key)
        answer = digest({"asked": asked, "question": case.question.key})
        return replace(self._cell(case, next(iter(self.judges)), name, answer), unaided=True)

    def _cell(self, case: Case, judge: str, method: str, answer: str) -> ScoreCell:
        score = digest({"answer": answer, "truth": case.truth.key, "task": self.task_key})
        return ScoreCell(
            key=score,
            answer=answer,
            truth=case.truth.key,
            place=self.place(case),
            method=method,
            judge=judge,
            finding=None,
            rng_seed=_generator_seed({"answer": answer}),
            ideal_seed=_generator_seed({"ideal": case.name, "seed": self.seed}),
        )

    def _truth_key(self, case: Case, name: str) -> str:
        """The key of a finding that is made from the truth: `ideal`, or a fixture."""
        version = {} if name == IDEAL else {"fixture": name, "version": self.task.fixtures[name]}
        return digest(
            {
                "ideal": self.task_key,
                "given": case.given.key,
                "truth": case.truth.key,
                "seed": self.seed,
                **version,
            }
        )

    def _parts(self, case: Case, combiner: str) -> tuple[tuple[str, str], ...]:
        of = self.bench.suite.combiners[combiner]["of"]
        return tuple((name, self.keys[case.name, name]) for name in sorted(of))

    def _finding_key(
        self, row: str, given: Envelope[Any], method: dict[str, Any], parts: tuple[str, ...] = ()
    ) -> str:
        return digest(
            {
                "given": given.key,
                "method": method,
                "parts": parts,
                "seed": self.seed,
                "passes": self.bench.suite.passes_of(self.task_name, row),
                "subject": self.subject_digest,
                "size": getattr(self.task, "size", None),
                "device": self.device.partition(":")[0],
            }
        )


def _generator_seed(value: Any) -> int:
    # 63 bits: what a torch generator takes without a sign.
    return int(digest(value)[:16], 16) >> 1


def _subject_digest(task: Task, subject: str) -> str:
    return load_subject(subject, getattr(task, "size", None)).digest


def _case_problems(task: str, cases: tuple[Case, ...]) -> list[str]:
    names = [case.name for case in cases]
    if not names:
        return [f"task {task!r} has no cases"]
    return [f"task {task!r} has two cases {n!r}" for n in sorted(set(names)) if names.count(n) > 1]


# --- making the plug-ins ----------------------------------------------------------------------


def _build(suite: Suite) -> tuple[Bench, list[str]]:
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
