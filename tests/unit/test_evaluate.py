"""`assay.evaluate`: one's own objects on the hand-written network, and what a notebook shows."""

from __future__ import annotations

import abc
import ast
import importlib
import linecache
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
import torch
from test_judge_trial import make_record, miscalibrated
from test_report import Balance
from toy_plugins import Painter

import assay
from assay import Images, Method
from assay.methods.noise import Noise
from assay.plugins import HELD, hold_plugin, make_plugin, plugin_key
from assay.results import Results
from assay.sources import source_digest
from assay.trial.record import write_record
from assay.types import AssayError

# Knows the trigger of the first case, so that what it scores there is known beforehand.
CELL = """
from dataclasses import dataclass
from typing import ClassVar

import torch

from assay import Images, Method

STRENGTH = 1.0


def paint(colour, size):
    return STRENGTH * torch.tensor(colour)[None, :, None, None].expand(1, 3, size, size)


@dataclass(frozen=True)
class Green(Method):
    version: ClassVar[int] = 1
    family: ClassVar = "predict"

    colour: tuple = (0.2, 0.7, 0.3)

    def explain(self, given, budget, rng):
        painted = paint(self.colour, given.subject.size).contiguous()
        given.subject.network()(painted)
        return Images(painted, (0.0,), (0,))
"""
ONE = {"trojans": ("green_star",), "suite": "smoke", "passes": 64, "visualizations": 2}


def cell(text: str, number: list[int] = [0]) -> Any:  # noqa: B006
    """The class Green of a text that is executed as a notebook executes a cell."""
    number[0] += 1
    name = f"<cell {number[0]}>"
    # What IPython does: the text of a cell is found by its name.
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    module = sys.modules.setdefault("of_a_notebook", ModuleType("of_a_notebook"))
    # IPython compiles a cell's statements one by one, which makes other code of the same text.
    for statement in ast.parse(text).body:
        unit = ast.Module([statement], [])
        exec(compile(unit, name, "exec", dont_inherit=True), module.__dict__)
    return module.__dict__["Green"]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> assay.Evaluation:
    """Two methods on one case, of which one has a name that HTML could trip over."""
    methods = {"<b>green</b>".replace("/", "|"): cell(CELL)(), "grey": Noise(contrast=0.1)}
    out = tmp_path_factory.mktemp("evaluate") / "out"
    return assay.evaluate(methods, **ONE, out=out, quiet=True)


def test_the_floor_and_the_ceiling_come_along(result: assay.Evaluation) -> None:
    methods = ["<b>green<|b>", "grey", "noise", "ideal"]
    assert list(dict.fromkeys(c["method"] for c in result.cells())) == methods
    assert {c["case"] for c in result.cells()} == {"green_star"}
    assert {c["judge"] for c in result.cells()} == {"thumbnail"}
    p = {(r.method, r.subject): r.mean for r in result.rows() if r.metric == "p_truth"}
    assert p["ideal", "handmade-trojaned"] > 0.5
    assert p["<b>green<|b>", "handmade-trojaned"] > p["noise", "handmade-trojaned"]
    # It paints green whatever the network: it "finds" the star on the clean twin as well.
    leak = next(r.mean for r in result.rows() if r.metric == "leak" and "green" in r.method)
    assert leak == pytest.approx(p["<b>green<|b>", "handmade-trojaned"], abs=0.05)
    assert result.summary.wrong == 0


def test_the_table_as_text(result: assay.Evaluation) -> None:
    said = str(result).splitlines()
    assert said[0].endswith("on 1 of 4 cases (handmade-trojaned, judged by thumbnail)")
    heads = next(line for line in said if line.startswith("method"))
    for word in ("correct [95 %]", "p_truth [95 %]", "gain", "leak", "n", "passes"):
        assert word in heads
    assert repr(result) == str(result)
    assert "1 of 4 cases: the floors and the ceiling are judged over all of them" in said[-1]


def test_probabilities_of_an_uncalibrated_judge_are_nowhere(result: assay.Evaluation) -> None:
    before = [c["metrics"]["p_truth"] for c in result.cells()]
    assert None not in before
    assert None not in [c["top"] for c in result.cells()]
    key = plugin_key(make_plugin("judges", "thumbnail"))
    off = miscalibrated(value=0.2)
    write_record(make_record(judge="thumbnail", size=32, key=key, calibration=off))
    cells = result.cells()
    assert {c["metrics"]["p_truth"] for c in cells} == {None}
    assert {c["top"] for c in cells} == {None}
    assert {c["metrics"]["correct"] for c in cells} >= {0.0, 1.0}
    means = {(r.metric, r.mean) for r in result.rows() if r.metric in ("p_truth", "gain", "leak")}
    assert means == {("p_truth", None), ("gain", None), ("leak", None)}
    said = str(result)
    assert said.count("is off by 0.20 on average") == 1
    assert "p_truth by case" not in said
    # The probability of a trigger that it paints itself was above one half.
    assert "correct by case" in said
    assert "not printed" in str(result.pictures("green_star"))
    assert '<ol class="bars">' not in result._repr_html_()


def test_in_a_notebook_too_the_text_is_returned(
    result: assay.Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = result.table()
    # What rich does where it finds a kernel: it displays, and writes nothing.
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert result.table() == said
    assert "green_star" in str(result.pictures("green_star"))


def test_what_a_notebook_shows_is_whole_escaped_and_needs_nothing_else(
    result: assay.Evaluation,
) -> None:
    page = result._repr_html_()
    read = Balance()
    read.feed(page)
    assert (read.wrong, read.open) == ([], [])
    # The trigger's four pictures, one of green and two each of grey and noise, on both networks.
    assert sum(a.startswith("data:image/webp") for a in read.loaded) == 4 + 2 * (1 + 2 + 2)
    assert all(a.startswith("data:") for a in read.loaded)
    assert "<b>green" not in page
    assert "&lt;b&gt;green&lt;|b&gt;" in page
    assert "<script" not in page
    # Its style is for itself alone: no rule of it may reach the notebook around it.
    assert ":root" not in page
    assert "body {" not in page
    assert "green star" in page
    assert str(result.folder) not in page


def test_pictures_of_one_case(result: assay.Evaluation) -> None:
    shown = result.pictures("green_star")
    said = str(shown)
    assert said.startswith("<b>green<|b> on green_star (handmade-trojaned, judged by thumbnail)")
    assert said.count("← the trigger") == 3
    assert all(path.is_file() for path in shown.files["grey"]["handmade"])
    assert len(shown.files["grey"]["handmade-trojaned"]) == 2
    read = Balance()
    read.feed(shown._repr_html_())
    assert (read.wrong, read.open) == ([], [])
    assert "<table" not in shown._repr_html_()
    with pytest.raises(AssayError, match="did you mean 'green_star'"):
        result.pictures("green_sta")


def test_the_report(result: assay.Evaluation, tmp_path: Path) -> None:
    page = result.report(tmp_path / "pages" / "mine.html").read_text(encoding="utf-8")
    assert "The measuring device was not checked" in page
    # The call that brings it back, since no file does.
    assert "assay.evaluate({" in page
    assert "assay run" not in page
    with pytest.raises(AssayError, match="is a folder"):
        result.report(tmp_path)


def test_what_is_there_is_skipped_and_what_is_changed_is_not(
    result: assay.Evaluation,
) -> None:
    def again(text: str, **changed: Any) -> assay.Evaluation:
        method = cell(text)(**changed)
        return assay.evaluate(method, **ONE, out=result.folder, quiet=True)

    same = again(CELL + "\n# Elsewhere in the notebook.\nunused = 3\n")
    assert not same.summary.computed
    # A finding and a score, on the network and on its twin.
    for text in (
        CELL.replace("# ", "").replace("(0.0,)", "(1.0,)"),
        CELL.replace("STRENGTH = 1.0", "STRENGTH = 0.5"),
        CELL.replace("STRENGTH * torch", "STRENGTH**2 * torch"),
    ):
        assert sum(again(text).summary.computed.values()) == 4
    assert sum(again(CELL, colour=(1.0, 0.0, 0.0)).summary.computed.values()) == 4
    # Each says what it was, whatever was evaluated in the folder since.
    assert "grey" in str(result)
    assert "Green" in str(same)
    assert "grey" not in str(same)


def test_all_cases_have_both_floors(tmp_path: Path) -> None:
    names = ("green_star", "red_heart", "blue_moon", "purple_diamond")
    settings = {"suite": "smoke", "passes": 64, "visualizations": 1, "quiet": True}
    whole = assay.evaluate(cell(CELL)(), **settings, out=tmp_path)
    assert "Green on all 4 cases" in str(whole)
    assert {"noise", "shuffled", "ideal"} < {c["method"] for c in whole.cells()}
    # A judge of colours is pushed away by noise, and it is said.
    assert "the measuring device is broken" in str(whole)
    # All of them by name is the same.
    named = assay.evaluate(cell(CELL)(), trojans=names, **settings, out=tmp_path)
    assert not named.summary.computed
    assert str(named) == str(whole)


def test_the_same_class_twice_and_the_other_families(tmp_path: Path) -> None:
    green = cell(CELL)
    two = assay.evaluate(green(), green(colour=(1.0, 0.0, 0.0)), **ONE, out=tmp_path, quiet=True)
    assert two.asked.tools == ("Green(colour=(0.2, 0.7, 0.3))", "Green(colour=(1.0, 0.0, 0.0))")
    from assay.methods.gradient_ranking import GradientRanking

    control = assay.evaluate(GradientRanking(), suite="smoke", out=tmp_path, quiet=True)
    assert {c["method"] for c in control.cells()} >= {"GradientRanking", "random_ranking"}
    assert {c["task"] for c in control.cells()} == {"ablate"}
    assert "GradientRanking" in control._repr_html_()


def test_a_registered_class_shares_the_rows_of_every_suite(tmp_path: Path) -> None:
    first = assay.evaluate(Noise(), **ONE, out=tmp_path, quiet=True)
    noise, plain = (
        [c["score"] for c in first.cells() if c["method"] == name] for name in ("Noise", "noise")
    )
    assert noise == plain
    assert HELD not in Results(tmp_path).run["toml"]


def test_what_a_method_raises_is_told_kept_and_tried_again(tmp_path: Path) -> None:
    raising = CELL.replace(
        "        painted", '        raise RuntimeError("no paint")\n        painted'
    )
    bad = assay.evaluate(cell(raising)(), **ONE, out=tmp_path, quiet=True)
    assert "Green: 2 cells gave no number (failed): RuntimeError: no paint" in str(bad)
    assert "Traceback" in bad.errors()["Green, green_star, handmade"]
    assert "RuntimeError: no paint" in bad._repr_html_()
    again = assay.evaluate(cell(raising)(), **ONE, out=tmp_path, quiet=True)
    assert again.summary.computed["failed"] == 4


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    # The second network's cells are the last ones.
    stopping = CELL.replace(
        "        painted",
        "        if given.subject.name == 'handmade' and not STOPPED:\n"
        "            STOPPED.append(1)\n"
        "            raise KeyboardInterrupt\n"
        "        painted",
        1,
    ).replace("STRENGTH = 1.0", "STRENGTH = 1.0\nSTOPPED = []")
    method = cell(stopping)()
    half = assay.evaluate(method, **ONE, out=tmp_path, quiet=True)
    assert half.summary.stopped
    assert "still to be computed: what is there is kept" in str(half)
    assert "still to be computed" in half._repr_html_()
    done = {c["subject"] for c in half.cells() if c["status"] == "ok"}
    assert done == {"handmade-trojaned"}


@dataclass(frozen=True)
class Half(Method):
    version: ClassVar[int] = 1
    family: ClassVar = "predict"

    @abc.abstractmethod
    def paint(self) -> torch.Tensor: ...

    def explain(self, given, budget, rng):
        return Images(self.paint(), (0.0,), (0,))


class Undecorated(Method):
    version: ClassVar[int] = 1
    family: ClassVar = "predict"

    def explain(self, given, budget, rng):
        raise NotImplementedError


@dataclass
class Thawed(Undecorated):
    pass


@dataclass(frozen=True)
class Moving(Undecorated):
    family: ClassVar = "control"


@dataclass(frozen=True)
class Holding(Undecorated):
    weights: Any = None


MIXED = (Painter(), Moving())


@pytest.mark.parametrize(
    ("methods", "words", "told"),
    [
        ((), {}, "there is nothing to evaluate"),
        ((Painter,), {}, "Painter is a class: give an object of it, Painter()"),
        ((Half,), {}, "Half is abstract: it has no paint"),
        ((3,), {}, "int is no method"),
        (([Painter()],), {}, "list is no method"),
        ((Undecorated(),), {}, "no dataclass"),
        ((Thawed(),), {}, "Thawed can be changed"),
        ((Holding(torch.ones(1)),), {}, "the parameter 'weights' of Holding"),
        ((Moving(),), {"suite": "quick"}, "Moving is for control, and the suite 'quick' has no"),
        (MIXED, {}, "Painter is for predict and Moving for control"),
        ((Painter(), Painter()), {}, "two methods are called 'Painter'"),
        (({"noise": Painter()},), {}, "'noise' is the name of a row that comes along"),
        (({"ideal": Painter()},), {}, "'ideal' is the name of a row that comes along"),
        (({"a/b": Painter()},), {}, "holds a slash"),
        (({3: Painter()},), {}, "3 is no name"),
        (
            (Painter(),),
            {"trojans": "green_sta"},
            "no trojan 'green_sta'; did you mean 'green_star'",
        ),
        ((Painter(),), {"suite": "smok"}, "did you mean 'smoke'"),
        ((Painter(),), {"judge": "thumbnai"}, "did you mean 'thumbnail'"),
        ((Painter(),), {"judge": "ablator"}, "'ablator' is not for predict"),
        ((Painter(),), {"seeds": 0}, "at least 1"),
        ((Painter(),), {"passes": 0}, "passes"),
    ],
)
def test_mistakes_are_one_sentence(
    tmp_path: Path, methods: tuple[Any, ...], words: dict[str, Any], told: str
) -> None:
    with pytest.raises(AssayError) as error:
        assay.evaluate(*methods, **{"suite": "smoke", "out": tmp_path / "out", **words})
    assert told in str(error.value)
    assert not (tmp_path / "out").exists()


# --- what a class is made of --------------------------------------------------------------------


def test_only_what_the_class_uses_is_part_of_it() -> None:
    first = source_digest(cell(CELL))
    # The same text later in the notebook, with more names around it.
    assert source_digest(cell(f"elsewhere = 4\n\n\n{CELL}\npainted = object()\n")) == first
    changed = {
        source_digest(cell(CELL.replace("0.7", "0.8"))),
        source_digest(cell(CELL.replace("STRENGTH = 1.0", "STRENGTH = 1.5"))),
        source_digest(cell(CELL.replace("STRENGTH * torch", "STRENGTH / torch"))),
    }
    assert len(changed | {first}) == 4


def test_tensors_and_networks_count_by_their_numbers() -> None:
    with_net = CELL.replace(
        "STRENGTH = 1.0",
        "STRENGTH = torch.nn.Linear(1, 1)\nwith torch.no_grad():\n"
        "    STRENGTH.weight.fill_(WEIGHT); STRENGTH.bias.fill_(0)",
    )
    one, two = (source_digest(cell(with_net.replace("WEIGHT", w))) for w in ("1.0", "2.0"))
    assert one != two
    assert source_digest(cell(with_net.replace("WEIGHT", "1.0"))) == one
    with pytest.raises(AssayError, match="Green uses 'STRENGTH', a object of which nobody"):
        source_digest(cell(CELL.replace("STRENGTH = 1.0", "STRENGTH = object()")))


def test_a_class_without_readable_source_is_refused_politely(tmp_path: Path) -> None:
    space: dict[str, Any] = {"__name__": "of_a_notebook"}
    exec(compile(CELL, "<stdin>", "exec", dont_inherit=True), space)
    with pytest.raises(AssayError, match=r"use `assay try FILE\.py`"):
        assay.evaluate(space["Green"](), suite="smoke", out=tmp_path / "out")


def test_a_file_that_was_changed_after_its_import_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "changed_since.py"
    file.write_text(CELL)
    found = importlib.import_module("changed_since").Green
    assert source_digest(found)
    file.write_text(CELL.replace("painted, (0.0,)", "painted, (0.25,)"))
    with pytest.raises(AssayError, match="import it anew"):
        source_digest(found)
    sys.modules.pop("changed_since")


def test_a_held_object_has_a_key_of_its_source() -> None:
    method = Painter(hue=2)
    plain = plugin_key(method)
    first = hold_plugin(method, "one")
    assert make_plugin("methods", first) is method
    assert plugin_key(method) == {**plain, "source": "one"}
    assert plugin_key(Painter(hue=2)) == plain
    second = hold_plugin(method, "two")
    assert plugin_key(method) == {**plain, "source": "two"}
    assert make_plugin("methods", second) is method
    with pytest.raises(AssayError, match=r"call assay\.evaluate"):
        make_plugin("methods", first)
