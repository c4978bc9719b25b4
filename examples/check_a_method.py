"""A method that breaks a rule, and the sentence with which the check says so."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from assay.envelopes import PredictGiven
from assay.plugins import Family, Method
from assay.testing import check_method
from assay.types import Budget, Images


@dataclass(frozen=True)
class Specks(Method):
    """Noise: from the generator that was passed in, or (wrongly) from torch's global one."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    careless: bool = False

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Images:
        size, n = given.subject.size, given.visualizations
        source = None if self.careless else rng
        pictures = torch.rand(n, 3, size, size, generator=source)
        return Images(pictures, (0.0,) * n, tuple(range(n)))


check_method(Specks())
print("Specks() keeps the rules.")
try:
    check_method(Specks(careless=True))
except AssertionError as error:
    print(f"Specks(careless=True) doesn't: {error}.")
