"""A page on one method and one case: what it showed, beside what other tools showed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.files import write_atomically
from assay.measures.gates import RIVALS
from assay.measures.judges import GUESSES
from assay.report.certificates import read_certificates
from assay.report.page import make_environment
from assay.report.shown import Gallery, Shown, ShownCase
from assay.results import Results
from assay.trial.record import Standing
from assay.types import AssayError

Cell = dict[str, Any]
# Bars are what `assay try` is asked for; beside them it is said how far they can be believed.
NOT_CALIBRATED = (
    "The bars are the judge's answer as it gave it: they say what it takes for likelier, and not "
    "how often it is right."
)


@dataclass(frozen=True)
class OneCase:
    """All that the page says; `cell` is the method's own, `others` what other tools showed.

    `noise` is what the floor's metrics are, empty where it gave no number; `standing` is what the
    judge's trial says of it.
    """

    cell: Cell
    case: ShownCase
    others: list[tuple[str, Shown]]
    remark: str
    noise: dict[str, float]
    standing: Standing

    @property
    def metric(self) -> str:
        """What the method is held against noise by: `correct`, where `p_truth` is not printed."""
        return "p_truth" if self.standing.prints_p_truth else "correct"

    @property
    def warnings(self) -> list[str]:
        """What a reader of the numbers has to know of the judge, a sentence each."""
        if self.standing.judge == GUESSES or not self.standing.sentence:
            return []
        more = [] if self.standing.prints_p_truth else [NOT_CALIBRATED]
        return [self.standing.sentence, *more]

    @property
    def shown(self) -> Shown:
        """What the method itself showed."""
        return next(
            ours for name, ours, _ in self.case.rows if name == self.cell["method"] and ours
        )


def gather_case(results: Results, method: str, others: Path) -> OneCase:
    """The page's contents from the results of one case, where the method's cell is ok.

    `others` is the folder of another run: of its findings those are taken that answer the same
    question about the same network, through the same judge; `remark` says which, or why none.
    """
    cells = {c["method"]: c for c in results.cells()}
    cell = cells[method]
    (case,) = Gallery(results).cases(list(cells.values()), [])
    found, remark = _others(results, cell, others)
    noise = cells.get("noise", {}).get("metrics", {})
    return OneCase(cell, case, found, remark, noise, results.standing(cell["judge"]))


def write_case(contents: OneCase, path: Path) -> Path:
    """Write the page as one HTML file that needs no other."""
    page = make_environment().get_template("case.html.j2").render(c=contents)
    write_atomically(path, page.encode("utf-8"))
    return path


def _others(results: Results, cell: Cell, folder: Path) -> tuple[list[tuple[str, Shown]], str]:
    try:
        theirs = Results(folder)
    except AssayError:
        return [], f"There are no results in {folder}, so no other tool's pictures are shown."
    if _weights(folder, cell["subject"]) != _weights(results.folder, cell["subject"]):
        return [], f"The results in {folder} are of other weights, and are not shown."
    # The truth's key is that of the question too: trojan, options and their order, pictures.
    question = results.store.latest("scores")[cell["score"]]["truth"]
    scores = theirs.store.latest("scores")
    same = [
        c
        for c in theirs.cells()
        if c["status"] == "ok"
        and theirs.suite.role(c["method"]) in RIVALS
        and all(c[name] == cell[name] for name in ("subject", "judge", "case", "seed"))
        and scores[c["score"]]["truth"] == question
    ]
    if not same:
        return [], f"The results in {folder} hold no finding for this question."
    (case,) = Gallery(theirs).cases(same, [])
    shown = [(name, ours) for name, ours, _ in case.rows if ours is not None]
    return shown, f"The other tools' pictures are from {folder}."


def _weights(folder: Path, subject: str) -> str | None:
    """The hash of the weights that a run was made with, where they are certified."""
    return next((c.weights for c in read_certificates(folder) if c.subject == subject), None)
