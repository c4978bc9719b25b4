"""The store keeps what it is given, refuses changes, and says clearly what is wrong with it."""

import sqlite3
from pathlib import Path

import pytest
import torch

from assay import store as store_module
from assay.blobs import Blobs, as_stored, quantise
from assay.store import TABLES, Store
from assay.types import AssayError, Edit, Images, Ranking, Surrogate, Words

FINDING = {"key": "k", "status": "ok", "finding": {"kind": "Ranking"}, "method": "m"}


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.insert("scores", {"key": "s", "status": "ok", "metrics": {"b": 0.25, "a": 1.0}})
        (row,) = store.rows("scores")
    assert list(row["metrics"].items()) == [("b", 0.25), ("a", 1.0)]
    assert row["top"] is None


def test_an_ok_row_is_kept_once_and_a_failed_one_as_often_as_it_fails(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for status in ("failed", "failed", "ok", "ok"):
            store.insert("findings", {**FINDING, "status": status})
        assert [r["status"] for r in store.rows("findings")] == ["failed", "failed", "ok"]
        assert store.latest("findings")["k"]["status"] == "ok"


def test_rows_are_neither_changed_nor_removed(tmp_path: Path) -> None:
    Store(tmp_path).insert("findings", FINDING)
    other = sqlite3.connect(tmp_path / "store.db")
    for table in TABLES:
        other.execute(f"INSERT INTO {table} DEFAULT VALUES")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(f"DELETE FROM {table}")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(f"UPDATE {table} SET {TABLES[table][0]} = 'x'")


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with pytest.raises(ValueError, match="JSON compliant"):
            store.insert_all("scores", [{"key": "1"}, {"key": "2", "metrics": {"x": float("nan")}}])
        assert store.counts()["scores"] == 0


def test_foreign_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="no results in"):
        Store(tmp_path / "none", create=False)
    (tmp_path / "store.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(AssayError, match="not a readable store"):
        Store(tmp_path)
    later = tmp_path / "later"
    later.mkdir()
    db = sqlite3.connect(later / "store.db")
    db.execute("CREATE TABLE meta (name TEXT, value TEXT)")
    db.execute("INSERT INTO meta VALUES ('schema', '99')")
    db.commit()
    with pytest.raises(AssayError, match="schema 99"):
        Store(later)


def test_a_locked_store_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path).close()
    monkeypatch.setattr(store_module, "_WAIT_SECONDS", 0.05)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store(tmp_path) as store, pytest.raises(AssayError, match="locked"):
        store.insert("findings", FINDING)


@pytest.mark.parametrize(
    "finding",
    [
        Images(torch.rand(3, 3, 9, 7), (1.0, 0.5, 2.0), (2, 0)),
        Words(("star", "green"), (0.5, 0.25)),
        Ranking("units", (3, 1, 2)),
        Edit({"head.weight": torch.randn(2, 3).T, "n": torch.tensor(4)}),
        Surrogate("head", torch.randn(2, 5), torch.randn(2)),
    ],
)
def test_findings_come_back_to_the_bit(tmp_path: Path, finding) -> None:
    blobs = Blobs(tmp_path)
    stored = as_stored(finding)
    again = blobs.read(blobs.write(stored))
    assert type(again) is type(finding)
    for name, value in vars(stored).items():
        other = getattr(again, name)
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, other)
        elif isinstance(value, dict):
            assert all(torch.equal(v, other[k]) for k, v in value.items())
        else:
            assert value == other


def test_quantise_is_what_a_file_keeps() -> None:
    assert quantise(torch.tensor([0.0, 0.5, 1.0, 1.00001])).mul(255).tolist() == [0, 128, 255, 255]


def test_the_same_bytes_are_one_file(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.put(b"x", ".png") == blobs.put(b"x", ".png")
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1
