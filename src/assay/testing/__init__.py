"""Checks for plug-ins and networks: do they keep the rules that numbers rest on?

from assay.testing import check_method
check_method(MyMethod())

Each check is silent where all is well and raises AssertionError with one sentence where it isn't.
By default it works on networks written by hand, in a second or so; contents of one's own can be
passed.
"""

from assay.testing.combiners import check_combiner
from assay.testing.findings import check_finding
from assay.testing.judges import check_judge
from assay.testing.methods import check_method
from assay.testing.samples import sample_findings, sample_given, sample_question
from assay.testing.subjects import check_subject
from assay.testing.tasks import check_task

__all__ = [
    "check_combiner",
    "check_finding",
    "check_judge",
    "check_method",
    "check_subject",
    "check_task",
    "sample_findings",
    "sample_given",
    "sample_question",
]
