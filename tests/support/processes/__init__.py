"""Processes of their own, and what they need."""
