"""One-time codes of an authenticator application."""

from __future__ import annotations

import base64
import hmac
import time
from urllib.parse import parse_qs, urlsplit

STEP_SECONDS = 30
DIGITS = 6


def compute_totp(uri: str) -> str:
    """Return the current code for an `otpauth://` URI: RFC 6238 with SHA-1, 6 digits and steps of 30 seconds."""
    encoded = parse_qs(urlsplit(uri).query)["secret"][0]
    key = base64.b32decode(encoded + "=" * (-len(encoded) % 8))
    digest = hmac.digest(key, (int(time.time()) // STEP_SECONDS).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)
