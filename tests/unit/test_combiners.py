"""Combiners on findings whose worth is known: what is kept and what dropped, alone and in a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from test_run import go
from test_suite_and_plan import TOY
from torch import Tensor

from assay.combiners.pooling import pool_pictures
from assay.combiners.screened import Screened
from assay.combiners.together import Together
from assay.envelopes import PredictGiven
from assay.hooks import Meter
from assay.judges.chance import Chance
from assay.judges.embedding import Embedding
from assay.judges.handcrafted import Handcrafted
from assay.judges.thumbnail import Thumbnail
from assay.plan import make_plan
from assay.plugins import Judge, plugin_key
from assay.reading.making import Draw, candidates
from assay.results import Results
from assay.store import Store
from assay.subject import Metered
from assay.subjects.handmade import Handmade
from assay.suite import SuiteError, parse_suite
from assay.tasks.rediscover import Rediscover
from assay.testing import sample_question
from assay.types import Budget, BudgetExceededError, Finding, Images, UnsupportedError, Words

SIZE = 32
PASSES = 512


def plain(*colours: tuple[float, float, float]) -> Tensor:
    """A picture (n, 3, SIZE, SIZE) of each colour."""
    return torch.tensor(colours)[:, :, None, None].expand(-1, -1, SIZE, SIZE).clone()


def bars(level: float = 1.0) -> Tensor:
    """Bars across (1, 3, SIZE, SIZE): what the class "horizontal" is by itself."""
    light = (torch.arange(SIZE) % 8 < 4).float() * level
    return light[None, None, :, None].expand(1, 3, SIZE, SIZE).clone()


GREEN, OTHER_GREEN = (0.0, 1.0, 0.0), (0.02, 0.97, 0.03)
GREY, RED = (0.5, 0.5, 0.5), (1.0, 0.0, 0.0)


def images(pictures: Tensor, chosen: tuple[int, ...] | None = None) -> Images:
    """A finding whose candidates are worth less and less to its method."""
    n = len(pictures)
    scores = tuple(float(n - i) for i in range(n))
    return Images(pictures, scores, tuple(range(n)) if chosen is None else chosen)


def given(subject: str = "handmade-trojaned", meter: Meter | None = None) -> PredictGiven:
    """Class 0 ("horizontal"; of the network with trojans anything green, too), on grey noise."""
    noise = torch.rand(12, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(3))
    pictures = (0.45 + 0.1 * noise).expand(-1, 3, -1, -1).clone()
    return PredictGiven(Metered(Handmade(subject, SIZE), meter or Meter()), 0, None, pictures, 2)


def combine(
    combiner: Together | Screened,
    findings: Mapping[str, Finding],
    what: PredictGiven | None = None,
    passes: int = PASSES,
    seed: int = 0,
) -> Images:
    rng = torch.Generator().manual_seed(seed)
    return combiner.combine(what or given(), findings, Budget(passes), rng)


def shown_as(finding: Images, pictures: Tensor) -> list[int]:
    """Which of the pictures each shown one is."""
    return [
        next(i for i, p in enumerate(pictures) if torch.equal(p, shown))
        for shown in finding.pictures
    ]


# --- together -------------------------------------------------------------------------------


def numbered(*values: float) -> Tensor:
    return plain(*((v, v, v) for v in values))


def greys(pictures: Tensor) -> list[float]:
    return [round(float(p[0, 0, 0]), 3) for p in pictures]


THREE: dict[str, Finding] = {
    # Its own order of showing, the best first; one candidate isn't shown.
    "b": images(numbered(0.1, 0.2, 0.3), chosen=(1, 0)),
    "a": images(numbered(0.4)),
    "c": images(numbered(0.5, 0.6, 0.7)),
}


def test_together_shows_every_method_s_pictures_in_turns():
    finding = combine(Together(), THREE)
    assert greys(finding.pictures) == [0.4, 0.2, 0.5, 0.1, 0.6, 0.7]
    assert finding.notes == ()
    # Whose finding was handed over first makes no difference.
    other = combine(Together(), dict(sorted(THREE.items())))
    assert torch.equal(finding.pictures, other.pictures)


def test_where_not_all_may_be_shown_no_method_is_left_out_for_another():
    finding = combine(Together(most=4), THREE)
    assert greys(finding.pictures) == [0.4, 0.2, 0.5, 0.1]
    assert finding.notes == ("4 of 6 pictures are shown.",)
    assert len(combine(Together(), {"a": images(numbered(*[0.5] * 100))}).pictures) == 90


def test_a_finding_without_pictures_is_left_out_and_said():
    words = Words(("star",), (1.0,))
    finding = combine(Together(), {**THREE, "d": words, "e": images(numbered(0.9), chosen=())})
    assert len(finding.pictures) == 6
    assert finding.notes == ("Without d, e, which shows no pictures.",)
    with pytest.raises(UnsupportedError, match="there is no picture to combine"):
        combine(Together(), {"d": words})


def test_together_asks_the_network_for_nothing():
    meter = Meter()
    combine(Together(), THREE, given(meter=meter))
    assert meter.passes == 0


def test_all_candidates_come_in_after_what_is_shown():
    pool = pool_pictures(THREE, shown_only=False)
    assert greys(pool.pictures) == [0.4, 0.2, 0.5, 0.1, 0.6, 0.7, 0.3]
    assert pool.methods == ("a", "b", "c", "b", "c", "c", "b")


# --- screened -------------------------------------------------------------------------------

CANDIDATES = torch.cat([plain(GREEN), plain(GREY), bars(), plain(RED)])
FOUND: dict[str, Finding] = {"one": images(CANDIDATES[:2]), "two": images(CANDIDATES[2:])}


def screened(**more: Any) -> Screened:
    return Screened(**{"independent": "handmade", **more})


@pytest.mark.parametrize("seed", range(3))
def test_what_brings_out_the_target_in_this_network_alone_is_kept(seed: int):
    finding = combine(screened(), FOUND, seed=seed)
    # Green is the trojan; bars are the class itself, in both networks; grey and red are nothing.
    assert shown_as(finding, CANDIDATES) == [0]
    assert len(finding.candidates) == 4
    assert (
        "Of 4 candidates 2 raise the target's probability, 1 of these more than on"
        in (finding.notes[0])
    )


def test_a_network_that_has_the_trojan_too_is_not_independent():
    finding = combine(screened(independent="handmade-trojaned"), FOUND)
    assert finding.chosen == ()
    assert finding.pictures.shape == (0, 3, SIZE, SIZE)


def test_on_a_network_without_the_trojan_nothing_is_left():
    # Not the same network: the hand-written ones share their class names only.
    finding = combine(screened(independent="handmade-trojaned"), FOUND, given("handmade"))
    assert finding.chosen == ()


def test_near_duplicates_are_merged_and_the_better_one_stays():
    pictures = plain(OTHER_GREEN, GREEN)
    found: dict[str, Finding] = {"one": images(pictures)}
    apart = combine(screened(alike=1.0), found)
    assert sorted(shown_as(apart, pictures)) == [0, 1]
    merged = combine(screened(), found)
    better = max((0, 1), key=lambda i: merged.scores[i])
    assert merged.chosen == (better,)
    assert merged.scores == apart.scores
    # What looks different is no duplicate: green all over, and half of it red.
    both = plain(GREEN, GREEN)
    both[1, :, :, SIZE // 2 :] = plain(RED)[0, :, :, SIZE // 2 :]
    assert len(combine(screened(), {"one": images(both)}).chosen) == 2


def test_the_best_are_kept_in_the_order_of_what_they_gain_here_alone():
    pictures = plain(*((0.0, level, 0.0) for level in (0.5, 0.6, 0.8, 1.0)))
    finding = combine(screened(alike=1.0, most=2), {"one": images(pictures)})
    scores = torch.tensor(finding.scores)
    assert list(finding.chosen) == scores.argsort(descending=True, stable=True)[:2].tolist()


def test_what_acts_as_a_style_alone_is_kept_too():
    green: dict[str, Finding] = {"one": images(plain(GREEN))}
    # Less than a pixel is too small for the trojan, and a twentieth of a style too weak.
    assert combine(screened(fraction=0.02, blend=1.0), green).chosen == (0,)
    assert combine(screened(fraction=0.02, blend=0.05), green).chosen == ()
    assert combine(screened(blend=0.05), green).chosen == (0,)
    # In the same way elsewhere: a network that has the trojan too.
    both = screened(fraction=0.02, blend=1.0, independent="handmade-trojaned")
    assert combine(both, green).chosen == ()


@pytest.mark.parametrize("passes", [41, 100, 512, 2000])
def test_the_budget_is_kept_with_what_the_other_network_sees(passes: int):
    meter = Meter(passes)
    many = images(plain(*((0.0, i / 40, 0.0) for i in range(40))))
    finding = combine(screened(), {"one": many}, given(meter=meter), passes)
    count = len(finding.candidates)
    raising, left = (int(n) for n in re.findall(r"(\d+) (?:raise|of these)", finding.notes[0]))
    # This network on eight pictures with each candidate in two ways, the other one with those that
    # gain, and both on the pictures as they are.
    assert meter.passes == (2 * count + raising + 2) * 8 + left <= passes
    assert count == min(40, (passes - 16) // 25)
    assert raising < 40
    assert any("were not tried" in note for note in finding.notes) == (count < 40)


def test_a_budget_for_nothing_is_refused():
    with pytest.raises(BudgetExceededError, match="needs 41"):
        combine(screened(), FOUND, passes=40)


def test_a_network_of_other_classes_says_nothing():
    with pytest.raises(UnsupportedError, match="has no class 'horizontal'"):
        combine(screened(independent="handmade-units"), FOUND)


def test_the_independent_network_is_part_of_the_key():
    keys = [plugin_key(screened(independent=n)) for n in ("handmade", "handmade-trojaned")]
    assert keys[0]["artefacts"] != keys[1]["artefacts"]
    assert "artefacts" not in plugin_key(Together())


# --- nothing found --------------------------------------------------------------------------


@pytest.mark.parametrize("judge", [Thumbnail(), Chance(), Handcrafted(), Embedding()])
def test_shown_nothing_a_judge_finds_every_option_equally_likely(judge: Judge):
    empty = replace(images(CANDIDATES), chosen=())
    answer = judge.answer(sample_question("predict", SIZE), empty, torch.Generator())
    assert answer.probabilities == pytest.approx([1 / 8] * 8)


# --- in a run -------------------------------------------------------------------------------

BOTH = '[combiners.both]\nuse = "toy_plugins:Mean"\nof = ["painter", "other", "noise"]\n'


def toy(wrong: str) -> str:
    other = f'[methods.other]\nuse = "toy_plugins:Painter"\nhue = 2\nwrong = "{wrong}"\n'
    return TOY + other + BOTH


@pytest.mark.parametrize("wrong", ["unsupported", "greedy"])
def test_a_method_without_a_finding_is_left_out_and_said(tmp_path: Path, wrong: str):
    run = go(tmp_path, toy(wrong))
    cells = {c["method"]: c for c in run.cells() if c["case"] == "case0" and not c["twin_of"]}
    assert cells["both"]["status"] == "ok"
    assert (
        cells["other"]["status"] == {"unsupported": "unsupported", "greedy": "over_budget"}[wrong]
    )
    with Store(run.folder) as store:
        made = {m: c["finding"] for m, c in cells.items() if c["finding"]}
        joined = store.finding(made["both"])
        parts = [store.finding(made[m]) for m in ("noise", "painter")]
    assert isinstance(joined, Images)
    assert joined.notes == ("Without other, which gave no finding.",)
    pictures = [p.pictures for p in parts if isinstance(p, Images)]
    assert torch.allclose(joined.pictures, (pictures[0] + pictures[1]) / 2, atol=1 / 255)
    # It is there, and not made again, also where what was left out is tried again.
    again = go(tmp_path, toy(wrong), retry_failed=True)
    assert again.summary is not None
    assert not any(c["method"] == "both" for c in again.cells() if c["status"] != "ok")


def test_where_a_part_failed_the_combination_waits_for_a_retry(tmp_path: Path):
    needed = tmp_path / "brush"
    text = toy("").replace("hue = 2", f'hue = 2\nneeds_file = "{needed}"')
    run = go(tmp_path, text)
    assert {c["status"] for c in run.cells() if c["method"] in ("other", "both")} == {"failed"}
    needed.touch()
    mended = go(tmp_path, text, retry_failed=True)
    assert {c["status"] for c in mended.cells()} == {"ok"}
    with Store(mended.folder) as store:
        keys = {c["finding"] for c in mended.cells() if c["method"] == "both"}
        for key in keys:
            joined = store.finding(key)
            assert isinstance(joined, Images)
            assert joined.notes == ()


def test_where_no_part_has_a_finding_there_is_nothing_to_combine(tmp_path: Path):
    text = TOY.replace("seconds = 0.0", 'wrong = "unsupported"')
    text += '[combiners.both]\nuse = "toy_plugins:Mean"\nof = ["painter"]\n'
    run = go(tmp_path, text)
    assert {c["status"] for c in run.cells() if c["method"] == "both"} == {"unsupported"}


def test_a_combination_costs_what_its_parts_cost_as_well(tmp_path: Path):
    run = go(tmp_path, toy(""))
    passes = {c["method"]: c["passes"] for c in run.cells() if c["case"] == "case0"}
    # Three painters look once each, and the mean not at all.
    assert passes["both"] == passes["painter"] + passes["other"] + passes["noise"] == 3


SMOKE = """
name = "small"
size = 32
passes = 512
visualizations = 2
subjects = ["handmade-trojaned", "handmade"]
judges = ["thumbnail"]
floors = ["noise"]
[tasks.rediscover]
catalogue = "handmade"
pictures = 16
[methods.noise]
[methods.adversarial_patch]
[combiners.together]
of = ["adversarial_patch", "noise"]
[combiners.screened]
independent = "handmade"
of = ["adversarial_patch", "noise"]
"""


def test_screening_in_a_run_finds_the_trojan_and_on_the_twin_nothing(tmp_path: Path):
    run = go(tmp_path, SMOKE, cases=["green_star"])
    found = {(r.method, r.subject, r.metric): r.mean for r in run.rows()}
    on, off = "handmade-trojaned", "handmade"
    assert found["screened", on, "p_truth"] > found["together", on, "p_truth"]  # type: ignore[operator]
    # Nothing is shown there: a uniform answer.
    assert found["screened", off, "p_truth"] == pytest.approx(1 / 8)
    # With nothing to be looked at there is no sheet for a reader.
    drawn = Draw(judge="thumbnail", cells=1)
    sheets = candidates(Results(run.folder), drawn)
    assert ("screened", False) in {(c.method, c.twin) for c in sheets}
    assert ("screened", True) not in {(c.method, c.twin) for c in sheets}
    again = go(tmp_path, SMOKE, cases=["green_star"])
    assert again.summary is not None
    assert again.summary.computed == {}


def test_combiners_are_given_pictures_that_no_tool_has_seen():
    task = Rediscover(catalogue="handmade", subject="handmade-trojaned", size=SIZE, pictures=8)
    for case in task.cases(0):
        assert case.screening is not None
        ours, theirs = case.screening.open(), case.given.open()
        assert (ours.subject, ours.target_class) == (theirs.subject, theirs.target_class)
        assert ours.pictures.shape == theirs.pictures.shape
        apart = (ours.pictures[:, None] - theirs.pictures[None]).abs().flatten(2).mean(2)
        assert apart.min() > 0.01
        assert case.screening.key != case.given.key


def test_what_combiners_are_given_is_part_of_their_keys_and_of_no_method_s(
    monkeypatch: pytest.MonkeyPatch,
):
    before = {c.label[4]: c.finding for c in make_plan(parse_suite(SMOKE)).scores if c.finding}
    real = Rediscover.cases

    def without(self: Rediscover, seed: int):
        return [replace(case, screening=None) for case in real(self, seed)]

    monkeypatch.setattr(Rediscover, "cases", without)
    after = {c.label[4]: c.finding for c in make_plan(parse_suite(SMOKE)).scores if c.finding}
    assert {m for m in before if before[m] == after[m]} == {"noise", "adversarial_patch"}


def test_an_unknown_independent_network_is_told_beforehand():
    with pytest.raises(SuiteError, match="unknown subject 'handmad'; did you mean 'handmade'"):
        make_plan(parse_suite(SMOKE.replace('independent = "handmade"', 'independent = "handmad"')))
