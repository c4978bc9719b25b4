"""Suites report every problem together; plans have stable keys and open nothing."""

import dataclasses
from pathlib import Path

import pytest
import toy_plugins

import assay
from assay.plan import make_plan
from assay.published.archive import published_path, read_archive
from assay.suite import (
    SuiteError,
    load_suite,
    parse_suite,
    suite_names,
    suite_text,
    with_methods,
    with_seeds,
)
from assay.types import AssayError

TOY = """
name = "toy"
seeds = [0]
size = 32
passes = 8
visualizations = 1
subjects = ["handmade-trojaned", "handmade"]
judges = ["nearest"]
floors = ["noise", "shuffled"]
[tasks.colours]
use = "toy_plugins:Colours"
[methods.noise]
use = "toy_plugins:Painter"
[methods.painter]
use = "toy_plugins:Painter"
hue = 1
seconds = 0.0
[judge.nearest]
use = "toy_plugins:Nearest"
"""


def test_all_problems_are_told_at_once() -> None:
    text = TOY.replace('"handmade"]', '"handmaid"]')
    text = text.replace('floors = ["noise", ', 'floors = ["nois", ')
    text = text.replace("seconds = 0.0", "secnds = 1.0")
    text = text.replace("passes = 8", 'passes = 8\nfixtures = ["smal"]')
    text += '[methods.ideal]\nuse = "adversarial_pach"\n'
    with pytest.raises(SuiteError) as caught:
        make_plan(parse_suite(text))
    told = "\n".join(caught.value.problems)
    for near in (
        "unknown subject 'handmaid'; did you mean 'handmade'?",
        "the floor 'nois' is no method; did you mean 'noise'?",
        "no parameter 'secnds'; did you mean 'seconds'?",
        "unknown method 'adversarial_pach'; did you mean 'adversarial_patch'?",
        "'ideal' is the name of a row",
        "there is no fixture 'smal'; did you mean 'small'?",
    ):
        assert near in told


def test_wrong_keys_are_told_at_once() -> None:
    text = TOY.replace("passes = 8", "pases = 8\nsize_ = 3").replace("seeds = [0]", "seeds = []")
    with pytest.raises(SuiteError) as caught:
        parse_suite(text)
    assert caught.value.problems == (
        "seeds: there must be at least one",
        "unknown key 'pases'; did you mean 'passes'?",
        "unknown key 'size_'; did you mean 'size'?",
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name =", "name", "it is no TOML"),
        ('use = "toy_plugins:Colours"', 'use = "toy_plugins:Colors"', "cannot be loaded"),
        ('use = "toy_plugins:Colours"', 'use = "toy_plugins:Painter"', "is none"),
        ("[tasks.colours]", '[tasks.colours]\ncomplaint = "no certificate"', "no certificate"),
        ("[tasks.colours]", "[tasks.ablate]\n[tasks.colours]", "family control, and no method"),
        ('judges = ["nearest"]', 'judges = ["nearest", "swap_in"]', "is for replace, and no task"),
        ("[tasks.colours]", "[tasks.colours]\nnumber = 1", "two cases or more"),
        ("[tasks.colours]", "[tasks.colours]\nnumber = 0", "has no cases"),
        ("[judge.nearest]", "[judge.nearst]", "did you mean 'nearest'?"),
        ("passes = 8", 'fixtures = ["small", "blurred"]', "'blurred' is listed, and no task here"),
        ("passes = 8", 'fixtures = ["small", "small"]', "something is listed twice"),
        ("[methods.painter]", "[methods.small]", "'small' is the name of a row"),
        ("passes = 8", 'bounds = ["paintr"]', "the bound 'paintr' is no method; did you mean"),
        ("passes = 8", 'bounds = ["shuffled"]', "the bound 'shuffled' is no method"),
        ("passes = 8", 'bounds = ["noise"]', "'noise' is a floor, and can't be an upper bound"),
        ("passes = 8", 'bounds = ["painter", "painter"]', "something is listed twice"),
    ],
)
def test_each_problem_is_told(old: str, new: str, told: str) -> None:
    with pytest.raises(SuiteError) as caught:
        make_plan(parse_suite(TOY.replace(old, new)))
    assert told in str(caught.value)


def test_the_packaged_suites_are_read() -> None:
    assert {"quick", "smoke"} <= set(suite_names())


def test_the_plan_opens_nothing_and_is_the_same_every_time() -> None:
    toy_plugins.OPENED.clear()
    plan = make_plan(parse_suite(TOY))
    assert toy_plugins.OPENED == []
    assert plan == make_plan(parse_suite(TOY))
    assert len({c.key for c in plan.findings}) == len(plan.findings) == 2 * 3 * 2
    # noise, painter, shuffled (painter's only) and ideal for each case and subject.
    assert len({c.key for c in plan.scores}) == len(plan.scores) == 2 * 3 * 4


def test_an_upper_bound_is_run_and_not_dealt() -> None:
    text = TOY.replace("[judge.nearest]", '[methods.most]\nuse = "toy_plugins:Painter"\nhue = 2\n'
                       "[judge.nearest]")  # fmt: skip
    plain = make_plan(parse_suite(text))
    plan = make_plan(parse_suite(text.replace("passes = 8", 'passes = 8\nbounds = ["most"]')))
    assert plan.findings == plain.findings
    assert {c.method for c in plan.scores} == {c.method for c in plain.scores}
    assert {c.source for c in plain.scores if c.method == "shuffled"} == {"painter", "most"}
    assert {c.source for c in plan.scores if c.method == "shuffled"} == {"painter"}
    # Nothing that is kept has another key.
    assert {c.key for c in plan.scores} < {c.key for c in plain.scores}
    suite = parse_suite(suite_text("core"))
    rows = [*suite.methods, *suite.combiners, *suite.unaided]
    assert [m for m in rows if suite.role(m) == "bound"] == [*suite.bounds, "query_options"]
    assert [suite.role(m) for m in ("snafue", "screened")] == ["tool", "combined"]
    assert [m for m in rows if suite.role(m) == "control"] == [*suite.controls]


def test_keys_are_the_ones_of_yesterday() -> None:
    plan = make_plan(parse_suite(TOY))
    assert plan.findings[0].key.startswith(FIRST_FINDING)
    assert plan.scores[0].key.startswith(FIRST_SCORE)


# A change here throws away everybody's stored results: it must be meant.
FIRST_FINDING = "3e63303695780a5f"
FIRST_SCORE = "038210d791b3eccc"


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("passes = 8", "passes = 9", True),
        ("size = 32", "size = 33", True),
        ("seeds = [0]", "seeds = [1]", True),
        ("seconds = 0.0", "seconds = 0.5", True),
        ('description = ""', 'description = "other"', False),
    ],
)
def test_keys_change_with_what_the_numbers_rest_on(old: str, new: str, changed) -> None:
    text = 'description = ""\n' + TOY
    before, after = (make_plan(parse_suite(t)) for t in (text, text.replace(old, new)))

    def keys(cells) -> set[str]:
        return {c.key for c in cells if "painter" in (c.method, getattr(c, "source", None))}

    same_findings = keys(before.findings) == keys(after.findings)
    same_scores = keys(before.scores) == keys(after.scores)
    assert (same_findings, same_scores) == ((True, True) if not changed else (False, False))


def test_versions_are_in_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = make_plan(parse_suite(TOY))
    for name, findings_change in (("Painter", True), ("Nearest", False), ("Colours", False)):
        with monkeypatch.context() as patch:
            patch.setattr(getattr(toy_plugins, name), "version", 2)
            after = make_plan(parse_suite(TOY))
        changed = {c.key for c in before.findings} != {c.key for c in after.findings}
        assert changed == findings_change
        ideals = [{c.key for c in p.scores if c.method == "ideal"} for p in (before, after)]
        assert (ideals[0].isdisjoint(ideals[1])) == (name != "Painter")


FIXTURES = TOY.replace("passes = 8", 'passes = 8\nfixtures = ["invisible", "small"]')


def test_fixtures_try_the_judge_once_a_question() -> None:
    before, after = make_plan(parse_suite(TOY)), make_plan(parse_suite(FIXTURES))
    assert after.findings == before.findings
    tried = [c for c in after.scores if c not in before.scores]
    assert set(before.scores) < set(after.scores)
    # Three cases, on the trojaned network only, and nothing of them is stored.
    assert len(tried) == len({c.key for c in tried}) == 3 * 2
    assert {c.place.subject for c in tried} == {"handmade-trojaned"}
    assert {c.finding for c in tried} == {None}
    # They are made of the very pictures of the ideal finding.
    ideal = {c.place.case: c for c in before.scores if c.method == "ideal"}
    assert all(c.ideal_seed == ideal[c.place.case].ideal_seed for c in tried)
    assert not {c.answer for c in tried} & {c.answer for c in before.scores}
    assert {c.method for c in after.only(("noise",)).scores} == {
        "noise", "ideal", "invisible", "small",
    }  # fmt: skip


def test_a_network_without_a_twin_is_its_own_place_for_fixtures() -> None:
    text = FIXTURES.replace('["handmade-trojaned", "handmade"]', '["handmade"]')
    tried = [c for c in make_plan(parse_suite(text)).scores if c.method == "small"]
    assert [c.place.subject for c in tried] == ["handmade"] * 3


def test_the_version_of_a_fixture_is_in_its_key_only(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {(c.method, c.place, c.source): c.key for c in make_plan(parse_suite(FIXTURES)).scores}
    monkeypatch.setattr(toy_plugins.Colours, "fixtures", {"invisible": 1, "small": 2})
    after = {(c.method, c.place, c.source): c.key for c in make_plan(parse_suite(FIXTURES)).scores}
    assert {k[0] for k in before if before[k] != after[k]} == {"small"}


def test_a_method_starts_alike_on_the_network_and_its_twin() -> None:
    plan = make_plan(parse_suite(TOY))
    seeds: dict[tuple[str, str], set[int]] = {}
    for cell in plan.findings:
        seeds.setdefault((cell.method, cell.place.case), set()).add(cell.rng_seed)
    assert all(len(found) == 1 for found in seeds.values())
    assert len(set.union(*seeds.values())) == 2 * 3


def test_deals_are_derangements_and_never_repeat() -> None:
    plan = make_plan(parse_suite(TOY.replace("passes = 8", "passes = 8\nshuffles = 5")))
    dealt = [c for c in plan.scores if c.source]
    pairs = [(c.place.subject, c.place.case, c.source_case) for c in dealt]
    assert all(case != source for _, case, source in pairs)
    assert len(set(pairs)) == len(pairs) == 2 * 3 * 2  # five deals asked, two possible
    assert {c.source for c in dealt} == {"painter"}


def test_only_some_methods_and_more_seeds() -> None:
    plan = make_plan(with_seeds(parse_suite(TOY), 2))
    some = plan.only(("noise",))
    assert {c.method for c in some.findings} == {"noise"}
    assert {c.method for c in some.scores} == {"noise", "ideal"}
    assert {c.place.seed for c in some.scores} == {0, 1}
    with pytest.raises(AssayError, match="did you mean 'painter'"):
        plan.only(("paintr",))


def test_only_some_cases_and_what_is_dealt_to_them() -> None:
    plan = make_plan(parse_suite(TOY))
    some = plan.only(cases=("case1",))
    assert {c.place.case for c in some.scores} == {"case1"}
    # Their keys are the suite's own: what is there already counts.
    assert set(some.scores) < set(plan.scores)
    # On each subject: noise and painter, and the finding of another case that is dealt to this one.
    assert len(some.findings) == 2 * 3
    assert {c.finding for c in some.scores if c.finding} == {c.key for c in some.findings}
    few = plan.only(("noise",), ("case1", "case2"))
    assert {(c.method, c.place.case) for c in few.findings} == {
        ("noise", "case1"),
        ("noise", "case2"),
    }
    with pytest.raises(AssayError, match="there is no case 'cas1'; did you mean 'case1'"):
        plan.only(("noise",), ("cas1",))


def test_a_combiner_rests_on_its_parts(tmp_path: Path) -> None:
    text = TOY + '[combiners.both]\nuse = "toy_plugins:Mean"\nof = ["painter", "noise"]\n'
    cell = next(c for c in make_plan(parse_suite(text)).findings if c.method == "both")
    assert [name for name, _ in cell.parts] == ["noise", "painter"]
    other = make_plan(parse_suite(text.replace("seconds = 0.0", "seconds = 0.1")))
    assert next(c for c in other.findings if c.method == "both").key != cell.key
    only = make_plan(parse_suite(text)).only(("both",), ("case1",))
    # Dealt from another case too; each with the two that it is made of.
    assert len(only.findings) == 2 * 2 * 3
    assert {c.method for c in only.scores} == {"both", "shuffled", "ideal"}
    with pytest.raises(SuiteError, match="did you mean 'painter'"):
        make_plan(parse_suite(text.replace('of = ["painter"', 'of = ["paintr"')))


TWO_TASKS = TOY.replace(
    "[methods.noise]",
    """
[tasks.other]
use = "toy_plugins:Colours"
number = 2
judges = ["second"]
methods = ["own"]
passes = 4
[methods.own]
use = "toy_plugins:Painter"
hue = 2
[methods.noise]
""",
).replace('judges = ["nearest"]', 'judges = ["nearest", "second"]') + (
    '[judge.second]\nuse = "toy_plugins:Nearest"\n'
)


def test_a_task_may_have_rows_judges_and_passes_of_its_own(tmp_path: Path) -> None:
    suite = parse_suite(TWO_TASKS)
    plan = make_plan(suite)
    by = {
        task: {(c.method, c.judge) for c in plan.scores if c.place.task == task and not c.source}
        for task in suite.tasks
    }
    judges = ("nearest", "second")
    assert by["colours"] == {(m, j) for m in ("noise", "painter", "ideal") for j in judges}
    assert by["other"] == {("own", "second"), ("ideal", "second")}
    assert (suite.passes_of("colours", "noise"), suite.passes_of("other", "own")) == (8, 4)
    # Whoever brings a row of his own has it in the task that takes all others.
    extended, called = with_methods(TWO_TASKS, ["toy_plugins:Painter"])
    assert called == ("Painter",)
    assert parse_suite(extended).methods_of("colours") == ("noise", "painter", "Painter")
    # Single pictures are judged in the first task only.
    alone = make_plan(parse_suite(TWO_TASKS.replace("passes = 8", "passes = 8\nalone = true")))
    parts = {(c.place.task, c.method, c.judge, c.part) for c in alone.scores if c.part}
    assert parts == {("colours", "painter", "nearest", "picture 1")}
    # Nothing else has another key.
    plain = {c.key for c in make_plan(parse_suite(TOY)).findings}
    assert plain < {c.key for c in plan.findings}
    run = assay.run(_written(tmp_path, TWO_TASKS), out=tmp_path / "out")
    assert {c["status"] for c in run.cells()} == {"ok"}


def test_ones_own_method_is_evaluated_on_the_first_judges_task(tmp_path: Path) -> None:
    done = assay.evaluate(
        toy_plugins.Painter(hue=2), trojans="case1", suite=_written(tmp_path, TWO_TASKS),
        out=tmp_path / "mine", quiet=True,
    )  # fmt: skip
    at = {(c["task"], c["method"], c["judge"], c["status"]) for c in done.cells()}
    assert at == {("colours", m, "nearest", "ok") for m in ("Painter", "noise", "ideal")}


def test_a_row_may_have_passes_of_its_own(tmp_path: Path) -> None:
    text = TOY.replace("hue = 1", 'hue = 1\nwrong = "greedy"')
    run = assay.run(_written(tmp_path, text), out=tmp_path / "out", cases=["case0"])
    assert {c["status"] for c in run.cells() if c["method"] == "painter"} == {"over_budget"}
    suite = parse_suite(text.replace("hue = 1", "hue = 1\npasses = 9"))
    assert (suite.passes_of("colours", "painter"), suite.passes_of("colours", "noise")) == (9, 8)
    before, after = (make_plan(parse_suite(t)).findings
                     for t in (TOY, TOY.replace("hue = 1", "hue = 1\npasses = 9")))  # fmt: skip
    changed = {a.method for a, b in zip(before, after, strict=True) if a.key != b.key}
    assert changed == {"painter"}


def _written(folder: Path, text: str) -> Path:
    path = folder / "some.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('methods = ["own"]', 'methods = ["ow"]', "task 'other': there is no method 'ow'; did you"),
        ('judges = ["second"]', 'judges = ["secnd"]', "there is no judge 'secnd'; did you mean"),
        ('methods = ["own"]', "methods = []", "`methods` must be a list of at least one method"),
        ("passes = 4", "passes = 0", "'other': `passes` must be a whole number from 1 on, not 0"),
    ],
)
def test_what_is_wrong_with_a_tasks_own_keys_is_told(old: str, new: str, told: str) -> None:
    with pytest.raises(SuiteError) as caught:
        make_plan(parse_suite(TWO_TASKS.replace(old, new)))
    assert told in str(caught.value)


def test_core_goes_on_from_its_first_seed() -> None:
    suite = load_suite("core")
    one, three = (make_plan(with_seeds(suite, n)) for n in (1, 3))
    assert {c.key for c in one.scores} == {c.key for c in three.scores if c.place.seed == 0}
    assert {c.key for c in one.findings} == {c.key for c in three.findings if c.place.seed == 0}
    assert len(three.scores) == 3 * len(one.scores)
    localise = load_suite("localise")
    # The rows of attribution are those of the suite that has nothing else.
    assert {m: suite.methods[m] for m in localise.methods} == localise.methods
    assert set(suite.methods_of("localise")) == set(localise.methods)
    assert not set(suite.methods_of("rediscover")) & set(localise.methods)


def test_natural_holds_the_tools_of_core_against_other_bugs() -> None:
    # A rank correlation of the two is of the same tools with the same means.
    core, natural = load_suite("core"), load_suite("natural")
    # But the clean twin, which is each network's own.
    bound = natural.combiners["screened_with_twin"]
    assert natural.twins == {"lite0": bound["independent"]}
    combiners = {**natural.combiners, "screened_with_twin": {**bound, "independent": "lite0"}}
    for ours, theirs in ((natural.methods, core.methods), (combiners, core.combiners)):
        assert ours == {name: theirs[name] for name in ours}
    tools = {"noise", "exemplars", "try_pool_10", *core.combiners["together"]["of"]}
    assert set(natural.methods) == tools
    for key in ("size", "passes", "visualizations", "fixtures"):
        assert getattr(natural, key) == getattr(core, key)


def test_full_says_what_it_lacks() -> None:
    with pytest.raises(SuiteError) as caught:
        make_plan(load_suite("full"))
    (problem,) = caught.value.problems
    assert problem.startswith("the network 'lite0-full' is not made yet: `assay implant --cat")
    core, full = load_suite("core"), load_suite("full")
    assert (full.size, full.visualizations, full.seeds) == (224, 10, (0, 1, 2))
    assert full.methods.keys() == core.methods.keys()
    assert full.combiners == core.combiners
    assert full.tasks["localise"] == {**core.tasks["localise"], "pictures": 100, "passes": 27648}


@pytest.mark.parametrize("letter", ["b", "c", "d"])
def test_the_copies_ask_the_same_of_another_network(letter: str) -> None:
    core, copy = load_suite("core"), load_suite(f"core_{letter}")
    assert list(copy.tasks) == ["rediscover"]
    # The rows of the tasks that are left out fell to none of those that stay.
    assert copy.methods_of("rediscover") == core.methods_of("rediscover")
    assert copy.judges == ("embedding", "handcrafted")
    assert copy.floors == ("noise", "shuffled")
    copied = {"catalogue": f"twelve_{letter}"}
    assert copy.tasks["rediscover"] == {**core.tasks["rediscover"], **copied}
    same = ("seeds", "size", "passes", "visualizations", "controls", "bounds", "fixtures", "judge")
    assert all(getattr(copy, key) == getattr(core, key) for key in same)
    full, full_copy = load_suite("full"), load_suite(f"full_{letter}")
    assert full_copy.subjects == (f"lite0-full-{letter}", "lite0")
    assert full_copy.tasks == {name: {**table, **copied} for name, table in full.tasks.items()}
    assert full_copy.methods == full.methods


def test_a_suite_like_another(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        """suite = "smoke"
name = "mine"
passes = 512
without = ["ablate", "linearise"]
[tasks.rediscover]
pictures = 8
[methods.climbing]
use = "adversarial_patch"
steps = 4
"""
    )
    smoke, mine = load_suite("smoke"), load_suite(file)
    assert (mine.name, mine.passes, mine.size) == ("mine", 512, smoke.size)
    assert mine.tasks == {"rediscover": {"catalogue": "handmade", "pictures": 8}}
    climbing = {"use": "adversarial_patch", "steps": 4}
    # No task of smoke's names rows of its own, so that those of the others stay.
    assert mine.methods == {**smoke.methods, "climbing": climbing}
    assert mine.judges == smoke.judges


def test_what_is_left_out_takes_only_its_own_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A base in which two tasks share a row and a judge.
    base = (
        TOY.replace('judges = ["nearest"]', 'judges = ["nearest", "both", "own"]')
        .replace('floors = ["noise", "shuffled"]', 'floors = ["noise", "shuffled", "mine"]')
        .replace("[methods.noise]", "[methods.mine]\n[methods.shared]\n[methods.noise]")
    )
    for task, own in (("gone", "mine"), ("stays", "painter")):
        judge = "own" if task == "gone" else "nearest"
        base += f'[tasks.{task}]\nmethods = ["{own}", "shared"]\njudges = ["{judge}", "both"]\n'
    (tmp_path / "base.toml").write_text(base)
    monkeypatch.setattr("assay.suite.files", lambda package: tmp_path)
    (tmp_path / "mine.toml").write_text(
        'suite = "base"\nname = "mine"\nwithout = ["gone", "colours"]\n'
    )
    mine = load_suite(tmp_path / "mine.toml")
    assert list(mine.methods) == ["shared", "noise", "painter"]
    assert mine.floors == ("noise", "shuffled")
    assert mine.judges == ("nearest", "both")
    # The colours are asked of every judge.
    (tmp_path / "mine.toml").write_text('suite = "base"\nname = "mine"\nwithout = ["gone"]\n')
    assert load_suite(tmp_path / "mine.toml").judges == ("nearest", "both", "own")


def test_a_suite_like_another_tells_every_problem_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('suite = "core"\nwithout = ["localize"]\npases = 512\n')
    with pytest.raises(SuiteError) as caught:
        suite_text(file)
    assert [problem.removeprefix(f"{file}: ") for problem in caught.value.problems] == [
        "unknown key 'pases'; did you mean 'passes'?",
        "`name` is missing: with other keys than core's it is another",
        "core has no task or row 'localize' to be without; did you mean 'localise'?",
    ]
    file.write_text('suite = "core"\nname = "mine"\nwithout = "localise"\n')
    with pytest.raises(SuiteError, match="`without` is a list of tasks and rows"):
        suite_text(file)


def test_a_suite_is_frozen() -> None:
    suite = parse_suite(TOY)
    with pytest.raises(Exception, match="frozen"):
        suite.passes = 3  # type: ignore[misc]
    assert dataclasses.is_dataclass(make_plan(suite))


@pytest.mark.parametrize(
    ("name", "seeds"), [("core", 1), ("core", 3), ("core_b", 1), ("natural", 1)]
)
def test_what_is_published_is_what_is_planned(name: str, seeds: int) -> None:
    # A plug-in with another version, or another network, and a command that is said to take
    # seconds takes hours.
    plan = make_plan(with_seeds(load_suite(name), seeds))
    first = {c.key for c in plan.scores if seeds == 1 or c.place.task == "rediscover"}
    offered = {row["key"] for row in read_archive(published_path(name), name).rows["scores"]}
    assert len(first) > 1000
    assert first <= offered
