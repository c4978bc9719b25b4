"""The process's global random generators: borrowed for other people's code, and given back."""

# ruff: noqa: NPY002 - libraries draw from the global generators, so they are what is to be set.
from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def other_randomness(seed: int) -> Iterator[None]:
    """The global generators in a state made from `seed` inside the context, as they were after it.

    Those of torch (of accelerators too, where any is in use), numpy and `random`.
    """
    kept = torch.get_rng_state(), np.random.get_state(), random.getstate()
    # Asking for an accelerator's state would start it.
    on_devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        torch.set_rng_state(torch.Generator().manual_seed(seed).get_state())
        if on_devices:
            torch.cuda.manual_seed_all(seed)
        np.random.set_state(np.random.RandomState(seed % 2**32).get_state())
        random.setstate(random.Random(seed).getstate())
        yield
    finally:
        torch.set_rng_state(kept[0])
        if on_devices:
            torch.cuda.set_rng_state_all(on_devices)
        np.random.set_state(kept[1])
        random.setstate(kept[2])
