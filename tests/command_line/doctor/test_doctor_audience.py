"""`fastjose doctor` on audiences and trusted origins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typer")
from fastjose import jwt
from fastjose.exceptions import ConfigurationError
from fastjose.fastapi import BearerAuth
from support.environment.doctor import GOOD_SECRET, diagnose
from support.environment.fresh_import import set_environment
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from pathlib import Path

RANDOM = "kQv93mXt7Lp2Rz8Wn4Yb6Hc1Jd5Fg0SaQe+Zb7kQv93mXtLw="


@pytest.mark.parametrize("audience", [RANDOM, "eyJhbGciOiJIUzI1NiJ9"])
def test_doctor_secret_as_audience_is_an_error_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, audience: str
) -> None:
    environment = {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": audience}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert diagnosis.codes == {"secret_as_audience"}
    assert audience not in diagnosis.result.output


OPAQUE = {
    "JWT_CREDENTIALS": "opaque",
    "INTROSPECTION_URL": "https://id.acme.test/introspect",
    "INTROSPECTION_CLIENT_ID": "api",
}


@pytest.mark.parametrize(
    "environment",
    [
        {"BETTER_AUTH_SECRET": GOOD_SECRET},
        {"BETTER_AUTH_SECRETS": f"1:{GOOD_SECRET}"},
        {"BETTER_AUTH_SECRETS": f"2:{RANDOM}, 1:{GOOD_SECRET}"},
        {"BETTER_AUTH_URL": "https://app.acme.test", "AUTH_SECRET": GOOD_SECRET},
        {**OPAQUE, "INTROSPECTION_CLIENT_SECRET": GOOD_SECRET},
        {"JWT_SECRET_FILE": "secret"},
        {"BETTER_AUTH_SECRET_FILE": "secret"},
        {"BETTER_AUTH_SECRETS_FILE": "versions"},
        {"BETTER_AUTH_URL": "https://app.acme.test", "AUTH_SECRET_FILE": "secret"},
        {**OPAQUE, "INTROSPECTION_CLIENT_SECRET_FILE": "secret"},
    ],
)
def test_doctor_every_secret_as_audience_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "secret").write_text(f"{GOOD_SECRET}\n", encoding="utf-8")
    (tmp_path / "versions").write_text(f"2:{RANDOM},1:{GOOD_SECRET}\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {**environment, "JWT_AUDIENCE": f"api,{GOOD_SECRET}"}, "--offline")
    assert "secret_as_name" in diagnosis.codes
    assert GOOD_SECRET not in diagnosis.result.output
    diagnosis = diagnose(monkeypatch, tmp_path, {**environment, "JWT_AUDIENCE": "api"}, "--offline")
    assert "secret_as_name" not in diagnosis.codes


@pytest.mark.parametrize("variable", ["JWT_AUDIENCE", "JWT_ISSUER", "JWT_CLIENT_ID"])
@pytest.mark.parametrize("value", [GOOD_SECRET, f"api,{GOOD_SECRET}"])
def test_doctor_secret_as_name_stops_the_application(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str
) -> None:
    environment = {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": "api", variable: value}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert diagnosis.codes == {"secret_as_name"}
    assert variable in diagnosis.finding("secret_as_name")["problem"]
    assert GOOD_SECRET not in diagnosis.result.output
    with pytest.raises(ConfigurationError, match=f"{variable} must be a public name") as caught:
        BearerAuth.from_environment()
    assert caught.value.code == "secret_as_name"
    assert GOOD_SECRET not in str(caught.value)


def test_doctor_hides_secrets_in_the_explanation_of_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    odd = f'{GOOD_SECRET}"é'
    environment = {"JWT_SECRET": odd, "JWT_AUDIENCE": RANDOM, "JWT_ISSUER": "https://id.acme.test"}
    token = jwt.encode({"sub": "u", "aud": odd, "iss": RANDOM, "exp": 4_000_000_000}, odd, algorithm="HS256")
    (tmp_path / "token").write_text(token, encoding="utf-8")
    set_environment(monkeypatch, tmp_path, environment)
    for command in ("doctor", "explain"):
        option = (
            ("--token-file", str(tmp_path / "token")) if command == "doctor" else ("--file", str(tmp_path / "token"))
        )
        for form in ((), ("--json",)):
            output = run_command(command, *option, *form).output
            assert "***" in output
            assert GOOD_SECRET not in output
            assert command == "explain" or RANDOM not in output


@pytest.mark.parametrize(("accepts_old", "codes"), [("0", set()), ("1", {"guessable_secret"})])
def test_doctor_weak_old_secret_counts_only_if_its_tokens_are_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, accepts_old: str, codes: set[str]
) -> None:
    environment = {
        "BETTER_AUTH_SECRETS": f"2:{GOOD_SECRET},1:{'a' * 40}",
        "JWT_ACCEPT_OLD_SECRETS": accepts_old,
        "JWT_AUDIENCE": "api",
    }
    assert diagnose(monkeypatch, tmp_path, environment, "--offline").codes == codes


@pytest.mark.parametrize("audience", ["https://api.acme.test", "api://2f1c2c9b-4f2e-4b7a-9d9e-2f8f2b1f8f11", "tasks"])
def test_doctor_identifier_as_audience_is_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, audience: str
) -> None:
    environment = {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": audience}
    assert diagnose(monkeypatch, tmp_path, environment, "--offline").document["findings"] == []


def test_doctor_secret_without_audience_is_noted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {"JWT_SECRET": GOOD_SECRET}, "--offline")
    assert (diagnosis.codes, diagnosis.notes) == (set(), {"no_audience"})


@pytest.mark.parametrize(
    ("origin", "is_noted"),
    [
        ("http://localhost", True),
        ("http://127.0.0.1", True),
        ("http://web.acme.test", True),
        ("http://localhost:3000", False),
        ("https://web.acme.test", False),
    ],
)
def test_doctor_doubtful_origin_is_noted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: str, *, is_noted: bool
) -> None:
    environment = {
        "BETTER_AUTH_URL": "https://app.acme.test",
        "JWT_CREDENTIALS": "cookie",
        "BETTER_AUTH_SECRET": GOOD_SECRET,
        "JWT_TRUSTED_ORIGINS": origin,
    }
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert ("doubtful_origin" in diagnosis.notes) == is_noted
