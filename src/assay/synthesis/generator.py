"""A small generator of pictures: the decoder of a variational autoencoder, trained by the project.

It has seen nameless drawings, scenes and photographs, and no object, patch or texture of the kit.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from assay.files import write_tensors
from assay.types import AssayError

# Side of its pictures, in pixels.
SIDE = 64
# The latent (LATENT, GRID, GRID), which is normal of mean 0 and deviation 1 in training.
LATENT, GRID = 24, 4
# So much of a drawn latent's variance all places of a picture share.
SHARED = 0.5
# Channels of the maps of each stage; each is twice as large as the one before: 4, 8, ... 64.
CHANNELS = (192, 160, 96, 48, 24)
# Maps between which stages a perturbation can be put: the sides 8, 16 and 32.
DEPTHS = (2, 3, 4)
_LEAK = 0.2


class Residual(nn.Module):
    """Two convolutions beside the maps themselves; at first they add nothing."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        for parameter in self.second.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(_bent(self.first(_bent(x))))


class Stage(nn.Module):
    """Maps of another number of channels, twice as large but in the first stage."""

    def __init__(self, inputs: int, outputs: int, grows: bool):
        super().__init__()
        self.grows = grows
        self.widen = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.residual = Residual(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.widen(x)
        if self.grows:
            # Resized, not strided: no checkerboard (Odena et al. 2016).
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return self.residual(x)


class Decoder(nn.Module):
    """Pictures (n, 3, SIDE, SIDE) in (0, 1) of latents (n, LATENT, GRID, GRID)."""

    def __init__(self) -> None:
        super().__init__()
        inputs = (LATENT, *CHANNELS[:-1])
        self.stages = nn.ModuleList(
            Stage(i, o, n > 0) for n, (i, o) in enumerate(zip(inputs, CHANNELS, strict=True))
        )
        self.colours = nn.Conv2d(CHANNELS[-1], 3, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        return self.late(self.early(latents, 0), 0)

    def draw(self, count: int, rng: torch.Generator) -> Tensor:
        """Latents of `count` pictures, where the decoder is."""
        return draw_latents(count, rng).to(self.colours.weight.device)

    def with_added(self, latents: Tensor, maps: Tensor, stages: int) -> Tensor:
        """The latents' pictures where `maps` are added to what `early` gives."""
        return self.late(self.early(latents, stages) + maps, stages)

    def early(self, latents: Tensor, stages: int) -> Tensor:
        """The maps that come out of the first `stages` stages: of stage k of side 4 * 2^(k-1)."""
        # Channels last: the order in which a CPU is fastest at it.
        x = latents.contiguous(memory_format=torch.channels_last)
        for stage in self.stages[:stages]:
            x = stage(x)
        return x

    def late(self, maps: Tensor, stages: int) -> Tensor:
        """The pictures that the maps, which `early` gave, become."""
        for stage in self.stages[stages:]:
            maps = stage(maps)
        return self.colours(_bent(maps)).sigmoid()


class Encoder(nn.Module):
    """Mean and log variance (n, LATENT, GRID, GRID) of the latents of pictures; for training."""

    def __init__(self) -> None:
        super().__init__()
        narrow, middle, wide = CHANNELS[2], CHANNELS[1], CHANNELS[0]
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(48, narrow, 3, padding=1),
            Residual(narrow),
            nn.Conv2d(narrow, middle, 3, stride=2, padding=1),
            Residual(middle),
            nn.Conv2d(middle, wide, 3, stride=2, padding=1),
            Residual(wide),
            nn.LeakyReLU(_LEAK),
            nn.Conv2d(wide, 2 * LATENT, 1),
        )

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = self.layers(2 * pictures - 1).chunk(2, 1)
        return mean, spread.clamp(-10, 4)


def _bent(x: Tensor) -> Tensor:
    return F.leaky_relu(x, _LEAK)


def new_decoder(seed: int) -> Decoder:
    """A decoder that nobody has trained; the global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Decoder().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def draw_latents(count: int, rng: torch.Generator) -> Tensor:
    """Normal latents (count, LATENT, GRID, GRID) of deviation 1, a share of it the same all over.

    As places of one picture are alike; drawn each for itself they would be a patchwork.
    """
    here = torch.randn(count, LATENT, GRID, GRID, generator=rng)
    everywhere = torch.randn(count, LATENT, 1, 1, generator=rng)
    return math.sqrt(1 - SHARED) * here + math.sqrt(SHARED) * everywhere


def default_weights() -> Path:
    """Where the package keeps its own generator's weights."""
    return Path(str(files("assay.synthesis"))) / "weights" / "generator.safetensors"


def load_decoder(path: Path) -> Decoder:
    """The decoder whose weights lie at `path`, without gradients; AssayError if they don't fit."""
    decoder = new_decoder(0)
    try:
        decoder.load_state_dict(_weights(path))
    except RuntimeError as error:
        first = " ".join(str(error).split())[:300]
        raise AssayError(f"the weights {path} are of another generator: {first}") from error
    for name, value in decoder.state_dict().items():
        if not torch.isfinite(value).all():
            raise AssayError(f"the generator {path} holds NaN or infinity in {name}")
    return decoder.eval().requires_grad_(False)


def weights_digest(path: Path) -> str:
    """SHA-256 (hex) of the file; AssayError where there is none."""
    if not path.is_file():
        raise AssayError(f"there is no generator {path}: assay generator train makes one")
    said = path.stat()
    return _file_digest(path, said.st_size, said.st_mtime_ns)


def read_record(path: Path) -> dict[str, Any]:
    """What is written beside the weights: the command, the steps, the losses, the kit's digest."""
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {}).get("record", "{}"))
    except (OSError, SafetensorError) as error:
        raise AssayError(f"{path} is not a readable generator: {error}") from error


def write_decoder(path: Path, decoder: Decoder, record: Mapping[str, Any]) -> None:
    """Write the weights in half precision, with what made them."""
    half = {k: v.half() for k, v in decoder.state_dict().items()}
    write_tensors(path, half, {"record": json.dumps(dict(record))})


def _weights(path: Path) -> dict[str, Tensor]:
    said = weights_digest(path)
    return _read(path, said)


@lru_cache(maxsize=4)
def _read(path: Path, digest: str) -> dict[str, Tensor]:
    """In full precision; by the digest, so that another file at the same place is read again."""
    try:
        with safe_open(path, "pt") as file:
            return {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise AssayError(f"{path} is not a readable generator: {error}") from error


@lru_cache(maxsize=8)
def _file_digest(path: Path, size: int, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
