"""A key set behind a loopback URL, and its fetched keys."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from benches.support.fixtures import KID, get_key_pair
from fastjose import RemoteKeySet
from support.servers.proxies.jwks_proxy import serve_jwks

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_SECONDS = 86_400


@contextlib.contextmanager
def serve_eddsa_key(kid: str = KID, key_index: int = 0) -> Iterator[str]:
    """Serve a key set with one EdDSA key while the block lasts, and provide its URL."""
    jwk = {**get_key_pair("EdDSA", key_index).verification_jwk, "alg": "EdDSA", "kid": kid}
    with serve_jwks(lambda: {"keys": [jwk]}) as proxy:
        yield proxy.url


def fetch_remote_key_set(url: str) -> RemoteKeySet:
    """Return the key set behind `url`, fetched, and fresh for a day."""
    keys = RemoteKeySet(url, max_age_seconds=DAY_SECONDS)
    keys.fetch()
    return keys
