"""Assay finds out what interpretability tools are worth, by what they let somebody do.

import assay
run = assay.run("smoke")
print(run.table())
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api import Run, check, load, run
    from assay.evaluating import evaluate
    from assay.evaluation import Evaluation
    from assay.explaining import explain
    from assay.plugins import Combiner, Judge, Method, Task
    from assay.subject import Subject
    from assay.types import (
        Answer,
        AssayError,
        Budget,
        Case,
        Edit,
        Envelope,
        Heatmaps,
        Images,
        Ranking,
        Surrogate,
        UnsupportedError,
        Words,
    )

# Looked up when asked for: importing torch takes seconds, and `assay --help` needs none.
_HOMES = {
    "assay.api": ("Run", "check", "load", "run"),
    "assay.evaluating": ("evaluate",),
    "assay.evaluation": ("Evaluation",),
    "assay.explaining": ("explain",),
    "assay.plugins": ("Combiner", "Judge", "Method", "Task"),
    "assay.subject": ("Subject",),
    "assay.types": (
        "Answer",
        "AssayError",
        "Budget",
        "Case",
        "Edit",
        "Envelope",
        "Heatmaps",
        "Images",
        "Ranking",
        "Surrogate",
        "UnsupportedError",
        "Words",
    ),
}

__all__ = [
    "Answer",
    "AssayError",
    "Budget",
    "Case",
    "Combiner",
    "Edit",
    "Envelope",
    "Evaluation",
    "Heatmaps",
    "Images",
    "Judge",
    "Method",
    "Ranking",
    "Run",
    "Subject",
    "Surrogate",
    "Task",
    "UnsupportedError",
    "Words",
    "check",
    "evaluate",
    "explain",
    "load",
    "run",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'assay' has no attribute {name!r}")
