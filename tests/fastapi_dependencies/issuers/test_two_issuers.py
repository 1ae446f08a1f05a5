"""A route that accepts the tokens of two issuers with remote keys: `a or b` of two optional users."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException

from fastjose.fastapi import BearerAuth, CurrentUser
from support.clients.http_client import HttpClient
from support.servers.remote_issuer import UNREACHABLE_URL, RemoteIssuer, serve_issuers

pytestmark = pytest.mark.http


@pytest.fixture
def issuers() -> Iterator[list[RemoteIssuer]]:
    with serve_issuers("one", "two") as issuers:
        yield issuers


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


def test_each_issuer_is_fetched_once_for_many_requests(issuers: list[RemoteIssuer]) -> None:
    one, two = issuers
    app = create_app(*(BearerAuth(issuer.create_verifier()) for issuer in issuers))
    with HttpClient(app) as client:
        for _ in range(20):
            for issuer in issuers:
                assert client.get("/me", issuer.create_token()).json() == f"user of {issuer.kid}"
        for rejected in (one.create_token(iss=two.origin), one.create_token(exp=1), two.create_token(aud="web")):
            assert client.get("/me", rejected).status_code == 401
    assert [issuer.proxy.request_count for issuer in issuers] == [1, 1]


@pytest.mark.parametrize("order", [list, lambda pair: pair[::-1]], ids=["first", "second"])
def test_token_is_accepted_while_the_other_key_server_is_down(
    issuers: list[RemoteIssuer], order: Callable[[list[BearerAuth]], list[BearerAuth]]
) -> None:
    one, two = issuers
    app = create_app(*order([BearerAuth(one.create_verifier()), BearerAuth(two.create_verifier(UNREACHABLE_URL))]))
    with HttpClient(app) as client:
        for _ in range(3):
            assert client.get("/me", one.create_token()).json() == "user of one"
        assert client.get("/me", two.create_token()).status_code == 503
