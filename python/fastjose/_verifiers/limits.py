"""The limits of a choice among issuers, which bound what an attacker can occupy with tokens of made-up issuers."""

MAX_ISSUER_CHARS = 2_048
"""The length of the longest `iss` that chooses a verifier, in characters."""

MAX_TENANTS = 1_000
"""The maximum number of issuers whose verifiers are kept. The least recently used one goes first."""

TENANT_SECONDS = 300.0
"""The time for which the verifier that a function returned is kept, in seconds."""

TENANT_TIMEOUT_SECONDS = 5.0
"""The time within which a coroutine function must return, in seconds."""
