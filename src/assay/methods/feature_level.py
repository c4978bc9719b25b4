"""Robust feature-level adversaries (RFLA): patches that a generator paints for the target."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from assay.checks import check_choice, check_numbers
from assay.envelopes import PredictGiven
from assay.hooks import charge
from assay.pixels import blur
from assay.plugins import Family, Method
from assay.subjects import independent_subject, load_subject
from assay.synthesis.ascent import Ascent, climb, device_of
from assay.synthesis.generated import (
    Generator,
    load_generator,
    perturbed,
    sameness,
    total_variation,
    tuned,
)
from assay.synthesis.generator import DEPTHS, SIDE, default_weights, weights_digest
from assay.synthesis.parameterizations import Painting
from assay.synthesis.patches import Aim, Grounds, Trials, resized
from assay.synthesis.views import jitter_colours, tilt
from assay.types import Budget, BudgetExceededError, Images

# Adam's rates: of the maps' perturbation (perturb), of the generator's own numbers (generator).
RATES = {"perturb": 0.1, "generator": 2.5e-4}
# The published views of a patch: light and hue, how far it is tilted and how often, the sharpest
# and the softest blur (pixels), noise.
LIGHT, HUE, TILT, TILTED, BLUR, NOISE = 0.25, 0.05, 0.25, 0.66, (0.1, 1.0), 0.1


@dataclass(frozen=True)
class _Parts:
    """How a budget is divided: latents drawn, candidates, steps."""

    drawn: int
    count: int
    steps: int


@dataclass(frozen=True)
class FeatureLevel(Method):
    """Patches that a generator of pictures paints, so that they bring out the target anywhere.

    After Casper et al. 2022, arXiv 2110.03605. `mode` "perturb": the generator is frozen, and what
    is optimised is a perturbation of its maps after `depth` stages, from zero, and the latents,
    which move `latent_ratio` times as fast. "generator": the generator's own numbers are tuned, so
    that one run gives as many patches as are drawn.

    What falls is, summed over the candidates, `confidence` times the cross-entropy to the target,
    the mean over `backgrounds` given pictures that are drawn in each step; `roughness` times the
    total variation, a sum over 64 x 64 pixels; and, in every `look_every`-th step,
    of what another network, `independent`, says of the patch alone: less `disguise` times the
    cross-entropy to the target (a patch that merely shows the target is of no use), and `entropy`
    times the entropy (a patch should show something). In the mode "generator" also `apart` times
    the number of candidates times the mean cosine of any two of them, as 8 x 8 squares less grey,
    lest all be alike. Weights are the published ones, `apart` ours. `independent` "" leaves out the
    two terms, for networks whose classes no other has. Each patch is seen in other light (.25, hue
    .05), blurred (.1 to 1 pixel), under noise (.1), from aside (.25, two times of three) and
    turned; `views` is a factor of these numbers.

    The generator is small and trained by the project on pictures without any name; its latents are
    drawn, and have no class. `weights` is the path of another: of the same kind, as safetensors, or
    the published one's, BigGAN-deep-256, as a plain state dict of PyTorch in any other file
    (`synthesis.big_gan`; it paints 256 x 256 pixels). Its latents are noise and a class's
    embedding; drawn are normal noise within two deviations, all classes alike. In either, maps
    after `depth` stages have a side of 4 * 2^(depth-1).

    Our choices. Some ninety steps have
    to do, and published are 64 for 32 patches each: rates are .1 for the maps (.01), that times
    `latent_ratio` for the latents (2.5e-4), 2.5e-4 for the generator (about 5e-5), and the views
    are half as strong. Latents are drawn more often than there are candidates, each tried on a
    single picture, and the best are candidates: in "perturb" before the ascent, in "generator"
    after it. There are `surplus` candidates for each picture shown, in all a whole number
    (published: fifteen for ten, which costs more than it gains here), scored by the target's mean
    probability on `trials` given pictures, the same for all.

    Passes: `draw_share` of the budget, at most `drawn` and at least the candidates', for the draws;
    candidates * `trials` for the scores; and with the rest n steps, which cost
    2 * candidates * (n * `backgrounds` + n / `look_every`, rounded up): what goes through the
    independent network counts as what goes through this one.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    mode: Literal["perturb", "generator"] = "perturb"
    weights: str = ""
    independent: str = "lite1"
    depth: int = 3
    latent_ratio: float = 1.5
    rate: float | None = None
    confidence: float = 3.0
    roughness: float = 1.5e-3
    disguise: float = 0.2
    entropy: float = 0.2
    apart: float = 1.0
    look_every: int = 4
    fraction: float = 0.286
    views: float = 0.5
    backgrounds: int = 1
    surplus: float = 1
    drawn: int = 64
    draw_share: float = 0.0625
    trials: int = 8
    cooling: float = 0.25
    chunk: int = 16

    def __post_init__(self) -> None:
        check_choice(self, "mode", RATES)
        check_numbers(self, "depth", least=DEPTHS[0], most=DEPTHS[-1])
        counts = ("look_every", "backgrounds", "surplus", "drawn", "trials", "chunk")
        check_numbers(self, *counts, least=1)
        weights = ("confidence", "roughness", "disguise", "entropy", "apart", "latent_ratio")
        check_numbers(self, *weights, "views", least=0)
        check_numbers(self, "fraction", above=0, most=0.5)
        check_numbers(self, "draw_share", above=0, below=1)
        check_numbers(self, "rate", above=0)

    @property
    def artefacts(self) -> str:
        other = load_subject(self.independent).digest if self.independent else ""
        return f"{weights_digest(self._path)} {other}".strip()

    @property
    def _path(self) -> Path:
        return Path(self.weights) if self.weights else default_weights()

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        parts = self._parts(budget, round(self.surplus * given.visualizations))
        aim = Aim(given.subject.network(), given.target_class)
        device, size = device_of(aim.network), given.subject.size
        generator = load_generator(self._path).to(device)
        penalty = self._penalty(self._elsewhere(given, aim), size)
        grounds = Grounds(given.pictures, self.fraction)
        glance = grounds.trials(1, rng, device)
        own, painting = self._painting(generator, aim, glance, parts, rng)
        rate = RATES[self.mode] if self.rate is None else self.rate
        painted = climb(
            painting,
            lambda patches: self._view(patches, grounds, rng),
            lambda views, where: (
                self.confidence / self.backgrounds * aim.log_probability(views, where)
            ),
            Ascent(parts.steps, rate, self.chunk, self.cooling),
            penalty,
        )
        if own is not None:
            painted = self._best_drawn(own, aim, glance, parts, rng)[1]
        patches = self._as_pasted(painted, size)
        # The same places for all.
        scores = grounds.trials(self.trials, rng, device).confidence(aim, patches, self.chunk)
        best = scores.argsort(descending=True, stable=True)[: given.visualizations]
        shown = resized(painted, size).cpu()
        return Images(shown, tuple(scores.tolist()), tuple(int(i) for i in best))

    def _parts(self, budget: Budget, count: int) -> _Parts:
        """Shares of the budget; BudgetExceededError where no step is left."""
        drawn = max(count, min(self.drawn, int(self.draw_share * budget.passes)))
        left = budget.passes - drawn - count * self.trials
        looks = self.look_every if self.independent else 0
        steps, cost = 0, 0
        while True:
            looked = 1 if looks and steps % looks == 0 else 0
            cost += 2 * count * (self.backgrounds + looked)
            if cost > left:
                break
            steps += 1
        if steps < 1:
            raise BudgetExceededError(
                f"the budget is {budget.passes} passes, and one step needs "
                f"{budget.passes - left + cost} in all"
            )
        return _Parts(drawn, count, steps)

    def _painting(
        self, generator: Generator, aim: Aim, glance: Trials, parts: _Parts, rng: torch.Generator
    ) -> tuple[Generator | None, Painting]:
        """What is optimised; and the generator that is tuned, if any."""
        if self.mode == "generator":
            return tuned(generator, parts.count, rng)
        latents, _ = self._best_drawn(generator, aim, glance, parts, rng)
        return None, perturbed(generator, latents, self.depth, self.latent_ratio)

    def _best_drawn(
        self, generator: Generator, aim: Aim, glance: Trials, parts: _Parts, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Of the latents drawn those that bring out the target most on one picture; and patches."""
        with torch.no_grad():
            latents = generator.draw(parts.drawn, rng)
            patches = torch.cat([generator(part) for part in latents.split(self.chunk)])
        pasted = self._as_pasted(patches, glance.under.shape[-1])
        sure = glance.confidence(aim, pasted, self.chunk)
        best = sure.argsort(descending=True, stable=True)[: parts.count]
        return latents[best.to(latents.device)], patches[best.to(latents.device)]

    def _as_pasted(self, patches: Tensor, size: int) -> Tensor:
        """As large as they are pasted: a grid that is sampled leaves out what lies between."""
        return resized(patches, max(4, round(size * self.fraction)))

    def _view(self, patches: Tensor, grounds: Grounds, rng: torch.Generator) -> Tensor:
        """Each patch on `backgrounds` pictures, each time seen otherwise."""
        seen = self._as_pasted(patches, grounds.pictures.shape[-1])
        seen = seen.repeat_interleave(self.backgrounds, 0)
        if self.views > 0:
            seen = self._disturbed(seen, rng)
        return grounds.paste(seen, 1, rng)

    def _disturbed(self, patches: Tensor, rng: torch.Generator) -> Tensor:
        """The patches in other light, from aside, blurred and under noise."""
        seen = jitter_colours(patches, rng, light=self.views * LIGHT, hue=self.views * HUE)
        seen = tilt(seen, rng, strength=self.views * TILT, chance=TILTED)
        low, high = BLUR
        soft = low + self.views * (high - low) * float(torch.rand((), generator=rng))
        noise = self.views * NOISE * torch.randn(seen.shape, generator=rng)
        return blur(seen, soft) + noise.to(seen.device)

    def _elsewhere(self, given: PredictGiven, aim: Aim) -> Callable[[Tensor], Tensor] | None:
        """What the independent network makes of patches: one number, to be lowered."""
        if not self.independent:
            return None
        other, target = independent_subject(self.independent, given.subject, aim.target)
        network = other.network().to(device_of(aim.network))

        def looked_at(pictures: Tensor) -> Tensor:
            # Forward and back.
            charge(aim.network, 2 * len(pictures))
            return self._plainness(network, target, pictures)

        return looked_at

    def _plainness(self, network: nn.Module, target: int, pictures: Tensor) -> Tensor:
        """The entropy less the target's cross-entropy, weighed and summed over the pictures."""
        said = network(pictures).log_softmax(1)
        entropy = -(said.exp() * said).sum(1)
        return (self.entropy * entropy + self.disguise * said[:, target]).sum()

    def _penalty(
        self, looked_at: Callable[[Tensor], Tensor] | None, size: int
    ) -> Callable[[Tensor], Tensor]:
        """Of a step's patches (m, 3, h, h) one number, to be lowered."""
        steps = itertools.count()

        def penalty(patches: Tensor) -> Tensor:
            cost = self.roughness * total_variation(resized(patches, SIDE))
            if self.mode == "generator":
                cost = cost + self.apart * len(patches) * sameness(patches)
            if looked_at is not None and next(steps) % self.look_every == 0:
                cost = cost + looked_at(resized(patches, size))
            return cost

        return penalty
