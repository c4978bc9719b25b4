"""What a plug-in must leave as it found it: the process's global state, and the networks."""

# ruff: noqa: NPY002 - the global generators are looked at here because nobody may use them.
from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules import module as torch_module

from assay.subject import Wrapped
from assay.testing.compare import copy_of, difference, require

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_GLOBAL_HOOKS = tuple(f"_global{name}" for name in _HOOKS)


class CutOffError(RuntimeError):
    """Raised inside a network, to see what a plug-in leaves behind when it is cut off."""


def global_state() -> dict[str, Any]:
    """What plug-ins share with the rest of the process, by what it is called in a sentence."""
    return {
        "torch's global random state": torch.get_rng_state(),
        "numpy's global random state": copy_of(np.random.get_state()),
        "the global random state of `random`": random.getstate(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's inference mode": torch.is_inference_mode_enabled(),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's number of threads": torch.get_num_threads(),
        "torch's deterministic mode": torch.are_deterministic_algorithms_enabled(),
        "torch's global module hooks": tuple(
            tuple(getattr(torch_module, name, ())) for name in _GLOBAL_HOOKS
        ),
    }


def check_global_state(before: dict[str, Any], who: str, when: str) -> None:
    """AssertionError naming the first part of the global state that is no longer as `before`."""
    now = global_state()
    changed = [name for name in before if difference(before[name], now[name]) is not None]
    require(not changed, f"{who} leaves {', '.join(changed)} changed {when}")


def network_state(network: nn.Module) -> dict[str, Any]:
    """Everything of a network that must stay, by what it is called in a sentence."""
    modules = dict(network.named_modules())
    parameters = dict(network.named_parameters())
    return {
        "modules": {n: f"{type(m).__qualname__} {id(m)}" for n, m in modules.items()},
        "modes (training or evaluation)": {n: m.training for n, m in modules.items()},
        "hooks": {n: _hooks(m) for n, m in modules.items()},
        "weights": {n: p.detach().clone() for n, p in parameters.items()},
        "requires_grad flags": {n: p.requires_grad for n, p in parameters.items()},
        "gradients": {n: None if p.grad is None else p.grad.clone() for n, p in parameters.items()},
        "buffers": {n: b.clone() for n, b in network.named_buffers()},
    }


def _hooks(module: nn.Module) -> tuple[Any, ...]:
    own = tuple(tuple(getattr(module, name, ())) for name in _HOOKS)
    # A forward that was put over the class's own is a hook by another name.
    return (*own, "forward" in vars(module))


@dataclass
class Interruption:
    """Counts forward calls of networks; the call number `at` raises (never where None)."""

    at: int | None = None
    calls: int = 0

    def __call__(self, module: nn.Module, inputs: Any) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise CutOffError(f"interrupted in forward call {self.calls}, on purpose")

    def __deepcopy__(self, memo: dict[int, Any]) -> Interruption:
        # A method may edit a copy of the network: its calls count, too.
        return self


@dataclass(frozen=True)
class Watched(Wrapped):
    """A subject that remembers each network that it hands out, and how it looked then."""

    interruption: Interruption
    handed_out: list[tuple[nn.Module, dict[str, Any]]] = field(default_factory=list)

    def network(self) -> nn.Module:
        network = self.subject.network()
        network.register_forward_pre_hook(self.interruption)
        self.handed_out.append((network, network_state(network)))
        return network

    def check(self, who: str, when: str) -> None:
        """AssertionError naming the first part of a network that is not as it was handed out."""
        for network, before in self.handed_out:
            now = network_state(network)
            for name in before:
                at = difference(before[name], now[name])
                require(at is None, f"{who} leaves the network's {name} changed {when} (at {at})")
