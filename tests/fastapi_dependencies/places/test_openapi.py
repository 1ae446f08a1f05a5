"""The OpenAPI document: each place of a token is a security scheme, and each route lists all as alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.security import APIKeyCookie, APIKeyHeader, APIKeyQuery, HTTPBearer, OAuth2PasswordBearer
from fastapi.security.http import HTTPBase

from fastjose.fastapi import BearerAuth, CredentialAuth, JwtCredentials
from support.applications.token_places import PLACES, VERIFIER, build_app, build_app_of, read_x_token
from support.environment.fresh_import import SECRET, import_fresh, set_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.http

BEARER = {"type": "http", "scheme": "bearer"}


def password_flow(url: str) -> dict[str, Any]:
    return {"type": "oauth2", "flows": {"password": {"scopes": {}, "tokenUrl": url}}}


def schemes_of(app: FastAPI) -> Any:
    return app.openapi()["components"]["securitySchemes"]


def check_alternatives(app: FastAPI) -> list[str]:
    """Return the names of the alternatives of every route, after checking that all routes have the same ones."""
    document = app.openapi()
    alternatives = []
    for path in document["paths"].values():
        (names,) = {tuple(name for one in operation["security"] for name in one) for operation in path.values()}
        alternatives.append(list(dict.fromkeys(names)))  # FastAPI 0.115 repeats them
        assert all(
            scopes == [] for operation in path.values() for one in operation["security"] for scopes in one.values()
        )
    assert all(names == alternatives[0] for names in alternatives)
    assert set(alternatives[0]) == set(document["components"]["securitySchemes"])
    return alternatives[0]


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        (None, {"HTTPBearer": BEARER}),
        (HTTPBearer(), {"HTTPBearer": BEARER}),
        (HTTPBearer(bearerFormat="JWT", scheme_name="Mine"), {"Mine": {**BEARER, "bearerFormat": "JWT"}}),
        (APIKeyHeader(name="X-T"), {"APIKeyHeader-X-T": {"type": "apiKey", "in": "header", "name": "X-T"}}),
        (APIKeyHeader(name="X-T", scheme_name="T"), {"T": {"type": "apiKey", "in": "header", "name": "X-T"}}),
        (APIKeyCookie(name="a!b"), {"APIKeyCookie-a_b": {"type": "apiKey", "in": "cookie", "name": "a!b"}}),
        (APIKeyQuery(name="ä b"), {"APIKeyQuery-__b": {"type": "apiKey", "in": "query", "name": "ä b"}}),
        (HTTPBase(scheme="JWT"), {"HTTPBase": {"type": "http", "scheme": "JWT"}}),
        (OAuth2PasswordBearer("/in"), {"OAuth2PasswordBearer": password_flow("/in")}),
        (read_x_token, {"HTTPBearer": {**BEARER, "description": "A token."}}),
    ],
)
def test_scheme_describes_itself(scheme: Any, expected: Any) -> None:
    app = build_app(scheme)
    assert schemes_of(app) == expected
    assert check_alternatives(app) == list(expected)


def test_routes_list_all_alternatives() -> None:
    names = ["HTTPBearer", "APIKeyHeader-X-T", "APIKeyCookie-a", "APIKeyCookie-b", "APIKeyQuery-t"]
    places = [
        HTTPBearer(),
        APIKeyHeader(name="X-T"),
        APIKeyCookie(name="a"),
        APIKeyCookie(name="b"),
        APIKeyQuery(name="t"),
    ]
    assert check_alternatives(build_app(places)) == names
    assert check_alternatives(build_app(places[::-1])) == names[::-1]
    assert check_alternatives(build_app(places, scheme_name="Staff"))[:2] == ["Staff", "Staff-APIKeyHeader-X-T"]


def test_equal_names_become_different() -> None:
    schemes = [
        HTTPBearer(),
        HTTPBearer(description="two"),
        APIKeyHeader(name="a", scheme_name="HTTPBearer"),
        HTTPBearer(),
    ]
    assert check_alternatives(build_app(schemes)) == ["HTTPBearer", "HTTPBearer-2", "HTTPBearer-3", "HTTPBearer-4"]
    trap = [HTTPBearer(scheme_name="A-2"), HTTPBearer(scheme_name="A"), HTTPBearer(scheme_name="A")]
    assert check_alternatives(build_app(trap)) == ["A-2", "A", "A-3"]


def test_several_bearer_auth_of_one_application_have_names_of_their_own() -> None:
    app = FastAPI()
    one = BearerAuth(VERIFIER, scheme=APIKeyCookie(name="one"))
    two = BearerAuth(VERIFIER, scheme=[APIKeyCookie(name="two"), HTTPBearer()], scheme_name="Two")
    three = BearerAuth(VERIFIER, token_url="/sign-in")
    for name, auth in {"one": one, "two": two, "three": three}.items():
        app.include_router(build_app_of(auth).router, prefix=f"/{name}")
    assert set(schemes_of(app)) == {"APIKeyCookie-one", "Two", "Two-HTTPBearer", "OAuth2PasswordBearer"}
    assert schemes_of(app)["APIKeyCookie-one"]["name"] == "one"
    assert schemes_of(app)["Two"]["name"] == "two"


def test_token_url_is_the_form_of_the_authorization_header() -> None:
    flow = password_flow("/sign-in")
    cookie = {"type": "apiKey", "in": "cookie", "name": "a"}
    for scheme in (None, HTTPBearer()):
        auth = BearerAuth(VERIFIER, scheme=scheme, token_url="/sign-in")
        assert schemes_of(build_app_of(auth)) == {"OAuth2PasswordBearer": flow}
        assert isinstance(auth.oauth2_scheme, OAuth2PasswordBearer)
        assert isinstance(auth.oauth2_scheme_optional, OAuth2PasswordBearer)
    app = build_app([APIKeyCookie(name="a"), HTTPBearer()], token_url="/sign-in")
    assert schemes_of(app) == {"OAuth2PasswordBearer": flow, "APIKeyCookie-a": cookie}
    assert not isinstance(BearerAuth(VERIFIER).oauth2_scheme, OAuth2PasswordBearer)


def test_functions_and_flat_dependencies_have_one_document() -> None:
    auth = BearerAuth(VERIFIER, scheme=[sent.scheme for sent in PLACES.values()])
    paths = build_app_of(auth).openapi()["paths"]
    assert paths["/function"]["get"]["security"] == paths["/user"]["get"]["security"]
    assert len({name for one in paths["/user"]["get"]["security"] for name in one}) == len(PLACES)
    assert "parameters" not in paths["/user"]["get"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"BETTER_AUTH_SECRET": SECRET}, "/api/auth/token"),
        ({"BETTER_AUTH_SECRET": SECRET, "TOKEN_URL": "/sign-in"}, "/sign-in"),
        ({"BETTER_AUTH_URL": "https://app.example.com"}, None),
        ({"BETTER_AUTH_URL": "https://app.example.com", "TOKEN_URL": "/sign-in"}, "/sign-in"),
        ({"JWKS_URL": "https://auth.example.com/jwks", "JWT_ISSUER": "a", "JWT_AUDIENCE": "b"}, None),
    ],
)
def test_environment_chooses_the_form(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], expected: str | None
) -> None:
    set_environment(monkeypatch, tmp_path, variables)
    auth: Any = import_fresh(monkeypatch, "fastjose.auth")
    assert isinstance(auth.oauth2_scheme, OAuth2PasswordBearer) is (expected is not None)
    app = build_app_of(BearerAuth.from_environment())
    if expected is None:
        assert schemes_of(app) == {"HTTPBearer": BEARER}
    else:
        assert schemes_of(app)["OAuth2PasswordBearer"]["flows"]["password"]["tokenUrl"] == expected


def test_credential_auth_has_the_same_forms() -> None:
    credentials = JwtCredentials(VERIFIER)
    assert CredentialAuth(credentials).oauth2_scheme.scheme_name == "HTTPBearer"
    with_url = CredentialAuth(credentials, token_url="/sign-in").oauth2_scheme
    assert isinstance(with_url, OAuth2PasswordBearer)
    assert with_url.scheme_name == "OAuth2PasswordBearer"
