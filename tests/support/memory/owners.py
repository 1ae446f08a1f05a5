"""Objects that own secrets, in a process whose memory is searched: `python -m support.memory.owners`.

Each function takes the materials as `Materials` and returns the owner, after it was used once. What a function creates
from a material itself, it passes to `Materials.keep`, so that it is wiped.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import Depends, FastAPI

from fastjose import JWKSetUnavailableError, Key, RemoteKeySet, Verifier, jwe, jwk
from fastjose._core import (
    AuthJsCookieReader,
    RemoteIntrospection,
    SessionCookieReader,
    SessionTokenReader,
)
from fastjose.backends import DIRKey
from fastjose.fastapi import BearerAuth
from support.clients.asgi_client import send_request
from support.memory.wiping import wipe

if TYPE_CHECKING:
    from collections.abc import Callable

_TextT = TypeVar("_TextT", str, bytes)


class Materials:
    """The secrets of one owner. They were read from a pipe into mutable memory."""

    def __init__(self, received: dict[str, bytearray]) -> None:
        """Take the secrets by name."""
        self._received = received
        self._created: list[str | bytes] = []

    def text(self, name: str) -> str:
        """Return a new str of a material."""
        return self.keep(self._received[name].decode("ascii"))

    def octets(self, name: str) -> bytes:
        """Return new bytes of a material."""
        return self.keep(bytes(self._received[name]))

    def keep(self, value: _TextT) -> _TextT:
        """Wipe `value` with the inputs. Return it."""
        self._created.append(value)
        return value

    def wipe(self) -> None:
        """Wipe everything."""
        for value in self._created:
            wipe(value)
        for received in self._received.values():
            wipe(received)
        self._created.clear()

    def find_holders(self) -> list[str]:
        """Return the types of the containers that hold a str or bytes with a part of a material."""
        octets = [bytes(memoryview(material)[-24:]) for material in self._received.values()]
        texts = [part.decode("ascii") for part in octets if part.isascii()]
        own = {id(self._created), id(self._received), id(octets), id(texts)}
        holders = []
        for container in gc.get_objects():
            if id(container) in own or isinstance(container, FrameType):
                continue
            for value in gc.get_referents(container):
                is_text = isinstance(value, str) and any(part in value for part in texts)
                if is_text or (isinstance(value, (bytes, bytearray)) and any(part in value for part in octets)):
                    holders.append(type(container).__name__)
        for part in octets:
            wipe(part)
        for text in texts:
            wipe(text)
        return holders


class WipedCopy:
    """A copy that is wiped with its owner."""

    def __init__(self, secret: bytes) -> None:
        """Copy the secret."""
        self._copy = bytearray(secret)

    def __del__(self) -> None:
        """Wipe the copy."""
        wipe(self._copy)


def own_nothing(_materials: Materials, _settings: Any) -> object:
    """Own nothing: the materials are in the pipe's buffers alone."""
    return object()


def own_copy(materials: Materials, _settings: Any) -> object:
    """Keep a copy until the owner is dropped, as a control: the search must find it."""
    return WipedCopy(materials.octets("secret"))


def leak_copy(materials: Materials, _settings: Any) -> object:
    """Keep a copy for ever, as a control: the search must find it after the owner is gone."""
    _leaked.append(bytearray(materials.octets("secret")))
    return object()


_leaked: list[bytearray] = []


def own_verifier(materials: Materials, settings: Any) -> object:
    """Verify with a secret."""
    verifier = Verifier(materials.text("secret"), algorithms="HS256", cache_size=settings.get("cache_size", 0))
    verifier.verify(materials.text("token"))
    return verifier


def own_key(materials: Materials, _settings: Any) -> object:
    """Verify with a prepared key of bytes."""
    key = Key(materials.octets("secret"))
    Verifier(key, algorithms="HS256").verify(materials.text("token"))
    return key


def own_jwk_verifier(materials: Materials, _settings: Any) -> object:
    """Verify with a JWK."""
    return Verifier({"kty": "oct", "k": materials.text("k")}, algorithms="HS256")


def own_hmac_key(materials: Materials, _settings: Any) -> object:
    """Sign with a key object of a secret."""
    key = jwk.construct(materials.text("secret"), "HS256")
    key.sign(b"message")
    return key


def own_private_key(materials: Materials, settings: Any) -> object:
    """Sign with a private key."""
    key = jwk.construct(materials.text("pem"), settings["algorithm"])
    key.sign(b"message")
    return key


def own_jwe_key(materials: Materials, _settings: Any) -> object:
    """Encrypt and decrypt with a shared key."""
    key = DIRKey(materials.octets("secret"), "dir")
    token = jwe.encrypt("content", materials.octets("secret"), encryption="A256CBC-HS512", algorithm="dir")
    jwe.decrypt(token, materials.octets("secret"))
    return key


def own_auth_js_reader(materials: Materials, _settings: Any) -> object:
    """Read cookies of Auth.js."""
    reader = AuthJsCookieReader([materials.text("secret")])
    reader.read([b"theme=dark"])
    return reader


def own_session_token_reader(materials: Materials, _settings: Any) -> object:
    """Read session tokens of Better Auth."""
    reader = SessionTokenReader([materials.text("secret")])
    reader.read(materials.text("signed"))
    return reader


def own_session_cookie_reader(materials: Materials, settings: Any) -> object:
    """Read session cookies of Better Auth."""
    reader = SessionCookieReader(secrets=[materials.text("secret")], strategy=settings["strategy"])
    reader.read([b"theme=dark"])
    return reader


def own_remote_key_set(materials: Materials, settings: Any) -> object:
    """Fetch keys with a bearer token."""
    keys = RemoteKeySet(settings["url"], headers={"Authorization": materials.text("authorization")})
    keys.fetch()
    return keys


def own_client_certificate(materials: Materials, settings: Any) -> object:
    """Fetch keys with the certificate of a client. The server does not speak TLS."""
    url = settings["url"].replace("http://", "https://")
    keys = RemoteKeySet(url, client_certificate=materials.text("certificate"), timeout_seconds=1)
    with contextlib.suppress(JWKSetUnavailableError):
        keys.fetch()
    return keys


def own_proxy_password(materials: Materials, settings: Any) -> object:
    """Fetch keys through a proxy with a password. The proxy refuses."""
    host = settings["url"].split("/")[2]
    proxy = materials.keep(f"http://fetcher:{materials.text('password')}@{host}")
    keys = RemoteKeySet("https://auth.example.com/jwks", proxy=proxy, timeout_seconds=1)
    with contextlib.suppress(JWKSetUnavailableError):
        keys.fetch()
    return keys


def own_introspection(materials: Materials, settings: Any) -> object:
    """Ask about an opaque token with the secret of a client."""
    introspection = RemoteIntrospection(
        settings["url"], client_id="api", client_secret=materials.text("secret"), accepted_client_id="web"
    )
    asyncio.run(_try(introspection.introspect, materials.text("token")))
    return introspection


async def _try(look_up: Any, credential: str) -> None:
    """Look up a credential. The answer does not matter."""
    with contextlib.suppress(Exception):
        await look_up(credential)


def own_application(materials: Materials, _settings: Any) -> object:
    """Send a request with a token to an application."""
    auth = BearerAuth(Verifier(materials.text("secret"), algorithms="HS256"))
    app = FastAPI()
    app.add_api_route("/", _answer, dependencies=[Depends(auth.current_user)])
    value = materials.keep(b"Bearer " + materials.octets("token"))
    assert send_request(app, "/", [(b"authorization", value)]).status == 200
    return app


async def _answer() -> None:
    """Answer with null."""


OWNERS: dict[str, Callable[[Materials, Any], object]] = {
    name: function for name, function in list(globals().items()) if name.startswith(("own_", "leak_"))
}


def main() -> None:
    """Run each owner that the parent names, until its pipe closes."""
    while line := _read_line():
        request = json.loads(line)
        materials = Materials({name: _read_exactly(size) for name, size in request["materials"].items()})
        owner: object | None = OWNERS[request["owner"]](materials, request["settings"])
        _wait("used", [])
        gc.collect()
        holders = materials.find_holders()
        materials.wipe()
        _wait("inputs wiped", holders)
        del owner
        gc.collect()
        _wait("dropped", [])


def _wait(step: str, holders: list[str]) -> None:
    """Tell the parent what was done, and wait for its line."""
    sys.stdout.write(json.dumps({"step": step, "holders": holders}) + "\n")
    sys.stdout.flush()
    _read_line()


def _read_line() -> bytes:
    line = bytearray()
    while (byte := os.read(0, 1)) not in {b"", b"\n"}:
        line += byte
    return bytes(line)


def _read_exactly(size: int) -> bytearray:
    """Read from the pipe into mutable memory, without an object of Python in between."""
    buffer = bytearray(size)
    view, filled = memoryview(buffer), 0
    while filled < size:
        filled += os.readv(0, [view[filled:]])
    return buffer


if __name__ == "__main__":
    main()
