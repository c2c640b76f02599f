# The contributor's interface. `make run` and `make test` do their own set-up.
PYTHON ?= python3
PORT   ?= 8501
KILLS  ?= 200
VENV   := .venv
BIN    := $(VENV)/bin
# Tests start some hundred processes: without kept bytecode each would compile all it imports.
export PYTHONDONTWRITEBYTECODE =
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile --require-hashes

.PHONY: run help setup prepare test torture walk lint type audit lock licences bench bench-nation bench-browser load chart architecture import-docs screenshots clean

run: $(VENV)/.runtime-ready ## start the app at 127.0.0.1 (PORT=8501)
	@echo "Siaga: http://127.0.0.1:$(PORT)  (Ctrl+C untuk berhenti)"
	@exec $(BIN)/streamlit run serve.py --server.port $(PORT) --server.address 127.0.0.1

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name words; do \
		printf '  %-13s %s\n' "$$name" "$$words"; done

setup: $(VENV)/.dev-ready ## install what tests and tools need into .venv

prepare: $(VENV)/.runtime-ready ## make the store with the shipped data, if it is not there
	@$(BIN)/python cli.py prepare

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime-ready: requirements.txt | $(BIN)/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev-ready: requirements.txt requirements-dev.txt | $(BIN)/python
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime-ready

# Two workers, a file of tests at a time in the order of tests/conftest.py, and types beside them;
# the summary names browser tests that were asked again (R).
test: setup lint ## lint, types and all tests but the benchmarks
	@told=$$(mktemp); $(BIN)/mypy >$$told 2>&1 & types=$$!; \
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not bench" -rR; \
	tests=$$?; wait $$types; types=$$?; cat $$told; rm -f $$told; exit $$((tests | types))

torture: setup ## kill writes at 200 moments on each database and look at what is left (KILLS=200)
	$(BIN)/python -m tests.torture $(KILLS)

walk: setup ## walk every page in both languages with payloads in every stored text
	SIAGA_WALK=full $(BIN)/python -m pytest -q tests/pages/test_browser_hostile.py

lint: setup ## style, format and docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.docstrings
	$(BIN)/bandit -q -c pyproject.toml -r .

type: setup ## types, strictly
	$(BIN)/mypy

audit: setup ## ask whether a locked package is known to be vulnerable
	$(BIN)/python -m tools.audit

# Where packages come from is said by the settings of pip on this machine, which uv does not read.
lock: setup ## pin all that requirements*.in need (UPGRADE="--upgrade-package numpy")
	@index=$$($(BIN)/pip config get global.index-url 2>/dev/null); \
	for name in requirements requirements-dev; do \
		UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$index} $(BIN)/uv pip compile --quiet --universal \
			--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
			--custom-compile-command "make lock" $(UPGRADE) $$name.in -o $$name.txt || exit 1; \
	done

licences: setup ## write docs/licences.md again, and refuse what is not allowed
	$(BIN)/python -m tools.licences

bench: setup ## measure speed against stated other ways
	$(BIN)/python -m pytest -q -m bench -s tests/benchmarks

bench-nation: setup ## measure a small nation against plain ways, and say what ten million reports take
	$(BIN)/python -m tests.benchmarks.nation

bench-browser: setup ## measure what a reader waits for, against a bare app of one map
	$(BIN)/python -m tests.benchmarks.browser

load: setup ## let 50 sessions walk the pages for 5 minutes; tell faults, waiting and memory
	$(BIN)/python -m tests.benchmarks.load $(LOAD)

architecture: setup ## draw the picture of docs/architecture.md again
	$(BIN)/python -m tools.architecture

import-docs: setup ## write docs/import.md and import.id.md again
	$(BIN)/python -m tools.import_docs

screenshots: setup ## take the pictures of the README again
	$(BIN)/python -m tests.screenshots
	$(BIN)/python -m tests.slide_pictures

chart: setup ## draw the chart of costs again
	$(BIN)/python -m tests.benchmarks.chart

clean: ## remove .venv, the store and all caches
	rm -rf $(VENV) var static/vendor static/geo .pytest_cache .mypy_cache .ruff_cache
