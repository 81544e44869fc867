# Everything sets itself up: the first call makes .venv and installs what it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
CLIENTS := $(patsubst tests/clients/requirements/%.txt,.venv/clients/%/.installed,$(wildcard tests/clients/requirements/*.txt))
TORCH := .venv-torch/bin
GPU := .venv-gpu/bin
PIP_FLAGS := --quiet --disable-pip-version-check -c constraints.txt
NICE ?=

.DEFAULT_GOAL := help
CLIENT_TESTS := tests/system/test_samples.py tests/system/test_segmind_sdk.py tests/clients/test_openai.py tests/clients/test_google_genai.py
.PHONY: help demo serve test test-deployments test-torch check format package demo-wheel check-deploy bench bench-gpu faults soak train \
	evaluate docs clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: .venv/.run ## start a server, send the sample requests through v1 and v2, save the pictures under out/
	$(BIN)/python examples/demo.py --out out

serve: .venv/.run ## run a server here; prints its URL and, the first time, a key
	$(BIN)/imagend serve --data-dir .imagend

test: .venv/.test .venv/.chromium $(CLIENTS) ## run the tests, real servers included; needs no torch
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-torch: .venv-torch/.installed ## compare samplers and the network with diffusers and torch (CPU)
	OMP_NUM_THREADS=1 $(TORCH)/python -m pytest -n auto --maxprocesses 2 --dist loadfile tests/torch

# Each kind of deployment with the newest hosted SDK, the published samples, OpenAI's client and Google's.
test-deployments: .venv/.test $(CLIENTS) ## the clients' tests on gateways with PostgreSQL and S3, and with workers on Ray
	$(BIN)/python -m pytest --deployment gateways -k "not 1.1.0 and not 1.2.0" $(CLIENT_TESTS)
	$(BIN)/python -m pytest --deployment ray -k "not 1.1.0 and not 1.2.0" $(CLIENT_TESTS)

check: .venv/.test ## lint, format, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.test ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

package: .venv/.test ## build sdist and wheel into dist/
	$(BIN)/python -m tools.packages build

demo-wheel: .venv/.test ## build the wheel, install it into an empty environment and run the demo there; a minute or two
	$(BIN)/python -m tools.packages demo

check-deploy: .venv/.test ## ask promtool, systemd-analyze, kubectl, hadolint, ... about deploy/, those that are here
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.check_deploy

bench: .venv/.run ## measure; prints tables and writes docs/data/bench-*.json
	$(BIN)/python -m bench

bench-gpu: .venv-gpu/.installed ## measure on a GPU (CUDA), an hour and a half; bench/gpu/README.md
	failed=0; for table in $$($(GPU)/python -m bench.gpu list); do $(GPU)/python -m bench.gpu $$table || failed=1; done; \
	$(GPU)/python -m bench.gpu page; exit $$failed

faults: .venv/.test ## the long set of faults and loads, over an hour; writes docs/data/faults-*.json and docs/reliability.md
	$(BIN)/python -m faults record --acknowledged 100000 --faults 500
	$(BIN)/python -m faults record --acknowledged 20000 --faults 200 --topology shared
	$(BIN)/python -m faults run
	$(BIN)/python -m faults load
	$(BIN)/python -m tools.reliability_page

soak: .venv/.test ## faults on a live server until a promise breaks
	$(BIN)/python -m faults soak

train: .venv-torch/.installed ## train the bundled model on this CPU (about an hour, resumable)
	$(TORCH)/python -m training.train

evaluate: .venv/.run ## score the bundled model on held-out captions
	$(BIN)/python -m training.evaluate

docs: .venv/.docs ## build the documents as a site under out/site
	$(BIN)/zensical build --config-file mkdocs.yml --strict

clean: ## remove what was built; keeps data of servers
	rm -rf .venv .venv-torch .venv-gpu out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "imagend needs Python 3.11 or newer (set PYTHON=...)"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.docs: .venv/.run
	$(BIN)/python -m pip install $(PIP_FLAGS) -e '.[docs]'
	@touch $@

.venv/.run: .venv/.made pyproject.toml constraints.txt
	$(BIN)/python -m pip install $(PIP_FLAGS) -e .
	@touch $@

.venv/.test: .venv/.run
	$(BIN)/python -m pip install $(PIP_FLAGS) -e '.[test,check]'
	$(foreach version,$(SDK_VERSIONS),$(call install-sdk,$(version)))
	@touch $@

# A browser for tests/web: the system's, or installed where that is allowed.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
.venv/.chromium: .venv/.made
	@command -v chromium || command -v chromium-browser || command -v google-chrome || { \
	  $(AS_ROOT) apt-get update -q && $(AS_ROOT) apt-get install -qy --no-install-recommends chromium; } \
	  || { echo "the tests of the web pages need Chromium: apt-get install chromium"; exit 1; }
	@touch $@

# Other versions of the hosted SDK, each in a folder of its own: tests run the same checks on all.
SDK_VERSIONS := 1.1.0 1.2.0 1.3.0
define install-sdk
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/sdk/segmind-$(1) segmind==$(1)

endef

# Real clients whose dependencies clash with ours and with each other's.
.venv/clients/%/.installed: tests/clients/requirements/%.txt .venv/.made
	$(PYTHON) -m venv --clear .venv/clients/$*
	.venv/clients/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv-torch/.installed: pyproject.toml constraints.txt
	@test -d .venv-torch || $(PYTHON) -m venv .venv-torch
	$(TORCH)/python -m pip install $(PIP_FLAGS) torch==2.13.0
	$(TORCH)/python -m pip install $(PIP_FLAGS) -e '.[test,torch,safety]'
	@touch $@

# Of torch whatever version pip finds for this machine's CUDA.
.venv-gpu/.installed: pyproject.toml
	@test -d .venv-gpu || $(PYTHON) -m venv .venv-gpu
	$(GPU)/python -m pip install --quiet --disable-pip-version-check -e '.[gpu]'
	@touch $@
