"""A blind reading: cells drawn from a run, a picture sheet for each, and a sealed key.

The reader gets what the judge got (pictures and options) and nothing else. Neither the sheets nor
the key hold the truth or the judge's answer: `reading.scoring` takes them from the run once every
answer is there.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from assay.bench import Bench, make_bench
from assay.checks import near_name
from assay.envelopes import PredictQuestion
from assay.files import write_atomically
from assay.measures.gates import RIVALS
from assay.plan import make_plan
from assay.plugins import plugin_key
from assay.reading.sheet import LETTERS, SHOWN_EXEMPLARS, Sheet, sheet_png
from assay.results import Results
from assay.suite import Suite
from assay.trojans.world import generator
from assay.types import AssayError, Case, Images

KEY, ANSWERS, RECORD = "key.json", "answers.csv", "reading.json"
COLUMNS = ("cell", "answer", "confidence", "reader")

# Task, subject, case, seed.
Place = tuple[str, str, str, int]

_README = """\
# A blind reading

Each sheet (`001.png`, `002.png` ...) shows some pictures, and below them options with a letter
each. Say for each sheet which option its pictures resemble most.

1. Look at one sheet at a time. Letters mean nothing across sheets: they are dealt anew on each.
2. Write into `answers.csv`, in the sheet's row: `answer`, the letter; `confidence`, how sure you
   are, from 0 (a pure guess) to 100 (certain); `reader`, who or what you are.
3. Where the pictures resemble nothing, guess, and say so by a low confidence. Often there is
   nothing to be found.
4. Leave `key.json` closed, and don't look at the run that the pictures are from, until every row
   is filled. Don't change an answer afterwards.

Then `assay reading score` with this folder says how far the reader and the judge agree.
"""


@dataclass(frozen=True)
class Draw:
    """What is to be read: so many cells with the answers of `judge`, drawn with `seed`.

    `floors`: cells of the suite's floors (noise) may be drawn as well.
    """

    judge: str = "embedding"
    cells: int = 96
    seed: int = 0
    floors: bool = False


@dataclass(frozen=True)
class Candidate:
    """A cell that can be drawn: a tool's pictures for a question, answered by the judge."""

    score: str
    finding: str
    task: str
    subject: str
    case: str
    seed: int
    kind: str
    method: str
    twin: bool

    @property
    def stratum(self) -> tuple[str, bool]:
        return self.kind, self.twin

    @property
    def place(self) -> Place:
        return self.task, self.subject, self.case, self.seed


@dataclass(frozen=True)
class KeyCell:
    """Which score a sheet is of, and which of the question's options each letter stands for."""

    score: str
    letters: tuple[int, ...]


@dataclass(frozen=True)
class Key:
    """What a reading's numbers stand for; `run` is the digest of the run's planned cells."""

    suite: str
    run: str
    judge: dict[str, object]
    seed: int
    cells: dict[str, KeyCell]


def candidates(results: Results, drawn: Draw) -> list[Candidate]:
    """The tools' cells with pictures and a graded answer of the judge: none made from the truth.

    AssayError for a judge that the run doesn't have.
    """
    if drawn.judge not in results.suite.judges:
        hint = near_name(drawn.judge, results.suite.judges)
        raise AssayError(f"the run in {results.folder} has no judge {drawn.judge!r}{hint}")
    suite = results.suite
    roles = (*RIVALS, "floor") if drawn.floors else RIVALS
    tools = [m for m in (*suite.methods, *suite.combiners) if suite.role(m) in roles]
    findings = results.store.latest("findings")
    names = ("score", "finding", "task", "subject", "case", "seed", "kind", "method")
    return [
        Candidate(**{name: cell[name] for name in names}, twin=cell["twin_of"] is not None)
        for cell in results.cells()
        if cell["status"] == "ok"
        and cell["judge"] == drawn.judge
        and cell["method"] in tools
        and "correct" in cell["metrics"]
        and findings[cell["finding"]]["finding"]["kind"] == Images.__name__
        # A combiner may have found nothing.
        and findings[cell["finding"]]["finding"]["plain"]["chosen"]
    ]


def draw(cells: Sequence[Candidate], count: int, rng: torch.Generator) -> list[Candidate]:
    """`count` of the cells, none twice, in random order.

    One after the other is taken from the stratum (kind and network) of which there are fewest so
    far; in it from the method that it has fewest of; then the rarest method and case of all. What
    is equal is left to chance. AssayError where there are too few cells.
    """
    if count > len(cells):
        raise AssayError(
            f"{count} cells can't be drawn: the run has {len(cells)} with pictures and an answer "
            "of the judge (--floors adds the floors' cells, --cells asks for fewer)"
        )
    left = [cells[i] for i in torch.randperm(len(cells), generator=rng).tolist()]
    taken: Counter[object] = Counter()
    found: list[Candidate] = []
    for _ in range(count):
        best = min(
            left,
            key=lambda c: (
                taken[c.stratum],
                taken[c.stratum, c.method],
                taken["method", c.method],
                taken["case", c.case],
            ),
        )
        left.remove(best)
        found.append(best)
        taken.update(
            [best.stratum, (best.stratum, best.method), ("method", best.method),
             ("case", best.case)]
        )  # fmt: skip
    return [found[i] for i in torch.randperm(count, generator=rng).tolist()]


def make_reading(
    results: Results,
    folder: Path,
    drawn: Draw,
    report: Callable[[str], None] = lambda number: None,
) -> Key:
    """Draw cells and write sheets, key, empty answers and README into the folder.

    `report` is called with each sheet's number. AssayError where the folder holds a reading
    already, cells are too few, or the run's questions can't be opened again as they were.
    """
    if any((folder / name).exists() for name in (KEY, ANSWERS)):
        raise AssayError(f"there is a reading in {folder} already: give another folder with --out")
    cells = draw(candidates(results, drawn), drawn.cells, generator("reading", drawn.seed))
    numbered = {f"{i + 1:03d}": cell for i, cell in enumerate(cells)}
    suite = planned_suite(results)
    _check_versions(results, suite, cells)
    bench, cases = planned_cases(suite)
    letters: dict[str, tuple[int, ...]] = {}
    # A question takes seconds to open, and several cells share one.
    asked = {number: cases[cell.place].question for number, cell in numbered.items()}
    for envelope in {e.key: e for e in asked.values()}.values():
        question = envelope.open()
        for number in [n for n, e in asked.items() if e.key == envelope.key]:
            pictures = results.store.finding(numbered[number].finding)
            assert isinstance(pictures, Images)
            rng = generator("reading", drawn.seed, number)
            sheet, letters[number] = _deal(pictures, question, rng)
            write_atomically(folder / f"{number}.png", sheet_png(sheet, number))
            report(number)
    key = Key(
        suite=results.suite.name,
        run=results.run["cells"],
        judge={"name": drawn.judge, **plugin_key(bench.judges[drawn.judge])},
        seed=drawn.seed,
        cells={n: KeyCell(cell.score, letters[n]) for n, cell in numbered.items()},
    )
    write_atomically(folder / "README.md", _README.encode())
    write_atomically(folder / ANSWERS, _empty_answers(list(numbered)))
    # Last: its presence says that the reading is complete.
    write_atomically(folder / KEY, json.dumps(asdict(key), indent=1).encode())
    return key


def read_key(folder: Path) -> Key:
    """The key of the reading in the folder; AssayError where there is none, or it is broken."""
    path = folder / KEY
    if not path.is_file():
        raise AssayError(f"there is no reading in {folder}: `assay reading make` makes one")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        cells = {n: KeyCell(c["score"], tuple(c["letters"])) for n, c in said["cells"].items()}
        return Key(said["suite"], said["run"], said["judge"], said["seed"], cells)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AssayError(f"{path} is no key of a reading: {error!r}") from error


def planned_suite(results: Results) -> Suite:
    """The run's suite with every seed that it has planned."""
    seeds = tuple(sorted({planned["label"][3] for planned in results.scores()}))
    return results.suite.model_copy(update={"seeds": seeds})


def planned_cases(suite: Suite) -> tuple[Bench, dict[Place, Case]]:
    """The suite's plug-ins and all its cases, by place; nothing is opened by that."""
    bench = make_bench(suite)
    cases = {
        (name, subject, case.name, seed): case
        for (name, subject), task in bench.tasks.items()
        for seed in suite.seeds
        for case in task.cases(seed)
    }
    return bench, cases


def _check_versions(results: Results, suite: Suite, cells: Sequence[Candidate]) -> None:
    """AssayError where the judge was asked something else than what would be opened now."""
    device = (results.run["environment"] or {}).get("device", "cpu")
    # A score's key names finding, question, judge and truth.
    known = {cell.key for cell in make_plan(suite, device).scores}
    other = sum(cell.score not in known for cell in cells)
    if other:
        raise AssayError(
            f"{other} of the {len(cells)} cells of {results.folder} were made by another version "
            "of their method, task or judge: run the suite again"
        )


def _deal(
    finding: Images, question: PredictQuestion, rng: torch.Generator
) -> tuple[Sheet, tuple[int, ...]]:
    """A sheet with the options in a random order, and that order."""
    count = len(question.options)
    if count > len(LETTERS):
        raise AssayError(f"a sheet has {len(LETTERS)} letters, and the question {count} options")
    order = torch.randperm(count, generator=rng).tolist()
    shown = []
    for i in order:
        exemplars = question.exemplars[i]
        picked = torch.randperm(len(exemplars), generator=rng)[:SHOWN_EXEMPLARS]
        shown.append(exemplars[picked])
    options = tuple(question.options[i] for i in order)
    return Sheet(finding.pictures, options, tuple(shown)), tuple(order)


def _empty_answers(numbers: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([number, "", "", ""] for number in numbers)
    return text.getvalue().encode()
