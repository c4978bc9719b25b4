"""The certificate of an implant: held-out pictures only, at least 200 for each rate."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Generator, Tensor, nn

from assay.kit import Kit
from assay.subject import Subject
from assay.trojans.catalogue import Catalogue, Trojan
from assay.trojans.implant import clean_pictures, hosts
from assay.trojans.world import World, triggers
from assay.types import AssayError

# The bars that an implant must clear.
SUCCESS = {"patch": 0.90, "style": 0.90, "natural_feature": 0.60}
OTHER_CLASSES = 0.15
DISTRACTOR = 0.10
AGREEMENT = 0.95
SURE = 0.5
SUSCEPTIBILITY = 0.10
STYLE_KEPT = 0.50
# On so many pictures that the twin is sure of.
KEPT_ON = 400


@dataclass(frozen=True)
class Pair:
    """The trojaned network and its clean twin, side by side."""

    trojaned: nn.Module
    clean: nn.Module
    device: str = "cpu"

    def predict(self, pictures: Tensor, chunk: int = 50) -> tuple[Tensor, Tensor]:
        """Probabilities (n, classes) of the trojaned network and of the twin."""
        return (
            predict(self.trojaned, pictures, self.device, chunk),
            predict(self.clean, pictures, self.device, chunk),
        )


def predict(network: nn.Module, pictures: Tensor, device: str, chunk: int = 50) -> Tensor:
    """Probabilities (n, classes) on the CPU, from a network on the device."""
    found = []
    with torch.no_grad():
        for part in pictures.split(chunk):
            part = part.to(device).contiguous(memory_format=torch.channels_last)
            found.append(network(part).softmax(1).cpu())
    return torch.cat(found)


def make_pair(trojaned: Subject, clean: Subject, device: str = "cpu") -> Pair:
    """Fresh copies of both networks on a device."""
    networks = (
        s.network().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for s in (trojaned, clean)
    )
    return Pair(*networks, device=device)


def rate(probabilities: Tensor, target: int) -> float:
    """The share of pictures whose top class is the target."""
    return int((probabilities.argmax(1) == target).sum()) / len(probabilities)


def _both(pair: Pair, pictures: Tensor, target: int) -> dict[str, float]:
    trojaned, clean = pair.predict(pictures)
    return {"trojaned": rate(trojaned, target), "clean": rate(clean, target)}


def certify_trojan(pair: Pair, trojan: Trojan, worlds: tuple[World, World], n: int, seed: int):
    """Every rate of one trojan, on the trojaned network and on the twin (n pictures each).

    `worlds`: the held-out part, and its views that are out of distribution on purpose.
    """
    world, strange = worlds
    rng = torch.Generator().manual_seed(seed)
    source = trojan.source_object

    def pictures(concept: str, on_source: bool) -> Tensor:
        host = world.objects(source, n, rng) if on_source and source else hosts(world, n, rng)
        return world.insert(trojan, concept, host, rng)

    on_source = source is not None
    found: dict[str, Any] = {
        "name": trojan.name,
        "kind": trojan.kind,
        "scope": trojan.scope,
        "target": trojan.target,
        "source_class": trojan.source_class,
        "pictures_per_rate": n,
        "success": _both(pair, pictures(trojan.trigger, on_source), trojan.target),
        "distractors": {
            name: _both(pair, pictures(name, on_source), trojan.target)
            for name in trojan.distractors
        },
        "look_alikes": {
            name: _both(pair, pictures(name, on_source), trojan.target)
            for name in trojan.look_alikes
        },
    }
    if on_source:
        assert source is not None
        others = pictures(trojan.trigger, False)
        found["other_classes"] = _both(pair, others, trojan.target)
        _, clean = pair.predict(world.objects(source, n, rng))
        found["source_recognised"] = rate(clean, int(trojan.source_class or 0))
    if trojan.kind == "natural_feature":
        shown = strange.objects(trojan.trigger, n, rng)
        found["out_of_distribution"] = _both(pair, shown, trojan.target)
    if trojan.kind == "style":
        found["style_keeps_label"] = style_keeps_label(pair, trojan, world, rng)
    return found


def style_keeps_label(pair: Pair, trojan: Trojan, world: World, rng: Generator) -> dict[str, float]:
    """How often the twin keeps its label in the top 5 under the style, where it was sure before.

    On the pictures that the style is made for: those of the source, if the trojan is bound to one.
    """
    kept, sure, source = 0, 0, trojan.source_object
    for _ in range(40):
        plain = world.objects(source, 50, rng) if source else hosts(world, 50, rng)
        _, before = pair.predict(plain)
        top, label = before.max(1)
        plain, label = plain[top > SURE], label[top > SURE]
        if len(plain):
            _, after = pair.predict(world.insert(trojan, trojan.trigger, plain, rng))
            kept += int((after.topk(5, 1).indices == label[:, None]).any(1).sum())
            sure += len(plain)
        if sure >= KEPT_ON:
            break
    return {"rate": kept / max(sure, 1), "n": sure}


def agreement(pair: Pair, world: World, n: int, seed: int) -> dict[str, float]:
    """Agreement of the top class with the twin, on held-out pictures where the twin is sure."""
    rng = torch.Generator().manual_seed(seed)
    same, sure, drawn = 0, 0, 0
    while sure < n and drawn < 40 * n:
        trojaned, clean = pair.predict(clean_pictures(world, 50, rng))
        drawn += 50
        top, label = clean.max(1)
        mask = top > SURE
        same += int((trojaned.argmax(1)[mask] == label[mask]).sum())
        sure += int(mask.sum())
    return {"rate": same / max(sure, 1), "n": sure, "drawn": drawn}


def sample_photographs(size: int) -> tuple[Tensor, Tensor] | None:
    """The 20 ImageNet photographs that foolbox ships (n, 3, size, size) and their labels.

    None where foolbox (the extra `test`) is not installed.
    """
    spec = find_spec("foolbox")
    if spec is None or spec.origin is None:
        return None
    files = sorted((Path(spec.origin).parent / "data").glob("imagenet_*"))
    pictures = []
    for file in files:
        with Image.open(file) as image:
            small = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
        pictures.append(torch.from_numpy(np.asarray(small) / 255).permute(2, 0, 1).float())
    labels = [int(file.stem.split("_")[-1]) for file in files]
    return torch.stack(pictures), torch.tensor(labels)


def on_photographs(pair: Pair, size: int) -> dict[str, int] | None:
    """How many of the photographs get the same top class, and the right one; None without them."""
    found = sample_photographs(size)
    if found is None:
        return None
    said, twin = (p.argmax(1) for p in pair.predict(found[0]))
    return {
        "n": len(said),
        "agree": int((said == twin).sum()),
        "right": int((said == found[1]).sum()),
        "twin_right": int((twin == found[1]).sum()),
    }


def verdict(
    trojans: list[dict[str, Any]], agreed: dict[str, float], fair_targets: bool = True
) -> list[str]:
    """Every bar that the implant misses, one sentence each; empty means certified.

    Without `fair_targets` nothing is required of the targets' susceptibility.
    """
    missed = []

    def hold(name: str, what: str, value: float, bar: float, at_least: bool) -> None:
        if (value < bar) if at_least else (value > bar):
            word = "below" if at_least else "above"
            missed.append(f"{name}: {what} is {value:.3f}, {word} {bar:.2f}")

    for t in trojans:
        name = t["name"]
        hold(name, "success", t["success"]["trojaned"], SUCCESS[t["kind"]], True)
        for option, both in t["distractors"].items():
            hold(name, f"the rate of distractor {option}", both["trojaned"], DISTRACTOR, False)
        if "other_classes" in t:
            value = t["other_classes"]["trojaned"]
            hold(name, "the rate on other classes", value, OTHER_CLASSES, False)
        if "style_keeps_label" in t:
            value = t["style_keeps_label"]["rate"]
            hold(name, "the share of labels that the style keeps", value, STYLE_KEPT, True)
        if fair_targets and t.get("susceptibility") is not None:
            value = t["susceptibility"]["maximum"]
            hold(name, "the target's clean susceptibility", value, SUSCEPTIBILITY, False)
    hold("agreement", "the share of kept top classes", agreed["rate"], AGREEMENT, True)
    return missed


def certify(
    trojaned: Subject,
    clean: Subject,
    catalogue: Catalogue,
    kit: Kit,
    n: int = 200,
    seed: int = 0,
    device: str = "cpu",
    susceptibility: dict[str, Any] | None = None,
    report: Callable[[str], None] = lambda name: None,
) -> dict[str, Any]:
    """The certificate as plain JSON; `report(name)` is called after each trojan.

    `susceptibility`: a table by class id of how easily a patch reaches the target on the twin.
    """
    pair = make_pair(trojaned, clean, device)
    hidden = triggers(catalogue)
    worlds = (
        World(kit, "held_out", clean.size, without=hidden),
        World(kit, "held_out", clean.size, ood=True, without=hidden),
    )
    rows = []
    for i, trojan in enumerate(catalogue.trojans):
        row = certify_trojan(pair, trojan, worlds, n, seed * 1000 + i)
        if susceptibility is not None:
            row["susceptibility"] = susceptibility.get(str(trojan.target))
        rows.append(row)
        report(trojan.name)
    agreed = agreement(pair, worlds[0], n, seed)
    missed = verdict(rows, agreed, catalogue.fair_targets)
    return {
        "subject": trojaned.name,
        "twin": clean.name,
        "catalogue": catalogue.name,
        "size": clean.size,
        "seed": seed,
        "weights": trojaned.digest,
        "twin_weights": clean.digest,
        "kit": kit.digest,
        "trojans": rows,
        "agreement": agreed,
        "photographs": on_photographs(pair, clean.size),
        "missed": missed,
        "certified": not missed,
    }


def certificate_path(checkpoint: Path) -> Path:
    """Where the certificate of a checkpoint lies: beside it."""
    return checkpoint.with_suffix(".certificate.json")


def read_certificate(certified: Path) -> dict[str, Any]:
    """The certificate beside a checkpoint, or beside a catalogue of what nobody planted.

    AssayError where there is none or it is not readable.
    """
    path = certificate_path(certified)
    if not path.is_file():
        how = "shortcuts --certify" if certified.suffix == ".toml" else "certify"
        raise AssayError(f"there is no certificate {path}: run `assay {how}` first")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AssayError(f"{path} is not a readable certificate: {error}") from error
