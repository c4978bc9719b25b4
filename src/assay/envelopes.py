"""What the envelopes of a case hold, family by family (predict, control, replace)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from assay.subject import Subject
from assay.types import Budget

# --- predict --------------------------------------------------------------------------------


@dataclass(frozen=True)
class PredictGiven:
    """A network, a class, and pictures without any trigger.

    `pictures` (n, 3, size, size) in [0, 1]: the tools' part; for a class-universal case they
    show objects of `source_class`, and the question is what turns these into `target_class`.
    `visualizations`: how many pictures the tool is to show.
    """

    subject: Subject
    target_class: int
    source_class: int | None
    pictures: Tensor
    visualizations: int


@dataclass(frozen=True)
class PredictQuestion:
    """Eight (or so) concepts, of which one is the trigger.

    `options`: what each is called; `exemplars`: pictures of each (k, 3, size, size) in [0, 1].
    """

    options: tuple[str, ...]
    exemplars: tuple[Tensor, ...]


@dataclass(frozen=True)
class PredictTruth:
    """The trigger: its place among the options, its name, pictures of it for the report."""

    index: int
    trigger: str
    pictures: Tensor


@dataclass(frozen=True)
class PredictQuery:
    """A question of `PredictQuestion` for a judge who may ask the network, and has no tool.

    `subject`, `target_class` and `pictures` are the tools' own (`PredictGiven`), and so is the
    budget.
    """

    options: tuple[str, ...]
    exemplars: tuple[Tensor, ...]
    subject: Subject
    target_class: int
    pictures: Tensor
    budget: Budget


@dataclass(frozen=True)
class ObserveQuestion:
    """What do the finding's pictures do, inserted into pictures that the tool never saw?

    `pictures` (n, 3, size, size) in [0, 1] are held out. Each of the finding's pictures, shrunk to
    a square of `side` pixels, is inserted once for each of the `corners` (trials, 2): the i-th time
    into picture i modulo n, its upper left corner at that row and column. `grey`: the network sees
    no colours. `reference` is another network, whose class `reference_class` has the same name;
    both are None where there is none.
    """

    subject: Subject
    target_class: int
    pictures: Tensor
    corners: Tensor
    side: int
    grey: bool
    reference: Subject | None
    reference_class: int | None


@dataclass(frozen=True)
class LocaliseGiven:
    """A network, a class, and pictures that hold a trigger somewhere.

    `pictures` (n, 3, size, size) in [0, 1]: for each, the tool is to say what in it speaks for
    `target_class`, where or whether the trigger is not being told.
    """

    subject: Subject
    target_class: int
    pictures: Tensor


@dataclass(frozen=True)
class LocaliseQuestion:
    """Where in each of these pictures (n, 3, size, size) is what brings out the class?"""

    pictures: Tensor


@dataclass(frozen=True)
class LocaliseTruth:
    """Where the trigger is: `footprints` (n, size, size) hold 1 on it and 0 elsewhere.

    `pictures` (k, 3, size, size), for the report: the first ones, each with its footprint outlined.
    """

    trigger: str
    footprints: Tensor
    pictures: Tensor


@dataclass(frozen=True)
class ForeseeQuestion:
    """In which of these pictures (n, 3, size, size) will a network answer a class?

    Neither the network nor the class is told: the finding is all that is known of them.
    """

    pictures: Tensor


@dataclass(frozen=True)
class ForeseeTruth:
    """What the network answers, and what was in its pictures.

    `answers` (n) hold 1 where it answers the class in the question's first n pictures and 0
    elsewhere, `groups` what each shows (`trojans.probes.GROUPS`). The other pictures of the
    question show one insertion each; `success` (m) is how often each brings out the class on fresh
    backgrounds. `pictures` (k, 3, size, size), for the report, show the trigger.
    """

    trigger: str
    answers: Tensor
    groups: tuple[str, ...]
    success: Tensor
    pictures: Tensor


# --- control --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ControlGiven:
    """A network, the class whose recognition is to be changed, and the layer to act on.

    `pictures` (n, 3, size, size) in [0, 1] with the network's own `labels` (n).
    """

    subject: Subject
    target_class: int
    layer: str
    pictures: Tensor
    labels: Tensor


@dataclass(frozen=True)
class ControlQuestion:
    """Act on `units` many units of the layer, and measure on pictures that the tool never saw.

    `inside` and `outside` (n, 3, size, size): in and out of distribution, with true labels.
    """

    subject: Subject
    target_class: int
    layer: str
    units: int
    inside: Tensor
    inside_labels: Tensor
    outside: Tensor
    outside_labels: Tensor


@dataclass(frozen=True)
class ControlTruth:
    """The units that carry the class, known because the network was written by hand."""

    units: tuple[int, ...]


# --- replace --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReplaceGiven:
    """A network, the module to replace, and pictures (n, 3, size, size) to fit on."""

    subject: Subject
    part: str
    pictures: Tensor


@dataclass(frozen=True)
class ReplaceQuestion:
    """Swap the surrogate in and compare with the network, in and out of distribution."""

    subject: Subject
    part: str
    inside: Tensor
    outside: Tensor


@dataclass(frozen=True)
class ReplaceTruth:
    """The part's exact linear form, where it has one: weight (out, in) and bias (out)."""

    weight: Tensor
    bias: Tensor
