"""WebSockets of an application that accepts several kinds of credential: which are closed before they are accepted."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.routing import APIWebSocketRoute

from fastjose.better_auth import api_verifier
from fastjose.exceptions import StoreUnavailableError
from fastjose.fastapi import CredentialAuth, JwtCredentials, SessionCookies
from support.better_auth.sessions import SECRET, RecordedLookup, make_record, sign_session_token
from support.clients.asgi_client import Header, close_websocket
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

pytestmark = pytest.mark.http

REFUSED, TRY_AGAIN_LATER = 1008, 1013
ORIGIN: Header = (b"origin", b"https://other.example")


def build_app(auth: CredentialAuth[Any]) -> FastAPI:
    """Return an application with a route of WebSockets for each dependency."""
    app = FastAPI()
    for name, dependency in {
        "user": auth.current_user,
        "optional": auth.current_user_optional,
        "id": auth.user_id,
        "claims": auth.current_claims,
        "session": auth.current_session,
        "key": auth.current_api_key,
        "itself": auth.forbid_impersonation,
        "account": auth.require_not_anonymous,
        "role": auth.require_role("admin"),
        "organization": auth.require_organization_role("owner"),
    }.items():

        async def route(socket: WebSocket, result: Annotated[Any, Depends(dependency)]) -> None:
            await socket.accept()
            await socket.send_text(type(result).__name__)
            await socket.close()

        app.websocket(f"/{name}")(route)
    return app


class Organizations(RecordedLookup):
    """A store that can fail to say which roles a member has."""

    failure: Exception | None = None

    async def find_organization_roles(self, *_: object) -> list[str]:
        if self.failure is not None:
            raise self.failure
        return ["member"]


@pytest.fixture
def store() -> Organizations:
    return Organizations()


@pytest.fixture
def app(store: Organizations) -> FastAPI:
    return build_app(
        CredentialAuth(JwtCredentials(api_verifier(BASE_URL, keys=KEY_SET)), SessionCookies(store, secrets=[SECRET]))
    )


def send_jwt(**claims: Any) -> list[Header]:
    return [(b"authorization", f"Bearer {make_api_token(**claims)}".encode())]


def send_cookie() -> list[Header]:
    return [(b"cookie", f"better-auth.session_token={sign_session_token()}".encode())]


@pytest.mark.parametrize(
    "name", ["user", "id", "claims", "session", "key", "itself", "account", "role", "organization"]
)
def test_websocket_without_a_credential_is_closed(app: FastAPI, name: str) -> None:
    assert close_websocket(app, f"/{name}") == REFUSED
    assert close_websocket(app, f"/{name}", [(b"authorization", b"Bearer x")]) == REFUSED


def test_websocket_without_a_credential_is_accepted_where_it_is_optional(app: FastAPI) -> None:
    assert close_websocket(app, "/optional") is None


@pytest.mark.parametrize(
    ("claims", "accepting"),
    [
        ({}, {"user", "id", "claims", "account"}),
        ({"sid": "session-1"}, {"user", "id", "claims", "account", "session", "itself"}),
        ({"sid": "session-1", "act": {"sub": "admin-1"}}, {"user", "id", "claims", "account", "session"}),
        ({"isAnonymous": True}, {"user", "id", "claims"}),
        ({"role": "admin"}, {"user", "id", "claims", "account", "role"}),
        ({"org": {"id": "1", "role": "owner"}}, {"user", "id", "claims", "account", "organization"}),
    ],
)
def test_websocket_is_closed_unless_its_jwt_grants_enough(
    app: FastAPI, claims: dict[str, Any], accepting: set[str]
) -> None:
    headers = send_jwt(**claims)
    paths = [route.path for route in app.routes if isinstance(route, APIWebSocketRoute)]
    assert {path: close_websocket(app, path, headers) for path in paths} == {
        path: None if path[1:] in accepting | {"optional"} else REFUSED for path in paths
    }
    assert len(paths) == 10


@pytest.mark.parametrize("name", ["user", "optional", "session", "role"])
def test_websocket_of_another_origin_is_closed(app: FastAPI, name: str) -> None:
    assert close_websocket(app, f"/{name}", [*send_cookie(), ORIGIN]) == REFUSED


@pytest.mark.parametrize("name", ["user", "optional", "session", "role"])
def test_websocket_is_closed_to_be_tried_again_while_the_store_is_down(
    app: FastAPI, store: Organizations, name: str
) -> None:
    store.answer = StoreUnavailableError("down")
    assert close_websocket(app, f"/{name}", send_cookie()) == TRY_AGAIN_LATER


def test_websocket_is_closed_to_be_tried_again_while_the_roles_are_unknown(app: FastAPI, store: Organizations) -> None:
    store.answer = make_record({"activeOrganizationId": "1"})
    assert close_websocket(app, "/organization", send_cookie()) == REFUSED
    store.failure = StoreUnavailableError("down")
    assert close_websocket(app, "/organization", send_cookie()) == TRY_AGAIN_LATER
