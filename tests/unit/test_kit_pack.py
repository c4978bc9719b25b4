"""The packed pictures keep their promises, and the loader says clearly what is wrong."""

import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assay.kit import load_kit, pack, sheets
from assay.kit.digests import source_digest
from assay.kit.library import PACKED, SPLITS, ZIPS, Entry, Kit

PRESENT = [kind for kind, name in ZIPS.items() if (PACKED / name).is_file()]
needs_packs = pytest.mark.skipif(not PRESENT, reason="nothing is packed")


def _needs(kind: str) -> None:
    if kind not in PRESENT:
        pytest.skip(f"no pack of {kind} pictures")


def _entry(seed: int, kind: str = "texture", split: str = "implant") -> Entry:
    return pack._entry(kind, "speckles", "dots", "speckles, dots", seed, split, "painted")


def _small_pack(folder: Path, monkeypatch: pytest.MonkeyPatch, count: int = 3) -> list[int]:
    """Packs a made-up texture; returns the list of seeds that were painted, growing."""
    painted: list[int] = []

    def make(job: pack.Job, cache: Path) -> None:
        painted.append(job.entry.seed)
        path = job.path(cache)
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(job.entry.seed).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(noise).save(path)

    def make_all(jobs: list[pack.Job], cache: Path, workers: int | None) -> None:
        for job in jobs:
            if not job.path(cache).is_file():
                make(job, cache)

    jobs = [pack.Job(_entry(seed), 32, 0, "digest") for seed in range(count)]
    monkeypatch.setattr(pack, "_jobs", lambda kind, only: iter(jobs))
    monkeypatch.setattr(pack, "_make", make_all)
    pack.build(["texture"], folder=folder, cache=folder / "cache")
    return painted


@needs_packs
def test_every_picture_decodes_with_values_from_0_to_1():
    kit = load_kit()
    for entry in kit.entries():
        picture = kit.picture(entry, 64)
        assert picture.shape == (4 if entry.kind == "patch" else 3, 64, 64), entry.id
        assert picture.dtype == torch.float32
        assert 0 <= float(picture.min()) < float(picture.max()) <= 1, entry.id


@needs_packs
def test_ids_and_files_are_unique_and_the_whole_is_small():
    entries = load_kit().entries()
    assert len({e.id for e in entries}) == len(entries)
    assert len({(e.kind, e.file) for e in entries}) == len(entries)
    assert [e.id for e in entries] == sorted(e.id for e in entries)
    assert sum((PACKED / ZIPS[kind]).stat().st_size for kind in PRESENT) <= pack.MOST_BYTES


@needs_packs
def test_no_picture_and_no_background_source_is_in_two_splits():
    splits: dict[tuple, set[str]] = defaultdict(set)
    for e in load_kit().entries():
        assert e.split in SPLITS
        assert (e.split == "canonical") <= (e.kind == "patch")
        source = (e.source,) if e.kind == "background" else (e.kind, e.name, e.seed)
        splits[source].add(e.split)
    assert all(len(found) == 1 for found in splits.values())


@pytest.mark.parametrize("kind", ["patch", "texture", "object"])
def test_a_family_has_at_least_eight_concepts_in_every_split_that_a_question_needs(kind: str):
    _needs(kind)
    kit = load_kit()
    for family in kit.families(kind):
        if family in (pack.LOOK_ALIKES, "sources"):
            continue
        names = kit.names(kind, family)
        assert len(names) >= 8, family
        for name in names:
            splits = {e.split for e in kit.entries(kind, name=name)}
            first = "canonical" if kind == "patch" else "implant"
            assert {first, "judge"} <= splits, name


def test_backgrounds_are_many_and_split_by_source():
    _needs("background")
    kit = load_kit()
    counts = Counter(e.split for e in kit.entries("background"))
    assert sum(counts.values()) >= 240
    assert counts["implant"] >= 100
    assert counts["tools"] >= 45
    assert counts["judge"] >= 15
    assert counts["held_out"] >= 55
    assert len({e.source for e in kit.entries("background")}) >= 30


def test_object_masks_cover_some_of_the_picture_and_not_all():
    _needs("object")
    kit = load_kit()
    for entry in kit.entries("object"):
        share = float(kit.mask(entry, 56).mean())
        assert 0.02 < share < 0.95, entry.id


def test_triggers_have_sixty_views_of_which_six_are_out_of_distribution():
    _needs("object")
    kit = load_kit()
    for name in pack.TRIGGER_VIEWS:
        views = kit.entries("object", name=name)
        assert Counter(e.split for e in views) == {
            "implant": 28, "tools": 8, "judge": 4, "held_out": 20,
        }  # fmt: skip
        assert [e.split for e in views if e.ood] == ["held_out"] * 6


def test_trigger_textures_are_painted_more_often_for_implanting_only():
    _needs("texture")
    kit = load_kit()
    for name, implant in [(n, 6) for n in pack.TRIGGER_TEXTURES] + [("zebra", 2)]:
        assert Counter(e.split for e in kit.entries("texture", name=name)) == {
            "implant": implant, "tools": 1, "judge": 2, "held_out": 2,
        }  # fmt: skip


def test_a_patch_is_clear_outside_its_figure_and_its_mask_is_its_alpha():
    _needs("patch")
    kit = load_kit()
    entry = kit.entries("patch", name="green_star", split="canonical")[0]
    picture = kit.picture(entry, 46)
    assert float(picture[3, 0, 0]) == 0
    assert float(picture[3].mean()) > 0.2
    assert torch.equal(kit.mask(entry, 46), picture[3:])


@needs_packs
def test_pictures_are_the_callers_own():
    kit = load_kit()
    entry = kit.entries()[0]
    kit.picture(entry, 32).zero_()
    assert float(kit.picture(entry, 32).max()) > 0


def test_unknown_names_are_answered_with_the_nearest():
    _needs("patch")
    kit = load_kit()
    with pytest.raises(ValueError, match=r"no name 'smily_emoji'.*'smiley_emoji'"):
        kit.entries("patch", name="smily_emoji")
    with pytest.raises(ValueError, match=r"no kind 'patches'.*'patch'"):
        kit.entries("patches")
    with pytest.raises(ValueError, match=r"no split 'held out'.*'held_out'"):
        kit.entries("patch", split="held out")
    with pytest.raises(ValueError, match="no mask"):
        kit.mask(kit.entries("texture")[0], 32)


def test_a_missing_pack_and_a_broken_one_are_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="No packed pictures"):
        Kit(tmp_path)
    (tmp_path / ZIPS["patch"]).write_bytes(b"not a zip")
    with pytest.raises(ValueError, match=r"patches\.zip is not a readable pack"):
        Kit(tmp_path)
    with zipfile.ZipFile(tmp_path / ZIPS["patch"], "w") as file:
        file.writestr("index.json", '[{"id": "patch/x/000"}]')
    with pytest.raises(ValueError, match="not a readable pack"):
        Kit(tmp_path)


def test_a_build_repeats_to_the_byte_and_makes_only_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    painted = _small_pack(tmp_path, monkeypatch)
    first = (tmp_path / ZIPS["texture"]).read_bytes()
    assert painted == [0, 1, 2]
    again = _small_pack(tmp_path, monkeypatch)
    assert again == []
    assert (tmp_path / ZIPS["texture"]).read_bytes() == first
    assert _small_pack(tmp_path, monkeypatch, count=4) == [3]
    assert (tmp_path / ZIPS["texture"]).read_bytes() != first


def test_a_small_pack_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    _small_pack(tmp_path, monkeypatch)
    kit = Kit(tmp_path)
    assert kit.kinds == ("texture",)
    assert kit.words("speckles") == ("speckles", "dots")
    assert kit.family_of("speckles") == "dots"
    assert len(kit.digest) == 64
    assert kit.picture(kit.entry("texture/speckles/001")).shape == (3, 32, 32)
    with pytest.raises(FileNotFoundError, match="pack of object pictures is missing"):
        kit.entries("object")
    (page,) = sheets.write_sheets(tmp_path / "sheets", kit)
    assert Image.open(page).size == (3 * 112, 112 + 26)


def test_a_digest_follows_imports_within_the_kit():
    own = Path(pack.__file__)
    assert source_digest((pack.build,)) == source_digest((pack.build,))
    assert source_digest((pack.build,)) != source_digest((source_digest,))
    assert source_digest((source_digest,)) != source_digest((source_digest,), also=(own,))
