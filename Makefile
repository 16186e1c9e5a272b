# make help lists what there is.
SHELL := /bin/sh
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)
ACTIONLINT = $(GO) tool -modfile=integration/tools/actionlint/go.mod actionlint
GORELEASER = $(GO) tool -modfile=integration/tools/goreleaser/go.mod goreleaser
STATICCHECK = $(GO) tool -modfile=integration/tools/staticcheck/go.mod staticcheck
GOVULNCHECK = $(GO) tool -modfile=integration/tools/govulncheck/go.mod govulncheck
# The database of vulnerabilities. Where only a module proxy can be reached, "make vulncheck VULNDB=module" takes the
# database from the module golang.org/x/vulndb.
VULNDB ?= https://vuln.go.dev
# Unlicense: mpb. A licence that is not here needs a decision.
LICENCES = Apache-2.0,MIT,BSD-2-Clause,BSD-3-Clause,ISC,Unlicense

.PHONY: help build demo test test-long test-race test-kubernetes test-pipelines test-windows fuzz vet-other-systems vulncheck licences bench docs-reference site lint fmt release-check release-snapshot release images test-release

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 20

# urfave_cli_no_docs leaves out the writer of man pages. Our own packages are built without inlining: the program
# is 0.3 MB smaller, and spends its time on waiting for registries.
build: ## build the program
	CGO_ENABLED=0 $(GO) build -trimpath -tags urfave_cli_no_docs -gcflags 'github.com/manifest-tool/manifest-tool/...=-l' \
		-ldflags "-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)" -o manifest-tool ./cmd/manifest-tool

demo: build ## make four images and put them together; REGISTRY=localhost:5000 does it on a registry
	GO="$(GO)" sh examples/demo/run.sh

# internal/gotest runs go test. The limit is for each test, which may wait for a cold build of a registry.
test: ## run every test; what needs a program that is not there is skipped, and counted at the end
	GO="$(GO)" $(GO) run ./internal/gotest -limit 15m -timeout 0 ./...

test-long: ## every fault at every request of every kind of push, every stop at every moment, every script with the built program (minutes)
	MANIFEST_TOOL_LONG=1 $(GO) test -timeout 20m -run 'TestExhaustive|TestStop|TestResets|TestScripts' ./cmd/manifest-tool ./integration

# Of the tests of the program, those in which most happens at the same time; "make test" runs all of them.
test-race: ## run the tests of the packages under the race detector (needs a C compiler)
	GORACE=atexit_sleep_ms=0 $(GO) test -race -short -timeout 30m -skip 'TestHeavySpecs' ./auth/... ./internal/... ./registry/... ./spec/...
	GORACE=atexit_sleep_ms=0 $(GO) test -race -short -timeout 30m \
		-run 'TestAllTags|TestManySpecs|TestRestOf|TestStaysWithin|TestVerifyBudget|TestCacheSaves|TestApplyBudgets' ./cmd/...

# CI makes the test fail if etcd is missing, and not skip.
test-kubernetes: ## push with the Job in examples/kubernetes on a real control plane (as root, with etcd-server; 10 minutes to build it, 5 to test)
	CI=true MANIFEST_TOOL_KUBERNETES=1 $(GO) test -count=1 -timeout 150m -v -run 'TestKubernetes$$' ./integration

fuzz: ## run each fuzz target for a minute; FUZZTIME=10s for less, FUZZ=Load for some; inputs are kept in dist/fuzz
	GO="$(GO)" $(GO) run ./internal/fuzz -time "$(or $(FUZZTIME),1m)" -run "$(FUZZ)"

vet-other-systems: ## compile and vet the program and its tests for Windows, macOS and FreeBSD
	for system in windows darwin freebsd; do GOOS=$$system $(GO) vet ./... || exit 1; done

vulncheck: ## find known vulnerabilities in the program and in the version of Go that builds releases (.go-version)
	@db="$(VULNDB)"; if [ "$$db" = module ]; then \
		db=file://$$($(GO) mod download -json golang.org/x/vulndb@latest | sed -n 's/.*"Dir": "\(.*\)",*/\1/p')/data/osv; fi; \
	GOTOOLCHAIN=go$$(cat .go-version) $(GOVULNCHECK) -db "$$db" -scan symbol ./cmd/manifest-tool

licences: ## check the licences of the modules in the program, on all systems
	@licences=$$($(GO) tool -modfile=integration/tools/go-licenses/go.mod -n go-licenses) || exit 1; \
	for system in linux windows darwin freebsd; do \
		words=$$(GOOS=$$system "$$licences" check ./cmd/manifest-tool --allowed_licenses=$(LICENCES) 2>&1) || \
			{ echo "$$words" >&2; exit 1; }; \
	done

test-pipelines: ## run the pipelines with act, gitlab-ci-local and the checks of Tekton (needs npm; minutes to build these)
	CI=true MANIFEST_TOOL_PIPELINES=1 $(GO) test -count=1 -timeout 30m -run 'TestAct$$|TestTektonValidation$$|TestGitLabCILocal$$' ./integration

test-windows: ## run the program for Windows under Wine (needs Debian's wine64 and gcc-mingw-w64-x86-64)
	MANIFEST_TOOL_WINDOWS=1 $(GO) test -count=1 -timeout 20m -run 'TestWindows$$' ./integration

bench: build ## measure the program beside its peers, some minutes; BENCH='-runs 1 -scenarios S1,S2' for less
	$(GO) run ./integration/bench $(BENCH)

docs-reference: ## make docs/reference/commands.md, messages.md and docs/man from the source
	$(GO) run ./internal/reference

site: ## build the site of the pages in docs into dist/site (needs Node.js and npm)
	cd docs && npm ci --ignore-scripts --no-audit --no-fund && npm run build

release-check: ## check .goreleaser.yaml (the first run builds goreleaser: 10 minutes)
	$(GORELEASER) check

release-snapshot: ## make what a release consists of in dist/release, and publish nothing
	$(GORELEASER) release --snapshot --clean

release: ## make a release of the tag that is checked out, as a draft on GitHub; CI does this
	$(GORELEASER) release --clean $(RELEASE_FLAGS)

images: build ## make the container images in dist/images from dist/release/binaries (see "make release-snapshot")
	$(GO) run ./internal/release/images $(IMAGES)

test-release: ## make a release twice, in two folders and as two users, and compare all bytes (an hour)
	MANIFEST_TOOL_RELEASE=1 $(GO) test -count=1 -timeout 150m -v -run 'TestRelease' ./integration

lint: ## gofmt, vet, staticcheck, actionlint, the import rules
	@out=$$(gofmt -l .); [ -z "$$out" ] || { echo "not gofmt'ed: $$out"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	$(ACTIONLINT)
	$(GO) test -count=1 ./internal/house

fmt: ## format the code
	gofmt -w .
