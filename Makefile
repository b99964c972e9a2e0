# `make help` lists the targets. What a target needs beyond Go and Node it
# installs for this project only, in the checkout or the user's cache.

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT  := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
LOCAL       := .bin/local
PLANNER     := .bin/plan

# go, or what is missing without it.
GO = { command -v go >/dev/null || { echo "error: go: not on PATH; install Go 1.26 or newer (https://go.dev/dl)" >&2; exit 1; }; } && go

# A recursive make prints its directory on stdout, where only export lines belong.
MAKEFLAGS += --no-print-directory

# What `make help` lists second: only those who change this repository need it.
# A ` | ` in a target's description begins a line of its variables.
MAINTAIN := test compat tools update-golden generate prices bench lint links clean

.DEFAULT_GOAL := help
.PHONY: help review synth demo test emulator emulator-stop compat doctor lock put-secret-value restore-drill tools update-golden generate diagram bench lint links clean

help: ## list the targets
	@awk -F ':.*## ' -v maintain='$(MAINTAIN)' 'BEGIN { split(maintain, names, " "); for (i in names) theirs[names[i]] = 1 } \
		/^[a-z-]+:.*## / { gsub(/ \| /, sprintf("\n%22s", ""), $$2); line = sprintf("  %-17s %s\n", $$1, $$2); \
			if ($$1 in theirs) more = more line; else everyday = everyday line } \
		END { printf "Deploy and run stacks:\n%s\nChange this repository:\n%s", everyday, more }' $(MAKEFILE_LIST)

synth: ## write the Terraform JSON of every stack to cdktf.out; needs only Go and Node | STACK=<name> for one stack, ENVIRONMENTS=folder for other environment files
	@$(GO) build -o .bin/prefect-ecs-worker . && exec .bin/prefect-ecs-worker $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') $(if $(STACK),-stack '$(STACK)')

.PHONY: adopt
adopt: build-local ## write the environment file of a running deployment from its state | STATE=file or STATE=s3://bucket/key, NAME=<the new stack's name>, REGION=<the bucket's>
	@exec $(LOCAL) adopt -state '$(STATE)' $(if $(NAME),-name '$(NAME)') $(if $(REGION),-region '$(REGION)')

demo: build-local ## deploy a worker to a local AWS and run a flow on it | KEEP=1 leaves everything running, STACK=dev shows the documented deployment
	@exec $(LOCAL) demo $(if $(STACK),-stack '$(STACK)')

.PHONY: plan
plan: $(PLANNER) ## plan one stack, and say in plain English what would change and why | STACK=<name>, VAR_FILE=terraform.tfvars, OUT=file keeps the plan, ENVIRONMENTS=folder, | ARGS='-target=…' for more options of terraform plan
	@exec $(PLANNER) $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') -stack '$(STACK)' $(if $(VAR_FILE),-var-file '$(VAR_FILE)') $(if $(OUT),-out '$(OUT)') -- $(ARGS)

test: build-local ## run everything: vet, unit tests, goldens, and each deployment applied to the emulator
	@exec $(LOCAL) test

emulator: build-local ## start the local AWS; to use it: eval "$(make -s emulator)"
	@exec $(LOCAL) emulator

emulator-stop: build-local ## stop the local AWS
	@exec $(LOCAL) emulator-stop

compat: build-local ## deploy dev and prod with each supported Terraform and provider, and dev with CDK Terrain | ONLY=1.5.7,tofu,cdktn runs some of them, UPDATE=1 writes the results into README
	@exec $(LOCAL) compat $(if $(ONLY),-only '$(ONLY)') $(if $(UPDATE),-update)

.PHONY: new-env
new-env: build-new-env ## write environments/<name>.yaml, a new stack; on a terminal, ask for each value | NAME=<name>, PRESET=readme, design or production, ENVIRONMENTS=folder, | REGION=, BUCKET=, PREFECT_API_URL= and SET="setting=value …" answer in advance
	@exec .bin/new-env -name '$(NAME)' $(if $(PRESET),-preset '$(PRESET)') $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') \
		$(if $(REGION),-set 'region=$(REGION)') $(if $(BUCKET),-set 'terraform.backend.s3.bucket=$(BUCKET)') \
		$(if $(filter command,$(origin PREFECT_API_URL)),-set 'prefect.apiUrl=$(PREFECT_API_URL)') $(if $(SET),-settings '$(SET)')

doctor: build-doctor ## check what a deployment needs, without changing anything | STACK=<name> also checks that stack's account, state, names, quotas and Prefect API; | ENVIRONMENTS=folder
	@exec .bin/doctor $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') $(if $(STACK),-stack '$(STACK)')

review: build-review ## say in plain English what your change destroys, exposes and costs, compared with main | STACK=<name> for one stack, BASE=<branch, tag or commit>, | PLAN=file reads a Terraform plan, HTML=file or MARKDOWN=file writes the review there; | ENVIRONMENTS=folder
	@exec .bin/review $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') $(if $(STACK),-stack '$(STACK)') $(if $(BASE),-base '$(BASE)') $(if $(PLAN),-plan '$(PLAN)') $(if $(HTML),-html '$(HTML)') $(if $(MARKDOWN),-markdown '$(MARKDOWN)') $(if $(PLAN_TEXT),-plan-text '$(PLAN_TEXT)') $(if $(WHOLE),-whole '$(WHOLE)')

lock: build-local ## pin the AWS provider's version: write the lock file of every stack, for you to commit | STACK=<name> for one stack, ENVIRONMENTS=folder
	@exec $(LOCAL) lock $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') $(if $(STACK),-stack '$(STACK)')

put-secret-value: build-local ## ask for the stack's Prefect API key and store it, creating the secret if needed | STACK=<name>, WORKER=<name> for the secret of an additional worker, ENVIRONMENTS=folder
	@exec $(LOCAL) put-secret-value -stack '$(STACK)' -worker '$(WORKER)' $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)')

restore-drill: build-local ## lose and restore a state on the emulator | STACK=<name> lists the versions of that stack's state on AWS; | VERSION=<id> CONFIRM=<name> restores one
	@exec $(LOCAL) restore-drill $(if $(STACK),-stack '$(STACK)') $(if $(VERSION),-version '$(VERSION)') $(if $(CONFIRM),-confirm '$(CONFIRM)')

tools: build-local ## install everything that demo and test need, without running them
	@exec $(LOCAL) tools

update-golden: ## write the golden files again; read the diff before you commit it
	go test . -run TestGoldenImages -update
	go test ./stacks/... ./examples/... ./internal/cost -run Golden -update

generate: ## write settings/schema.json, docs/settings.md and the tables of other pages
	go generate ./settings ./internal/cost

diagram: build-diagram ## draw docs/diagrams from the synthesized stacks | STACK=<name> for one stack, ENVIRONMENTS=folder, OUTPUT=folder
	@exec .bin/diagram $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') $(if $(STACK),-stack '$(STACK)') $(if $(OUTPUT),-output '$(OUTPUT)')

.PHONY: cost prices
cost: build-cost ## print what each stack costs a month | STACK=<name> for one stack, ENVIRONMENTS=folder, | ASSUME="nat-gb=500 log-gb=20" for other usage
	@exec .bin/cost $(if $(ENVIRONMENTS),-environments '$(ENVIRONMENTS)') $(if $(STACK),-stack '$(STACK)') $(if $(ASSUME),-assume '$(ASSUME)')

prices: build-cost ## compare the committed prices with AWS's price list | REGION=us-east-1 for one region, UPDATE=1 takes AWS's prices, | AWS_PRICE_LIST_URL=<a mirror>
	@exec .bin/cost -prices $(if $(REGION),-region '$(REGION)') $(if $(UPDATE),-update)

bench: ## measure how long a synthesis takes, and a plan of a deployed stack
	go run ./bench

lint: build-local ## go vet, staticcheck, and linters for shell, workflows, Python, Markdown and spelling
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted; run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	@if git grep -nE '^(<<<<<<<|>>>>>>>) '; then echo "markers of a merge conflict: resolve it"; exit 1; fi
	go vet -tags e2e ./...
	GOOS=darwin go vet -tags e2e ./...
	go run $(STATICCHECK) -tags e2e ./...
	@tools=$$($(LOCAL) lint-tools) && set -x && \
	"$$tools/shellcheck" --severity warning .ci/run .github/scripts/* && \
	go run $(ACTIONLINT) -no-color -shellcheck "$$tools/shellcheck" && \
	"$$tools/zizmor" --offline --quiet --no-progress .github && \
	git ls-files '*.py' | xargs "$$tools/ruff" check --quiet && \
	git ls-files -co --exclude-standard | xargs "$$tools/python" -m codespell_lib && \
	node_modules/.bin/markdownlint-cli2 >/dev/null

links: ## check every web link in README, docs and the other pages; needs the internet
	@go run ./internal/cmd/links

clean: ## remove what was synthesized and installed into the checkout
	rm -rf cdktf.out .bin node_modules

# Built instead of go run, which leaves its child running when it is killed, and adds
# a line of its own to an error.
build-%:
	@$(GO) build -o .bin/$* ./internal/cmd/$*

# The everyday command is built when a source is newer than it: to ask go build takes
# longer than to plan. A folder is newer when a file in it has gone.
.SECONDEXPANSION:
$(PLANNER): go.mod go.sum $$(shell find beside config constructs internal kernel settings stacks ! -name '*_test.go' ! -path '*/testdata*' ! -path '*/__pycache__*')
	@mkdir -p $(@D) && go build -o $@.$$$$ ./internal/cmd/plan && mv $@.$$$$ $@
