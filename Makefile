# Everything here sets itself up: it needs Python 3.11 or newer and make, nothing else.
#
#   make demo    set up, then launch a project, and something that the launch role may not
#   make test    set up, then run every check
#   make help    what else there is

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

BENCH_VENV := .venv-bench
BENCH_READY := $(BENCH_VENV)/.ready

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-15s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(READY) ## the virtual environment in .venv, from the pinned requirements

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "launchrole needs Python 3.11 or newer; say which one with make PYTHON=python3.12" >&2; exit 1; }
	@echo "==> setting up $(VENV) with the pinned requirements"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: demo
demo: $(READY) ## launch a built-in project, then a template that the policy denies; its preflight with the fixes
	@$(BIN)/python examples/demo.py

.PHONY: test
test: lint types floors unit ## every check: style, types, floors, tests with coverage
	@echo "==> every check passed"

.PHONY: lint
lint: $(READY)
	@echo "==> style (ruff)"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

.PHONY: types
types: $(READY)
	@echo "==> types (mypy --strict)"
	@$(BIN)/mypy
	@$(BIN)/mypy benchmarks

.PHONY: floors
floors: $(READY)
	@echo "==> floors (import-linter)"
	@$(BIN)/lint-imports

.PHONY: unit
unit: $(READY)
	@echo "==> tests, with the coverage of the package and of the tests themselves"
	@$(BIN)/python -m pytest -n 2 -m "not slow" --cov --cov-report=term

.PHONY: test-slow
test-slow: $(READY) ## the long runs that make test leaves out
	@$(BIN)/python -m pytest -n 2 -m slow

.PHONY: format
format: $(READY) ## rewrite the sources in the project's style
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

$(BENCH_READY): benchmarks/requirements.lock $(READY)
	@echo "==> setting up $(BENCH_VENV) with the engines to compare with"
	@test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --require-hashes --no-deps -r benchmarks/requirements.lock
	@$(BENCH_VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: bench
bench: $(BENCH_READY) ## measure against other policy engines, side by side; BENCH="--markdown" and the like
	@$(BENCH_VENV)/bin/python benchmarks/policy_engine.py $(BENCH)

.PHONY: bench-account
bench-account: $(BENCH_READY) ## measure the account beside plain moto: calls a second, memory, restart
	@$(BENCH_VENV)/bin/python benchmarks/account.py $(BENCH)

.PHONY: bench-launches
bench-launches: $(READY) ## measure launches of a built-in project: one, many at once, from the command line
	@$(BIN)/python benchmarks/launches.py $(BENCH)

.PHONY: bench-policies
bench-policies: $(READY) ## measure comparisons of managed policies, an import of all versions, z3 on the same pairs
	@$(BIN)/python benchmarks/policies.py

.PHONY: bench-preflights
bench-preflights: $(READY) ## measure preflights of real templates in a warm process
	@$(BIN)/python benchmarks/preflights.py

.PHONY: bench-stacks
bench-stacks: $(READY) ## measure stacks of 200 resources beside moto's, their growth, and a real template
	@$(BIN)/python benchmarks/stacks.py $(BENCH)

.PHONY: lock
lock: ## pin the requirements anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate \
		--extra dev --extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate \
		--extra build pyproject.toml benchmarks/requirements.in -o benchmarks/requirements.lock

.PHONY: clean
clean: ## remove what the targets made
	rm -rf $(VENV) $(BENCH_VENV) .cdk .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov dist
