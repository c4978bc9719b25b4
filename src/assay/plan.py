"""The plan: every cell of a suite with its key, made without opening any envelope."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assay.bench import Bench, build
from assay.checks import near_name
from assay.measures.gates import FIXTURES
from assay.plugins import Combiner, Judge, Method, Task, plugin_key
from assay.subjects import load_subject
from assay.subjects.registry import trojaned_of
from assay.suite import IDEAL, PICTURE, SHUFFLED, Suite, SuiteError, check_paths
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


def make_plan(suite: Suite, device: str = "cpu") -> Plan:
    """Every cell of the suite. Raises SuiteError with every problem known beforehand."""
    check_paths(suite)
    bench, problems = build(suite)
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
        self.unaided = own(self.bench.unaided, rows if self.task.offers_options else ())
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
