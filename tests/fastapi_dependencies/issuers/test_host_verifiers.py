"""`host_verifiers`: tokens of a Better Auth server with several hosts, whose `iss` and `aud` are the origin of each."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from fastjose.better_auth import host_verifiers
from fastjose.fastapi import BearerAuth, CurrentUser
from support.clients.http_client import HttpClient
from support.servers.remote_issuer import serve_issuers
from support.tokens.bearer_tokens import KEY_SET

pytestmark = pytest.mark.http

BASE_URL = "https://app.example.com"
HOSTS = [
    "app.example.com",
    "*.preview.example.com",
    "http://localhost:3000",
    "Admin.Example.com:8443",
    "*.dev.example:80",
]
ALLOWED = [
    "https://app.example.com",
    "https://a.preview.example.com",
    "https://pr-7.web.preview.example.com",
    "https://xn--mnchen-3ya.preview.example.com",
    "http://localhost:3000",
    "https://admin.example.com:8443",
    "https://a.dev.example:80",
]
REFUSED = [
    "",
    "app.example.com",
    "http://app.example.com",
    "https://app.example.com/",
    "https://app.example.com:443",
    "https://app.example.com:8443",
    "https://APP.example.com",
    "HTTPS://app.example.com",
    "https://app.example.com.",
    "https://app.example.com.evil.example",
    "https://app.example.com@evil.example",
    "https://app.example.com\n",
    "https://preview.example.com",
    "https://.preview.example.com",
    "https://..preview.example.com",
    "https://a..preview.example.com",
    "https://evilpreview.example.com",
    "https://evil.example/.preview.example.com",
    "https://evil.example#.preview.example.com",
    "https://evil.example?.preview.example.com",
    "https://evil.example\\.preview.example.com",
    "https://evil.example:443.preview.example.com",
    "https://user@a.preview.example.com",
    "https://a_b.preview.example.com",
    "https://A.preview.example.com",
    "https://\u00e4.preview.example.com",
    "https://\u0661.preview.example.com",
    "https://a.preview.example.com.evil.example",
    "https://a.preview.example.com:8443",
    "https://a.preview.example.com\n",
    "https://aXpreview.example.com",
    "https://a.previewXexample.com",
    "http://a.preview.example.com",
    "http://localhost",
    "https://localhost:3000",
    "http://a.localhost:3000",
    "https://admin.example.com",
    "https://a.dev.example",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("issuer", ALLOWED)
def test_allowed_host_has_its_own_verifier(issuer: str) -> None:
    verifier = host_verifiers(BASE_URL, allowed_hosts=HOSTS, keys=KEY_SET)(issuer)
    assert verifier is not None
    assert (list(verifier.issuers), list(verifier.audiences)) == ([issuer], [issuer])


@pytest.mark.parametrize("issuer", REFUSED)
def test_other_host_has_no_verifier(issuer: str) -> None:
    assert host_verifiers(BASE_URL, allowed_hosts=HOSTS, keys=KEY_SET)(issuer) is None


def test_entry_without_scheme_has_scheme_and_port_of_the_base_url() -> None:
    find_verifier = host_verifiers("http://localhost:3000", allowed_hosts=["app.test", "*.app.test"], keys=KEY_SET)
    for issuer in ("http://app.test:3000", "http://a.app.test:3000"):
        assert find_verifier(issuer) is not None
        assert find_verifier(issuer.replace(":3000", "")) is None
        assert find_verifier(issuer.replace("http", "https")) is None


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("app.test", "http://app.test:3000"),
        ("https://app.test", "https://app.test"),
        ("http://app.test", "http://app.test"),
        ("app.test:4000", "http://app.test:4000"),
        ("https://app.test:4000", "https://app.test:4000"),
        ("*.app.test:4000", "http://a.app.test:4000"),
        ("https://*.app.test", "https://a.app.test"),
        ("*.localhost", "http://a.localhost:3000"),
    ],
)
def test_scheme_or_port_of_an_entry_is_in_place_of_those_of_the_base_url(entry: str, allowed: str) -> None:
    find_verifier = host_verifiers("http://localhost:3000", allowed_hosts=[entry], keys=KEY_SET)
    origins = {f"{scheme}://{host}" for scheme in ("http", "https") for host in PLACES}
    assert {origin for origin in origins if find_verifier(origin) is not None} == {allowed}


PLACES = [
    f"{name}{port}"
    for name in ("app.test", "a.app.test", "localhost", "a.localhost")
    for port in ("", ":3000", ":4000")
]

WRONG_ENTRIES: list[Any] = [
    "",
    " ",
    "*",
    "*.",
    "*.com",
    "**.example.com",
    "a.*.example.com",
    "*example.com",
    "app.example.com/",
]
WRONG_ENTRIES += [
    "https://app.example.com/api",
    "ftp://app.example.com",
    "user@app.example.com",
    "a b",
    "*.[::1]",
    "*.[::ffff:1.2.3.4]",
    "a:99999",
    "a?b",
]


@pytest.mark.parametrize("entry", WRONG_ENTRIES)
def test_wrong_entry_raises_value_error(entry: str) -> None:
    with pytest.raises(ValueError, match="see entry 2") as raised:
        host_verifiers(BASE_URL, allowed_hosts=["app.example.com", entry], keys=KEY_SET)
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("hosts", "error"), [("app.example.com", TypeError), ([1], TypeError), ([None], TypeError), ([], ValueError)]
)
def test_wrong_list_of_hosts_raises(hosts: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="allowed_hosts must"):
        host_verifiers(BASE_URL, allowed_hosts=hosts, keys=KEY_SET)


def test_wrong_option_raises_at_start() -> None:
    with pytest.raises(ValueError, match="leeway_seconds"):
        host_verifiers("https://elsewhere.example", allowed_hosts=HOSTS, keys=KEY_SET, leeway_seconds=-1)


def test_hosts_share_one_key_set_and_accept_their_own_tokens_only() -> None:
    with serve_issuers("app") as (server,):
        auth = BearerAuth(host_verifiers(BASE_URL, allowed_hosts=HOSTS, jwks_url=server.proxy.url))
        app = FastAPI()

        @app.get("/me")
        async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> str:
            return user.user_id

        with HttpClient(app) as client:
            for issuer in ALLOWED:
                own = {"iss": issuer, "iat": 1}
                assert client.get("/me", server.create_token(**own, aud=issuer)).status_code == 200
                other = client.get("/me", server.create_token(**own, aud="https://b.preview.example.com"))
                assert other.json() == {"detail": "Invalid token claims: Invalid audience"}
            for issuer in REFUSED:
                assert client.get("/me", server.create_token(iss=issuer, aud=issuer, iat=1)).status_code == 401
        assert server.proxy.request_count == 1
