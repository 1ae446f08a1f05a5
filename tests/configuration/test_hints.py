"""Hints: a known misconfiguration is logged with a stable code, rate-limited, and without token content."""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException
from hypothesis import given, settings
from hypothesis import strategies as st

from fastjose import JOSEError, RemoteKeySet, Verifier, exceptions
from fastjose._core import sign
from fastjose._fastapi.hints import _DETECTORS, _MAX_INSPECTIONS_PER_SECOND, HINTS, RejectionHints
from fastjose.better_auth import SESSION_COOKIE_TYPE, api_verifier, oauth_verifier
from fastjose.fastapi import BearerAuth
from support.bearer_tokens import BASE_URL, KEY_SET, KID, make_api_claims, make_api_token, sign_claims
from support.better_auth_claims import RESOURCE, make_access_claims, make_cookie_claims, make_id_claims
from support.fresh_import import SECRET, load_auth

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.http

CODES = {
    *("session_token", "opaque_access_token", "session_cookie", "session_cache_cookie", "email_verification_token"),
    *("shared_secret_token", "asymmetric_token", "access_token_for_api", "api_token_for_oauth", "id_token"),
    *("issuer_has_path", "issuer_lacks_path", "numeric_expiration_time", "audience_not_configured"),
    *("no_matching_key", "keys_unavailable"),
}

SESSION = "rjgjd7jn6HPNiVK7QCnG4IRF3utdfZke"
SIGNED_SESSION = f"{SESSION}.+Jj6JgsgMdsBp/8TshCq2QmYqWzVW5vR7Y/5EMNptbQ="
ENCODED_SESSION = f"{SESSION}.%2BJj6JgsgMdsBp%2F8TshCq2QmYqWzVW5vR7Y%2F5EMNptbQ%3D"


def sign_with_secret(**claims: Any) -> str:
    """Return a token as Better Auth signs one with its secret: `{"alg":"HS256"}`, and a `sub` only if it is given."""
    now = int(time.time())
    payload = json.dumps({"iat": now, "exp": now + 300, **claims}).encode()
    return sign(b'{"alg":"HS256"}', payload, SECRET, "HS256")


def make_token_with_other_kid() -> str:
    return sign_claims(make_api_claims(), kid="another")


API = api_verifier(BASE_URL, keys=KEY_SET)
OAUTH = oauth_verifier(BASE_URL, audience=RESOURCE, keys=KEY_SET)
WITH_PATH = api_verifier(BASE_URL, issuer=f"{BASE_URL}/api/auth", keys=KEY_SET)
SHARED_SECRET = Verifier(SECRET, algorithms=["HS256"])
UNREACHABLE = Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"), issuer=BASE_URL, audience=BASE_URL)

MISCONFIGURATIONS: list[tuple[str, Verifier, Callable[[], str]]] = [
    ("session_token", API, lambda: SESSION),
    ("session_token", API, lambda: SIGNED_SESSION),
    ("session_token", API, lambda: ENCODED_SESSION),
    ("session_token", SHARED_SECRET, lambda: SESSION),
    ("session_token", OAUTH, lambda: SIGNED_SESSION),
    ("opaque_access_token", OAUTH, lambda: "UIcvtLuHWTxeiubetfhCRfjpdkYchncO"),
    ("session_cookie", API, lambda: sign_with_secret(session={"token": "t"}, user={"id": "user-1"}, version="1")),
    ("session_cookie", SHARED_SECRET, lambda: sign_with_secret(session={"token": "t"}, user={"id": "user-1"})),
    ("session_cache_cookie", API, lambda: sign_claims(make_cookie_claims(), typ=SESSION_COOKIE_TYPE)),
    ("session_cache_cookie", OAUTH, lambda: sign_claims(make_cookie_claims(), typ=SESSION_COOKIE_TYPE)),
    ("email_verification_token", API, lambda: sign_with_secret(email="ada@example.com")),
    ("email_verification_token", SHARED_SECRET, lambda: sign_with_secret(email="ada@example.com")),
    ("shared_secret_token", API, lambda: sign_with_secret(sub="user-1")),
    ("asymmetric_token", SHARED_SECRET, make_api_token),
    ("access_token_for_api", API, lambda: sign_claims(make_access_claims(), typ="at+jwt")),
    ("access_token_for_api", API, lambda: sign_claims(make_access_claims(), typ="application/AT+JWT")),
    ("api_token_for_oauth", OAUTH, make_api_token),
    ("api_token_for_oauth", OAUTH, lambda: sign_claims(make_id_claims(), typ="JWT")),
    ("id_token", API, lambda: sign_claims(make_id_claims())),
    ("issuer_has_path", API, lambda: make_api_token(iss=f"{BASE_URL}/api/auth")),
    ("issuer_has_path", API, lambda: make_api_token(iss=f"{BASE_URL}/api/auth/")),
    ("issuer_lacks_path", WITH_PATH, make_api_token),
    ("numeric_expiration_time", API, lambda: make_api_token(exp=3600)),
    ("numeric_expiration_time", SHARED_SECRET, lambda: sign_with_secret(exp=3600.5, sub="user-1")),
    ("audience_not_configured", SHARED_SECRET, lambda: sign_with_secret(sub="user-1", aud=BASE_URL)),
    ("no_matching_key", API, make_token_with_other_kid),
    ("keys_unavailable", UNREACHABLE, make_api_token),
]
ORDINARY_REJECTIONS: list[tuple[Verifier, Callable[[], str]]] = [
    (API, lambda: "garbage"),
    (API, lambda: SESSION + "x"),
    (API, lambda: make_api_token()[:-8] + "AAAAAAAA"),
    (API, lambda: make_api_token(exp=int(time.time()) - 60)),
    (API, lambda: make_api_token(aud="https://another.example")),
    (API, lambda: make_api_token(iss="https://another.example")),
    (API, lambda: make_api_token(iss=f"https://another.example{'/api/auth'}")),
    (API, lambda: make_api_token(email=5)),
    (API, lambda: make_api_token(cnf={})),
    (API, lambda: sign_claims(make_api_claims(), typ="logout+jwt")),
    (OAUTH, lambda: sign_claims(make_access_claims(), typ="logout+jwt")),
    (SHARED_SECRET, lambda: sign_with_secret(tenant="acme")),
]


def rejection_of(auth: BearerAuth[Any], token: str) -> HTTPException:
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(token)
    return raised.value


def log_messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "fastjose"]


@pytest.mark.parametrize(("code", "verifier", "token"), MISCONFIGURATIONS)
def test_known_misconfiguration_is_logged_once(
    caplog: pytest.LogCaptureFixture, code: str, verifier: Verifier, token: Callable[[], str]
) -> None:
    auth, text = BearerAuth(verifier), token()
    details = {rejection_of(auth, text).detail for _ in range(3)}
    (message,) = log_messages(caplog)
    assert message.startswith(f"{code}: ")
    assert message.endswith(HINTS[code])
    assert [record.levelname for record in caplog.records if record.name == "fastjose"] == ["WARNING"]
    assert not any(HINTS[code] in detail or code in detail for detail in details)


@pytest.mark.parametrize(("verifier", "token"), ORDINARY_REJECTIONS)
def test_ordinary_rejection_logs_nothing(
    caplog: pytest.LogCaptureFixture, verifier: Verifier, token: Callable[[], str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        rejection_of(BearerAuth(verifier), token())
    assert log_messages(caplog) == []


def test_every_hint_code_has_a_case() -> None:
    assert {code for code, *_ in MISCONFIGURATIONS} == CODES


def test_hint_codes_are_stable_and_documented() -> None:
    assert set(HINTS) == CODES
    page = (Path(__file__).parents[2] / "docs" / "guide" / "diagnostics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_]+)` \|", page, flags=re.MULTILINE)) == CODES


def test_each_detector_belongs_to_an_existing_error_code() -> None:
    assert set(_DETECTORS) <= set(re.findall(r"`([a-z_]+)`", exceptions.JOSEError.__doc__ or ""))


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: float = 1000.0
    moved: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now


def make_error(code: str) -> JOSEError:
    created = JOSEError("rejected")
    created.code = code
    return created


def test_hint_is_logged_once_per_minute_and_code(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    hints = RejectionHints(API, clock)
    for clock.now, expected in ((1000.0, 1), (1000.5, 1), (1059.9, 1), (1060.0, 2), (1100.0, 2), (1120.0, 3)):
        hints.log_hint(make_error("malformed"), SESSION)
        assert len(log_messages(caplog)) == expected
    hints.log_hint(make_error("unknown_key"), make_api_token())
    assert len(log_messages(caplog)) == 4


def test_flood_of_rejections_limits_token_inspections(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected: list[str] = []
    monkeypatch.setitem(_DETECTORS, "malformed", lambda token, _: inspected.append(token))
    clock = Clock()
    hints = RejectionHints(API, clock)
    for _ in range(1000):
        hints.log_hint(make_error("malformed"), "garbage")
    assert len(inspected) == _MAX_INSPECTIONS_PER_SECOND
    clock.now += 1
    hints.log_hint(make_error("malformed"), "garbage")
    assert len(inspected) == _MAX_INSPECTIONS_PER_SECOND + 1
    assert log_messages(caplog) == []


def test_accepted_token_is_never_inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    def inspected(*_: object) -> None:
        pytest.fail("inspected")

    auth = BearerAuth(API)
    monkeypatch.setattr(RejectionHints, "log_hint", inspected)
    assert auth.verify_token(make_api_token()).sub == "user-1"


def test_huge_token_is_not_inspected(caplog: pytest.LogCaptureFixture) -> None:
    rejection_of(BearerAuth(API), make_api_token(exp=3600, padding="x" * 20_000))
    assert log_messages(caplog) == []


HOSTILE: list[Any] = [
    *("", ".", "..", "...", "\udcff", "a.b.c", "e30.e30.", "bnVsbA.bnVsbA.x", "W10.W10.x", "\0" * 32, "é" * 32),
    *(None, 5, b"a.b.c", ["a"]),
    sign_claims({"exp": None}),
    sign_claims({"exp": "3600", "iss": ["https://a"], "aud": {}}),
    sign_claims({"exp": 10**400, "iss": None, "email": None, "session": 1}),
    sign(b'{"alg":"HS256","typ":[1]}', b"[" * 900 + b"]" * 900, SECRET, "HS256"),
    sign(b'{"alg":"HS256","typ":{"a":1}}', b'{"iss":"\\ud800"}', SECRET, "HS256"),
    sign(b'{"alg":"HS256","typ":null}', b"\xff\xfe", SECRET, "HS256"),
]


@pytest.mark.parametrize("token", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("code", sorted(_DETECTORS))
def test_explain_never_raises_for_attack_tokens(code: str, token: Any) -> None:
    for verifier in (API, OAUTH, WITH_PATH, SHARED_SECRET):
        RejectionHints(verifier).log_hint(make_error(code), token)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["exp", "iss", "aud", "typ", "alg", "email", "session", "user", "nonce", "sub"])
MEMBERS = st.dictionaries(NAMES, JSON, max_size=5)


@settings(deadline=None)
@given(header=MEMBERS, claims=MEMBERS, code=st.sampled_from(sorted(_DETECTORS)))
def test_explain_never_raises_for_random_headers_and_claims(header: Any, claims: Any, code: str) -> None:
    token = sign(b'{"alg":"HS256"}', json.dumps(claims).encode(), SECRET, "HS256")
    forged = sign(json.dumps({"alg": "HS256", **header}).encode(), b"{}", SECRET, "HS256").split(".")[0]
    for verifier in (API, OAUTH, SHARED_SECRET):
        RejectionHints(verifier).log_hint(make_error(code), f"{forged}.{token.split('.', 1)[1]}")


@settings(deadline=None)
@given(
    token=st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"),
    code=st.sampled_from(sorted(_DETECTORS)),
)
def test_explain_never_raises_for_random_text(token: str, code: str) -> None:
    RejectionHints(API).log_hint(make_error(code), token)


def test_hints_contain_no_token_content_and_no_forged_lines(caplog: pytest.LogCaptureFixture) -> None:
    malicious = "hunter22\nWARNING fastjose: forged"
    tokens = [
        *(
            SESSION,
            SIGNED_SESSION,
            make_api_token(iss=f"{malicious}/api/auth"),
            make_api_token(aud=malicious),
            sign_claims(make_api_claims(), kid=malicious),
        ),
        *(
            sign_claims(make_api_claims(), typ=malicious),
            make_api_token(exp=3600, **{malicious: malicious}),
            sign_with_secret(email=malicious),
        ),
        *(
            sign_claims(make_access_claims(scope=malicious, exp=1), typ="at+jwt"),
            make_api_token(sub=malicious, cnf=malicious),
            malicious,
            malicious * 3,
        ),
    ]
    with caplog.at_level(logging.DEBUG):
        for verifier in (API, OAUTH, WITH_PATH, SHARED_SECRET):
            auth = BearerAuth(verifier)
            for token in tokens:
                rejection_of(auth, token)
    messages = log_messages(caplog)
    assert len(messages) >= len(CODES) / 2
    for message in messages:
        assert "\n" not in message
        assert "hunter22" not in message
        assert KID not in message
        assert not any(part in message for token in tokens for part in re.findall(r"[\w-]{12,}", token))
    assert {message.split(":")[0] for message in messages} <= CODES


def test_auth_module_logs_hints_for_misconfigured_environment(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET)
    for token in (sign_with_secret(sub="user-1", aud=BASE_URL), make_api_token()):
        with pytest.raises(HTTPException):
            auth.verify_token(token)
    assert [message.split(":")[0] for message in log_messages(caplog)] == [
        "audience_not_configured",
        "asymmetric_token",
    ]
