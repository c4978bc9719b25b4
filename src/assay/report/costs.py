"""What the findings cost, and which cells gave no number."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from assay.results import Results


@dataclass(frozen=True)
class Cost:
    """One method on one subject: means over its findings, None where nothing was measured."""

    task: str
    subject: str
    method: str
    findings: int
    passes: float | None
    seconds: float | None
    longest: float | None


@dataclass(frozen=True)
class Failure:
    """A finding or an answer that gave no number, and the line that says why."""

    what: str
    task: str
    subject: str
    case: str
    method: str
    status: str
    error: str


def list_costs(results: Results) -> list[Cost]:
    """Costs by task, subject and method, in the order of the plan."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in _planned_findings(results):
        groups.setdefault((row["task"], row["subject"], row["method"]), []).append(row)

    def cost(group: tuple[str, str, str], rows: list[dict[str, Any]]) -> Cost:
        good = [r for r in rows if r["status"] == "ok"]
        counted = [r for r in good if r["forward"] is not None]
        seconds = [r["seconds"] for r in good if r["seconds"] is not None]
        return Cost(
            *group,
            findings=len(good),
            passes=fmean(r["forward"] + (r["backward"] or 0) for r in counted) if counted else None,
            seconds=fmean(seconds) if seconds else None,
            longest=max(seconds) if seconds else None,
        )

    return [cost(group, rows) for group, rows in groups.items()]


def list_failures(results: Results) -> list[Failure]:
    """Findings that went wrong, then answers that did although their finding is there."""
    found = [
        _failure("finding", row) for row in _planned_findings(results) if row["status"] != "ok"
    ]
    findings = results.findings()
    for planned in results.scores():
        row = planned["row"]
        if row is None or row["status"] == "ok":
            continue
        made = findings.get(planned["finding"] or "")
        if made is None or made["status"] == "ok":
            found.append(_failure(f"answer of {row['judge']}", row))
    return found


def judge_seconds(results: Results) -> dict[str, float]:
    """The mean time of an answer by judge."""
    times: dict[str, list[float]] = {}
    for row in results.store.latest("answers").values():
        if row["seconds"] is not None:
            times.setdefault(row["judge"], []).append(row["seconds"])
    return {judge: fmean(found) for judge, found in times.items()}


def gist(error: str | None) -> str:
    """The line of an error that says what is wrong: a traceback's last, else the first."""
    lines = [line.strip() for line in (error or "").splitlines() if line.strip()]
    if not lines:
        return "no reason was kept"
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


def _planned_findings(results: Results) -> list[dict[str, Any]]:
    findings = results.findings()
    keys = dict.fromkeys(p["finding"] for p in results.scores() if p["finding"])
    return [findings[key] for key in keys if key in findings]


def _failure(what: str, row: dict[str, Any]) -> Failure:
    return Failure(
        what=what,
        task=row["task"],
        subject=row["subject"],
        case=row["case_name"],
        method=row["method"],
        status=row["status"],
        error=gist(row["error"]),
    )
