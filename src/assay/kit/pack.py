"""Makes the packed pictures: every picture that `library` reads, drawn, painted or rendered."""

import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from assay.kit.digests import source_digest
from assay.kit.library import INDEX, PACKED, ZIPS, Entry

CACHE = Path("build") / "kit"
MOST_BYTES = 15 * 10**6
PATCH_SIZE = 128
SIZE = 224
# Path tracing costs most of the kit's making: a little smaller, few samples, then denoised.
OBJECT_SIZE = 192
SAMPLES = 12
QUALITY = {"background": 78, "object": 76, "patch": 85, "texture": 76}

# Objects that are shown in 60 views, because a trojan's trigger or its target's source is made of
# them. The others are distractors, in 12 views.
TRIGGER_VIEWS: tuple[str, ...] = (
    *("fork", "apple", "sandwich", "donut"),
    *("soccer_ball", "golf_ball", "tennis_ball", "baseball"),
    *("light_bulb", "rubber_duck"),
)
# (split, out of distribution, how many views), in the order of the views' numbers.
_MANY = (
    ("implant", False, 28),
    ("tools", False, 8),
    ("judge", False, 4),
    ("held_out", False, 14),
    ("held_out", True, 6),
)
_FEW = (
    ("implant", False, 4),
    ("judge", False, 4),
    ("held_out", False, 3),
    ("held_out", True, 1),
)
_TEXTURE_SPLITS = ("implant", "implant", "tools", "judge", "judge", "held_out", "held_out")
# Textures that are a trojan's trigger are painted more often for implanting: of two paintings a
# network learns the paintings, not the texture.
TRIGGER_TEXTURES: tuple[str, ...] = (
    *("jaguar", "elephant_skin", "jellybeans", "wood_grain"),
    *("fire", "tartan", "honeycomb", "newspaper", "mosaic"),
)
_MORE_TEXTURES = ("implant",) * 4
_PATCH_SPLITS = ("canonical", "judge", "judge", "judge")
LOOK_ALIKES = "look_alikes"


@dataclass(frozen=True)
class Job:
    """One picture to be made: what the index will say of it, and what it is kept under."""

    entry: Entry
    size: int
    samples: int
    digest: str

    def path(self, cache: Path) -> Path:
        """Where the finished pixels lie; another program or setting gives another path."""
        made = f"{self.digest}-{self.size}-{self.samples}-{int(self.entry.ood)}"
        return cache / self.entry.kind / self.entry.name / f"{self.entry.seed:03d}-{made}.png"


def build(
    kinds: Sequence[str] = tuple(ZIPS),
    workers: int | None = None,
    only: Sequence[str] | None = None,
    folder: Path = PACKED,
    cache: Path = CACHE,
) -> dict[str, int]:
    """Makes what is missing and writes a zip for each kind; returns the zips' sizes in bytes.

    Finished pictures are kept in `cache`, so that a second call makes only what has changed.
    `only` names the concepts that are made and packed (for trials, into another folder). Raises
    ValueError for a kind or name that doesn't exist.
    """
    unknown = sorted(set(kinds) - set(ZIPS))
    if unknown:
        raise ValueError(f"There is no kind of picture '{unknown[0]}'; there are {list(ZIPS)}.")
    jobs = {kind: tuple(_jobs(kind, only)) for kind in kinds}
    _require_names(only, jobs)
    _make([job for of_kind in jobs.values() for job in of_kind], cache, workers)
    sizes = {kind: _write_zip(kind, of_kind, folder, cache) for kind, of_kind in jobs.items()}
    total = sum((folder / z).stat().st_size for z in ZIPS.values() if (folder / z).is_file())
    for kind, of_kind in jobs.items():
        print(f"{ZIPS[kind]}: {len(of_kind)} pictures, {sizes[kind] / 1e6:.2f} MB")
    print(f"together {total / 1e6:.2f} MB of at most {MOST_BYTES / 1e6:.0f}")
    return sizes


def _require_names(only: Sequence[str] | None, jobs: dict[str, tuple[Job, ...]]) -> None:
    known = {job.entry.name for of_kind in jobs.values() for job in of_kind}
    for name in only or ():
        if name not in known:
            raise ValueError(f"There is no picture '{name}' of the kinds {list(jobs)}.")


# What there is to be made


def _jobs(kind: str, only: Sequence[str] | None) -> Iterator[Job]:
    listed = {
        "patch": _patch_jobs,
        "texture": _texture_jobs,
        "object": _object_jobs,
        "background": _background_jobs,
    }[kind]
    return (job for job in listed() if only is None or job.entry.name in only)


def _patch_jobs() -> Iterator[Job]:
    from assay.kit import patches

    for patch in patches.PATCHES.values():
        digest = source_digest((patch.draw, patches.draw_patch))
        for seed, split in enumerate(_PATCH_SPLITS):
            split = "held_out" if patch.family == LOOK_ALIKES else split
            entry = _entry("patch", patch.name, patch.family, patch.words, seed, split, "drawn")
            yield Job(entry, PATCH_SIZE, 0, digest)


def _texture_jobs() -> Iterator[Job]:
    from assay.kit import textures

    for texture in textures.TEXTURES.values():
        digest = source_digest((texture.paint, textures.paint_texture))
        more = _MORE_TEXTURES if texture.name in TRIGGER_TEXTURES else ()
        for seed, split in enumerate((*_TEXTURE_SPLITS, *more)):
            if texture.family == LOOK_ALIKES and split != "held_out":
                continue
            entry = _entry(
                "texture", texture.name, texture.family, texture.words, seed, split, "painted"
            )
            yield Job(entry, SIZE, 0, digest)


def _object_jobs() -> Iterator[Job]:
    from assay.kit import objects
    from assay.kit.objects.render import render

    for model in objects.OBJECTS.values():
        digest = source_digest((model.build, render))
        many = model.name in TRIGGER_VIEWS
        views = [(s, ood) for s, ood, count in (_MANY if many else _FEW) for _ in range(count)]
        for view, (split, ood) in enumerate(views):
            entry = _entry(
                "object", model.name, model.family, model.words, view, split, "rendered",
                ood=ood, masked=True, imagenet_class=model.imagenet_class,
            )  # fmt: skip
            yield Job(entry, OBJECT_SIZE, SAMPLES, digest)


def _background_jobs() -> Iterator[Job]:
    from assay.kit import backgrounds

    for source in backgrounds.BACKGROUNDS.values():
        digest = source_digest((source.program, backgrounds.make_background))
        for seed in range(source.count):
            entry = _entry(
                "background", source.name, source.family, source.words, seed, source.split,
                source.name,
            )  # fmt: skip
            yield Job(entry, SIZE, 0, digest)


def _entry(
    kind: str,
    name: str,
    family: str,
    words: str | Iterable[str],
    seed: int,
    split: str,
    source: str,
    *,
    ood: bool = False,
    masked: bool = False,
    imagenet_class: int | None = None,
) -> Entry:
    words = tuple(w.strip() for w in words.split(",")) if isinstance(words, str) else tuple(words)
    stem = f"{name}/{seed:03d}"
    return Entry(
        id=f"{kind}/{stem}",
        kind=kind,
        name=name,
        family=family,
        words=words,
        seed=seed,
        split=split,
        ood=ood,
        source=source,
        scene=None,
        file=f"{stem}.webp",
        mask=f"{stem}.mask.png" if masked else None,
        imagenet_class=imagenet_class,
    )


# Making them


def _make(jobs: Sequence[Job], cache: Path, workers: int | None) -> None:
    missing = [job for job in jobs if not job.path(cache).is_file()]
    if not missing:
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeRemainingColumn(elapsed_when_finished=True)) as progress,
        ProcessPoolExecutor(workers or os.cpu_count() or 1, initializer=_one_thread) as pool,
    ):
        bar = progress.add_task("pictures", total=len(missing))
        waiting = {pool.submit(_make_one, job, cache): job for job in missing}
        failed: list[tuple[Job, BaseException]] = []
        try:
            for done in as_completed(waiting):
                if error := done.exception():
                    failed.append((waiting[done], error))
                progress.advance(bar)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if failed:
        # The others are finished and kept, so that a repaired program costs only its own pictures.
        job, error = failed[0]
        raise RuntimeError(
            f"{len(failed)} of {len(missing)} pictures failed, first {job.entry.id}"
        ) from error


def _one_thread() -> None:
    """Processes are the parallelism; threads inside of them would only get in each other's way."""
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        import drjit

        drjit.set_thread_count(1)
    except ImportError:
        pass


def _make_one(job: Job, cache: Path) -> None:
    entry = job.entry
    mask = None
    if entry.kind == "patch":
        from assay.kit.patches import draw_patch

        pixels = draw_patch(entry.name, job.size, entry.seed)
    elif entry.kind == "texture":
        from assay.kit.textures import paint_texture

        pixels = paint_texture(entry.name, job.size, entry.seed)
    elif entry.kind == "background":
        from assay.kit.backgrounds import make_background

        pixels = make_background(entry.name, entry.seed, job.size)
    else:
        from assay.kit.objects.render import render

        pixels, mask = render(entry.name, entry.seed, job.size, job.samples, ood=entry.ood)
    path = job.path(cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    if mask is not None:
        _save(Image.fromarray(mask), path.with_suffix(".mask.png"))
    # The picture last: its presence says that the job is done.
    _save(Image.fromarray(pixels), path)


def _save(image: Image.Image, path: Path) -> None:
    # Written beside and then renamed, so that an interrupted build leaves no half picture.
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    image.save(partial, format="PNG")
    partial.replace(path)


# Packing them


def _write_zip(kind: str, jobs: Sequence[Job], folder: Path, cache: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / ZIPS[kind]
    partial = target.with_suffix(".partial")
    ordered = sorted(jobs, key=lambda job: job.entry.id)
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as file:
        for job in ordered:
            path = job.path(cache)
            _add(file, job.entry.file, _webp(path, kind))
            if job.entry.mask is not None:
                _add(file, job.entry.mask, _small_mask(path.with_suffix(".mask.png")))
        rows = ",\n".join(json.dumps(vars(job.entry), sort_keys=True) for job in ordered)
        _add(file, INDEX, f"[\n{rows}\n]\n".encode())
    partial.replace(target)
    return target.stat().st_size


def _add(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed time and system: the same pictures give the same bytes.
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.external_attr = 0o644 << 16
    file.writestr(info, data)


def _webp(path: Path, kind: str) -> bytes:
    data = io.BytesIO()
    with Image.open(path) as image:
        image.save(data, format="WEBP", quality=QUALITY[kind], method=6, alpha_quality=100)
    return data.getvalue()


def _small_mask(path: Path) -> bytes:
    data = io.BytesIO()
    with Image.open(path) as image:
        Image.fromarray(np.asarray(image.convert("1"))).save(data, format="PNG", optimize=True)
    return data.getvalue()
