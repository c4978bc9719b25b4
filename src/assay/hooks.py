"""Look into a network and change what flows through it, and leave it as it was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from assay.types import BudgetExceededError


@dataclass
class Meter:
    """Counts passes of one picture through the network: forward and backward each cost one."""

    limit: int | None = None
    forward: int = 0
    backward: int = 0

    @property
    def passes(self) -> int:
        return self.forward + self.backward

    def check(self) -> None:
        """Raise BudgetExceededError once more passes were made than the limit allows."""
        if self.limit is not None and self.passes > self.limit:
            raise BudgetExceededError(
                f"the budget is {self.limit} passes of the network for one picture, "
                f"and this call would make it {self.passes}"
            )


@dataclass(frozen=True)
class _Counter:
    """A forward hook that counts into a meter."""

    meter: Meter

    def __call__(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        n = int(inputs[0].shape[0])
        self.meter.forward += n
        self.meter.check()
        if isinstance(output, Tensor) and output.requires_grad:

            def count_backward(gradient: Tensor) -> None:
                self.meter.backward += n
                self.meter.check()

            output.register_hook(count_backward)

    def __deepcopy__(self, memo: dict[int, Any]) -> _Counter:
        # What goes through a copy of the network is counted, too.
        return self


def count_passes(network: nn.Module, meter: Meter) -> RemovableHandle:
    """Count every picture that goes forward through `network`, and back through its output.

    The handle removes the counting; the count is of pictures (the first axis), not of calls.
    """
    return network.register_forward_hook(_Counter(meter))


def charge(network: nn.Module, forward: int) -> None:
    """Count `forward` passes whose outcome is remembered, as if they were made now.

    So what a finding costs doesn't depend on what was computed before it. BudgetExceededError
    where a meter's limit is passed; nothing happens where nobody counts.
    """
    for hook in list(network._forward_hooks.values()):
        if isinstance(hook, _Counter):
            hook.meter.forward += forward
            hook.meter.check()


def refuse_nan(network: nn.Module) -> RemovableHandle:
    """Raise ValueError where the network's output is not finite, saying whether its input was."""

    def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, Tensor) and not bool(torch.isfinite(output).all()):
            fine = bool(torch.isfinite(inputs[0]).all())
            said = "finite pictures" if fine else "pictures that hold some themselves"
            raise ValueError(f"the network returned NaN or infinity for {said}")

    return network.register_forward_hook(hook)


def module_at(network: nn.Module, name: str) -> nn.Module:
    """The submodule called `name`; ValueError with the near name if there is none."""
    modules = dict(network.named_modules())
    if name not in modules:
        import difflib

        near = difflib.get_close_matches(name, [m for m in modules if m], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"the network has no module {name!r}{hint}")
    return modules[name]


@contextmanager
def capture(network: nn.Module, *names: str) -> Iterator[dict[str, Tensor]]:
    """Record the outputs of the named modules, the latest call's, while the context is open."""
    outputs: dict[str, Tensor] = {}
    handles: list[RemovableHandle] = []

    def recorder(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            outputs[name] = output

        return hook

    try:
        for name in names:
            handles.append(module_at(network, name).register_forward_hook(recorder(name)))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def replace(
    network: nn.Module, name: str, change: Callable[[tuple[Any, ...], Tensor], Tensor]
) -> Iterator[None]:
    """Let `change(inputs, output)` stand for the named module's output inside the context."""

    def hook(module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        return change(inputs, output)

    handle = module_at(network, name).register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()
