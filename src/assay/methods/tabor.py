"""TABOR: a mask and a pattern that bring out the target wherever they are blended in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from assay.checks import check_numbers
from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.synthesis.ascent import Ascent, affordable_steps, climb, device_of, evaluate
from assay.synthesis.parameterizations import masked_pixels
from assay.synthesis.patches import Aim
from assay.types import Budget, Images

# The published weights are those of sums over pictures of so many pixels.
PUBLISHED_PIXELS = 32 * 32


@dataclass(frozen=True)
class Tabor(Method):
    """Triggers restored as a mask M and a pattern D: a picture x becomes (1 - M) x + M D.

    After Guo et al. 2019, arXiv 1908.01763. What falls is the cross-entropy of (1 - M) x + M D to
    the target, the mean over `backgrounds` given pictures that are drawn in each step; `alone`
    times that of M D by itself; `large` times (sum |M| + sum M^2); `beyond` times the same of
    (1 - M) D; `mask_roughness` and `pattern_roughness` times the squared differences of neighbours
    in M and in D. The weights are the published ones, for sums over 32 x 32 pixels: at another size
    they are multiplied by 32 * 32 and divided by the number of pixels. The published term that lets
    the label come back without the trigger has the weight 0, and is left out. Adam's `rate` is the
    upper end of the published range (1e-3 to 1e-1).

    Our choices. M starts near `opacity` and D near grey, each start with speckles of its own: the
    published weights are too weak to take away, within some hundred steps, what covers the picture
    from the start. Nothing makes M small but these weights, and they are kept as published: where a
    large mask brings out the target more surely, M covers the picture. `surplus` starts, all in one
    batch, are made for each picture shown; a start's score is the target's mean probability on
    `trials` given pictures, the same for all, and the best are shown. What is shown is M D on
    black, at its place and in its size, as in the original: nothing is cut out and enlarged.

    Passes: 2 * starts * (`backgrounds` + 1) a step (at the default, a third is for M D alone),
    and starts * `trials` for the scores.
    """

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    snapshots: ClassVar[bool] = True

    large: float = 1e-6
    beyond: float = 1e-5
    mask_roughness: float = 1e-7
    pattern_roughness: float = 1e-8
    alone: float = 1e-2
    opacity: float = 0.1
    backgrounds: int = 2
    surplus: int = 1
    trials: int = 8
    rate: float = 0.1
    beta1: float = 0.5
    beta2: float = 0.9
    cooling: float = 0.25
    chunk: int = 16

    def __post_init__(self) -> None:
        weights = ("large", "beyond", "mask_roughness", "pattern_roughness", "alone")
        check_numbers(self, *weights, least=0)
        check_numbers(self, "opacity", above=0, below=1)
        check_numbers(self, "backgrounds", "surplus", "trials", "chunk", least=1)
        check_numbers(self, "rate", above=0)
        check_numbers(self, "beta1", "beta2", least=0, below=1)

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        count = self.surplus * given.visualizations
        each = self.backgrounds + 1
        steps = affordable_steps(budget, each=2 * count * each, besides=count * self.trials)
        aim = Aim(given.subject.network(), given.target_class)
        device = device_of(aim.network)
        painting = masked_pixels(count, given.subject.size, rng, device, self.opacity)
        weights = torch.tensor([1 / self.backgrounds] * self.backgrounds + [self.alone])
        weights = weights.repeat(count).to(device)

        def view(triggers: Tensor) -> Tensor:
            chosen = torch.randint(len(given.pictures), (count, self.backgrounds), generator=rng)
            under = given.pictures[chosen.to(given.pictures.device)].to(device)
            blended = _blended(triggers[:, None], under)
            return torch.cat([blended, _shown(triggers)[:, None]], 1).flatten(0, 1)

        def objective(views: Tensor, where: slice) -> Tensor:
            return weights[where] * aim.log_probability(views, where)

        ascent = Ascent(steps, self.rate, self.chunk, self.cooling, (self.beta1, self.beta2))
        kept: dict[str, Tensor] = {}
        triggers = climb(painting, view, objective, ascent, self._penalty, kept)
        scores = self._scores(aim, triggers, given, rng)
        best = scores.argsort(descending=True, stable=True)[: given.visualizations]
        shown, chosen = _shown(triggers).cpu(), tuple(int(i) for i in best)
        snapshots = {share: _shown(then[list(chosen)]).cpu() for share, then in kept.items()}
        return Images(shown, tuple(scores.tolist()), chosen, snapshots=snapshots)

    def _penalty(self, triggers: Tensor) -> Tensor:
        """The regularisers' sum over triggers (m, 4, s, s)."""
        pattern, mask = triggers[:, :3], triggers[:, 3:]
        penalty = (
            self.large * _elastic(mask)
            + self.beyond * _elastic((1 - mask) * pattern)
            + self.mask_roughness * _roughness(mask)
            + self.pattern_roughness * _roughness(pattern)
        )
        return penalty * PUBLISHED_PIXELS / mask[0].numel()

    def _scores(
        self, aim: Aim, triggers: Tensor, given: PredictGiven, rng: torch.Generator
    ) -> Tensor:
        """Mean probability (m, on the CPU) of the target, over pictures that all triggers share."""
        chosen = torch.randperm(len(given.pictures), generator=rng)[: self.trials]
        # With fewer pictures than trials, some are taken again.
        chosen = chosen.repeat(-(-self.trials // len(chosen)))[: self.trials]
        under = given.pictures[chosen.to(given.pictures.device)].to(triggers.device)
        sure = [evaluate(_blended(t, under), aim.probability, self.chunk) for t in triggers]
        return torch.stack(sure).mean(1).cpu()


def _blended(triggers: Tensor, pictures: Tensor) -> Tensor:
    """Pictures (..., 3, s, s) with the triggers (..., 4, s, s) blended in."""
    pattern, mask = triggers[..., :3, :, :], triggers[..., 3:, :, :]
    return (1 - mask) * pictures + mask * pattern


def _shown(triggers: Tensor) -> Tensor:
    """What of the pattern the mask lets through, on black: (m, 3, s, s)."""
    return triggers[:, 3:] * triggers[:, :3]


def _elastic(values: Tensor) -> Tensor:
    return values.abs().sum() + values.square().sum()


def _roughness(values: Tensor) -> Tensor:
    """The sum of squared differences of neighbours, down and across."""
    return values.diff(dim=2).square().sum() + values.diff(dim=3).square().sum()
