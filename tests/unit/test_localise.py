"""Attribution: maps whose truth is known, rules that don't apply, and the task that grades them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from captum import attr
from torch import Tensor, nn

import assay
from assay.anatomy import examine, out_of_place
from assay.envelopes import LocaliseGiven, LocaliseQuestion, LocaliseTruth
from assay.execute import Executor
from assay.hooks import Meter
from assay.judges.overlay import Overlay
from assay.measures.localisation import correlation, mass_inside, pointing, silent
from assay.measures.table import rows
from assay.methods.attribution import Attribution
from assay.methods.blank import Blank
from assay.methods.captum_rules import RULES, refusal
from assay.methods.edges import Edges
from assay.methods.random_map import RandomMap
from assay.plan import make_plan
from assay.plugins import make_plugin
from assay.report import write_report
from assay.results import Results
from assay.subject import Metered, Subject
from assay.subjects.resnet50 import Bottleneck, Normalise, ResNet50
from assay.suite import SuiteError, load_suite, parse_suite
from assay.tasks.localise import Localise, outlined
from assay.testing import check_method
from assay.types import (
    Answer,
    AssayError,
    Budget,
    BudgetExceededError,
    Heatmaps,
    Images,
    UnsupportedError,
)

SIDE = 28
# Rules that take whole layers for what they explain, and the one that needs other pictures.
COARSE = ("grad_cam", "guided_grad_cam")
PERTURBING = (
    "feature_ablation", "feature_permutation", "occlusion", "lime", "kernel_shap",
    "shapley_value_sampling",
)  # fmt: skip
ON_MODULES = (
    "guided_backprop", "deconvolution", "guided_grad_cam", "deep_lift", "deep_lift_shap", "lrp",
)  # fmt: skip


class Window(nn.Module):
    """The class 0 is how much red there is in a window (cells 1 to 2 down, 2 to 4 across of 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.red = nn.Conv2d(3, 1, 1, bias=False)
        self.relu = nn.ReLU()
        self.flat = nn.Flatten()
        self.head = nn.Linear(SIDE * SIDE, 2, bias=False)
        self.red.weight.data.copy_(torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1))
        self.head.weight.data.copy_(torch.stack([window().flatten(), torch.zeros(SIDE * SIDE)]))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.flat(self.relu(self.red(x))))


def window() -> Tensor:
    inside = torch.zeros(SIDE, SIDE)
    inside[4:12, 8:20] = 1
    return inside


class Small(nn.Module):
    """The layout of our ResNet-50, a few channels wide."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.conv1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = Bottleneck(8, 4, 1)
        self.layer2 = Bottleneck(16, 8, 1)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(self.normalise(x)))))
        return self.fc(self.avgpool(self.layer2(self.layer1(x))).flatten(1))


class Capped(nn.Module):
    """Activations that captum's rules don't know: relu6, as a function or as a module."""

    def __init__(self, as_module: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.act = nn.ReLU6() if as_module else None
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = F.relu6(x) if self.act is None else self.act(x)
        return self.fc(x.mean((2, 3)))


def made(kind: str) -> nn.Module:
    nets = {
        "window": Window,
        "small": Small,
        "relu6": lambda: Capped(False),
        "relu6 module": lambda: Capped(True),
        "shared": lambda: Shared(),
        "in place": lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(4, 2),
        ),
    }  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nets[kind]().eval().requires_grad_(False)
        for module in network.modules():
            if isinstance(module, Small):
                # Logits as large as a real network's: Lime's lasso takes smaller ones for nothing.
                module.fc.weight.mul_(100)
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.copy_(0.3 * torch.randn(module.num_features))
                module.running_var.copy_(0.5 + torch.rand(module.num_features))
    return network


class Shared(nn.Module):
    """One ReLU module, called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.second(self.relu(self.first(x))))
        return self.fc(x.mean((2, 3)))


LAYERS = {"window": ("relu",), "small": ("layer1", "layer2", "avgpool"), "in place": ("1",)}


@dataclass(frozen=True)
class Net(Subject):
    kind: str

    @property
    def name(self) -> str:
        return self.kind

    @property
    def digest(self) -> str:
        return f"test:{self.kind}"

    @property
    def size(self) -> int:
        return SIDE

    @property
    def class_names(self) -> tuple[str, ...]:
        return ("a", "b")

    @property
    def layers(self) -> tuple[str, ...]:
        return LAYERS.get(self.kind, ())

    @property
    def head(self) -> str:
        return "head"

    def network(self) -> nn.Module:
        return made(self.kind)


def pictures(n: int = 3, low: float = 0.0, high: float = 1.0, size: int = SIDE) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return low + (high - low) * torch.rand(n, 3, size, size, generator=rng)


def explain(method: Any, kind: str, given: Tensor, seed: int = 0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    found = method.explain(LocaliseGiven(Net(kind), 0, given), Budget(10**9), rng)
    return found.maps


# --- measures -------------------------------------------------------------------------------

FOOTPRINT = np.array([[[1.0, 0.0], [0.0, 0.0]]])


def test_measures_worked_by_hand() -> None:
    # Evidence 3, 1, 0, 0 (what is negative counts nothing), footprint 1, 0, 0, 0.
    maps = np.array([[[3.0, 1.0], [-9.0, 0.0]]])
    assert mass_inside(maps, FOOTPRINT) == pytest.approx([3 / 4])
    assert pointing(maps, FOOTPRINT) == pytest.approx([1.0])
    # Deviations 2, 0, -1, -1 and .75, -.25, -.25, -.25: 2 / sqrt(6 * .75).
    assert correlation(maps, FOOTPRINT) == pytest.approx([2 / np.sqrt(6 * 0.75)])
    assert silent(maps) == pytest.approx([0.0])


def test_measures_of_the_footprint_and_of_its_opposite() -> None:
    for scale in (1e-30, 1.0, 1e30):
        assert correlation(scale * FOOTPRINT, FOOTPRINT) == pytest.approx([1.0])
        assert mass_inside(scale * FOOTPRINT, FOOTPRINT) == pytest.approx([1.0])
        assert pointing(scale * FOOTPRINT, FOOTPRINT) == pytest.approx([1.0])
    assert correlation(1 - FOOTPRINT, FOOTPRINT) == pytest.approx([-1.0])
    assert mass_inside(1 - FOOTPRINT, FOOTPRINT) == pytest.approx([0.0])
    assert pointing(1 - FOOTPRINT, FOOTPRINT) == pytest.approx([0.0])


@pytest.mark.parametrize("level", [-2.0, 0.0, 0.7])
def test_a_map_that_says_nothing_counts_as_a_blind_guess(level: float) -> None:
    maps = np.full((1, 2, 2), level)
    assert silent(maps) == pytest.approx([1.0])
    assert correlation(maps, FOOTPRINT) == pytest.approx([0.0])
    assert mass_inside(maps, FOOTPRINT) == pytest.approx([0.25])
    assert pointing(maps, FOOTPRINT) == pytest.approx([0.25])


def test_random_maps_are_at_chance() -> None:
    rng = np.random.default_rng(0)
    footprints = np.zeros((2000, 10, 10))
    footprints[:, 2:5, 3:7] = 1
    maps = rng.normal(size=footprints.shape)
    assert abs(correlation(maps, footprints).mean()) < 0.01
    assert mass_inside(maps, footprints).mean() == pytest.approx(0.12, abs=0.01)
    assert pointing(maps, footprints).mean() == pytest.approx(0.12, abs=0.03)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_footprint_of_nothing_or_everything_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="nothing or the whole picture"):
        correlation(FOOTPRINT, np.full((1, 2, 2), level))


# --- rules whose answer is known ------------------------------------------------------------

# A window's worth of it, or a half of one, lies beside: rules that slide or exchange are coarser.
LEAST = {"occlusion": 0.8, "feature_permutation": 0.6}


@pytest.mark.parametrize("rule", [r for r in RULES if r not in COARSE])
def test_the_window_is_found(rule: str) -> None:
    given = pictures(4, 0.8, 0.9)
    given[1:] -= 0.6
    maps = explain(Attribution(rule), "window", given)[:1]
    footprint = window()[None].numpy()
    assert correlation(maps.numpy(), footprint)[0] > LEAST.get(rule, 0.95)
    assert pointing(maps.numpy(), footprint)[0] == 1
    assert mass_inside(maps.numpy(), footprint)[0] > 0.7


def test_what_never_looks_at_the_network_does_not_find_the_window() -> None:
    given, footprint = pictures(20), window().expand(20, -1, -1).numpy()
    for method in (Edges(), Blank(), RandomMap()):
        found = correlation(explain(method, "window", given).numpy(), footprint).mean()
        assert abs(found) < 0.15, method


def test_saliency_is_the_gradient_s_absolute_value() -> None:
    maps = explain(Attribution("saliency"), "window", pictures())
    assert torch.equal(maps, window().expand(3, -1, -1))


def test_integrated_gradients_add_up_to_the_logit_s_difference() -> None:
    given = pictures()
    maps = explain(Attribution("integrated_gradients", steps=64), "small", given)
    network = made("small")
    apart = network(given)[:, 0] - network(torch.full_like(given, 0.5))[:, 0]
    assert torch.allclose(maps.sum((1, 2)), apart, atol=0.1 * float(apart.abs().max()))


def test_edges_lie_where_the_light_changes() -> None:
    given = torch.zeros(1, 3, SIDE, SIDE)
    given[:, :, :, 14:] = 1
    (found,) = explain(Edges(), "window", given)
    assert float(found[:, 13:15].min()) > 0
    assert float(found[:, :12].max()) == float(found[:, 16:].max()) == 0


# --- where rules apply ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["relu6", "relu6 module"])
def test_rules_that_override_modules_are_unsupported_on_relu6(kind: str) -> None:
    for rule in RULES:
        if rule in (*ON_MODULES, "grad_cam"):
            with pytest.raises(UnsupportedError, match=rule):
                explain(Attribution(rule), kind, pictures())
        else:
            assert explain(Attribution(rule, samples=49), kind, pictures(2)).shape == (2, 28, 28)
    with pytest.raises(UnsupportedError, match=r"ReLU module.*Hardtanh"):
        explain(Attribution("guided_backprop"), kind, pictures())


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_captum_would_say_there_without_a_word() -> None:
    """The premise: on relu6 these maps are the plain gradient's, and no one is told."""
    network, given = made("relu6"), pictures().requires_grad_(True)
    (plain,) = torch.autograd.grad(network(given)[:, 0].sum(), given)
    given = given.detach()
    for kind in (attr.GuidedBackprop, attr.Deconvolution):
        assert torch.equal(kind(network).attribute(given.clone(), target=0), plain)
    lifted = attr.DeepLift(network).attribute(given.clone(), target=0)
    assert torch.allclose(lifted, given * plain, atol=1e-7)


def test_no_two_rules_give_the_same_map_on_the_layout_of_a_resnet() -> None:
    given = pictures(4)
    found = {rule: explain(Attribution(rule), "small", given) for rule in RULES}
    for one, other in combinations(found, 2):
        pair = torch.stack([found[one].flatten(), found[other].flatten()]).double()
        assert abs(float(torch.corrcoef(pair)[0, 1])) < 0.999, (one, other)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_epsilon_everywhere_would_be_the_gradient_times_the_input() -> None:
    """Why LRP has another rule in convolutions (Ancona et al. 2018)."""
    network, given = made("in place"), pictures()
    with out_of_place(network):
        relevance = attr.LRP(_ruled(network)).attribute(given.clone(), target=0)
    plain = attr.InputXGradient(made("in place")).attribute(given.clone(), target=0)
    assert torch.allclose(relevance, plain, atol=1e-5)


def _ruled(network: nn.Module) -> nn.Module:
    from captum.attr._utils.lrp_rules import EpsilonRule

    for module in network:
        if isinstance(module, nn.Flatten):
            module.rule = EpsilonRule()
    return network


def test_every_rule_applies_to_resnet50() -> None:
    with torch.random.fork_rng(devices=[]):
        network = ResNet50().eval().requires_grad_(False)
    anatomy = examine(network, pictures(1, size=64), ("layer4.2",))
    assert anatomy.maps == ("layer4.2",)
    assert [refusal(rule, anatomy, network, 2) for rule in RULES] == [None] * len(RULES)


def test_a_module_that_is_called_twice() -> None:
    given = pictures()
    assert explain(Attribution("guided_backprop"), "shared", given).shape == (3, SIDE, SIDE)
    for rule in ("deconvolution", "deep_lift"):
        with pytest.raises(UnsupportedError, match="'relu' is called more often"):
            explain(Attribution(rule), "shared", given)
    with pytest.raises(UnsupportedError, match=r"Mean outside of modules \(1\)"):
        explain(Attribution("lrp"), "shared", given)


@pytest.mark.parametrize("rule", RULES)
def test_activations_that_work_in_place(rule: str) -> None:
    given = pictures(2)
    assert torch.isfinite(explain(Attribution(rule, samples=49), "in place", given)).all()


def test_one_picture_alone() -> None:
    for rule in RULES:
        if rule == "feature_permutation":
            with pytest.raises(UnsupportedError, match="there is only one"):
                explain(Attribution(rule), "small", pictures(1))
        else:
            found = explain(Attribution(rule, samples=49), "small", pictures(1))
            assert found.shape == (1, SIDE, SIDE)
            assert float(found.abs().max()) > 0, rule


def test_anatomy_of_a_network() -> None:
    network = made("small")
    seen = examine(network, pictures(1), ("layer1", "avgpool", "conv1"))
    names = [o.name for o in seen.operations]
    assert names.count("Relu") == 7
    assert names.count("Convolution") == 9
    assert {o.name for o in seen.operations if not o.linear} == {"Relu", "MaxPool2DWithIndices"}
    assert {o.name for o in seen.operations if o.module is None} == {"View"}
    assert seen.maps == ("layer1", "conv1")
    assert seen.follows["bn1"] == "conv1"
    # The block's input goes two ways: nothing follows it alone.
    assert "layer2.conv1" not in seen.follows
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())


def test_what_an_activation_takes_is_counted() -> None:
    network = nn.Sequential(nn.Conv2d(3, 5, 1), nn.ReLU(), nn.Flatten(), nn.Linear(5 * 16, 2))
    network.requires_grad_(False)
    kept = examine(network, torch.rand(1, 3, 4, 4)).kept
    # The picture and the activation's output; weights are there anyway.
    assert kept == (3 + 5) * 16 * 4


# --- memory ---------------------------------------------------------------------------------


def most_at_once(method: Attribution, given: Tensor) -> tuple[Tensor, int]:
    seen: list[int] = []

    @dataclass(frozen=True)
    class Listened(Net):
        def network(self) -> nn.Module:
            network = super().network()
            network.register_forward_hook(lambda m, i, o: seen.append(len(i[0])))
            return network

    rng = torch.Generator().manual_seed(0)
    found = method.explain(LocaliseGiven(Listened("small"), 0, given), Budget(10**9), rng)
    return found.maps, max(seen)


@pytest.mark.parametrize("rule", [*PERTURBING, "integrated_gradients", "deep_lift_shap", "lrp"])
def test_slices_change_nothing(rule: str) -> None:
    given = pictures(4)
    kept = examine(made("small"), given[:1], LAYERS["small"]).kept
    whole, many = most_at_once(Attribution(rule, samples=49, steps=8, chunk=64), given)
    few, two = most_at_once(Attribution(rule, samples=49, steps=8, memory=2 * kept * 2), given)
    assert two <= 2 < many
    assert torch.allclose(whole, few, atol=1e-4 * float(whole.abs().max()))


def test_too_little_memory_is_told() -> None:
    with pytest.raises(ValueError, match="`memory` allows 1000"):
        explain(Attribution(memory=1000), "small", pictures())


def test_cells_of_the_mask() -> None:
    maps = explain(Attribution("feature_ablation", side=2), "small", pictures())
    quarters = maps.unfold(1, 14, 14).unfold(2, 14, 14).flatten(3)
    assert torch.equal(quarters.amin(-1), quarters.amax(-1))
    with pytest.raises(ValueError, match="have no 40 cells a side"):
        explain(Attribution("lime", side=40), "small", pictures())


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"rule": "salience"}, "did you mean 'saliency'"),
        ({"side": 0}, "side must be at least 1"),
        ({"baseline": 1.5}, "baseline must be at least 0 and at most 1"),
        ({"memory": 0}, "memory must be at least 1"),
    ],
)
def test_bad_parameters(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(AssayError, match=re.escape(told)):
        make_plugin("methods", "attribution", fields)


@pytest.mark.parametrize("rule", RULES)
def test_passes_are_known_beforehand(rule: str) -> None:
    method = Attribution(rule, side=3, samples=20, steps=5, colours=3, chunk=4)
    given = LocaliseGiven(Net("small"), 0, pictures(3))
    meter = Meter()
    metered = replace(given, subject=Metered(given.subject, meter))
    method.explain(metered, Budget(10**6), torch.Generator().manual_seed(0))
    spent = meter.passes
    with pytest.raises(BudgetExceededError, match=f"takes {spent} passes for 3 pictures"):
        method.explain(metered, Budget(spent - 1), torch.Generator().manual_seed(0))
    assert meter.passes == spent + 1


# --- the rules of methods -------------------------------------------------------------------


@pytest.mark.parametrize("rule", [r for r in RULES if r != "feature_permutation"])
def test_each_rule_leaves_everything_as_it_found_it(rule: str) -> None:
    method = Attribution(rule, side=2, samples=8, steps=4, colours=2)
    check_method(method, LocaliseGiven(Net("small"), 0, pictures(2)), passes=200)


def test_feature_permutation_leaves_the_random_state() -> None:
    before = torch.get_rng_state()
    one, other = (
        explain(Attribution("feature_permutation"), "small", pictures(), seed) for seed in (0, 1)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(one, other)


# --- the task and the judge -----------------------------------------------------------------


def test_the_footprint_is_where_the_patch_was_put() -> None:
    task = Localise(catalogue="handmade", subject="handmade-trojaned", size=96, pictures=6)
    case = next(c for c in task.cases(0) if c.name == "green_star")
    given, truth = case.given.open(), case.truth.open()
    assert given.pictures.shape == (6, 3, 96, 96)
    assert truth.footprints.shape == (6, 96, 96)
    assert set(truth.footprints.unique().tolist()) == {0.0, 1.0}
    for picture, footprint in zip(given.pictures, truth.footprints, strict=True):
        red, green, blue = picture[:, footprint == 1]
        assert float((green - (red + blue) / 2).mean()) > 0.2
    # A star of at most 1.25 * 64/224 of the side covers less than the square around it.
    area = truth.footprints.mean((1, 2))
    assert float(area.min()) > 0.01
    assert float(area.max()) < (1.25 * 64 / 224) ** 2


def test_the_twin_is_asked_about_the_same_pictures() -> None:
    ours, theirs = (
        list(Localise("handmade", subject, 64, 3).cases(0))
        for subject in ("handmade-trojaned", "handmade")
    )
    for one, other in zip(ours, theirs, strict=True):
        assert one.given.key != other.given.key
        assert (one.question.key, one.truth.key) == (other.question.key, other.truth.key)
        assert torch.equal(one.given.open().pictures, other.given.open().pictures)
    first, second = (next(iter(Localise("handmade", pictures=3).cases(seed))) for seed in (0, 1))
    assert first.given.key != second.given.key


def test_the_outline_surrounds_the_footprint() -> None:
    footprint = torch.zeros(1, 12, 12)
    footprint[0, 4:8, 4:8] = 1
    drawn = outlined(torch.zeros(1, 3, 12, 12), footprint)
    assert float(drawn[:, :, 4:8, 4:8].max()) == 0
    assert float(drawn[0, 1, 2:10, 2:4].min()) == 1
    assert float(drawn[:, :, :2].max()) == 0


def test_only_patches_are_asked_for() -> None:
    task = Localise("twelve", "lite0", 64, 1)
    assert all(c.kind == "patch" for c in task.cases(0))
    assert len(list(task.cases(0))) == 4


def test_grades_are_means_over_pictures() -> None:
    truth = LocaliseTruth("x", torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]]]), torch.zeros(0, 3, 1, 2))
    maps = torch.tensor([[[5.0, -1.0]], [[0.0, 0.0]]])
    grades = Localise().grade(truth, Answer(maps=maps))
    assert list(grades) == ["correlation", "inside", "pointing", "silent"]
    assert list(grades.values()) == pytest.approx([0.5, 0.75, 0.75, 0.5])


def test_the_judge_hands_maps_on() -> None:
    question, rng = LocaliseQuestion(pictures(2)), torch.Generator()
    maps = torch.randn(2, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    answer = Overlay().answer(question, Heatmaps(maps), rng)
    assert answer.maps is not None
    assert torch.equal(answer.maps, maps)
    coarse = torch.tensor([[[1.0, 1.0], [0.0, 0.0]]]).repeat(2, 1, 1)
    enlarged = Overlay().answer(question, Heatmaps(coarse), rng).maps
    assert enlarged is not None
    assert enlarged.shape == (2, SIDE, SIDE)
    assert float(enlarged[:, :7].min()) == 1
    with pytest.raises(ValueError, match="2 pictures, and maps"):
        Overlay().answer(question, Heatmaps(maps[:1]), rng)
    with pytest.raises(UnsupportedError, match="needs heatmaps"):
        Overlay().answer(question, Images(pictures(1), (0.0,), (0,)), rng)


# --- runs -----------------------------------------------------------------------------------

SUITE = """
    name = "where"
    seeds = [0]
    size = 64
    passes = 4096
    subjects = ["handmade-trojaned", "handmade"]
    judges = ["overlay"]
    floors = ["blank", "random_map", "shuffled"]
    [tasks.localise]
    catalogue = "handmade"
    pictures = 3
    [methods.edges]
    [methods.blank]
    [methods.random_map]
    [methods.saliency]
    use = "attribution"
    rule = "saliency"
    [methods.grad_cam]
    use = "attribution"
    rule = "grad_cam"
    [methods.occlusion]
    use = "attribution"
    rule = "occlusion"
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("where")
    (folder / "where.toml").write_text(SUITE)
    assay.run(str(folder / "where.toml"), out=folder / "out")
    return folder / "out"


def means(folder: Path) -> dict[tuple[str, str], float]:
    ours = [r for r in Results(folder).rows() if r.subject == "handmade-trojaned"]
    return {(r.method, r.metric): r.mean for r in ours if r.mean is not None}


def test_a_run_finds_the_patches(ran: Path) -> None:
    found = means(ran)
    for metric in ("correlation", "inside", "pointing"):
        assert found["ideal", metric] == pytest.approx(1.0)
        assert found["grad_cam", metric] > found["edges", metric]
        assert found["grad_cam", metric] > found["random_map", metric] + 0.3
        # The twin has no unit for the colours.
        assert found["grad_cam", metric] > found["grad_cam", f"twin_{metric}"] + 0.2
        assert found["edges", metric] == pytest.approx(found["edges", f"twin_{metric}"])
    assert found["blank", "correlation"] == 0
    assert found["blank", "silent"] == 1
    assert found["grad_cam", "correlation"] > 0.5
    assert found["occlusion", "pointing"] > 0.8
    assert abs(found["random_map", "correlation"]) < 0.3
    assert abs(found["shuffled", "correlation"]) < 0.3
    # Made from the truth: on the twin it says nothing new.
    assert ("ideal", "twin_correlation") not in found


def test_an_answer_with_maps_comes_back_and_is_kept_once(ran: Path) -> None:
    results = Results(ran)
    executor = Executor(results.suite, ran)
    answers, findings = (results.store.latest(name) for name in ("answers", "findings"))
    kept = [a for a in answers.values() if a["finding"] is not None]
    assert kept
    for row in kept:
        found = findings[row["finding"]]
        assert row["measured"]["maps/"]["tensors"] == found["finding"]["tensors"]
    back = executor._answer_of(kept[0])
    assert back.measured == {}
    assert back.maps is not None
    assert torch.equal(back.maps, results.store.finding(kept[0]["finding"]).maps)


def test_the_table_and_the_report_show_all_of_it(ran: Path) -> None:
    from assay.tables import text_table

    table = text_table(Results(ran))
    for name in ("correlation [95 %]", "inside [95 %]", "pointing [95 %]", "twin_pointing [95 %]"):
        assert name in table
    page = write_report(ran).read_text(encoding="utf-8")
    assert "twin correlation" in page
    assert "Each map lies in red over the picture" in page
    # Three maps of each of six methods on two networks, and the pictures, in four cases.
    assert page.count("data:image/webp") == 4 * (3 * 6 * 2 + 3)


def test_a_rule_that_does_not_apply_is_a_status(tmp_path: Path) -> None:
    suite = """
        name = "capped"
        size = 32
        passes = 64
        subjects = ["lite0"]
        judges = ["overlay"]
        [tasks.localise]
        catalogue = "twelve"
        pictures = 2
        [methods.saliency]
        use = "attribution"
        [methods.guided_backprop]
        use = "attribution"
        rule = "guided_backprop"
        [methods.lrp]
        use = "attribution"
        rule = "lrp"
    """
    (tmp_path / "capped.toml").write_text(suite)
    try:
        run = assay.run(str(tmp_path / "capped.toml"), out=tmp_path / "out", cases=["smiley_emoji"])
    except AssayError as error:
        pytest.skip(f"the network's weights aren't here: {error}")
    statuses = {c["method"]: c["status"] for c in run.cells() if c["method"] != "ideal"}
    assert statuses == {
        "saliency": "ok",
        "guided_backprop": "unsupported",
        "lrp": "unsupported",
    }
    assert all(c["metrics"] == {} for c in run.cells() if c["status"] == "unsupported")
    assert "Unsupported here, and so without a score: guided_backprop, lrp." in run.table()
    page = write_report(tmp_path / "out").read_text(encoding="utf-8")
    assert page.count('colspan="4">unsupported</td>') == 2
    assert "Hardtanh outside of modules (33)" in page


def test_twins_stand_beside_metrics_that_nobody_chose_by() -> None:
    common = {"task": "t", "judge": "j", "kind": "", "seed": 0, "status": "ok", "top": None}
    cells = [
        {
            **common,
            "subject": subject,
            "twin_of": None if subject == "net" else "net",
            "case": case,
            "method": method,
            "finding": None if method == "ideal" else "key",
            "metrics": {"hits": value},
        }
        for subject, case, method, value in (
            ("net", "a", "tool", 1.0),
            ("net", "b", "tool", 0.5),
            ("net", "a", "ideal", 1.0),
            ("twin", "a", "tool", 0.2),
            ("twin", "b", "tool", 0.4),
            ("twin", "a", "ideal", 1.0),
        )
    ]
    found = {(r.subject, r.method, r.metric): r.mean for r in rows(cells)}
    assert found["net", "tool", "hits"] == pytest.approx(0.75)
    assert found["net", "tool", "twin_hits"] == pytest.approx(0.3)
    assert ("net", "ideal", "twin_hits") not in found


def test_the_suite_for_resnet50_says_which_file_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"it wants paths \(trojaned\)"):
        make_plan(load_suite("localise_resnet50"))
    file = tmp_path / "mine.toml"
    file.write_text('suite = "localise_resnet50"\ntrojaned = "resnet50.pth"')
    with pytest.raises(SuiteError, match=rf"there is no trojaned {tmp_path / 'resnet50.pth'}"):
        load_suite(file)


@pytest.mark.parametrize("name", ["localise", "localise_resnet50"])
def test_the_packaged_suites_have_every_rule(name: str) -> None:
    suite = load_suite(name)
    tools = {m: suite.plugin("methods", m) for m in suite.methods}
    rules = {m: tool.rule for m, tool in tools.items() if isinstance(tool, Attribution)}
    assert rules == {rule: rule for rule in RULES}
    assert suite.plugin("methods", "lime") == Attribution("lime")
    assert parse_suite(SUITE).judges == suite.judges
