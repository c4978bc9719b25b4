"""The record of a judge's trial: what was measured of it, which goes with it wherever it judges.

One file for each judge and size of pictures, `judges/trials/<judge>-<size>.json`. A record is of
one version of the judge, which its key names; to another version it doesn't apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assay.types import AssayError, digest

# Above this calibration error, a judge's probability of the truth is not printed.
MOST_ERROR = 0.10
# The order of the methods is stable from this Kendall's tau on.
LEAST_TAU = 0.9
# Parts of a record that other commands measure.
OTHERS = ("agreement", "reading")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Temperature(_Part):
    """The one that the judge uses, the one that fits all cells, and the range of the held-out."""

    committed: float
    fitted: float
    low: float
    high: float


class CurveBin(_Part):
    """See `calibration.Bin`."""

    low: float
    high: float
    count: int
    confidence: float
    right: float
    right_low: float
    right_high: float


class Calibration(_Part):
    """On `cells` held-out answers; losses are mean negative log likelihoods in nats.

    `error` is the expected calibration error under held-out temperatures, `error_committed` under
    the judge's own, `error_of_calibrated` what a perfect judge gets on so many cells.
    """

    cells: int
    loss: float
    loss_committed: float
    loss_of_guess: float
    error: float
    error_committed: float
    error_of_calibrated: float
    curve: tuple[CurveBin, ...]


class RecordedExchange(_Part):
    """See `calibration.Exchange`."""

    first: str
    second: str
    before: float
    after: float


class RecordedChange(_Part):
    """See `calibration.Change`."""

    name: str
    tau: float | None
    exchanges: tuple[RecordedExchange, ...]


class RecordedStability(_Part):
    """See `calibration.Stability`."""

    changes: tuple[RecordedChange, ...]
    minimum: float | None


class Alarm(_Part):
    """What the judge's threshold does: `above` cells reach it, of which `right` (0..1) are right.

    `false_alarms` is the share of the clean twin's `twin_cells` that reach it, None without any.
    """

    precision: float
    above: int
    right: float
    right_low: float
    right_high: float
    false_alarms: float | None
    twin_cells: int


class Correlated(_Part):
    """See `agreement.Correlation`."""

    spearman: float
    low: float
    high: float
    n: int


class People(_Part):
    """Agreement with the people of the original study, by cell and by method."""

    by_cell: Correlated
    by_method: Correlated


class Kappa(_Part):
    """Cohen's kappa with its 95 % interval, over `n` cells; None: unknown."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class BlindReading(_Part):
    """What is kept of a blind reading (`reading.scoring.Reading`): who read, and the agreement."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    suite: str
    readers: tuple[str, ...]
    kappa: Kappa
    kappa_trojaned: Kappa
    kappa_twin: Kappa


class Record(_Part):
    """A judge's trial. A part that is None was not measured.

    `key` is the judge's (`plugin_key`); `methods` are the tools on whose findings it was tried,
    `decoys` how many trojans; `subject` is the digest of the decoys' network, `cells` that of the
    run's cells. `threshold`: the confidence from which on its answers are right at the alarm's
    precision, None where there is none.
    """

    judge: str
    key: dict[str, Any]
    size: int
    command: str
    catalogue: str
    subject: str
    cells: str
    decoys: int
    methods: tuple[str, ...]
    temperature: Temperature
    calibration: Calibration
    stability: RecordedStability
    threshold: float | None
    alarm: Alarm | None
    p_truth: dict[str, float]
    leak: dict[str, float]
    agreement: People | None = None
    reading: BlindReading | None = None


def trials_folder() -> Path:
    """Where the package keeps the records."""
    return Path(str(files("assay.judges"))) / "trials"


def record_path(judge: str, size: int) -> Path:
    """Where the record of that judge lies for pictures of `size` pixels a side."""
    # A judge may be called by the path of its file.
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in judge)
    return trials_folder() / f"{name}-{size}.json"


def read_record(judge: str, size: int) -> dict[str, Any] | None:
    """The record (as `Record` says) of that judge at that size, whatever its version; else None.

    AssayError for a file that is no record.
    """
    path = record_path(judge, size)
    if not path.is_file():
        return None
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8")).model_dump(mode="json")
    except (OSError, ValueError) as error:
        raise AssayError(
            f"{path} is no record of a judge's trial: remove it, and make it anew with "
            "`assay judge-trial --write`"
        ) from error


def with_kept_parts(record: Record) -> Record:
    """The record with the parts that it lacks and the one in the package has, of the same key."""
    old = read_record(record.judge, record.size)
    if old is None or not is_of(old, digest(record.key)):
        return record
    lacking = {part: old[part] for part in OTHERS if getattr(record, part) is None}
    return Record.model_validate({**record.model_dump(), **lacking})


def write_record(record: Record) -> Path:
    """Write the record into the package, in the place of the old one."""
    path = record_path(record.judge, record.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def is_of(record: Mapping[str, Any], key_digest: str | None) -> bool:
    """Whether the record is of the judge whose key (`plugin_key`) has that digest."""
    return digest(record["key"]) == key_digest


def prints_p_truth(record: Mapping[str, Any] | None) -> bool:
    """Whether the judge's probabilities are near enough to how often it is right to be printed.

    Under held-out temperatures and under its own. Without a record nothing speaks against it.
    """
    return record is None or calibration_error_of(record) <= MOST_ERROR


def calibration_error_of(record: Mapping[str, Any]) -> float:
    """The higher of the two errors: under held-out temperatures, and under the judge's own."""
    found = record["calibration"]
    return max(found["error"], found["error_committed"])


@dataclass(frozen=True)
class Standing:
    """What a judge's trial says of it: its record if there is one of this very version.

    `sentence` is for whoever reads its numbers; empty where there is nothing to warn of.
    """

    judge: str
    record: dict[str, Any] | None
    sentence: str

    @property
    def prints_p_truth(self) -> bool:
        return prints_p_truth(self.record)

    @property
    def threshold(self) -> float | None:
        """The confidence from which on the judge's answers are right at the alarm's precision."""
        return self.record["threshold"] if self.record else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa with the blind reader; None where there was none."""
        reading = (self.record or {}).get("reading")
        return reading["kappa"]["value"] if reading else None


def find_standing(judge: str, size: int, key_digest: str | None) -> Standing:
    """The standing of the judge whose key has that digest, with pictures of `size` pixels."""
    record = read_record(judge, size)
    if record is None:
        said = f"The judge {judge} was not on trial at this size ({size} px)."
        return Standing(judge, None, said)
    if not is_of(record, key_digest):
        said = (
            f"The judge {judge} was on trial at this size ({size} px) in another version: what "
            "was measured then is not shown."
        )
        return Standing(judge, None, said)
    if prints_p_truth(record):
        return Standing(judge, record, "")
    said = (
        f"`p_truth`, `gain` and `leak` are not printed: on decoys, the confidence of the judge "
        f"{judge} is off by {calibration_error_of(record):.2f} on average, and the most that is "
        f"allowed is {MOST_ERROR:.2f}."
    )
    return Standing(judge, record, said)
