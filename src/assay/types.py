"""The frozen data that the parts of Assay hand to each other: cases, findings, answers."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class AssayError(Exception):
    """A mistake of the user's making: one sentence, what is wrong and what would be right."""


class BudgetExceededError(RuntimeError):
    """A method asked the network for more passes than its budget allows."""


class UnsupportedError(RuntimeError):
    """A method's rule does not apply to this network: a status, never a score."""


def digest(value: Any) -> str:
    """SHA-256 (hex) of anything that JSON can hold, with sorted keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Envelope(Generic[T]):
    """Sealed contents: `key` names them without opening them, `open()` makes them (maybe slowly).

    The same key means the same contents, on every machine and in every process.
    """

    key: str
    contents: Callable[[], T] = field(compare=False, repr=False)

    def open(self) -> T:
        return self.contents()


# The truth of a case that has none. It opens to None.
NO_TRUTH: Envelope[Any] = Envelope("", lambda: None)


@dataclass(frozen=True)
class Case:
    """One question about one network.

    `given` is for the tool, `question` for whoever uses its finding, `truth` for grading alone.
    `kind` is the stratum within which cases are resampled (patch, style, natural_feature ...).
    Where nothing is known of the network, the truth is NO_TRUTH: there is no ideal finding then,
    and what the judge measures is an observation, reported and not graded.
    `screening` is what combiners are given in place of `given`: the same but for the pictures,
    which no tool has seen. None where there are no others.
    """

    name: str
    kind: str
    given: Envelope[Any]
    question: Envelope[Any]
    truth: Envelope[Any] = NO_TRUTH
    screening: Envelope[Any] | None = None


@dataclass(frozen=True)
class Budget:
    """What a method may spend: `passes` = forward plus backward passes of one picture, counted.

    A gradient step on a batch of n pictures costs 2 n passes.
    """

    passes: int


# --- findings -------------------------------------------------------------------------------

# The shares of an ascent's steps after which its pictures are kept.
SHARES = ("0.25", "0.5")


@dataclass(frozen=True)
class Images:
    """Pictures that a tool painted or chose.

    `candidates` (m, 3, h, w) in [0, 1] are all that it made, `scores` (m) its own score of each
    (higher is better), `chosen` the indices that its rule, fixed beforehand, shows to the judge.
    `notes` are sentences on how it came about, for reports; no judge reads them. `snapshots`, by
    share of the steps (those of `SHARES`), are what the chosen candidates were then, (n, 3, h, w)
    each and in the order of `chosen`: the same candidates, whatever the rule would have shown then.
    """

    candidates: Tensor
    scores: tuple[float, ...]
    chosen: tuple[int, ...]
    notes: tuple[str, ...] = ()
    snapshots: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def pictures(self) -> Tensor:
        """The chosen candidates, (n, 3, h, w) in [0, 1]."""
        return self.candidates[list(self.chosen)]

    @classmethod
    def showing(cls, pictures: Tensor) -> Images:
        """A finding whose pictures (n, 3, h, w) are all shown; nothing was scored."""
        n = len(pictures)
        return cls(pictures, (0.0,) * n, tuple(range(n)))


@dataclass(frozen=True)
class Words:
    """Phrases with a weight each (higher means more to the point)."""

    words: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Heatmaps:
    """One map (n, h, w) for each picture given; higher means more important."""

    maps: Tensor


@dataclass(frozen=True)
class Ranking:
    """Units (channels) of the module `layer`, the most important first."""

    layer: str
    units: tuple[int, ...]


@dataclass(frozen=True)
class Edit:
    """New values for some parameters or buffers of the network, by their state-dict name."""

    values: Mapping[str, Tensor]


@dataclass(frozen=True)
class Surrogate:
    """A linear stand-in for the module `part`: output = inputs @ weight.T + bias.

    `weight` (out, in), `bias` (out); inputs are flattened from the second axis on.
    """

    part: str
    weight: Tensor
    bias: Tensor


Finding = Images | Words | Heatmaps | Ranking | Edit | Surrogate
FINDINGS: dict[str, type] = {
    c.__name__: c for c in (Images, Words, Heatmaps, Ranking, Edit, Surrogate)
}


def unpack_finding(finding: Finding) -> tuple[str, dict[str, Any], dict[str, Tensor]]:
    """Split a finding into its type's name, its plain fields (JSON) and its tensors.

    A mapping of tensors becomes entries "field/key".
    """
    plain: dict[str, Any] = {}
    tensors: dict[str, Tensor] = {}
    for f in dataclasses.fields(finding):
        value = getattr(finding, f.name)
        if isinstance(value, Tensor):
            tensors[f.name] = value
        elif isinstance(value, Mapping):
            tensors.update({f"{f.name}/{k}": v for k, v in value.items()})
        else:
            plain[f.name] = value
    return type(finding).__name__, plain, tensors


def pack_finding(kind: str, plain: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Finding:
    """Undo `unpack_finding`; lists (from JSON) become tuples."""
    if kind not in FINDINGS:
        raise ValueError(f"unknown kind of finding {kind!r}; known: {', '.join(FINDINGS)}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
    for name, tensor in tensors.items():
        head, _, key = name.partition("/")
        if key:
            values.setdefault(head, {})[key] = tensor
        else:
            values[head] = tensor
    return FINDINGS[kind](**values)


def finite(finding: Finding) -> bool:
    """Whether every tensor of the finding holds finite numbers only."""
    return all(bool(torch.isfinite(t).all()) for t in unpack_finding(finding)[2].values())


# --- answers --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a judge says.

    `probabilities`: one for each option of the question (sums to 1), or None where nothing was
    asked to choose from; `measured`: what the judge measured, by name; `maps` (n, h, w): where it
    says that it is, higher is surer, one for each picture of a question that asks where, else None;
    `chances`: how probable it is, in [0, 1], one for each picture of a question that asks whether,
    else None.
    """

    probabilities: tuple[float, ...] | None = None
    measured: Mapping[str, float] = field(default_factory=dict)
    maps: Tensor | None = None
    chances: tuple[float, ...] | None = None
