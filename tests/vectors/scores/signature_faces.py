"""The functions that verify a token, each as `(token, key) -> accepted`.

The payloads of the vectors are not claims, or are claims of 2011. So a signature that was accepted is recognized by the
error: the payload or its `exp` is rejected instead of the signature. To show that the error comes after the signature,
the token is verified with another signature, too: that must be rejected with another error.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI

from fastjose import ExpiredSignatureError, JOSEError, Key, RemoteKeySet, Verifier, jws, jwt, verify_token
from fastjose._cli.explain.application import Application
from fastjose._cli.explain.explain import explain
from fastjose._cli.explain.requests import Place
from fastjose.fastapi import BearerAuth
from support.clients.asgi_client import send_request
from support.servers.proxies.jwks_proxy import serve_jwks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.servers.proxies.jwks_proxy import JwksProxy
    from vectors.scores.score import Accepts
    from vectors.scores.vector_sets import VectorKey

_PAYLOAD_REJECTED = "Invalid payload string"
_EXPIRED = "Token has expired"
_OK = 200


def _is_signature_accepted(verify: Callable[[str], object], token: str) -> bool:
    """Return whether `verify` accepts the signature of `token`, regardless of the payload."""
    return _is_at_most_payload_rejected(verify, token) and not _is_at_most_payload_rejected(verify, _forge(token))


def _is_at_most_payload_rejected(verify: Callable[[str], object], token: str) -> bool:
    try:
        verify(token)
    except ExpiredSignatureError:
        return True
    except JOSEError as error:
        return str(error).startswith(_PAYLOAD_REJECTED)
    return True


def _forge(token: str) -> str:
    """Return `token` with a signature of the same length that no key has made."""
    signing_input, _, signature = token.rpartition(".")
    return f"{signing_input}.{'A' * len(signature)}"


def verify_with_verifier(token: str, key: VectorKey) -> bool:
    """Verify with a `Verifier` of the JWK or JWK Set."""
    return _is_signature_accepted(
        lambda each: Verifier(key.jwk, algorithms=key.algorithms, required=[]).verify(each), token
    )


def verify_with_function(token: str, key: VectorKey) -> bool:
    """Verify with `verify_token`."""
    return _is_signature_accepted(
        lambda each: verify_token(each, key.jwk, algorithms=key.algorithms, required=[]), token
    )


def verify_with_key(token: str, key: VectorKey) -> bool:
    """Verify with a `Verifier` of one `Key` for each JWK."""
    jwks = key.jwk.get("keys", [key.jwk])
    return _is_signature_accepted(
        lambda each: Verifier([Key(jwk) for jwk in jwks], algorithms=key.algorithms, required=[]).verify(each), token
    )


def verify_with_jws(token: str, key: VectorKey) -> bool:
    """Verify with `jws.verify`, which does not read the payload."""
    try:
        jws.verify(token, key.jwk, list(key.algorithms))
    except JOSEError:
        return False
    return True


def verify_with_jwt(token: str, key: VectorKey) -> bool:
    """Verify with `jwt.decode`."""
    return _is_signature_accepted(lambda each: jwt.decode(each, key.jwk, list(key.algorithms)), token)


def verify_with_fastapi(token: str, key: VectorKey) -> bool:
    """Send the token to a route with `BearerAuth`; the response says what was rejected."""
    try:
        auth = BearerAuth(Verifier(key.jwk, algorithms=key.algorithms, required=[]))
    except JOSEError:
        return False
    app = _create_app(auth)
    return _is_signature_accepted(lambda each: _request(app, each), token)


def _request(app: FastAPI, token: str) -> None:
    """Send a request with a token.

    Raises:
        JOSEError: The response is a 401, whose detail is the message.
    """
    answer = send_request(app, "/", [(b"authorization", b"Bearer " + token.encode())])
    if answer.status != _OK:
        message = answer.json()["detail"].removeprefix("Invalid token: ")
        raise (ExpiredSignatureError if message.startswith(_EXPIRED) else JOSEError)(message)


def _create_app(auth: BearerAuth[Any]) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.add_api_route("/", _answer, dependencies=[Depends(auth.current_claims)])
    return app


async def _answer() -> None:
    """Answer with null."""


def verify_with_explain(token: str, key: VectorKey) -> bool:
    """Explain the token; the signature is accepted if its step passed."""
    options = {"algorithms": key.algorithms, "required": []}
    try:
        auth = BearerAuth(Verifier(key.jwk, algorithms=key.algorithms, required=[]))
    except JOSEError:
        return False
    explanation = explain(Application(auth, key.jwk, options), token, Place("authorization", "Bearer "))
    return any(step.name == "signature" and step.status == "passed" for step in explanation.steps)


class RemoteFace:
    """Verifies with a `RemoteKeySet`, whose server on loopback has the keys of the case."""

    def __init__(self, server: JwksProxy) -> None:
        """Fetch the keys from `server`."""
        self._server = server

    def __call__(self, token: str, key: VectorKey) -> bool:
        """Serve the keys and verify the token."""
        jwks = key.jwk if "keys" in key.jwk else {"keys": [key.jwk]}
        self._server.read_key_set = lambda: jwks
        keys = RemoteKeySet(
            self._server.url, fetch_burst=1, fetch_interval_seconds=3_600, recheck_interval_seconds=3_600
        )
        return _is_signature_accepted(lambda each: self._verify(keys, each, key), token)

    @staticmethod
    def _verify(keys: RemoteKeySet, token: str, key: VectorKey) -> None:
        if keys.age_seconds is None:
            keys.fetch()
        Verifier(keys, algorithms=key.algorithms, required=[]).verify(token)


LOCAL_FACES: dict[str, Accepts] = {
    "Verifier": verify_with_verifier,
    "verify_token": verify_with_function,
    "Key": verify_with_key,
    "jws.verify": verify_with_jws,
    "jwt.decode": verify_with_jwt,
    "BearerAuth": verify_with_fastapi,
    "explain": verify_with_explain,
}
FACE_NAMES = (*LOCAL_FACES, "RemoteKeySet")


@contextlib.contextmanager
def open_face(name: str) -> Iterator[Accepts]:
    """Yield the function of a name in `FACE_NAMES`, with its server if it has one."""
    if name in LOCAL_FACES:
        yield LOCAL_FACES[name]
        return
    with serve_jwks(dict) as server:
        yield RemoteFace(server)
