"""`BearerAuth` in an app that is configured in code: several issuers, and keys that cannot be had."""

# FastAPI reads the annotations of the routes here, which name local variables: so no `annotations` import.

import time
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import Depends, FastAPI, HTTPException

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose._fastapi.responses import error_response
from fastjose._fastapi.users import CurrentUser
from fastjose.exceptions import JWKSetUnavailableError
from fastjose.fastapi import BearerAuth
from support.http_client import HttpClient

pytestmark = pytest.mark.http

SECRETS = {"https://one.example": "1" * 32, "https://two.example": "2" * 32}


def auth_for(issuer: str) -> BearerAuth:
    return BearerAuth(verifier=Verifier(SECRETS[issuer], algorithms=["HS256"], issuer=issuer), token_url="/sign-in")


def token(issuer: str, secret: str) -> str:
    return sign_token({"sub": "user-1", "iss": issuer, "exp": int(time.time()) + 60}, secret, algorithm="HS256")


def route(app: FastAPI, path: str, auth: BearerAuth) -> None:
    @app.get(path)
    async def me(
        user: Annotated[CurrentUser, Depends(auth.current_user)],
        user_id: Annotated[str, Depends(auth.user_id)],
        optional: Annotated[CurrentUser | None, Depends(auth.current_user_optional)],
    ) -> list[Any]:
        return [user.user_id, user_id, optional]


def test_two_issuers_in_one_app_do_not_mix() -> None:
    app = FastAPI()
    for number, issuer in enumerate(SECRETS):
        route(app, f"/{number}", auth_for(issuer))
    one, two = SECRETS
    with HttpClient(app) as client:
        assert client.get("/0", token(one, SECRETS[one])).json()[:2] == ["user-1", "user-1"]
        assert client.get("/1", token(two, SECRETS[two])).status_code == 200
        assert client.get("/1", token(one, SECRETS[one])).status_code == 401
        assert client.get("/0", token(one, SECRETS[two])).status_code == 401


def test_the_token_url_is_in_the_openapi_document() -> None:
    app = FastAPI()
    route(app, "/me", auth_for("https://one.example"))
    scheme = app.openapi()["components"]["securitySchemes"]["OAuth2PasswordBearer"]
    assert scheme["flows"]["password"]["tokenUrl"] == "/sign-in"


def test_two_schemes_keep_their_names_apart() -> None:
    app, verifier = FastAPI(), Verifier("1" * 32, algorithms=["HS256"])
    for name in ("one", "two"):
        route(app, f"/{name}", BearerAuth(verifier, token_url=f"/sign-in/{name}", scheme_name=name))
    schemes = app.openapi()["components"]["securitySchemes"]
    urls = {name: scheme["flows"]["password"]["tokenUrl"] for name, scheme in schemes.items()}
    assert urls == {"one": "/sign-in/one", "two": "/sign-in/two"}


def test_anything_but_a_verifier_is_refused_at_once() -> None:
    not_a_verifier: Any = "1" * 32
    with pytest.raises(TypeError, match=r"fastjose\.Verifier"):
        BearerAuth(not_a_verifier)


def unreachable() -> BearerAuth:
    return BearerAuth(verifier=Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"), issuer="https://one.example"))


def signed_by_nobody_known() -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 60}, pem, algorithm="EdDSA", header={"kid": "a"})


def test_keys_that_cannot_be_had_are_not_the_callers_fault(caplog: pytest.LogCaptureFixture) -> None:
    app, auth = FastAPI(), unreachable()
    route(app, "/me", auth)

    @app.get("/optional")
    async def optional(user: Annotated[CurrentUser | None, Depends(auth.current_user_optional)]) -> None:
        pytest.fail(f"reached, with {user}")

    with HttpClient(app) as client:
        for path in ("/me", "/optional"):
            response = client.get(path, signed_by_nobody_known())
            assert (response.status_code, response.json()) == (503, {"detail": "Authentication service unavailable"})
            assert int(response.headers["retry-after"]) > 0
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(signed_by_nobody_known())
    assert raised.value.status_code == 503
    (said,) = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    assert said.startswith("keys_unavailable: Key set unavailable: connection failed or timed out")


@pytest.mark.parametrize(("seconds", "header"), [(0.0, "1"), (0.2, "1"), (1.0, "1"), (4.2, "5"), (30.0, "30")])
def test_the_503_says_when_to_come_back(seconds: float, header: str) -> None:
    error = JWKSetUnavailableError("Key set unavailable: …")
    error.retry_after_seconds = seconds
    assert error_response(error).headers == {"Retry-After": header}


def test_a_token_that_no_key_could_save_needs_no_key() -> None:
    auth = unreachable()
    for refused in ("garbage", token("https://one.example", "1" * 32)):
        with pytest.raises(HTTPException) as raised:
            auth.verify_token(refused)
        assert raised.value.status_code == 401
