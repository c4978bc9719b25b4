"""A network of one's own as a subject: any torch module from pictures to logits.

A TOML file says which function makes it, and what it expects; files are looked for beside it.

    load = "nets.py:make"         # or "mypkg.nets:make"; it is called without arguments
    size = 64                     # the side of its pictures, in pixels
    mean = [0.485, 0.456, 0.406]  # of the pictures in [0, 1], one number or one a channel
    std = [0.229, 0.224, 0.225]
    labels = "classes.txt"        # one a line; or a list; or "imagenet". Optional
    channels = 3                  # or 1, for grey pictures. Optional
    pictures = "pictures"         # a folder. Optional
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import json
import pkgutil
import sys
import tomllib
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self

import torch
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from torch import Tensor, nn

from assay.checks import key_problem, near_name
from assay.pixels import luma
from assay.plugins import load_file
from assay.subject import Subject
from assay.subjects.lite import imagenet_classes
from assay.types import AssayError

# What `labels` says for the 1000 classes of ImageNet.
IMAGENET = "imagenet"
# Of what the user's code says when it fails, so many characters.
_LONGEST = 300


class NetworkFile(BaseModel, frozen=True):
    """What the TOML file of a network holds; its paths are absolute once it has been read."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    load: str
    size: int = Field(ge=8, le=1024)
    mean: tuple[float, ...]
    std: tuple[float, ...]
    labels: str | tuple[str, ...] | None = None
    channels: Literal[1, 3] = 3
    pictures: str | None = None

    @field_validator("mean", "std", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, int | float) else value

    @field_validator("std")
    @classmethod
    def _above_zero(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not all(v > 0 for v in value):
            raise ValueError("every number must be above 0")
        return value

    @field_validator("labels", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            return value
        if value is None or isinstance(value, str):
            return value
        raise ValueError(f'give a list of names, a file with one a line, or "{IMAGENET}"')

    @model_validator(mode="after")
    def _one_a_channel(self) -> Self:
        for name, numbers in (("mean", self.mean), ("std", self.std)):
            if len(numbers) not in (1, self.channels):
                raise ValueError(
                    f"{name} lists {len(numbers)} numbers, and channels is {self.channels}"
                )
        return self


class Prepared(nn.Module):
    """Logits (n, classes) of pictures (n, 3, size, size) in [0, 1], by a network `net`.

    The pictures are normalised first; a network for one channel gets their light alone. Raises
    ValueError for pictures of another shape.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, net: nn.Module, file: NetworkFile) -> None:
        super().__init__()
        self.net = net
        self.size = file.size
        self.grey = file.channels == 1
        for name, numbers in (("mean", file.mean), ("std", file.std)):
            values = torch.tensor(numbers).view(1, -1, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        wanted = (3, self.size, self.size)
        if tuple(x.shape[1:]) != wanted:
            raise ValueError(
                f"this network takes pictures (n, 3, {self.size}, {self.size}), and was given "
                f"{tuple(x.shape)}"
            )
        return self.net(((luma(x) if self.grey else x) - self.mean) / self.std)


@dataclass(frozen=True)
class _Loaded:
    """A network that was made and tried once."""

    network: Prepared
    digest: str
    classes: int
    layers: tuple[str, ...]
    head: str


@dataclass(frozen=True)
class Own(Subject):
    """A network of one's own; `own_subject` makes one from a TOML file."""

    label: str
    file: NetworkFile
    names: tuple[str, ...]
    loaded: _Loaded = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.label

    @property
    def digest(self) -> str:
        return self.loaded.digest

    @property
    def size(self) -> int:
        return self.file.size

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.names

    @property
    def layers(self) -> tuple[str, ...]:
        return self.loaded.layers

    @property
    def head(self) -> str:
        """Name of the linear module whose output is the logits; of the whole network if none's."""
        return self.loaded.head

    def network(self) -> nn.Module:
        try:
            return copy.deepcopy(self.loaded.network)
        except Exception as error:
            raise AssayError(
                f"the network of {self.file.load} can't be copied: {_said(error)}"
            ) from error


def is_grey(subject: Subject) -> bool:
    """Whether the network sees the light of its pictures alone, and no colours."""
    return isinstance(subject, Own) and subject.file.channels == 1


def pictures_of(subject: Subject, folder: str | Path | None = None) -> Path:
    """The folder of pictures: the one given, else the one that the network's TOML file names.

    Raises AssayError where neither is.
    """
    if folder is None and isinstance(subject, Own):
        folder = subject.file.pictures
    if folder is None:
        raise AssayError(
            f"say where pictures are that {subject.name} is made for: a folder, as --pictures or "
            "as `pictures` in the network's TOML file"
        )
    return Path(folder).expanduser().resolve()


def own_subject(path: Path, size: int | None = None) -> Own:
    """The subject that a TOML file describes; the function that makes the network is called once.

    Raises AssayError, one sentence, for whatever is wrong: with the file, with the user's code, or
    with the network that it makes, which is tried on two pictures.
    """
    file = read_network_file(path)
    if size is not None and size != file.size:
        raise AssayError(f"{path} says size = {file.size}, and pictures of {size} were asked for")
    # Neither the names nor the pictures make another network.
    bare = file.model_copy(update={"labels": None, "pictures": None})
    loaded = _load(bare, str(path.resolve().parent), _stamp(file.load))
    return Own(path.stem, file, _class_names(file, loaded.classes), loaded)


def read_network_file(path: Path) -> NetworkFile:
    """The TOML file of a network; AssayError names every key that is wrong, unknown or missing."""
    text = _read_text(path, "subject file")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AssayError(f"the subject file {path} is no TOML: {error}") from error
    try:
        file = NetworkFile.model_validate(table)
    except ValidationError as error:
        problems = [key_problem(e, NetworkFile.model_fields) for e in error.errors()]
        raise AssayError(f"the subject file {path}: {'; '.join(problems)}") from error
    folder = path.resolve().parent
    source, colon, function = file.load.rpartition(":")
    paths: dict[str, Any] = {}
    if source.endswith(".py"):
        paths["load"] = f"{_beside(folder, source)}{colon}{function}"
    if isinstance(file.labels, str) and file.labels != IMAGENET:
        paths["labels"] = _beside(folder, file.labels)
    if file.pictures is not None:
        paths["pictures"] = _beside(folder, file.pictures)
    return file.model_copy(update=paths)


def missing(kind: str, path: Path, suffix: str = "") -> AssayError:
    """The error for a file or folder that isn't there, with the near name beside it."""
    beside = path.parent.glob(f"*{suffix}") if path.parent.is_dir() else ()
    hint = near_name(path.name, [p.name for p in beside], listed=False)
    return AssayError(f"there is no {kind} {path}{hint}")


def _beside(folder: Path, name: str) -> str:
    return str((folder / Path(name).expanduser()).resolve())


def _read_text(path: Path, kind: str) -> str:
    if not path.is_file():
        raise missing(kind, path, path.suffix)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssayError(f"the {kind} {path} can't be read: {error}") from error


def _class_names(file: NetworkFile, classes: int) -> tuple[str, ...]:
    if file.labels is None:
        return tuple(f"class {i}" for i in range(classes))
    if file.labels == IMAGENET:
        names = imagenet_classes()
    elif isinstance(file.labels, str):
        lines = _read_text(Path(file.labels), "file of labels").splitlines()
        names = tuple(line.strip() for line in lines if line.strip())
    else:
        names = file.labels
    if len(names) != classes:
        raise AssayError(
            f"`labels` gives {len(names)} names, and the network of {file.load} has {classes} "
            "classes"
        )
    return names


# --- the user's code ---------------------------------------------------------------------------


def _stamp(load: str) -> str:
    """Changes when the file that is loaded does, so that it is loaded again."""
    path = Path(load.rpartition(":")[0])
    if path.suffix != ".py" or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=4)
def _load(file: NetworkFile, folder: str, stamp: str) -> _Loaded:
    """Make the network and try it; `folder` is where modules are looked for, too."""
    source = file.load.rpartition(":")[0]
    folders = (folder, str(Path.cwd()))
    function = _function(file.load, folders)
    # Of random weights, the same in every process; and nobody else's randomness is touched.
    with (
        torch.random.fork_rng(devices=[]),
        _importable(folders),
        _in_a_sentence(f"calling {file.load}", source),
    ):
        torch.default_generator.manual_seed(0)
        made = function()
    if not isinstance(made, nn.Module):
        what = (
            f"the class {made.__name__}" if isinstance(made, type) else f"a {type(made).__name__}"
        )
        raise AssayError(f"{file.load} must return a network (an nn.Module), and returned {what}")
    network = Prepared(made.cpu().float(), file).eval().requires_grad_(False)
    classes, head = _try_out(network, file)
    return _Loaded(network, _digest(network, file), classes, _layers(made), head)


def _function(load: str, folders: tuple[str, ...]) -> Callable[[], Any]:
    """The function that `load` names; AssayError where there is none, with the near name."""
    source, _, name = load.rpartition(":")
    if not source or not name.isidentifier():
        raise AssayError(f"`load` must say FILE.py:FUNCTION or MODULE:FUNCTION, and says {load!r}")
    module = _module(source, folders)
    found = getattr(module, name, None)
    if not callable(found):
        known = [n for n, value in vars(module).items() if callable(value) and n[0] != "_"]
        hint = near_name(name, known, listed=False)
        raise AssayError(f"there is no function {name!r} in {source}{hint}")
    return found


def _module(source: str, folders: tuple[str, ...]) -> ModuleType:
    with _importable(folders), _in_a_sentence(f"importing {source}", source):
        if source.endswith(".py"):
            path = Path(source)
            if not path.is_file():
                raise missing("file", path, ".py")
            with _importable((str(path.parent),)):
                return load_file(path)
        importlib.invalidate_caches()
        try:
            return importlib.import_module(source)
        except ModuleNotFoundError as error:
            absent = error.name or ""
            if source != absent and not source.startswith(f"{absent}."):
                # It is there, and imports something that isn't.
                raise
            hint = _near_module(absent, folders)
            raise AssayError(f"there is no module {absent!r}{hint}") from error


def _near_module(absent: str, folders: tuple[str, ...]) -> str:
    parent, _, last = absent.rpartition(".")
    places = getattr(sys.modules.get(parent), "__path__", ()) if parent else folders
    return near_name(last, [m.name for m in pkgutil.iter_modules(places)], listed=False)


@contextmanager
def _importable(folders: tuple[str, ...]) -> Iterator[None]:
    """Let modules of these folders be imported inside the context."""
    sys.path[:0] = folders
    try:
        yield
    finally:
        # Entries that the user's code adds are its own business.
        for folder in folders:
            if folder in sys.path:
                sys.path.remove(folder)


@contextmanager
def _in_a_sentence(doing: str, source: str) -> Iterator[None]:
    """Turn what the user's code raises into an AssayError with its last line, and where it is."""
    try:
        yield
    except (Exception, SystemExit) as error:
        if isinstance(error, AssayError):
            raise
        raise AssayError(f"{doing} failed{_line(error, source)}: {_said(error)}") from error


def _said(error: BaseException) -> str:
    """The last line of what a traceback would say."""
    text = " ".join(traceback.format_exception_only(error)[-1].split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _line(error: BaseException, source: str) -> str:
    """The line of the user's file in which it happened, or nothing."""
    steps = traceback.extract_tb(error.__traceback__)
    lines = [step.lineno for step in steps if step.filename == source]
    if isinstance(error, SyntaxError) and error.filename == source:
        lines = [error.lineno]
    return f" in line {lines[-1]}" if lines and lines[-1] else ""


# --- the user's network ------------------------------------------------------------------------


def _try_out(network: Prepared, file: NetworkFile) -> tuple[int, str]:
    """How many classes the network has, and the name of its head; AssayError if it is unfit."""
    size, who = file.size, f"the network of {file.load}"
    pictures = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    pictures.requires_grad_(True)
    outputs: dict[str, Any] = {}

    def listen(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            outputs[name] = output

        return hook

    linear = [(n, m) for n, m in network.named_modules() if isinstance(m, nn.Linear)]
    handles = [module.register_forward_hook(listen(name)) for name, module in linear]
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            logits = network(pictures)
    except Exception as error:
        raise AssayError(
            f"{who} can't take pictures (2, {file.channels}, {size}, {size}), as `size` and "
            f"`channels` say: {_said(error)}"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    if not isinstance(logits, Tensor):
        raise AssayError(
            f"{who} returns a {type(logits).__name__}: its output must be one tensor of logits "
            "(n, classes)"
        )
    if logits.ndim != 2 or len(logits) != 2 or not logits.is_floating_point():
        raise AssayError(
            f"{who} returns {tuple(logits.shape)} of {logits.dtype} for 2 pictures: its output "
            "must be logits (n, classes)"
        )
    classes = logits.shape[1]
    if classes < 2:
        raise AssayError(
            f"{who} has a single output: there must be a logit for each of two classes"
        )
    if not bool(torch.isfinite(logits).all()):
        raise AssayError(f"{who} returns NaN or infinity for pictures of noise")
    if bool((logits >= 0).all()) and bool(((logits.sum(1) - 1).abs() < 1e-4).all()):
        raise AssayError(
            f"{who} returns probabilities, which sum to 1: leave out the softmax, so that it "
            "returns logits"
        )
    if not logits.requires_grad:
        raise AssayError(
            f"no gradient gets from the output of {who} to the pictures: it must neither detach "
            "nor use torch.no_grad()"
        )
    same = [n for n, out in outputs.items() if isinstance(out, Tensor) and _equal(out, logits)]
    return classes, same[-1] if same else "net"


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _layers(made: nn.Module) -> tuple[str, ...]:
    """The parts of the network that follow each other: children of the first that has several."""
    name, children = "net", list(made.named_children())
    while len(children) == 1:
        name, only = f"{name}.{children[0][0]}", children[0][1]
        children = list(only.named_children())
    return tuple(f"{name}.{child}" for child, _ in children) or (name,)


def _digest(network: Prepared, file: NetworkFile) -> str:
    """SHA-256 of the state dict, of the preprocessing, and of the classes' names and sources."""
    found = hashlib.sha256()
    numbers = {"size": file.size, "channels": file.channels, "mean": file.mean, "std": file.std}
    found.update(json.dumps(numbers, sort_keys=True).encode())
    sources: set[bytes] = set()
    for name, module in network.net.named_modules():
        cls = type(module)
        found.update(f"{name}:{cls.__qualname__};".encode())
        path = Path(getattr(sys.modules.get(cls.__module__), "__file__", None) or "")
        # What a network does lies in its code as well; torch's own has a version.
        if path.suffix == ".py" and not cls.__module__.startswith("torch.") and path.is_file():
            sources.add(hashlib.sha256(path.read_bytes()).digest())
    for source in sorted(sources):
        found.update(source)
    for key, value in network.net.state_dict().items():
        # A module may keep other things there than tensors.
        if isinstance(value, Tensor):
            found.update(f"{key}:{value.dtype}{tuple(value.shape)}".encode())
            found.update(value.detach().cpu().contiguous().numpy().tobytes())
    return f"own:{found.hexdigest()}"
