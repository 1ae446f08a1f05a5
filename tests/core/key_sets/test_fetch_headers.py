"""Headers of the fetches of a key set: values, and files that are rotated."""

from __future__ import annotations

import copy
import json
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWKSetUnavailableError, RemoteKeySet, Verifier
from support.servers.issuer_server import OIDC_PATH, serve_issuer
from support.servers.tls_server import CertificateAuthority, serve_response
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

if TYPE_CHECKING:
    from email.message import Message

JWKS = json.dumps(KEY_SET).encode()
SECRET = "hunter22-of-the-key-server"


class Recorder:
    """Records the headers of requests, and permits those with an expected Authorization."""

    def __init__(self, expected: str | None = None) -> None:
        self.expected = expected
        self.requests: list[Message] = []

    def __call__(self, headers: Message) -> bool:
        self.requests.append(headers)
        return self.expected is None or headers["Authorization"] == self.expected


def fetch_failure(keys: RemoteKeySet, *hidden: str) -> str:
    """Return the reason for which a fetch fails, after a check that no text about it contains a hidden value."""
    with pytest.raises(JWKSetUnavailableError) as raised:
        keys.fetch()
    reason = keys.last_failure
    assert reason is not None
    context = raised.value.__context__
    for value in hidden:
        for text in (reason, str(raised.value), repr(raised.value), repr(keys), repr(context)):
            assert value not in text
    return reason


def test_kubernetes_token_that_rotates_is_read_at_each_fetch(tmp_path: Path) -> None:
    ca, token = CertificateAuthority(), tmp_path / "token"
    permits = Recorder("Bearer first.token")
    token.write_text("first.token")
    certificate = ca.sign_server_certificate(tmp_path / "server.pem")
    with serve_response(JWKS, certificate=certificate, permits=permits) as port:
        keys = RemoteKeySet(
            f"https://localhost:{port}/openid/v1/jwks",
            headers={"Authorization": token},
            ca_certificates=ca.write_certificate(tmp_path / "ca.crt"),
            timeout_seconds=60,
        )
        verifier = Verifier(keys, audience=BASE_URL)
        assert verifier.verify(make_api_token())["sub"] == "user-1"
        permits.expected = "Bearer second.token"
        reason = fetch_failure(keys, "first.token")
        assert reason == ("the server responded with status 401; check the credential in headers, and what it permits")
        assert verifier.verify(make_api_token())["sub"] == "user-1"  # the cached keys stay
        new = tmp_path / "new"  # Kubernetes replaces the file that a symbolic link leads to
        new.write_text("second.token\n")
        new.replace(token)
        keys.fetch()
    assert keys.last_failure is None
    assert [request["Authorization"] for request in permits.requests] == [
        "Bearer first.token",
        "Bearer first.token",
        "Bearer second.token",
    ]


def test_values_and_files_are_sent_with_every_fetch(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b" \n abc\t \r\n")
    permits = Recorder()
    with serve_response(JWKS, permits=permits) as port:
        keys = RemoteKeySet(
            f"http://127.0.0.1:{port}/jwks", headers={"authorization": "Basic abc", "X-Key": key, "User-Agent": "app/1"}
        )
        keys.fetch()
        keys.fetch()
    assert len(permits.requests) == 2
    for request in permits.requests:
        assert request.get_all("Authorization") == ["Basic abc"]
        assert request.get_all("X-Key") == ["abc"]
        assert request.get_all("User-Agent") == ["app/1"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [("a.b.c\n", "Bearer a.b.c"), ("Bearer a.b.c", "Bearer a.b.c"), ("Basic Zm8=\n", "Basic Zm8=")],
)
def test_authorization_file_without_a_scheme_is_a_bearer_token(tmp_path: Path, content: str, expected: str) -> None:
    path, permits = tmp_path / "token", Recorder(expected)
    path.write_text(content)
    with serve_response(JWKS, permits=permits) as port:
        RemoteKeySet(f"http://127.0.0.1:{port}/jwks", headers={"Authorization": path}).fetch()


def test_redirect_does_not_carry_headers_to_another_server() -> None:
    elsewhere = Recorder()
    with serve_response(JWKS, permits=elsewhere) as other:
        location = {"Location": f"http://127.0.0.1:{other}/jwks"}
        with serve_response(status=307, headers=location) as port:
            keys = RemoteKeySet(f"http://127.0.0.1:{port}/jwks", headers={"Authorization": SECRET})
            assert "a redirect, which is not followed" in fetch_failure(keys, SECRET)
    assert elsewhere.requests == []


def test_cookie_of_a_key_server_is_not_sent_back() -> None:
    recorder = Recorder()
    with serve_response(JWKS, headers={"Set-Cookie": "tracked=yes; Path=/"}, permits=recorder) as port:
        keys = RemoteKeySet(f"http://127.0.0.1:{port}/jwks")
        keys.fetch()
        keys.fetch()
    assert [request["Cookie"] for request in recorder.requests] == [None, None]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "must not be empty"),
        (b" \n\t\n", "must not be empty"),
        (b"hidden\nX-Admin: hidden", "must be one line"),
        (b"hidden\r\nhidden", "must be one line"),
        (b"hidden\rhidden", "must be one line"),
        (b"hidden\0hidden", "must consist of visible ASCII"),
        (b"hidden\x7f", "must consist of visible ASCII"),
        ("hidden-é".encode(), "must consist of visible ASCII"),
        (b"\xef\xbb\xbfhidden", "must consist of visible ASCII"),
        (b"\xff\xfeh\0", "must consist of visible ASCII"),
        (b"hidden" * 20_000, "must be at most 65536 bytes long"),
    ],
)
@pytest.mark.parametrize("name", ["Authorization", "X-Key"])
def test_file_without_a_value_is_a_failed_fetch(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    path, permits = tmp_path / "secret file", Recorder()
    path.write_bytes(content)
    with serve_response(JWKS, permits=permits) as port:
        keys = RemoteKeySet(f"http://127.0.0.1:{port}/jwks", headers={name: path})
        reason = fetch_failure(keys, "hidden")
    assert reason.startswith(f'the file "{path}" of the header {name.lower()} {expected}')
    assert permits.requests == []


def test_file_that_cannot_be_read_is_a_failed_fetch(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "file").touch()
    dangling = tmp_path / "link"
    dangling.symlink_to(tmp_path / "nowhere")
    for path, expected in [
        (tmp_path / "missing", f'of the header x-key in "{tmp_path}" must exist; create it, or correct the path'),
        (tmp_path / "no" / "missing", "the file of the header x-key must exist"),
        (dangling, f'the file "{dangling}" of the header x-key must exist'),
        (tmp_path, "of the header x-key must be a regular file"),
        (fifo, "of the header x-key must be a regular file"),
        (Path("/dev/zero"), "of the header x-key must be a regular file"),
        (tmp_path / "file" / "child", "the file of the header x-key must be readable"),
        (tmp_path / ("a" * 300), f'the file of the header x-key in "{tmp_path}" must be readable'),
    ]:
        reason = fetch_failure(RemoteKeySet("http://127.0.0.1:1/jwks", headers={"X-Key": path}))
        assert expected in reason


@pytest.mark.parametrize("option", ["headers", "client_certificate", "ca_certificates"])
@pytest.mark.parametrize(
    "secret", ["eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0", "LS0tLS1CRUdJTiBQ/UklWQVRFIEtFWS0tLS0t", "s" * 300]
)
def test_secret_in_place_of_the_path_of_its_file_is_in_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, secret: str
) -> None:
    monkeypatch.chdir(tmp_path)
    value: Any = {"Authorization": Path(secret)} if option == "headers" else Path(secret)
    keys = RemoteKeySet("https://127.0.0.1:1/jwks", **{option: value})
    reason = fetch_failure(keys, *secret.split("/"))
    assert "the file of" in reason


def test_relative_path_is_that_of_the_time_of_construction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("abc")
    monkeypatch.chdir(tmp_path)
    permits = Recorder("Bearer abc")
    with serve_response(JWKS, permits=permits) as port:
        keys = RemoteKeySet(f"http://127.0.0.1:{port}/jwks", headers={"Authorization": Path("token")})
        monkeypatch.chdir("/")
        keys.fetch()


@pytest.mark.parametrize(
    "value",
    ["", "  ", f"{SECRET}\n", f"\r{SECRET}", f"{SECRET}\r\nHost: a", f"{SECRET}\0", f"{SECRET}é", f"{SECRET}\x7f",
     f"{SECRET}\x1b", f"{SECRET}\ud800", SECRET * 5_000],
)  # fmt: skip
def test_header_with_an_invalid_value_raises_value_error(value: str) -> None:
    with pytest.raises(ValueError, match="header") as raised:
        RemoteKeySet("https://a.example", headers={"X-Key": value})
    for text in (str(raised.value), repr(raised.value), repr(raised.value.__context__)):
        assert SECRET not in text


@pytest.mark.parametrize(
    "name",
    ["", " ", "X Key", "X-Key:", "X-Kéy", "X-Key\n", "X-\ud800", "Host", "CONTENT-LENGTH", "Transfer-Encoding",
     "connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Proxy-Authorization", "Proxy-Connection",
     "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range"],
)  # fmt: skip
def test_header_with_a_name_that_is_refused_raises_value_error(name: str) -> None:
    for value in (SECRET, Path("/token")):
        with pytest.raises(ValueError, match="headers must") as raised:
            RemoteKeySet("https://a.example", headers={name: value})
        assert SECRET not in str(raised.value)


def test_header_that_occurs_twice_raises_value_error() -> None:
    with pytest.raises(ValueError, match="authorization once"):
        RemoteKeySet("https://a.example", headers={"Authorization": SECRET, "authorization": Path("/token")})


@pytest.mark.parametrize(
    "headers",
    [SECRET, [("X-Key", SECRET)], 1, {"X-Key": SECRET.encode()}, {"X-Key": None}, {"X-Key": 1}, {"X-Key": [SECRET]},
     {b"X-Key": SECRET}, {1: SECRET}, {"X-Key": lambda: SECRET}],
    ids=str,
)  # fmt: skip
def test_headers_of_another_type_raise_type_error(headers: Any) -> None:
    with pytest.raises(TypeError, match="headers must") as raised:
        RemoteKeySet("https://a.example", headers=headers)
    assert SECRET not in str(raised.value)


def test_path_with_nul_raises_value_error() -> None:
    class Nul:
        def __fspath__(self) -> str:
            return "/a\0b"

    with pytest.raises(ValueError, match="must be that of a file"):
        RemoteKeySet("https://a.example", headers={"X-Key": Nul()})


def test_no_text_or_log_contains_a_header(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{SECRET}-file")
    caplog.set_level(0)
    with serve_response(b"<html>", status=403) as port:
        keys = RemoteKeySet(f"http://127.0.0.1:{port}/jwks", headers={"X-Key": SECRET, "Authorization": path})
        assert "status 403; check the credential in headers" in fetch_failure(keys, SECRET)
        with pytest.raises(JWKSetUnavailableError) as raised:
            Verifier(keys, audience=BASE_URL).verify(make_api_token())
    assert copy.copy(keys) is keys
    assert copy.deepcopy(keys) is keys
    with pytest.raises(TypeError, match="cannot be pickled") as refused:
        pickle.dumps(keys)
    for text in (str(raised.value), str(refused.value), caplog.text, str(vars(type(keys)))):
        assert SECRET not in text


def test_headers_reach_the_issuer_and_a_key_set_at_its_origin_only() -> None:
    with serve_issuer() as issuer, serve_issuer() as other:
        issuer.publish(issuer.url, KEY_SET)
        keys = RemoteKeySet.of_issuer(issuer.url, headers={"X-Key": SECRET})
        keys.fetch()
        assert [(path, headers["X-Key"]) for path, headers in issuer.requests] == [
            (OIDC_PATH, SECRET),
            ("/jwks", SECRET),
        ]
        issuer.publish(issuer.url, KEY_SET, jwks_uri=f"{other.url}/jwks")
        other.publish(issuer.url, KEY_SET)
        keys.fetch()
    assert [(path, headers["X-Key"]) for path, headers in other.requests] == [("/jwks", None)]


def test_fetches_of_single_keys_send_headers() -> None:
    with serve_issuer() as server:
        keys = RemoteKeySet.per_kid(f"{server.url}/keys", headers={"X-Key": SECRET})
        with pytest.raises(JOSEError):
            Verifier(keys, audience=BASE_URL).verify(make_api_token())
    assert server.requests
    assert {headers["X-Key"] for _, headers in server.requests} == {SECRET}
