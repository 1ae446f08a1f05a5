"""Several places in one application: the first one that has a credential decides, even if it is rejected."""

from __future__ import annotations

from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBasic, HTTPBearer, HTTPDigest, OAuth2PasswordBearer
from fastapi.security.http import HTTPAuthorizationCredentials, HTTPBase

from fastjose.fastapi import BearerAuth
from support.applications.token_places import PLACES, VERIFIER, build_app, build_app_of, make_token, read_x_token
from support.clients.asgi_client import open_websocket, send_request

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from support.clients.asgi_client import Header

pytestmark = pytest.mark.http

TRIO = ("bearer", "header", "cookie")
FIRST, SECOND = make_token("first"), make_token("second")


def send_both(app: FastAPI, names: tuple[str, ...], *values: list[bytes], route: str = "id") -> list[Any]:
    headers = [header for name, sent in zip(names, values, strict=False) for header in PLACES[name].headers(sent)]
    get, handshake = send_request(app, f"/{route}", headers), open_websocket(app, f"/{route}", headers)
    assert (get.status == 200) is (handshake.status == 101)
    return [answer.json() if answer.status in {200, 101} else answer.status for answer in (get, handshake)]


@pytest.mark.parametrize("names", list(permutations(TRIO)))
def test_first_place_with_a_credential_decides(names: tuple[str, ...]) -> None:
    app = build_app([PLACES[name].scheme for name in names])
    assert send_both(app, names, [FIRST], [SECOND]) == ["first"] * 2
    assert send_both(app, names, [], [SECOND], [FIRST]) == ["second"] * 2
    assert send_both(app, names, [], [], [SECOND]) == ["second"] * 2
    for bad in ([b"x"], [b""], [FIRST, FIRST], [make_token(exp=1)], [b"\xff"], [b"\x00"]):
        assert send_both(app, names, bad, [SECOND], [SECOND])[0] == 401, bad
        assert send_both(app, names, [], bad, [SECOND])[0] == 401, bad
        assert send_both(app, names, bad, [SECOND], route="optional") == [None] * 2, bad


def test_other_scheme_of_authorization_is_another_place() -> None:
    app = build_app([HTTPBearer(), HTTPBase(scheme="JWT"), APIKeyCookie(name="__session")])
    cookie = PLACES["cookie"].one(SECOND)
    for value, expected in [
        (b"JWT " + FIRST, "first"),
        (b"jwt " + FIRST, "first"),
        (b"Bearer " + FIRST, "first"),
        (b"Basic YTpi", "second"),
        (b"JWT", None),
        (b"JWT x", None),
        (b"Bearer", None),
    ]:
        answer = send_request(app, "/id", [(b"authorization", value), cookie])
        assert (answer.json() if answer.status == 200 else None) == expected, value
    both = [(b"authorization", b"Bearer " + FIRST), (b"authorization", b"JWT " + FIRST)]
    assert send_request(app, "/id", [*both, cookie]).status == 401


# --- WebSockets: the subprotocol is in place of the Authorization header ---


def protocol(*entries: bytes) -> Header:
    return (b"sec-websocket-protocol", b", ".join(entries))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([protocol(b"bearer", FIRST)], "first"),
        ([protocol(b"bearer", FIRST), PLACES["cookie"].one(SECOND)], "first"),
        ([protocol(b"bearer", b"x"), PLACES["cookie"].one(SECOND)], None),
        ([protocol(b"bearer"), PLACES["cookie"].one(SECOND)], None),
        ([protocol(b"bearer", FIRST, b"bearer", SECOND), PLACES["cookie"].one(SECOND)], None),
        ([protocol(b"chat"), PLACES["cookie"].one(SECOND)], "second"),
        ([PLACES["cookie"].one(SECOND)], "second"),
        ([], None),
    ],
)
def test_subprotocol_decides_before_a_cookie(headers: list[Header], expected: str | None) -> None:
    for scheme in ([HTTPBearer(), APIKeyCookie(name="__session")], APIKeyCookie(name="__session")):
        app = build_app(scheme, websocket_subprotocol="bearer")
        answer = open_websocket(app, "/id", headers)
        assert (answer.json() if answer.status == 101 else None) == expected


def test_subprotocol_and_authorization_header_count_as_no_token() -> None:
    app = build_app([HTTPBearer(), APIKeyCookie(name="__session")], websocket_subprotocol="bearer")
    headers = [protocol(b"bearer", FIRST), *PLACES["bearer"].headers([FIRST]), PLACES["cookie"].one(SECOND)]
    assert open_websocket(app, "/id", headers).status != 101
    assert open_websocket(app, "/id", PLACES["bearer"].headers([FIRST])).json() == "first"


def test_subprotocol_is_not_read_over_http() -> None:
    app = build_app(APIKeyCookie(name="__session"), websocket_subprotocol="bearer")
    assert send_request(app, "/id", [protocol(b"bearer", FIRST)]).status == 401


# --- Schemes of the application ---


class CookieScheme(APIKeyCookie):
    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.cookies.get(self.model.name, "").removeprefix("Bearer ") or None


class Described(HTTPBearer):
    async def __call__(self, request: HTTPConnection) -> Any:
        value = request.headers.get("x-token")
        return value and HTTPAuthorizationCredentials(scheme="Bearer", credentials=value)


@pytest.mark.parametrize(
    ("scheme", "header"),
    [
        (read_x_token, (b"x-token", FIRST)),
        (lambda connection: connection.headers.get("x-token"), (b"x-token", FIRST)),
        (partial(read_x_token), (b"x-token", FIRST)),
        (Described(), (b"x-token", FIRST)),
        (CookieScheme(name="access_token"), (b"cookie", b"access_token=Bearer " + FIRST)),
    ],
)
def test_scheme_of_the_application_is_called(scheme: Any, header: Header) -> None:
    app = build_app(scheme)
    for answer in (send_request(app, "/id", [header]), open_websocket(app, "/id", [header])):
        assert answer.json() == "first"
    assert send_request(app, "/id").json() == {"detail": "Not authenticated"}
    several = build_app([scheme, HTTPBearer()])
    second = PLACES["bearer"].headers([SECOND])
    assert send_request(several, "/id", [header, *second]).json() == "first"
    assert send_request(several, "/id", second).json() == "second"


def raise_error(_: HTTPConnection) -> str:
    raise ValueError(FIRST.decode())


async def raise_error_later(_: HTTPConnection) -> str:
    raise KeyError(FIRST.decode())


async def generate_token(_: HTTPConnection) -> Any:
    yield FIRST.decode()


@pytest.mark.parametrize(
    "scheme",
    [
        raise_error,
        raise_error_later,
        generate_token,
        lambda _: FIRST,
        lambda _: [FIRST.decode()],
        lambda _: {"token": FIRST.decode()},
        lambda _: 5,
        lambda _: True,
        lambda _: FIRST.decode,
        lambda _: "",
        lambda _: " ",
        lambda _: "\ud800",
        lambda _: HTTPAuthorizationCredentials(scheme="Bearer", credentials=""),
        FIRST.decode,
    ],
)
def test_scheme_that_fails_lets_nobody_in(scheme: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = build_app([scheme, HTTPBearer()])
    headers = PLACES["bearer"].headers([SECOND])
    for route in ("user", "role", "function"):
        assert send_request(app, f"/{route}", headers).status == 401
        assert open_websocket(app, f"/{route}", headers).status in {401, 403}
    assert send_request(app, "/optional", headers).json() is None
    assert FIRST.decode().split(".")[2] not in caplog.text


def test_scheme_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert send_request(build_app(raise_error), "/user").status == 401
    assert "token_scheme_failed" in caplog.text
    assert FIRST.decode() not in caplog.text


@pytest.mark.parametrize(("status", "of_optional"), [(401, 200), (403, 403), (429, 429), (503, 503)])
def test_response_of_a_scheme_is_sent(status: int, of_optional: int) -> None:
    def refuse(_: HTTPConnection) -> str:
        raise HTTPException(status, "refused", headers={"X-Reason": "one"})

    app = build_app([refuse, HTTPBearer()])
    answer = send_request(app, "/user", PLACES["bearer"].headers([FIRST]))
    assert (answer.status, answer.json(), answer.headers["x-reason"]) == (status, {"detail": "refused"}, "one")
    assert send_request(app, "/optional", PLACES["bearer"].headers([FIRST])).status == of_optional
    assert open_websocket(app, "/user").status in {status, 403}


# --- What is refused when the application starts ---


@pytest.mark.parametrize(
    "scheme",
    [5, "bearer", "X-Token", HTTPBearer, HTTPBasic(), HTTPDigest(), [HTTPBearer(), None], [None], [[HTTPBearer()]]],
)
def test_object_that_is_not_a_token_scheme_raises_type_error(scheme: Any) -> None:
    with pytest.raises(TypeError, match="scheme must be a security scheme"):
        BearerAuth(VERIFIER, scheme=scheme)


@pytest.mark.parametrize("scheme", [[], ()])
def test_no_scheme_raises_value_error(scheme: Any) -> None:
    with pytest.raises(ValueError, match="the list is empty"):
        BearerAuth(VERIFIER, scheme=scheme)


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a;b", "ä", "a\n", "\x00", 'a"'])
def test_invalid_name_raises_value_error(name: str) -> None:
    for scheme in (APIKeyHeader(name=name), APIKeyCookie(name=name), HTTPBase(scheme=name)):
        with pytest.raises(ValueError, match="scheme must have a name"):
            BearerAuth(VERIFIER, scheme=scheme)


def test_argument_that_has_no_effect_raises_value_error() -> None:
    schemes: list[Any] = [None, HTTPBearer(), APIKeyHeader(name="x-token")]
    for scheme in schemes:
        with pytest.raises(ValueError, match="trusted_origins must be given only for cookies"):
            BearerAuth(VERIFIER, scheme=scheme, trusted_origins=["https://app.example.com"])
    for scheme in (APIKeyHeader(name="x-token"), OAuth2PasswordBearer("/other")):
        with pytest.raises(ValueError, match="token_url must be given only with"):
            BearerAuth(VERIFIER, scheme=scheme, token_url="/sign-in")


def test_override_of_the_scheme_reaches_every_dependency() -> None:
    auth = BearerAuth(VERIFIER, scheme=[APIKeyCookie(name="__session"), APIKeyHeader(name="x-token")])
    app = build_app_of(auth)
    app.dependency_overrides[auth.oauth2_scheme] = FIRST.decode
    assert send_request(app, "/id").json() == "first"
    assert send_request(app, "/role").json()["user_id"] == "first"
    assert send_request(app, "/optional").json() is None
    app.dependency_overrides = {auth.current_claims: lambda: {"sub": "theirs", "role": "admin"}}
    assert send_request(app, "/role").json()["user_id"] == "theirs"
