"""The settings of a verifier, as log hints name them to the operator."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class SettingNames:
    """The settings of a verifier, as log hints name them. The defaults are those of a verifier configured in code.

    Each field but the last is a part of a sentence without values: no secret can be in it.

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


IN_CODE = SettingNames()
"""The names of a verifier that is configured in code."""

OF_ISSUER_IN_CODE = replace(
    IN_CODE,
    use_oauth='pass "at+jwt" in typ=',
    use_api='pass "JWT" in typ=',
    audience_of_issuer="",
    send_token="let the client send a token that the issuer has signed with a private key",  # noqa: S106 - as above
    is_better_auth=False,
)
"""The names of a verifier that is configured in code, for an issuer that is not Better Auth."""
