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


_NAMES = (
    (r"; check the issuer, or pass the URL of (?:its|the) key set to RemoteKeySet", ""),
    (r", or pass the URL of (?:its|the) key set to RemoteKeySet", ", or set JWKS_URL to its keys, and JWT_ISSUER"),
    (r"(?:,| and)? or raise (?:timeout_seconds|max_body_bytes|max_lookups_in_flight)", ""),
    (r"pass (?=ca_certificates|client_certificate)", "set "),
    (r"\bca_certificates\b", "JWKS_CA_CERTIFICATES"),
    (r"\bclient_certificate\b", "JWKS_CLIENT_CERTIFICATE"),
    (r"\bthe header authorization\b", "JWKS_BEARER_TOKEN_FILE"),
    (r"\bclient_secret\b", "INTROSPECTION_CLIENT_SECRET_FILE"),
    (r"\bin headers\b", "in JWKS_HEADERS or JWKS_BEARER_TOKEN_FILE"),
    (r"\bin the proxy's URL\b", "in JWKS_PROXY"),
    (r"\bthe URL of the proxy\b", "JWKS_PROXY"),
    (r"\ballow_http\b", "JWKS_ALLOW_HTTP=1"),
)
"""What the core calls as an application in code does, and the environment's name for it."""


def name_variables(reason: str) -> str:
    """Return a reason of the core in the names of the environment."""
    for pattern, name in _NAMES:
        reason = re.sub(pattern, name, reason)
    return reason


def classify(reason: str) -> str:
    """Return the code of the first reason that `reason` contains, or `fetch_failed`."""
    return next((code for code, pattern in REASONS if re.search(pattern, reason)), "fetch_failed")
