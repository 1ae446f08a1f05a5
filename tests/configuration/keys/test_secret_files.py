"""Secrets in files (`BETTER_AUTH_SECRET_FILE` and its like), and paths in place of secrets."""

from __future__ import annotations

import base64
import random
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fastjose import sign_token
from fastjose._config.keys.secret_files import FIELDS, check_not_path, is_path, read_secret_files
from fastjose._config.verifier_from_settings import build_verifier
from fastjose.exceptions import ConfigurationError
from fastjose.settings import AuthSettings, load_settings
from support.environment.fresh_import import SECRET, load_auth, set_environment

if TYPE_CHECKING:
    from pathlib import Path

PATHS = [
    "/run/secrets/myapp-better-auth-secret",
    "/run/secrets/MYAPP_BETTER_AUTH_SECRET_OF_PRODUCTION",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "/etc/app/Secret01.txt",
    "/mnt/secrets-store/JwtSecretOfTheApplicationInProduction",
    "/app/secret",
    "/Projects/MyApplication/secrets/better-auth-secret.txt",
    "/k8s/v1/better-auth/current/secret-of-the-application",
    "'/run/secrets/myapp-better-auth-secret'",
    "file:///run/secrets/myapp-better-auth-secret",
    "C:\\ProgramData\\Docker\\secrets\\better-auth-secret",
    "c:/users/app/secrets/better-auth-secret",
    "C:\\secrets\\aB3xQ9z",
    "d:/x1/y2/z3",
    "\\\\server\\share\\secrets\\better-auth-secret",
]
NOT_PATHS = [
    "/9j4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQ==",
    "/+8sK1n/0bYx2Qw7LrTgV5cHdPzJ/uE3aMfO9iRk",
    "KQv93mXt/run/secrets/W0pLz8nYq4BsHd7R",
    "correct/horse/battery/staple",
    "/",
    "//",
    "/passphrase of one segment",
    "\0/\0/",
    "",
]
VARIABLES = [field.upper() for field in FIELDS]
Arrange = Callable[..., None]


@pytest.fixture
def arrange(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Arrange:
    """Set the variables, and no other setting."""
    return lambda **environment: set_environment(monkeypatch, tmp_path, environment)


def as_value(variable: str, secret: str) -> str:
    return f"1:{secret}" if variable == "BETTER_AUTH_SECRETS" else secret


def of_kind(variable: str) -> dict[str, str]:
    return {"JWT_CREDENTIALS": "auth_js"} if variable == "AUTH_SECRET" else {}


@pytest.mark.parametrize("path", PATHS)
def test_secret_path_in_its_place_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str) -> None:
    for variable in VARIABLES:
        environment = {variable: as_value(variable, path), "ENVIRONMENT": "test", **of_kind(variable)}
        with pytest.raises(ValueError, match=rf"^{variable}\b.* must be the secret itself, not the path") as raised:
            load_auth(monkeypatch, tmp_path, **environment)
        assert f"{variable}_FILE" in str(raised.value)
        assert path not in str(raised.value)


def test_secret_old_one_that_is_a_path_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = {"BETTER_AUTH_SECRETS": f"2:{SECRET},1:{PATHS[0]}"}
    with pytest.raises(ValueError, match="entry 2 must be the secret itself"):
        load_auth(monkeypatch, tmp_path, **old, JWT_ACCEPT_OLD_SECRETS="1")
    single = {"BETTER_AUTH_SECRETS": f"2:{SECRET}", "BETTER_AUTH_SECRET": PATHS[0]}
    with pytest.raises(ValueError, match="BETTER_AUTH_SECRET must be the secret itself"):
        load_auth(monkeypatch, tmp_path, **single, JWT_ACCEPT_OLD_SECRETS="1")


def test_client_secret_that_is_a_path_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = {"INTROSPECTION_CLIENT_ID": "api", "INTROSPECTION_CLIENT_SECRET": "/run/secrets/client"}
    endpoint = {"JWT_CREDENTIALS": "opaque", "INTROSPECTION_URL": "https://x.test", "JWT_AUDIENCE": "api"}
    with pytest.raises(ValueError, match="INTROSPECTION_CLIENT_SECRET must be the secret itself"):
        load_auth(monkeypatch, tmp_path, **client, **endpoint)


@pytest.mark.parametrize("secret", NOT_PATHS)
def test_is_path_of_a_secret_is_false(secret: str) -> None:
    assert not is_path(secret)


def test_is_path_of_a_long_secret_answers_at_once() -> None:
    # Found by fuzzing: with backtracking, 80 letters took longer than the whole suite. 200,000 take milliseconds.
    for letters in ("n", "Nn", "NNN", "nn-1"):
        assert not is_path("/" + letters * 50_000 + "+/")


@pytest.mark.parametrize(
    "path", ["/nNn/a1b/NNNn", "/nn-12nn/A/B", "/Word/WORD/word", "/XMLFile/Data-2024/v_10nn", "/.Hidden/AAa/b"]
)
def test_is_path_of_words_is_as_of_the_words_one_by_one(path: str) -> None:
    word = r"(?:[A-Z][a-z]+|[a-z]{2,}|[A-Z]{2,})"
    words = re.compile(rf"\.?{word}(?:[-_.@ ]?{word}|[-_.@ ]\d+)*")
    assert is_path(path) == all(words.fullmatch(segment) for segment in path[1:].split("/"))


def test_is_path_of_an_existing_file_is_true(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = "9j4AAQ/SkZJRgABAQAAAQABAAD"
    monkeypatch.chdir(tmp_path)
    assert not is_path(name)
    (tmp_path / "9j4AAQ").mkdir()
    (tmp_path / name).write_text("", encoding="utf-8")
    assert is_path(name)
    assert is_path(str(tmp_path / name))


def test_is_path_of_random_base64_is_false() -> None:
    source = random.Random(7)  # noqa: S311 - no secret
    for _ in range(20_000):
        text = base64.b64encode(source.randbytes(32)).decode().rstrip("=")
        place = source.randrange(1, len(text))
        assert not is_path(f"/{text[:place]}/{text[place:]}")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_secret_file_is_the_key(arrange: Arrange, tmp_path: Path, end: str) -> None:
    file = tmp_path / "secret"
    for variable in ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "JWT_SECRET"):
        file.write_bytes(f"{as_value(variable, SECRET)}{end}".encode())
        arrange(**{f"{variable}_FILE": f'"{file}"'})
        claims = {"sub": "u1", "exp": int(time.time()) + 300}
        assert build_verifier(load_settings()).verify(sign_token(claims, SECRET, algorithm="HS256"))["sub"] == "u1"


def test_secret_file_only_its_last_line_feed_is_removed(arrange: Arrange, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(f" {SECRET}\n\n".encode())
    arrange(AUTH_SECRET_FILE="secret")
    secret = load_settings().auth_secret
    assert secret is not None
    assert secret.get_secret_value() == f" {SECRET}\n"


def test_secret_file_beside_its_variable_is_refused(arrange: Arrange, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    for variable in VARIABLES:
        arrange(**{variable: SECRET, f"{variable}_FILE": "secret"})
        with pytest.raises(ValueError, match=f"{variable} and {variable}_FILE must not both be set"):
            load_settings()


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe" + b"a" * 40, b"a" * 70_000])
def test_secret_file_unusable_is_named_without_its_value(
    arrange: Arrange, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "hunter22").write_bytes(content)
    for variable in VARIABLES:
        arrange(**{f"{variable}_FILE": "hunter22"})
        with pytest.raises(ValueError, match=rf"^{variable}_FILE must") as raised:
            load_settings()
        assert "hunter22" not in str(raised.value)
        assert raised.value.__context__ is None


@pytest.mark.parametrize("path", [" ", "a\0b", ".", "x" * 5000])
def test_secret_file_path_that_no_file_has_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    set_environment(monkeypatch, tmp_path, {})
    (tmp_path / ".env").write_text(f'JWT_SECRET_FILE="{path}"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"^JWT_SECRET_FILE must be the path of a file"):
        load_settings()


@pytest.mark.parametrize(
    ("content", "code", "fragment"),
    [
        (None, "file_unreadable", "that can be read: No such file or directory"),
        (b"", "file_unreadable", "the file is empty"),
        (b" \r\n", "file_unreadable", "the file is empty"),
        (b"\xff\xfe" + b"a" * 40, "invalid_value", "in UTF-8"),
        (b"a" * 65_537, "invalid_value", "must not be larger than 64 KiB"),
    ],
)
def test_secret_file_that_cannot_be_used_has_its_code(
    arrange: Arrange, tmp_path: Path, content: bytes | None, code: str, fragment: str
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    arrange(JWT_SECRET_FILE="secret")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    error = raised.value
    assert (error.code, error.variable, fragment in str(error)) == (code, "JWT_SECRET_FILE", True)


def test_secret_file_whose_path_has_a_character_that_no_path_has_is_named() -> None:
    settings = AuthSettings(auth_secret_file="a\0b")
    with pytest.raises(ConfigurationError, match="can be read: a path has no such character") as raised:
        read_secret_files(settings)
    assert (raised.value.code, raised.value.variable) == ("file_unreadable", "AUTH_SECRET_FILE")


def test_secret_file_of_the_largest_size_is_read(arrange: Arrange, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbf" + b"a" * 65_533)
    arrange(JWT_SECRET_FILE="secret")
    secret = load_settings().jwt_secret
    assert secret is not None
    assert secret.get_secret_value() == "a" * 65_533


def test_secret_file_beside_its_variable_is_an_error_of_the_file(arrange: Arrange) -> None:
    arrange(JWT_SECRET=SECRET, JWT_SECRET_FILE="secret")
    with pytest.raises(ConfigurationError, match="JWT_SECRET and JWT_SECRET_FILE must not both be set") as raised:
        load_settings()
    assert (raised.value.code, raised.value.variable) == ("conflicting_variables", "JWT_SECRET_FILE")


@pytest.mark.parametrize("label", ["JWT_SECRET", "BETTER_AUTH_SECRETS, entry 2"])
def test_path_in_place_of_a_secret_is_an_error_of_its_variable(label: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{label} must be the secret itself") as raised:
        check_not_path(label, "/run/secrets/jwt-secret")
    assert (raised.value.code, raised.value.variable) == ("not_a_secret", label.partition(",")[0])
    assert f"set {raised.value.variable}_FILE to the path" in str(raised.value)
    check_not_path(label, SECRET)
