# Each target sets up what it needs and no more; set-up that is done is not done again.

PORT ?= 8400

# What is deployed: make deploy STAGE=prod REGION=eu-west-1 PARAMS="historyDays=90 logLevel=DEBUG"
STAGE ?= prod
REGION ?=
PARAMS ?=

python = .venv/bin/python
target = --stage '$(STAGE)' $(if $(REGION),--region '$(REGION)') $(foreach one,$(PARAMS),--param '$(one)')

# A file of tests stays in one process: its tests share a sandbox, a browser, an emulator. Files come in the order of
# tests/conftest.py; by itself xdist begins those of one long test last.
PARALLEL ?= -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/demo ## Try Panopticon with neither Slack nor AWS (PORT=8400)
	@exec $(python) -m sandbox --port $(PORT)

.PHONY: check
check: lint ## Check format, style and types, and run the quick tests
	$(python) -m pytest $(PARALLEL) -m "not slow"

.PHONY: test
test: .venv/dev node_modules/.installed programs ## Run every test: also in a browser, on DynamoDB Local, as packaged
	$(python) -m pytest $(PARALLEL)

.PHONY: coverage
coverage: .venv/dev ## Check that the quick tests of the core take each of its branches
	@mkdir -p build
	$(python) -m coverage run -m pytest -q -m "not slow" tests/core tests/policy bot/core
	$(python) -m coverage report

.PHONY: lint
lint: .venv/dev ## Check format, style and types
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy

.PHONY: format
format: .venv/dev ## Bring the code into its format
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

.PHONY: preflight
preflight: .venv/demo ## Look at what a deployment needs, and say what it creates and costs (STAGE=prod REGION=…)
	@$(python) -m deploy preflight $(target)

.PHONY: deploy
deploy: artifact node_modules/.installed ## Deploy, and lead to creating the Slack app (STAGE=, REGION=, PARAMS="name=value …")
	@$(python) -m deploy deploy $(target)

.PHONY: connect
connect: .venv/demo ## Ask for Slack's token, signing secret and channel, try them, store them
	@$(python) -m deploy connect $(target)

.PHONY: prove
prove: .venv/demo ## Change a security group of our own, and wait for its card (VPC=vpc-…)
	@$(python) -m deploy prove $(target) $(if $(VPC),--vpc '$(VPC)')

.PHONY: remove
remove: .venv/demo node_modules/.installed ## Remove the stack and the secrets (YES=1 does not ask)
	@$(python) -m deploy remove $(target) $(if $(YES),--yes)

.PHONY: package
package: artifact node_modules/.installed ## Build build/panopticon.zip and build/template.json for CloudFormation alone
	@$(python) -m deploy package $(target)

.PHONY: artifact
artifact: .venv/demo
	@$(python) -m scripts.package

.PHONY: records
records: .venv/demo ## Say how many of a folder's CloudTrail records are read right (DIR=…)
	$(python) -m scripts.read_records $(DIR)

.PHONY: screenshots
screenshots: .venv/dev programs ## Take the pictures of the papers anew, from the sandbox
	$(python) -m scripts.screenshots

.PHONY: bench
bench: .venv/dev node_modules/.installed programs ## Measure everything; write docs/benchmarks.json and its picture
	$(python) -m benchmarks

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
