"""Networks under study, by name."""

from __future__ import annotations

from assay.subjects.registry import load_subject, subject_names

__all__ = ["load_subject", "subject_names"]
