"""Reads a store's folder: the cells of a run (the newest), the table's rows, what a cell is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from assay.measures.gates import FIXTURES, Gate, check
from assay.measures.table import ON_P_TRUTH, Row, rows, without_p_truth
from assay.plugins import plugin_key
from assay.store import PUBLISHED, Store
from assay.subjects.registry import trojaned_of
from assay.suite import IDEAL, SHUFFLED, Suite, parse_suite
from assay.trial.record import Standing, find_standing
from assay.types import AssayError, digest

# How many options a question has, where no answer says so.
_OPTIONS = 8


def default_folder(suite: str) -> Path:
    """Where a suite's results lie where nothing else is said."""
    return Path("results") / suite


@dataclass
class Results:
    """The results in a folder; reads the store and nothing else.

    They are those of the newest run, or, where its `number` is given, of one run alone.
    """

    folder: Path
    number: int | None = None

    def __post_init__(self) -> None:
        self.store = Store(self.folder, create=False)
        self.elsewhere = self.store.published_runs()
        runs = [run for run in self.store.rows("runs") if run["id"] not in self.elsewhere]
        if not runs:
            raise AssayError(f"no run has begun in {self.folder}; run the suite first")
        self.run: dict[str, Any] = runs[-1]
        if self.number is not None:
            self.run = next(run for run in runs if run["id"] == self.number)
        self.suite: Suite = parse_suite(self.run["toml"], self.run["suite"])

    def scores(self) -> list[dict[str, Any]]:
        """The planned cells of the newest suite, each with its score's row or `row` None.

        A cell (task, subject, case, seed, method, judge) that several runs of the same suite have
        planned, under other versions or seeds, is the newest run's.
        """
        kept: dict[str, dict[str, Any]] = {}
        for run in reversed(self.store.rows("runs")):
            if run["suite"] != self.run["suite"] or run["toml"] != self.run["toml"]:
                continue
            if self.number not in (None, run["id"]):
                continue
            for cell in self.store.rows("run_cells", "run = ?", (run["id"],)):
                kept.setdefault(json.dumps(cell["label"]), cell)
        done = _as_made(self.store.latest("scores"))
        return [{**cell, "row": done.get(cell["score"])} for cell in kept.values()]

    def findings(self) -> dict[str, dict[str, Any]]:
        """The row that counts for each finding, `published` where only small pictures are here."""
        return _as_made(self.store.latest("findings"))

    def published(self) -> str:
        """The sentence that says what was taken from a published run; empty where nothing was."""
        planned = self.scores()
        taken = [p for p in planned if p["row"] is not None and p["row"]["published"]]
        if not taken:
            return ""
        runs = [self.elsewhere[i] for i in sorted({p["row"]["run"] for p in taken})]
        of, some = (Counter(p["label"][4] for p in cells) for cells in (planned, taken))
        whole = [f"`{m}`" for m in some if some[m] == of[m]]
        parts = [f"`{m}`" for m in some if some[m] < of[m]]
        listed = [
            *([f"all cells of {', '.join(whole)}"] if whole else []),
            *([f"some of {', '.join(parts)}"] if parts else []),
        ]
        return (
            f"Taken from the published run of {' and '.join(map(_named, runs))}: {len(taken)} of "
            f"{len(planned)} cells ({'; '.join(listed)})."
        )

    def cells(self) -> list[dict[str, Any]]:
        """The cells as the measures take them, the row `shuffled` averaged over methods and deals.

        Cells that aren't computed yet have the status "missing".
        """
        findings, answers = self.findings(), self.store.latest("answers")
        thresholds = {judge: self.standing(judge).threshold for judge in self.suite.judges}
        order = {name: i for i, name in enumerate(_method_order(self.suite))}
        made: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for planned in self.scores():
            if planned["label"][8:]:
                # A part of a finding is no cell of its method.
                continue
            cell = _cell(planned, findings, answers, self.suite)
            # The threshold is of the judge's own answers.
            own = cell["method"] not in self.suite.unaided
            cell["threshold"] = thresholds.get(cell["judge"]) if own else None
            at = tuple(cell[k] for k in ("task", "subject", "case", "method", "judge", "seed"))
            made.setdefault(at, []).append(cell)
        cells = [group[0] if len(group) == 1 else _average(group) for group in made.values()]
        cells = _with_parts(cells, self.suite)
        return sorted(
            cells,
            key=lambda c: (
                list(self.suite.tasks).index(c["task"]),
                self.suite.judges.index(c["judge"]),
                c["twin_of"] is not None,
                order[c["method"]],
            ),
        )

    def parts(self) -> list[dict[str, Any]]:
        """The cells of findings' parts, each with its `part`, and of the same findings as a whole.

        A part is a share of the steps or "picture N"; of the whole it is None. Parts are in no
        other table: they say how a score grows with the passes, and what single pictures are worth.
        """
        planned = self.scores()
        at = {json.dumps(p["label"][:8]) for p in planned if p["label"][8:]}
        findings, answers = self.findings(), self.store.latest("answers")
        return [
            {**_cell(p, findings, answers, self.suite), "part": (*p["label"], None)[8]}
            for p in planned
            if json.dumps(p["label"][:8]) in at
        ]

    def rows(self) -> list[Row]:
        """The table's rows; of a judge whose trial says so, without what rests on p_truth."""
        return without_p_truth(rows(self.cells()), self._silent())

    def printed_cells(self) -> list[dict[str, Any]]:
        """The cells as anybody may see them: where `rows` is silent, without its probabilities.

        `p_truth` is None there, and so is `top`, what the judge gave the likeliest option.
        """
        silent = self._silent()
        return [_without_chances(c) if c["judge"] in silent else c for c in self.cells()]

    def _silent(self) -> set[str]:
        return {j for j in self.suite.judges if not self.standing(j).prints_p_truth}

    def standing(self, judge: str) -> Standing:
        """What the trial says of the judge that answered here."""
        keys = (self.run["environment"] or {}).get("judges") or {}
        try:
            # Runs that did not write it down: as the judge is now.
            key = keys.get(judge) or digest(plugin_key(self.suite.plugin("judges", judge)))
        except AssayError:
            key = None
        return find_standing(judge, self.suite.size, key)

    def gates(self, cells: list[dict[str, Any]]) -> list[Gate]:
        """The gates of one device (task, judge, subject), of which these are the cells."""
        kappa = self.standing(cells[0]["judge"]).kappa
        return check(cells, self.options(cells), kappa)

    def options(self, cells: list[dict[str, Any]]) -> int:
        """How many options a judge chose among in these cells; as many as usual if in none."""
        scores, answers = self.store.latest("scores"), self.store.latest("answers")
        for cell in cells:
            score = scores.get(cell["score"])
            answer = answers.get(score["answer"]) if score is not None else None
            if answer is not None and answer["probabilities"]:
                return len(answer["probabilities"])
        return _OPTIONS

    def as_dict(self) -> dict[str, Any]:
        """What `assay table --json` prints."""
        return {
            "suite": self.run["suite"],
            "commit": self.run["commit_hash"],
            "version": self.run["version"],
            "published": self.published() or None,
            "rows": [row.as_dict() for row in self.rows()],
        }

    def describe(self, prefix: str) -> list[dict[str, Any]]:
        """What is known of the findings and scores whose key starts so, newest first."""
        found = []
        for table in ("findings", "scores"):
            for row in self.store.rows(table, "substr(key, 1, ?) = ?", (len(prefix), prefix)):
                found.append(self._described(table, row))
        return found[::-1]

    def of_status(self, status: str) -> list[dict[str, Any]]:
        """The findings and scores whose last row has that status."""
        found = []
        for table in ("findings", "scores"):
            rows = self.store.latest(table).values()
            found += [self._described(table, row) for row in rows if row["status"] == status]
        return found

    def _described(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        said = {"store": str(self.folder), "is": table[:-1], **row}
        key = row["key"] if table == "findings" else row["finding"]
        if key is not None:
            said["pictures"] = [str(p) for p in self.store.picture_paths(key)]
            said["candidates"] = [str(p) for p in self.store.picture_paths(key, False)]
        if table == "scores":
            answers = self.store.rows("answers", "key = ?", (row["answer"],))
            if answers:
                said["probabilities"] = answers[-1]["probabilities"]
                said["measured"] = answers[-1]["measured"]
        else:
            said["finding"] = (
                {k: row["finding"][k] for k in ("kind", "plain", "tensors")}
                if (row["finding"])
                else None
            )
        return said


def _method_order(suite: Suite) -> list[str]:
    return [*suite.methods, *suite.combiners, *suite.unaided, SHUFFLED, IDEAL, *FIXTURES]


def _cell(
    planned: dict[str, Any],
    findings: dict[str, dict[str, Any]],
    answers: dict[str, dict[str, Any]],
    suite: Suite,
) -> dict[str, Any]:
    task, subject, case, seed, method, _, _, judge = planned["label"][:8]
    row = planned["row"] or {"status": "missing", "metrics": None, "top": None, "kind": ""}
    finding = findings.get(planned["finding"] or "", {})
    # A dealt finding costs nothing anew.
    costs = finding if method != SHUFFLED and finding.get("forward") is not None else {}
    answer = answers.get(row["answer"]) if row["status"] == "ok" else None
    measured = (answer or {}).get("measured") or {}
    return {
        "task": task,
        "subject": subject,
        "twin_of": trojaned_of(subject, suite.subjects, suite.twins),
        "case": case,
        "kind": row["kind"],
        "method": method,
        "judge": judge,
        "seed": seed,
        "metrics": row["metrics"] or {},
        "top": row["top"],
        # How far an option's probability moved among the judge's views, if it has several.
        "moved": measured.get("moved"),
        "status": row["status"],
        "published": row.get("published", False),
        "seconds": costs.get("seconds"),
        # A judge without a finding says itself what it asked the network for.
        "passes": measured.get("passes") if method in suite.unaided else _passes(costs),
        "score": planned["score"],
        "finding": planned["finding"],
    }


def _without_chances(cell: dict[str, Any]) -> dict[str, Any]:
    metrics = {n: None if n in ON_P_TRUTH else value for n, value in cell["metrics"].items()}
    tops = {"tops": []} if "tops" in cell else {}
    return {**cell, "metrics": metrics, "top": None, **tops}


def _passes(costs: dict[str, Any]) -> int | None:
    return costs["forward"] + costs["backward"] if costs else None


def _with_parts(cells: list[dict[str, Any]], suite: Suite) -> list[dict[str, Any]]:
    """The cells, in which what a combiner's findings cost is its own and that of all its parts.

    It is not known (None) where that of a part isn't.
    """
    names = ("task", "subject", "case", "judge", "seed")
    at = {(*(c[k] for k in names), c["method"]): c for c in cells}
    found = []
    for cell in cells:
        parts = suite.combiners.get(cell["method"], {}).get("of", [])
        joined = [cell, *(at.get((*(cell[k] for k in names), m), {}) for m in parts)]
        sums = {k: _sum([c.get(k) for c in joined]) for k in ("seconds", "passes")}
        found.append({**cell, **sums} if parts else cell)
    return found


def _sum(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def _average(group: list[dict[str, Any]]) -> dict[str, Any]:
    """One cell of several deals: the mean over those that went well, and all of their `tops`.

    It moved as far as the deal that moved farthest.
    """
    good = [c for c in group if c["status"] == "ok"]
    if not good:
        return group[0]
    names = dict.fromkeys(name for c in good for name in c["metrics"])
    metrics = {n: fmean(c["metrics"][n] for c in good if n in c["metrics"]) for n in names}
    tops = [c["top"] for c in good if c["top"] is not None]
    moved = [c["moved"] for c in good if c["moved"] is not None]
    return {
        **good[0],
        "metrics": metrics,
        "top": fmean(tops) if tops else None,
        "tops": tops,
        "moved": max(moved, default=None),
        "published": all(c["published"] for c in good),
    }


def _as_made(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows that say whether they are published; what is, went well where it was made."""
    return {
        key: {
            **row,
            "status": "ok" if row["status"] == PUBLISHED else row["status"],
            "published": row["status"] == PUBLISHED,
        }
        for key, row in rows.items()
    }


def _named(run: dict[str, Any]) -> str:
    """A run by its day, version and commit."""
    commit = f", commit {run['commit_hash'][:10]}" if run["commit_hash"] else ""
    return f"{run['started'][:10]} (version {run['version']}{commit})"
