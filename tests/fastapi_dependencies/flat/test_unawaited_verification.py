"""A missing `await` never authenticates a request: `Verifier.verify_async` as a dependency, or not awaited in one."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import gc
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from fastapi import Depends, FastAPI
from starlette.requests import Request

from fastjose import ExpiredSignatureError, JWTError, RemoteKeySet, Verifier
from support.clients.http_client import HttpClient
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.jose_builder import SECRET, ed_key, jwk, public_key_of
from support.tokens.jose_builder import create_token as make_token

pytestmark = pytest.mark.http


@dataclass
class Mode:
    """A verifier with a cached key, and tokens for it."""

    verifier: Verifier
    is_remote: bool

    def token(self, kind: str) -> str:
        claims: dict[str, Any] = {"sub": "u", "exp": int(time.time()) + (60 if kind != "expired" else -60)}
        kid = "unknown" if kind == "forged, unknown kid" else "k1"
        algorithm = "EdDSA" if self.is_remote else "HS256"
        forging_key: Any = ed25519.Ed25519PrivateKey.generate() if self.is_remote else b"x" * 64
        key = forging_key if kind.startswith("forged") else ed_key() if self.is_remote else SECRET
        return "garbage" if kind == "garbage" else make_token(algorithm, claims, key, kid=kid)

    def needs_fetch(self, kind: str) -> bool:
        """Return whether a key that the server has added since may verify a token of `kind`."""
        return self.is_remote and kind.startswith("forged")


@pytest.fixture(params=["secret", "jwks"])
def mode(request: pytest.FixtureRequest) -> Iterator[Mode]:
    if request.param == "secret":
        yield Mode(Verifier(SECRET, algorithms="HS256"), is_remote=False)
        return
    with serve_jwks(lambda: {"keys": [jwk(public_key_of(ed_key()), alg="EdDSA", kid="k1")]}) as proxy:
        verifier = Verifier(RemoteKeySet(proxy.url))
        mode = Mode(verifier, is_remote=True)
        verifier.verify(mode.token("valid"))
        yield mode


with_each_kind = pytest.mark.parametrize(
    "kind", ["valid", "garbage", "expired", "forged, known kid", "forged, unknown kid"]
)


@contextmanager
def record_coroutine_warnings() -> Iterator[list[str]]:
    """Record what Python reports about coroutines that are never awaited."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield messages
        gc.collect()
    messages.extend(str(warning.message) for warning in caught if warning.category is RuntimeWarning)


def build_app(dependency: Callable[..., Any]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def admit(claims: Annotated[Any, Depends(dependency)]) -> str:
        return f"admitted with {type(claims).__name__}"

    return app


@with_each_kind
def test_verify_async_as_a_dependency_fails_for_every_token(mode: Mode, kind: str) -> None:
    client = HttpClient(build_app(mode.verifier.verify_async))
    raises_with_advice = pytest.raises(RuntimeError, match=r"Depends\(auth\.current_claims\)")
    with record_coroutine_warnings() as messages, client, raises_with_advice:
        client.get(f"/?token={mode.token(kind)}")
    assert messages == []


@with_each_kind
def test_plain_dependency_returning_the_coroutine_fails_for_every_token(mode: Mode, kind: str) -> None:
    def verify(request: Request) -> Any:
        return mode.verifier.verify_async(request.headers["authorization"].removeprefix("Bearer "))

    with HttpClient(build_app(verify)) as client, pytest.raises(RuntimeError, match="event loop"):
        client.get("/", mode.token(kind))


@with_each_kind
def test_unawaited_coroutine_raises_at_the_call_or_warns(mode: Mode, kind: str) -> None:
    async def verify(request: Request) -> Any:
        return mode.verifier.verify_async(request.headers["authorization"].removeprefix("Bearer "))

    with HttpClient(build_app(verify)) as client, record_coroutine_warnings() as messages:
        if kind != "valid" and not mode.needs_fetch(kind):
            expected = ExpiredSignatureError if kind == "expired" else JWTError
            with pytest.raises(expected):
                client.get("/", mode.token(kind))
        else:
            assert client.get("/", mode.token(kind)).json() == "admitted with coroutine"
    is_warned = any("was never awaited" in message for message in messages)
    assert is_warned == (kind == "valid" or mode.needs_fetch(kind)), messages


def test_fetch_async_requires_an_event_loop_and_warns_if_not_awaited() -> None:
    with serve_jwks(dict) as proxy:
        keys = RemoteKeySet(proxy.url)
        with pytest.raises(RuntimeError, match="event loop"):
            keys.fetch_async()  # type: ignore[unused-coroutine]  # the mistake under test

        async def forget() -> str:
            keys.fetch_async()  # type: ignore[unused-coroutine]  # the mistake under test
            return "forgotten"

        with HttpClient(build_app(forget)) as client, record_coroutine_warnings() as messages:
            assert client.get("/").status_code == 200
        assert any("was never awaited" in message for message in messages)
        assert proxy.request_count == 0
