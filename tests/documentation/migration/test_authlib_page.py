"""The page on Authlib is correct: its code for joserfc and its code for fastjose accept and reject the same tokens."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from dotenv import dotenv_values

from fastjose.testing import TokenIssuer, serve_jwks
from support.clients.http_client import HttpClient
from support.documentation.blocks.markdown import read_page
from support.environment.fresh_import import import_fresh, set_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastjose.testing import JwksServer

    Verify = Callable[[str], dict[str, Any]]

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # of joserfc; Better Auth writes this name

ISSUER = "https://auth.example.com"
BLOCKS = [block for block in read_page("docs/migration/authlib.md") if block.language == "python"]
(ENVIRONMENT,) = (block.code for block in read_page("docs/migration/authlib.md") if block.language == "dotenv")
NAMES = ["joserfc", "fastjose"]

REJECTED: dict[str, dict[str, Any]] = {
    "expired": {"expires_in_seconds": -60},
    "other issuer": {"iss": "https://other.example.com"},
    "other audience": {"aud": "other"},
    "no audience": {"omit": ["aud"]},
    "no subject": {"omit": ["sub"]},
    "no expiry": {"omit": ["exp"]},
    "not yet valid": {"nbf": 4_102_444_800},  # the year 2100
}


@pytest.fixture(scope="module")
def server() -> Iterator[JwksServer]:
    with serve_jwks(TokenIssuer(ISSUER, audience="api")) as running:
        yield running


@pytest.fixture
def functions(server: JwksServer) -> dict[str, Verify]:
    """Return `verify` of the first two blocks."""
    return {name: run(block.code, server)["verify"] for name, block in zip(NAMES, BLOCKS, strict=False)}


@pytest.fixture
def clients(server: JwksServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, HttpClient]]:
    """Yield a client of the application in each of the last two blocks."""
    environment = dotenv_values(stream=io.StringIO(localize(ENVIRONMENT, server)))
    set_environment(monkeypatch, tmp_path, {name: str(value) for name, value in environment.items()})
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "after_authlib.py").write_text(BLOCKS[3].code, encoding="utf-8")
    app = import_fresh(monkeypatch, "after_authlib", {"fastjose.auth", "after_authlib"}.__contains__).app
    with HttpClient(run(BLOCKS[2].code, server)["app"]) as before, HttpClient(app) as after:
        yield {"joserfc": before, "fastjose": after}


def localize(code: str, server: JwksServer) -> str:
    return code.replace(f"{ISSUER}/jwks", server.url)


def run(code: str, server: JwksServer) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(localize(code, server), "authlib.md", "exec"), names)  # noqa: S102 - trusted code
    return names


def is_accepted(verify: Verify, token: str) -> bool:
    try:
        return bool(verify(token)["sub"] == "user-1")
    except Exception:  # noqa: BLE001 - joserfc and httpx have no common class
        return False


def forge(token: str) -> str:
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def test_page_has_two_pairs_of_blocks() -> None:
    assert ["joserfc" in block.code for block in BLOCKS] == [True, False, True, False]


def test_both_accept_a_token(functions: dict[str, Verify], server: JwksServer) -> None:
    token = server.issuer.mint_token("user-1", role="admin")
    assert functions["joserfc"](token) == functions["fastjose"](token)


@pytest.mark.parametrize("case", REJECTED)
def test_both_reject_a_token(functions: dict[str, Verify], server: JwksServer, case: str) -> None:
    token = server.issuer.mint_token("user-1", **REJECTED[case])
    assert {name: is_accepted(verify, token) for name, verify in functions.items()} == dict.fromkeys(NAMES, False)


def test_both_reject_a_forged_signature(functions: dict[str, Verify], server: JwksServer) -> None:
    token = forge(server.issuer.mint_token("user-1"))
    assert {name: is_accepted(verify, token) for name, verify in functions.items()} == dict.fromkeys(NAMES, False)


def test_both_accept_a_token_of_a_new_key(functions: dict[str, Verify], server: JwksServer) -> None:
    assert all(is_accepted(verify, server.issuer.mint_token("user-1")) for verify in functions.values())
    server.issuer.rotate_key()
    assert all(is_accepted(verify, server.issuer.mint_token("user-1")) for verify in functions.values())


def test_both_applications_answer_equally(clients: dict[str, HttpClient], server: JwksServer) -> None:
    token = server.issuer.mint_token("user-1")
    for each, status in ((token, 200), (forge(token), 401), ("garbage", 401)):
        assert {name: client.get("/me", each).status_code for name, client in clients.items()} == dict.fromkeys(
            NAMES, status
        )
    assert {name: client.get("/me", token).json()["user_id"] for name, client in clients.items()} == dict.fromkeys(
        NAMES, "user-1"
    )
