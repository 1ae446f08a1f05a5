"""Key servers whose response does not end: the fetch ends, the connection is closed, and other sets are unaffected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from fastjose import JWKSetUnavailableError, RemoteKeySet
from support.servers.endless_server import ENDLESS_RESPONSES, WAIT_SECONDS, serve_endless_response
from support.servers.proxies.jwks_proxy import serve_jwks


@pytest.mark.parametrize("name", ENDLESS_RESPONSES)
def test_endless_response_fails_and_its_connection_is_closed(name: str) -> None:
    with serve_endless_response(name) as server:
        with pytest.raises(JWKSetUnavailableError) as raised:
            RemoteKeySet(server.url, timeout_seconds=0.5).fetch()
        assert raised.value.code == "keys_unavailable"
        assert server.is_left.wait(WAIT_SECONDS)


@pytest.mark.parametrize("name", ["100", "103 with a header", "silence"])
def test_endless_response_does_not_stop_the_fetches_of_another_set(name: str) -> None:
    with (
        serve_endless_response(name) as server,
        serve_jwks(lambda: {"keys": []}) as proxy,
        ThreadPoolExecutor(1) as pool,
    ):
        hostile = pool.submit(RemoteKeySet(server.url, timeout_seconds=2).fetch)
        assert server.has_request.wait(WAIT_SECONDS)
        for _ in range(3):
            RemoteKeySet(proxy.url, timeout_seconds=WAIT_SECONDS).fetch()
        with pytest.raises(JWKSetUnavailableError):
            hostile.result(WAIT_SECONDS)
        assert server.is_left.wait(WAIT_SECONDS)
