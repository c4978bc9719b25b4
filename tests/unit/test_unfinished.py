"""A training that was interrupted is gone on with, and another one's file is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from assay.types import AssayError
from assay.unfinished import Unfinished, steps_made


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    unfinished = Unfinished(tmp_path / "new" / "a.training", {"rate": 0.1, "sides": (1, 2)}, 0)
    assert unfinished.begin() == (0, {})
    assert steps_made(unfinished.path) == 0
    unfinished.keep(3, lambda: {"weights": {"a": torch.tensor([0.5])}, "history": [[1.0]]})
    again = Unfinished(unfinished.path, {"sides": [1, 2], "rate": 0.1})
    steps, state = again.begin()
    assert (steps, steps_made(unfinished.path)) == (3, 3)
    assert state["weights"]["a"].tolist() == [0.5]
    assert state["history"] == [[1.0]]


def test_it_is_written_when_it_is_time_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    unfinished = Unfinished(tmp_path / "a.training", {}, 60, now[0])
    written = []
    for step, moment in enumerate((110.0, 159.0, 160.0, 170.0, 219.0, 221.0), 1):
        now[0] = moment
        unfinished.keep(step, dict)
        written.append(steps_made(unfinished.path))
    assert written == [0, 0, 3, 3, 3, 6]


def test_another_training_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.training"
    Unfinished(path, {"rate": 0.1}, 0).keep(3, dict)
    with pytest.raises(AssayError, match=r"a.training is another training's"):
        Unfinished(path, {"rate": 0.2}).begin()


def _as_torch(path: Path, value: Any) -> None:
    torch.save(value, path)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b"nothing"),
        lambda path: path.write_bytes(b""),
        lambda path: _as_torch(path, {"told": "{}", "steps": 3}),
        lambda path: _as_torch(path, [1]),
        lambda path: _as_torch(path, {"told": Path("a")}),
    ],
)
def test_a_file_that_is_no_training_is_one_sentence(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "a.training"
    write(path)
    for ask in (Unfinished(path, {}).begin, lambda: steps_made(path)):
        with pytest.raises(AssayError, match=r"no training to go on with: delete it") as told:
            ask()
        assert len(str(told.value).splitlines()) == 1


def test_a_full_disk_is_one_sentence_and_what_was_kept_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    unfinished = Unfinished(tmp_path / "a.training", {}, 0)
    unfinished.keep(1, dict)
    monkeypatch.setattr("os.replace", no_space)
    with pytest.raises(AssayError, match="can't be written: No space left"):
        unfinished.keep(2, dict)
    assert steps_made(unfinished.path) == 1
