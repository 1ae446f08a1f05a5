"""A route that accepts the tokens of two issuers with remote keys: `a or b` of two optional users."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import Depends, FastAPI, HTTPException

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose.fastapi import BearerAuth, CurrentUser
from support.http_client import HttpClient
from support.jose_builder import b64u
from support.jwks_proxy import JwksProxy, serve_jwks

pytestmark = pytest.mark.http


class Issuer:
    """An issuer with a key of its own, which a JWKS endpoint serves."""

    def __init__(self, name: str, proxy: JwksProxy) -> None:
        self.origin, self.kid, self.proxy = f"https://{name}.example", name, proxy
        self._key = ed25519.Ed25519PrivateKey.generate()
        proxy.read_key_set = self.read_key_set

    def read_key_set(self) -> Any:
        x = b64u(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": self.kid, "x": x}]}

    def create_token(self, **claims: Any) -> str:
        own = {"sub": f"user of {self.kid}", "iss": self.origin, "aud": self.origin, "exp": int(time.time()) + 60}
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return sign_token({**own, **claims}, pem, algorithm="EdDSA", header={"kid": self.kid})

    def create_auth(self, url: str) -> BearerAuth:
        # The one fetch that the token bucket permits leaves nothing for an unknown key.
        keys = RemoteKeySet(url, fetch_burst=1, fetch_interval_seconds=3_600)
        return BearerAuth(Verifier(keys, issuer=self.origin, audience=self.origin))


@pytest.fixture
def issuers() -> Iterator[list[Issuer]]:
    with contextlib.ExitStack() as stack:
        yield [Issuer(name, stack.enter_context(serve_jwks(dict))) for name in ("one", "two")]


def create_app(one: BearerAuth, two: BearerAuth) -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def get_user(
        first: Annotated[CurrentUser | None, Depends(one.current_user_optional)],
        second: Annotated[CurrentUser | None, Depends(two.current_user_optional)],
    ) -> Any:
        if user := first or second:
            return user.user_id
        raise HTTPException(401)

    return app


def test_each_issuer_is_fetched_once_for_many_requests(issuers: list[Issuer]) -> None:
    one, two = issuers
    app = create_app(one.create_auth(one.proxy.url), two.create_auth(two.proxy.url))
    with HttpClient(app) as client:
        for _ in range(20):
            for issuer in issuers:
                assert client.get("/me", issuer.create_token()).json() == f"user of {issuer.kid}"
        for rejected in (one.create_token(iss=two.origin), one.create_token(exp=1), two.create_token(aud="web")):
            assert client.get("/me", rejected).status_code == 401
    assert [issuer.proxy.request_count for issuer in issuers] == [1, 1]


@pytest.mark.parametrize("order", [list, lambda pair: pair[::-1]], ids=["first", "second"])
def test_token_is_accepted_while_the_other_key_server_is_down(
    issuers: list[Issuer], order: Callable[[list[BearerAuth]], list[BearerAuth]]
) -> None:
    one, two = issuers
    app = create_app(*order([one.create_auth(one.proxy.url), two.create_auth("http://127.0.0.1:1/jwks")]))
    with HttpClient(app) as client:
        for _ in range(3):
            assert client.get("/me", one.create_token()).json() == "user of one"
        assert client.get("/me", two.create_token()).status_code == 503
