"""Another network for the same classes, to compare a network with."""

from __future__ import annotations

from assay.subject import Subject
from assay.subjects.registry import load_subject
from assay.types import UnsupportedError


def independent_subject(name: str, subject: Subject, target: int) -> tuple[Subject, int]:
    """The subject called `name`, for pictures as large, and its class of the target's name.

    UnsupportedError where it takes pictures of another size or has no such class.
    """
    other = load_subject(name, subject.size)
    if other.size != subject.size:
        raise UnsupportedError(
            f"{other.name} takes pictures of {other.size} pixels, and {subject.name} of "
            f"{subject.size}"
        )
    if other.class_names != subject.class_names:
        called = subject.class_names[target]
        if other.class_names.count(called) != 1:
            raise UnsupportedError(f"{other.name} has no class {called!r} to compare with")
        target = other.class_names.index(called)
    return other, target
