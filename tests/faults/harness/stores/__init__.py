"""Stores of credentials in databases and Redis, a relay before their server, and the faults of both."""
