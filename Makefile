# `make report` and `make test` do all their own setting up: nothing but Python, make and git is needed.

ARGS =
bin := .venv/bin
pip := $(bin)/python -m pip -qq --disable-pip-version-check --no-input

# Written last and holding this folder's path: a half-made environment, or one that was copied or moved
# here with its scripts pointing elsewhere, is never taken for a finished one.
ready := .venv/.ready
ifneq ($(shell cat $(ready) 2>/dev/null),$(CURDIR))
$(ready): start-over
endif

.DEFAULT_GOAL := help
.PHONY: help setup report engines test test-browser test-slow lint format docs package tables schema lock bench clean start-over

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'report, test, test-slow, test-browser, bench and lock pass ARGS on: make test ARGS="-k ridge"'

setup: $(ready) ## make the environment in .venv (the others do it when it is needed)

report: $(ready) ## run the experiments and write their reports
	@$(bin)/mapsto run $(ARGS)

engines: $(ready) ## install NumPyro, Stan and Bambi too, and say which engines there are
	@$(pip) install --require-hashes --requirement requirements-engines.lock
	@$(bin)/mapsto list --engines

test: $(ready) ## run the tests, a process for each core
	@$(bin)/python -m pytest -n auto $(ARGS)

test-slow: $(ready) ## run the tests that sample many models
	@$(bin)/python -m pytest -m slow $(ARGS)

test-browser: $(ready) ## run the tests of the pages in Chromium (skipped, and says so, where there is none)
	@$(bin)/python -m pytest -m browser tests/browser $(ARGS)

lint: $(ready) ## check style, formatting and types
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy

format: $(ready) ## put the code into its standard form
	$(bin)/ruff check --fix --exit-zero
	$(bin)/ruff format

docs: $(ready) ## build the documentation site from docs/ into build/docs
	@$(bin)/python -m sphinx --fail-on-warning --keep-going -q docs build/docs
	@echo 'Open build/docs/index.html'

package: $(ready) ## build sdist and wheel, and test the wheel in an environment of its own
	@.ci/package $(ARGS)

tables: $(ready) ## write the README's tables of priors and conventions anew
	@$(bin)/python tests/helpers/tables.py

schema: $(ready) ## write the record's JSON schema anew from its structs
	$(bin)/python -m mapsto.runs.record

lock: $(ready) ## pin the dependencies anew (ARGS=--upgrade for the newest)
	$(bin)/uv pip compile pyproject.toml --group dev --output-file requirements.lock \
	    --python $(bin)/python --python-version 3.12 --universal --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(ARGS)
	$(bin)/uv pip compile pyproject.toml --extra bambi --extra numpyro --extra stan \
	    --constraint requirements.lock --output-file requirements-engines.lock \
	    --python $(bin)/python --python-version 3.12 --universal --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet $(ARGS)

bench: $(ready) ## measure mapsto beside its peers: the table, the script one would write without it, the start
	@$(bin)/python tests/benchmarks/table.py $(ARGS)
	@$(bin)/python tests/benchmarks/compare.py
	@$(bin)/python tests/benchmarks/startup.py

clean: ## remove the environment, the caches and the generated reports
	rm -rf .venv .venv-stan .venv-dask .mypy_cache .pytest_cache .ruff_cache .hypothesis build models/*.egg-info
	find models experiments tests -name __pycache__ -prune -exec rm -rf {} +
	find reports -mindepth 1 ! -name README.md ! -name preview.png -delete

$(ready): requirements.lock pyproject.toml
	@if test "$$(cat $@ 2>/dev/null)" = "$(CURDIR)"; then \
	    echo 'bringing .venv up to date…'; \
	else \
	    python=$$(.ci/find-python) && \
	    echo 'setting up (about a minute, once)…' && \
	    "$$python" -m venv --clear .venv; \
	fi
	@rm -f $@
	@$(pip) install --require-hashes --requirement requirements.lock
	@$(pip) install --no-deps --no-build-isolation --editable .
	@echo '$(CURDIR)' > $@
