"""Contact sheets of the kit: a labelled page for each family, to be looked at by a person."""

from pathlib import Path

from PIL import Image, ImageDraw

from assay.kit.library import ZIPS, Entry, Kit

_TILE = 112
_LABEL = 26
_MOST = 12
# Patches are shown on mid-grey, where light and dark outlines both stand out.
_BEHIND_PATCH = (128, 128, 128)
_PAPER = (250, 250, 250)


def write_sheets(folder: Path, kit: Kit) -> list[Path]:
    """One PNG a kind and family, a row a concept with at most twelve of its pictures.

    The folder is made if need be. Every picture is labelled with its seed and split, those out
    of distribution with a star.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in ZIPS:
        if kind not in kit.kinds:
            continue
        for family in kit.families(kind):
            path = folder / f"{kind}_{family}.png"
            _page(kit, kit.entries(kind, family=family)).save(path)
            written.append(path)
    return written


def _page(kit: Kit, entries: tuple[Entry, ...]) -> Image.Image:
    rows = {name: _shown([e for e in entries if e.name == name]) for name in
            dict.fromkeys(e.name for e in entries)}  # fmt: skip
    across = max(len(row) for row in rows.values())
    high = _TILE + _LABEL
    page = Image.new("RGB", (max(across, 3) * _TILE, len(rows) * high), _PAPER)
    draw = ImageDraw.Draw(page)
    for j, (name, row) in enumerate(rows.items()):
        draw.text((3, j * high + 1), f"{name}: {', '.join(row[0].words)}", fill=(0, 0, 0))
        for i, entry in enumerate(row):
            page.paste(_tile(kit, entry), (i * _TILE, j * high + _LABEL))
            label = f"{entry.seed} {entry.split}{' *' if entry.ood else ''}"
            draw.text((i * _TILE + 3, j * high + 13), label, fill=(110, 110, 110))
    return page


def _shown(entries: list[Entry]) -> list[Entry]:
    """At most twelve, spread evenly, the last (the odd ones) among them."""
    if len(entries) <= _MOST:
        return entries
    step = (len(entries) - 1) / (_MOST - 1)
    return [entries[round(k * step)] for k in range(_MOST)]


def _tile(kit: Kit, entry: Entry) -> Image.Image:
    pixels = (kit.picture(entry, _TILE) * 255).round().byte().permute(1, 2, 0).numpy()
    image = Image.fromarray(pixels)
    if image.mode != "RGBA":
        return image
    behind = Image.new("RGBA", image.size, (*_BEHIND_PATCH, 255))
    return Image.alpha_composite(behind, image).convert("RGB")
