"""How far a long job is, where there is no terminal."""

from __future__ import annotations

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
