"""Keys of shared-secret mode: one secret, or several versions of it during a rotation.

`JWT_SECRET` is the secret of any issuer. The other variables are Better Auth's, with the precedence of its version
1.7 (`parseSecretsEnv`, `createAuthContext`). If `BETTER_AUTH_SECRETS` is set, its first entry is the current secret,
and `BETTER_AUTH_SECRET` is a previous one. Better Auth rejects signatures made with a previous secret. Here the
operator may accept them with `JWT_ACCEPT_OLD_SECRETS`.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from pydantic import SecretStr

from fastjose import better_auth
from fastjose._config.keys.published_secrets import DEFAULT_SECRETS, SAMPLE_SECRETS
from fastjose._config.keys.secret_files import check_not_path
from fastjose._config.names.misspelled_variables import (
    KNOWN_VARIABLES,
    find_misspelled,
    list_variables,
    suggest_variable,
)
from fastjose._config.setting_values import is_quoted
from fastjose._core import MIN_SECRET_BYTES, Key
from fastjose.exceptions import ConfigurationError, ConfigurationWarning, JWKError
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS, AuthSettings

GENERIC_VARIABLE = "JWT_SECRET"
_SOURCE_FIELDS = (
    *("oidc_issuer", "better_auth_url", "better_auth_secret", "better_auth_secrets", "jwks_url", "jwt_public_key"),
    *("jwt_secret", "jwt_issuer", "jwt_audience", "alb_signer"),
)
_SECRETS_VARIABLE = "BETTER_AUTH_SECRETS"

_GENERATE = "generate a secret with `openssl rand -base64 48`"

# The characters that JavaScript's `trim` removes. Python's `strip` removes a slightly different set.
_WHITE_SPACE = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_COMMENT = re.compile(r"\s#")  # `docker run --env-file` keeps it, other readers of `.env` remove it

# The prefix that JavaScript's `parseInt` reads as a number. It ignores all text after the first non-digit.
_VERSION = re.compile(r"[+-]?[0-9]+")
_MAX_VERSION = 2**53 - 1  # JavaScript rounds larger integers, so that two of them may be one version


@dataclass(frozen=True)
class LabelledSecret:
    """A secret, with the label that error texts use in its place."""

    label: str
    value: SecretStr

    @property
    def variable(self) -> str:
        """The variable that has the secret."""
        return self.label.partition(",")[0]


def select_secrets(settings: AuthSettings) -> list[LabelledSecret]:
    """Return the secrets whose signatures are accepted, the current one first.

    Raises:
        ValueError: No secret is set, secrets of two issuers are set, or `BETTER_AUTH_SECRETS` is malformed.
    """
    if settings.jwt_secret is None:
        return _select_better_auth_secrets(settings)
    for field in ("better_auth_secret", "better_auth_secrets"):
        if getattr(settings, field) is not None:
            raise ConfigurationError(
                f"{GENERIC_VARIABLE} and {field.upper()} must not both be set in shared-secret mode, because one of "
                "them signs the tokens: remove the other",
                code="conflicting_variables",
                variable=field.upper(),
            )
    return [LabelledSecret(GENERIC_VARIABLE, settings.jwt_secret)]


def _select_better_auth_secrets(settings: AuthSettings) -> list[LabelledSecret]:
    previous = settings.better_auth_secret
    single = [] if previous is None else [LabelledSecret("BETTER_AUTH_SECRET", previous)]
    if settings.better_auth_secrets is None:
        if not single:
            raise _missing_secret(settings)
        return single
    secrets = parse_versioned_secrets(settings.better_auth_secrets.get_secret_value())
    if not settings.jwt_accept_old_secrets:
        return secrets[:1]
    # Better Auth never treats its public default as a previous secret.
    return secrets + [old for old in single if old.value.get_secret_value() != better_auth.DEVELOPMENT_SECRET]


def find_session_secrets(settings: AuthSettings) -> tuple[list[LabelledSecret], list[LabelledSecret]]:
    """Return the secrets that authenticate sessions, and the older ones, which do not. Both may be empty.

    Raises:
        ValueError: `BETTER_AUTH_SECRETS` is malformed.
    """
    if settings.better_auth_secret is None and settings.better_auth_secrets is None:
        return [], []
    accepted = _select_better_auth_secrets(settings)
    known = _select_better_auth_secrets(settings.model_copy(update={"jwt_accept_old_secrets": True}))
    return accepted, [secret for secret in known if secret not in accepted]


def _missing_secret(settings: AuthSettings) -> ConfigurationError:
    """Return the error of shared-secret mode without a secret."""
    variable = "BETTER_AUTH_SECRET"
    text = f"{variable} environment variable is required"
    if settings.jwt_mode == "secret":
        return ConfigurationError(
            f"{text}, because JWT_MODE=secret: set it to the secret of Better Auth, or set JWT_SECRET to "
            "that of another issuer",
            code="missing_variable",
            variable=variable,
        )
    return ConfigurationError(
        f"{text}, or the variables of another issuer: for Auth0, Entra ID, Keycloak, Okta and other OpenID providers, "
        "set OIDC_ISSUER to the iss of the tokens and JWT_AUDIENCE to their aud. For Better Auth with its plugin "
        "jwt(), set BETTER_AUTH_URL to its base URL. For Better Auth that signs with its secret, set "
        "BETTER_AUTH_SECRET. For any other issuer, set JWKS_URL, JWT_PUBLIC_KEY or JWT_SECRET. The file .env is read "
        f"from the working directory.{_describe_misspelled()}",
        code="not_configured",
        variable=variable,
    )


def _describe_misspelled() -> str:
    """Return which variable is probably misspelled, as the end of a text. No value is in it."""
    names = list_variables()
    for name in sorted(names - KNOWN_VARIABLES, key=lambda each: (find_misspelled(each) is None, each)):
        meant = suggest_variable(name, names)
        if meant is not None and meant.lower() in _SOURCE_FIELDS:
            return f" The variable {name} is set, but is not read: {meant} may be meant."
    return ""


def warn_of_oddities(secrets: list[LabelledSecret]) -> None:
    """Warn of secrets that their issuer may read in another form. They are not changed: it may read them so, too."""
    for secret in secrets:
        if oddity := describe_oddity(secret):
            text = f"{secret.label} {oddity}: remove this, unless the secret of the issuer has it too"
            warnings.warn(ConfigurationWarning(text, code="secret_in_quotes"), stacklevel=2)


def describe_oddity(secret: LabelledSecret) -> str | None:
    """Return what is seldom intended about a secret, without any part of the secret, or None."""
    value = secret.value.get_secret_value()
    if value != value.strip(_WHITE_SPACE).strip():
        return "begins or ends with white space"
    if is_quoted(value):
        return "is in quotes"
    return "ends with a comment" if _COMMENT.search(value) else None


def parse_versioned_secrets(text: str) -> list[LabelledSecret]:
    """Parse a value of `BETTER_AUTH_SECRETS`, such as `2:new,1:old`, with the rules of Better Auth.

    Raises:
        ValueError: An entry is not `version:secret`, or two entries have the same version. The text names the entry by
            its position, starting at 1.
    """
    secrets: dict[int, LabelledSecret] = {}
    if is_quoted(text.strip(_WHITE_SPACE)):
        raise ConfigurationError(
            f"{_SECRETS_VARIABLE} must not be in quotes: remove them", code="quoted_value", variable=_SECRETS_VARIABLE
        )
    for position, entry in enumerate(text.split(","), 1):
        label = f"{_SECRETS_VARIABLE}, entry {position}"
        version, value = _parse_entry(entry.strip(_WHITE_SPACE), label)
        if version in secrets:
            # Without the number: a secret with commas and colons would be taken for further entries.
            earlier = list(secrets).index(version) + 1
            raise ConfigurationError(
                f"{label}: the version must not be that of entry {earlier}: give each secret a version of its own",
                variable=_SECRETS_VARIABLE,
            )
        secrets[version] = LabelledSecret(label, SecretStr(value))
    return list(secrets.values())


def _parse_entry(entry: str, label: str) -> tuple[int, str]:
    """Return the version and the secret of one entry, which has no white space around it.

    Raises:
        ValueError: The entry is not `version:secret`.
    """
    prefix, colon, value = entry.partition(":")
    version = _VERSION.match(prefix)
    if not colon or version is None:
        raise ConfigurationError(
            f"{label}: the entry must be <version>:<secret>, such as 2:…", variable=_SECRETS_VARIABLE
        )
    number, value = _parse_version(version[0]), value.strip(_WHITE_SPACE)
    if not 0 <= number <= _MAX_VERSION or not value:
        raise ConfigurationError(
            f"{label}: the version must be an integer from 0 to 2^53 - 1, and the secret must not be empty",
            variable=_SECRETS_VARIABLE,
        )
    return number, value


def _parse_version(digits: str) -> int:
    """Return the number; -1 for one so long that Python does not convert it."""
    try:
        return int(digits)
    except ValueError:
        return -1


def build_secret_key(secret: LabelledSecret, algorithm: str, settings: AuthSettings, *, is_current: bool) -> Key:
    """Return the key of a secret for `algorithm`.

    Args:
        secret: The secret.
        algorithm: `HS256`, `HS384` or `HS512`.
        settings: The settings, which may allow a short secret.
        is_current: Whether this is the current secret, rather than an old one that is being rotated away.

    Raises:
        ValueError: The secret cannot be used, or an attacker can guess it.
    """
    value = secret.value.get_secret_value()
    try:
        key = Key(value, algorithm=algorithm, allow_short_secret=True)
    except (ValueError, JWKError) as error:
        raise ConfigurationError(f"{secret.label}: {error}", variable=secret.variable) from None
    check_not_path(secret.label, value)
    _check_published(secret, settings)
    is_short_allowed = not is_current or settings.is_development or settings.jwt_allow_short_secret
    _check_length(secret, algorithm, is_short_allowed=is_short_allowed)
    return key


def _check_published(secret: LabelledSecret, settings: AuthSettings) -> None:
    """Reject a secret that everyone knows: a default of Better Auth in every environment, a sample in production.

    Raises:
        ValueError: The secret is published.
    """
    label, value = secret.label, secret.value.get_secret_value().strip(f"{_WHITE_SPACE}'\"`")
    if value in DEFAULT_SECRETS:
        issuer = "a" if label == GENERIC_VARIABLE else "Better Auth's"
        raise ConfigurationError(
            f"{label} must not be {issuer} known default secret: {_GENERATE}",
            code="published_secret",
            variable=secret.variable,
        )
    if label == GENERIC_VARIABLE and value in SAMPLE_SECRETS and not settings.is_development:
        raise ConfigurationError(
            f"{label} must not be a secret from public documentation: {_GENERATE}; on a development machine set "
            f"ENVIRONMENT to one of {', '.join(DEVELOPMENT_ENVIRONMENTS)}",
            code="published_secret",
            variable=secret.variable,
        )


def _check_length(secret: LabelledSecret, algorithm: str, *, is_short_allowed: bool) -> None:
    """Reject a secret that is shorter than the hash of `algorithm` (RFC 7518 §3.2), or warn of it.

    Raises:
        ValueError: The secret is too short, and a short one is not allowed.
    """
    size_bytes, min_bytes = len(secret.value.get_secret_value().encode()), MIN_SECRET_BYTES[algorithm]
    if size_bytes >= min_bytes:
        return
    problem = (
        f"{secret.label} must have at least {min_bytes} bytes for {algorithm} (RFC 7518 §3.2), but has {size_bytes} "
        f"bytes: {_GENERATE}"
    )
    if not is_short_allowed:
        raise ConfigurationError(
            f"{problem}; on a development machine set ENVIRONMENT to one of {', '.join(DEVELOPMENT_ENVIRONMENTS)}; "
            "if the issuer dictates this secret, set JWT_ALLOW_SHORT_SECRET=1",
            code="short_secret",
            variable=secret.variable,
        )
    warnings.warn(ConfigurationWarning(problem, code="short_secret_allowed"), stacklevel=2)
