"""The second suite of the core's mutants: the package's tests, in one process that forks for each mutant."""
