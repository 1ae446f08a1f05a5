"""`JWT_CLIENT_ID`, `JWT_CLAIMS`, `JWT_CHECK_AUDIENCE`, `JWT_AUDIENCE_EXACT`, `JWT_PROFILE` in each mode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError
from fastjose._config.verifier_from_settings import build_verifier
from fastjose.testing import TokenIssuer
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import SECRET, load_auth
from support.servers.issuer_server import Answer, serve_issuer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastjose import Verifier

URL, ISSUER = "https://app.example.com", "https://idp.example"
HS256 = TokenIssuer(ISSUER, audience=None, algorithm="HS256", secret=SECRET)
EDDSA = TokenIssuer(ISSUER, audience=None)
MODES = ("secret", "public_key", "jwks")


@pytest.fixture(scope="module")
def jwks_url() -> Iterator[str]:
    with serve_issuer() as server:
        server.answers["/jwks"] = Answer(EDDSA.jwk_set)
        yield f"{server.url}/jwks"


def fields_of(mode: str, jwks_url: str) -> dict[str, Any]:
    """Return the fields that select the mode. In JWKS mode, the audience has no default because of `jwt_profile`."""
    source: dict[str, Any] = {
        "secret": {"jwt_secret": SECRET},
        "public_key": {"jwt_public_key": json.dumps(EDDSA.jwk_set)},
        "jwks": {"jwks_url": jwks_url, "jwt_profile": "oidc"},
    }[mode]
    return {**source, "jwt_issuer": ISSUER}


def mint(mode: str, **claims: Any) -> str:
    issuer = HS256 if mode == "secret" else EDDSA
    header = {"typ": claims.pop("typ")} if "typ" in claims else None
    return issuer.mint_token(header=header, **claims)


def code_of(verifier: Verifier, token: str) -> str:
    try:
        verifier.verify(token)
    except JOSEError as error:
        return error.code
    return "accepted"


# The fields, the claims of a token, and the code of the error.
POLICIES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"jwt_client_id": "web,ios"}, {"azp": "web"}, "accepted"),
    ({"jwt_client_id": "web,ios"}, {"client_id": "ios"}, "accepted"),
    ({"jwt_client_id": '["web"]'}, {"cid": "web"}, "accepted"),
    ({"jwt_client_id": "web"}, {"appid": "web"}, "accepted"),
    ({"jwt_client_id": "web"}, {"azp": "other"}, "wrong_claim"),
    ({"jwt_client_id": "web"}, {"azp": "web", "client_id": "other"}, "wrong_claim"),
    ({"jwt_client_id": "web"}, {}, "missing_claim"),
    ({"jwt_client_id": "web"}, {"azp": "web", "aud": "api"}, "wrong_audience"),
    ({"jwt_client_id": "web", "jwt_check_audience": False}, {"azp": "web", "aud": "account"}, "accepted"),
    ({"jwt_client_id": "web", "jwt_audience": "api"}, {"azp": "web", "aud": ["api", "b"]}, "accepted"),
    ({"jwt_client_id": "web", "jwt_audience": "api"}, {"azp": "web"}, "missing_claim"),
    ({"jwt_claims": '{"token_use": "access"}'}, {"token_use": "access"}, "accepted"),
    ({"jwt_claims": '{"token_use": "access"}'}, {"token_use": "id"}, "wrong_claim"),
    ({"jwt_claims": '{"token_use": "access"}'}, {}, "missing_claim"),
    ({"jwt_claims": ' {"tier": ["gold", "silver"]}\r\n'}, {"tier": ["silver", "x"]}, "accepted"),
    ({"jwt_claims": '{"level": 2, "active": true}'}, {"level": 2, "active": True}, "accepted"),
    ({"jwt_claims": '{"level": 1}'}, {"level": True}, "wrong_claim"),
    ({"jwt_check_audience": False}, {"aud": "any"}, "accepted"),
    ({"jwt_check_audience": False}, {}, "accepted"),
    ({"jwt_audience": "a,b", "jwt_audience_exact": True}, {"aud": ["a", "b"]}, "accepted"),
    ({"jwt_audience": "a,b", "jwt_audience_exact": True}, {"aud": ["a", "c"]}, "wrong_audience"),
    ({"jwt_audience": "a,b"}, {"aud": ["a", "c"]}, "accepted"),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("fields", "claims", "code"), POLICIES)
def test_policy_holds_in_each_mode(
    jwks_url: str, mode: str, fields: dict[str, Any], claims: dict[str, Any], code: str
) -> None:
    verifier = build_verifier(make_settings(**fields_of(mode, jwks_url), **fields))
    assert code_of(verifier, mint(mode, **claims)) == code


@pytest.mark.parametrize("mode", ["public_key", "jwks"])
@pytest.mark.parametrize(
    ("typ", "code"),
    [("JWT", "accepted"), ("at+jwt", "accepted"), ("application/at+jwt", "accepted"), ("logout+jwt", "wrong_type")],
)
def test_both_types_of_a_tenant_are_accepted(jwks_url: str, mode: str, typ: str, code: str) -> None:
    verifier = build_verifier(make_settings(**fields_of(mode, jwks_url), jwt_audience="api"))
    assert code_of(verifier, mint(mode, aud="api", typ=typ)) == code


@pytest.mark.parametrize("profile", ["api", "oauth"])
def test_profile_narrows_the_type(jwks_url: str, profile: str) -> None:
    fields = {**fields_of("public_key", jwks_url), "jwt_audience": "api", "jwt_profile": profile}
    other = {"api": "at+jwt", "oauth": "JWT"}[profile]
    assert code_of(build_verifier(make_settings(**fields)), mint("public_key", aud="api", typ=other)) == "wrong_type"


def test_jwks_url_alone_keeps_its_defaults() -> None:
    verifier = build_verifier(make_settings(jwks_url=f"{URL}/keys"))
    assert (verifier.issuers, verifier.audiences, verifier.types) == ([URL], [URL], ["JWT"])


@pytest.mark.parametrize("fields", [{"jwt_client_id": "web"}, {"jwt_check_audience": False}], ids=str)
def test_audience_has_no_default_if_something_takes_its_place(jwks_url: str, fields: dict[str, Any]) -> None:
    verifier = build_verifier(make_settings(jwks_url=jwks_url, jwt_issuer=ISSUER, **fields))
    assert verifier.audiences == []
    assert code_of(verifier, mint("jwks", azp="web")) == "accepted"


def test_audience_of_better_auth_is_its_origin_with_a_client_id_too(jwks_url: str) -> None:
    fields = {"better_auth_url": URL, "jwks_url": jwks_url, "jwt_client_id": "web"}
    verifier = build_verifier(make_settings(**fields))
    assert verifier.audiences == [URL]
    assert code_of(verifier, mint("jwks", azp="web", iss=URL)) == "missing_claim"


def test_profile_api_requires_aud_only_if_an_audience_is_configured(jwks_url: str) -> None:
    fields = {**fields_of("public_key", jwks_url), "jwt_profile": "api"}
    assert code_of(build_verifier(make_settings(**fields)), mint("public_key")) == "accepted"
    assert code_of(build_verifier(make_settings(**fields, jwt_audience="api")), mint("public_key")) == "missing_claim"


def test_claims_alone_keep_the_default_audience() -> None:
    assert build_verifier(make_settings(jwks_url=URL, jwt_claims='{"a": "b"}')).audiences == [URL]


def test_sub_is_not_required_if_another_claim_is_the_id(jwks_url: str) -> None:
    fields = {"jwks_url": jwks_url, "jwt_issuer": ISSUER, "jwt_client_id": "web"}
    token = EDDSA.mint_token(azp="web", omit=["sub"], common_name="service")
    assert code_of(build_verifier(make_settings(**fields)), token) == "missing_claim"
    assert code_of(build_verifier(make_settings(**fields, jwt_user_id_claim="common_name")), token) == "accepted"


@pytest.mark.parametrize(
    ("environment", "fragments"),
    [
        ({"JWT_CLIENT_ID": ","}, ["JWT_CLIENT_ID must not be empty"]),
        ({"JWT_CLIENT_ID": "'web'"}, ["JWT_CLIENT_ID must not contain quotes"]),
        ({"JWT_CLIENT_ID": "${CLIENT_ID}"}, ["JWT_CLIENT_ID", "placeholder"]),
        ({"JWT_CLIENT_ID": '["hunter22"'}, ["JWT_CLIENT_ID", "JSON list"]),
        ({"JWT_CLAIMS": "hunter22"}, ["JWT_CLAIMS must be a JSON object", "token_use"]),
        ({"JWT_CLAIMS": "{'hunter22': 'b'}"}, ["JWT_CLAIMS must be a JSON object"]),
        ({"JWT_CLAIMS": "'{\"hunter22\": 1}'"}, ["JWT_CLAIMS must be a JSON object", "remove the quotes"]),
        ({"JWT_CLAIMS": '{\\"hunter22\\": 1}'}, ["JWT_CLAIMS must be a JSON object"]),
        ({"JWT_CLAIMS": "{}"}, ["JWT_CLAIMS must be a JSON object"]),
        ({"JWT_CLAIMS": "[]"}, ["JWT_CLAIMS must be a JSON object"]),
        ({"JWT_CLAIMS": '{"a": 1, "a": 2}'}, ["JWT_CLAIMS", "each name occurs once"]),
        ({"JWT_CLAIMS": '{"a":' * 100_000}, ["JWT_CLAIMS must be a JSON object"]),
        *(
            ({"JWT_CLAIMS": f'{{"hunter22": {value}}}'}, ["JWT_CLAIMS must have strings, integers or booleans"])
            for value in ("null", "1.5", "1e400", "[]", "{}", "[null]", '["a", {}]', "[[]]")
        ),
        ({"JWT_CLAIMS": '{"a": "${CLIENT}"}'}, ["JWT_CLAIMS", "placeholder"]),
        ({"JWT_CLAIMS": '{"": "a"}'}, ["JWT_CLAIMS: ", "empty name"]),
        ({"JWT_CLAIMS": '{"aud": "a"}'}, ["JWT_CLAIMS must not contain aud: set JWT_AUDIENCE"]),
        ({"JWT_CLAIMS": '{"iss": ["a"]}'}, ["JWT_CLAIMS must not contain iss: set JWT_ISSUER"]),
        ({"JWT_CLAIMS": '{"exp": 1}'}, ["JWT_CLAIMS: "]),
        ({"JWT_CLIENT_ID": "web\u200b"}, ["JWT_CLIENT_ID must not contain invisible characters"]),
        ({"JWT_CLIENT_ID": "web\udcff"}, ["JWT_CLIENT_ID must be UTF-8"]),
        ({"JWT_AUDIENCE": "api\udcff"}, ["JWT_AUDIENCE must be UTF-8"]),
        ({"JWT_CLAIMS": '{"a": "\\ud800"}'}, ["JWT_CLAIMS"]),
        ({"JWT_CHECK_AUDIENCE": "0", "JWT_AUDIENCE": "api"}, ["JWT_CHECK_AUDIENCE=0 and JWT_AUDIENCE"]),
        ({"JWT_CHECK_AUDIENCE": "0", "JWT_AUDIENCE_EXACT": "1"}, ["JWT_CHECK_AUDIENCE=0 and JWT_AUDIENCE_EXACT"]),
        ({"JWT_CHECK_AUDIENCE": "perhaps"}, ["JWT_CHECK_AUDIENCE", "boolean"]),
        ({"JWT_AUDIENCE_EXACT": "1"}, ["JWT_AUDIENCE_EXACT requires JWT_AUDIENCE"]),
        ({"JWT_PROFILE": "hunter22"}, ["JWT_PROFILE", "'oidc'"]),
    ],
)
def test_invalid_policy_raises_value_error_at_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, JWT_SECRET=SECRET, **environment)
    text = str(raised.value)
    assert [fragment for fragment in fragments if fragment not in text] == []
    assert "hunter22" not in f"{text} {raised.value!r} {raised.value.__context__!r}"
