"""The README is correct: its quick start runs, and its tables match the code."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import sign_token
from fastjose.settings import AuthSettings
from support.clients.http_client import HttpClient
from support.documentation.blocks.markdown import find_block
from support.environment.fresh_import import SECRET, import_fresh, set_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"


@pytest.fixture
def quick_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HttpClient]:
    """Yield a client of the quick start's application."""
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET})
    (tmp_path / "quick_start.py").write_text(find_block("README.md", "OptionalUser").code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    app: Any = import_fresh(monkeypatch, "quick_start", {"fastjose.auth", "quick_start"}.__contains__)
    with HttpClient(app.app) as client:
        yield client


def test_quick_start_runs(quick_start: HttpClient) -> None:
    claims = {"sub": "user-1", "email": "ada@example.com", "exp": int(time.time()) + 60}
    token = sign_token(claims, SECRET, algorithm="HS256")
    assert quick_start.get("/me", token).json() == {
        "user_id": "user-1",
        "email": "ada@example.com",
        "name": None,
    }
    assert quick_start.get("/me").status_code == 401
    assert quick_start.get("/hello", token).json() == {"message": "Hello user-1"}
    assert quick_start.get("/hello").json() == {"message": "Hello guest"}


def test_multiple_issuers_example_runs() -> None:
    block = find_block("docs/guide/fastapi.md", 'scheme_name="Staff"').code
    names: dict[str, Any] = {}
    exec(compile(block, "fastapi.md", "exec"), names)  # noqa: S102 - trusted code
    with HttpClient(names["app"]) as client:
        assert client.get("/me").status_code == client.get("/staff/me").status_code == 401
    assert set(names["app"].openapi()["components"]["securitySchemes"]) == {"HTTPBearer", "Staff"}


def test_plot_shows_measurements() -> None:
    (plot,) = re.findall(r"^\[speed\]: \S+/main/(benches/results/.*?\.svg)$", README, flags=re.MULTILINE)
    times = re.findall(r">(\d+\.\d+)</text>", (ROOT / plot).read_text(encoding="utf-8"))
    cells = re.findall(
        r"(?<=\| )[\d.,]+(?= \|)", (ROOT / "benches" / "results" / "README.md").read_text(encoding="utf-8")
    )
    assert len(times) >= 20
    assert set(times) <= set(cells)


def test_routes_of_readme_have_return_types() -> None:
    assert re.findall(r"^(?:async )?def .*\):$", README, flags=re.MULTILINE) == []


def test_readme_is_short() -> None:
    text = README.rpartition("\n\n")[0]  # without the definitions of the links
    assert len(text.splitlines()) <= 140
    assert [line for line in text.splitlines() if len(line) > 120] == []


def test_quick_start_is_short() -> None:
    lines = [line for line in find_block("README.md", "OptionalUser").code.splitlines() if line.strip()]
    assert len(lines) <= 10


@pytest.mark.parametrize("path", ["README.md", "docs/speed.md", "docs/internals/performance.md"])
def test_table_of_page_equals_measurements(path: str) -> None:
    page = (ROOT / path).read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- make bench writes this table -->\n(.*?)\n<!-- to here -->", page, flags=re.DOTALL)
    assert table.startswith("|")
    assert table in (ROOT / "benches" / "results" / "README.md").read_text(encoding="utf-8")


def test_environment_page_lists_every_setting() -> None:
    page = (DOCS / "reference" / "environment.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in AuthSettings.model_fields)


def test_documented_make_verbs_exist() -> None:
    verbs = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    pages = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8") + README
    assert set(re.findall(r"make ([a-z0-9-]+)", pages)) <= verbs
