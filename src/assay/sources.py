"""What a class of a notebook or a script is made of, as text: no version speaks for it.

A cell is run, changed and run again. So such a class is known by its own text and by what that
uses of the same notebook or file: functions, classes and values, one through the other. What it
imports is known by its name alone.
"""

from __future__ import annotations
import __future__

import ast
import dis
import functools
import hashlib
import inspect
import linecache
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from assay.types import AssayError, digest

# A default repr: it says where an object lies, not what it is.
_ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")
# Bits of compile() that say which of `from __future__` is in force.
_FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def source_digest(found: type) -> str:
    """SHA-256 of the class's text and of all that it uses of its own module.

    AssayError where there is no text (it was typed into a plain prompt, or its file has changed
    since), or where it uses an object of which nobody can say whether it is still the same.
    """
    reader = _Reader(found.__name__, found.__module__)
    reader.read_class(found)
    return digest(sorted(reader.texts.items()))


@dataclass
class _Reader:
    """Follows names through one module; `texts` are what it met, by name."""

    who: str
    home: str
    texts: dict[str, str] = field(default_factory=dict)

    def read_class(self, found: type) -> None:
        """Add the class, its bases of this module, and what they use of it."""
        for cls in found.__mro__:
            label = f"class {cls.__qualname__}"
            if cls.__module__ != self.home or label in self.texts:
                continue
            functions = list(_functions(cls))
            node, text = self._known(_class_text(cls, functions))
            self.texts[label] = text
            space = dict(vars(sys.modules.get(self.home, ModuleType("none"))))
            for function in functions:
                space |= _space(function)
            self._follow(_names_in(node), space)
            for function in functions:
                self._follow(_names_of(function.__code__), space)

    def _read_function(self, function: FunctionType) -> None:
        label = f"def {function.__qualname__}"
        if label not in self.texts:
            node, text = self._known(_function_text(function))
            self.texts[label] = text
            self._follow(_names_in(node) | _names_of(function.__code__), _space(function))

    def _known(self, found: tuple[ast.AST, str] | None) -> tuple[ast.AST, str]:
        if found is None:
            raise AssayError(
                f"the source of {self.who} can't be read, or isn't what runs here, so that its "
                "numbers could be taken for others': run its cell again (or import it anew), or "
                "save it in a file and use `assay try FILE.py`"
            )
        return found

    def _follow(self, names: Iterable[str], space: Mapping[str, Any]) -> None:
        for name in sorted(names):
            if name in space and not name.startswith("__"):
                self._add(name, inspect.unwrap(space[name]))

    def _add(self, name: str, value: Any) -> None:
        own = getattr(value, "__module__", None) == self.home
        if isinstance(value, ModuleType):
            self.texts[f"import {name}"] = value.__name__
        elif own and isinstance(value, type):
            self.read_class(value)
        elif own and isinstance(value, FunctionType):
            self._read_function(value)
        elif callable(value) and hasattr(value, "__qualname__"):
            self.texts[f"import {name}"] = f"{value.__module__}:{value.__qualname__}"
        else:
            if type(value).__module__ == self.home:
                self.read_class(type(value))
            self.texts[f"value {name}"] = self._written(name, value)

    def _written(self, name: str, value: Any) -> str:
        """The value as text that differs wherever the value does."""
        if isinstance(value, Mapping):
            return str([(repr(k), self._written(name, v)) for k, v in value.items()])
        if isinstance(value, list | tuple):
            return str([self._written(name, v) for v in value])
        if isinstance(value, set | frozenset):
            return str(sorted(self._written(name, v) for v in value))
        if isinstance(value, torch.nn.Module):
            return repr(value) + self._written(name, value.state_dict())
        if isinstance(value, Tensor):
            plain = value.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy()
            return (
                f"{value.dtype} {tuple(value.shape)} {hashlib.sha256(plain.tobytes()).hexdigest()}"
            )
        if isinstance(value, np.ndarray):
            return f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
        written = repr(value)
        if _ADDRESS.search(written):
            raise AssayError(
                f"{self.who} uses {name!r}, a {type(value).__name__} of which nobody can say "
                f"whether it is still the same: make it inside of {self.who}"
            )
        return written


def _functions(cls: type) -> Iterator[FunctionType]:
    """The functions that were written for the class itself, without those that dataclass made."""
    for value in vars(cls).values():
        inner = value
        if isinstance(value, staticmethod | classmethod):
            inner = value.__func__
        elif isinstance(value, functools.cached_property):
            inner = value.func
        parts = (value.fget, value.fset) if isinstance(value, property) else (inner,)
        for part in parts:
            function = inspect.unwrap(part) if callable(part) else part
            if isinstance(function, FunctionType) and _lines(function.__code__.co_filename):
                yield function


def _space(function: FunctionType) -> dict[str, Any]:
    """What the function's names mean: its module's, and those of functions around it."""
    space = dict(function.__globals__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    for name, cell in cells:
        try:
            space[name] = cell.cell_contents
        except ValueError:
            # Not filled yet: nothing has used it.
            continue
    return space


def _names_of(code: CodeType) -> set[str]:
    """The names that the code looks up outside of itself (a local one of that name is another)."""
    names = {
        str(step.argval)
        for step in dis.get_instructions(code)
        if step.opname.startswith("LOAD") and ("GLOBAL" in step.opname or "NAME" in step.opname)
    }
    for inner in _inner(code):
        names |= _names_of(inner)
    return names | set(code.co_freevars)


def _names_in(node: ast.AST) -> set[str]:
    """The names that are looked up where the class or function is defined: outside of bodies."""
    names: set[str] = set()
    left = [node]
    while left:
        at = left.pop()
        if isinstance(at, ast.Name):
            names.add(at.id)
        if isinstance(at, _FUNCTIONS):
            left += [*getattr(at, "decorator_list", []), at.args]
        else:
            left += ast.iter_child_nodes(at)
    return names


def _class_text(cls: type, functions: list[FunctionType]) -> tuple[ast.AST, str] | None:
    """The class's node and text: the class around its functions, which must run as written."""
    if not functions or not all(_runs_as_written(f) for f in functions):
        return None
    # A base's function may have been put into the class; its own are where the class is.
    for function in functions:
        file, line = function.__code__.co_filename, function.__code__.co_firstlineno
        for node in ast.walk(_tree(file)):
            if (
                isinstance(node, ast.ClassDef)
                and node.name == cls.__name__
                and any(_first_line(part) == line for part in node.body)
            ):
                return node, _text(file, node)
    return None


def _function_text(function: FunctionType) -> tuple[ast.AST, str] | None:
    code = function.__code__
    if not _lines(code.co_filename) or not _runs_as_written(function):
        return None
    for node in ast.walk(_tree(code.co_filename)):
        if isinstance(node, _FUNCTIONS) and _first_line(node) == code.co_firstlineno:
            return node, _text(code.co_filename, node)
    return None


def _runs_as_written(function: FunctionType) -> bool:
    """Whether the text that can be read now is the one that the function was made from.

    A file may have been changed after it was imported: its text would speak for other code.
    """
    code = function.__code__
    # A notebook carries `from __future__` from one cell to the next, and may await at the top.
    flags = (code.co_flags & _FUTURE) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        whole = _tree(code.co_filename)
        # A notebook compiles its statements one by one, which makes other code of the same text.
        alone = [
            node
            for node in whole.body
            if _first_line(node) <= code.co_firstlineno <= (node.end_lineno or 0)
        ]
        left = [
            compile(unit, code.co_filename, "exec", flags, dont_inherit=True)
            for unit in (whole, ast.Module(alone, []))
        ]
    except SyntaxError:
        return False
    while left:
        at = left.pop()
        if at == code:
            return True
        left += _inner(at)
    return False


def _inner(code: CodeType) -> list[CodeType]:
    return [part for part in code.co_consts if isinstance(part, CodeType)]


def _lines(file: str) -> list[str]:
    linecache.checkcache(file)
    return linecache.getlines(file)


def _tree(file: str) -> ast.Module:
    return ast.parse("".join(_lines(file)))


def _first_line(node: ast.AST) -> int:
    """The line at which a definition begins, its decorators included (0 for other nodes)."""
    first = [*getattr(node, "decorator_list", []), node][0]
    return getattr(first, "lineno", 0)


def _text(file: str, node: ast.AST) -> str:
    lines = _lines(file)[_first_line(node) - 1 : getattr(node, "end_lineno", 0)]
    # Whether a line follows or not.
    return "".join(lines).rstrip()
