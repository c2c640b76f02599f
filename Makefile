# The contributor's interface. `make run` and `make test` do their own set-up.
PYTHON ?= python3
PORT   ?= 8501
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: run setup prepare test lint type bench chart screenshots clean

run: prepare
	@echo "Siaga: http://127.0.0.1:$(PORT)  (Ctrl+C untuk berhenti)"
	@exec $(BIN)/streamlit run app.py --server.port $(PORT) --server.address 127.0.0.1

setup: $(VENV)/.dev-ready

prepare: $(VENV)/.runtime-ready
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

# Two workers, a file of tests at a time; the summary names browser tests that were asked again (R).
test: setup lint type
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not bench" -rR

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: setup
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m pytest -q -m bench -s tests/benchmarks

screenshots: setup
	$(BIN)/python -m tests.screenshots

chart: setup
	$(BIN)/python -m tests.benchmarks.chart

clean:
	rm -rf $(VENV) var static/vendor .pytest_cache .mypy_cache .ruff_cache
