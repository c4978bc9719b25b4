"""What a network is made of: every operation of a forward pass, and the module that ran it.

Read from autograd's own record of one pass, so that nothing escapes: a function called in passing,
an operator, a method of a tensor. Tools that change how single modules pass gradients back have to
know that, since what runs outside of modules they silently leave as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from assay.hooks import capture

# Autograd's names of what keeps sums and multiples, whatever the numbers ...
_LINEAR = frozenset([
    "Add", "Sub", "Rsub", "Neg", "Sum", "Mean", "View", "UnsafeView", "ReshapeAlias", "Permute",
    "Transpose", "T", "Squeeze", "Unsqueeze", "Expand", "Clone", "Alias", "AsStrided", "ToCopy",
    "Slice", "Select", "Split", "SplitWithSizes", "Cat", "Stack", "Index", "Flip", "Roll",
    "Repeat", "ConstantPadNd", "ReflectionPad2D", "ReplicationPad2D", "AvgPool2D",
    "AdaptiveAvgPool2D", "UpsampleBilinear2D", "UpsampleNearest2D", "NativeBatchNorm",
])  # fmt: skip
# ... and of what does as long as only one of its factors depends on the picture.
_PRODUCTS = frozenset(["Mul", "Mm", "Bmm", "Addmm", "Baddbmm", "Convolution", "Linear"])
# Those that only move numbers about.
_MOVES = frozenset([
    "View", "UnsafeView", "ReshapeAlias", "Permute", "Transpose", "T", "Squeeze", "Unsqueeze",
    "Clone", "Alias", "AsStrided", "ToCopy",
])  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One operation; `name` is autograd's, without "Backward" (Relu, Hardtanh, Convolution ...).

    `module` is the innermost module that ran it, None where it ran outside of these. `linear`: it
    keeps sums and multiples of what depends on the picture, apart from a constant; `moves`: it
    changes no number.
    """

    name: str
    module: str | None
    linear: bool
    moves: bool


@dataclass(frozen=True)
class Anatomy:
    """A network as one pass of one picture shows it.

    `calls`: how often each innermost module (one without children) was called, by name; `follows`:
    of each that alone takes in another's output, and nothing else, that other's name; `maps`: those
    modules asked about whose output is a map of more than one place; `kept`: bytes that the pass
    keeps for the way back.
    """

    operations: tuple[Operation, ...]
    calls: Mapping[str, int]
    follows: Mapping[str, str]
    maps: tuple[str, ...]
    kept: int


def examine(network: nn.Module, picture: Tensor, asked: Sequence[str] = ()) -> Anatomy:
    """Look at one pass of a picture (1, 3, h, w); `asked` are modules that may give maps.

    Costs that one pass forward.
    """
    weights = {v.data_ptr() for v in (*network.parameters(), *network.buffers())}
    kept: dict[int, int] = {}

    def note(saved: Tensor) -> Tensor:
        if saved.data_ptr() not in weights:
            kept[saved.data_ptr()] = saved.numel() * saved.element_size()
        return saved

    seen = _Seen()
    with ExitStack() as stack:
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autograd.graph.saved_tensors_hooks(note, lambda saved: saved))
        outputs = stack.enter_context(capture(network, *asked))
        stack.enter_context(seen.listening(network))
        logits = network(picture.detach().clone().requires_grad_(True))
        shapes = {name: value.shape for name, value in outputs.items() if isinstance(value, Tensor)}
        operations, follows = _operations(logits, seen), _follows(logits, seen)
    maps = [n for n in asked if len(s := shapes.get(n, ())) == 4 and s[2] * s[3] > 1]
    return Anatomy(operations, dict(seen.calls), follows, tuple(maps), sum(kept.values()))


@contextmanager
def out_of_place(network: nn.Module) -> Iterator[None]:
    """Modules that overwrite their input (`inplace`) don't inside the context: it can be hooked."""
    changed = [m for m in network.modules() if getattr(m, "inplace", False)]
    try:
        for module in changed:
            module.inplace = False  # type: ignore[assignment]
        yield
    finally:
        for module in changed:
            module.inplace = True  # type: ignore[assignment]


@dataclass
class _Seen:
    """Which of autograd's nodes came in and went out of each innermost module."""

    calls: Counter[str] = field(default_factory=Counter)
    entered: list[list[Any]] = field(default_factory=list)
    passed: list[tuple[str, list[Any], list[Any]]] = field(default_factory=list)

    @contextmanager
    def listening(self, network: nn.Module) -> Iterator[None]:
        handles = []
        try:
            for name, module in network.named_modules():
                if next(module.children(), None) is None:
                    handles.append(module.register_forward_pre_hook(self._enter))
                    handles.append(module.register_forward_hook(self._leave(name)))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module: nn.Module, inputs: Any) -> None:
        # Before the module runs: one that works in place changes its input's node.
        self.entered.append(_nodes(inputs))

    def _leave(self, name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            self.calls[name] += 1
            self.passed.append((name, self.entered.pop(), _nodes(output)))

        return hook


def _nodes(values: Any) -> list[Any]:
    """The nodes of all tensors in (nested) sequences; kept alive, so that they stay themselves."""
    if isinstance(values, Tensor):
        return [values.grad_fn] if values.grad_fn is not None else []
    if isinstance(values, (tuple, list)):
        return [node for value in values for node in _nodes(value)]
    return []


def _operations(logits: Tensor, seen: _Seen) -> tuple[Operation, ...]:
    owners: dict[Any, str] = {}
    found: list[Operation] = []
    for name, entering, leaving in seen.passed:
        for node in _behind(leaving, {*entering, *owners}):
            owners[node] = name
    for node in _behind(_nodes(logits), set()):
        name = re.sub(r"Backward\d*$", "", type(node).__name__)
        factors = [before is not None for before, _ in node.next_functions]
        linear = name in _LINEAR or (name in _PRODUCTS and sum(factors) < 2)
        # What is divided is linear, what it is divided by is not.
        linear = linear or (name == "Div" and not any(factors[1:]))
        found.append(Operation(name, owners.get(node), linear, name in _MOVES))
    return tuple(found)


def _follows(logits: Tensor, seen: _Seen) -> dict[str, str]:
    users = Counter(
        before for node in _behind(_nodes(logits), set()) for before, _ in node.next_functions
    )
    made = {leaving[0]: name for name, _, leaving in seen.passed if len(leaving) == 1}
    return {
        name: made[entering[0]]
        for name, entering, _ in seen.passed
        if len(entering) == 1 and entering[0] in made and users[entering[0]] == 1
    }


def _behind(nodes: list[Any], stop: set[Any]) -> list[Any]:
    """These nodes and all that they were made of, up to those in `stop` and the picture itself."""
    found: dict[Any, None] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node in found or node in stop or type(node).__name__ == "AccumulateGrad":
            continue
        found[node] = None
        waiting += [before for before, _ in node.next_functions if before is not None]
    return list(found)
