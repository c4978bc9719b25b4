"""Natural shortcuts: concepts that bring out a class in a network that nobody tampered with.

Every concept of the kit is put into the same pictures, and the network says what it sees. What the
same concept does not do to another network for the same classes is not in the pictures: it is this
network's own. Pairs of concept and class are found on one part of the kit and confirmed on another,
because the best of thousands of pairs owes something to luck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from assay.kit import Kit
from assay.subject import Subject
from assay.trojans.catalogue import Catalogue, Trojan, TrojanKind
from assay.trojans.certify import DISTRACTOR, Pair, make_pair, style_keeps_label
from assay.trojans.implant import hosts
from assay.trojans.world import KIT_KINDS, World, generator, triggers

# The bars of a shortcut: how often its concept brings out the class here, and elsewhere.
LEAST = 0.30
ELSEWHERE = 0.05
# The parts of the kit that pairs are found and confirmed on; no tool searches with either.
FOUND_ON, CONFIRMED_ON = "implant", "held_out"
# How far a style replaces the picture, and the side of an object's cut-out, as a share of the
# picture's.
STRENGTH = 0.4
OBJECT_SIDES = (0.45, 0.85)
LOOK_ALIKES = "look_alikes"


@dataclass(frozen=True)
class Rate:
    """How often the class comes up, here and elsewhere, where it doesn't without the concept.

    Each network's rate is over the pictures that it does not call that class when they are bare:
    `n` of them here. `bare`: the share of all pictures that are called that class here when bare.
    """

    here: float
    elsewhere: float
    bare: float
    n: int


@dataclass(frozen=True)
class Shortcut:
    """A concept that brings out the class `target`; `confirmed` on other pictures, if it was."""

    kind: TrojanKind
    concept: str
    target: int
    found: Rate
    confirmed: Rate | None = None

    @property
    def holds(self) -> bool:
        """Whether both bars are kept on the pictures that it was not found on."""
        return self.confirmed is not None and keeps_bars(self.confirmed)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


@dataclass(frozen=True)
class Grounds:
    """Bare pictures (n, 3, size, size) of a world, and the classes (n) that both networks see."""

    world: World
    pictures: Tensor
    here: Tensor
    elsewhere: Tensor


def keeps_bars(rate: Rate) -> bool:
    """Whether the class comes up often enough here, and seldom enough elsewhere."""
    return rate.here >= LEAST and rate.elsewhere <= ELSEWHERE


def probes(kit: Kit, kinds: Sequence[TrojanKind]) -> tuple[Trojan, ...]:
    """Every concept of these kinds as a trojan without target or options: how it is inserted.

    Patches are pasted and textures blended in as trojans are, and objects pasted as cut-outs. The
    kit's look-alikes, which are options nowhere, are left out.
    """
    return tuple(
        probe(kind, name)
        for kind in kinds
        for name in kit.names(KIT_KINDS[kind])
        if kit.family_of(name, KIT_KINDS[kind]) != LOOK_ALIKES
    )


def probe(kind: TrojanKind, concept: str) -> Trojan:
    """The concept as a trojan without target or options."""
    sides = OBJECT_SIDES if kind == "natural_feature" else None
    return Trojan(concept, kind, "universal", concept, 0, (), strength=STRENGTH, sides=sides)


def lay_grounds(pair: Pair, world: World, n: int, seed: int) -> Grounds:
    """n bare pictures, backgrounds and objects in scenes, and what both networks see in them."""
    pictures = hosts(world, n, generator("shortcuts", world.split, seed))
    here, elsewhere = classes(pair, pictures)
    return Grounds(world, pictures, here, elsewhere)


def classes(pair: Pair, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """The top class (n) of each picture, by the network and by the one elsewhere."""
    here, elsewhere = pair.predict(pictures)
    return here.argmax(1), elsewhere.argmax(1)


def answers(
    pair: Pair, grounds: Grounds, trojan: Trojan, concept: str, seed: int
) -> tuple[Tensor, Tensor]:
    """The top classes (n) of the grounds' pictures with the concept put in, by both networks."""
    rng = generator("insert", trojan.kind, concept, grounds.world.split, seed)
    return classes(pair, grounds.world.insert(trojan, concept, grounds.pictures, rng))


def measure(grounds: Grounds, said: tuple[Tensor, Tensor], target: int) -> Rate | None:
    """The rate of a class in answers to the grounds' pictures; None where each shows it bare."""
    shares = []
    for bare, answered in zip((grounds.here, grounds.elsewhere), said, strict=True):
        free = bare != target
        if not free.any():
            return None
        shares.append(int((answered[free] == target).sum()) / int(free.sum()))
    n = int((grounds.here != target).sum())
    return Rate(shares[0], shares[1], 1 - n / len(grounds.here), n)


def search(pair: Pair, grounds: Grounds, trojan: Trojan, least: float, seed: int) -> list[Shortcut]:
    """The classes that the concept brings out at a rate of `least` or more, the most often first."""
    said = answers(pair, grounds, trojan, trojan.trigger, seed)
    found = []
    for target in Counter(said[0].tolist()):
        rate = measure(grounds, said, target)
        if rate is not None and rate.here >= least:
            found.append(Shortcut(trojan.kind, trojan.trigger, target, rate))
    return sorted(found, key=lambda s: (-s.found.here, s.target))


def confirm(
    pair: Pair, grounds: Grounds, trojan: Trojan, found: Sequence[Shortcut], seed: int
) -> list[Shortcut]:
    """The concept's shortcuts, measured again on pictures that they were not found on."""
    said = answers(pair, grounds, trojan, trojan.trigger, seed)
    return [
        Shortcut(s.kind, s.concept, s.target, s.found, measure(grounds, said, s.target))
        for s in found
    ]


def find_shortcuts(
    pair: Pair,
    worlds: tuple[World, World],
    tried: Sequence[Trojan],
    pictures: tuple[int, int],
    least: float,
    seed: int = 0,
) -> Iterator[tuple[Trojan, list[Shortcut]]]:
    """Each concept with the classes that it brings out, in the order in which they are tried.

    They are found on pictures of the first world and, those that keep the bars there, confirmed on
    the second's; `pictures` is how many of each.
    """
    first, second = (
        lay_grounds(pair, world, n, seed) for world, n in zip(worlds, pictures, strict=True)
    )
    for trojan in tried:
        found = search(pair, first, trojan, least, seed)
        good = [s for s in found if keeps_bars(s.found)]
        again = {s.target: s for s in confirm(pair, second, trojan, good, seed)} if good else {}
        yield trojan, [again.get(s.target, s) for s in found]


def certify_shortcuts(
    subjects: tuple[Subject, Subject],
    catalogue: Catalogue,
    kit: Kit,
    n: int = 200,
    seed: int = 0,
    device: str = "cpu",
    report: Callable[[str], None] = lambda name: None,
) -> dict[str, Any]:
    """The certificate of a catalogue of shortcuts as plain JSON, in the form of an implant's.

    `subjects`: the network that has the shortcuts, and the one elsewhere, which stands for the
    clean twin. Held-out pictures only, n for each rate.
    """
    here, elsewhere = subjects
    pair = make_pair(here, elsewhere, device)
    world = World(kit, CONFIRMED_ON, here.size, without=triggers(catalogue))
    # Other draws than those that any pair was confirmed on, and some more, since a picture that
    # shows the class when bare counts not.
    seed_drawn = seed + 1000
    grounds = lay_grounds(pair, world, n + n // 10, seed_drawn)
    rows = []
    for trojan in catalogue.trojans:
        rows.append(_certify_shortcut(pair, grounds, trojan, seed_drawn))
        report(trojan.name)
    missed = [sentence for row in rows for sentence in missed_bars(row)]
    return {
        "subject": here.name,
        "twin": elsewhere.name,
        "catalogue": catalogue.name,
        "size": here.size,
        "seed": seed,
        "weights": here.digest,
        "twin_weights": elsewhere.digest,
        "kit": kit.digest,
        "trojans": rows,
        "missed": missed,
        "certified": not missed,
    }


def _certify_shortcut(pair: Pair, grounds: Grounds, trojan: Trojan, seed: int) -> dict[str, Any]:
    def rates(concept: str) -> dict[str, float]:
        said = answers(pair, grounds, trojan, concept, seed)
        rate = measure(grounds, said, trojan.target)
        # A class that every bare picture shows is brought out by nothing.
        return {"trojaned": rate.here, "clean": rate.elsewhere} if rate else dict(_NOTHING)

    found: dict[str, Any] = {
        "name": trojan.name,
        "kind": trojan.kind,
        "scope": trojan.scope,
        "target": trojan.target,
        "source_class": None,
        "pictures_per_rate": int((grounds.here != trojan.target).sum()),
        "success": rates(trojan.trigger),
        "distractors": {name: rates(name) for name in trojan.distractors},
        "look_alikes": {name: rates(name) for name in trojan.look_alikes},
    }
    rng = torch.Generator().manual_seed(seed)
    if trojan.kind == "style":
        # What else the network loses by the style; there is no bar, since nobody made it.
        flipped = Pair(trojaned=pair.clean, clean=pair.trojaned, device=pair.device)
        found["style_keeps_label"] = style_keeps_label(flipped, trojan, grounds.world, rng)
    return found


_NOTHING = {"trojaned": 0.0, "clean": 0.0}


def missed_bars(row: dict[str, Any]) -> list[str]:
    """Every bar that a shortcut's row of a certificate misses, one sentence each."""
    missed = []
    name, success = row["name"], row["success"]
    if success["trojaned"] < LEAST:
        missed.append(f"{name}: the rate is {success['trojaned']:.3f}, below {LEAST:.2f}")
    if success["clean"] > ELSEWHERE:
        missed.append(
            f"{name}: the rate in the other network is {success['clean']:.3f}, "
            f"above {ELSEWHERE:.2f}"
        )
    for option, both in row["distractors"].items():
        if both["trojaned"] > DISTRACTOR:
            missed.append(
                f"{name}: the rate of distractor {option} is {both['trojaned']:.3f}, "
                f"above {DISTRACTOR:.2f}"
            )
    return missed
