"""What a method's step takes, over the bare passes of the network that it is charged for.

    python benchmarks/overhead.py [--size 160] [--passes 512] [--json]

Steps and bare passes are taken in turns in one run, and medians compared. A patch's and a Fourier
visualization's step may take 1.25 times as long as its passes; a CPPN's own time is printed apart.
Then each method of the suite `core` that shows pictures makes one finding of `--passes` passes (0:
none), and the whole
of its time is set against that many bare passes, forward and back: a method whose scores are made
without gradients, or whose pool is remembered, is charged for passes that take less.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from assay.envelopes import PredictGiven
from assay.hooks import Meter
from assay.methods.adversarial_patch import AdversarialPatch
from assay.subject import Metered
from assay.subjects import load_subject
from assay.suite import load_suite
from assay.synthesis.ascent import Ascent, climb, evaluate, gradient
from assay.synthesis.parameterizations import PARAMETERIZATIONS, Painting
from assay.synthesis.views import draw_places, draw_views, look, paste
from assay.types import Budget

BATCH = 16
LIMIT = 1.25
# name -> (parameterization, whether it is a patch)
STEPS = {
    "fourier visualization": ("fourier", False),
    "fourier patch": ("fourier", True),
    "pixel patch": ("pixels", True),
    "cppn visualization": ("cppn", False),
}
LIMITED = ("fourier visualization", "fourier patch", "pixel patch")


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call: other programs' work is not ours."""
    start = time.process_time()
    work()
    return time.process_time() - start


def stage(name: str, patch: bool, size: int) -> tuple[Painting, Callable[[Tensor], Tensor]]:
    """A painting and the view of it that gives BATCH pictures, as the methods have them."""
    rng = torch.Generator().manual_seed(0)
    make = PARAMETERIZATIONS[name]
    cpu = torch.device("cpu")
    if not patch:
        painting = make(BATCH, size, rng, cpu)
        return painting, lambda p: look(p, draw_views(BATCH, rng, jitter=12 / 224))
    fraction, each = AdversarialPatch.fraction, AdversarialPatch.backgrounds
    backgrounds = torch.rand(4 * BATCH, 3, size, size, generator=rng)

    def view(patches: Tensor) -> Tensor:
        under = backgrounds[torch.randint(len(backgrounds), (BATCH,), generator=rng)]
        places = draw_places(BATCH, rng, fraction=fraction)
        return paste(patches.repeat_interleave(each, 0), under, places)

    return make(BATCH // each, round(size * fraction), rng, cpu), view


def measure(size: int, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of a step, of its passes, and of the rest alone, and the overhead, by name."""
    network = load_subject("lite0", size).network()

    def target(views: Tensor, where: slice) -> Tensor:
        return network(views).log_softmax(1)[:, 30]

    def nothing(views: Tensor, where: slice) -> Tensor:
        return views.sum((1, 2, 3))

    pictures = torch.rand(BATCH, 3, size, size, generator=torch.Generator().manual_seed(1))
    works: dict[str, Callable[[], object]] = {
        "passes": lambda: gradient(pictures, target, BATCH),
    }
    one = Ascent(1, 1e-3, BATCH)
    for name, (parameterization, patch) in STEPS.items():
        painting, view = stage(parameterization, patch, size)
        works[name] = lambda p=painting, v=view: climb(p, v, target, one)
        works[f"{name} alone"] = lambda p=painting, v=view: climb(p, v, nothing, one)
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            taken = 1e3 * seconds(work)
            # The first turn warms up.
            if turn > 0:
                times[name].append(taken)
    middle = {name: statistics.median(values) for name, values in times.items()}
    return {
        name: {
            "step_ms": middle[name],
            "passes_ms": middle["passes"],
            "own_ms": middle[f"{name} alone"],
            "overhead": middle[name] / middle["passes"],
        }
        for name in STEPS
    }


def whole(size: int, passes: int) -> dict[str, dict[str, float]]:
    """Seconds of one finding by each method of `core` that shows pictures, and of its passes."""
    suite = load_suite("core")
    subject = load_subject("lite0", size)
    network = subject.network()
    pictures = torch.rand(BATCH, 3, size, size, generator=torch.Generator().manual_seed(1))

    def target(views: Tensor, where: slice) -> Tensor:
        return network(views).log_softmax(1)[:, 30]

    there = [seconds(lambda: evaluate(pictures, target, BATCH)) / BATCH for _ in range(4)]
    both = [seconds(lambda: gradient(pictures, target, BATCH)) / BATCH for _ in range(4)]
    # The first turn warms up.
    forward = statistics.median(there[1:])
    backward = statistics.median(both[1:]) - forward
    rows: dict[str, dict[str, float]] = {}
    for name in suite.methods_of("rediscover"):
        if name not in suite.methods:
            continue
        method = suite.plugin("methods", name)
        meter, rng = Meter(), torch.Generator().manual_seed(0)
        given = PredictGiven(Metered(subject, meter), 30, None, pictures, 4)
        taken = seconds(lambda m=method, g=given, r=rng: m.explain(g, Budget(passes), r))
        bare = meter.forward * forward + meter.backward * backward
        rows[name] = {"seconds": taken, "bare_s": bare, "passes": meter.passes}
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="What a step takes over its passes.")
    parser.add_argument("--size", type=int, default=160, help="side of the pictures in pixels")
    parser.add_argument("--rounds", type=int, default=9, help="turns that are measured")
    parser.add_argument("--passes", type=int, default=512, help="of one whole finding; 0: none")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = measure(options.size, options.rounds)
    findings = whole(options.size, options.passes) if options.passes else {}
    failed = [name for name in LIMITED if rows[name]["overhead"] > LIMIT]
    if options.json:
        said = {"size": options.size, "batch": BATCH, "limit": LIMIT, "rows": rows}
        print(json.dumps({**said, "findings": findings}))
    else:
        print(f"{options.size} px, {BATCH} pictures a step; one step, milliseconds")
        for name, row in rows.items():
            print(
                f"{name:24} step {row['step_ms']:7.0f}  network {row['passes_ms']:7.0f}  "
                f"own {row['own_ms']:6.0f}  overhead {row['overhead']:.2f}"
            )
        for name, row in findings.items():
            print(
                f"{name:24} finding {row['seconds']:6.1f} s  bare passes {row['bare_s']:6.1f} s  "
                f"({row['passes']:.0f} passes)"
            )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
