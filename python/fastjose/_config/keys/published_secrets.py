"""Secrets that anyone can read."""

from __future__ import annotations

from fastjose import better_auth

DEFAULT_SECRETS = frozenset({better_auth.DEVELOPMENT_SECRET, "better-auth-secret-123456789"})
"""The defaults of Better Auth, which are in its source: the current one, and an earlier one."""

SAMPLE_SECRETS = frozenset(
    {
        "a-string-secret-at-least-256-bits-long",
        "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    }
)
"""Secrets that are long enough: of jwt.io, of Supabase's local stack, of FastAPI's tutorial."""

SECRETS_OF_DOCS = frozenset(
    {
        "a-secret-of-at-least-thirty-two-bytes",
        "a-secret-of-the-issuer-with-at-least-32-characters",
        "replace-this-by-openssl-rand-base64-32",
        "the-new-secret-of-32-octets-or-more",
        "the-old-secret-of-32-octets-or-more",
        "the-secret-of-fastapi-users-with-32-octets-or-more",
        "the-secret-of-my-api",
        "the-secret-of-your-auth-js-application",
        "the-secret-of-your-better-auth-server",
    }
)
"""Secrets in fastjose's own documentation."""
