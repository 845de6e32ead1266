# Two commands: `make run` serves the tracker, `make test` proves it. Both set themselves up.
# /usr/bin first: distributions build their Python guided by a profile; one compiled by hand seldom is, and takes a third more time.
PYTHON ?= $(shell for p in /usr/bin/python3.11 python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.PHONY: run test storm bench lint messages lock contract shots clean

run: .venv/.runtime
	@$(BIN)/python deploy/packages.py
	@exec $(BIN)/python manage.py run

test: .venv/.dev
	@$(BIN)/python tests/prepare.py
	@$(BIN)/python tests/everything.py

storm: .venv/.dev
	@$(BIN)/python tests/prepare.py
	@STORM=1 $(BIN)/python -m pytest tests/faults tests/browser/test_accessibility.py tests/reports/test_renderings.py

bench: .venv/.dev
	@$(BIN)/python tests/prepare.py
	@$(BIN)/python tests/bench.py
	@$(BIN)/python -m pytest -q -s tests/measure_pages.py

lint: .venv/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

messages: .venv/.dev
	@$(BIN)/python manage.py makemessages -l zh_Hans -l ru --no-location --no-wrap --no-obsolete -e html,py,xml,svg -i static -i .venv -i var -i tests -i fixtures
	@$(BIN)/python tests/catalogues.py --compile

# The contract of the API, committed: a test compares it with what is served.
contract: .venv/.dev
	@DATA_DIR=$$(mktemp -d) $(BIN)/python manage.py spectacular --format openapi-json --file docs/openapi.json
	@$(BIN)/python tests/contract.py

shots: .venv/.dev
	@$(BIN)/python tests/browser/pictures.py

# The lock is made for every Python and platform that we support.
lock:
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found"; exit 1; }
	@echo "creating .venv with $(PYTHON) …"
	@$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python requirements.txt
	@echo "installing requirements …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: .venv/bin/python requirements-dev.txt
	@echo "installing requirements for the tests …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.runtime

clean:
	rm -rf .venv staticfiles .pytest_cache .mypy_cache .ruff_cache
