"""The black-box control: puts what is in a pool into pictures, and looks at what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from assay.envelopes import PredictGiven
from assay.pixels import stylise
from assay.plugins import Family, Method
from assay.synthesis.ascent import device_of, evaluate
from assay.synthesis.patches import Aim, Grounds, Trials, resized
from assay.synthesis.pool import Concept, default_pool, kit_concepts, pool_digest
from assay.synthesis.views import paste
from assay.types import Budget, BudgetExceededError, Images


@dataclass(frozen=True)
class Round:
    """So many of the pool's places, each tried on so many pictures."""

    places: int
    pictures: int


@dataclass(frozen=True)
class TryPool(Method):
    """Search without synthesis: the same budget spent on putting a pool's concepts into pictures.

    **A control, and no tool.** The pool has a place for each concept of the kit: all patches,
    textures and objects, and so the options of every question, the triggers among them. Which of
    them is one, or is asked for, isn't known. With a chance of `coverage` percent, drawn from the
    generator, the concept itself is in its place, else a nameless picture, put in in the same way.
    At 100 the trigger's concept is there, which makes it a bound; at 10 it is one time in ten; at 0
    nothing in the pool is, or was made from, any option. Where synthesis is no better than this at
    0 or 10, it finds nothing that search can't.

    A patch is pasted on the given picture (its side `patch_fraction` of it), an object's cut-out
    pasted large (`object_fraction`), both times 1 +- .2; a texture replaces a share of `blend` of
    the picture as a style. Nameless pictures are squares without a cut-out.

    Successive halving (Karnin, Koren and Somekh 2013): in each round all that are left are put into
    the same given pictures at the same places, and the better half by the mean gain of the target's
    probability goes on, until as many are left as are shown. Each round gets an equal share of the
    passes that are left, and one picture at least; where the budget is too small even for that, the
    pool is cut short, always at the same end. All tried are candidates; a candidate's score is its
    mean gain over all pictures that it was tried on. Shown are the last round's best.

    Passes: (places + 1) * pictures a round, the one for the pictures as they are.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    coverage: int = 100
    patch_fraction: float = 0.286
    object_fraction: float = 0.5
    blend: float = 0.4
    chunk: int = 16

    def __post_init__(self) -> None:
        if not 0 <= self.coverage <= 100:
            raise ValueError("coverage must be from 0 to 100 (percent)")
        for name in ("patch_fraction", "object_fraction"):
            if not 0 < getattr(self, name) <= 0.5:
                raise ValueError(f"{name} must be above 0 and at most 0.5")
        if not 0 < self.blend <= 1:
            raise ValueError("blend must be above 0 and at most 1")
        if self.chunk < 1:
            raise ValueError("chunk must be at least 1")

    @property
    def artefacts(self) -> str:
        return pool_digest("")

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        concepts = kit_concepts(given.subject.size)
        rounds = plan_rounds(len(concepts), given.visualizations, budget.passes)
        pool, notes = self._fill(concepts, given.subject.size, rng)
        pool = pool[: rounds[0].places]
        aim = Aim(given.subject.network(), given.target_class)
        left = torch.arange(len(pool))
        gained, tried = torch.zeros(len(pool)).double(), torch.zeros(len(pool)).double()
        for turn in rounds:
            # They are sorted: what is left are the first.
            left = left[: turn.places]
            gained[left] += self._gains(aim, given, [pool[i] for i in left], turn.pictures, rng)
            tried[left] += turn.pictures
            means = gained[left] / tried[left]
            left = left[means.argsort(descending=True, stable=True)]
        scores = gained / tried
        chosen = tuple(int(i) for i in left[: given.visualizations])
        shown = torch.stack([concept.shown for concept in pool])
        if len(pool) < len(concepts):
            notes += (f"The budget reaches for {len(pool)} of the pool's {len(concepts)} places.",)
        return Images(shown, tuple(scores.tolist()), chosen, notes)

    def _fill(
        self, concepts: tuple[Concept, ...], side: int, rng: torch.Generator
    ) -> tuple[list[Concept], tuple[str, ...]]:
        """What is in each place, and a sentence that says which concepts there are."""
        # A draw for each place at every coverage: what is there at 10 is there at 50.
        covered = 100 * torch.rand(len(concepts), generator=rng) < self.coverage
        nameless = default_pool(len(concepts))
        pool = [
            concept if there else _nameless(concept, resized(picture[None], side)[0])
            for concept, picture, there in zip(concepts, nameless, covered.tolist(), strict=True)
        ]
        names = [f"{c.kind} {c.name}" for c in pool if c.name]
        if len(names) == len(pool):
            return pool, (f"In the pool: all {len(pool)} concepts of the kit.",)
        return pool, (f"In the pool, of {len(pool)} concepts: {', '.join(names) or 'none'}.",)

    def _gains(
        self, aim: Aim, given: PredictGiven, tried: list[Concept], number: int, rng: torch.Generator
    ) -> Tensor:
        """The sums over `number` pictures of the gain of the target's probability (n)."""
        device = device_of(aim.network)
        small = Grounds(given.pictures, self.patch_fraction).trials(number, rng, device)
        # The same pictures, other places.
        places = Grounds(given.pictures, self.object_fraction).trials(number, rng, device).places
        large = Trials(small.under, places)
        bare = evaluate(small.under, aim.probability, self.chunk).double().sum()
        sums = []
        # As many at once as one look takes.
        step = max(1, self.chunk // number)
        for start in range(0, len(tried), step):
            part = tried[start : start + step]
            views = torch.cat([self._put_in(concept, small, large) for concept in part])
            sure = evaluate(views, aim.probability, self.chunk).double()
            sums.append(sure.view(len(part), number).sum(1) - bare)
        return torch.cat(sums).cpu()

    def _put_in(self, concept: Concept, small: Trials, large: Trials) -> Tensor:
        """The concept in each of the trials' pictures (number, 3, s, s)."""
        under, number = small.under, len(small.under)
        if concept.figure is None:
            shown = concept.shown.to(under.device).expand(number, -1, -1, -1)
            return stylise(under, shown, self.blend)
        patch = concept.kind == "patch"
        trials, fraction = (small, self.patch_fraction) if patch else (large, self.object_fraction)
        # As large as it is pasted: a grid that is sampled leaves out what lies between.
        side = max(2, round(under.shape[-1] * fraction))
        figure = resized(concept.figure[None], side).to(under.device)
        return paste(figure.expand(number, -1, -1, -1), under, trials.places)


def plan_rounds(places: int, shown: int, passes: int) -> tuple[Round, ...]:
    """The rounds of successive halving from `places` (fewer where the passes don't reach).

    They end where at most twice as many are left as are `shown`. BudgetExceededError where the
    passes don't reach for a single place.
    """
    for start in range(places, 0, -1):
        sizes = _sizes(start, shown)
        if sum(size + 1 for size in sizes) <= passes:
            break
    else:
        raise BudgetExceededError(f"the budget is {passes} passes, and a trial needs 2")
    rounds: list[Round] = []
    for i, size in enumerate(sizes):
        after = sum(later + 1 for later in sizes[i + 1 :])
        share = min(passes // (len(sizes) - i), passes - after)
        pictures = max(1, share // (size + 1))
        rounds.append(Round(size, pictures))
        passes -= pictures * (size + 1)
    return tuple(rounds)


def _sizes(places: int, shown: int) -> list[int]:
    """How many places there are in each round: half of them each time, and then those shown."""
    sizes = [places]
    while -(-sizes[-1] // 2) > shown:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def _nameless(concept: Concept, picture: Tensor) -> Concept:
    """A nameless picture in the concept's place: put in in the same way, as a whole square."""
    square = torch.cat([picture, torch.ones_like(picture[:1])])
    return Concept(concept.kind, "", picture, None if concept.figure is None else square)
