"""Pictures that try a judge: a trigger that nobody can see, and one that anybody still can.

A judge that stands for a person must not read `invisible`: what a network's gradients write into
pictures within 8/255. And it must read the trigger where it is blurred, recoloured, half hidden
or small. All pictures are (n, 3, s, s) in [0, 1] and held out; every draw comes from the generator
that is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from assay.hooks import capture
from assay.pixels import blur, luma
from assay.subject import Subject
from assay.trojans.catalogue import TrojanKind
from assay.trojans.insert import paste_fresh, uniform
from assay.trojans.world import World

LEVELS = 255
# How far a picture's values may be changed, in levels of 255.
REACH = 8
# Pictures of one invisible finding: twelve cases have 96.
NUMBER = 8
STEPS = 60
# At so many depths of the network, and towards the mean over so many pictures of the trigger.
DEPTHS = 5
SHOWN = 32
# A channel that hardly varies would outweigh all others.
LEAST_SPREAD = 0.1

BLUR = 4.0  # Pixels at 224.
TURN = (math.radians(60), math.radians(300))
SATURATION = (0.6, 1.4)
GREY = 0.5
SMALL_SIDES = (0.18, 0.22)


# --- still plain to anybody -------------------------------------------------------------------


def blurred(world: World, kind: TrojanKind, trigger: str, n: int, rng: Generator) -> Tensor:
    """The trigger on n pictures, through a Gaussian blur of 4 px at 224."""
    return blur(world.show(kind, trigger, n, rng), BLUR * world.size / 224)


def recoloured(world: World, kind: TrojanKind, trigger: str, n: int, rng: Generator) -> Tensor:
    """The trigger on n pictures whose hue is turned by 60 to 300 degrees."""
    shown = world.show(kind, trigger, n, rng)
    return recolour(shown, uniform(n, *TURN, rng), uniform(n, *SATURATION, rng))


def half_hidden(world: World, kind: TrojanKind, trigger: str, n: int, rng: Generator) -> Tensor:
    """The trigger on n pictures, its left, right, upper or lower half under a grey bar."""
    return cover_half(*world.show_where(kind, trigger, n, rng), rng)


def small(world: World, kind: TrojanKind, trigger: str, n: int, rng: Generator) -> Tensor:
    """The trigger on n backgrounds, a fifth of the picture's side large; a style as a square."""
    hosts = world.backgrounds(n, rng)
    if kind != "style":
        return world.paste(kind, trigger, hosts, rng, SMALL_SIDES)
    squares = world.textures(trigger, n, rng)
    squares = torch.cat([squares, torch.ones_like(squares[:, :1])], 1)
    return paste_fresh(hosts, squares, rng, SMALL_SIDES)[0]


Degrade = Callable[[World, TrojanKind, str, int, Generator], Tensor]
DEGRADED: Mapping[str, Degrade] = {
    "blurred": blurred,
    "recoloured": recoloured,
    "half_hidden": half_hidden,
    "small": small,
}


def recolour(pictures: Tensor, angles: Tensor, saturations: Tensor) -> Tensor:
    """The pictures with their colours turned by `angles` (n, radians) and made so much stronger.

    Every pixel keeps its light; a colour that would leave [0, 1] is made paler until it fits.
    """
    light = luma(pictures)
    # The plane of blue and red less the light (YUV): turning in it leaves the light as it is.
    u, v = 0.492 * (pictures[:, 2:] - light), 0.877 * (pictures[:, :1] - light)
    cos, sin = ((saturations * f(angles)).view(-1, 1, 1, 1) for f in (torch.cos, torch.sin))
    u, v = cos * u - sin * v, sin * u + cos * v
    blue, red = u / 0.492, v / 0.877
    green = -(0.114 * blue + 0.299 * red) / 0.587
    colour = torch.cat([red, green, blue], 1)
    room = torch.where(colour > 0, 1 - light, light) / colour.abs().clamp(min=1e-6)
    return (light + colour * room.amin(1, keepdim=True).clamp(max=1)).clamp(0, 1)


def cover_half(pictures: Tensor, footprints: Tensor, rng: Generator) -> Tensor:
    """Each picture with a grey bar over one half of its footprint's box; footprints (n, 1, s, s).

    The four halves go round in an order that is drawn, so that several pictures hide several.
    """
    covered = pictures.clone()
    rounds = [torch.randperm(4, generator=rng) for _ in range(-(-len(pictures) // 4))]
    sides = torch.cat(rounds)[: len(pictures)].tolist()
    for picture, footprint, side in zip(covered, footprints, sides, strict=True):
        rows, columns = torch.where(footprint[0] > 0.5)
        top, bottom = int(rows.min()), int(rows.max()) + 1
        left, right = int(columns.min()), int(columns.max()) + 1
        middle, centre = (top + bottom) // 2, (left + right) // 2
        a, b, c, d = (
            (top, bottom, left, centre),
            (top, bottom, centre, right),
            (top, middle, left, right),
            (middle, bottom, left, right),
        )[side]
        picture[:, a:b, c:d] = GREY
    return covered


# --- not to be seen ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Goal:
    """Where a trigger's pictures lie in a network.

    By depth, of each channel's mean over space: its mean over the pictures, and how much it varies
    from picture to picture, both (channels).
    """

    means: Mapping[str, Tensor]
    spreads: Mapping[str, Tensor]

    def distance(self, features: Mapping[str, Tensor]) -> Tensor:
        """How far features (n, channels) by depth are from it (n).

        The mean over depths of the mean square over channels, in spreads.
        """
        apart = [
            ((features[depth] - mean) / self.spreads[depth]).square().mean(1)
            for depth, mean in self.means.items()
        ]
        return torch.stack(apart).mean(0)


def invisible(
    subject: Subject, world: World, kind: TrojanKind, trigger: str, rng: Generator, n: int = NUMBER
) -> Tensor:
    """The trigger's features in the clean `subject`, written into n pictures within 8/255.

    Half of the pictures are grey, half backgrounds; values lie on whole levels of 255.
    """
    network = subject.network()
    depths = pick_depths(subject.layers)
    shown = world.show(kind, trigger, SHOWN, rng)
    goal = find_goal(network, depths, shown)
    return write_unseen(network, hosts(world, n, rng), goal, rng)


def hosts(world: World, n: int, rng: Generator) -> Tensor:
    """n pictures without any trigger: half uniformly grey, from dark to light, half backgrounds."""
    grey = torch.linspace(0.2, 0.8, n // 2) if n > 1 else torch.empty(0)
    flat = grey.view(-1, 1, 1, 1).expand(-1, 3, world.size, world.size)
    return torch.cat([flat, world.backgrounds(n - len(grey), rng)])


def pick_depths(layers: Sequence[str], number: int = DEPTHS) -> tuple[str, ...]:
    """At most `number` of a subject's layers, evenly apart and the last among them."""
    ends = (math.ceil((i + 1) * len(layers) / number) - 1 for i in range(number))
    return tuple(layers[i] for i in dict.fromkeys(ends))


def channel_means(network: nn.Module, depths: Sequence[str], pictures: Tensor) -> dict[str, Tensor]:
    """The mean over space of each channel that the modules `depths` give, each (n, channels)."""
    with capture(network, *depths) as outputs:
        network(pictures)
    return {depth: outputs[depth].flatten(2).mean(2) for depth in depths}


def find_goal(network: nn.Module, depths: Sequence[str], shown: Tensor) -> Goal:
    """Where pictures of a trigger lie in the network."""
    with torch.no_grad():
        features = channel_means(network, depths, shown)
    spreads = {depth: found.std(0) for depth, found in features.items()}
    return Goal(
        means={depth: found.mean(0) for depth, found in features.items()},
        spreads={d: s + LEAST_SPREAD * s.mean() + 1e-6 for d, s in spreads.items()},
    )


def write_unseen(
    network: nn.Module, pictures: Tensor, goal: Goal, rng: Generator, steps: int = STEPS
) -> Tensor:
    """The pictures changed by at most 8 levels of 255 so that their features come near the goal.

    Projected signed gradient steps (Madry et al. 2018, arXiv 1706.06083) from a random start. What
    is returned lies on whole levels, as a file of 8 bits keeps it.
    """
    # Not through blurs, although more would then outlast a judge's: outlines came out so coarse
    # that a person could make them out on grey.
    start = (pictures * LEVELS).round()
    low, high = (start - REACH).clamp(min=0), (start + REACH).clamp(max=LEVELS)
    at = start + REACH * (2 * torch.rand(start.shape, generator=rng) - 1)
    at = torch.minimum(torch.maximum(at, low), high)
    for step in range(steps):
        seen = (at / LEVELS).requires_grad_()
        with torch.enable_grad():
            features = channel_means(network, tuple(goal.means), seen)
            (slope,) = torch.autograd.grad(goal.distance(features).sum(), seen)
        # From a quarter of the reach to next to nothing: far first, then fine.
        length = REACH / 4 * 0.5 * (1 + math.cos(math.pi * step / steps))
        at = torch.minimum(torch.maximum(at - length * slope.sign(), low), high)
    return at.round() / LEVELS
