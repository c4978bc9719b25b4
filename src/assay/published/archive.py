"""The file of published results: what is in it, and whether it is what it says."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.types import AssayError, digest

FORMAT = 1
META = "meta.json"
TABLES = ("runs", "findings", "answers", "scores")
# Every entry has this time: the same results make the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Archive:
    """Published results: rows by table, and files (pictures, and what is shown of the truth)."""

    suite: str
    rows: Mapping[str, list[dict[str, Any]]]
    files: Mapping[str, bytes]


def published_folder() -> Path:
    """Where published results lie."""
    return Path(__file__).parent


def published_path(suite: str) -> Path:
    """The file of a suite's published results, which may not be there."""
    return published_folder() / f"{suite}.zip"


def archive_bytes(archive: Archive) -> bytes:
    """The archive as a file: the same for the same contents."""
    entries = dict(archive.files)
    for table in TABLES:
        # In their own order: a task's first metric is its headline.
        lines = [json.dumps(row, allow_nan=False) for row in archive.rows[table]]
        entries[f"{table}.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
    meta = {"format": FORMAT, "suite": archive.suite, "digest": _digest(entries)}
    entries[META] = json.dumps(meta, indent=1).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _TIME)
            packed = name.endswith(".webp")
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            made.writestr(info, entries[name])
    return buffer.getvalue()


def read_archive(path: Path, suite: str) -> Archive:
    """What a suite's file holds; AssayError, one sentence, where it isn't what it should be."""
    said = f"the published results {path}"
    try:
        with zipfile.ZipFile(path) as made:
            entries = {name: made.read(name) for name in made.namelist()}
        meta = json.loads(entries.pop(META))
    except KeyError as error:
        raise AssayError(f"{said} are of no published run: they lack {META}") from error
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise AssayError(f"{said} can't be read: {error}") from error
    if meta.get("format") != FORMAT:
        raise AssayError(
            f"{said} have format {meta.get('format')}, and this version reads format {FORMAT}"
        )
    if meta.get("suite") != suite:
        raise AssayError(f"{said} are of the suite {meta.get('suite')!r}, not of {suite!r}")
    if meta.get("digest") != _digest(entries):
        raise AssayError(
            f"{said} are damaged: their digest is not the one that they were made with"
        )
    rows = {t: [json.loads(x) for x in entries.pop(f"{t}.jsonl").splitlines()] for t in TABLES}
    return Archive(suite, rows, entries)


def _digest(entries: Mapping[str, bytes]) -> str:
    return digest({name: hashlib.sha256(data).hexdigest() for name, data in entries.items()})
