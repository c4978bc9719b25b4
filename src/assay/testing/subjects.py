"""The check of a subject: is its network what the tools and the judges take it for?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from assay.randomness import other_randomness
from assay.subject import Subject
from assay.subjects.handmade import coloured_pictures
from assay.testing.compare import difference, require
from assay.testing.state import check_global_state, global_state, network_state
from assay.types import AssayError

# How far logits may lie apart that differ only in how many pictures there were beside: of their
# largest size, or of 1 where they are smaller.
AGREE = 1e-5


def check_subject(subject: Subject, pictures: Tensor | None = None, *, seed: int = 0) -> None:
    """Check that a subject keeps the rules, on pictures (n, 3, size, size) or on some of its own.

    It has a name, a steady digest, a name for each class, a head and layers that are there. Each
    network is a fresh one, in evaluation mode, and no parameter asks for a gradient. Logits are
    (n, classes) and finite; the same pictures give the same logits, to the bit, also from another
    copy and in another global random state; one picture alone gets the same within 1e-5; gradients
    reach the pictures. Weights, buffers, modes, hooks, the pictures and the global state stay as
    they were. Pictures of another size get logits, or are refused with a ValueError that says which
    size is right. Raises AssertionError with one sentence; costs some twenty passes.
    """
    require(isinstance(subject, Subject), f"{type(subject).__name__} is no Subject")
    who = f"the subject {subject.name!r}"
    before = global_state()
    network = subject.network()
    _check_names(subject, network, who)
    _check_fresh(network, subject.network(), who)
    check_global_state(before, who, "after its network was made")
    rng = torch.Generator().manual_seed(seed)
    if pictures is None:
        pictures = coloured_pictures(4, subject.size, rng)[0]
    kept, state = pictures.clone(), network_state(network)
    logits = _logits(network, pictures, len(subject.class_names), who)
    require(torch.equal(kept, pictures), f"{who} changes the pictures that it is given")
    _check_repeats(subject, network, pictures, logits, seed, who)
    _check_batches(network, pictures, logits, who)
    _check_gradients(network, pictures, rng, who)
    _check_other_size(subject, network, rng, who)
    now = network_state(network)
    for name in state:
        at = difference(state[name], now[name])
        require(at is None, f"{who}: being used changes the network's {name} (at {at})")
    check_global_state(before, who, "after its network was used")


def _check_names(subject: Subject, network: nn.Module, who: str) -> None:
    require(isinstance(network, nn.Module), f"{who} makes no nn.Module")
    good = isinstance(subject.name, str) and bool(subject.name)
    require(good, f"{who} needs a name, a text that is not empty")
    good = isinstance(subject.digest, str) and bool(subject.digest)
    require(good, f"{who} needs a digest, a text that is not empty")
    require(subject.digest == subject.digest, f"{who} has another digest each time")
    good = isinstance(subject.size, int) and subject.size > 0
    require(good, f"{who} needs a size, a whole number of pixels")
    names = subject.class_names
    good = isinstance(names, tuple) and len(names) > 1 and all(isinstance(n, str) for n in names)
    require(good, f"{who} needs class_names, a tuple of a name for each of two classes or more")
    there = dict(network.named_modules())
    for what, module in (("head", subject.head), *(("layer", name) for name in subject.layers)):
        require(module in there, f"{who} has no module {module!r}, which it names as a {what}")


def _check_fresh(network: nn.Module, other: nn.Module, who: str) -> None:
    for made in (network, other):
        training = [n or "the whole" for n, m in made.named_modules() if m.training]
        require(not training, f"{who}: the network is in training mode ({', '.join(training[:3])})")
        asking = [n for n, p in made.named_parameters() if p.requires_grad]
        require(not asking, f"{who}: parameters ask for gradients ({', '.join(asking[:3])})")
    shared = _places(network) & _places(other)
    require(
        network is not other and not shared,
        f"{who} hands out the same network twice: who changes one changes the other",
    )


def _places(network: nn.Module) -> set[int]:
    """Where in memory the network's numbers lie."""
    return {v.data_ptr() for v in (*network.parameters(), *network.buffers()) if v.numel()}


def _logits(network: nn.Module, pictures: Tensor, classes: int, who: str) -> Tensor:
    try:
        with torch.no_grad():
            logits: Any = network(pictures)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise AssertionError(f"{who} fails on pictures {tuple(pictures.shape)}: {said}") from error
    _check_logits(logits, len(pictures), classes, who)
    return logits


def _check_logits(logits: Any, n: int, classes: int, who: str) -> None:
    require(isinstance(logits, Tensor), f"{who} returns a {type(logits).__name__}, not a tensor")
    shape = tuple(logits.shape)
    good = len(shape) == 2 and shape[0] == n
    require(good, f"{who} returns {shape} for {n} pictures, and must return logits (n, classes)")
    require(shape[1] == classes, f"{who} has {classes} class_names and {shape[1]} logits")
    require(bool(torch.isfinite(logits).all()), f"{who} returns NaN or infinity")


def _check_repeats(
    subject: Subject, network: nn.Module, pictures: Tensor, logits: Tensor, seed: int, who: str
) -> None:
    classes = len(subject.class_names)
    # Others in between: what a network remembers shows.
    _logits(network, 1 - pictures, classes, who)
    again = _logits(network, pictures, classes, who)
    said = f"{who} gives other logits when the same pictures come again"
    require(torch.equal(again, logits), said)
    with other_randomness(seed + 1):
        again = _logits(network, pictures, classes, who)
    require(torch.equal(again, logits), f"{who} depends on a global random state")
    fresh = _logits(subject.network(), pictures, classes, who)
    require(torch.equal(fresh, logits), f"{who}: a fresh network gives other logits")


def _check_batches(network: nn.Module, pictures: Tensor, logits: Tensor, who: str) -> None:
    classes = logits.shape[1]
    alone = torch.cat([_logits(network, picture[None], classes, who) for picture in pictures])
    apart = float((alone - logits).abs().max())
    allowed = AGREE * max(1.0, float(logits.abs().max()))
    require(
        apart <= allowed,
        f"{who}: a picture's logits depend on those beside it (by {apart:.2g}, alone and among "
        f"{len(pictures)})",
    )


def _check_gradients(network: nn.Module, pictures: Tensor, rng: torch.Generator, who: str) -> None:
    leaf = pictures.clone().requires_grad_(True)
    try:
        with torch.enable_grad():
            logits = network(leaf)
            weights = torch.randn(logits.shape, generator=rng)
            total = (logits * weights).sum()
        require(total.requires_grad, f"{who} lets no gradient through to the pictures")
        (found,) = torch.autograd.grad(total, leaf, allow_unused=True)
    except RuntimeError as error:
        raise AssertionError(f"{who} fails where gradients are wanted: {error}") from error
    through = found is not None and bool((found != 0).any())
    require(through, f"{who} lets no gradient through to the pictures")
    require(bool(torch.isfinite(found).all()), f"{who} has a gradient that is NaN or infinite")


def _check_other_size(subject: Subject, network: nn.Module, rng: torch.Generator, who: str) -> None:
    other = subject.size + max(1, subject.size // 4)
    pictures = torch.rand(2, 3, other, other, generator=rng)
    try:
        with torch.no_grad():
            logits: Any = network(pictures)
    except (ValueError, AssayError) as error:
        said = str(subject.size) in str(error)
        require(said, f"{who} refuses pictures of {other} pixels and doesn't say its size: {error}")
        return
    except Exception as error:
        raise AssertionError(
            f"{who} breaks on pictures of {other} pixels, which it must take or refuse with a "
            f"ValueError: {type(error).__name__}: {error}"
        ) from error
    _check_logits(logits, 2, len(subject.class_names), f"{who}, on pictures of {other} pixels,")
