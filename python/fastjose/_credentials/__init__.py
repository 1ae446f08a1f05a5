"""Credentials that a request can have: JWTs, session tokens, session cookies, API keys."""
