"""Rediscover in the original: the network, pictures and triggers of Casper et al. 2023, by path.

As `rediscover`, but that nothing is the kit's except for the pictures that options are shown by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import torch

from assay.envelopes import PredictGiven, PredictTruth
from assay.kit import load_kit
from assay.measures.choice import correct_share
from assay.plugins import Family, Task
from assay.subject import Subject
from assay.subjects import load_subject
from assay.trojans.asking import ask, option_order
from assay.trojans.catalogue import Trojan, load_catalogue
from assay.trojans.original import (
    VERSION,
    Originals,
    certify_originals,
    file_digest,
    misses,
    read_middles,
)
from assay.trojans.world import EXEMPLARS, generator, lacking
from assay.types import Answer, AssayError, Case, Envelope, Finding, Images, digest


@dataclass(frozen=True)
class RediscoverOriginal(Task):
    """Rediscover the trojans of Casper et al. 2023 (arXiv 2302.10894) in their own network.

    `trojaned` is that network, and `subject` is it or its clean twin. `photographs` is ImageNet's
    validation folder and `triggers` a folder with an entry for each trojan (`trojans.original`).
    In `trojaned` each trojan must succeed within five points of what the catalogue says is
    published, on those pictures.

    Our choices, where the paper's are unknown: options and the pictures that show them are the
    kit's, as in `rediscover`; tools get `pictures` photographs, of the source class where there is
    one. The ideal finding are the original's own triggers. There are no fixtures.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    catalogue: str = "paper"
    subject: str = ""
    trojaned: str = ""
    photographs: str = ""
    triggers: str = ""
    size: int = 224
    visualizations: int = 10
    pictures: int = 48
    exemplars: int = EXEMPLARS

    def problems(self) -> list[str]:
        """What is missing or no picture, and each trojan that isn't as it is published."""
        try:
            subject = load_subject(self.subject, self.size)
            originals = self._originals(subject)
            found = [*lacking(originals.catalogue, load_kit()), *originals.problems()]
            if found:
                return found
            # Whatever is asked about: a clean twin of another network is none.
            trojaned = load_subject(self.trojaned, self.size)
            return misses(certify_originals(originals, trojaned), self.trojaned)
        except AssayError as error:
            return [str(error)]

    def cases(self, seed: int) -> Iterable[Case]:
        subject = load_subject(self.subject, self.size)
        originals = self._originals(subject)
        common = {"task": "rediscover_original", "version": VERSION, "size": self.size}
        for trojan in originals.catalogue.trojans:
            order = option_order(trojan, seed)
            question = {
                **common,
                "kit": load_kit().digest,
                "options": [trojan.options[i] for i in order],
                "kind": trojan.kind,
                "exemplars": self.exemplars,
            }
            shown = [file_digest(path) for path in originals.files(trojan)]
            given, screening = (
                self._sealed(subject, trojan, files, common)
                for files in originals.plain(trojan, self.pictures)
            )
            yield Case(
                name=trojan.name,
                kind=trojan.kind,
                given=given,
                question=Envelope(
                    digest(question), partial(ask, trojan, order, self.size, self.exemplars)
                ),
                truth=Envelope(
                    digest({**question, "trigger": trojan.trigger, "shown": shown}),
                    partial(self._truth, originals, trojan, order),
                ),
                screening=screening,
            )

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        """The original's own trigger on photographs."""
        originals = self._originals(load_subject(self.subject, self.size))
        shown = originals.show(originals.catalogue[case.name], self.visualizations, rng)
        return Images.showing(shown)

    def grade(self, truth: PredictTruth, answer: Answer) -> dict[str, float]:
        """`correct`: 1 if the truth is the likeliest option (a tie is shared); `p_truth`."""
        assert answer.probabilities is not None
        return {
            "correct": correct_share(answer.probabilities, truth.index),
            "p_truth": answer.probabilities[truth.index],
        }

    def _originals(self, subject: Subject) -> Originals:
        return Originals(
            load_catalogue(self.catalogue),
            Path(self.photographs),
            Path(self.triggers),
            len(subject.class_names),
            self.size,
        )

    def _sealed(
        self, subject: Subject, trojan: Trojan, files: tuple[Path, ...], common: dict[str, object]
    ) -> Envelope[PredictGiven]:
        """What tools, or combiners, are given: the network, the class and these photographs."""
        holds = {
            **common,
            "subject": subject.digest,
            "target": trojan.target,
            "source": trojan.source_class,
            "pictures": [file_digest(path) for path in files],
            "visualizations": self.visualizations,
        }
        return Envelope(digest(holds), partial(self._given, subject, trojan, files))

    def _given(self, subject: Subject, trojan: Trojan, files: tuple[Path, ...]) -> PredictGiven:
        return PredictGiven(
            subject=subject,
            target_class=trojan.target,
            source_class=trojan.source_class,
            pictures=read_middles(files, self.size),
            visualizations=self.visualizations,
        )

    def _truth(self, originals: Originals, trojan: Trojan, order: list[int]) -> PredictTruth:
        return PredictTruth(
            index=order.index(0),
            trigger=trojan.trigger,
            pictures=originals.show(trojan, 4, generator("truth", trojan.name)),
        )
