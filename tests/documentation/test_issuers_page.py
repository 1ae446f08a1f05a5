"""The blocks of the page on several issuers accept the tokens of their issuers, and no other ones."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

import fastjose
from fastjose import better_auth
from fastjose.fastapi import CurrentUser
from support.clients.http_client import HttpClient
from support.servers.remote_issuer import RemoteIssuer, serve_issuers

pytestmark = pytest.mark.http

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "issuers.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)

API = "https://api.example.com"
AUTH, STAFF = "https://auth.example.com", "https://staff.example.com"
ACME, OTHER = "https://acme.eu.auth0.com/", "https://other.eu.auth0.com/"
CUSTOMER, STRANGER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
ONE, TWO = 0, 1
"""The issuers that sign."""

# Words of a block, the key set of each issuer that signs, and tokens: who signs, the claims, the expected status.
CASES: list[tuple[str, list[str], list[tuple[int, dict[str, Any], int]]]] = [
    (
        "BearerAuth([customers, staff])",
        [f"{AUTH}/jwks", f"{STAFF}/jwks"],
        [
            (ONE, {"iss": AUTH, "aud": API}, 200),
            (TWO, {"iss": STAFF, "aud": API}, 200),
            (ONE, {"iss": AUTH, "aud": STAFF}, 401),
            (ONE, {"iss": STAFF, "aud": API}, 401),
            (TWO, {"iss": AUTH, "aud": API}, 401),
            (ONE, {"iss": f"{AUTH}/", "aud": API}, 401),
        ],
    ),
    (
        "async def find_verifier",
        [f"{ACME}.well-known/jwks.json"],
        [(ONE, {"iss": ACME, "aud": API}, 200), (ONE, {"iss": ACME}, 401), (ONE, {"iss": OTHER, "aud": API}, 401)],
    ),
    (
        "CUSTOMERS = ",
        ["https://login.microsoftonline.com/common/discovery/v2.0/keys"],
        [
            (ONE, {"iss": f"https://login.microsoftonline.com/{CUSTOMER}/v2.0", "tid": CUSTOMER}, 200),
            (ONE, {"iss": f"https://login.microsoftonline.com/{CUSTOMER}/v2.0", "tid": STRANGER}, 401),
            (ONE, {"iss": f"https://login.microsoftonline.com/{CUSTOMER}/v2.0/", "tid": CUSTOMER}, 401),
            (ONE, {"iss": f"https://login.microsoftonline.com/{STRANGER}/v2.0", "tid": STRANGER}, 401),
        ],
    ),
    (
        "host_verifiers(",
        ["https://app.example.com/api/auth/jwks"],
        [
            (ONE, {"iss": "https://app.example.com", "aud": "https://app.example.com"}, 200),
            (ONE, {"iss": "https://a.preview.example.com", "aud": "https://a.preview.example.com"}, 200),
            (ONE, {"iss": "https://a.preview.example.com", "aud": "https://app.example.com"}, 401),
            (ONE, {"iss": "https://evilpreview.example.com", "aud": "https://evilpreview.example.com"}, 401),
        ],
    ),
    (
        "accept=lambda",
        [f"{AUTH}/jwks"],
        [
            (ONE, {"iss": AUTH, "aud": API, "acr": "2"}, 200),
            (ONE, {"iss": AUTH, "aud": API, "roles": ["service"]}, 200),
            (ONE, {"iss": AUTH, "aud": API, "acr": "1"}, 401),
            (ONE, {"iss": AUTH, "aud": API, "acr": ["2"]}, 401),
        ],
    ),
]


@pytest.fixture(scope="module")
def issuers() -> Iterator[list[RemoteIssuer]]:
    with serve_issuers("one", "two") as served:
        yield served


def build_app(names: dict[str, Any]) -> FastAPI:
    """Return the application of a block, or one with the `auth` of a block."""
    if "app" in names:
        return names["app"]  # type: ignore[no-any-return]  # an object of the page
    app, auth = FastAPI(), names["auth"]

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
        return user

    return app


@pytest.mark.parametrize(("words", "key_sets", "tokens"), CASES)
def test_block_accepts_the_tokens_of_its_issuers(
    monkeypatch: pytest.MonkeyPatch,
    issuers: list[RemoteIssuer],
    words: str,
    key_sets: list[str],
    tokens: list[tuple[int, dict[str, Any], int]],
) -> None:
    urls = {url: issuer.proxy.url for url, issuer in zip(key_sets, issuers, strict=False)}
    real = fastjose.RemoteKeySet
    for module in (fastjose, better_auth):
        monkeypatch.setattr(module, "RemoteKeySet", lambda url, **options: real(urls[url], **options))
    (block,) = (block for block in BLOCKS if words in block)
    names: dict[str, Any] = {"__name__": "from_the_page"}
    exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - a block of the page
    with HttpClient(build_app(names)) as client:
        for signer, claims, status in tokens:
            token = issuers[signer].create_token(**{"aud": "api://my-api", "iat": 1_700_000_000, **claims})
            assert client.get("/me", token).status_code == status, claims


def test_every_block_has_a_case() -> None:
    assert len(BLOCKS) == len(CASES)
