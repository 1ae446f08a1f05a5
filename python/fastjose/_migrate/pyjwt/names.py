"""The names of PyJWT 2, and what each becomes."""

from __future__ import annotations

from typing import Final

MODULES: Final = frozenset(
    {"algorithms", "api_jwk", "api_jws", "api_jwt", "exceptions", "help", "jwk_set_cache", "jwks_client", "types"}
    | {"utils", "warnings"}
)

_TRANSPARENT = frozenset({"api_jwk", "api_jwt", "exceptions", "jwks_client", "warnings"})
"""The modules whose public names `jwt` has too."""

EQUAL_EXCEPTIONS: Final = {
    "PyJWTError": "JOSEError",
    "InvalidTokenError": "JWTError",
    "ExpiredSignatureError": "ExpiredSignatureError",
    "PyJWKClientConnectionError": "JWKSetUnavailableError",
}
"""The exceptions that have a counterpart for the same cases."""

WIDER_EXCEPTIONS: Final = {
    "DecodeError": ("JWTError", "malformed or bad_signature"),
    "ImmatureSignatureError": ("JWTClaimsError", "not_yet_valid"),
    "InvalidAlgorithmError": ("JWTError", "algorithm_not_allowed"),
    "InvalidAudienceError": ("JWTClaimsError", "wrong_audience"),
    "InvalidIssuedAtError": ("JWTClaimsError", "invalid_claim"),
    "InvalidIssuerError": ("JWTClaimsError", "wrong_issuer"),
    "InvalidJTIError": ("JWTClaimsError", "invalid_claim"),
    "InvalidKeyError": ("JWKError", "invalid_key or weak_key"),
    "InvalidSignatureError": ("JWTError", "bad_signature"),
    "InvalidSubjectError": ("JWTClaimsError", "wrong_subject"),
    "MissingRequiredClaimError": ("JWTError", "missing_claim"),
    "PyJWKClientError": ("JOSEError", "unknown_key (JWTError) or keys_unavailable (JWKSetUnavailableError)"),
    "PyJWKError": ("JWKError", "invalid_key"),
    "PyJWKSetError": ("JWKError", "keys_unavailable"),
}
"""The exceptions whose counterpart has further cases, and the codes that identify theirs."""

STRICT_CALL: Final = "fastjose.verify_token(…, required=(), check_issued_at=True)"
"""The call that makes every check of PyJWT, for texts that tell what to write."""

_CUSTOM_ALGORITHMS: Final = "custom algorithms are not supported: keep PyJWT here"

HINTS: Final = {
    "": "name what is used: the module itself has no counterpart",
    "PyJWK": "write fastjose.Key(jwk), or pass the JWK itself as the key",
    "PyJWKSet": f"pass the JWK Set itself, a dict, as the key of {STRICT_CALL}",
    "PyJWS": "write fastjose.jws.sign and fastjose.jws.verify",
    "PyJWT": "write fastjose.Verifier(…, required=(), check_issued_at=True) once, and call its method verify",
    "InsecureKeyLengthWarning": "remove it: a secret that is shorter than its hash is refused (weak_key)",
    "decode_complete": f"write {STRICT_CALL}, then fastjose.jwt.get_unverified_header for the header",
    "register_algorithm": _CUSTOM_ALGORITHMS,
    "unregister_algorithm": "remove it: only the algorithms in algorithms= are accepted",
    "get_algorithm_by_name": "pass the key itself: a secret, PEM, or a JWK",
    "decode": "call it where the token is verified, so that its arguments can be read",
    "encode": "call it where the token is signed, so that its arguments can be read",
    "PyJWKClient": f"write fastjose.RemoteKeySet(url), and pass it as the key of {STRICT_CALL}",
}

KNOWN: Final = frozenset({*HINTS, *EQUAL_EXCEPTIONS, *WIDER_EXCEPTIONS, "get_unverified_header"}) - {""}

SUPPORTED_ALGORITHMS: Final = frozenset(
    f"{family}{bits}" for family in ("HS", "RS", "PS", "ES") for bits in (256, 384, 512)
) | {"EdDSA", "ES256K"}


def is_module(path: list[str]) -> bool:
    """Return whether a path below `jwt`, such as `["exceptions"]`, is a module."""
    return not path or (len(path) == 1 and path[0] in MODULES)


def name_member(path: list[str]) -> str:
    """Return the name of a member by its path below `jwt`: `decode` for `["api_jwt", "decode"]`."""
    if is_module(path):
        return ""
    is_top = path[0] not in MODULES or path[0] in _TRANSPARENT or path == ["api_jws", "get_unverified_header"]
    return path[path[0] in MODULES] if is_top else ".".join(path[:2])


def find_hint(name: str, *, is_derived: bool = False) -> str:
    """Return what to write in place of a name of PyJWT that has no counterpart.

    Args:
        name: The name of the member.
        is_derived: Whether a class is derived from it, or it is an argument of `register_algorithm`.
    """
    if is_derived and ("Algorithm" in name or name.startswith("algorithms.")):
        return _CUSTOM_ALGORITHMS
    if name in HINTS:
        return HINTS[name]
    if name.startswith("algorithms."):
        return f"pass the JWK or the PEM itself as the key of {STRICT_CALL}"
    if name.partition(".")[0] in MODULES:
        return "fastjose has no counterpart: keep PyJWT for it, or see docs/migration/pyjwt.md"
    return "PyJWT does not have this name: if jwt is another package, nothing is to be changed"
