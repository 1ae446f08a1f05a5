"""The code of a failed request, by the reason that the core gives for it."""

from __future__ import annotations

import re

REASONS = (
    ("file_unreadable", r"^the files? (?:\".*\" )?of .*must|: the file (?:\".*\" )?of .* must"),
    ("no_discovery_document", r"the server has none|discovery document must have"),
    ("proxy_failed", r"\bproxy\b"),
    ("clock_or_certificate", r"certificate (?:has expired|is not valid yet)"),
    ("unknown_authority", r"signed by an (?:unknown )?authority"),
    ("certificate_name", r"certificate is for another host name"),
    ("client_certificate", r"client.certificate"),
    ("tls_failed", r"TLS handshake failed|certificate is"),
    ("host_not_found", r"host name cannot be resolved"),
    ("connection_refused", r"connection was refused|connection failed"),
    ("host_unreachable", r"unreachable|connection timed out"),
    ("fetch_timeout", r"timed out|must answer within"),
    ("not_http", r"not HTTP|ended early"),
    ("redirected", r"status 3\d\d"),
    ("not_permitted", r"status (?:401|403|407)"),
    ("rate_limited", r"status 429"),
    ("not_found", r"status (?:404|405|410)"),
    ("server_failed", r"status \d"),
    ("discovery_mismatch", r"discovery document must.*issuer|issuer.*to the letter"),
    ("no_discovery_document", r"discovery document must"),
    ("no_usable_key", r"no usable key"),
    ("not_a_key_set", r"JWK Set must|must be a JSON|has no list|response must be"),
)

CODES_OF_OTHER_PROTOCOLS = frozenset(
    {"tls_failed", "not_http", "fetch_timeout", "fetch_failed", "connection_refused", "server_failed", "proxy_failed"}
)
"""The codes of requests that fail so at a server that speaks another protocol than the scheme of the URL says."""


def classify(reason: str) -> str:
    """Return the code of the first reason that `reason` contains, or `fetch_failed`."""
    return next((code for code, pattern in REASONS if re.search(pattern, reason)), "fetch_failed")
