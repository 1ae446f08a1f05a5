"""`fastjose mint`: tokens that the application accepts, and the refusal outside development."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import ExpiredSignatureError, Verifier
from fastjose._key_generation import SUPPORTED_ALGORITHMS
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, build_app, load_auth, set_environment
from support.processes.command_line import run_command

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {})


def mint(*arguments: str) -> str:
    result = run_command("mint", *arguments)
    assert (result.exit_code, result.errors) == (0, "")
    return result.output.strip()


def mint_as_json(*arguments: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(mint(*arguments, "--json"))
    return content


def write_key(folder: Path, algorithm: str, key_format: str = "pem") -> str:
    file = folder / f"{algorithm}.{key_format}"
    assert run_command("keygen", algorithm, "--format", key_format, "-o", str(file)).exit_code == 0
    return str(file)


@pytest.mark.parametrize("key_format", ["pem", "jwk"])
@pytest.mark.parametrize("algorithm", SUPPORTED_ALGORITHMS)
def test_mint_with_key_file_signs_what_its_public_key_verifies(tmp_path: Path, algorithm: str, key_format: str) -> None:
    file = write_key(tmp_path, algorithm, key_format)
    minted = mint_as_json("--key", file, "--algorithm", algorithm)
    if algorithm.startswith("HS"):
        text = (tmp_path / file).read_text().strip()
        key: Any = json.loads(text) if key_format == "jwk" else text
    else:
        key = json.loads(run_command("jwks", file).output)
        assert minted["header"]["kid"] == key["keys"][0]["kid"]
    assert Verifier(key, algorithms=algorithm).verify(minted["token"]) == minted["claims"]


ENVIRONMENTS: list[dict[str, str]] = [
    {"BETTER_AUTH_SECRET": SECRET},
    {"BETTER_AUTH_SECRETS": f"2:{SECRET},1:{'o' * 64}"},
    {"JWT_SECRET": SECRET},
    {"BETTER_AUTH_SECRET": SECRET, "JWT_ALGORITHM": "HS512"},
    {"BETTER_AUTH_SECRET": SECRET, "JWT_ISSUER": "https://a.example.com", "JWT_AUDIENCE": "x,y"},
    {"BETTER_AUTH_SECRET": SECRET, "JWT_CLAIMS": '{"tier": ["gold"]}', "JWT_CLIENT_ID": "web"},
    {"BETTER_AUTH_SECRET": SECRET, "JWT_USER_ID_CLAIM": "uid"},
    {"BETTER_AUTH_SECRET": "short", "ENVIRONMENT": "development"},
]


@pytest.mark.filterwarnings("ignore::fastjose.exceptions.ConfigurationWarning")
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_mint_token_of_environment_is_accepted_by_the_application(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    set_environment(monkeypatch, tmp_path, environment)
    token = run_command("mint", "--user-id", "ada", "--claim", "role=admin").output.strip()
    with HttpClient(build_app(load_auth(monkeypatch, tmp_path, **environment))) as client:
        response = client.get("/user-id", token)
    assert (response.status_code, response.json()) == (200, "ada")


def test_mint_reads_env_file_of_working_directory(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"BETTER_AUTH_SECRET={SECRET}\n")
    Verifier(SECRET, algorithms="HS256").verify(mint())
    (tmp_path / ".env").write_text(f"BETTER_AUTH_SECRET={SECRET}\nENVIRONMENT=production\n")
    assert run_command("mint").exit_code == 2


@pytest.mark.parametrize("has_key", [True, False])
@pytest.mark.parametrize("environment", ["production", "staging", "PROD", "developement", "x"])
def test_mint_outside_development_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: str, *, has_key: bool
) -> None:
    arguments = ("--key", write_key(tmp_path, "EdDSA")) if has_key else ()
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    monkeypatch.setenv("ENVIRONMENT", environment)
    result = run_command("mint", *arguments)
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert result.errors.startswith("fastjose: ENVIRONMENT must be unset or one of development,")


@pytest.mark.parametrize("environment", [*DEVELOPMENT_ENVIRONMENTS, "Test ", ""])
def test_mint_in_development_is_allowed(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    monkeypatch.setenv("ENVIRONMENT", environment)
    assert mint()


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_mint_without_settings_is_refused_outside_development(
    monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fastjose.settings", None)
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    assert mint()
    monkeypatch.setenv("ENVIRONMENT", environment)
    assert run_command("mint").exit_code == 2


def test_mint_without_settings_knows_the_same_environments() -> None:
    from fastjose._cli.signing import environment  # noqa: PLC0415 - a private name, for this test alone

    assert environment._DEVELOPMENT_ENVIRONMENTS == DEVELOPMENT_ENVIRONMENTS


def test_mint_claims_are_json_or_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    texts = [
        "role=admin",
        'roles=["a", "b"]',
        "n=5",
        "t=true",
        "nothing=null",
        "eq=a=b",
        "empty=",
        "sub=ada",
        "header=x",
    ]
    claims = mint_as_json(*(argument for text in texts for argument in ("--claim", text)))["claims"]
    given = {"role": "admin", "roles": ["a", "b"], "n": 5, "t": True, "nothing": None, "eq": "a=b", "empty": ""}
    assert {**claims, **given, "sub": "ada", "header": "x"} == claims


@pytest.mark.parametrize(("text", "seconds"), [("60", 60), ("60s", 60), ("15m", 900), ("2h", 7_200), ("7d", 604_800)])
def test_mint_lifetime_has_units(monkeypatch: pytest.MonkeyPatch, text: str, seconds: int) -> None:
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    claims = mint_as_json("--expires-in", text)["claims"]
    assert claims["exp"] - claims["iat"] == seconds


def test_mint_expired_token_and_token_without_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    with pytest.raises(ExpiredSignatureError):
        Verifier(SECRET, algorithms="HS256").verify(mint("--expires-in", "-1h"))
    assert "exp" not in mint_as_json("--omit", "exp", "--omit", "sub")["claims"]


def test_mint_options_replace_header_and_claims(tmp_path: Path) -> None:
    arguments = ("--issuer", "https://i", "--audience", "a", "--typ", "at+jwt", "--kid", "k")
    minted = mint_as_json("--key", write_key(tmp_path, "EdDSA"), *arguments)
    assert (minted["claims"]["iss"], minted["claims"]["aud"]) == ("https://i", "a")
    assert minted["header"] == {"typ": "at+jwt", "kid": "k", "alg": "EdDSA"}
    assert "client_id" in minted["claims"]


def test_mint_with_key_has_issuer_of_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BETTER_AUTH_URL", "https://app.example.com")
    claims = mint_as_json("--key", write_key(tmp_path, "EdDSA"))["claims"]
    assert (claims["iss"], claims["aud"]) == ("https://app.example.com", "https://app.example.com")


BAD_ARGUMENTS = [
    (),
    ("--claim", "admin"),
    ("--claim", "=x"),
    ("--claim", "x=NaN"),
    ("--claim", "x=\udcff"),
    ("--user-id", "\udcff"),
    ("--expires-in", "soon"),
    ("--expires-in", "1e9"),
    ("--expires-in", "99999999999"),
    ("--expires-in", ""),
    ("--algorithm", "HS256"),
    ("--key", "missing.pem"),
    ("--key", "key.pem", "--algorithm", "ES256"),
    ("--key", "key.pem", "--algorithm", "HS256"),
    ("--key", "public.json"),
    ("--key", "set.json"),
    ("--key", "secret.txt"),
    ("--key", "key.pem", "unexpected"),
]


@pytest.mark.parametrize("arguments", BAD_ARGUMENTS)
def test_mint_bad_arguments_are_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_key(tmp_path, "EdDSA")
    (tmp_path / "EdDSA.pem").rename("key.pem")
    public = run_command("jwks", "key.pem").output
    (tmp_path / "public.json").write_text(json.dumps(json.loads(public)["keys"][0]))
    (tmp_path / "set.json").write_text(json.dumps({"keys": json.loads(public)["keys"] * 2}))
    (tmp_path / "secret.txt").write_text(SECRET)
    if arguments:
        monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    result = run_command("mint", *arguments)
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert "unexpected JWKError" not in result.errors
    assert "; please report it" not in result.errors
    assert SECRET not in result.errors


def test_mint_in_jwks_mode_asks_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETTER_AUTH_URL", "https://app.example.com")
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    result = run_command("mint")
    assert (result.exit_code, result.output) == (2, "")
    assert result.errors.startswith("fastjose: --key must name a file with a private key")
