"""FastAPI's `Security(…, scopes=[…])`: each dependency requires the scopes as `require_scope` does."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import starlette
from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.security import SecurityScopes
from starlette.websockets import WebSocket

from fastjose import Verifier
from fastjose._fastapi.responses import supports_denial_response
from fastjose.better_auth import api_verifier
from fastjose.fastapi import ApiKeys, BearerAuth, CredentialAuth, JwtCredentials, SessionTokens
from support.better_auth.sessions import SECRET, RecordedLookup, make_record, sign_session_token
from support.clients.asgi_client import Answer, close_websocket, open_websocket, send_request
from support.environment.fresh_import import SECRET as ENVIRONMENT_SECRET
from support.environment.fresh_import import load_auth
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token, sign_claims

pytestmark = pytest.mark.http

VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)
METADATA = "https://api.example.com/.well-known/oauth-protected-resource"


async def find_no_key(_: str) -> None:
    return None


def create_bearer_auth(**options: Any) -> BearerAuth[Any]:
    return BearerAuth(VERIFIER, **options)


def create_credential_auth(**options: Any) -> CredentialAuth[Any]:
    return CredentialAuth(JwtCredentials(VERIFIER), ApiKeys(find_no_key), **options)


AUTHS: dict[str, Callable[..., Any]] = {
    "BearerAuth": create_bearer_auth,
    "BearerAuth, several issuers": lambda **options: BearerAuth([VERIFIER], **options),
    "CredentialAuth": create_credential_auth,
}
NAMES = [
    *("current_user", "current_user_optional", "user_id", "current_claims", "current_session"),
    *("forbid_impersonation", "require_not_anonymous", "oauth2_scheme", "oauth2_scheme_optional", "get_user_id"),
]
SCOPES = ["tasks:read", "tasks:write"]
SESSION = {"sid": "session-1", "act": None}
TOKENS: dict[str, Callable[[], str | None]] = {
    "every scope": lambda: make_api_token(**SESSION, scope="tasks:write openid tasks:read"),
    "every scope, as a list": lambda: make_api_token(**SESSION, scp=SCOPES),
    "one scope": lambda: make_api_token(**SESSION, scope="tasks:read"),
    "no scope": lambda: make_api_token(**SESSION),
    "another case": lambda: make_api_token(**SESSION, scope="TASKS:READ TASKS:WRITE"),
    "expired": lambda: make_api_token(**SESSION, scope=" ".join(SCOPES), exp=1),
    "forged": lambda: make_api_token(**SESSION, scope=" ".join(SCOPES))[:-20] + "A" * 20,
    "garbage": lambda: "garbage",
    "missing": lambda: None,
}


def build_app(dependency: Any, depends: Callable[..., Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def read(_: Annotated[Any, depends(dependency)]) -> str:
        return "in"

    return app


def security(dependency: Any) -> Any:
    return Security(dependency, scopes=SCOPES)


def ask(app: FastAPI, token: str | None) -> Answer:
    return send_request(app, "/", [] if token is None else [(b"authorization", f"Bearer {token}".encode())])


def require_scope_instead(auth: Any, token: str | None) -> Answer:
    return ask(build_app(auth.require_scope(*SCOPES), Depends), token)


@pytest.mark.parametrize("create", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("token", TOKENS)
def test_scopes_are_required_as_by_require_scope(create: Callable[..., Any], name: str, token: str) -> None:
    auth, sent = create(resource_metadata=METADATA), TOKENS[token]()
    dependency = getattr(auth, name)
    expected = require_scope_instead(auth, sent)
    statuses = {"every": 200, "one": 403, "no": 403, "another": 403}
    assert expected.status == statuses.get(token.split(maxsplit=1)[0], 401)
    for each in (dependency, getattr(dependency, "function", dependency)):
        answer = ask(build_app(each, security), sent)
        assert (answer.status, answer.headers.get("www-authenticate")) == (
            expected.status,
            expected.headers.get("www-authenticate"),
        )
        assert answer.status == 200 or answer.body == expected.body


def test_refusal_names_the_scopes() -> None:
    for create in AUTHS.values():
        answer = ask(build_app(create().current_user, security), make_api_token())
        assert answer.json() == {"detail": "Not authorized to access this resource"}
        assert answer.headers["www-authenticate"] == (
            'Bearer error="insufficient_scope", scope="tasks:read tasks:write"'
        )


def list_uses(dependency: Any) -> Iterator[FastAPI]:
    """Yield an application for each way in which a route is given scopes."""
    app = FastAPI()

    @app.get("/", dependencies=[security(dependency)])
    async def of_route() -> None: ...

    yield app
    app = FastAPI(dependencies=[security(dependency)])

    @app.get("/")
    async def of_application() -> None: ...

    yield app
    app, router = FastAPI(), APIRouter(dependencies=[security(dependency)])

    @router.get("/")
    async def of_router(_: Annotated[Any, Depends(dependency)]) -> None: ...

    app.include_router(router)
    yield app
    app = FastAPI()

    @app.get("/")
    async def of_default_value(_: Any = security(dependency)) -> None: ...  # noqa: B008 - the case under test

    yield app
    app = FastAPI()

    async def of_application_dependency(_: Annotated[Any, Depends(dependency)]) -> None: ...

    @app.get("/", dependencies=[security(of_application_dependency)])
    async def through_another() -> None: ...

    yield app
    app = FastAPI()

    async def inner(_: Annotated[Any, Security(dependency, scopes=SCOPES[:1])]) -> None: ...

    @app.get("/", dependencies=[Security(inner, scopes=SCOPES[1:])])
    async def of_both() -> None: ...

    yield app
    app = FastAPI()

    @app.get("/")
    async def beside_one_without(
        _: Annotated[Any, Depends(dependency)],
        _scoped: Annotated[Any, security(dependency)],
        _too: Annotated[Any, Depends(dependency)],
    ) -> None: ...

    yield app


@pytest.mark.parametrize("create", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("name", ["current_user", "current_claims", "oauth2_scheme", "user_id"])
def test_scopes_are_required_wherever_they_are_written(create: Callable[..., Any], name: str) -> None:
    auth = create()
    uses = list(list_uses(getattr(auth, name)))
    assert [ask(app, make_api_token(scope="tasks:read")).status for app in uses] == [403] * len(uses)
    assert [ask(app, make_api_token(scope=" ".join(SCOPES))).status for app in uses] == [200] * len(uses)


@pytest.mark.parametrize("create", AUTHS.values(), ids=AUTHS)
def test_no_scopes_require_none(create: Callable[..., Any]) -> None:
    assert ask(build_app(create().current_user, lambda one: Security(one, scopes=[])), make_api_token()).status == 200
    optional = build_app(create().current_user_optional, Security)
    assert ask(optional, None).status == 200


@pytest.mark.parametrize("create", AUTHS.values(), ids=AUTHS)
def test_scopes_are_read_where_the_application_says(create: Callable[..., Any]) -> None:
    auth = create(scopes="grants")
    app = build_app(auth.current_user, security)
    assert ask(app, make_api_token(scope=" ".join(SCOPES))).status == 403
    assert ask(app, make_api_token(grants=SCOPES)).status == 200


@pytest.mark.parametrize("create", AUTHS.values(), ids=AUTHS)
def test_websocket_is_refused_before_it_is_accepted(create: Callable[..., Any]) -> None:
    app, auth = FastAPI(), create()

    @app.websocket("/")
    async def accept(websocket: WebSocket, _: Annotated[Any, security(auth.current_user)]) -> None:
        await websocket.accept()
        await websocket.send_text("in")

    for scope, status, code in (("tasks:read", 403, 1008), (" ".join(SCOPES), 101, None)):
        header = (b"authorization", f"Bearer {make_api_token(scope=scope)}".encode())
        assert close_websocket(app, "/", [header]) == code
        if supports_denial_response(starlette.__version__):
            assert open_websocket(app, "/", [header]).status == status


def test_credential_is_looked_up_once_whatever_scopes_are_required() -> None:
    sessions = RecordedLookup(make_record(scope=" ".join(SCOPES)))
    auth = CredentialAuth(SessionTokens(sessions, secrets=[SECRET]), scopes="scope")
    app = FastAPI()

    @app.get("/")
    async def read(
        _plain: Annotated[Any, Depends(auth.current_user)],
        _one: Annotated[Any, Security(auth.current_user, scopes=SCOPES[:1])],
        _other: Annotated[Any, Security(auth.current_session, scopes=SCOPES[1:])],
    ) -> None: ...

    assert ask(app, sign_session_token()).status == 200
    assert len(sessions.tokens) == 1
    sessions.answer = None
    assert ask(app, sign_session_token()).status == 401
    assert len(sessions.tokens) == 2


def test_two_auths_of_one_request_keep_their_own_results() -> None:
    one, other = (CredentialAuth(SessionTokens(RecordedLookup(answer), secrets=[SECRET])) for answer in (..., None))
    for dependencies in ([one, other], [other, one]):
        app = FastAPI(dependencies=[Depends(each.current_user) for each in dependencies])
        app.get("/")(lambda: None)
        assert ask(app, sign_session_token()).status == 401


def test_token_is_verified_once_whatever_scopes_are_required() -> None:
    checked: list[Any] = []

    def accept(claims: dict[str, Any]) -> bool:
        checked.append(claims)
        return True

    auth = BearerAuth(VERIFIER, accept=accept)
    app = FastAPI()

    @app.get("/")
    async def read(
        _plain: Annotated[Any, Depends(auth.current_user)],
        _one: Annotated[Any, Security(auth.current_user, scopes=SCOPES[:1])],
        _other: Annotated[Any, Security(auth.current_claims, scopes=SCOPES[1:])],
    ) -> None: ...

    assert ask(app, make_api_token(scope=" ".join(SCOPES))).status == 200
    assert len(checked) == 1


def test_scopes_of_the_environment_are_required(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=ENVIRONMENT_SECRET)
    names = ["get_current_user", "get_current_user_optional", "get_user_id", "current_claims", "oauth2_scheme"]
    claims = {"sub": "ada", "exp": 9_999_999_999}
    for name in names:
        app = build_app(getattr(auth, name), security)
        for scope, status in (("tasks:read", 403), (" ".join(SCOPES), 200)):
            token = sign_claims({**claims, "scope": scope}, algorithm="HS256", key=ENVIRONMENT_SECRET)
            assert ask(app, token).status == status, name


def test_application_that_reads_the_scopes_itself_has_the_token() -> None:
    auth, seen = create_bearer_auth(), []

    async def find_user(required: SecurityScopes, token: Annotated[str, Depends(auth.oauth2_scheme)]) -> str:
        seen.append(required.scopes)
        return auth.verify_token(token).sub

    app = build_app(find_user, security)
    assert ask(app, make_api_token(scope="tasks:read")).status == 403
    assert ask(app, make_api_token(scope=" ".join(SCOPES))).status == 200
    assert seen == [SCOPES]


def test_override_replaces_the_scopes_too() -> None:
    auth = create_bearer_auth()
    app = build_app(auth.current_user, security)
    app.dependency_overrides[auth.current_claims] = lambda: {"sub": "ada", "scope": " ".join(SCOPES)}
    assert ask(app, make_api_token()).status == 200
    app.dependency_overrides = {auth.current_user: lambda: "ada"}
    assert ask(app, None).status == 200


def test_invalid_scope_lets_no_one_in() -> None:
    for create in AUTHS.values():
        app = build_app(create().current_user, lambda one: Security(one, scopes=['a"b']))
        with pytest.raises(ValueError, match="a scope must be printable ASCII"):
            ask(app, make_api_token(scope='a"b'))


def test_openapi_document_names_the_scopes() -> None:
    auth = create_bearer_auth(token_url="/token")
    for dependency in (auth.oauth2_scheme, auth.current_user.function):
        document = build_app(dependency, security).openapi()
        assert document["paths"]["/"]["get"]["security"] == [{"OAuth2PasswordBearer": SCOPES}]


def test_call_of_a_program_requires_no_scopes() -> None:
    auth = BearerAuth(Verifier(ENVIRONMENT_SECRET, algorithms="HS256"))
    parameters = inspect.signature(auth.current_user).parameters
    assert [*parameters] == ["connection", "security_scopes"]
    assert parameters["security_scopes"].annotation is SecurityScopes
