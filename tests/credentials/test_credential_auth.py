"""`CredentialAuth`: one credential of a request counts, each kind under its own rules."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import copy
import logging
import pickle
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, WebSocket
from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from fastjose import sign_token
from fastjose.api_keys import RemoteApiKeys
from fastjose.better_auth import DEVELOPMENT_SECRET, api_verifier, session_cookie_verifier
from fastjose.exceptions import ConfigurationWarning, StoreUnavailableError
from fastjose.fastapi import (
    ApiKeys,
    BearerAuth,
    CookieAuth,
    CredentialAuth,
    CurrentUser,
    JwtCredentials,
    SessionCookies,
    SessionTokens,
)
from fastjose.revocation import RevocationList
from fastjose.sessions import Session, SessionToken
from fastjose.testing import SessionCookieIssuer, TokenIssuer
from support.better_auth.sessions import SECRET, TOKEN, RecordedLookup, make_record, sign_session_token
from support.clients.http_client import HttpClient
from support.environment.fresh_import import set_environment
from support.environment.hint_logs import forget_logged_hints
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

pytestmark = pytest.mark.http

SIGNED = sign_session_token()
URL: Any = "https://app.example.com"
NOT_A_MODEL: Any = dict
NOT_A_LIST: Any = RevocationList
KEY = "sk_" + "k" * 64
INVALID_SESSION, INVALID_KEY = {"detail": "Invalid session"}, {"detail": "Invalid API key"}
VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)
JWT = JwtCredentials(VERIFIER)


def build_app(auth: CredentialAuth[Any]) -> FastAPI:
    app = FastAPI()

    @app.api_route("/me", methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def me(user: Annotated[Any, Depends(auth.current_user)]) -> Any:
        return user

    @app.api_route("/optional", methods=["GET", "POST"], include_in_schema=False)
    async def optional(user: Annotated[Any, Depends(auth.current_user_optional)]) -> Any:
        return user

    @app.get("/claims")
    async def claims(claims: Annotated[Any, Depends(auth.current_claims)]) -> Any:
        return claims

    @app.get("/session")
    async def session(session: Annotated[Session, Depends(auth.current_session)]) -> Session:
        return session

    @app.get("/twice")
    async def twice(
        user: Annotated[Any, Depends(auth.current_user)],
        optional: Annotated[Any, Depends(auth.current_user_optional)],
        _: Annotated[Any, Depends(auth.forbid_impersonation)],
    ) -> Any:
        return [user, optional]

    for name, dependency in {
        "role": auth.require_role("admin"),
        "permission": auth.require_permission("files:read"),
        "itself": auth.forbid_impersonation,
        "account": auth.require_not_anonymous,
        "key": auth.current_api_key,
    }.items():

        @app.get(f"/{name}")
        async def required(result: Annotated[Any, Depends(dependency)]) -> Any:
            return result

    @app.websocket("/events")
    async def events(socket: WebSocket, user: Annotated[Any, Depends(auth.current_user)]) -> None:
        await socket.accept()
        await socket.send_text(user.user_id)
        await socket.close()

    return app


class Api:
    """An application that accepts every kind of credential, and its stores."""

    def __init__(self) -> None:
        self.sessions, self.keys = RecordedLookup(), RecordedKeys()
        self.auth = CredentialAuth(
            JWT,
            SessionTokens(self.sessions, secrets=[SECRET]),
            SessionCookies(self.sessions, secrets=[SECRET], trusted_origins=["https://front.example"]),
            ApiKeys(self.keys),
        )
        self.app = build_app(self.auth)
        self.client = HttpClient(self.app)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def send(self, method: str, path: str, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, headers=named)


class RecordedKeys:
    """A store of one API key."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.answer: Any = {
            "apiKey": {"id": "key-1", "referenceId": "user-1", "enabled": True, "permissions": {"files": ["read"]}},
            "user": {"id": "user-1", "email": "ada@example.com", "name": "Ada", "role": "admin"},
        }

    async def __call__(self, key: str) -> Any:
        self.keys.append(key)
        return self.answer if key == KEY else None


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with api.client:
        yield api


BEARER = {"Authorization": f"Bearer {SIGNED}"}
COOKIE = {"Cookie": f"better-auth.session_token={SIGNED}"}
API_KEY = {"X_Api_Key": KEY}
API_TOKEN = {"Authorization": f"Bearer {make_api_token(exp=4_000_000_000)}"}  # a run may outlast the 15 minutes
ADA = {"user_id": "user-1", "email": "ada@example.com", "name": "Ada"}


@pytest.mark.parametrize("credential", [BEARER, COOKIE, API_KEY, API_TOKEN])
def test_every_kind_of_credential_authenticates(api: Api, credential: dict[str, str]) -> None:
    assert api.get("/me", **credential).json() == ADA
    assert api.get("/optional", **credential).json() == ADA


def test_request_without_credential_is_rejected(api: Api) -> None:
    rejection = api.get("/me")
    assert (rejection.status_code, rejection.json()) == (401, {"detail": "Not authenticated"})
    assert rejection.headers["www-authenticate"] == "Bearer"
    assert api.get("/optional").json() is None


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer ", "bearer", "Bearer null", "Bearer  ", f"Bearer {SIGNED}x", "Bearer a.b.c", "BEARER x y"],
)
def test_bearer_token_decides_alone(api: Api, value: str) -> None:
    assert api.get("/me", Authorization=value, **COOKIE, **API_KEY).status_code == 401
    assert api.get("/optional", Authorization=value, **COOKIE, **API_KEY).json() is None
    assert api.sessions.tokens == api.keys.keys == []


def test_another_scheme_is_not_a_bearer_token(api: Api) -> None:
    assert api.get("/me", Authorization="Basic eDp5", **COOKIE).json() == ADA


def test_api_key_counts_before_cookies(api: Api) -> None:
    rejection = api.get("/me", X_Api_Key="sk_unknown", **COOKIE)
    assert (rejection.status_code, rejection.json()) == (401, INVALID_KEY)
    assert api.sessions.tokens == []


def test_key_of_an_unknown_user_has_no_account(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    assert api.get("/account", **API_KEY).status_code == 200
    assert "api_key_without_user" not in caplog.text
    api.keys.answer = {"apiKey": {"id": "key-1", "userId": "user-1", "enabled": True}}
    assert api.get("/me", **API_KEY).json()["user_id"] == "user-1"
    assert api.get("/account", **API_KEY).status_code == 403
    assert "api_key_without_user: " in caplog.text


def test_request_is_authenticated_once(api: Api) -> None:
    assert api.get("/twice", **BEARER).json() == [ADA, ADA]
    assert api.sessions.tokens == [TOKEN]


@pytest.mark.parametrize("name", ["session", "cookie", "api_key"])
def test_credential_is_not_accepted_as_another(name: str) -> None:
    sessions, keys = RecordedLookup(), RecordedKeys()
    credential: Any = {
        "session": SessionTokens(sessions, secrets=[SECRET]),
        "cookie": SessionCookies(sessions, secrets=[SECRET]),
        "api_key": ApiKeys(keys),
    }[name]
    sent = {"session": BEARER, "cookie": COOKIE, "api_key": {"X-Api-Key": KEY}}
    with HttpClient(build_app(CredentialAuth(credential))) as client:
        for other, headers in {**sent, "jwt": {"Authorization": f"Bearer {make_api_token()}"}}.items():
            expected = 200 if other == name else 401
            assert client.request("GET", "/me", headers=headers).status_code == expected, other
        assert client.request("GET", "/me", headers={"X-Api-Key": SIGNED}).status_code == 401
        assert client.request("GET", "/me", headers={"Authorization": f"Bearer {KEY}"}).status_code == 401


@pytest.mark.parametrize(
    "token",
    [
        sign_session_token(secret="another secret of 32 characters!"),
        SIGNED[:-1],
        SIGNED[:-2] + "A=",
        TOKEN,
        sign_session_token("x" * 32)[:33] + SIGNED[33:],
    ],
)
def test_forged_or_unsigned_token_is_not_looked_up(api: Api, token: str) -> None:
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"better-auth.session_token={token}"}):
        rejection = api.get("/me", **headers)
        assert (rejection.status_code, rejection.json()) == (401, INVALID_SESSION)
    assert api.sessions.tokens == []


def test_good_signature_alone_authenticates_no_user(api: Api) -> None:
    api.sessions.answer = None
    for headers in (BEARER, COOKIE):
        assert (api.get("/me", **headers).status_code, api.get("/optional", **headers).json()) == (401, None)
    assert api.sessions.tokens == [TOKEN] * 4


def test_percent_encoded_signature_is_the_same(api: Api) -> None:
    encoded = SIGNED.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    assert api.get("/me", Authorization=f"Bearer {encoded}").json() == ADA
    assert api.get("/me", Cookie=f"better-auth.session_token={encoded}").json() == ADA


def test_unsigned_token_is_accepted_where_allowed() -> None:
    lookup = RecordedLookup()
    with HttpClient(build_app(CredentialAuth(SessionTokens(lookup, secrets=[SECRET], allow_unsigned=True)))) as client:
        assert client.get("/me", TOKEN).json() == ADA
        assert client.get("/me", sign_session_token(secret="x" * 32)).status_code == 401
    assert lookup.tokens == [TOKEN]


def test_without_secret_the_store_decides() -> None:
    lookup = RecordedLookup()
    with HttpClient(build_app(CredentialAuth(SessionTokens(lookup), SessionCookies(lookup)))) as client:
        token = sign_session_token(secret="unknown to the application")
        assert client.get("/me", token).json() == ADA
        assert client.request("GET", "/me", headers={"Cookie": f"better-auth.session_token={token}"}).json() == ADA
        assert client.get("/me", sign_session_token("another" * 4)).status_code == 401


def test_store_gets_the_token_as_it_was_sent() -> None:
    seen: list[Any] = []

    async def lookup(token: SessionToken) -> None:
        seen.append((str(token), token.raw, token.carrier, token.cookie_name, repr(token)))

    with HttpClient(build_app(CredentialAuth(SessionTokens(lookup), SessionCookies(lookup)))) as client:
        client.get("/me", SIGNED)
        client.request("GET", "/me", headers={"Cookie": f"__Secure-better-auth.session_token={SIGNED}"})
    assert [entry[:4] for entry in seen] == [
        (TOKEN, SIGNED, "bearer", None),
        (TOKEN, SIGNED, "cookie", "__Secure-better-auth.session_token"),
    ]
    assert TOKEN not in seen[0][4]


class OutageError(RuntimeError):
    """An exception of an application's own look-up."""


@pytest.mark.parametrize(
    "answer",
    [
        StoreUnavailableError("the store is away"),
        OutageError(f"no session for {TOKEN}"),
        TimeoutError(TOKEN),
        "nonsense",
        [],
        {"session": 1},
    ],
)
def test_store_that_cannot_answer_is_a_503(api: Api, answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    api.sessions.answer = answer
    for path in ("/me", "/optional", "/role", "/twice", "/session"):
        for headers in (BEARER, COOKIE):
            response = api.get(path, **headers)
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
            assert response.json() == {"detail": "Authentication service unavailable"}
    assert "store_unavailable" in caplog.text
    assert TOKEN not in caplog.text
    if isinstance(answer, OutageError):
        assert "OutageError" in caplog.text


@pytest.mark.parametrize(
    ("path", "session", "user", "status"),
    [
        ("/role", {}, {"role": "user,admin"}, 200),
        ("/role", {}, {"role": "user"}, 403),
        ("/itself", {}, {}, 200),
        ("/itself", {"impersonatedBy": "admin-1"}, {}, 403),
        ("/itself", {"impersonatedBy": True}, {}, 403),
        ("/itself", {"impersonatedBy": " "}, {}, 403),
        ("/itself", {"impersonatedBy": ""}, {}, 200),
        ("/itself", {"impersonatedBy": None}, {}, 200),
        ("/account", {}, {}, 200),
        ("/account", {}, {"isAnonymous": False}, 200),
        ("/account", {}, {"isAnonymous": True}, 403),
        ("/account", {}, {"isAnonymous": 1}, 403),
        ("/account", {}, {"isAnonymous": 0}, 200),
        ("/account", {}, {"isAnonymous": []}, 403),
        ("/account", {}, {"isAnonymous": {}}, 403),
        ("/permission", {}, {}, 403),
        ("/key", {}, {}, 403),
        ("/me", {}, {"banned": True}, 401),
    ],
)
def test_requirements_on_a_session(
    api: Api, path: str, session: dict[str, Any], user: dict[str, Any], status: int
) -> None:
    api.sessions.answer = make_record(session, **user)
    assert api.get(path, **BEARER).status_code == status


def test_requirements_on_an_api_key(api: Api) -> None:
    assert api.get("/permission", **API_KEY).json() == ADA
    assert api.get("/role", **API_KEY).status_code == 403
    assert api.get("/session", **API_KEY).status_code == 403
    assert api.get("/itself", **API_KEY).status_code == 200
    assert api.get("/key", **API_KEY).json()["id"] == "key-1"
    assert api.get("/account", **API_KEY).status_code == 200
    api.keys.answer["user"]["isAnonymous"] = True
    assert api.get("/account", **API_KEY).status_code == 403
    api.keys.answer["apiKey"]["permissions"] = None
    assert api.get("/permission", **API_KEY).status_code == 403


@pytest.mark.parametrize(
    ("claims", "path", "status"),
    [
        ({}, "/session", 403),
        ({}, "/itself", 403),
        ({"sid": " "}, "/itself", 403),
        ({"sid": "session-1"}, "/itself", 200),
        ({"sid": "session-1", "act": {"sub": "admin-1"}}, "/itself", 403),
        ({"sid": "session-1", "act": "admin-1"}, "/itself", 403),
        ({"sid": "session-1", "act": {}}, "/itself", 403),
        ({"sid": "session-1", "org": "org-1"}, "/session", 200),
        ({"sid": "session-1", "client_id": "app", "azp": "app"}, "/itself", 403),
        ({"sid": "session-1", "client_id": "app", "act": None}, "/itself", 200),
        ({"sid": "session-1", "client_id": "app", "act": {"sub": "admin-1"}}, "/itself", 403),
        ({"isAnonymous": True}, "/account", 403),
        ({"isAnonymous": []}, "/account", 403),
        ({}, "/account", 200),
    ],
)
def test_requirements_on_a_jwt(
    api: Api, claims: dict[str, Any], path: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    token = make_api_token(**claims)
    assert api.get(path, Authorization=f"Bearer {token}").status_code == status
    assert ("session_claims_missing" in caplog.text) == (
        status == 403 and claims.get("sid", " ") == " " and path != "/account"
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://app.test"}, 200),
        ({"Origin": "https://front.example"}, 200),
        ({"Origin": "https://front.example", "Sec_Fetch_Site": "cross-site"}, 200),
        ({"Origin": "http://app.test", "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "none"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_page_of_another_origin_cannot_change_anything(
    api: Api, method: str, headers: Mapping[str, str], status: int
) -> None:
    assert api.send(method, "/me", **COOKIE, **headers).status_code == status
    for other in (BEARER, API_KEY):  # a page of another origin cannot send them
        assert api.send(method, "/me", **other, **headers).status_code == 200
    for safe in ("GET", "HEAD", "OPTIONS"):
        assert api.send(safe, "/me", **COOKIE, **headers).status_code == 200


def test_page_of_another_origin_is_not_a_guest(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    rejection = api.send("POST", "/optional", **COOKIE, Origin="https://evil.example")
    assert (rejection.status_code, rejection.json()) == (403, {"detail": "Cross-origin request rejected"})
    assert api.send("POST", "/optional", Origin="https://evil.example").json() is None
    assert "cross_origin_request" in caplog.text


class Member(BaseModel):
    user_id: str
    tenant: str | None = None


class OpenMember(BaseModel):
    model_config = ConfigDict(extra="allow")
    user_id: str


class StructMember(Struct):
    user_id: str
    tenant: str | None = None


@pytest.mark.parametrize("model", [Member, OpenMember, StructMember])
def test_user_model_names_the_hidden_fields(model: type[Any]) -> None:
    lookup = RecordedLookup(make_record(tenant="acme", hidden="s3cret"))
    auth = CredentialAuth(SessionTokens(lookup), user_model=model)
    app = FastAPI()

    @app.get("/attributes")
    async def attributes(user: Annotated[Any, Depends(auth.current_user)]) -> dict[str, Any]:
        return {name: getattr(user, name, None) for name in ("user_id", "tenant", "hidden")}

    with HttpClient(app) as client:
        tenant = None if model is OpenMember else "acme"
        assert client.get("/attributes", SIGNED).json() == {"user_id": "user-1", "tenant": tenant, "hidden": None}


def test_hints_name_the_credential_and_nothing_of_it(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    only_cookies = CookieAuth(SessionCookies(RecordedLookup(), secrets=[SECRET]))
    sent = {
        "session_token_not_accepted": SIGNED,
        "jwt_not_accepted": make_api_token(),
        "api_key_as_bearer": KEY,
        "credential_not_accepted": "something",
    }
    with HttpClient(build_app(only_cookies)) as client:
        for token in sent.values():
            assert client.get("/me", token).status_code == 401
    assert api.get("/me", Authorization=f"Bearer {TOKEN}").status_code == 401
    assert api.get("/me", Authorization=f"Bearer {sign_session_token(secret='x' * 32)}").status_code == 401
    codes = [record.message.partition(":")[0] for record in caplog.records if record.levelno == logging.WARNING]
    assert codes == [*sent, "unsigned_session_token", "bad_session_signature"]
    assert not any(secret in caplog.text for secret in (TOKEN, KEY, SECRET, SIGNED, *sent.values()) if len(secret) > 9)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (COOKIE, "session_cookie_not_accepted"),
        ({"Cookie": f"theme=dark; __Secure-better-auth.session_token={SIGNED}"}, "session_cookie_not_accepted"),
        ({"X-Api-Key": KEY}, "api_key_not_accepted"),
        ({"Authorization": SIGNED}, "authorization_scheme"),
        ({"Authorization": f"Token {SIGNED}", **COOKIE}, "authorization_scheme"),
        ([("Authorization", f"Bearer {SIGNED}"), ("Authorization", "Bearer a")], "authorization_scheme"),
        ({"Authorization": "Bearer"}, "empty_token"),
        ({"Authorization": "bearer  "}, "empty_token"),
        ({"Authorization": "Bearer", **COOKIE}, "session_cookie_not_accepted"),
        ({"Authorization": ""}, None),
        ({"Cookie": "theme=session_token"}, None),
        ({}, None),
    ],
)
def test_credential_in_another_place_has_a_hint(
    headers: dict[str, str] | list[tuple[str, str]], code: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    for auth in (CredentialAuth(SessionTokens(RecordedLookup())), BearerAuth(VERIFIER)):
        caplog.clear()
        app = FastAPI()

        @app.get("/me")
        async def me(user: Annotated[Any, Depends(auth.current_user)]) -> Any:
            return user

        forget_logged_hints()
        with HttpClient(app) as client:
            assert client.request("GET", "/me", headers=headers).json() == {"detail": "Not authenticated"}
        assert [record.message.partition(":")[0] for record in caplog.records] == ([] if code is None else [code])
        assert SIGNED not in caplog.text
        assert KEY not in caplog.text


@pytest.mark.parametrize("name", ["shop.session_token", "__Secure-shop.session_token", "better-auth.session_token"])
@pytest.mark.parametrize("value", [SIGNED, ""])
def test_session_cookie_of_another_prefix_has_a_hint(
    api: Api, caplog: pytest.LogCaptureFixture, name: str, value: str
) -> None:
    status = api.get("/me", Cookie=f"{name}={value}").status_code
    is_read = name.startswith("better-auth") and bool(value)
    assert status == (200 if is_read else 401)
    codes = [record.message.partition(":")[0] for record in caplog.records]
    assert codes == ([] if not value or is_read else ["session_cookie_of_another_name"])
    assert SIGNED not in caplog.text
    assert "shop" not in caplog.text


def test_credential_that_is_accepted_has_the_hint_of_the_empty_token_beside_it(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    for headers in (COOKIE, API_KEY):
        assert api.get("/me", Authorization="Bearer", **headers).json() == {"detail": "Not authenticated"}
    assert [record.message.partition(":")[0] for record in caplog.records] == ["empty_token"]


def test_session_token_is_copied_and_not_pickled() -> None:
    token = SessionToken(TOKEN, raw=SIGNED, carrier="cookie", cookie_name="better-auth.session_token")
    for copied in (copy.copy(token), copy.deepcopy({"token": token})["token"]):
        assert copied is token
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="must not be pickled"):
            pickle.dumps(token, protocol)


def test_openapi_document_has_one_scheme_for_each_place(api: Api) -> None:
    document = api.app.openapi()
    assert {name: scheme["type"] for name, scheme in document["components"]["securitySchemes"].items()} == {
        "HTTPBearer": "http",
        "APIKeyCookie": "apiKey",
        "APIKeyHeader": "apiKey",
    }
    schemes: list[Any] = [{"HTTPBearer": []}, {"APIKeyCookie": []}, {"APIKeyHeader": []}]
    assert document["paths"]["/session"]["get"]["security"] == document["paths"]["/role"]["get"]["security"] == schemes
    assert not any(
        parameter for route in document["paths"].values() for parameter in route["get"].get("parameters", [])
    )


def test_override_replaces_a_dependency(api: Api) -> None:
    grace = CurrentUser(user_id="grace")
    api.app.dependency_overrides[api.auth.current_user] = lambda: grace
    assert api.get("/me").json()["user_id"] == "grace"
    api.app.dependency_overrides = {api.auth.current_claims: lambda: {"sub": "grace", "role": "admin"}}
    assert api.get("/role").json()["user_id"] == "grace"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (CredentialAuth, "credentials must be"),
        (lambda: CredentialAuth(JWT, JWT), "credentials must be"),
        (SessionCookies, "lookup or strategy must be given"),
        (lambda: SessionTokens(RecordedLookup(), secrets=[DEVELOPMENT_SECRET]), "default secret"),
        (lambda: SessionCookies(strategy="jwe", secrets=[SECRET], old_secrets=[DEVELOPMENT_SECRET]), "default secret"),
        (lambda: SessionCookies(strategy="jwe"), "secrets must have"),
        (lambda: SessionCookies(strategy="jwks", secrets=[SECRET]), "verifier must be given"),
        (lambda: SessionCookies(RecordedLookup(), trusted_origins=["front"]), "must be"),
        (lambda: ApiKeys(RecordedKeys(), header="Authorization"), "header must be"),
        (lambda: ApiKeys(RemoteApiKeys(URL), config_ids=["admin-keys"]), "config_ids must be None"),
        (lambda: ApiKeys(RecordedKeys(), header="x api key"), "header must be"),
        (lambda: ApiKeys(RecordedKeys(), header=""), "header must be"),
        (lambda: ApiKeys(RecordedKeys(), header="x-schl\u00fcssel"), "header must be"),
        (lambda: ApiKeys(RecordedKeys(), header="Host"), "header must be"),
    ],
)
def test_invalid_configuration_is_refused(build: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize(
    "build",
    [
        partial(SessionTokens, URL),
        partial(SessionCookies, URL),
        partial(ApiKeys, URL),
        partial(ApiKeys, RecordedKeys(), organization_config_ids="org-keys"),
        partial(SessionTokens, RecordedLookup(), secrets=SECRET),
        partial(SessionCookies, RecordedLookup(), secrets=SECRET),
        partial(SessionCookies, strategy="compact", secrets=SECRET),
        partial(SessionCookies, strategy="jwe", secrets=[SECRET], old_secrets=SECRET),
        partial(SessionTokens, RecordedLookup(), revocations=URL),
        partial(SessionTokens, RecordedLookup(), revocations=NOT_A_LIST),
        partial(SessionCookies, RecordedLookup(), revocations=NOT_A_LIST),
        partial(JwtCredentials, URL),
        partial(CredentialAuth, JWT, user_model=NOT_A_MODEL),
        lambda: CredentialAuth(SessionTokens(RecordedLookup())).require_organization_role("owner"),
        lambda: CredentialAuth(SessionTokens(RecordedLookup())).verify_token("token"),
    ],
)
def test_argument_of_another_type_is_refused(build: Any) -> None:
    with pytest.raises(TypeError, match=r"must|requires"):
        build()


class Organizations(RecordedLookup):
    """A store that knows the members of an organization."""

    def __init__(self) -> None:
        super().__init__(make_record({"activeOrganizationId": "org-1"}))
        self.roles: Any = ["member", "owner"]

    async def find_organization_roles(self, token: str, user_id: str, organization_id: str) -> list[str]:
        assert (token, user_id, organization_id) == (TOKEN, "user-1", "org-1")
        if isinstance(self.roles, BaseException):
            raise self.roles
        return self.roles  # type: ignore[no-any-return]  # also nonsense


@pytest.mark.parametrize(
    ("roles", "session", "status"),
    [
        (["owner"], {}, 200),
        (["member", "admin"], {}, 200),
        (["member"], {}, 403),
        ([], {}, 403),
        (["owner"], {"activeOrganizationId": None}, 403),
        (StoreUnavailableError("away"), {}, 503),
        (OutageError("away"), {}, 503),
        ("owner", {}, 503),
        (None, {}, 503),
        ({"owner": True}, {}, 503),
        ([["owner"], None], {}, 403),
    ],
)
def test_organization_role_is_asked_for_at_each_request(roles: Any, session: dict[str, Any], status: int) -> None:
    store = Organizations()
    store.roles = roles
    store.answer["session"].update(session)
    auth = CredentialAuth(JWT, SessionTokens(store, secrets=[SECRET]))
    app = FastAPI()

    @app.get("/billing")
    async def billing(user: Annotated[CurrentUser, Depends(auth.require_organization_role("owner", "admin"))]) -> Any:
        return user

    with HttpClient(app) as client:
        assert client.get("/billing", SIGNED).status_code == status
        for org, expected in (({"id": "org-1", "role": "owner"}, 200), ("org-1", 403), ({"role": "owner"}, 403)):
            token = make_api_token(sid="session-1", org=org)
            assert client.get("/billing", token).status_code == expected


class SessionModel(BaseModel):
    """A user model for JWTs of `definePayload`, whose `sid` is the id of the session."""

    id: str
    sid: str | None = None


def test_cookie_of_a_jwk_set_gives_the_user_and_not_the_token() -> None:
    keys = TokenIssuer(BASE_URL)
    issuer = SessionCookieIssuer(SECRET, token_issuer=keys)
    verifier = session_cookie_verifier(BASE_URL, keys=keys.jwk_set)
    auth = CookieAuth(
        SessionCookies(strategy="jwks", verifier=verifier, secrets=[SECRET], version="2"), user_model=SessionModel
    )
    with HttpClient(build_app(auth)) as client:
        for version, status in (("2", 200), ("1", 401), ("", 401)):
            cookies = issuer.cookies(user={"id": "user-1"}, strategy="jwks", version=version)
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            response = client.request("GET", "/me", headers=headers)
            assert response.status_code == status
            assert status == 401 or response.json() == {"id": "user-1", "sid": None}


class UnprintableError(Exception):
    """Raised by the id of an application's own class."""


class Unprintable:
    def __str__(self) -> str:
        raise UnprintableError


@pytest.mark.parametrize("session_id", [Unprintable(), 10**5_000], ids=["object", "integer"])
def test_value_that_cannot_be_validated_is_a_503(api: Api, session_id: Any, caplog: pytest.LogCaptureFixture) -> None:
    api.sessions.answer = make_record({"id": session_id})
    assert api.get("/me", **BEARER).status_code == 503
    assert "store_failed" in caplog.text
    api.keys.answer["apiKey"]["id"] = session_id
    assert api.get("/me", **API_KEY).status_code == 503


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), "3", None, -1])
def test_time_to_wait_that_is_no_number_is_a_second(api: Api, seconds: Any) -> None:
    error = StoreUnavailableError("away")
    error.retry_after_seconds = seconds
    api.sessions.answer = error
    response = api.get("/me", **BEARER)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")


def test_revoked_session_is_rejected_without_a_look_up_too() -> None:
    revocations, issuer = RevocationList(), SessionCookieIssuer(SECRET)
    auth = CredentialAuth(
        SessionTokens(RecordedLookup(), secrets=[SECRET], revocations=revocations),
        SessionCookies(secrets=[SECRET], strategy="jwe", revocations=revocations),
    )
    cookies = issuer.cookies(
        user={"id": "user-1"}, session={"id": "session-2", "createdAt": "1969-01-01T00:00:00Z"}, strategy="jwe"
    )
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    with HttpClient(build_app(auth)) as client:
        for headers, session_id in ((BEARER, "session-1"), (cookie, "session-2")):
            assert client.request("GET", "/me", headers=headers).status_code == 200
            revocations.revoke_session(session_id)
            rejection = client.request("GET", "/me", headers=headers)
            assert (rejection.status_code, rejection.json()) == (401, INVALID_SESSION)


def test_environment_takes_a_list_of_revocations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    revocations = RevocationList()
    for credentials, auth_class in (("jwt", BearerAuth), ("jwt,session", CredentialAuth)):
        environment = {"BETTER_AUTH_SECRET": SECRET, "JWT_CREDENTIALS": credentials, "BETTER_AUTH_SESSION_STORE": URL}
        set_environment(monkeypatch, tmp_path, environment)
        auth: Any = auth_class.from_environment(revocations=revocations)
        token = sign_token({"sub": "user-1", "sid": credentials, "exp": 4_000_000_000}, SECRET, algorithm="HS256")
        assert auth.verify_token(token).sub == "user-1"
        revocations.revoke_session(credentials)
        with pytest.raises(HTTPException, match="revoked"):
            auth.verify_token(token)


@pytest.mark.parametrize("build", [SessionTokens, SessionCookies])
def test_secret_that_can_be_guessed_is_warned_of(build: Any) -> None:
    with pytest.warns(ConfigurationWarning, match="secrets must have at least 32 bytes"):
        build(RecordedLookup(), secrets=[SECRET, "x" * 31])
    build(RecordedLookup(), secrets=[SECRET, "x" * 32])
