# The commands of the house. Nothing else is needed before `make run` or `make test`:
# both start with `make setup`, which does nothing the second time.

PYTHON ?= python3.11
PORT ?= 8000
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# What the system should have besides Python. Without root or apt-get, setup says what will be missing.
SYSTEM_PACKAGES := tesseract-ocr tesseract-ocr-fra libreoffice-writer-nogui libreoffice-calc-nogui \
	libreoffice-impress-nogui
TEST_SYSTEM_PACKAGES := chromium poppler-utils fonts-liberation

# Parts that wait for the network, for the disk or for nothing but one core leave room for others: apt-get works beside
# pip, then the types are checked while the model is prepared and the pages' files are made.
MAKEFLAGS += --jobs=3
.PHONY: setup run test gate check format clean

setup: $(VENV)/.system $(VENV)/.model web-static

# One apt-get call at most, only for what is missing, only where it can work.
$(VENV)/.system: Makefile
	@missing=""; for p in $(SYSTEM_PACKAGES) $(TEST_SYSTEM_PACKAGES); do \
		dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "Not installed (needs root and apt-get):$$missing. Scans and legacy office files will wait."; fi
	@mkdir -p $(VENV) && touch $@

# The pip that comes with Python 3.11 takes a minute more to choose among what the index has.
$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $$(command -v $(PYTHON) || command -v python3) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install -qq --constraint constraints.txt --editable '.[dev]'
	touch $@

$(VENV)/.model: $(INSTALLED)
	$(BIN)/reuni model prepare
	touch $@

include search_api/web/build.mk

run: setup
	$(BIN)/reuni --data $(DATA) index corpus/demo/files --drop demo
	$(BIN)/reuni --data $(DATA) index corpus/demo/scans --drop numerisations
	$(BIN)/reuni --data $(DATA) serve --port $(PORT)

# Three processes, a file each at a time, in order (those with few tests are not the shortest): most tests wait for a
# process of their own. Libraries take a core each.
test: setup check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# Has the search lost anything on the development topics? The demo collection is indexed anew: some 40 s on two cores.
gate: setup
	$(BIN)/reuni eval gate

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build *.egg-info
