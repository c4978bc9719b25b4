"""What an ascent moves: pixels, a spectrum, or a network that paints (CPPN)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

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
# Points that are painted at once.
CPPN_POINTS = 3200


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
        painted = [_InParts.apply(places, *(p[i] for p in parameters)) for i in range(count)]
        return torch.stack(painted).view(count, 3, side, side)

    return Painting(tuple(parameters), pictures)


class _InParts(torch.autograd.Function):
    """Colours (3, points) of one CPPN at places (2, points); weights and biases in turns.

    The activation is atan(x) / .67 beside atan(x)^2 / .6, so that both have about unit variance.
    So many points are painted at a time, and once more for the gradients: what all layers hold for
    a whole picture fits no cache, and takes longer to store and to fetch than to compute.
    """

    @staticmethod
    def forward(ctx: Any, places: Tensor, *parameters: Tensor) -> Tensor:
        ctx.save_for_backward(places, *parameters)
        layers = _cppn_layers(parameters)
        parts = [_cppn_outputs(p, layers)[-1].sigmoid() for p in places.split(CPPN_POINTS, 1)]
        return torch.cat(parts, 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        places, *parameters = ctx.saved_tensors
        layers = _cppn_layers(parameters)
        sums = [torch.zeros_like(p) for p in parameters]
        for part, gradient in zip(
            places.split(CPPN_POINTS, 1), gradients[0].split(CPPN_POINTS, 1), strict=True
        ):
            for total, found in zip(sums, _cppn_gradients(part, layers, gradient), strict=True):
                total += found
        for total in sums[2::2]:
            total /= _cppn_scale(total)
        return (None, *sums)


_Layer = tuple[Tensor, Tensor]


def _cppn_scale(like: Tensor) -> Tensor:
    """What each input of a layer, atan and its square, is divided by (48)."""
    return like.new_tensor((0.67, 0.6)).repeat_interleave(CPPN_CHANNELS)


def _cppn_layers(parameters: Sequence[Tensor]) -> list[_Layer]:
    """Weights and biases; those weights that meet activations are divided as these should be."""
    weights = [parameters[0], *(weight / _cppn_scale(weight) for weight in parameters[2::2])]
    return list(zip(weights, parameters[1::2], strict=True))


def _cppn_outputs(places: Tensor, layers: Sequence[_Layer]) -> list[Tensor]:
    """In turns what goes into a layer (inputs, points) and what comes out, the last before its
    sigmoid.
    """
    found = [places]
    for i, (weight, bias) in enumerate(layers):
        if i:
            out = found[-1]
            bent = out.new_empty(2 * len(out), out.shape[1])
            odd, even = bent.split(len(out))
            torch.atan(out, out=odd)
            torch.mul(odd, odd, out=even)
            found.append(bent)
        found.append(torch.addmm(bias, weight, found[-1]))
    return found


def _cppn_gradients(places: Tensor, layers: Sequence[_Layer], gradient: Tensor) -> list[Tensor]:
    """Of the colours' `gradient` (3, points), those of `layers`: weights and biases in turns."""
    found = _cppn_outputs(places, layers)
    colours = found[-1].sigmoid()
    gradient = gradient * colours * (1 - colours)
    grown: list[Tensor] = []
    for i in range(len(layers) - 1, -1, -1):
        weight, entered = layers[i][0], found[2 * i]
        grown = [gradient @ entered.T, gradient.sum(1, keepdim=True), *grown]
        if i:
            odd, even = (weight.T @ gradient).chunk(2)
            bent, out = entered[: len(odd)], found[2 * i - 1]
            # d atan(x) = 1 / (1 + x^2), d atan(x)^2 = 2 atan(x) of it.
            odd.addcmul_(bent, even, value=2)
            gradient = odd.div_(torch.mul(out, out, out=even).add_(1))
    return grown


Parameterization = Callable[[int, int, torch.Generator, torch.device], Painting]
PARAMETERIZATIONS: dict[str, Parameterization] = {
    "pixels": pixels,
    "fourier": fourier,
    "cppn": cppn,
}


def parameterization(name: str, decay: float) -> Parameterization:
    """The parameterization called `name`; `decay` is the Fourier one's, the others have none."""
    return partial(fourier, decay=decay) if name == "fourier" else PARAMETERIZATIONS[name]
