"""The blind reader against the judge: what each said of the same cells, once all is answered."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assay.files import write_atomically
from assay.measures.gates import LEAST_KAPPA
from assay.measures.intervals import Estimate, Interval, mean_interval
from assay.measures.kappa import kappa, kappa_interval, spread
from assay.reading.making import (
    ANSWERS,
    COLUMNS,
    RECORD,
    Key,
    planned_cases,
    planned_suite,
    read_key,
)
from assay.reading.sheet import LETTERS
from assay.results import Results
from assay.trial.agreement import correlate
from assay.types import Answer, AssayError, digest

# From this confidence on (or this probability, for the judge) an option counts as named.
NAMED = 0.5
_MOST_LISTED = 5


@dataclass(frozen=True)
class Said:
    """A row of the answers: the letter's place on the sheet, and a confidence in [0, 1]."""

    position: int
    confidence: float
    reader: str


@dataclass(frozen=True)
class Compared:
    """One cell as both saw it; `judge[i]` is the probability of the option with the i-th letter.

    `right` and `judge_right` are the task's grades `correct` of the two.
    """

    kind: str
    twin: bool
    said: Said
    judge: tuple[float, ...]
    right: float
    judge_right: float


@dataclass(frozen=True)
class Beside:
    """The same share for the reader and for the judge."""

    reader: Estimate
    judge: Estimate


@dataclass(frozen=True)
class Reading:
    """How far a blind reader and the judge agree.

    `kappa` is over all cells, `kappa_trojaned` and `kappa_twin` over one network's,
    `kappa_decided` without the `ties`, cells in which the judge has no single likeliest option.
    `right`: the share of right answers on the trojaned network, over all kinds ("all") and by kind;
    `right_twin`: the same on the clean twin, where nothing but chance can be right. `named_twin`:
    the share of the twin's cells where the reader is at least 50 % sure of an option, or the judge
    gives it .5: false alarms. `spearman`: the reader's confidence against the judge's highest
    probability. `holds`: whether `kappa` reaches `bar`. `cells` is the digest of the scores' keys.
    """

    suite: str
    run: str
    cells: str
    judge: dict[str, object]
    seed: int
    readers: tuple[str, ...]
    bar: float
    holds: bool
    ties: int
    kappa: Estimate
    kappa_trojaned: Estimate
    kappa_twin: Estimate
    kappa_decided: Estimate
    right: dict[str, Beside]
    right_twin: Beside
    named_twin: Beside
    spearman: Estimate

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def score_reading(folder: Path, results: Results, key: Key, said: Mapping[str, Said]) -> Reading:
    """Compare the answers with the judge's, and write the record into the folder.

    AssayError where the key is of another run, or the run's cases have changed since.
    """
    compared = _compare(results, key, said)
    reading = summarise(compared, key)
    text = json.dumps(reading.as_dict(), indent=1, allow_nan=False)
    write_atomically(folder / RECORD, text.encode())
    return reading


def summarise(compared: Sequence[Compared], key: Key) -> Reading:
    """The numbers of a reading.

    Kappa is over letters, not over options: each case has options of its own, so that how often an
    option is named over all cells says nothing of chance. Letters are dealt anew for each cell;
    they are the same eight categories throughout, whoever prefers an option names every letter
    about as often, and the agreement by chance is about 1/8. Where options tie for the judge, it
    is taken to draw one of them (as the grade `correct` does): its answer is spread over them, so
    that a judge that says nothing agrees as often as chance has it, and `ties` counts such cells.
    Cells of one case share its options, and are resampled as if they didn't.
    """
    trojaned = [c for c in compared if not c.twin]
    twin = [c for c in compared if c.twin]
    decided = [c for c in compared if (spread(c.judge) == 1).any()]
    whole = _kappa(compared)
    kinds = dict.fromkeys(c.kind for c in trojaned)
    return Reading(
        suite=key.suite,
        run=key.run,
        cells=digest(sorted(cell.score for cell in key.cells.values())),
        judge=key.judge,
        seed=key.seed,
        readers=tuple(dict.fromkeys(c.said.reader for c in compared)),
        bar=LEAST_KAPPA,
        holds=whole.value is not None and whole.value >= LEAST_KAPPA,
        ties=len(compared) - len(decided),
        kappa=whole,
        kappa_trojaned=_kappa(trojaned),
        kappa_twin=_kappa(twin),
        kappa_decided=_kappa(decided),
        right={
            "all": _right(trojaned),
            **{kind: _right([c for c in trojaned if c.kind == kind]) for kind in kinds},
        },
        right_twin=_right(twin),
        named_twin=Beside(
            _share(twin, [float(c.said.confidence >= NAMED) for c in twin]),
            _share(twin, [float(max(c.judge) >= NAMED) for c in twin]),
        ),
        spearman=_spearman(compared),
    )


def readable(folder: Path) -> tuple[Key, dict[str, Said]]:
    """The reading's key and its answers; AssayError unless every one is there."""
    key = read_key(folder)
    return key, read_answers(folder, key)


def read_answers(folder: Path, key: Key) -> dict[str, Said]:
    """The answers by cell; AssayError where any is missing, or isn't what it should be."""
    path = folder / ANSWERS
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AssayError(f"the answers in {path} can't be read: {error}") from error
    if not rows or set(COLUMNS) - set(rows[0]):
        raise AssayError(f"{path} needs the columns {', '.join(COLUMNS)} and a row for each cell")
    by_cell: dict[str, dict[str, str]] = {}
    for row in rows:
        number = (row["cell"] or "").strip()
        if number not in key.cells:
            raise AssayError(f"{path} has a cell {number!r}, and the reading has none")
        if number in by_cell:
            raise AssayError(f"{path} has the cell {number} twice")
        by_cell[number] = {name: (row[name] or "").strip() for name in COLUMNS}
    nothing = dict.fromkeys(COLUMNS, "")
    given = {number: by_cell.get(number, nothing) for number in key.cells}
    positions = {n: _position(g["answer"], len(key.cells[n].letters)) for n, g in given.items()}
    last = LETTERS[max(len(cell.letters) for cell in key.cells.values()) - 1]
    _refuse(path, f"an answer from A to {last}", [n for n, p in positions.items() if p is None])
    sure = {number: _confidence(g["confidence"]) for number, g in given.items()}
    _refuse(path, "a confidence from 0 to 100", [n for n, c in sure.items() if c is None])
    _refuse(path, "a word on who the reader was", [n for n, g in given.items() if not g["reader"]])
    return {
        number: Said(position, confidence, given[number]["reader"])
        for number, position in positions.items()
        if position is not None and (confidence := sure[number]) is not None
    }


def _refuse(path: Path, what: str, lacking: Sequence[str]) -> None:
    if not lacking:
        return
    named = ", ".join(lacking[:_MOST_LISTED])
    more = len(lacking) - _MOST_LISTED
    tail = f" and {more} more" if more > 0 else ""
    cells = "1 cell in {} lacks" if len(lacking) == 1 else f"{len(lacking)} cells in {{}} lack"
    raise AssayError(f"{cells.format(path)} {what}: {named}{tail}")


def _position(answer: str, options: int) -> int | None:
    known = LETTERS[:options]
    return known.index(answer.upper()) if len(answer) == 1 and answer.upper() in known else None


def _confidence(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value / 100 if math.isfinite(value) and 0 <= value <= 100 else None


def _compare(results: Results, key: Key, said: Mapping[str, Said]) -> list[Compared]:
    cells = {cell["score"]: cell for cell in results.cells()}
    foreign = [cell.score for cell in key.cells.values() if cell.score not in cells]
    if foreign:
        raise AssayError(
            f"the key doesn't fit the run in {results.folder}: {len(foreign)} of its "
            f"{len(key.cells)} scores aren't there, such as {foreign[0][:12]} (it is of a run of "
            f"the suite {key.suite!r}; --run says where that lies)"
        )
    scores, answers = results.store.latest("scores"), results.store.latest("answers")
    bench, cases = planned_cases(planned_suite(results))
    truths: dict[str, Any] = {}
    found = []
    for number, read in key.cells.items():
        cell, row = cells[read.score], scores[read.score]
        case = cases.get((cell["task"], cell["subject"], cell["case"], cell["seed"]))
        if case is None or case.truth.key != row["truth"]:
            raise AssayError(
                f"the case of cell {number} has changed since the run in {results.folder} was made"
            )
        if case.truth.key not in truths:
            truths[case.truth.key] = case.truth.open()
        chances = answers[row["answer"]]["probabilities"]
        # The reader is graded as every judge is.
        named = read.letters[said[number].position]
        answer = Answer(tuple(float(i == named) for i in range(len(chances))))
        grades = bench.tasks[cell["task"], cell["subject"]].grade(truths[case.truth.key], answer)
        found.append(
            Compared(
                kind=cell["kind"],
                twin=cell["twin_of"] is not None,
                said=said[number],
                judge=tuple(chances[i] for i in read.letters),
                right=grades["correct"],
                judge_right=cell["metrics"]["correct"],
            )
        )
    return found


def _kappa(compared: Sequence[Compared]) -> Estimate:
    if not compared:
        return Estimate(None, None, None, 0)
    wide = max(len(c.judge) for c in compared)
    reader, judge = np.zeros((2, len(compared), wide))
    for i, cell in enumerate(compared):
        reader[i, cell.said.position] = 1
        judge[i, : len(cell.judge)] = spread(cell.judge)
    interval = kappa_interval(reader, judge, _strata(compared))
    return _estimate(kappa(reader, judge), interval, len(compared))


def _right(compared: Sequence[Compared]) -> Beside:
    return Beside(
        _share(compared, [c.right for c in compared]),
        _share(compared, [c.judge_right for c in compared]),
    )


def _share(compared: Sequence[Compared], values: Sequence[float]) -> Estimate:
    if not values:
        return Estimate(None, None, None, 0)
    table = np.asarray(values, dtype=float)
    interval = mean_interval(table[:, None], _strata(compared))
    return _estimate(float(table.mean()), interval, len(table))


def _spearman(compared: Sequence[Compared]) -> Estimate:
    sure = np.array([c.said.confidence for c in compared])
    tops = np.array([max(c.judge) for c in compared])
    if len(compared) < 2 or not np.ptp(sure) or not np.ptp(tops):
        return Estimate(None, None, None, len(compared))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = correlate(sure, tops, np.random.default_rng(0))
    return Estimate(found.spearman, found.low, found.high, found.n)


def _strata(compared: Sequence[Compared]) -> list[str]:
    return [f"{c.kind}/{'twin' if c.twin else 'trojaned'}" for c in compared]


def _estimate(value: float | None, interval: Interval, n: int) -> Estimate:
    return Estimate(value, interval.low, interval.high, n)
