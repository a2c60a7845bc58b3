PYTHON ?= python3
RUN = $(PYTHON) -m tests.stack.runner

.DEFAULT_GOAL := help
.PHONY: help test unit site browser pictures lint demo try

help: ## what can be done
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

test: ## all tests; those on a site need a bench, and say so when there is none
	@$(RUN) unit site browser

unit: ## the rules: needs no bench
	@$(RUN) unit

site: ## on a real ERPNext site
	@$(RUN) site

browser: ## in a real Chromium on that site
	@$(RUN) browser

pictures: ## takes the pictures of docs/images anew, in Chromium on a site with demo data
	@$(PYTHON) -m tests.stack test tests/browser/screenshots.py

lint: ## ruff, format, SQL, JSON
	@$(PYTHON) -m tests.stack.lint

demo: ## a site with a story to look at
	@./scripts/demo

# The example is a list of June 2026; one of your own is worked as of today.
FILE ?= examples/prospect_list.csv
AS_OF = $(if $(filter examples/prospect_list.csv,$(FILE)),--today 2026-06-17)

try: ## the rules over a spreadsheet, with nothing but Python (FILE=your.csv)
	@$(PYTHON) -m prospect_mgmt.sheet try "$(FILE)" $(AS_OF)
