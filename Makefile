.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help
help:  ## this text
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

$(STAMP): pyproject.toml requirements/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Magi needs Python 3.11 or newer; $$($(PYTHON) --version) was found. Set PYTHON=/path/to/python3.11."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements/constraints.txt -e '.[dev]'
	@touch $(STAMP)

.PHONY: venv
venv: $(STAMP)  ## create .venv with the pinned packages

.PHONY: demo
demo: $(STAMP)  ## the main job on two simulated clouds, under a minute
	$(BIN)/magi demo $(ARGS)

.PHONY: test
test: $(STAMP)  ## the fast test suite
	$(BIN)/pytest $(ARGS)

.PHONY: check
check: $(STAMP)  ## what CI checks: format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(STAMP)  ## format and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(STAMP)  ## the benchmarks, printed as tables
	$(BIN)/python -m benchmarks

# The clouds that the tests and the benchmark on real OpenStack use; `make devcloud` starts them where they are not up.
CLOUDS_FILE = $(or $(MAGI_DEVCLOUD_HOME),.devcloud)/clouds.yaml

.PHONY: test-openstack
test-openstack: $(STAMP)  ## the tests on a real OpenStack; starts devcloud with Cinder if it is not up
	$(PYTHON) -m devcloud up --with cinder
	MAGI_TEST_CLOUDS_FILE=$(abspath $(CLOUDS_FILE)) $(BIN)/pytest tests/openstack tests/conformance \
	  --durations 15 -m 'openstack and not alone' $(ARGS)
	MAGI_TEST_CLOUDS_FILE=$(abspath $(CLOUDS_FILE)) $(BIN)/pytest tests/conformance -n 0 -m 'openstack and alone' $(ARGS)

.PHONY: bench-openstack
bench-openstack: $(STAMP)  ## the service ref20 on a real OpenStack, as a table
	$(PYTHON) -m devcloud up
	$(BIN)/python -m benchmarks.on_openstack $(CLOUDS_FILE)

.PHONY: devcloud
devcloud:  ## start a real OpenStack on loopback, two clouds, no hypervisor
	$(PYTHON) -m devcloud up $(ARGS)

.PHONY: devcloud-down
devcloud-down:  ## stop it; its data stays
	$(PYTHON) -m devcloud down $(ARGS)

.PHONY: devcloud-reset
devcloud-reset:  ## stop it and delete its data
	$(PYTHON) -m devcloud reset $(ARGS)

.PHONY: devcloud-status
devcloud-status:  ## what of it runs, where, with how much memory
	$(PYTHON) -m devcloud status $(ARGS)

.PHONY: devcloud-logs
devcloud-logs:  ## the ends of its logs; ARGS=nova for one service
	$(PYTHON) -m devcloud logs $(ARGS)

.PHONY: docs
docs: $(STAMP)  ## write what is made from the code: a table of docs/changes.md, the schema of the settings
	$(BIN)/python -m scripts.changes_table
	$(BIN)/magi config schema > schemas/config.schema.json

.PHONY: pins
pins:  ## renew requirements/constraints.txt from the newest releases
	rm -rf $(VENV)-pins && $(PYTHON) -m venv $(VENV)-pins
	$(VENV)-pins/bin/pip install --quiet --disable-pip-version-check '.[dev]'
	$(VENV)-pins/bin/pip freeze --exclude magi --exclude setuptools > requirements/constraints.txt
	rm -rf $(VENV)-pins

.PHONY: clean
clean:  ## remove what make created
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
