"""The certificates that a run put beside its results, as rows of a table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rate:
    """A share of pictures that reach the target, on the implant and on its clean twin.

    `of` names what reached it most, where it is a maximum.
    """

    trojaned: float | None = None
    clean: float | None = None
    of: str = ""


@dataclass(frozen=True)
class CertifiedTrojan:
    """One trojan's rates; None is "not measured" or "doesn't apply"."""

    name: str
    kind: str
    scope: str
    target: str
    success: Rate
    distractors: Rate
    look_alikes: Rate
    other_classes: Rate
    out_of_distribution: Rate
    label_kept: float | None
    susceptibility: float | None


@dataclass(frozen=True)
class Certificate:
    """What is certified of one subject, and the sentences on what it misses."""

    subject: str
    certified: bool
    missed: list[str]
    agreement: float | None
    agreement_n: int | None
    photographs: dict[str, int] | None
    pictures: int | None
    weights: str
    kit: str
    trojans: list[CertifiedTrojan]


def read_certificates(folder: Path) -> list[Certificate]:
    """All certificates in a results' folder; one that can't be read is left out."""
    found = []
    for path in sorted((folder / "reveal").glob("*.certificate.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(said, dict):
            found.append(_certificate(path.name.removesuffix(".certificate.json"), said))
    return found


def _certificate(subject: str, said: dict[str, Any]) -> Certificate:
    agreed = said.get("agreement") or {}
    trojans = said.get("trojans") or []
    counts = [t["pictures_per_rate"] for t in trojans if t.get("pictures_per_rate")]
    return Certificate(
        subject=subject,
        certified=bool(said.get("certified")),
        missed=list(said.get("missed") or []),
        agreement=agreed.get("rate"),
        agreement_n=agreed.get("n"),
        photographs=said.get("photographs"),
        pictures=min(counts) if counts else None,
        weights=str(said.get("weights") or ""),
        kit=str(said.get("kit") or ""),
        trojans=[_trojan(t) for t in trojans],
    )


def _trojan(said: dict[str, Any]) -> CertifiedTrojan:
    easy = said.get("susceptibility") or {}
    name = easy.get("name")
    return CertifiedTrojan(
        name=said.get("name", ""),
        kind=said.get("kind", ""),
        scope=said.get("scope", ""),
        target=f"{name} ({said.get('target')})" if name else str(said.get("target", "")),
        success=_rate(said.get("success")),
        distractors=_highest(said.get("distractors")),
        look_alikes=_highest(said.get("look_alikes")),
        other_classes=_rate(said.get("other_classes")),
        out_of_distribution=_rate(said.get("out_of_distribution")),
        label_kept=(said.get("style_keeps_label") or {}).get("rate"),
        susceptibility=easy.get("maximum"),
    )


def _rate(both: dict[str, float] | None) -> Rate:
    return Rate(both.get("trojaned"), both.get("clean")) if both else Rate()


def _highest(rates: dict[str, dict[str, float]] | None) -> Rate:
    """The highest rate of either network; `of` is the implant's."""
    if not rates:
        return Rate()
    name = max(rates, key=lambda n: rates[n]["trojaned"])
    return Rate(rates[name]["trojaned"], max(r["clean"] for r in rates.values()), name)
