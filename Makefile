# Two commands matter: `make demo` shows it working, `make test` proves it. Each creates what it needs.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
MINDSPORE_VENV := .venv-mindspore
MINDSPORE := $(MINDSPORE_VENV)/bin/python
INSTALLED := $(VENV)/.installed
MINDSPORE_INSTALLED := $(MINDSPORE_VENV)/.installed
TORCH := $(shell grep -E '^torch==' constraints.txt)
PIP := -m pip --disable-pip-version-check --quiet

.PHONY: help demo test check conformance bench bench-fill bench-construct bench-plans clean

help:  ## what there is to make (the default)
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 17

demo: $(INSTALLED)  ## run the documents' examples, show a network's parameters and a picture
	$(RUN) examples/demo.py

test: $(INSTALLED)  ## every test but the live comparison
	$(RUN) -m pytest -n auto --dist worksteal

check: $(INSTALLED)  ## linters, formatting, types, and the layers of the house
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

conformance: $(INSTALLED) $(MINDSPORE_INSTALLED)  ## compare live with the real MindSpore 2.10
	PARAMINIT_MINDSPORE_PYTHON=$(abspath $(MINDSPORE)) $(RUN) -m pytest -s -m conformance tests/conformance

bench: bench-fill bench-construct bench-plans  ## all measurements, one after the other

bench-fill: $(INSTALLED) $(MINDSPORE_INSTALLED)  ## filling beside torch, NumPy and MindSpore; writes docs/bench-fill.md
	PARAMINIT_MINDSPORE_PYTHON=$(abspath $(MINDSPORE)) $(RUN) bench/fill.py

bench-construct: $(INSTALLED)  ## constructing layers beside torch; writes docs/bench-construct.md
	$(RUN) bench/construct.py

bench-plans: $(INSTALLED)  ## planning, applying a plan beside torch, and saving one beside dd
	$(RUN) bench/plan.py
	$(RUN) bench/apply.py --rounds 3
	$(RUN) bench/stream.py --gigabytes 2 --rounds 2

clean:  ## remove the environments and everything generated
	rm -rf $(VENV) $(MINDSPORE_VENV) build .mypy_cache .ruff_cache .pytest_cache

# torch first and by exact version: asked for alone, the index serves the build without CUDA.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN) $(PIP) install $(TORCH)
	$(RUN) $(PIP) install --editable '.[plot,dev]' --constraint constraints.txt
	touch $@

# MindSpore's wheel is built for NumPy 1: under NumPy 2 its bfloat16 and its fast operators fail.
$(MINDSPORE_INSTALLED): Makefile
	$(PYTHON) -m venv $(MINDSPORE_VENV)
	$(MINDSPORE) $(PIP) install mindspore==2.10.0 'numpy<2'
	touch $@
