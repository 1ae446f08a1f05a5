#!/bin/sh
# Compiles this crate, and not its dependencies, with counters of coverage: RUSTC_WORKSPACE_WRAPPER of measure_coverage.py.
exec "$@" -C instrument-coverage
