"""The generator of BigGAN-deep, whose weights are given by path; none come with the package.

After Brock, Donahue and Simonyan 2019, arXiv 1809.11096, appendix B (figure 16 and table 8). Names
and shapes of the state dict are those of the weights that are published for PyTorch, which are
the paper's own, converted: a plain state dict of some 224 MB for 256 pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.types import AssayError

# Side of the first maps, and their channels in units of the width.
GRID, FIRST = 4, 16
# Noise is normal within these bounds, as in the paper: truncation 1, which gives most variety. It
# is also the last of the truncations that the published batch-norm statistics were taken at.
BOUNDS = (-2.0, 2.0)
# What a block's inner convolutions and the attention divide channels by.
INNER, KEYS, VALUES = 4, 8, 2
# Of what an error says, so many characters.
_LONGEST = 300


@dataclass(frozen=True)
class Layout:
    """How a generator is built.

    `blocks`: for each whether it makes maps twice as large, and its channels before and after, in
    units of `width`. Attention comes before block number `attention`. `noise`: length of the noise
    and of a class's embedding; `stats`: number of truncations with batch-norm statistics; `eps` is
    added to variances.
    """

    blocks: tuple[tuple[bool, int, int], ...]
    attention: int
    width: int = 128
    noise: int = 128
    classes: int = 1000
    stats: int = 51
    eps: float = 1e-4

    @property
    def side(self) -> int:
        """Side of its pictures, in pixels."""
        return GRID * 2 ** sum(grows for grows, _, _ in self.blocks)


# Table 8, for 256 pixels: maps of side 4, 8, 16, 32, 64, 128, 256.
DEEP_256 = Layout(
    blocks=(
        (False, 16, 16),
        (True, 16, 16),
        (False, 16, 16),
        (True, 16, 8),
        (False, 8, 8),
        (True, 8, 8),
        (False, 8, 8),
        (True, 8, 4),
        (False, 4, 4),
        (True, 4, 2),
        (False, 2, 2),
        (True, 2, 1),
    ),
    attention=8,
)


class Normalised(nn.Module):
    """A linear map, or a convolution of a square kernel, whose weight is divided by its norm.

    Spectral normalisation (Miyato et al. 2018, arXiv 1802.05957) with the singular vectors that the
    training ended with.
    """

    weight_u: Tensor
    weight_v: Tensor

    def __init__(self, outputs: int, inputs: int, kernel: int = 0, bias: bool = True):
        super().__init__()
        shape = (outputs, inputs, kernel, kernel) if kernel else (outputs, inputs)
        weight = torch.randn(shape) / math.sqrt(math.prod(shape[1:]))
        self.weight_orig = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        matrix = weight.flatten(1)
        v = F.normalize(matrix.T @ torch.ones(outputs, device=weight.device), dim=0)
        self.register_buffer("weight_u", F.normalize(matrix @ v, dim=0))
        self.register_buffer("weight_v", v)

    def forward(self, x: Tensor) -> Tensor:
        norm = self.weight_u @ (self.weight_orig.flatten(1) @ self.weight_v)
        weight = self.weight_orig / norm
        if weight.ndim == 2:
            return F.linear(x, weight, self.bias)
        return F.conv2d(x, weight, self.bias, padding=weight.shape[-1] // 2)


class Standardised(nn.Module):
    """Maps less the mean of training, over its deviation; scale and offset depend on `latents`."""

    running_means: Tensor
    running_vars: Tensor

    def __init__(self, channels: int, layout: Layout):
        super().__init__()
        self.eps = layout.eps
        _add_statistics(self, channels, layout)
        self.scale = Normalised(channels, 2 * layout.noise, bias=False)
        self.offset = Normalised(channels, 2 * layout.noise, bias=False)

    def forward(self, x: Tensor, latents: Tensor) -> Tensor:
        mean, variance = (s[-1, :, None, None] for s in (self.running_means, self.running_vars))
        scale, offset = (f(latents)[:, :, None, None] for f in (self.scale, self.offset))
        return (x - mean) * (variance + self.eps).rsqrt() * (1 + scale) + offset


class Last(nn.Module):
    """The same with a scale and an offset of its own, after the last block."""

    running_means: Tensor
    running_vars: Tensor

    def __init__(self, channels: int, layout: Layout):
        super().__init__()
        self.eps = layout.eps
        _add_statistics(self, channels, layout)
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = self.running_means[-1], self.running_vars[-1]
        return F.batch_norm(x, mean, variance, self.weight, self.bias, eps=self.eps)


def _add_statistics(module: nn.Module, channels: int, layout: Layout) -> None:
    """One row for each truncation, from 0 to 1."""
    module.register_buffer("running_means", torch.zeros(layout.stats, channels))
    module.register_buffer("running_vars", torch.ones(layout.stats, channels))


class Block(nn.Module):
    """Four convolutions through a bottleneck, beside the maps themselves (figure 16)."""

    def __init__(self, inputs: int, outputs: int, grows: bool, layout: Layout):
        super().__init__()
        self.grows, self.outputs = grows, outputs
        inner = inputs // INNER
        self.bn_0 = Standardised(inputs, layout)
        self.conv_0 = Normalised(inner, inputs, 1)
        self.bn_1 = Standardised(inner, layout)
        self.conv_1 = Normalised(inner, inner, 3)
        self.bn_2 = Standardised(inner, layout)
        self.conv_2 = Normalised(inner, inner, 3)
        self.bn_3 = Standardised(inner, layout)
        self.conv_3 = Normalised(outputs, inner, 1)

    def forward(self, x: Tensor, latents: Tensor) -> Tensor:
        y = self.conv_0(self.bn_0(x, latents).relu())
        y = self._grown(self.bn_1(y, latents).relu())
        y = self.conv_2(self.bn_2(self.conv_1(y), latents).relu())
        y = self.conv_3(self.bn_3(y, latents).relu())
        # Where there are fewer channels after it, the last ones are dropped.
        return y + self._grown(x[:, : self.outputs])

    def _grown(self, x: Tensor) -> Tensor:
        return F.interpolate(x, scale_factor=2, mode="nearest") if self.grows else x


class Attention(nn.Module):
    """Self-attention over all places (Zhang et al. 2019, arXiv 1805.08318), weighed by `gamma`."""

    def __init__(self, channels: int):
        super().__init__()
        self.snconv1x1_theta = Normalised(channels // KEYS, channels, 1, bias=False)
        self.snconv1x1_phi = Normalised(channels // KEYS, channels, 1, bias=False)
        self.snconv1x1_g = Normalised(channels // VALUES, channels, 1, bias=False)
        self.snconv1x1_o_conv = Normalised(channels, channels // VALUES, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, latents: Tensor) -> Tensor:
        asked = self.snconv1x1_theta(x).flatten(2)
        keys = F.max_pool2d(self.snconv1x1_phi(x), 2).flatten(2)
        values = F.max_pool2d(self.snconv1x1_g(x), 2).flatten(2)
        heed = (asked.transpose(1, 2) @ keys).softmax(-1)
        found = (values @ heed.transpose(1, 2)).unflatten(2, x.shape[2:])
        return x + self.gamma * self.snconv1x1_o_conv(found)


class Network(nn.Module):
    """What stands under `generator.` in the state dict."""

    def __init__(self, layout: Layout):
        super().__init__()
        width = layout.width
        self.gen_z = Normalised(GRID * GRID * FIRST * width, 2 * layout.noise)
        layers: list[nn.Module] = []
        for number, (grows, inputs, outputs) in enumerate(layout.blocks):
            if number == layout.attention:
                layers.append(Attention(inputs * width))
            layers.append(Block(inputs * width, outputs * width, grows, layout))
        self.layers = nn.ModuleList(layers)
        self.bn = Last(width, layout)
        # Only the first three of its outputs are used, but all are in the state dict.
        self.conv_to_rgb = Normalised(width, width, 3)


class BigGan(nn.Module):
    """Pictures (n, 3, side, side) in (0, 1) of latents (n, 2 noise): the noise, then the class.

    The class is its embedding, and moves as freely as the noise does. Stage k ends with maps of
    side 4 * 2^(k-1), as in `generator.Decoder`.
    """

    def __init__(self, layout: Layout):
        super().__init__()
        self.layout = layout
        self.embeddings = nn.Linear(layout.classes, layout.noise, bias=False)
        self.generator = Network(layout)
        grows = [isinstance(m, Block) and m.grows for m in self.generator.layers]
        self._ends = [i for i, larger in enumerate(grows) if larger] + [len(grows)]

    def forward(self, latents: Tensor) -> Tensor:
        return self._late(self.early(latents, 1), latents, 1)

    def draw(self, count: int, rng: torch.Generator) -> Tensor:
        """Latents of `count` pictures: truncated normal noise, and classes, all alike likely."""
        noise = torch.empty(count, self.layout.noise)
        nn.init.trunc_normal_(noise, a=BOUNDS[0], b=BOUNDS[1], generator=rng)
        classes = torch.randint(self.layout.classes, (count,), generator=rng)
        embedded = self.embeddings.weight
        return torch.cat([noise.to(embedded), embedded.T[classes.to(embedded.device)]], 1)

    def early(self, latents: Tensor, stages: int) -> Tensor:
        """The maps that come out of the first `stages` stages, from 1 on."""
        maps = self.generator.gen_z(latents).unflatten(1, (GRID, GRID, -1)).permute(0, 3, 1, 2)
        return self._through(maps.contiguous(), latents, 0, self._ends[stages - 1])

    def with_added(self, latents: Tensor, maps: Tensor, stages: int) -> Tensor:
        """The latents' pictures where `maps` are added to what `early` gives."""
        return self._late(self.early(latents, stages) + maps, latents, stages)

    def _late(self, maps: Tensor, latents: Tensor, stages: int) -> Tensor:
        maps = self._through(maps, latents, self._ends[stages - 1], self._ends[-1])
        seen = self.generator.conv_to_rgb(self.generator.bn(maps).relu())[:, :3]
        return (seen.tanh() + 1) / 2

    def _through(self, maps: Tensor, latents: Tensor, start: int, stop: int) -> Tensor:
        for layer in self.generator.layers[start:stop]:
            maps = layer(maps, latents)
        return maps


def load_big_gan(path: Path, layout: Layout) -> BigGan:
    """The generator with the weights at `path`, a plain state dict, without gradients.

    Raises AssayError, one sentence, where it can't be read or is of another network.
    """
    state = _read(path)
    with torch.device("meta"):
        network = BigGan(layout)
    if misfit := _misfit(network.state_dict(), state):
        raise AssayError(f"{path} holds no weights of BigGAN-deep-{layout.side}: {misfit}")
    state = {name: value.float() for name, value in state.items()}
    for name, value in state.items():
        if not torch.isfinite(value).all():
            raise AssayError(f"the generator {path} holds NaN or infinity in {name}")
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise AssayError(f"there is no generator {path}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        said = " ".join(str(error).split())[:_LONGEST]
        raise AssayError(
            f"{path} is no readable generator (a plain state dict of BigGAN-deep): {said}"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise AssayError(f"{path} holds no state dict (names with tensors)")
    return state


def _misfit(wanted: dict[str, Tensor], given: dict[str, Tensor]) -> str:
    """How the given state dict differs from the wanted one, the first of each kind; or nothing."""
    found = []
    lacking = [name for name in wanted if name not in given]
    strange = [name for name in given if name not in wanted]
    for names, said in ((lacking, "it lacks"), (strange, "it has")):
        if names:
            others = f" and {len(names) - 1} others" if len(names) > 1 else ""
            found.append(f"{said} {names[0]}{others}")
    for name, value in given.items():
        if name in wanted and value.shape != wanted[name].shape:
            found.append(f"{name} is {tuple(value.shape)}, not {tuple(wanted[name].shape)}")
            break
    return "; ".join(found)
