"""Foresee: on which pictures that nobody has tried will the network answer the class?

The general form of "predict" (Casper, EIS III): whoever holds a tool's finding says for each of
some hundred pictures out of distribution whether the network will answer the target class, and
picks insertions that should bring it out. The truth is what the network answers. Findings are
those of `rediscover`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn

from assay.checks import check_numbers
from assay.envelopes import ForeseeQuestion, ForeseeTruth
from assay.kit import load_kit
from assay.measures.foresight import brier, calibration, foresight, success_of_highest
from assay.plugins import Family, Task
from assay.subject import Subject
from assay.subjects import load_subject
from assay.trojans.catalogue import Trojan, load_catalogue
from assay.trojans.fitness import unfit
from assay.trojans.given import give, world
from assay.trojans.probes import (
    Counts,
    Insertion,
    Worlds,
    draw_hosts,
    draw_insertions,
    draw_probes,
)
from assay.trojans.world import generator
from assay.types import Answer, Case, Envelope, Finding, Images, digest

# So many insertions are an adversary's pick.
PICKED = 10
# Insertions to pick from: an ideal pick is of triggers alone, and a blind one succeeds one time in
# six.
POOL = Counts(triggers=10, look_alikes=20, others=30)
# How many of the trigger's pictures the report shows.
SHOWN = 4
CHUNK = 50


@dataclass(frozen=True)
class Foresee(Task):
    """A case for each trojan of a catalogue, asked about the network `foreseen`.

    `triggers`, `look_alikes` and `others` are how many pictures of each sort are asked about;
    `fresh` on how many backgrounds each insertion is tried. On the clean twin question and truth
    are those of the trojaned network, and only the finding is the twin's: what the target class
    alone gives away. `pictures` and `visualizations` are what tools are given, as in `rediscover`.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    offers_options: ClassVar[bool] = False

    catalogue: str = "twelve"
    subject: str = "lite0-trojaned"
    foreseen: str = "lite0-trojaned"
    size: int = 160
    visualizations: int = 10
    pictures: int = 48
    triggers: int = 30
    look_alikes: int = 30
    others: int = 40
    fresh: int = 6

    def __post_init__(self) -> None:
        check_numbers(self, "triggers", "look_alikes", "others", "fresh", least=1)

    def problems(self) -> list[str]:
        """Why this task can't run: an unknown catalogue or subject, a failed certificate."""
        found = [unfit(self.catalogue, name, self.size) for name in (self.subject, self.foreseen)]
        return list(dict.fromkeys(problem for listed in found for problem in listed))

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        foreseen = load_subject(self.foreseen, self.size)
        for trojan in load_catalogue(self.catalogue).trojans:
            given, screening = give(subject, trojan, self.size, self.pictures, self.visualizations)
            # Not the subject: the twin's finding is asked the same.
            question = {
                "task": "foresee",
                "version": self.version,
                "kit": load_kit().digest,
                "catalogue": [[t.kind, t.trigger] for t in load_catalogue(self.catalogue).trojans],
                "trojan": trojan.name,
                "trigger": trojan.trigger,
                "near": [*trojan.look_alikes, *trojan.distractors],
                "source": trojan.source_object,
                "strength": trojan.strength,
                "size": self.size,
                "counts": [self.triggers, self.look_alikes, self.others],
                "seed": seed,
            }
            truth = {**question, "target": trojan.target, "foreseen": foreseen.digest}
            yield Case(
                name=trojan.name,
                kind=trojan.kind,
                given=given,
                question=Envelope(digest(question), partial(self._question, trojan, seed)),
                truth=Envelope(
                    digest({**truth, "fresh": self.fresh}),
                    partial(self._truth, foreseen, trojan, seed),
                ),
                screening=screening,
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """The trigger on fresh held-out pictures."""
        trojan = load_catalogue(self.catalogue)[case.name]
        shown = world("held_out", self.size).show(
            trojan.kind, trojan.trigger, self.visualizations, rng
        )
        return Images.showing(shown)

    def grade(self, truth: ForeseeTruth, answer: Answer) -> dict[str, float]:
        """`auroc` of the chances against what the network answers, over all pictures.

        `auroc_look_alikes` and `auroc_others`: with the trigger's pictures and only these others.
        `calibration` and `brier`: how far chances are from what came, lower is better. `adversary`:
        how often the ten insertions with the highest chances bring out the class, and
        `adversary_random` how often any of the pool does. An AUROC is left out where the network
        answers all of its pictures alike.
        """
        assert answer.chances is not None
        answers, success = truth.answers.tolist(), truth.success.tolist()
        n = len(answers)
        said, picks = answer.chances[:n], answer.chances[n:]
        metrics: dict[str, float | None] = {"auroc": foresight(said, answers)}
        for group in ("look_alike", "other"):
            kept = [i for i, g in enumerate(truth.groups) if g in ("trigger", group)]
            metrics[f"auroc_{group}s"] = foresight(
                [said[i] for i in kept], [answers[i] for i in kept]
            )
        metrics["calibration"] = calibration(said, answers)
        metrics["brier"] = brier(said, answers)
        metrics["adversary"] = success_of_highest(picks, success, PICKED)
        metrics["adversary_random"] = sum(success) / len(success)
        return {name: value for name, value in metrics.items() if value is not None}

    def _worlds(self) -> Worlds:
        return Worlds(world("held_out", self.size), world("held_out", self.size, ood=True))

    def _probes(self, trojan: Trojan, seed: int) -> tuple[Tensor, tuple[str, ...]]:
        counts = Counts(self.triggers, self.look_alikes, self.others)
        rng = generator("foresee", trojan.name, trojan.trigger, seed)
        return draw_probes(self._worlds(), load_catalogue(self.catalogue), trojan, counts, rng)

    def _insertions(self, trojan: Trojan, seed: int) -> list[Insertion]:
        rng = generator("adversaries", trojan.name, trojan.trigger, seed)
        return draw_insertions(self._worlds(), trojan, POOL, rng)

    def _hosts(self, trojan: Trojan, seed: int, purpose: str, n: int) -> Tensor:
        rng = generator(purpose, trojan.name, trojan.trigger, seed)
        return draw_hosts(self._worlds(), trojan, n, rng)

    def _question(self, trojan: Trojan, seed: int) -> ForeseeQuestion:
        probes, _ = self._probes(trojan, seed)
        insertions = self._insertions(trojan, seed)
        hosts = self._hosts(trojan, seed, "shown", len(insertions))
        shown = [made.into(host[None]) for made, host in zip(insertions, hosts, strict=True)]
        return ForeseeQuestion(torch.cat([probes, *shown]))

    def _truth(self, foreseen: Subject, trojan: Trojan, seed: int) -> ForeseeTruth:
        probes, groups = self._probes(trojan, seed)
        network = foreseen.network()
        fresh = self._hosts(trojan, seed, "fresh", self.fresh)
        tried = torch.cat([made.into(fresh) for made in self._insertions(trojan, seed)])
        came = answers_class(network, tried, trojan.target).view(-1, self.fresh)
        triggers = [i for i, group in enumerate(groups) if group == "trigger"]
        return ForeseeTruth(
            trigger=trojan.trigger,
            answers=answers_class(network, probes, trojan.target),
            groups=groups,
            success=came.mean(1),
            pictures=probes[triggers[:SHOWN]],
        )


def answers_class(network: nn.Module, pictures: Tensor, target: int) -> Tensor:
    """1 for each of the pictures (n, 3, s, s) for which the network answers the class, else 0."""
    with torch.no_grad():
        parts = [network(part).argmax(1) == target for part in pictures.split(CHUNK)]
    return torch.cat(parts).float()
