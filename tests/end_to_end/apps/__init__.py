"""The applications of the end-to-end test."""
