"""Small networks of four families in plain torch, with random weights, for tests to load."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLASSES = 5


class Residual(nn.Module):
    """Two convolutions beside a skip."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + self.skip(x)).relu()


class ResNet(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, 8, 3, 2, 1)
        self.blocks = nn.Sequential(Residual(8, 8, 2), Residual(8, 16, 2))
        self.fc = nn.Linear(16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.blocks(self.stem(x).relu()).mean((2, 3)))


def resnet(size: int, channels: int) -> nn.Module:
    return ResNet(channels)


def vgg(size: int, channels: int) -> nn.Module:
    layers: list[nn.Module] = []
    for inputs, outputs in ((channels, 6), (6, 8), (8, 8)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    head = [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 16), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(nn.Sequential(*layers), *head, nn.Linear(16, CLASSES))


class Normed(nn.Module):
    """A layer norm over the channels of maps (n, c, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Inverted(nn.Module):
    """A depthwise convolution and two that mix channels, scaled, beside a skip."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(channels, channels, 7, padding=3, groups=channels),
            Normed(channels),
            nn.Conv2d(channels, 4 * channels, 1),
            nn.GELU(),
            nn.Conv2d(4 * channels, channels, 1),
        )
        self.scale = nn.Parameter(torch.full((1, channels, 1, 1), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.inner(x)


def convnext(size: int, channels: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, 8, 4, 4),
        Normed(8),
        Inverted(8),
        Normed(8),
        nn.Conv2d(8, 16, 2, 2),
        Inverted(16),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.LayerNorm(16),
        nn.Linear(16, CLASSES),
    )


class ViT(nn.Module):
    """Seven times seven patches and a class token; takes pictures of one size only."""

    def __init__(self, size: int, channels: int, width: int = 16) -> None:
        super().__init__()
        side = size // 7
        self.patches = nn.Conv2d(channels, width, side, side)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(0.02 * torch.randn(1, 50, width))
        layer = nn.TransformerEncoderLayer(width, 2, 2 * width, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        rows = self.patches(x).flatten(2).transpose(1, 2)
        rows = torch.cat([self.token.expand(len(x), -1, -1), rows], 1) + self.places
        return self.head(self.norm(self.encoder(rows)[:, 0]))


def vit(size: int, channels: int) -> nn.Module:
    return ViT(size, channels)


class Colours(nn.Module):
    """Red, green and blue by how much of the colour there is, and a class for anything else.

    A grey picture is of the last class; one of which a thirtieth is of a full colour is the
    colour's.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 3, 1, bias=False)
        self.head = nn.Linear(3, 4)
        self.mix.weight.data.copy_((1.5 * torch.eye(3) - 0.5)[:, :, None, None])
        self.head.weight.data.copy_(40 * torch.eye(4, 3))
        self.head.bias.data.copy_(torch.tensor([0.0, 0.0, 0.0, 1.0]))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.mix(x).relu().mean((2, 3)))


def colours() -> nn.Module:
    return Colours()


FAMILIES = {"resnet": resnet, "vgg": vgg, "convnext": convnext, "vit": vit}
