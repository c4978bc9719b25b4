"""What a patch is: a concept with a name, a family and a drawing."""

from collections.abc import Callable
from dataclasses import dataclass

from .pen import Pen


@dataclass(frozen=True)
class Patch:
    """A drawn concept; words are what a person would call it, the commonest first."""

    name: str
    family: str
    words: tuple[str, ...]
    draw: Callable[[Pen], None]
