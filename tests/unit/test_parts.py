"""Parts of findings: snapshots along the steps, single pictures, and what reports make of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from report_store import MadeUp, certificate
from test_published import computed
from test_report import Balance
from toy_plugins import Painter

import assay
from assay.blobs import Blobs, as_stored
from assay.measures.validity import findability
from assay.methods.adversarial_patch import AdversarialPatch
from assay.methods.feature_visualization import FeatureVisualization
from assay.methods.tabor import Tabor
from assay.plan import make_plan
from assay.report.behind import find_backing
from assay.report.certificates import read_certificates
from assay.report.charts import PROBABILITY, Axis, line_chart, point_chart
from assay.report.page import gather, gather_devices, render
from assay.results import Results
from assay.store import Store
from assay.suite import parse_suite, suite_text
from assay.synthesis.ascent import Ascent, climb
from assay.synthesis.parameterizations import PARAMETERIZATIONS
from assay.testing import check_method
from assay.testing.methods import _finder, check_finder
from assay.testing.samples import sample_given
from assay.types import SHARES, Budget, Images

CPU = torch.device("cpu")
ASKED = suite_text("smoke").replace("passes = 1024", "passes = 512\nsnapshots = true\nalone = true")


def climbed(steps: int, kept: dict | None) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    painting = PARAMETERIZATIONS["pixels"](2, 8, rng, CPU)

    def view(pictures: torch.Tensor) -> torch.Tensor:
        return pictures + 0.1 * torch.rand(pictures.shape, generator=rng)

    def red(views: torch.Tensor, where: slice) -> torch.Tensor:
        return views[:, 0].mean((1, 2))

    return climb(painting, view, red, Ascent(steps, 0.05, 8), kept=kept)


def test_keeping_snapshots_changes_nothing_and_they_are_on_the_way() -> None:
    kept: dict[str, torch.Tensor] = {}
    final = climbed(20, kept)
    assert torch.equal(final, climbed(20, None))
    assert set(kept) == set(SHARES)
    reds = [p[:, 0].mean() for p in (kept["0.25"], kept["0.5"], final)]
    assert reds == sorted(reds)
    assert reds[0] > 0.5
    assert not torch.equal(kept["0.5"], final)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_few_steps_have_all_shares(steps: int) -> None:
    kept: dict[str, torch.Tensor] = {}
    final = climbed(steps, kept)
    assert set(kept) == set(SHARES)
    assert torch.equal(kept["0.5"], final) == (steps == 1)


@pytest.mark.parametrize("method", [AdversarialPatch(), FeatureVisualization(), Tabor()])
def test_snapshots_are_of_what_is_chosen_and_are_stored(tmp_path: Path, method) -> None:
    found = method.explain(sample_given("predict"), Budget(256), torch.Generator().manual_seed(0))
    assert isinstance(found, Images)
    assert {share: len(then) for share, then in found.snapshots.items()} == {
        share: len(found.chosen) for share in SHARES
    }
    stored = as_stored(found)
    blobs = Blobs(tmp_path)
    row = blobs.write(stored)
    again = blobs.read(row)
    assert isinstance(again, Images)
    assert all(torch.equal(again.snapshots[s], stored.snapshots[s]) for s in SHARES)
    assert len(row["pictures"]) == len(found.candidates)
    # A finding without any is stored as ever.
    assert "snapshots" not in blobs.write(Images(stored.candidates, found.scores, found.chosen))


def test_a_method_keeps_what_it_says() -> None:
    finder = _finder(Painter())
    with pytest.raises(AssertionError, match=r"snapshots = True, and its finding has \[\]"):
        check_finder(
            type(finder)(finder.who, finder.family, finder.find, finder.fresh, snapshots=True),
            sample_given("predict"), 64, 0,
        )  # fmt: skip


def test_parts_are_planned_beside_and_change_no_key() -> None:
    plain = make_plan(parse_suite(suite_text("smoke").replace("passes = 1024", "passes = 512")))
    asked = make_plan(parse_suite(ASKED))
    assert plain.findings == asked.findings
    assert [c for c in asked.scores if c.part is None] == list(plain.scores)
    parts = [c for c in asked.scores if c.part is not None]
    # One tool, four cases, on the network with the trojans: two shares and four pictures.
    assert {c.method for c in parts} == {"adversarial_patch"}
    assert {c.place.subject for c in parts} == {"handmade-trojaned"}
    assert {c.judge for c in parts} == {"thumbnail"}
    assert len(parts) == len({c.key for c in parts}) == 4 * (2 + 4)
    assert len({str(c.label) for c in asked.scores}) == len(asked.scores)
    with pytest.raises(Exception, match="`snapshots` are wanted, and no method here keeps any"):
        make_plan(parse_suite(ASKED.replace("[methods.adversarial_patch]", "")))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> assay.api.Run:
    folder = tmp_path_factory.mktemp("parts")
    (folder / "asked.toml").write_text(ASKED)
    return assay.run(folder / "asked.toml", out=folder / "out", cases=["green_star", "red_heart"])


def test_parts_are_judged_and_stay_out_of_every_table(run: assay.api.Run) -> None:
    results = Results(run.folder)
    parts = results.parts()
    assert {c["part"] for c in parts} == {None, *SHARES, *(f"picture {i}" for i in (1, 2, 3, 4))}
    assert {c["status"] for c in parts} == {"ok"}
    assert len(results.cells()) == len({tuple(p["label"][:8][i] for i in (0, 1, 2, 4, 7))
                                        for p in results.scores()})  # fmt: skip
    by_part = {c["part"]: c["metrics"]["p_truth"] for c in parts if c["case"] == "green_star"}
    whole = by_part.pop(None)
    # At a quarter of the steps it is less sure than in the end.
    assert by_part["0.25"] < whole
    again = assay.run(run.folder.parent / "asked.toml", out=run.folder,
                      cases=["green_star", "red_heart"])  # fmt: skip
    assert computed(again) == 0


def test_the_report_draws_them(run: assay.api.Run) -> None:
    said = gather(Results(run.folder))
    (growth,) = [g for g in said.growths if g.choice.judge == "thumbnail"]
    ((method, rows),) = growth.rows
    assert method == "adversarial_patch"
    means = [row.mean for row in rows if row is not None]
    assert len(means) == 3
    assert means[0] < means[2]
    assert growth.sentence.startswith("The second half of the steps changes `p_truth` by ")
    (backing,) = said.backings
    assert backing.singly
    line = next(x for x in backing.lines if x.method == "adversarial_patch")
    assert line.proxy.n == 2 * 4
    assert line.premium.n == 2
    page = render(said)
    read = Balance()
    read.feed(page)
    assert read.wrong == []
    assert '<section id="growth">' in page
    assert page.count('<svg class="chart"') >= 1


def test_stores_from_before_have_no_snapshots(tmp_path: Path, run: assay.api.Run) -> None:
    """A finding that was kept without them is told, and not made again under the same key."""
    planned = Results(run.folder)
    (tmp_path / "old").mkdir()
    with Store(tmp_path / "old") as store:
        for row in planned.store.rows("findings"):
            kept = {k: v for k, v in row.items() if k != "id"}
            if kept["finding"]:
                kept["finding"] = {k: v for k, v in kept["finding"].items() if k != "snapshots"}
                for name in kept["finding"]["pictures"]:
                    data = planned.store.blobs.path(name).read_bytes()
                    store.blobs.put(data, ".png")
            if kept["method"] == "adversarial_patch":
                store.insert("findings", kept)
    old = assay.run(run.folder.parent / "asked.toml", out=tmp_path / "old",
                    cases=["green_star"], methods=["adversarial_patch"])  # fmt: skip
    parts = Results(old.folder).parts()
    assert {c["status"] for c in parts if c["part"] in SHARES} == {"unsupported"}
    assert {c["status"] for c in parts if c["part"] not in SHARES} == {"ok"}
    with Store(old.folder) as store:
        (error,) = {r["error"] for r in store.rows("scores") if r["status"] == "unsupported"}
    assert "was made before its method kept any" in error


def test_strong_implants_are_found_more_or_not() -> None:
    strength = {"a": 0.9, "b": 0.95, "c": 0.99, "d": 1.0}
    assert findability(strength, {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.9}).rho == pytest.approx(1)
    assert findability(strength, {"a": 0.9, "b": 0.3, "c": 0.2, "d": 0.1}).rho == pytest.approx(-1)
    # Ranks 1 2 3 4 against 2 1 4 3: 1 - 6 * 4 / (4 * 15).
    mixed = findability(strength, {"a": 0.2, "b": 0.1, "c": 0.4, "d": 0.3, "unknown": 0.9})
    assert (mixed.rho, mixed.n) == (pytest.approx(0.6), 4)
    assert findability(strength, {"a": 0.5, "b": 0.5, "c": 0.5}).rho is None
    assert findability({}, {"a": 0.5}).n == 0


def test_what_is_behind_the_made_up_scores(tmp_path: Path) -> None:
    folder = MadeUp(tmp_path).write()
    results = Results(folder)
    ((device,), _) = gather_devices(results)
    found = find_backing(results, device.choice, device.cells, read_certificates(folder))
    tools = {x.method for x in found.lines if x.role == "tool"}
    assert tools == {"adversarial_patch", "exemplars", "target_fourier_fv"}
    assert {t["name"] for t in certificate()["trojans"]} == set(found.strengths)
    # Two trojans are too few to correlate, and to draw.
    assert (found.overall.rho, found.overall.n, found.chart) == (None, 2, None)
    line = next(x for x in found.lines if x.method == "target_fourier_fv")
    assert line.persuasion is not None
    assert line.persuasion.gap is None
    # The rule's own scores are all alike.
    assert (line.proxy.rho, line.proxy.n) == (None, 12)
    assert not found.singly
    page = render(gather(results))
    assert "What makes a tool look better than it is" in page
    assert "Score against passes" not in page.partition("</style>")[2]


def test_charts_are_drawn_to_scale() -> None:
    x = Axis("steps", 0.0, 1.0, ((0.5, "1/2"), (1.0, "all")))
    y = Axis("p", 0.0, 1.0, PROBABILITY)
    lines = [("a<b", [(0.5, 0.0), (1.0, 1.0)]), ("c", [(0.5, 0.5), (1.0, 0.99)])]
    drawn = str(line_chart(lines, x, y, 0.125))
    assert "194.0,200.0 344.0,10.0" in drawn
    assert "a&lt;b" in drawn
    # The names of lines that end together don't cover each other.
    places = [float(part.split('"')[0]) for part in drawn.split('<text x="364" y="')[1:]]
    assert abs(places[0] - places[1]) >= 13
    dots = str(point_chart([("a", 0.5, 0.5)], x, y))
    assert 'cx="194.0" cy="105.0"' in dots
    assert "<title>a: 0.50, 0.50</title>" in dots


def test_methods_with_snapshots_keep_the_rules() -> None:
    check_method(AdversarialPatch())
