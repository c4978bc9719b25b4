"""What every test here starts from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.trial import record


@pytest.fixture(scope="session", autouse=True)
def no_records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same for what a module's tests share, which is made before any test of it begins."""
    empty = tmp_path_factory.mktemp("no-trials")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "trials_folder", lambda: empty)
        yield


@pytest.fixture(autouse=True)
def records(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of judges' records: no test depends on what the package's judges did."""
    folder = tmp_path_factory.mktemp("trials")
    monkeypatch.setattr(record, "trials_folder", lambda: folder)
    return folder
