"""Cancellation at every await: no verdict, slot, task or other caller is affected."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any

import pytest
import trio
from fastapi import Depends, FastAPI

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose.exceptions import StoreUnavailableError
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, OpaqueTokens
from fastjose.introspection import RemoteIntrospection
from faults.harness.counters import UNAVAILABLE, Counters, record
from faults.harness.credentials import BAD, GOOD, new_token
from faults.harness.faulty_server import serve
from faults.harness.remote_stores import REMOTE_STORES
from faults.harness.stepping import INTERRUPTS, cancel_at_each_step_in_trio, cancel_task, interrupt_at_each_step
from faults.harness.tokens import AUDIENCE, Issuer

WAIT_SECONDS = 60
"""A bound for steps that take milliseconds."""

REPETITIONS = 12
"""More than the slots of a store, so that a slot that is not given back is noticed."""

SLOTS = 4


class Subject:
    """A thing that is awaited: `start` begins what is interrupted, `check` awaits a good or a bad token."""

    def __init__(self, start: Callable[[], Awaitable[object]], check: Callable[[bool], Awaitable[object]]) -> None:
        self.start, self.check = start, check
        self.counters = Counters()

    async def verify_after(self) -> None:
        """Await good tokens and bad ones. Requests that were abandoned occupy their slots until they end."""
        deadline = time.monotonic() + WAIT_SECONDS
        for is_good in (True, False) * 3:
            error = await self._error_of(is_good)
            while isinstance(error, UNAVAILABLE) and time.monotonic() < deadline:
                error = await self._error_of(is_good)
            self.counters.count(error, is_good=is_good, must_have_verdict=True)

    async def _error_of(self, is_good: bool) -> BaseException | None:  # noqa: FBT001 - of this test
        try:
            await self.check(is_good)
        except JOSEError as error:
            return error
        return None


class RejectedError(JOSEError):
    """The response was a 401."""


class OverloadedError(StoreUnavailableError):
    """The response was a 503."""


async def call_app(app: FastAPI, token: str) -> None:
    """Request `/me`, and raise what its response says."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"app.test"), (b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/me", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    status = sent[0]["status"]
    if status == 503:
        raise OverloadedError("Store unavailable")
    if status == 401:
        raise RejectedError("not authenticated")
    assert status == 200


def create_app(current_user: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(current_user)]) -> CurrentUser:
        return user

    return app


@contextlib.contextmanager
def serve_key_set_subject(name: str) -> Iterator[tuple[Subject, Callable[[], int]]]:
    """Serve a key set, each of whose tokens needs a key that is not cached."""
    issuer = Issuer()
    with serve(lambda _: json.dumps(issuer.key_set()).encode()) as server:
        keys = RemoteKeySet(server.url, timeout_seconds=WAIT_SECONDS, fetch_burst=1_000, fetch_interval_seconds=0)
        verifier = Verifier(keys, audience=AUDIENCE)
        app = create_app(BearerAuth(verifier).current_user)

        async def verify(text: str) -> None:
            await verifier.verify_async(text)

        def new_text(*, is_good: bool) -> str:
            key = issuer.rotate()
            return key.sign() if is_good else issuer.attacker.sign(key.kid)

        starts: dict[str, Callable[[], Awaitable[object]]] = {
            "Verifier.verify_async": lambda: verify(new_text(is_good=True)),
            "Verifier.verify_async of a forged token": lambda: verify(new_text(is_good=False)),
            "RemoteKeySet.fetch_async": keys.fetch_async,
            "RemoteKeySet.fetch_if_needed_async": lambda: RemoteKeySet(server.url).fetch_if_needed_async(),
            "BearerAuth": lambda: call_app(app, new_text(is_good=True)),
        }
        check = (lambda text: call_app(app, text)) if name == "BearerAuth" else verify
        yield Subject(starts[name], lambda is_good: check(new_text(is_good=is_good))), lambda: len(server.requests)


@contextlib.contextmanager
def serve_lookup_subject(name: str) -> Iterator[tuple[Subject, Callable[[], int]]]:
    """Serve look-ups, whose answers are not cached."""
    options: dict[str, Any] = {"timeout_seconds": WAIT_SECONDS, "max_lookups_in_flight": SLOTS}
    kind = REMOTE_STORES[LOOKUP_SUBJECTS[name]]
    if kind is not REMOTE_STORES["API key"]:
        options["cache_seconds"] = 0
    with serve(kind.respond) as server:
        look_up = kind.create(server, **options).look_up
        if name == "CredentialAuth":
            credentials: dict[str, Any] = {"client_id": "api", "client_secret": "a-secret", "accepted_client_id": "web"}
            auth = CredentialAuth(OpaqueTokens(RemoteIntrospection(f"{server.url}/i", **credentials, **options)))
            app = create_app(auth.current_user)
            look_up = lambda token: call_app(app, token)  # noqa: E731 - one of several
        yield (
            Subject(lambda: look_up(new_token(GOOD)), lambda is_good: look_up(new_token(GOOD if is_good else BAD))),
            lambda: len(server.requests),
        )


KEY_SET_SUBJECTS = [
    "Verifier.verify_async",
    "Verifier.verify_async of a forged token",
    "RemoteKeySet.fetch_async",
    "RemoteKeySet.fetch_if_needed_async",
    "BearerAuth",
]
LOOKUP_SUBJECTS = {
    "RemoteSessions": "session",
    "RemoteApiKeys": "API key",
    "RemoteIntrospection": "introspection",
    "CredentialAuth": "introspection",
}
APPS = ["BearerAuth", "CredentialAuth"]
SUBJECTS = [*KEY_SET_SUBJECTS, *LOOKUP_SUBJECTS]


def serve_subject(name: str) -> "contextlib.AbstractContextManager[tuple[Subject, Callable[[], int]]]":
    return serve_key_set_subject(name) if name in KEY_SET_SUBJECTS else serve_lookup_subject(name)


@pytest.mark.parametrize("how", INTERRUPTS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_asyncio_task_that_is_interrupted_at_each_await_changes_nothing(name: str, how: str) -> None:
    # A framework's own scopes cannot be left by hand.
    interrupt = cancel_task if name in APPS else INTERRUPTS[how]

    async def main(subject: Subject) -> int:
        reported: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        steps = 0
        for _ in range(REPETITIONS):
            steps = max(steps, await interrupt_at_each_step(subject.start, interrupt))
        await subject.verify_after()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert reported == []
        return steps

    with serve_subject(name) as (subject, count_requests):
        steps = asyncio.run(main(subject))
        subject.counters.requests = count_requests()
    assert steps >= 1
    record(f"{name} is {how} at each await (asyncio)", subject.counters)


@pytest.mark.parametrize("name", [name for name in SUBJECTS if name not in APPS])
def test_trio_task_that_is_cancelled_at_each_await_changes_nothing(name: str) -> None:
    async def main(subject: Subject) -> int:
        steps = 0
        for _ in range(REPETITIONS):
            steps = max(steps, await cancel_at_each_step_in_trio(subject.start))
        await subject.verify_after()
        return steps

    with serve_subject(name) as (subject, count_requests):
        steps = trio.run(main, subject)
        subject.counters.requests = count_requests()
    assert steps >= 1
    record(f"{name} is cancelled at each await (trio)", subject.counters)
