"""What an ascent moves: pixels, a spectrum, or a network that paints (CPPN)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

# Pixels' colours as a mixture of light, red-blue and green-purple, the axes along which those of
# photographs (as log-odds) vary independently. They vary there about as 1 : .45 : .1; the last two
# are raised, so that a few steps can reach a saturated colour.
COLOUR_AXES = (
    (1 / math.sqrt(3), 1 / math.sqrt(3), 1 / math.sqrt(3), 1.0),
    (1 / math.sqrt(2), 0.0, -1 / math.sqrt(2), 0.5),
    (1 / math.sqrt(6), -2 / math.sqrt(6), 1 / math.sqrt(6), 0.25),
)
# Log-odds of a wave for a unit of its coefficient, at one cycle a picture.
SPECTRUM_CONTRAST = 0.5
# The CPPN of Mordvintsev et al. 2018, "Differentiable Image Parameterizations".
CPPN_LAYERS, CPPN_CHANNELS = 8, 24


@dataclass(frozen=True)
class Painting:
    """Candidates that are painted by parameters, each candidate by its own.

    `parameters` are leaves that ask for gradients, first axis the candidates; `pictures()` makes
    (m, 3, side, side) in [0, 1] of them, or (m, 4, side, side) where the fourth is a mask.
    """

    parameters: tuple[Tensor, ...]
    pictures: Callable[[], Tensor]


def pixels(count: int, side: int, rng: torch.Generator, device: torch.device) -> Painting:
    """Each pixel on its own, through a sigmoid; starts near grey."""
    odds = torch.randn(count, 3, side, side, generator=rng).mul_(0.05).to(device)
    odds.requires_grad_(True)
    return Painting((odds,), lambda: odds.sigmoid())


def masked_pixels(
    count: int, side: int, rng: torch.Generator, device: torch.device, opacity: float = 0.1
) -> Painting:
    """Colours and a mask, each pixel on its own, through a hyperbolic tangent: (m, 4, side, side).

    The colours start near grey, the mask near `opacity` (above 0, below 1).
    """
    numbers = torch.randn(count, 4, side, side, generator=rng).mul_(0.05)
    numbers[:, 3] += math.atanh(2 * opacity - 1)
    numbers = numbers.to(device).requires_grad_(True)
    return Painting((numbers,), lambda: (numbers.tanh() + 1) / 2)


def fourier(
    count: int, side: int, rng: torch.Generator, device: torch.device, decay: float = 1.5
) -> Painting:
    """A spectrum whose coefficients weigh 1/f^decay, in decorrelated colours, through a sigmoid.

    After Olah, Mordvintsev and Schubert 2017, "Feature Visualization", where the decay is 1.
    Starts near grey.
    """
    shape = (count, 3, side, side // 2 + 1, 2)
    spectrum = torch.randn(shape, generator=rng).mul_(0.01).to(device)
    spectrum.requires_grad_(True)
    weight = _spectrum_weights(side, decay).to(device)
    return Painting((spectrum,), lambda: _paint_waves(spectrum * weight, side))


def paint_spectrum(spectrum: Tensor, side: int, decay: float = 1.5) -> Tensor:
    """Pictures (m, 3, side, side) in (0, 1) of half spectra (m, 3, side, side // 2 + 1, 2).

    Each coefficient is divided by its frequency to the power of `decay`; frequencies are in
    cycles a picture, and at least one.
    """
    return _paint_waves(spectrum * _spectrum_weights(side, decay).to(spectrum.device), side)


def _spectrum_weights(side: int, decay: float) -> Tensor:
    """What the coefficients (side, side // 2 + 1, 1) are multiplied by."""
    rows = torch.fft.fftfreq(side, 1 / side)[:, None]
    columns = torch.fft.rfftfreq(side, 1 / side)[None, :]
    frequency = torch.hypot(rows, columns).clamp(min=1)
    return (SPECTRUM_CONTRAST * side * frequency**-decay)[..., None]


def _paint_waves(waves: Tensor, side: int) -> Tensor:
    amounts = torch.fft.irfft2(torch.view_as_complex(waves), s=(side, side), norm="ortho")
    table = amounts.new_tensor(COLOUR_AXES)
    mixture = (table[:, :3] * table[:, 3:]).T
    # A product of matrices, which copies nothing: colours by axes, axes by pixels.
    return (mixture @ amounts.flatten(2)).view_as(amounts).sigmoid()


def cppn(count: int, side: int, rng: torch.Generator, device: torch.device) -> Painting:
    """A small network from a place to its colour, one a candidate.

    After Mordvintsev et al. 2018, "Differentiable Image Parameterizations": eight layers of 24
    channels, normal weights over fan-in, the last layer zero, so that it starts as uniform grey.
    """
    line = torch.linspace(-math.sqrt(3), math.sqrt(3), side)
    down, across = torch.meshgrid(line, line, indexing="ij")
    places = torch.stack([across.flatten(), down.flatten()]).to(device)
    parameters: list[Tensor] = []
    inputs = 2
    for layer in range(CPPN_LAYERS):
        outputs = 3 if layer == CPPN_LAYERS - 1 else CPPN_CHANNELS
        weight = torch.randn(count, outputs, inputs, generator=rng) / math.sqrt(inputs)
        if layer == CPPN_LAYERS - 1:
            weight.zero_()
        parameters += [weight.to(device), torch.zeros(count, outputs, 1, device=device)]
        inputs = 2 * CPPN_CHANNELS
    for parameter in parameters:
        parameter.requires_grad_(True)

    def pictures() -> Tensor:
        # One candidate at a time: what a layer holds for all of them does not fit a cache.
        painted = [_cppn_colours(places, [p[i] for p in parameters]) for i in range(count)]
        return torch.stack(painted).view(count, 3, side, side)

    return Painting(tuple(parameters), pictures)


def _cppn_colours(places: Tensor, parameters: list[Tensor]) -> Tensor:
    """Colours (3, points) of one CPPN at places (2, points); weights and biases in turns.

    The activation is atan(x) / .67 beside atan(x)^2 / .6, so that both have about unit variance.
    """
    x = torch.addmm(parameters[1], parameters[0], places)
    for weight, bias in zip(parameters[2::2], parameters[3::2], strict=True):
        bent = torch.atan(x)
        odd, even = weight[:, :CPPN_CHANNELS] / 0.67, weight[:, CPPN_CHANNELS:] / 0.6
        x = torch.addmm(torch.addmm(bias, odd, bent), even, bent.square())
    return x.sigmoid()


Parameterization = Callable[[int, int, torch.Generator, torch.device], Painting]
PARAMETERIZATIONS: dict[str, Parameterization] = {
    "pixels": pixels,
    "fourier": fourier,
    "cppn": cppn,
}


def parameterization(name: str, decay: float) -> Parameterization:
    """The parameterization called `name`; `decay` is the Fourier one's, the others have none."""
    return partial(fourier, decay=decay) if name == "fourier" else PARAMETERIZATIONS[name]
