"""What a source of backgrounds is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Makes one picture, float (size, size, 3) in [0, 1], from a generator and a size.
Program = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Source:
    """A photograph or a scene program; all of its pictures belong to one split.

    `count` is how many are packed; `licence` and `author` say whose it is.
    """

    name: str
    words: tuple[str, ...]
    split: str
    count: int
    program: Program
    family: str
    licence: str = "Apache-2.0"
    author: str = "this project"
