"""A function from an issuer to its verifier: what it may return, how often it is called, and what is kept."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import gc
import time
import warnings
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

import anyio
import httpx
import pytest
import trio
from anyio.lowlevel import checkpoint
from fastapi import Depends, FastAPI

from fastjose import Key, RemoteKeySet, Verifier, sign_token
from fastjose._verifiers import tenants
from fastjose._verifiers.choice import ChosenVerifier
from fastjose._verifiers.limits import MAX_ISSUER_CHARS, MAX_TENANTS, TENANT_SECONDS
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, JwtCredentials
from support.clients.http_client import HttpClient
from support.servers.remote_issuer import serve_issuers

pytestmark = pytest.mark.http

SECRET = "k" * 32
KEY = Key(SECRET, algorithm="HS256")
UNAVAILABLE = {"detail": "Authentication service unavailable"}
WRONG_ISSUER = {"detail": "Invalid token claims: Invalid issuer"}
Answer = Callable[[str], Any]


def verifier_of(*issuers: str) -> Verifier:
    return Verifier(KEY, algorithms=["HS256"], issuer=list(issuers) or None)


def token_of(issuer: Any, **claims: Any) -> str:
    return sign_token({"sub": "user-1", "iss": issuer, "exp": 2**33, **claims}, SECRET, algorithm="HS256")


def create_app(function: Any, kind: str = "bearer") -> FastAPI:
    auth: Any = BearerAuth(function) if kind == "bearer" else CredentialAuth(JwtCredentials(function))
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> str:
        return user.user_id

    @app.get("/optional")
    async def optional(user: Annotated[CurrentUser | None, Depends(auth.current_user_optional)]) -> str | None:
        return user.user_id if user else None

    return app


class Tenants:
    """A function or coroutine function of issuers that records its calls."""

    def __init__(self, answer: Answer = verifier_of) -> None:
        self.answer, self.calls = answer, list[str]()
        self.may_answer = True

    def find(self, issuer: str) -> Any:
        self.calls.append(issuer)
        return self.answer(issuer)

    async def find_later(self, issuer: str) -> Any:
        self.calls.append(issuer)
        await checkpoint()
        while not self.may_answer:  # noqa: ASYNC110 - an event belongs to one event loop
            await anyio.sleep(0.001)
        return self.answer(issuer)


def forms(function: Tenants) -> dict[str, Any]:
    """Return the forms in which an application can pass the function."""
    return {"plain": function.find, "coroutine": function.find_later, "partial": partial(function.find_later)}


each_form = pytest.mark.parametrize("form", ["plain", "coroutine", "partial"])
each_auth = pytest.mark.parametrize("kind", ["bearer", "credentials"])


@each_auth
@each_form
def test_verifier_of_an_issuer_is_asked_for_once(form: str, kind: str) -> None:
    function = Tenants()
    with HttpClient(create_app(forms(function)[form], kind)) as client:
        for _ in range(3):
            for issuer in ("https://a.example", "https://b.example"):
                assert client.get("/me", token_of(issuer)).json() == "user-1"
    assert function.calls == ["https://a.example", "https://b.example"]


@each_auth
@each_form
def test_unknown_issuer_is_asked_for_each_time(form: str, kind: str) -> None:
    function = Tenants(lambda _: None)
    with HttpClient(create_app(forms(function)[form], kind)) as client:
        for _ in range(2):
            response = client.get("/me", token_of("https://a.example"))
            assert (response.status_code, response.json()) == (401, WRONG_ISSUER)
        assert client.get("/optional", token_of("https://a.example")).json() is None
    assert function.calls == ["https://a.example"] * 3


@each_form
@pytest.mark.parametrize("issuer", [1, None, True, [], {}, ["https://a.example"], "a" * 2_049, "h" * 60_000])
def test_function_is_called_with_a_str_of_limited_length_only(form: str, issuer: Any) -> None:
    function = Tenants()
    with HttpClient(create_app(forms(function)[form])) as client:
        assert client.get("/me", token_of(issuer)).json() == WRONG_ISSUER
        assert client.get("/me", "null").status_code == 401
        assert function.calls == []
        assert client.get("/me", token_of("a" * MAX_ISSUER_CHARS)).json() == "user-1"


def fail(issuer: str) -> Any:
    raise LookupError(f"no tenant {issuer}")


def interrupt(_: str) -> Any:
    raise RuntimeError("secret-token") from ValueError("secret-token")


async def never_awaited() -> Verifier:
    raise AssertionError


OTHER_ISSUER = "returned a verifier that does not have the issuer among its issuers"
NONSENSE: list[tuple[Answer, str]] = [
    (fail, "raised LookupError"),
    (interrupt, "raised RuntimeError"),
    (lambda _: 1, "returned an object of int, not a Verifier or None"),
    (lambda _: False, "returned an object of bool, not a Verifier or None"),
    (lambda _: "", "returned an object of str, not a Verifier or None"),
    (lambda _: [], "returned an object of list, not a Verifier or None"),
    (lambda issuer: [verifier_of(issuer)], "returned an object of list, not a Verifier or None"),
    (lambda _: Verifier, "returned an object of type, not a Verifier or None"),
    (
        lambda _: verifier_of("https://other.example"),
        OTHER_ISSUER,
    ),
    (lambda issuer: verifier_of(issuer.upper()), OTHER_ISSUER),
    (lambda _: verifier_of(), OTHER_ISSUER),
]


@each_auth
@each_form
@pytest.mark.parametrize(("answer", "line"), NONSENSE)
def test_function_that_fails_responds_503_and_logs_no_value(
    form: str, kind: str, answer: Answer, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    function = Tenants(answer)
    token = token_of("https://secret-tenant.example")
    with HttpClient(create_app(forms(function)[form], kind)) as client:
        for path in ("/me", "/optional"):
            response = client.get(path, token)
            assert (response.status_code, response.json()) == (503, UNAVAILABLE)
            assert response.headers["retry-after"] == "1"
    messages = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert messages == [f"tenants_failed: the function of issuers {line}"], "once a minute"
    assert "secret" not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)
    assert function.calls == ["https://secret-tenant.example"] * 2, "a failure is not kept"


def test_error_of_a_failing_function_has_no_context() -> None:
    async def ask() -> BaseException:
        try:
            await tenants.Tenants(interrupt, ChosenVerifier).ask("a")
        except Exception as error:  # noqa: BLE001 - inspected below
            return error
        raise AssertionError

    error = asyncio.run(ask())
    assert (error.__context__, error.__cause__) == (None, None)


def test_plain_function_that_returns_a_coroutine_is_awaited_in_requests_only() -> None:
    auth = BearerAuth(lambda issuer: Tenants().find_later(issuer))
    assert asyncio.run(auth.current_user(token_of("a"))).user_id == "user-1"
    with pytest.raises(Exception, match="Authentication service unavailable"):
        BearerAuth(lambda _: never_awaited()).verify_token(token_of("a"))


@each_auth
def test_coroutine_function_that_returns_a_coroutine_admits_no_one_and_causes_no_warning(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def forget_await(_: str) -> Any:
        return never_awaited()

    with warnings.catch_warnings(record=True) as recorded, HttpClient(create_app(forget_await, kind)) as client:
        warnings.simplefilter("always")
        assert client.get("/me", token_of("a")).status_code == 503
        gc.collect()
    assert [str(warning.message) for warning in recorded if "never awaited" in str(warning.message)] == []
    assert "returned an object of coroutine, not a Verifier or None" in caplog.text


def test_coroutine_function_that_hangs_responds_503(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tenants, "TENANT_TIMEOUT_SECONDS", 0.05)
    function = Tenants()
    function.may_answer = False
    with HttpClient(create_app(function.find_later)) as client:
        assert client.get("/me", token_of("a")).json() == UNAVAILABLE
        function.may_answer = True
        assert client.get("/me", token_of("a")).json() == "user-1"
    assert "tenants_failed: the function of issuers raised TimeoutError" in caplog.text


async def get_concurrently(app: FastAPI, tokens: list[str]) -> list[httpx.Response]:
    """Send one request for each token at the same time."""
    responses: dict[int, httpx.Response] = {}

    async def get(number: int, token: str) -> None:
        responses[number] = await client.get("/me", headers={"Authorization": f"Bearer {token}"})

    transport = httpx.ASGITransport(app=app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        anyio.create_task_group() as group,
    ):
        for number, token in enumerate(tokens):
            group.start_soon(get, number, token)
    return [responses[number] for number in range(len(tokens))]


RUN = {"asyncio": asyncio.run, "trio": lambda coroutine: trio.run(lambda: coroutine)}
each_library = pytest.mark.parametrize("run", RUN.values(), ids=RUN)


@each_library
@each_auth
def test_concurrent_requests_for_an_issuer_share_one_call(run: Callable[[Awaitable[Any]], Any], kind: str) -> None:
    function = Tenants()
    tokens = [token_of(issuer) for issuer in ("a", "b") * 20]
    responses = run(get_concurrently(create_app(function.find_later, kind), tokens))
    assert [response.json() for response in responses] == ["user-1"] * 40
    assert sorted(function.calls) == ["a", "b"]


@each_library
def test_concurrent_requests_share_a_failure(run: Callable[[Awaitable[Any]], Any]) -> None:
    function = Tenants(fail)
    responses = run(get_concurrently(create_app(function.find_later), [token_of("a")] * 10))
    assert [response.status_code for response in responses] == [503] * 10
    assert function.calls == ["a"]


@each_library
def test_request_that_is_cancelled_leaves_the_call_to_another(run: Callable[[Awaitable[Any]], Any]) -> None:
    async def cancel_the_first() -> list[ChosenVerifier | None]:
        function = Tenants()
        function.may_answer = False
        choice = tenants.Tenants(function.find_later, ChosenVerifier)
        outcomes: list[ChosenVerifier | None] = []

        async def ask() -> None:
            outcomes.append(await choice.ask("a"))

        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as first:
                    first.start_soon(ask)
                    await anyio.sleep(0.01)
                    for _ in range(3):
                        group.start_soon(ask)
                    await anyio.sleep(0.01)
                    scope.cancel()
            function.may_answer = True
        assert function.calls == ["a", "a"]
        assert choice._calls == {}
        return outcomes

    outcomes = run(cancel_the_first())
    assert len(outcomes) == 3
    assert all(outcome is outcomes[0] and outcome is not None for outcome in outcomes)


def test_requests_of_two_event_loops_do_not_wait_for_each_other() -> None:
    function = Tenants()
    app = create_app(function.find_later)
    for _ in range(2):
        (response,) = asyncio.run(get_concurrently(app, [token_of("a")]))
        assert response.json() == "user-1"
    assert function.calls == ["a"]


def test_verifiers_are_kept_for_a_limited_time_and_number() -> None:
    now = [0.0]
    function = Tenants()
    choice = tenants.Tenants(function.find, ChosenVerifier, clock=lambda: now[0])

    def ask(issuer: str) -> ChosenVerifier | None:
        return choice.find(issuer) or choice.ask_now(issuer)

    first = ask("first")
    now[0] = TENANT_SECONDS - 1
    assert ask("first") is first
    now[0] = TENANT_SECONDS
    assert ask("first") is not first
    function.calls.clear()
    for number in range(MAX_TENANTS):
        ask(f"issuer {number}")
        ask("first")  # used again and again, so it stays
    assert len(choice._kept._entries) == MAX_TENANTS
    assert len(function.calls) == MAX_TENANTS
    assert choice.find("issuer 0") is None
    assert choice.find("issuer 1") is not None


def find_choice(app: FastAPI) -> Any:
    """Return the `Tenants` behind the route `/me`."""
    route: Any = next(route for route in app.routes if getattr(route, "path", None) == "/me")
    (dependant,) = route.dependant.dependencies
    return dependant.call.verification.rejections._hints._issuers.choice


@pytest.mark.parametrize("form", ["plain", "coroutine"])
def test_flood_of_made_up_issuers_keeps_nothing(form: str) -> None:
    known = verifier_of("known")
    function = Tenants(lambda issuer: known if issuer == "known" else None)
    app = create_app(forms(function)[form])
    with HttpClient(app) as client:
        assert client.get("/me", token_of("known")).json() == "user-1"
        for number in range(2_000):
            assert client.get("/me", token_of(f"https://{number}.example")).status_code == 401
        assert client.get("/me", token_of("known")).json() == "user-1"
    assert function.calls.count("known") == 1
    choice = find_choice(app)
    assert len(choice._kept._entries) == 1
    assert choice._calls == {}


def test_issuers_that_the_function_does_not_name_cause_no_fetch() -> None:
    with serve_issuers("one", "two") as (one, two):
        function = Tenants(lambda issuer: one.create_verifier() if issuer == one.origin else None)
        with HttpClient(create_app(function.find_later)) as client:
            assert client.get("/me", one.create_token()).status_code == 200
            for issuer in (two.origin, two.proxy.url, one.origin + "/", "file:///etc/passwd"):
                assert client.get("/me", two.create_token(iss=issuer)).json() == WRONG_ISSUER
        assert (one.proxy.request_count, two.proxy.request_count) == (1, 0)


def test_tenants_that_share_a_key_set_share_its_fetches() -> None:
    with serve_issuers("one") as (one,):
        keys = RemoteKeySet(one.proxy.url)
        function = Tenants(lambda issuer: Verifier(keys, issuer=issuer, audience=issuer))
        with HttpClient(create_app(function.find)) as client:
            for issuer in ("https://a.example", "https://b.example"):
                token = one.create_token(iss=issuer, aud=issuer, exp=int(time.time()) + 60)
                assert client.get("/me", token).status_code == 200
                other = one.create_token(iss=issuer, aud="https://c.example")
                assert client.get("/me", other).json() == {"detail": "Invalid token claims: Invalid audience"}
        assert one.proxy.request_count == 1
