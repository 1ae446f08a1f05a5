"""The pages under `docs/` are correct: their code runs with the described result."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import Verifier, sign_token
from fastjose.exceptions import APIKeyError, JOSEError, SessionError
from support.clients.http_client import HttpClient
from support.documentation.blocks.markdown import find_block, read_page
from support.documentation.explained_codes import find_explained_codes
from support.environment.fresh_import import SECRET, import_fresh, set_environment
from support.tokens.bearer_tokens import make_api_claims

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.http

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
LINKED = [*sorted(DOCS.rglob("*.md")), *sorted(DOCS.parent.glob("*.md")), *DOCS.parent.glob("examples/*/README.md")]


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Any]:
    """Return a function that runs code as a separate module with a shared secret configured."""
    environment = {"BETTER_AUTH_SECRET": SECRET, "JWT_WEBSOCKET_SUBPROTOCOL": "bearer"}
    set_environment(monkeypatch, tmp_path, environment)
    monkeypatch.syspath_prepend(tmp_path)

    def run_code(code: str) -> Any:
        (tmp_path / "from_the_docs.py").write_text(code, encoding="utf-8")
        return import_fresh(monkeypatch, "from_the_docs", {"fastjose.auth", "from_the_docs"}.__contains__)

    return run_code


def sign_claims(**claims: Any) -> str:
    return sign_token(make_api_claims(aud=..., **claims), SECRET, algorithm="HS256")


def heading_anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of `page`."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_links_of_page_have_targets(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", prose):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in heading_anchors(target), link


def find_linked_pages(page: str) -> set[str]:
    folder = Path(page).parent
    return {str(folder / link) for link in re.findall(r"\]\(([^)#]+\.md)\)", PAGES[page])}


def test_indexes_link_every_page() -> None:
    indexes = {"index.md", "reference/api/index.md"}
    assert find_linked_pages("index.md") | find_linked_pages("reference/api/index.md") | indexes == set(PAGES)


def test_each_file_of_the_quick_start_has_a_name_and_a_command() -> None:
    page = PAGES["quick-start.md"]
    blocks = [block for block in read_page("docs/quick-start.md") if block.language not in {"sh", "dotenv"}]
    names = [block.title for block in blocks]
    assert sorted(map(str, names)) == ["lib/api.ts", "lib/auth.ts", "lib/migrate.mts", "main.py", "test_main.py"]
    assert "Save this as `.env` in the same folder" in page
    for command in ("tsx --env-file=.env lib/migrate.mts", "uvicorn main:app", "test_main.py", "await readUser()"):
        assert command in page


def test_reference_lists_every_error_code() -> None:
    classes = (JOSEError, SessionError, APIKeyError)
    documented = {code for each in classes for code in re.findall(r"`([a-z_]+)`", each.__doc__ or "")} - {"error"}
    assert find_explained_codes("reference/errors.md") == documented


def test_reference_lists_every_verifier_parameter() -> None:
    section = re.findall(r"^## `Verifier\(.*?(?=^### )", PAGES["reference/verifier.md"], flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \|", section[0], flags=re.MULTILINE) == [*signature(Verifier).parameters]


def test_profiles_example_runs(run_module: Callable[[str], Any]) -> None:
    names = run_module(find_block("docs/guide/better-auth.md", "clients = BearerAuth(").code)
    assert names.users._verifier.audiences == ["https://app.example.com"]
    assert names.clients._verifier.issuers == ["https://app.example.com/api/auth"]


def test_overrides_example_runs(run_module: Callable[[str], Any]) -> None:
    verifier = run_module(find_block("docs/guide/better-auth.md", "allow_http=True").code).verifier
    assert isinstance(verifier, Verifier)
    assert (verifier.issuers[1], verifier.audiences) == ("https://app.example.net", ["tasks"])


def test_custom_user_model_example_runs(run_module: Callable[[str], Any]) -> None:
    with HttpClient(run_module(find_block("docs/guide/identity.md", "class Member").code).app) as client:
        user = client.get("/me", sign_claims(role="admin")).json()
        member = {"userId": "user-1", "email": "ada@example.com", "emailVerified": True, "image": None, "role": "admin"}
        assert user == member
        rejection = client.get("/me", sign_claims(email=...)).json()
    assert rejection == {"detail": 'Invalid token claims: Claim "email" is missing.'}
    assert rejection["detail"] in PAGES["guide/identity.md"]


def test_authorization_example_runs(run_module: Callable[[str], Any]) -> None:
    with HttpClient(
        run_module(find_block("docs/guide/identity.md", '"/users")\nasync def list_users(user: Annotated').code).app
    ) as client:
        assert client.get("/users", sign_claims(role="user,support")).json() == {"asked_by": "user-1"}
        assert client.get("/users", sign_claims(role="user")).status_code == 403
        rejection = client.get("/tasks", sign_claims(scope="openid"))
        assert rejection.json() == {"detail": "Not authorized to access this resource"}
        assert rejection.headers["www-authenticate"] in PAGES["guide/identity.md"]
        assert client.get("/tasks", sign_claims(scope="openid tasks:read")).json() == []
        assert client.delete("/tasks/1", sign_claims(permissions={"task": ["delete"]})).json() == {"deleted": "1"}


TEST_CLIENT = pytest.mark.filterwarnings(
    "ignore:Using `httpx` with `starlette.testclient` is deprecated",  # newest version: requires what the oldest lacks
    "ignore::DeprecationWarning:anyio",  # oldest version with the newest anyio
    "ignore::DeprecationWarning:starlette",  # oldest version with the newest anyio
)


@TEST_CLIENT
def test_websocket_example_runs(run_module: Callable[[str], Any]) -> None:
    from fastapi.testclient import TestClient  # noqa: PLC0415 - importing it warns on the newest Starlette

    client = TestClient(run_module(find_block("docs/guide/identity.md", '@app.websocket("/events")').code).app)
    for options in (
        {"headers": {"Authorization": f"Bearer {sign_claims()}"}},
        {"subprotocols": ["bearer", sign_claims()]},
    ):
        with client.websocket_connect("/events", **options) as connection:
            assert connection.receive_text() == "Hello user-1"
            assert connection.accepted_subprotocol == ("bearer" if "subprotocols" in options else None)
