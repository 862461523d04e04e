# Everything a developer runs. Needs Python 3.11, 3.12 or 3.13, make and git; nothing else.
#
#   make demo      a simulated account, read by the tap, loaded into DuckDB through Meltano, and a report
#   make test      ruff, mypy and pytest
#   make quick     the same without what needs Meltano's plugins or takes minutes
#   make test-targets  the loaders with newer versions of what they stand on; asks the package index
#   make test-examples  the projects in examples/, as a newcomer would run them
#   make bench     the tap, measured against what people would pick instead (half an hour; needs 3 GB of memory)
#   make docs      write the parts of README, docs, meltano.yml and hub that come from the code
#   make cost      what hourly runs cost, measured on a simulated account: the tables of docs/cost.md (some minutes)
#   make site      the documentation as a site with search, in .site/html; no dead link. SITE=--check: looked at in Chromium
#   make dist      the distributions of a release, checked
#   make audit     known weaknesses of the pinned packages; asks the package index about them
#   make licences  what comes with the package, and under which licences
#   make mutants   how many small changes to the code no test notices (half an hour; MUTANTS='clock reading.windows')
#   make soak      half an hour: every family of streams fuzzed, all hostile answers, a pipeline killed 20 times
#   make clean     remove what the others made
#
# PYTHON=/path/to/python chooses the interpreter. Packages come through pip, and through uv for Meltano's plugins;
# where only pip knows the package index, set MELTANO_VENV_BACKEND=virtualenv.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PLUGINS := .meltano/.installed
EXAMPLES := .examples/warehouse/.installed .examples/package/.installed .examples/backends/.installed .examples/dagster/.installed
FORMS := $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))

# The first interpreter that the demo's DuckDB has a build for. The tap itself runs on 3.11 and everything newer.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c '$(FITS)' 2>/dev/null && echo $$name && break; done)

export MELTANO_CLI_DISABLE_VERSION_CHECK = 1
# Not plain: that format fails at the very lines that tell of an error.
export MELTANO_CLI_LOG_FORMAT ?= uncolored

.PHONY: audit bench clean cost demo dist docs format help install licences lint mutants quick site soak test test-examples test-targets typing unit

help:
	@sed -n 's/^#   //p' Makefile

$(INSTALLED): pyproject.toml constraints.txt
	@if [ -n "$(PYTHON)" ] && $(PYTHON) -c '$(FITS)' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
	elif [ -z "$(PYTHON)" ] && command -v uv >/dev/null; then uv venv --quiet --seed --python 3.13 $(VENV); \
	else echo "This needs Python 3.11, 3.12 or 3.13: DuckDB 1.2.2 has builds for these. Install one of them, or uv," \
		"which fetches one; or say where it is: make PYTHON=/path/to/python3.13"; exit 1; fi
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[sandbox,parquet,report]' \
		--group test --group lint --group typing --group demo
	@# As pip does for what it copies; without, each start compiles anew where Python may write no bytecode.
	$(BIN)/python -m compileall -q tap_copernica copernica_sandbox copernica_report
	@touch $@

# Each plugin in an environment of its own, as Meltano keeps them. The tap's takes its versions from the constraints.
# Compiled at once: uv leaves that to each start, which takes a second longer where Python may write no bytecode.
$(PLUGINS): export UV_COMPILE_BYTECODE = 1
$(PLUGINS): $(INSTALLED) meltano.yml
	UV_CONSTRAINT=constraints.txt PIP_CONSTRAINT=constraints.txt $(BIN)/meltano install extractor tap-copernica
	$(BIN)/meltano install loader target-duckdb
	$(BIN)/meltano install loader target-jsonl
	$(BIN)/meltano install loader target-postgres
	@touch $@

install: $(INSTALLED) $(PLUGINS)

demo: install
	@$(BIN)/python -m demo.run

test: lint typing unit

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive tap_copernica copernica_sandbox copernica_report tools demo benchmarks
	$(BIN)/python -m tools.licences
	$(BIN)/zizmor --quiet --offline --no-progress --persona=pedantic .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(FORMS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.meltano meltano.yml examples/*/meltano.yml

# No part of the tests: it needs a network, and what it says changes without a commit.
audit: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group audit
	$(BIN)/pip-audit --progress-spinner=off --disable-pip --no-deps --requirement constraints.txt

licences: $(INSTALLED)
	@$(BIN)/python -m tools.licences --list

# The distributions, as a release has them.
dist: $(INSTALLED)
	rm -rf dist
	$(BIN)/python -m hatchling build --directory dist
	$(BIN)/twine check --strict dist/*

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

quick: lint typing
	$(BIN)/python -m pytest -q tests/unit tests/contract

typing: $(INSTALLED)
	$(BIN)/mypy

# In two processes: most tests wait for a server, a signal or a loader as long as they compute.
unit: install
	$(BIN)/python -m pytest -p tests.directory_times --numprocesses 2 --dist worksteal

test-targets: install
	TEST_TARGETS=1 $(BIN)/python -m pytest tests/targets/test_newer_duckdb.py tests/targets/test_translation.py \
		tests/targets/test_target_csv.py tests/targets/test_upstream.py tests/targets/test_bulk.py

# Each example is copied to .examples/, as a newcomer copies it, and gets its environments there. One more example is
# one more name in EXAMPLES, a rule that installs it, and a folder of tests.
test-examples: install $(EXAMPLES)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests_examples/warehouse tests_examples/package \
		tests_examples/backends
	.examples/dagster/bin/python -m pytest --config-file tests_examples/dagster/pytest.ini tests_examples/dagster

# As for the tap's own project, versions come from constraints: the tap's, and dbt's.
.examples/warehouse/.installed: MELTANO := $(CURDIR)/$(BIN)/meltano
.examples/warehouse/.installed: export TAP_COPERNICA_SOURCE = --editable $(CURDIR)
.examples/warehouse/.installed: $(INSTALLED) examples/warehouse/meltano.yml tests_examples/warehouse/constraints.txt
	mkdir -p $(@D)
	cp examples/warehouse/meltano.yml $(@D)
	cd $(@D) && UV_CONSTRAINT=$(CURDIR)/constraints.txt PIP_CONSTRAINT=$(CURDIR)/constraints.txt \
		$(MELTANO) install extractor tap-copernica
	cd $(@D) && $(MELTANO) install loader target-duckdb
	cd $(@D) && UV_CONSTRAINT=$(CURDIR)/$(lastword $^) PIP_CONSTRAINT=$(CURDIR)/$(lastword $^) \
		$(MELTANO) install utility dbt-duckdb
	cd $(@D) && UV_CONSTRAINT=$(CURDIR)/constraints.txt PIP_CONSTRAINT=$(CURDIR)/constraints.txt \
		$(MELTANO) install utility copernica-report
	@touch $@

# The dbt package is run on DuckDB and PostgreSQL, and compiled for BigQuery and Snowflake.
.examples/package/.installed: tests_examples/package/requirements.txt tests_examples/package/constraints.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(lastword $^) --requirement $<
	@touch $@

# Meltano with what it needs to keep its state in S3, and a server for that.
.examples/backends/.installed: tests_examples/backends/requirements.txt tests_examples/backends/constraints.txt | $(INSTALLED)
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(lastword $^) --requirement $<
	@touch $@

# Dagster's environment does not hold the tap, which it runs as a command.
.examples/dagster/.installed: examples/dagster/requirements.txt tests_examples/dagster/constraints.txt | $(INSTALLED)
	$(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(lastword $^) \
		--requirement $< duckdb pytest
	@touch $@

# One mode, one contender or fewer repeats: make bench BENCH='--mode cpu --only tap,bare --repeats 1'
bench: $(INSTALLED)
	@$(BIN)/python -m benchmarks.run $(BENCH)

cost: $(INSTALLED)
	$(BIN)/python -m tools.cost

docs: $(INSTALLED)
	$(BIN)/python -m tools.addresses
	$(BIN)/python -m tools.stream_table
	$(BIN)/python -m tools.meltano_settings
	$(BIN)/python -m tools.pages
	$(BIN)/python -m tools.privacy_tables
	$(BIN)/python -m tools.sandbox_table
	$(BIN)/python -m tools.rooms
	$(BIN)/python -m tools.diagrams
	$(BIN)/python -m tools.streams_page
	$(BIN)/python -m tools.scale_tables
	$(BIN)/python -m tools.doctor_report

site: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group site
	$(BIN)/python -m tools.site $(SITE)

# Some modules only: make mutants MUTANTS='clock reading.windows'. `../.venv/bin/mutmut browse`, in .mutants, shows each.
mutants: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group mutation
	$(BIN)/python -m tools.mutants $(MUTANTS)

# SOAK_SECONDS is for the fuzzing alone; the table at the end says what each family went through.
soak: install
	SOAK_SECONDS=$${SOAK_SECONDS:-1200} $(BIN)/python -m pytest -q -p tests.support.tally -k 'hostile or soak' \
		tests/hostile tests/reliability/test_fuzzing.py
	SOAK_SECONDS=1 $(BIN)/python -m pytest -q tests/reliability/test_kills.py tests/coverage/test_every_state.py \
		tests/doctor/test_combinations.py tests/partitions
	SOAK_SECONDS=1 $(BIN)/python -m pytest -q --numprocesses 2 --dist worksteal -m soak

clean:
	rm -rf $(VENV) .bench .examples .site .meltano .mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist output/*
