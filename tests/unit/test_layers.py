"""Who may import whom: reads the imports, and fails on any arrow that the table doesn't list."""

import ast
from pathlib import Path

import assay

ROOT = Path(next(iter(assay.__path__)))
EVERYTHING = {"*"}
# Part of the package -> the parts that it may import (itself always). `measures` and `kit` use
# nothing of ours; tasks, methods, combiners and judges never meet: the run loads them by name.
ALLOWED: dict[str, set[str]] = {
    "types": set(),
    "checks": set(),
    "measures": set(),
    "kit": set(),
    "suites": set(),
    "allocator": set(),
    "files": {"types"},
    "unfinished": {"files", "types"},
    "hooks": {"types"},
    "anatomy": {"hooks"},
    "randomness": set(),
    "pixels": {"types"},
    "sources": {"types"},
    "subject": {"hooks", "types"},
    "envelopes": {"subject", "types"},
    "plugins": {"checks", "subject", "types"},
    # A network of one's own may lie in a file, which is loaded as a plug-in's is.
    "subjects": {"checks", "pixels", "plugins", "subject", "types"},
    # Natural patches come from the kit or from a folder.
    "synthesis": {"files", "hooks", "kit", "pixels", "subject", "types", "unfinished"},
    # A tool may ask an independent network, which is a subject like any other.
    "methods": {
        "anatomy", "checks", "envelopes", "hooks", "pixels", "plugins", "randomness", "subjects",
        "synthesis", "types",
    },
    # The independent network that findings are held against is a subject like any other.
    "combiners": {
        "envelopes", "hooks", "plugins", "subject", "subjects", "synthesis", "types",
    },
    # Susceptibility is measured with a method, which is handed in: `plugins` has its type.
    "trojans": {
        "checks", "envelopes", "files", "hooks", "kit", "measures", "pixels", "plugins", "subject",
        "subjects", "types", "unfinished",
    },
    "tasks": {
        "checks", "envelopes", "hooks", "kit", "measures", "plugins", "subject", "subjects",
        "trojans", "types",
    },
    # The embedding judge looks with another network, which is a subject like any other. Who asks
    # the network himself puts pictures into others as tools do.
    "judges": {
        "checks", "envelopes", "hooks", "measures", "pixels", "plugins", "subjects", "synthesis",
        "types",
    },
    # Holds judges against people and against known truths; results read its record.
    "trial": {"envelopes", "judges", "measures", "pixels", "trojans", "types"},
    # Opens a run's questions, and for scoring its truths, as the run did: by its plan and its
    # tasks' names.
    "reading": {
        "bench", "checks", "envelopes", "files", "measures", "plan", "plugins", "results", "suite",
        "trial", "trojans", "types",
    },
    "blobs": {"files", "pixels", "types"},
    # Pictures without a run; its task and its judge are loaded by name.
    "submission": {
        "checks", "envelopes", "kit", "measures", "pixels", "plugins", "trojans", "types",
    },
    # The names of the fixtures.
    "suite": {"checks", "measures", "plugins", "types"},
    "bench": {"checks", "measures", "plugins", "subjects", "suite", "types"},
    "plan": {"bench", "checks", "measures", "plugins", "subjects", "suite", "types"},
    # No envelope, no task, no reveal: neither can hold a truth.
    "store": {"blobs", "types"},
    "study": {"blobs", "store", "types"},
    "reveal": {"blobs", "files", "plan"},
    "execute": {
        "bench", "blobs", "envelopes", "hooks", "plan", "reveal", "store", "subject", "suite",
        "types",
    },
    "progress": {"plan"},
    "workers": {"allocator", "execute", "plan", "suite", "types"},
    # The certificate is copied beside the results.
    "runner": {
        "execute", "plan", "plugins", "progress", "reveal", "store", "subjects", "suite",
        "trojans", "types", "workers",
    },
    "results": {"measures", "plugins", "store", "subjects", "suite", "trial", "types"},
    "observations": {"results"},
    "tables": {"measures", "observations", "results"},
    "report": {
        "files", "measures", "observations", "plugins", "results", "suite", "trial", "types",
    },
    # Packs what a store and its `reveal/` show; hands rows to a store before the run looks.
    "published": {"blobs", "files", "plan", "report", "results", "store", "types"},
    "api": {"measures", "plan", "published", "results", "runner", "store", "suite", "tables"},
    # Plug-ins only by name, as in every run.
    "explaining": {
        "checks", "files", "observations", "plan", "plugins", "report", "results", "runner",
        "subject", "subjects", "suite", "types",
    },
    # Looks at the stored findings of a run again; the judge is handed in.
    "judge_trial": {
        "bench", "checks", "envelopes", "judges", "measures", "plugins", "results", "subjects",
        "suite", "trial", "types",
    },
    "evaluation": {"checks", "measures", "report", "results", "runner", "tables", "types"},
    "evaluating": {
        "checks", "evaluation", "plan", "plugins", "published", "report", "results", "runner",
        "sources", "suite", "types",
    },
    # Plug-ins only by name: what their authors run must not depend on which tools are built in.
    "testing": {
        "blobs", "checks", "envelopes", "hooks", "measures", "plugins", "randomness", "subject",
        "subjects", "types",
    },
    "cli": EVERYTHING,
    "cli_trojans": EVERYTHING,
    "cli_judge": EVERYTHING,
    "cli_judge_trial": EVERYTHING,
    "cli_reading": EVERYTHING,
    "cli_compare": EVERYTHING,
    "cli_publish": EVERYTHING,
    "cli_shortcuts": EVERYTHING,
    "cli_try": EVERYTHING,
    "cli_explain": EVERYTHING,
    "cli_generator": EVERYTHING,
    "cli_training": EVERYTHING,
    "cli_pool": EVERYTHING,
    "__init__": EVERYTHING,
}  # fmt: skip


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """Parts of the package that a file imports, at its top or in a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                above = path.relative_to(ROOT.parent).parts[: -node.level]
                module = ".".join([*above, *([module] if module else [])])
            found |= {f"assay.{a.name}" for a in node.names} if module == "assay" else {module}
    return {name.split(".")[1] for name in found if name.startswith("assay.")}


FILES = sorted(ROOT.rglob("*.py"))


def test_no_arrow_that_the_table_does_not_list() -> None:
    assert len(FILES) > 50
    wrong = []
    for path in FILES:
        part = part_of(path)
        allowed = ALLOWED.get(part, set())
        for other in sorted(imported_parts(path) - {part}):
            if other not in allowed and allowed != EVERYTHING:
                wrong.append(f"{path.relative_to(ROOT)} imports {other}")
    assert not wrong, "\n".join(wrong)


def test_every_part_is_in_the_table() -> None:
    assert {part_of(path) for path in FILES} <= set(ALLOWED)


def test_plugins_and_what_holds_answers_stay_apart() -> None:
    for part in ("tasks", "methods", "combiners", "judges"):
        assert not ALLOWED[part] & {"tasks", "methods", "combiners", "judges", "reveal", "store"}
    for part in ("store", "study", "report", "methods", "combiners", "judges"):
        assert not ALLOWED[part] & {"tasks", "trojans", "reveal"}


def test_the_reader_sees_imports_inside_functions(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text("def f():\n    from assay import reveal\n    import assay.tasks.ablate\n")
    assert imported_parts(file) == {"reveal", "tasks"}
