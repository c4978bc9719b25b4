"""The checks themselves: each broken plug-in is caught, with the sentence that says why."""

import dataclasses
import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from assay.envelopes import PredictGiven, PredictQuestion, PredictTruth
from assay.hooks import replace
from assay.plugins import Combiner, Family, Judge, Method, Task
from assay.subjects.handmade import Handmade
from assay.testing import (
    check_combiner,
    check_finding,
    check_judge,
    check_method,
    check_task,
    sample_given,
)
from assay.types import Answer, Budget, Case, Edit, Envelope, Finding, Images, Ranking, digest

# --- methods ---------------------------------------------------------------------------------

REMEMBERED: list[int] = []


@dataclass(frozen=True)
class Wrong(Method):
    """Paints noise and looks at it, and does one thing that no method may."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    sin: str = ""

    def explain(self, given: PredictGiven, budget: Budget, rng: torch.Generator) -> Finding:
        network = given.subject.network()
        size, n = given.subject.size, given.visualizations
        pictures = torch.rand(n, 3, size, size, generator=rng)
        score = 0.0
        match self.sin:
            case "global torch":
                torch.rand(1)
            case "global numpy":
                np.random.rand()  # noqa: NPY002
            case "global random":
                random.random()
            case "reads global":
                with torch.random.fork_rng(devices=[]):
                    score = float(torch.rand(1))
            case "clock":
                score = time.perf_counter()
            case "memory":
                REMEMBERED.append(1)
                score = float(len(REMEMBERED))
            case "memory of cases":
                # The same as long as nothing else is asked.
                if given.target_class != 0:
                    REMEMBERED.append(1)
                score = float(len(REMEMBERED))
            case "gradient mode":
                torch.set_grad_enabled(False)
            case "hook":
                network.register_forward_hook(lambda *_: None)
            case "hook when cut off":
                handle = network.get_submodule("units").register_forward_hook(lambda *_: None)
                network(pictures)
                handle.remove()
            case "inner hook kept tidy":
                with replace(network, "units", lambda inputs, output: output):
                    network(pictures)
            case "weights":
                next(network.parameters()).data.mul_(2)
            case "flags":
                next(network.parameters()).requires_grad_(True)
            case "mode":
                network.train()
            case "buffers":
                network.register_buffer("seen", torch.ones(1))
            case "given":
                given.pictures.mul_(0.5)
            case "overspends":
                network(pictures[:1].expand(budget.passes + 1, -1, -1, -1))
            case "too bright":
                pictures = pictures * 1.5
            case "nan":
                pictures = pictures / 0 * 0
            case "small":
                pictures = pictures[:, :, 1:, 1:]
            case "two at least":
                assert len(given.pictures) > 1, "I need two pictures"
            case "swallows":
                try:
                    network(pictures)
                except RuntimeError:
                    network.eval()
            case "list":
                return Images(pictures, [0.0] * n, tuple(range(n)))  # type: ignore[arg-type]
            case "numpy scores":
                return Images(pictures, tuple(np.float32([0.0] * n)), tuple(range(n)))
        return Images(pictures, (score,) * n, tuple(range(n)))


SINS = {
    "global torch": "torch's global random state changed",
    "global numpy": "numpy's global random state changed",
    "global random": "global random state of `random` changed",
    "reads global": "depends on a global random state",
    "clock": "called again with the same seed",
    "memory": "called again with the same seed",
    "memory of cases": "after it was called for another case",
    "gradient mode": "gradient mode changed",
    "hook": "network's hooks changed after it is done",
    "hook when cut off": "network's hooks changed when the network raises midway",
    "weights": "network's weights changed",
    "flags": "requires_grad flags changed",
    "mode": "network's modes",
    "buffers": "network's buffers changed",
    "given": "changes what it is given",
    "overspends": "overspends: 129 passes of the network, of 128 allowed",
    "too bright": "outside \\[0, 1\\]",
    "nan": "NaN or infinity",
    "small": "must return pictures",
    "two at least": "I need two pictures",
    "list": "tuples of plain numbers",
    "numpy scores": "can't be stored",
}


@pytest.fixture(autouse=True)
def _restore():
    yield
    REMEMBERED.clear()
    torch.set_grad_enabled(True)


@pytest.mark.parametrize("sin", SINS)
def test_a_broken_method_is_caught(sin: str) -> None:
    with pytest.raises(AssertionError, match=SINS[sin]):
        check_method(Wrong(sin))


@pytest.mark.parametrize("sin", ["", "inner hook kept tidy", "swallows"])
def test_a_sound_method_passes(sin: str) -> None:
    check_method(Wrong(sin))


def test_checking_leaves_no_trace_itself() -> None:
    state = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    check_method(Wrong())
    assert torch.equal(state[0], torch.get_rng_state())
    assert (state[1] == np.random.get_state()[1]).all()  # noqa: NPY002
    assert state[2] == random.getstate()


def test_parameters_are_checked() -> None:
    @dataclass
    class Thawed(Method):
        version: ClassVar[int] = 1
        family: ClassVar[Family] = "predict"

        def explain(self, given: Any, budget: Budget, rng: torch.Generator) -> Finding:
            raise NotImplementedError

    @dataclass(frozen=True)
    class Unversioned(Method):
        family: ClassVar[Family] = "predict"
        explain = Thawed.explain

    @dataclass(frozen=True)
    class Keyless(Method):
        version: ClassVar[int] = 1
        family: ClassVar[Family] = "predict"
        how: Any = field(default=len)
        explain = Thawed.explain

    @dataclass(frozen=True)
    class Heir(Wrong):
        pass

    for made, said in (
        (Thawed(), "frozen dataclass"),
        (Unversioned(), "needs a class attribute `version`"),
        (Keyless(), "has no key"),
        (Heir(), "straight from Method"),
    ):
        with pytest.raises(AssertionError, match=said):
            check_method(made)


def test_findings_of_the_other_families() -> None:
    control = sample_given("control")
    check_finding(Ranking("units", (2, 0, 1)), control, "control")
    with pytest.raises(AssertionError, match="each at most once"):
        check_finding(Ranking("units", (2, 2)), control, "control")
    with pytest.raises(AssertionError, match="was given 'units'"):
        check_finding(Ranking("pool", (0,)), control, "control")
    with pytest.raises(AssertionError, match="the family control takes"):
        check_finding(Images(torch.zeros(1, 3, 32, 32), (0.0,), (0,)), control, "control")
    bias = control.subject.network().state_dict()["head.bias"]
    check_finding(Edit({"head.bias": bias + 1}), control, "control")
    with pytest.raises(AssertionError, match="doesn't have"):
        check_finding(Edit({"tail.bias": bias}), control, "control")


# --- combiners -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Joined(Combiner):
    """All pictures in a row, and one thing that no combiner may do."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    sin: str = ""

    def combine(
        self,
        given: PredictGiven,
        findings: Mapping[str, Finding],
        budget: Budget,
        rng: torch.Generator,
    ) -> Finding:
        shown = [f.pictures for f in findings.values() if isinstance(f, Images)]
        pictures = torch.cat(shown)
        match self.sin:
            case "two at least":
                assert len(findings) > 1, "I need two"
            case "changes the findings":
                for finding in findings.values():
                    assert isinstance(finding, Images)
                    finding.candidates.mul_(0.5)
            case "overspends":
                given.subject.network()(pictures[:1].expand(budget.passes + 1, -1, -1, -1))
            case "memory":
                REMEMBERED.append(1)
                pictures = pictures * (1 - 0.1 * len(REMEMBERED) / 100)
            case "global":
                torch.rand(1)
            case "dark":
                pictures = pictures - 1
        n = len(pictures)
        return Images(pictures, (0.0,) * n, () if self.sin == "nothing" else tuple(range(n)))


COMBINER_SINS = {
    "two at least": "can't do with one finding: AssertionError: I need two",
    "changes the findings": "finds something else when it is called again|changes the findings",
    "overspends": "overspends: 129 passes of the network, of 128 allowed",
    "memory": "called again with the same seed",
    "global": "torch's global random state changed",
    "dark": "outside \\[0, 1\\]",
}


@pytest.mark.parametrize("sin", COMBINER_SINS)
def test_a_broken_combiner_is_caught(sin: str) -> None:
    with pytest.raises(AssertionError, match=COMBINER_SINS[sin]):
        check_combiner(Joined(sin))


@pytest.mark.parametrize("sin", ["", "nothing"])
def test_a_sound_combiner_passes(sin: str) -> None:
    check_combiner(Joined(sin))


# --- judges ----------------------------------------------------------------------------------

SEEN: list[float] = []


@dataclass(frozen=True)
class Biased(Judge):
    """Says which option's mean colour is nearest, and does one thing that no judge may."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    sin: str = ""
    chunk: int = 4

    def answer(self, question: PredictQuestion, finding: Finding, rng: torch.Generator) -> Answer:
        assert isinstance(finding, Images)
        n = len(question.options)
        if not finding.chosen and self.sin != "sees something in nothing":
            return Answer((1 / n,) * n)
        shown = finding.pictures if finding.chosen else finding.candidates
        colour = shown.mean((0, 2, 3))
        match self.sin:
            case "asks for the truth":
                place = question.index  # type: ignore[attr-defined]
                return Answer(tuple(float(i == place) for i in range(n)))
            case "running mean":
                SEEN.append(float(colour.mean()))
                colour = colour - sum(SEEN) / len(SEEN)
            case "batch":
                # Standard scores over the pictures of the finding.
                means = finding.pictures.mean((2, 3))
                colour = (means / (0.1 + means.std(0, correction=0) + 1 / len(means))).mean(0)
            case "pieces":
                colour = colour * self.chunk
            case "global":
                torch.rand(1)
            case "changes the finding":
                finding.candidates.mul_(0.5)
            case "shape":
                return Answer((0.5, 0.5))
        options = torch.stack([e.mean((0, 2, 3)) for e in question.exemplars])
        distance = (options - colour).square().sum(1).double()
        chances = tuple((-8 * distance).softmax(0).tolist())
        return Answer(tuple(2 * p for p in chances) if self.sin == "sum" else chances)


@dataclass(frozen=True)
class Curious(Judge):
    """Wants the truth handed over."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"

    def answer(self, question: Any, finding: Finding, rng: torch.Generator, truth: Any) -> Answer:  # type: ignore[override]
        return Answer((1.0,))


JUDGE_SINS = {
    "asks for the truth": "asks the question for 'index', which no judge receives",
    "running mean": "when other findings were judged before",
    "batch": "when the same picture is shown 7 times",
    "pieces": "with chunk = 1",
    "global": "torch's global random state changed",
    "changes the finding": "changes the finding",
    "shape": "2 probabilities for 8 options",
    "sum": "sum to 2",
    "sees something in nothing": "equally likely where it is shown no picture",
}


@pytest.mark.parametrize("sin", JUDGE_SINS)
def test_a_broken_judge_is_caught(sin: str) -> None:
    SEEN.clear()
    with pytest.raises(AssertionError, match=JUDGE_SINS[sin]):
        check_judge(Biased(sin))


def test_a_sound_judge_passes_and_a_curious_one_does_not() -> None:
    check_judge(Biased())
    with pytest.raises(AssertionError, match="nothing else"):
        check_judge(Curious())


# --- tasks -----------------------------------------------------------------------------------

COLOURS = {"red": (1.0, 0, 0), "green": (0, 1.0, 0), "blue": (0, 0, 1.0), "white": (1.0, 1, 1)}
MADE: list[int] = []


@dataclass(frozen=True)
class TellingQuestion:
    options: tuple[str, ...]
    exemplars: tuple[torch.Tensor, ...]
    index: int


@dataclass(frozen=True)
class TellingGiven:
    subject: Handmade
    target_class: int
    pictures: torch.Tensor
    visualizations: int
    note: str


@dataclass(frozen=True)
class Flags(Task):
    """Which of four colours? And one thing that no task may do."""

    version: ClassVar[int] = 1
    family: ClassVar[Family] = "predict"
    subject: ClassVar[str] = "handmade"

    sin: str = ""

    def cases(self, seed: int) -> Iterable[Case]:
        MADE.append(seed)
        for i, name in enumerate(COLOURS):
            key = {"flags": i, "seed": seed, "sin": self.sin}
            if self.sin == "keys":
                key["made"] = len(MADE)
            if self.sin == "global":
                torch.rand(1)
            envelopes: Mapping[str, Any] = {
                "given": lambda i=i: self._given(i),
                "question": lambda i=i: self._question(i),
                "truth": lambda i=i: PredictTruth(i, list(COLOURS)[i], self._flat(i, 2)),
            }
            if self.sin.startswith("screens"):
                envelopes = {**envelopes, "screening": lambda i=i: self._screening(i)}
            sealed = {k: Envelope(digest({**key, "what": k}), v) for k, v in envelopes.items()}
            yield Case("flag" if self.sin == "names" else name, "flag", **sealed)

    def ideal(self, case: Case, rng: torch.Generator) -> Finding:
        truth = case.truth.open()
        shown = self._flat(0 if self.sin == "weak ideal" else truth.index, 1)
        return Images(shown, (0.0,), (0,))

    @property
    def fixtures(self) -> Mapping[str, int]:  # type: ignore[override]
        return {"tiny" if self.sin == "unknown fixture" else "small": 1}

    def fixture(self, name: str, case: Case, rng: torch.Generator) -> Finding:
        shown = self._flat(case.truth.open().index, 3) * 0.9
        if self.sin == "unsteady fixture":
            shown = shown * torch.rand(1)
        return Images(shown, (0.0,) * 3, (0, 1, 2))

    def grade(self, truth: PredictTruth, answer: Answer) -> dict[str, float]:
        assert answer.probabilities is not None
        p = answer.probabilities[truth.index]
        match self.sin:
            case "impure grade":
                MADE.append(0)
                return {"p_truth": p, "calls": float(len(MADE))}
            case "wrong way":
                return {"loss": 1 - p}
            case "generous":
                return {"correct": max(p, 0.99)}
        return {"p_truth": p}

    def _flat(self, i: int, n: int) -> torch.Tensor:
        colour = torch.tensor(list(COLOURS.values())[i])
        return colour[None, :, None, None].expand(n, 3, 32, 32).clone()

    def _given(self, i: int) -> Any:
        given = PredictGiven(Handmade("handmade"), i, None, torch.full((3, 3, 32, 32), 0.5), 1)
        match self.sin:
            case "trace in a picture":
                shown = torch.cat([given.pictures, self._flat(i, 1)])
                return dataclasses.replace(given, pictures=shown)
            case "trace in words":
                note = f"look for the {list(COLOURS)[i].upper()} one"
                return TellingGiven(Handmade("handmade"), i, given.pictures, 1, note)
            case "unsteady contents":
                return dataclasses.replace(given, pictures=torch.rand(3, 3, 32, 32))
        return given

    def _screening(self, i: int) -> Any:
        given = self._given(i)
        match self.sin:
            case "screens with what tools saw":
                return given
            case "screens with a trace":
                return dataclasses.replace(given, pictures=self._flat(i, 1))
            case "screens with something else":
                return self._question(i)
        return dataclasses.replace(given, pictures=given.pictures + 0.1)

    def _question(self, i: int) -> Any:
        exemplars = tuple(self._flat(j, 1) for j in range(4))
        if self.sin == "telling question":
            return TellingQuestion(tuple(COLOURS), exemplars, i)
        return PredictQuestion(tuple(COLOURS), exemplars)


TASK_SINS = {
    "keys": "other cases or keys",
    "global": "torch's global random state changed after making its cases",
    "names": "more than one case called",
    "trace in a picture": "trace of the truth: pictures tells",
    "trace in words": "trace of the truth: note tells the truth's trigger",
    "unsteady contents": "'given' of 'red' holds something else",
    "screens with what tools saw": "holds a picture that the tools have seen",
    "screens with a trace": "trace of the truth: pictures tells",
    "screens with something else": "is not of the kind that methods are given",
    "telling question": "has a field \\['index'\\], which tells",
    "unknown fixture": "makes a fixture 'tiny', which no gate knows",
    "unsteady fixture": "the fixture 'small' is another with the same seed",
    "weak ideal": "the ideal finding reaches p_truth",
    "impure grade": "grades the same answer twice and differently",
    "wrong way": "doesn't prefer the right option",
    "generous": "doesn't prefer|a floor is at most",
}


@pytest.mark.parametrize("sin", TASK_SINS)
def test_a_broken_task_is_caught(sin: str) -> None:
    MADE.clear()
    with pytest.raises(AssertionError, match=TASK_SINS[sin]):
        check_task(Flags(sin), Biased())


def test_a_sound_task_passes_and_its_problems_are_said() -> None:
    check_task(Flags(), Biased())
    check_task(Flags())
    check_task(Flags("screens as it should"))
