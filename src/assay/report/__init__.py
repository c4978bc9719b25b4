"""Self-contained HTML files: of a run's results, read from its folder alone; of observations."""

from __future__ import annotations

from assay.report.observed import write_observations
from assay.report.page import write_report

__all__ = ["write_observations", "write_report"]
