"""Differences from python-jose, each with the calls that show it; `make docs` writes their table."""
