"""A program that floods a verifier with tokens whose key is never fetched, and prints the memory that they occupy.

    python -m support.memory.waiting_memory MODE LONG_SEGMENT COUNT

The three numbers that it prints are the growth of the resident set in bytes, the tokens that wait, and those refused.
"""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import gc
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from fastjose import JWKSetUnavailableError, RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth
from support.tokens.jose_builder import b64u

LONG_BYTES = 45_000
"""Length of a long segment before base64url, which makes it 60,000 characters."""


def create_token(long_segment: str, number: int) -> str:
    """Return a token with a made-up `kid` and an invalid signature; `long_segment` is payload, signature or none."""
    header = {"alg": "EdDSA", "kid": f"made-up-{number}"}
    filler = "x" * LONG_BYTES if long_segment == "payload" else ""
    claims = {"sub": "u", "exp": int(time.time()) + 3_600, "filler": filler}
    signature = bytes(LONG_BYTES if long_segment == "signature" else 64)
    return ".".join(b64u(part) for part in (json.dumps(header).encode(), json.dumps(claims).encode(), signature))


def verify_directly(verifier: Verifier) -> Callable[[str], Coroutine[Any, Any, bool]]:
    """Return a function that verifies a token and returns whether it may wait for its key."""

    async def verify(token: str) -> bool:
        try:
            await verifier.verify_async(token)
        except JWKSetUnavailableError:
            return False
        return True

    return verify


def verify_in_request(verifier: Verifier) -> Callable[[str], Coroutine[Any, Any, bool]]:
    """Return a function that sends a request with a token and returns whether the token may wait for its key."""
    app, auth = FastAPI(), BearerAuth(verifier)

    @app.get("/me")
    async def get_user(user: Annotated[Any, Depends(auth.current_user)]) -> Any:
        return user

    async def send_request(token: str) -> bool:
        statuses: list[int] = []

        async def send(message: Any) -> None:
            statuses.append(message.get("status", 0))

        headers = [(b"authorization", b"Bearer " + token.encode())]
        del token  # a server keeps only the headers
        scope = {"type": "http", "method": "GET", "path": "/me", "query_string": b"", "headers": headers}
        await app(scope, _receive, send)
        return statuses[0] != 503

    return send_request


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def read_resident_bytes() -> int:
    """Return the size of the resident set of this process."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def flood(verify: Callable[[str], Coroutine[Any, Any, bool]], long_segment: str, count: int) -> None:
    """Verify `count` tokens at the same time, and print the growth of the resident set."""
    waiting: list[asyncio.Task[bool]] = []
    refused = 0
    for number in range(-20, count):  # the first tokens load what every token needs
        if number == 0:
            before = read_resident_bytes()
        task = asyncio.create_task(verify(create_token(long_segment, number)))
        for _ in range(20):  # more steps than a request takes until it waits
            await asyncio.sleep(0)
        if task.done():
            assert task.result() is False
            refused += 1
        else:
            waiting.append(task)
    sys.stdout.write(f"{read_resident_bytes() - before} {len(waiting)} {refused}\n")
    sys.stdout.flush()


def main(mode: str, long_segment: str, count: str) -> None:
    """Run the flood against a server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/jwks"
        keys = RemoteKeySet(url, timeout_seconds=3_600, max_wait_seconds=3_600)
        verifier = Verifier(keys)
        verify = {"verify_async": verify_directly, "request": verify_in_request}[mode](verifier)
        asyncio.new_event_loop().run_until_complete(flood(verify, long_segment, int(count)))
        os._exit(0)  # the tokens still wait


if __name__ == "__main__":
    main(*sys.argv[1:])
