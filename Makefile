.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# A package whose hash is another one is not installed, and none comes in that is not pinned.
FROM_PINS := --quiet --disable-pip-version-check --require-hashes
OURSELVES := --quiet --disable-pip-version-check --no-deps --no-build-isolation
# What is compiled is kept: without it each process of the tests compiles all of them again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help:  ## this text
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Magi needs Python 3.11 or newer; $$($(PYTHON) --version) was found. Set PYTHON=/path/to/python3.11."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(FROM_PINS) -r requirements/dev.txt
	$(BIN)/pip install $(OURSELVES) --editable .
	@touch $(STAMP)

.PHONY: venv
venv: $(STAMP)  ## create .venv with the pinned packages

.PHONY: demo
demo: $(STAMP)  ## the main job on two simulated clouds, under a minute
	$(BIN)/magi demo $(ARGS)

.PHONY: test
test: $(STAMP)  ## the fast test suite
	$(BIN)/pytest --durations 10 $(ARGS)

# The tests of the packages whose coverage is measured: tracing them costs time, and the others hardly add to it.
MEASURED := tests/planning tests/documents tests/targets tests/resources tests/drivers tests/conformance tests/compatibility \
  tests/test_approvers.py tests/test_owners.py tests/test_shards.py tests/cli/test_adopt_trust.py tests/cli/test_doctor.py \
  tests/cli/test_rights_command.py tests/end_to_end/test_adopting_examples.py

.PHONY: test-coverage
test-coverage: $(STAMP)  ## the tests of planning, model, documents and targets; fails below 95 % of lines and branches
	$(BIN)/pytest --durations 10 --cov --cov-report= --cov-fail-under=0 $(MEASURED) $(ARGS)
	$(BIN)/python -m scripts.coverage_table

.PHONY: test-others
test-others: $(STAMP)  ## the fast tests that are not part of test-coverage
	$(BIN)/pytest --durations 10 $(MEASURED:%=--ignore=%) $(ARGS)

.PHONY: check
check: $(STAMP)  ## what CI checks: format, lint, types, import contracts, names of test files, words
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test-names
	$(BIN)/python -m scripts.word_list

.PHONY: test-names
test-names:
	@! find tests -name 'test_*.py' -exec basename {} \; | sort | uniq -d | grep . || { echo 'two test files have this name'; exit 1; }

.PHONY: format
format: $(STAMP)  ## format, and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: torture
torture: $(STAMP)  ## histories of commits, drift, faults and kills against a running Magi; ARGS="--minutes 480" for a night of them
	$(BIN)/python -m torture $(ARGS)

.PHONY: bench
bench: $(STAMP)  ## the benchmarks, printed as tables
	$(BIN)/python -m benchmarks

.PHONY: soak
soak: $(STAMP)  ## 10,000 passes in simulated time: nothing grows with them; ARGS="--passes 2000" for fewer
	$(BIN)/python -m soak $(ARGS)

# The clouds that the tests and the benchmark on real OpenStack use; `make devcloud` starts them where they are not up.
CLOUDS_FILE = $(or $(MAGI_DEVCLOUD_HOME),.devcloud)/clouds.yaml

ON_OPENSTACK = MAGI_TEST_CLOUDS_FILE=$(abspath $(CLOUDS_FILE)) $(BIN)/pytest tests/openstack tests/conformance --durations 10

.PHONY: test-openstack
test-openstack: $(STAMP)  ## the tests on a real OpenStack, what matters most first; starts devcloud with Cinder if it is not up
	$(PYTHON) -m devcloud up --with cinder
	$(ON_OPENSTACK) -n 2 -m 'openstack and essential' $(ARGS)
	$(ON_OPENSTACK) -n 2 -m 'openstack and not essential and not alone' $(ARGS)
	$(ON_OPENSTACK) -n 0 -m 'openstack and alone' $(ARGS)

ENGINE ?= docker
IMAGE := localhost/magi-test

.PHONY: test-image
test-image: $(STAMP)  ## build the image and run it in a container; ENGINE=podman where that is what there is
	$(ENGINE) build $(ARGS) --tag $(IMAGE) .
	MAGI_TEST_ENGINE="$(ENGINE)" MAGI_TEST_IMAGE=$(IMAGE) $(BIN)/pytest -n 0 tests/end_to_end/test_image.py

SYSTEM := .system
PACKAGES := ca-certificates,dbus,git,gnupg,openssh-client,procps,python3,python3-venv,systemd,systemd-sysv

$(SYSTEM):
	debootstrap --variant=minbase --include=$(PACKAGES) bookworm $@.new http://deb.debian.org/debian
	cp /etc/ssl/certs/ca-certificates.crt $@.new/etc/ssl/certs/
	cp /etc/resolv.conf $@.new/etc/
	mkdir -p $@.new/etc/sysusers.d $@.new/etc/magi $@.new/etc/systemd/system/multi-user.target.wants
	ln -s /etc/systemd/system/magi.service $@.new/etc/systemd/system/multi-user.target.wants/
	chroot $@.new python3 -m venv /opt/magi
	mv $@.new $@

.PHONY: test-system
test-system: $(STAMP) | $(SYSTEM)  ## boot a small Debian with the unit; as root, with debootstrap and systemd-nspawn
	install -m 644 deploy/systemd/magi.sysusers.conf $(SYSTEM)/etc/sysusers.d/magi.conf
	install -m 644 deploy/systemd/magi.service $(SYSTEM)/etc/systemd/system/
	chroot $(SYSTEM) systemd-sysusers
	rm -rf $(SYSTEM)/src && mkdir $(SYSTEM)/src && git archive HEAD | tar -x -C $(SYSTEM)/src
	chroot $(SYSTEM) /opt/magi/bin/pip install $(FROM_PINS) -r /src/requirements/runtime.txt -r /src/requirements/build.txt
	chroot $(SYSTEM) /opt/magi/bin/pip install $(OURSELVES) /src
	MAGI_TEST_SYSTEM=$(abspath $(SYSTEM)) $(BIN)/pytest -n 0 tests/end_to_end/test_system.py

ANSIBLE := $(VENV)-ansible

$(ANSIBLE)/.installed: requirements/ansible.txt
	$(PYTHON) -m venv $(ANSIBLE)
	$(ANSIBLE)/bin/pip install $(FROM_PINS) -r requirements/ansible.txt
	@touch $@

.PHONY: bench-openstack
bench-openstack: $(STAMP) $(ANSIBLE)/.installed  ## the service ref20 on a real OpenStack, by Magi, Heat and Ansible, as a table; half an hour
	$(PYTHON) -m devcloud up --with cinder,heat
	$(BIN)/python -m benchmarks.on_openstack $(CLOUDS_FILE) --ansible $(ANSIBLE)/bin/ansible-playbook $(ARGS)

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
docs: $(STAMP)  ## write what is made from the code: tables in docs/, the schemas, the OpenAPI document, the dashboard
	$(BIN)/python -m scripts.changes_table
	$(BIN)/python -m scripts.rights_tables
	$(BIN)/python -m scripts.requirements_table
	$(BIN)/python -m scripts.document_pages
	$(BIN)/python -m scripts.dashboard
	$(BIN)/magi config schema > schemas/config.schema.json
	$(BIN)/python -m scripts.schema_files
	$(BIN)/python -m scripts.openapi_file

.PHONY: kind
kind: $(STAMP)  ## write the stubs of a new kind of the network service: make kind NAME=record-set
	$(BIN)/python -m scripts.new_kind '$(NAME)'

PINS := $(VENV)-pins
COMPILE := $(PINS)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: pins
pins:  ## renew the pins in requirements/ from the newest releases
	rm -rf $(PINS) && $(PYTHON) -m venv $(PINS)
	$(PINS)/bin/pip install --quiet --disable-pip-version-check uv
	$(COMPILE) pyproject.toml --extra dev --group build --output-file requirements/dev.txt
	$(COMPILE) pyproject.toml --extra coordination --extra forges --extra rego --extra tracing -c requirements/dev.txt --output-file requirements/runtime.txt
	$(COMPILE) --group build -c requirements/dev.txt --output-file requirements/build.txt
	$(COMPILE) --group audit --output-file requirements/audit.txt
	$(COMPILE) --group tools --output-file requirements/tools.txt
	$(COMPILE) --group pipx -c requirements/runtime.txt --output-file requirements/pipx.txt
	$(COMPILE) --group fuzz -c requirements/runtime.txt --output-file requirements/fuzz.txt
	$(COMPILE) --group mutants -c requirements/dev.txt --output-file requirements/mutants.txt
	$(COMPILE) --group ansible --output-file requirements/ansible.txt
	rm -rf $(PINS)

FUZZ := $(VENV)-fuzz

$(FUZZ)/.installed: requirements/runtime.txt requirements/fuzz.txt
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/pip install $(FROM_PINS) -r requirements/runtime.txt -r requirements/fuzz.txt
	@touch $@

.PHONY: fuzz
fuzz: $(FUZZ)/.installed  ## fuzz all that comes from outside, a minute a target; ARGS="loader --seconds 600" for one
	$(FUZZ)/bin/python -m fuzz $(ARGS)

MUTANTS := $(VENV)-mutants

$(MUTANTS)/.installed: requirements/dev.txt requirements/mutants.txt
	$(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/pip install $(FROM_PINS) -r requirements/dev.txt -r requirements/mutants.txt
	@touch $@

.PHONY: mutants
mutants: $(MUTANTS)/.installed  ## change the code of planning, judging and applying.py bit by bit, and see which change no test notices; ARGS="reconciler/judging" for a part
	$(MUTANTS)/bin/python -m scripts.mutants $(ARGS)
	$(MUTANTS)/bin/python -m scripts.mutants_table

.PHONY: mutant
mutant: $(MUTANTS)/.installed  ## show one of the mutants: make mutant NAME=reconciler.applying.x_apply__mutmut_1
	$(MUTANTS)/bin/mutmut show '$(NAME)'

TOOLS := $(VENV)-tools

$(TOOLS)/.installed: requirements/tools.txt requirements/build.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install $(FROM_PINS) -r requirements/tools.txt -r requirements/build.txt
	@touch $@

.PHONY: hooks
hooks: $(STAMP) $(TOOLS)/.installed  ## have Git run what `make check` runs before each commit
	$(TOOLS)/bin/pre-commit install

.PHONY: tutorial
tutorial: $(STAMP)  ## run docs/tutorial.md, every block of it, and compare what it prints with the page
	$(BIN)/pytest -n 0 tests/end_to_end/test_tutorial.py $(ARGS)

.PHONY: test-versions
test-versions: $(TOOLS)/.installed  ## the fast tests on each Python that Magi supports and this machine has; ARGS="-s tests-3.13 -- tests/planning"
	$(TOOLS)/bin/nox $(ARGS)

.PHONY: site
site: $(TOOLS)/.installed  ## build the documentation as a site in .site/html; a broken link fails
	rm -rf .site
	$(TOOLS)/bin/python -m scripts.site_source .site/source
	NO_MKDOCS_2_WARNING=1 $(TOOLS)/bin/mkdocs build --strict

AUDIT := $(VENV)-audit

$(AUDIT)/.installed: requirements/audit.txt
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/pip install $(FROM_PINS) -r requirements/audit.txt
	@touch $@

.PHONY: audit
audit: $(AUDIT)/.installed  ## fail where a pinned package has a known vulnerability; say so where nobody can tell
	$(AUDIT)/bin/python -m scripts.audit requirements/runtime.txt requirements/dev.txt requirements/build.txt requirements/audit.txt requirements/tools.txt requirements/pipx.txt requirements/fuzz.txt requirements/mutants.txt requirements/ansible.txt

.PHONY: sbom
sbom: $(AUDIT)/.installed  ## write sbom.json: the packages that Magi runs with, in CycloneDX
	rm -rf $(VENV)-sbom && $(PYTHON) -m venv --without-pip $(VENV)-sbom
	$(AUDIT)/bin/pip --python $(VENV)-sbom install $(FROM_PINS) -r requirements/runtime.txt
	$(AUDIT)/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-file sbom.json $(VENV)-sbom
	rm -rf $(VENV)-sbom

.PHONY: dist
dist: $(TOOLS)/.installed  ## build the sdist, and from it the wheel, into dist/: the same bytes from the same commit
	rm -rf dist build
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(TOOLS)/bin/python -m build --no-isolation --outdir dist .

.PHONY: release
release: $(TOOLS)/.installed $(AUDIT)/.installed  ## build wheel, sdist, pins, SBOM and checksums of the version in pyproject.toml into dist/
	$(TOOLS)/bin/python -m scripts.release_check
	$(MAKE) dist sbom
	mv sbom.json dist/
	cp requirements/runtime.txt dist/requirements.txt
	cd dist && sha256sum * > SHA256SUMS && cat SHA256SUMS

WHEEL_VENV := $(VENV)-wheel

PIPX := $(VENV)-pipx

$(PIPX)/.installed: requirements/pipx.txt
	$(PYTHON) -m venv $(PIPX)
	$(PIPX)/bin/pip install $(FROM_PINS) -r requirements/pipx.txt
	@touch $@

.PHONY: test-wheel
test-wheel: $(STAMP) $(PIPX)/.installed dist  ## install the wheel as people do, with pipx, and run it
	rm -rf $(WHEEL_VENV)
	$(PIPX)/bin/pip download $(FROM_PINS) --dest $(WHEEL_VENV)/packages -r requirements/runtime.txt -r requirements/pipx.txt
	PIPX_HOME=$(abspath $(WHEEL_VENV)) PIPX_BIN_DIR=$(abspath $(WHEEL_VENV))/bin PIPX_MAN_DIR=$(abspath $(WHEEL_VENV))/man \
	  $(PIPX)/bin/pipx install --quiet --python $(PYTHON) --pip-args "--no-index --find-links $(abspath $(WHEEL_VENV))/packages" \
	  "$$(echo dist/*.whl)[coordination,forges,rego,tracing]"
	MAGI_TEST_INSTALLED=$(abspath $(WHEEL_VENV))/venvs/magi $(BIN)/pytest -n 0 tests/end_to_end/test_wheel.py

.PHONY: clean
clean:  ## remove what make created
	rm -rf $(VENV) $(ANSIBLE) $(AUDIT) $(FUZZ) $(MUTANTS) $(TOOLS) $(PIPX) $(WHEEL_VENV) .nox .site .fuzz .coverage mutants build dist sbom.json *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
