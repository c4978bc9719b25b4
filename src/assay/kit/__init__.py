"""The pictures that we control: drawn patches, painted textures, rendered objects, backgrounds."""

from assay.kit.library import SPLITS, Entry, Kit, load_kit

__all__ = ["SPLITS", "Entry", "Kit", "load_kit"]
