"""Modules shared by the benchmarks: fixtures, libraries, applications and the environment."""
