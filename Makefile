# Everything a person types; what it takes stands in tools/. `make help` lists it.

BIN := .venv/bin
PO := translations/nb/LC_MESSAGES/messages.po
MO := $(PO:.po=.mo)
# What ruff's S rules ask as well, where each answer stands beside its line.
BY_RUFF := B101,B104,B105,B107,B311,B404,B603,B704

.PHONY: help setup setup-dev run test check check-types check-rest audit format bench lock vendor messages demo-shot

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

setup: .venv/.installed $(MO) ## make .venv/ and install the locked dependencies

run: setup ## start Idéløypa with its demo on http://127.0.0.1:8000 (PORT, DATABASE_URL, DEMO=0)
	@$(BIN)/python serve.py

test: setup-dev ## every test: SQLite, PostgreSQL, browser, outages
	@sh tools/test_needs.sh
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: setup-dev ## lint, format, types, architecture, texts
	@$(MAKE) --no-print-directory --jobs=2 check-types check-rest

check-types:
	@$(BIN)/mypy

check-rest:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.check_texts

audit: setup-dev ## what bandit sees beyond ruff, and known holes in the libraries (asks the network)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uvx --quiet bandit --quiet --recursive incubator config.py serve.py wsgi.py --skip $(BY_RUFF)
	@$(BIN)/uvx --quiet pip-audit --requirement requirements.txt --require-hashes --disable-pip --strict

format: setup-dev ## put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup-dev ## the measurements over HTTP, on both databases
	@sh tools/test_needs.sh
	@$(BIN)/python -m bench.run $(ARGS)

messages: setup-dev ## gather the texts of code and templates into the catalogues
	@$(BIN)/pybabel -q extract -F babel.cfg --ignore-dirs '.*' -k _l -k _n:1,2 --no-location --sort-output -o translations/messages.pot .
	@$(BIN)/pybabel -q update -i translations/messages.pot -d translations --no-fuzzy-matching --ignore-pot-creation-date
	@$(BIN)/python -m tools.check_texts

lock: setup-dev ## resolve requirements*.in anew into requirements*.txt with hashes
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --universal -o requirements.txt requirements.in
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --universal --constraint requirements.txt -o requirements-dev.txt requirements-dev.in

vendor: setup ## fetch the vendored scripts and styles by their manifest
	@$(BIN)/python tools/vendor.py

demo-shot: setup-dev ## take the picture of the board that README.md shows
	@sh tools/test_needs.sh
	@$(BIN)/python -m tools.demo_shot

setup-dev: .venv/.installed-dev $(MO)

.venv/.installed: requirements.txt tools/setup.sh
	@sh tools/setup.sh requirements.txt .installed

.venv/.installed-dev: requirements-dev.txt tools/setup.sh
	@sh tools/setup.sh requirements-dev.txt .installed-dev .installed

$(MO): $(PO) .venv/.installed
	@$(BIN)/pybabel --quiet compile --directory translations
	@touch $(MO)
