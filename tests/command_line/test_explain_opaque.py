"""`fastjose explain` and `doctor` on opaque tokens: what the authorization server says, what is accepted, the line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer")
from support.environment.doctor import diagnose
from support.environment.fresh_import import set_environment
from support.processes.command_line import run_command
from support.servers.introspection_server import ACTIVE, SECRET, TOKEN, read_form
from support.servers.lookup_server import reply, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from support.servers.lookup_server import Request

HOSTILE = "x\n\x1b[31mJWT_SECRET=y"


def opaque(url: str, **further: str) -> dict[str, str]:
    named = {
        "JWT_CREDENTIALS": "opaque",
        "INTROSPECTION_URL": f"{url}/introspect",
        "INTROSPECTION_CLIENT_ID": "api",
        "INTROSPECTION_CLIENT_SECRET": SECRET,
        "JWT_AUDIENCE": "https://api.acme.test",
        "JWT_ISSUER": "https://as.acme.test",
    }
    return {name: value for name, value in {**named, **further}.items() if value}


def explain(
    monkeypatch: pytest.MonkeyPatch, path: Path, respond: Callable[[Request], Iterable[bytes]], **further: str
) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return the JSON and the text of explain, and the JSON of doctor."""
    with serve_lookups(respond) as running:
        environment = opaque(running.url, **further)
        set_environment(monkeypatch, path, environment)
        result = run_command("explain", "--json", standard_input=TOKEN)
        assert result.errors == ""
        document = json.loads(result.output)
        text = run_command("explain", standard_input=TOKEN).output
        diagnosis = diagnose(monkeypatch, path, environment, "--token-file", "-", standard_input=TOKEN)
    for output in (json.dumps(document), text, diagnosis.result.output):
        assert TOKEN not in output
        assert SECRET not in output
        assert "\x1b" not in output
    return document, text, diagnosis.document


def respond_with(**members: Any) -> Callable[[Request], Iterable[bytes]]:
    """Return an authorization server that knows one token. A member that is None is left out."""
    content = {**ACTIVE, "aud": "https://api.acme.test", "iss": "https://as.acme.test", **members}
    known = {name: value for name, value in content.items() if value is not None}
    return lambda request: reply_json(known if read_form(request)["token"] == TOKEN else {"active": False})


REJECTED: list[tuple[dict[str, Any], dict[str, str], str, str, str | None]] = [
    (
        {"aud": "https://other.acme.test"},
        {},
        'aud is "https://other.acme.test"; accepted: "https://api.acme.test"',
        "set JWT_AUDIENCE=https://other.acme.test",
        "JWT_AUDIENCE=https://other.acme.test",
    ),
    (
        {"aud": ["a", "b"]},
        {},
        'aud is ["a", "b"]; accepted: "https://api.acme.test"',
        "set JWT_AUDIENCE=a",
        "JWT_AUDIENCE=a",
    ),
    (
        {"iss": "https://as.acme.test/"},
        {},
        'iss is "https://as.acme.test/"; accepted: "https://as.acme.test"',
        "set JWT_ISSUER=https://as.acme.test/",
        "JWT_ISSUER=https://as.acme.test/",
    ),
    (
        {"aud": "api"},
        {"JWT_AUDIENCE": "", "JWT_CLIENT_ID": "web"},
        'aud is "api"; no audience is configured, so it must be absent',
        "set JWT_AUDIENCE=api",
        "JWT_AUDIENCE=api",
    ),
    ({"client_id": "a"}, {"JWT_CLIENT_ID": "web"}, 'client_id is "a"; accepted: ["web"]', "JWT_CLIENT_ID=a", None),
    ({"tier": "free"}, {"JWT_CLAIMS": '{"tier": "gold"}'}, 'tier is "free", accepted: "gold"', "JWT_CLAIMS", None),
    ({"level": 1}, {"JWT_CLAIMS": '{"level": 2}'}, "level is 1, accepted: 2", "add 1 to its values", None),
    ({"aud": None}, {}, 'missing: "aud"', "remove JWT_AUDIENCE", None),
    ({"iss": None}, {}, 'missing: "iss"', "remove JWT_ISSUER", None),
    ({"client_id": None}, {"JWT_CLIENT_ID": "web"}, "the token names no client", "remove JWT_CLIENT_ID", None),
    ({"aud": HOSTILE}, {}, "\\u001b[31mJWT_SECRET", "the authorization server says", None),
]  # fmt: skip


@pytest.mark.parametrize(("members", "further", "detail", "cure", "line"), REJECTED)
def test_explain_opaque_token_shows_what_was_seen_what_is_accepted_and_the_line(  # noqa: PLR0913, PLR0917 - the case
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    members: dict[str, Any],
    further: dict[str, str],
    detail: str,
    cure: str,
    line: str | None,
) -> None:
    document, text, diagnosis = explain(monkeypatch, tmp_path, respond_with(**members), **further)
    step = next(each for each in document["steps"] if each["status"] == "failed")
    assert detail in step["detail"]
    assert detail in text
    assert cure in step["cures"][0]
    (finding,) = diagnosis["findings"]
    assert finding["code"] == "token_rejected"
    assert detail in finding["problem"]
    assert cure in finding["cure"]
    assert finding["line"] == line


def test_explain_opaque_token_tells_what_else_would_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    document, text, _ = explain(monkeypatch, tmp_path, respond_with(aud="a", iss="b"))
    statuses = {step["name"]: step["status"] for step in document["steps"]}
    assert (statuses["aud"], statuses["iss"]) == ("failed", "would_fail")
    assert "(would fail, too)" in text
    assert "unverified" not in text  # the server says the claims


@pytest.mark.parametrize(
    ("respond", "failed"),
    [
        (lambda _: reply_json({"active": False}), "active"),
        (lambda _: reply(503), "server"),
        (lambda _: reply_json({**ACTIVE, "token_type": "DPoP"}), None),
    ],
)
def test_explain_opaque_token_of_which_nothing_is_known_has_no_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, respond: Any, failed: str | None
) -> None:
    document, text, diagnosis = explain(monkeypatch, tmp_path, respond)
    step = next(each for each in document["steps"] if each["status"] == "failed")
    assert failed in {step["name"], None}
    assert all(finding["line"] is None for finding in diagnosis["findings"])
    assert "JWT_AUDIENCE=" not in text


def test_explain_accepted_opaque_token_names_what_nothing_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document, _, diagnosis = explain(monkeypatch, tmp_path, respond_with(exp=None, iss=None), JWT_ISSUER="")
    assert document["is_accepted"]
    steps = {step["name"]: step for step in document["steps"]}
    assert (steps["exp"]["status"], steps["exp"]["detail"]) == ("not_checked", "exp is absent")
    assert (steps["iat"]["status"], steps["iss"]["status"]) == ("not_checked", "not_checked")
    assert steps["aud"]["detail"] == 'aud is "https://api.acme.test"; accepted: "https://api.acme.test"'
    assert diagnosis["findings"] == []


def test_explain_opaque_token_without_an_accepted_audience_says_that_it_must_have_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document, _, _ = explain(monkeypatch, tmp_path, respond_with(aud=None), JWT_AUDIENCE="", JWT_CLIENT_ID="web")
    steps = {step["name"]: step for step in document["steps"]}
    assert (steps["aud"]["status"], document["is_accepted"]) == ("passed", True)
    assert "must be absent" in steps["aud"]["detail"]
