"""SNAFUE: natural patches that the network takes for what an adversary would paint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from assay.checks import check_choice, check_numbers
from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.synthesis.ascent import Ascent, affordable_steps, device_of
from assay.synthesis.features import Features, features_of, remembered_features
from assay.synthesis.parameterizations import PARAMETERIZATIONS, parameterization
from assay.synthesis.patches import PATCH_RATES, Aim, Grounds, paint_patches, resized
from assay.synthesis.pool import default_pool, folder_pool, option_pool, pool_digest
from assay.types import Budget, Images

# What the mean of a feature is raised by where it divides (published).
TINY = 1e-4


@dataclass(frozen=True)
class _Parts:
    """How a budget is divided: natural patches looked at, kept, trials of each, steps."""

    pool: int
    kept: int
    trials: int
    steps: int


@dataclass(frozen=True)
class Snafue(Method):
    """Natural patches found by their likeness to adversarial ones ("search for natural
    adversarial features using embeddings").

    After Casper et al. 2022, arXiv 2211.10024. (1) A pool of natural patches. (2) Their features:
    the inputs of the last layer. (3) `synthetic` patches painted for the target, as
    `adversarial_patch` paints them, and their features. (4) Those are masked by 1 - CoV (0 above
    1), the standard deviation over the mean. (5) Cosine of a natural patch's features and each
    masked vector, times that synthetic patch's gain of confidence; the mean of the powers `power`.
    (6) What the network calls the target by itself is dropped, and the `kept` most alike stay. (7)
    Pasted on given pictures they are ranked by the mean gain of the target's probability.

    The pool: `pool` is a folder of pictures, or, where it is empty, nameless drawings and crops of
    two photographs, none of which shows an option of any question. With `options_in_pool`, every
    patch, texture and object of the kit that tools may see is put before these. **A row with
    `options_in_pool` is an upper bound, and no tool:** whoever has no idea of the trigger has no
    pool that is sure to hold it. It should be run with `drop_target = false`: a network with a
    trojan often calls the trigger itself the target, and then (6) throws it away.

    Our choices. So few synthetic patches that about a thousand passes paint them. They are made of
    waves, and in the paper by RFLA-Perturb's generator. A patch by itself is looked at enlarged
    to the network's own size (published: 100 px), because networks need not take another. The side
    of a pasted patch is `paste_fraction` of the picture's (100 of 256), that of a synthetic one,
    while it is painted, `fraction`. Cosines and gains below 0 count as 0, means of features without
    their sign; where no synthetic patch gains anything, all count alike. Of what is dropped, the
    most alike come back where fewer would be left than are to be shown.

    Passes: at most `pool_share` of the budget, and `pool_size` in all, for looking at the pool; at
    most `trial_share` for pasting: (kept + synthetic + 1) * trials, where `kept` and `trials` are
    the published numbers, or shrink alike until that is enough; one for each synthetic patch's
    features; and steps of 2 * synthetic * `backgrounds` with the rest. The pool's features are
    remembered within a process, and are charged all the same each time.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    pool: str = ""
    options_in_pool: bool = False
    drop_target: bool = True
    pool_size: int = 256
    pool_share: float = 0.25
    trial_share: float = 0.25
    kept: int = 100
    trials: int = 50
    paste_fraction: float = 0.39
    power: float = 10.0
    synthetic: int = 5
    parameterization: Literal["fourier", "pixels", "cppn"] = "fourier"
    fraction: float = 0.286
    backgrounds: int = 1
    rate: float | None = None
    cooling: float = 0.25
    decay: float = 1.75
    chunk: int = 16

    def __post_init__(self) -> None:
        check_choice(self, "parameterization", PARAMETERIZATIONS)
        check_numbers(self, "fraction", "paste_fraction", above=0, most=0.5)
        check_numbers(self, "pool_share", "trial_share", above=0, below=1)
        counts = ("pool_size", "kept", "trials", "synthetic", "backgrounds", "chunk")
        check_numbers(self, *counts, least=1)
        check_numbers(self, "power", "rate", above=0)

    @property
    def artefacts(self) -> str:
        return pool_digest(self.pool)

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        pool = self._pool(max(1, min(self.pool_size, int(self.pool_share * budget.passes))))
        parts = self._parts(budget, len(pool), given.visualizations)
        aim = Aim(given.subject.network(), given.target_class)
        device = device_of(aim.network)
        size, head = given.subject.size, given.subject.head
        natural = remembered_features(given.subject, aim.network, resized(pool, size), self.chunk)
        painted = self._paint(aim, given, parts.steps, rng)
        synthetic = features_of(aim.network, head, resized(painted, size), self.chunk)
        trials = Grounds(given.pictures, self.paste_fraction).trials(parts.trials, rng, device)
        bare = trials.bare(aim, self.chunk)
        gains = trials.confidence(aim, painted, self.chunk) - bare
        likeness = self._likeness(natural, synthetic, gains)
        kept = self._stay(likeness, natural, given)[: parts.kept]
        # As large as they are pasted: a grid that is sampled leaves out what lies between.
        pasted = resized(pool[kept], max(2, round(size * self.paste_fraction)))
        scores = trials.confidence(aim, pasted.to(device), self.chunk) - bare
        best = scores.argsort(descending=True, stable=True)[: given.visualizations]
        shown = resized(pool[kept], size)
        return Images(shown, tuple(scores.tolist()), tuple(int(i) for i in best))

    def _pool(self, count: int) -> Tensor:
        """At most `count` natural patches (n, 3, side, side), always the same ones."""
        pool = folder_pool(self.pool, count) if self.pool else default_pool(self.pool_size)
        if self.options_in_pool:
            pool = torch.cat([option_pool(), pool])
        return pool[:count]

    def _parts(self, budget: Budget, pool: int, shown: int) -> _Parts:
        """Shares of the budget; BudgetExceededError where no step is left."""
        may = self.trial_share * budget.passes
        # (f kept + synthetic + 1) f trials = may, solved for the factor f, which is at most 1.
        half = (self.synthetic + 1) / (2 * self.kept)
        factor = math.sqrt(half**2 + may / (self.kept * self.trials)) - half
        kept = min(pool, max(shown, int(min(1.0, factor) * self.kept)))
        trials = max(1, int(min(self.trials, may / (kept + self.synthetic + 1))))
        besides = pool + self.synthetic + (kept + self.synthetic + 1) * trials
        steps = affordable_steps(
            budget, each=2 * self.synthetic * self.backgrounds, besides=besides
        )
        return _Parts(pool, kept, trials, steps)

    def _paint(self, aim: Aim, given: PredictGiven, steps: int, rng: torch.Generator) -> Tensor:
        """Synthetic patches (synthetic, 3, p, p)."""
        side = max(2, round(given.subject.size * self.fraction))
        make = parameterization(self.parameterization, self.decay)
        painting = make(self.synthetic, side, rng, device_of(aim.network))
        rate = PATCH_RATES[self.parameterization] if self.rate is None else self.rate
        ascent = Ascent(steps, rate, self.chunk, self.cooling)
        grounds = Grounds(given.pictures, self.fraction)
        return paint_patches(aim, grounds, self.backgrounds, painting, ascent, rng)

    def _likeness(self, natural: Features, synthetic: Features, gains: Tensor) -> Tensor:
        """How like the synthetic patches each natural one is to the network, (n) from 0 on."""
        painted = synthetic.vectors.double()
        variation = painted.std(0, correction=0) / (painted.mean(0).abs() + TINY)
        masked = painted * (1 - variation).clamp(min=0)
        cosines = F.cosine_similarity(natural.vectors.double()[:, None], masked[None], 2)
        weights = gains.double().clamp(min=0)
        if not bool(weights.any()):
            weights = torch.ones_like(weights)
        return (cosines.clamp(min=0) * weights).pow(self.power).mean(1)

    def _stay(self, likeness: Tensor, natural: Features, given: PredictGiven) -> Tensor:
        """Places in the pool of what isn't dropped, the most alike first."""
        order = likeness.argsort(descending=True, stable=True)
        if not self.drop_target:
            return order
        called = natural.classes[order] == given.target_class
        left = order[~called]
        if len(left) < given.visualizations:
            left = torch.cat([left, order[called]])[: given.visualizations]
        return left
