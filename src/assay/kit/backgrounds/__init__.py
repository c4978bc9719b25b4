"""Pictures without the concept of any question: crops of photographs and made-up places.

Photographs are cropped under their licences; see `photos` for each one's author, and docs/kit.md.
"""

import difflib
import zlib

import numpy as np

from assay.kit.backgrounds import indoors, outdoors, skies, tables
from assay.kit.backgrounds.photos import PHOTOS
from assay.kit.backgrounds.source import Program, Source

__all__ = ["BACKGROUNDS", "Source", "make_background"]


def _scenes(split: str, count: int, family: str, *programs: Program) -> tuple[Source, ...]:
    return tuple(
        Source(p.__name__, (p.__name__.replace("_", " "),), split, count, p, family)
        for p in programs
    )


_ALL = (
    *PHOTOS,
    *_scenes("implant", 8, "outdoors", outdoors.hills, outdoors.street, outdoors.bushes,
             outdoors.crates),
    *_scenes("implant", 8, "indoors", indoors.room, indoors.shelves, indoors.curtains,
             indoors.blocks),
    *_scenes("implant", 6, "painted", skies.clouds, skies.plaster, skies.defocused_room),
    *_scenes("implant", 6, "tables", tables.picnic_cloth, tables.studio_sweep),
    *_scenes("tools", 5, "tables", tables.lamplit_ground),
    *_scenes("held_out", 5, "tables", tables.pale_counter),
    *_scenes("tools", 8, "outdoors", outdoors.boulders, outdoors.columns),
    *_scenes("tools", 8, "indoors", indoors.corridor, indoors.rumpled_cloth),
    *_scenes("tools", 5, "painted", skies.bokeh),
    *_scenes("judge", 5, "outdoors", outdoors.pipes),
    *_scenes("judge", 5, "indoors", indoors.tunnel),
    *_scenes("judge", 5, "painted", skies.passing_by),
    *_scenes("held_out", 6, "outdoors", outdoors.mountains, outdoors.forest, outdoors.coast,
             outdoors.skyline),
    *_scenes("held_out", 6, "indoors", indoors.stairs, indoors.hall, indoors.cushions),
    *_scenes("held_out", 5, "painted", skies.ridges, skies.window_light, skies.misty_trees),
)  # fmt: skip

BACKGROUNDS: dict[str, Source] = {source.name: source for source in _ALL}


def make_background(source: str, seed: int, size: int) -> np.ndarray:
    """One picture of a source: uint8 (size, size, 3), the same for the same seed.

    Raises ValueError for an unknown source.
    """
    if source not in BACKGROUNDS:
        near = difflib.get_close_matches(source, BACKGROUNDS, n=1, cutoff=0.0)
        raise ValueError(f"There is no background '{source}'; the nearest name is '{near[0]}'.")
    rng = np.random.default_rng([seed, zlib.crc32(source.encode())])
    picture = BACKGROUNDS[source].program(rng, size)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
