"""The form that signs in at the issuer: from its discovery document, when the OpenAPI document is generated."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.security import APIKeyCookie, HTTPBearer

from fastjose import RemoteKeySet, Verifier
from fastjose._fastapi.places import authorization_code
from fastjose._fastapi.places.authorization_code import AuthorizationCodeForm, discovered_key_sets
from fastjose._fastapi.places.sign_in_forms import SignInForm
from fastjose.exceptions import JWKSetUnavailableError
from fastjose.fastapi import BearerAuth
from support.applications.token_places import VERIFIER, build_app_of
from support.servers.uvicorn_server import run_uvicorn

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.http

BEARER = {"type": "http", "scheme": "bearer"}
PASTED = SignInForm("HTTPBearer", lambda: "pasted")
DOWN = "http://127.0.0.1:9"


def auth_of(*issuers: str, **options: Any) -> BearerAuth:
    verifiers = [
        Verifier(RemoteKeySet.of_issuer(issuer, allow_http=True), issuer=issuer, audience="api") for issuer in issuers
    ]
    return BearerAuth(verifiers if len(verifiers) > 1 else verifiers[0], **options)


def schemes_of(auth: BearerAuth) -> Any:
    return build_app_of(auth).openapi()["components"]["securitySchemes"]


def test_endpoints_are_those_of_the_document(tmp_path: Path) -> None:
    with run_uvicorn(tmp_path, "support.servers.oidc_server:app") as issuer:
        flow = {
            "authorizationUrl": f"{issuer.origin}/authorize",
            "tokenUrl": f"{issuer.origin}/token",
            "scopes": {"openid": "", "tasks:read": ""},
        }
        form = {"type": "oauth2", "flows": {"authorizationCode": flow}}
        expected = {"OAuth2AuthorizationCodeBearer": form, "HTTPBearer": BEARER}
        assert schemes_of(auth_of(issuer.origin)) == expected
        assert schemes_of(auth_of(issuer.origin, DOWN)) == expected
        cookie = APIKeyCookie(name="a")
        assert set(schemes_of(auth_of(issuer.origin, scheme=[HTTPBearer(), cookie]))) == {*expected, "APIKeyCookie-a"}
        assert set(schemes_of(auth_of(issuer.origin, scheme=cookie))) == {"APIKeyCookie-a"}
        assert set(schemes_of(auth_of(issuer.origin, token_url="/sign-in"))) == {"OAuth2PasswordBearer"}
        assert set(schemes_of(auth_of(issuer.origin, scheme_name="Mine"))) == {"Mine", "Mine-HTTPBearer"}


def test_issuer_that_is_down_leaves_the_pasted_token() -> None:
    auth = auth_of(DOWN)
    document = build_app_of(auth).openapi()
    assert document["components"]["securitySchemes"] == {"HTTPBearer": BEARER}
    assert {name for one in document["paths"]["/user"]["get"]["security"] for name in one} == {"HTTPBearer"}


def test_each_issuer_has_one_form() -> None:
    shared = RemoteKeySet.of_issuer("https://a.example.com")
    other = RemoteKeySet.of_issuer("https://b.example.com")
    auth = BearerAuth(
        [
            Verifier([shared, RemoteKeySet("https://c.example.com/jwks")], issuer="one", audience="api"),
            Verifier(shared, issuer="two", audience="api"),
            Verifier(other, issuer="three", audience="api"),
        ]
    )
    names = [form.name for form in auth.oauth2_scheme.forms]
    assert names == ["OAuth2AuthorizationCodeBearer", "OAuth2AuthorizationCodeBearer-2", "HTTPBearer"]
    assert discovered_key_sets(VERIFIER) == []
    assert discovered_key_sets(Verifier(RemoteKeySet("https://c.example.com/jwks"), audience="api")) == []


def test_document_is_fetched_by_the_openapi_document_alone() -> None:
    auth = auth_of(DOWN)
    build_app_of(auth)
    (keys,) = discovered_key_sets(auth._verifier)
    assert keys.last_failure is None  # type: ignore[attr-defined]  # a RemoteKeySet


@dataclass
class Endpoints:
    authorization_endpoint: str | None = "https://issuer.test/authorize"
    token_endpoint: str | None = "https://issuer.test/token"
    scopes_supported: tuple[str, ...] = ()


@dataclass
class Keys:
    """A key set whose fetch ends when `can_answer` is set."""

    fetched: Endpoints = field(default_factory=Endpoints)
    discovery: Endpoints | None = None
    can_answer: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    fetches: int = 0
    error: Exception | None = None
    thread: threading.Thread | None = None

    def fetch(self) -> None:
        self.fetches, self.thread = self.fetches + 1, threading.current_thread()
        self.can_answer.wait(60)
        if self.error is None:
            self.discovery = self.fetched
        self.ended.set()
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("missing", ["authorization_endpoint", "token_endpoint"])
def test_document_without_endpoints_leaves_the_pasted_token(missing: str) -> None:
    keys = Keys(Endpoints(**{missing: None}))  # type: ignore[arg-type]  # one of two fields of one type
    keys.can_answer.set()
    form = AuthorizationCodeForm(keys, PASTED)
    assert (form.get_model(), form.shown_name) == ("pasted", "HTTPBearer")


def test_failed_fetch_is_not_repeated() -> None:
    keys = Keys(error=JWKSetUnavailableError("down"))
    keys.can_answer.set()
    form = AuthorizationCodeForm(keys, PASTED)
    for _ in range(3):
        assert (form.get_model(), form.shown_name) == ("pasted", "HTTPBearer")
    assert keys.fetches == 1


def test_document_is_fetched_in_a_thread_that_does_not_keep_the_process_alive() -> None:
    keys = Keys(Endpoints(scopes_supported=("openid", "tasks:read")))
    keys.can_answer.set()
    model = AuthorizationCodeForm(keys, PASTED).get_model()
    assert model.flows.authorizationCode.scopes == {"openid": "", "tasks:read": ""}
    assert keys.thread is not None
    assert keys.thread.daemon
    assert keys.thread.name == "fastjose-openapi"


def test_slow_issuer_delays_the_document_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorization_code, "_MAX_WAIT_SECONDS", 0.01)
    keys = Keys()
    form = AuthorizationCodeForm(keys, PASTED)
    for _ in range(3):
        assert (form.get_model(), form.shown_name) == ("pasted", "HTTPBearer")
    assert keys.fetches == 1
    keys.can_answer.set()
    assert keys.ended.wait(60)
    assert form.get_model().flows.authorizationCode.tokenUrl == "https://issuer.test/token"
    assert form.shown_name == "OAuth2AuthorizationCodeBearer"
