"""Threads that share one verifier while its key set rotates. Needs fastjose and the standard library alone."""
