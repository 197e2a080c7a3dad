# Countersign's build. `make help` lists what there is. Each target installs what it needs first.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup setup-build assets build dist demo test test-long bench bench-connectors bench-learn bench-mining bench-throughput fmt clean

# Cargo's target folder, which CARGO_TARGET_DIR may have put elsewhere.
target := $(or $(CARGO_TARGET_DIR),target)
xtask := cargo run --quiet --locked --package xtask --
# Further arguments for `make demo`, as in `make demo ARGS="--port 9000 --people 300"`.
ARGS ?=

help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /  \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-17s %s\n", $$1, $$2 }'

setup: ## Installs what is missing for build and tests, or says what to install and why
	@.config/setup.sh

setup-build:
	@.config/setup.sh build

assets: setup-build ## Browser part, style sheet, fonts and icons into target/site
	@test -x $(target)/debug/xtask || echo "building the build's own steps first, about a minute"
	@$(xtask) assets

build: assets ## The program in one file: target/release/countersign
	@cargo build --locked --release --package server --bin countersign
	@.config/place.sh $(target)/release/countersign target/release/countersign

dist: assets ## The same, smaller and faster, as it is shipped: target/dist/countersign
	@cargo build --locked --profile dist --package server --bin countersign
	@.config/place.sh $(target)/dist/countersign target/dist/countersign

demo: build ## Builds, starts on the embedded database, prints the address and who can sign in
	@exec target/release/countersign demo $(ARGS)

test: setup ## Formats, lints, tests everything on both databases, and in a browser
	@$(xtask) test

test-long: setup ## The same with 500 killed runs of the release program and thousands of cases of each property; takes hours
	@$(xtask) test --long

bench: build ## Measures and writes target/bench.json
	@$(xtask) bench

bench-connectors: assets ## 10,000 people read from both platforms, into target/bench-connectors.json; a quarter of an hour
	@cargo bench --locked --package server --bench connectors

bench-mining: setup-build ## Outliers and roles on real data, into target/bench-mining.json
	@cargo bench --locked --package mine --bench mining

# Python with what the benchmarks measure beside, outside of the repository.
bench_python := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/countersign/bench-throughput

bench-throughput: setup-build ## A million items beside DuckDB, into target/bench-throughput.json
	@test -x $(bench_python)/bin/python || python3 -m venv $(bench_python)
	@$(bench_python)/bin/pip install --quiet --requirement crates/recommend/benches/throughput/requirements.txt
	@BENCH_PYTHON=$(bench_python)/bin/python cargo bench --locked --package recommend --bench throughput

bench-learn: ## Trains beside CatBoost on the same folds and writes target/bench-learn.json
	@cargo build --locked --release --package learn --example fit
	@crates/learn/bench/run.sh $(target)/release/examples/fit $(ARGS)

fmt: ## Formats the sources
	@cargo fmt --all

clean: ## Removes what was built
	@cargo clean
	@rm -rf target/site
