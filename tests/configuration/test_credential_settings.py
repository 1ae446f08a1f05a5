"""`JWT_CREDENTIALS=opaque` and `auth_js`: requests to an application with `fastjose.auth`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fastjose import jwe
from fastjose.testing import TokenIssuer
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, build_app, load_auth
from support.servers.introspection_server import ACTIVE, read_form, respond_with
from support.servers.issuer_server import serve_issuer
from support.servers.lookup_server import LookupServer, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.http

URL = "https://app.example.com"
CLIENT = {"INTROSPECTION_CLIENT_ID": "api", "INTROSPECTION_CLIENT_SECRET": "hunter22"}
OPAQUE = {"JWT_CREDENTIALS": "opaque", "INTROSPECTION_URL": f"{URL}/introspect", **CLIENT, "JWT_CLIENT_ID": "web"}
AUTH_JS = {"JWT_CREDENTIALS": "auth_js", "AUTH_SECRET": SECRET}


def get(auth: Any, **headers: str) -> httpx.Response:
    with HttpClient(build_app(auth)) as client:
        return client.request("GET", "/user-id", headers=headers)


@pytest.fixture
def server() -> Iterator[LookupServer]:
    with serve_lookups(respond_with({**ACTIVE, "aud": "api"})) as lookup_server:
        yield lookup_server


POLICIES: list[tuple[dict[str, str], int]] = [
    ({"JWT_AUDIENCE": "api"}, 200),
    ({"JWT_AUDIENCE": "other"}, 401),
    ({"JWT_AUDIENCE": "api", "JWT_CLIENT_ID": "web"}, 200),
    ({"JWT_AUDIENCE": "api", "JWT_CLIENT_ID": "ios"}, 401),
    ({"JWT_AUDIENCE": "api", "JWT_AUDIENCE_EXACT": "1"}, 200),
    ({"JWT_CLIENT_ID": "web"}, 401),
    ({"JWT_CLIENT_ID": "web", "JWT_CHECK_AUDIENCE": "0"}, 200),
    ({"JWT_CHECK_AUDIENCE": "0"}, 200),
    ({"JWT_AUDIENCE": "api", "JWT_CLAIMS": '{"scope": "tasks:read"}'}, 200),
    ({"JWT_AUDIENCE": "api", "JWT_CLAIMS": '{"scope": "tasks:write"}'}, 401),
    ({"JWT_AUDIENCE": "api", "JWT_ISSUER": URL}, 401),
]


@pytest.mark.parametrize(("policy", "status"), POLICIES)
def test_opaque_token_is_introspected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: LookupServer, policy: dict[str, str], status: int
) -> None:
    environment = {**OPAQUE, "INTROSPECTION_URL": f"{server.url}/introspect", "JWT_CLIENT_ID": "", **policy}
    response = get(load_auth(monkeypatch, tmp_path, **environment), authorization="Bearer opaque")
    assert response.status_code == status
    assert "hunter22" not in response.text


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_secret_of_a_file_is_sent_in_the_configured_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: LookupServer, method: str
) -> None:
    (tmp_path / "secret").write_text("hunter22\r\n", encoding="utf-8")
    secret = {"INTROSPECTION_CLIENT_SECRET": "", "INTROSPECTION_CLIENT_SECRET_FILE": f"'{tmp_path}/secret'"}
    environment = {**OPAQUE, **secret, "INTROSPECTION_URL": server.url, "INTROSPECTION_AUTH_METHOD": method}
    auth = load_auth(monkeypatch, tmp_path, **{**environment, "JWT_CHECK_AUDIENCE": "0"})
    assert get(auth, authorization="Bearer opaque").json() == "u1"
    (request,) = server.requests
    assert (read_form(request).get("client_secret") == "hunter22") == (method == "client_secret_post")
    assert ("authorization" in {name.lower() for name in request.headers}) == (method == "client_secret_basic")


def test_user_id_is_in_the_claim_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: LookupServer
) -> None:
    environment = {**OPAQUE, "INTROSPECTION_URL": server.url, "JWT_CHECK_AUDIENCE": "0"}
    auth = load_auth(monkeypatch, tmp_path, **environment, JWT_USER_ID_CLAIM="client_id")
    assert get(auth, authorization="Bearer opaque").json() == "web"
    auth = load_auth(monkeypatch, tmp_path, **environment, JWT_USER_ID_CLAIM="username")
    assert get(auth, authorization="Bearer opaque").status_code == 401


def test_endpoint_is_found_in_the_document_of_the_issuer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: LookupServer
) -> None:
    with serve_issuer() as issuer:
        issuer.publish(issuer.url, TokenIssuer().jwk_set, introspection_endpoint=f"{server.url}/introspect")
        environment = {**OPAQUE, "INTROSPECTION_URL": "", "OIDC_ISSUER": issuer.url, "JWT_CHECK_AUDIENCE": "0"}
        auth = load_auth(monkeypatch, tmp_path, **environment)
        assert get(auth, authorization="Bearer opaque").json() == "u1"
        assert [request.target for request in server.requests] == ["/introspect"]


def test_jwts_are_accepted_beside_opaque_tokens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: LookupServer
) -> None:
    environment = {**OPAQUE, "JWT_CREDENTIALS": "jwt,opaque", "JWT_SECRET": SECRET, "JWT_AUDIENCE": "api"}
    auth = load_auth(monkeypatch, tmp_path, **{**environment, "INTROSPECTION_URL": server.url})
    issuer = TokenIssuer(None, audience="api", algorithm="HS256", secret=SECRET, claims={"azp": "web"})
    assert get(auth, authorization=f"Bearer {issuer.mint_token('user-1')}").json() == "user-1"
    assert get(auth, authorization="Bearer opaque").json() == "u1"


def write_cookie(secret: str, **claims: Any) -> str:
    """Return the cookie of NextAuth.js 4: a JWE with a key derived from the secret."""
    info = b"NextAuth.js Generated Encryption Key"
    key = HKDF(SHA256(), 32, b"", info).derive(secret.encode())
    payload = json.dumps({"sub": "user-1", "exp": int(time.time()) + 60, **claims}).encode()
    return jwe.encrypt(payload, key, encryption="A256GCM", algorithm="dir").decode()


@pytest.mark.parametrize(
    ("environment", "name"),
    [({}, "next-auth.session-token"), ({"AUTH_JS_COOKIE_NAME": "next-auth.session-token"}, "next-auth.session-token")],
)
def test_cookie_of_auth_js_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], name: str
) -> None:
    auth = load_auth(monkeypatch, tmp_path, **AUTH_JS, **environment)
    assert get(auth, cookie=f"{name}={write_cookie(SECRET)}").json() == "user-1"
    assert get(auth, cookie=f"{name}={write_cookie('s' * 64)}").status_code == 401
    assert get(auth, cookie=f"{name}={write_cookie(SECRET, exp=5)}").status_code == 401


INVALID: list[tuple[dict[str, str], list[str]]] = [
    ({**OPAQUE, "INTROSPECTION_URL": ""}, ["JWT_CREDENTIALS=opaque requires INTROSPECTION_URL or OIDC_ISSUER"]),
    ({**OPAQUE, "INTROSPECTION_URL": "", "OIDC_ISSUER": "hunter22"}, ["OIDC_ISSUER must be one URL"]),
    ({**OPAQUE, "INTROSPECTION_CLIENT_ID": ""}, ["INTROSPECTION_CLIENT_ID"]),
    ({**OPAQUE, "INTROSPECTION_CLIENT_SECRET": ""}, ["requires INTROSPECTION_CLIENT_SECRET or", "_SECRET_FILE"]),
    ({**OPAQUE, "INTROSPECTION_CLIENT_SECRET_FILE": "s"}, ["INTROSPECTION_CLIENT_SECRET and", "must not both be set"]),
    ({**OPAQUE, "INTROSPECTION_AUTH_METHOD": "hunter22"}, ["INTROSPECTION_AUTH_METHOD", "client_secret_post"]),
    ({**OPAQUE, "JWT_CLIENT_ID": ""}, ["JWT_CREDENTIALS=opaque requires JWT_AUDIENCE, JWT_CLIENT_ID or JWT_CLAIMS"]),
    ({**OPAQUE, "INTROSPECTION_URL": "http://idp.internal"}, ["INTROSPECTION_URL: ", "https"]),
    ({**OPAQUE, "INTROSPECTION_URL": "https://u:hunter22@a.example"}, ["INTROSPECTION_URL: "]),
    ({**OPAQUE, "JWT_CHECK_AUDIENCE": "0", "JWT_AUDIENCE": "a"}, ["JWT_CHECK_AUDIENCE=0 and JWT_AUDIENCE"]),
    ({**OPAQUE, "JWKS_PROXY": "hunter22"}, ["JWKS_PROXY: "]),
    ({"JWT_CREDENTIALS": "auth_js"}, ["JWT_CREDENTIALS=auth_js requires AUTH_SECRET"]),
    ({**AUTH_JS, "AUTH_SECRET": "hunter22"}, ["AUTH_SECRET must have at least 32 bytes"]),
    ({**AUTH_JS, "AUTH_JS_COOKIE_NAME": "a b"}, ["AUTH_JS_COOKIE_NAME: "]),
    ({**AUTH_JS, "JWT_TRUSTED_ORIGINS": "hunter22"}, ["JWT_TRUSTED_ORIGINS: "]),
    ({**AUTH_JS, "JWT_CLAIMS": '{"role": "hunter22"}'}, ["JWT_CLAIMS requires jwt or opaque in JWT_CREDENTIALS"]),
    ({**AUTH_JS, "JWT_CLIENT_ID": "hunter22"}, ["JWT_CLIENT_ID requires jwt or opaque"]),
    ({**AUTH_JS, "JWT_AUDIENCE_EXACT": "1"}, ["JWT_AUDIENCE_EXACT requires jwt or opaque"]),
    ({**AUTH_JS, "JWT_USER_ID_CLAIM": "hunter22"}, ["JWT_USER_ID_CLAIM requires jwt or opaque"]),
    ({"JWT_CREDENTIALS": "hunter22"}, ["JWT_CREDENTIALS must be one or several of jwt, opaque"]),
]


@pytest.mark.parametrize(("environment", "fragments"), INVALID)
def test_invalid_credential_raises_value_error_at_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **environment)
    text = str(raised.value)
    assert [fragment for fragment in fragments if fragment not in text] == []
    assert "hunter22" not in f"{text} {raised.value!r} {raised.value.__context__!r}"
