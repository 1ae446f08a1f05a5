"""The forms of `/docs`, cookies and WebSockets in a real browser, with a real issuer on another origin.

`support/clients/browser/sign_in_forms.mjs` performs the steps of a user and prints what the pages show.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from support.clients.browser_script import BROWSER, run_browser_script
from support.environment.requirements import require_program
from support.processes.node_packages import require_node_with_packages
from support.servers.uvicorn_server import run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.http

GUEST = {"status": 401, "body": {"detail": "Not authenticated"}}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the output of the script, after the log of the application."""
    chromium = require_program("chromium", "the test of the sign-in forms needs Debian's chromium")
    node = require_node_with_packages(BROWSER, "the test of the sign-in forms")
    of_issuer, of_app, of_browser = (tmp_path_factory.mktemp(name) for name in ("issuer", "app", "browser"))
    with (
        run_uvicorn(of_issuer, "support.servers.oidc_server:app") as issuer,
        run_uvicorn(of_app, "support.applications.sign_in_app:app", ISSUER=issuer.origin) as app,
    ):
        command = [node, "sign_in_forms.mjs", "--base", app.origin, "--issuer", issuer.origin, "--chromium", chromium]
        yield run_browser_script(command, of_browser) + app.read_log() + issuer.read_log()


@pytest.fixture(scope="module")
def report(output: str) -> Any:
    return json.loads(output.partition("\n")[0])


def without_names(response: Any) -> Any:
    return {"status": response["status"], "user_id": response["body"].get("user_id")}


def test_dialog_offers_each_form(report: Any) -> None:
    assert report["pasted"]["forms"] == [
        "Pasted (http, Bearer)",
        "APIKeyCookie-__session (apiKey)",
        "Issuer (OAuth2, authorizationCode with PKCE)",
        "Issuer-HTTPBearer (http, Bearer)",
    ]


def test_pasted_token_is_accepted(report: Any) -> None:
    assert report["pasted"]["before"] == GUEST
    assert without_names(report["pasted"]["after"]) == {"status": 200, "user_id": "ada"}


def test_sign_in_at_the_issuer_uses_pkce(report: Any) -> None:
    """The issuer of the test requires the challenge and its verifier: without PKCE it issues no token."""
    assert report["code"]["before"] == GUEST
    assert report["code"]["clientId"] == "docs"
    assert without_names(report["code"]["after"]) == {"status": 200, "user_id": "ada"}
    assert {"GET /authorize", "POST /token"} <= set(report["traffic"]["server"])


def test_cookie_authenticates_the_own_page(report: Any) -> None:
    assert report["guest"] == {"cookie": GUEST, "socket": "rejected"}
    assert without_names(report["cookie"]) == {"status": 200, "user_id": "ada"}
    assert report["socket"] == "ada"


def test_page_of_another_origin_cannot_use_the_cookie(report: Any) -> None:
    own, others = report["statuses"][:-2], report["statuses"][-2:]
    assert own == ["GET 401", "GET 200", "POST 200"]
    assert others == ["GET 200", "POST 403"]  # the page cannot read the response to its GET
    assert report["otherSocket"] == "rejected"


def test_browser_sends_a_token_after_the_subprotocol(report: Any) -> None:
    assert report["subprotocol"] == "ada"


def test_output_and_logs_contain_no_token(output: str) -> None:
    assert not re.search(r"eyJ[\w-]+\.", output)
