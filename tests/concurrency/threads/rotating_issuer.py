"""An issuer whose JWK Set, on loopback, gets a new key and loses the oldest at each rotation."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

from concurrency.threads import signing_keys
from fastjose import sign_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AUDIENCE = "https://api.example"
PUBLISHED_KEYS = 4
"""The number of keys in the set."""
KEPT_BATCHES = PUBLISHED_KEYS + 4
"""The number of rotations for which the tokens of a key are kept: some of them are of keys that were withdrawn."""
TOKENS_PER_KEY = 60


@dataclass(frozen=True)
class Batch:
    """The tokens of one key: each with the `sub` that it has."""

    number: int
    good: tuple[tuple[str, str], ...]
    bad: tuple[str, ...]
    """Expired tokens, tokens of the attacker with the key's `kid`, and tokens for another audience."""


class RotatingIssuer:
    """The issuer: the number of its newest key, the tokens of the latest keys, and the requests for its set."""

    def __init__(self) -> None:
        """Publish the first key."""
        self.newest = -1
        self.batches: tuple[Batch, ...] = ()
        self.request_count = 0
        self.url = ""
        self._made_up = itertools.count()
        self.rotate()

    def rotate(self) -> None:
        """Publish the next key, and create its tokens."""
        number = self.newest + 1
        batch = _create_batch(number)
        self.newest = number  # the key is published before its tokens are used
        self.batches = (*self.batches, batch)[-KEPT_BATCHES:]  # threads read the tuple meanwhile

    def is_published(self, number: int) -> bool:
        """Return whether the set has the key of that number."""
        return self.newest - PUBLISHED_KEYS < number <= self.newest

    def key_set(self) -> dict[str, Any]:
        """Return the JWK Set."""
        self.request_count += 1
        newest = self.newest
        return {"keys": [signing_keys.public_key(n) for n in range(max(0, newest - PUBLISHED_KEYS + 1), newest + 1)]}

    def create_token_of_unknown_key(self) -> str:
        """Return a token of the attacker, with a `kid` that never occurs again."""
        return _sign(signing_keys.attacker_key(), f"made-up-{next(self._made_up)}")


def _create_batch(number: int) -> Batch:
    key, kid, attacker = signing_keys.private_key(number), signing_keys.kid(number), signing_keys.attacker_key()
    subjects = [f"user-{number}-{i}" for i in range(TOKENS_PER_KEY)]
    past = int(time.time()) - 600
    bad = [
        token
        for sub in subjects[: TOKENS_PER_KEY // 6]
        for token in (
            _sign(attacker, kid, sub=sub),
            _sign(key, kid, sub=sub, exp=past),
            _sign(key, kid, sub=sub, aud="https://other.example"),
        )
    ]
    return Batch(number, tuple((_sign(key, kid, sub=sub), sub) for sub in subjects), tuple(bad))


def _sign(key: Mapping[str, str], kid: str, **claims: Any) -> str:
    own = {"sub": "u", "aud": AUDIENCE, "exp": int(time.time()) + 3_600}
    return sign_token({**own, **claims}, key, algorithm="EdDSA", header={"kid": kid})


@contextlib.contextmanager
def serve_rotating_issuer(rotation_seconds: float) -> Iterator[RotatingIssuer]:
    """Serve the key set on a free loopback port, and rotate its keys, while the block lasts."""
    issuer, is_over = RotatingIssuer(), threading.Event()

    def rotate() -> None:
        while not is_over.wait(rotation_seconds):
            issuer.rotate()

    handler = type("Handler", (_Handler,), {"issuer": issuer})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}/jwks"
        threads = [threading.Thread(target=server.serve_forever), threading.Thread(target=rotate)]
        for thread in threads:
            thread.start()
        try:
            yield issuer
        finally:
            is_over.set()
            server.shutdown()
            for thread in threads:
                thread.join()


class _Handler(BaseHTTPRequestHandler):
    issuer: ClassVar[RotatingIssuer]

    def do_GET(self) -> None:
        body = json.dumps(self.issuer.key_set()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
