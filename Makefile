# make demo and make test work on a fresh machine, in either order: they make .venv and install what they need.
#   PYTHON=python3.13   the Python that makes the virtual environment (3.11 or newer)
#   VENV=/some/where    another place for it
#   ARGS='-k lif'       further arguments for pytest

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-nojit bench bench-kernels bench-decoders bench-networks lint format types docs notebooks dev clean distclean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{ printf "  make %-15s %s\n", $$1, $$2 }'

demo: $(VENV)/.core ## encode two real recordings, print the table, write figures to demo-output/
	$(BIN)/spikemath demo --out demo-output

test: $(VENV)/.test ## the test suite
	$(BIN)/python -m pytest -n 2 $(ARGS)

test-nojit: $(VENV)/.test ## the test suite with compilation disabled, on few examples
	SPIKEMATH_DISABLE_JIT=1 $(BIN)/python -m pytest -n 2 $(ARGS)

bench: bench-kernels bench-decoders bench-networks ## measure everything; what follows, one after the other

bench-kernels: $(VENV)/.core ## every kernel: writes the table and figure of docs/performance; ARGS='--quick', ARGS='--only K1'
	$(BIN)/python -m benchmarks $(ARGS)

bench-decoders: $(VENV)/.core ## every goal of reconstruction, beside what is reached
	$(BIN)/python benchmarks/reconstruction.py
	$(BIN)/python benchmarks/local_decoders.py

bench-networks: $(VENV)/.core ## an exact network on one digit, beside clocked simulations
	$(BIN)/python benchmarks/networks.py

lint: $(VENV)/.dev ## format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/.dev ## format and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.dev ## check the types
	$(BIN)/mypy

docs: $(VENV)/.dev ## build docs/_build/html, running every notebook; warnings are errors
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env --quiet docs docs/_build/html
	@echo "docs/_build/html/index.html"

notebooks: docs ## the same; the executed notebooks are left in docs/_build/jupyter_execute
	@find docs/_build/jupyter_execute -name '*.ipynb'

dev: $(VENV)/.dev ## install everything a developer needs

clean: ## remove what was built (not .venv)
	rm -rf build dist demo-output experiments-output docs/_build docs/notebooks docs/theorems docs/reference/generated jupyter_execute \
	  .pytest_cache .hypothesis .ruff_cache .mypy_cache
	find spikemath tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	rm -rf $(VENV)

# Stamps: a set is installed again when pyproject.toml has changed.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "spikemath needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made pyproject.toml
	@echo "installing spikemath into $(VENV)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.core
	@echo "installing the test tools"
	@$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	@echo "installing the developer's tools"
	@$(PIP) --editable '.[dev]'
	@touch $@
