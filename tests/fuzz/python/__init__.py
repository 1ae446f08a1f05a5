"""The targets of the package, which atheris runs: each file is a program."""
