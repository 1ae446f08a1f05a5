"""Benchmarks of the Python API and of other libraries, run by pytest-benchmark."""
