# Needs make and Python >= 3.11; everything else is installed into .venv by the first command.
.DEFAULT_GOAL := help
.PHONY: help build test test-lineage lint docs onboard query impact explain candidates models score publish sample-data bench bench-more lock clean

PYTHON ?= python3
BIN := .venv/bin
export DBT_PROFILES_DIR := $(CURDIR)
export DO_NOT_TRACK := 1
export SQL FILE COLUMN CUSTOMER SOURCE MODEL OUT AS_OF
# Relative to the folder that make is called from.
export VARS_FILE := $(if $(VARS),$(abspath $(VARS)))
# dbt resolves relative paths against the folder it is started in; make does not care where that is.
export WAREHOUSE_PATH := $(abspath $(or $(WAREHOUSE_PATH),warehouse.duckdb))
export DATA_DIR := $(abspath $(or $(DATA_DIR),sample_data))
export REAL_DATA_DIR := $(abspath $(or $(REAL_DATA_DIR),../shared/data))

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python >= 3.11 is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Set PYTHON=..." >&2; exit 1; }
	@echo "Installing the pinned packages into .venv (about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

build: .venv/installed  ## dbt build into WAREHOUSE_PATH from DATA_DIR (default: the sample data), with a summary; VARS=FILE for your own data
	@$(BIN)/python -m customer_segments.build $(ARGS)

test: .venv/installed lint  ## lint, dbt's unit and data tests, pytest; on the real data too where REAL_DATA_DIR exists
	@echo "Tests: builds with dbt's tests and pytest on the sample data, and on REAL_DATA_DIR=$(REAL_DATA_DIR)"
	@env -u SOURCE_SYSTEMS -u AS_OF_DATE -u VARS_FILE -u DATA_DIR -u WAREHOUSE_PATH \
		$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

test-lineage: .venv/installed  ## the proof of the lineage: every raw column changed, every public one compared (half an hour)
	@env -u SOURCE_SYSTEMS -u AS_OF_DATE -u VARS_FILE -u DATA_DIR -u WAREHOUSE_PATH ALL_RAW_COLUMNS=1 \
		$(BIN)/python -m pytest -s tests/python/lineage/test_lineage_of_changes.py $(ARGS)

lint: .venv/installed  ## ruff and sqlfluff
	@echo "Lint: ruff, sqlfluff"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@mkdir -p target
	@env -u SOURCE_SYSTEMS DATA_DIR=$(CURDIR)/sample_data WAREHOUSE_PATH=$(CURDIR)/target/lint.duckdb \
		$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models tests analyses

docs: .venv/installed  ## the documentation site, a folder that opens from disk: dbt's own, and the page Attributes
	@test -f $(WAREHOUSE_PATH) || $(MAKE) build
	@$(BIN)/dbt docs generate --static --quiet
	@$(BIN)/python -m customer_segments.docs_site

onboard: .venv/installed  ## propose how to read an export of your own: make onboard FILE=orders.csv
	@$(BIN)/python -m customer_segments.onboarding $${FILE:+"$$FILE"} $(ARGS)

query: .venv/installed  ## one query on the warehouse: make query SQL="select ..."
	@$(BIN)/python -m customer_segments.query

impact: .venv/installed  ## what depends on a raw column: make impact COLUMN=online_retail.online_retail.UnitPrice
	@$(BIN)/python -m customer_segments.impact

explain: .venv/installed  ## one customer, computed again from raw rows: make explain CUSTOMER=12347 SOURCE=online_retail
	@$(BIN)/python -m customer_segments.passport $(ARGS)

candidates: .venv/installed  ## compare all methods of the segmentations that know several, after make build (minutes on the real data)
	@$(BIN)/python -m customer_segments.candidates $(ARGS)

models: .venv/installed  ## the models of the warehouse, which make score can use
	@$(BIN)/python -m customer_segments.scoring --models

score: .venv/installed  ## segments for a file, without fitting: make score FILE=new.csv MODEL=rfm_kmeans:online_retail OUT=segments.parquet
	@$(BIN)/python -m customer_segments.scoring $(ARGS)

publish: .venv/installed  ## copy the public tables to PostgreSQL, all or none: PGHOST=... PGDATABASE=... make publish
	@$(BIN)/python -m customer_segments.publish

sample-data: .venv/installed  ## write sample_data/ again, bit for bit (ARGS="--scale 10 --out DIR" for more)
	@$(BIN)/python -m customer_segments.sample_data $(ARGS)

.venv-bench/installed: benchmarks/peers.txt
	@echo "Installing the libraries that the benchmarks compare with into .venv-bench ..."
	@$(PYTHON) -m venv --clear .venv-bench
	@.venv-bench/bin/pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
	@touch $@

bench: .venv/installed .venv-bench/installed  ## speed and memory beside pandas, polars and others (BENCH_SCALE=small: minutes; SUITES="rfm clicks")
	@env -u SOURCE_SYSTEMS -u AS_OF_DATE -u VARS_FILE $(BIN)/python -m benchmarks $(SUITES)
	@$(if $(SUITES)$(filter small,$(BENCH_SCALE)),:,$(MAKE) --no-print-directory bench-more)

bench-more: .venv/installed  ## the other measurements: custom orders, accuracy of the fits, sequences, history, scoring, publishing
	@env -u SOURCE_SYSTEMS -u AS_OF_DATE -u VARS_FILE $(BIN)/python benchmarks/custom_orders.py
	@$(BIN)/python benchmarks/fit_kmeans.py
	@$(BIN)/python benchmarks/bank_sequences.py
	@env -u SOURCE_SYSTEMS -u AS_OF_DATE -u VARS_FILE $(BIN)/python benchmarks/history.py
	@env -u SOURCE_SYSTEMS -u AS_OF_DATE -u VARS_FILE $(BIN)/python benchmarks/scoring.py
	@env -u SOURCE_SYSTEMS -u AS_OF_DATE -u VARS_FILE $(BIN)/python benchmarks/incremental.py
	@test -z "$$PGHOST" || $(BIN)/python benchmarks/publish.py

lock: .venv/installed  ## resolve requirements.lock again from pyproject.toml
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header \
		--no-annotate --all-extras pyproject.toml --output-file requirements.lock

clean:  ## remove the warehouse, target/ and logs/ (not .venv)
	@rm -rf target logs warehouse.duckdb warehouse.duckdb.wal
