"""The command `python -m fastjose.migrate`: what it changes, and in which files."""
