"""The store: what was found, answered and scored, in one folder, append-only.

`store.db` (SQLite, write-ahead log) holds the rows and `blobs/` the pictures and tensors. Rows are
never changed or removed: a retried cell adds a row, and the last one of a key counts. No row holds
a truth.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.blobs import Blobs
from assay.types import AssayError, Finding

SCHEMA = 1
# Of a row that was taken from a published run: a score as it was made there, or a finding of which
# only small pictures are here, so that nobody may judge it. Who makes it anew adds an "ok" row.
PUBLISHED = "published"
STATUSES = ("ok", "failed", "unsupported", "over_budget", PUBLISHED)
_WAIT_SECONDS = 15.0

# Columns by table; those in _JSON are kept as JSON text.
TABLES: dict[str, tuple[str, ...]] = {
    "runs": ("started", "suite", "toml", "commit_hash", "version", "environment", "cells"),
    "run_cells": ("run", "score", "finding", "label"),
    "findings": (
        "run", "key", "status", "task", "subject", "case_name", "kind", "method", "seed",
        "finding", "seconds", "forward", "backward", "error", "made",
    ),
    "answers": (
        "run", "key", "finding", "judge", "probabilities", "measured", "seconds", "made",
    ),
    "scores": (
        "run", "key", "answer", "finding", "truth", "status", "task", "subject", "case_name",
        "kind", "method", "source", "judge", "seed", "metrics", "top", "error", "made",
    ),
}  # fmt: skip
# `finding` is JSON in `findings` and a key elsewhere.
_JSON = {
    "runs": {"environment"},
    "run_cells": {"label"},
    "findings": {"finding"},
    "answers": {"probabilities", "measured"},
    "scores": {"metrics"},
}
# At most one row of a key may be so.
_ONCE = {"findings": "status = 'ok'", "scores": "status = 'ok'", "answers": "key IS NOT NULL"}


class Store:
    """One folder of results; `create=False` refuses to make a new one."""

    def __init__(self, folder: Path, create: bool = True) -> None:
        """Opens the folder's store. Raises AssayError for a missing, foreign or corrupt one."""
        self.folder = Path(folder)
        self.path = self.folder / "store.db"
        self.blobs = Blobs(self.folder / "blobs")
        if not create and not self.path.is_file():
            raise AssayError(f"there are no results in {self.folder}; run the suite first")
        with self._clear_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
            # Transactions are begun by hand: Python's own don't cover the making of tables.
            self._db = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._set_up()

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def insert(self, table: str, row: Mapping[str, Any]) -> int:
        """Add one row; where an ok row of the same key is there already, nothing is added."""
        return self.insert_all(table, [row])

    def insert_all(self, table: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Add rows in one transaction; returns the last one's number."""
        columns = TABLES[table]
        sql = (
            f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) "
            f"VALUES ({', '.join('?' * len(columns))})"
        )
        last = 0
        with self._clear_errors(), self._transaction():
            for row in rows:
                unknown = set(row) - set(columns)
                if unknown:
                    raise ValueError(f"{table} has no column {sorted(unknown)[0]!r}")
                values = [_packed(table, c, row.get(c)) for c in columns]
                last = self._db.execute(sql, values).lastrowid or 0
        return last

    def rows(self, table: str, where: str = "1", values: tuple[Any, ...] = ()) -> list[dict]:
        """Rows in the order they were added, JSON columns unpacked, with their number `id`."""
        with self._clear_errors():
            found = self._db.execute(
                f"SELECT rowid AS id, * FROM {table} WHERE {where} ORDER BY rowid", values
            ).fetchall()
        return [_unpacked(table, row) for row in found]

    def latest(self, table: str) -> dict[str, dict]:
        """The row that counts for each key: the last one added."""
        return {row["key"]: row for row in self.rows(table)}

    def finding(self, key: str) -> Finding:
        """The stored finding of that key; AssayError where there is none that went well, or only
        the small pictures of a published one.
        """
        rows = self._shown(key)
        if not rows:
            raise AssayError(f"the store holds no finding {key[:12]}")
        if rows[-1]["status"] == PUBLISHED:
            raise AssayError(
                f"of the finding {key[:12]} there are only small, published pictures here: run "
                "the suite with --no-published to make it"
            )
        return self.blobs.read(rows[-1]["finding"])

    def picture_paths(self, key: str, chosen_only: bool = True) -> list[Path]:
        """The picture files of a stored finding: the chosen ones, or all candidates.

        Of a published one they are small.
        """
        rows = self._shown(key)
        if not rows:
            return []
        kept = rows[-1]["finding"]
        names = kept["pictures"]
        if chosen_only and names:
            names = [names[i] for i in kept["plain"].get("chosen", range(len(names)))]
        return [self.blobs.path(name) for name in names]

    def published_runs(self) -> dict[int, dict[str, Any]]:
        """The runs by number that were made elsewhere, and of which rows were taken."""
        return {r["id"]: r for r in self.rows("runs") if (r["environment"] or {}).get(PUBLISHED)}

    def reveal_path(self, truth_key: str) -> Path:
        """The folder in which `run` shows the truth of that key (for reports alone)."""
        return self.folder / "reveal" / truth_key[:16]

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        with self._clear_errors():
            return {t: self._db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}

    def _shown(self, key: str) -> list[dict]:
        """The rows of a finding that has something to show."""
        return self.rows("findings", "key = ? AND status IN ('ok', ?)", (key, PUBLISHED))

    def _set_up(self) -> None:
        tables = {r[0] for r in self._db.execute("SELECT name FROM sqlite_master")}
        if not tables:
            self._db.execute("PRAGMA journal_mode = WAL")
            with self._transaction():
                self._create()
            return
        found = None
        if "meta" in tables:
            row = self._db.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
            found = row[0] if row else None
        if found != str(SCHEMA):
            raise AssayError(
                f"{self.path} was written with schema {found}, and this version reads schema "
                f"{SCHEMA}: give another folder with --out"
            )

    def _create(self) -> None:
        # IF NOT EXISTS: two runs may open a new folder at the same moment.
        self._db.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT)")
        for table, columns in TABLES.items():
            self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(columns)})")
            if "key" in columns:
                self._db.execute(
                    f"CREATE UNIQUE INDEX IF NOT EXISTS {table}_once ON {table}(key) "
                    f"WHERE {_ONCE[table]}"
                )
            for action in ("UPDATE", "DELETE"):
                self._db.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_{action.lower()} BEFORE {action} "
                    f"ON {table} BEGIN SELECT RAISE(ABORT, 'the store is append-only'); END"
                )
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (str(SCHEMA),))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            text = str(error)
            if "locked" in text or "busy" in text:
                said = "is locked by another program; wait for it to end and run again"
            elif "full" in text:
                said = "cannot grow: the disk is full; what was finished is kept"
            else:
                said = f"is not a readable store ({text}); move it away or use another --out"
            raise AssayError(f"{self.path} {said}") from error
        except OSError as error:
            raise AssayError(f"{self.folder} cannot be written: {error}") from error


def now() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _packed(table: str, column: str, value: Any) -> Any:
    if value is None or column not in _JSON[table]:
        return value
    # In their own order: a task's first metric is its headline.
    return json.dumps(value, allow_nan=False)


def _unpacked(table: str, row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    for column in _JSON[table]:
        if values[column] is not None:
            values[column] = json.loads(values[column])
    return values
