"""Every failure, in python-jose's tree, each with a stable `code`.

    JOSEError
    ├── JWSError
    │   ├── JWSSignatureError
    │   └── JWSAlgorithmError
    ├── JWTError                       the token: its form, header or signature, a missing claim
    │   ├── JWTClaimsError             a claim's value
    │   └── ExpiredSignatureError      the token's age
    ├── JWKError                       key material
    │   └── JWKSetUnavailableError     a remote key set that cannot be had
    └── JWEError
        ├── JWEParseError
        ├── JWEInvalidAuth
        └── JWEAlgorithmUnsupportedError

No text holds any part of a token, a key or a secret.
"""

from __future__ import annotations

__all__ = [
    "ConfigurationWarning",
    "ExpiredSignatureError",
    "JOSEError",
    "JWEAlgorithmUnsupportedError",
    "JWEError",
    "JWEInvalidAuth",
    "JWEParseError",
    "JWKError",
    "JWKSetUnavailableError",
    "JWSAlgorithmError",
    "JWSError",
    "JWSSignatureError",
    "JWTClaimsError",
    "JWTError",
]


class JOSEError(Exception):
    """Every error of this package but wrong arguments, which are `ValueError` and `TypeError`.

    Attributes:
        code: The case, stable across releases: `malformed`, `too_large`, `unsupported_header`, `wrong_type`,
            `algorithm_not_allowed`, `unknown_key`, `bad_signature`, `missing_claim`, `invalid_claim`, `expired`,
            `not_yet_valid`, `wrong_issuer`, `wrong_audience`, `wrong_subject`, `invalid_key`, `weak_key` or
            `keys_unavailable`; of a JWE, `jwe_malformed`, `jwe_too_large`, `jwe_unsupported_header`,
            `jwe_algorithm_not_supported`, `jwe_algorithm_not_allowed`, `jwe_authentication` or `jwe_failed`; `error`
            where none is given.
        claim: The name of the claim concerned, if it is about one.
    """

    code: str = "error"
    claim: str | None = None


class JWSError(JOSEError):
    """A JSON Web Signature (RFC 7515) cannot be made or accepted."""


class JWSSignatureError(JWSError):
    """The signature is wrong."""


class JWSAlgorithmError(JWSError):
    """The algorithm is not supported or not allowed."""


class JWTError(JOSEError):
    """A JSON Web Token (RFC 7519) is refused."""


class JWTClaimsError(JWTError):
    """A claim has a value that is not accepted."""


class ExpiredSignatureError(JWTError):
    """The token's `exp` has passed (RFC 7519 §4.1.4)."""

    code = "expired"
    claim = "exp"


class JWKError(JOSEError):
    """Key material (RFC 7517) cannot be used."""

    code = "invalid_key"


class JWKSetUnavailableError(JWKError):
    """A remote JWK Set could not be fetched, and no key at hand answers: the key server's fault, not the token's.

    Attributes:
        retry_after_seconds: When it will be asked again, in seconds from now.
    """

    retry_after_seconds: float = 1.0


class JWEError(JOSEError):
    """A JSON Web Encryption (RFC 7516) cannot be made or opened."""


class JWEParseError(JWEError):
    """It is no compact JWE."""

    code = "jwe_malformed"


class JWEInvalidAuth(JWEError):  # noqa: N818 - python-jose's name for it
    """Its authentication tag is wrong."""

    code = "jwe_authentication"


class JWEAlgorithmUnsupportedError(JWEError):
    """Its `alg` or `enc` is not supported."""

    code = "jwe_algorithm_not_supported"


class ConfigurationWarning(UserWarning):
    """A configuration that works, and is unsafe or not what it seems."""
