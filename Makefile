# `make run` and `make test` are the two commands of the README; the rest are their parts.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) || command -v python3)

.PHONY: setup run test check lint types lock clean

setup: $(VENV)/.installed

$(VENV)/bin/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.lock

# Installed again only when the lock or the project's own description changed.
$(VENV)/.installed: requirements-dev.lock pyproject.toml | $(VENV)/bin/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

run: setup
	$(BIN)/perezvon demo

test: setup
	$(BIN)/pytest

check: lint types

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

# The lock files name every package with its hashes, and no registry.
lock: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) var
