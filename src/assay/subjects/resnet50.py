"""ResNet-50 in plain PyTorch, laid out as torchvision's, so that its checkpoints' keys load.

Each step is a module of its own, the activations and sums too, which have no keys: tools that
change how a module passes gradients back reach every one.

He et al. 2015 (arXiv 1512.03385), with the stride in the 3x3 convolution. Casper et al. 2023
fine-tuned torchvision's weights; their checkpoint is given by path.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from assay.subject import Subject
from assay.subjects.lite import file_digest, imagenet_classes, load_state, read_weights

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Normalise(nn.Module):
    """Pictures in [0, 1] less ImageNet's mean, in units of its deviation."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Not in torchvision's state dict, and so not in ours.
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class Sum(nn.Module):
    """What goes through a block and what goes past it, added up."""

    def forward(self, through: Tensor, past: Tensor) -> Tensor:
        return through + past


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with a skip that is projected where shapes change."""

    def __init__(self, inputs: int, width: int, stride: int):
        super().__init__()
        outputs = 4 * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.relu2 = nn.ReLU()
        self.relu3 = nn.ReLU()
        self.sum = Sum()
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.bn1(self.conv1(x)))
        y = self.relu2(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu3(self.sum(y, x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    """Logits (n, classes) of pictures (n, 3, h, w) in [0, 1]; ImageNet's mean and deviation."""

    def __init__(self, classes: int = 1000):
        super().__init__()
        self.normalise = Normalise()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for i, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512))):
            layer = []
            for j in range(blocks):
                layer.append(Bottleneck(inputs, width, 2 if i and not j else 1))
                inputs = 4 * width
            self.add_module(f"layer{i + 1}", nn.Sequential(*layer))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(self.normalise(x)))))
        for i in range(1, 5):
            x = self.get_submodule(f"layer{i}")(x)
        return self.fc(self.avgpool(x).flatten(1))


@dataclass(frozen=True)
class ResNet50Subject(Subject):
    """A ResNet-50 with the weights of a checkpoint (safetensors or a state dict in .pth)."""

    label: str
    checkpoint: Path
    pixels: int = 224

    @property
    def name(self) -> str:
        return self.label

    @property
    def digest(self) -> str:
        return f"resnet50:{file_digest(self.checkpoint)}"

    @property
    def size(self) -> int:
        return self.pixels

    @property
    def class_names(self) -> tuple[str, ...]:
        return imagenet_classes()

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(
            f"layer{i + 1}.{j}" for i, blocks in enumerate((3, 4, 6, 3)) for j in range(blocks)
        )

    @property
    def head(self) -> str:
        return "fc"

    def network(self) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            network = ResNet50()
        return load_state(network, read_weights(self.checkpoint), str(self.checkpoint))
