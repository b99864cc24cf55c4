# The project's commands; README.md says what each is for.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: help demo demo-clean run check test test-postgresql bench vendor screenshots format

help:
	@echo "make demo        the portal with a stand-in fleet, to try out (Ctrl-C stops it)"
	@echo "make demo-clean  removes what make demo made"
	@echo "make run         the portal for real use"
	@echo "make check       ruff, mypy, templates, migrations, architecture"
	@echo "make test        every test"
	@echo "make test-postgresql  the same on a PostgreSQL that is thrown away"
	@echo "make bench       every measurement, or one: make bench NAME=paludis"
	@echo "make vendor      fetches the vendored web assets again"
	@echo "make screenshots pictures of the pages, from a demo of its own"

$(VENV)/.run: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed; set PYTHON=… to name it"; exit 1; }
	@echo "installing what the portal needs into $(VENV) (a minute or two)" >&2
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq python3-venv; } \
		|| { echo "Debian's python3-venv is needed: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt >&2
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "installing what the checks and tests need" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt >&2
	@touch $@

demo: $(VENV)/.run
	@exec $(BIN)/python -m demo.run --port $(PORT)

demo-clean:
	rm -rf demo-data

run: $(VENV)/.run
	@exec $(BIN)/python manage.py up

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/djlint templates --check --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/pytest -q tests/test_architecture.py

# Hundreds of processes are started: none is to compile every module anew.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.dev
	@tests/install-debian-packages.sh
	$(BIN)/pytest -n 3 --no-loadscope-reorder
	@tests/install-debian-packages.sh --report

# Or on one of your own: PBINS_DATABASE_URL=postgresql://… make test
test-postgresql: $(VENV)/.dev
	@$(BIN)/python -m benchmarks._postgresql $(MAKE) test

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(NAME)

vendor:
	portal/static/vendor/refresh.sh

screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.browser.screenshots build/screenshots

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
