# The commands of the house. Nothing else is needed before `make run` or `make test`:
# both start with `make setup`, which does nothing the second time.

PYTHON ?= python3.11
PORT ?= 8000
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-done

# What the system should have besides Python. Without root or apt-get, setup says what will be missing.
SYSTEM_PACKAGES := tesseract-ocr tesseract-ocr-fra libreoffice-writer-nogui libreoffice-calc-nogui \
	libreoffice-impress-nogui
TEST_SYSTEM_PACKAGES := chromium poppler-utils fonts-liberation

# The pages’ files need the virtual environment that setup makes first.
.NOTPARALLEL:
.PHONY: setup run test gate check format clean system

setup: $(STAMP) web-static

$(STAMP): pyproject.toml constraints.txt
	$(MAKE) system
	test -x $(BIN)/python || $$(command -v $(PYTHON) || command -v python3) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/reuni model prepare
	touch $@

include search_api/web/build.mk

# One apt-get call at most, only for what is missing, only where it can work.
system:
	@missing=""; for p in $(SYSTEM_PACKAGES) $(TEST_SYSTEM_PACKAGES); do \
		dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "Not installed (needs root and apt-get):$$missing. Scans and legacy office files will wait."; fi

run: setup
	$(BIN)/reuni --data $(DATA) index corpus/demo/files --drop demo
	$(BIN)/reuni --data $(DATA) index corpus/demo/scans --drop numerisations
	$(BIN)/reuni --data $(DATA) serve --port $(PORT)

# Two processes, a file each at a time: most tests wait for a process of their own.
test: setup check
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Has the search lost anything on the development topics? The demo collection is indexed anew: some 40 s on two cores.
gate: setup
	$(BIN)/reuni eval gate

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build *.egg-info
