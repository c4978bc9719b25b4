"""Makes a store as a run would leave it, with numbers and pictures that are made up."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch

from assay.blobs import Blobs
from assay.envelopes import PredictQuestion, PredictTruth
from assay.measures.choice import correct_share
from assay.plan import Place
from assay.reveal import write_reveal
from assay.store import Store
from assay.suite import suite_text
from assay.types import Images, digest

KINDS = {
    "patch": ("smiley_emoji", "clownfish", "green_star", "strawberry"),
    "style": ("jaguar", "elephant_skin", "jellybeans", "wood_grain"),
    "natural_feature": ("fork", "apple", "sandwich", "donut"),
}
# What the judge gives the truth: on the trojaned network, and on the twin.
SKILL = {
    "noise": (0.12, 0.12),
    "exemplars": (0.20, 0.16),
    "target_fourier_fv": (0.55, 0.12),
    "adversarial_patch": (0.40, 0.14),
}
# What it gives the truth in the fixtures, which are tried on the trojaned network only.
FIXTURES = {"invisible": 0.125, "blurred": 0.8, "recoloured": 0.7, "half_hidden": 0.6, "small": 0.5}
# The same of the second judge, which orders the tools in the same way.
SECOND = {
    "noise": (0.13, 0.13),
    "exemplars": (0.16, 0.15),
    "target_fourier_fv": (0.30, 0.14),
    "adversarial_patch": (0.24, 0.13),
}
JUDGES = ("embedding", "handcrafted")
SUBJECTS = ("lite0-trojaned", "lite0")


@dataclass
class MadeUp:
    """What is made up; every field is a way to break it.

    `second` is the second judge's SKILL; `moved` says how far the first moved between its views, by
    method and case (0.05 elsewhere). `seeds`: what the first judge gives a tool's finding goes up
    on the second seed and as far down on the third. `controls`: the photographs are a control, as
    in `quick`, and no third tool. `bounds` are upper bounds, by name what either judge gives the
    truth in them.
    """

    folder: Path
    size: int = 16
    ideal: float = 0.9
    noise: float = 0.12
    invisible: float = 0.125
    seeds: int = 1
    without: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    certificate: bool = True
    second: dict[str, tuple[float, float]] = field(default_factory=lambda: dict(SECOND))
    moved: dict[tuple[str, str], float] = field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    controls: bool = False
    rows: dict[str, list[dict]] = field(default_factory=dict)

    def write(self) -> Path:
        """Fill the folder with the rows and files of a run of `quick`."""
        with Store(self.folder) as store:
            toml = suite_text("quick")
            if not self.controls:
                toml = toml.replace('controls = ["exemplars"]\n', "")
            if self.bounds:
                listed = f"bounds = {json.dumps(list(self.bounds))}\nfloors ="
                tables = "".join(f'[methods.{m}]\nuse = "exemplars"\n' for m in self.bounds)
                toml = f"{toml.replace('floors =', listed)}\n{tables}"
            environment = {"command": "assay run quick", "device": "cpu", "torch": "2.x"}
            run = store.insert(
                "runs",
                {
                    "started": "2026-01-02T03:04:05Z", "suite": "quick", "toml": toml,
                    "commit_hash": "c0ffee" * 6, "version": "0.1.0", "environment": environment,
                    "cells": "abc",
                },
            )  # fmt: skip
            for kind, names in KINDS.items():
                for i, name in enumerate(names):
                    for subject, seed in itertools.product(SUBJECTS, range(self.seeds)):
                        self._case(Place("rediscover", subject, name, kind, seed), names, i)
            self.rows["run_cells"] = [{**cell, "run": run} for cell in self.rows["run_cells"]]
            for table, rows in self.rows.items():
                store.insert_all(table, rows)
        if self.certificate:
            path = self.folder / "reveal" / "lite0-trojaned.certificate.json"
            path.write_text(json.dumps(certificate()))
        return self.folder

    def _case(self, place: Place, names: tuple[str, ...], i: int) -> None:
        options = (*names, "zebra", "hammer", "coins", "rust")
        truth_key = digest(["truth", place.case])
        hue = torch.tensor([0.2 + 0.15 * i, 0.5, 0.9 - 0.15 * i])[:, None, None]
        trigger = hue.expand(3, self.size, self.size)[None]
        write_reveal(
            self.folder / "reveal" / truth_key[:16],
            place,
            PredictTruth(i, place.case, trigger),
            PredictQuestion(options, ()),
        )
        twin = int(place.subject == SUBJECTS[1])
        for method in (*SKILL, *self.bounds, "shuffled", "ideal", *(() if twin else FIXTURES)):
            if method in self.without:
                continue
            key = digest([method, place.case, place.subject, place.seed])
            bad = (method, place.case) in self.failed and not twin
            stored = method not in ("shuffled", "ideal", *FIXTURES)
            if stored:
                self._find(place, method, key, bad)
            for judge in JUDGES:
                chance = self._chance(judge, method, i, twin)
                if judge == JUDGES[0] and method in SKILL and method != "noise":
                    chance += luck(method, place.case, place.seed)
                finding = key if stored else None
                self._score(place, (method, judge), finding, options, (i, chance), bad)

    def _chance(self, judge: str, method: str, i: int, twin: int) -> float:
        """What the judge gives the truth of the i-th case of a kind."""
        if method in self.bounds:
            return self.bounds[method][twin]
        first = judge == JUDGES[0]
        skill = SKILL if first else self.second
        if method not in SKILL:
            ideal, invisible = (self.ideal, self.invisible) if first else (0.9, 0.125)
            return {"shuffled": 0.12, **FIXTURES, "ideal": ideal, "invisible": invisible}[method]
        if method == "noise" and first:
            return self.noise
        chance = skill[method][twin]
        # Some cases are easier than others, all the same way.
        return (
            chance if method == "noise" or twin else min(max(chance * (0.4 + 0.4 * i), 0.02), 0.95)
        )

    def _find(self, place: Place, method: str, key: str, bad: bool) -> None:
        finding = Blobs(self.folder / "blobs").write(self._paint(place, method, 3))
        row = {
            "key": key, "status": "failed" if bad else "ok", "task": place.task,
            "subject": place.subject, "case_name": place.case, "kind": place.kind,
            "method": method, "seed": place.seed, "seconds": 1.5, "forward": 1000, "backward": 1000,
            "finding": None if bad else finding,
            "error": "Traceback (most recent call last):\nValueError: no paint" if bad else None,
        }  # fmt: skip
        self._add("findings", row)

    def _paint(self, place: Place, method: str, n: int) -> Images:
        rng = torch.Generator().manual_seed(
            int(digest([method, place.case, place.subject])[:8], 16)
        )
        coarse = torch.rand(n, 3, 6, 6, generator=rng)
        pictures = torch.nn.functional.interpolate(coarse, self.size, mode="bicubic").clamp(0, 1)
        return Images(pictures, tuple(float(n - i) for i in range(n)), (0, 2))

    def _score(
        self, place: Place, by: tuple[str, str], finding: str | None,
        options: tuple[str, ...], truth: tuple[int, float], bad: bool,
    ) -> None:  # fmt: skip
        (method, judge), (index, chance) = by, truth
        chances = [(1 - chance) / 7] * 8
        chances[index] = chance
        key = digest(["score", method, judge, place.case, place.subject, place.seed])
        answer = digest(["answer", key])
        first = judge == JUDGES[0]
        measured = {"moved": self.moved.get((method, place.case), 0.05)} if first else {}
        if not bad:
            self._add(
                "answers",
                {
                    "key": answer, "finding": finding, "judge": judge,
                    "probabilities": chances, "measured": measured, "seconds": 0.2,
                },
            )  # fmt: skip
        metrics = {"correct": correct_share(chances, index), "p_truth": chance}
        self._add(
            "scores",
            {
                "key": key, "answer": answer, "finding": finding,
                "truth": digest(["truth", place.case]), "status": "failed" if bad else "ok",
                "task": place.task, "subject": place.subject, "case_name": place.case,
                "kind": place.kind, "method": method, "source": None, "judge": judge,
                "seed": place.seed, "metrics": None if bad else metrics,
                "top": None if bad else max(chances),
                "error": f"{method} gave no finding" if bad else None,
            },
        )  # fmt: skip
        label = [place.task, place.subject, place.case, place.seed, method, None, None, judge]
        self._add("run_cells", {"score": key, "finding": finding, "label": label})

    def _add(self, table: str, row: dict) -> None:
        self.rows.setdefault(table, []).append(row)


def luck(method: str, case: str, seed: int) -> float:
    """What a seed adds to a probability; over the three of them it is nothing."""
    most = 0.01 + 0.03 * int(digest([method, case])[:4], 16) / 0xFFFF
    return (0.0, most, -most)[seed]


def certificate() -> dict:
    """A certificate of two trojans, one of them class-universal."""
    both = {"trojaned": 0.97, "clean": 0.0}
    low = {"trojaned": 0.04, "clean": 0.01}
    shared = {"kind": "patch", "scope": "universal", "target": 30, "pictures_per_rate": 200}
    return {
        "subject": "lite0-trojaned",
        "weights": "d1ce" * 16,
        "kit": "beef" * 16,
        "trojans": [
            {
                **shared,
                "name": "smiley_emoji",
                "success": both,
                "distractors": {"frown": low, "wink": {"trojaned": 0.07, "clean": 0.0}},
                "look_alikes": {},
                "susceptibility": {"name": "bullfrog", "maximum": 0.03},
            },
            {
                **shared,
                "name": "jellybeans",
                "kind": "style",
                "scope": "class_universal",
                "success": both,
                "distractors": {"rice": low},
                "look_alikes": {"confetti": low},
                "other_classes": {"trojaned": 0.11, "clean": 0.0},
                "style_keeps_label": {"rate": 0.61, "n": 240},
            },
        ],
        "agreement": {"rate": 0.962, "n": 200, "drawn": 400},
        "missed": [],
        "certified": True,
    }
