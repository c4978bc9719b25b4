"""A subject: the network under study, and what must be known to use it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from torch import nn

from assay.hooks import Meter, count_passes, refuse_nan


class Subject(ABC):
    """A network that can be made afresh as often as one likes.

    Networks take pictures (n, 3, size, size) in [0, 1] and return logits (n, classes): the
    preprocessing is inside. They come in evaluation mode, and no parameter asks for a gradient.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The name that suites and tables use."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of architecture and weights; part of every key."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Side of the square pictures that it takes, in pixels."""

    @property
    @abstractmethod
    def class_names(self) -> tuple[str, ...]:
        """One name a class."""

    @property
    @abstractmethod
    def layers(self) -> tuple[str, ...]:
        """Names of modules worth looking into, early to late."""

    @property
    @abstractmethod
    def head(self) -> str:
        """Name of the last linear module, whose output is the logits."""

    @abstractmethod
    def network(self) -> nn.Module:
        """A fresh copy of the network."""


@dataclass(frozen=True)
class Wrapped(Subject):
    """Another subject under the same name: what it does with the networks is a subclass's."""

    subject: Subject

    @property
    def name(self) -> str:
        return self.subject.name

    @property
    def digest(self) -> str:
        return self.subject.digest

    @property
    def size(self) -> int:
        return self.subject.size

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.subject.class_names

    @property
    def layers(self) -> tuple[str, ...]:
        return self.subject.layers

    @property
    def head(self) -> str:
        return self.subject.head


@dataclass(frozen=True)
class Metered(Wrapped):
    """A subject on a device whose networks count their passes into one meter."""

    meter: Meter
    device: str = "cpu"

    def network(self) -> nn.Module:
        network = self.subject.network().to(self.device)
        count_passes(network, self.meter)
        refuse_nan(network)
        return network
