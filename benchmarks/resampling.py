"""How much faster all methods' means are resampled together than in a plain loop.

    python benchmarks/resampling.py [--resamples 10000] [--json]

A table of 9 methods x 48 cases x 3 seeds, on one core: 10,000 resamples should take less than a
second. The loop resamples one method, and fewer times; its time is scaled to the same work.
"""

from __future__ import annotations

import argparse
import json
import os

# Before numpy is loaded: on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import time
from collections.abc import Callable

import numpy as np

from assay.measures.intervals import resample_means

METHODS, CASES, SEEDS = 9, 48, 3
KINDS = tuple(("patch", "style", "object", "scene")[i % 4] for i in range(CASES))
LIMIT_SECONDS = 1.0
ROUNDS = 3
LOOPED = 50


def loop_means(table: np.ndarray, resamples: int) -> np.ndarray:
    """The means of one method's table cases x seeds, resampled as it is said, one by one."""
    rng = np.random.default_rng(0)
    members = [[i for i, kind in enumerate(KINDS) if kind == k] for k in dict.fromkeys(KINDS)]
    means = []
    for _ in range(resamples):
        values = []
        for some in members:
            for case in rng.choice(some, len(some)):
                values.append(rng.choice(table[case], SEEDS).mean())
        means.append(np.mean(values))
    return np.array(means)


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call: other programs' work is not ours."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(resamples: int) -> dict[str, float]:
    """Seconds of all methods together, with and without gaps, of the loop, and their ratio."""
    stack = np.random.default_rng(1).random((METHODS, CASES, SEEDS))
    # Every method lacks other cells: nothing is shared but the draws.
    gaps = np.where(np.random.default_rng(2).random(stack.shape) < 0.05, np.nan, stack)
    times: dict[str, list[float]] = {"together": [], "with gaps": [], "loop": []}
    for _ in range(ROUNDS):
        times["together"].append(seconds(lambda: resample_means(stack, KINDS, resamples)))
        times["with gaps"].append(seconds(lambda: resample_means(gaps, KINDS, resamples)))
        looped = seconds(lambda: loop_means(stack[0], LOOPED))
        times["loop"].append(looped * METHODS * resamples / LOOPED)
    found = {name: statistics.median(values) for name, values in times.items()}
    return {**found, "ratio": found["loop"] / found["together"]}


def main() -> int:
    parser = argparse.ArgumentParser(description="Resampling all methods at once, over a loop.")
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(options.resamples)
    if options.json:
        print(json.dumps({"resamples": options.resamples, "limit": LIMIT_SECONDS, **found}))
    else:
        print(f"{METHODS} x {CASES} x {SEEDS}, {options.resamples} resamples, one core")
        print(
            f"together {found['together']:.2f} s (with gaps {found['with gaps']:.2f} s), "
            f"a plain loop {found['loop']:.0f} s: {found['ratio']:.0f} times faster"
        )
    return 1 if found["together"] > LIMIT_SECONDS else 0


if __name__ == "__main__":
    raise SystemExit(main())
