"""Which issuers, audiences, algorithms and types a verifier accepts, by the settings of each mode."""

from __future__ import annotations

import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fastjose import JOSEError, sign_token
from fastjose._config.token_policy import policy_options, profile_options
from fastjose._config.verifier_from_settings import (
    build_session_cookie_verifier,
    build_verifier,
    verifier_arguments,
)
from fastjose._core import ASYMMETRIC_ALGORITHMS
from fastjose.better_auth import SESSION_COOKIE_AUDIENCE, SESSION_COOKIE_TYPE
from fastjose.revocation import RevocationList
from fastjose.testing import TokenIssuer
from fastjose.testing._environment import adopt_expectations
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import SECRET
from support.servers.issuer_server import Answer, serve_issuer
from support.tokens.jose_builder import ec_key, rsa_key, spki

URL, ISSUER, KEYS = "https://app.example.com", "https://id.example/", "https://id.example/api/auth/jwks"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
PUBLIC_PEM, RSA_PEM = spki(ec_key().public_key()).decode(), spki(rsa_key().public_key()).decode()
OIDC, BETTER_AUTH = {"oidc_issuer": ISSUER}, {"better_auth_url": f"{URL}/api/auth"}
API, OAUTH = ["JWT"], ["at+jwt"]
ASYMMETRIC = [name for name in ASYMMETRIC_ALGORITHMS if name != "Ed25519"]  # it is another name of EdDSA

# The settings, then the issuers, the audiences, the types and the algorithms.
ACCEPTED: list[tuple[dict[str, Any], list[str], list[str], list[str], list[str]]] = [
    ({**OIDC, "jwt_audience": "a"}, [ISSUER], ["a"], [*API, *OAUTH], ASYMMETRIC),
    ({**OIDC, "jwt_audience": "a", "jwt_issuer": "b"}, ["b"], ["a"], [*API, *OAUTH], ASYMMETRIC),
    ({**OIDC, "jwt_client_id": "a"}, [ISSUER], [], [*API, *OAUTH], ASYMMETRIC),
    ({**OIDC, "jwt_check_audience": False, "jwt_algorithm": "ES256"}, [ISSUER], [], [*API, *OAUTH], ["ES256"]),
    ({**OIDC, "jwt_audience": "a", "jwt_profile": "oauth"}, [ISSUER], ["a"], OAUTH, ASYMMETRIC),
    (BETTER_AUTH, [URL], [URL], API, ASYMMETRIC),
    ({**BETTER_AUTH, "jwt_issuer": "a,b", "jwt_audience": "c"}, ["a", "b"], ["c"], API, ASYMMETRIC),
    ({**BETTER_AUTH, "jwks_url": KEYS}, [URL], [URL], API, ASYMMETRIC),
    ({**BETTER_AUTH, "jwt_client_id": "a"}, [URL], [URL], API, ASYMMETRIC),
    (
        {**BETTER_AUTH, "jwt_profile": "oauth", "jwt_audience": "c"},
        [f"{URL}/api/auth"],
        ["c"],
        OAUTH,
        ASYMMETRIC,
    ),
    (
        {**BETTER_AUTH, "jwt_profile": "oauth", "jwt_check_audience": False},
        [f"{URL}/api/auth"],
        [],
        OAUTH,
        ASYMMETRIC,
    ),
    ({"jwks_url": KEYS}, ["https://id.example"], ["https://id.example"], API, ASYMMETRIC),
    ({"jwks_url": KEYS, "jwt_client_id": "a"}, ["https://id.example"], [], API, ASYMMETRIC),
    (
        {"jwks_url": KEYS, "jwt_profile": "oauth", "jwt_issuer": "a", "jwt_audience": "b"},
        ["a"],
        ["b"],
        OAUTH,
        ASYMMETRIC,
    ),
    (
        {"jwks_url": KEYS, "jwt_profile": "oidc", "jwt_audience": "b"},
        ["https://id.example"],
        ["b"],
        [*API, *OAUTH],
        ASYMMETRIC,
    ),
    ({"jwt_public_key": PUBLIC_PEM, "jwt_issuer": "a"}, ["a"], [], [*API, *OAUTH], ["ES256"]),
    ({"jwt_public_key": RSA_PEM, "jwt_audience": "a"}, [], ["a"], [*API, *OAUTH], ["RS256"]),
    ({"jwt_public_key": RSA_PEM, "jwt_algorithm": "PS512"}, [], [], [*API, *OAUTH], ["PS512"]),
    ({"jwt_public_key": PUBLIC_PEM, "jwt_profile": "api", "jwt_audience": "a"}, [], ["a"], API, ["ES256"]),
    ({"jwt_secret": SECRET}, [], [], [], ["HS256"]),
    (
        {"jwt_secret": SECRET, "jwt_algorithm": "HS512", "jwt_issuer": "a", "jwt_audience": "b"},
        ["a"],
        ["b"],
        [],
        ["HS512"],
    ),
    ({"jwt_secret": SECRET, "jwt_algorithm": "HS512", "jwt_accept_secret": True}, [], [], [], ["HS512"]),
    ({"better_auth_secret": SECRET, "jwt_profile": "api"}, [], [], [], ["HS256"]),
    (
        {"jwt_public_key": RSA_PEM, "jwt_secret": SECRET, "jwt_accept_secret": True},
        [],
        [],
        [*API, *OAUTH],
        ["RS256", "HS256"],
    ),
    (
        {**OIDC, "jwt_audience": "a", "jwt_secret": SECRET, "jwt_accept_secret": True},
        [ISSUER],
        ["a"],
        [*API, *OAUTH],
        [*ASYMMETRIC, "HS256"],
    ),
    (
        {**BETTER_AUTH, "jwt_algorithm": "ES256", "jwt_secret": SECRET, "jwt_accept_secret": True},
        [URL],
        [URL],
        API,
        ["ES256", "HS256"],
    ),
    ({"alb_signer": ARN, "jwt_issuer": "a"}, ["a"], [], [], ["ES256"]),
]


@pytest.mark.parametrize("accepted", ACCEPTED, ids=lambda each: str(each[0])[:80])
def test_verifier_accepts_what_the_settings_say(
    accepted: tuple[dict[str, Any], list[str], list[str], list[str], list[str]],
) -> None:
    fields, issuers, audiences, types, algorithms = accepted
    verifier = build_verifier(make_settings(**fields))
    assert (verifier.issuers, verifier.audiences, verifier.types) == (issuers, audiences, types)
    assert sorted(verifier.algorithms) == sorted(algorithms)


@pytest.mark.parametrize(
    ("fields", "required"),
    [
        (BETTER_AUTH, {"aud", "exp", "iat", "iss", "sub"}),
        ({**BETTER_AUTH, "jwt_user_id_claim": "sub"}, {"aud", "exp", "iat", "iss", "sub"}),
        ({**BETTER_AUTH, "jwt_user_id_claim": "sub\r"}, {"aud", "exp", "iat", "iss", "sub"}),
        ({**BETTER_AUTH, "jwt_user_id_claim": ' ["sub"] '}, {"aud", "exp", "iat", "iss", "sub"}),
        ({**BETTER_AUTH, "jwt_user_id_claim": "email"}, {"aud", "exp", "iat", "iss"}),
        ({**BETTER_AUTH, "jwt_check_audience": False}, {"exp", "iat", "iss", "sub"}),
        ({"jwks_url": KEYS, "jwt_client_id": "a"}, {"exp", "iat", "iss", "sub"}),
        ({"jwks_url": KEYS, "jwt_client_id": "a", "jwt_audience": "b"}, {"aud", "exp", "iat", "iss", "sub"}),
        ({**OIDC, "jwt_audience": "b"}, {"exp"}),
    ],
    ids=str,
)
def test_claims_that_a_token_must_have_depend_on_the_profile(fields: dict[str, Any], required: set[str]) -> None:
    assert set(profile_options(make_settings(**fields))["required"]) == required


@pytest.mark.parametrize(("value", "claim"), [(None, "sub"), ("sub\r", "sub"), (" employee ", "employee")])
def test_token_of_the_testing_kit_has_the_id_in_the_claim_of_the_settings(value: str | None, claim: str) -> None:
    issuer = TokenIssuer(algorithm="HS256", secret=SECRET)
    settings = make_settings(jwt_secret=SECRET, jwt_user_id_claim=value)
    adopt_expectations(issuer, settings)
    assert build_verifier(settings).verify(issuer.mint_token("user-1"))[claim] == "user-1"


def test_policy_has_no_option_that_is_not_set() -> None:
    options = {"issuer": None, "leeway_seconds": 10.0, "cache_size": 1_000, "audience": None}
    assert policy_options(make_settings()) == options
    assert policy_options(make_settings(**BETTER_AUTH), ["a"], ["b"]) == {**options, "issuer": ["a"], "audience": ["b"]}
    assert policy_options(make_settings(jwt_issuer="c", jwt_audience="d"), ["a"], ["b"]) == {
        **options,
        "issuer": ["c"],
        "audience": ["d"],
    }


@pytest.mark.parametrize("leeway", [0, 0.5, 60])
def test_leeway_is_that_of_the_settings(leeway: float) -> None:
    assert policy_options(make_settings(jwt_leeway_seconds=leeway))["leeway_seconds"] == leeway


@pytest.mark.parametrize("fields", [{"jwt_secret": SECRET}, {"better_auth_secret": SECRET}], ids=str)
def test_verifier_asks_the_list_of_revocations(fields: dict[str, str]) -> None:
    revocations = RevocationList()
    verifier = build_verifier(make_settings(**fields), revocations)
    token = sign_token({"sub": "u", "jti": "t1", "exp": int(time.time()) + 60}, SECRET, algorithm="HS256")
    assert verifier.verify(token)
    revocations.revoke_token("t1")
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    assert raised.value.code == "revoked"


def test_two_secrets_in_shared_secret_mode_keep_their_algorithm() -> None:
    verifier = build_verifier(make_settings(jwt_secret=SECRET, jwt_algorithm="HS512", jwt_accept_secret=True))
    claims = {"sub": "u", "exp": int(time.time()) + 60}
    assert verifier.verify(sign_token(claims, SECRET, algorithm="HS512"))
    with pytest.raises(JOSEError) as raised:
        verifier.verify(sign_token(claims, SECRET, algorithm="HS256"))
    assert raised.value.code == "algorithm_not_allowed"


def test_public_key_mode_without_a_key_has_no_keys() -> None:
    keys, options = verifier_arguments(make_settings(jwt_mode="public_key"))
    assert (keys, options["algorithms"]) == ([], [])


@pytest.mark.parametrize(
    ("fields", "issuers"),
    [
        (BETTER_AUTH, [URL]),
        ({"jwks_url": KEYS}, ["https://id.example"]),
        ({**BETTER_AUTH, "jwks_url": KEYS}, [URL]),
        ({**BETTER_AUTH, "jwt_issuer": "a,b"}, ["a", "b"]),
    ],
    ids=str,
)
def test_cookies_with_a_key_set_have_the_issuer_of_better_auth(fields: dict[str, Any], issuers: list[str]) -> None:
    verifier = build_session_cookie_verifier(make_settings(**fields))
    assert (verifier.issuers, verifier.audiences) == (issuers, [SESSION_COOKIE_AUDIENCE])


def test_cookies_with_a_key_set_are_verified_with_the_keys_of_the_settings() -> None:
    issuer = TokenIssuer(URL, audience=SESSION_COOKIE_AUDIENCE)
    with serve_issuer() as server:
        server.answers["/keys"] = Answer(issuer.jwk_set)
        settings = make_settings(**BETTER_AUTH, jwks_url=f"{server.url}/keys", jwks_headers='{"X-Api-Key": "key-1"}')
        token = issuer.mint_token("user-1", sid="session-1", header={"typ": SESSION_COOKIE_TYPE})
        assert build_session_cookie_verifier(settings).verify(token)["sid"] == "session-1"
        assert [(path, headers["X-Api-Key"]) for path, headers in server.requests] == [("/keys", "key-1")]


@pytest.mark.parametrize("value", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_key_is_not_a_public_key(value: PrivateFormat) -> None:
    pem = ec_key().private_bytes(Encoding.PEM, value, NoEncryption()).decode()
    with pytest.raises(ValueError, match="JWT_PUBLIC_KEY must be the public key"):
        build_verifier(make_settings(jwt_public_key=pem))
