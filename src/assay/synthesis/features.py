"""What a network's last layer reads of pictures: features at the last pooling, as a rule."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from assay.hooks import charge, replace
from assay.subject import Subject
from assay.synthesis.ascent import device_of

# Of so many pools, the features that were computed last are kept in this process.
_REMEMBERED = 8
_MEMORY: OrderedDict[str, Features] = OrderedDict()


@dataclass(frozen=True)
class Features:
    """What the network reads of n pictures, on the CPU.

    `vectors` (n, units) are the inputs of its last layer, `classes` (n) what it calls each picture.
    """

    vectors: Tensor
    classes: Tensor


def head_inputs(network: nn.Module, head: str, views: Tensor) -> tuple[Tensor, Tensor]:
    """What the last linear layer reads (n, units), and the logits (n, classes)."""
    read: list[Tensor] = []

    def listen(inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        read.append(inputs[0])
        return output

    with replace(network, head, listen):
        logits = network(views)
    return read[0].flatten(1), logits


def features_of(network: nn.Module, head: str, pictures: Tensor, chunk: int) -> Features:
    """The features of pictures (n, 3, s, s), `chunk` at a time: n passes."""
    device = device_of(network)
    with torch.no_grad():
        parts = [head_inputs(network, head, part.to(device)) for part in pictures.split(chunk)]
    vectors = torch.cat([read.cpu() for read, _ in parts])
    return Features(vectors, torch.cat([logits.argmax(1).cpu() for _, logits in parts]))


def remembered_features(
    subject: Subject, network: nn.Module, pictures: Tensor, chunk: int
) -> Features:
    """`features_of` the pictures, computed once a process for the same network and pictures.

    They are known by what they hold. The n passes are counted each time: what a finding costs, and
    what else its budget allows, must not depend on what was computed before it.
    """
    known = hashlib.sha256(f"{subject.digest} {device_of(network)} {chunk}".encode())
    for value in (pictures, *network.state_dict().values()):
        known.update(f"{value.dtype} {tuple(value.shape)}".encode())
        flat = value.detach().cpu().contiguous().reshape(-1)
        known.update(flat.view(torch.uint8).numpy().tobytes())
    key = known.hexdigest()
    if key in _MEMORY:
        charge(network, len(pictures))
        _MEMORY.move_to_end(key)
    else:
        _MEMORY[key] = features_of(network, subject.head, pictures, chunk)
        if len(_MEMORY) > _REMEMBERED:
            _MEMORY.popitem(last=False)
    return _MEMORY[key]
