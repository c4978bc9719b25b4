"""Whether a subject may stand for the network that a catalogue's trojans are in."""

from __future__ import annotations

from assay.kit import load_kit
from assay.subjects import load_subject
from assay.subjects.registry import checkpoint_of
from assay.trojans.catalogue import load_catalogue
from assay.trojans.certify import read_certificate
from assay.trojans.world import lacking
from assay.types import AssayError


def unfit(catalogue: str, subject: str, size: int) -> list[str]:
    """Why a task can't ask about the catalogue's trojans in the subject, a sentence each.

    An unknown catalogue or subject, a concept without pictures, a target that is no class, a
    certificate that failed or is of other weights.
    """
    found = []
    try:
        network = load_subject(subject, size)
        known = load_catalogue(catalogue)
        found += lacking(known, load_kit())
        checkpoint = checkpoint_of(subject)
        if checkpoint is not None:
            certificate = read_certificate(checkpoint)
            if certificate["weights"] != network.digest:
                found.append(f"the certificate of {subject} is of other weights")
            elif not certificate["certified"]:
                missed = "; ".join(certificate["missed"])
                found.append(f"the certificate of {subject} failed: {missed}")
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
