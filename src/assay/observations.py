"""Observations: what the tools showed of a class of a network, and what those pictures do.

They say what happens when a picture is inserted into others, and nothing about what is in the
network.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.results import Results


@dataclass(frozen=True)
class Effect:
    """Shares and mean probabilities in [0, 1]; those of the reference are None without one."""

    rate: float
    probability: float
    reference_rate: float | None = None
    reference_probability: float | None = None


@dataclass(frozen=True)
class Observed:
    """One row: what a tool showed, and its effect (None where there is no number, and `why`).

    `baseline`: it is no tool and has not looked at the network. `by_picture`: the share for each of
    the `pictures`, in their order.
    """

    tool: str
    baseline: bool
    status: str
    why: str
    effect: Effect | None
    by_picture: tuple[float, ...]
    pictures: tuple[Path, ...]
    passes: float | None
    seconds: float | None


@dataclass(frozen=True)
class Setting:
    """What was observed, and how.

    `given` and `held_out` count the folder's pictures that the tools got and that theirs were
    inserted into; `passes` is each tool's budget. `mean` and `std` are empty where the network
    normalises by itself.
    """

    network: str
    digest: str
    target: int
    class_name: str
    size: int
    grey: bool
    mean: tuple[float, ...]
    std: tuple[float, ...]
    folder: str
    given: int
    held_out: int
    reference: str | None
    passes: int
    seed: int
    device: str
    command: str


@dataclass(frozen=True)
class Observations:
    """All that was observed; `bare` is the effect of inserting nothing (None if never measured)."""

    setting: Setting
    bare: Effect | None
    rows: tuple[Observed, ...]
    stopped: bool = False
    page: Path | None = None

    @property
    def wrong(self) -> tuple[Observed, ...]:
        """The rows that failed or asked for more passes than allowed."""
        return tuple(r for r in self.rows if r.status not in ("ok", "unsupported"))

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as `assay explain --json` prints it."""
        rows = [
            {**dataclasses.asdict(row), "pictures": [str(path) for path in row.pictures]}
            for row in self.rows
        ]
        return {
            **dataclasses.asdict(self.setting),
            "bare": None if self.bare is None else dataclasses.asdict(self.bare),
            "observations": rows,
            "page": None if self.page is None else str(self.page),
        }


def gather(
    results: Results, setting: Setting, baselines: tuple[str, ...], stopped: bool = False
) -> Observations:
    """The observations of a run of the task `observe`: the tools', then those of the baselines."""
    findings, scores, answers = map(results.store.latest, ("findings", "scores", "answers"))
    rows: list[Observed] = []
    bare = None
    for cell in results.cells():
        score = scores.get(cell["score"], {})
        answer = answers.get(score.get("answer") or "", {})
        measured: dict[str, float] = answer.get("measured") or {}
        effect = _effect(measured, "") if cell["status"] == "ok" else None
        bare = bare or (_effect(measured, "bare_") if effect is not None else None)
        found = findings.get(cell["finding"], {})
        paths = results.store.picture_paths(cell["finding"])
        rows.append(
            Observed(
                tool=cell["method"],
                baseline=cell["method"] in baselines,
                status=cell["status"],
                why=_last_line(found.get("error") or score.get("error")),
                effect=effect,
                by_picture=tuple(v for k, v in measured.items() if k.startswith("rate/")),
                pictures=tuple(paths),
                passes=cell["passes"],
                seconds=cell["seconds"],
            )
        )
    rows.sort(key=lambda row: row.baseline)
    return Observations(setting, bare, tuple(rows), stopped)


def _effect(measured: dict[str, float], prefix: str) -> Effect:
    return Effect(
        rate=measured[f"{prefix}rate"],
        probability=measured[f"{prefix}probability"],
        reference_rate=measured.get(f"reference_{prefix}rate"),
        reference_probability=measured.get(f"reference_{prefix}probability"),
    )


def _last_line(error: str | None) -> str:
    lines = (error or "").strip().splitlines()
    return lines[-1].strip() if lines else ""
