"""`fastjose.jwt`: the clock, the errors and the validation of claims."""

from __future__ import annotations

import datetime as dt
import logging
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest import mock

import freezegun
import jose.jwt
import pytest
import time_machine

from fastjose import jws, jwt
from fastjose.exceptions import ExpiredSignatureError, JOSEError, JWSError, JWTClaimsError, JWTError
from support.tokens.jose_builder import NOW, SECRET, append_signature, b64u, build_token

if TYPE_CHECKING:
    from collections.abc import Callable

FORGED = "Signature verification failed."


def sign_claims(payload: dict[str, Any] | bytes | None = None, **header: Any) -> str:
    return build_token({"alg": "HS256", **header}, {"exp": NOW + 60} if payload is None else payload)


def decode(text: Any, **arguments: Any) -> dict[str, Any]:
    return jwt.decode(text, SECRET, **{"algorithms": ["HS256"], **arguments})


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastjose.jwt.time", lambda: float(NOW))


def test_encode_then_decode_returns_claims() -> None:
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
def test_decode_uses_patched_clock(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    then = dt.datetime.fromtimestamp(NOW, tz=dt.timezone.utc)
    assert expired_claims()
    with freezegun.freeze_time(then):
        assert not expired_claims()
    with time_machine.travel(then, tick=False):
        assert not expired_claims()
    with mock.patch("fastjose.jwt.datetime") as patched:
        patched.now.return_value = then
        assert not expired_claims()
        patched.now.return_value = then.replace(tzinfo=None)
        assert not expired_claims()
    assert expired_claims()
    monkeypatch.undo()
    time.tzset()


def expired_claims() -> bool:
    try:
        decode(sign_claims())
    except ExpiredSignatureError:
        return True
    return False


@pytest.mark.parametrize(
    ("exp", "leeway"),
    [
        (NOW, 0),
        (NOW - 1, 1),
        (NOW - 10, timedelta(seconds=10)),
        (NOW - 2 * 86_400 - 5, timedelta(days=2, seconds=5)),
        (NOW - 10, Decimal(10)),
        (NOW - 1, True),
        (NOW - 1, 10**400),
        (f" {NOW} ", 0),
    ],
)
def test_decode_exp_within_leeway_is_accepted(exp: Any, leeway: Any) -> None:
    assert decode(sign_claims({"exp": exp}), options={"leeway": leeway}) == {"exp": exp}


@pytest.mark.parametrize(
    ("exp", "leeway"),
    [
        (NOW - 1, 0),
        (NOW - 1, 0.5),
        (NOW - 11, timedelta(seconds=10, milliseconds=999)),
        (NOW - 2 * 86_400 - 6, timedelta(days=2, seconds=5)),
        (NOW, -(10**400)),
    ],
)
def test_decode_exp_beyond_leeway_raises_expired(exp: Any, leeway: Any) -> None:
    with pytest.raises(ExpiredSignatureError, match=r"^Signature has expired\.$"):
        decode(sign_claims({"exp": exp}), options={"leeway": leeway})


def test_decode_invalid_leeway_raises_if_needed() -> None:
    no_durations: list[Any] = ["5", None, []]
    for leeway in no_durations:
        assert decode(sign_claims({"sub": "s"}), options={"leeway": leeway}) == {"sub": "s"}
        with pytest.raises(TypeError, match="leeway must be a number of seconds or a timedelta"):
            decode(sign_claims(), options={"leeway": leeway})


@pytest.mark.parametrize("claims", [{"exp": NOW - 1}, {"exp": NOW + 10}, {"nbf": NOW + 1}, {"nbf": NOW - 10}], ids=str)
@pytest.mark.parametrize("leeway", [float("nan"), -float("nan"), Decimal("nan")], ids=str)
def test_decode_rejects_nan_as_leeway(claims: dict[str, int], leeway: Any) -> None:
    with pytest.raises(ValueError, match=r"^leeway must be a number of seconds or a timedelta, not nan$"):
        decode(sign_claims(claims), options={"leeway": leeway})


def test_decode_reads_the_options_before_the_token() -> None:
    wrong_token: Any = None
    for options, message in ((1, "'int' object is not iterable"), (["a"], "length")):
        wrong_options: Any = options
        for decode_with in (jwt.decode, jose.jwt.decode):
            for token in (wrong_token, "a", sign_claims()):
                with pytest.raises((TypeError, ValueError), match=message):
                    decode_with(token, SECRET, "HS256", options=wrong_options)


def test_decode_bad_signature_error_contains_jws_error() -> None:
    with pytest.raises(JWTError) as caught:
        decode(sign_claims()[:-4] + "AAAA")
    rejection = caught.value
    assert str(rejection) == FORGED
    assert type(rejection) is JWTError
    assert isinstance(rejection.args[0], JWSError)
    assert rejection.__context__ is rejection.args[0]
    assert rejection.__cause__ is None
    assert rejection.code == "bad_signature"


def test_module_has_exception_classes() -> None:
    with pytest.raises(jwt.ExpiredSignatureError):
        decode(sign_claims({"exp": 1}))
    with pytest.raises(jwt.JWTClaimsError):
        decode(sign_claims({"exp": "x"}))
    assert (jwt.JWTError, jwt.JWTClaimsError, jwt.JWSError) == (JWTError, JWTClaimsError, JWSError)


@pytest.mark.parametrize(
    "read",
    [
        lambda: decode("a.b"),
        lambda: decode("ew.e30.AA"),
        lambda: decode(sign_claims(b"{")),
        lambda: decode(sign_claims(b"[]")),
        lambda: jwt.get_unverified_header("a.b"),
        lambda: jwt.get_unverified_claims("a.b"),
        lambda: jwt.get_unverified_claims(sign_claims(b"[]")),
    ],
)
def test_unparsable_token_error_has_malformed_code(read: Callable[[], Any]) -> None:
    with pytest.raises(JWTError) as caught:
        read()
    assert caught.value.code == "malformed"


@pytest.mark.parametrize("target", ["fastjose.jwt.decode", "fastjose.jwt.encode", "fastjose.jwt.get_unverified_header"])
def test_patched_function_is_used(target: str) -> None:
    with mock.patch(target, return_value={"patched": True}):
        assert getattr(jwt, target.rpartition(".")[2])("x", "y") == {"patched": True}


def test_patched_jws_verify_is_used() -> None:
    with mock.patch("fastjose.jws.verify", return_value=b'{"sub":"patched"}') as verify:
        assert decode(sign_claims(), subject="patched") == {"sub": "patched"}
        assert verify.call_args.kwargs == {"verify": True}
        decode(sign_claims(), options={"verify_signature": False})
        assert verify.call_args.kwargs == {"verify": False}
        with pytest.raises(JWTClaimsError, match="Invalid subject"):
            decode(sign_claims(), subject="other")
        verify.return_value = b"[]"
        with pytest.raises(JWTError, match=r"^Invalid payload string: must be a json object$"):
            decode(sign_claims())
        verify.side_effect = JWSError("refused")
        with pytest.raises(JWTError, match="refused"):
            decode(sign_claims())


@pytest.mark.parametrize(
    ("claims", "arguments", "message"),
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
        ({}, {"subject": "s"}, "Invalid subject"),
        ({"sub": None}, {"subject": "s"}, "Subject must be a string."),
        ({}, {"subject": "s", "options": {"verify_sub": False}}, None),
        ({"nbf": True}, {}, "Not Before claim (nbf) must be an integer."),
        ({"iat": False}, {}, "Issued At claim (iat) must be an integer."),
        ({"exp": True}, {}, "Expiration Time claim (exp) must be an integer."),
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
        ({"at_hash": "x"}, {"access_token": ""}, "No access_token provided to compare against at_hash claim."),
        ({"at_hash": "x"}, {"access_token": "\ud800"}, "Unable to calculate at_hash to verify against token claims."),
        ({"at_hash": "x"}, {"access_token": "t"}, "at_hash claim does not match access_token."),
        (
            {"at_hash": "4VVWVTlm_98oPTGHTkHMVg"},
            {"access_token": "t" * 4},
            "at_hash claim does not match access_token.",
        ),
        ({"exp": 1, "a": 1}, {"options": [("verify_exp", False)]}, None),
    ],
)
def test_decode_validates_claims(claims: dict[str, Any], arguments: dict[str, Any], message: str | None) -> None:
    options = dict(arguments.get("options") or {})
    if message is None:
        assert decode(sign_claims(claims), **arguments) == claims
    else:
        with pytest.raises(JWTError) as caught:
            decode(sign_claims(claims), **arguments)
        assert str(caught.value) == message
    assert dict(arguments.get("options") or {}) == options


def test_interrupt_while_json_is_read_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("json.loads", interrupt)
    with pytest.raises(KeyboardInterrupt):
        jwt.get_unverified_header(append_signature(f"{b64u(b'{')}.e30"))


def test_decode_at_hash_matches_access_token() -> None:
    claims: dict[str, Any] = {"sub": "s"}
    text = jwt.encode(claims, SECRET, access_token="an access token")
    assert decode(text, access_token="an access token") == claims
    assert list(claims) == ["sub", "at_hash"]


def test_encode_replaces_datetimes_in_callers_claims() -> None:
    zone = dt.timezone(timedelta(hours=5))
    claims: dict[str, Any] = {"exp": dt.datetime(2030, 1, 1), "iat": dt.datetime(2020, 1, 1, 5, tzinfo=zone), "at": 1}  # noqa: DTZ001 - naive is UTC
    text = jwt.encode(claims, SECRET)
    assert claims == {"exp": 1893456000, "iat": 1577836800, "at": 1}
    assert decode(text) == claims


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_encode_answers_as_python_jose_for_datetimes(name: str, algorithm: str) -> None:
    outcomes = []
    for encode in (jwt.encode, jose.jwt.encode):
        claims: dict[str, Any] = {name: dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)}
        try:
            outcomes.append((encode(claims, SECRET, algorithm, {"kid": "k"}), claims))
        except TypeError as error:
            outcomes.append((str(error).removesuffix(f" (claim '{name}')"), claims))
    assert outcomes[0] == outcomes[1]


def test_decode_reads_a_patched_clock_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for late, hours in ((0, 9), (61, -9)):

        class LocalClock(dt.datetime):
            """A clock whose local time is not UTC."""

            zone = dt.timezone(timedelta(hours=hours))
            seconds = NOW + late

            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> Any:
                local = dt.datetime.fromtimestamp(cls.seconds, tz or cls.zone)
                return local if tz else local.replace(tzinfo=None)

        with mock.patch("fastjose.jwt.datetime", LocalClock):
            assert expired_claims() == (late > 60)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sign_claims(b"[]"), "Invalid payload string: must be a json object"),
        (
            lambda: sign_claims(b"{"),
            "Invalid payload string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            lambda: sign_claims(b"\xff"),
            "Invalid payload string: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
        (lambda: sign_claims(b'{"a":"\\ud800"}'), "Invalid payload string: must be valid JSON"),
        (
            lambda: sign_claims(b'{"a":' + b"[" * 90_000 + b"]" * 90_000 + b"}"),
            "Invalid payload string: must be valid JSON",
        ),
        (lambda: sign_claims(b'{"exp":null}'), "Expiration Time claim (exp) must be an integer."),
        (lambda: sign_claims(b'{"exp":1e999}'), "Invalid payload string: must be valid JSON"),
        (lambda: sign_claims(b'{"a":NaN}'), "Invalid payload string: must be valid JSON"),
        (lambda: sign_claims(b'{"a":[{"b":-Infinity}]}'), "Invalid payload string: must be valid JSON"),
        (lambda: sign_claims(b'{"a":Infinity,"a":1}'), "Invalid payload string: must be valid JSON"),
        (
            lambda: append_signature(f"{b64u(b'{')}.e30"),
            "Invalid header string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (lambda: append_signature(f"{b64u(b'[]')}.e30"), "Invalid header string: must be a json object"),
        (
            lambda: append_signature(b64u(b'{"alg":"HS256","alg":"HS256"}') + ".e30"),
            "Invalid header string: must be valid JSON",
        ),
        (
            lambda: append_signature(b64u(b" " * 65_535 + b",") + ".e30"),
            "Invalid header string: Expecting value: line 1 column 65536 (char 65535)",
        ),
        (lambda: append_signature(b64u(b" " * 65_536 + b",") + ".e30"), "Invalid header string: must be valid JSON"),
        (lambda: append_signature(b64u(b"[" * 100_000) + ".e30"), "Invalid header string: must be valid JSON"),
        (lambda: append_signature("e30.e30"), "No algorithm was specified in the JWS header."),
        (lambda: build_token({"alg": ["HS256"]}), "The specified alg value is not allowed"),
        (lambda: build_token({"alg": {}}), "No algorithm was specified in the JWS header."),
        (lambda: "\ud800.e30.e30", "Not enough segments"),
        (lambda: "", "Not enough segments"),
        (lambda: sign_claims() + "=", "Invalid crypto padding: the token has padding (=), which a token must not have"),
        (
            lambda: sign_claims().replace(".", ".=", 1),
            "Invalid payload padding: the token has padding (=), which a token must not have",
        ),
    ],
)
def test_decode_attack_token_raises_jwt_error(make: Callable[[], str], message: str) -> None:
    with pytest.raises(JWTError) as caught:
        decode(make())
    assert str(caught.value) == message


def test_get_unverified_claims_validates_format() -> None:
    text = sign_claims({"sub": 5}, crit=["x"])[:-4] + "AAAA"
    with pytest.raises(JWTClaimsError, match=r"^Subject must be a string\.$"):
        decode(text, options={"verify_signature": False})
    assert decode(text, options={"verify_signature": False, "verify_sub": False}) == {"sub": 5}
    with pytest.raises(JWTError, match=r"^No algorithm was specified in the JWS header\.$"):
        decode(append_signature("e30.e30"), options={"verify_signature": False})
    with pytest.raises(JWTClaimsError, match="Unable to calculate at_hash"):
        decode(build_token({"alg": "none"}, {"at_hash": "x"}), options={"verify_signature": False}, access_token="t")


def test_get_unverified_invalid_token_raises_jwt_error() -> None:
    for text in ("", "a.b", "a.b.c", None, 5, f"{b64u(b'[]')}.a.c"):
        with pytest.raises(JWTError, match=r"^Error decoding token headers\.$"):
            jwt.get_unverified_header(text)  # type: ignore[arg-type]  # the wrong type is intended
        with pytest.raises(JWTError, match=r"^Error decoding token claims\.$"):
            jwt.get_unverified_claims(text)  # type: ignore[arg-type]  # the wrong type is intended
    with pytest.raises(JWTError, match=r"^Invalid claims string: must be a json object$"):
        jwt.get_unverified_claims(sign_claims(b"1"))


def test_unverified_read_of_a_long_token_keeps_the_code() -> None:
    for read in (jwt.get_unverified_header, jwt.get_unverified_headers, jwt.get_unverified_claims):
        with pytest.raises(JWTError, match="Error decoding token") as caught:
            read("a" * 1_000_000)
        assert caught.value.code == "too_large"


def test_decode_duplicate_claim_uses_last_value() -> None:
    assert decode(sign_claims(b'{"exp":1,"a":1,"exp":9999999999}')) == {"exp": 9999999999, "a": 1}


DUPLICATE_CLAIMS = """
import itertools, json
from fastjose import jwt
from fastjose.jws import sign

values = ["null", "true", "false", "1", '"x"', "[]"]
for number, (first, last) in enumerate(itertools.product(values, values)):
    name = "n" * (number + 1)
    for earlier, later in ((first, last), (last, first), (first, last)):
        payload = f'{{"exp":9999999999,"{name}":0,"a":{earlier},"a":{later}}}'
        claims = jwt.decode(sign(payload.encode(), "s" * 32), "s" * 32, algorithms=["HS256"])
        assert repr(claims) == repr(json.loads(payload)), payload
"""


def test_decode_duplicate_claim_uses_last_value_of_any_type() -> None:
    """In a process of its own: the first claims with names of some lengths decide how later ones are converted."""
    subprocess.run([sys.executable, "-c", DUPLICATE_CLAIMS], check=True)  # noqa: S603 - the program above


def test_decode_returns_new_dict_each_time() -> None:
    text = sign_claims({"roles": ["a"]})
    decode(text)["roles"].append("b")
    assert decode(text) == {"roles": ["a"]}


def test_errors_and_log_omit_token_and_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret, text = "the-very-secret", sign_claims()
    for key in (secret, [secret], {"k": secret}, f'{{"k":"{secret}"}}', f"-----BEGIN {secret}"):
        for algorithm in ("HS256", "RS256", "ES256", "EdDSA"):
            forged = build_token({"alg": algorithm}, key=b"x")
            with pytest.raises(JOSEError) as caught:
                jwt.decode(forged, key, algorithms=[algorithm])
            assert secret not in repr(caught.value)
            assert not any(part in repr(caught.value) for part in forged.split("."))
    assert text
    assert not caplog.records


SLOPPY = ["e30=", "e30==", "e3 0", "e3+/", "e30\n", "é", "!!!", "e31", "", "a", "e30.e30", "Z" * 5]


@pytest.mark.parametrize("sloppy", SLOPPY)
def test_get_unverified_header_checks_only_the_header(sloppy: str) -> None:
    header, payload, signature = sign_claims({"sub": "u"}, kid="k").split(".")
    for text in (f"{header}.{sloppy}.{signature}", f"{header}.{payload}.{sloppy}", f"{header}.{sloppy}.{sloppy}"):
        for read in (jwt.get_unverified_header, jwt.get_unverified_headers, jws.get_unverified_header):
            assert read(text) == read(text.encode()) == {"alg": "HS256", "kid": "k"}
        with pytest.raises(JWTError):
            decode(text)
        if sloppy:
            with pytest.raises(JWSError):
                jws.verify(text, "", None, verify=False)


@pytest.mark.parametrize("sloppy", [text for text in SLOPPY if "." not in text])
def test_get_unverified_claims_checks_only_the_payload(sloppy: str) -> None:
    header, payload, signature = sign_claims({"sub": "u"}).split(".")
    for text in (f"{sloppy}.{payload}.{signature}", f"{header}.{payload}.{sloppy}", f"{sloppy}.{payload}.{sloppy}"):
        assert jwt.get_unverified_claims(text) == {"sub": "u"}
        assert jws.get_unverified_claims(text) == b'{"sub":"u"}'


@pytest.mark.parametrize("header", ["e30=", "e3 0", "e31", "", "W10", "ew", b64u(b'{"a":1,"a":2}')])
def test_get_unverified_header_with_sloppy_header_raises(header: str) -> None:
    with pytest.raises(JWTError, match=r"^Error decoding token headers\.$"):
        jwt.get_unverified_header(f"{header}.e30.AA")
