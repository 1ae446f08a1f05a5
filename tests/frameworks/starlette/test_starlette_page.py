"""The code and the tables of docs/integrations/starlette.md."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

from fastjose.starlette import JwtAuthenticationBackend, JwtUser
from fastjose.testing import TokenIssuer, serve_jwks
from support.clients.asgi_client import Answer, send_request
from support.documentation.blocks.markdown import ROOT, find_block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.testing import JwksServer

PAGE = "docs/integrations/starlette.md"
NAMES = re.compile(r"`(\w+)`")


@pytest.fixture(scope="module")
def issuer() -> Iterator[JwksServer]:
    with serve_jwks(TokenIssuer()) as server:
        yield server


def run_block(words: str, issuer: JwksServer) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "page"}
    code = find_block(PAGE, words).code.replace("https://app.example.com", issuer.issuer_url)
    exec(compile(code, PAGE, "exec", dont_inherit=True), names)  # noqa: S102 - the project's own page
    return names


def get(app: Any, path: str, issuer: JwksServer, **claims: Any) -> Answer:
    token = issuer.issuer.mint_token("user-1", iss=issuer.issuer_url, aud=issuer.issuer_url, **claims)
    return send_request(app, path, [(b"authorization", f"Bearer {token}".encode())])


def test_first_block_is_the_application_that_the_page_describes(issuer: JwksServer) -> None:
    app = run_block("role:admin", issuer)["app"]
    assert get(app, "/me", issuer, name="Ada").json() == {"user_id": "user-1", "name": "Ada"}
    assert get(app, "/admin", issuer).status == 403
    assert get(app, "/admin", issuer, role="admin").json() == {"admin": "user-1"}
    assert get(app, "/hello", issuer, exp=1).status == 401
    assert send_request(app, "/hello").json() == {"message": "Hello guest"}
    assert send_request(app, "/me").status == 401


def test_dependency_and_middleware_have_one_configuration(issuer: JwksServer) -> None:
    app = run_block("optional=True", issuer)["app"]
    assert get(app, "/me", issuer).json()["user_id"] == "user-1"
    expired = get(app, "/me", issuer, exp=1)
    assert (expired.status, expired.json()) == (401, {"detail": "Token has expired"})


def test_handler_of_the_page_answers_401_to_unauthenticated_users(issuer: JwksServer) -> None:
    application = run_block("role:admin", issuer)["app"]
    application.exception_handlers.update(run_block("handlers =", issuer)["handlers"])
    for path in ("/me", "/admin"):
        answer = send_request(application, path)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert get(application, "/admin", issuer).status == 403


def test_middleware_of_starlette_rejects_with_401(issuer: JwksServer) -> None:
    assert get(run_block("add_middleware", issuer)["app"], "/", issuer, exp=1).status == 401


def read_table(heading: str) -> list[list[str]]:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    table = text[text.index(heading) :].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_table_of_parameters_is_that_of_the_backend() -> None:
    parameters = list(inspect.signature(JwtAuthenticationBackend).parameters.values())[1:]
    defaults = {name: row[1].strip("`") for row in read_table("| parameter |") for name in NAMES.findall(row[0])}
    assert defaults == {each.name: repr(each.default).replace("'", '"') for each in parameters}


def test_table_of_attributes_is_that_of_the_user() -> None:
    shown = {name for row in read_table("| attribute of") for name in NAMES.findall(row[0])}
    assert shown == {name for name in vars(JwtUser) if not name.startswith("_")}
