"""Every block of README and docs runs, in the order of its page, or another test claims it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.documentation.blocks.claims import CLAIMS, SKIPPED, find_unclaimed, is_run
from support.documentation.blocks.languages import run_block
from support.documentation.blocks.markdown import PAGES, ROOT, read_page

if TYPE_CHECKING:
    from support.documentation.blocks.claims import Claim
    from support.documentation.blocks.page_run import PageRun

BLOCKS = {page: read_page(page) for page in PAGES}

SETUPS: dict[str, tuple[str, ...]] = {
    "README.md": ("python_jose_project",),
    "docs/deployment/proxies.md": ("configured_quick_start",),
    "docs/deployment/servers.md": ("configured_quick_start",),
    "docs/guide/auth-js.md": ("auth_js_secret",),
    "docs/guide/introspection.md": ("secret_file",),
    "docs/guide/revocation.md": ("redis_url",),
    "docs/guide/testing.md": ("quick_start",),
    "docs/migration/fastapi-users.md": ("fastapi_users_project",),
    "docs/migration/python-jose.md": ("python_jose_project",),
    "docs/reference/doctor.md": ("expired_token",),
    "examples/todo/README.md": ("todo_folder",),
}
"""The fixtures of `conftest.py` that a page requires beside `page_run`."""


pytestmark = [
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
]


@pytest.mark.parametrize("page", [page for page, blocks in BLOCKS.items() if any(map(is_run, blocks))])
def test_blocks_of_page_run(page: str, page_run: PageRun, request: pytest.FixtureRequest) -> None:
    for fixture in SETUPS.get(page, ()):
        request.getfixturevalue(fixture)
    for block in filter(is_run, BLOCKS[page]):
        run_block(block, page_run)
    assert not page_run.unrun_tests, "the page must have the command that runs its tests"


def test_every_block_is_run_or_claimed() -> None:
    assert [place for blocks in BLOCKS.values() for place in find_unclaimed(blocks)] == []


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.page} {claim.language}")
def test_claim_names_a_block_and_a_test(claim: Claim) -> None:
    assert any(map(claim.includes, BLOCKS[claim.page]))
    path, _, name = claim.test.partition("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_skipped_blocks_exist_and_have_a_reason() -> None:
    blocks = {(block.page, block.first_line) for blocks in BLOCKS.values() for block in blocks}
    assert SKIPPED.keys() <= blocks
    assert all(SKIPPED.values())


def test_setups_are_of_pages() -> None:
    assert SETUPS.keys() <= BLOCKS.keys()
