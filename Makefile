# The commands that the README names. Each creates .venv and installs what it needs, once.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Node, which is installed as a wheel, runs the resolvers' checks: ESLint and TypeScript.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
# The order is kept: modules that share a browser run in turn, and the longest do not come last.
# On two cores, a third process computes while others wait for processes, browsers and deadlines.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder
# The lists name every package with its hashes, so pip need not look for dependencies.
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps
IN_DEMO := env SECRET_KEY=only-for-the-demo DEBUG=true DATABASE_URL=sqlite:///.demo/site.sqlite3 \
  AWS_REGION=eu-central-1 BACKEND_STACK_NAME=onboarding-demo BUSINESS_GROUP_NAME=businesses \
  $(BIN)/python manage.py
IN_SERVE := env ENV_FILE=/dev/null DEBUG=false DATABASE_URL=sqlite:///.serve/site.sqlite3 CACHE_URL=database \
  STATIC_ROOT=.serve/static AWS_REGION=eu-central-1 BACKEND_STACK_NAME=onboarding-demo \
  BUSINESS_GROUP_NAME=businesses
UV := uv==0.13.9
# The make of macOS knows no --output-sync; there the lines of two checks may alternate.
TWO_AT_ONCE := $(MAKE) --no-print-directory --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# An environment without a working pip is incomplete, or its Python is gone: it is created again.
$(foreach folder,.venv .checkov,$(shell test ! -e $(folder) || \
  $(folder)/bin/python -c 'import pip' 2>/dev/null || rm -rf $(folder)))
define make_environment
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
  echo "$(PYTHON) lacks venv, so $(1) was not made. On Debian and Ubuntu: apt-get install python3-venv"; \
  exit 1; }
$(PYTHON) -m venv $(1)
endef

# To compile the tests anew takes each process of pytest eight seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo serve break-group mend-group screenshots test test-long test-matrix test-postgres test-redis coverage lint lint-types lint-resolvers lint-template bench format constraints clean verify-aws audit licences test-server load-test settings-page

help:
	@echo "make demo          run everything on an embedded AWS: no account, no Docker, no Node"
	@echo "make serve         the same as a server runs it: gunicorn, TLS and no DEBUG"
	@echo "make break-group   delete the group of the running demo, so that sign-ups get stuck"
	@echo "make mend-group    create it again"
	@echo "make test          run every check, and every test except a few long ones"
	@echo "make test-long     run what make test leaves out: long tests, and more generated examples"
	@echo "make test-server   build the images and serve the site behind nginx, which it needs"
	@echo "make test-matrix   run every test on each Python and Django; TESTS=tests/businesses for some"
	@echo "make test-postgres run the tests that use the database on a PostgreSQL of its own"
	@echo "make test-redis    run the tests of a shared cache on a Redis or Valkey of its own"
	@echo "make load-test     have 20 staff work for a minute while processes of the site are killed"
	@echo "make coverage      run the tests, and check that they cover 95 % of the code"
	@echo "make lint          run only the static checks"
	@echo "make bench         measure the speed that docs/performance.md gives (about ten minutes)"
	@echo "make screenshots   take the pictures of docs/images/ anew"
	@echo "make verify-aws    compare the embedded AWS with a real account, if VERIFY_AWS=1"
	@echo "make format        format the code"
	@echo "make constraints   update the locked lists of packages, each requirements.txt from its .in"
	@echo "make audit         ask whether anything is known against the locked packages"
	@echo "make licences      write docs/licences.md anew"
	@echo "make settings-page write docs/settings.md anew"
	@echo "make clean         remove every environment, node_modules, caches and the demo's database"

demo: .venv/.demo-installed
	@mkdir -p .demo
	@exec $(IN_DEMO) demo --port $(PORT)

serve: PORT = 8443
serve: .venv/.demo-installed
	@mkdir -p .serve
	@key=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(50))") && \
	exec $(IN_SERVE) SECRET_KEY="$$key" $(BIN)/python manage.py demo_server --port $(PORT)

break-group mend-group: .venv/.demo-installed
	@$(IN_DEMO) demo_group $(@:-group=)

test: lint
	@$(BIN)/python -m tests.browser.find_chromium
	$(WITH_NODE) $(PYTEST)

test-long: .venv/.dev-installed
	EXAMPLES=all $(PYTEST) -m "long or generated"

test-server: .venv/.dev-installed
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || { \
	  echo "nginx is missing. On Debian and Ubuntu: apt-get install nginx-light"; exit 1; }
	@$(BIN)/python -m tests.browser.find_chromium
	$(BIN)/python -m pytest -m server tests/server

coverage: .venv/.dev-installed node_modules/.installed
	@$(BIN)/python -m tests.browser.find_chromium
	$(WITH_NODE) $(PYTEST) --cov --cov-report=term

test-matrix: .venv/.dev-installed node_modules/.installed
	@$(BIN)/python -m tests.browser.find_chromium
	@$(BIN)/python -m tests.project.matrix $(TESTS)

test-postgres: .venv/.dev-installed
	@$(BIN)/python -m tests.harness.database_part $(TESTS)

load-test: .venv/.dev-installed
	@$(BIN)/python -m bench.load.run

test-redis: .venv/.dev-installed
	@$(BIN)/python -m pytest -m redis $(TESTS)

lint: .venv/.dev-installed .checkov/.installed node_modules/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@$(TWO_AT_ONCE) lint-types lint-resolvers lint-template

lint-types:
	$(BIN)/mypy

lint-resolvers:
	$(WITH_NODE) npm run --silent lint
	$(WITH_NODE) npm run --silent typecheck

lint-template:
	@$(BIN)/python -c 'from aws_setup.template.packaging import render_template; print(render_template())' > .checkov/template.yaml
	.checkov/bin/checkov --config-file .checkov.yaml --file .checkov/template.yaml

screenshots: .venv/.dev-installed
	@$(BIN)/python -m tests.browser.find_chromium
	@mkdir -p .demo && rm -f .demo/screenshots.sqlite3*
	env SECRET_KEY=only-for-the-pictures DEBUG=true DATABASE_URL=sqlite:///.demo/screenshots.sqlite3 \
	  AWS_REGION=eu-central-1 BACKEND_STACK_NAME=onboarding-demo BUSINESS_GROUP_NAME=businesses \
	  AWS_DEADLINE_SECONDS=60 DJANGO_SETTINGS_MODULE=onboarding_site.settings \
	  $(BIN)/python -m tests.browser.screenshots
	@rm -f .demo/screenshots.sqlite3*

bench: .venv/.dev-installed
	$(BIN)/python -m bench.trigger.cold_start
	$(BIN)/python -m bench.trigger.connection
	$(BIN)/python -m bench.server_weight
	$(BIN)/python -m bench.observation
	$(BIN)/python -m bench.deploy
	$(BIN)/python -m bench.check_user
	$(BIN)/python -m bench.retry
	$(BIN)/python -m bench.shared_rate
	$(BIN)/python -m bench.sweep
	$(BIN)/python -m bench.page_calls
	$(WITH_NODE) $(BIN)/python -m bench.admin_list
	$(WITH_NODE) $(BIN)/python -m bench.search
	$(WITH_NODE) $(BIN)/python -m bench.list_in_browser

verify-aws: .venv/.dev-installed
	@$(BIN)/python -m tests.verify_aws.run

format: .venv/.dev-installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Each list keeps the versions of the one before it. overrides.txt lifts ministack's pins.
constraints:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(PYTHON) -m venv $$folder && \
	$$folder/bin/python -m pip install --quiet --disable-pip-version-check $(UV) && \
	for list in requirements deploy/requirements requirements-deploy aws_setup/local/requirements \
	  requirements-dev requirements-checkov; do \
	  case $$list in */local/*|*-dev) lifted="--overrides aws_setup/local/overrides.txt";; *) lifted=;; esac; \
	  echo "Locking $$list.txt" && \
	  $$folder/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --generate-hashes --no-annotate --custom-compile-command "make constraints" \
	    $$lifted $$list.in --output-file $$list.txt || exit 1; \
	done

audit: .venv/.dev-installed
	@$(WITH_NODE) $(BIN)/python -m tests.project.audit

settings-page: .venv/.dev-installed
	@$(BIN)/python -m tests.project.settings_page

licences: .venv/.dev-installed
	@$(BIN)/python -m tests.project.licences

clean:
	rm -rf .venv .checkov .matrix node_modules .demo .serve bench/.cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Creating .venv"
	@$(call make_environment,.venv)

.venv/.demo-installed: aws_setup/local/requirements.txt | .venv/bin/python
	@echo "Installing packages (about a minute, once)"
	@$(BIN)/python $(PIP_INSTALL) -r aws_setup/local/requirements.txt
	@touch $@

.venv/.dev-installed: requirements-dev.txt | .venv/bin/python
	@echo "Installing packages (about two minutes, once)"
	@$(BIN)/python $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@ .venv/.demo-installed

.checkov/.installed: requirements-checkov.txt
	@echo "Installing checkov (half a minute, once)"
	@$(call make_environment,.checkov)
	@.checkov/bin/python $(PIP_INSTALL) -r requirements-checkov.txt
	@touch $@

node_modules/.installed: package-lock.json package.json .venv/.dev-installed
	@echo "Installing ESLint, TypeScript, Amplify and axe"
	@$(WITH_NODE) npm ci --loglevel=error --no-audit --no-fund >/dev/null || { \
	  echo "npm could not install the packages that check the resolvers; its own message is above."; \
	  echo "Fix the cause (the network, a proxy, disk space), then run make again."; exit 1; }
	@touch $@
