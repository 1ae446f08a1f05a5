# One verb a task. Each makes what it needs, on a machine that has Python 3.10 or newer and Rust. `make` lists the verbs
# that have a `##` comment, below the `##@` heading before them.

PYTHON ?= python3
VENV_PYTHON = $(PYTHON)
VENV := .venv
MIN_VERSIONS := .venv-min-versions
DOWNSTREAM := .venv-downstream
FRAMEWORKS := .venv-frameworks
BENCH := .venv-bench
E2E_BASELINES := .venv-e2e-baselines
DOCS := .venv-docs
FUZZ := .venv-fuzz
BUILD := .venv-build
AUDIT := .venv-audit
PEERS := .venv-peers
MUTANTS := .venv-mutants
FREE_THREADED := .venv-free-threaded
BIN := $(VENV)/bin
MKDOCS := NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs
export BENCH_PYTHON  # `make bench` takes the newest CPython here; this names another
PIP := -m pip install --quiet --disable-pip-version-check
EXAMPLES ?= 300000
SECONDS ?= 10
LOAD_SECONDS ?= 600
CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := target/tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
CARGO_MUTANTS_VERSION := 26.2.0
CARGO_MUTANTS := target/tools/cargo-mutants-$(CARGO_MUTANTS_VERSION)/bin/cargo-mutants
SHARD ?= 1/1
FILES ?= src/
HOURS ?= 1
PROCESSES ?= 2
# In place of .cargo/config.toml, which compiles the AVX-512 backend.
AVX2 := --cfg curve25519_dalek_backend=\"simd\"
# What .cargo/config.toml compiles, for a verb whose RUSTFLAGS are in place of that file's.
AVX512 := --cfg curve25519_dalek_backend=\"avx512\" -C llvm-args=-inline-threshold=600
LOOM := cargo test --locked --quiet --manifest-path tests/concurrency/loom/Cargo.toml --target-dir target/loom
BASE ?= HEAD
FREE_THREADED_PYTHON ?= python3.14t
# What `make build` builds for. On Linux, zig links for the oldest C library of the tag: glibc 2.17, or musl 1.2.
WHEEL_TAG ?= manylinux_2_17
WHEEL_TARGET ?=  # a target of Rust, such as x86_64-unknown-linux-musl; this machine's by default
WHEEL_PYTHON ?=  # such as python3.14t, for the wheel of one version; by default, one wheel for CPython 3.10 and newer
ZIG := $(if $(filter Linux,$(shell uname -s)),--zig --compatibility $(WHEEL_TAG))
CORE := python/fastjose/_core.abi3.so
RUST := $(shell find src -name '*.rs') build.rs Cargo.toml Cargo.lock
ISSUE_TEMPLATES := $(wildcard .github/ISSUE_TEMPLATE/*.yml)
PYTHON_FILES := python tests examples benches scripts
VERIFICATION_TESTS := tests/core tests/configuration tests/fastapi_dependencies tests/ownership tests/telemetry \
	tests/command_line tests/faults
CREDENTIAL_TESTS := tests/credentials tests/better_auth
# What `make coverage` runs, in two parts: not the pages, the comparisons with python-jose, the loads and the examples; nor
# tests that measure memory or start interpreters without coverage.py, and those of pytest's plugin, which start such.
COVERAGE_TESTS := "tests/core tests/fastapi_dependencies tests/ownership tests/python_jose/modules \
	--ignore=tests/core/process/test_second_interpreter.py \
	--deselect=tests/core/key_sets/test_waiting_tokens.py::test_waiting_tokens_occupy_at_most_64_mebibytes" \
	"tests/configuration tests/credentials tests/command_line tests/frameworks tests/security tests/telemetry \
	--ignore=tests/configuration/testing_plugin"

.DEFAULT_GOAL := help
.PHONY: demo serve test test-rust test-primitives model-check model-faults loom loom-check sanitize sanitize-python sanitize-threads miri nightly-check test-python test-package test-verification test-credentials test-min-versions test-downstream test-differential test-free-threaded test-random vector-scores mutants mutants-change mutants-package mutants-report coverage test-e2e test-e2e-sessions fuzz fuzz-quick fuzz-check fuzz-minimize fuzz-coverage lint lint-rust \
	lint-python lint-structure lint-github format docs docs-serve bench bench-quick bench-http bench-against bench-instructions \
	bench-instructions-update bench-revocation bench-timing soak soak-threads simulate-jwks scores audit audit-crates audit-advisories audit-minimal build check-wheel test-wheel sdist test-sdist lock \
	hooks ci help clean

##@ Run

demo: $(CORE)  ## Run the main job once and compare what is seen with what is expected.
	$(BIN)/python examples/demo.py

serve: $(CORE)  ## Leave the example application running.
	$(BIN)/python examples/demo.py --serve

##@ Test

# The parts of Python wait for servers and for key sets most of the time, so three of them run at a time.
test: test-rust  ## Run every test.
	$(MAKE) --jobs=3 --output-sync=line test-package test-verification test-credentials test-min-versions

test-rust:  ## The tests of the core.
	cargo test --locked --quiet

test-python:  ## The tests of the package, on the newest FastAPI.
	$(MAKE) --jobs=3 --output-sync=line test-package test-verification test-credentials

test-package: $(CORE) $(DOWNSTREAM)/ready $(FRAMEWORKS)/ready  ## Of these, all but test-verification and test-credentials.
	$(BIN)/python -m pytest $(addprefix --ignore ,$(VERIFICATION_TESTS) $(CREDENTIAL_TESTS))

test-verification: $(CORE)  ## Of these, those of keys, verifiers, settings, dependencies, rows and commands.
	$(BIN)/python -m pytest $(VERIFICATION_TESTS)

test-credentials: $(CORE)  ## Of these, those of credentials and their stores, and of real Better Auth servers.
	$(BIN)/python -m pytest $(CREDENTIAL_TESTS)

test-min-versions: $(CORE) $(MIN_VERSIONS)/ready  ## The tests of HTTP and of rows on the oldest FastAPI and SQLAlchemy that are supported.
	$(MIN_VERSIONS)/bin/python -m pytest -m http
	$(MIN_VERSIONS)/bin/python -m pytest -m "not http" tests/ownership

test-primitives:  ## Repeat the core's tests with aws-lc-rs alone, and those of Ed25519 with AVX2 (x86-64 only).
	FASTJOSE_ED25519=aws-lc-rs cargo test --locked --quiet --no-default-features --target-dir target/aws-lc
	FASTJOSE_ED25519="ed25519-dalek, AVX2" RUSTFLAGS="$(AVX2)" \
		cargo test --locked --quiet --target-dir target/avx2 --lib --test wycheproof -- ed25519

model-check:  ## Search the schedules of fetches, of a set and of keys by `kid`, for a refused token, with three callers (7 min).
	cargo test --locked --quiet --lib ::model:: -- --include-ignored --test-threads 1

model-faults:  ## Check that these searches find the faults that are planted for them (10 min).
	PYTHONPATH=tests $(PYTHON) -m concurrency.planted_schedules

loom:  ## Search the orders in which threads may use key sets, look-ups and caches together (details: tests/concurrency/README.md).
	$(LOOM)

loom-check:  ## Check that each of these models finds its planted fault (5 min).
	PYTHONPATH=tests $(PYTHON) -m concurrency.planted_faults

# Rust's sanitizers are behind a flag of nightly compilers, which RUSTC_BOOTSTRAP permits to any.
sanitize:  ## The tests of the core under AddressSanitizer and LeakSanitizer (x86-64 Linux only; 10 min).
	RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address $(AVX512)" LSAN_OPTIONS=suppressions=$(CURDIR)/tests/concurrency/leaks.txt \
		cargo test --locked --quiet --target x86_64-unknown-linux-gnu --target-dir target/sanitize --lib --tests

# CPython is not compiled with the sanitizer, so that the runtime of GCC's is loaded before it.
sanitize-python: $(VENV)/ready  ## Tests of the native module under AddressSanitizer, in CPython (x86-64 Linux only; 10 min).
	RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address $(AVX512)" \
		cargo build --locked --quiet --lib --features python --target x86_64-unknown-linux-gnu --target-dir target/sanitize
	rm -rf target/sanitize/python
	cp -r python target/sanitize/python
	cp target/sanitize/x86_64-unknown-linux-gnu/debug/libfastjose.so target/sanitize/python/fastjose/_core.abi3.so
	LD_PRELOAD="$$(realpath "$$(gcc -print-file-name=libasan.so)")" ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc \
		PYTHONPATH=$(CURDIR)/target/sanitize/python:$(CURDIR)/tests $(BIN)/python -m pytest -p no:cacheprovider \
		tests/core/keys tests/core/policy tests/python_jose/modules tests/core/process/test_threads.py

sanitize-threads:  ## Tests of the core that start threads under ThreadSanitizer; needs rustup's nightly with rust-src (10 min).
	PYTHONPATH=tests $(PYTHON) -m concurrency.nightly threads

miri:  ## Tests of the core that call no C under Miri; needs rustup's nightly with miri (20 min).
	PYTHONPATH=tests $(PYTHON) -m concurrency.nightly miri

nightly-check:  ## Check that ThreadSanitizer and Miri find their planted faults (10 min).
	PYTHONPATH=tests $(PYTHON) -m concurrency.nightly threads --planted
	PYTHONPATH=tests $(PYTHON) -m concurrency.nightly miri --planted

test-downstream: $(CORE) $(DOWNSTREAM)/ready  ## Of these, libraries written for python-jose: on it, and on fastjose.
	$(BIN)/python -m pytest tests/python_jose/test_downstream.py

test-differential: $(CORE)  ## Compare with python-jose on EXAMPLES calls, drawn at random; `make test` takes the same 40,000 each time.
	FASTJOSE_DIFFERENTIAL_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest tests/python_jose/test_differential.py

test-free-threaded:  ## The tests with threads on FREE_THREADED_PYTHON, a CPython without the GIL, for which the module is built.
	$(FREE_THREADED_PYTHON) -m venv --clear $(FREE_THREADED)
	$(FREE_THREADED)/bin/python $(PIP) pytest .
	PYTHONPATH=tests $(FREE_THREADED)/bin/python -P -m pytest -c /dev/null --rootdir . --noconftest -p no:cacheprovider \
		tests/core/process/test_threads.py tests/concurrency/test_shared_objects.py
	PYTHONPATH=tests $(FREE_THREADED)/bin/python -m concurrency.threads --seconds $(SECONDS)

test-random: $(CORE)  ## Repeat the random comparisons with new seeds, which a failure prints.
	FASTJOSE_DIFFERENTIAL_EXAMPLES=40000 $(BIN)/python -m pytest tests/python_jose/test_differential.py
	FASTJOSE_JSON_SEED=$$($(BIN)/python -c "import secrets; print(secrets.randbits(63) + 1)") \
		cargo test --locked --quiet --test json_fast_path

vector-scores: $(CORE)  ## Print the score of each function on the vectors of Wycheproof and of RFCs, and the reason of each difference.
	PYTHONPATH=tests $(BIN)/python -m vectors.scores

coverage: $(CORE)  ## Print which share of the lines of Rust and Python most tests run, by folder (10 min).
	$(BIN)/python scripts/measure_coverage.py $(COVERAGE_TESTS)

mutants: $(CORE) $(CARGO_MUTANTS) $(MUTANTS)/ready  ## Try the mutants of the core that have no result, SHARD (1/1) of those in FILES (src/); hours.
	PYTHONPATH=tests nice -n 19 $(MUTANTS)/bin/python -m mutants --shard $(SHARD) --files "$(FILES)"

mutants-change: $(CORE) $(CARGO_MUTANTS) $(MUTANTS)/ready  ## Try the mutants of the core's lines and of the package's modules that changed since BASE.
	PYTHONPATH=tests $(MUTANTS)/bin/python -m mutants --base $(BASE)
	PYTHONPATH=tests $(MUTANTS)/bin/python -m mutants.package --base $(BASE)

mutants-package: $(CORE) $(MUTANTS)/ready  ## Try the mutants of the package's deciding modules, SHARD (1/1) of those in FILES; hours.
	PYTHONPATH=tests nice -n 19 $(MUTANTS)/bin/python -m mutants.package --shard $(SHARD) --files "$(FILES:src/=python/fastjose)"

mutants-report: $(CARGO_MUTANTS) $(MUTANTS)/ready  ## Print the counts of the kept results; fail if a done file has a survivor without a reason.
	PYTHONPATH=tests $(MUTANTS)/bin/python -m mutants --report

test-e2e: $(CORE) $(E2E_BASELINES)/ready  ## Rotation and outage under load, with a real Better Auth: fastjose, then its peers (2 min).
	PYTHONPATH=tests $(BIN)/python -m end_to_end

test-e2e-sessions: $(CORE)  ## Sessions, cookies and API keys of a real Better Auth on every store, with SECONDS of load on some (6 min).
	PYTHONPATH=tests $(BIN)/python -m end_to_end.sessions --seconds $(SECONDS)

##@ Fuzz

fuzz: $(FUZZ)/ready $(CORE)  ## Fuzz every target for HOURS (1) on PROCESSES (2) (details: tests/fuzz/README.md).
	PYTHONPATH=python:tests $(FUZZ)/bin/python -m fuzz run --hours $(HOURS) --processes $(PROCESSES)

fuzz-quick: $(FUZZ)/ready $(CORE)  ## Fuzz for two minutes, all targets together; CI runs it (the first build takes minutes more).
	PYTHONPATH=python:tests $(FUZZ)/bin/python -m fuzz quick

fuzz-check: $(FUZZ)/ready $(CORE)  ## Check that each target finds its planted faults within two minutes of processor time (half an hour).
	PYTHONPATH=python:tests $(FUZZ)/bin/python -m fuzz check

fuzz-minimize: $(FUZZ)/ready $(CORE)  ## Keep the inputs that reach other code as the corpora in the tree.
	PYTHONPATH=python:tests $(FUZZ)/bin/python -m fuzz minimize

fuzz-coverage: $(FUZZ)/ready  ## Print which regions of the files that the targets name their corpora reach; needs LLVM's `llvm-cov`.
	PYTHONPATH=python:tests $(FUZZ)/bin/python -m fuzz coverage

##@ Check and format

lint: lint-structure lint-rust lint-python lint-github  ## Run every check below; each is a hook of `make hooks`.

lint-structure:  ## Check import circles and language.
	$(PYTHON) scripts/check_imports.py
	$(PYTHON) scripts/check_language.py

lint-rust:  ## Check format and lints of Rust.
	cargo fmt --check
	cargo fmt --check --manifest-path tests/fuzz/Cargo.toml
	cargo fmt --check --manifest-path tests/concurrency/loom/Cargo.toml
	cargo clippy --locked --all-targets --quiet -- --deny warnings
	cargo clippy --locked --no-default-features --all-targets --quiet -- --deny warnings
	cargo clippy --locked --features python --quiet -- --deny warnings

lint-python: $(CORE)  ## Check format, lints and types of Python, and the stub against the native module.
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/mypy $(PYTHON_FILES)
	MYPYPATH=python $(BIN)/python -m mypy.stubtest fastjose._core

lint-github: $(VENV)/ready  ## Check the workflows and issue forms of .github, and the configuration of the hooks.
	$(BIN)/zizmor --offline --persona=pedantic --quiet .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(ISSUE_TEMPLATES))
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config $(filter %/config.yml,$(ISSUE_TEMPLATES))
	$(BIN)/pre-commit validate-config

format:  ## Write the form that lint checks.
	cargo fmt
	cargo fmt --manifest-path tests/fuzz/Cargo.toml
	cargo fmt --manifest-path tests/concurrency/loom/Cargo.toml
	$(BIN)/ruff check --fix-only $(PYTHON_FILES)
	$(BIN)/ruff format $(PYTHON_FILES)

##@ Document

docs: $(CORE) $(DOCS)/ready  ## Write the table of differences from python-jose, then build the site into site/; a warning is an error.
	PYTHONPATH=tests $(BIN)/python -m support.python_jose.migration_table
	$(MKDOCS) build

docs-serve: $(DOCS)/ready  ## Serve the site at http://127.0.0.1:8001, and build it again when a page changes.
	$(MKDOCS) serve --no-strict --dev-addr 127.0.0.1:8001

##@ Measure

bench: $(CORE) $(BENCH)/ready  ## Measure everything, write benches/results, fail if a target is missed (12 min).
	rm -rf target/criterion  # results of benchmarks that no longer exist
	cargo bench --locked --quiet --bench core
	$(BENCH)/bin/python -m pytest -p benches.machine.pytest_cpu_pin benches/python/bench_*.py --quiet \
		--benchmark-enable --benchmark-only --benchmark-disable-gc --benchmark-timer=time.process_time \
		--benchmark-min-time=0.001 --benchmark-max-time=0.25 --benchmark-columns=median,iqr,rounds \
		--benchmark-json=benches/results/benchmarks.json
	PYTHONPATH=tests $(BENCH)/bin/python -m benches.comparisons.check_targets --output benches/results/measurements.json
	$(BENCH)/bin/python -m benches.report benches/results/measurements.json benches/results/benchmarks.json

bench-quick: $(CORE) $(BENCH)/ready  ## Check the targets with fewer rounds; writes nothing (4 min).
	PYTHONPATH=tests $(BENCH)/bin/python -m benches.comparisons.check_targets --rounds 20

bench-http: $(CORE) $(BENCH)/ready  ## Load the to-do application with wrk, write benches/results/http.md (3 min).
	PYTHONPATH=tests $(BENCH)/bin/python -m benches.http_load

bench-against: $(CORE) $(BENCH)/ready  ## Compare the requests of this tree with those of the commit BASE, in one run.
	$(BENCH)/bin/python -m benches.comparisons.against_commit $(BASE) --maturin $(BIN)/maturin

bench-instructions:  ## Compare the instructions per verification, counted by callgrind, with the recorded budget.
	cargo build --locked --quiet --release --example instruction_budget
	$(PYTHON) -m benches.rust.instruction_budget

bench-instructions-update:  ## Record the current instruction counts as the budget.
	cargo build --locked --quiet --release --example instruction_budget
	$(PYTHON) -m benches.rust.instruction_budget --update

bench-revocation: $(CORE)  ## Measure revocation over Redis: delay, cost, memory; needs redis-server (1 min).
	PYTHONPATH=tests $(BIN)/python -m benches.revocation

bench-timing:  ## Measure whether a refusal's duration depends on a secret: signatures, tags, padding; a report (2 min).
	cargo bench --locked --quiet --bench timing

soak: $(CORE) $(BENCH)/ready  ## Check that memory stays flat over ten million verifications, and under load for LOAD_SECONDS (30 min).
	$(BIN)/python -m benches.python.soak
	PYTHONPATH=tests $(BENCH)/bin/python -m end_to_end.load --seconds $(LOAD_SECONDS)
	$(MAKE) soak-threads

soak-threads: $(CORE)  ## Verify in eight threads for LOAD_SECONDS while the keys rotate: no wrong verdict, memory flat (10 min).
	PYTHONPATH=tests $(BIN)/python -m concurrency.threads --seconds $(LOAD_SECONDS)

simulate-jwks: $(BENCH)/ready  ## Simulate ten thousand workers on one remote key set, write docs/internals/scale.md.
	$(BENCH)/bin/python -m benches.jwks_simulation.write_page

scores: $(CORE) $(PEERS)/ready  ## Send the attack tokens to fastjose and its peers, write docs/security/scores.md (1 min).
	PYTHONPATH=tests $(BIN)/python -m support.scores

##@ Audit the dependencies

audit: audit-crates audit-advisories audit-minimal  ## The three verbs below: what docs/internals/dependencies.md says (15 min at first).

audit-crates: $(CARGO_DENY)  ## Check licences, sources and doubled versions of the crates, as deny.toml says.
	$(CARGO_DENY) --all-features check --deny warnings --hide-inclusion-graph licenses bans sources

audit-advisories: $(CARGO_DENY) $(AUDIT)/ready  ## Compare crates and packages with RustSec and PyPI; says what it cannot reach.
	$(PYTHON) scripts/supply_chain/check_advisories.py $(CARGO_DENY) $(AUDIT)/bin/pip-audit

audit-minimal:  ## Compile and test the core with the oldest crates that Cargo.toml allows (6 min).
	$(PYTHON) scripts/supply_chain/check_minimal_versions.py

##@ Build and release

build: $(BUILD)/ready  ## Build the wheel into dist/, for glibc 2.17 and newer, and check it with check-wheel (4 min).
	rm -f dist/*.whl
	PATH="$(CURDIR)/$(BUILD)/bin:$$PATH" maturin build --release --locked --out dist $(ZIG) \
		$(addprefix --target ,$(WHEEL_TARGET)) $(addprefix --interpreter ,$(WHEEL_PYTHON))
	$(MAKE) check-wheel

check-wheel: $(BUILD)/ready  ## Check the wheel in dist/: its tag against its symbols, the stable ABI, its crates, the metadata.
	$(BUILD)/bin/python scripts/check_wheel.py dist/*.whl
	$(BUILD)/bin/python scripts/supply_chain/check_sbom.py dist/*.whl
	$(BUILD)/bin/twine check --strict dist/*.whl

test-wheel:  ## Install the wheel of dist/ on each CPython from 3.10 to 3.14 that is on PATH, and run a smoke test.
	$(PYTHON) scripts/test_wheel.py dist/*.whl

sdist: $(BUILD)/ready  ## Build the source distribution into dist/ and check its metadata.
	rm -f dist/*.tar.gz
	PATH="$(CURDIR)/$(BUILD)/bin:$$PATH" maturin sdist --out dist
	$(BUILD)/bin/twine check --strict dist/*.tar.gz

# Without optimization, which takes minutes: what is tested is that the archive is complete.
test-sdist:  ## Compile and install the source distribution of dist/ from nothing, and run a smoke test (2 min).
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
		$(PYTHON) scripts/test_wheel.py dist/*.tar.gz

##@ Maintain

lock: $(VENV)/ready  ## Update the locked requirements: names, versions and hashes.
	$(BIN)/python $(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.10 --generate-hashes \
		--no-annotate --no-header --extra fastapi --extra sqlmodel --extra cli --group dev --output-file requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.10 --generate-hashes \
		--no-annotate --no-header --extra fastapi --extra sqlmodel --extra cli --group test --constraint requirements/min-versions.in \
		--output-file requirements/min-versions.txt
	$(BIN)/uv pip compile requirements/downstream.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --output-file requirements/downstream.txt
	$(BIN)/uv pip compile requirements/frameworks.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --output-file requirements/frameworks.txt
	$(BIN)/uv pip compile pyproject.toml requirements/bench.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --extra fastapi --extra sqlmodel --output-file requirements/bench.txt
	$(BIN)/uv pip compile requirements/e2e-baselines.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --output-file requirements/e2e-baselines.txt
	$(BIN)/uv pip compile requirements/docs.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --output-file requirements/docs.txt
	$(BIN)/uv pip compile pyproject.toml requirements/fuzz.in --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --extra fastapi --output-file requirements/fuzz.txt
	$(BIN)/uv pip compile requirements/build.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --output-file requirements/build.txt
	$(BIN)/uv pip compile requirements/audit.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --output-file requirements/audit.txt
	$(BIN)/uv pip compile requirements/peers.in --quiet --upgrade --universal --python-version 3.12 \
		--generate-hashes --no-annotate --no-header --output-file requirements/peers.txt
	$(BIN)/uv pip compile pyproject.toml requirements/mutants.in --quiet --upgrade --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --extra fastapi --extra sqlmodel --extra cli --group test \
		--constraint requirements/dev.txt --output-file requirements/mutants.txt
	cargo update
	cargo update --manifest-path tests/fuzz/Cargo.toml
	cargo update --manifest-path tests/concurrency/loom/Cargo.toml

hooks: $(VENV)/ready  ## Let git run the checks of what a commit changes before it (pre-commit).
	$(BIN)/pre-commit install

ci:  ## What continuous integration runs.
	bash .ci/run

help:  ## List the verbs.
	@awk -F ':.*  ## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z0-9-]+:.*  ## / { printf "  %-26s %s\n", $$1, $$2 }' Makefile

clean:  ## Remove what was made.
	rm -rf target dist site $(VENV) $(MIN_VERSIONS) $(DOWNSTREAM) $(FRAMEWORKS) $(BENCH) $(E2E_BASELINES) $(DOCS) $(FUZZ) $(BUILD) $(AUDIT) $(PEERS) \
		$(MUTANTS) $(FREE_THREADED) $(CORE)

$(VENV)/ready: requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) --require-hashes --requirement requirements/dev.txt
	touch $@

# Without optimization: it runs for a second, and compiles in a third of the time.
$(CARGO_DENY):
	CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=target/tools/build \
		cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --debug --root target/tools/cargo-deny-$(CARGO_DENY_VERSION)

$(CARGO_MUTANTS):
	CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=target/tools/build cargo install cargo-mutants \
		--version $(CARGO_MUTANTS_VERSION) --locked --debug --root target/tools/cargo-mutants-$(CARGO_MUTANTS_VERSION)

# The native module is built once, into the source tree; every environment reads it from there.
$(CORE): $(VENV)/ready $(RUST) pyproject.toml
	PATH="$(CURDIR)/$(BIN):$$PATH" python $(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(BENCH)/ready $(PEERS)/ready: VENV_PYTHON = $$($(PYTHON) scripts/find_bench_python.py $(PYTHON))
$(BENCH)/ready $(PEERS)/ready: scripts/find_bench_python.py
$(MIN_VERSIONS)/ready $(DOWNSTREAM)/ready $(FRAMEWORKS)/ready $(BENCH)/ready $(E2E_BASELINES)/ready $(DOCS)/ready $(FUZZ)/ready $(BUILD)/ready $(AUDIT)/ready $(PEERS)/ready $(MUTANTS)/ready: .venv-%/ready: requirements/%.txt
	$(VENV_PYTHON) -m venv --clear .venv-$*
	.venv-$*/bin/python $(PIP) --require-hashes --requirement $<
	.venv-$*/bin/python -c "import pathlib, sysconfig; \
		pathlib.Path(sysconfig.get_path('purelib'), 'fastjose.pth').write_text('$(CURDIR)/python')"
	touch $@
