"""What plug-ins' fields may be: one check for all of them, and one sentence for what is wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest

from assay.checks import check_choice, check_numbers
from assay.judges.embedding import Embedding
from assay.judges.handcrafted import Handcrafted
from assay.judges.insertion import Insertion
from assay.judges.thumbnail import Thumbnail
from assay.methods.adversarial_patch import AdversarialPatch
from assay.methods.exemplars import Exemplars
from assay.methods.feature_visualization import FeatureVisualization
from assay.methods.noise import Noise
from assay.methods.snafue import Snafue
from assay.methods.tabor import Tabor
from assay.plugins import make_plugin
from assay.tasks.observe import Observe
from assay.types import AssayError


@dataclass(frozen=True)
class Some:
    share: float = 0.5
    count: int = 3
    rate: float | None = None
    firm: float = 1.0
    several: tuple[int, ...] = (2, 4)
    word: str = "target"


def refused(made: Some, *names: str, **ends: float) -> str | None:
    """What is said of these fields, None where nothing is."""
    try:
        check_numbers(made, *names, **ends)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("ends", "inside", "outside", "told"),
    [
        ({"above": 0}, 1e-9, 0.0, "share must be above 0, not 0.0"),
        ({"least": 0}, 0, -1e-9, "share must be at least 0, not -1e-09"),
        ({"below": 1}, 0.999, 1, "share must be below 1, not 1"),
        ({"most": 0.5}, 0.5, 0.51, "share must be at most 0.5, not 0.51"),
        ({"above": 0, "most": 0.5}, 0.5, 0.0, "share must be above 0 and at most 0.5, not 0.0"),
        ({"least": 0, "below": 1}, 0.0, 1.0, "share must be at least 0 and below 1, not 1.0"),
    ],
)
def test_the_ends_of_a_range_are_in_it_or_not(
    ends: dict[str, float], inside: float, outside: float, told: str
) -> None:
    assert refused(Some(share=inside), "share", **ends) is None
    assert refused(Some(share=outside), "share", **ends) == told


def test_what_is_no_number_of_the_declared_sort_is_said_to_be_none() -> None:
    for odd in (math.nan, math.inf, "0.2", None):
        said = refused(Some(share=odd), "share", above=0)  # type: ignore[arg-type]
        assert said == f"share must be a finite number, not {odd!r}"
    assert refused(Some(count=2.5), "count", least=1) == (  # type: ignore[arg-type]
        "count must be a whole number, not 2.5"
    )
    assert refused(Some(count=0), "count", least=1) == "count must be at least 1, not 0"
    # A whole number is a number, too.
    assert refused(Some(share=1), "share", above=0) is None


def test_none_passes_where_it_is_the_default_only() -> None:
    assert refused(Some(), "rate", above=0) is None
    assert refused(Some(rate=-1), "rate", above=0) == "rate must be above 0, not -1"
    assert refused(Some(firm=None), "firm", above=0) is not None  # type: ignore[arg-type]


def test_the_first_that_is_wrong_is_told_and_each_of_several_is_looked_at() -> None:
    both = Some(share=-1, firm=-2)
    assert refused(both, "share", "firm", least=0) == "share must be at least 0, not -1"
    assert refused(both, "firm", "share", least=0) == "firm must be at least 0, not -2"
    assert refused(Some(several=(2, 0)), "several", least=1) == "several must be at least 1, not 0"
    assert refused(Some(), "several", least=1) is None


def test_a_word_is_one_of_those_known_and_the_near_one_is_told() -> None:
    check_choice(Some(), "word", ("target", "inner"))
    with pytest.raises(ValueError, match=r"^word must be target or inner, not 'outside'$"):
        check_choice(Some(word="outside"), "word", ("target", "inner"))
    with pytest.raises(ValueError, match="not 'targt'; did you mean 'target'"):
        check_choice(Some(word="targt"), "word", ("target", "inner"))
    with pytest.raises(ValueError, match="word must be a, b or c, not"):
        check_choice(Some(), "word", "abc")


# Every field that is checked, with a value just outside of what it may be.
WRONG: list[tuple[type, dict[str, Any]]] = [
    (AdversarialPatch, {"fraction": 0.51, "backgrounds": 0, "surplus": 0, "trials": 0, "chunk": 0,
                        "rate": 0.0, "parameterization": "cpn"}),
    (FeatureVisualization, {"objective": "out", "surplus": 0, "views": 0, "chunk": 0, "rate": 0.0,
                            "parameterization": "cpn"}),
    (Snafue, {"fraction": 0.0, "paste_fraction": 0.51, "pool_share": 1.0, "trial_share": 0.0,
              "pool_size": 0, "kept": 0, "trials": 0, "synthetic": 0, "backgrounds": 0, "chunk": 0,
              "power": 0.0, "rate": 0.0, "parameterization": "cpn"}),
    (Tabor, {"large": -1e-9, "beyond": -1e-9, "mask_roughness": -1e-9, "pattern_roughness": -1e-9,
             "alone": -1e-9, "opacity": 1.0, "backgrounds": 0, "surplus": 0, "trials": 0,
             "chunk": 0, "rate": 0.0, "beta1": 1.0, "beta2": -0.1}),
    (Noise, {"contrast": 0.0}),
    (Exemplars, {"chunk": 0}),
    (Insertion, {"chunk": 0}),
    (Handcrafted, {"temperature": 0.0}),
    (Embedding, {"temperature": 0.0, "sigma": 0.0, "noise": -0.1}),
    (Thumbnail, {"side": 0, "temperature": 0.0}),
    (Observe, {"trials": 0}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "name", "value"),
    [(made, name, value) for made, fields in WRONG for name, value in fields.items()],
)
def test_plug_ins_refuse_what_makes_no_sense(made: type, name: str, value: Any) -> None:
    made()
    with pytest.raises(ValueError, match=f"^{name} must be .*, not {value!r}"):
        made(**{name: value})


def test_a_suite_is_told_which_plug_in_it_is() -> None:
    with pytest.raises(
        AssayError, match=r"^method 'tabor': chunk must be a whole number, not '8'$"
    ):
        make_plugin("methods", "tabor", {"chunk": "8"})
