"""The judge on trial: sheets cut by hand, a judge that agrees and one that doesn't."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from assay.judges.handcrafted import looks
from assay.trial.agreement import agreement
from assay.trial.published import COLUMNS, TROJANS, read_published
from assay.types import AssayError

METHODS = ("first", "second", "third")


def colour(i: int) -> np.ndarray:
    """Eight colours that differ in hue."""
    angle = 2 * np.pi * i / 8
    waves = np.cos(angle + np.array([0, 2 * np.pi / 3, 4 * np.pi / 3]))
    return (127 + 100 * waves).astype(np.uint8)


def sheets(folder: Path, clarity: np.ndarray) -> None:
    """Sheets whose row i shows colour i as pure as `clarity[method, i]` says, and noise else."""
    rng = np.random.default_rng(0)
    column = np.concatenate([np.broadcast_to(colour(i), (20, 20, 3)) for i in range(8)])
    Image.fromarray(column.astype(np.uint8)).save(folder / "triggers_column.png")
    header = "judge,method," + ",".join(TROJANS) + ",mean"
    lines = ["# a comment", header]
    for m, method in enumerate(METHODS):
        rows = []
        for i in range(12):
            grey = rng.integers(90, 165, (20, 20 * COLUMNS, 3))
            share = clarity[m, i] if i < 8 else 0
            rows.append(share * colour(i) + (1 - share) * grey)
        sheet = np.concatenate(rows).round().astype(np.uint8)
        Image.fromarray(sheet).save(folder / f"{method}.png")
        shares = ",".join(f"{c:.3f}" for c in clarity[m])
        lines.append(f"human,{method},{shares},{clarity[m].mean():.3f}")
    (folder / "scores.csv").write_text("\n".join(lines), encoding="utf-8")


@dataclass(frozen=True)
class MeanColour:
    temperature: float = 0.5
    reference_size: int = 160
    blind: bool = False

    @property
    def levels(self) -> tuple[str, ...]:
        return ("colour",)

    @property
    def reference_name(self) -> str:
        return "none"

    def features(self, pictures: Tensor) -> dict[str, Tensor]:
        seen = torch.rand(len(pictures), 3) if self.blind else pictures.mean((2, 3))
        return {"colour": seen}

    def look(self, pictures: Tensor) -> dict[str, Tensor]:
        parts = looks(pictures)
        return {"colour": self.features(parts.flatten(0, 1))["colour"].view(*parts.shape[:2], 3)}


@pytest.fixture
def clarity(tmp_path: Path) -> np.ndarray:
    shares = np.random.default_rng(1).uniform(0.0, 1.0, (3, 12))
    shares[2] *= 0.1
    sheets(tmp_path, shares)
    return shares


def test_sheets_are_cut_into_their_pictures(tmp_path: Path, clarity: np.ndarray) -> None:
    found = read_published(tmp_path, tmp_path / "scores.csv", 24)
    assert set(found.pictures) == set(METHODS)
    assert found.pictures["first"].shape == (12, COLUMNS, 3, 24, 24)
    assert found.triggers.shape == (8, 3, 24, 24)
    assert torch.allclose(
        found.triggers[3].mean((1, 2)), torch.tensor(colour(3) / 255).float(), atol=0.01
    )
    assert found.people["second"][4] == pytest.approx(clarity[1, 4], abs=0.001)


def test_a_judge_that_sees_what_people_saw_agrees(tmp_path: Path, clarity: np.ndarray) -> None:
    found = agreement(MeanColour(), read_published(tmp_path, tmp_path / "scores.csv", 24))
    assert found.by_cell.spearman > 0.5
    assert found.by_cell.low > 0
    assert found.by_cell.n == 24
    assert found.by_method.n == 3
    assert found.p_truth["third"] == min(found.p_truth.values(), key=sum)
    # Both halves are told on the people's scale.
    first, second = found.temperatures
    assert 0.5 < first / second < 2
    said, right = (np.mean(list(of.values())) for of in (found.p_truth, found.people))
    assert said == pytest.approx(right, abs=0.15)


def test_a_blind_judge_does_not(tmp_path: Path, clarity: np.ndarray) -> None:
    torch.manual_seed(0)
    published = read_published(tmp_path, tmp_path / "scores.csv", 24)
    found = agreement(MeanColour(blind=True), published)
    assert found.by_cell.low < 0.3


def test_what_is_missing_is_said(tmp_path: Path, clarity: np.ndarray) -> None:
    with pytest.raises(AssayError, match="no folder"):
        read_published(tmp_path / "none", tmp_path / "scores.csv", 24)
    (tmp_path / "bad.csv").write_text("judge,method\nhuman,first\n", encoding="utf-8")
    with pytest.raises(AssayError, match="smiley_emoji"):
        read_published(tmp_path, tmp_path / "bad.csv", 24)
    (tmp_path / "empty").mkdir()
    with pytest.raises(AssayError, match=r"first\.png"):
        read_published(tmp_path / "empty", tmp_path / "scores.csv", 24)
