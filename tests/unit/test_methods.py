"""The methods that paint or choose pictures, on networks whose answer is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay.envelopes import PredictGiven
from assay.hooks import Meter
from assay.methods.adversarial_patch import AdversarialPatch
from assay.methods.exemplars import Exemplars
from assay.methods.feature_level import FeatureLevel
from assay.methods.feature_visualization import FeatureVisualization
from assay.methods.noise import Noise
from assay.methods.snafue import Snafue
from assay.methods.tabor import Tabor
from assay.subject import Metered, Subject
from assay.types import Budget, BudgetExceededError, Images, UnsupportedError

SIZE = 32


class Colours(nn.Module):
    """Units: how much each of six colours is above grey; class 0 reads green less red."""

    MIXTURES = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0.7, 0.7), (0.6, 0.6, 0), (0.3, 0.3, 0.3))
    READ = ((-1.0, 2.0, 0.1, 0.5, 0.0, 0.0), (1.0, -1.0, 0.0, 0.0, 0.0, 0.0))

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 6, 1, bias=False)
        self.norm = nn.BatchNorm2d(6)
        self.head = nn.Linear(6, 2)
        self.mix.weight.data.copy_(torch.tensor(self.MIXTURES)[:, :, None, None])
        self.head.weight.data.copy_(torch.tensor(self.READ))
        self.head.bias.data.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.mix(x)).relu().mean((2, 3)))


def pattern(side: int = 9) -> Tensor:
    """A green disc on violet, (3, side, side) in [0, 1]."""
    line = torch.linspace(-1, 1, side)
    disc = (line[:, None].square() + line[None].square() < 0.45).float()
    return torch.stack([0.8 - 0.7 * disc, 0.1 + 0.8 * disc, 0.9 - 0.8 * disc])


class Matched(nn.Module):
    """Class 1 is as likely as the pattern is alike at the places where it is most so."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = nn.Conv2d(3, 1, 9, padding=4, padding_mode="replicate")
        weight = centred(pattern())
        self.filter.weight.data.copy_((weight / weight.abs().sum())[None])
        self.filter.bias.data.zero_()

    def forward(self, x: Tensor) -> Tensor:
        alike = (60 * self.filter(x)).logsumexp((1, 2, 3))
        return torch.stack([torch.zeros_like(alike), alike - 12], 1)


def centred(picture: Tensor) -> Tensor:
    """The picture (3, h, w) with each colour's mean taken out."""
    return picture - picture.mean((1, 2), keepdim=True)


def likeness(one: Tensor, other: Tensor) -> float:
    """The cosine of two pictures, means of colours taken out, at the best shift."""
    waves = [torch.fft.rfft2(centred(picture)) for picture in (one, other)]
    over_shifts = torch.fft.irfft2((waves[0] * waves[1].conj()).sum(0), s=(SIZE, SIZE))
    return float(over_shifts.max() / centred(one).norm() / centred(other).norm())


@dataclass(frozen=True)
class Written(Subject):
    """A hand-written network, the same one each time, so that traces on it can be seen."""

    made: nn.Module = field(compare=False)
    head: str = "head"  # type: ignore[assignment]
    name: str = "written"  # type: ignore[assignment]
    digest: str = "written"  # type: ignore[assignment]
    size: int = SIZE  # type: ignore[assignment]
    class_names: tuple[str, ...] = ("a", "b")  # type: ignore[assignment]
    layers: tuple[str, ...] = ("head",)  # type: ignore[assignment]

    def network(self) -> nn.Module:
        return self.made.eval().requires_grad_(False)


def given(
    network: nn.Module, target: int = 0, *, limit: int | None = None, shown: int = 2, **more: Any
) -> PredictGiven:
    pictures = torch.rand(12, 3, 4, 4, generator=torch.Generator().manual_seed(5))
    return PredictGiven(
        subject=Metered(Written(network), more.pop("meter", Meter(limit))),
        target_class=target,
        source_class=more.pop("source", None),
        pictures=more.pop("pictures", F.interpolate(pictures, size=(SIZE, SIZE), mode="bilinear")),
        visualizations=shown,
    )


def explain(method: Any, what: PredictGiven, passes: int = 200, seed: int = 0) -> Images:
    return method.explain(what, Budget(passes), torch.Generator().manual_seed(seed))


METHODS = {
    "noise": Noise(),
    "exemplars": Exemplars(),
    "target_fourier": FeatureVisualization(),
    "target_cppn": FeatureVisualization(parameterization="cppn"),
    "target_pixels": FeatureVisualization(parameterization="pixels", views=2, surplus=2),
    "inner_fourier": FeatureVisualization(objective="inner", surplus=2),
    "patch_fourier": AdversarialPatch(),
    "patch_pixels": AdversarialPatch(parameterization="pixels", surplus=2, backgrounds=2),
    "tabor": Tabor(),
    "rfla_perturb": FeatureLevel(independent="", backgrounds=4),
    "rfla_generator": FeatureLevel("generator", independent="", backgrounds=4),
    "snafue": Snafue(synthetic=3),
}
PAINTERS = [name for name in METHODS if name not in ("noise", "exemplars")]


def step_of(method: Any, shown: int) -> int:
    """The passes of one step."""
    if isinstance(method, Snafue):
        return 2 * method.synthetic * method.backgrounds
    if isinstance(method, Tabor):
        return 2 * shown * method.surplus * (method.backgrounds + 1)
    each = method.views if isinstance(method, FeatureVisualization) else method.backgrounds
    return 2 * shown * method.surplus * each


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("shown", [1, 3])
def test_a_finding_has_the_pictures_asked_for(name: str, shown: int):
    finding = explain(METHODS[name], given(Colours(), shown=shown))
    assert finding.pictures.shape == (shown, 3, SIZE, SIZE)
    assert 0 <= finding.candidates.min() <= finding.candidates.max() <= 1
    assert len(finding.scores) == len(finding.candidates)
    assert len(set(finding.chosen)) == shown
    assert not finding.candidates.requires_grad


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_gives_the_same_finding_and_another_another(name: str):
    network = Colours()

    def pictures(seed: int) -> Tensor:
        finding = explain(METHODS[name], given(network), seed=seed)
        # The scores, too: those who choose from the same pool may well choose the same.
        return torch.cat([finding.candidates.flatten(), torch.tensor(finding.scores)])

    state = torch.get_rng_state()
    first = pictures(1)
    assert torch.equal(first, pictures(1))
    # Exemplars leave nothing to chance as long as the budget reaches for all pictures.
    assert torch.equal(first, pictures(2)) == (name == "exemplars")
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("name", PAINTERS)
@pytest.mark.parametrize("passes", [130, 200, 333])
def test_the_budget_is_used_up_to_a_step_and_never_exceeded(name: str, passes: int):
    meter = Meter(passes)
    method = METHODS[name]
    explain(method, given(Colours(), meter=meter), passes)
    assert passes - step_of(method, 2) < meter.passes <= passes
    # Inner units too are charged for the whole way back; half of SNAFUE's passes look at patches.
    assert meter.backward > (0.15 if name == "snafue" else 0.3) * meter.passes


@pytest.mark.parametrize("name", PAINTERS)
def test_a_budget_without_a_single_step_is_refused(name: str):
    meter = Meter()
    with pytest.raises(BudgetExceededError, match="one step needs"):
        explain(METHODS[name], given(Colours(), meter=meter), passes=5)
    assert meter.passes == 0


@pytest.mark.parametrize("name", PAINTERS)
@pytest.mark.parametrize("limit", [None, 60])
def test_the_network_is_left_as_it_was_also_after_an_exception(name: str, limit: int | None):
    network = Colours()
    before = {k: v.clone() for k, v in network.state_dict().items()}
    # The hooks that remain are those that a metered subject puts on each network that it makes.
    opened = Metered(Written(Colours()), Meter()).network()
    what = given(network, limit=limit)
    if limit is None:
        explain(METHODS[name], what)
    else:
        with pytest.raises(BudgetExceededError, match="the budget is 60"):
            explain(METHODS[name], what)
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])
    assert not any(m.training for m in network.modules())
    assert not any(p.requires_grad or p.grad is not None for p in network.parameters())
    assert len(network._forward_hooks) == len(opened._forward_hooks)
    assert not any(m._forward_hooks for m in network.modules() if m is not network)


@pytest.mark.parametrize("parameterization", ["fourier", "cppn", "pixels"])
def test_the_target_s_colour_is_painted(parameterization: str):
    method = FeatureVisualization(parameterization=parameterization, rate=0.1)
    red, green, _ = explain(method, given(Colours(), target=0), 400).pictures.mean((0, 2, 3))
    assert green > 0.7
    assert red < 0.4
    red, green, _ = explain(method, given(Colours(), target=1), 400).pictures.mean((0, 2, 3))
    assert red > 0.7
    assert green < 0.4


def test_a_source_class_changes_nothing_about_the_target_s_logit():
    plain = explain(FeatureVisualization(), given(Colours()))
    sourced = explain(FeatureVisualization(), given(Colours(), source=1))
    assert torch.equal(plain.candidates, sourced.candidates)


def test_inner_units_are_those_of_the_largest_weight_times_spread():
    # Unit 2 (blue) has a twentieth of unit 1's weight, and the pictures differ most in blue;
    # unit 3 (green and blue) has a quarter of the weight and about the same spread as blue.
    line = torch.linspace(0, 1, 6)
    pictures = torch.full((6, 3, SIZE, SIZE), 0.5)
    pictures[:, 2] = line[:, None, None]
    what = given(Colours(), pictures=pictures, shown=2)
    finding = explain(FeatureVisualization(objective="inner", surplus=2), what, 500)
    # Influences: unit 3 .5 * .7, unit 2 .1 * 1, all others read no blue. Candidates take turns.
    assert [index % 2 for index in finding.chosen] == [0, 1]
    first, second = finding.pictures
    red, green, blue = first.mean((1, 2))
    assert abs(green - blue) < 0.1
    assert green > red + 0.1
    red, green, blue = second.mean((1, 2))
    assert blue > green + 0.04
    assert blue > red + 0.04
    for unit in (0, 1):
        mine = [finding.scores[unit], finding.scores[2 + unit]]
        assert finding.scores[finding.chosen[unit]] == max(mine)


def test_inner_units_are_taken_in_turns_where_the_head_has_too_few():
    finding = explain(FeatureVisualization(objective="inner"), given(Colours(), shown=8), 800)
    assert len(finding.chosen) == 8
    assert torch.allclose(torch.tensor(finding.scores[:2]), torch.tensor(finding.scores[6:]), 0.2)


def test_inner_units_need_a_linear_head():
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    what = given(network)
    what = PredictGiven(
        Metered(Written(network, head="2"), Meter()), 0, None, what.pictures, what.visualizations
    )
    with pytest.raises(UnsupportedError, match="Flatten"):
        explain(FeatureVisualization(objective="inner"), what)


def test_the_best_candidates_are_shown():
    finding = explain(FeatureVisualization(surplus=3), given(Colours()))
    assert len(finding.candidates) == 6
    ranked = sorted(finding.scores, reverse=True)
    assert [finding.scores[i] for i in finding.chosen] == ranked[:2]


@pytest.mark.parametrize("seed", range(5))
def test_a_patch_finds_the_pattern_that_the_network_looks_for(seed: int):
    what = given(Matched(), target=1)
    finding = explain(AdversarialPatch(), what, passes=2000, seed=seed)
    wanted = F.interpolate(pattern()[None], size=(SIZE, SIZE), mode="bilinear")[0]
    noise = explain(Noise(), what, seed=seed)
    assert max(likeness(picture, wanted) for picture in noise.pictures) < 0.3
    assert min(likeness(picture, wanted) for picture in finding.pictures) > 0.6
    assert min(finding.scores) > 0.5


def test_patches_are_better_with_more_passes():
    def score(passes: int) -> float:
        return max(explain(AdversarialPatch(), given(Matched(), target=1), passes).scores)

    assert score(80) < score(200) < score(800)


def test_exemplars_are_the_surest_of_the_given_pictures_the_best_first():
    shades = torch.tensor([0.3, 0.9, 0.1, 0.7, 0.5])
    pictures = torch.zeros(5, 3, SIZE, SIZE)
    pictures[:, 1] = shades[:, None, None]
    meter = Meter(5)
    finding = explain(Exemplars(chunk=2), given(Colours(), pictures=pictures, meter=meter), 5)
    assert torch.equal(finding.pictures, pictures[[1, 3]])
    assert finding.scores[0] > finding.scores[1] > 0.5
    assert (meter.forward, meter.backward) == (5, 0)


def test_exemplars_look_at_as_many_pictures_as_the_budget_allows():
    meter = Meter(4)
    finding = explain(Exemplars(), given(Colours(), meter=meter), passes=4)
    assert meter.passes == 4
    assert len(finding.pictures) == 2
    others = [explain(Exemplars(), given(Colours()), 4, seed).candidates for seed in range(1, 5)]
    assert not all(torch.equal(finding.candidates, other) for other in others)
    with pytest.raises(BudgetExceededError):
        explain(Exemplars(), given(Colours()), passes=0)


def test_noise_never_opens_the_network():
    meter = Meter(0)
    finding = explain(Noise(), given(Colours(), meter=meter), passes=0)
    assert meter.passes == 0
    assert finding.scores == (0.0, 0.0)
    # Full of contrast, and no two alike.
    assert 0.08 < finding.pictures.std() < 0.35
    assert not torch.equal(finding.pictures[0], finding.pictures[1])


@pytest.mark.parametrize(
    ("method", "parameters", "message"),
    [
        (FeatureVisualization, {"parameterization": "oil"}, "fourier"),
        (FeatureVisualization, {"objective": "outer"}, "target or inner"),
        (FeatureVisualization, {"views": 0}, "views"),
        (AdversarialPatch, {"fraction": 0.7}, "fraction"),
        (AdversarialPatch, {"backgrounds": 0}, "backgrounds"),
        (AdversarialPatch, {"rate": -1.0}, "rate"),
        (Exemplars, {"chunk": 0}, "chunk"),
        (Noise, {"contrast": 0.0}, "contrast"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(method: Any, parameters: dict, message: str):
    with pytest.raises(ValueError, match=message):
        method(**parameters)


class Shy(Colours):
    """Unit 1 speaks up only where green is well above grey."""

    def __init__(self) -> None:
        super().__init__()
        self.norm.bias.data[1] = -0.6


def test_a_silent_inner_unit_is_woken_by_the_target_s_logit():
    shades = torch.linspace(0.2, 1, 6)
    pictures = torch.full((6, 3, SIZE, SIZE), 0.5)
    pictures[:, 1] = shades[:, None, None]
    network = Shy()
    grey = torch.full((1, 3, SIZE, SIZE), 0.5)
    assert network.eval().norm(network.mix(grey))[0, 1].max() < 0
    what = given(network, pictures=pictures, shown=1)
    finding = explain(FeatureVisualization(objective="inner", rate=0.15), what, 500)
    assert finding.scores[0] > 0.1
    # The score is the activation itself, without the logit that woke it.
    activation = network.norm(network.mix(finding.pictures))[:, 1].relu().mean()
    assert finding.scores[0] == pytest.approx(float(activation), rel=1e-4)
