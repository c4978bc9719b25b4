"""How far a long job is, where there is no terminal."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from assay import progress
from assay.progress import Bar, spoken


def test_a_line_now_and_then_says_what_is_done_and_left(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Bar("implanting", 10) as bar:
        for _ in range(5):
            now[0] += 15
            bar.advance("loss 1")
    lines = capsys.readouterr().err.splitlines()
    # Never two lines within 20 seconds: after 30 and 60 seconds.
    assert lines == [
        "implanting: 2 of 10, about 2 min left  loss 1",
        f"implanting: 4 of 10, about {spoken(90)} left  loss 1",
    ]


class Notebook:
    """Stands in for IPython in a kernel: `shown` is what its one output area held, in order."""

    def __init__(self, kernel: object) -> None:
        self.shown: list[dict[str, str]] = []
        self.areas = 0
        self._kernel = kernel

    def install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "IPython", self)
        monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=self._display))

    def get_ipython(self):
        return SimpleNamespace(kernel=self._kernel)

    def _display(self, data, raw, display_id):
        self.areas += 1
        self.shown.append(data)
        return SimpleNamespace(update=lambda data, raw: self.shown.append(data))


def test_a_notebook_gets_one_line_that_is_written_anew(monkeypatch, capsys):
    notebook = Notebook(kernel=object())
    notebook.install(monkeypatch)
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Bar("cells", 2) as bar:
        for _ in range(2):
            now[0] += 30
            bar.advance("<mine> · fork")
    assert notebook.areas == 1
    assert [said["text/plain"] for said in notebook.shown] == [
        "cells: 0 of 2",
        "cells: 1 of 2, about 30 s left  <mine> · fork",
        "cells: 2 of 2, about 0 s left  <mine> · fork",
        "cells: 2 of 2, in 60 s",
    ]
    assert "<mine>" not in notebook.shown[1]["text/html"]
    assert 'value="1" max="2"' in notebook.shown[1]["text/html"]
    assert capsys.readouterr().err == ""


def test_an_interrupted_notebook_says_so_and_a_quiet_one_says_nothing(monkeypatch):
    notebook = Notebook(kernel=object())
    notebook.install(monkeypatch)
    with pytest.raises(KeyboardInterrupt), Bar("cells", 2):
        raise KeyboardInterrupt
    assert notebook.shown[-1]["text/plain"].startswith("cells: 0 of 2, stopped")
    with Bar("cells", 2, quiet=True) as bar:
        bar.advance()
    assert notebook.areas == 1


def test_ipython_without_a_kernel_is_a_terminal_like_any_other(monkeypatch):
    notebook = Notebook(kernel=None)
    notebook.install(monkeypatch)
    with Bar("cells", 1) as bar:
        bar.advance()
    assert notebook.shown == []
