"""One case, step by step: what `assay run` does for every cell of a suite.

The network is written by hand, so it is known which three of its channels carry the class "red".
"""

import dataclasses

import torch

from assay.hooks import Meter
from assay.plugins import make_plugin
from assay.subject import Metered
from assay.types import Budget, Ranking

task = make_plugin("tasks", "ablate")
method = make_plugin("methods", "gradient_ranking")
judge = make_plugin("judges", "ablator")

# The task makes cases; each has three envelopes, and none has been opened.
case = next(iter(task.cases(seed=0)))

# The tool opens what is given. Its passes of the network are counted.
meter = Meter(limit=1024)
given = case.given.open()
given = dataclasses.replace(given, subject=Metered(given.subject, meter))
finding = method.explain(given, Budget(1024), torch.Generator().manual_seed(0))
assert isinstance(finding, Ranking)
print(f"{case.name}: the tool ranks channels {finding.units[:5]} first, for {meter.passes} passes")

# The judge opens the question: it ablates the first three and measures what is lost.
answer = judge.answer(case.question.open(), finding, torch.Generator().manual_seed(1))

# The task alone opens the truth.
for name, value in task.grade(case.truth.open(), answer).items():
    print(f"  {name:15} {value:6.2f}")
