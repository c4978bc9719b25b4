"""What a tool is given about a trojan: the network, the class, and pictures without the trigger.

Tasks that ask different things about a trojan give the same under the same key, so that what a tool
found for one of them is there for the others.
"""

from __future__ import annotations

from functools import lru_cache, partial

from assay.envelopes import PredictGiven
from assay.kit import load_kit
from assay.subject import Subject
from assay.trojans.catalogue import Trojan
from assay.trojans.world import World, generator
from assay.types import Envelope, digest

# Raised whenever what is in the envelopes could change.
VERSION = 1


@lru_cache(maxsize=8)
def world(split: str, size: int, ood: bool = False) -> World:
    """The kit's pictures of one split, decoded once a process."""
    return World(load_kit(), split, size, ood)


def give(
    subject: Subject, trojan: Trojan, size: int, pictures: int, visualizations: int
) -> tuple[Envelope[PredictGiven], Envelope[PredictGiven]]:
    """The envelopes `given` and `screening` of a case: `pictures` of `size` in each.

    A case with these and the trojan's name has the same findings, whatever its task asks.
    """
    holds = {
        # The task that was there first: stored findings go by this key.
        "task": "rediscover",
        "version": VERSION,
        "kit": load_kit().digest,
        "subject": subject.digest,
        "target": trojan.target,
        "source": trojan.source_object,
        "size": size,
        "pictures": pictures,
        "visualizations": visualizations,
    }
    made = partial(_given, subject, trojan, size, pictures, visualizations)
    return (
        Envelope(digest(holds), made),
        Envelope(digest({**holds, "for": "screening"}), partial(made, "screening")),
    )


def _given(
    subject: Subject,
    trojan: Trojan,
    size: int,
    pictures: int,
    visualizations: int,
    purpose: str = "given",
) -> PredictGiven:
    # For screening other crops in other light, of the same part of the kit.
    rng = generator(purpose, trojan.source_object, pictures)
    tools = world("tools", size)
    if trojan.source_object is not None:
        shown = tools.objects(trojan.source_object, pictures, rng)
    else:
        shown = tools.backgrounds(pictures, rng)
    return PredictGiven(
        subject=subject,
        target_class=trojan.target,
        source_class=trojan.source_class,
        pictures=shown,
        visualizations=visualizations,
    )
