"""What a backend is built from: `BearerAuth`, `CredentialAuth`, the environment; cookies and their origin."""

# FastAPI reads annotations here, which name local variables: so no `annotations` import.

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel
from starlette.authentication import requires
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import Request

from fastjose import Verifier, sign_token
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, JwtCredentials, SessionCookies, SessionTokens
from fastjose.revocation import RevocationList
from fastjose.starlette import JwtAuthenticationBackend
from support.applications.starlette_app import create_app
from support.better_auth.sessions import SECRET as SESSION_SECRET
from support.better_auth.sessions import RecordedLookup, sign_session_token
from support.clients.asgi_client import open_websocket, send_request
from support.environment.fresh_import import SECRET, set_environment

pytestmark = pytest.mark.http

VERIFIER = Verifier(SECRET, algorithms=["HS256"])
COOKIE = (b"cookie", b"better-auth.session_token=" + sign_session_token().encode())
OTHER_PAGE = [(b"origin", b"https://evil.example"), (b"sec-fetch-site", b"cross-site")]


class Account(BaseModel):
    user_id: str
    plan: str


def make_token(**claims: Any) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 86_400, **claims}, SECRET, algorithm="HS256")


def bearer(token: str) -> tuple[bytes, bytes]:
    return (b"authorization", f"Bearer {token}".encode())


# --- BearerAuth ---


def test_bearer_auth_gives_its_model_grants_and_id() -> None:
    auth = BearerAuth(VERIFIER, user_model=Account, roles="may")
    app = create_app(JwtAuthenticationBackend(auth))
    answer = send_request(app, "/admin", [bearer(make_token(plan="gold", may=["admin"]))])
    assert (answer.status, answer.json()["user_id"]) == (200, "user-1")
    rejected = send_request(app, "/", [bearer(make_token())])
    assert rejected.status == 401
    assert "plan" in rejected.json()["detail"]


def test_request_of_fastapi_verifies_its_token_once_for_middleware_and_dependencies() -> None:
    calls: list[str] = []

    def accept(claims: dict[str, Any]) -> bool:
        calls.append(claims["sub"])
        return True

    auth = BearerAuth(VERIFIER, accept=accept)
    app = FastAPI(middleware=[JwtAuthenticationBackend(auth).middleware()])

    @app.get("/me")
    @requires("authenticated")
    async def me(request: Request, user: Annotated[CurrentUser, Depends(auth.current_user)]) -> dict[str, Any]:
        assert request.user.model == user
        return {"ids": [request.user.user_id, user.user_id]}

    assert send_request(app, "/me", [bearer(make_token())]).json() == {"ids": ["user-1", "user-1"]}
    assert calls == ["user-1"]
    assert send_request(app, "/me").status == 401


def test_places_of_bearer_auth_are_those_of_the_backend() -> None:
    scheme: list[Any] = [HTTPBearer(), APIKeyCookie(name="token")]
    app = create_app(JwtAuthenticationBackend(BearerAuth(VERIFIER, scheme=scheme)))
    check_cookie(app)


def test_header_and_cookie_by_name() -> None:
    check_cookie(create_app(JwtAuthenticationBackend(VERIFIER, token_cookie="token")))
    app = create_app(JwtAuthenticationBackend(VERIFIER, token_header="X-Access-Token"))
    assert send_request(app, "/me", [(b"x-access-token", make_token().encode())]).status == 200
    assert send_request(app, "/me", [(b"x-access-token", b"x")] * 2).status == 401
    assert send_request(app, "/", [bearer(make_token())]).json()["authenticated"] is False


def check_cookie(app: Any) -> None:
    cookie = (b"cookie", f"token={make_token()}".encode())
    assert send_request(app, "/", [cookie], method="POST").json()["authenticated"]
    answer = send_request(app, "/", [cookie, *OTHER_PAGE], method="POST")
    assert (answer.status, answer.json()) == (403, {"detail": "Cross-origin request rejected"})
    assert send_request(app, "/", [bearer("x"), cookie]).status == 401  # no other place is tried behind it
    assert send_request(app, "/", [(b"cookie", b"token=")]).status == 401
    assert open_websocket(app, "/events", [cookie, *OTHER_PAGE]).status == 403


@pytest.mark.parametrize(
    ("error", "status"), [(HTTPException(418, "tea"), 418), (WebSocketException(1008, "no"), 403), (KeyError("k"), 401)]
)
def test_error_of_an_application_scheme_is_a_refusal(error: Exception, status: int) -> None:
    def scheme(_: Any) -> str:
        raise error

    app = create_app(JwtAuthenticationBackend(BearerAuth(VERIFIER, scheme=scheme)))
    assert send_request(app, "/").status == status


@pytest.mark.parametrize(
    "options",
    [{"roles": "r"}, {"user_id_claim": None}, {"token_cookie": "c"}, {"accept": bool}, {"trusted_origins": ["o"]}],
)
def test_arguments_beside_bearer_auth_are_refused(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(TypeError, match=f"{name} must be given to BearerAuth itself"):
        JwtAuthenticationBackend(BearerAuth(VERIFIER), **options)


# --- CredentialAuth ---


def create_credential_app(lookup: RecordedLookup, **options: Any) -> Any:
    auth = CredentialAuth(
        JwtCredentials(VERIFIER),
        SessionTokens(lookup, secrets=[SESSION_SECRET]),
        SessionCookies(lookup, secrets=[SESSION_SECRET], trusted_origins=["https://front.example"]),
    )
    return create_app(JwtAuthenticationBackend(auth, **options))


def test_credential_auth_accepts_each_kind() -> None:
    app = create_credential_app(RecordedLookup())
    for header in (bearer(make_token()), bearer(sign_session_token()), COOKIE):
        assert send_request(app, "/me", [header]).json()["user_id"] == "user-1"
    assert send_request(app, "/").json()["authenticated"] is False


def test_cookie_is_under_the_rule_of_origins() -> None:
    app = create_credential_app(RecordedLookup())
    assert send_request(app, "/", [COOKIE, (b"origin", b"https://front.example")], method="POST").status == 200
    for optional in (False, True):
        app = create_credential_app(RecordedLookup(), optional=optional)
        assert send_request(app, "/", [COOKIE, *OTHER_PAGE], method="POST").status == 403


def test_rejected_credentials_have_the_responses_of_fastapi() -> None:
    app = create_credential_app(RecordedLookup(None))
    answer = send_request(app, "/", [bearer(sign_session_token())])
    assert (answer.status, answer.json()) == (401, {"detail": "Invalid session"})
    assert answer.headers["www-authenticate"] == "Bearer"
    for values in ([b"Bearer"], [b"Bearer "], [b"Bearer x", b"Bearer x"]):
        assert send_request(app, "/", [(b"authorization", value) for value in values]).status == 401
    failing = create_credential_app(RecordedLookup(OSError("s3cret")), optional=True)
    answer = send_request(failing, "/", [COOKIE])
    assert (answer.status, answer.json()) == (503, {"detail": "Authentication service unavailable"})


# --- The environment ---


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({}, lambda: bearer(make_token(may=["admin"]))),
        ({"JWT_TOKEN_HEADER": "X-Token"}, lambda: (b"x-token", make_token(may=["admin"]).encode())),
        ({"JWT_TOKEN_COOKIE": "t"}, lambda: (b"cookie", b"t=" + make_token(may=["admin"]).encode())),
        ({"JWT_CREDENTIALS": "jwt,auth_js", "AUTH_SECRET": "a" * 40}, lambda: bearer(make_token(may=["admin"]))),
    ],
)
def test_environment_is_that_of_fastjose_auth(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    environment: dict[str, str],
    header: Callable[[], tuple[bytes, bytes]],
) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET, "JWT_ROLES_CLAIM": "may", **environment})
    app = create_app(JwtAuthenticationBackend.from_environment())
    answer = send_request(app, "/admin", [header()])
    assert (answer.status, answer.json()["user_id"]) == (200, "user-1")
    assert send_request(app, "/admin").status == 403
    assert send_request(create_app(JwtAuthenticationBackend.from_environment()), "/", [bearer("x")]).status in {
        200,
        401,
    }


@pytest.mark.parametrize(("options", "status"), [({}, 401), ({"optional": False}, 401), ({"optional": True}, 200)])
def test_rejected_token_is_a_guest_only_if_the_credential_is_optional(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, Any], status: int
) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET})
    for backend in (
        JwtAuthenticationBackend.from_environment(**options),
        JwtAuthenticationBackend(VERIFIER, **options),
    ):
        app = create_app(backend)
        assert send_request(app, "/", [bearer(make_token())]).json()["authenticated"] is True
        answer = send_request(app, "/", [bearer("not a token")])
        assert answer.status == status
        assert answer.json().get("authenticated", False) is False


def test_revoked_token_is_rejected_by_the_backend_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET})
    revocations = RevocationList()
    app = create_app(JwtAuthenticationBackend.from_environment(revocations=revocations))
    token = bearer(make_token(jti="token-1"))
    assert send_request(app, "/", [token]).status == 200
    revocations.revoke_token("token-1")
    assert send_request(app, "/", [token]).status == 401


def test_single_trusted_origin_may_be_text() -> None:
    cookie = (b"cookie", f"token={make_token()}".encode())
    for origins in ("https://front.example", ["https://front.example"]):
        app = create_app(JwtAuthenticationBackend(VERIFIER, token_cookie="token", trusted_origins=origins))
        for origin, status in ((b"https://front.example", 200), (b"https://evil.example", 403)):
            headers = [cookie, (b"origin", origin), (b"sec-fetch-site", b"cross-site")]
            assert send_request(app, "/", headers, method="POST").status == status


def test_wrong_environment_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": "short"})
    with pytest.raises(ValueError, match="BETTER_AUTH_SECRET"):
        JwtAuthenticationBackend.from_environment()
