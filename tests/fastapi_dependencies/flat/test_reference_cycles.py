"""A request leaves nothing for the garbage collector: its token and user are gone when it is answered."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from support.clients.asgi_client import send_request
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.ed25519_key_set import make_key_set, make_token

TOKENS: dict[str, tuple[int, Callable[[], str | None]]] = {
    "of a cached key": (200, make_token),
    "forged": (401, lambda: make_token()[:-20] + "A" * 20),
    "of an unknown key, which waits": (401, lambda: make_token("made-up")),
    "garbage": (401, lambda: "garbage"),
    "missing": (401, lambda: None),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_request_leaves_no_reference_cycle(kind: str) -> None:
    status, create_token = TOKENS[kind]
    token = create_token()
    with serve_jwks(make_key_set) as server:
        auth = BearerAuth(Verifier(RemoteKeySet(server.url, fetch_burst=10)))
        app = FastAPI()

        @app.get("/me")
        async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> str:
            return user.user_id

        headers = [] if token is None else [(b"authorization", b"Bearer " + token.encode())]
        assert send_request(app, "/me", headers).status == status  # what the first request creates is kept
        with collected_types() as types:
            assert send_request(app, "/me", headers).status == status

    assert not [name for name in types if "fastjose" in name or "Error" in name or "Exception" in name], types


def test_cycle_is_seen() -> None:
    with collected_types() as types:
        error = ValueError()
        error.args = (error,)
        del error
    assert types["builtins.ValueError"] == 1


@contextmanager
def collected_types() -> Iterator[Counter[str]]:
    """Count the types of the objects that the block makes, and that only the garbage collector would free."""
    types: Counter[str] = Counter()
    gc.collect()
    gc.disable()
    try:
        yield types
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        types.update(f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.garbage)
    finally:
        gc.garbage.clear()
        gc.set_debug(0)
        gc.enable()
