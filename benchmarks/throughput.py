"""How much faster candidates are made in one batch than one by one, and how fast judges are.

    python benchmarks/throughput.py [--size 160] [--passes 1024] [--device cpu] [--json]

A tool makes the four candidates of a cell in one batch, as in a run, and then each of the four by
itself with a quarter of the passes; both spend the same. Then the judges of the suite `core` answer
its first question with four pictures in hand. One core; on
a GPU the clock is the wall's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch

from assay.bench import make_bench
from assay.envelopes import PredictGiven
from assay.hooks import Meter
from assay.subject import Metered
from assay.subjects import load_subject
from assay.suite import load_suite
from assay.types import Budget, Images

CANDIDATES = 4
METHODS = ("target_fourier_fv", "adversarial_patch", "tabor")
TASK, SUBJECT = "rediscover", "lite0-trojaned"


def seconds(work: Callable[[], object], device: str) -> float:
    """Processor time of one call: other programs' work is not ours; on a GPU the wall's time."""
    on_gpu = device.startswith("cuda")
    clock = time.perf_counter if on_gpu else time.process_time
    start = clock()
    work()
    if on_gpu:
        torch.cuda.synchronize()
    return clock() - start


def batched(size: int, passes: int, device: str, rounds: int) -> dict[str, dict[str, float]]:
    """Seconds of four candidates in one batch and one by one, by method."""
    suite = load_suite("core")
    subject = load_subject("lite0", size)
    pictures = torch.rand(16, 3, size, size, generator=torch.Generator().manual_seed(1))

    def explain(name: str, shown: int, budget: int) -> None:
        given = PredictGiven(Metered(subject, Meter(), device), 30, None, pictures, shown)
        rng = torch.Generator().manual_seed(0)
        suite.plugin("methods", name).explain(given, Budget(budget), rng)

    def one_by_one(name: str) -> None:
        for _ in range(CANDIDATES):
            explain(name, 1, passes // CANDIDATES)

    rows: dict[str, dict[str, float]] = {}
    for name in METHODS:
        times: dict[str, list[float]] = {"batch": [], "loop": []}
        for turn in range(rounds + 1):
            for key, work in (
                ("batch", lambda n=name: explain(n, CANDIDATES, passes)),
                ("loop", lambda n=name: one_by_one(n)),
            ):
                taken = seconds(work, device)
                # The first turn warms up.
                if turn > 0:
                    times[key].append(taken)
        middle = {key: statistics.median(found) for key, found in times.items()}
        rows[name] = {**middle, "speed_up": middle["loop"] / middle["batch"]}
    return rows


def judged(rounds: int) -> dict[str, dict[str, float]]:
    """Seconds of an answer, and answers and pictures a second, by judge."""
    suite = load_suite("core")
    bench = make_bench(suite)
    case = next(iter(bench.tasks[TASK, SUBJECT].cases(0)))
    question = case.question.open()
    pictures = torch.rand(CANDIDATES, 3, suite.size, suite.size)
    finding = Images(pictures, (0.0,) * CANDIDATES, tuple(range(CANDIDATES)))
    rows: dict[str, dict[str, float]] = {}
    for name in suite.judges_of(TASK):
        judge = bench.judges[name]
        times = [
            seconds(lambda j=judge: j.answer(question, finding, torch.Generator()), "cpu")
            for _ in range(rounds + 1)
        ]
        # The first answer reads the question's pictures, which the others remember.
        taken = statistics.median(times[1:])
        rows[name] = {"first_s": times[0], "answer_s": taken, "answers_a_second": 1 / taken,
                      "pictures_a_second": CANDIDATES / taken}  # fmt: skip
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="A batch over a loop; judged items a second.")
    parser.add_argument("--size", type=int, default=160, help="side of the pictures in pixels")
    parser.add_argument("--passes", type=int, default=1024, help="of the four candidates together")
    parser.add_argument("--rounds", type=int, default=3, help="turns that are measured")
    parser.add_argument("--device", default="cpu", help="cpu or cuda, for the tools")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    made = batched(options.size, options.passes, options.device, options.rounds)
    answered = judged(options.rounds)
    if options.json:
        said = {"size": options.size, "passes": options.passes, "device": options.device}
        print(json.dumps({**said, "candidates": CANDIDATES, "methods": made, "judges": answered}))
        return 0
    print(f"{options.size} px, {CANDIDATES} candidates, {options.passes} passes, {options.device}")
    for name, row in made.items():
        print(
            f"{name:24} one batch {row['batch']:6.1f} s  one by one {row['loop']:6.1f} s  "
            f"{row['speed_up']:.2f} times as fast"
        )
    for name, row in answered.items():
        print(
            f"{name:24} first answer {row['first_s']:6.2f} s  others {row['answer_s']:6.2f} s  "
            f"{row['answers_a_second']:.2f} answers and {row['pictures_a_second']:.1f} pictures "
            "a second"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
