"""The loop: computes what the store lacks, cell by cell, and keeps every row at once."""

from __future__ import annotations

import contextlib
import os
import platform
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from assay.execute import score_row
from assay.plan import FindingCell, Place, Plan, ScoreCell
from assay.plugins import plugin_key
from assay.progress import Display
from assay.reveal import copy_certificate
from assay.store import PUBLISHED, Store, now
from assay.suite import Suite
from assay.trojans.fitness import certificate_of
from assay.types import digest
from assay.workers import Cell, Done, Job, Pool, open_pool

# What is computed again on request.
FAILED = ("failed", "over_budget")
# What a combiner does without: method, network and budget say so, and would say so again. What
# failed may go well another time, and the combined finding would then be another.
_LEFT_OUT = ("unsupported", "over_budget")


@dataclass(frozen=True)
class Summary:
    """What a run did: cells computed now by status, cells that were there, cells gone wrong.

    `run` is its number in the store; `published` of the cells that were there come from a published
    run.
    """

    run: int
    computed: Counter[str]
    skipped: int
    published: int
    left: int
    wrong: int
    seconds: float
    stopped: bool


def run_plan(
    plan: Plan,
    toml: str,
    folder: Path,
    workers: int | None = None,
    device: str = "cpu",
    again: Collection[str] = (),
    quiet: bool = False,
) -> Summary:
    """Compute what the store in `folder` lacks of the plan.

    `workers`: processes (the machine's cores by default); 0 computes in this one. Cells whose row
    has a status in `again` (`FAILED`, `PUBLISHED`) are computed anew. Ctrl-C ends the
    run with everything finished kept, and is told by `stopped`.
    """
    started = time.monotonic()
    stopped = False
    with Store(folder) as store:
        run = _Run(store, plan)
        run.look_up(again)
        run.record(toml, device)
        if run.pending or any(r["status"] == PUBLISHED for r in run.scored.values()):
            copy_certificates(store, plan)
        if run.pending:
            count = min(_cores() if workers is None else workers, len(run.pending))
            try:
                run.compute(count, device, quiet)
            except KeyboardInterrupt:
                stopped = True
        return run.summary(time.monotonic() - started, stopped)


@dataclass
class _Run:
    """What is known of the plan's cells while they are computed."""

    store: Store
    plan: Plan
    number: int = 0
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    scored: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: list[Cell] = field(default_factory=list)
    begun: dict[str, float] = field(default_factory=dict)
    last_place: dict[int, Place] = field(default_factory=dict)
    computed: Counter[str] = field(default_factory=Counter)

    def look_up(self, again: Collection[str]) -> None:
        """Read what the store holds, and list what it lacks in the order of the work."""
        # A row that is made again says nothing to the cells that wait for it.
        self.found, self.scored = (
            {k: row for k, row in self.store.latest(table).items() if row["status"] not in again}
            for table in ("findings", "scores")
        )
        # A published answer lacks its maps: it is one with its score, and stands for nothing else.
        elsewhere = self.store.published_runs()
        answers = self.store.latest("answers").items()
        self.answered = {key: row for key, row in answers if row["run"] not in elsewhere}
        self._drop_small()
        self.pending = self._in_order()

    def _in_order(self) -> list[Cell]:
        """What the store lacks, place by place as the plan's scores that it lacks come.

        A finding stands before the first score of its own place, or, where no place of it lacks
        a score, before the first that looks at it from elsewhere: what a later task needs of cells
        whose own scores are published keeps no earlier task waiting.
        """
        wanted = [(i, c) for i, c in enumerate(self.plan.scores) if c.key not in self.scored]
        places: dict[Place, int] = {}
        looks: dict[str | None, int] = {}
        for i, score in reversed(wanted):
            places[score.place] = i
            looks[score.finding] = i
        end = len(self.plan.scores)
        missing = [c for c in self.plan.findings if c.key not in self.found]
        missing.sort(key=lambda c: places.get(c.place, end))
        work: dict[str, tuple[tuple[int, int], Cell]] = {}
        for finding in missing:
            at = places.get(finding.place, looks.get(finding.key, end))
            work.setdefault(finding.key, ((at, 0), finding))
        for _, score in wanted:
            work.setdefault(score.key, ((places[score.place], 1), score))
        return [cell for _, cell in sorted(work.values(), key=lambda w: w[0])]

    def _drop_small(self) -> None:
        """Forget published findings that something has to look at: they are made anew, full."""
        cells = {c.key: c for c in self.plan.findings}
        looked_at = [c.finding for c in self.plan.scores if c.key not in self.scored and c.finding]
        missing = [key for key in cells if key not in self.found]
        looked_at += [key for own in missing for _, key in cells[own].parts]
        while looked_at:
            key = looked_at.pop()
            if key in self.found and self.found[key]["status"] == PUBLISHED:
                del self.found[key]
                looked_at += [part for _, part in cells[key].parts]

    def record(self, toml: str, device: str) -> None:
        """Add a row for this run, unless the latest one was the same and nothing is to be done."""
        cells = digest([cell.key for cell in self.plan.scores])
        commit = commit_hash()
        elsewhere = self.store.published_runs()
        last = [row for row in self.store.rows("runs") if row["id"] not in elsewhere][-1:]
        if last and last[0]["cells"] == cells and last[0]["toml"] == toml:
            self.number = last[0]["id"]
            if not self.pending or last[0]["commit_hash"] == commit:
                return
        row = {
            "started": now(),
            "suite": self.plan.suite.name,
            "toml": toml,
            "commit_hash": commit,
            "version": package_version(),
            "environment": {**_environment(device), "judges": judge_keys(self.plan.suite)},
            "cells": cells,
        }
        self.number = self.store.insert("runs", row)
        self.store.insert_all(
            "run_cells",
            [
                {"run": self.number, "score": c.key, "finding": c.finding, "label": c.label}
                for c in self.plan.scores
            ],
        )

    def compute(self, workers: int, device: str, quiet: bool) -> None:
        """Work until nothing is pending."""
        with (
            Display(self.pending, workers, quiet) as display,
            open_pool(self.plan.suite, self.store.folder, device, workers) as pool,
        ):
            while self.pending or self.begun:
                for cell, status in self._settle():
                    display.finish(cell, 0.0, status)
                for worker in pool.idle:
                    self._give(pool, worker)
                for done in pool.collect(1.0):
                    status = self._keep(done)
                    cell = done.job.cell
                    seconds = time.monotonic() - self.begun.pop(cell.key)
                    display.finish(cell, seconds, status)

    def summary(self, seconds: float, stopped: bool) -> Summary:
        cells = ((self.plan.findings, self.found), (self.plan.scores, self.scored))
        rows = {c.key: known.get(c.key) for listed, known in cells for c in listed}
        done = [row for row in rows.values() if row is not None]
        return Summary(
            run=self.number,
            computed=self.computed,
            skipped=len(done) - sum(self.computed.values()),
            published=sum(
                self.scored[key]["status"] == PUBLISHED
                for key in {c.key for c in self.plan.scores}
                if key in self.scored
            ),
            left=len(rows) - len(done),
            wrong=sum(row["status"] in FAILED for row in done),
            seconds=seconds,
            stopped=stopped,
        )

    def _settle(self) -> list[tuple[Cell, str]]:
        """Settle what can't be computed, because what it needs went wrong: with that status."""
        settled: list[tuple[Cell, str]] = []
        for cell in list(self.pending):
            bad = _hindrance(cell, [self.found.get(key) for key in _needs(cell)])
            if bad is None:
                continue
            self.pending.remove(cell)
            reason = (bad["error"] or "").strip().splitlines()
            error = f"{bad['method']} gave no finding: {reason[-1] if reason else bad['status']}"
            if isinstance(cell, FindingCell):
                row = {**_finding_row(cell), "status": bad["status"], "error": error}
                self._add("findings", row)
            else:
                row = {**score_row(cell), "status": bad["status"], "error": error}
                self._add("scores", row)
            self.computed[bad["status"]] += 1
            settled.append((cell, bad["status"]))
        return settled

    def _give(self, pool: Pool, worker: int) -> None:
        """Start the first cell that can start, best one of the case that the worker has open."""
        ready = [c for c in self.pending if all(k in self.found for k in _needs(c))]
        if not ready:
            return
        last = self.last_place.get(worker)
        others = {p for w, p in self.last_place.items() if w != worker}
        own = [c for c in ready if c.place == last]
        free = [c for c in ready if c.place not in others]
        cell = (own or free or ready)[0]
        self.pending.remove(cell)
        self.last_place[worker] = cell.place
        self.begun[cell.key] = time.monotonic()
        rows = {key: self.found[key] for key in _needs(cell)}
        findings = {key: row["finding"] for key, row in rows.items() if row["status"] == "ok"}
        answer = self.answered.get(cell.answer) if isinstance(cell, ScoreCell) else None
        pool.send(worker, Job(cell, findings, answer))

    def _keep(self, done: Done) -> str:
        cell = done.job.cell
        rows = done.rows
        if done.died:
            gone = {
                "status": "failed",
                "error": "the process that computed this cell ended: it was killed, or it ran out "
                "of memory",
            }
            made = isinstance(cell, FindingCell)
            known = _finding_row(cell) if isinstance(cell, FindingCell) else score_row(cell)
            rows = {"findings" if made else "scores": {**known, **gone}}
        # The answer first: a score never stands without it.
        for table in sorted(rows):
            self._add(table, rows[table])
        status = str(rows["findings" if "findings" in rows else "scores"]["status"])
        self.computed[status] += 1
        return status

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self.store.insert(table, {**row, "run": self.number})
        known = {"findings": self.found, "answers": self.answered, "scores": self.scored}
        known[table][row["key"]] = row


def _needs(cell: Cell) -> tuple[str, ...]:
    if isinstance(cell, FindingCell):
        return tuple(key for _, key in cell.parts)
    return () if cell.finding is None else (cell.finding,)


def _hindrance(cell: Cell, needs: list[dict[str, Any] | None]) -> dict[str, Any] | None:
    """The row for whose sake the cell can't be computed, if there is one.

    A combiner does without some of its parts, but not without all.
    """
    wrong = [row for row in needs if row is not None and row["status"] != "ok"]
    if isinstance(cell, FindingCell) and len(wrong) < len(needs):
        wrong = [row for row in wrong if row["status"] not in _LEFT_OUT]
    return wrong[0] if wrong else None


def _finding_row(cell: FindingCell) -> dict[str, Any]:
    return {
        "key": cell.key,
        "task": cell.place.task,
        "subject": cell.place.subject,
        "case_name": cell.place.case,
        "kind": cell.place.kind,
        "method": cell.method,
        "seed": cell.place.seed,
        "made": now(),
    }


def copy_certificates(store: Store, plan: Plan) -> None:
    """Put the certificates of the plan's subjects beside the truth that they are about."""
    for task, subject in dict.fromkeys((c.place.task, c.place.subject) for c in plan.scores):
        path = certificate_of(plan.suite.tasks.get(task, {}).get("catalogue"), subject)
        if path is not None and path.is_file():
            copy_certificate(store.folder / "reveal", subject, path)


def commit_hash() -> str | None:
    """The commit of the source tree that runs, or None for an installed package."""
    folder = Path(__file__).resolve().parent
    if not any((parent / ".git").exists() for parent in folder.parents):
        return None
    try:
        said = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout.strip() or None


def package_version() -> str:
    """The installed version of this package."""
    try:
        return version("assay-interp")
    except PackageNotFoundError:
        return "unknown"


def judge_keys(suite: Suite) -> dict[str, str]:
    """The digest of each judge's key: which version of it answers."""
    return {name: digest(plugin_key(suite.plugin("judges", name))) for name in suite.judges}


def _environment(device: str) -> dict[str, Any]:
    import torch

    return {
        "command": shlex.join(["assay", *sys.argv[1:]]),
        "device": device,
        "machine": platform.machine(),
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cores": _cores(),
    }


def _processor() -> str:
    """Its model, and which of torch's kernels run on it: others round otherwise."""
    import torch

    named = ""
    with contextlib.suppress(OSError):
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        names = [line.partition(":")[2] for line in told.splitlines() if "model name" in line]
        named = names[0].strip() if names else ""
    kernels = torch.backends.cpu.get_cpu_capability()
    return ", ".join(word for word in (named or platform.processor(), kernels) if word)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
