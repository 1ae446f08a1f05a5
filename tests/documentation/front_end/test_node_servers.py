"""The servers of the pages that need no Next.js run as written: Better Auth in Express and in Hono.

The changes are the port, the driver of SQLite, and what a page leaves to its reader.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import sqlite3
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from fastjose.better_auth import api_verifier
from support.better_auth.server import SERVER_DIRECTORY
from support.documentation.blocks.markdown import find_block
from support.environment.requirements import require_program
from support.processes.child_process import START_SECONDS, run_process
from support.processes.node_packages import require_node_with_packages
from support.servers.ports import find_free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
FRONTEND = ROOT / "examples" / "todo" / "frontend"
PACKAGES = SERVER_DIRECTORY / "node_modules"
BETTER_AUTH_PAGE, QUICK_START = "docs/guide/better-auth.md", "docs/quick-start.md"
LEFT_TO_THE_READER = "  // … your database, plugins and so on"
DRIVER = re.compile(
    r'^import Database from "better-sqlite3";\n|(?<=^  database): new Database\("app.db"\)', re.MULTILINE
)
"""What needs a compiler to be installed: the tests have another driver of SQLite."""
IMPORTS = """\
import { createRequire } from "node:module";
import { SqliteDialect } from "kysely";
const Sqlite = createRequire(process.env.PACKAGES + "/")("libsql");
const database = { dialect: new SqliteDialect({ database: new Sqlite("app.db") }), type: "sqlite" as const };
"""
OWN_OPTIONS = "  database, emailAndPassword: { enabled: true }, plugins: [jwt()],"
SERVERS = {"express": "toNodeHandler(auth)", "hono": "new Hono()"}
USER = {"name": "Ada", "email": "ada@example.com", "password": "a password of ada"}


class Front:
    """A folder with the files of a front end, which Node runs."""

    def __init__(self, folder: Path, plugins: str | None = None) -> None:
        """Write `lib/auth.ts` of the quick start, with other plugins if they are given."""
        self.node = require_node_with_packages(SERVER_DIRECTORY, "the servers of the pages")
        require_node_with_packages(FRONTEND, "the servers of the pages")
        self.folder, self.port = folder, find_free_port()
        code = find_block(QUICK_START, "betterAuth(", "ts").code
        auth, count = DRIVER.subn("", code)
        assert count == 2
        if plugins is not None:
            assert auth.count("[jwt()]") == 1
            auth = auth.replace("[jwt()]", f"[{plugins}]")
        (folder / "lib").mkdir()
        (folder / "lib" / "auth.ts").write_text(IMPORTS + auth, encoding="utf-8")
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PACKAGES": str(PACKAGES),
            "BETTER_AUTH_URL": self.origin,
            "BETTER_AUTH_SECRET": secrets.token_urlsafe(32),
        }

    def replace_auth(self, code: str) -> None:
        """Write `lib/auth.ts` of another page, which leaves the imports and the rest of its options to its reader."""
        assert code.count(LEFT_TO_THE_READER) == 1
        imports = 'import { betterAuth } from "better-auth";\nimport { jwt } from "better-auth/plugins";\n'
        code = IMPORTS + imports + code.replace(LEFT_TO_THE_READER, OWN_OPTIONS)
        (self.folder / "lib" / "auth.ts").write_text(code, encoding="utf-8")

    @property
    def origin(self) -> str:
        """Return the URL of Better Auth."""
        return f"http://localhost:{self.port}"

    def bundle(self, code: str, name: str) -> Path:
        """Return the JavaScript of a file of the page."""
        entry, outfile = self.folder / f"{name}.ts", self.folder / f"{name}.mjs"
        entry.write_text(code, encoding="utf-8")
        command = [self.node, str(Path(__file__).with_name("bundle.mjs")), "--entry", str(entry)]
        command += ["--outfile", str(outfile), "--packages", str(PACKAGES)]
        command += ["--esbuild", f"{FRONTEND}/node_modules/esbuild/lib/main.js"]
        self._check(command)
        return outfile

    def migrate(self) -> None:
        """Create the tables by the script for an older Node."""
        code = find_block(QUICK_START, "getMigrations(", "ts").code
        assert code.count('"./auth"') == 1
        self._check([self.node, str(self.bundle(code.replace('"./auth"', '"./lib/auth"'), "migrate"))])

    def _check(self, command: list[str]) -> None:
        completed = subprocess.run(  # noqa: S603 - Node, on the files of the page
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert completed.returncode == 0, completed.stderr

    def serve(self, server: str) -> Iterator[httpx.Client]:
        """Run the server of the page, and yield a client of it."""
        code = find_block(BETTER_AUTH_PAGE, SERVERS[server], "ts").code
        assert code.count("3000") == 1
        script = self.bundle(code.replace("3000", str(self.port)), server)
        log = self.folder / "server.log"
        with (
            run_process([self.node, str(script)], environment=self.environment, cwd=self.folder, log=log) as process,
            httpx.Client(base_url=self.origin, trust_env=False, timeout=30, headers={"origin": self.origin}) as client,
        ):
            wait_until_up(client, process, log)
            yield client


def wait_until_up(client: httpx.Client, process: subprocess.Popen[str], log: Path) -> None:
    """Wait until the server answers; raise its log if it never does."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            client.get("/api/auth/ok")
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8')}")


def sign_up(client: httpx.Client) -> dict[str, Any]:
    """Sign a user up, and return the claims of the user's token, which fastjose has verified."""
    signed_up = client.post("/api/auth/sign-up/email", json=USER)
    assert signed_up.status_code == 200, signed_up.text
    token = client.get("/api/auth/token").json()["token"]
    return api_verifier(str(client.base_url).rstrip("/")).verify(token)


@pytest.mark.parametrize("server", SERVERS)
def test_server_of_the_page_signs_users_in(server: str, tmp_path: Path) -> None:
    front = Front(tmp_path)
    front.migrate()
    for client in front.serve(server):
        assert sign_up(client)["email"] == USER["email"]
        assert len(client.get("/api/auth/jwks").json()["keys"]) == 1


def test_commands_of_the_page_print_a_token(tmp_path: Path) -> None:
    shell, _ = (require_program(name, "the commands of the quick start") for name in ("bash", "curl"))
    front = Front(tmp_path)
    front.migrate()
    code = find_block(QUICK_START, "sign-up/email", "sh").code.replace("http://localhost:3000", front.origin)
    for _client in front.serve("express"):
        completed = subprocess.run(  # noqa: S603 - the commands of the page
            [shell, "-e", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=START_SECONDS, check=True
        )
        token = json.loads(completed.stdout.splitlines()[-1])["token"]
        assert api_verifier(front.origin).verify(token)["email"] == "ada@example.com"


def test_keys_need_the_table_that_the_script_creates(tmp_path: Path) -> None:
    for client in Front(tmp_path).serve("express"):
        assert client.get("/api/auth/jwks").status_code == 500


@pytest.mark.parametrize(
    ("page", "words", "claims"),
    [
        (BETTER_AUTH_PAGE, "email: user.email", {"email", "name"}),
        ("docs/guide/sessions.md", "session.impersonatedBy", {"email", "name", "sid", "id"}),
        ("docs/guide/revocation.md", "sid: session.id", {"email", "name", "sid", "id"}),
    ],
)
def test_payload_of_the_page_is_in_the_token(page: str, words: str, claims: set[str], tmp_path: Path) -> None:
    front = Front(tmp_path, find_block(page, words, "ts").code)
    front.migrate()
    for client in front.serve("hono"):
        found = sign_up(client)
        assert claims <= set(found)
        assert ("emailVerified" in found) == ("id" in claims), "the other fields of the user"


@pytest.mark.parametrize("rule", ['"/get-session": false', ""])
def test_limit_of_sessions_is_off(rule: str, tmp_path: Path) -> None:
    front = Front(tmp_path)
    code = find_block("docs/guide/sessions.md", "rateLimit", "ts").code
    front.replace_auth(code.replace('"/get-session": false', rule))
    front.environment["NODE_ENV"] = "production"  # where Better Auth limits requests
    front.migrate()
    for client in front.serve("hono"):
        responses = [client.get("/api/auth/get-session", headers={"x-forwarded-for": "192.0.2.1"}) for _ in range(110)]
        assert {response.status_code for response in responses} == ({200} if rule else {200, 429})


def test_keys_of_the_page_expire_after_the_interval(tmp_path: Path) -> None:
    front = Front(tmp_path, find_block("docs/guide/secret-rotation.md", "rotationInterval", "ts").code)
    front.migrate()
    for client in front.serve("hono"):
        sign_up(client)
    with contextlib.closing(sqlite3.connect(tmp_path / "app.db")) as database:
        ((created_at, expires_at),) = database.execute("SELECT createdAt, expiresAt FROM jwks").fetchall()
    lifetime = datetime.fromisoformat(expires_at) - datetime.fromisoformat(created_at)
    assert round(lifetime.total_seconds() / 3600) == 30 * 24
