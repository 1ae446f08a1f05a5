"""Hostile session tokens and session cookies: each is refused with its code, and none raises another error."""

from __future__ import annotations

import base64
import json
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import jwe, sign_token
from fastjose._core import SessionCookieReader, SessionTokenReader, jws_sign
from fastjose.exceptions import SessionError
from fastjose.testing import SessionCookieIssuer, TokenIssuer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose._core import SessionCookies

SECRET = "a-secret-of-at-least-thirty-two-bytes"
OTHER_SECRET = "another-secret-of-at-least-thirty-two-bytes"
TOKEN_NAME, DATA_NAME = "better-auth.session_token", "better-auth.session_data"
STRATEGIES: list[Any] = ["compact", "jwt", "jwe"]
DATA_FAILURES = {
    "session_data_malformed",
    "session_data_bad_signature",
    "session_data_other_strategy",
    "unknown_session_data_key",
}
MAX_COOKIE_BYTES = 65_536
USER = {"id": "user-1"}


def mint(strategy: Any, **arguments: Any) -> dict[str, str]:
    return SessionCookieIssuer(SECRET).cookies(user=USER, strategy=strategy, **arguments)


def header_of(cookies: Mapping[str, str]) -> bytes:
    return "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()


def read(strategy: Any, *headers: bytes, **arguments: Any) -> SessionCookies:
    return SessionCookieReader(secrets=[SECRET], strategy=strategy, **arguments).read(list(headers))


def assert_data_refused(cookies: SessionCookies, failures: set[str] = DATA_FAILURES) -> None:
    assert cookies.payload is None
    assert cookies.failure in failures
    assert cookies.session_token is not None


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_session_data_cut_at_any_length_is_refused(strategy: Any) -> None:
    reader = SessionCookieReader(secrets=[SECRET], strategy=strategy)
    cookies = mint(strategy)
    assert reader.read([header_of(cookies)]).payload is not None
    data = cookies[DATA_NAME]
    for length in range(1, len(data)):
        assert_data_refused(reader.read([header_of({**cookies, DATA_NAME: data[:length]})]))
        assert_data_refused(reader.read([header_of({**cookies, DATA_NAME: data[length:]})]))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_session_data_with_a_flipped_bit_is_refused(strategy: Any) -> None:
    reader = SessionCookieReader(secrets=[SECRET], strategy=strategy)
    cookies = mint(strategy)
    data = cookies[DATA_NAME].encode()
    start = f"{TOKEN_NAME}={cookies[TOKEN_NAME]}; {DATA_NAME}=".encode()
    for index in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[index] ^= 1 << bit
            read = reader.read([start + bytes(changed)])
            if chr(changed[index]) in '; \t"%' and index in {0, len(data) - 1}:
                continue  # at its ends the value is trimmed, as by every server
            assert_data_refused(read)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_session_token_cut_or_changed_is_refused(strategy: Any) -> None:
    reader = SessionCookieReader(secrets=[SECRET], strategy=strategy)
    cookies = mint(strategy)
    token = cookies[TOKEN_NAME]
    changed = [token[:length] for length in range(1, len(token))] + [token[length:] for length in range(1, len(token))]
    changed += [
        f"{token[:index]}{'A' if token[index] != 'A' else 'B'}{token[index + 1 :]}" for index in range(len(token))
    ]
    for value in changed:
        read = reader.read([header_of({**cookies, TOKEN_NAME: value})])
        assert read.failure in {"malformed_session_token", "bad_session_signature"}, value
        assert (read.session_token, read.session_token_raw, read.payload) == (None, None, None)
        assert read.is_present


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_chunks_must_be_complete_and_single(strategy: Any) -> None:
    big = SessionCookieIssuer(SECRET).cookies(user={**USER, "bio": "x" * 9_000}, strategy=strategy)
    chunks = [name for name in big if name.startswith(f"{DATA_NAME}.")]
    assert len(chunks) > 2
    assert read(strategy, header_of(big)).failure is None
    assert read(strategy, header_of(dict(reversed(big.items())))).failure is None
    assert read(strategy, *(header_of({name: value}) for name, value in big.items())).failure is None
    for name in chunks:
        without = {other: value for other, value in big.items() if other != name}
        assert_data_refused(read(strategy, header_of(without)))
        assert_data_refused(read(strategy, header_of({**big, name: ""})), {"session_data_malformed"})
        doubled = header_of(big) + f"; {name}={big[name]}".encode()
        assert_data_refused(read(strategy, doubled), {"session_data_malformed"})
    further = header_of(big) + f"; {DATA_NAME}.{len(chunks)}=QUJD".encode()
    assert_data_refused(read(strategy, further))
    swapped = {**big, chunks[0]: big[chunks[1]], chunks[1]: big[chunks[0]]}
    assert_data_refused(read(strategy, header_of(swapped)))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_first_of_two_cookies_of_one_name_counts(strategy: Any) -> None:
    good, data = mint(strategy), DATA_NAME
    assert read(strategy, header_of(good) + f"; {TOKEN_NAME}=bad".encode()).payload is not None
    assert read(strategy, f"{TOKEN_NAME}=bad; ".encode() + header_of(good)).failure == "malformed_session_token"
    assert read(strategy, header_of(good), f"{data}=bad".encode()).payload is not None
    assert_data_refused(read(strategy, f"{data}=bad".encode(), header_of(good)))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_forms_of_headers_that_clients_send_are_read(strategy: Any) -> None:
    cookies = mint(strategy)
    header = header_of(cookies)
    quoted = "; ".join(f'{name}="{value}"' for name, value in cookies.items()).encode()
    for form in (b"; " + header, b";" + header, header + b";", header.replace(b"; ", b";"), b"a; =; " + header, quoted):
        assert read(strategy, form).payload is not None, form
    assert read(strategy, b"\xff=\xfe; \x00=\x01; " + header).payload is not None


def test_broken_percent_encoding_is_refused() -> None:
    token = mint("compact")[TOKEN_NAME]
    for broken in (
        token.replace("%", "%%"),
        token.replace("%3D", "%3"),
        token + "%",
        token.replace("%3D", "%zz"),
        "%" * 99,
    ):
        cookies = read("compact", f"{TOKEN_NAME}={broken}".encode())
        assert cookies.failure == "malformed_session_token", broken
        with pytest.raises(SessionError) as raised:
            SessionTokenReader([SECRET], allow_unsigned=True).read(broken)
        assert raised.value.code == "malformed_session_token"
    twice = token.replace("%", "%25")
    assert read("compact", f"{TOKEN_NAME}={twice}".encode()).failure == "malformed_session_token"
    lower_case = token.replace("%3D", "%3d").replace("%2B", "%2b").replace("%2F", "%2f")
    assert read("compact", f"{TOKEN_NAME}={lower_case}".encode()).failure is None


def test_jwe_with_another_key_id_is_refused() -> None:
    cookies = mint("jwe")
    foreign = SessionCookieIssuer(OTHER_SECRET).cookies(user=USER, strategy="jwe")[DATA_NAME]
    assert read("jwe", header_of({**cookies, DATA_NAME: foreign})).failure == "unknown_session_data_key"
    _, *segments = cookies[DATA_NAME].split(".")
    foreign_header = foreign.split(".")[0]
    mixed = ".".join([foreign_header, *segments])
    assert read("jwe", header_of({**cookies, DATA_NAME: mixed})).failure == "unknown_session_data_key"
    both = SessionCookieReader(secrets=[SECRET, OTHER_SECRET], strategy="jwe")
    assert both.read([header_of({**cookies, DATA_NAME: mixed})]).failure == "session_data_bad_signature"


def test_jwe_of_another_algorithm_is_refused() -> None:
    cookies = mint("jwe")
    payload = json.dumps({"session": {}, "user": {}, "iat": 1, "exp": 4_000_000_000})
    for algorithm, encryption, size in (
        ("dir", "A256GCM", 32),
        ("dir", "A128CBC-HS256", 32),
        ("A128KW", "A128GCM", 16),
    ):
        value = jwe.encrypt(payload, "k" * size, encryption=encryption, algorithm=algorithm).decode()
        assert_data_refused(read("jwe", header_of({**cookies, DATA_NAME: value})))
    bomb = jwe.encrypt("x" * 200_000, "k" * 64, encryption="A256CBC-HS512", algorithm="dir", zip="DEF").decode()
    assert_data_refused(read("jwe", header_of({**cookies, DATA_NAME: bomb})), {"session_data_malformed"})


def test_compact_payload_of_another_form_is_refused() -> None:
    cookies = mint("compact")
    text = base64.urlsafe_b64decode(cookies[DATA_NAME] + "==")
    content = json.loads(text)
    changes: list[tuple[bytes, bytes]] = [
        (b'"id":"user-1"', b'"id":"user-2"'),
        (b'"expiresAt":' + str(content["expiresAt"]).encode(), b'"expiresAt":9999999999999'),
        (b'{"session":{', b'{"session":{"role":"admin",'),
        (b'{"session":', b'{"session" :'),
        (b',"signature":', b',"x":1,"signature":'),
        (b'"}', b'","session":{}}'),
        (b'{"session":', b'{"session":{},"session":'),
    ]
    for old, new in changes:
        changed = text.replace(old, new, 1) if old != b'"}' else text[:-2] + new
        assert changed != text
        value = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert_data_refused(read("compact", header_of({**cookies, DATA_NAME: value})))
    rewritten = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
    assert_data_refused(read("compact", header_of({**cookies, DATA_NAME: rewritten})))
    padded = base64.urlsafe_b64encode(text + b" ").decode()
    assert_data_refused(read("compact", header_of({**cookies, DATA_NAME: padded})))


def test_other_tokens_under_the_secret_are_not_a_session() -> None:
    cookies = mint("jwt")
    verification = {"email": "ada@example.com", "userId": "user-1", "iat": 1, "exp": 4_000_000_000}
    tokens = [
        jws_sign(b'{"alg":"HS256"}', json.dumps(verification).encode(), SECRET, "HS256"),
        sign_token({**verification, "sub": "user-1"}, SECRET, algorithm="HS256"),
        sign_token({"session": {}, "user": {}, "iat": 1, "exp": 4_000_000_000}, SECRET, algorithm="HS256"),
        sign_token({"session": {}, "user": {}, "iat": 1, "exp": 4_000_000_000}, SECRET * 2, algorithm="HS512"),
    ]
    for token in tokens:
        assert_data_refused(read("jwt", header_of({**cookies, DATA_NAME: token})), {"session_data_malformed"})
    with pytest.raises(SessionError) as raised:
        SessionTokenReader([SECRET], allow_unsigned=True).read(tokens[0])
    assert raised.value.code == "malformed_session_token"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_session_data_of_another_session_is_not_used(strategy: Any) -> None:
    own, other = mint(strategy), mint(strategy)
    mixed = {TOKEN_NAME: own[TOKEN_NAME], DATA_NAME: other[DATA_NAME]}
    assert_data_refused(read(strategy, header_of(mixed)), {"session_data_unbound"})
    alone = read(strategy, header_of({DATA_NAME: other[DATA_NAME]}))
    assert (alone.failure, alone.payload, alone.session_token) == ("session_data_unbound", None, None)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_time_of_session_data_follows_the_clock_of_the_process(strategy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    cookies = header_of(mint(strategy, max_age_seconds=300))
    for seconds, failure in ((0, None), (298, None), (302, "session_data_expired")):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: now + seconds)
        read_at = read(strategy, cookies)
        assert (read_at.failure, read_at.payload is None) == (failure, failure is not None), seconds


@pytest.mark.parametrize("strategy", [*STRATEGIES, "jwks", None])
def test_long_headers_are_not_read(strategy: Any) -> None:
    cookies = header_of(mint("compact"))
    for filler in (b"x", b";", b"=", b"%41", b"a=b;", b'"', b".", DATA_NAME.encode() + b".0=a; ", b"%"):
        hostile = (filler * MAX_COOKIE_BYTES)[: MAX_COOKIE_BYTES - 1]
        assert read(strategy, f"{TOKEN_NAME}=".encode() + hostile).failure == "cookies_too_large"
        inside = hostile[: MAX_COOKIE_BYTES - 100]
        for name in (TOKEN_NAME, DATA_NAME, f"{DATA_NAME}.0"):
            assert read(strategy, f"{name}=".encode() + inside).payload is None
            assert read(strategy, cookies, f"{name}=".encode() + inside[: MAX_COOKIE_BYTES - 2_000]).is_present
    too_long = read(strategy, cookies, b"x" * MAX_COOKIE_BYTES)
    assert (too_long.failure, too_long.session_token, too_long.payload) == ("cookies_too_large", None, None)
    assert too_long.is_present


@pytest.mark.parametrize("strategy", [*STRATEGIES, "jwks", None])
def test_random_bytes_raise_no_error(strategy: Any) -> None:
    randomly = random.Random(1)  # noqa: S311 - the same cookies in each run
    reader = SessionCookieReader(secrets=[SECRET], strategy=strategy)
    original = header_of(mint("compact")) + b"; " + header_of(mint("jwe"))
    for _ in range(2_000):
        changed = bytearray(original)
        for _ in range(randomly.randrange(1, 30)):
            start = randomly.randrange(len(changed))
            changed[start : start + randomly.randrange(4)] = randomly.randbytes(randomly.randrange(4))
        cookies = reader.read([bytes(changed)])
        assert cookies.payload is None or cookies.failure is None


def test_nothing_of_a_secret_or_a_cookie_is_shown() -> None:
    reader = SessionCookieReader(secrets=[SECRET], accepted_old_secrets=[OTHER_SECRET], strategy="compact")
    header = header_of(mint("compact"))
    cookies = reader.read([header])
    token = cookies.session_token
    assert token is not None
    shown = [repr(item) for item in (reader, cookies, SessionTokenReader([SECRET]), SessionCookieIssuer(SECRET))]
    assert shown[:2] == ["<fastjose.SessionCookieReader strategy='compact'>", "<fastjose.SessionCookies>"]
    for text in shown:
        assert SECRET not in text
        assert token not in text
    for value in (token, f"{token}.{'A' * 43}=", f"{token}.x"):
        with pytest.raises(SessionError) as raised:
            SessionTokenReader([SECRET]).read(value)
        assert token not in str(raised.value)
        assert raised.value.__context__ is None


def test_arguments_of_the_wrong_form_are_named() -> None:
    public_key = TokenIssuer(algorithm="EdDSA").jwk_set["keys"][0]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"secrets": [""]}, "secrets must not contain an empty str"),
        ({"secrets": [json.dumps(public_key)]}, "secrets must be the secrets of Better Auth"),
        ({"strategy": "compact"}, "secrets must contain the current secret"),
        ({"accepted_old_secrets": [SECRET]}, "secrets must contain the current secret"),
        ({"strategy": "JWT", "secrets": [SECRET]}, "strategy must be"),
        ({"cookie_prefix": ""}, "cookie_prefix must be a cookie name"),
        ({"session_token_name": "a b"}, "session_token_name must be a cookie name"),
        ({"session_data_name": "a;b"}, "session_data_name must be a cookie name"),
    ]
    for arguments, text in cases:
        with pytest.raises(ValueError, match=f"^{text}"):
            SessionCookieReader(**arguments)
    with pytest.raises(TypeError, match=r"^secrets must be a str or an iterable of str$"):
        SessionTokenReader([SECRET, 5])  # type: ignore[list-item]
    for headers in (b"a=1", "a=1", [5], None):
        with pytest.raises(TypeError):
            SessionCookieReader().read(headers)  # type: ignore[arg-type]
    with pytest.raises(SessionError) as raised:
        SessionTokenReader(allow_unsigned=True).read("\ud800")
    assert (raised.value.code, raised.value.__context__) == ("malformed_session_token", None)
