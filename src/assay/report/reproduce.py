"""What brings a run's numbers back: the command, the versions, the hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.plugins import HELD
from assay.results import Results
from assay.suite import suite_names, suite_text
from assay.types import digest


@dataclass(frozen=True)
class Reproduction:
    """`commands` in order; `facts` are (name, value); `toml` is the suite's file."""

    commands: list[str]
    facts: list[tuple[str, str]]
    toml: str


def describe_reproduction(results: Results, weights: list[tuple[str, str]]) -> Reproduction:
    """How to compute the newest run again; `weights` are (subject, hash) as certified."""
    run: dict[str, Any] = results.run
    environment = run["environment"] or {}
    commit = run["commit_hash"]
    seeds = _seeds(results)
    words = [_suite_argument(results)]
    if seeds and tuple(seeds) != results.suite.seeds and seeds == list(range(len(seeds))):
        words.append(f"--seeds {len(seeds)}")
    if environment.get("device", "cpu") != "cpu":
        words.append(f"--device {environment['device']}")
    named = (
        ("seeds", ", ".join(map(str, seeds)) or None),
        ("version", run["version"]),
        ("commit", commit),
        ("started", run["started"]),
        ("device", environment.get("device")),
        ("Python", environment.get("python")),
        ("torch", environment.get("torch")),
        ("machine", environment.get("machine")),
        ("processor", environment.get("processor")),
        ("cores", environment.get("cores")),
        ("hash of the suite's file", digest(run["toml"])[:16]),
        ("hash of the cells' keys", (run["cells"] or "")[:16]),
        ("hash of the numbers", hash_numbers(results)[:16]),
        *((f"hash of the weights of {name}", value[:16]) for name, value in weights),
    )
    return Reproduction(
        commands=[
            *([f"git checkout {commit}"] if commit else []),
            *_calls(results, words),
        ],
        facts=[(name, str(value)) for name, value in named if value],
        toml=run["toml"].strip(),
    )


def hash_numbers(results: Results) -> str:
    """Digest of every cell's status and metrics (six decimals): the same for the same numbers."""
    said = []
    for planned in results.scores():
        row = planned["row"] or {"status": "missing", "metrics": None}
        metrics = {k: f"{v:.6f}" for k, v in (row["metrics"] or {}).items()}
        said.append([[str(part) for part in planned["label"]], row["status"], metrics])
    return digest(sorted(said, key=lambda s: s[0]))


def _seeds(results: Results) -> list[int]:
    return sorted({planned["label"][3] for planned in results.scores()})


def _calls(results: Results, words: list[str]) -> list[str]:
    """The commands; or, where a method was an object of a Python process, its call there."""
    if any(str(table.get("use", "")).startswith(HELD) for table in results.suite.methods.values()):
        return ["# in Python, where the classes are:", results.suite.description]
    return [f"assay run {' '.join(words)}", f"assay report {words[0]}"]


def _suite_argument(results: Results) -> str:
    """The suite's name where the package has this very file, else the file's name."""
    name = results.suite.name
    if name in suite_names() and suite_text(name).strip() == results.run["toml"].strip():
        return name
    return f"{name}.toml"
