"""How judges that look with a network see: another one than the subject, through blur and noise.

Blur and noise come first because a network of the subject's family can read what no person sees.
Features are the mean, and the spread, of feature maps over windows on a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.hooks import capture
from assay.pixels import blur
from assay.subjects import load_subject

CHUNK = 16
# Parts are looked at twice as large as they are.
ENLARGED = 2
# The last feature maps: their spread says little that their mean does not.
HEAD = "_bn1"
# Square windows: a share of the picture's side, and how many of them stand in a row, evenly apart.
Windows = tuple[tuple[float, int], ...]
WHOLE: Windows = ((1.0, 1),)


@lru_cache(maxsize=2)
def _network(name: str) -> nn.Module:
    return load_subject(name).network().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@lru_cache(maxsize=8)
def _noise(size: int) -> Tensor:
    return torch.randn(3, size, size, generator=torch.Generator().manual_seed(1000))


@dataclass(frozen=True)
class Eye:
    """A network's features at several depths, through blur and noise.

    `sigma` (pixels at 224) and `noise` (standard deviation) say how badly it sees; `depths` are
    modules of the network.
    """

    network: str
    sigma: float
    noise: float
    depths: tuple[str, ...]

    def whole(self, pictures: Tensor) -> dict[str, Tensor]:
        """Of whole pictures (n, 3, s, s) in [0, 1], at each depth (n, 1, d)."""
        return self._look(pictures, pictures.shape[-1], WHOLE)

    def parts(self, pictures: Tensor, windows: Windows) -> dict[str, Tensor]:
        """Of windows on such pictures, looked at enlarged, at each depth (n, windows, d).

        All windows come of one pass of the enlarged picture: what stands around a window reaches a
        little into it.
        """
        return self._look(pictures, ENLARGED * pictures.shape[-1], windows)

    def look(self, pictures: Tensor, windows: Windows) -> dict[str, Tensor]:
        """Of each whole picture, and then of the windows on it (n, 1 + windows, d)."""
        whole, parts = self.whole(pictures), self.parts(pictures, windows)
        return {depth: torch.cat([whole[depth], parts[depth]], 1) for depth in self.depths}

    def _look(self, pictures: Tensor, side: int, windows: Windows) -> dict[str, Tensor]:
        """Features of windows on the pictures, which are enlarged to `side`: (n, windows, d)."""
        size = pictures.shape[-1]
        network = _network(self.network)
        rows: dict[str, list[Tensor]] = {depth: [] for depth in self.depths}
        with torch.no_grad(), capture(network, *self.depths) as outputs:
            for chunk in pictures.float().split(max(1, CHUNK * size**2 // side**2)):
                seen = blur(_enlarge(chunk, side), self.sigma * size / 224)
                # The same noise on every picture: no picture depends on its batch.
                noisy = (seen + self.noise * _noise(side)).clamp(0, 1)
                network(noisy.contiguous(memory_format=torch.channels_last))
                for depth in self.depths:
                    maps = outputs[depth]
                    rows[depth].append(_pooled(maps, windows, spread=depth != HEAD))
        return {depth: torch.cat(found) for depth, found in rows.items()}


def _enlarge(pictures: Tensor, side: int) -> Tensor:
    if pictures.shape[-1] == side:
        return pictures
    larger = F.interpolate(pictures, size=(side, side), mode="bicubic", align_corners=False)
    return larger.clamp(0, 1)


def _pooled(maps: Tensor, windows: Windows, spread: bool) -> Tensor:
    """The mean (and the spread) of maps (n, d, h, h) over square windows: (n, windows, d)."""
    found = []
    side = maps.shape[-1]
    for share, row in windows:
        wide = max(1, round(share * side))
        starts = [round(i * (side - wide) / max(1, row - 1)) for i in range(row)]
        for top in starts:
            for left in starts:
                part = maps[:, :, top : top + wide, left : left + wide].flatten(2)
                mean = part.mean(2)
                found.append(torch.cat([mean, part.std(2, correction=0)], 1) if spread else mean)
    return torch.stack(found, 1)
