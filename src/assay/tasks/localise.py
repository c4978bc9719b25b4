"""Localise: where in a picture is the patch that brings out the class?

The attribution test of Casper et al. 2023 (arXiv 2302.10894): a tool gets the network, the target
class and held-out pictures that hold the trigger; its maps are held against the trigger's
footprint. On the clean twin nothing brings out the class there: what a map shows is a false alarm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.envelopes import LocaliseGiven, LocaliseQuestion, LocaliseTruth
from assay.kit import load_kit
from assay.measures.localisation import correlation, mass_inside, pointing, silent
from assay.plugins import Family, Task
from assay.subject import Subject
from assay.subjects import load_subject
from assay.trojans.catalogue import Trojan, load_catalogue
from assay.trojans.fitness import unfit
from assay.trojans.world import World, generator
from assay.types import Answer, Case, Envelope, Finding, Heatmaps, digest

# How many of a case's pictures the report shows, and the colour of the outline on them.
SHOWN = 4
OUTLINE = (0.0, 1.0, 0.35)


@lru_cache(maxsize=2)
def held_out(size: int) -> World:
    """The kit's held-out pictures, decoded once a process."""
    return World(load_kit(), "held_out", size)


@dataclass(frozen=True)
class Localise(Task):
    """A case for each patch trojan of a catalogue: `pictures` held-out ones, the patch in each.

    Pictures, places, sizes and turns are drawn from the seed, the same on a network and its clean
    twin: backgrounds, or for a class-universal trojan objects of its source class. The footprint is
    where the patch covers more than half of a pixel. Graded is the positive part of each map, for
    every tool alike: what speaks against the class is no evidence of where the trigger is.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    offers_options: ClassVar[bool] = False

    catalogue: str = "twelve"
    subject: str = "lite0-trojaned"
    size: int = 160
    pictures: int = 30

    def __post_init__(self) -> None:
        if self.pictures < 1:
            raise ValueError("there must be at least one picture")

    def problems(self) -> list[str]:
        """Why this task can't run: what is unfit for any task, or a catalogue without patches."""
        found = unfit(self.catalogue, self.subject, self.size)
        if not found and not self._trojans():
            found.append(f"the catalogue {self.catalogue!r} has no patch, which localise needs")
        return found

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        for trojan in self._trojans():
            # Not the subject: the twin is asked about the same pictures.
            common = {
                "task": "localise",
                "version": self.version,
                "kit": load_kit().digest,
                "trigger": trojan.trigger,
                "source": trojan.source_object,
                "size": self.size,
                "pictures": self.pictures,
                "seed": seed,
            }
            given = {**common, "subject": subject.digest, "target": trojan.target}
            yield Case(
                name=trojan.name,
                kind=trojan.kind,
                given=Envelope(digest(given), partial(self._given, subject, trojan, seed)),
                question=Envelope(
                    digest({**common, "asked": "where"}), partial(self._question, trojan, seed)
                ),
                truth=Envelope(
                    digest({**common, "truth": "footprints"}), partial(self._truth, trojan, seed)
                ),
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """The footprints themselves."""
        return Heatmaps(case.truth.open().footprints)

    def grade(self, truth: LocaliseTruth, answer: Answer) -> dict[str, float]:
        """Means over the pictures, of the positive part of the maps.

        `correlation` with the footprint over all pixels, in [-1, 1]; `inside`, the share of the
        mass on it; `pointing`, how often the highest place is on it; `silent`, the share of the
        maps that say nothing (and count as a blind guess does).
        """
        assert answer.maps is not None
        maps, footprints = answer.maps.numpy(), truth.footprints.numpy()
        return {
            "correlation": float(correlation(maps, footprints).mean()),
            "inside": float(mass_inside(maps, footprints).mean()),
            "pointing": float(pointing(maps, footprints).mean()),
            "silent": float(silent(maps).mean()),
        }

    def _trojans(self) -> list[Trojan]:
        return [t for t in load_catalogue(self.catalogue).trojans if t.kind == "patch"]

    def _pictures(self, trojan: Trojan, seed: int) -> tuple[Tensor, Tensor]:
        """Pictures with the trigger (n, 3, s, s), and footprints (n, s, s) of 0 and 1."""
        rng = generator("localise", trojan.name, trojan.trigger, seed)
        world = held_out(self.size)
        if trojan.source_object is not None:
            bare = world.objects(trojan.source_object, self.pictures, rng)
        else:
            bare = world.backgrounds(self.pictures, rng)
        pictures, covered = world.paste_where("patch", trojan.trigger, bare, rng)
        return pictures, (covered[:, 0] > 0.5).float()

    def _given(self, subject: Subject, trojan: Trojan, seed: int) -> LocaliseGiven:
        return LocaliseGiven(subject, trojan.target, self._pictures(trojan, seed)[0])

    def _question(self, trojan: Trojan, seed: int) -> LocaliseQuestion:
        return LocaliseQuestion(self._pictures(trojan, seed)[0])

    def _truth(self, trojan: Trojan, seed: int) -> LocaliseTruth:
        pictures, footprints = self._pictures(trojan, seed)
        shown = outlined(pictures[:SHOWN], footprints[:SHOWN])
        return LocaliseTruth(trojan.trigger, footprints, shown)


def outlined(pictures: Tensor, footprints: Tensor) -> Tensor:
    """The pictures (n, 3, s, s) with a line, two pixels wide, around each footprint (n, s, s)."""
    around = F.max_pool2d(footprints[:, None], 5, 1, 2) - footprints[:, None]
    colour = torch.tensor(OUTLINE).view(1, 3, 1, 1)
    return pictures * (1 - around) + colour * around
