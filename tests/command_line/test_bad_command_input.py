"""Bad input, for each command that reads a token or a key: one line on standard error, and the right exit status."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING

import pytest

from fastjose._cli.inputs import MAX_INPUT_BYTES
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from pathlib import Path


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


READERS = {
    "inspect": ("inspect", "--file"),
    "jwks": ("jwks",),
    "mint": ("mint", "--key"),
}
"""The arguments of each command that reads, before the name of a file."""

HEADER = encode(b'{"alg":"HS256"}')
GARBAGE = {
    "empty": b"",
    "white space": b" \r\n\t \n",
    "byte order mark": b"\xef\xbb\xbf",
    "NUL": b"\0",
    "many NUL": b"\0" * 100_000,
    "binary": bytes(range(256)) * 10,
    "invalid UTF-8": b"\xff\xfe\xfd" + b"a.b.c",
    "half of UTF-16": b"\xff\xfea",
    "Latin-1": "tökén".encode("latin-1"),
    "words": b"this is not a token",
    "one word": b"hello",
    "dots": b"..",
    "many dots": b"." * 100_000,
    "escape sequences": b"\x1b[31m\x1b]0;title\x07\x1b[2J",
    "markup": b"[red]x[/red] [link=file:///etc/passwd]y[/link]",
    "undefined": b"undefined",
    "object": b"[object Object]",
    "NUL in a token": f"{HEADER}.e30\0.x".encode(),
    "escape in a token": f"{HEADER}.e30\x1b[31m.x".encode(),
    "line break in a token": f"{HEADER}.\ne30.x".encode(),
    "two tokens": f"{HEADER}.e30.x\n{HEADER}.e30.x".encode(),
    "letters beyond ASCII": f"{HEADER}.e30.ü".encode(),
    "header is not JSON": f"{encode(b'alg')}.e30.x".encode(),
    "header is a list": f"{encode(b'[]')}.e30.x".encode(),
    "header is nested": f"{encode(b'{0:' + b'[' * 50_000)}.e30.x".encode(),
    "header is not UTF-8": f"{encode(bytes([0xFF] * 20))}.e30.x".encode(),
    "JWE of nothing": b"....",
    "JWE without header": f"{encode(b'{}')}....".encode(),
    "token of 1 MB": f"{HEADER}.{'A' * 1_000_000}.x".encode(),
    "token of 10 MB": f"{HEADER}.{'A' * 10_000_000}.x".encode(),
    "JSON": b"{}",
    "JSON with a number": b'{"token": 5}',
    "nested JSON": b'{"token":' + b"[" * 500_000,
    "long number": b'{"token": ' + b"9" * 10_000 + b"}",
    "only Bearer": b"Bearer ",
    "empty quotes": b"''",
    "a quote": b"'",
}


@pytest.fixture(autouse=True)
def working_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def assert_refused(arguments: tuple[str, ...], content: bytes = b"") -> str:
    """Check that a command leaves one line without an escape sequence, and return it."""
    result = run_command(*arguments, standard_input=content)
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert result.errors.rstrip("\n").isprintable()
    assert "; please report it" not in result.errors
    return result.errors


@pytest.mark.parametrize("case", GARBAGE)
@pytest.mark.parametrize("command", READERS)
def test_garbage_is_one_line(command: str, case: str) -> None:
    arguments = (*READERS[command], "-")
    message = assert_refused(arguments, GARBAGE[case])
    words = [word for word in GARBAGE[case].decode(errors="replace").split() if len(word) > 12]
    assert not [word for word in words if word in message]


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "No such file or directory"),
        (".", "not a folder"),
        ("x-" * 2_500, "File name too long"),
        ("file/below", "Not a directory"),
        ("\x1b[31mred", r"\x1b[31mred"),
    ],
)
def test_path_without_a_file_is_one_line(tmp_path: Path, command: str, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    assert reason in assert_refused((*READERS[command], name))


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")  # noqa: PTH110 - not a path of the tests
@pytest.mark.parametrize("command", READERS)
def test_endless_file_is_read_up_to_the_limit(command: str) -> None:
    assert f"at most {MAX_INPUT_BYTES:,} bytes" in assert_refused((*READERS[command], "/dev/zero"))


TOKENS = {
    "JWT": f"{HEADER}.e30.c2ln",
    "JWT with Bearer": f"Bearer {HEADER}.e30.c2ln",
    "JWT without signature": f"{HEADER}.e30.",
    "JWT with white space": encode(b'{ "alg": "HS256" }') + ".e30.c2ln",
    "JWT with a line break": encode(b'{\n  "alg": "HS256"\n}') + ".e30.c2ln",
    "JWE": encode(b'{"alg":"dir","enc":"A256GCM"}') + "..aXY.Y2lwaGVy.dGFn",
    "session token": f"{'aB3' * 10}xy.{'b' * 43}=",
    "unsigned session token": "aB3" * 10 + "xy",
    "API key": "sk_" + "aB" * 32,
}


@pytest.mark.parametrize("case", TOKENS)
@pytest.mark.parametrize(
    "arguments", [("inspect",), ("inspect", "--json"), ("jwks",), ("mint",), ("keygen",), ("migrate",), ("init",), ()]
)
def test_token_as_argument_is_refused_with_the_reason(arguments: tuple[str, ...], case: str) -> None:
    message = assert_refused((*arguments, TOKENS[case]))
    assert message.startswith("fastjose: a token must not be an argument: the shell keeps it in its history")
    assert TOKENS[case] not in message


@pytest.mark.parametrize("option", ["--file={}", "--token={}", "-f{}", "--claim=t={}"])
@pytest.mark.parametrize("case", ["JWT", "JWE"])
def test_token_in_an_option_is_refused(option: str, case: str) -> None:
    assert "a token must not be an argument" in assert_refused(("inspect", option.format(TOKENS[case])))


@pytest.mark.parametrize("name", ["keys.prod.json", "eyewitness-report-2026.final.txt.gz", "a" * 32, "eyJ"])
def test_name_of_an_existing_file_is_not_a_token(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TOKENS["JWT"])
    assert run_command("inspect", "--file", name).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("inspect", "a-secret-value"),
        ("inspect", "--token"),
        ("inspect", "--file"),
        ("mint", "--secret", "a-secret-value"),
        ("mint", "--expires-in", "a-secret-value"),
        ("mint", "--key"),
        ("keygen", "EdDSA", "a-secret-value"),
        ("keygen", "--bits", "a-secret-value-that-is-very-long-indeed-for-a-number"),
        ("keygen", "--format", "der"),
        ("migrate",),
        ("migrate", "--dry-run"),
        ("init", "a", "b"),
        ("--verbose",),
        ("inspect", "\x1b[31m"),
        ("\x1b[31m",),
        ("inspect", "--\x1b[31m"),
        ("inspect", "--file", "\udcff"),
    ],
)
def test_wrong_usage_is_one_line_without_values(arguments: tuple[str, ...]) -> None:
    assert "a-secret-value" not in assert_refused(arguments)


HOSTILE_TEXTS = {
    "colour": "\x1b[31mred",
    "title": "\x1b]0;title\x07",
    "C1 control sequence": "\x9b31m",
    "delete": "\x7f",
    "carriage return": "real\rfake",
    "line break": "real\nkind  fake",
    "line separator": "\u2028",
    "right-to-left override": "\u202eabc",
    "zero width": "a\u200bb",
    "markup": "[red]x[/red][link=https://x]y[/link]",
    "emoji code": ":smile:",
}


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize("case", HOSTILE_TEXTS)
def test_claims_cannot_control_the_terminal(case: str, *, is_terminal: bool, is_json: bool) -> None:
    text = HOSTILE_TEXTS[case]
    members = {"alg": "HS256", text: text, "kid": [text, {text: text}]}
    token = f"{encode(json.dumps(members).encode())}.{encode(json.dumps({**members, 'exp': text}).encode())}.c2ln"
    arguments = ("inspect", "--json") if is_json else ("inspect",)
    result = run_command(*arguments, standard_input=token, is_terminal=is_terminal)
    assert result.exit_code == 0
    if not text.isprintable():
        assert text not in result.output
    plain = result.output
    for sequence in ("\x1b[1;33m", "\x1b[0m", "\x1b[1m", "\x1b[36m", "\x1b[2m"):  # those that fastjose writes itself
        plain = plain.replace(sequence, "")
    assert all(line.isprintable() for line in plain.split("\n"))
    if text.isprintable():
        assert plain.count(text) == 11


@pytest.mark.parametrize(
    ("variables", "is_terminal", "has_colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_colour_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, is_terminal: bool, has_colour: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    output = run_command("inspect", standard_input=TOKENS["JWT"], is_terminal=is_terminal).output
    errors = run_command("inspect", standard_input="x", is_terminal=is_terminal).errors
    assert ("\x1b[" in output, "\x1b[" in errors) == (has_colour, has_colour)
