"""Known differences from python-jose, each with an example; `make docs` writes their table."""
