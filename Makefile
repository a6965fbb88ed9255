PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := demo
.PHONY: demo test docs site clean

# Lints the bundle that people write the first time. Findings (exit code 1) are what it is there to show.
demo: $(VENV)/installed $(VENV)/compiled
	@$(BIN)/crslint check fixtures/pattern || test $$? -eq 1
	@echo
	@echo "That was: $(BIN)/crslint check fixtures/pattern"
	@echo "Try next: $(BIN)/crslint explain CRS001"
	@echo "          $(BIN)/crslint fix --diff fixtures/pattern"
	@echo "          $(BIN)/crslint check fixtures/conforming"
	@echo "          $(BIN)/crslint check YOUR-REPOSITORY"

# mypy and the examples of the rules run beside pytest; what they find is printed at the end.
test: $(VENV)/installed-dev $(VENV)/compiled
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	{ $(BIN)/mypy && $(BIN)/crslint rules test rules; } > $(VENV)/beside 2>&1 & beside=$$!; \
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal; tests=$$?; \
	wait $$beside; beside=$$?; cat $(VENV)/beside; \
	test $$beside -eq 0 -a $$tests -eq 0

# Writes the pages of rules, facts and functions anew, and what commands print in the other pages.
docs: $(VENV)/installed-dev
	$(BIN)/python docs/generate.py

# The documentation as a static site, in site/.
site: docs
	$(BIN)/python docs/website.py

clean:
	rm -rf $(VENV) site

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("crslint needs Python 3.11 or newer: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Making $(VENV) (the first time this takes a minute)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	@$(PIP) install --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/installed

# What pip does for a wheel: where PYTHONDONTWRITEBYTECODE is set nothing else would, and each start would compile all
# modules again.
$(VENV)/compiled: $(shell find crslint -name '*.py') | $(BIN)/python
	@$(BIN)/python -m compileall -q crslint
	@touch $@
