# Two commands do everything: `make demo` and `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint benchmark docs clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

# One stamp per set of dependencies: the demo needs the light core, the tests need everything. Installing compiles the
# kernel too; without a compiler everything works, and images are slower.
KERNEL := setup.py $(wildcard src/fewfold/methods/transforms/kernel/*)
$(VENV)/.demo: pyproject.toml constraints.txt $(KERNEL)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[survival]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt $(KERNEL)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

demo: $(VENV)/.demo  ## run the main job on real data and leave a report to open
	$(BIN)/fewfold demo --out demo

lint: $(VENV)/.test  ## style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint  ## everything that must hold
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -q

benchmark: $(VENV)/.test  ## slow, real-size checks; prints ratios
	$(BIN)/python -m benchmarks

docs: $(VENV)/.test  ## write the reference pages (catalogue, result schema) from the code
	$(BIN)/python docs/build.py

clean:  ## remove what was installed and made
	rm -rf $(VENV) demo
