"""The third-party way: a package with entry points is found, checked, and run by name."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import assay
from assay.plugins import make_plugin, plugin_names
from assay.testing import check_judge, check_method, check_task

SAMPLE = Path(__file__).parents[1] / "sample_plugin"
SUITE = """
name = "third-party"
size = 32
passes = 128
visualizations = 2
subjects = ["handmade-trojaned"]
judges = ["colour_meter"]
floors = ["noise", "shuffled"]
[tasks.which_colour]
[methods.paint_chart]
colours = 48
[methods.noise]
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What an editable installation leaves behind: metadata, and the sources on the path."""
    project = tomllib.loads((SAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "site" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.syspath_prepend(str(SAMPLE / "src"))
    yield tmp_path
    for name in [m for m in sys.modules if m.partition(".")[0] == "assay_sample"]:
        del sys.modules[name]


def test_without_the_package_the_names_are_unknown() -> None:
    with pytest.raises(assay.AssayError, match="unknown method 'paint_chart'"):
        make_plugin("methods", "paint_chart")


def test_entry_points_are_found_beside_the_built_in_ones(installed: Path) -> None:
    assert plugin_names("methods")["paint_chart"] == "assay_sample.paint_chart:PaintChart"
    assert "noise" in plugin_names("methods")
    assert "colour_meter" in plugin_names("judges")
    assert "which_colour" in plugin_names("tasks")


def test_the_sample_keeps_the_rules(installed: Path) -> None:
    judge = make_plugin("judges", "colour_meter")
    check_method(make_plugin("methods", "paint_chart"))
    check_judge(judge)
    check_task(make_plugin("tasks", "which_colour"), judge)


def test_a_suite_runs_it_by_name(installed: Path) -> None:
    suite = installed / "third-party.toml"
    suite.write_text(SUITE)
    run = assay.run(suite, out=installed / "out")
    means = {row.method: row.mean for row in run.rows() if row.metric == "p_truth"}
    assert means["ideal"] > 0.9
    assert means["paint_chart"] > 0.5
    assert means["noise"] < 0.3
    assert means["shuffled"] < means["paint_chart"] / 2
