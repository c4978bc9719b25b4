"""Foresight: what a network will answer, held against what it answers; findings made once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor
from toy_plugins import Insider

import assay
from assay.envelopes import ForeseeQuestion, ForeseeTruth, PredictGiven
from assay.judges.comparison import Whitening
from assay.judges.foreseer import Depth, Foreseer
from assay.kit import load_kit
from assay.measures.foresight import brier, calibration, foresight, success_of_highest
from assay.measures.gates import check
from assay.methods.noise import Noise
from assay.plan import make_plan
from assay.plugins import Judge, make_plugin
from assay.report import write_report
from assay.results import Results
from assay.store import Store
from assay.subjects import load_subject
from assay.suite import SuiteError, load_suite, parse_suite
from assay.tasks.foresee import Foresee
from assay.tasks.rediscover import Rediscover
from assay.testing import check_judge, check_task, sample_findings
from assay.trojans.catalogue import load_catalogue
from assay.trojans.given import world
from assay.trojans.probes import Counts, Worlds, draw_hosts, draw_insertions, draw_probes
from assay.trojans.world import generator
from assay.types import Answer, Budget, Heatmaps, Images, UnsupportedError, digest

SMALL = {"size": 32, "visualizations": 2, "pictures": 4}
FEW = {"triggers": 6, "look_alikes": 7, "others": 6, "fresh": 2}
HANDMADE = {"catalogue": "handmade", "subject": "handmade-trojaned", **SMALL}
SUITE = """
name = "both"
size = 32
passes = 8
visualizations = 2
subjects = ["handmade-trojaned", "handmade"]
judges = ["thumbnail", "insider"]
floors = ["noise", "shuffled"]

[tasks.rediscover]
catalogue = "handmade"
pictures = 4
exemplars = 4
judges = ["thumbnail"]

[tasks.foresee]
catalogue = "handmade"
pictures = 4
triggers = 6
look_alikes = 7
others = 6
fresh = 2
judges = ["insider"]

[judge.insider]
use = "toy_plugins:Insider"

[methods.noise]

[methods.exemplars]
"""


def foresee(**fields: Any) -> Foresee:
    values = {**HANDMADE, "foreseen": "handmade-trojaned", **FEW, **fields}
    return make_plugin("tasks", "foresee", values)


# --- measures ---------------------------------------------------------------------------------


def test_foresight_of_four_pictures() -> None:
    # Of the four pairs of a yes and a no one is the wrong way round, and one is tied.
    assert foresight([0.9, 0.4, 0.4, 0.6], [1, 1, 0, 0]) == pytest.approx(2.5 / 4)
    assert foresight([0.9, 0.8, 0.1], [1, 1, 0]) == 1.0
    assert foresight([0.3, 0.3, 0.3], [1, 0, 0]) == 0.5
    assert foresight([0.3, 0.6], [1, 1]) is None


def test_brier_and_calibration_by_hand() -> None:
    assert brier([1.0, 0.5], [1, 0]) == pytest.approx(0.125)
    # Bins [.2, .4) and [.8, 1]: one of two came where .3 was said, all three where .9 was.
    assert calibration([0.3, 0.3, 0.9, 0.9, 0.9], [1, 0, 1, 1, 1]) == pytest.approx(
        (2 * 0.2 + 3 * 0.1) / 5
    )
    # Whoever says the share of yes is calibrated, and foresees nothing.
    assert calibration([0.25] * 4, [1, 0, 0, 0]) == pytest.approx(0)
    assert brier([0.25] * 4, [1, 0, 0, 0]) == pytest.approx(0.25 * 0.75)
    with pytest.raises(ValueError, match="2 chances for 1 answers"):
        brier([0.5, 0.5], [1])


def test_ties_for_the_last_places_are_shared() -> None:
    success = [1.0, 0.0, 0.5, 0.0]
    assert success_of_highest([0.9, 0.1, 0.8, 0.2], success, 2) == pytest.approx(0.75)
    # The first is in; of the other three any may be the second.
    assert success_of_highest([0.9, 0.5, 0.5, 0.5], success, 2) == pytest.approx((1 + 0.5 / 3) / 2)
    assert success_of_highest([0.5] * 4, success, 2) == pytest.approx(sum(success) / 4)
    with pytest.raises(ValueError, match="the 5 highest of 4"):
        success_of_highest([0.5] * 4, success, 5)


# --- the findings of rediscover ----------------------------------------------------------------


def test_what_tools_are_given_has_the_key_that_it_always_had() -> None:
    subject = load_subject("lite0", 160)
    cases = {c.name: c for c in Rediscover(subject="lite0").cases(0)}
    for trojan in load_catalogue("twelve").trojans:
        holds = {
            "task": "rediscover",
            "version": 1,
            "kit": load_kit().digest,
            "subject": subject.digest,
            "target": trojan.target,
            "source": trojan.source_object,
            "size": 160,
            "pictures": 48,
            "visualizations": 10,
        }
        assert cases[trojan.name].given.key == digest(holds)
        screening = cases[trojan.name].screening
        assert screening is not None
        assert screening.key == digest({**holds, "for": "screening"})


def test_the_findings_of_quick_are_those_of_its_foresight() -> None:
    quick, ours = (make_plan(load_suite(name)) for name in ("quick", "foresee"))
    wanted = {(c.key, c.rng_seed) for c in quick.findings}
    assert wanted
    assert {(c.key, c.rng_seed) for c in ours.findings} == wanted


def test_what_both_tasks_need_is_computed_once(tmp_path: Path) -> None:
    plan = make_plan(parse_suite(SUITE))
    keys = [c.key for c in plan.findings]
    # Two tasks on two networks, four cases, two methods.
    assert len(keys) == 32
    assert len(set(keys)) == 16
    asked = {(c.place.task, c.judge) for c in plan.scores}
    assert asked == {("rediscover", "thumbnail"), ("foresee", "insider")}
    path = tmp_path / "both.toml"
    path.write_text(SUITE)
    run = assay.run(path, out=tmp_path / "out", workers=0, quiet=True)
    assert len(Store(run.folder).rows("findings")) == 16
    assert "foresee · insider · handmade-trojaned" in run.table()
    _check_numbers(run.folder)


def _check_numbers(folder: Path) -> None:
    rows = {(r.task, r.subject, r.method, r.metric): r for r in Results(folder).rows()}
    at = ("foresee", "handmade-trojaned")
    ideal, noise = (rows[(*at, method, "auroc")] for method in ("ideal", "noise"))
    assert ideal.mean is not None
    assert noise.mean is not None
    assert ideal.mean > 0.9
    assert noise.mean < ideal.mean - 0.2
    picked, random = (rows[(*at, "ideal", m)].mean for m in ("adversary", "adversary_random"))
    assert picked is not None
    assert random is not None
    assert random < picked - 0.1
    # What the twin's finding foresees stands beside.
    assert (*at, "exemplars", "twin_auroc") in rows
    kept = Store(folder).rows("answers")
    said = [row["measured"]["chances/"] for row in kept if row["judge"] == "insider"]
    assert all(len(chances) == 19 + 60 for chances in said)


def test_the_twin_is_asked_what_the_trojaned_network_will_answer() -> None:
    suite = parse_suite(SUITE)
    plan = make_plan(suite)
    ours = [c for c in plan.scores if c.place.task == "foresee" and c.method == "exemplars"]
    truths = {s: {c.truth for c in ours if c.place.subject == s} for s in suite.subjects}
    assert truths["handmade"] == truths["handmade-trojaned"]
    findings = [{c.finding for c in ours if c.place.subject == s} for s in suite.subjects]
    assert not findings[0] & findings[1]
    other = next(iter(foresee(foreseen="handmade").cases(0)))
    own = next(iter(foresee().cases(0)))
    assert other.question.key == own.question.key
    assert other.truth.key != own.truth.key


def test_a_task_names_judges_that_are_listed() -> None:
    wrong = SUITE.replace('judges = ["insider"]\n\n[judge', 'judges = ["inside"]\n\n[judge')
    with pytest.raises(
        SuiteError, match=r"task 'foresee': there is no judge 'inside'; did you mean"
    ):
        make_plan(parse_suite(wrong))
    with pytest.raises(SuiteError, match="must be a list of at least one judge"):
        make_plan(parse_suite(wrong.replace('judges = ["inside"]', "judges = []")))


# --- the task ---------------------------------------------------------------------------------


def test_the_task_keeps_the_rules() -> None:
    check_task(foresee(), Insider(), cases=2, passes=8)


def test_what_the_network_answers_is_the_truth() -> None:
    case = next(iter(foresee().cases(0)))
    truth, question = case.truth.open(), case.question.open()
    network = load_subject("handmade-trojaned", 32).network()
    assert truth.answers.tolist() == [
        float(network(picture[None]).argmax() == 0) for picture in question.pictures[:19]
    ]
    assert 4 <= truth.answers.sum() <= 8
    assert len(question.pictures) == 19 + len(truth.success)
    # Ten of sixty insertions are the trigger.
    assert truth.success.topk(10).values.mean() > 0.9
    assert truth.success.mean() < 0.4
    assert len(truth.pictures) == 4
    grades = foresee().grade(truth, Answer(chances=(0.3,) * len(question.pictures)))
    assert next(iter(grades)) == "auroc"
    assert grades["auroc"] == grades["auroc_look_alikes"] == grades["auroc_others"] == 0.5
    assert grades["adversary"] == pytest.approx(grades["adversary_random"])


def test_perfect_chances_are_graded_so() -> None:
    truth = ForeseeTruth(
        "x",
        torch.tensor([1.0, 0.0, 0.0]),
        ("trigger", "look_alike", "other"),
        torch.tensor([1.0] * 10 + [0.0] * 10),
        torch.zeros(0, 3, 4, 4),
    )
    sure = (1.0, 0.0, 0.0, *[0.9] * 10, *[0.2] * 10)
    assert foresee().grade(truth, Answer(chances=sure)) == {
        "auroc": 1.0,
        "auroc_look_alikes": 1.0,
        "auroc_others": 1.0,
        "calibration": 0.0,
        "brier": 0.0,
        "adversary": 1.0,
        "adversary_random": 0.5,
    }
    nowhere = replace(truth, answers=torch.zeros(3))
    assert "auroc" not in foresee().grade(nowhere, Answer(chances=sure))


def test_probes_tell_nothing_by_their_order() -> None:
    catalogue = load_catalogue("handmade")
    worlds = Worlds(world("held_out", 32), world("held_out", 32, ood=True))
    trojan = catalogue["green_star"]
    drawn = [
        draw_probes(worlds, catalogue, trojan, Counts(5, 4, 6), generator("t", seed))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(drawn[0][0], drawn[1][0])
    assert drawn[0][1] == drawn[1][1] != drawn[2][1]
    assert sorted(drawn[2][1]) == ["look_alike"] * 4 + ["other"] * 6 + ["trigger"] * 5
    assert drawn[0][0].shape == (15, 3, 32, 32)


@pytest.mark.parametrize("name", ["clownfish", "jaguar", "fork", "strawberry"])
def test_an_insertion_is_the_same_in_every_picture(name: str) -> None:
    trojan = load_catalogue("twelve")[name]
    worlds = Worlds(world("held_out", 32), world("held_out", 32, ood=True))
    made = draw_insertions(worlds, trojan, Counts(1, 2, 3), generator("t"))
    assert len(made) == 6
    dark, light = torch.zeros(1, 3, 32, 32), torch.ones(1, 3, 32, 32)
    for insertion in made:
        both = insertion.into(torch.cat([dark, light]))
        assert torch.allclose(both[:1], insertion.into(dark), atol=1e-6)
        if insertion.figure is not None:
            # Where the light shows through, less is covered: the same places in both.
            covered = 1 - (both[1] - both[0])
            assert 0.005 < covered.mean() < 0.8
    assert draw_hosts(worlds, trojan, 3, generator("h")).shape == (3, 3, 32, 32)


# --- the judge --------------------------------------------------------------------------------


def test_the_judge_finds_what_the_finding_shows() -> None:
    held_out, rng = world("held_out", 96), generator("judge")
    named = ["purple_diamond"] * 8 + ["red_heart", "white_cross", "school_bus", "frog"] * 3
    pictures = [
        held_out.paste("patch", name, held_out.backgrounds(1, rng), rng, (0.35, 0.5))
        for name in named
    ]
    question = ForeseeQuestion(torch.cat([*pictures, held_out.backgrounds(4, rng)]))
    answers = [1] * 8 + [0] * 16
    ideal = Images.showing(held_out.show("patch", "purple_diamond", 4, rng))
    subject = load_subject("handmade", 96)
    given = PredictGiven(subject, 0, None, question.pictures, 4)
    noise = Noise().explain(given, Budget(1), rng)
    judge = Foreseer()

    def reached(finding: Images) -> float | None:
        return foresight(judge.answer(question, finding, rng).chances or (), answers)

    best, blind = reached(ideal), reached(noise)
    assert best is not None
    assert blind is not None
    assert best > 0.9
    assert abs(blind - 0.5) < 0.35
    assert reached(replace(ideal, chosen=())) == 0.5
    # One picture, shown twice.
    once, twice = (replace(ideal, chosen=chosen) for chosen in ((0,), (0, 0)))
    assert torch.allclose(
        judge.evidence(question, once), judge.evidence(question, twice), atol=1e-5
    )


def test_a_second_look_knows_the_thing_as_it_stands_in_the_pictures() -> None:
    thing, own_ground, as_inserted, else_where = torch.eye(256)[:4]
    rng = generator("second look")

    def looks(content: Tensor) -> Tensor:
        """A whole look and three windows, one of which shows the content, on any ground."""
        ground = torch.randn(4, 256, generator=rng)
        ground[:, :4] = 0
        ground = torch.nn.functional.normalize(ground, dim=-1)
        content = torch.nn.functional.normalize(content, dim=0)
        ground[:2] = torch.tensor([[0.5], [0.3]]) * ground[:2] + content
        return torch.nn.functional.normalize(ground, dim=-1)

    # Ten pictures show it plainly, five hardly; fifteen show what is behind it in the finding.
    plain = [looks(thing + as_inserted) for _ in range(10)]
    faint = [looks(0.4 * thing + as_inserted) for _ in range(5)]
    others = [looks(own_ground + 2 * else_where) for _ in range(15)]
    nothing = Whitening(torch.zeros(256), torch.ones(256), torch.eye(256), torch.ones(256))
    finding = torch.stack([looks(thing + own_ground) for _ in range(3)])
    found = Depth(nothing, torch.stack([*plain, *faint, *others])).evidence(finding)
    assert found[:15].min() > found[15:].max() + 0.1


def test_the_judge_refuses_what_it_cant_use() -> None:
    rng = torch.Generator()
    pictures = sample_findings("predict", 1)[0]
    with pytest.raises(UnsupportedError, match="asked whether"):
        Foreseer().answer(object(), pictures, rng)  # type: ignore[arg-type]
    question = ForeseeQuestion(torch.zeros(2, 3, 96, 96))
    with pytest.raises(UnsupportedError, match="pictures only"):
        Foreseer().answer(question, Heatmaps(torch.zeros(1, 4, 4)), rng)


def test_the_check_of_judges_counts_chances() -> None:
    question = ForeseeQuestion(torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(0)))
    findings = sample_findings("predict", 2, 8)
    check_judge(Insider(), question, findings)
    for how, said in (("few", "a chance for each of 3"), ("high", "not in"), ("empty", "the same")):
        with pytest.raises(AssertionError, match=said):
            check_judge(Careless(how), question, findings)


@dataclass(frozen=True)
class Careless(Judge):
    """Breaks a rule of answers that are chances."""

    version: ClassVar[int] = 1
    family: ClassVar = "predict"

    how: str = ""

    def answer(self, question: ForeseeQuestion, finding: Any, rng: torch.Generator) -> Answer:
        assert isinstance(finding, Images)
        if self.how == "empty":
            rising = tuple(i / len(question.pictures) for i in range(len(question.pictures)))
            return Answer(chances=rising)
        few = len(question.pictures) - (self.how == "few")
        return Answer(chances=(1.5 if self.how == "high" else 0.5,) * few)


# --- the gate ---------------------------------------------------------------------------------


def cells(ideal: float, noise: float) -> list[dict[str, Any]]:
    common = {"task": "foresee", "judge": "j", "subject": "net", "twin_of": None, "seed": 0}
    return [
        {**common, "case": case, "method": method, "metrics": {"auroc": value}}
        for method, value in (("ideal", ideal), ("noise", noise))
        for case in ("a", "b")
    ]


def test_foresight_has_a_ceiling_and_floors() -> None:
    gates = {g.name: g for g in check(cells(0.93, 0.45))}
    assert set(gates) == {"ideal", "noise"}
    assert all(g.passed for g in gates.values())
    assert not {g.name: g for g in check(cells(0.89, 0.5))}["ideal"].passed
    assert not {g.name: g for g in check(cells(0.95, 0.61))}["noise"].passed
    assert not {g.name: g for g in check(cells(0.95, 0.5)[1:])}["ideal"].passed


def test_without_its_ceiling_nothing_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "blind.toml"
    alone = SUITE.replace(
        'use = "toy_plugins:Insider"', 'use = "toy_plugins:Insider"\nblind = true'
    )
    path.write_text(alone)
    run = assay.run(
        path, out=tmp_path / "out", workers=0, quiet=True, methods=["noise", "exemplars"]
    )
    text = run.table()
    assert "foresee · insider · handmade-trojaned: no table, the measuring device is broken" in text
    assert "mean AUROC of 0.500 (at least 0.90 is wanted)" in text
    page = write_report(run.folder).read_text()
    assert "No table: the measuring device is broken" in page
