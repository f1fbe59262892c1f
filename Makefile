# What people do with a clone of this repository. `make` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := packaging/debian-packages.txt
TEST_PACKAGES := packaging/debian-packages-test.txt
.PHONY: help setup packages test-packages ui demo demo-stop test test-thorough test-exhaustive test-fast lint bench docs

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 15

setup: packages $(VENV)/.ready ui ## install what Millpond needs: Debian packages, .venv, the web interface

ui: ui/dist/.ready ## build the web interface into ui/dist

demo: setup ## start three servers, a pool and three guests on this machine (as root)
	@$(BIN)/millpond lab demo

demo-stop: ## remove everything that demo started
	@if [ -x $(BIN)/millpond ]; then $(BIN)/millpond lab demo-stop; fi

test: setup test-packages ## run the tests, those on real servers last (as root)
	@tests/run usual $(PYTEST_ARGS)

test-thorough: setup test-packages ## run what make test leaves out and CI does not (as root)
	@tests/run thorough $(PYTEST_ARGS)

test-exhaustive: setup test-packages ## run what CI has no time for, before a release (as root)
	@tests/run exhaustive $(PYTEST_ARGS)

test-fast: setup ## run the tests that take seconds and need no servers
	@$(BIN)/pytest -m "not lab and not slow" $(PYTEST_ARGS)

lint: setup ## check style, types, layers and the freshness of the reference pages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy tools bench
	$(BIN)/lint-imports
	$(BIN)/python tools/docs/build.py --check
	ui/tools/npm run check
	ui/tools/api --check

bench: setup ## measure Millpond against the same steps by hand (as root)
	@$(BIN)/python -m bench

docs: setup ## write the reference pages anew from the code
	$(BIN)/python tools/docs/build.py
	ui/tools/api

packages:
	@packaging/install-packages $(PACKAGES)

test-packages:
	@packaging/install-packages $(TEST_PACKAGES)

$(VENV)/.ready: pyproject.toml constraints.txt | packages
	/usr/bin/python3 -m venv --system-site-packages $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

UI_SOURCES := $(shell find ui/src ui/tools -type f) $(wildcard ui/*.json ui/*.ts ui/*.html)

ui/node_modules/.ready: ui/package-lock.json | $(VENV)/.ready
	ui/tools/npm ci --no-progress --loglevel=error
	touch $@

ui/dist/.ready: $(UI_SOURCES) ui/node_modules/.ready
	ui/tools/npm run build --loglevel=error
	touch $@
