"""The values of attributes: bounded in number, so that neither an attacker nor many tenants fill a store of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastjose.exceptions import JOSEError

OTHER = "_OTHER"
"""The value in place of any further one, as OpenTelemetry's own conventions have it."""

MAX_NAMES = 100
"""The number of issuers that have a value of their own, and of key sets."""

UNAVAILABLE_CODES = frozenset({"keys_unavailable", "store_unavailable"})

ERROR_CODES = UNAVAILABLE_CODES | frozenset(
    {
        *("malformed", "too_large", "unsupported_header", "wrong_type", "wrong_header", "algorithm_not_allowed"),
        *("unknown_key", "bad_signature", "missing_claim", "invalid_claim", "expired", "not_yet_valid"),
        *("wrong_issuer", "wrong_audience", "wrong_subject", "wrong_claim", "claims_not_accepted", "revoked"),
        *("inactive_token", "credential_not_accepted", "invalid_key", "weak_key", "error"),
        *("jwe_malformed", "jwe_too_large", "jwe_unsupported_header", "jwe_algorithm_not_supported"),
        *("jwe_algorithm_not_allowed", "jwe_authentication", "jwe_failed", "cross_origin_request"),
    }
)
"""The codes of `JOSEError`, and that of a cookie which the page of another origin sends."""


def code_of(error: JOSEError) -> str:
    """Return the code of an error. A store of the application may have set another one, which is not reported."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code in ERROR_CODES else OTHER


class NameLimit:
    """Lets the first names pass, and replaces further ones."""

    def __init__(self, limit: int = MAX_NAMES) -> None:
        """Let `limit` names pass."""
        self._limit = limit
        self._known: set[str] = set()

    def limit(self, name: str) -> str:
        """Return `name`, or `_OTHER` if there are too many."""
        if name not in self._known:
            if len(self._known) >= self._limit:
                return OTHER
            self._known.add(name)
        return name
