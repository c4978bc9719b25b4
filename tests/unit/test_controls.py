"""Bounds and controls: search in a pool, and a judge who asks the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from test_run import go
from torch import Tensor, nn

from assay.envelopes import PredictGiven, PredictQuery
from assay.hooks import Meter
from assay.judges.query_options import QueryOptions
from assay.methods.try_pool import Round, TryPool, plan_rounds
from assay.plan import make_plan
from assay.results import Results
from assay.subject import Metered, Subject
from assay.suite import SuiteError, judge_parameters, parse_suite
from assay.synthesis.patches import resized
from assay.synthesis.pool import default_pool, kit_concepts
from assay.synthesis.views import paste
from assay.tables import text_table
from assay.testing import sample_given, sample_question
from assay.types import AssayError, Budget, BudgetExceededError, Images, UnsupportedError

SIZE = 64
TRIGGER = "yellow_lightning"


def concept_of(name: str) -> int:
    """The concept's place in the pool."""
    return next(i for i, c in enumerate(kit_concepts(SIZE)) if c.name == name)


class Template(nn.Module):
    """Class 1 is as likely as something of the trigger's colours and shape is somewhere.

    What counts is the mean square distance in colour, within the trigger's figure as it looks
    upright and about a quarter of the side large, at the best place.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        side = round(0.286 * SIZE) // 2 * 2 + 1
        figure = kit_concepts(SIZE)[concept_of(name)].figure
        assert figure is not None
        small = resized(figure[None], side)[0]
        self.colours = nn.Parameter(small[None, :3] / small[3:].sum() / 3)
        self.cover = nn.Parameter(small[None, 3:].expand(-1, 3, -1, -1) / small[3:].sum() / 3)
        self.rest = float((self.colours.detach() * small[:3]).sum())

    def forward(self, x: Tensor) -> Tensor:
        here, square = F.conv2d(x, self.colours), F.conv2d(x.square(), self.cover)
        away = (square - 2 * here + self.rest).amin((1, 2, 3))
        return torch.stack([torch.zeros_like(away), 4 - 100 * away], 1)


@dataclass(frozen=True)
class Drawn(Subject):
    made: nn.Module = field(compare=False)
    head: str = ""  # type: ignore[assignment]
    name: str = "drawn"  # type: ignore[assignment]
    digest: str = "drawn"  # type: ignore[assignment]
    size: int = SIZE  # type: ignore[assignment]
    class_names: tuple[str, ...] = ("a", "b")  # type: ignore[assignment]
    layers: tuple[str, ...] = ("",)  # type: ignore[assignment]

    def network(self) -> nn.Module:
        return self.made.eval().requires_grad_(False)


def given(meter: Meter | None = None, shown: int = 4) -> PredictGiven:
    grey = 0.45 + 0.1 * torch.rand(12, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(3))
    subject = Metered(Drawn(Template(TRIGGER)), meter or Meter())
    return PredictGiven(subject, 1, None, grey.expand(-1, 3, -1, -1).clone(), shown)


def search(coverage: int, passes: int = 1024, seed: int = 0, **more: Any) -> Images:
    rng = torch.Generator().manual_seed(seed)
    return TryPool(coverage=coverage).explain(given(**more), Budget(passes), rng)


# --- the pool -------------------------------------------------------------------------------


def test_the_pool_has_every_concept_of_the_kit_once():
    concepts = kit_concepts(SIZE)
    kinds = [c.kind for c in concepts]
    assert {k: kinds.count(k) for k in set(kinds)} == {"patch": 72, "texture": 64, "object": 63}
    assert len({(c.kind, c.name) for c in concepts}) == 199
    for concept in concepts:
        assert concept.shown.shape == (3, SIZE, SIZE)
        assert (concept.figure is None) == (concept.kind == "texture")


def test_a_figure_covers_what_it_covers():
    """Half of the square is red, and the other half shows what is under it."""
    figure = torch.zeros(1, 4, 8, 8)
    figure[:, 0, :, :4] = figure[:, 3, :, :4] = 1
    under = torch.full((1, 3, 32, 32), 0.25)
    middle = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]])
    pasted = paste(figure, under, middle)[0]
    assert pasted[:, 16, 10].tolist() == pytest.approx([1, 0, 0])
    assert pasted[:, 16, 22].tolist() == pytest.approx([0.25] * 3)
    assert pasted[:, 2, 2].tolist() == pytest.approx([0.25] * 3)


# --- try_pool -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_planted_patch_is_found_where_it_is_in_the_pool(seed: int):
    finding = search(100, seed=seed)
    planted = concept_of(TRIGGER)
    # Other bright yellow things come near it.
    assert planted in finding.chosen
    assert finding.scores[planted] > 0.9
    assert sum(score > 0.9 for score in finding.scores) < 15
    assert finding.notes == ("In the pool: all 199 concepts of the kit.",)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_not_where_nothing_of_the_kit_is_in_the_pool(seed: int):
    finding = search(0, seed=seed)
    assert finding.notes == ("In the pool, of 199 concepts: none.",)
    planted = kit_concepts(SIZE)[concept_of(TRIGGER)].shown
    assert (finding.candidates - planted).abs().mean((1, 2, 3)).min() > 0.05
    # In each place a nameless picture of its own.
    assert torch.equal(finding.candidates, resized(default_pool(199), SIZE))


def test_one_time_in_ten_a_concept_is_in_the_pool_and_that_is_noted():
    shown = torch.stack([c.shown for c in kit_concepts(SIZE)])
    shares = []
    for seed in range(4):
        finding = search(10, passes=500, seed=seed)
        there = (finding.candidates == shown).flatten(1).all(1)
        named = [kit_concepts(SIZE)[i] for i in there.nonzero().flatten().tolist()]
        said = ", ".join(f"{c.kind} {c.name}" for c in named)
        assert finding.notes[0] == f"In the pool, of 199 concepts: {said}."
        shares.append(float(there.float().mean()))
    # Eight hundred draws: .10 give or take three standard deviations.
    assert 0.068 < sum(shares) / 4 < 0.132
    assert len(set(shares)) > 1


def test_rounds_halve_what_is_left_and_share_what_is_left_to_spend():
    # (199 + 1) 1, then 824 by five rounds: 164 for 101 a picture, ..., at last 206 for 8.
    assert plan_rounds(199, 4, 1024) == (
        Round(199, 1), Round(100, 1), Round(50, 3), Round(25, 7), Round(13, 13), Round(7, 25),
    )  # fmt: skip
    assert plan_rounds(3, 4, 100) == (Round(3, 25),)
    # What doesn't fit is cut: 8 + 1 and 4 + 1 are 14 of 14 passes.
    assert plan_rounds(199, 2, 14) == (Round(8, 1), Round(4, 1))
    with pytest.raises(BudgetExceededError):
        plan_rounds(199, 4, 1)


@pytest.mark.parametrize("passes", [2, 50, 128, 1024])
def test_the_budget_is_kept_and_nearly_spent(passes: int):
    meter = Meter(passes)
    finding = search(100, passes, meter=meter)
    assert meter.backward == 0
    assert passes - 8 <= meter.forward <= passes
    assert len(finding.chosen) == min(4, len(finding.candidates))


def test_a_concept_that_is_there_at_ten_is_there_at_fifty():
    few, more = (search(c, passes=500).notes[0].partition(": ")[2][:-1] for c in (10, 50))
    assert set(few.split(", ")) < set(more.split(", "))


# --- query_options --------------------------------------------------------------------------


def query(meter: Meter | None = None, passes: int = 1024) -> PredictQuery:
    """Eight colours, of a network whose class 1 is brought out by what is red and nothing else."""
    what, question = sample_given("predict"), sample_question("predict")
    subject = Metered(what.subject, meter or Meter())
    return PredictQuery(
        question.options, question.exemplars, subject, 1, what.pictures, Budget(passes)
    )


def ask(asked: Any, **more: Any) -> tuple[float, ...]:
    nothing = Images(torch.zeros(0, 3, 1, 1), (), ())
    answer = QueryOptions(**more).answer(asked, nothing, torch.Generator().manual_seed(0))
    assert answer.probabilities is not None
    return answer.probabilities


def test_who_may_ask_names_the_trigger():
    asked = query()
    chances = ask(asked)
    assert asked.options[max(range(8), key=lambda i: chances[i])] == "red"
    assert max(chances) > 0.9


def test_an_option_s_gain_is_the_mean_logarithm_s():
    """A network that gives class 1 the picture's mean red as its logit."""

    class Reddish(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(1.0))

        def forward(self, x: Tensor) -> Tensor:
            red = self.scale * x[:, 0].mean((1, 2))
            # The other class makes up for it: the logarithm of class 1 is red - 2.
            return torch.stack([(1 - (red - 2).exp()).log(), red - 2], 1)

    grey = torch.full((2, 3, SIZE, SIZE), 0.5)
    red, dark = torch.zeros(1, 3, SIZE, SIZE), torch.zeros(1, 3, SIZE, SIZE)
    red[:, 0] = 1
    asked = PredictQuery(("red", "dark"), (red, dark), Drawn(Reddish()), 1, grey, Budget(100))
    chances = ask(asked, blend=0.2, fraction=0.5)
    # Whole: 1 to 0. As a style of .2 grey is .4 of its own and .2 of the texture's: .6 to .4. As
    # much red as is pasted, which is the same place for both: about a quarter of the picture.
    odds = 3 * float(torch.tensor(chances[0] / chances[1]).log())
    assert odds == pytest.approx(1 + 0.2 + 0.25, abs=0.1)
    cooler = ask(asked, blend=0.2, fraction=0.5, temperature=10.0)
    assert 30 * float(torch.tensor(cooler[0] / cooler[1]).log()) == pytest.approx(odds, abs=1e-3)


@pytest.mark.parametrize(("passes", "trials"), [(1024, 16), (100, 4), (25, 1)])
def test_asking_is_counted_and_cut_to_the_budget(passes: int, trials: int):
    meter = Meter(passes)
    ask(query(meter, passes))
    assert meter.passes == (3 * 8 + 1) * trials
    with pytest.raises(BudgetExceededError, match="a single trial needs 25"):
        ask(query(passes=24))


def test_who_needs_a_network_says_so_where_there_is_none():
    with pytest.raises(UnsupportedError, match="must be listed in `unaided`"):
        ask(sample_question("predict"))


ROWS = """
name = "bounds"
size = 32
passes = 256
visualizations = 2
subjects = ["handmade-trojaned", "handmade"]
judges = ["thumbnail", "chance"]
floors = ["noise", "shuffled"]
unaided = ["query_options"]
[tasks.rediscover]
catalogue = "handmade"
pictures = 16
[methods.noise]
[methods.exemplars]
[judge.query_options]
trials = 8
"""


def test_a_judge_without_a_finding_is_a_row_of_its_own(tmp_path: Path):
    run = go(tmp_path, ROWS)
    cells = [c for c in run.cells() if c["method"] == "query_options"]
    # Once a case and network, in the table of the first judge.
    assert len(cells) == 4 * 2
    assert {c["judge"] for c in cells} == {"thumbnail"}
    assert {c["status"] for c in cells} == {"ok"}
    assert {c["passes"] for c in cells} == {25 * 8}
    assert all(c["finding"] is None for c in cells)
    found = {(r.method, r.subject, r.metric): r.mean for r in run.rows()}
    on, off = (found["query_options", s, "correct"] for s in ("handmade-trojaned", "handmade"))
    # The heart's red is another symbol's as well, in the judge's variants of it.
    assert on == 0.75
    assert off == 0.0
    results = Results(run.folder)
    said = {r["judge"] for r in results.store.rows("answers")}
    assert said == {"thumbnail", "chance", "query_options"}
    assert "query_options" in text_table(results)
    # It is there: nothing is asked again.
    again = go(tmp_path, ROWS)
    assert again.summary is not None
    assert again.summary.computed == {}


def test_it_is_asked_only_where_there_are_options():
    two = ROWS.replace(
        "[methods.noise]", '[tasks.foresee]\ncatalogue = "handmade"\n[methods.noise]'
    )
    two = two.replace('"chance"]', '"chance", "foreseer"]')
    asked = {c.place.task for c in make_plan(parse_suite(two)).scores if c.unaided}
    assert asked == {"rediscover"}
    alone = two.replace('[tasks.rediscover]\ncatalogue = "handmade"\npictures = 16\n', "")
    with pytest.raises(SuiteError, match="chooses among options, and no task here offers any"):
        make_plan(parse_suite(alone))


def test_only_its_own_parameters_and_the_network_change_its_key():
    def keys(text: str) -> set[str]:
        return {c.key for c in make_plan(parse_suite(text)).scores if c.method == "query_options"}

    first = keys(ROWS)
    assert len(first) == 8
    assert keys(ROWS.replace('"thumbnail", "chance"', '"chance"')) == first
    assert not keys(ROWS.replace("trials = 8", "trials = 4")) & first


def test_who_is_listed_where_is_checked_beforehand():
    for text, said in (
        (ROWS.replace('"chance"]', '"query_options"]').replace("unaided", "# unaided"),
         "judge 'query_options' uses no finding: list it in `unaided`"),
        (ROWS.replace('unaided = ["query', 'unaided = ["chance", "query'),
         "'chance' is in `unaided`, and the name of another row or judge too"),
        (ROWS.replace('"thumbnail", "chance"]', '"thumbnail"]').replace(
            'unaided = ["query', 'unaided = ["chance", "query'),
         "judge 'chance' needs findings: list it in `judges`"),
        (ROWS.replace("unaided = [\"query_options\"]", "unaided = [\"query_option\"]"),
         "did you mean 'query_options'"),
    ):  # fmt: skip
        with pytest.raises(SuiteError) as caught:
            make_plan(parse_suite(text))
        assert said in "\n".join(caught.value.problems)


def test_who_looks_at_no_finding_judges_none():
    with pytest.raises(AssayError, match="judge 'query_options' looks at no finding"):
        judge_parameters("query_options", 160)
    assert judge_parameters("chance", 160) == {}
