"""Takes from published results the cells that a plan has, exactly those."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assay.blobs import Blobs
from assay.files import write_atomically
from assay.plan import Plan
from assay.published.archive import Archive, published_path, read_archive
from assay.store import PUBLISHED, Store
from assay.types import AssayError

Row = dict[str, Any]


def take_published(folder: Path, plan: Plan, suite: str) -> None:
    """Put into the store in `folder` what is published of the plan, where it has no such rows.

    A score is taken where its key is the planned one, and so its answer's, its finding's, the
    truth's and the task's. Findings come with small pictures: they are shown in reports, and
    whoever has to look at one makes it anew. AssayError for a file that isn't what it should be.
    """
    path = published_path(suite)
    if not path.is_file():
        return
    archive = read_archive(path, suite)
    offered = {row["key"]: row for row in archive.rows["scores"]}
    planned = {cell.key for cell in plan.scores}
    if not planned & offered.keys():
        return
    with Store(folder) as store:
        there = {table: store.latest(table) for table in ("findings", "answers", "scores")}
        scores = [offered[k] for k in offered if k in planned and k not in there["scores"]]
        if scores:
            _Taking(store, archive, there).take(scores)


def there_already(folder: Path, published: bool = True) -> set[str]:
    """Keys of the scores that a folder's store has, with or without those that were published."""
    if not (folder / "store.db").is_file():
        return set()
    with Store(folder) as store:
        good = ("ok", "unsupported", *((PUBLISHED,) if published else ()))
        return {key for key, row in store.latest("scores").items() if row["status"] in good}


class _Taking:
    """Copies rows from an archive into a store."""

    def __init__(self, store: Store, archive: Archive, there: dict[str, dict[str, Row]]) -> None:
        self._store, self._archive, self._there = store, archive, there

    def take(self, scores: list[Row]) -> None:
        needed = {s["finding"] for s in scores}, {s["answer"] for s in scores}
        findings, answers = (
            [
                row
                for row in self._archive.rows[table]
                if row["key"] in keys and row["key"] not in self._there[table]
            ]
            for table, keys in zip(("findings", "answers"), needed, strict=True)
        )
        self._unpack(findings, {s["truth"] for s in scores if s["truth"]})
        runs = {row["run"] for row in (*findings, *answers, *scores)}
        numbers = {
            run["id"]: self._store.insert("runs", {k: v for k, v in run.items() if k != "id"})
            for run in self._archive.rows["runs"]
            if run["id"] in runs
        }
        # A score never stands without its answer, nor that without the finding.
        for table, rows in (("findings", findings), ("answers", answers), ("scores", scores)):
            self._store.insert_all(table, (_marked(table, row, numbers) for row in rows))

    def _unpack(self, findings: Iterable[Row], truths: set[str]) -> None:
        """The files of these findings and truths, where they are not there yet."""
        blobs = Blobs(self._store.folder / "blobs")
        names = {name for row in findings for name in (row["finding"] or {}).get("pictures", [])}
        paths = {f"blobs/{name}": blobs.path(name) for name in names}
        for truth in truths:
            folder = self._store.reveal_path(truth)
            if not (folder / "truth.json").is_file():
                paths |= {
                    name: folder / name.rpartition("/")[2]
                    for name in self._archive.files
                    if name.startswith(f"reveal/{folder.name}/")
                }
        lost = sorted(paths.keys() - self._archive.files.keys())
        if lost:
            raise AssayError(
                f"the published results of {self._archive.suite!r} lack the file {lost[0]}"
            )
        # The truth's pictures before the file that says that they are there.
        for name in sorted(paths, key=lambda n: n.endswith("truth.json")):
            if not paths[name].is_file():
                write_atomically(paths[name], self._archive.files[name])


def _marked(table: str, row: Row, numbers: dict[int, int]) -> Row:
    marked = {**row, "run": numbers[row["run"]]}
    if table != "answers" and row["status"] == "ok":
        marked["status"] = PUBLISHED
    return marked
