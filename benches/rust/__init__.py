"""Benchmarks of the Rust core, without Python."""
