"""One `BearerAuth` or `CredentialAuth` for the tokens of several issuers: the token's `iss` chooses the verifier."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import sys
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, WebSocket

from fastjose import Key, Verifier, sign_token
from fastjose._verifiers import request_authentication
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, JwtCredentials, SessionTokens
from support.better_auth.sessions import SECRET, RecordedLookup, sign_session_token
from support.clients.http_client import HttpClient
from support.clients.websocket_handshake import open_websocket
from support.servers.remote_issuer import UNREACHABLE_URL, RemoteIssuer, serve_issuers

pytestmark = pytest.mark.http

WRONG_ISSUER = {"detail": "Invalid token claims: Invalid issuer"}
CreateAuth = Callable[[list[Verifier]], Any]


def by_function(verifiers: list[Verifier]) -> Callable[[str], Verifier | None]:
    table = {issuer: verifier for verifier in verifiers for issuer in verifier.issuers}
    return table.get


def by_coroutine(verifiers: list[Verifier]) -> Any:
    find = by_function(verifiers)

    async def find_verifier(issuer: str) -> Verifier | None:
        return find(issuer)

    return find_verifier


def create_credential_auth(verifiers: Any) -> CredentialAuth[CurrentUser]:
    return CredentialAuth(JwtCredentials(verifiers), SessionTokens(RecordedLookup(), secrets=[SECRET]))


KINDS: dict[str, CreateAuth] = {
    "list": BearerAuth,
    "function": lambda verifiers: BearerAuth(by_function(verifiers)),
    "coroutine": lambda verifiers: BearerAuth(by_coroutine(verifiers)),
    "credentials, list": create_credential_auth,
    "credentials, function": lambda verifiers: create_credential_auth(by_function(verifiers)),
    "credentials, coroutine": lambda verifiers: create_credential_auth(by_coroutine(verifiers)),
}
each_kind = pytest.mark.parametrize("create_auth", KINDS.values(), ids=KINDS)


@pytest.fixture
def issuers() -> Iterator[list[RemoteIssuer]]:
    with serve_issuers("one", "two") as issuers:
        yield issuers


def create_app(auth: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> str:
        return user.user_id

    @app.get("/optional")
    async def optional(user: Annotated[CurrentUser | None, Depends(auth.current_user_optional)]) -> str | None:
        return user.user_id if user else None

    @app.get("/all")
    async def everything(  # noqa: PLR0913, PLR0917 - the dependencies of one route
        user: Annotated[CurrentUser, Depends(auth.current_user)],
        claims: Annotated[dict[str, Any], Depends(auth.current_claims)],
        optional: Annotated[CurrentUser | None, Depends(auth.current_user_optional)],
        user_id: Annotated[str, Depends(auth.user_id)],
        admin: Annotated[CurrentUser, Depends(auth.require_role("admin"))],
        reader: Annotated[CurrentUser, Depends(auth.require_scope("read"))],
    ) -> list[Any]:
        return [user == optional == admin == reader, user_id, claims["iss"]]

    @app.websocket("/socket")
    async def socket(websocket: WebSocket, user: Annotated[CurrentUser, Depends(auth.current_user)]) -> None:
        await websocket.accept()
        await websocket.send_text(user.user_id)
        await websocket.close()

    return app


@each_kind
def test_each_token_is_verified_by_the_verifier_of_its_issuer(
    create_auth: CreateAuth, issuers: list[RemoteIssuer]
) -> None:
    one, two = issuers
    auth = create_auth([issuer.create_verifier() for issuer in issuers])
    with HttpClient(create_app(auth)) as client:
        for _ in range(10):
            for issuer in issuers:
                token = issuer.create_token(role="admin", scp=["read"])
                assert client.get("/me", token).json() == f"user of {issuer.kid}"
                assert client.get("/all", token).json() == [True, f"user of {issuer.kid}", issuer.origin]
                assert client.get("/all", issuer.create_token(scp="read")).status_code == 403
        assert client.get("/me", one.create_token(aud=two.origin)).json() == {
            "detail": "Invalid token claims: Invalid audience"
        }
        assert client.get("/me", one.create_token(exp=1)).json() == {"detail": "Token has expired"}
        assert client.get("/me", one.create_token(iss=two.origin, aud=two.origin)).status_code == 503, "no fetch left"
        assert client.get("/optional", two.create_token()).json() == "user of two"
        assert client.get("/optional", two.create_token(exp=1)).json() is None
        assert client.get("/me").json() == {"detail": "Not authenticated"}
    assert [issuer.proxy.request_count for issuer in issuers] == [1, 1]


@each_kind
def test_issuer_with_the_kid_of_another_one_is_not_accepted(
    create_auth: CreateAuth, issuers: list[RemoteIssuer]
) -> None:
    one, two = issuers
    two.kid = "one"
    auth = create_auth([issuer.create_verifier() for issuer in issuers])
    with HttpClient(create_app(auth)) as client:
        assert client.get("/me", one.create_token()).status_code == 200
        assert client.get("/me", two.create_token()).status_code == 200
        for signer, other in (issuers, issuers[::-1]):
            response = client.get("/me", signer.create_token(iss=other.origin, aud=other.origin))
            assert response.json() == {"detail": "Invalid token: Signature verification failed."}


HOSTILE: list[Any] = [
    *("https://three.example", "https://ONE.example", "https://one.example/", "https://one.example ", "one", "", " "),
    *("h" * 60_000, "https://one.example" + "/" * 2_030, "https://one.example\0", "\u212bngström", "../../etc"),
    *(1, 1.5, True, None, [], ["https://one.example"], {"https://one.example": "https://one.example"}),
]


@each_kind
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: repr(value)[:24])
def test_token_of_another_issuer_is_rejected_without_a_fetch(
    create_auth: CreateAuth, hostile: Any, issuers: list[RemoteIssuer], caplog: pytest.LogCaptureFixture
) -> None:
    auth = create_auth([issuer.create_verifier() for issuer in issuers])
    app = create_app(auth)
    token = issuers[0].create_token(iss=hostile)
    with HttpClient(app) as client:
        for path in ("/me", "/all"):
            response = client.get(path, token)
            assert (response.status_code, response.json()) == (401, WRONG_ISSUER)
            assert response.headers["www-authenticate"] == "Bearer"
        assert client.get("/optional", token).json() is None
    assert open_websocket(app, "/socket", token) == 1008
    assert [issuer.proxy.request_count for issuer in issuers] == [0, 0]
    assert token.split(".")[1][:20] not in caplog.text
    assert "h" * 100 not in caplog.text


@each_kind
@pytest.mark.parametrize("token", ["a.b.c", "e30.e30.e30", "e30.W10.e30", "e30.*.e30", ".."])
def test_malformed_token_is_rejected(create_auth: CreateAuth, token: str, issuers: list[RemoteIssuer]) -> None:
    auth = create_auth([issuer.create_verifier() for issuer in issuers])
    with HttpClient(create_app(auth)) as client:
        response = client.get("/me", token)
    assert response.status_code == 401
    assert response.json()["detail"].startswith(("Invalid token: ", "Not authenticated"))


@each_kind
def test_token_without_issuer_is_rejected(create_auth: CreateAuth, issuers: list[RemoteIssuer]) -> None:
    auth = create_auth([issuer.create_verifier() for issuer in issuers])
    with HttpClient(create_app(auth)) as client:
        response = client.get("/me", issuers[0].create_token(iss=...))
    assert response.json() == {"detail": 'Invalid token: missing required key "iss" among claims'}
    assert [issuer.proxy.request_count for issuer in issuers] == [0, 0]


@each_kind
@pytest.mark.parametrize("outage", ["unreachable", "error", "slow"])
def test_outage_of_one_issuer_does_not_reach_the_other(
    create_auth: CreateAuth, outage: str, issuers: list[RemoteIssuer]
) -> None:
    one, two = issuers
    url = UNREACHABLE_URL if outage == "unreachable" else None
    auth = create_auth([one.create_verifier(), two.create_verifier(url)])
    if outage == "error":
        two.proxy.read_key_set = lambda: {"error": "down"}
    with HttpClient(create_app(auth)) as client:
        if outage == "slow":
            two.proxy.responses_allowed.clear()  # a response that arrives only when the server ends
        for _ in range(3):
            assert client.get("/me", one.create_token()).json() == "user of one"
        if outage != "slow":
            response = client.get("/me", two.create_token())
            assert (response.status_code, response.json()) == (503, {"detail": "Authentication service unavailable"})
            assert client.get("/optional", two.create_token()).status_code == 503
        assert client.get("/me", one.create_token()).json() == "user of one"
    assert one.proxy.request_count == 1


@each_kind
def test_websocket_is_authenticated_by_the_verifier_of_its_issuer(
    create_auth: CreateAuth, issuers: list[RemoteIssuer]
) -> None:
    auth = create_auth([issuer.create_verifier() for issuer in issuers])
    for issuer in issuers:
        assert open_websocket(create_app(auth), "/socket", issuer.create_token()) == f"user of {issuer.kid}"


@pytest.mark.parametrize("kind", ["list", "function", "coroutine"])
def test_request_with_many_dependencies_verifies_its_token_once(
    kind: str, issuers: list[RemoteIssuer], monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[float] = []
    read_time = time.time

    def record() -> float:
        if sys._getframe(1).f_code.co_filename == request_authentication.__file__:
            times.append(read_time())
        return read_time()

    auth = KINDS[kind]([issuer.create_verifier() for issuer in issuers])
    token = issuers[0].create_token(role="admin", scp="read")
    with HttpClient(create_app(auth)) as client:
        client.get("/me", token)  # fetches the keys
        monkeypatch.setattr("time.time", record)
        for requests in (1, 2, 3):
            assert client.get("/all", token).status_code == 200
            assert len(times) == requests


@each_kind
def test_overrides_replace_the_dependencies(create_auth: CreateAuth, issuers: list[RemoteIssuer]) -> None:
    auth = create_auth([issuer.create_verifier() for issuer in issuers])
    app = create_app(auth)
    app.dependency_overrides[auth.current_user] = lambda: CurrentUser(user_id="test")
    app.dependency_overrides[auth.current_user_optional] = lambda: CurrentUser(user_id="test")
    claims = {"sub": "test", "iss": "test", "role": "admin", "scope": "read"}
    app.dependency_overrides[auth.current_claims] = lambda: claims
    with HttpClient(app) as client:
        assert client.get("/me").json() == "test"
        assert client.get("/all").json() == [True, "test", "test"]
        claims["role"] = "user"
        assert client.get("/all").status_code == 403
    assert [issuer.proxy.request_count for issuer in issuers] == [0, 0]


def test_override_of_the_scheme_chooses_the_verifier(issuers: list[RemoteIssuer]) -> None:
    auth = BearerAuth([issuer.create_verifier() for issuer in issuers])
    app = create_app(auth)
    token = issuers[1].create_token()
    app.dependency_overrides[auth.oauth2_scheme] = lambda: token
    with HttpClient(app) as client:
        assert client.get("/me").json() == "user of two"


@each_kind
def test_hints_are_those_of_the_verifier_of_the_issuer(
    create_auth: CreateAuth, issuers: list[RemoteIssuer], caplog: pytest.LogCaptureFixture
) -> None:
    one, two = issuers
    auth = create_auth([one.create_verifier(), two.create_verifier(audience="https://two-api.example")])
    with HttpClient(create_app(auth)) as client:
        client.get("/me", two.create_token(aud="https://elsewhere.example"))
    (hint,) = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    assert hint.startswith("wrong_audience")
    assert '"https://two-api.example"' in hint
    assert "one.example" not in hint


def test_hint_for_another_issuer_names_all(issuers: list[RemoteIssuer], caplog: pytest.LogCaptureFixture) -> None:
    auth = BearerAuth([issuer.create_verifier() for issuer in issuers])
    with HttpClient(create_app(auth)) as client:
        client.get("/me", issuers[0].create_token(iss="https://one.example/"))
        client.get("/me", issuers[0].create_token(iss="https://three.example"))
        client.get("/me", "null")
    slash, wrong, missing = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    assert slash.startswith("issuer_slash")
    assert '"https://one.example" or "https://two.example"' in slash
    assert wrong.startswith("wrong_issuer")
    assert missing.startswith("missing_token")


@pytest.mark.parametrize("kind", ["list", "function", "credentials, list", "credentials, function"])
def test_verify_token_chooses_the_verifier(kind: str, issuers: list[RemoteIssuer]) -> None:
    auth = KINDS[kind]([issuer.create_verifier() for issuer in issuers])
    for issuer in issuers:
        assert auth.verify_token(issuer.create_token()).iss == issuer.origin
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(issuers[0].create_token(iss="https://three.example"))
    assert (raised.value.status_code, raised.value.detail) == (401, WRONG_ISSUER["detail"])


@pytest.mark.parametrize("kind", ["coroutine", "credentials, coroutine"])
def test_verify_token_with_a_coroutine_function_raises_type_error(kind: str, issuers: list[RemoteIssuer]) -> None:
    auth = KINDS[kind]([issuer.create_verifier() for issuer in issuers])
    with pytest.raises(TypeError, match="requires a plain function of issuers: in a coroutine, use a dependency"):
        auth.verify_token(issuers[0].create_token())


def test_session_token_beside_several_issuers_is_still_accepted(issuers: list[RemoteIssuer]) -> None:
    auth = create_credential_auth([issuer.create_verifier() for issuer in issuers])
    with HttpClient(create_app(auth)) as client:
        assert client.get("/me", sign_session_token()).json() == "user-1"


def test_openapi_document_is_that_of_one_verifier(issuers: list[RemoteIssuer]) -> None:
    one = create_app(BearerAuth(issuers[0].create_verifier())).openapi()
    assert create_app(BearerAuth([issuer.create_verifier() for issuer in issuers])).openapi() == one
    assert create_app(BearerAuth(by_function([]))).openapi() == one


SHARED = Key("k" * 32, algorithm="HS256")


def hs256(*issuers: str) -> Verifier:
    return Verifier(SHARED, algorithms=["HS256"], issuer=list(issuers) or None)


@pytest.mark.parametrize(
    ("verifiers", "error", "message"),
    [
        ([], ValueError, "at least one verifier: the list is empty"),
        ((), ValueError, "at least one verifier"),
        ([hs256("a"), hs256()], ValueError, "number 2 has none"),
        ([hs256("a", "b"), hs256("c", "a")], ValueError, "'a' is an issuer of two"),
        ([hs256("a"), hs256("a")], ValueError, "'a' is an issuer of two"),
        ([hs256("a"), hs256("b" * 2_049)], ValueError, r"at most 2,048 characters: see verifier 2"),
        ([hs256("a"), "b"], TypeError, "number 2 is not"),
        ([None], TypeError, "number 1 is not"),
        *((wrong, TypeError, "verifier must be") for wrong in (None, 1, "a", {"a": hs256("a")}, SHARED, Verifier)),
    ],
)
def test_wrong_verifiers_raise(verifiers: Any, error: type[Exception], message: str) -> None:
    for create in (BearerAuth, JwtCredentials):
        with pytest.raises(error, match=message):
            create(verifiers)


def test_verifier_with_several_issuers_is_chosen_for_each() -> None:
    auth = BearerAuth([hs256("a", "b"), hs256("c")])
    for issuer in ("a", "b", "c"):
        token = sign_token({"sub": "u", "iss": issuer, "exp": 2**33}, "k" * 32, algorithm="HS256")
        assert auth.verify_token(token).iss == issuer
