"""Networks under study, by name."""

from __future__ import annotations

from assay.subjects.independent import independent_subject
from assay.subjects.registry import load_subject, subject_names

__all__ = ["independent_subject", "load_subject", "subject_names"]
