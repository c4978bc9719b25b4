"""How well maps say where something is: correlation, share of mass, and the pointing game.

Each takes maps and footprints (n, h, w) and gives one number a picture (n). A map counts by its
positive part alone, whatever tool made it: what speaks for the class. Where nothing does, or all
places do alike, the map says nothing, which has a value of its own: what a blind guess expects.
"""

from __future__ import annotations

import numpy as np


def evidence(maps: np.ndarray) -> np.ndarray:
    """The positive part of maps, each divided by its highest value: in [0, 1], float64."""
    positive = np.clip(np.asarray(maps, dtype=np.float64), 0, None)
    highest = positive.max(axis=(1, 2), keepdims=True)
    return positive / np.where(highest > 0, highest, 1)


def silent(maps: np.ndarray) -> np.ndarray:
    """1 where the positive part is the same all over the picture, else 0."""
    found = evidence(maps).reshape(len(maps), -1)
    return (found.max(axis=1) == found.min(axis=1)).astype(np.float64)


def correlation(maps: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """Pearson's correlation of evidence and footprint over the pixels; 0 where a map is silent.

    A footprint that covers nothing, or everything, has none: ValueError.
    """
    found, truth = _flat(evidence(maps)), _flat(footprints)
    if (truth.max(axis=1) == truth.min(axis=1)).any():
        raise ValueError("a footprint covers nothing or the whole picture: nothing correlates")
    found = found - found.mean(axis=1, keepdims=True)
    truth = truth - truth.mean(axis=1, keepdims=True)
    size = np.sqrt((found**2).sum(axis=1) * (truth**2).sum(axis=1))
    heard = silent(maps) == 0
    return np.where(heard, (found * truth).sum(axis=1) / np.where(heard, size, 1), 0.0)


def mass_inside(maps: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """The share of the evidence that lies on the footprint; its area where a map is silent."""
    found, truth = _flat(evidence(maps)), _flat(footprints)
    total = found.sum(axis=1)
    heard = silent(maps) == 0
    share = (found * truth).sum(axis=1) / np.where(heard, total, 1)
    return np.where(heard, share, truth.mean(axis=1))


def pointing(maps: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """1 where the highest place lies on the footprint, else 0; several highest share it.

    The pointing game of Zhang et al. 2016 (arXiv 1608.00507), without their margin.
    """
    found, truth = _flat(evidence(maps)), _flat(footprints)
    highest = found == found.max(axis=1, keepdims=True)
    return (highest * truth).sum(axis=1) / highest.sum(axis=1)


def _flat(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64).reshape(len(values), -1)
