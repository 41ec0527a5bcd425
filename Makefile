PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check bench clean

demo: $(READY)
	$(BIN)/pipgrants demo $(if $(WORKSPACE),$(WORKSPACE),demo-workspace) --fresh $(if $(APPLICATIONS),--applications "$(APPLICATIONS)")

test: $(READY)
	$(BIN)/pytest -n auto

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pipgrants workflow check
	$(BIN)/pipgrants letters check

bench: $(READY)
	$(BIN)/python benchmarks/round.py
	$(BIN)/python benchmarks/audit.py
	$(BIN)/python benchmarks/letters.py
	$(BIN)/python benchmarks/assignment.py
	$(BIN)/python benchmarks/selection.py
	$(BIN)/python benchmarks/analysis.py
	$(BIN)/python benchmarks/optimum.py

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --editable ".[analysis,demo,pdf,report,sign]" --group dev
	touch $(READY)

clean:
	rm -rf $(VENV) demo-workspace
