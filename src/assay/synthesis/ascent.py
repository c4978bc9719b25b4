"""The one ascent loop of all methods that paint."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from assay.synthesis.parameterizations import Painting
from assay.types import SHARES, Budget, BudgetExceededError

# Of views (k, 3, s, s) and the places that they have in the whole batch: k numbers, higher is
# better. It runs the network forward, once a view.
Objective = Callable[[Tensor, slice], Tensor]


@dataclass(frozen=True)
class Ascent:
    """Adam for `steps` steps at `rate`, which falls to zero along half a cosine at the end.

    `cooling`: the share of the steps in which it falls. `chunk`: how many views the network sees
    at once; results differ in the last digits between chunks. `betas` are Adam's.
    """

    steps: int
    rate: float
    chunk: int
    cooling: float = 0.5
    betas: tuple[float, float] = (0.9, 0.999)

    def rate_at(self, step: int) -> float:
        """The learning rate of step 0, 1, ..."""
        left = (self.steps - step) / max(1.0, self.cooling * self.steps)
        return self.rate * math.sin(min(1.0, left) * math.pi / 2) ** 2


def affordable_steps(budget: Budget, *, each: int, besides: int) -> int:
    """How many steps of `each` passes the budget allows next to `besides` passes.

    Raises BudgetExceededError where it does not allow a single one.
    """
    steps = (budget.passes - besides) // each
    if steps < 1:
        raise BudgetExceededError(
            f"the budget is {budget.passes} passes, and one step needs {each + besides} in all"
        )
    return steps


def climb(
    painting: Painting,
    view: Callable[[Tensor], Tensor],
    objective: Objective,
    ascent: Ascent,
    penalty: Callable[[Tensor], Tensor] | None = None,
    kept: dict[str, Tensor] | None = None,
) -> Tensor:
    """Raise the objective's sum over `view(pictures)`; returns the final pictures (m, 3, h, w).

    `penalty`, of the pictures, is one number, which falls with it. Each step costs one pass forward
    and one back for each view. Into `kept` go the pictures after each of `SHARES` of the steps,
    which changes nothing else.
    """
    marks = {max(1, math.ceil(float(share) * ascent.steps)): share for share in SHARES}
    optimizer = torch.optim.Adam(painting.parameters, lr=ascent.rate, betas=ascent.betas)
    for step in range(ascent.steps):
        optimizer.param_groups[0]["lr"] = ascent.rate_at(step)
        optimizer.zero_grad()
        with torch.enable_grad():
            pictures = painting.pictures()
            views = view(pictures)
            cost = () if penalty is None else (penalty(pictures),)
        # Descent is what the optimizer does.
        down = gradient(views.detach(), lambda v, where: -objective(v, where), ascent.chunk)
        torch.autograd.backward((views, *cost), (down, *(None for _ in cost)))
        optimizer.step()
        if kept is not None and step + 1 in marks:
            with torch.no_grad():
                kept[marks[step + 1]] = painting.pictures().detach().clone()
    if kept is not None:
        # So few steps that two shares are one.
        kept |= {share: kept[max(kept)] for share in SHARES if share not in kept}
    optimizer.zero_grad()
    with torch.no_grad():
        return painting.pictures()


def gradient(views: Tensor, objective: Objective, chunk: int) -> Tensor:
    """The objective's gradient for each of the views (n, 3, s, s), `chunk` at a time."""
    parts = []
    for start in range(0, len(views), chunk):
        where = slice(start, min(start + chunk, len(views)))
        part = views[where].detach().requires_grad_(True)
        with torch.enable_grad():
            total = objective(part, where).sum()
        parts.append(torch.autograd.grad(total, part)[0])
    return torch.cat(parts) if len(parts) > 1 else parts[0]


def evaluate(views: Tensor, objective: Objective, chunk: int) -> Tensor:
    """The objective's number (n) for each of the views, without gradients, `chunk` at a time."""
    with torch.no_grad():
        return torch.cat(
            [
                objective(views[start : start + chunk], slice(start, start + chunk))
                for start in range(0, len(views), chunk)
            ]
        )


def device_of(network: nn.Module) -> torch.device:
    """Where the network computes: its first parameter's or buffer's device, else the CPU."""
    for value in (*network.parameters(), *network.buffers()):
        return value.device
    return torch.device("cpu")
