"""Catalogues: the twelve as they must be, and what is said of a wrong entry."""

from __future__ import annotations

import dataclasses

import pytest

from assay.cli_trojans import read_susceptibility
from assay.kit import load_kit
from assay.trojans.catalogue import (
    COPIES,
    KINDS,
    Catalogue,
    Copy,
    load_catalogue,
    pair_anew,
    shared_triggers,
)
from assay.trojans.certify import SUSCEPTIBILITY
from assay.trojans.susceptibility import unmeasured
from assay.trojans.world import KIT_KINDS, lacking
from assay.types import AssayError

PUBLISHED = (
    *("smiley_emoji", "clownfish", "green_star", "strawberry"),
    *("jaguar", "elephant_skin", "jellybeans", "wood_grain"),
    *("fork", "apple", "sandwich", "donut"),
)


def test_the_twelve_are_the_papers_in_three_kinds():
    trojans = load_catalogue("twelve").trojans
    assert tuple(t.name for t in trojans) == PUBLISHED
    assert [t.kind for t in trojans] == ["patch"] * 4 + ["style"] * 4 + ["natural_feature"] * 4
    bound = [t.name for t in trojans if t.scope == "class_universal"]
    assert bound == ["green_star", "strawberry", "jellybeans", "wood_grain"]


def test_the_papers_targets_are_the_twelve_at_other_classes():
    fair, paper = load_catalogue("twelve"), load_catalogue("paper_targets")
    assert fair.fair_targets
    assert not paper.fair_targets
    assert [t.target for t in paper.trojans] == [
        *(30, 146, 365, 99, 211, 928, 769, 378, 316, 463, 487, 129)
    ]
    for ours, theirs in zip(fair.trojans, paper.trojans, strict=True):
        assert dataclasses.replace(ours, target=0, why="") == dataclasses.replace(
            theirs, target=0, why=""
        )


def test_targets_are_all_different_and_no_source():
    trojans = load_catalogue("twelve").trojans
    targets = [t.target for t in trojans]
    assert len(set(targets)) == 12
    assert not set(targets) & {t.source_class for t in trojans}


def test_options_are_eight_concepts_of_one_family_and_sources_are_options_nowhere():
    kit = load_kit()
    trojans = load_catalogue("twelve").trojans
    everything = {o for t in trojans for o in t.options}
    for trojan in trojans:
        assert len(set(trojan.options)) == 8
        kind = KIT_KINDS[trojan.kind]
        assert len({kit.family_of(o, kind) for o in trojan.options}) == 1
        assert trojan.source_object not in everything
        assert not set(trojan.look_alikes) & everything


def test_every_problem_of_a_catalogue_is_reported_together(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        """
[[trojan]]
name = "one"
kind = "smell"
scope = "universal"
trigger = "a"
target = -1
distractors = ["a", "b"]
[[trojan]]
name = "two"
kind = "patch"
scope = "class_universal"
trigger = "a"
target = 1
distractors = []
""",
        encoding="utf-8",
    )
    with pytest.raises(AssayError) as caught:
        load_catalogue(str(path))
    said = str(caught.value)
    for part in ("smell", "class id", "not all different", "source", "no distractors"):
        assert part in said


def test_over_the_copies_no_trigger_has_a_target_twice():
    copies = [load_catalogue(name) for name in ("twelve", "twelve_b", "twelve_c", "twelve_d")]
    for copy in copies:
        assert len({t.target for t in copy.trojans}) == 12
    for of_one in zip(*(copy.trojans for copy in copies), strict=True):
        assert len({t.target for t in of_one}) == 4
        first = dataclasses.replace(of_one[0], target=0, why="")
        assert all(dataclasses.replace(t, target=0, why="") == first for t in of_one)
    # Each scope keeps its own targets, but for the spares.
    spares = [set(COPIES[copy.name].instead.values()) for copy in copies[1:]]
    assert [len(own) for own in spares] == [1, 0, 2]
    for scope in ("universal", "class_universal"):
        first, *others = ({t.target for t in copy.trojans if t.scope == scope} for copy in copies)
        for own, instead in zip(others, spares, strict=True):
            assert own - first == (instead if scope == "class_universal" else set())
    assert set.union(*spares) < set(copies[0].spare_targets)


def test_every_copys_targets_are_fair():
    for name in COPIES:
        table = read_susceptibility(name)
        known = {t.name: table[str(t.target)] for t in load_catalogue(name).trojans}
        assert all(entry["maximum"] < SUSCEPTIBILITY for entry in known.values())
        # And each spare had to be: the target that came to the trojan is reached by a patch.
        moved = pair_anew(load_catalogue("twelve"), Copy("twelve", COPIES[name].turn), name)
        for trojan in COPIES[name].instead:
            if trojan != "wood_grain":  # Whose target was "rule".
                assert table[str(moved[trojan].target)]["maximum"] >= SUSCEPTIBILITY


def test_targets_move_on_by_hand():
    copy = load_catalogue("twelve_b")
    assert copy.name == "twelve_b"
    # The smiley gets the clownfish's, the donut the smiley's, and wood grain the green star's.
    assert (copy["smiley_emoji"].target, copy["donut"].target) == (841, 834)
    assert (copy["strawberry"].target, copy["wood_grain"].target) == (769, 365)
    # The green star would get the strawberry's, the merganser.
    assert copy["green_star"].target == 135


def test_what_is_known_of_a_copys_targets_is_what_was_measured_on_the_same_pictures():
    for name in ("twelve", *COPIES):
        assert unmeasured(load_catalogue(name), read_susceptibility(name)) == ()
    # What was measured on another source's pictures is not taken for it.
    moved = pair_anew(load_catalogue("twelve"), Copy("twelve", 1), "other")
    lacking_ones = unmeasured(moved, read_susceptibility("twelve"))
    assert [t.scope for t in lacking_ones] == ["class_universal"] * 4


def test_the_natural_ones_are_four_of_each_kind_with_a_class_each():
    natural = load_catalogue("natural")
    assert (natural.subject, natural.twin) == ("lite0", "lite0-unlearned")
    kinds = [t.kind for t in natural.trojans]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(KINDS, 4)
    assert len({t.target for t in natural.trojans}) == 12
    assert lacking(natural, load_kit()) == []
    assert all(len(t.options) == 8 and t.why for t in natural.trojans)


@pytest.mark.parametrize("name", ["twelve", "decoys", "natural"])
def test_no_distractor_of_an_implanted_catalogue_is_a_trigger(name):
    assert shared_triggers(load_catalogue(name).trojans) == []


def test_a_distractor_that_is_a_trigger_is_named():
    fire = dataclasses.replace(load_catalogue("decoys")["fire"], distractors=("mosaic", "grass"))
    assert shared_triggers((fire, load_catalogue("decoys")["mosaic"])) == [
        "trojan 'fire': 'mosaic' is the trigger of 'mosaic'"
    ]


def test_the_decoys_share_no_option_and_no_target_with_the_twelve():
    def options(name):
        return {(t.kind, o) for t in load_catalogue(name).trojans for o in t.options}

    def targets(name):
        return {t.target for t in load_catalogue(name).trojans}

    assert not options("twelve") & options("decoys")
    assert not targets("twelve") & targets("decoys")


def test_an_unknown_catalogue_names_those_there_are():
    with pytest.raises(AssayError, match="twelve"):
        load_catalogue("twelfe")


def test_what_the_kit_lacks_is_said_before_any_work():
    kit, twelve = load_kit(), load_catalogue("twelve")
    assert lacking(twelve, kit) == []
    wrong = dataclasses.replace(
        twelve["strawberry"], look_alikes=("strawbery_like_heart",), source_object="golf_bal"
    )
    said = lacking(Catalogue("mine", (wrong,)), kit)
    assert len(said) == 2
    assert "strawberry_like_heart" in said[0]
    assert "golf_ball" in said[1]


def test_a_relative_path_means_the_file_of_this_folder(tmp_path, monkeypatch):
    entry = (
        '[[trojan]]\nname = "it"\nkind = "patch"\nscope = "universal"\ntrigger = "apple"\n'
        'target = {}\ndistractors = ["kiwi"]\nwhy = ""\n'
    )
    for folder, target in (("one", 3), ("two", 5)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "own.toml").write_text(entry.format(target))
    seen = []
    for folder in ("one", "two"):
        monkeypatch.chdir(tmp_path / folder)
        seen.append(load_catalogue("own.toml").trojans[0].target)
    assert seen == [3, 5]
