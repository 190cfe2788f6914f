# The targets of the My Care Record broker. `make help` lists them.
CACHE ?= $(CURDIR)/.cache
GO    ?= go
export MCR_CACHE := $(CACHE)

.DEFAULT_GOAL := help

## help: list the targets
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## build: bundle the console's styles and scripts, and build bin/mcr
build: assets
	$(GO) build -buildvcs=auto -trimpath -ldflags "-s -w" -o bin/mcr ./cmd/mcr

## assets: bundle the console's styles and scripts with Node (console/assets/dist)
ASSETS = console/assets
assets: $(ASSETS)/dist/names.json
$(ASSETS)/dist/names.json: $(ASSETS)/node_modules/.package-lock.json $(ASSETS)/build.mjs $(wildcard $(ASSETS)/src/*)
	cd $(ASSETS) && node build.mjs
$(ASSETS)/node_modules/.package-lock.json: $(ASSETS)/package.json $(ASSETS)/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js with npm is needed to build the console (Debian: apt-get install nodejs npm)"; exit 1; }
	cd $(ASSETS) && npm ci --ignore-scripts --no-audit --no-fund

## run: build, then start the demo region on this machine (Ctrl-C stops it)
run: build
	./bin/mcr demo

## check: formatting, the linter, known vulnerabilities, workflows, scripts, the layers, the policies; what CI runs first
# The tools are pinned in tools/go.mod, so that the product's go.mod holds nothing of theirs.
TOOL = $(GO) tool -modfile=tools/go.mod
check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted; run gofmt -w on:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags servers ./...
	$(TOOL) golangci-lint run
	$(TOOL) actionlint
	@if command -v shellcheck >/dev/null; then shellcheck -S warning $(SCRIPTS); else echo "shellcheck is not installed: scripts are not checked"; fi
	./.ci/vulnerabilities
	$(GO) test ./internal/arch
	$(GO) run ./cmd/mcr policy check
SCRIPTS = .ci/run .ci/release .ci/vulnerabilities internal/arch/fuzz internal/servers/install audit/sqlite/testdata/beside

## lint: golangci-lint with the rules of .golangci.yml, staticcheck's among them; make check runs it too
lint:
	$(TOOL) golangci-lint run

## test: every test that needs no server of another kind, with the race detector
# What goes through thousands of cases or judges many sets of policies, one after the other, is
# tried without it: with it in ten times the time, for nothing; what is done at once there is tried
# with it, by name. (make check has run internal/arch. SQLite, which is C made into Go, is spared the
# checks of its pointers, which -race turns on: half of its time. The tests of cmd/mcr run the program
# as it is built, into which the detector does not see. Three packages at a time, since many wait for
# processes that they start.)
ALONE = ./audit/sqlite ./audit/trailtest ./cmd/mcr ./console ./console/rules ./console/trail \
	./decision ./decision/book ./decision/book/telling ./decision/cases ./decision/check ./decision/gate \
	./decision/internal/rego ./decision/invariants ./decision/newrule ./decision/otherwise ./decision/release ./decision/release/intake ./decision/tried \
	./fhir ./internal/demo ./internal/demo/past ./internal/population ./internal/scenario ./internal/twins
test:
	$(GO) test -p 3 -race -timeout 25m -gcflags='modernc.org/...=-d=checkptr=0' \
		$$($(GO) list ./... | grep -vxF "$$($(GO) list $(ALONE) ./internal/arch)")
	$(GO) test -p 3 -timeout 25m $(ALONE) ./decision/mutants
	$(GO) test -run 'Matrix|Flipped' ./audit/spool
	$(GO) test -run NotesThatWereTorn ./audit/reconcile
	$(GO) test -run 'TestMisconfigurations|TestNoSlipOfTheCaddyfile|TestNoSiteHandsOut' ./caddymodule
	$(GO) test -race -run TheStoryOnTheRealBrokers ./internal/demo
	$(GO) test -race -run 'AtOnce' ./decision ./fhir
	$(GO) test -race -run 'EverySession|TwoTabs|IsTried|AreTried|WorkedOut|LookIsRecorded|LooksAreRecorded' ./console ./console/trail
	$(GO) test -race -run 'Once|NotMadeAgain|AProof' ./console/rules
	$(GO) test -race -gcflags='modernc.org/...=-d=checkptr=0' -run 'AskingBeside|ManyAsk|CountingTogether|ByAnotherProgram' ./audit/sqlite
	$(GO) test -C deploy/prometheus/check ./...

## test-servers: install and start ClickHouse, HAPI FHIR, PostgreSQL, an OpenID provider and Chromium, and run the tests against them
test-servers:
	./internal/servers/install
	$(MAKE) assets
	$(GO) test -tags servers -count=1 -timeout 25m -v -run 'Servers' ./...
	MCR_STRACE=needed $(GO) test -count=1 -run Interrupted ./decision/gate ./audit/spool
	MCR_STRACE=needed $(GO) test -count=1 -run 'TestASecretIsInNothingThatACommandWrites|TestNothingIsDialledButWhatIsNamed' ./cmd/mcr

## screenshots: a picture of every page of the console, at three widths, in .cache/screenshots
screenshots: assets
	./internal/servers/install
	rm -rf $(CACHE)/screenshots && mkdir -p $(CACHE)/screenshots
	MCR_SCREENSHOTS=$(CACHE)/screenshots $(GO) test -tags servers -count=1 -run BrowserScreenshots ./internal/browser

## fuzz: fuzz every parser with FUZZTIME inputs each (default 50000x)
FUZZTIME ?= 50000x
fuzz:
	./internal/arch/fuzz $(FUZZTIME)

## bench: the broker against plain Caddy, side by side; writes bench/latest.json
bench:
	$(GO) run ./bench

## bench-region: a made-up region in the registry, in SQLite and PostgreSQL; docs/registry-scale.md (REGION="-patients 1500000")
REGION ?=
bench-region:
	$(GO) run ./bench/region $(REGION)

## bench-pages: how soon the console's pages come in Chromium, near and on a slow 3G; docs/pages.md (ROUNDS=5)
ROUNDS ?= 5
bench-pages: assets
	./internal/servers/install
	MCR_BENCH_PAGES=$(CACHE)/pages.md MCR_BENCH_ROUNDS=$(ROUNDS) $(GO) test -tags servers -count=1 -timeout 60m -run BrowserBenchPages ./internal/browser
	@cat $(CACHE)/pages.md

## release: tag VERSION (v1.2.0) with its part of the changelog, and build bin/release (CONTRIBUTING.md)
release: assets
	./.ci/release $(VERSION)

.PHONY: help build assets run check lint test test-servers screenshots fuzz bench bench-region bench-pages release
