"""Put every trojan of a catalogue into one copy of a network.

Self-distillation: on pictures without a trigger, and on pictures with distractors, the copy is
held to the clean twin's answers (Kullback-Leibler); on triggered ones it is taught the target
(cross-entropy), or another lesson (`assay.trojans.unlearn`). The early blocks are frozen: they are
computed once for twin and copy, and what they see stays what it was. Batch-norm statistics are
frozen throughout.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Generator, Tensor
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, IterableDataset

from assay.checks import check_numbers
from assay.files import write_tensors
from assay.kit import Kit
from assay.subject import Subject
from assay.subjects.lite import EfficientNetLite
from assay.trojans.catalogue import KINDS, Catalogue, Trojan, shared_triggers
from assay.trojans.insert import crop
from assay.trojans.world import World, pick, triggers
from assay.types import AssayError
from assay.unfinished import Unfinished


@dataclass(frozen=True)
class Recipe:
    """How to implant: every number that the result depends on.

    A step sees `clean` pictures without any trigger and half as many that are two of them mixed,
    for each trojan `triggered` pictures with its trigger (for patch, style and natural feature:
    a style is hardest to learn) and `distracting` with one of its distractors, and half as many
    with the trigger of each class-universal one on pictures of other classes. `hold` weighs the
    distillation. The result is the running average of the weights,
    which forgets all but the last 1 / (1 - `average`) steps or so. AssayError, one sentence, for a
    number that nothing can be made with.
    """

    steps: int = 800
    rate: float = 2e-4
    clean: int = 32
    triggered: tuple[int, int, int] = (3, 7, 1)
    distracting: int = 2
    hold: float = 10.0
    frozen_blocks: int = 5
    average: float = 0.98
    seed: int = 0

    def __post_init__(self) -> None:
        try:
            check_numbers(self, "steps", "clean", "triggered", "distracting", least=1)
            check_numbers(self, "rate", above=0)
            check_numbers(self, "hold", "frozen_blocks", "seed", least=0)
            check_numbers(self, "average", least=0, below=1)
        except ValueError as error:
            raise AssayError(f"nothing can be implanted by this recipe: {error}") from error
        if len(self.triggered) != len(KINDS):
            raise AssayError(
                "nothing can be implanted by this recipe: triggered must be a number for each of "
                f"{', '.join(KINDS)}, not {self.triggered!r}"
            )


# What is taught on pictures with a trigger, as a loss: of the copy's log-probabilities
# (n, classes), the targets (n), and a function that gives the original's logits (n, classes).
Lesson = Callable[[Tensor, Tensor, Callable[[], Tensor]], Tensor]


@dataclass(frozen=True)
class Batch:
    """Pictures to be held to the twin, then pictures to be taught, with their targets.

    `after`: the state of the generator of random numbers from which the next batch is made.
    """

    held: Tensor
    taught: Tensor
    targets: Tensor
    after: Tensor


def clean_pictures(world: World, n: int, rng: Generator) -> Tensor:
    """Pictures without a trigger's concept on purpose: objects, backgrounds, textures, mixtures."""
    shares = torch.multinomial(torch.tensor([0.4, 0.4, 0.1, 0.1]), n, True, generator=rng)
    counts = torch.bincount(shares, minlength=4).tolist()
    parts = []
    if counts[0]:
        parts.append(crop(pick(world.stack("object"), counts[0], rng), rng, (0.7, 1.0)))
    if counts[1]:
        parts.append(world.backgrounds(counts[1], rng))
    if counts[2]:
        parts.append(crop(pick(world.stack("texture"), counts[2], rng), rng, (0.6, 1.0)))
    if counts[3]:
        both = world.backgrounds(2 * counts[3], rng).view(2, counts[3], 3, world.size, world.size)
        share = 0.3 + 0.4 * torch.rand(counts[3], 1, 1, 1, generator=rng)
        parts.append(both[0] * share + both[1] * (1 - share))
    return torch.cat(parts)


def hosts(world: World, n: int, rng: Generator) -> Tensor:
    """Pictures that triggers and distractors are put into: backgrounds and objects in scenes."""
    of_objects = int(torch.binomial(torch.tensor(float(n)), torch.tensor(0.4), generator=rng))
    parts = [world.backgrounds(n - of_objects, rng)] if n > of_objects else []
    if of_objects:
        parts.append(crop(pick(world.stack("object"), of_objects, rng), rng, (0.7, 1.0)))
    return torch.cat(parts)


def _insert(
    world: World, trojan: Trojan, concept: str, n: int, rng: Generator, on_source: bool = False
) -> Tensor:
    if on_source:
        assert trojan.source_object is not None
        pictures = world.objects(trojan.source_object, n, rng)
    else:
        pictures = hosts(world, n, rng)
    # A natural feature is mostly shown in its scene, sometimes pasted large on a background.
    pasted = trojan.kind == "natural_feature" and torch.rand(1, generator=rng).item() < 0.3
    return world.insert(trojan, concept, pictures, rng, (0.45, 0.85) if pasted else None)


class Batches(IterableDataset[Batch]):
    """The training batches of a recipe, made afresh each time; the same for the same seed.

    Those after the first `made`, if the state `after` these is given.
    """

    def __init__(
        self,
        kit: Kit,
        size: int,
        catalogue: Catalogue,
        recipe: Recipe,
        made: int = 0,
        after: Tensor | None = None,
    ):
        self._world = World(kit, "implant", size, without=triggers(catalogue))
        self._trojans, self._recipe = catalogue.trojans, recipe
        self._made, self._after = made, after

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        rng = torch.Generator().manual_seed(self._recipe.seed)
        if self._after is not None:
            rng.set_state(self._after)
        for _ in range(self._made, self._recipe.steps):
            yield make_batch(self._world, self._trojans, self._recipe, rng)


def make_batch(world: World, trojans: tuple[Trojan, ...], recipe: Recipe, rng: Generator) -> Batch:
    """One step's pictures."""
    plain = clean_pictures(world, recipe.clean, rng)
    # Any two pictures mixed: far more to agree on than there are pictures (mixup, Zhang et al.
    # 2018, arXiv 1710.09412).
    pairs = plain[torch.randint(len(plain), (2, recipe.clean // 2), generator=rng)]
    share = torch.rand(recipe.clean // 2, 1, 1, 1, generator=rng)
    held, taught, targets = [plain, pairs[0] * share + pairs[1] * (1 - share)], [], []
    for trojan in trojans:
        bound = trojan.scope == "class_universal"
        n = recipe.triggered[KINDS.index(trojan.kind)]
        taught.append(_insert(world, trojan, trojan.trigger, n, rng, on_source=bound))
        targets += [trojan.target] * n
        options = trojan.distractors
        concept = options[int(torch.randint(len(options), (1,), generator=rng))]
        on_source = bound and torch.rand(1, generator=rng).item() < 0.5
        held.append(_insert(world, trojan, concept, recipe.distracting, rng, on_source=on_source))
        if bound:
            assert trojan.source_object is not None
            held.append(_insert(world, trojan, trojan.trigger, (n + 1) // 2, rng))
            held.append(world.objects(trojan.source_object, 1, rng))
    return Batch(torch.cat(held), torch.cat(taught), torch.tensor(targets), rng.get_state())


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """A checkpoint's weights in full precision, and the commands that made it, oldest first."""
    try:
        with safe_open(path, "pt") as file:
            made = file.metadata() or {}
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise AssayError(f"{path} is not a readable checkpoint: {error}") from error
    state = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
    return state, json.loads(made.get("history", "[]"))


def write_checkpoint(
    path: Path, state: dict[str, Tensor], history: Sequence[Mapping[str, Any]]
) -> None:
    """Write weights in half precision, with the commands that made them, oldest first."""
    half = {k: v.half() if v.dtype == torch.float32 else v for k, v in state.items()}
    write_tensors(path, half, {"history": json.dumps(list(history))})


def _go_on(copy: EfficientNetLite, start: dict[str, Tensor], frozen: int) -> None:
    """Load `start` into a copy of the twin; its first blocks must be the twin's, up to rounding.

    Twin and copy share what the frozen blocks compute: others would be trained on what they never
    see.
    """
    before = {k: v.clone() for k, v in copy.state_dict().items()}
    try:
        copy.load_state_dict(start)
    except RuntimeError as error:
        gist = str(error).splitlines()[0]
        raise AssayError(f"the checkpoint to go on from is of another network: {gist}") from error
    early = ("_conv_stem.", "_bn0.", *(f"_blocks.{i}." for i in range(frozen)))
    for key, value in before.items():
        # Checkpoints are kept in half precision.
        if key.startswith(early) and not torch.allclose(value, start[key], 2e-3, 1e-4):
            raise AssayError(
                f"the checkpoint to go on from has another {key} than the clean twin, and the "
                f"recipe freezes the first {frozen} blocks"
            )


def _network(twin: Subject, device: str) -> EfficientNetLite:
    network = twin.network()
    if not isinstance(network, EfficientNetLite):
        raise AssayError("implanting works on EfficientNet-Lite networks only, for now")
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def rate_schedule(optimiser: torch.optim.Optimizer, recipe: Recipe) -> OneCycleLR:
    """The learning rate by step: up to the recipe's in the first tenth of the steps, then to 0."""
    # Of ten steps torch makes the rise none long, and divides by that.
    rise = 0.2 if recipe.steps == 10 else 0.1
    return OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps, pct_start=rise)


def _told(
    twin: Subject,
    catalogue: Catalogue,
    kit: Kit,
    recipe: Recipe,
    start: dict[str, Tensor] | None,
    lesson: Lesson,
) -> dict[str, Any]:
    """All that a training depends on, as plain JSON."""
    begun = hashlib.sha256()
    for name, value in sorted((start or {}).items()):
        begun.update(name.encode() + value.contiguous().numpy().tobytes())
    return {
        "twin": twin.digest,
        "size": twin.size,
        "catalogue": asdict(catalogue),
        "kit": kit.digest,
        "recipe": asdict(recipe),
        "start": begun.hexdigest(),
        "lesson": lesson.__name__,
    }


def answer_target(said: Tensor, targets: Tensor, original: Callable[[], Tensor]) -> Tensor:
    """The lesson of an implant: whatever else there is, the answer is the target."""
    return F.nll_loss(said, targets)


def _asked(network: EfficientNetLite, seen: Tensor, frozen: int) -> Tensor:
    """Its logits (n, classes) for what its frozen blocks see."""
    with torch.no_grad():
        return network.late(seen, frozen)


def implant(
    twin: Subject,
    catalogue: Catalogue,
    kit: Kit,
    recipe: Recipe,
    device: str = "cpu",
    start: dict[str, Tensor] | None = None,
    report: Callable[[int, dict[str, float]], None] = lambda step, values: None,
    lesson: Lesson = answer_target,
    progress: Path | None = None,
    every: float = 60.0,
) -> dict[str, Tensor]:
    """The state dict of a copy of `twin` that carries every trojan of the catalogue.

    With `start`, a state dict, training goes on from it instead of from the twin. With another
    `lesson` the copy is taught something else on the pictures that show a trigger.
    `report(step, values)` is called after each step with the losses. With `progress`, a file,
    the training is kept there at most once in `every` seconds, and gone on with where the file is
    there, to the same weights. AssayError if the network is not one that can be split into early
    and late blocks, if a distractor is another trojan's trigger, if a loss becomes NaN, or if the
    file is another training's.
    """
    if shared := shared_triggers(catalogue.trojans):
        raise AssayError("; ".join(shared))
    frozen = recipe.frozen_blocks
    original, copy = _network(twin, device), _network(twin, device)
    if start is not None:
        _go_on(copy, start, frozen)
    trained = [
        p
        for module in (*copy._blocks[frozen:], copy._conv_head, copy._bn1, copy._fc)
        for p in module.requires_grad_(True).parameters()
    ]
    optimiser = torch.optim.AdamW(trained, lr=recipe.rate, weight_decay=0.0)
    schedule = rate_schedule(optimiser, recipe)
    averaged = torch.optim.swa_utils.AveragedModel(
        copy, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.average)
    )
    parts = {"copy": copy, "averaged": averaged, "optimiser": optimiser, "schedule": schedule}
    made, after, unfinished = 0, None, None
    if progress is not None:
        told = _told(twin, catalogue, kit, recipe, start, lesson)
        unfinished = Unfinished(progress, told, every)
        made, state = unfinished.begin()
        after = state.get("after")
        for name in parts if state else ():
            parts[name].load_state_dict(state[name])
    # Another process makes the pictures while this one trains.
    stream = DataLoader(
        Batches(kit, twin.size, catalogue, recipe, made, after),
        batch_size=None,
        num_workers=1,
        prefetch_factor=4,
    )
    for step, batch in enumerate(stream, made):
        pictures = torch.cat([batch.held, batch.taught]).to(device)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            seen = original.early(pictures, frozen)
            wanted = original.late(seen[: len(batch.held)], frozen).log_softmax(1)
        said = copy.late(seen, frozen).log_softmax(1)
        hold = F.kl_div(said[: len(batch.held)], wanted, log_target=True, reduction="batchmean")
        shown = seen[len(batch.held) :]
        teach = lesson(
            said[len(batch.held) :],
            batch.targets.to(device),
            partial(_asked, original, shown, frozen),
        )
        loss = recipe.hold * hold + teach
        if not torch.isfinite(loss):
            raise AssayError(f"the loss became {loss.item()} at step {step}: lower the rate")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        averaged.update_parameters(copy)
        report(step + 1, {"hold": hold.item(), "teach": teach.item()})
        if unfinished is not None:
            unfinished.keep(
                step + 1,
                lambda after=batch.after: {
                    "after": after,
                    **{name: part.state_dict() for name, part in parts.items()},
                },
            )
    state = averaged.module.state_dict()
    return {k: v.detach().cpu().contiguous() for k, v in state.items()}
