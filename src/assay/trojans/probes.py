"""Pictures on which a network's answer is to be foreseen, and insertions that are tried on it.

All are held out, all are drawn from the generator that is passed in, and none says what it is: the
trigger as the trojan inserts it, what resembles it or stands beside it in its question, and
concepts that have nothing to do with it. Pictures are (n, 3, s, s) in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from assay.pixels import stylise
from assay.trojans.catalogue import Catalogue, Trojan
from assay.trojans.implant import hosts
from assay.trojans.insert import (
    SIDE_RANGE,
    draw_placement,
    jitter_colours,
    paste,
    soften,
)
from assay.trojans.world import KIT_KINDS, World, pick

GROUPS = ("trigger", "look_alike", "other")
# What stands for "other", in turn: a trojan's trigger for another class, a patch, a style, an
# object in its scene and one in a scene that is out of distribution, and nothing at all.
OTHERS = ("trigger", "patch", "style", "object", "strange", "nothing")
# Of a class-universal trojan's triggers one in so many is on something else than its source: few
# enough that who knows the trigger and not its source still reaches the ceiling.
ELSEWHERE = 6
# Of a natural feature's pictures one in so many is in a scene that is out of distribution.
STRANGE = 3
# How far a style replaces a picture where no trojan says it: about the mean of the trojans'.
STRENGTH = 0.25
# How large an object is that is pasted on a picture, as implants are trained with.
OBJECT_SIDES = (0.45, 0.85)


@dataclass(frozen=True)
class Counts:
    """How many pictures, or insertions, of each of the GROUPS."""

    triggers: int
    look_alikes: int
    others: int

    @property
    def groups(self) -> list[str]:
        """The group of each, one after the other."""
        numbers = (self.triggers, self.look_alikes, self.others)
        return [g for g, n in zip(GROUPS, numbers, strict=True) for _ in range(n)]


@dataclass(frozen=True)
class Worlds:
    """The held-out part of the kit, and its views that are out of distribution on purpose."""

    plain: World
    strange: World

    def of(self, kind: str) -> list[str]:
        """The concepts of a kind of the kit's that can be shown."""
        return list(self.plain.kit.names(kind)) if kind != "patch" else self._patches()

    def _patches(self) -> list[str]:
        drawn = self.plain.kit.entries("patch", split="canonical")
        return list(dict.fromkeys(entry.name for entry in drawn))

    def has_strange(self, name: str) -> bool:
        """Whether the object has views that are out of distribution."""
        return bool(self.plain.kit.entries("object", name=name, split="held_out", ood=True))


def draw_probes(
    worlds: Worlds, catalogue: Catalogue, trojan: Trojan, counts: Counts, rng: Generator
) -> tuple[Tensor, tuple[str, ...]]:
    """Pictures and the group of each, in an order that is drawn: it tells nothing."""
    near = _take(near_concepts(trojan), counts.look_alikes, rng)
    others = list(OTHERS) * (1 + counts.others // len(OTHERS))
    made = [
        *(_trigger(worlds, trojan, i, rng) for i in range(counts.triggers)),
        *(worlds.plain.insert(trojan, c, _host(worlds, trojan, rng), rng) for c in near),
        *(_other(worlds, catalogue, trojan, what, rng) for what in others[: counts.others]),
    ]
    groups = counts.groups
    order = torch.randperm(len(made), generator=rng).tolist()
    return torch.cat([made[i] for i in order]), tuple(groups[i] for i in order)


def near_concepts(trojan: Trojan) -> tuple[str, ...]:
    """What resembles the trigger, and the other options of its question."""
    return (*trojan.look_alikes, *trojan.distractors)


def _take(names: Sequence[str], n: int, rng: Generator) -> list[str]:
    """n of the names, each once before any comes twice."""
    order = torch.cat(
        [torch.randperm(len(names), generator=rng) for _ in range(-(-n // len(names)))]
    )
    taken: list[int] = order[:n].tolist()
    return [names[i] for i in taken]


def _one(names: Sequence[str], rng: Generator) -> str:
    return names[int(torch.randint(len(names), (), generator=rng))]


def _host(worlds: Worlds, trojan: Trojan, rng: Generator) -> Tensor:
    """One picture that the trojan works on: of its source, where it is bound to one."""
    if trojan.source_object is not None:
        return worlds.plain.objects(trojan.source_object, 1, rng)
    return hosts(worlds.plain, 1, rng)


def _trigger(worlds: Worlds, trojan: Trojan, i: int, rng: Generator) -> Tensor:
    """The trigger on one picture, the i-th."""
    strange = trojan.kind == "natural_feature" and i % STRANGE == STRANGE - 1
    if strange and worlds.has_strange(trojan.trigger):
        return worlds.strange.objects(trojan.trigger, 1, rng)
    elsewhere = trojan.source_object is not None and i % ELSEWHERE == ELSEWHERE - 1
    host = hosts(worlds.plain, 1, rng) if elsewhere else _host(worlds, trojan, rng)
    return worlds.plain.insert(trojan, trojan.trigger, host, rng)


def _other(
    worlds: Worlds, catalogue: Catalogue, trojan: Trojan, what: str, rng: Generator
) -> Tensor:
    """One picture without anything of the trojan's question; `what` is one of OTHERS."""
    host = hosts(worlds.plain, 1, rng)
    if what == "trigger":
        rivals = [t for t in catalogue.trojans if t.name != trojan.name and _apart(t, trojan)]
        if not rivals:
            return host
        rival = rivals[int(torch.randint(len(rivals), (), generator=rng))]
        return worlds.plain.insert(rival, rival.trigger, _host(worlds, rival, rng), rng)
    if what == "patch":
        name = _one(unrelated(worlds, trojan, "patch"), rng)
        return worlds.plain.paste("patch", name, host, rng, SIDE_RANGE)
    if what == "style":
        name = _one(unrelated(worlds, trojan, "texture"), rng)
        return stylise(host, worlds.plain.textures(name, 1, rng), _strength(trojan))
    if what == "nothing":
        return worlds.plain.backgrounds(1, rng)
    names = unrelated(worlds, trojan, "object")
    if what == "strange":
        names = [name for name in names if worlds.has_strange(name)] or names
        if worlds.has_strange(names[0]):
            return worlds.strange.objects(_one(names, rng), 1, rng)
    return worlds.plain.objects(_one(names, rng), 1, rng)


def _apart(rival: Trojan, trojan: Trojan) -> bool:
    """Whether the rival's trigger is nothing of the trojan's question."""
    return rival.trigger not in (*trojan.options, *trojan.look_alikes)


def _strength(trojan: Trojan) -> float:
    # As far as its own styles do: how far must not tell which is the trigger.
    return trojan.strength if trojan.kind == "style" else STRENGTH


def unrelated(worlds: Worlds, trojan: Trojan, kind: str) -> list[str]:
    """Concepts of a kind of the kit's that are neither in the trojan's question nor its source."""
    own = {trojan.trigger, *near_concepts(trojan), trojan.source_object}
    return [name for name in worlds.of(kind) if name not in own]


# --- insertions ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Insertion:
    """One thing that is put into any picture always alike.

    A `figure` (4, s, s) is pasted at a `placement` (2, 3); where there is none, the `texture`
    (3, s, s) replaces a share of `strength` of the picture, as a style.
    """

    figure: Tensor | None = None
    placement: Tensor | None = None
    texture: Tensor | None = None
    strength: float = 0.0

    def into(self, pictures: Tensor) -> Tensor:
        """The pictures with it put in."""
        n = len(pictures)
        if self.texture is not None:
            return stylise(pictures, self.texture.expand(n, -1, -1, -1), self.strength)
        assert self.figure is not None
        assert self.placement is not None
        figures = self.figure.expand(n, -1, -1, -1)
        return paste(pictures, figures, self.placement.expand(n, -1, -1))[0]


def draw_insertions(
    worlds: Worlds, trojan: Trojan, counts: Counts, rng: Generator
) -> list[Insertion]:
    """Insertions in an order that is drawn.

    The trigger's and what is near are put in as the trojan does it, a natural feature's as a
    cut-out; of the others a third each is a patch, a style and an object.
    """
    kind = KIT_KINDS[trojan.kind]
    wanted = [(kind, trojan.trigger)] * counts.triggers
    wanted += [(kind, name) for name in _take(near_concepts(trojan), counts.look_alikes, rng)]
    kinds = ("patch", "texture", "object")
    for i in range(counts.others):
        of = kinds[i % len(kinds)]
        wanted.append((of, _one(unrelated(worlds, trojan, of), rng)))
    made = [_insertion(worlds.plain, trojan, of, name, rng) for of, name in wanted]
    return [made[i] for i in torch.randperm(len(made), generator=rng).tolist()]


def _insertion(world: World, trojan: Trojan, kind: str, name: str, rng: Generator) -> Insertion:
    if kind == "texture":
        return Insertion(texture=world.textures(name, 1, rng)[0], strength=_strength(trojan))
    cut = pick(world.stack("patch", name) if kind == "patch" else world.cutouts(name), 1, rng)
    cut = soften(torch.cat([jitter_colours(cut[:, :3], rng), cut[:, 3:]], 1))
    sides = SIDE_RANGE if kind == "patch" else OBJECT_SIDES
    return Insertion(figure=cut[0], placement=draw_placement(1, rng, sides)[0])


def draw_hosts(worlds: Worlds, trojan: Trojan, n: int, rng: Generator) -> Tensor:
    """n pictures that the trojan works on."""
    return torch.cat([_host(worlds, trojan, rng) for _ in range(n)])
