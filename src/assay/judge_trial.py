"""Puts a judge on trial: with the stored findings of a run on decoys, whose truth is known.

Answers alone don't do: a temperature is fitted on what the judge's levels say before it, so they
look at the findings again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from assay.bench import Bench, make_bench
from assay.checks import near_name
from assay.envelopes import PredictQuestion
from assay.judges.comparison import Comparing, evidence, finding_scores
from assay.measures.gates import RIVALS
from assay.plugins import Judge, plugin_key
from assay.results import Results
from assay.subjects import load_subject
from assay.suite import RESERVED
from assay.trial.calibration import (
    PRECISION,
    Cells,
    calibration_curve,
    calibration_error,
    error_of_calibrated,
    fit_temperature,
    held_out,
    mean_loss,
    softmax,
    stability,
    threshold_at_precision,
    top_and_right,
    wilson,
)
from assay.trial.record import Record
from assay.types import AssayError, Finding, Images

# What judges are used for: one that was tried on these trojans would be tuned on them.
BENCHMARKS = ("twelve", "paper_targets")
_SEED = 0


@dataclass(frozen=True)
class Tried:
    """What was looked at: the cells, how they came about, and the judge that looked.

    `drift` is the largest difference of an answer to the one in the store; None if it has none.
    """

    name: str
    judge: Comparing
    key: dict[str, Any]
    results: Results
    catalogue: str
    subject: str
    cells: Cells
    drift: float | None


def level_scores(judge: Comparing, question: PredictQuestion, finding: Finding) -> np.ndarray:
    """What each of the judge's levels says of each option, (levels, options).

    The evidence of their mean over the levels, through a softmax with the judge's temperature, is
    its answer.
    """
    return finding_scores(judge, question, finding).mean((1, 2)).double().numpy()


def look_again(
    results: Results,
    name: str,
    judge: Judge,
    report: Callable[[str], None] = lambda what: None,
) -> Tried:
    """Scores of the tools' stored findings, on the trojaned network and on its twin.

    Tools are the suite's methods and combiners that are no floor and no bound; the ideal finding,
    which is never stored, is not among them. AssayError where the run has no such findings, or is
    on the twelve.
    """
    if not isinstance(judge, Comparing):
        raise AssayError(f"the judge {name!r} compares no pictures: try embedding or handcrafted")
    # Before anything is looked at: this is what finds that a reference is missing.
    key = plugin_key(judge)
    bench = make_bench(results.suite)
    catalogue = _catalogue(bench)
    wanted = tool_cells(results)
    subject = next((c["subject"] for c in wanted if c["twin_of"] is None), None)
    if subject is None:
        raise AssayError(f"{results.folder} holds no finding of a tool for a trojaned network")
    opened: dict[tuple[Any, ...], tuple[PredictQuestion, int]] = {}
    stored = _stored_answers(results, name)
    rows, truths, drifts = [], [], []
    for cell in wanted:
        # A network and its twin are asked the same.
        at = (cell["task"], cell["case"], cell["seed"])
        if at not in opened:
            opened.clear()
            opened[at] = _open(bench, cell)
        question, truth = opened[at]
        found = level_scores(judge, question, results.store.finding(cell["finding"]))
        rows.append(found)
        truths.append(truth)
        if cell["finding"] in stored:
            worth = evidence(torch.from_numpy(found.mean(0)))[None].numpy()
            own = softmax(worth, judge.temperature)[0]
            drifts.append(float(abs(own - stored[cell["finding"]]).max()))
        report(f"{cell['method']} · {cell['case']}")
    cells = Cells(
        decoys=np.array([c["case"] for c in wanted]),
        methods=np.array([c["method"] for c in wanted]),
        trojaned=np.array([c["twin_of"] is None for c in wanted]),
        scores=np.stack(rows),
        truth=np.array(truths),
    )
    drift = max(drifts) if drifts else None
    return Tried(name, judge, key, results, catalogue, subject, cells, drift)


def _stored_answers(results: Results, judge: str) -> dict[str, np.ndarray]:
    """The judge's probabilities in the store by finding, dealt findings left out."""
    answers = results.store.latest("answers")
    found = {}
    for cell in results.cells():
        score = cell["score"] if (cell["judge"], cell["status"]) == (judge, "ok") else None
        if score is None or cell["method"] in RESERVED:
            continue
        row = answers[results.store.rows("scores", "key = ?", (score,))[-1]["answer"]]
        found[cell["finding"]] = np.array(row["probabilities"])
    return found


def tool_cells(results: Results) -> list[dict[str, Any]]:
    """One cell for each finding of a tool that went well, a case's findings together.

    A tool that shows the same on every seed has found one thing and not several: it counts once.
    """
    suite = results.suite
    tools = [m for m in (*suite.methods, *suite.combiners) if suite.role(m) in RIVALS]
    good = {key for key, row in results.store.latest("findings").items() if row["status"] == "ok"}
    found: dict[str, dict[str, Any]] = {}
    # The findings are the same for every judge.
    for cell in results.cells():
        if cell["method"] in tools and cell["finding"] in good:
            found.setdefault(cell["finding"], cell)
    cells = sorted(found.values(), key=lambda c: (c["task"], c["case"], c["seed"]))
    shown: dict[tuple[str, ...], dict[str, Any]] = {}
    for cell in cells:
        at = (cell["task"], cell["subject"], cell["case"], cell["method"])
        shown.setdefault((*at, _content(results, cell["finding"])), cell)
    return list(shown.values())


def _content(results: Results, finding: str) -> str:
    """A digest of what a finding shows; of one that shows no pictures, its key."""
    opened = results.store.finding(finding)
    if not isinstance(opened, Images):
        return finding
    return hashlib.sha256(opened.pictures.numpy().tobytes()).hexdigest()


def _catalogue(bench: Bench) -> str:
    named = {str(getattr(task, "catalogue", "")) for task in bench.tasks.values()} - {""}
    if not named:
        raise AssayError(f"the suite {bench.suite.name!r} asks for no trojans: run `decoys`")
    for used in sorted(named & set(BENCHMARKS)):
        raise AssayError(
            f"the suite {bench.suite.name!r} is on the catalogue {used!r}, and no judge is "
            "tuned on what it will be used for: give a run of the suite `decoys`"
        )
    return ", ".join(sorted(named))


def _open(bench: Bench, cell: dict[str, Any]) -> tuple[PredictQuestion, int]:
    task = bench.tasks[cell["task"], cell["subject"]]
    try:
        cases = {case.name: case for case in task.cases(cell["seed"])}
    except OSError as error:
        raise AssayError(f"the subject {cell['subject']!r} can't be read: {error}") from error
    if cell["case"] not in cases:
        raise AssayError(
            f"the run has a case {cell['case']!r} that its task no longer has"
            f"{near_name(cell['case'], cases)}"
        )
    case = cases[cell["case"]]
    return case.question.open(), int(case.truth.open().index)


# --- the trial --------------------------------------------------------------------------------


def try_judge(tried: Tried) -> Record:
    """All that the cells say of the judge, as its record; AssayError for too few of them."""
    cells = tried.cells.where(tried.cells.trojaned)
    twin = tried.cells.where(~tried.cells.trojaned)
    committed = float(tried.judge.temperature)
    try:
        apart = held_out(cells)
    except ValueError as error:
        raise AssayError(f"a trial needs more findings: {error}") from error
    fitted = fit_temperature(cells.evidence(), cells.truth)
    own = softmax(cells.evidence(), committed)
    top, right = top_and_right(own, cells.truth)
    threshold = threshold_at_precision(top, right)
    results = tried.results
    stable = stability(cells, committed, tried.judge.levels)
    return Record.model_validate(
        {
            "judge": tried.name,
            "key": tried.key,
            "size": results.suite.size,
            # The default folder, wherever this one lies.
            "command": f"assay judge-trial results/{results.suite.name} --judge {tried.name}",
            "catalogue": tried.catalogue,
            "subject": load_subject(tried.subject, results.suite.size).digest,
            "cells": results.run["cells"] or "",
            "decoys": len(set(cells.decoys.tolist())),
            "methods": stable.methods,
            "temperature": {
                "committed": committed,
                "fitted": fitted,
                "low": float(apart.temperatures.min()),
                "high": float(apart.temperatures.max()),
            },
            "calibration": _calibration(cells, apart.probabilities, own),
            "stability": {
                "changes": [asdict(change) for change in stable.changes],
                "minimum": stable.minimum,
            },
            "threshold": threshold,
            "alarm": None if threshold is None else _alarm(top, right, threshold, twin, committed),
            "p_truth": _p_truth(cells, committed),
            "leak": _p_truth(twin, committed),
        }
    )


def _calibration(cells: Cells, apart: np.ndarray, own: np.ndarray) -> dict[str, Any]:
    top, right = top_and_right(apart, cells.truth)
    curve = calibration_curve(top, right)
    return {
        "cells": len(cells),
        "loss": mean_loss(apart, cells.truth),
        "loss_committed": mean_loss(own, cells.truth),
        "loss_of_guess": float(np.log(cells.scores.shape[2])),
        "error": calibration_error(curve),
        "error_committed": calibration_error(calibration_curve(*top_and_right(own, cells.truth))),
        "error_of_calibrated": error_of_calibrated(top, np.random.default_rng(_SEED)),
        "curve": [asdict(b) for b in curve],
    }


def _alarm(
    top: np.ndarray, right: np.ndarray, threshold: float, twin: Cells, temperature: float
) -> dict[str, Any]:
    above = top >= threshold
    low, high = wilson(float(right[above].sum()), int(above.sum()))
    twin_tops = softmax(twin.evidence(), temperature).max(1) if len(twin) else np.empty(0)
    return {
        "precision": PRECISION,
        "above": int(above.sum()),
        "right": float(right[above].mean()),
        "right_low": low,
        "right_high": high,
        "false_alarms": float((twin_tops >= threshold).mean()) if len(twin) else None,
        "twin_cells": len(twin),
    }


def _p_truth(cells: Cells, temperature: float) -> dict[str, float]:
    if not len(cells):
        return {}
    chances = softmax(cells.evidence(), temperature)[np.arange(len(cells)), cells.truth]
    names = dict.fromkeys(cells.methods.tolist())
    return {name: float(chances[cells.methods == name].mean()) for name in names}
