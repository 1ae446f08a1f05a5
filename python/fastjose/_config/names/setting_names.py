"""The settings of a verifier, as log hints name them to the operator."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

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


_VARIABLE = re.compile(r"\bJWKS_[A-Z_]+")


def name_variables(reason: str) -> str:
    """Return a reason of the core in the names of the environment."""
    for pattern, name in _NAMES:
        reason = re.sub(pattern, name, reason)
    return reason


@dataclass(frozen=True)
class SettingNames:
    """The settings of a verifier, as log hints name them. The defaults are those of a verifier configured in code.

    Each field but the last two is a part of a sentence without values: no secret can be in it.

    Attributes:
        issuer: The setting with the accepted issuers.
        fix_issuer: The change that sets the accepted issuer.
        audience: The setting with the accepted audiences.
        fix_audience: The change that sets the accepted audience.
        algorithms: The setting with the allow-list of algorithms.
        secret: The setting with the shared secret.
        check_secret: What to check about the secret.
        key_set: The setting with the URL of the JWK Set.
        use_secret: The change after which tokens signed with a shared secret are accepted.
        use_key_set: The change after which tokens signed with a private key are accepted.
        use_oauth: The change after which OAuth access tokens are accepted.
        use_api: The change after which API tokens are accepted.
        required: The setting with the required claims, as the end of a sentence.
        claims: The settings with the accepted values of claims.
        audience_of_issuer: The usual audience of the issuer, as the end of a sentence.
        send_token: The change after which the client sends a token that the issuer has signed with a private key.
        is_better_auth: Whether the issuer may be Better Auth. If not, no hint is about its tokens.
        is_environment: Whether the settings are environment variables.
    """

    issuer: str = "issuer="
    fix_issuer: str = "pass the exact iss of the issuer as issuer="
    audience: str = "audience="
    fix_audience: str = "pass the exact aud of the tokens as audience="
    algorithms: str = "algorithms="
    secret: str = "the secret passed to Verifier"  # noqa: S105 - not a secret
    check_secret: str = "it must be exactly that of the issuer, without quotes or white space around it"  # noqa: S105 - not a secret
    key_set: str = "the URL of the RemoteKeySet"
    use_secret: str = "pass the secret to Verifier"  # noqa: S105 - not a secret
    use_key_set: str = "pass a RemoteKeySet to Verifier, or use api_verifier"
    use_oauth: str = 'build the verifier with oauth_verifier, or with typ="at+jwt"'
    use_api: str = "build the verifier with api_verifier"
    required: str = ", or remove it from required="
    claims: str = "claims= and client_id="
    header: str = "header=, or signer= and client_id= of alb_verifier"
    audience_of_issuer: str = ", for tokens of Better Auth its origin"
    send_token: str = "let the front end fetch a token from GET /api/auth/token"  # noqa: S105 - not a secret
    is_better_auth: bool = True
    is_environment: bool = False

    def describe(self, error: object) -> str:
        """Return the text of an error of the core, in the names of these settings."""
        return name_variables(str(error)) if self.is_environment else str(error)

    def describe_fetch(self, error: object) -> str:
        """Return the text of a failed fetch, with the setting to check."""
        text = self.describe(error)
        names_variable = _VARIABLE.search(text) is not None and _VARIABLE.search(str(error)) is None
        return text if names_variable else f"{text}; check {self.key_set}"


IN_CODE = SettingNames()
"""The names of a verifier that is configured in code."""

OF_ENVIRONMENT = replace(IN_CODE, is_environment=True)
"""The names for an application that is configured by its environment and verifies no JWT."""

OF_ISSUER_IN_CODE = replace(
    IN_CODE,
    use_oauth='pass "at+jwt" in typ=',
    use_api='pass "JWT" in typ=',
    audience_of_issuer="",
    send_token="let the client send a token that the issuer has signed with a private key",  # noqa: S106 - as above
    is_better_auth=False,
)
"""The names of a verifier that is configured in code, for an issuer that is not Better Auth."""
