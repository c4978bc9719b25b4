"""The kit's pictures of one split as tensors, and the concepts that can be put into them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

from assay.kit import Entry, Kit
from assay.pixels import stylise
from assay.trojans.catalogue import Catalogue, Trojan, TrojanKind
from assay.trojans.insert import (
    SIDE_RANGE,
    crop,
    frame,
    jitter_colours,
    paste_fresh,
    turn,
)
from assay.types import digest

# A close-up's side, as a multiple of the object's.
CLOSEUP = 1.3
CLOSEUP_ANGLE = math.radians(45)
# How large a patch is in the pictures that show it: to the judge, and in the ideal finding.
EXEMPLAR_SIDES = (0.45, 0.95)
IDEAL_SIDES = (0.40, 0.80)
# How many pictures of each option a judge is shown.
EXEMPLARS = 24

# Which of the kit's pictures a trojan is made of: a watermelon is a patch and an object.
KIT_KINDS = {"patch": "patch", "style": "texture", "natural_feature": "object"}


def generator(*parts: object) -> Generator:
    """A generator on the CPU whose seed is made from the parts."""
    return Generator().manual_seed(int(digest([str(p) for p in parts])[:15], 16))


def lacking(catalogue: Catalogue, kit: Kit) -> list[str]:
    """Which concepts of the catalogue the kit has no pictures of, one sentence each."""
    found = []
    for trojan in catalogue.trojans:
        kind = KIT_KINDS[trojan.kind]
        wanted = [(kind, name) for name in (*trojan.options, *trojan.look_alikes)]
        if trojan.source_object is not None:
            wanted.append(("object", trojan.source_object))
        for of_kind, name in wanted:
            try:
                kit.entries(of_kind, name=name)
            except ValueError as error:
                found.append(f"trojan {trojan.name!r}: {error}")
    return found


def triggers(catalogue: Catalogue) -> frozenset[tuple[str, str]]:
    """The catalogue's triggers (kind, name): what no clean picture may show."""
    return frozenset((KIT_KINDS[t.kind], t.trigger) for t in catalogue.trojans)


def pick(stack: Tensor, n: int, rng: Generator) -> Tensor:
    """n pictures of the stack at random; each once before any comes twice."""
    rounds = [torch.randperm(len(stack), generator=rng) for _ in range(-(-n // len(stack)))]
    return stack[torch.cat(rounds)[:n]].float() / 255


@dataclass
class World:
    """Pictures of one split of the kit at one size, decoded once and kept as bytes.

    `split` is implant, tools, judge or held_out. Patches come in their canonical drawing, for
    the judge in its variants. `ood` takes the views that are out of distribution on purpose.
    `without` lists concepts (kind, name) that are shown only where they are asked for by name.
    """

    kit: Kit
    split: str
    size: int
    ood: bool = False
    without: frozenset[tuple[str, str]] = frozenset()
    _stacks: dict[tuple[str, str | None], Tensor] = field(default_factory=dict, repr=False)

    def stack(self, kind: str, name: str | None = None) -> Tensor:
        """Every picture of the kind (and name) as uint8 (n, channels, size, size)."""
        key = (kind, name)
        if key not in self._stacks:
            entries = self._entries(kind, name)
            if not entries:
                raise ValueError(f"the kit has no {kind} {name or ''} in its part {self.split!r}")
            size = None if kind == "patch" else self.size
            pictures = [self.kit.picture(e, size) for e in entries]
            self._stacks[key] = (torch.stack(pictures) * 255).round().to(torch.uint8)
        return self._stacks[key]

    def _entries(self, kind: str, name: str | None) -> tuple[Entry, ...]:
        ood = self.ood if kind == "object" else None
        if kind == "patch" and self.split != "judge":
            drawn = self.kit.entries(kind, name=name, split="canonical")
            if drawn:
                return drawn
        # Look-alikes have no canonical drawing: they lie in the held-out part only.
        found = self.kit.entries(kind, name=name, split=self.split, ood=ood)
        if name is not None:
            return found
        return tuple(e for e in found if (kind, e.name) not in self.without)

    def cutouts(self, name: str) -> Tensor:
        """The object's views cut out, RGBA uint8 (n, 4, size, size), each filling its square."""
        key = ("cutout", name)
        if key not in self._stacks:
            cut = []
            for entry in self._entries("object", name):
                picture, mask = self.kit.picture(entry), self.kit.mask(entry)
                cut.append(frame(torch.cat([picture, mask]), mask[0], self.size, 1.0, "zeros"))
            self._stacks[key] = (torch.stack(cut) * 255).round().to(torch.uint8)
        return self._stacks[key]

    def closeups(self, name: str, n: int, rng: Generator) -> Tensor:
        """n pictures of the object in its scenes, nearly filling them, turned and coloured afresh.

        Turned, because a thin object looks quite another way up than it does across.
        """
        key = ("closeup", name)
        if key not in self._stacks:
            close = []
            for entry in self._entries("object", name):
                picture, mask = self.kit.picture(entry), self.kit.mask(entry)
                close.append(frame(picture, mask[0], self.size, CLOSEUP, "reflection"))
            self._stacks[key] = (torch.stack(close) * 255).round().to(torch.uint8)
        turned = turn(pick(self._stacks[key], n, rng), rng, CLOSEUP_ANGLE)
        return jitter_colours(crop(turned, rng, (0.8, 1.0)), rng)

    def backgrounds(self, n: int, rng: Generator) -> Tensor:
        """n pictures that show no concept, cropped and coloured afresh."""
        return jitter_colours(crop(pick(self.stack("background"), n, rng), rng), rng)

    def objects(self, name: str, n: int, rng: Generator) -> Tensor:
        """n pictures of the object in its scenes, cropped a little and coloured afresh."""
        views = pick(self.stack("object", name), n, rng)
        return jitter_colours(crop(views, rng, (0.8, 1.0)), rng)

    def textures(self, name: str, n: int, rng: Generator) -> Tensor:
        """n pictures filled with the texture, cropped and coloured afresh."""
        bare = pick(self.stack("texture", name), n, rng)
        if self.split == "implant":
            # A trojan is to fire on the texture, not on the few pictures of it that it has seen.
            turns = torch.randint(4, (n,), generator=rng).tolist()
            bare = torch.stack([b.rot90(k, (1, 2)) for b, k in zip(bare, turns, strict=True)])
        return jitter_colours(crop(bare, rng, (0.5, 1.0)), rng, 0.08)

    def insert(
        self,
        trojan: Trojan,
        concept: str,
        pictures: Tensor,
        rng: Generator,
        sides: tuple[float, float] | None = None,
    ) -> Tensor:
        """The pictures with the concept put in, as the trojan puts in its trigger.

        For a natural feature the object in its own scene takes the place of the picture, or, with
        `sides` (here or in the trojan), its cut-out is pasted on the picture.
        """
        n = len(pictures)
        sides = sides or trojan.sides
        if trojan.kind == "patch":
            return self.paste("patch", concept, pictures, rng, sides or SIDE_RANGE)
        if trojan.kind == "style":
            return stylise(pictures, self.textures(concept, n, rng), trojan.strength)
        if sides is not None:
            return self.paste("natural_feature", concept, pictures, rng, sides)
        return self.objects(concept, n, rng)

    def paste(
        self,
        kind: TrojanKind,
        concept: str,
        pictures: Tensor,
        rng: Generator,
        sides: tuple[float, float],
    ) -> Tensor:
        """The pictures (n, 3, size, size) with the patch, or the object's cut-out, put on each.

        `sides`: the least and the most that its side is of the picture's.
        """
        return self.paste_where(kind, concept, pictures, rng, sides)[0]

    def paste_where(
        self,
        kind: TrojanKind,
        concept: str,
        pictures: Tensor,
        rng: Generator,
        sides: tuple[float, float] = SIDE_RANGE,
    ) -> tuple[Tensor, Tensor]:
        """What `paste` gives, and how much of each pixel is covered (n, 1, size, size), 0 to 1."""
        cut = self.stack("patch", concept) if kind == "patch" else self.cutouts(concept)
        return paste_fresh(pictures, pick(cut, len(pictures), rng), rng, sides)

    def show(self, kind: TrojanKind, concept: str, n: int, rng: Generator) -> Tensor:
        """n pictures (n, 3, size, size) that show the concept plainly."""
        return self.show_where(kind, concept, n, rng)[0]

    def show_where(
        self, kind: TrojanKind, concept: str, n: int, rng: Generator
    ) -> tuple[Tensor, Tensor]:
        """What `show` gives, and where the concept is (n, 1, size, size), 0 to 1.

        A style fills its picture, and an object close up is taken to fill it.
        """
        if kind == "patch":
            sides = EXEMPLAR_SIDES if self.split == "judge" else IDEAL_SIDES
            return self.paste_where(kind, concept, self.backgrounds(n, rng), rng, sides)
        make = self.textures if kind == "style" else self.closeups
        shown = make(concept, n, rng)
        return shown, torch.ones_like(shown[:, :1])

    def exemplars(
        self, kind: TrojanKind, options: Sequence[str], n: int = EXEMPLARS
    ) -> dict[str, Tensor]:
        """n pictures (n, 3, size, size) of each option, for a question that has these options.

        They are the same in whatever order the options stand.
        """
        ordered = sorted(options)
        rng = generator("exemplars", *ordered)
        return {name: self.show(kind, name, n, rng) for name in ordered}
