"""Mistakes in the names of variables, and in the files that have them."""
