"""Mutants of the package: mutmut changes the modules that decide who is let in, and runs the tests that cover them."""
