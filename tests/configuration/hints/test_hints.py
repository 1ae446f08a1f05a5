"""Hints: a known misconfiguration is logged with a stable code, rate-limited, and without token content."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import Depends, FastAPI, HTTPException
from hypothesis import given, settings
from hypothesis import strategies as st

import fastjose
from fastjose import JOSEError, RemoteKeySet, Verifier, exceptions, jwe
from fastjose._core import RequestAuthenticator, sign
from fastjose._hints.credential_hints import CREDENTIAL_HINTS
from fastjose._hints.detectors import DETECTORS
from fastjose._hints.function_failures import FAILURES
from fastjose._hints.hint_texts import HINTS
from fastjose._hints.jwt_hints import MAX_INSPECTIONS_PER_SECOND, HintLimits, RejectionHints
from fastjose.better_auth import SESSION_COOKIE_TYPE, api_verifier, oauth_verifier
from fastjose.exceptions import ConfigurationWarning
from fastjose.fastapi import BearerAuth
from support.better_auth.claims import RESOURCE, make_access_claims, make_cookie_claims, make_id_claims
from support.clients.http_client import HttpClient
from support.documentation.explained_codes import find_explained_codes
from support.environment.fresh_import import SECRET, load_auth
from support.environment.hint_logs import SHARED_LOG
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.bearer_tokens import BASE_URL, KEY, KEY_SET, KID, make_api_claims, make_api_token, sign_claims
from support.tokens.jose_builder import b64u

pytestmark = pytest.mark.http

CODES = {
    *("session_token", "opaque_access_token", "session_cookie", "session_cache_cookie", "email_verification_token"),
    *("shared_secret_token", "asymmetric_token", "access_token_for_api", "api_token_for_oauth", "id_token"),
    *("issuer_has_path", "issuer_lacks_path", "numeric_expiration_time", "audience_not_configured"),
    *("no_matching_key", "skipped_keys", "keys_unavailable", "unsigned_token", "other_algorithm", "wrong_secret"),
    *("wrong_key", "missing_token", "repeated_scheme", "quoted_token", "encrypted_token"),
    *("issuer_slash", "issuer_scheme", "issuer_loopback_name", "issuer_sts_windows", "issuer_microsoftonline"),
    *("audience_slash", "audience_scheme", "audience_loopback_name", "wrong_issuer", "wrong_audience"),
    *("microsoft_graph_token", "no_subject", "missing_claim", "wrong_claim", "wrong_header"),
    "claims_not_accepted",
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


def make_microsoft_graph_token(**changes: Any) -> str:
    """Return a token with a `nonce` in its header, whose signature cannot be verified as it is."""
    header = {"alg": "EdDSA", "kid": KID, "nonce": "n", "x5t": KID}
    claims = make_api_claims(**changes)
    return sign(json.dumps(header).encode(), json.dumps(claims).encode(), KEY, "EdDSA")[:-8] + "AAAAAAAA"


def make_unsigned_token(algorithm: str = "none") -> str:
    header = b64u(json.dumps({"alg": algorithm}).encode())
    return f"{header}.{b64u(json.dumps(make_api_claims()).encode())}."


def make_token_of_another_key() -> str:
    """Return a token without `kid`, signed with a key that is not in the JWK Set."""
    payload = json.dumps(make_api_claims()).encode()
    return sign(b'{"alg":"ES256"}', payload, ANOTHER_KEY, "ES256")


ANOTHER_KEY = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
CONFIGURED_KEY = (
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)
STS, MICROSOFT = "https://sts.windows.net/tenant-1/", "https://login.microsoftonline.com/tenant-1/v2.0"


def verifier_of(issuer: str, audience: str = BASE_URL) -> Verifier:
    return api_verifier(BASE_URL, issuer=issuer, audience=audience, keys=KEY_SET)


API = api_verifier(BASE_URL, keys=KEY_SET)
OAUTH = oauth_verifier(BASE_URL, audience=RESOURCE, keys=KEY_SET)
WITH_PATH = api_verifier(BASE_URL, issuer=f"{BASE_URL}/api/auth", keys=KEY_SET)
SHARED_SECRET = Verifier(SECRET, algorithms=["HS256"])
FOR_CLIENT = Verifier(SECRET, algorithms=["HS256"], claims={"use": "access"}, client_id="web")
WITH_SKIPPED_KEY = api_verifier(BASE_URL, keys={"keys": [*KEY_SET["keys"], {"kty": "RSA", "kid": "another"}]})
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
    ("unsigned_token", API, make_unsigned_token),
    ("unsigned_token", SHARED_SECRET, lambda: make_unsigned_token("None")),
    ("other_algorithm", API, make_token_of_another_key),
    ("other_algorithm", Verifier(SECRET, algorithms=["HS512"]), lambda: sign_with_secret(sub="user-1")),
    ("other_algorithm", SHARED_SECRET, lambda: make_unsigned_token("hs256")),
    ("wrong_secret", Verifier(f'"{SECRET}"', algorithms=["HS256"]), lambda: sign_with_secret(sub="user-1")),
    ("wrong_secret", Verifier(f"{SECRET}\n", algorithms=["HS256"]), lambda: sign_with_secret(sub="user-1")),
    ("wrong_key", Verifier(CONFIGURED_KEY, algorithms=["ES256"]), make_token_of_another_key),
    ("issuer_slash", API, lambda: make_api_token(iss=f"{BASE_URL}/")),
    (
        "issuer_slash",
        verifier_of("https://tenant.auth0.example/"),
        lambda: make_api_token(iss="https://tenant.auth0.example"),
    ),
    ("issuer_scheme", API, lambda: make_api_token(iss="http://app.example.com")),
    ("issuer_scheme", verifier_of("HTTP://app.example.com/"), make_api_token),
    ("issuer_loopback_name", verifier_of("http://localhost:3000"), lambda: make_api_token(iss="http://127.0.0.1:3000")),
    ("issuer_loopback_name", verifier_of("http://[::1]:80"), lambda: make_api_token(iss="http://app.localhost/")),
    ("issuer_sts_windows", verifier_of(MICROSOFT), lambda: make_api_token(iss=STS)),
    ("issuer_microsoftonline", verifier_of(STS), lambda: make_api_token(iss=MICROSOFT)),
    ("wrong_issuer", API, lambda: make_api_token(iss="https://another.example")),
    ("wrong_issuer", API, lambda: make_api_token(iss="https://another.example/api/auth")),
    ("wrong_issuer", verifier_of("http://localhost:3000"), lambda: make_api_token(iss="http://localhost:8000")),
    ("audience_slash", API, lambda: make_api_token(aud=f"{BASE_URL}/")),
    ("audience_slash", API, lambda: make_api_token(aud=["another", f"{BASE_URL}/"])),
    ("audience_scheme", API, lambda: make_api_token(aud="http://app.example.com")),
    (
        "audience_loopback_name",
        verifier_of(BASE_URL, "http://host.docker.internal:3000"),
        lambda: make_api_token(aud="http://0.0.0.0:3000"),
    ),
    ("wrong_audience", API, lambda: make_api_token(aud="https://another.example")),
    ("wrong_audience", API, lambda: make_api_token(aud=[])),
    ("wrong_audience", API, lambda: make_api_token(aud=[*map(str, range(10)), f"{BASE_URL}/"])),
    ("audience_slash", API, lambda: make_api_token(aud=[*map(str, range(9)), f"{BASE_URL}/"])),
    ("audience_slash", verifier_of(BASE_URL, "urn:api"), lambda: make_api_token(aud="urn:api/")),
    ("wrong_audience", verifier_of(BASE_URL, "urn:api"), lambda: make_api_token(aud="http://[")),
    ("microsoft_graph_token", API, make_microsoft_graph_token),
    ("microsoft_graph_token", verifier_of(MICROSOFT), lambda: make_microsoft_graph_token(kid="another")),
    ("no_subject", API, lambda: make_api_token(sub=...)),
    ("no_subject", SHARED_SECRET, lambda: sign_with_secret(tenant="acme")),
    ("no_subject", SHARED_SECRET, lambda: sign_with_secret(sub=" ")),
    ("missing_claim", API, lambda: make_api_token(aud=...)),
    ("missing_claim", OAUTH, lambda: sign_claims(make_access_claims(jti=...), typ="at+jwt")),
    ("wrong_claim", FOR_CLIENT, lambda: sign_with_secret(sub="user-1", azp="ios", use="access")),
    ("wrong_claim", FOR_CLIENT, lambda: sign_with_secret(sub="user-1", azp="web", use="refresh")),
    ("wrong_header", Verifier(SECRET, algorithms=["HS256"], header={"signer": "a"}), lambda: sign_with_secret(sub="u")),
    ("no_matching_key", API, make_token_with_other_kid),
    ("skipped_keys", WITH_SKIPPED_KEY, make_token_with_other_kid),
    *(("missing_token", verifier, lambda: "null") for verifier in (API, OAUTH, SHARED_SECRET)),
    *(("missing_token", API, lambda text=text: text) for text in ("undefined", "None", '"null"', "'undefined'", "NaN")),
    *(
        ("missing_token", API, lambda text=text: text)
        for text in ("[object Object]", "Bearer null", "Bearer undefined", '""', "''")
    ),
    ("repeated_scheme", API, lambda: f"Bearer {make_api_token()}"),
    ("repeated_scheme", API, lambda: f"bearer {make_api_token()}"),
    ("quoted_token", API, lambda: f'"{make_api_token()}"'),
    ("quoted_token", SHARED_SECRET, lambda: f"'{make_api_token()}'"),
    ("quoted_token", API, lambda: f'"{make_api_token()}'),
    ("encrypted_token", API, lambda: jwe.encrypt(b"{}", bytes(16), encryption="A128GCM", algorithm="dir").decode()),
    ("encrypted_token", SHARED_SECRET, lambda: "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.aa.bb.cc.dd"),
    ("encrypted_token", OAUTH, lambda: "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..bb.cc.dd"),
    ("keys_unavailable", UNREACHABLE, make_api_token),
]
ORDINARY_REJECTIONS: list[tuple[Verifier, Callable[[], str]]] = [
    (API, lambda: "garbage"),
    (API, lambda: SESSION + "x"),
    (API, lambda: make_api_token()[:-8] + "AAAAAAAA"),
    (API, lambda: make_api_token(exp=int(time.time()) - 60)),
    (API, lambda: make_api_token(email=5)),
    (API, lambda: make_api_token(cnf={})),
    (API, lambda: sign_claims(make_api_claims(), typ="logout+jwt")),
    (OAUTH, lambda: sign_claims(make_access_claims(), typ="logout+jwt")),
]


def rejection_of(auth: BearerAuth[Any], token: str) -> HTTPException:
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(token)
    return raised.value


def log_messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "fastjose"]


def pattern_of(hint: str) -> str:
    """Return the pattern of the lines that a hint can cause."""
    return re.sub(r"\\\$[a-z_]+", ".+", re.escape(hint))


@pytest.mark.parametrize(("code", "verifier", "token"), MISCONFIGURATIONS)
def test_known_misconfiguration_is_logged_once(
    caplog: pytest.LogCaptureFixture, code: str, verifier: Verifier, token: Callable[[], str]
) -> None:
    auth, text = BearerAuth(verifier), token()
    details = {rejection_of(auth, text).detail for _ in range(3)}
    (message,) = [message for message in log_messages(caplog) if message.startswith(f"{code}: ")]
    assert re.fullmatch(pattern_of(HINTS[code]), message.removeprefix(f"{code}: "))
    assert "$" not in message
    assert {record.levelname for record in caplog.records if record.name == "fastjose"} == {"WARNING"}
    assert not any(message.removeprefix(f"{code}: ") in detail for detail in details)


@pytest.mark.parametrize(("verifier", "token"), ORDINARY_REJECTIONS)
def test_ordinary_rejection_logs_nothing(
    caplog: pytest.LogCaptureFixture, verifier: Verifier, token: Callable[[], str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        rejection_of(BearerAuth(verifier), token())
    assert log_messages(caplog) == []


def test_skipped_keys_are_listed_with_their_reasons_and_without_those_for_encryption(
    caplog: pytest.LogCaptureFixture,
) -> None:
    weak = {"kty": "RSA", "kid": "weak", "n": "_" * 200, "e": "AQAB"}
    hostile = {"kty": "RSA", "kid": "\nWARNING forged", "n": 5, "e": "AQAB"}
    for_encryption = {"kty": "RSA", "kid": "enc", "use": "enc", "n": "AQAB", "e": "AQAB"}
    verifier = api_verifier(BASE_URL, keys={"keys": [*KEY_SET["keys"], weak, hostile, for_encryption]})
    rejection_of(BearerAuth(verifier), make_token_with_other_kid())
    (message,) = log_messages(caplog)
    assert message.startswith("skipped_keys: ")
    assert "keys[1] (kid weak): An RSA key needs at least 2048 bits" in message
    assert "keys[2]: A parameter of the JWK has the wrong type: n must be a str" in message
    assert "forged" not in message
    assert "keys[3]" not in message
    assert "another server" not in message


def test_skipped_keys_are_listed_up_to_five(caplog: pytest.LogCaptureFixture) -> None:
    verifier = api_verifier(BASE_URL, keys={"keys": [*KEY_SET["keys"], *({"kty": "RSA"} for _ in range(9))]})
    rejection_of(BearerAuth(verifier), make_token_with_other_kid())
    (message,) = log_messages(caplog)
    assert (message.count("keys["), " and 4 more; " in message) == (5, True)


def test_unknown_key_of_another_server_keeps_its_hint_if_only_keys_for_encryption_were_skipped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for_encryption = [{"kty": "RSA", "use": "enc"}, {"kty": "RSA", "alg": "RSA-OAEP"}, {"kty": "EC", "alg": "ECDH-ES"}]
    verifier = api_verifier(BASE_URL, keys={"keys": [*KEY_SET["keys"], *for_encryption]})
    rejection_of(BearerAuth(verifier), make_token_with_other_kid())
    assert [message.partition(":")[0] for message in log_messages(caplog)] == ["no_matching_key"]


@pytest.mark.parametrize(
    ("accept", "outcome"),
    [
        (lambda _: False, "returned False"),
        (lambda _: None, "returned a value of the type NoneType, not a bool"),
        (lambda claims: claims["tid"], "raised KeyError"),
    ],
)
def test_claims_that_the_application_does_not_accept_are_logged_without_their_values(
    caplog: pytest.LogCaptureFixture, accept: Any, outcome: str
) -> None:
    authenticator = RequestAuthenticator(SHARED_SECRET, dict, accept=accept)
    text = sign_with_secret(sub="secret-user")
    with pytest.raises(JOSEError) as raised:
        authenticator.authenticate_user(text)
    RejectionHints(SHARED_SECRET).log_hint(raised.value, text)
    (message,) = log_messages(caplog)
    assert message.startswith("claims_not_accepted: ")
    assert f": it {outcome}; " in message
    assert "secret-user" not in message


def test_every_hint_code_has_a_case() -> None:
    assert {code for code, *_ in MISCONFIGURATIONS} | {"claims_not_accepted"} == CODES


def test_hint_codes_are_stable_and_documented() -> None:
    assert set(HINTS) == CODES
    assert set(FAILURES) == {"store_failed", "tenants_failed", "grants_failed"}
    assert find_explained_codes("guide/diagnostics.md") == CODES | set(CREDENTIAL_HINTS) | set(FAILURES)


def test_tests_find_each_log_that_the_process_shares() -> None:
    texts = [path.read_text() for path in Path(fastjose.__file__).parent.rglob("*.py")]
    creation = re.compile(r"^(\w+) = (?:Credential|Rejection)?Hint(?:s|Log)\(", re.MULTILINE)
    names = [name for text in texts for name in creation.findall(text)]
    assert names
    assert set(names) == {SHARED_LOG}


def test_each_detector_belongs_to_an_existing_error_code() -> None:
    assert set(DETECTORS) <= set(re.findall(r"`([a-z_]+)`", exceptions.JOSEError.__doc__ or ""))


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
    hints = RejectionHints(API, HintLimits(clock))
    for clock.now, expected in ((1000.0, 1), (1000.5, 1), (1059.9, 1), (1060.0, 2), (1100.0, 2), (1120.0, 3)):
        hints.log_hint(make_error("malformed"), SESSION)
        assert len(log_messages(caplog)) == expected
    hints.log_hint(make_error("unknown_key"), make_api_token())
    assert len(log_messages(caplog)) == 4


def test_flood_of_rejections_limits_token_inspections(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected: list[str] = []
    monkeypatch.setitem(DETECTORS, "malformed", lambda token, _: inspected.append(token))
    clock = Clock()
    hints = RejectionHints(API, HintLimits(clock))
    for _ in range(1000):
        hints.log_hint(make_error("malformed"), "garbage")
    assert len(inspected) == MAX_INSPECTIONS_PER_SECOND
    clock.now += 1
    hints.log_hint(make_error("malformed"), "garbage")
    assert len(inspected) == MAX_INSPECTIONS_PER_SECOND + 1
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
@pytest.mark.parametrize("code", sorted(DETECTORS))
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
@given(header=MEMBERS, claims=MEMBERS, code=st.sampled_from(sorted(DETECTORS)))
def test_explain_never_raises_for_random_headers_and_claims(header: Any, claims: Any, code: str) -> None:
    token = sign(b'{"alg":"HS256"}', json.dumps(claims).encode(), SECRET, "HS256")
    forged = sign(json.dumps({"alg": "HS256", **header}).encode(), b"{}", SECRET, "HS256").split(".")[0]
    for verifier in (API, OAUTH, SHARED_SECRET):
        RejectionHints(verifier).log_hint(make_error(code), f"{forged}.{token.split('.', 1)[1]}")


@settings(deadline=None)
@given(
    token=st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"),
    code=st.sampled_from(sorted(DETECTORS)),
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


LoadAuth = Callable[..., Any]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LoadAuth:
    """Return the function that imports `fastjose.auth` under an environment."""
    return partial(load_auth, monkeypatch, tmp_path)


LOCALHOST = "http://localhost:3000"
WITH_IP = {"iss": "http://127.0.0.1:3000", "aud": "http://127.0.0.1:3000"}
SHARED = {"BETTER_AUTH_SECRET": SECRET}

# The environment, the token, and for each expected line its code and the parts that it must have.
WRONG_ENVIRONMENTS: list[tuple[dict[str, str], Callable[[], str], list[list[str]]]] = [
    (
        {"BETTER_AUTH_URL": LOCALHOST},
        lambda: make_api_token(**WITH_IP),
        [
            ["audience_loopback_name", f'"{LOCALHOST}" (BETTER_AUTH_URL)', "set BETTER_AUTH_URL"],
            ["issuer_loopback_name", f'"{LOCALHOST}" (BETTER_AUTH_URL)', "set BETTER_AUTH_URL"],
        ],
    ),
    (
        {"BETTER_AUTH_URL": "http://app.example.com/", "JWKS_ALLOW_HTTP": "1"},
        make_api_token,
        [["audience_scheme", "http://app.example.com", "BETTER_AUTH_URL"], ["issuer_scheme", "BETTER_AUTH_URL"]],
    ),
    (
        {"BETTER_AUTH_URL": BASE_URL, "JWT_AUDIENCE": "https://api.example.com"},
        make_api_token,
        [["wrong_audience", '"https://api.example.com" (JWT_AUDIENCE)', "set JWT_AUDIENCE"]],
    ),
    (
        {"BETTER_AUTH_URL": BASE_URL, "JWT_ISSUER": f'["{BASE_URL}/", "urn:b"]'},
        make_api_token,
        [["issuer_slash", f'"{BASE_URL}/" or "urn:b" (JWT_ISSUER)', "set JWT_ISSUER"]],
    ),
    (
        {"JWT_ISSUER": BASE_URL},
        make_api_token,
        [["wrong_audience", '"http://127.0.0.1:', "(JWKS_URL)", "set JWT_AUDIENCE"]],
    ),
    (
        {"BETTER_AUTH_URL": BASE_URL, "JWT_ALGORITHM": "ES256"},
        make_api_token,
        [["other_algorithm", "ES256 (JWT_ALGORITHM)"]],
    ),
    (
        {"BETTER_AUTH_URL": BASE_URL, "JWT_PROFILE": "oauth", "JWT_AUDIENCE": "urn:api"},
        make_api_token,
        [["api_token_for_oauth", "set JWT_PROFILE=api"]],
    ),
    ({"BETTER_AUTH_URL": BASE_URL}, lambda: make_api_token(sub=...), [["no_subject"]]),
    ({"BETTER_AUTH_URL": BASE_URL}, lambda: make_api_token(aud=...), [["missing_claim", '"aud"']]),
    ({"BETTER_AUTH_URL": BASE_URL}, lambda: sign_with_secret(sub="u"), [["shared_secret_token", "JWT_MODE=secret"]]),
    (
        {"BETTER_AUTH_SECRET": "another secret of at least 32 bytes"},
        lambda: sign_with_secret(sub="u"),
        [["wrong_secret", "(BETTER_AUTH_SECRET)", "must be exactly"]],
    ),
    (
        {"BETTER_AUTH_SECRETS": f"2:another secret of at least 32 bytes,1:{SECRET}"},
        lambda: sign_with_secret(sub="u"),
        [["wrong_secret", "(BETTER_AUTH_SECRETS, entry 1)", "JWT_ACCEPT_OLD_SECRETS=1"]],
    ),
    (SHARED, make_api_token, [["asymmetric_token", "set BETTER_AUTH_URL"]]),
    ({**SHARED, "JWT_MODE": "secret"}, make_api_token, [["asymmetric_token", "BETTER_AUTH_URL and JWT_MODE=jwks"]]),
    (SHARED, lambda: sign_with_secret(sub="u", aud="urn:a"), [["audience_not_configured", "set JWT_AUDIENCE"]]),
]


@pytest.mark.parametrize(("environment", "token", "lines"), WRONG_ENVIRONMENTS)
def test_line_names_the_variable_and_its_value(
    caplog: pytest.LogCaptureFixture,
    load: LoadAuth,
    environment: dict[str, str],
    token: Callable[[], str],
    lines: list[list[str]],
) -> None:
    with serve_jwks(lambda: KEY_SET) as proxy:
        url = {} if "BETTER_AUTH_SECRET" in str(environment) else {"JWKS_URL": proxy.url}
        rejection_of(load(**url, **environment), token())
    messages = log_messages(caplog)
    assert [message.split(":")[0] for message in messages] == [code for code, *_ in lines]
    for message, parts in zip(messages, lines, strict=True):
        assert [part for part in parts if part not in message] == []
        assert not any(hidden in message for hidden in (SECRET, "another secret", "127.0.0.1:3000"))


@pytest.mark.parametrize(
    ("label", "written", "oddity"),
    [
        ("BETTER_AUTH_SECRET", f'"{SECRET}"', "is in quotes"),
        ("BETTER_AUTH_SECRET", f"'{SECRET}'", "is in quotes"),
        ("BETTER_AUTH_SECRET", f"\u201c{SECRET}\u201d", "is in quotes"),
        ("BETTER_AUTH_SECRET", f"\u201e{SECRET}\u201c", "is in quotes"),
        ("BETTER_AUTH_SECRET", f"{SECRET} ", "white space"),
        ("BETTER_AUTH_SECRET", f"\t{SECRET}", "white space"),
        ("BETTER_AUTH_SECRET", f"{SECRET}\r\n", "white space"),
        ("BETTER_AUTH_SECRET", f"{SECRET} # of production", "ends with a comment"),
        ("BETTER_AUTH_SECRETS, entry 1", f"1:{SECRET}\t#1", "ends with a comment"),
        ("BETTER_AUTH_SECRETS, entry 1", f'1:"{SECRET}"', "is in quotes"),
        ("BETTER_AUTH_SECRETS, entry 1", f"1:`{SECRET}`,0:{SECRET}", "is in quotes"),
    ],
)
def test_secret_with_quotes_white_space_or_a_comment_is_named(
    caplog: pytest.LogCaptureFixture, load: LoadAuth, label: str, written: str, oddity: str
) -> None:
    with pytest.warns(ConfigurationWarning, match=f"^{label} .*{oddity}") as warned:
        auth = load(**{label.split(",", maxsplit=1)[0]: written})
    rejection_of(auth, sign_with_secret(sub="user-1"))
    (message,) = log_messages(caplog)
    assert message.startswith(f"wrong_secret: the token is not signed with the configured secret ({label}); ")
    assert oddity in message
    assert SECRET not in f"{message} {[str(warning.message) for warning in warned]}"


def test_application_configured_in_code_is_referred_to_its_arguments(caplog: pytest.LogCaptureFixture) -> None:
    for verifier, token in (
        (SHARED_SECRET, sign_with_secret(sub="user-1", aud=BASE_URL)),
        (verifier_of("urn:a", "urn:b"), make_api_token()),
        (SHARED_SECRET, make_api_token()),
        (OAUTH, make_api_token()),
        (API, sign_claims(make_access_claims(), typ="at+jwt")),
        (Verifier(SECRET, algorithms=["HS384"]), sign_with_secret(sub="user-1")),
        (UNREACHABLE, make_api_token()),
    ):
        rejection_of(BearerAuth(verifier), token)
    messages = "\n".join(log_messages(caplog))
    for part in ('"urn:b" (audience=)', '"urn:a" (issuer=)', "HS384 (algorithms=)", "as audience=", "as issuer="):
        assert part in messages
    assert not re.search("JWT_|BETTER_AUTH_|JWKS_", messages)


def test_keys_unavailable_names_the_url_without_its_query(caplog: pytest.LogCaptureFixture, load: LoadAuth) -> None:
    url = "http://127.0.0.1:1/api/auth/jwks"
    auth = load(JWKS_URL=f"{url}?key=hunter22", BETTER_AUTH_URL=BASE_URL)
    assert rejection_of(auth, make_api_token()).status_code == 503
    (message,) = log_messages(caplog)
    assert message.startswith("keys_unavailable: Key set unavailable: ")
    assert f"({url}); check JWKS_URL" in message
    assert "hunter22" not in message


def test_configured_value_in_a_line_is_escaped_and_without_credentials(caplog: pytest.LogCaptureFixture) -> None:
    names = [f"urn:{number}" for number in range(20)]
    verifiers = (
        verifier_of("https://ada:hunter22@a.example/?key=hunter22"),
        verifier_of("urn:a\nWARNING fastjose: forged"),
        Verifier(KEY_SET, issuer=names),
        verifier_of("urn:$issuer"),
    )
    for verifier in verifiers:
        rejection_of(BearerAuth(verifier), make_api_token(aud=... if verifier is verifiers[2] else BASE_URL))
    messages = log_messages(caplog)
    assert [message.split(":")[0] for message in messages] == ["wrong_issuer"] * 4
    assert not any("\n" in message or "hunter22" in message for message in messages)
    assert '"https://...a.example/..."' in messages[0]
    assert '"urn:4" or others (issuer=)' in messages[2]
    assert '"urn:$issuer"' in messages[3]


def test_token_without_sub_is_logged_by_every_dependency(caplog: pytest.LogCaptureFixture) -> None:
    dependencies: list[Callable[[BearerAuth[Any]], Callable[..., Any]]] = [
        lambda auth: auth.current_user,
        lambda auth: auth.current_user_optional,
        lambda auth: auth.current_claims,
        lambda auth: auth.user_id,
        lambda auth: auth.require_role("admin"),
    ]
    for dependency_of in dependencies:
        app, auth = FastAPI(), BearerAuth(Verifier(KEY_SET, audience=BASE_URL))
        app.add_api_route("/", lambda: None, dependencies=[Depends(dependency_of(auth))])
        with HttpClient(app) as client:
            client.get("/", make_api_token(sub=...))
    assert [message.split(":")[0] for message in log_messages(caplog)] == ["no_subject"] * 5
