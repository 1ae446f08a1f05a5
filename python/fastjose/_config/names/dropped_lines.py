"""Lines of `.env` that the testing kit replaces: an empty variable of the process would not, because it is not set."""

from __future__ import annotations

import os

VARIABLE = "FASTJOSE_TESTING_DROPPED_LINES"
"""The variable that names them, so that processes which a test starts drop them too."""
FETCH_OPTIONS = (
    "JWKS_HEADERS",
    "JWKS_BEARER_TOKEN_FILE",
    "JWKS_CA_CERTIFICATES",
    "JWKS_CLIENT_CERTIFICATE",
    "JWKS_PROXY",
)
"""The variables for the network of the real issuer. A server on loopback needs none of them. No other line is dropped.

To drop a line gives no power to an attacker who sets variables of the process: these can be set as well."""


def list_dropped() -> frozenset[str]:
    """Return the names of the lines to drop, in small letters."""
    named = os.environ.get(VARIABLE)
    return frozenset(map(str.lower, set(named.split(",")) & set(FETCH_OPTIONS))) if named else frozenset()
