"""Helpers of the tests: servers, clients, tokens, requirements."""
