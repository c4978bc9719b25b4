"""Which source files a picture's program rests on, so that it is made again when they change."""

import ast
import functools
import hashlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

_ROOT = Path(__file__).parent
_PACKAGE = "assay.kit"


def source_digest(functions: tuple[Callable[..., object], ...], also: tuple[Path, ...] = ()) -> str:
    """16 hex digits over the files of the functions, the kit's files they import, and `also`.

    Packages' __init__ files are not followed: they list everything, and a change to one concept
    would count for all.
    """
    files = {file for function in functions for file in _closure(_file_of(function))}
    digest = hashlib.sha256()
    for file in sorted(files | set(also)):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _file_of(function: object) -> Path:
    while isinstance(function, functools.partial):
        function = function.func
    if not (inspect.isfunction(function) or inspect.isclass(function)):
        function = type(function)
    return Path(inspect.getfile(function)).resolve()


@functools.cache
def _closure(file: Path) -> frozenset[Path]:
    found: set[Path] = set()
    waiting = [file]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        waiting.extend(f for f in _imported(current) if f.name != "__init__.py")
    return frozenset(found)


def _imported(file: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _kit_files(alias.name, ())
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            if node.level == 0:
                yield from _kit_files(node.module or "", names)
            else:
                base = file.parents[node.level - 1]
                yield from _files_at(base.joinpath(*(node.module or "").split(".")), names)


def _kit_files(module: str, names: tuple[str, ...]) -> Iterator[Path]:
    if module == _PACKAGE or module.startswith(_PACKAGE + "."):
        yield from _files_at(_ROOT.joinpath(*module.split(".")[2:]), names)


def _files_at(place: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """The file of a module, or those modules of a package that are among the imported names."""
    candidates = [place.with_suffix(".py"), *(place / f"{name}.py" for name in names)]
    yield from (c.resolve() for c in candidates if c.is_file())
