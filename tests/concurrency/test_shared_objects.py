"""Many threads share each kind of object, and each other's results.

`make test-free-threaded` runs this without the GIL, with fastjose and pytest alone.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from concurrency.many_threads import THREADS, run_in_threads
from fastjose import ExpiredSignatureError, JOSEError, JWTError, RemoteKeySet, Verifier, jwk, jws, jwt, sign_token
from fastjose._core import RemoteApiKeys, RemoteSessions, RequestAuthenticator, RevocationList
from fastjose._sessions.session_token import SessionToken
from fastjose.testing import JwksServer, TokenIssuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message

ROUNDS = 40
SECRET = "s" * 32
OTHER_SECRET = "o" * 32
EXPIRES = "2100-01-01T00:00:00.000Z"


class LookupServer(JwksServer):
    """The keys of an issuer, and sessions and API keys: each token and each key is the name of its user."""

    def _respond(self, target: str, headers: Message) -> tuple[int, Any]:
        if "/get-session" not in target:
            return super()._respond(target, headers)
        key = headers.get("x-api-key")
        token = headers.get("Authorization", "").removeprefix("Bearer ").partition(".")[0]
        name = token if key is None else key
        if not name.startswith("user"):
            return HTTPStatus.UNAUTHORIZED, {"code": "INVALID_API_KEY"}
        session = {"id": name, "userId": name, "token": token or name, "expiresAt": EXPIRES, "createdAt": EXPIRES}
        return HTTPStatus.OK, {"session": session, "user": {"id": name, "email": f"{name}@example.com"}}


@contextmanager
def serve() -> Iterator[LookupServer]:
    server = LookupServer(TokenIssuer(algorithm="EdDSA"))
    try:
        yield server
    finally:
        server.stop()


class User(NamedTuple):
    """An immutable user of a `RequestAuthenticator`."""

    user_id: str | None
    email: str | None
    name: str | None


def test_threads_that_share_a_remote_key_set_get_right_verdicts_while_it_rotates() -> None:
    """One key set serves a verifier with a cache, one without, and an authenticator that shares its users."""
    with serve() as server:
        issuer = server.issuer
        keys = RemoteKeySet(
            server.url,
            fetch_burst=1_000,
            fetch_interval_seconds=0.001,
            max_wait_seconds=60,
            max_waiting_threads=THREADS,
        )
        verifiers = [Verifier(keys, audience=issuer.audience, cache_size=size) for size in (0, 30)]
        authenticator = RequestAuthenticator(verifiers[1], dict, build_from_fields=lambda fields: User(**fields))
        attacker = TokenIssuer(algorithm="EdDSA")
        good = [issuer.mint_token(f"user-{number}", groups=[number]) for number in range(40)]
        bad = [attacker.mint_token(f"user-{number}") for number in range(10)]
        expired = [issuer.mint_token(f"user-{number}", expires_in_seconds=-100) for number in range(10)]
        kept: list[dict[str, Any]] = []

        def work(thread: int) -> None:
            for step in range(ROUNDS):
                number = (thread * 7 + step) % len(good)
                verifier = verifiers[step % 2]
                claims = verifier.verify(good[number])
                assert (claims["sub"], claims["groups"]) == (f"user-{number}", [number])
                kept.append(claims)
                other = kept[step * 31 % len(kept)]  # another thread may change it at the same time
                other["groups"].append("admin")
                other[f"name-{thread}"] = step
                user: Any = authenticator.authenticate_user(good[number])
                assert user.user_id == f"user-{number}"
                for token, error in ((bad[step % 10], JWTError), (expired[step % 10], ExpiredSignatureError)):
                    with pytest.raises(error):
                        verifier.verify(token)
                if thread == 0 and step % 10 == 0:
                    issuer.rotate_key()
                    claims = verifier.verify(issuer.mint_token("user-0", groups=[0]))
                    assert claims["sub"] == "user-0"

        run_in_threads(work)
        assert verifiers[0].cached_token_count is None
        assert 0 < (verifiers[1].cached_token_count or 0) <= 30


def test_threads_that_verify_one_token_at_once_get_claims_of_their_own() -> None:
    """The claims that a thread gets are those of the token. Once the token is cached, it has one user."""
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=4)
    authenticator = RequestAuthenticator(verifier, dict, build_from_fields=lambda fields: User(**fields))
    for round_number in range(ROUNDS):
        token = sign_token(
            {"sub": f"user-{round_number}", "exp": int(time.time()) + 900, "roles": [{"name": "reader"}]},
            SECRET,
            algorithm="HS256",
        )

        def work(thread: int, number: int = round_number, token: str = token) -> None:
            claims = verifier.verify(token)
            assert claims["roles"] == [{"name": "reader"}]
            claims["roles"][0]["name"] = f"admin-{thread}"
            user: Any = authenticator.authenticate_user(token)
            assert user.user_id == f"user-{number}"

        run_in_threads(work)
        assert authenticator.authenticate_user(token) is authenticator.authenticate_user(token)


def test_threads_that_share_look_ups_get_their_own_answers() -> None:
    """Each thread has an event loop. The sessions are cached, and the threads ask for the same ones."""
    with serve() as server:
        base_url = server.issuer_url
        sessions = RemoteSessions(base_url, cache_seconds=60, max_cached_sessions=5)
        api_keys = RemoteApiKeys(base_url)
        names = [f"user{number:028}" for number in range(10)]

        async def look_up(thread: int) -> None:
            for step in range(ROUNDS // 4):
                name = names[(thread + step) % len(names)]
                session, key, unknown = await asyncio.gather(
                    sessions(SessionToken(name, raw=name)), api_keys(name), api_keys(f"unknown-{thread}-{step}")
                )
                assert session is not None
                assert key is not None
                assert session["user"]["id"] == key["user"]["id"] == name
                assert unknown is None
                session["user"]["id"] = "changed"

        run_in_threads(lambda thread: asyncio.run(look_up(thread)))


def test_threads_that_share_a_revocation_list_revoke_tokens_of_their_own() -> None:
    revocations = RevocationList(max_token_lifetime_seconds=3_600)
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=THREADS * ROUNDS, revocations=revocations)
    expires = int(time.time()) + 900

    def work(thread: int) -> None:
        for step in range(ROUNDS):
            claims = {"sub": "user", "jti": f"{thread}-{step}", "exp": expires, "iat": expires - 900}
            token = sign_token(claims, SECRET, algorithm="HS256")
            assert verifier.verify(token) == claims
            if step % 2:
                revocations.revoke_token(f"{thread}-{step}", expires)
                with pytest.raises(JOSEError):
                    verifier.verify(token)
            else:
                assert verifier.verify(token) == claims

    run_in_threads(work)
    assert len(revocations) == THREADS * ROUNDS // 2


def test_threads_that_share_the_functions_of_python_jose_get_their_own_results() -> None:
    key = jwk.construct(SECRET, "HS256")

    def work(thread: int) -> None:
        for step in range(ROUNDS):
            claims = {
                "sub": f"{thread}-{step}",
                f"claim-{step % 9}": thread,
                "iat": dt.datetime.now(tz=dt.timezone.utc),
            }
            token = jwt.encode(claims, SECRET if step % 2 else key, algorithm="HS256", headers={"kid": f"key-{thread}"})
            decoded = jwt.decode(token, SECRET, algorithms=["HS256"])
            assert (decoded["sub"], decoded[f"claim-{step % 9}"]) == (f"{thread}-{step}", thread)
            assert jwt.get_unverified_header(token)["kid"] == f"key-{thread}"
            with pytest.raises(JWTError):
                jwt.decode(token, OTHER_SECRET, algorithms=["HS256"])
            message = f"{thread}-{step}".encode()
            assert key.verify(message, key.sign(message))
            signed = jws.sign({"step": step}, SECRET, algorithm="HS256")
            assert jws.verify(signed, SECRET, algorithms="HS256") == f'{{"step":{step}}}'.encode()

    run_in_threads(work)


def test_threads_use_what_another_thread_changes() -> None:
    """A JWK Set and claims change while threads read them: a call sees one state, or reports the change."""
    key_set: dict[str, Any] = {"keys": []}
    claims: dict[str, Any] = {"sub": "user", "roles": []}
    other = {"kty": "oct", "k": "b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC1vdGhlci1zZWNyZXQ", "alg": "HS256"}
    numbers = itertools.count()

    def read() -> None:
        token = sign_token(claims, SECRET, algorithm="HS256")
        assert jwt.get_unverified_claims(token)["sub"] == "user"
        with pytest.raises((JOSEError, ValueError, RuntimeError)):
            Verifier([key_set, other], algorithms="HS256", required=()).verify(token)

    def change() -> None:
        number = next(numbers)
        claims[f"claim-{number % 50}"] = number
        claims.pop(f"claim-{(number + 25) % 50}", None)
        claims["roles"] = [number] * (number % 20)
        key_set["keys"] = [other] * (number % 5)

    steps: list[Callable[[], None]] = [read, change]

    def work(thread: int) -> None:
        for _ in range(ROUNDS * 5):
            steps[thread % 2]()

    run_in_threads(work)
