"""Files are there whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from assay.files import write_atomically, write_tensors
from assay.types import AssayError


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", no_space)


@pytest.mark.usefixtures("full_disk")
def test_a_broken_write_leaves_nothing_new_and_the_old_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"old")
    for name in ("old.png", "new.png"):
        with pytest.raises(OSError, match="No space"):
            write_atomically(tmp_path / name, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["old.png"]
    assert (tmp_path / "old.png").read_bytes() == b"old"


def test_tensors_come_back_with_what_was_said_and_are_as_readable_as_any_file(
    tmp_path: Path,
) -> None:
    turned = torch.arange(6.0).view(2, 3).T.requires_grad_()
    path = tmp_path / "made" / "one.safetensors"
    write_tensors(path, {"turned": turned}, {"by": "hand"})
    assert torch.equal(load_file(path)["turned"], turned)
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"by": "hand"}
    (tmp_path / "any").write_text("")
    assert path.stat().st_mode == (tmp_path / "any").stat().st_mode


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    with pytest.raises(AssayError, match=r"one.safetensors can't be written: No space left"):
        write_tensors(path, {"a": torch.zeros(1)}, {})


def test_a_file_in_a_folder_s_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AssayError, match="can't be written"):
        write_tensors(tmp_path / "file" / "one.safetensors", {"a": torch.zeros(1)}, {})
