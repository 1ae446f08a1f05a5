"""`BearerAuth` in an app that is configured in code: several issuers, and unavailable keys."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import time
from typing import Annotated, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import Depends, FastAPI, HTTPException

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose._fastapi.users import CurrentUser
from fastjose._refusals.refusal import refuse
from fastjose.exceptions import JWKSetUnavailableError
from fastjose.fastapi import BearerAuth
from support.clients.http_client import HttpClient

pytestmark = pytest.mark.http

SECRETS = {"https://one.example": "1" * 32, "https://two.example": "2" * 32}


def make_auth(issuer: str) -> BearerAuth:
    return BearerAuth(verifier=Verifier(SECRETS[issuer], algorithms=["HS256"], issuer=issuer), token_url="/sign-in")


def make_token(issuer: str, secret: str) -> str:
    return sign_token({"sub": "user-1", "iss": issuer, "exp": int(time.time()) + 60}, secret, algorithm="HS256")


def add_me_route(app: FastAPI, path: str, auth: BearerAuth) -> None:
    @app.get(path)
    async def me(
        user: Annotated[CurrentUser, Depends(auth.current_user)],
        user_id: Annotated[str, Depends(auth.user_id)],
        optional: Annotated[CurrentUser | None, Depends(auth.current_user_optional)],
    ) -> list[Any]:
        return [user.user_id, user_id, optional]


def test_two_issuers_in_one_app_are_kept_apart() -> None:
    app = FastAPI()
    for number, issuer in enumerate(SECRETS):
        add_me_route(app, f"/{number}", make_auth(issuer))
    one, two = SECRETS
    with HttpClient(app) as client:
        assert client.get("/0", make_token(one, SECRETS[one])).json()[:2] == ["user-1", "user-1"]
        assert client.get("/1", make_token(two, SECRETS[two])).status_code == 200
        assert client.get("/1", make_token(one, SECRETS[one])).status_code == 401
        assert client.get("/0", make_token(one, SECRETS[two])).status_code == 401


def test_openapi_contains_the_token_url() -> None:
    app = FastAPI()
    add_me_route(app, "/me", make_auth("https://one.example"))
    scheme = app.openapi()["components"]["securitySchemes"]["OAuth2PasswordBearer"]
    assert scheme["flows"]["password"]["tokenUrl"] == "/sign-in"


def test_openapi_lists_two_schemes_by_name() -> None:
    app, verifier = FastAPI(), Verifier("1" * 32, algorithms=["HS256"])
    for name in ("one", "two"):
        add_me_route(app, f"/{name}", BearerAuth(verifier, token_url=f"/sign-in/{name}", scheme_name=name))
    schemes = app.openapi()["components"]["securitySchemes"]
    urls = {name: scheme["flows"]["password"]["tokenUrl"] for name, scheme in schemes.items()}
    assert urls == {"one": "/sign-in/one", "two": "/sign-in/two"}


def test_bearer_auth_without_verifier_raises_type_error() -> None:
    not_a_verifier: Any = "1" * 32
    with pytest.raises(TypeError, match=r"fastjose\.Verifier"):
        BearerAuth(not_a_verifier)


def make_auth_with_unreachable_keys() -> BearerAuth:
    return BearerAuth(verifier=Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"), issuer="https://one.example"))


def make_token_of_unknown_key() -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    claims = {"sub": "user-1", "iss": "https://one.example", "exp": int(time.time()) + 60}
    return sign_token(claims, pem, algorithm="EdDSA", header={"kid": "a"})


def test_unavailable_keys_respond_503(caplog: pytest.LogCaptureFixture) -> None:
    app, auth = FastAPI(), make_auth_with_unreachable_keys()
    add_me_route(app, "/me", auth)

    @app.get("/optional")
    async def optional(user: Annotated[CurrentUser | None, Depends(auth.current_user_optional)]) -> None:
        pytest.fail(f"reached, with {user}")

    with HttpClient(app) as client:
        for path in ("/me", "/optional"):
            response = client.get(path, make_token_of_unknown_key())
            assert (response.status_code, response.json()) == (503, {"detail": "Authentication service unavailable"})
            assert int(response.headers["retry-after"]) > 0
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(make_token_of_unknown_key())
    assert raised.value.status_code == 503
    (message,) = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    assert message.startswith("keys_unavailable: Key set unavailable: the connection was refused")


@pytest.mark.parametrize(("seconds", "header"), [(0.0, "1"), (0.2, "1"), (1.0, "1"), (4.2, "5"), (30.0, "30")])
def test_error_response_503_rounds_retry_after_up(seconds: float, header: str) -> None:
    error = JWKSetUnavailableError("Key set unavailable: …")
    error.retry_after_seconds = seconds
    assert refuse(error).headers == {"Retry-After": header}


def test_token_that_no_key_can_verify_responds_401_without_keys() -> None:
    auth = make_auth_with_unreachable_keys()
    for rejected_token in ("garbage", make_token("https://one.example", "1" * 32)):
        with pytest.raises(HTTPException) as raised:
            auth.verify_token(rejected_token)
        assert raised.value.status_code == 401
