# Each target sets up what it needs and no more; set-up that is done is not done again.

PORT ?= 8400

python = .venv/bin/python

# A file of tests stays in one process: its tests share a sandbox, a browser, an emulator.
PARALLEL ?= -n 2 --dist loadfile

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/demo ## Try Panopticon with neither Slack nor AWS (PORT=8400)
	@exec $(python) -m sandbox --port $(PORT)

.PHONY: check
check: lint ## Check format, style and types, and run the quick tests
	$(python) -m pytest $(PARALLEL) -m "not slow"

.PHONY: test
test: .venv/dev node_modules/.installed programs ## Run every test: also in a browser, on DynamoDB Local, as packaged
	$(python) -m pytest $(PARALLEL)

.PHONY: lint
lint: .venv/dev ## Check format, style and types
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy

.PHONY: format
format: .venv/dev ## Bring the code into its format
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

.PHONY: package
package: .venv/demo ## Build what Lambda runs: build/panopticon.zip
	$(python) scripts/package.py

.PHONY: template
template: package node_modules/.installed ## Write what a deployment would ask of AWS: .serverless/
	node_modules/.bin/osls package

.PHONY: records
records: .venv/demo ## Say how many of a folder's CloudTrail records are read right (DIR=…)
	$(python) -m scripts.read_records $(DIR)

.PHONY: clean
clean: ## Remove everything that was installed, built or cached here
	rm -rf .venv node_modules build .serverless .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/demo: requirements.txt requirements-demo.txt
	@scripts/make_venv.sh requirements-demo.txt
	@touch $@

.venv/dev: requirements.txt requirements-demo.txt requirements-dev.txt
	@scripts/make_venv.sh requirements-dev.txt
	@touch .venv/demo $@ # it holds the demo's too

node_modules/.installed: package.json package-lock.json
	@scripts/install_node_modules.sh
	@touch $@

.PHONY: programs
programs:
	@scripts/install_test_programs.sh
