"""What stands behind a score: how it grows with the passes, and what makes it look better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from markupsafe import Markup

from assay.measures.intervals import Estimate
from assay.measures.table import Row, mean_over_seeds, rows, stack
from assay.measures.validity import (
    FEWEST,
    Correlation,
    Persuasion,
    Validity,
    cherry_pick_premium,
    findability,
    persuasion_gap,
    proxy_validity,
)
from assay.report.certificates import Certificate
from assay.report.charts import PROBABILITY, Axis, line_chart, point_chart
from assay.report.places import Choice
from assay.results import Results
from assay.suite import PICTURE, SHUFFLED
from assay.types import SHARES

Cell = dict[str, Any]


@dataclass(frozen=True)
class Growth:
    """How the methods' scores grow with the steps: rows at each of `SHARES` and of the whole."""

    choice: Choice
    metric: str
    rows: list[tuple[str, list[Row | None]]]
    sentence: str
    chart: Markup | None


@dataclass(frozen=True)
class Behind:
    """What there is to say of one method.

    `persuasion` is None where the judge's probabilities are not printed.
    """

    method: str
    role: str
    persuasion: Persuasion | None
    proxy: Validity
    premium: Estimate
    strength: Correlation


@dataclass(frozen=True)
class Backing:
    """The same of a device's methods; `singly`: whether single pictures were judged.

    `strengths` is the certificate's success by trojan, empty where there is none; the chart has
    them against the mean over all tools, `overall` being their correlation.
    """

    choice: Choice
    metric: str
    singly: bool
    strengths: dict[str, float]
    lines: list[Behind]
    overall: Correlation
    chart: Markup | None


def find_growth(results: Results, choice: Choice) -> Growth | None:
    """How scores grow with the steps; None where no snapshot was judged."""
    parts = [c for c in _parts(results, choice) if c["part"] in (None, *SHARES)]
    grown = {c["method"] for c in parts if c["part"] is not None}
    if not grown:
        return None
    metric = _metric(choice)
    found: list[tuple[str, list[Row | None]]] = []
    for method in (e.method for e in choice.entries if e.method in grown):
        own = [c for c in parts if c["method"] == method]
        found.append((method, [_row(own, part, metric) for part in (*SHARES, None)]))
    lines = [(method, _points(own)) for method, own in found]
    lines = [(method, points) for method, points in lines if len(points) > 1]
    x = Axis("share of the steps", 0.0, 1.0, ((0.25, "1/4"), (0.5, "1/2"), (1.0, "all")))
    y = Axis(f"mean {metric}", 0.0, 1.0, PROBABILITY)
    chart = line_chart(lines, x, y, 1 / choice.options) if lines else None
    return Growth(choice, metric, found, _said(metric, lines), chart)


def find_backing(
    results: Results,
    choice: Choice,
    cells: Sequence[Cell],
    certificates: Sequence[Certificate],
) -> Backing:
    """What makes the methods of a device look better than they are; `cells` are its own."""
    metric = _metric(choice)
    parts = _parts(results, choice)
    singles = [c for c in parts if (c["part"] or "").startswith(PICTURE)]
    own_scores = _own_scores(results)
    strengths = _strengths(choice.subject, certificates)
    lines = []
    for entry in choice.entries:
        if entry.from_truth or entry.method == SHUFFLED:
            continue
        own = [c for c in cells if c["method"] == entry.method and c["status"] == "ok"]
        alone = [c for c in singles if c["method"] == entry.method and c["status"] == "ok"]
        lines.append(
            Behind(
                entry.method,
                entry.role,
                persuasion_gap(own) if choice.prints_p_truth else None,
                _proxy(alone or own, own_scores, metric),
                _premium(alone, own, metric),
                findability(strengths, _by_case(own, metric)),
            )
        )
    tools = {e.method for e in choice.entries if e.role == "tool"}
    worth = _by_case([c for c in cells if c["method"] in tools], metric)
    points = [(case, strengths[case], worth[case]) for case in worth if case in strengths]
    return Backing(
        choice,
        metric,
        bool(singles),
        strengths,
        lines,
        findability(strengths, worth),
        _scatter(points, metric) if len(points) >= FEWEST else None,
    )


def _metric(choice: Choice) -> str:
    return "p_truth" if choice.prints_p_truth else "correct"


def _parts(results: Results, choice: Choice) -> list[Cell]:
    at = choice.task, choice.judge, choice.subject
    return [c for c in results.parts() if (c["task"], c["judge"], c["subject"]) == at]


def _row(cells: Sequence[Cell], part: str | None, metric: str) -> Row | None:
    made = rows([c for c in cells if c["part"] == part])
    return next((row for row in made if row.metric == metric), None)


def _points(own: Sequence[Row | None]) -> list[tuple[float, float]]:
    shares = (*map(float, SHARES), 1.0)
    pairs = zip(shares, own, strict=True)
    return [(at, row.mean) for at, row in pairs if row is not None and row.mean is not None]


def _said(metric: str, lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """What the second half of the steps brings, over the methods that have both ends."""
    gains = [
        (points[-1][1] - dict(points)[0.5], method)
        for method, points in lines
        if 0.5 in dict(points) and points[-1][0] == 1.0
    ]
    if not gains:
        return "Nothing is known of the whole and the half together."
    most, method = max(gains)
    return (
        f"The second half of the steps changes `{metric}` by {fmean(g for g, _ in gains):+.2f} on "
        f"average over {len(gains)} methods, and by {most:+.2f} at most (`{method}`)."
    )


def _own_scores(results: Results) -> dict[str, list[float]]:
    """What the tool itself gave each picture that it shows, by the finding's key."""
    found = {}
    for key, row in results.findings().items():
        plain = (row["finding"] or {}).get("plain", {}) if row["status"] == "ok" else {}
        if "chosen" in plain and "scores" in plain:
            found[key] = [plain["scores"][i] for i in plain["chosen"]]
    return found


def _proxy(cells: Sequence[Cell], scores: Mapping[str, list[float]], metric: str) -> Validity:
    """The tool's own score of each picture, or of the whole, against what it was worth."""
    own: list[float | None] = []
    for cell in cells:
        shown = scores.get(cell["finding"] or "", [])
        part = cell.get("part")
        if part is not None:
            at = int(part.removeprefix(PICTURE)) - 1
            own.append(shown[at] if at < len(shown) else None)
        else:
            own.append(fmean(shown) if shown else None)
    worth = [c["metrics"].get(metric) for c in cells]
    return proxy_validity(own, worth, [c["case"] for c in cells])


def _premium(alone: Sequence[Cell], whole: Sequence[Cell], metric: str) -> Estimate:
    """Seeds count as means: of each case the best single picture's, and the whole's."""
    names = list(dict.fromkeys(c["part"] for c in alone))
    if not names:
        return Estimate(None, None, None, 0)
    # Cases and seeds as they are in the whole, so that both tables have the same places.
    base = stack(whole, metric, {c["method"] for c in whole})
    single = np.full((len(base.cases), len(base.seeds), len(names)), np.nan)
    for c in alone:
        if metric in c["metrics"] and c["case"] in base.cases and c["seed"] in base.seeds:
            at = base.cases.index(c["case"]), base.seeds.index(c["seed"])
            single[(*at, names.index(c["part"]))] = c["metrics"][metric]
    best = np.where(np.isfinite(single), single, -np.inf).max(2)
    best = mean_over_seeds(np.where(np.isfinite(best), best, np.nan))
    return cherry_pick_premium(best[:, None], list(base.by_case[0]), base.kinds)


def _by_case(cells: Sequence[Cell], metric: str) -> dict[str, float]:
    """The mean over methods and seeds of each case that has any value."""
    values: dict[str, list[float]] = {}
    for cell in cells:
        if cell["status"] == "ok" and metric in cell["metrics"]:
            values.setdefault(cell["case"], []).append(cell["metrics"][metric])
    return {case: fmean(found) for case, found in values.items()}


def _strengths(subject: str, certificates: Sequence[Certificate]) -> dict[str, float]:
    found = next((c for c in certificates if c.subject == subject), None)
    trojans = found.trojans if found is not None else []
    return {t.name: t.success.trojaned for t in trojans if t.success.trojaned is not None}


def _scatter(points: Sequence[tuple[str, float, float]], metric: str) -> Markup:
    # To the tenth below the weakest: all are strong.
    low = max(0.0, math.floor(10 * min(x for _, x, _ in points) - 1e-9) / 10)
    ticks = tuple((v, f"{v:.1f}".removeprefix("0") if v < 1 else "1") for v in (low, 1.0))
    x = Axis("success rate of the trigger", low, 1.0 + 1e-9, ticks)
    return point_chart(points, x, Axis(f"mean {metric} of all tools", 0.0, 1.0, PROBABILITY))
