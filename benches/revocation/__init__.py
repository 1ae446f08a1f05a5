"""Measurements of revocation over Redis."""
