"""`fastjose explain`: the steps behind the red one are tried with the application's rules, or called not checked."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, Key, Verifier, sign_token
from fastjose.fastapi import BearerAuth
from fastjose.settings import load_settings
from support.environment.fresh_import import SECRET, set_environment

explain_module = pytest.importorskip("fastjose._cli.explain.explain")
from fastjose._cli.commands.explain import format_explanation  # noqa: E402 - after the check of the extra
from fastjose._cli.explain.application import Application  # noqa: E402 - as above
from fastjose._cli.explain.requests import Place, choose_place  # noqa: E402 - as above

if TYPE_CHECKING:
    from pathlib import Path

    from fastjose._cli.explain.explanation import Explanation

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
ALB = {
    "ALB_SIGNER": ARN,
    "JWT_TOKEN_HEADER": "x-amzn-oidc-data",
    "JWT_ISSUER": "https://idp.acme.test",
    "JWT_CLIENT_ID": "web",
    "JWKS_PROXY": "http://127.0.0.1:1",
}
OPAQUE = {
    "JWT_CREDENTIALS": "opaque",
    "INTROSPECTION_URL": "http://127.0.0.1:1/introspect",
    "INTROSPECTION_CLIENT_ID": "api",
    "INTROSPECTION_CLIENT_SECRET": SECRET,
    "JWT_AUDIENCE": "api",
}
SESSION = {"JWT_CREDENTIALS": "session", "BETTER_AUTH_URL": "http://127.0.0.1:1"}
SESSION_TOKEN = f"{'aB3d' * 8}.{'A' * 43}="
FUTURE = 4_000_000_000


def explain(monkeypatch: pytest.MonkeyPatch, path: Path, token: str, environment: dict[str, str]) -> Explanation:
    set_environment(monkeypatch, path, environment)
    settings = load_settings()
    explanation: Explanation = explain_module.explain(
        Application.from_settings(settings), token, choose_place(settings)
    )
    return explanation


def statuses_of(explanation: Explanation) -> dict[str, str]:
    return {step.name: step.status for step in explanation.steps}


def build_alb_token(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Return a token in the form of a load balancer, with padding and a signature of zeros."""
    header = {"alg": "ES256", "kid": "4d5f", "typ": "JWT", "signer": ARN, "client": "web", **header}
    claims = {"sub": "user-1", "iss": "https://idp.acme.test", "exp": FUTURE, **claims}
    parts = json.dumps(header).encode(), json.dumps(claims).encode(), bytes(64)
    return ".".join(urlsafe_b64encode(part).decode() for part in parts)


@pytest.mark.parametrize(
    ("content", "failed", "would_fail"),
    [
        (({}, {}), "key", set()),
        (({}, {"exp": 1}), "exp", {"key"}),
        (({}, {"exp": 1, "iss": "https://other.test"}), "exp", {"key", "iss"}),
        (({}, {"nbf": FUTURE, "exp": 1, "iss": "https://other.test"}), "nbf", {"key", "exp", "iss"}),
        (({"signer": f"{ARN}1"}, {"exp": 1}), "type", {"key", "exp"}),
        (({"client": "ios"}, {"iss": "https://other.test"}), "type", {"key", "iss"}),
    ],
)
def test_explain_token_of_load_balancer_tries_its_rules(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: tuple[dict[str, Any], dict[str, Any]],
    failed: str,
    would_fail: set[str],
) -> None:
    explanation = explain(monkeypatch, tmp_path, build_alb_token(*content), ALB)
    statuses = statuses_of(explanation)
    assert {name for name, status in statuses.items() if status == "failed"} == {failed}
    assert {name for name, status in statuses.items() if status == "would_fail"} == would_fail
    assert statuses["aud"] in {"would_pass", "not_checked"}
    assert {name for name, status in statuses.items() if status == "not_reached"} == {"signature", "user"}


def test_explain_claim_of_wrong_type_before_a_fetch_does_not_call_the_signature_good(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    explanation = explain(monkeypatch, tmp_path, build_alb_token({}, {"iat": "now", "nbf": FUTURE}), ALB)
    statuses = statuses_of(explanation)
    assert (statuses["iat"], statuses["nbf"], statuses["exp"]) == ("failed", "would_fail", "would_pass")
    assert statuses["key"] == statuses["signature"] == "not_reached"


@pytest.mark.parametrize(
    ("environment", "failed", "expected"),
    [
        (SESSION, "store", {"session", "user"}),
        ({**SESSION, "BETTER_AUTH_SECRET": SECRET}, "signature", {"store", "session", "user"}),
        (OPAQUE, "server", {"active", "required", "nbf", "exp", "aud", "iss", "user"}),
    ],
)
def test_explain_step_that_cannot_be_tried_is_called_not_checked(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    environment: dict[str, str],
    failed: str,
    expected: set[str],
) -> None:
    token = "opaque-token" if environment is OPAQUE else SESSION_TOKEN
    explanation = explain(monkeypatch, tmp_path, token, environment)
    assert explanation.failed_step is not None
    assert explanation.failed_step.name == failed
    behind = explanation.steps[explanation.steps.index(explanation.failed_step) + 1 :]
    assert {step.status for step in behind} == {"not_reached"}
    assert expected <= {step.name for step in behind}
    assert all(step.detail.startswith("not checked: ") for step in behind)
    lines = [line.plain for line in format_explanation(explanation)]
    for step in behind:
        assert any(line.startswith(f"– {step.name} ") and line.endswith("(not checked)") for line in lines)
    assert max(map("\n".join(lines).count, ("not checked: ", "not checked here"))) == 0  # the note says it once


@pytest.mark.parametrize(
    ("environment", "token", "names"),
    [
        ({"JWT_SECRET": SECRET}, {"exp": FUTURE}, {"iat", "nbf", "type", "iss"}),
        (SESSION, SESSION_TOKEN, {"signature"}),
    ],
)
def test_explain_text_says_once_that_a_step_checked_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], token: Any, names: set[str]
) -> None:
    if isinstance(token, dict):
        token = sign_token({"sub": "user-1", **token}, SECRET, algorithm="HS256")
    explanation = explain(monkeypatch, tmp_path, token, environment)
    unchecked = [step for step in explanation.steps if step.status == "not_checked"]
    assert names <= {step.name for step in unchecked}
    lines = [line.plain for line in format_explanation(explanation)]
    for step in unchecked:
        assert "not checked" not in step.detail
        assert [line for line in lines if f"– {step.name} " in line and line.endswith(" (not checked)")]


@pytest.mark.parametrize(
    ("claims", "secret", "failed", "status_of_iat"),
    [
        ({"iat": FUTURE}, SECRET, "iat", "failed"),
        ({"iat": FUTURE, "nbf": FUTURE}, SECRET, "iat", "failed"),
        ({"iat": 1, "nbf": FUTURE}, SECRET, "nbf", "passed"),
        ({"iat": FUTURE}, f"another {SECRET}", "signature", "would_fail"),
        ({"iat": 1}, f"another {SECRET}", "signature", "would_pass"),
    ],
)
def test_explain_issued_in_the_future_is_the_step_of_iat(
    claims: dict[str, Any], secret: str, failed: str, status_of_iat: str
) -> None:
    options: dict[str, Any] = {"algorithms": ["HS256"], "check_issued_at": True, "leeway_seconds": 10}
    key = Key(SECRET, algorithm="HS256")
    verifier = Verifier(key, **options)
    token = sign_token({"sub": "user-1", "exp": int(time.time()) + 86_400, **claims}, secret, algorithm="HS256")
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    application = Application(BearerAuth(verifier), key, options)
    explanation = explain_module.explain(application, token, Place("authorization", "Bearer "))
    step = explanation.failed_step
    assert (step.name, step.code) == (failed, raised.value.code)
    iat = next(step for step in explanation.steps if step.name == "iat")
    assert iat.status == status_of_iat
    assert "tolerance: 10 s" in iat.detail


def test_explain_issued_in_the_future_is_accepted_if_it_is_not_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = sign_token({"sub": "user-1", "exp": int(time.time()) + 60, "iat": FUTURE}, SECRET, algorithm="HS256")
    explanation = explain(monkeypatch, tmp_path, token, {"JWT_SECRET": SECRET})
    assert explanation.is_accepted
    iat = next(step for step in explanation.steps if step.name == "iat")
    assert (iat.status, iat.title) == ("passed", "iat is a time, and has passed if that is checked")
    assert "not compared with the clock" in iat.detail
