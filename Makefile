# Everything a person does with a clone. `make` or `make help` lists it.

PYTHON ?= python3
VENV   ?= .venv
SITE   ?= koege
BIN    := $(VENV)/bin
CODE   := api simulation equipment_tracking fleet routing site_models ledger bus benchmarks
LOCK   := uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
          --no-header --no-annotate

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The service is many processes; each starts three times as fast from kept bytecode, whatever the shell asks for.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help serve test lint kernels format requirements browser bench clean

help: ## List what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: kernels ## Start the hospital on this machine (SITE=koege) and print its address
	@exec $(BIN)/portor serve $(SITE)

test: $(VENV)/.dev browser ## Check everything: style, types, floors, tests
	@$(MAKE) --no-print-directory --jobs 2 lint kernels
	$(BIN)/python -m pytest --numprocesses logical

lint: $(VENV)/.dev ## Check style, types and the floors of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

kernels: $(VENV)/.runtime
	$(BIN)/portor warm

format: $(VENV)/.dev ## Put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

requirements: ## Pin every dependency with its hashes anew (needs uv)
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra dev -c requirements/runtime.txt -o requirements/dev.txt

browser: $(VENV)/.dev ## Find or install Chromium for the browser tests
	@sh tests/support/browser.sh $(BIN)

bench: $(VENV)/.dev ## Run a day and append its latencies to benchmarks/history
	$(BIN)/python -m benchmarks.dispatch_latency --site $(SITE)

clean: ## Remove the environment and what tools leave behind; data stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: made once, made again when what it was made from changes ---------------------------------------

$(VENV)/.made:
	@echo "Making the environment $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0] + ": run make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.made requirements/build.txt requirements/runtime.txt pyproject.toml
	@echo "Installing Portør and what it stands on …"
	@$(BIN)/python -m pip install --progress-bar on --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "Installing what tests it …"
	@$(BIN)/python -m pip install --progress-bar on --require-hashes -r requirements/dev.txt
	@touch $@
