"""Runs the suite of a few seconds and reads its results: the same as `assay run smoke`."""

import sys

import assay

out = sys.argv[1] if len(sys.argv) > 1 else "results/smoke"
run = assay.run("smoke", out=out)
print(run.table())
best = max(
    (r for r in run.rows() if r.metric == "correct" and r.method != "ideal"),
    key=lambda r: r.mean or 0,
)
print(f"highest share of right answers: {best.mean:.2f}, by {best.method} on {best.subject}")
