"""Tokens that an attacker could send, with the error that each must cause."""
