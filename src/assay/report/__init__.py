"""One self-contained HTML file of a run's results; reads the store's folder and nothing else."""

from __future__ import annotations

from assay.report.page import write_report

__all__ = ["write_report"]
