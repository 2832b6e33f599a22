# The Academy's commands. `make help` lists them.
PYTHON ?= python3
PORT ?=
TESTS ?=

ACADEMY := $(PYTHON) academy/install.py
DEV := $(ACADEMY) --dev --

.DEFAULT_GOAL := help
.PHONY: help serve test torture check bench lock clean

help: ## list these commands
	@grep -hE '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

serve: ## install what is missing and run the Academy (make serve PORT=8123 for another port)
	@exec $(ACADEMY) -- -m academy hub serve $(if $(PORT),--port "$(PORT)")

test: ## install what is missing and run all tests with the network cut (TESTS="tests/hub -k name" for some)
	@exec $(DEV) tests/run.py $(TESTS)

torture: ## run the long tests: thirty learners, attacks without walls, refreshes killed at many moments
	@exec $(DEV) tests/run.py -m torture tests

check: ## style, types and notebooks
	@$(DEV) -m ruff check .
	@$(DEV) -m ruff format --check .
	@$(DEV) -m mypy
	@for file in courses/*/course.yaml; do $(DEV) -m academy course check --no-run "$${file%/course.yaml}" || exit 1; done

bench: ## measure beside the stock tools; prints a table and writes JSON
	@exec $(DEV) tests/benchmarks/run.py

lock: ## write the locks anew from requirements/*.in and hub_config/proxy/package.json
	@exec $(DEV) requirements/lock.py

clean: ## remove the installation and caches (never state/)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache test-results
