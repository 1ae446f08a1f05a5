"""fastapi-jwt: `jwt.encode` with datetimes, `jwt.decode` with a secret and a leeway, errors as attributes of `jwt`."""

# FastAPI evaluates the dependency's annotations, which name a local variable. Do not import `annotations` here.

import warnings
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Security
from fastapi_jwt import JwtAccessBearer
from harness import Answers, try_over_http
from loopback_issuer import Issuer

SECRET = "a-secret-that-is-made-for-this-test"


def answers(issuer: Issuer) -> Answers:
    """Sign tokens with a secret and verify them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns that python-jose is unmaintained
        ours, strangers = JwtAccessBearer(secret_key=SECRET), JwtAccessBearer(secret_key=f"not {SECRET}")

    async def user(credentials: Annotated[Any, Security(ours)]) -> Any:
        return {"name": credentials["name"], "id": credentials.jti}

    return try_over_http(user, create_tokens(ours, strangers, issuer))


def create_tokens(ours: JwtAccessBearer, strangers: JwtAccessBearer, issuer: Issuer) -> dict[str, str]:
    """Return the tokens of all trials."""
    ada = {"name": "Ada"}
    return {
        "good": ours.create_access_token(ada, unique_identifier="1"),
        "expired": ours.create_access_token(ada, timedelta(seconds=-60)),
        "expired within the leeway": ours.create_access_token(ada, timedelta(seconds=-5), "2"),
        "wrong signature": strangers.create_access_token(ada),
        "wrong audience": ours.jwt_backend.encode(issuer.claims(subject=ada), SECRET),
    }
