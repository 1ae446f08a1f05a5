"""Blocks that the engine does not run: those that another test runs, and those that are skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.documentation.blocks.languages import PARSED, RUNNERS, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from support.documentation.blocks.markdown import Block


@dataclass(frozen=True)
class Claim:
    """The blocks in one language of a page, and the test that runs them: those that contain `words`."""

    page: str
    language: str
    test: str
    words: str = ""

    def includes(self, block: Block) -> bool:
        """Return whether the test runs `block`."""
        return (self.page, self.language) == (block.page, block.language) and self.words in block.code


PROVIDERS = "tests/documentation/providers/test_providers.py"
FRONT_END = "tests/documentation/front_end/test_better_auth_page.py"
NODE = "tests/documentation/front_end/test_node_servers.py"
RECIPES = "tests/frameworks/recipes/test_recipes.py"
REVOCATION = "tests/credentials/revocation/test_page.py"

CONTAINERS = "tests/documentation/deployment/test_containers_page.py"
PROXIES = "tests/documentation/deployment/test_proxies_page.py"
SERVERS = "tests/documentation/deployment/test_servers_page.py"

CLAIMS = [
    Claim(
        "docs/guide/secret-rotation.md",
        "sql",
        "tests/better_auth/test_better_auth_secret_rotation.py"
        "::test_deleted_keys_after_a_leak_are_replaced_and_old_tokens_rejected",
    ),
    Claim("docs/integrations/other-frameworks.md", "python", f"{RECIPES}::test_recipe_authenticates_and_refuses"),
    Claim(
        "docs/deployment/containers.md",
        "yaml",
        f"{CONTAINERS}::test_application_accepts_the_public_url_and_fetches_from_the_internal_one",
    ),
    Claim("docs/deployment/proxies.md", "nginx", f"{PROXIES}::test_websocket_needs_the_lines_of_the_page"),
    Claim(
        "docs/deployment/servers.md",
        "sh",
        f"{SERVERS}::test_preloaded_workers_verify_with_keys_that_were_fetched_before_the_fork",
        "gunicorn main:app",
    ),
    Claim("docs/reference/doctor.md", "sh", "tests/command_line/doctor/test_doctor_page.py::test_commands_of_page_run"),
    Claim("docs/guide/better-auth.md", "dotenv", f"{FRONT_END}::test_user_is_known_to_the_application", "NEXT_PUBLIC"),
    Claim("docs/guide/better-auth.md", "ts", f"{NODE}::test_server_of_the_page_signs_users_in", "api/auth/*"),
    Claim("docs/guide/better-auth.md", "ts", f"{FRONT_END}::test_user_is_known_to_the_application", "import "),
    Claim("docs/guide/better-auth.md", "ts", f"{NODE}::test_payload_of_the_page_is_in_the_token", "definePayload"),
    Claim("docs/guide/sessions.md", "ts", f"{NODE}::test_payload_of_the_page_is_in_the_token", "definePayload"),
    Claim("docs/guide/sessions.md", "ts", f"{NODE}::test_limit_of_sessions_is_off", "rateLimit"),
    Claim("docs/guide/secret-rotation.md", "ts", f"{NODE}::test_keys_of_the_page_expire_after_the_interval"),
    Claim("docs/quick-start.md", "sh", f"{NODE}::test_commands_of_the_page_print_a_token", "sign-up/email"),
    Claim("docs/quick-start.md", "ts", f"{NODE}::test_server_of_the_page_signs_users_in", "auth"),
    Claim(
        "docs/quick-start.md",
        "ts",
        f"{FRONT_END}::test_quick_start_reads_the_user_or_nothing",
        "readUser",
    ),
    Claim("docs/deployment/browsers.md", "ts", f"{FRONT_END}::test_cookies_are_sent_if_permitted"),
    Claim("docs/guide/identity.md", "js", f"{FRONT_END}::test_socket_of_a_browser_has_the_token_as_subprotocol"),
    Claim("docs/guide/providers.md", "python", f"{PROVIDERS}::test_block_does_with_tokens_as_row_says"),
    Claim("docs/guide/providers.md", "dotenv", f"{PROVIDERS}::test_environment_without_one_line_fails"),
    Claim("docs/guide/revocation.md", "js", f"{REVOCATION}::test_hooks_on_the_page_are_those_of_the_tests"),
    Claim("docs/guide/revocation.md", "ts", f"{REVOCATION}::test_payload_on_the_page_is_that_of_the_tests"),
]

CREATES_A_TABLE = "it changes the database of Better Auth; its packages require the network and Node 22.12"

SKIPPED: dict[tuple[str, str], str] = {
    ("docs/guide/better-auth.md", "npx auth@latest migrate"): CREATES_A_TABLE,
    ("docs/quick-start.md", "npx auth@latest migrate"): CREATES_A_TABLE,
    ("CONTRIBUTING.md", ".venv/bin/python -m pytest tests -k expired"): "it would run these tests inside of themselves",
}
"""The reason, by page and first line."""


def is_run(block: Block, claims: Sequence[Claim] = CLAIMS) -> bool:
    """Return whether the engine runs `block`."""
    is_claimed = any(claim.includes(block) for claim in claims)
    return block.language in RUNNERS and not is_claimed and (block.page, block.first_line) not in SKIPPED


def find_unclaimed(blocks: Iterable[Block], claims: Sequence[Claim] = CLAIMS) -> Iterator[str]:
    """Yield the place of each block that nothing runs, tests or skips."""
    for block in blocks:
        is_claimed = any(claim.includes(block) for claim in claims) or (block.page, block.first_line) in SKIPPED
        if block.language in TEXT and block.code.startswith("$ "):
            yield f"{block.where}: a command, which must be in a console block"
        if block.language not in TEXT | PARSED | RUNNERS.keys() and not is_claimed:
            yield f"{block.where}: {block.language or 'a block without a language'}"
