"""`fastjose.jwt`: the clock, the errors, and what is expected of the claims."""

from __future__ import annotations

import datetime as dt
import logging
import time
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest import mock

import freezegun
import jose.jwt
import pytest
import time_machine

from fastjose import jwt
from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWSError, JWTClaimsError, JWTError
from support.jose_builder import NOW, SECRET, b64u, sealed, signed

if TYPE_CHECKING:
    from collections.abc import Callable

FORGED = "Signature verification failed."


def token(payload: dict[str, Any] | bytes | None = None, **header: Any) -> str:
    return signed({"alg": "HS256", **header}, {"exp": NOW + 60} if payload is None else payload)


def decode(text: Any, **arguments: Any) -> dict[str, Any]:
    return jwt.decode(text, SECRET, **{"algorithms": ["HS256"], **arguments})


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastjose.jwt.time", lambda: float(NOW))


def test_what_is_signed_is_read() -> None:
    claims = {"sub": "user-1", "exp": NOW + 60, "roles": ["a"], "n": 1.5, "big": 10**30, "none": None}
    text = jwt.encode(claims, SECRET, headers={"kid": "k"})
    assert text == jose.jwt.encode(claims, SECRET, headers={"kid": "k"})
    assert decode(text) == claims
    assert jwt.get_unverified_claims(text) == claims
    assert (
        jwt.get_unverified_header(text)
        == jwt.get_unverified_headers(text)
        == {"alg": "HS256", "kid": "k", "typ": "JWT"}
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Lima"])
def test_every_usual_way_to_set_the_clock_sets_it(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    then = dt.datetime.fromtimestamp(NOW, tz=dt.timezone.utc)
    assert _expired()
    with freezegun.freeze_time(then):
        assert not _expired()
    with time_machine.travel(then, tick=False):
        assert not _expired()
    with mock.patch("fastjose.jwt.datetime") as patched:
        patched.now.return_value = then
        assert not _expired()
        patched.now.return_value = then.replace(tzinfo=None)
        assert not _expired()
    assert _expired()
    monkeypatch.undo()
    time.tzset()


def _expired() -> bool:
    try:
        decode(token())
    except ExpiredSignatureError:
        return True
    return False


@pytest.mark.parametrize(
    ("exp", "leeway"),
    [
        (NOW, 0),
        (NOW - 1, 1),
        (NOW - 10, timedelta(seconds=10)),
        (NOW - 10, Decimal(10)),
        (NOW - 1, True),
        (NOW - 1, 10**400),
        (f" {NOW} ", 0),
    ],
)
def test_exp_at_its_own_second_and_leeway(exp: Any, leeway: Any) -> None:
    assert decode(token({"exp": exp}), options={"leeway": leeway}) == {"exp": exp}


@pytest.mark.parametrize(
    ("exp", "leeway"),
    [(NOW - 1, 0), (NOW - 1, 0.5), (NOW - 11, timedelta(seconds=10, milliseconds=999)), (True, 0), (NOW, -(10**400))],
)
def test_exp_that_has_passed(exp: Any, leeway: Any) -> None:
    with pytest.raises(ExpiredSignatureError, match=r"^Signature has expired\.$"):
        decode(token({"exp": exp}), options={"leeway": leeway})


def test_a_leeway_that_is_no_duration_is_the_callers_mistake_once_it_is_needed() -> None:
    no_durations: list[Any] = ["5", None, []]
    for leeway in no_durations:
        assert decode(token({"sub": "s"}), options={"leeway": leeway}) == {"sub": "s"}
        with pytest.raises(TypeError, match="leeway must be a number of seconds or a timedelta"):
            decode(token(), options={"leeway": leeway})


def test_a_refused_signature_is_a_jwt_error_that_holds_the_jws_error() -> None:
    with pytest.raises(JWTError) as caught:
        decode(token()[:-4] + "AAAA")
    refusal = caught.value
    assert str(refusal) == FORGED
    assert type(refusal) is JWTError
    assert isinstance(refusal.args[0], JWSError)
    assert refusal.__context__ is refusal.args[0]
    assert refusal.__cause__ is None
    assert refusal.code == "bad_signature"


def test_the_classes_are_attributes_of_the_module() -> None:
    with pytest.raises(jwt.ExpiredSignatureError):
        decode(token({"exp": 1}))
    with pytest.raises(jwt.JWTClaimsError):
        decode(token({"exp": "x"}))
    assert (jwt.JWTError, jwt.JWTClaimsError, jwt.JWSError) == (JWTError, JWTClaimsError, JWSError)


@pytest.mark.parametrize(
    "read",
    [
        lambda: decode("a.b"),
        lambda: decode("ew.e30.AA"),
        lambda: decode(token(b"{")),
        lambda: decode(token(b"[]")),
        lambda: jwt.get_unverified_header("a.b"),
        lambda: jwt.get_unverified_claims("a.b"),
        lambda: jwt.get_unverified_claims(token(b"[]")),
    ],
)
def test_what_cannot_be_read_is_malformed_by_its_code(read: Callable[[], Any]) -> None:
    with pytest.raises(JWTError) as caught:
        read()
    assert caught.value.code == "malformed"


@pytest.mark.parametrize("target", ["fastjose.jwt.decode", "fastjose.jwt.encode", "fastjose.jwt.get_unverified_header"])
def test_functions_can_be_patched(target: str) -> None:
    with mock.patch(target, return_value={"patched": True}):
        assert getattr(jwt, target.rpartition(".")[2])("x", "y") == {"patched": True}


def test_a_jws_verify_that_is_patched_is_asked() -> None:
    with mock.patch("fastjose.jws.verify", return_value=b'{"sub":"patched"}') as verify:
        assert decode(token(), subject="patched") == {"sub": "patched"}
        assert verify.call_args.kwargs == {"verify": True}
        decode(token(), options={"verify_signature": False})
        assert verify.call_args.kwargs == {"verify": False}
        with pytest.raises(JWTClaimsError, match="Invalid subject"):
            decode(token(), subject="other")
        verify.return_value = b"[]"
        with pytest.raises(JWTError, match=r"^Invalid payload string: must be a json object$"):
            decode(token())
        verify.side_effect = JWSError("refused")
        with pytest.raises(JWTError, match="refused"):
            decode(token())


@pytest.mark.parametrize(
    ("claims", "arguments", "said"),
    [
        ({"iss": "me"}, {"issuer": "me"}, None),
        ({"iss": "me"}, {"issuer": ["you", "me"]}, None),
        ({"iss": "me"}, {"issuer": {"me": 1}.keys()}, None),
        ({}, {"issuer": [None]}, None),
        ({}, {"issuer": "me"}, "Invalid issuer"),
        ({"iss": "e"}, {"issuer": "me"}, "Invalid issuer"),
        ({"iss": ["me"]}, {"issuer": {"me"}}, "Invalid issuer"),
        ({"iss": {}}, {"issuer": [{}]}, "Invalid issuer"),
        ({"sub": "s"}, {"subject": "s"}, None),
        ({}, {"subject": "s"}, None),
        ({"sub": "s"}, {"subject": 5}, "Invalid subject"),
        ({"aud": ["a", "b"]}, {"audience": "b"}, None),
        ({}, {"audience": "b"}, None),
        ({"aud": "ab"}, {"audience": "b"}, "Invalid audience"),
        ({"aud": "a"}, {}, "Invalid audience"),
        ({"aud": "a"}, {"options": {"verify_aud": False}}, None),
        ({"aud": "a"}, {"options": {"verify_aud": False, "require_aud": True}}, "Invalid audience"),
        ({}, {"options": {"require_foo": 1, "require_iat": True}}, 'missing required key "iat" among claims'),
        ({"iat": 1}, {"options": {"require_foo": 1, "require_iat": True}}, 'missing required key "foo" among claims'),
        ({}, {"options": {"require_iat": True}, "audience": 5}, 'missing required key "iat" among claims'),
        ({}, {"audience": ["a"], "options": {"verify_aud": False}}, "audience must be a string or None"),
        ({"at_hash": "x"}, {}, "No access_token provided to compare against at_hash claim."),
        ({"at_hash": "x"}, {"access_token": "t"}, "at_hash claim does not match access_token."),
        (
            {"at_hash": "4VVWVTlm_98oPTGHTkHMVg"},
            {"access_token": "t" * 4},
            "at_hash claim does not match access_token.",
        ),
        ({"exp": 1, "a": 1}, {"options": [("verify_exp", False)]}, None),
    ],
)
def test_what_is_expected_of_the_claims(claims: dict[str, Any], arguments: dict[str, Any], said: str | None) -> None:
    options = dict(arguments.get("options") or {})
    if said is None:
        assert decode(token(claims), **arguments) == claims
    else:
        with pytest.raises(JWTError) as caught:
            decode(token(claims), **arguments)
        assert str(caught.value) == said
    assert dict(arguments.get("options") or {}) == options


def test_at_hash_of_a_token_is_the_access_tokens() -> None:
    claims: dict[str, Any] = {"sub": "s"}
    text = jwt.encode(claims, SECRET, access_token="an access token")
    assert decode(text, access_token="an access token") == claims
    assert list(claims) == ["sub", "at_hash"]


def test_datetimes_are_replaced_in_the_callers_own_claims() -> None:
    zone = dt.timezone(timedelta(hours=5))
    claims: dict[str, Any] = {"exp": dt.datetime(2030, 1, 1), "iat": dt.datetime(2020, 1, 1, 5, tzinfo=zone), "at": 1}  # noqa: DTZ001 - naive is UTC
    text = jwt.encode(claims, SECRET)
    assert claims == {"exp": 1893456000, "iat": 1577836800, "at": 1}
    assert decode(text) == claims


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: token(b"[]"), "Invalid payload string: must be a json object"),
        (
            lambda: token(b"{"),
            "Invalid payload string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            lambda: token(b"\xff"),
            "Invalid payload string: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
        (lambda: token(b'{"a":"\\ud800"}'), "Invalid payload string: must be valid JSON"),
        (
            lambda: token(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
            "Invalid payload string: must be valid JSON",
        ),
        (lambda: token(b'{"exp":null}'), "Expiration Time claim (exp) must be an integer."),
        (lambda: token(b'{"exp":1e999}'), "Expiration Time claim (exp) must be an integer."),
        (
            lambda: sealed(f"{b64u(b'{')}.e30"),
            "Invalid header string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (lambda: sealed(f"{b64u(b'[]')}.e30"), "Invalid header string: must be a json object"),
        (lambda: sealed(b64u(b'{"alg":"HS256","alg":"HS256"}') + ".e30"), "Invalid header string: must be valid JSON"),
        (lambda: sealed(b64u(b"[" * 100_000) + ".e30"), "Invalid header string: must be valid JSON"),
        (lambda: sealed("e30.e30"), "No algorithm was specified in the JWS header."),
        (lambda: signed({"alg": ["HS256"]}), "The specified alg value is not allowed"),
        (lambda: signed({"alg": {}}), "No algorithm was specified in the JWS header."),
        (lambda: "\ud800.e30.e30", "Not enough segments"),
        (lambda: "", "Not enough segments"),
        (lambda: token() + "=", "Invalid crypto padding"),
        (lambda: token().replace(".", ".=", 1), "Invalid payload padding"),
    ],
)
def test_a_hostile_token_is_a_jwt_error_with_a_text(make: Callable[[], str], said: str) -> None:
    with pytest.raises(JWTError) as caught:
        decode(make())
    assert str(caught.value) == said


def test_unverified_does_not_mean_unread() -> None:
    text = token({"sub": 5}, crit=["x"])[:-4] + "AAAA"
    with pytest.raises(JWTClaimsError, match=r"^Subject must be a string\.$"):
        decode(text, options={"verify_signature": False})
    assert decode(text, options={"verify_signature": False, "verify_sub": False}) == {"sub": 5}
    with pytest.raises(JWTError, match=r"^No algorithm was specified in the JWS header\.$"):
        decode(sealed("e30.e30"), options={"verify_signature": False})
    with pytest.raises(JWTClaimsError, match="Unable to calculate at_hash"):
        decode(signed({"alg": "none"}, {"at_hash": "x"}), options={"verify_signature": False}, access_token="t")


def test_unverified_reading_has_one_error() -> None:
    for text in ("", "a.b.c", None, 5, sealed(b64u(b"[]") + ".e30")):
        with pytest.raises(JWTError, match=r"^Error decoding token headers\.$"):
            jwt.get_unverified_header(text)  # type: ignore[arg-type]  # that is the case
        with pytest.raises(JWTError, match=r"^Error decoding token claims\.$"):
            jwt.get_unverified_claims(text)  # type: ignore[arg-type]  # the same
    with pytest.raises(JWTError, match=r"^Invalid claims string: must be a json object$"):
        jwt.get_unverified_claims(token(b"1"))


def test_the_last_of_two_claims_of_one_name_counts_as_in_python() -> None:
    assert decode(token(b'{"exp":1,"a":1,"exp":9999999999}')) == {"exp": 9999999999, "a": 1}


def test_every_call_returns_a_dict_of_its_own() -> None:
    text = token({"roles": ["a"]})
    decode(text)["roles"].append("b")
    assert decode(text) == {"roles": ["a"]}


def test_nothing_is_logged_and_no_error_holds_a_token_or_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret, text = "the-very-secret", token()
    for key in (secret, [secret], {"k": secret}, f'{{"k":"{secret}"}}', f"-----BEGIN {secret}"):
        for algorithm in ("HS256", "RS256", "ES256", "EdDSA"):
            forged = signed({"alg": algorithm}, key=b"x")
            with pytest.raises(JOSEError) as caught:
                jwt.decode(forged, key, algorithms=[algorithm])
            assert secret not in repr(caught.value)
            assert not any(part in repr(caught.value) for part in forged.split("."))
    assert text
    assert not caplog.records
