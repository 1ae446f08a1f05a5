"""`fastjose explain`: its verdict is that of the application, and its red step the one that rejects the token."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from fastjose import JOSEError, sign_token
from fastjose.fastapi import BearerAuth, CredentialAuth, SessionCookies, SessionTokens
from fastjose.settings import load_settings
from fastjose.testing import SessionCookieIssuer, TokenIssuer, serve_jwks
from support.clients.asgi_client import send_request
from support.environment.fresh_import import SECRET, build_app, load_auth, set_environment
from support.processes.command_line import run_command
from support.tokens.attack_tokens.cases import CASES
from support.tokens.jose_builder import NOW
from support.tokens.verification_results import create_verifier

explain_module = pytest.importorskip("fastjose._cli.explain.explain")
from fastjose._cli.commands.explain import format_explanation  # noqa: E402 - after the check of the extra
from fastjose._cli.explain.application import Application  # noqa: E402 - after the check of the extra
from fastjose._cli.explain.requests import Place, choose_place  # noqa: E402 - as above
from fastjose._cli.explain.stages import missing_claims  # noqa: E402 - as above

if TYPE_CHECKING:
    from pathlib import Path

    from fastjose._cli.explain.explanation import Explanation
    from support.tokens.attack_tokens.case import Case

BEARER = Place("authorization", "Bearer ")
HS256 = {"JWT_SECRET": SECRET}
HOSTILE_TEXT = "\x1b[31m\x07\u202e[red]"
SESSION_TOKEN = "aB3d" * 8


def sign(secret: str = SECRET, **claims: Any) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 86_400, **claims}, secret, algorithm="HS256")


async def find_no_session(_token: str) -> None:
    return None


async def find_any_session(token: str) -> dict[str, Any]:
    session = {"id": "session-1", "token": token, "userId": "user-1", "expiresAt": "2999-01-01T00:00:00.000Z"}
    return {"session": session, "user": {"id": "user-1"}}


def explain_case(case: Case) -> Explanation:
    options = {"required": ("exp",), **case.options}
    application = Application(BearerAuth(create_verifier(case)), case.keys, options)
    explanation: Explanation = explain_module.explain(application, case.token, BEARER)
    return explanation


def verifier_code(case: Case) -> str | None:
    try:
        claims = create_verifier(case).verify(case.token)
    except JOSEError as error:
        return error.code
    return None if isinstance(claims.get("sub"), str) and claims["sub"].strip() else "missing_claim"


CHANGED_BY_TRANSPORT = {"segments-empty", "segments-space-in-front", "base64-signature-space-behind"}
"""Cases whose token a header does not carry as it is: white space around a value is not a part of it."""


def test_explain_corpus_red_step_is_that_of_the_verifier() -> None:
    compared = 0
    with time_machine.travel(NOW, tick=False):
        for case in CASES:
            if not case.needs_verifier or case.id in CHANGED_BY_TRANSPORT:
                continue
            explanation, code = explain_case(case), verifier_code(case)
            failed = explanation.failed_step
            assert (explanation.code, failed.code if failed else None) == (code, code), case.id
            assert explanation.is_accepted == (code is None), case.id
            assert [step.status for step in explanation.steps].count("failed") == (code is not None), case.id
            assert case.token.decode("latin-1") not in repr(explanation), case.id
            compared += 1
    assert compared > 1_500


def explain_environment(monkeypatch: pytest.MonkeyPatch, path: Path, token: str, **environment: str) -> Explanation:
    """Explain a token, and compare the verdict with the response of an application."""
    app = build_app(load_auth(monkeypatch, path, **environment))
    settings = load_settings()
    place = choose_place(settings)
    explanation: Explanation = explain_module.explain(Application.from_settings(settings), token, place)
    header = (place.header.encode(), f"{place.prefix}{token}".encode())
    answer = send_request(app, "/me", [(b"host", b"localhost"), header])
    assert answer.status == explanation.status
    if not explanation.is_accepted:
        assert json.loads(answer.body)["detail"] == explanation.detail
    return explanation


CHANGES: list[dict[str, Any]] = [
    {},
    {"exp": 1},
    {"iss": "https://other.test"},
    {"aud": "other"},
    {"aud": []},
    {"sub": None},
]


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize("mode", ["jwks", "oidc", "header", "cookie", "credentials"])
def test_explain_token_of_issuer_agrees_with_the_application(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str, changes: dict[str, Any]
) -> None:
    issuer = TokenIssuer()
    with serve_jwks(issuer) as server:
        issuer.url = issuer.audience = server.issuer_url
        environment = {
            "jwks": {"BETTER_AUTH_URL": server.issuer_url},
            "oidc": {"OIDC_ISSUER": server.issuer_url, "JWT_AUDIENCE": server.issuer_url},
            "header": {"BETTER_AUTH_URL": server.issuer_url, "JWT_TOKEN_HEADER": "X-Token"},
            "cookie": {"BETTER_AUTH_URL": server.issuer_url, "JWT_TOKEN_COOKIE": "token"},
            "credentials": {"BETTER_AUTH_URL": server.issuer_url, "JWT_CREDENTIALS": "jwt,session"},
        }[mode]
        token = issuer.mint_token(**changes)
        explanation = explain_environment(monkeypatch, tmp_path, token, **environment)
    assert explanation.is_accepted == (not changes)
    assert explanation.failed_step is None or explanation.failed_step.cures


CASES_OF_STEPS = [
    ("form", "not-a-token", HS256),
    ("form", "null", HS256),
    ("algorithm", TokenIssuer().mint_token(), HS256),
    ("signature", sign("another secret for these tests, long enough"), HS256),
    ("required", sign_token({"sub": "u"}, SECRET, algorithm="HS256"), HS256),
    ("exp", sign(exp=1), HS256),
    ("nbf", sign(nbf=4_000_000_000), HS256),
    ("iat", sign(iat="yesterday"), HS256),
    ("aud", sign(aud="other"), {**HS256, "JWT_AUDIENCE": "mine"}),
    ("aud", sign(aud="other"), HS256),
    ("iss", sign(iss="https://other.test"), {**HS256, "JWT_ISSUER": "https://mine.test"}),
    ("claims", sign(use="id"), {**HS256, "JWT_CLAIMS": '{"use": "access"}'}),
    ("claims", sign(), {**HS256, "JWT_CLAIMS": '{"use": "access"}'}),
    ("client", sign(azp="web"), {**HS256, "JWT_CLIENT_ID": "ios"}),
    ("client", sign(), {**HS256, "JWT_CLIENT_ID": "ios"}),
    ("user", sign(sub=" "), HS256),
    ("user", sign(email=1), HS256),
    ("user", sign(cnf={"jkt": "k"}), HS256),
    ("user", sign(events={"http://schemas.openid.net/event/backchannel-logout": {}}), HS256),
    (
        "key",
        TokenIssuer().mint_token(expires_in_seconds=86_400),
        {
            "BETTER_AUTH_URL": "http://127.0.0.1:1",
            "JWT_ISSUER": "https://auth.example.com",
            "JWT_AUDIENCE": "https://auth.example.com",
        },
    ),
    ("shape", sign(), {"BETTER_AUTH_URL": "http://127.0.0.1:1", "JWT_CREDENTIALS": "session"}),
    ("store", f"{SESSION_TOKEN}.{'A' * 43}=", {"BETTER_AUTH_URL": "http://127.0.0.1:1", "JWT_CREDENTIALS": "session"}),
    ("form", SESSION_TOKEN, {"BETTER_AUTH_URL": "http://127.0.0.1:1", "JWT_CREDENTIALS": "session"}),
    ("store", "k" * 64, {"BETTER_AUTH_URL": "http://127.0.0.1:1", "JWT_CREDENTIALS": "api_key"}),
    ("form", "authjs.session-token=abc", {"AUTH_SECRET": SECRET, "JWT_CREDENTIALS": "auth_js"}),
]


@pytest.mark.parametrize(("step", "token", "environment"), CASES_OF_STEPS)
def test_explain_rejected_credential_names_the_step_and_a_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str, token: str, environment: dict[str, str]
) -> None:
    explanation = explain_environment(monkeypatch, tmp_path, token, **environment)
    failed = explanation.failed_step
    assert failed is not None
    assert (failed.name, failed.code) == (step, explanation.code)
    assert failed.cures
    assert SECRET not in repr(explanation)


def test_explain_empty_audience_is_missing_if_it_is_not_compared() -> None:
    empty: dict[str, object] = {"aud": [], "exp": 1}
    for required in (["exp", "aud"], "aud"):
        assert missing_claims({"required": required}, empty) == ["aud"]
        assert missing_claims({"required": required, "audience": "api"}, empty) == []
    assert missing_claims({"required": ["exp", "sub"]}, empty) == ["sub"]
    assert missing_claims({"audience": "api"}, {}) == ["exp", "aud"]


def test_explain_empty_audience_would_fail_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = sign("another secret for these tests, long enough", aud=[])
    explanation = explain_environment(monkeypatch, tmp_path, token, JWT_SECRET=SECRET, JWT_AUDIENCE="mine")
    assert [step.name for step in explanation.steps if step.status == "would_fail"] == ["aud"]


def test_explain_session_token_of_better_auth_agrees(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    explanation = explain_environment(
        monkeypatch,
        tmp_path,
        f"{SESSION_TOKEN}.{'A' * 43}=",
        BETTER_AUTH_URL="http://127.0.0.1:1",
        BETTER_AUTH_SECRET=SECRET,
        JWT_CREDENTIALS="session",
    )
    assert explanation.code == "bad_session_signature"
    assert explanation.failed_step is not None
    assert "BETTER_AUTH_SECRET" in explanation.failed_step.cures[0]


def test_explain_tells_what_else_would_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = sign("another secret for these tests, long enough", aud="other", exp=1)
    explanation = explain_environment(monkeypatch, tmp_path, token, JWT_SECRET=SECRET, JWT_ISSUER="https://mine.test")
    statuses = {step.name: step.status for step in explanation.steps}
    assert statuses["signature"] == "failed"
    assert {name for name, status in statuses.items() if status == "would_fail"} == {"required", "exp", "aud"}
    assert statuses["nbf"] == statuses["jti"] == "would_pass"


def test_explain_claims_before_a_fetch_does_not_call_the_signature_good(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    issuer = TokenIssuer()
    with serve_jwks(TokenIssuer()) as server:
        issuer.url = issuer.audience = server.issuer_url
        token = issuer.mint_token(exp=1)
        explanation = explain_environment(monkeypatch, tmp_path, token, BETTER_AUTH_URL=server.issuer_url)
    statuses = {step.name: step.status for step in explanation.steps}
    assert (statuses["exp"], statuses["key"], statuses["signature"]) == ("failed", "would_fail", "not_reached")


def test_explain_claims_are_unverified_while_the_signature_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = TokenIssuer("http://127.0.0.1:3000").mint_token()
    explanation = explain_environment(monkeypatch, tmp_path, token, BETTER_AUTH_URL="http://127.0.0.1:1")
    statuses = {step.name: step.status for step in explanation.steps}
    assert (statuses["aud"], statuses["iss"], statuses["key"]) == ("failed", "would_fail", "would_fail")
    assert {statuses[name] for name in ("payload", "type", "required", "iat", "exp", "sub")} == {"would_pass"}
    assert [step.name for step in explanation.steps if step.cures] == ["aud"]
    lines = [line.plain for line in format_explanation(explanation)]
    assert [line for line in lines if "← the response" in line] == [line for line in lines if line.startswith("✗")]
    assert sum(line.startswith("✗ aud") and line.endswith("(unverified)") for line in lines) == 1


@pytest.mark.parametrize("claims", [{}, {"nbf": 1}, {"jti": "a", "iat": 1}])
def test_explain_step_without_a_check_is_not_green(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, claims: dict[str, Any]
) -> None:
    token = sign(**claims)
    explanation = explain_environment(monkeypatch, tmp_path, token, **HS256)
    unchecked = {step.name for step in explanation.steps if step.status == "not_checked"}
    assert {"iss"} | {"nbf", "jti", "iat"} - claims.keys() == unchecked - {"type"}
    assert "aud" not in unchecked  # without an audience, it must be absent


@pytest.mark.parametrize(
    ("options", "strategy", "expected"),
    [
        ({}, None, {"signature": "BETTER_AUTH_SECRET is not set", "session_data": "BETTER_AUTH_COOKIE_CACHE"}),
        ({"secrets": [SECRET]}, "compact", {"session_data": "BETTER_AUTH_COOKIE_CACHE is not set"}),
        ({"secrets": [SECRET], "strategy": "compact"}, None, {"session_data": "none was sent"}),
        ({"secrets": [SECRET], "strategy": "compact"}, "jwt", {"session_data": "cannot be used"}),
        ({"secrets": [SECRET], "strategy": "compact"}, "compact", {"store": "not asked"}),
    ],
)
def test_explain_cookie_names_what_the_store_decides(
    options: dict[str, Any], strategy: Any, expected: dict[str, str]
) -> None:
    cookies = SessionCookieIssuer(SECRET).cookies(strategy=strategy)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    credential = SessionCookies(find_any_session, **options)
    explanation = explain_module.explain(
        Application(CredentialAuth(credential)), header, Place("cookie", kind="cookie")
    )
    assert explanation.is_accepted
    unchecked = {step.name: step.detail for step in explanation.steps if step.status == "not_checked"}
    assert unchecked.keys() == expected.keys()
    assert all(text in unchecked[name] for name, text in expected.items())


@pytest.mark.parametrize(
    ("options", "token", "reason"),
    [
        ({}, SESSION_TOKEN + "." + "A" * 43 + "=", "BETTER_AUTH_SECRET is not set, the store decides"),
        ({"secrets": [SECRET], "allow_unsigned": True}, SESSION_TOKEN, "it has none"),
    ],
)
def test_explain_signature_of_session_token_that_nothing_verifies_is_not_green(
    options: dict[str, Any], token: str, reason: str
) -> None:
    application = Application(CredentialAuth(SessionTokens(find_no_session, **options)))
    explanation = explain_module.explain(application, token, BEARER)
    signature = next(step for step in explanation.steps if step.name == "signature")
    assert (explanation.code, signature.status) == ("unknown_session", "not_checked")
    assert reason in signature.detail
    assert explanation.failed_step is not None
    assert "forged" in explanation.failed_step.cures[0]


@pytest.mark.parametrize("option", [(), ("--json",)])
@pytest.mark.parametrize("changes", [{}, {"exp": 1}, {"iss": HOSTILE_TEXT}, {"sub": HOSTILE_TEXT}, {"jti": [[1]]}])
def test_explain_command_prints_neither_token_nor_control_characters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: tuple[str, ...], changes: dict[str, Any]
) -> None:
    set_environment(monkeypatch, tmp_path, HS256)
    token = sign(**changes)
    result = run_command("explain", *option, standard_input=f"{token}\n")
    is_rejected = bool(changes.keys() & {"exp", "jti"})
    assert (result.exit_code, result.errors) == (int(is_rejected), "")
    for hidden in (token, *token.split("."), SECRET, "\x1b", "\x07", "\u202e"):
        assert hidden not in result.output
    assert ("expired" in result.output) == ("exp" in changes)


def test_explain_json_has_the_explanation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, HS256)
    document = json.loads(run_command("explain", "--json", standard_input=sign(exp=1)).output)
    settings = load_settings()
    explanation = explain_module.explain(Application.from_settings(settings), sign(exp=1), choose_place(settings))
    assert document.keys() == asdict(explanation).keys()
    assert (document["code"], document["status"], document["is_accepted"]) == ("expired", 401, False)
    assert [step["name"] for step in document["steps"] if step["status"] == "failed"] == ["exp"]


@pytest.mark.parametrize(
    "form", ["Bearer {}", "Authorization: Bearer {}", '{{"token": "{}"}}', '{{"access_token":"{}"}}']
)
def test_explain_token_of_a_header_or_an_endpoint_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    set_environment(monkeypatch, tmp_path, HS256)
    result = run_command("explain", standard_input=form.format(sign()))
    assert result.exit_code == 0
    assert "The token was found in the text" in result.errors


@pytest.mark.parametrize(("form", "cure"), [('"{}"', "quotes"), ("Bearer Bearer {}", "Bearer twice"), ("null", "null")])
def test_explain_mistake_of_a_front_end_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str, cure: str
) -> None:
    set_environment(monkeypatch, tmp_path, HS256)
    result = run_command("explain", standard_input=form.format(sign()))
    assert result.exit_code == 1
    assert cure in result.output


def test_explain_env_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {})
    (tmp_path / "app.env").write_text(f"JWT_SECRET={SECRET}\n", encoding="utf-8")
    assert run_command("explain", "--env-file", "app.env", standard_input=sign()).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "text"),
    [
        ((), {}, "BETTER_AUTH_SECRET environment variable is required"),
        ((), {"JWT_SECRET": "short"}, "JWT_SECRET must have at least 32 bytes"),
        (("--env-file", "missing.env"), HS256, "must be a readable file"),
        (("--env-file", "."), HS256, "must be a readable file"),
        (("--as", "letter"), HS256, "letter"),
        (("--file", "missing"), HS256, "must be a readable file"),
    ],
)
def test_explain_wrong_usage_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], text: str
) -> None:
    set_environment(monkeypatch, tmp_path, environment)
    result = run_command("explain", *arguments, standard_input=sign())
    assert (result.exit_code, result.output) == (2, "")
    assert text in result.errors
    assert result.errors.count("\n") == 1
