# codaform: `make` lists the verbs. Each verb sets up what it needs, in .venv.

PYTHON  ?= python3
UPGRADE ?=

SHELL := /bin/sh

# Without kept bytecode each run compiles the tests anew, which takes longer than the fast ones.
unexport PYTHONDONTWRITEBYTECODE

BIN   := .venv/bin
READY := .venv/.installed
CODE  := src tests

# Marks of the tests that have a verb of their own.
APART := browser or clickhouse or clients or faults or large or recipes or spark

# What a change has to pass, in order. CI runs this list, and so does a person.
CHECKS := lint test test-recipes test-faults test-clients test-spark test-large docs test-browser demo

PYODIDE := .playground
NPM     := src/codaform/site/playground/npm
NODE    := $(shell command -v npm)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

# The tour of the command line, in order; each line is one command as a person would type it.
define TOUR
codaform check formulas
codaform test formulas
codaform show sprints
codaform show workflows --columns name,execution_runs_count,avg_actual_hours,variance_pct
endef
export TOUR

.PHONY: help
help: ## Say what each verb does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s  %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(READY) ## Check, test and show the formulas of Founder HQ
	@printf '%s\n' "$$TOUR" | while IFS= read -r command; do \
	    printf '\n$$ %s\n' "$$command"; \
	    PATH="$(CURDIR)/$(BIN):$$PATH" sh -c "$$command" </dev/null || exit; \
	done

.PHONY: verify
verify: $(CHECKS) ## Run everything that a change has to pass, one verb after the other
	@echo 'verify: passed $(CHECKS)'

.PHONY: nightly
nightly: export CODAFORM_NIGHTLY = 1
nightly: test-search test-faults ## Run what is too long for each change: more random examples, faults at every moment

.PHONY: test
test: $(READY) ## Run the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal --benchmark-skip -m "not ($(APART))" $(ARGS)

.PHONY: test-recipes
test-recipes: $(READY) ## Follow the recipes of CONTRIBUTING.md in a copy of the checkout
	@$(BIN)/python -m pytest -m recipes $(ARGS) tests/test_recipes.py

.PHONY: test-search
test-search: $(READY) ## Run the random tests with five times as many examples
	@CODAFORM_NIGHTLY=1 $(BIN)/python -m pytest -n auto --dist worksteal --timeout 1800 --benchmark-skip \
	    -m "hypothesis and not ($(APART))" $(ARGS) \
	    $$(grep -l '^from hypothesis' tests/test_*.py)

.PHONY: test-faults
test-faults: $(READY) ## Break connections and kill processes at many moments
	@$(BIN)/python -m pytest -n auto --dist worksteal --benchmark-skip -m faults $(ARGS) $$(grep -l 'mark\.faults' tests/test_*.py)

.PHONY: test-quick
test-quick: $(READY) ## Run the fast tests, in under a minute
	@$(BIN)/python -m pytest -n auto --dist worksteal --benchmark-skip -m "not ($(APART) or hypothesis or slow)" $(ARGS) tests/test_*.py

.PHONY: test-clients
test-clients: $(READY) ## Drive the local Coda with clients from PyPI and npm (installs them into .clients)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -rs --benchmark-skip -m clients $(ARGS) tests/clients

.PHONY: test-large
test-large: $(READY) ## Compute a hundred million rows with little memory
	@$(BIN)/python -m pytest -rs --benchmark-skip -m large $(ARGS) tests/test_duckdb_files.py

.PHONY: test-clickhouse
test-clickhouse: $(READY) ## Compute formulas with ClickHouse (installs chdb, which is 530 MB, into .clients)
	@$(BIN)/python -m pytest -rs --benchmark-skip -m clickhouse $(ARGS) tests/test_sql_clickhouse.py

.PHONY: test-spark
test-spark: $(READY) ## Compute formulas with Spark, which needs Java 17 (installs pyspark into .clients)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -rs --benchmark-skip -m spark $(ARGS) tests/test_sql_spark.py tests/test_spark_files.py

.PHONY: test-browser
test-browser: $(READY) ## Drive the page of the local Coda in headless Chromium
	@$(BIN)/python -m pytest -n 2 --dist worksteal -rs --benchmark-skip -m browser $(ARGS) tests/browser

.PHONY: lint
lint: $(READY) ## Check style, formatting, types and the floors
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --quiet --check $(CODE)
	@$(BIN)/mypy --no-error-summary
	@found=$$($(BIN)/lint-imports --no-logo) || { printf '%s\n' "$$found"; exit 1; }
	@echo 'lint: clean'

.PHONY: fmt
fmt: $(READY) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: bench
bench: $(READY) ## Measure how fast formulas are computed, beside other engines
	@$(BIN)/codaform bench $(or $(ARGS),--size S --size M)

.PHONY: performance
performance: $(READY) ## Measure all sizes, for some minutes, and write docs/reference/performance.md
	@$(BIN)/codaform bench --size S --size M --size L --json $(ARGS) | \
	    $(BIN)/python -m codaform.cli.performance_page docs/reference/performance.md

.PHONY: bench-parts
bench-parts: $(READY) ## Measure the speed of parts: parsing, imports, reading, plans, sites, serving
	@$(BIN)/python -m pytest tests/benchmarks --benchmark-only $(ARGS)

.PHONY: docs
docs: $(READY) $(if $(NODE),$(PYODIDE)/.installed) ## Build the site into site/ (the playground needs npm)
	@$(BIN)/codaform docs build formulas $(if $(NODE),--pyodide $(PYODIDE)/node_modules)

.PHONY: reference
reference: $(READY) ## Write all generated pages of docs, and the tables of the grammar
	@$(BIN)/python -m codaform.syntax.table_maker grammar
	@$(BIN)/python -m codaform.site docs/reference tests/coda
	@$(BIN)/python -m codaform.server.reference docs/reference
	@$(BIN)/python -m codaform.cli.reference_pages docs/reference formulas
	@$(BIN)/codaform docs build formulas --pages

# What the playground runs on is fetched once, in the versions of the lock, and becomes a part of the site.
$(PYODIDE)/.installed: $(NPM)/package.json $(NPM)/package-lock.json
	@mkdir -p $(PYODIDE)
	@cp $(NPM)/package.json $(NPM)/package-lock.json $(PYODIDE)
	@cd $(PYODIDE) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Without the extra spark, which is no part of all: it is 450 MB, and has a place of its own in the tests.
.PHONY: lock
lock: $(READY) ## Write requirements.lock (UPGRADE=--upgrade for newer versions)
	@uv=$$(command -v uv) || { $(BIN)/python -m pip --disable-pip-version-check install -qq uv && uv=$(BIN)/uv; }; \
	$$uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --extra all --group dev $(UPGRADE) \
	    --generate-hashes --no-emit-index-url --no-header --no-annotate --output-file requirements.lock

.PHONY: clean
clean: ## Remove everything that make has made
	@rm -rf .venv .clients .playground site dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# ------------------------------------------------------------------------------------------------------ the environment

# The stamp comes last: an attempt that was cut off leaves none, and the next one starts from an empty .venv.
# A second make that runs at the same time waits at the lock, then finds the stamp and has nothing to do.
define INSTALL
set -eu
if [ $(READY) -nt pyproject.toml ] && [ $(READY) -nt requirements.lock ]; then exit; fi
if [ -e $(READY) ] && $(BIN)/python -c '' 2>/dev/null; then rm $(READY); else rm -rf .venv; fi
if command -v uv >/dev/null; then
    echo 'Setting up .venv with uv'
    [ -e .venv ] || uv venv --quiet --no-project --python '$(PYTHON)' .venv
    install='uv pip install --quiet --python $(BIN)/python'
else
    echo 'Setting up .venv with pip'
    [ -e .venv ] || '$(PYTHON)' -m venv .venv
    install='$(BIN)/python -m pip --disable-pip-version-check install -qq --no-input'
fi
$$install --require-hashes -r requirements.lock
$$install --no-deps --no-build-isolation -e .
touch $(READY)
endef
export INSTALL

# Python holds the lock, because not every system has a command for it; the lock opens when the last child ends.
define LOCKED
import fcntl, os, sys
if sys.version_info < (3, 11):
    sys.exit("codaform needs Python 3.11 or newer, $(PYTHON) is %d.%d: try make PYTHON=python3.12" % sys.version_info[:2])
door = os.open("Makefile", os.O_RDONLY)
fcntl.flock(door, fcntl.LOCK_EX)
os.set_inheritable(door, True)
os.execv("/bin/sh", ["sh", "-c", os.environ["INSTALL"]])
endef
export LOCKED

$(READY): pyproject.toml requirements.lock
	@'$(PYTHON)' -c "$$LOCKED"
