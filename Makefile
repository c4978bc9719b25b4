# Two commands on a fresh machine: `make bench` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
WORKERS ?= $(shell nproc)

.PHONY: bench test lint kit clean

bench: $(VENV)/.installed
	$(BIN)/assay run quick --workers $(WORKERS)
	$(BIN)/assay report quick

test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/python -m pytest -n $(WORKERS)

# Makes the packed pictures again (path-traces a thousand objects: most of an hour on two cores).
kit: $(VENV)/.installed-dev
	$(BIN)/assay kit build

$(VENV)/.created:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --editable ".[kit,test,dev]"
	touch $@

clean:
	rm -rf $(VENV) build results sheets
