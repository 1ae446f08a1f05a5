"""Comparisons: candidates that take turns in one process, checked against the targets."""
