"""A long training that may be interrupted: kept in a file of its own, and gone on with."""

from __future__ import annotations

import io
import json
import pickle
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from assay.files import write_or_tell
from assay.types import AssayError


@dataclass
class Unfinished:
    """The file in which a training is kept while it runs.

    `told` is all that the result depends on, as plain JSON: another training's file is refused.
    It is written at most once in `every` seconds, since it is large.
    """

    path: Path
    told: Mapping[str, Any]
    every: float = 60.0
    _kept: float = field(default_factory=time.monotonic, repr=False)

    def begin(self) -> tuple[int, dict[str, Any]]:
        """How many steps are made, and the state after them; 0 and nothing where there is none.

        AssayError, one sentence, where the file is no training, or another one's.
        """
        if not self.path.is_file():
            return 0, {}
        read = _read(self.path)
        if read["told"] != _spelled(self.told):
            raise AssayError(
                f"{self.path} is another training's (another recipe, network, data or start): "
                "delete it, or give the numbers that it was begun with"
            )
        return read["steps"], read["state"]

    def keep(self, steps: int, state: Callable[[], dict[str, Any]]) -> None:
        """Write what `state()` gives, tensors and plain values, if it is time to."""
        if time.monotonic() - self._kept < self.every:
            return
        packed = io.BytesIO()
        torch.save({"told": _spelled(self.told), "steps": steps, "state": state()}, packed)
        write_or_tell(self.path, packed.getvalue())
        self._kept = time.monotonic()


def steps_made(path: Path) -> int:
    """How many steps an interrupted training has made; 0 where there is none."""
    return _read(path)["steps"] if path.is_file() else 0


def _spelled(told: Mapping[str, Any]) -> str:
    return json.dumps(told, sort_keys=True)


def _read(path: Path) -> dict[str, Any]:
    wanted = {"told": str, "steps": int, "state": dict}
    # Not torch's own words, which advise a user to read a file that he can't trust.
    sentence = f"{path} is no training to go on with: delete it to begin anew"
    try:
        read = torch.load(path, "cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise AssayError(sentence) from error
    if not isinstance(read, dict) or any(
        not isinstance(read.get(name), kind) for name, kind in wanted.items()
    ):
        raise AssayError(sentence)
    return read
