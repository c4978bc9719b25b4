"""Copies of contents, and where two of them differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from assay.subject import Subject

# A copy of a dataclass's fields keeps its type here.
_TYPE = "(type)"


def require(condition: bool, sentence: str) -> None:
    """AssertionError with the sentence unless the condition holds, also under `python -O`."""
    if not condition:
        raise AssertionError(sentence)


def copy_of(value: Any) -> Any:
    """The value as nested dicts, tuples and cloned tensors, which nobody else can change.

    A subject becomes its name and digest; what is neither data nor a container stays as it is.
    """
    if isinstance(value, Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Subject):
        return {_TYPE: "Subject", "name": value.name, "digest": value.digest}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: copy_of(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {_TYPE: type(value).__qualname__, **fields}
    if isinstance(value, Mapping):
        return {k: copy_of(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(copy_of(v) for v in value)
    return value


def difference(one: Any, other: Any, path: str = "") -> str | None:
    """Where two copies differ first (such as `pictures`, `scores[2]`), or None; to the bit."""
    here = path or "its type"
    if type(one) is not type(other):
        return here
    if isinstance(one, Tensor):
        return None if _same_tensor(one, other) else here
    if isinstance(one, np.ndarray):
        return None if one.shape == other.shape and bool((one == other).all()) else here
    if isinstance(one, dict):
        if one.keys() != other.keys():
            return here
        steps = [(f"{path}.{k}" if path else str(k), one[k], other[k]) for k in one]
    elif isinstance(one, tuple):
        if len(one) != len(other):
            return here
        steps = [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return None if one is other or bool(one == other) else here
    return next((found for p, a, b in steps if (found := difference(a, b, p)) is not None), None)


def _same_tensor(one: Tensor, other: Tensor) -> bool:
    return (
        one.shape == other.shape
        and one.dtype == other.dtype
        and one.requires_grad == other.requires_grad
        and torch.equal(one.detach(), other.detach())
    )


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every (path, leaf) of a copy; tuples of plain numbers are leaves as a whole, too."""
    if isinstance(value, dict):
        pairs = [(f"{path}.{k}" if path else str(k), v) for k, v in value.items() if k != _TYPE]
    elif isinstance(value, tuple):
        pairs = [(f"{path}[{i}]", v) for i, v in enumerate(value)]
    else:
        return [(path, value)]
    found = [leaf for p, v in pairs for leaf in leaves(v, p)]
    return [(path, value), *found] if isinstance(value, tuple) else found
