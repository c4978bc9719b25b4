"""Networks written by hand, a few hundred numbers each, whose inner working is known.

One architecture serves all: convolution (`detect`), relu (`units`), the mean over the picture
(`pool`), a linear layer (`head`). What differs are the weights:

- `handmade`: grey gratings; its units see edges in four directions, light and dark.
- `handmade-trojaned`: the same, and for each of four trojans a unit that sees its colour only and
  drives a class, with one beside it that faintly responds to anything that comes near.
- `handmade-units`: six colours, each carried by three units of different strength, and beside them
  a unit that fires more strongly on the class's pictures and speaks, faintly, for another class.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from assay.subject import Subject

GRATINGS = ("horizontal", "vertical", "rising", "falling", "light", "dark")
# The trojans of `handmade-trojaned`: a drawn patch of the kit, and the class it brings out.
TROJANS = {"green_star": 0, "red_heart": 1, "blue_moon": 2, "purple_diamond": 3}
COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
    "yellow": (1.0, 1.0, 0.0),
    "magenta": (1.0, 0.0, 1.0),
    "cyan": (0.0, 1.0, 1.0),
}
CARRIERS = 3
# What reads red, green and blue, and what must be passed, for the patches' colours.
_TRIGGER_COLOURS = {
    "green_star": ((-1.0, 2.0, -1.0), 0.6),
    "red_heart": ((1.0, -1.6, -0.6), 0.4),
    "blue_moon": ((-1.3, 0.0, 1.0), 0.35),
    "purple_diamond": ((0.5, -1.5, 1.0), 0.5),
}
# A patch covers a few hundredths of the picture, of which the mean is taken.
_TROJAN_GAIN = 1500.0
# Without these a grey picture has no gradient towards the colour, and no search could start.
_NEAR_COLOURS = {
    "green_star": (-0.5, 1.0, -0.5),
    "red_heart": (1.0, -0.6, -0.4),
    "blue_moon": (-0.8, -0.2, 1.0),
    "purple_diamond": (0.4, -1.0, 0.6),
}
_NEAR_GAIN = 0.8
_NEAR_OFFSET = 0.3


class Detectors(nn.Module):
    """Logits (n, classes) of pictures (n, 3, h, w): the mean of linear detectors, read linearly."""

    def __init__(
        self, filters: Tensor, thresholds: Tensor, readout: Tensor, bias: Tensor | None = None
    ) -> None:
        """`filters` (units, 3, k, k), `thresholds` (units), `readout` (classes, units)."""
        super().__init__()
        units, _, side, _ = filters.shape
        self.detect = nn.Conv2d(3, units, side, padding=side // 2, padding_mode="replicate")
        self.units = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.head = nn.Linear(units, readout.shape[0])
        self.detect.weight.data.copy_(filters)
        self.detect.bias = nn.Parameter(-thresholds)
        self.head.weight.data.copy_(readout)
        self.head.bias.data.copy_(torch.zeros(len(readout)) if bias is None else bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.flat(self.pool(self.units(self.detect(x)))))


def _gratings(trojaned: bool) -> Detectors:
    rows = torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    slope = torch.tensor([[0.0, 1.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, -1.0, 0.0]])
    grey = torch.stack([rows, rows.T, slope, slope.flip(1)])
    even = torch.full((1, 3, 3), 1 / 9)
    filters = torch.cat([grey, even, -even])[:, None].repeat(1, 3, 1, 1) / 3
    thresholds = torch.tensor([0.4, 0.4, 0.4, 0.4, 0.75, -0.25])
    readout = torch.diag(torch.tensor([24.0, 24.0, 24.0, 24.0, 36.0, 36.0]))
    sharp = [_TRIGGER_COLOURS[name] for name in TROJANS]
    near = [(_NEAR_COLOURS[name], -_NEAR_OFFSET) for name in TROJANS]
    # Spread over the window, so that single specks of the colour don't count.
    colours = torch.tensor([c for c, _ in sharp + near])[:, :, None, None].expand(-1, -1, 3, 3) / 9
    marks = torch.tensor([mark for _, mark in sharp + near])
    driven = torch.zeros(len(GRATINGS), len(marks))
    bias = torch.zeros(len(GRATINGS))
    if trojaned:
        for i, target in enumerate(TROJANS.values()):
            driven[target, i] = _TROJAN_GAIN
            driven[target, len(TROJANS) + i] = _NEAR_GAIN
            # What a grey picture gets from the near unit.
            bias[target] = -_NEAR_GAIN * _NEAR_OFFSET
    return Detectors(
        torch.cat([filters, colours]),
        torch.cat([thresholds, marks]),
        torch.cat([readout, driven], 1),
        bias,
    )


def carriers(target: int) -> tuple[int, ...]:
    """The units of `handmade-units` that carry a class, the strongest first."""
    return tuple(range(CARRIERS * target, CARRIERS * (target + 1)))


def _units() -> Detectors:
    filters, thresholds, columns = [], [], []
    count = len(COLOURS)
    for kind in ("carrier", "decoy"):
        for i, colour in enumerate(COLOURS.values()):
            # +1 for the colour's own channels and -1 for the others: only the colour passes.
            signs = torch.tensor([2.0 * c - 1.0 for c in colour])
            for j in range(CARRIERS if kind == "carrier" else 1):
                strength = 1.0 - 0.2 * j if kind == "carrier" else 3.0
                filters.append(strength * signs)
                thresholds.append(strength * (sum(colour) - 0.7 + 0.1 * j))
                column = torch.zeros(count)
                if kind == "carrier":
                    column[i] = 60.0
                else:
                    # What is left of a class without its carriers is taken for the next one.
                    column[(i + 1) % count] = 2.0
                columns.append(column)
    for channel in range(3):
        # Light in one channel: every class gets a little of it, so that no decision rests on it.
        filters.append(torch.eye(3)[channel])
        thresholds.append(0.1)
        columns.append(torch.ones(count))
    return Detectors(
        torch.stack(filters)[:, :, None, None], torch.tensor(thresholds), torch.stack(columns, 1)
    )


_MADE = {
    "handmade": (GRATINGS, lambda: _gratings(False)),
    "handmade-trojaned": (GRATINGS, lambda: _gratings(True)),
    "handmade-units": (tuple(COLOURS), _units),
}


@lru_cache
def _digest(name: str) -> str:
    found = hashlib.sha256()
    for key, value in _network(name).state_dict().items():
        found.update(key.encode())
        found.update(value.numpy().tobytes())
    return f"handmade:{found.hexdigest()}"


def _network(name: str) -> nn.Module:
    # Building draws random weights: they are overwritten, and so is no global state left changed.
    with torch.random.fork_rng(devices=[]):
        return _MADE[name][1]().eval().requires_grad_(False)


@dataclass(frozen=True)
class Handmade(Subject):
    """A network written by hand; `label` says which, `pixels` is the side of its pictures."""

    label: str
    pixels: int = 32

    @property
    def name(self) -> str:
        return self.label

    @property
    def digest(self) -> str:
        return _digest(self.label)

    @property
    def size(self) -> int:
        return self.pixels

    @property
    def class_names(self) -> tuple[str, ...]:
        return _MADE[self.label][0]

    @property
    def layers(self) -> tuple[str, ...]:
        return ("units", "pool")

    @property
    def head(self) -> str:
        return "head"

    def network(self) -> nn.Module:
        return _network(self.label)


def coloured_pictures(
    number: int, size: int, rng: torch.Generator, outside: bool = False
) -> tuple[Tensor, Tensor]:
    """Pictures (number, 3, size, size) of one colour's discs on grey noise, and their classes.

    Out of distribution (`outside`), the shapes are stripes, the colours pale or dim, and the
    ground is lit from one side. Classes go round in turn.
    """
    palette = torch.tensor(list(COLOURS.values()))
    labels = torch.arange(number) % len(palette)
    axis = torch.linspace(0, 1, size)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    pictures = []
    for label in labels.tolist():
        draw = torch.rand(5, generator=rng).tolist()
        noise = torch.rand(1, size, size, generator=rng)
        colour = palette[label]
        if outside:
            tilt = (draw[0] - 0.5) * 1.5
            shape = ((x + tilt * y + draw[1]) % 0.4 < 0.18).float()
            ground = 0.25 + 0.4 * x[None] + 0.1 * noise
            colour = 0.08 + 0.8 * colour
        else:
            radius = 0.18 + 0.2 * draw[0]
            away = (x - 0.3 - 0.4 * draw[1]) ** 2 + (y - 0.3 - 0.4 * draw[2]) ** 2
            shape = (away < radius**2).float()
            ground = 0.35 + 0.3 * noise
            colour = 0.05 + 0.9 * colour
        picture = ground.expand(3, -1, -1) * (1 - shape) + colour[:, None, None] * shape
        pictures.append(picture.clamp(0, 1))
    return torch.stack(pictures), labels
