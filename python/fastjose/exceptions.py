"""The exceptions of the package: python-jose's classes, each with a stable `code`.

    JOSEError
    ├── JWSError
    │   ├── JWSSignatureError
    │   └── JWSAlgorithmError
    ├── JWTError                       malformed token, header, signature, missing claim
    │   ├── JWTClaimsError             value of a claim
    │   └── ExpiredSignatureError      expired token
    ├── JWKError                       key material
    │   └── JWKSetUnavailableError     remote key set cannot be fetched
    ├── JWEError
    │   ├── JWEParseError
    │   ├── JWEInvalidAuth
    │   └── JWEAlgorithmUnsupportedError
    ├── SessionError                   session, session token or session cookie
    ├── APIKeyError                    API key
    └── StoreUnavailableError          store of sessions, API keys or revocations, or authorization server

    ValueError
    └── ConfigurationError             environment variable of `fastjose.auth`

Wrong arguments raise `ValueError` or `TypeError`. No message contains any part of a token, a key or a secret.

Example::

    try:
        claims = verifier.verify(token)
    except ExpiredSignatureError:
        ...  # ask the client to refresh its token
    except JOSEError as error:
        log.info("rejected: %s %s", error.code, error.claim)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "APIKeyError",
    "ConfigurationError",
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
    "SessionError",
    "StoreUnavailableError",
]


class JOSEError(Exception):
    """Base class of the exceptions of this package.

    Attributes:
        code: The reason, stable across releases: `malformed`, `too_large`, `unsupported_header`, `wrong_type`,
            `wrong_header`, `algorithm_not_allowed`, `unknown_key`, `bad_signature`, `missing_claim`, `invalid_claim`,
            `expired`, `not_yet_valid`, `wrong_issuer`, `wrong_audience`, `wrong_subject`, `wrong_claim`,
            `claims_not_accepted`, `revoked`, `inactive_token`, `credential_not_accepted`, `invalid_key`, `weak_key`,
            `keys_unavailable` or `store_unavailable`. For a JWE: `jwe_malformed`, `jwe_too_large`,
            `jwe_unsupported_header`, `jwe_algorithm_not_supported`, `jwe_algorithm_not_allowed`, `jwe_authentication`
            or `jwe_failed`. `error` if the error has no specific code. If a key had to be fetched, `wrong_header`,
            `wrong_type`, `malformed` and the codes of claims rest on a token whose signature is not verified.
        claim: The name of the claim that caused the error. None if no claim caused it.
    """

    code: str = "error"
    claim: str | None = None


class JWSError(JOSEError):
    """A JSON Web Signature (RFC 7515) cannot be created or is rejected."""


class JWSSignatureError(JWSError):
    """The signature is invalid."""


class JWSAlgorithmError(JWSError):
    """The algorithm is not supported or not allowed."""


class JWTError(JOSEError):
    """A JSON Web Token (RFC 7519) is rejected."""


class JWTClaimsError(JWTError):
    """A claim has a value or a type that is not accepted. The attribute `claim` names it."""


class ExpiredSignatureError(JWTError):
    """The token's `exp` has passed (RFC 7519 §4.1.4)."""

    code = "expired"
    claim = "exp"


class JWKError(JOSEError):
    """Key material (RFC 7517) cannot be used."""

    code = "invalid_key"


class JWKSetUnavailableError(JWKError):
    """A remote JWK Set cannot be fetched, and no cached key can verify the token. The token may be valid.

    Attributes:
        retry_after_seconds: Time until the next fetch may start, in seconds. Defaults to 1.0.
    """

    retry_after_seconds: float = 1.0


class JWEError(JOSEError):
    """A JSON Web Encryption (RFC 7516) cannot be created or decrypted."""


class JWEParseError(JWEError):
    """The token is not a compact JWE (RFC 7516 §7.1)."""

    code = "jwe_malformed"


class JWEInvalidAuth(JWEError):  # noqa: N818 - python-jose's name for it
    """The authentication tag is wrong, or the token cannot be decrypted with the key (RFC 7516 §11.5)."""

    code = "jwe_authentication"


class JWEAlgorithmUnsupportedError(JWEError):
    """The `alg`, `enc` or `zip` of the header is not supported, or not allowed for the key."""

    code = "jwe_algorithm_not_supported"


class SessionError(JOSEError):
    """A session, its token or its cookie is rejected.

    Attributes:
        code: `malformed_session_token`, `unsigned_session_token`, `bad_session_signature`; `unknown_session`,
            `session_expired`, `session_revoked`, `banned_user`; for a cookie without a look-up
            `session_data_malformed`, `session_data_bad_signature`, `session_data_expired`, `session_data_unbound`,
            `session_data_other_version`, `session_data_other_strategy`, `unknown_session_data_key`,
            `session_data_old_secret` or `cookies_too_large`. `invalid_session` if the error has no specific code.
    """

    code = "invalid_session"


class APIKeyError(JOSEError):
    """An API key is rejected.

    Attributes:
        code: `malformed_api_key`, `unknown_api_key`, `api_key_disabled`, `api_key_expired`, `api_key_used_up` or
            `banned_user`. `invalid_api_key` if the error has no specific code.
    """

    code = "invalid_api_key"


class StoreUnavailableError(JOSEError):
    """A store of sessions, API keys or revocations cannot answer, or the authorization server of an opaque token.

    The credential may be valid.

    Attributes:
        retry_after_seconds: Time after which the client may try again, in seconds. Defaults to 1.0.
    """

    code = "store_unavailable"
    retry_after_seconds: float = 1.0


class ConfigurationError(ValueError):
    """An environment variable of `fastjose.auth` is missing, has an invalid value, or does not fit another one.

    The text names the variable and the expected value. It never contains the value.

    Attributes:
        code: The reason, stable across releases: `invalid_value`, `quoted_value`, `comment_in_value`, `placeholder`,
            `not_configured`, `missing_variable`, `missing_audience`, `conflicting_variables`, `short_secret`,
            `published_secret`, `not_a_secret`, `secret_as_name`, `private_key`, `plain_http`, `file_unreadable` or
            `url_of_document`.
            `fastjose doctor` has the same codes.
        variable: The environment variable to change, such as `JWT_AUDIENCE`. None if the file with the variables
            cannot be read.
        errors: Each error, if the text names several. `code` and `variable` are then those of the first.

    Example::

        try:
            from fastjose import auth
        except ConfigurationError as error:
            sys.exit(f"{error.variable} ({error.code}): {error}")
    """

    def __init__(self, message: str, *, code: str = "invalid_value", variable: str | None = None) -> None:
        """Create the error. `message` must not contain the value of a variable."""
        super().__init__(message)
        self.code = code
        self.variable = variable
        self.errors: tuple[ConfigurationError, ...] = ()

    @classmethod
    def join(cls, errors: Sequence[ConfigurationError]) -> ConfigurationError:
        """Return one error about all of `errors`, of which there is at least one."""
        first = errors[0]
        if len(errors) == 1:
            return first
        joined = cls("; ".join(map(str, errors)), code=first.code, variable=first.variable)
        joined.errors = tuple(errors)
        return joined


class ConfigurationWarning(UserWarning):
    """A setting that is accepted, but is unsafe or has no effect, or a variable whose name is misspelled.

    Attributes:
        code: The reason, stable across releases: `secret_in_quotes`, `short_secret_allowed`, `algorithm_ignored` or
            `misspelled_variable`. `configuration_warning` if the warning has no specific code.
    """

    def __init__(self, message: str, *, code: str = "configuration_warning") -> None:
        """Create the warning. `message` must not contain the value of a variable."""
        super().__init__(message)
        self.code = code
