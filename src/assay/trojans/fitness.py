"""Whether a subject may stand for the network that a catalogue's trojans are in."""

from __future__ import annotations

from pathlib import Path

from assay.kit import load_kit
from assay.subject import Subject
from assay.subjects import load_subject
from assay.subjects.registry import checkpoint_of
from assay.trojans.catalogue import Catalogue, catalogue_path, load_catalogue
from assay.trojans.certify import certificate_path, read_certificate
from assay.trojans.world import lacking
from assay.types import AssayError


def unfit(catalogue: str, subject: str, size: int) -> list[str]:
    """Why a task can't ask about the catalogue's trojans in the subject, a sentence each.

    An unknown catalogue or subject, a concept without pictures, a target that is no class, a
    certificate that failed or is of other weights; a catalogue of what other networks have.
    """
    found = []
    try:
        network = load_subject(subject, size)
        known = load_catalogue(catalogue)
        found += lacking(known, load_kit())
        if known.subject is not None:
            found += _unfit_by_itself(known, catalogue_path(catalogue), network)
        elif (checkpoint := checkpoint_of(subject)) is not None:
            found += _uncertified(checkpoint, network)
        classes = len(network.class_names)
        found += [
            f"the target {t.target} of trojan {t.name!r} is no class of {subject} "
            f"(it has {classes})"
            for t in known.trojans
            if t.target >= classes
        ]
    except (AssayError, FileNotFoundError, ValueError) as error:
        found.append(str(error))
    return found


def certificate_of(catalogue: str | None, subject: str) -> Path | None:
    """Where the certificate lies of the catalogue's trojans in the subject; None for a clean twin.

    Without a catalogue it is the one of the subject's checkpoint.
    """
    known = load_catalogue(catalogue) if catalogue is not None else None
    if catalogue is not None and known is not None and known.subject is not None:
        return certificate_path(catalogue_path(catalogue)) if subject == known.subject else None
    checkpoint = checkpoint_of(subject)
    return certificate_path(checkpoint) if checkpoint is not None else None


def _uncertified(file: Path, network: Subject, weights: str = "weights") -> list[str]:
    """What speaks against the certificate beside a checkpoint or catalogue."""
    certificate = read_certificate(file)
    if certificate[weights] != network.digest:
        return [f"the certificate of {network.name} is of other weights"]
    if not certificate["certified"]:
        missed = "; ".join(certificate["missed"])
        return [f"the certificate of {network.name} failed: {missed}"]
    return []


def _unfit_by_itself(known: Catalogue, path: Path, network: Subject) -> list[str]:
    """The same for a catalogue of what nobody planted: it holds for two networks at one size."""
    if network.name not in (known.subject, known.twin):
        return [
            f"the catalogue {known.name} is of {known.subject}, with {known.twin} for its twin, "
            f"and says nothing of {network.name}"
        ]
    size = read_certificate(path)["size"]
    if size != network.size:
        return [f"the catalogue {known.name} is certified at {size} pixels, not {network.size}"]
    weights = "weights" if network.name == known.subject else "twin_weights"
    return _uncertified(path, network, weights)
