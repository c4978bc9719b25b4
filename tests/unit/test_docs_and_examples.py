"""What the documents and the examples say works: their code is executed as it stands."""

import importlib
import json
import linecache
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image
from test_cli import assay as command

import assay
from assay.api import Run
from assay.plan import make_plan
from assay.plugins import BUILT_IN
from assay.suite import load_suite, suite_text
from assay.testing import check_combiner, check_method

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of a document in docs/ (or, with a path, elsewhere) in that language."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("colours", None)


def run_document(document: str, folder: Path) -> Run:
    """Import the document's Python as the module that its suite names, and run the suite."""
    (folder / "colours.py").write_text("\n\n".join(blocks(document, "python")))
    importlib.import_module("colours")
    (folder / "suite.toml").write_text("\n".join(blocks(document, "toml")))
    return assay.run("suite.toml", out=folder / "out")


def means(run: Run, metric: str) -> dict[tuple[str, str], float]:
    rows = [row for row in run.rows() if row.metric == metric]
    return {(row.method, row.subject): row.mean for row in rows if row.mean is not None}


def test_the_method_of_the_document(folder: Path) -> None:
    found = means(run_document("add-a-method.md", folder), "p_truth")
    assert found["ideal", "handmade-trojaned"] > 0.5
    assert found["colours", "handmade-trojaned"] > found["noise", "handmade-trojaned"] + 0.1
    # What it finds is in the trojaned network only.
    assert found["colours", "handmade-trojaned"] > found["colours", "handmade"] + 0.1


def test_the_combiner_of_the_document(folder: Path) -> None:
    found = means(run_document("add-a-method.md", folder), "p_truth")
    assert found["colours", "handmade-trojaned"] > found["best_of_each", "handmade-trojaned"]
    assert found["best_of_each", "handmade-trojaned"] > found["noise", "handmade-trojaned"]
    check_combiner(importlib.import_module("colours").BestOfEach())


def test_the_task_and_the_judge_of_the_document(folder: Path) -> None:
    found = means(run_document("add-a-task-or-judge.md", folder), "p_truth")
    assert found["ideal", "handmade-trojaned"] > 0.9
    assert found["adversarial_patch", "handmade-trojaned"] > found["noise", "handmade-trojaned"]


def test_the_network_of_the_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, use = blocks("explain-your-network.md", "python")
    (described,) = blocks("explain-your-network.md", "toml")
    for name, text in (("nets.py", code), ("net.toml", described), ("use.py", use)):
        (folder / name).write_text(text)
    (folder / "photos").mkdir()
    for i in range(6):
        Image.new("RGB", (80, 64), (40 * i, 100, 200)).save(folder / "photos" / f"{i}.jpg")
    runpy.run_path(str(folder / "use.py"))
    said = capsys.readouterr().out
    for row in (
        "exemplars",
        "target_fourier_fv",
        "adversarial_patch",
        "noise",
        "observations.html",
    ):
        assert row in said


def test_the_rows_of_the_methods_document(folder: Path) -> None:
    rows, feature_level, upper_bound, bounds, combiners, controls = blocks("methods.md", "toml")
    head = f"""
        {bounds}
        name = "rows"
        size = 32
        passes = 256
        visualizations = 2
        subjects = ["handmade-trojaned"]
        judges = ["thumbnail"]
        unaided = ["query_options"]
        [tasks.rediscover]
        catalogue = "handmade"
        [methods.adversarial_patch]
        [methods.tabor]
        [methods.snafue]
    """
    told = f"{rows}\n{feature_level}\n{upper_bound}\n{combiners}\n{controls}"
    text = f"{head}\n{told}"
    # A network written by hand has other classes than those of ImageNet.
    by_hand = text.replace('"lite0"', '"handmade"')
    for row in ("[combiners.screened]", "[methods.rfla_perturb]", "[methods.rfla_generator]"):
        by_hand = by_hand.replace(row, f'{row}\nindependent = "handmade"')
    (folder / "rows.toml").write_text(by_hand)
    run = assay.run("rows.toml", out=folder / "out", cases=["green_star"])
    statuses = {c["method"]: c["status"] for c in run.cells() if c["method"] != "ideal"}
    published = [f"{objective}_{kind}_fv" for kind in ("fourier", "cppn") for objective in
                 ("target", "inner")]  # fmt: skip
    published += ["adversarial_patch", "tabor", "rfla_perturb", "rfla_generator", "snafue"]
    tools = [*published, "snafue_options_in_pool"]
    searches = ["try_pool_100", "try_pool_10", "try_pool_0"]
    joined = ["together", "screened", "screened_with_twin"]
    assert statuses == dict.fromkeys([*tools, *searches, *joined, "query_options"], "ok")
    said = re.sub(r"\s+", " ", run.table())
    assert "and `query_options` are upper bounds, and no tools" in said
    # Each is a row of its own: no two show the same.
    assert (
        len({c["finding"] for c in run.cells() if c["finding"]})
        == len([*tools, *searches, *joined]) - 1
    )  # By hand the independent network is the twin.
    # The packaged suite calls them alike.
    packaged = tomllib.loads(suite_text("core"))
    documented = tomllib.loads(told)
    for part in ("methods", "combiners"):
        assert {n: packaged[part][n] for n in documented[part]} == documented[part]
    assert packaged["bounds"] == tomllib.loads(bounds)["bounds"]
    assert packaged["unaided"] == ["query_options"]


def test_the_suite_like_another_is_one(folder: Path) -> None:
    (text,) = blocks("suites.md", "toml")
    (folder / "mine.toml").write_text(text)
    mine = make_plan(load_suite("mine.toml"))
    assert mine.suite.methods["tabor"] == {"rate": 0.2}
    assert {c.place.task for c in mine.scores} == {"rediscover"}


def test_every_method_that_shows_pictures_is_in_the_document() -> None:
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    for name in (*BUILT_IN["methods"], *BUILT_IN["combiners"]):
        assert f"`{name}`" in text


def test_the_method_of_the_readme(folder: Path) -> None:
    code = next(b for b in blocks("../README.md", "python") if "class " in b)
    (folder / "colours.py").write_text(code)
    check_method(importlib.import_module("colours").Brightest())


def test_the_method_and_the_questions_of_the_document_on_trying(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = blocks("try-your-own.md", "python")
    (folder / "colours.py").write_text(code)
    lines = "".join(blocks("try-your-own.md", "console")).splitlines()
    (line,) = [x for x in lines if "handmade-trojaned" in x]
    assert command(monkeypatch, *line.removeprefix("$ assay ").split()) == 0
    said = capsys.readouterr().out
    assert "← the trigger" in said
    assert said.rstrip().endswith("try.html")

    table, _ = blocks("try-your-own.md", "toml")
    for name in ("watermark", "logo", "stamps"):
        (folder / "options" / name).mkdir(parents=True)
        Image.new("RGB", (32, 32), "red").save(folder / "options" / name / "0.png")
    (folder / "questions.toml").write_text(table.replace("/data/", "./options/"))
    (folder / "mine" / "watermark").mkdir(parents=True)
    Image.new("RGB", (64, 32), "red").save(folder / "mine" / "watermark" / "0.png")
    words = ("judge", "mine", "--questions", "questions.toml", "--judge", "thumbnail")
    assert command(monkeypatch, *words) == 0
    assert "watermark" in capsys.readouterr().out


# The documents ask the ImageNet network, which takes minutes.
ON_IMAGENET = 'trojans=("smiley_emoji", "wood_grain")'
BY_HAND = 'trojans=("green_star",), suite="smoke"'


@pytest.mark.parametrize(
    ("document", "name"), [("try-your-own.md", "Colours"), ("../README.md", "Brightest")]
)
def test_the_evaluation_of_the_documents(
    document: str, name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = next(b for b in blocks(document, "python") if "class " in b)
    use = next(b for b in blocks(document, "python") if "evaluate(" in b)
    assert ON_IMAGENET in use
    use = use.replace(ON_IMAGENET, BY_HAND) + "\nprint(result)\n"
    (folder / "script.py").write_text(f"{code}\nimport assay\n{use}")
    runpy.run_path(str(folder / "script.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert f"{name} on 1 of 4 cases" in said
    assert "ideal" in said


def test_the_notebook(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "examples" / "evaluate_my_method.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert notebook["nbformat"] == 4
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    # Cell by cell in `__main__`, as a notebook does: the class is written twice.
    module = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    for i, cell in enumerate(cells):
        code = "".join(cell["source"])
        name = f"<cell {i} of the notebook>"
        linecache.cache[name] = (len(code), None, code.splitlines(True), name)
        exec(compile(code, name, "exec", dont_inherit=True), module.__dict__)
    # What is shown in the notebook is what comes out here.
    said = capsys.readouterr().out
    shown = [o for c in cells for o in c["outputs"] if o["output_type"] == "stream"]
    printed = "".join("".join(o["text"]) for o in shown if o["name"] == "stdout")
    before, after = (re.findall(r"\d\.\d\d", t.splitlines()[-1]) for t in (printed, said))
    assert [float(v) for v in before] == pytest.approx([float(v) for v in after], abs=0.02)
    # Each result is shown, with its pictures inside; and the file stays small.
    pages = ["".join(o["data"]["text/html"]) for c in cells for o in c["outputs"] if "data" in o]
    assert len(pages) == 2
    assert all("data:image/webp" in page for page in pages)
    assert len(text) < 300_000


def test_links_between_documents_lead_somewhere() -> None:
    for page in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


SAID = {
    "run_a_suite": "highest share of right answers: 1.00, by adversarial_patch",
    "one_case_by_hand": "red: the tool ranks channels (",
    "check_a_method": "Specks(careless=True) doesn't: Specks leaves torch's global random state",
    "explain_my_network": "class 1 (green) of my_network",
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(path), str(folder / "out")])
    runpy.run_path(str(path), run_name="__main__")
    assert SAID[path.stem] in capsys.readouterr().out
