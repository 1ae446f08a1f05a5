"""What a token of a load balancer must have, by the settings of ALB mode: tokens in the form of AWS's documentation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import fastjose.aws
from fastjose import JOSEError, RemoteKeySet, Verifier, sign_token
from fastjose._config.keys.alb import alb_options, build_alb_verifier
from fastjose._config.verifier_from_settings import build_verifier
from fastjose.exceptions import ConfigurationError
from fastjose.revocation import RevocationList
from support.environment import auth_settings
from support.servers.issuer_server import Answer, IssuerServer, serve_issuer
from support.tokens.jose_builder import ec_key, private_pem, spki

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastjose.settings import AuthSettings

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
OTHER_ARN = ARN.replace("123456789012", "999999999999")
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
KID = "83b2cb34-d2a1-4a85-b5a5-2a2a1f0a1d3b"

# The settings, the changes of the header and of the claims, and the code of the error.
RULES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, {}, "accepted"),
    ({}, {"client": None}, {"iss": "https://other.example"}, "accepted"),
    ({}, {"signer": OTHER_ARN}, {}, "wrong_header"),
    ({"alb_signer": f" {OTHER_ARN}, {ARN} "}, {}, {}, "accepted"),
    ({"alb_signer": OTHER_ARN}, {}, {}, "wrong_header"),
    ({"jwt_client_id": "web"}, {}, {}, "accepted"),
    ({"jwt_client_id": "ios,web"}, {}, {}, "accepted"),
    ({"jwt_client_id": "ios"}, {}, {}, "wrong_header"),
    ({"jwt_client_id": "web"}, {"client": None}, {}, "wrong_header"),
    ({"jwt_issuer": ISSUER}, {}, {}, "accepted"),
    ({"jwt_issuer": "https://other.example"}, {}, {}, "wrong_issuer"),
    ({}, {}, {"exp": -30}, "expired"),
    ({"jwt_leeway_seconds": 60}, {}, {"exp": -30}, "accepted"),
    ({"jwt_leeway_seconds": 0}, {}, {"exp": -5}, "expired"),
]
NOT_COMPARED = [
    {"jwt_audience": "api"},
    {"jwt_audience_exact": True},
    {"jwt_claims": '{"a": "b"}'},
    {"jwt_algorithm": "ES256"},
    {"jwt_profile": "oidc"},
    {"jwt_accept_secret": True},
]


@pytest.fixture(scope="module")
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        server.answers[f"/{KID}"] = Answer(spki(ec_key().public_key()))
        yield server


def make_settings(**fields: Any) -> AuthSettings:
    return auth_settings.make_settings(**{"alb_signer": ARN, **fields})


def mint(header: dict[str, Any], claims: dict[str, Any]) -> str:
    full_header = {"kid": KID, "client": "web", "signer": ARN, **header}
    expiry = int(time.time()) + claims.pop("exp", 120)
    return sign_token(
        {"sub": "u", "exp": expiry, "iss": ISSUER, **claims},
        private_pem(ec_key()),
        algorithm="ES256",
        header={name: value for name, value in full_header.items() if value is not None},
    )


def build_by_options(settings: AuthSettings, server: IssuerServer) -> Verifier:
    return Verifier(RemoteKeySet.per_kid(server.url), **alb_options(settings))


def build_by_mode(settings: AuthSettings, server: IssuerServer) -> Verifier:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fastjose.aws, "alb_keys_url", lambda _: server.url)
        return build_verifier(settings)


@pytest.mark.parametrize("build", [build_by_mode, build_by_options])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_token_of_a_load_balancer_is_under_the_rules_of_the_settings(
    server: IssuerServer,
    build: Callable[[AuthSettings, IssuerServer], Verifier],
    rule: tuple[dict[str, Any], dict[str, Any], dict[str, Any], str],
) -> None:
    fields, header, claims, code = rule
    verifier = build(make_settings(**fields), server)
    token = mint(header, dict(claims))
    if code == "accepted":
        assert verifier.verify(token)["sub"] == "u"
        return
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    assert raised.value.code == code


@pytest.mark.parametrize("build", [build_alb_verifier, build_verifier])
def test_revoked_token_of_a_load_balancer_is_rejected(
    server: IssuerServer,
    monkeypatch: pytest.MonkeyPatch,
    build: Callable[[AuthSettings, RevocationList], Verifier],
) -> None:
    monkeypatch.setattr(fastjose.aws, "alb_keys_url", lambda _: server.url)
    revocations = RevocationList()
    verifier = build(make_settings(), revocations)
    token = mint({}, {"jti": "t1"})
    assert verifier.verify(token)
    revocations.revoke_token("t1")
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    assert raised.value.code == "revoked"


@pytest.mark.parametrize("fields", NOT_COMPARED, ids=str)
def test_setting_that_would_be_ignored_is_an_error_of_its_variable(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        build_alb_verifier(make_settings(**fields), None)
    (variable,) = (name.upper() for name in fields)
    assert (raised.value.code, raised.value.variable) == ("conflicting_variables", variable)
    assert str(raised.value).startswith(f"{variable} must not be set")


@pytest.mark.parametrize("build", [lambda settings: build_alb_verifier(settings, None), alb_options])
@pytest.mark.parametrize("value", [",", f"'{ARN}'"])
def test_signer_that_cannot_be_meant_is_an_error(build: Callable[[AuthSettings], Any], value: str) -> None:
    with pytest.raises(ConfigurationError, match="ALB_SIGNER") as raised:
        build(make_settings(alb_signer=value))
    assert raised.value.variable == "ALB_SIGNER"


def test_fetch_options_are_those_of_the_settings() -> None:
    with pytest.raises(ConfigurationError) as raised:
        build_alb_verifier(make_settings(jwks_proxy="nonsense"), None)
    assert raised.value.variable == "JWKS_PROXY"


@pytest.mark.parametrize(("fields", "size"), [({}, 1_000), ({"jwt_cache_size": 0}, 0), ({"jwt_cache_size": 7}, 7)])
def test_cache_has_the_size_of_the_settings(monkeypatch: pytest.MonkeyPatch, fields: dict[str, int], size: int) -> None:
    sizes = []

    def record_cache_size(*keys: Any, cache_size: int, **options: Any) -> Verifier:
        sizes.append(cache_size)
        return Verifier(*keys, cache_size=cache_size, **options)

    monkeypatch.setattr(fastjose.aws, "Verifier", record_cache_size)
    build_alb_verifier(make_settings(**fields), None)
    assert sizes == [size]
