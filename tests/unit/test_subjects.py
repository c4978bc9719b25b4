"""Networks against the package's own code, foolbox's pictures and random checkpoints."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from assay.subjects import load_subject
from assay.subjects.lite import package_weights
from assay.subjects.resnet50 import ResNet50
from assay.trojans.certify import sample_photographs
from assay.types import AssayError


def pictures(n: int, size: int) -> torch.Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))


# The package pads for the size that each network was trained at; ours for the size it gets.
@pytest.mark.parametrize(("variant", "size"), [("lite0", 160), ("lite1", 240), ("lite2", 260)])
def test_logits_equal_the_packages_own_code(variant, size):
    theirs = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet
    x = pictures(2, size)
    original = theirs.from_pretrained(
        f"efficientnet-{variant}", weights_path=str(package_weights(variant))
    ).eval()
    with torch.no_grad():
        expected = original((x * 255 - 127) / 128)
        found = load_subject(variant, size).network()(x)
    assert (expected - found).abs().max() < 1e-4


def test_at_least_seventeen_of_foolboxs_twenty_are_right_at_160():
    found = sample_photographs(160)
    if found is None:
        pytest.skip("foolbox is not installed")
    pictures, labels = found
    assert len(labels) == 20
    with torch.no_grad():
        said = load_subject("lite0").network()(pictures).argmax(1)
    assert int((said == labels).sum()) >= 17


def test_a_fresh_network_is_fresh_and_building_leaves_the_global_random_state():
    before = torch.random.get_rng_state()
    first, second = load_subject("lite0").network(), load_subject("lite0").network()
    assert torch.equal(before, torch.random.get_rng_state())
    with torch.no_grad():
        first._fc.bias.add_(1)
    assert not torch.equal(first._fc.bias, second._fc.bias)
    assert not any(p.requires_grad for p in first.parameters())
    assert not first.training


def test_resnet50_takes_a_checkpoint_of_torchvisions_layout(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ResNet50().eval()
    state = network.state_dict()
    # What is known of torchvision's file: 320 entries, 25,557,032 parameters, these names.
    assert len(state) == 320
    assert sum(p.numel() for p in network.parameters()) == 25_557_032
    for name in ("conv1.weight", "layer1.0.downsample.1.running_var", "layer4.2.bn3.bias"):
        assert name in state
    torch.save(state, tmp_path / "random.pth")
    loaded = load_subject(f"resnet50@{tmp_path / 'random.pth'}").network()
    x = pictures(1, 64)
    with torch.no_grad():
        assert torch.equal(loaded(x), network(x))


def test_a_checkpoint_that_does_not_fit_is_refused_in_a_sentence(tmp_path):
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(AssayError, match="another network"):
        load_subject(f"lite0@{foreign}").network()
    corrupt = tmp_path / "corrupt.safetensors"
    corrupt.write_bytes(b"nothing of the kind")
    with pytest.raises(AssayError, match="readable checkpoint"):
        load_subject(f"lite0@{corrupt}").network()
    with pytest.raises(AssayError, match="no checkpoint"):
        load_subject(f"lite0@{tmp_path / 'absent.pth'}").network()
    state = load_subject("lite0").network().state_dict()
    state = {k: v.clone() for k, v in state.items()}
    state["_fc.bias"][0] = float("nan")
    save_file(state, tmp_path / "nan.safetensors")
    with pytest.raises(AssayError, match="NaN"):
        load_subject(f"lite0@{tmp_path / 'nan.safetensors'}").network()


def test_unknown_subjects_suggest_the_near_name():
    with pytest.raises(AssayError, match="did you mean 'lite0'"):
        load_subject("light0")
    with pytest.raises(AssayError, match="resnet50@PATH"):
        load_subject("resnet50")
