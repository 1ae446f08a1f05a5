"""The ways in which an issuer publishes its keys: a JWK Set, a document that names one, a URL for each `kid`."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastjose import RemoteKeySet
from faults.harness.faulty_server import FaultyServer, Response, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.harness.tokens import Issuer

PATHS_OF_DISCOVERY = 3
"""The most requests of one fetch: two places of the document, and the set."""

MAX_WANTED_KIDS = 8
"""The number of keys that tokens may wait for at a time, if keys are fetched one by one."""


@dataclass(frozen=True)
class KeySource:
    """A way of publishing keys.

    Attributes:
        create: Returns the key set at a URL, with the options of `RemoteKeySet`.
        respond: Returns the response of a good server: for an issuer, the URL of the server, and a request.
        forge: Returns the body that an attacker sends instead of the keys.
        count_requests: Returns the most requests of one fetch.
        unknown: The number of made-up `kid`s in a round, beside two others, that do not exceed a limit.
    """

    create: Callable[..., RemoteKeySet]
    respond: Callable[[Issuer, str, str], bytes | Response]
    forge: Callable[[Issuer], bytes]
    count_requests: Callable[[Issuer], int]
    unknown: int = 20


def respond_with_set(issuer: Issuer, _: str, __: str) -> bytes:
    """Return the JWK Set."""
    return json.dumps(issuer.key_set()).encode()


def forge_set(issuer: Issuer) -> bytes:
    """Return a JWK Set with the attacker's key under every `kid`."""
    return json.dumps(issuer.forged_key_set()).encode()


def respond_with_document(issuer: Issuer, url: str, request: str) -> bytes:
    """Return the discovery document, or the set that it names."""
    if request.startswith("GET /.well-known/"):
        return json.dumps({"issuer": url, "jwks_uri": f"{url}/jwks"}).encode()
    return respond_with_set(issuer, url, request)


def respond_with_key(issuer: Issuer, _: str, request: str) -> bytes | Response:
    """Return the key that the request names, or a 404."""
    kid = request.split(" ", 2)[1].rpartition("/")[2]
    found = [key.to_pem() for key in issuer.keys if key.kid == kid]
    return found[0] if found else Response(b"", "404 Not Found")


JWK_SET = KeySource(
    lambda url, **options: RemoteKeySet(f"{url}/jwks", **options), respond_with_set, forge_set, lambda _: 1
)
DISCOVERY = KeySource(RemoteKeySet.of_issuer, respond_with_document, forge_set, lambda _: PATHS_OF_DISCOVERY)
PER_KID = KeySource(
    lambda url, **options: RemoteKeySet.per_kid(f"{url}/keys", **options),
    respond_with_key,
    lambda issuer: issuer.attacker.to_pem().strip(),
    lambda issuer: MAX_WANTED_KIDS + len(issuer.keys),
    unknown=MAX_WANTED_KIDS - 2,
)
KEY_SOURCES = {"a set": JWK_SET, "keys by kid": PER_KID}
"""Those that share no code on the way from a URL to keys. A document only names a set."""


@contextlib.contextmanager
def serve_keys(issuer: Issuer, source: KeySource) -> Iterator[FaultyServer]:
    """Serve the keys of `issuer`."""
    with serve(lambda request: source.respond(issuer, server.url, request)) as server:
        yield server
