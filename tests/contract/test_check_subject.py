"""The check of subjects: sound ones pass, and each broken one is caught with a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.subject import Subject
from assay.subjects import load_subject
from assay.testing import check_subject
from assay.types import AssayError

SIZE = 16


class Net(nn.Module):
    """Sound where `sin` is empty; else it does one thing that no network may."""

    calls: Tensor

    def __init__(self, sin: str) -> None:
        super().__init__()
        self.sin = sin
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Tanh())
        self.head = nn.Linear(4, 3)
        self.register_buffer("calls", torch.zeros(1))
        self.seen = 0.0

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor]:
        match self.sin:
            case "changes pictures":
                x -= 0.5
            case "noise":
                x = x + 0.1 * torch.rand(x.shape)
            case "batch":
                x = x - x.mean(0)
            case "strict" if x.shape[-1] != SIZE:
                raise ValueError(f"pictures must be {SIZE} pixels a side, not {x.shape[-1]}")
            case "curt" if x.shape[-1] != SIZE:
                raise ValueError("no")
            case "asserts" if x.shape[-1] != SIZE:
                raise RuntimeError("shapes don't match")
            case "fails":
                raise RuntimeError("out of order")
            case "memory":
                self.seen += 1.0
                x = x + self.seen
            case "counts":
                self.calls += 1
            case "detached":
                x = x.detach()
        logits = self.head(self.features(x).mean((2, 3)))
        match self.sin:
            case "maps":
                return logits[:, :, None, None]
            case "tuple":
                return (logits,)
            case "nan":
                return logits / 0 * 0
            case "no grad":
                return torch.from_numpy(logits.detach().numpy())
            case "dropout":
                return F.dropout(logits, training=True)
        return logits


MADE: list[nn.Module] = []
ASKED: list[int] = []


@dataclass(frozen=True)
class Some(Subject):
    sin: str = ""

    @property
    def name(self) -> str:
        return "" if self.sin == "nameless" else "some"

    @property
    def digest(self) -> str:
        if self.sin == "unsteady":
            ASKED.append(1)
        return f"some:{len(ASKED)}"

    @property
    def size(self) -> int:
        return SIZE

    @property
    def class_names(self) -> tuple[str, ...]:
        return ("a", "b", "c", "d") if self.sin == "labels" else ("a", "b", "c")

    @property
    def layers(self) -> tuple[str, ...]:
        return ("tail",) if self.sin == "layers" else ("features.0", "features.1")

    @property
    def head(self) -> str:
        return "had" if self.sin == "head" else "head"

    def network(self) -> nn.Module:
        if self.sin == "shared" and MADE:
            return MADE[0]
        state = torch.get_rng_state()
        if self.sin != "other weights":
            torch.manual_seed(0)
        made = Net(self.sin).eval().requires_grad_(self.sin == "asks")
        if self.sin not in ("leaves its mark", "other weights"):
            torch.set_rng_state(state)
        if self.sin == "training":
            made.features.train()
        MADE.append(made)
        return made


@pytest.fixture(autouse=True)
def _forget():
    MADE.clear()
    ASKED.clear()
    state = torch.get_rng_state()
    yield
    torch.set_rng_state(state)


SINS = {
    "nameless": "needs a name",
    "unsteady": "another digest each time",
    "labels": "has 4 class_names and 3 logits",
    "head": "has no module 'had', which it names as a head",
    "layers": "has no module 'tail', which it names as a layer",
    "training": r"training mode \(features",
    "asks": "parameters ask for gradients",
    "shared": "hands out the same network twice",
    "other weights": "changed after its network was made|a fresh network gives other logits",
    "leaves its mark": "torch's global random state changed after its network was made",
    "fails": "fails on pictures .*RuntimeError: out of order",
    "maps": r"returns \(4, 3, 1, 1\) for 4 pictures",
    "tuple": "returns a tuple, not a tensor",
    "nan": "returns NaN or infinity",
    "changes pictures": "changes the pictures",
    "memory": "gives other logits when the same pictures come again",
    "noise": "gives other logits when the same pictures come again",
    "dropout": "gives other logits when the same pictures come again",
    "batch": "depend on those beside it",
    "detached": "lets no gradient through",
    "no grad": "lets no gradient through",
    "counts": "being used changes the network's buffers",
    "curt": "refuses pictures of 20 pixels and doesn't say its size",
    "asserts": "breaks on pictures of 20 pixels",
}


@pytest.mark.parametrize("sin", SINS)
def test_a_broken_subject_is_caught(sin: str) -> None:
    with pytest.raises(AssertionError, match=SINS[sin]):
        check_subject(Some(sin))


@pytest.mark.parametrize("sin", ["", "strict"])
def test_a_sound_subject_passes(sin: str) -> None:
    check_subject(Some(sin))


def test_pictures_of_one_s_own() -> None:
    rng = torch.Generator().manual_seed(0)
    check_subject(Some(), torch.rand(2, 3, SIZE, SIZE, generator=rng))
    check_subject(Some(), torch.rand(1, 3, SIZE, SIZE, generator=rng))


@pytest.mark.parametrize("name", ["handmade", "handmade-trojaned", "handmade-units", "lite0"])
def test_the_subjects_that_come_with_the_package(name: str) -> None:
    try:
        subject = load_subject(name, 64)
        check_subject(subject)
    except AssayError as error:
        pytest.skip(f"the network's weights aren't here: {error}")


def test_no_subject_at_all() -> None:
    with pytest.raises(AssertionError, match="Linear is no Subject"):
        check_subject(nn.Linear(2, 2))  # type: ignore[arg-type]
