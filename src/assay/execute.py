"""Does one cell: opens the envelopes, calls the plug-ins, and returns the rows to be stored."""

from __future__ import annotations

import dataclasses
import errno
import math
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from assay.bench import make_bench
from assay.blobs import Blobs, as_stored
from assay.envelopes import PredictGiven, PredictQuery, PredictQuestion
from assay.hooks import Meter
from assay.plan import FindingCell, Place, ScoreCell
from assay.reveal import write_reveal
from assay.store import now
from assay.subject import Metered, Subject
from assay.suite import IDEAL, PICTURE, Suite
from assay.types import (
    FINDINGS,
    SHARES,
    Answer,
    Budget,
    BudgetExceededError,
    Case,
    Envelope,
    Finding,
    Heatmaps,
    Images,
    UnsupportedError,
    finite,
)

# What a judge who has no tool is shown.
NOTHING = Images(torch.zeros(0, 3, 1, 1), (), ())
# Opened envelopes that are kept, by kind: a case's cells follow each other.
_KEPT = 2
# Under which name a stored answer's maps are found among what was measured; no judge's own.
_MAPS = "maps/"
# And its chances: they are many, and no judge's own numbers.
_CHANCES = "chances/"


@dataclass
class Executor:
    """Computes cells of one suite; knows nothing of the store's rows, writes blobs only."""

    suite: Suite
    folder: Path
    device: str = "cpu"
    opened: dict[str, OrderedDict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bench = make_bench(self.suite)
        self.blobs = Blobs(self.folder / "blobs")
        self._cases: dict[tuple[str, str, int], dict[str, Case]] = {}
        self._shown: dict[tuple[Place, str], Finding] = {}

    def find(self, cell: FindingCell, parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """The row of a finding; `parts` are the stored findings that a combiner joins, by key.

        Where one is not there, its method gave none: the combined finding notes that.
        """
        passes = self.suite.passes_of(cell.place.task, cell.method)
        meter = Meter(passes)
        row: dict[str, Any] = {
            "key": cell.key,
            "task": cell.place.task,
            "subject": cell.place.subject,
            "case_name": cell.place.case,
            "kind": cell.place.kind,
            "method": cell.method,
            "seed": cell.place.seed,
        }

        def compute() -> Finding:
            case = self.case(cell.place)
            given = self._given(case.screening or case.given if cell.parts else case.given, meter)
            rng = torch.Generator().manual_seed(cell.rng_seed)
            budget = Budget(passes)
            started[0] = time.perf_counter()
            if not cell.parts:
                return self.bench.methods[cell.method].explain(given, budget, rng)
            joined = {m: self.blobs.read(parts[key]) for m, key in cell.parts if key in parts}
            made = self.bench.combiners[cell.method].combine(given, joined, budget, rng)
            return _noting([m for m, _ in cell.parts if m not in joined], made)

        started = [time.perf_counter()]
        finding, status, error = _guarded(compute)
        row["seconds"] = time.perf_counter() - started[0]
        row["forward"], row["backward"] = meter.forward, meter.backward
        if finding is not None:
            kept, status, error = _guarded(lambda: self._keep(finding, bool(cell.parts)))
            row["finding"] = kept
        return {**row, "status": status, "error": error, "made": now()}

    def score(
        self, cell: ScoreCell, found: dict[str, Any] | None, answered: dict[str, Any] | None
    ) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """The rows of an answer (None where `answered` was stored already) and of its score."""
        answer_row = None

        def compute() -> tuple[dict[str, float], float | None]:
            nonlocal answer_row
            case = self.case(cell.place)
            task = self.bench.tasks[cell.place.task, cell.place.subject]
            if answered is None:
                finding = NOTHING if cell.unaided else self._finding(cell, case, found)
                begun = time.perf_counter()
                answer = self._answer(cell, case, finding)
                answer_row = self._answer_row(cell, answer, time.perf_counter() - begun)
            else:
                answer = self._answer_of(answered)
            truth = self.open("truth", case.truth)
            metrics = _checked_metrics(task.grade(truth, answer))
            if cell.truth:
                folder = self.folder / "reveal" / cell.truth[:16]
                write_reveal(folder, cell.place, truth, self.open("question", case.question))
            return metrics, max(answer.probabilities) if answer.probabilities else None

        done, status, error = _guarded(compute)
        metrics, top = done if done is not None else (None, None)
        row = {"metrics": metrics, "top": top, "status": status, "error": error}
        return answer_row, {**score_row(cell), **row}

    def case(self, place: Place) -> Case:
        """The case at that place; made again in every process, opened in none."""
        at = (place.task, place.subject, place.seed)
        if at not in self._cases:
            made = self.bench.tasks[place.task, place.subject].cases(place.seed)
            self._cases[at] = {case.name: case for case in made}
        return self._cases[at][place.case]

    def open(self, kind: str, envelope: Envelope[Any]) -> Any:
        """What is in the envelope, remembered for the next cells of the same case."""
        kept = self.opened.setdefault(kind, OrderedDict())
        if envelope.key not in kept:
            kept[envelope.key] = envelope.open()
            while len(kept) > _KEPT:
                kept.popitem(last=False)
        kept.move_to_end(envelope.key)
        return kept[envelope.key]

    def _finding(self, cell: ScoreCell, case: Case, found: dict[str, Any] | None) -> Finding:
        if found is not None:
            return _part_of(self.blobs.read(found), cell.part)
        # The ideal finding and the fixtures show the truth: they are made here and never stored,
        # but kept for the other judges of the same case.
        at = (cell.place, cell.method)
        if at not in self._shown:
            if any(place != cell.place for place, _ in self._shown):
                self._shown.clear()
            task = self.bench.tasks[cell.place.task, cell.place.subject]
            rng = torch.Generator().manual_seed(cell.ideal_seed)
            ideal = cell.method == IDEAL
            made = task.ideal(case, rng) if ideal else task.fixture(cell.method, case, rng)
            _check_finding(made)
            self._shown[at] = made
        # A copy each time: no judge can spoil another's.
        return as_stored(self._shown[at])

    def _given(self, envelope: Envelope[Any], meter: Meter) -> Any:
        """What is in it, of the caller's own, on the device, its passes counted."""
        given = _own_copy(self.open("given", envelope))
        if not isinstance(getattr(given, "subject", None), Subject):
            return given
        return dataclasses.replace(given, subject=Metered(given.subject, meter, self.device))

    def _answer(self, cell: ScoreCell, case: Case, finding: Finding) -> Answer:
        rng = torch.Generator().manual_seed(cell.rng_seed)
        question = _own_copy(self.open("question", case.question))
        if cell.unaided:
            answer = self._unaided(cell, question, case, rng)
        else:
            answer = self.bench.judges[cell.judge].answer(question, finding, rng)
        _check_answer(answer)
        return answer

    def _unaided(
        self, cell: ScoreCell, question: PredictQuestion, case: Case, rng: torch.Generator
    ) -> Answer:
        """The answer of a judge who asks the network; with the passes that it took."""
        passes = self.suite.passes_of(cell.place.task, cell.method)
        meter = Meter(passes)
        given = self._given(case.given, meter)
        if not (isinstance(question, PredictQuestion) and isinstance(given, PredictGiven)):
            raise UnsupportedError("without a finding only a question with options can be answered")
        query = PredictQuery(
            question.options,
            question.exemplars,
            given.subject,
            given.target_class,
            given.pictures,
            Budget(passes),
        )
        answer = self.bench.unaided[cell.method].answer(query, NOTHING, rng)
        return Answer(answer.probabilities, {**answer.measured, "passes": float(meter.passes)})

    def _answer_row(self, cell: ScoreCell, answer: Answer, seconds: float) -> dict[str, Any]:
        measured: dict[str, Any] = dict(answer.measured)
        if answer.maps is not None:
            # A file: too many numbers for a row. Maps that a judge hands on as they are have one.
            measured[_MAPS] = self.blobs.write(Heatmaps(answer.maps))
        if answer.chances is not None:
            measured[_CHANCES] = list(answer.chances)
        return {
            "key": cell.answer,
            "finding": cell.finding,
            "judge": cell.method if cell.unaided else cell.judge,
            "probabilities": answer.probabilities,
            "measured": measured,
            "seconds": seconds,
            "made": now(),
        }

    def _answer_of(self, row: dict[str, Any]) -> Answer:
        """The answer that a row keeps."""
        chances, measured = row["probabilities"], dict(row["measured"])
        kept = measured.pop(_MAPS, None)
        found = None if kept is None else self.blobs.read(kept)
        maps = found.maps if isinstance(found, Heatmaps) else None
        foreseen = measured.pop(_CHANCES, None)
        return Answer(
            None if chances is None else tuple(chances),
            measured,
            maps,
            None if foreseen is None else tuple(foreseen),
        )

    def _keep(self, finding: Finding, may_be_empty: bool) -> dict[str, Any]:
        _check_finding(finding, may_be_empty)
        return self.blobs.write(as_stored(finding))


def score_row(cell: ScoreCell) -> dict[str, Any]:
    """The columns of a score that are known before it is computed."""
    return {
        "key": cell.key,
        "answer": cell.answer,
        "finding": cell.finding,
        "truth": cell.truth,
        "task": cell.place.task,
        "subject": cell.place.subject,
        "case_name": cell.place.case,
        "kind": cell.place.kind,
        "method": cell.method if cell.part is None else f"{cell.method}, {cell.part}",
        "source": cell.source,
        "judge": cell.judge,
        "seed": cell.place.seed,
        "made": now(),
    }


def _guarded(compute: Callable[[], Any]) -> tuple[Any, str, str | None]:
    """The result, or None with a status and what went wrong; a full disk is raised."""
    try:
        return compute(), "ok", None
    except BudgetExceededError as error:
        return None, "over_budget", str(error)
    except UnsupportedError as error:
        return None, "unsupported", str(error)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return None, "failed", traceback.format_exc()
    except Exception:
        return None, "failed", traceback.format_exc()


def _own_copy(contents: Any) -> Any:
    """The contents with tensors of their own, so that no cell can spoil another's."""
    if not dataclasses.is_dataclass(contents) or isinstance(contents, type):
        return contents
    changed: dict[str, Any] = {}
    for f in dataclasses.fields(contents):
        value = getattr(contents, f.name)
        if isinstance(value, Tensor):
            changed[f.name] = value.clone()
        elif isinstance(value, tuple) and value and all(isinstance(v, Tensor) for v in value):
            changed[f.name] = tuple(v.clone() for v in value)
    return dataclasses.replace(contents, **changed)


def _noting(left_out: list[str], finding: Finding) -> Finding:
    """The combined finding, which says whose findings there were none of."""
    if not left_out or not isinstance(finding, Images):
        return finding
    said = f"Without {', '.join(left_out)}, which gave no finding."
    return dataclasses.replace(finding, notes=(*finding.notes, said))


def _part_of(finding: Finding, part: str | None) -> Finding:
    """The finding after that share of its steps, or one of its pictures; itself for None."""
    if part is None:
        return finding
    if not isinstance(finding, Images):
        raise UnsupportedError("only pictures are judged by parts")
    if part.startswith(PICTURE):
        number = int(part.removeprefix(PICTURE))
        if number > len(finding.chosen):
            raise UnsupportedError(f"the finding shows {len(finding.chosen)} pictures only")
        return Images(finding.pictures[number - 1 : number], (0.0,), (0,))
    if part not in finding.snapshots:
        raise UnsupportedError(
            "the stored finding has no snapshots: it was made before its method kept any (a new "
            "folder, given with --out, will have them)"
        )
    then = finding.snapshots[part]
    return Images(then, (0.0,) * len(then), tuple(range(len(then))))


def _check_finding(finding: Finding, may_be_empty: bool = False) -> None:
    if type(finding).__name__ not in FINDINGS:
        raise TypeError(f"the finding is a {type(finding).__name__}, which is no kind of finding")
    if not finite(finding):
        raise ValueError("the finding holds NaN or infinity")
    if not isinstance(finding, Images):
        return
    shape = tuple(finding.candidates.shape)
    if len(shape) != 4 or shape[1] != 3:
        raise ValueError(f"candidates must be (m, 3, h, w), and are {shape}")
    if len(finding.scores) != shape[0]:
        raise ValueError(f"there are {shape[0]} candidates with {len(finding.scores)} scores")
    if not all(math.isfinite(score) for score in finding.scores):
        raise ValueError("a candidate's score is NaN or infinite")
    empty = not finding.chosen and not may_be_empty
    if empty or not all(0 <= i < shape[0] for i in finding.chosen):
        raise ValueError(f"the chosen {finding.chosen} are not among {shape[0]} candidates")
    for share, then in finding.snapshots.items():
        if share not in SHARES or then.shape != (len(finding.chosen), *shape[1:]):
            raise ValueError(f"the snapshot {share!r} {tuple(then.shape)} is not of what is chosen")
    shown = [finding.candidates, *finding.snapshots.values()]
    low, high = min(float(p.min()) for p in shown), max(float(p.max()) for p in shown)
    if low < -1e-4 or high > 1 + 1e-4:
        raise ValueError(f"pictures must lie in [0, 1], and reach from {low:.3g} to {high:.3g}")


def _check_answer(answer: Answer) -> None:
    chances = answer.probabilities
    if chances is not None:
        if not all(math.isfinite(p) and p >= 0 for p in chances):
            raise ValueError("the answer holds a probability that is negative or not finite")
        if abs(sum(chances) - 1) > 1e-3:
            raise ValueError(f"the answer's probabilities sum to {sum(chances):.4f}, not to 1")
    for name, value in answer.measured.items():
        if not math.isfinite(value):
            raise ValueError(f"the judge's {name!r} is {value}")
    if answer.maps is not None:
        if answer.maps.ndim != 3:
            raise ValueError(f"an answer's maps must be (n, h, w), not {tuple(answer.maps.shape)}")
        if not bool(torch.isfinite(answer.maps).all()):
            raise ValueError("the answer's maps hold NaN or infinity")
    for chance in answer.chances or ():
        # Written so that NaN is refused.
        if not 0 <= chance <= 1:
            raise ValueError(f"an answer's chances must lie in [0, 1], and one is {chance}")


def _checked_metrics(metrics: dict[str, float]) -> dict[str, float]:
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise ValueError(f"the grade {name!r} is {value}; a missing one must be left out")
    return {name: float(value) for name, value in metrics.items()}
