"""Threads: models of the core's own synchronisation, and a long run of threads on one verifier. See README.md."""
