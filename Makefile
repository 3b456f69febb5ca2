# Needs make and Python 3.11 or newer; everything else is installed, pinned, into $(VENV).
#
#   make run            the emulator on its built-in network, every layer through the banks
#   make test           everything that gates a change
#   make test-extended  the same tests with long searches, and the slow ones
#   make rtl            golden packages replayed by the RTL model (needs Icarus Verilog)
#   make bench          speed beside the machine's own peaks (needs a quiet machine)
#
# PYTHON chooses the interpreter: make test PYTHON=python3.12
# WORKERS is how many processes run tests: make test WORKERS=0 runs them in one

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= auto
PYTEST_FLAGS ?=
CONSTRAINTS := constraints/gate.txt

BIN := $(VENV)/bin
# Version and places, so that another interpreter or a moved folder gets a fresh environment.
INTERPRETER := $(shell $(PYTHON) -c 'import os, sys, zlib; \
	places = zlib.crc32((sys.prefix + os.getcwd()).encode()); \
	print("%d.%d.%d-%08x" % (*sys.version_info[:3], places))' 2>/dev/null)
STAMP := $(VENV)/installed-$(or $(INTERPRETER),unknown)
TOOLS := $(STAMP)-tools

# Byte code is left to every core.
PIP_INSTALL := $(BIN)/python -m pip install -qq --no-compile -c $(CONSTRAINTS)
BYTE_CODE := $(BIN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true

# Files stay whole, so that what a file's tests share is made once. They come in the order of their
# names: by number of tests, the longest would come last.
RUN_TESTS := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install tools run test test-extended rtl bench lint format clean

help:
	@sed -n 's/^#   //p' Makefile

install: $(STAMP)

tools: $(TOOLS)

$(STAMP): pyproject.toml $(CONSTRAINTS) Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "PYTHON must be Python 3.11 or newer, got $(PYTHON)" \
			"($$($(PYTHON) --version 2>&1)); try: make PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP_INSTALL) setuptools
	$(PIP_INSTALL) --no-build-isolation -e .
	@$(BYTE_CODE)
	@touch $@

# What only tests need: linters, Hypothesis, a solver, and the engines to compare with.
$(TOOLS): $(STAMP)
	$(PIP_INSTALL) --no-build-isolation -e '.[test]'
	@$(BYTE_CODE)
	@touch $@

run: install
	$(BIN)/qpim run

lint: tools
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

test: lint
	$(RUN_TESTS) $(PYTEST_FLAGS)

test-extended: lint
	QPIM_HYPOTHESIS_PROFILE=deep $(RUN_TESTS) -m "" $(PYTEST_FLAGS)

rtl:
	$(PYTHON) -m golden.rtl.replay

bench: tools
	$(BIN)/python -m tests.benchmarks.bench

format: tools
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find qpim_emu tests -name __pycache__ -type d -prune -exec rm -rf {} +
