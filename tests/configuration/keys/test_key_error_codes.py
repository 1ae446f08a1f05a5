"""Each error of the keys and of the policy: its code and its variable, by which a program reads it."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._config.every_error import find_errors
from fastjose._config.verifier_from_settings import build_session_cookie_verifier, build_verifier
from fastjose.exceptions import ConfigurationError, ConfigurationWarning
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import SECRET
from support.tokens.jose_builder import ec_key, jwk, private_jwk, private_pem, rsa_key, spki

if TYPE_CHECKING:
    from pathlib import Path

URL, ISSUER, KEYS = "https://app.example.com", "https://id.example/", "https://id.example/keys"
PUBLIC_PEM = spki(ec_key().public_key()).decode()
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
OIDC = {"oidc_issuer": ISSUER, "jwt_audience": "api"}
PUBLIC_KEY = {"jwt_public_key": PUBLIC_PEM}
DOCUMENT = ".well-known/openid-configuration"

# The fields, the code, the variable, and a fragment of the text.
ERRORS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"jwt_mode": "oidc"}, "missing_variable", "OIDC_ISSUER", "JWT_MODE=oidc requires"),
    ({"jwt_mode": "public_key"}, "missing_variable", "JWT_PUBLIC_KEY", "JWT_MODE=public_key requires"),
    ({"jwt_mode": "alb"}, "missing_variable", "ALB_SIGNER", "JWT_MODE=alb requires ALB_SIGNER"),
    ({"jwt_mode": "jwks"}, "missing_variable", "BETTER_AUTH_URL", "JWT_MODE=jwks requires"),
    ({"jwt_mode": "secret"}, "missing_variable", "BETTER_AUTH_SECRET", "because JWT_MODE=secret"),
    ({}, "not_configured", "BETTER_AUTH_SECRET", "OIDC_ISSUER"),
    ({**OIDC, "better_auth_url": URL}, "conflicting_variables", "OIDC_ISSUER", "and BETTER_AUTH_URL must not both"),
    ({**PUBLIC_KEY, "jwks_url": KEYS}, "conflicting_variables", "JWT_PUBLIC_KEY", "set JWT_MODE to public_key or jwks"),
    ({"alb_signer": ARN, "jwks_url": KEYS}, "conflicting_variables", "ALB_SIGNER", "to alb or jwks"),
    ({**OIDC, **PUBLIC_KEY}, "conflicting_variables", "OIDC_ISSUER", "to oidc or public_key"),
    ({**OIDC, "jwt_algorithm": "RS257"}, "invalid_value", "JWT_ALGORITHM", "OIDC mode: remove it to accept all"),
    ({**OIDC, "jwt_algorithm": "ES256K"}, "invalid_value", "JWT_ALGORITHM", "in OIDC mode"),
    ({"jwks_url": KEYS, "jwt_algorithm": "none"}, "invalid_value", "JWT_ALGORITHM", "JWKS mode: remove it to accept"),
    ({**PUBLIC_KEY, "jwt_algorithm": "RS257"}, "invalid_value", "JWT_ALGORITHM", "mode: remove it to use that of"),
    ({**PUBLIC_KEY, "jwt_algorithm": "RS256"}, "invalid_value", "JWT_ALGORITHM", "whose keys are for ES256"),
    ({"jwt_secret": SECRET, "jwt_algorithm": "HS257"}, "invalid_value", "JWT_ALGORITHM", "one of HS256, HS384, HS512"),
    ({"jwt_secret": SECRET, "jwt_algorithm": "RS256"}, "invalid_value", "JWT_ALGORITHM", "OIDC_ISSUER, JWT_PUBLIC_KEY"),
    (
        {"better_auth_secret": SECRET, "jwt_algorithm": "RS256"},
        "invalid_value",
        "JWT_ALGORITHM",
        "RS256 requires public keys: set BETTER_AUTH_URL or JWKS_URL",
    ),
    ({"jwt_secret": SECRET, "jwt_profile": "oauth"}, "invalid_value", "JWT_PROFILE", "must be api in shared-secret"),
    ({"oidc_issuer": ISSUER}, "missing_audience", "JWT_AUDIENCE", "OIDC_ISSUER requires JWT_AUDIENCE"),
    ({"jwks_url": KEYS, "jwt_profile": "oidc"}, "missing_audience", "JWT_AUDIENCE", "JWT_PROFILE=oidc requires"),
    ({"jwks_url": KEYS, "jwt_profile": "oauth"}, "missing_audience", "JWT_AUDIENCE", "JWT_PROFILE=oauth requires"),
    ({"better_auth_url": URL, "jwt_profile": "oauth"}, "missing_audience", "JWT_AUDIENCE", "JWT_PROFILE=oauth"),
    (
        {"jwks_url": KEYS, "jwt_profile": "oauth", "jwt_audience": "api"},
        "missing_variable",
        "BETTER_AUTH_URL",
        "JWT_PROFILE=oauth requires BETTER_AUTH_URL or JWT_ISSUER, because JWKS_URL does not determine the issuer",
    ),
    (
        {"better_auth_url": URL, "jwt_profile": "oidc", "jwt_audience": "api"},
        "invalid_value",
        "JWT_PROFILE",
        "must be api or oauth with BETTER_AUTH_URL",
    ),
    ({**PUBLIC_KEY, "jwt_audience_exact": True}, "missing_audience", "JWT_AUDIENCE", "JWT_AUDIENCE_EXACT requires"),
    (
        {**OIDC, "jwt_check_audience": False},
        "conflicting_variables",
        "JWT_AUDIENCE",
        "JWT_CHECK_AUDIENCE=0 and JWT_AUDIENCE must not both be set",
    ),
    (
        {**PUBLIC_KEY, "jwt_check_audience": False, "jwt_audience_exact": True},
        "conflicting_variables",
        "JWT_AUDIENCE_EXACT",
        "JWT_CHECK_AUDIENCE=0 and JWT_AUDIENCE_EXACT must not both be set",
    ),
    ({**PUBLIC_KEY, "jwt_claims": '{"aud": "a"}'}, "invalid_value", "JWT_CLAIMS", "not contain aud: set JWT_AUDIENCE"),
    ({**PUBLIC_KEY, "jwt_claims": '{"iss": "a"}'}, "invalid_value", "JWT_CLAIMS", "not contain iss: set JWT_ISSUER"),
    (
        {**PUBLIC_KEY, "jwt_claims": '{"a": []}'},
        "invalid_value",
        "JWT_CLAIMS",
        'or lists of them: {"token_use": "access", "client_id": ["web", "ios"]}',
    ),
    ({**PUBLIC_KEY, "jwt_claims": '{"a": "\'b\'"}'}, "quoted_value", "JWT_CLAIMS", "quotes"),
    ({**PUBLIC_KEY, "jwt_claims": '{"a": ["b", "${C}"]}'}, "placeholder", "JWT_CLAIMS", "placeholder"),
    ({**PUBLIC_KEY, "jwt_claims": '{"exp": 1}'}, "invalid_value", "JWT_CLAIMS", "JWT_CLAIMS: "),
    ({**PUBLIC_KEY, "jwt_claims": "{}"}, "invalid_value", "JWT_CLAIMS", 'such as {"token_use": "access"}'),
    ({**PUBLIC_KEY, "jwt_user_id_claim": ","}, "invalid_value", "JWT_USER_ID_CLAIM", "must not be empty"),
    ({**PUBLIC_KEY, "jwt_leeway_seconds": -1}, "invalid_value", "JWT_LEEWAY_SECONDS", "0 or more"),
    ({**PUBLIC_KEY, "jwt_leeway_seconds": float("inf")}, "invalid_value", "JWT_LEEWAY_SECONDS", "0 or more"),
    ({**OIDC, "jwt_accept_secret": True}, "missing_variable", "JWT_SECRET", "JWT_ACCEPT_SECRET requires JWT_SECRET"),
    (
        {**OIDC, "jwt_accept_secret": True, "jwt_secret": "short"},
        "short_secret",
        "JWT_SECRET",
        "JWT_SECRET must have at least 32 bytes for HS256",
    ),
    (
        {"jwt_secret": SECRET, "better_auth_secret": SECRET},
        "conflicting_variables",
        "BETTER_AUTH_SECRET",
        "JWT_SECRET and BETTER_AUTH_SECRET must not both be set",
    ),
    (
        {"jwt_secret": SECRET, "better_auth_secrets": f"1:{SECRET}"},
        "conflicting_variables",
        "BETTER_AUTH_SECRETS",
        "JWT_SECRET and BETTER_AUTH_SECRETS must not both be set",
    ),
    ({"oidc_issuer": "http://id.example", "jwt_audience": "a"}, "plain_http", "OIDC_ISSUER", "JWKS_ALLOW_HTTP=1"),
    ({"oidc_issuer": f"{ISSUER}{DOCUMENT}", "jwt_audience": "a"}, "url_of_document", "OIDC_ISSUER", "OIDC_ISSUER: "),
    ({"jwks_url": "http://id.example/keys"}, "plain_http", "JWKS_URL", "JWKS_ALLOW_HTTP=1"),
    ({"jwks_url": "nonsense"}, "invalid_value", "JWKS_URL", "JWKS_URL: "),
    ({"better_auth_url": "http://auth:3000"}, "plain_http", "BETTER_AUTH_URL", "JWKS_ALLOW_HTTP=1"),
    ({"better_auth_url": "nonsense"}, "invalid_value", "BETTER_AUTH_URL", "BETTER_AUTH_URL: "),
    ({"better_auth_url": f"'{URL}'"}, "quoted_value", "BETTER_AUTH_URL", "BETTER_AUTH_URL: "),
    ({"better_auth_url": "nonsense", "jwks_url": KEYS}, "invalid_value", "BETTER_AUTH_URL", "BETTER_AUTH_URL: "),
    ({"better_auth_url": f"'{URL}'", "jwks_url": KEYS}, "quoted_value", "BETTER_AUTH_URL", "BETTER_AUTH_URL: "),
    (
        {"better_auth_url": "'x'", "jwks_url": KEYS, "jwt_profile": "oauth", "jwt_audience": "api"},
        "quoted_value",
        "BETTER_AUTH_URL",
        "BETTER_AUTH_URL: ",
    ),
    (
        {**PUBLIC_KEY, "jwt_issuer": SECRET, "jwt_secret": SECRET},
        "secret_as_name",
        "JWT_ISSUER",
        "secret of JWT_SECRET",
    ),
]


@pytest.mark.parametrize(("fields", "code", "variable", "fragment"), ERRORS, ids=lambda value: str(value)[:60])
def test_error_has_its_code_and_its_variable(fields: dict[str, Any], code: str, variable: str, fragment: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        build_verifier(make_settings(**fields))
    error = raised.value
    assert (error.code, error.variable, fragment in str(error)) == (code, variable, True)
    assert variable in str(error)
    assert SECRET not in f"{error!r} {error.__context__!r}"
    (first, *_) = find_errors(make_settings(**fields), error)
    assert first is error


@pytest.mark.parametrize(
    ("fields", "code", "variable"),
    [
        ({}, "missing_variable", "BETTER_AUTH_URL"),
        ({"better_auth_url": "nonsense"}, "invalid_value", "BETTER_AUTH_URL"),
        ({"better_auth_url": URL, "jwks_url": "nonsense"}, "invalid_value", "JWKS_URL"),
        ({"jwks_url": "http://id.example"}, "plain_http", "JWKS_URL"),
    ],
    ids=str,
)
def test_error_of_cookies_with_a_key_set_has_its_code_and_its_variable(
    fields: dict[str, Any], code: str, variable: str
) -> None:
    with pytest.raises(ConfigurationError, match=variable) as raised:
        build_session_cookie_verifier(make_settings(**fields))
    assert (raised.value.code, raised.value.variable) == (code, variable)


@pytest.mark.parametrize(
    ("fields", "fragment"),
    [
        (
            {"jwt_public_key": PUBLIC_PEM},
            "JWT_ALGORITHM=HS256 is ignored in public-key mode, because the key is public",
        ),
        (OIDC, "JWT_ALGORITHM=HS256 is ignored in OIDC mode, because the keys of a JWK Set are public"),
        ({"jwks_url": KEYS}, "JWT_ALGORITHM=HS256 is ignored in JWKS mode, because the keys of a JWK Set are public"),
    ],
    ids=str,
)
def test_algorithm_of_a_secret_is_ignored_beside_public_keys(fields: dict[str, Any], fragment: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        verifier = build_verifier(make_settings(**fields, jwt_algorithm="HS256"))
    (warning,) = caught
    assert isinstance(warning.message, ConfigurationWarning)
    assert (warning.message.code, fragment in str(warning.message)) == ("algorithm_ignored", True)
    assert not any(name.startswith("HS") for name in verifier.algorithms)


PRIVATE_FORMS = [
    private_pem(ec_key()).decode(),
    json.dumps(private_jwk(ec_key())),
    json.dumps({"keys": [jwk(ec_key().public_key()), private_jwk(rsa_key())]}),
    json.dumps({**jwk(ec_key().public_key()), "k": "aHVudGVyMjI"}),
    '{"kty": "oct"}',
    '{"kty": "OKP", "d": "aHVudGVyMjI"}',
]


@pytest.mark.parametrize("value", PRIVATE_FORMS)
def test_private_or_secret_key_has_a_code_of_its_own(value: str) -> None:
    with pytest.raises(ConfigurationError, match="JWT_PUBLIC_KEY must be the public key") as raised:
        build_verifier(make_settings(jwt_public_key=value))
    assert (raised.value.code, raised.value.variable) == ("private_key", "JWT_PUBLIC_KEY")


@pytest.mark.parametrize(
    ("value", "code", "fragment"),
    [
        ("nonsense", "invalid_value", "no file has this path"),
        ("{directory}/missing", "file_unreadable", "no file has this path"),
        ("{directory}", "file_unreadable", "cannot be read: Is a directory"),
        ("x" * 4_096, "file_unreadable", "cannot be read: "),
        ("x" * 4_097, "invalid_value", "no file has this path"),
        ("{directory}/binary", "invalid_value", "must be UTF-8 text"),
        ("{directory}/empty", "invalid_value", "the file contains neither"),
        ("{directory}/large", "invalid_value", "no key that verifies signatures"),
        ("https://id.example/jwks", "invalid_value", "set JWKS_URL"),
        (PUBLIC_PEM * 2, "invalid_value", "must have one public key as PEM"),
        ('{{"keys": [5]}}', "invalid_value", "not an object"),
        ("{{}}", "invalid_value", "no key that verifies signatures"),
        ('{{"kty": "OKP"}}', "invalid_value", "JWT_PUBLIC_KEY, key 1: "),
    ],
)
def test_public_key_that_cannot_be_read_has_its_code(tmp_path: Path, value: str, code: str, fragment: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "large").write_text(json.dumps({"padding": "x" * 1_048_576, **jwk(ec_key().public_key())}))
    with pytest.raises(ConfigurationError) as raised:
        build_verifier(make_settings(jwt_public_key=value.format(directory=tmp_path)))
    error = raised.value
    assert (error.code, error.variable, fragment in str(error)) == (code, "JWT_PUBLIC_KEY", True)
    assert error.__context__ is None or error.__suppress_context__


def test_es256k_is_accepted_for_a_key_of_its_curve_alone() -> None:
    key = json.dumps(jwk(ec_key("secp256k1").public_key()))
    assert build_verifier(make_settings(jwt_public_key=key, jwt_algorithm="ES256K")).algorithms == ["ES256K"]
    with pytest.raises(ConfigurationError, match="JWT_ALGORITHM must fit JWT_PUBLIC_KEY"):
        build_verifier(make_settings(jwt_public_key=json.dumps(jwk(rsa_key().public_key())), jwt_algorithm="ES256K"))
