"""`fastjose inspect`: what it says about each kind of credential, and what it never shows."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import jwe, sign_token
from fastjose.testing import SessionCookieIssuer, TokenIssuer
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "a-secret-of-these-tests-that-is-long-enough"
ISSUER = TokenIssuer()
SESSION_TOKEN = "Ab3" * 10 + "xy"
SIGNED_SESSION_TOKEN = f"{SESSION_TOKEN}.{'b' * 43}="


def sign(claims: dict[str, Any], **header: Any) -> str:
    return sign_token(claims, SECRET, algorithm="HS256", header=header)


def encode(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def inspect_as_json(token: str) -> dict[str, Any]:
    result = run_command("inspect", "--json", standard_input=token)
    assert (result.exit_code, result.errors) == (0, "")
    report: dict[str, Any] = json.loads(result.output)
    return report


KINDS = {
    "better_auth_token": ISSUER.mint_token(),
    "access_token": TokenIssuer(typ="at+jwt").mint_token(),
    "id_token": sign({"sub": "u", "exp": 4_000_000_000, "nonce": "n"}),
    "logout_token": sign({"sub": "u", "exp": 4_000_000_000}, typ="logout+jwt"),
    "microsoft_graph_token": ISSUER.mint_token(header={"nonce": "n"}),
    "session_cookie": sign({"session": {"token": SESSION_TOKEN}, "user": {}, "exp": 4_000_000_000}),
    "compact_session_cookie": encode({"session": {}, "expiresAt": 4_000_000_000_000, "signature": "s"}),
    "email_token": sign({"email": "ada@example.com", "exp": 4_000_000_000}),
    "unsigned_token": f"{encode({'alg': 'none'})}.{encode({'sub': 'u'})}.",
    "jwt": sign({"sub": "u", "exp": 4_000_000_000}),
    "jws": f"{encode({'alg': 'HS256'})}.{encode([1])}.c2ln",
    "encrypted_token": jwe.encrypt("secret text", "k" * 32, encryption="A256GCM", algorithm="dir").decode(),
    "session_token": SIGNED_SESSION_TOKEN,
    "unsigned_session_token": SESSION_TOKEN,
    "api_key": "sk_" + "aB" * 32,
}


@pytest.mark.parametrize("kind", KINDS)
def test_inspect_credential_names_its_kind(kind: str) -> None:
    assert inspect_as_json(KINDS[kind])["kind"] == kind


@pytest.mark.parametrize("kind", KINDS)
def test_inspect_says_that_nothing_is_verified(kind: str) -> None:
    assert inspect_as_json(KINDS[kind])["verified"] is False
    assert run_command("inspect", standard_input=KINDS[kind]).output.startswith("UNVERIFIED")


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("kind", KINDS)
def test_inspect_never_prints_a_credential(kind: str, options: tuple[str, ...]) -> None:
    output = run_command("inspect", *options, standard_input=KINDS[kind]).output
    signature = KINDS[kind].rpartition(".")[2]
    assert KINDS[kind] not in output
    assert SESSION_TOKEN not in output
    assert not signature or signature not in output


def test_inspect_signed_cookie_hides_its_session_token() -> None:
    issuer = SessionCookieIssuer(token_issuer=ISSUER)
    cookies = issuer.cookies(strategy="jwks")
    data = next(value for name, value in cookies.items() if name.endswith("session_data"))
    report = inspect_as_json(data)
    assert report["kind"] == "session_cookie"
    assert report["claims"]["session"]["token"] == report["claims"]["sid"] == "(hidden: 32 characters)"


def test_inspect_shows_times_in_utc_and_from_now() -> None:
    now = int(time.time())
    token = sign({"iat": now - 7_200, "nbf": now + 100_000, "exp": 4_000_000_000, "auth_time": -1})
    output = run_command("inspect", standard_input=token).output
    assert "2096-10-02 07:06:40 UTC, in " in output
    assert "2 hours ago" in output
    assert "1969-12-31 23:59:59 UTC" in output
    assert "its nbf is in the future, in 1 day" in output


@pytest.mark.parametrize("value", [10**400, -(10**400), 1e300, True, "tomorrow", None, [1], {"a": 1}])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
def test_inspect_impossible_time_is_shown_without_a_date(name: str, value: object) -> None:
    report = inspect_as_json(sign({name: value}))
    assert (report["claims"], report["times"]) == ({name: value}, {})


@pytest.mark.parametrize(
    ("claims", "note"),
    [
        ({"sub": "u"}, "it has no exp"),
        ({"exp": 1_000_000_000}, "it has expired"),
        ({"exp": 4_000_000_000, "iat": 3_900_000_000}, "its iat is in the future"),
        ({"exp": 4_000_000_000_000}, "its exp must be a number of seconds since 1970"),
        ({"exp": "4000000000"}, "its exp must be a number of seconds since 1970"),
    ],
)
def test_inspect_unusual_times_are_noted(claims: dict[str, Any], note: str) -> None:
    assert any(each.startswith(note) for each in inspect_as_json(sign(claims))["notes"])


TOKEN = KINDS["jwt"]
WRAPPED = [
    f"Bearer {TOKEN}",
    f"Authorization: Bearer {TOKEN}\r\n",
    f"  {TOKEN}\n\n",
    f'"{TOKEN}"',
    f"'{TOKEN}'",
    f'\n{{"token": "{TOKEN}"}}',
    f'{{"access_token": "{TOKEN}", "token_type": "Bearer"}}',
    f"\ufeff{TOKEN}",
    f"better-auth.session_data={TOKEN}",
    f"Cookie: __Secure-better-auth.session_data={TOKEN};",
]


@pytest.mark.parametrize("text", WRAPPED)
def test_inspect_wrapped_token_is_found(text: str) -> None:
    assert inspect_as_json(text)["claims"] == {"sub": "u", "exp": 4_000_000_000}


def test_inspect_utf_16_file_of_powershell_is_read(tmp_path: Path) -> None:
    file = tmp_path / "token.txt"
    file.write_bytes(TOKEN.encode("utf-16"))
    assert run_command("inspect", "--file", str(file)).exit_code == 0


def test_inspect_reads_file_or_standard_input_on_request(tmp_path: Path) -> None:
    file = tmp_path / "token.txt"
    file.write_text(TOKEN)
    from_file = run_command("inspect", "--file", str(file))
    assert from_file == run_command("inspect", "-f", "-", standard_input=TOKEN)
    assert from_file.exit_code == 0


def test_inspect_json_has_the_documented_members() -> None:
    report = inspect_as_json(TOKEN)
    assert [*report] == ["verified", "kind", "description", "header", "claims", "times", "bytes", "notes"]
    assert [*report["times"]["exp"]] == ["utc", "seconds_from_now"]
    assert report["times"]["exp"]["utc"] == "2096-10-02T07:06:40Z"


def test_inspect_long_claim_is_shortened_in_text_alone() -> None:
    token = sign({"exp": 4_000_000_000, "long": "x" * 5_000})
    assert "(5,002 characters; --json prints all)" in run_command("inspect", standard_input=token).output
    assert inspect_as_json(token)["claims"]["long"] == "x" * 5_000
