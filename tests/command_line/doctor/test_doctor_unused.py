"""`fastjose doctor` names variables that nothing reads, the names of other programs, and files that are not read."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

pytest.importorskip("typer")
from fastjose._cli.doctor.environment import Environment
from fastjose._cli.doctor.variables.names import check_names
from fastjose._cli.doctor.variables.unused import check_unused
from support.environment.doctor import GOOD_SECRET, diagnose

ROOT = Path(__file__).parents[3]
URL = "https://app.acme.test"
BETTER_AUTH = {"BETTER_AUTH_URL": URL}
OIDC = {"OIDC_ISSUER": "https://acme.eu.auth0.com/", "JWT_AUDIENCE": "api"}
INTROSPECTION = {
    "INTROSPECTION_URL": f"{URL}/introspect",
    "INTROSPECTION_CLIENT_ID": "api",
    "INTROSPECTION_CLIENT_SECRET": GOOD_SECRET,
}

UNUSED = [
    ("unused_introspection", {**OIDC, **INTROSPECTION}, "INTROSPECTION_URL", "jwt,opaque"),
    ("unused_introspection", {**INTROSPECTION, "JWT_AUDIENCE": "api"}, "INTROSPECTION_CLIENT_ID", "opaque"),
    ("unused_introspection", {**BETTER_AUTH, "INTROSPECTION_CLIENT_ID": "a"}, "CLIENT_ID", "jwt,opaque"),
    ("unused_variables", {**BETTER_AUTH, "BETTER_AUTH_SESSION_STORE": f"{URL}/api/auth"}, "STORE", "jwt,session"),
    ("unused_variables", {**BETTER_AUTH, "BETTER_AUTH_COOKIE_CACHE": "compact"}, "COOKIE_CACHE", "jwt,cookie"),
    ("unused_variables", {**BETTER_AUTH, "BETTER_AUTH_COOKIE_PREFIX": "acme"}, "COOKIE_PREFIX", "jwt,cookie"),
    ("unused_variables", {**BETTER_AUTH, "BETTER_AUTH_ALLOW_UNSIGNED_TOKENS": "1"}, "UNSIGNED", "jwt,session"),
    ("unused_variables", {**BETTER_AUTH, "BETTER_AUTH_API_KEY_HEADER": "x-key"}, "API_KEY_HEADER", "jwt,api_key"),
    ("unused_variables", {**BETTER_AUTH, "AUTH_JS_COOKIE_NAME": "session"}, "AUTH_JS_COOKIE_NAME", "jwt,auth_js"),
    ("unused_variables", {"AUTH_SECRET": GOOD_SECRET}, "AUTH_SECRET", "auth_js"),
    (
        "unused_variables",
        {**BETTER_AUTH, "JWT_CREDENTIALS": "session", "OIDC_ISSUER": URL, "JWT_AUDIENCE": "api"},
        "JWT_AUDIENCE, OIDC_ISSUER",
        "session,jwt",
    ),
    (
        "unused_variables",
        {**BETTER_AUTH, "JWT_CREDENTIALS": "session", "JWT_SECRET": GOOD_SECRET},
        "JWT_SECRET",
        "session,jwt",
    ),
]


@pytest.mark.parametrize(("code", "environment", "names", "value"), UNUSED)
def test_doctor_variable_that_nothing_reads_is_named(  # noqa: PLR0913, PLR0917 - fixtures and the case
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, environment: dict[str, str], names: str, value: str
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    finding = diagnosis.finding(code)
    assert names in finding["problem"]
    assert finding["line"] == f"JWT_CREDENTIALS={value}"
    assert GOOD_SECRET not in diagnosis.result.output


@pytest.mark.parametrize(
    "environment",
    [
        {"JWT_SECRET": GOOD_SECRET, "JWKS_CA_CERTIFICATES": "/etc/ca.pem"},
        {**BETTER_AUTH, "JWT_MODE": "secret", "BETTER_AUTH_SECRET": GOOD_SECRET, "JWKS_PROXY": "http://proxy:3128"},
    ],
)
def test_doctor_option_of_fetches_without_a_fetch_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    finding = diagnose(monkeypatch, tmp_path, environment, "--offline").finding("unused_variables")
    assert finding["problem"].startswith("JWKS_")
    assert "no keys are fetched" in finding["problem"]


@pytest.mark.parametrize(
    "environment",
    [
        {**BETTER_AUTH, "JWT_CREDENTIALS": "cookie", "BETTER_AUTH_COOKIE_PREFIX": "acme", "JWT_TRUSTED_ORIGINS": URL},
        {**BETTER_AUTH, "JWT_CREDENTIALS": "jwt,api_key", "BETTER_AUTH_API_KEY_HEADER": "x-key"},
        {**BETTER_AUTH, "AUTH_SECRET": GOOD_SECRET, "BETTER_AUTH_SECRET": GOOD_SECRET},
        {**INTROSPECTION, "JWT_CREDENTIALS": "opaque", "JWT_AUDIENCE": "api", "JWKS_PROXY": "http://proxy:3128"},
        {**OIDC, "JWKS_PROXY": "http://proxy:3128", "JWT_SECRET_KEY": GOOD_SECRET, "AUTH0_DOMAIN": "acme.eu.auth0.com"},
        {**BETTER_AUTH, "SECRET_KEY": GOOD_SECRET, "ALGORITHM": "HS256", "NEXTAUTH_URL": URL, "AUTH_URL": URL},
        {"JWT_SECRET": GOOD_SECRET, "JWT_AUDIENCE": "api", "KEYCLOAK_URL": URL},
    ],
)
def test_doctor_variables_that_are_read_or_of_other_programs_are_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    assert diagnose(monkeypatch, tmp_path, environment, "--offline").codes == set()


def blocks_of_pages() -> list[str]:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    return [block for text in texts for block in re.findall(r"```dotenv[^\n]*\n(.*?)```", text, flags=re.DOTALL)]


def test_doctor_variables_of_the_documentation_are_read() -> None:
    blocks = blocks_of_pages()
    assert len(blocks) > 40
    for block in blocks:
        values = dict(dotenv_values(stream=io.StringIO(block)))
        environment = Environment(Path(".env"), {}, values, tuple(block.splitlines()))
        assert [*check_unused(environment), *check_names(environment)] == [], block


OTHER_NAMES = [
    ({"NEXTAUTH_URL": URL}, "NEXTAUTH_URL", "JWT_CREDENTIALS=auth_js"),
    ({"AUTH_URL": URL}, "AUTH_URL", "BETTER_AUTH_URL"),
    ({"VITE_AUTH_URL": URL}, "VITE_AUTH_URL", "BETTER_AUTH_URL"),
    ({"REACT_APP_BETTER_AUTH_URL": URL}, "REACT_APP_BETTER_AUTH_URL", "BETTER_AUTH_URL"),
    ({"SECRET_KEY": GOOD_SECRET, "ALGORITHM": "HS256"}, "SECRET_KEY", "ALGORITHM to JWT_ALGORITHM"),
    ({"SUPABASE_URL": URL}, "SUPABASE_URL", "/auth/v1"),
]


@pytest.mark.parametrize(("environment", "name", "cure"), OTHER_NAMES)
def test_doctor_name_of_another_program_without_a_configuration_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], name: str, cure: str
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    finding = diagnosis.finding("misspelled_variable")
    assert name in finding["problem"]
    assert cure in finding["cure"]
    assert GOOD_SECRET not in diagnosis.result.output


@pytest.mark.parametrize("name", ["FASTJOSE_TELEMTRY", "FASTJOSE_TELEMETRY_USERID"])
def test_doctor_misspelled_switch_of_telemetry_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.delenv("FASTJOSE_TELEMETRY", raising=False)
    environment = {**BETTER_AUTH, name: "off", "FASTJOSE_TESTING_JWKS_URL": URL, "FASTJOSE_SIGN_IN_PASSWORD": "x"}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert [each["code"] for each in diagnosis.document["findings"]] == ["misspelled_variable"]
    assert name in diagnosis.finding("misspelled_variable")["problem"]


def test_doctor_secret_key_alone_is_of_another_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {"SECRET_KEY": GOOD_SECRET}, "--offline")
    assert "misspelled_variable" not in diagnosis.codes
    assert "SECRET_KEY" not in diagnosis.result.output.replace("JWT_SECRET_KEY", "")


@pytest.mark.parametrize("place", ["../.env", "backend/.env", ".env.local"])
def test_doctor_other_file_with_other_values_is_named_beside_mistakes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    folder = tmp_path / "app"
    (folder / "backend").mkdir(parents=True)
    (folder / ".env").write_text(f"OIDC_ISSUER={OIDC['OIDC_ISSUER']}\nJWT_LEEWAY_SECONDS=5\n", encoding="utf-8")
    (folder / place).write_text("JWT_AUDIENCE=kQv93mXt\nJWT_LEEWAY_SECONDS=5\nPORT=80\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, folder, {}, "--offline")
    finding = diagnosis.finding("other_env_file")
    assert finding["problem"].startswith(place)
    assert finding["problem"].endswith(": JWT_AUDIENCE")
    assert "kQv93mXt" not in diagnosis.result.output
    (folder / ".env").write_text("\n".join(f"{name}={value}" for name, value in OIDC.items()), encoding="utf-8")
    assert diagnose(monkeypatch, folder, {}, "--offline").notes == set()


def test_doctor_other_file_with_the_same_values_is_not_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (".env", ".env.local"):
        (tmp_path / name).write_text(f"OIDC_ISSUER={OIDC['OIDC_ISSUER']}\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline")
    assert "missing_audience" in diagnosis.codes
    assert "other_env_file" not in diagnosis.notes


def test_doctor_file_elsewhere_of_an_application_with_a_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / ".env").write_text(f"BETTER_AUTH_URL={URL}\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {"ENVIRONMENT": "dev"}, "--offline")
    assert "BETTER_AUTH_URL" in diagnosis.finding("other_env_file")["problem"]


def test_doctor_after_init_says_to_copy_the_example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text(f"BETTER_AUTH_URL={URL}\n", encoding="utf-8")
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline")
    assert "cp .env.example .env" in diagnosis.finding("env_file_elsewhere")["cure"]
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / ".env").write_text(f"BETTER_AUTH_URL={URL}\n", encoding="utf-8")
    finding = diagnose(monkeypatch, tmp_path, {}, "--offline").finding("env_file_elsewhere")
    assert "start the application in the folder" in finding["cure"]
