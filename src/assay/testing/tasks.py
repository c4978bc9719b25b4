"""The check of a task."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import torch
from torch import Tensor

from assay.checks import near_name
from assay.hooks import Meter
from assay.measures.gates import FIXTURES
from assay.plugins import Judge, Method, Task, make_plugin
from assay.randomness import other_randomness
from assay.subject import Metered
from assay.testing.compare import copy_of, difference, leaves, require
from assay.testing.findings import check_finding
from assay.testing.parameters import check_parameters, fresh_copy, name_of
from assay.testing.state import check_global_state, global_state
from assay.types import NO_TRUTH, Answer, Budget, Case, Finding, Images

# The method that knows nothing, family by family.
FLOORS = {"predict": "noise", "control": "random_ranking", "replace": "random_linear"}
# The headline of the ideal finding must reach this, and stand this far above the floor's.
CEILING = 0.9
GAP = 0.25
# How often the floor is drawn for each case.
DRAWS = 3
# Fields that would tell a judge the answer.
TELLING = {"answer", "correct", "index", "label", "solution", "trigger", "truth"}


def check_task(
    task: Task,
    judge: Judge | None = None,
    *,
    floor: Method | None = None,
    cases: int = 4,
    passes: int = 256,
    seed: int = 0,
) -> None:
    """Check that a task keeps the rules; with a judge, that its ceiling and its floor hold, too.

    Cases have names, and keys that are the same in every call, whatever was asked before; the same
    key holds the same contents; nothing in *given* is a name or a picture of the truth, nor in
    *screening*, of whose pictures none is in *given*; the question doesn't tell; the ideal finding
    and (of the first case) the fixtures are the same with the same generator and leave the network
    as it was; grading is a pure function to finite numbers. With a judge, the headline (the first
    metric) of the ideal finding is .9 or more on average, and that of `floor` (by default noise, a
    random ranking or a random linear model) at chance: for questions with options, at most three
    standard errors above one in that many; for others .25 below the ideal.
    Cases without a truth have neither: there, the judge's answer to the floor is graded. The
    envelopes of the first `cases` cases are opened, each twice.
    """
    check_parameters(task, Task)
    who = name_of(task)
    before = global_state()
    for name in task.fixtures:
        hint = near_name(name, FIXTURES)
        require(name in FIXTURES, f"{who} makes a fixture {name!r}, which no gate knows{hint}")
    problems = task.problems()
    require(not problems, f"{who} can't run: {'; '.join(problems)}")
    made = _check_cases(task, seed, who)
    check_global_state(before, who, "after making its cases")
    opened = [_check_envelopes(one, other, who) for one, other in made[:cases]]
    tried = False
    for case, given, question, truth in opened:
        _check_trace(case, given, truth, who)
        if case.screening is not None:
            _check_screening(case, case.screening.open(), given, truth, who)
        _check_question(case, question, who)
        if case.truth != NO_TRUTH:
            # A fixture may cost more than all else: those of one case are enough.
            names = ("ideal",) if tried else ("ideal", *task.fixtures)
            tried = True
            _check_from_truth(task, case, given, names, seed, who)
            _check_grade_of_choice(task, case, question, truth, who)
    check_global_state(before, who, "after its envelopes were opened")
    if judge is not None:
        _check_scale(task, judge, floor, opened, passes, seed, who)


_Opened = tuple[Case, Any, Any, Any]


def _check_cases(task: Task, seed: int, who: str) -> list[tuple[Case, Case]]:
    """The cases, made twice: with other seeds asked for and other global randomness between."""
    first = list(task.cases(seed))
    require(bool(first), f"{who} has no cases")
    require(all(isinstance(c, Case) for c in first), f"{who}.cases must give Case objects")
    list(task.cases(seed + 1))
    with other_randomness(seed + 1):
        again = list(fresh_copy(task).cases(seed))
    same = [_label(c) for c in first] == [_label(c) for c in again]
    require(same, f"{who} gives other cases or keys when it is asked again with the same seed")
    names = [c.name for c in first]
    twice = sorted({n for n in names if names.count(n) > 1})
    require(not twice, f"{who} has more than one case called {twice}")
    for case in first:
        sealed = [case.given, case.question, *([case.truth] if case.truth != NO_TRUTH else [])]
        sealed += [case.screening] if case.screening is not None else []
        keys = {envelope.key for envelope in sealed}
        good = all(isinstance(k, str) and k for k in keys) and len(keys) == len(sealed)
        require(good, f"{who}: the envelopes of {case.name!r} need keys, each another")
    return list(zip(first, again, strict=True))


def _label(case: Case) -> tuple[str, ...]:
    screening = case.screening.key if case.screening is not None else ""
    return case.name, case.kind, case.given.key, case.question.key, case.truth.key, screening


def _check_envelopes(one: Case, other: Case, who: str) -> _Opened:
    """The contents of a case; opened in two orders, they must be the same."""
    first = (one.given.open(), one.question.open(), one.truth.open())
    with other_randomness(1):
        truth = other.truth.open()
        again = (other.given.open(), other.question.open(), truth)
    for name, a, b in zip(("given", "question", "truth"), first, again, strict=True):
        at = difference(copy_of(a), copy_of(b))
        require(
            at is None,
            f"{who}: the envelope {name!r} of {one.name!r} holds something else when it is opened "
            f"again (at {at}): the same key must mean the same contents",
        )
    return one, *first


def _check_trace(case: Case, given: Any, truth: Any, who: str) -> None:
    where = f"{who}: what is given in {case.name!r} holds a trace of the truth"
    ours, theirs = leaves(copy_of(given)), leaves(copy_of(truth))
    for secret_path, secret in theirs:
        for path, value in (*ours, ("its key", case.given.key)):
            if _tells(value, secret):
                raise AssertionError(f"{where}: {path} tells the truth's {secret_path}")


def _check_screening(case: Case, screening: Any, given: Any, truth: Any, who: str) -> None:
    """What combiners are given: as little of the truth, and no picture that the tools had."""
    said = f"{who}: what combiners are given in {case.name!r}"
    require(type(screening) is type(given), f"{said} is not of the kind that methods are given")
    _check_trace(case, screening, truth, who)
    again = case.screening.open() if case.screening is not None else None
    at = difference(copy_of(screening), copy_of(again))
    require(at is None, f"{said} is something else when it is opened again (at {at})")
    ours, theirs = getattr(screening, "pictures", None), getattr(given, "pictures", None)
    if isinstance(ours, Tensor) and isinstance(theirs, Tensor):
        seen = _shares_a_picture(ours, theirs)
        require(not seen, f"{said} holds a picture that the tools have seen")


def _tells(value: Any, secret: Any) -> bool:
    """Whether a field gives a secret away; single numbers are too common to say."""
    if isinstance(secret, str) and isinstance(value, str):
        return bool(_words(secret)) and f" {_words(secret)} " in f" {_words(value)} "
    if isinstance(secret, Tensor) and isinstance(value, Tensor):
        return _shares_a_picture(value, secret)
    if isinstance(secret, tuple) and isinstance(value, tuple):
        plain = all(isinstance(s, (int, float, str)) for s in secret)
        return len(secret) > 1 and plain and secret == value
    return False


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def _shares_a_picture(value: Tensor, secret: Tensor) -> bool:
    """Whether a picture of one is one of the other's, or the tensors are equal as a whole."""
    if secret.ndim == 4 and value.ndim == 4 and secret.shape[1:] == value.shape[1:]:
        return any(bool(torch.equal(v, s)) for v in value for s in secret)
    return secret.numel() > 1 and torch.equal(value, secret)


def _check_question(case: Case, question: Any, who: str) -> None:
    fields = set(getattr(question, "__dataclass_fields__", {}))
    told = sorted(fields & TELLING)
    require(not told, f"{who}: the question of {case.name!r} has a field {told}, which tells")


def _check_from_truth(
    task: Task, case: Case, given: Any, names: tuple[str, ...], seed: int, who: str
) -> None:
    """The findings that are made from the truth: the ideal one, and fixtures."""
    before = _weights(given)
    for name in names:
        what = "the ideal finding" if name == "ideal" else f"the fixture {name!r}"

        def make(task: Task, name: str = name) -> Finding:
            if name == "ideal":
                return _ideal(task, case, seed)
            return task.fixture(name, case, torch.Generator().manual_seed(seed))

        made = make(task)
        with other_randomness(seed + 1):
            again = make(fresh_copy(task))
        at = difference(copy_of(made), copy_of(again))
        require(at is None, f"{who}: {what} is another with the same seed (at {at})")
        at = difference(before, _weights(given))
        require(at is None, f"{who}: making {what} changes the network (at {at})")
        fitting = given
        if name != "ideal" and isinstance(made, Images) and hasattr(given, "visualizations"):
            # A tool is asked for so many pictures; what tries the judge may take more.
            fitting = dataclasses.replace(given, visualizations=max(1, len(made.chosen)))
        check_finding(made, fitting, task.family, f"{who}.{name}")


def _weights(given: Any) -> dict[str, Any]:
    subject = getattr(given, "subject", None)
    return copy_of(dict(subject.network().state_dict())) if subject is not None else {}


def _ideal(task: Task, case: Case, seed: int) -> Finding:
    return task.ideal(case, torch.Generator().manual_seed(seed))


def _check_grade_of_choice(task: Task, case: Case, question: Any, truth: Any, who: str) -> None:
    """Where the truth is a place among options, the right one must be graded above each other."""
    options, index = getattr(question, "options", None), getattr(truth, "index", None)
    if options is None or index is None:
        return
    n = len(options)
    require(0 <= index < n, f"{who}: the truth of {case.name!r} is not among its {n} options")
    heads = []
    for i in range(n):
        sure = Answer(tuple(float(i == j) for j in range(n)))
        heads.append(next(iter(_graded(task, truth, sure, who).values())))
    best = all(heads[index] > head for i, head in enumerate(heads) if i != index)
    require(best, f"{who}: the headline doesn't prefer the right option in {case.name!r}")


def _graded(task: Task, truth: Any, answer: Answer, who: str) -> dict[str, float]:
    """The grades, twice the same, finite, and with nothing changed on the way."""
    before, contents = global_state(), (copy_of(truth), copy_of(answer))
    metrics = task.grade(truth, answer)
    with other_randomness(1):
        again = task.grade(truth, answer)
    same = list(metrics.items()) == list(again.items())
    require(same, f"{who} grades the same answer twice and differently")
    at = difference(contents, (copy_of(truth), copy_of(answer)))
    require(at is None, f"{who} changes what it grades")
    check_global_state(before, who, "after grading")
    require(bool(metrics), f"{who} grades nothing: there must be at least a headline")
    for name, value in metrics.items():
        require(math.isfinite(value), f"{who} grades {name!r} as {value}: leave it out instead")
    return metrics


def _check_scale(
    task: Task,
    judge: Judge,
    floor: Method | None,
    opened: list[_Opened],
    passes: int,
    seed: int,
    who: str,
) -> None:
    require(judge.family == task.family, f"{name_of(judge)} is no judge for {task.family}")
    floor = make_plugin("methods", FLOORS[task.family]) if floor is None else floor
    assert isinstance(floor, Method)

    def headline(question: Any, truth: Any, finding: Finding) -> tuple[str, float]:
        answer = judge.answer(question, finding, torch.Generator().manual_seed(seed))
        return next(iter(_graded(task, truth, answer, who).items()))

    def of_floor(given: Any, question: Any, truth: Any, draw: int) -> float:
        rng = torch.Generator().manual_seed(seed + draw)
        finding = floor.explain(_metered(given), Budget(passes), rng)
        return headline(question, truth, finding)[1]

    ideal, low, chances, name = [], [], [], ""
    for i, (case, given, question, truth) in enumerate(opened):
        if case.truth == NO_TRUTH:
            of_floor(given, question, truth, DRAWS * i)
            continue
        name, value = headline(question, truth, _ideal(task, case, seed))
        ideal.append(value)
        if hasattr(question, "options"):
            chances.append(1 / len(question.options))
        low += [of_floor(given, question, truth, DRAWS * i + draw) for draw in range(DRAWS)]
    if not ideal:
        return
    top, bottom = sum(ideal) / len(ideal), sum(low) / len(low)
    require(
        top >= CEILING,
        f"{who}: the ideal finding reaches {name} {top:.2f} through {name_of(judge)}, "
        f"and a ceiling is {CEILING} or more",
    )
    highest = top - GAP
    if chances:
        chance = sum(chances) / len(chances)
        highest = chance + 3 * math.sqrt(chance * (1 - chance) / len(low))
    require(
        bottom <= highest,
        f"{who}: {name_of(floor)} reaches {name} {bottom:.2f} through {name_of(judge)}, "
        f"and a floor is at most {highest:.2f}",
    )


def _metered(given: Any) -> Any:
    if not hasattr(given, "subject"):
        return given
    return dataclasses.replace(given, subject=Metered(given.subject, Meter()))
