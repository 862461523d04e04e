# Everything a developer runs. Needs Python 3.11 or newer, make and git; nothing else.
#
#   make demo    a simulated account, read by the tap, loaded into DuckDB through Meltano
#   make test    ruff, mypy and pytest
#
# PYTHON=/path/to/python chooses the interpreter, PIP_FLAGS="--index-url ..." another package index.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP_FLAGS ?=

# The first interpreter on the path that is new enough.
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; \
	done)

.PHONY: help install demo test lint format typing unit clean

help:
	@sed -n 's/^#   //p' Makefile

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) --constraint constraints.txt --editable '.[sandbox]' \
		--group test --group lint --group typing --group demo
	@touch $@

install: $(INSTALLED)

test: lint typing unit

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

typing: $(INSTALLED)
	$(BIN)/mypy

unit: $(INSTALLED)
	$(BIN)/python -m pytest -p tests.directory_times

clean:
	rm -rf $(VENV) .meltano .mypy_cache .pytest_cache .ruff_cache .hypothesis output
