"""The check of a judge."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Sequence
from typing import Any

import torch

from assay.plugins import Judge
from assay.randomness import other_randomness
from assay.subject import Subject
from assay.testing.compare import copy_of, difference, require
from assay.testing.parameters import check_parameters, fresh_copy, name_of
from assay.testing.samples import sample_findings, sample_question
from assay.testing.state import (
    CutOffError,
    Interruption,
    Watched,
    check_global_state,
    global_state,
)
from assay.types import Answer, Finding, Images

# How far answers may lie apart that differ in nothing but how the work was cut up.
AGREE = 1e-5
BATCHES = (1, 7, 64)
# A judge that cuts its work into pieces of a size that is a parameter calls it so.
PIECES = ("chunk", "batch", "batch_size")


def check_judge(
    judge: Judge,
    question: Any = None,
    findings: Sequence[Finding] | None = None,
    *,
    seed: int = 0,
) -> None:
    """Check that a judge keeps the rules, with `question` and `findings` or with small ones.

    It gets the question and the finding and nothing else, and asks the question for nothing that
    isn't there; probabilities are one for each option and sum to 1, measured numbers are finite;
    an answer depends neither on which findings were judged before nor on the global random state;
    answers agree within 1e-5 whether a picture is shown 1, 7 or 64 times (unless the judge draws
    from its rng) and for pieces of 1, 7 and 64 (where a field sets them); the global state, the
    question, the finding and the question's network stay as they were, also when it raises. Where
    there are options to choose from and the finding shows no picture, they are equally likely, and
    where each picture is asked about, all have the same chance (unless the judge needs no finding).
    """
    check_parameters(judge, Judge)
    who = name_of(judge)
    _check_signature(judge, who)
    question = sample_question(judge.family) if question is None else question
    findings = sample_findings(judge.family) if findings is None else tuple(findings)
    require(bool(findings), "check_judge needs at least one finding")
    seeds = [seed + i for i in range(len(findings))]
    calls = Interruption()
    alone = [
        _answer(fresh_copy(judge), question, finding, s, calls)
        for finding, s in zip(findings, seeds, strict=True)
    ]
    for answer in alone:
        _check_answer(answer, question, who)
    _check_order(judge, question, findings, seeds, alone)
    with other_randomness(seed + 1):
        again = _answer(judge, question, findings[0], seeds[0])
        _same(alone[0], again, f"{who} depends on a global random state: draw from rng", 0.0)
    _check_batches(judge, question, findings[0], seed)
    told = alone[0].probabilities or alone[0].chances
    if isinstance(findings[0], Images) and told and not judge.unaided:
        _check_empty(judge, question, findings[0], seed)
    per_finding = calls.calls // len(findings)
    for at in sorted({1, per_finding} - {0}) if calls.calls else ():
        _answer(judge, question, findings[0], seeds[0], Interruption(at))


def _check_signature(judge: Judge, who: str) -> None:
    asked = list(inspect.signature(judge.answer).parameters.values())
    needed = [p.name for p in asked if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    require(
        len(needed) == 3,
        f"{who}.answer must take a question, a finding and rng, and nothing else: not {needed}",
    )


def _answer(
    judge: Judge,
    question: Any,
    finding: Finding,
    seed: int,
    interruption: Interruption | None = None,
) -> Answer:
    """One answer; checks what the judge leaves behind. Cut off, it is an empty answer."""
    who = name_of(judge)
    watched, calls = None, interruption or Interruption()
    if isinstance(getattr(question, "subject", None), Subject):
        watched = Watched(question.subject, calls)
        question = dataclasses.replace(question, subject=watched)
    before, contents = global_state(), (copy_of(question), copy_of(finding))
    answer, when = Answer(), "after it is done"
    try:
        answer = judge.answer(question, finding, torch.Generator().manual_seed(seed))
    except CutOffError:
        when = "when the network raises midway"
    except AttributeError as error:
        if error.obj is not question:
            raise AssertionError(f"{who} fails: {error}") from error
        raise AssertionError(
            f"{who} asks the question for {error.name!r}, which no judge receives"
        ) from error
    except Exception as error:
        if calls.at is None or calls.calls < calls.at:
            raise AssertionError(f"{who} fails: {type(error).__name__}: {error}") from error
        when = "when the network raises midway"
    check_global_state(before, who, when)
    if watched is not None:
        watched.check(who, when)
    for name, was, now in zip(
        ("question", "finding"), contents, (copy_of(question), copy_of(finding)), strict=True
    ):
        at = difference(was, now)
        require(at is None, f"{who} changes the {name} (at {at}) {when}")
    return answer


def _check_answer(answer: Answer, question: Any, who: str) -> None:
    require(isinstance(answer, Answer), f"{who} must return an Answer, not {type(answer)}")
    chances = answer.probabilities
    options = getattr(question, "options", None)
    if options is not None:
        n = 0 if chances is None else len(chances)
        require(n == len(options), f"{who} gives {n} probabilities for {len(options)} options")
    else:
        good = chances is not None or bool(answer.measured) or answer.maps is not None
        good = good or answer.chances is not None
        require(good, f"{who} answers nothing: no probabilities, maps or chances, nothing measured")
    if chances is not None:
        good = all(math.isfinite(p) and p >= 0 for p in chances)
        require(good, f"{who} gives a probability that is negative or not finite")
        total = sum(chances)
        require(abs(total - 1) < 1e-4, f"{who}'s probabilities sum to {total:.5f}, not to 1")
    for name, value in answer.measured.items():
        require(math.isfinite(value), f"{who} measures {name!r} as {value}")
    if answer.maps is not None:
        good = answer.maps.ndim == 3 and bool(torch.isfinite(answer.maps).all())
        require(good, f"{who} must answer with finite maps (n, h, w)")
    if answer.chances is not None:
        good = all(0 <= chance <= 1 for chance in answer.chances)
        require(good, f"{who} gives a chance that is not in [0, 1]")
        asked = getattr(question, "pictures", None)
        n = len(asked) if asked is not None else len(answer.chances)
        require(len(answer.chances) == n, f"{who} must give a chance for each of {n} pictures")


def _check_order(
    judge: Judge,
    question: Any,
    findings: Sequence[Finding],
    seeds: Sequence[int],
    alone: Sequence[Answer],
) -> None:
    said = f"{name_of(judge)} answers otherwise when other findings were judged before"
    order = list(range(len(findings)))
    for indices in (order, order[::-1]):
        for i in indices:
            again = _answer(judge, question, findings[i], seeds[i])
            _same(alone[i], again, said, AGREE)


def _check_batches(judge: Judge, question: Any, finding: Finding, seed: int) -> None:
    who = name_of(judge)
    fields = {f.name for f in dataclasses.fields(judge)}  # type: ignore[arg-type]
    first = _answer(judge, question, finding, seed)
    for name in sorted(fields & set(PIECES)):
        for pieces in BATCHES:
            cut: Judge = dataclasses.replace(judge, **{name: pieces})  # type: ignore[type-var]
            answer = _answer(cut, question, finding, seed)
            _same(first, answer, f"{who} answers otherwise with {name} = {pieces}", AGREE)
    other_seed = _answer(judge, question, finding, seed + 1)
    if not isinstance(finding, Images) or copy_of(first) != copy_of(other_seed):
        return
    one = _answer(judge, question, _repeated(finding, 1), seed)
    for times in BATCHES[1:]:
        answer = _answer(judge, question, _repeated(finding, times), seed)
        said = f"{who} answers otherwise when the same picture is shown {times} times"
        # Of more pictures there may be more to say.
        of_both = {k: v for k, v in answer.measured.items() if k in one.measured}
        _same(one, dataclasses.replace(answer, measured=of_both), said, AGREE)


def _check_empty(judge: Judge, question: Any, finding: Images, seed: int) -> None:
    """Of a finding that shows nothing: a combiner may have found that nothing is there."""
    who = name_of(judge)
    answer = _answer(judge, question, dataclasses.replace(finding, chosen=()), seed)
    if answer.chances is not None:
        same = all(abs(c - answer.chances[0]) <= AGREE for c in answer.chances)
        require(same, f"{who} must say the same of all pictures where it is shown none")
        return
    chances = answer.probabilities
    even = 1 / len(chances or (0,))
    good = chances is not None and all(abs(p - even) <= AGREE for p in chances)
    require(good, f"{who} must find all options equally likely where it is shown no picture")


def _repeated(finding: Images, times: int) -> Images:
    picture = finding.pictures[:1]
    return Images(picture.repeat(times, 1, 1, 1), (0.0,) * times, tuple(range(times)))


def _same(one: Answer, other: Answer, sentence: str, within: float) -> None:
    if (one.maps is None) != (other.maps is None):
        raise AssertionError(sentence)
    if one.maps is not None and other.maps is not None:
        alike = one.maps.shape == other.maps.shape
        near = alike and torch.allclose(one.maps, other.maps, rtol=0, atol=within)
        require(near, f"{sentence} (in its maps)")
    first, second = _numbers(one), _numbers(other)
    require(first.keys() == second.keys(), sentence)
    for name, value in first.items():
        # Written so that NaN counts as different.
        near = abs(value - second[name]) <= within
        require(near, f"{sentence} ({name}: {value:.6g}, then {second[name]:.6g})")


def _numbers(answer: Answer) -> dict[str, float]:
    chances = answer.probabilities or ()
    numbers = {**{f"option {i}": p for i, p in enumerate(chances)}, **answer.measured}
    return {**numbers, **{f"picture {i}": c for i, c in enumerate(answer.chances or ())}}
