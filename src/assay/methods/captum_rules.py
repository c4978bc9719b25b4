"""The rules of captum that the method `attribution` offers, and the networks that each applies to.

captum overrides how single modules pass gradients back. What a network computes outside of modules,
or in modules that a rule doesn't know, captum leaves as it is without a word: guided
backpropagation is then the plain gradient, and DeepLift the gradient times the input. So what a
network is made of is read first (`assay.anatomy`), and where a rule doesn't apply it says so.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from captum import attr
from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR
from captum.attr._core.lrp import SUPPORTED_NON_LINEAR_LAYERS
from captum.attr._utils.lrp_rules import EpsilonRule, GammaRule
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from assay.anatomy import Anatomy, Operation
from assay.hooks import module_at

# Montavon et al. 2019: the share by which positive weights are raised in convolutions.
GAMMA = 0.25


@dataclass(frozen=True)
class Work:
    """What a rule works with; `rows` is how many pictures the network may see at once.

    `mask` (1, 3, s, s) numbers the cells that perturbations change together; what is taken away
    becomes the grey `baseline`; `colours` (k, 3, s, s) are plain pictures to compare with; `cells`
    counts the mask's; `samples`, `steps`: see `Attribution`.
    """

    network: nn.Module
    target: int
    anatomy: Anatomy
    rows: int
    mask: Tensor
    colours: Tensor
    baseline: float
    samples: int
    steps: int

    @property
    def cells(self) -> int:
        return int(self.mask.max()) + 1

    @property
    def rounds(self) -> int:
        """How often all cells are gone through in so many samples."""
        return max(1, self.samples // self.cells)

    @property
    def layer(self) -> nn.Module:
        """The latest layer whose output is a map."""
        return module_at(self.network, self.anatomy.maps[-1])


Rule = Callable[[Work, Tensor], Tensor]


def _in_slices(attribute: Callable[[Tensor], Tensor], pictures: Tensor, rows: int) -> Tensor:
    return torch.cat([attribute(part.clone()).detach() for part in pictures.split(max(1, rows))])


def _gradient(kind: type) -> Rule:
    """A rule that needs nothing but one way forward and back."""

    def rule(work: Work, pictures: Tensor) -> Tensor:
        tool = kind(work.network)
        return _in_slices(lambda x: tool.attribute(x, target=work.target), pictures, work.rows)

    return rule


def _grad_cam(work: Work, pictures: Tensor) -> Tensor:
    tool = attr.LayerGradCam(work.network, work.layer)

    def attribute(x: Tensor) -> Tensor:
        coarse = tool.attribute(x, target=work.target)
        assert isinstance(coarse, Tensor)
        return attr.LayerAttribution.interpolate(coarse, x.shape[2:], "bilinear")

    return _in_slices(attribute, pictures, work.rows)


def _guided_grad_cam(work: Work, pictures: Tensor) -> Tensor:
    tool = attr.GuidedGradCam(work.network, work.layer)
    return _in_slices(
        lambda x: tool.attribute(x, target=work.target, interpolate_mode="bilinear"),
        pictures,
        work.rows,
    )


def _integrated_gradients(work: Work, pictures: Tensor) -> Tensor:
    tool = attr.IntegratedGradients(work.network)
    return _in_slices(
        lambda x: tool.attribute(
            x, work.baseline, work.target, n_steps=work.steps, internal_batch_size=work.rows
        ),
        pictures,
        1,
    )


def _gradient_shap(work: Work, pictures: Tensor) -> Tensor:
    tool = attr.GradientShap(work.network)

    def attribute(x: Tensor) -> Tensor:
        draws = torch.arange(work.steps).split(work.rows)
        parts = [
            len(some) * tool.attribute(x, work.colours, len(some), target=work.target)
            for some in draws
        ]
        return torch.stack(parts).sum(0) / work.steps

    return _in_slices(attribute, pictures, 1)


def _deep_lift(work: Work, pictures: Tensor) -> Tensor:
    tool = attr.DeepLift(work.network)
    # Picture and baseline go through the network side by side.
    return _in_slices(
        lambda x: tool.attribute(x, work.baseline, work.target), pictures, work.rows // 2
    )


def _deep_lift_shap(work: Work, pictures: Tensor) -> Tensor:
    tool = attr.DeepLift(work.network)

    def attribute(x: Tensor) -> Tensor:
        # captum's DeepLiftShap takes all colours at once, and a single one not at all.
        parts = [
            tool.attribute(x.repeat(len(some), 1, 1, 1), some, work.target).sum(0, keepdim=True)
            for some in work.colours.split(max(1, work.rows // 2))
        ]
        return torch.stack(parts).sum(0) / len(work.colours)

    return _in_slices(attribute, pictures, 1)


def _lrp(work: Work, pictures: Tensor) -> Tensor:
    # On a copy: captum writes into the modules.
    network = _without_norms(copy.deepcopy(work.network), work.anatomy)
    for module in network.modules():
        known = type(module) in SUPPORTED_NON_LINEAR_LAYERS
        if next(module.children(), None) is None and not known:
            convolves = isinstance(module, nn.Conv2d)
            module.rule = GammaRule(GAMMA) if convolves else EpsilonRule()  # type: ignore[assignment]
    rules = {
        name: module.rule for name, module in network.named_modules() if "rule" in vars(module)
    }

    def attribute(x: Tensor) -> Tensor:
        # captum takes the rules away after each call.
        for name, rule in rules.items():
            module_at(network, name).rule = rule  # type: ignore[assignment]
        return attr.LRP(network).attribute(x, target=work.target)

    return _in_slices(attribute, pictures, work.rows)


def _without_norms(network: nn.Module, anatomy: Anatomy) -> nn.Module:
    """The network with each batch norm folded into the convolution before it: as LRP takes it."""
    for name, before in anatomy.follows.items():
        norm, convolution = module_at(network, name), module_at(network, before)
        if type(norm) is nn.BatchNorm2d and type(convolution) is nn.Conv2d:
            _put(network, before, fuse_conv_bn_eval(convolution, norm))
            _put(network, name, nn.Identity())
    return network.requires_grad_(False)


def _put(network: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(module_at(network, parent), own, module)


def _perturbation(attribute: Callable[[Work, Tensor], Tensor]) -> Rule:
    """A rule that takes parts of one picture away at a time."""

    def rule(work: Work, pictures: Tensor) -> Tensor:
        return _in_slices(lambda x: attribute(work, x), pictures, 1)

    return rule


def _feature_ablation(work: Work, x: Tensor) -> Tensor:
    return attr.FeatureAblation(work.network).attribute(
        x, work.baseline, work.target,
        feature_mask=work.mask, perturbations_per_eval=work.rows,
    )  # fmt: skip


def _window(work: Work) -> tuple[int, int]:
    """The side of a window as large as a cell, and how far it moves: by a cell, it would ablate."""
    side = -(-work.mask.shape[-1] // round(work.cells**0.5))
    return side, -(-side // 2)


def _occlusion(work: Work, x: Tensor) -> Tensor:
    side, step = _window(work)
    return attr.Occlusion(work.network).attribute(
        x, (3, side, side), (3, step, step), work.baseline, work.target,
        perturbations_per_eval=work.rows,
    )  # fmt: skip


def _sampled(kind: type) -> Rule:
    def attribute(work: Work, x: Tensor) -> Tensor:
        return kind(work.network).attribute(
            x, work.baseline, work.target,
            feature_mask=work.mask, n_samples=work.samples, perturbations_per_eval=work.rows,
        )  # fmt: skip

    return _perturbation(attribute)


def _shapley(work: Work, x: Tensor) -> Tensor:
    return attr.ShapleyValueSampling(work.network).attribute(
        x, work.baseline, work.target,
        feature_mask=work.mask, n_samples=work.rounds, perturbations_per_eval=work.rows,
    )  # fmt: skip


def _feature_permutation(work: Work, pictures: Tensor) -> Tensor:
    def forward(x: Tensor) -> Tensor:
        return torch.cat([work.network(part) for part in x.split(work.rows)])

    tool = attr.FeaturePermutation(forward)
    rounds = [
        tool.attribute(pictures, target=work.target, feature_mask=work.mask)
        for _ in range(work.rounds)
    ]
    return torch.stack(rounds).mean(0)


RULES: dict[str, Rule] = {
    "saliency": _gradient(attr.Saliency),
    "input_x_gradient": _gradient(attr.InputXGradient),
    "guided_backprop": _gradient(attr.GuidedBackprop),
    "deconvolution": _gradient(attr.Deconvolution),
    "grad_cam": _grad_cam,
    "guided_grad_cam": _guided_grad_cam,
    "integrated_gradients": _integrated_gradients,
    "gradient_shap": _gradient_shap,
    "deep_lift": _deep_lift,
    "deep_lift_shap": _deep_lift_shap,
    "lrp": _lrp,
    "feature_ablation": _perturbation(_feature_ablation),
    "feature_permutation": _feature_permutation,
    "occlusion": _perturbation(_occlusion),
    "lime": _sampled(attr.Lime),
    "kernel_shap": _sampled(attr.KernelShap),
    "shapley_value_sampling": _perturbation(_shapley),
}
_ON_RELUS = ("guided_backprop", "deconvolution", "guided_grad_cam")
_ON_STEPS = ("deep_lift", "deep_lift_shap")
_ON_MAPS = ("grad_cam", "guided_grad_cam")


def passes(rule: str, work: Work) -> int:
    """How many passes the rule takes for one picture."""
    side, step = _window(work)
    windows = -(-(work.mask.shape[-1] - side) // step) + 1
    of_several = {
        "guided_grad_cam": 4,
        "deep_lift": 4,
        "lrp": 3,
        "integrated_gradients": 2 * work.steps,
        "gradient_shap": 2 * work.steps,
        "deep_lift_shap": 4 * len(work.colours),
        "feature_ablation": 1 + work.cells,
        "feature_permutation": work.rounds * (1 + work.cells),
        "occlusion": 1 + windows**2,
        "lime": work.samples,
        "kernel_shap": work.samples,
        "shapley_value_sampling": 1 + work.rounds * work.cells,
    }
    return of_several.get(rule, 2)


def refusal(rule: str, anatomy: Anatomy, network: nn.Module, pictures: int) -> str | None:
    """Why the rule doesn't apply to this network and so many pictures, a sentence; None if it does.

    Rules that only take gradients, or only perturb, apply to any.
    """
    kinds: dict[str | None, type] = {n: type(m) for n, m in network.named_modules()}
    # What runs outside of modules is of no type that any rule knows.
    kinds[None] = type(None)
    bent = [o for o in anatomy.operations if not o.linear]
    if rule == "feature_permutation" and pictures < 2:
        return "feature_permutation exchanges parts between pictures, and there is only one"
    if rule in _ON_MAPS and not anatomy.maps:
        return f"{rule} needs a layer whose output is a map, and the subject's layers have none"
    if rule in _ON_RELUS:
        relus = [o for o in bent if o.name == "Relu" and issubclass(kinds[o.module], nn.ReLU)]
        others = [o for o in bent if o not in relus and not o.name.startswith("MaxPool")]
        if others or not relus:
            return _said(rule, "every activation to be a ReLU module", others)
    if rule in _ON_STEPS:
        others = [o for o in bent if kinds[o.module] not in SUPPORTED_NON_LINEAR]
        if others:
            return _said(
                rule, "every non-linear step to be a module that it has a rule for", others
            )
    if rule == "lrp":
        known = (nn.MaxPool2d, *SUPPORTED_NON_LINEAR_LAYERS)
        others = [
            o
            for o in anatomy.operations
            if (o.module is None and not o.moves) or (not o.linear and kinds[o.module] not in known)
        ]
        if others:
            return _said(rule, "every step to be a module that it has a rule for", others)
    if rule in ("deconvolution", "guided_grad_cam", "lrp", *_ON_STEPS):
        ours = {o.module for o in bent} if rule != "lrp" else set(anatomy.calls)
        again = sorted(name for name in ours if name and anatomy.calls[name] > 1)
        if again:
            return (
                f"{rule} needs modules that are called once, and {again[0]!r} is called more often"
            )
    return None


def _said(rule: str, needed: str, others: Iterable[Operation]) -> str:
    counted = Counter(
        f"{o.name} {'outside of modules' if o.module is None else 'in modules'}" for o in others
    )
    listed = ", ".join(f"{name} ({times})" for name, times in counted.most_common(4))
    return f"{rule} needs {needed}, and this network has {listed or 'no ReLU at all'}"
