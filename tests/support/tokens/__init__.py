"""Tokens and keys, well made and hostile, and the verdicts on them."""
