"""What every test here starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.trial import record


@pytest.fixture(autouse=True)
def records(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of judges' records: no test depends on what the package's judges did."""
    folder = tmp_path_factory.mktemp("trials")
    monkeypatch.setattr(record, "trials_folder", lambda: folder)
    return folder
