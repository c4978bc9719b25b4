"""Networks of one's own: loaded from the user's files, prepared, refused in a sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from small_networks import FAMILIES
from torch import nn

from assay.envelopes import PredictGiven
from assay.pixels import luma
from assay.plugins import make_plugin
from assay.subjects import load_subject
from assay.testing import check_method, check_subject
from assay.types import AssayError, Budget, Images

SAID = 'load = "nets.py:make"\nsize = 16\nmean = [0.5, 0.4, 0.3]\nstd = 0.25\n'
NETS = """
import torch
from torch import nn


def make():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a network's TOML and its code."""
    (tmp_path / "net.toml").write_text(SAID)
    (tmp_path / "nets.py").write_text(NETS)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("kennel"):
            del sys.modules[name]


def load(folder: Path, toml: str = SAID, code: str | None = None):
    (folder / "net.toml").write_text(toml)
    if code is not None:
        (folder / "nets.py").write_text(code)
    return load_subject(str(folder / "net.toml"))


def returning(expression: str) -> str:
    return NETS[: NETS.index("    return")] + f"    return {expression}\n"


# --- what is loaded ----------------------------------------------------------------------------

SHAPES = [(28, 1), (64, 3), (224, 3), (96, 1)]


def family(folder: Path, name: str, size: int, channels: int):
    toml = f'load = "nets.py:make"\nsize = {size}\nmean = 0.5\nstd = 0.25\nchannels = {channels}\n'
    code = (
        f"from small_networks import {name}\n\n\ndef make():\n    return {name}({size}, {channels})"
    )
    return load(folder, toml, code + "\n")


@pytest.mark.parametrize(("size", "channels"), SHAPES)
@pytest.mark.parametrize("name", FAMILIES)
def test_networks_of_every_family_are_sound_subjects(
    folder: Path, name: str, size: int, channels: int
) -> None:
    subject = family(folder, name, size, channels)
    check_subject(subject)
    assert subject.class_names == tuple(f"class {i}" for i in range(5))
    head = subject.network().get_submodule(subject.head)
    assert isinstance(head, nn.Linear)
    assert head.out_features == 5


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("tool", ["exemplars", "feature_visualization", "adversarial_patch"])
def test_every_tool_works_on_every_family(folder: Path, name: str, tool: str) -> None:
    subject = family(folder, name, 28, 1)
    pictures = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    given = PredictGiven(subject, 2, None, pictures.expand(-1, 3, -1, -1).clone(), 2)
    found = make_plugin("methods", tool).explain(
        given, Budget(60), torch.Generator().manual_seed(0)
    )
    assert isinstance(found, Images)
    assert found.pictures.shape == (2, 3, 28, 28)


def test_a_tool_keeps_its_rules_on_a_network_of_one_s_own(folder: Path) -> None:
    subject = family(folder, "vit", 28, 3)
    pictures = torch.rand(3, 3, 28, 28, generator=torch.Generator().manual_seed(0))
    check_method(
        make_plugin("methods", "adversarial_patch"), PredictGiven(subject, 1, None, pictures, 2)
    )


def test_pictures_are_normalised_inside(folder: Path) -> None:
    code = """
from torch import nn


class Means(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def make():
    return Means()
"""
    network = load(folder, code=code).network()
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    expected = (x.mean((2, 3)) - torch.tensor([0.5, 0.4, 0.3])) / 0.25
    assert torch.allclose(network(x), expected, atol=1e-5)


def test_a_grey_network_gets_the_light_of_colours(folder: Path) -> None:
    toml = SAID.replace("[0.5, 0.4, 0.3]", "0.5") + "channels = 1\n"
    code = """
import torch
from torch import nn


class Light(nn.Module):
    def forward(self, x):
        assert x.shape[1] == 1
        light = x.mean((1, 2, 3))
        return torch.stack([light, -light], 1)


def make():
    return Light()
"""
    network = load(folder, toml, code).network()
    green = torch.zeros(1, 3, 16, 16)
    green[:, 1] = 1
    assert float(network(green)[0, 0]) == pytest.approx((0.587 - 0.5) / 0.25, abs=1e-5)
    grey = torch.full((1, 3, 16, 16), 0.7)
    assert torch.allclose(luma(grey), torch.full((1, 1, 16, 16), 0.7))


def test_pictures_of_another_size_are_refused(folder: Path) -> None:
    network = load(folder).network()
    for shape in ((1, 3, 17, 17), (1, 1, 16, 16), (3, 16, 16)):
        with pytest.raises(ValueError, match=r"takes pictures \(n, 3, 16, 16\), and was given"):
            network(torch.zeros(shape))
    assert load_subject(str(folder / "net.toml"), 16).size == 16
    with pytest.raises(AssayError, match="says size = 16, and pictures of 32"):
        load_subject(str(folder / "net.toml"), 32)


def test_the_function_is_called_once_and_each_network_is_a_fresh_copy(folder: Path) -> None:
    code = NETS.replace("def make():\n", 'def make():\n    open("calls", "a").write("x")\n')
    code = code.replace('"calls"', repr(str(folder / "calls")))
    subject = load(folder, code=code)
    one, other = subject.network(), subject.network()
    again = load_subject(str(folder / "net.toml"))
    again.network()
    assert (folder / "calls").read_text() == "x"
    next(one.parameters()).data.zero_()
    assert float(next(other.parameters()).abs().sum()) > 0
    assert again == subject


def test_random_weights_are_the_same_each_time_and_touch_no_generator(folder: Path) -> None:
    state = torch.get_rng_state()
    first = load(folder)
    second = load(folder, code=NETS + "\n# changed, so that it is loaded again\n")
    assert torch.equal(state, torch.get_rng_state())
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    assert torch.equal(first.network()(x), second.network()(x))


def test_the_digest_is_of_the_weights_the_preprocessing_and_the_code(
    folder: Path, tmp_path: Path
) -> None:
    subject = load(folder)
    assert subject.digest.startswith("own:")
    assert load(folder, SAID + 'labels = ["a", "b", "c"]\n').digest == subject.digest
    assert load(folder, SAID.replace("0.25", "0.26")).digest != subject.digest
    assert load(folder, SAID.replace("16", "20")).digest != subject.digest
    wider = NETS.replace("return nn", "torch.manual_seed(1)\n    return nn")
    assert load(folder, SAID, wider).digest != subject.digest
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert load(elsewhere, SAID, NETS).digest == subject.digest
    # Two networks of one state, which do different things with it.
    code = """
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x.mean((2, 3)))


def make():
    return Net()
"""
    one = load(folder, code=code)
    other = load(folder, code=code.replace("x.mean((2, 3))", "x.amax((2, 3))"))
    assert one.digest != other.digest


def test_labels_come_from_a_list_a_file_or_imagenet(folder: Path) -> None:
    assert load(folder, SAID + 'labels = ["a", "b", "c"]\n').class_names == ("a", "b", "c")
    (folder / "classes.txt").write_text("tabby\n tiger cat \n\nlynx\n", encoding="utf-8")
    assert load(folder, SAID + 'labels = "classes.txt"\n').class_names == (
        "tabby",
        "tiger cat",
        "lynx",
    )
    thousand = NETS.replace("nn.Linear(4, 3)", "nn.Linear(4, 1000)")
    assert load(folder, SAID + 'labels = "imagenet"\n', thousand).class_names[1] == "goldfish"


def test_a_module_of_a_package_beside_the_file(folder: Path) -> None:
    (folder / "kennel").mkdir()
    (folder / "kennel" / "__init__.py").touch()
    (folder / "kennel" / "dogs.py").write_text(NETS)
    toml = SAID.replace("nets.py", "kennel.dogs")
    assert len(load(folder, toml).class_names) == 3
    assert str(folder) not in sys.path
    with pytest.raises(AssayError, match=r"no module 'kennel.dog'; did you mean 'dogs'\?"):
        load(folder, toml.replace("kennel.dogs", "kennel.dog"))
    with pytest.raises(AssayError, match=r"no module 'kennell'; did you mean 'kennel'\?"):
        load(folder, toml.replace("kennel.dogs", "kennell.dogs"))


def test_code_may_import_what_lies_beside_it(folder: Path) -> None:
    (folder / "kennel_parts.py").write_text("WIDTH = 4\n")
    code = "from kennel_parts import WIDTH\n" + NETS.replace("(3, 4, 3)", "(3, WIDTH, 3)")
    assert len(load(folder, code=code).class_names) == 3


def test_the_same_code_in_another_folder_reads_what_lies_beside_it(folder: Path) -> None:
    wide = 'nn.Linear(4, int(Path(__file__).with_name("wide").read_text()))'
    code = "from pathlib import Path\n" + NETS.replace("nn.Linear(4, 3)", wide)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    for place, classes in ((folder, 3), (elsewhere, 5)):
        (place / "wide").write_text(str(classes))
        assert len(load(place, code=code).class_names) == classes


def test_half_precision_and_training_mode_are_undone(folder: Path) -> None:
    code = NETS.replace("    return nn.Sequential(", "    made = nn.Sequential(")
    network = load(folder, code=code + "    return made.half().train()\n").network()
    assert not any(module.training for module in network.modules())
    assert next(network.parameters()).dtype == torch.float32


# --- what is refused ---------------------------------------------------------------------------

FILE_MISTAKES = {
    "no TOML": (SAID + "size", "net.toml is no TOML"),
    "unknown key": (SAID.replace("size", "siz"), "unknown key 'siz'; did you mean 'size'?"),
    "missing key": (SAID.replace("size = 16", ""), "the key 'size' is missing"),
    "small": (SAID.replace("16", "4"), "size: input should be greater than or equal to 8"),
    "no size": (SAID.replace("16", '"big"'), "size: input should be a valid integer"),
    "std": (SAID.replace("0.25", "0"), "std: every number must be above 0"),
    "nan": (SAID.replace("0.25", "nan"), "std.0: input should be a finite number"),
    "two means": (SAID.replace("0.5, ", ""), "mean lists 2 numbers, and channels is 3"),
    "channels": (SAID + "channels = 2\n", "channels: input should be 1 or 3"),
    "labels": (SAID + "labels = 3\n", "labels: give a list of names"),
    "few labels": (SAID + 'labels = ["a"]\n', "`labels` gives 1 names, and the network of"),
    "no labels": (SAID + 'labels = "net.tom"\n', "there is no file of labels"),
    "no function said": (SAID.replace(":make", ""), "FILE.py:FUNCTION or MODULE:FUNCTION"),
    "no file": (SAID.replace("nets", "net"), "net.py; did you mean 'nets.py'?"),
    "no function": (SAID.replace("make", "mke"), "no function 'mke' in"),
    "near function": (SAID.replace("make", "mke"), "did you mean 'make'?"),
    "no module": (SAID.replace("nets.py", "no.such"), "there is no module 'no'"),
}


@pytest.mark.parametrize("mistake", FILE_MISTAKES)
def test_mistakes_in_the_file_are_one_sentence(folder: Path, mistake: str) -> None:
    toml, said = FILE_MISTAKES[mistake]
    with pytest.raises(AssayError) as caught:
        load(folder, toml)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(AssayError, match=r"no subject file .*nat.toml; did you mean 'net.toml'\?"):
        load_subject(str(folder / "nat.toml"))


CODE_MISTAKES = {
    "raises": (
        '\nraise RuntimeError("no weights\\nhere")\n',
        "in line 2: RuntimeError: no weights here",
    ),
    "syntax": ("def make(:\n", "in line 1: SyntaxError"),
    "imports": ("import no_such_thing\n", "No module named 'no_such_thing'"),
    "leaves": ("import sys\n\nsys.exit(3)\n", "in line 3: SystemExit: 3"),
    "make raises": (returning("1 / 0"), "ZeroDivisionError: division by zero"),
    "wants more": (NETS.replace("make()", "make(path)"), "missing 1 required positional argument"),
    "state dict": (returning("nn.Linear(3, 3).state_dict()"), "and returned a OrderedDict"),
    "class": (returning("nn.Linear"), "and returned the class Linear"),
    "channels": (NETS.replace("(3, 4, 3)", "(1, 4, 3)"), "can't take pictures (2, 3, 16, 16)"),
    "says what": (NETS.replace("(3, 4, 3)", "(1, 4, 3)"), "channels instead"),
    "size": (
        returning("nn.Sequential(nn.Flatten(), nn.Linear(9, 3))"),
        "shapes cannot be multiplied",
    ),
    "maps": (returning("nn.Conv2d(3, 3, 16)"), "returns (2, 3, 1, 1) of torch.float32 for 2"),
    "one": (NETS.replace("Linear(4, 3)", "Linear(4, 1)"), "has a single output"),
    "softmax": (
        NETS.replace("Linear(4, 3)", "Linear(4, 3), nn.Softmax(1)"),
        "returns probabilities, which sum to 1",
    ),
    "nan": (
        NETS.replace("nn.Flatten()", "nn.Flatten(), nn.Threshold(9.0, float('nan'))"),
        "returns NaN or infinity",
    ),
}


@pytest.mark.parametrize("mistake", CODE_MISTAKES)
def test_mistakes_in_the_code_are_one_sentence(folder: Path, mistake: str) -> None:
    code, said = CODE_MISTAKES[mistake]
    with pytest.raises(AssayError) as caught:
        load(folder, code=code)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


FORWARDS = {
    "x.mean((2, 3)),": "returns a tuple: its output must be one tensor",
    "x.detach().mean((2, 3))": "no gradient gets from the output",
    "x.mean((2, 3)).argmax(1)": "its output must be logits (n, classes)",
    "x.mean((0, 2, 3))[None]": "returns (1, 3)",
}


@pytest.mark.parametrize("forward", FORWARDS)
def test_outputs_that_are_no_logits_are_refused(folder: Path, forward: str) -> None:
    code = f"""
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return {forward}


def make():
    return Net()
"""
    with pytest.raises(AssayError) as caught:
        load(folder, code=code)
    assert FORWARDS[forward] in str(caught.value)


def test_code_that_failed_is_loaded_again_once_it_is_mended(folder: Path) -> None:
    with pytest.raises(AssayError):
        load(folder, code="raise ValueError\n")
    assert len(load(folder, code=NETS).class_names) == 3
