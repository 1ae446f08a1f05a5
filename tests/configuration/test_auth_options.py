"""Where the token is, and where its roles are, by environment: requests to an application with `fastjose.auth`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import SecretStr

from fastjose._config.auth_from_settings import build_auth
from fastjose.fastapi import BearerAuth, CredentialAuth
from fastjose.settings import AuthSettings
from fastjose.testing import TokenIssuer
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, build_app, load_auth, set_environment

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.http

ISSUER = TokenIssuer(None, algorithm="HS256", secret=SECRET)
METADATA = "https://api.example.com/.well-known/oauth-protected-resource"
JWKS = {"JWKS_URL": "https://id.example.com/jwks"}
HEADER, COOKIE = {"JWT_TOKEN_HEADER": "Cf-Access-Jwt-Assertion"}, {"JWT_TOKEN_COOKIE": "__session"}


@pytest.fixture
def app_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    return lambda environment: build_app(load_auth(monkeypatch, tmp_path, JWT_SECRET=SECRET, **environment))


def get(app: FastAPI, path: str = "/user-id", method: str = "GET", **headers: str) -> httpx.Response:
    """Send a request with the headers, whose names may have underscores."""
    with HttpClient(app) as client:
        return client.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_header_replaces_authorization(app_of: Any) -> None:
    app, token = app_of(HEADER), ISSUER.mint_token("user-1")
    assert get(app, cf_access_jwt_assertion=token).json() == "user-1"
    assert get(app, authorization=f"Bearer {token}").status_code == 401
    assert get(app, cf_access_jwt_assertion=f"Bearer {token}").status_code == 401
    assert get(app).status_code == 401


def test_cookie_is_read_beside_the_header_which_decides(app_of: Any) -> None:
    own, other = ISSUER.mint_token("user-1"), ISSUER.mint_token("user-2")
    app, cookie = app_of(COOKIE), f"__session={own}"
    assert get(app, cookie=cookie).json() == "user-1"
    assert get(app, cookie=cookie, authorization=f"Bearer {other}").json() == "user-2"
    assert get(app, cookie=cookie, authorization="Bearer nonsense").status_code == 401
    assert get(app, cookie=f"{cookie}; __session={other}").status_code == 401


def test_cookie_beside_another_header(app_of: Any) -> None:
    app, cookie = app_of({**HEADER, **COOKIE}), f"__session={ISSUER.mint_token('user-1')}"
    assert get(app, cookie=cookie).json() == "user-1"
    assert get(app, cookie=cookie, cf_access_jwt_assertion=ISSUER.mint_token("user-2")).json() == "user-2"


@pytest.mark.parametrize(
    ("credentials", "kind"), [(None, BearerAuth), ("jwt", BearerAuth), ("jwt,auth_js", CredentialAuth)]
)
def test_bearer_auth_is_for_jwts_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, credentials: str | None, kind: type
) -> None:
    set_environment(monkeypatch, tmp_path, {})
    settings = AuthSettings(jwt_secret=SecretStr(SECRET), auth_secret=SecretStr(SECRET), jwt_credentials=credentials)
    assert isinstance(build_auth(settings), kind)


@pytest.mark.parametrize(("origin", "status"), [("https://app.example.com", 200), ("https://evil.example", 403)])
def test_trusted_origin_may_send_requests_with_the_cookie(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: str, status: int
) -> None:
    trusted = {"JWT_TRUSTED_ORIGINS": "https://app.example.com/"}
    set_environment(monkeypatch, tmp_path, {"JWT_SECRET": SECRET, **COOKIE, **trusted})
    app, auth = FastAPI(), BearerAuth.from_environment()
    app.add_api_route("/", lambda: "ok", methods=["POST"], dependencies=[Depends(auth.current_user)])
    assert get(app, "/", "POST", cookie=f"__session={ISSUER.mint_token()}", origin=origin).status_code == status


def test_401_names_the_resource_metadata(app_of: Any) -> None:
    response = get(app_of({"JWT_RESOURCE_METADATA": METADATA}))
    assert f'resource_metadata="{METADATA}"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("environment", "schemes"),
    [
        ({}, {"OAuth2PasswordBearer"}),
        ({"TOKEN_URL": "/sign-in"}, {"OAuth2PasswordBearer"}),
        (HEADER, {"APIKeyHeader-Cf-Access-Jwt-Assertion"}),
        (COOKIE, {"OAuth2PasswordBearer", "APIKeyCookie-__session"}),
        ({**JWKS, **COOKIE}, {"HTTPBearer", "APIKeyCookie-__session"}),
        (JWKS, {"HTTPBearer"}),
        ({**JWKS, "TOKEN_URL": "/sign-in"}, {"OAuth2PasswordBearer"}),
    ],
)
def test_openapi_page_describes_the_places(app_of: Any, environment: dict[str, str], schemes: set[str]) -> None:
    components = get(app_of(environment), "/openapi.json").json()["components"]
    assert set(components["securitySchemes"]) == schemes


@pytest.mark.parametrize(
    ("environment", "fragments"),
    [
        ({"JWT_TOKEN_HEADER": "X Token"}, ["JWT_TOKEN_HEADER must be one name"]),
        ({"JWT_TOKEN_HEADER": "X-Token:"}, ["JWT_TOKEN_HEADER must be one name"]),
        ({"JWT_TOKEN_HEADER": '"X-Token"'}, ["JWT_TOKEN_HEADER must be one name"]),
        ({"JWT_TOKEN_HEADER": "'X-Token'"}, ["JWT_TOKEN_HEADER must be one name"]),
        ({"JWT_TOKEN_HEADER": "X-Token,X-Other"}, ["JWT_TOKEN_HEADER must be one name"]),
        ({"JWT_TOKEN_HEADER": "X-Tokén"}, ["JWT_TOKEN_HEADER must be one name"]),
        ({"JWT_TOKEN_HEADER": " "}, ["JWT_TOKEN_HEADER must be one name"]),
        ({"JWT_TOKEN_HEADER": "authorization"}, ["JWT_TOKEN_HEADER must not be Authorization", "remove"]),
        ({"JWT_TOKEN_HEADER": "Cookie"}, ["JWT_TOKEN_HEADER must not be Cookie", "JWT_TOKEN_COOKIE"]),
        ({"JWT_TOKEN_COOKIE": "a=b"}, ["JWT_TOKEN_COOKIE must be one name"]),
        ({"JWT_TOKEN_COOKIE": "a;b"}, ["JWT_TOKEN_COOKIE must be one name"]),
        ({"JWT_TOKEN_COOKIE": "a\u20acb"}, ["JWT_TOKEN_COOKIE must be one name"]),
        ({**COOKIE, "JWT_TRUSTED_ORIGINS": "app.example.com"}, ["JWT_TRUSTED_ORIGINS", "https://app.example.com"]),
        ({**HEADER, "TOKEN_URL": "/sign-in"}, ["TOKEN_URL and JWT_TOKEN_HEADER must not both be set"]),
        ({"JWT_RESOURCE_METADATA": "/metadata"}, ["JWT_RESOURCE_METADATA: ", "must be a URL"]),
        ({"JWT_RESOURCE_METADATA": 'https://a.example/"x'}, ["JWT_RESOURCE_METADATA: "]),
        ({"JWT_ROLES_CLAIM": " , "}, ["JWT_ROLES_CLAIM must not be empty"]),
        ({"JWT_SCOPES_CLAIM": '"scp"'}, ["JWT_SCOPES_CLAIM must not contain quotes"]),
        ({"JWT_PERMISSIONS_CLAIM": "https://{tenant}/permissions"}, ["JWT_PERMISSIONS_CLAIM", "placeholder"]),
        ({"JWT_ROLES_CLAIM": '["a", 5]'}, ["JWT_ROLES_CLAIM", "JSON list"]),
        *(
            ({**place, "JWT_CREDENTIALS": names, "BETTER_AUTH_URL": "https://app.example.com"}, [*place, "=jwt"])
            for place in (HEADER, COOKIE)
            for names in ("session", "jwt,cookie", "api_key")
        ),
    ],
)
def test_invalid_place_raises_value_error_at_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(
            monkeypatch, tmp_path, **{"JWT_SECRET": SECRET, "BETTER_AUTH_ALLOW_UNSIGNED_TOKENS": "1", **environment}
        )
    assert [fragment for fragment in fragments if fragment not in str(raised.value)] == []


@pytest.mark.parametrize("place", [HEADER, COOKIE, {"JWT_WEBSOCKET_SUBPROTOCOL": "bearer"}], ids=str)
def test_place_is_refused_by_an_object_that_does_not_read_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: dict[str, str]
) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_SECRET": SECRET, **place})
    assert BearerAuth.from_environment()
    with pytest.raises(ValueError, match=f"{next(iter(place))} requires .* BearerAuth"):
        CredentialAuth.from_environment()


GRANTS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"JWT_ROLES_CLAIM": "realm_access.roles"}, {"realm_access": {"roles": ["admin"]}}),
    ({"JWT_ROLES_CLAIM": "groups, cognito:groups"}, {"cognito:groups": ["admin"]}),
    ({"JWT_ROLES_CLAIM": '["https://acme.example/roles"]'}, {"https://acme.example/roles": ["admin"]}),
    ({"JWT_ROLES_CLAIM": "https://acme.example/roles"}, {"https://acme.example/roles": ["admin"]}),
    ({}, {"role": "admin"}),
]


@pytest.mark.parametrize("kind", [BearerAuth, CredentialAuth])
@pytest.mark.parametrize(("environment", "claims"), GRANTS)
def test_roles_are_found_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], claims: dict[str, Any], kind: Any
) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_SECRET": SECRET, **environment})
    app, auth = FastAPI(), kind.from_environment()
    app.add_api_route("/admin", lambda: "ok", dependencies=[Depends(auth.require_role("admin"))])
    tokens = [ISSUER.mint_token(**given) for given in (claims, {"role": "admin"}, {})]
    answers = [get(app, "/admin", authorization=f"Bearer {token}") for token in tokens]
    assert [answer.status_code for answer in answers] == [200, 403 if environment else 200, 403]


def test_scopes_and_permissions_are_found_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = {"JWT_SCOPES_CLAIM": "scopes", "JWT_PERMISSIONS_CLAIM": "access.permissions"}
    set_environment(monkeypatch, tmp_path, {"JWT_SECRET": SECRET, **environment})
    app, auth = FastAPI(), BearerAuth.from_environment()
    app.add_api_route("/scope", lambda: "ok", dependencies=[Depends(auth.require_scope("read"))])
    app.add_api_route("/permission", lambda: "ok", dependencies=[Depends(auth.require_permission("files:read"))])
    token = ISSUER.mint_token(scopes="read write", access={"permissions": ["files:read"]})
    for path in ("/scope", "/permission"):
        assert get(app, path, authorization=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("kind", [BearerAuth, CredentialAuth])
def test_user_id_is_in_the_claim_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: Any
) -> None:
    set_environment(monkeypatch, tmp_path, {"JWT_SECRET": SECRET, "JWT_USER_ID_CLAIM": " common_name "})
    app, auth = FastAPI(), kind.from_environment()
    app.add_api_route("/user-id", auth.get_user_id)
    token = ISSUER.mint_token("ignored", common_name="service-1", omit=["sub"])
    assert get(app, authorization=f"Bearer {token}").json() == "service-1"
    assert get(app, authorization=f"Bearer {ISSUER.mint_token('user-1')}").status_code == 401
