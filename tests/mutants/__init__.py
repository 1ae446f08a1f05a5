"""Mutants of the core: whether the tests notice a changed operator or a replaced function."""
