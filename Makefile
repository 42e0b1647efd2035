# Two commands for a newcomer: `make test` proves that it works here, `.venv/bin/tenprint --help` shows what it does.
VENV ?= .venv
PY := $(VENV)/bin/python
JOBS ?= 2
.DEFAULT_GOAL := help
.PHONY: help setup demo test check soak reference clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed ## everything into .venv, with progress

$(VENV)/.installed: pyproject.toml requirements.txt CMakeLists.txt tools/setup.sh tools/fetch_models.py tools/convert_leader.py $(shell find native -type f)
	@VENV=$(VENV) tools/setup.sh

demo: setup ## the whole product with synthetic people: a month rehearsed, verified and served (ARGS=--no-serve to end there)
	$(VENV)/bin/tenprint demo $(ARGS)

test: setup ## the fast lane: every fast test and a seeded sample of each slow one
	$(PY) -m pytest -n $(JOBS) --dist loadscope

check: setup ## ruff, mypy strict, import contracts, house tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(PY) -m pytest tests/house -q

soak: setup ## the slow tests whole, fuzzing, measurements; writes docs/measurements/ with commit, date and machine
	VENV=$(VENV) tools/fuzz.sh 120
	$(PY) tools/measure.py --soak

reference: setup ## regenerate docs/reference from the code
	$(PY) tools/reference.py

clean: ## remove what was built here
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
