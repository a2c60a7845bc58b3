PYTHON ?= python3
RUN = $(PYTHON) -m tests.stack.runner

.DEFAULT_GOAL := help
.PHONY: help test unit site browser lint demo

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

lint: ## ruff, format, SQL, JSON
	@$(PYTHON) -m tests.stack.lint

demo: ## a site with a story to look at
	@./scripts/demo
