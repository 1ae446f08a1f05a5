"""The error of a token whose issuer is unknown."""

from __future__ import annotations

from fastjose._core import jws_unverified_header, jws_unverified_payload, jwt_parse_claims
from fastjose.exceptions import JOSEError, JWTClaimsError, JWTError


def unknown_issuer_error(token: str) -> JOSEError:
    """Return the error with which a verifier would reject a malformed token, or one of another issuer."""
    try:
        jws_unverified_header(token)
        claims = jwt_parse_claims(jws_unverified_payload(token))
    except JOSEError as error:
        return error
    if "iss" not in claims:
        return _error(JWTError('missing required key "iss" among claims'), "missing_claim")
    return _error(JWTClaimsError("Invalid issuer"), "wrong_issuer")


def _error(error: JOSEError, code: str) -> JOSEError:
    error.code, error.claim = code, "iss"
    return error
