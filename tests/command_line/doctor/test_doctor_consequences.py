"""`fastjose doctor` names one cause once, with one line, also where the rest of the application fails with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer")
from fastjose.testing import TokenIssuer
from support.environment.doctor import Diagnosis, diagnose
from support.servers.issuer_server import OIDC_PATH, Answer, IssuerServer, serve_issuer
from support.servers.lookup_server import Request, reply, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

KEYS = TokenIssuer()
PAGE = "<!doctype html><title>Tasks</title>"
SIGN_IN = {"FASTJOSE_SIGN_IN_PASSWORD": "correct horse battery staple"}
ARGUMENTS = ("--sign-in", "ada@acme.test")


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as running:
        yield running


def serve_better_auth(*pages: str, has_keys: bool = True) -> Callable[[Request], Iterable[bytes]]:
    """Return a Better Auth behind a front end that answers to the paths `pages` itself."""

    def respond(request: Request) -> Iterable[bytes]:
        if request.target.endswith(pages):
            return reply(200, PAGE, content_type="text/html")
        if request.target.endswith("/jwks"):
            return reply_json(KEYS.jwk_set) if has_keys else reply(404)
        if request.target.endswith("/sign-in/email"):
            return reply_json({"token": "x"}, set_cookie="better-auth.session_token=a.b; Path=/")
        return reply(404)

    return respond


@pytest.mark.parametrize("pages", [("/token",), ("/token", "/get-session")])
def test_doctor_page_at_the_path_of_tokens_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pages: tuple[str, ...]
) -> None:
    with serve_lookups(serve_better_auth(*pages)) as running:
        diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": running.url, **SIGN_IN}, *ARGUMENTS)
    finding = diagnosis.finding("no_token")
    assert finding["problem"].startswith(f"a page answers at {running.url}/api/auth/token")
    assert "each path below /api/auth on" in finding["cure"]
    assert "BETTER_AUTH_URL" in finding["cure"]
    assert "plugin" not in finding["cure"]


@pytest.mark.parametrize("variable", ["BETTER_AUTH_URL", "JWKS_URL"])
def test_doctor_page_at_the_path_of_the_sign_in_is_named_with_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    with serve_lookups(serve_better_auth("/sign-in/email", "/token")) as running:
        suffix = "/api/auth/jwks" if variable == "JWKS_URL" else ""
        environment = {variable: f"{running.url}{suffix}", **SIGN_IN}
        finding = diagnose(monkeypatch, tmp_path, environment, *ARGUMENTS).finding("sign_in_failed")
    assert "a page answers" in finding["problem"]
    assert finding["cure"].startswith(f"set {variable} to ")


@pytest.mark.parametrize(
    ("respond", "code"),
    [
        (None, "connection_refused"),
        (lambda _: reply(200, PAGE, content_type="text/html"), "url_of_page"),
        (lambda _: reply(404), "not_found"),
        (lambda _: reply(503), "server_failed"),
    ],
)
@pytest.mark.parametrize("credentials", ["jwt", "jwt,session,api_key"])
def test_doctor_sign_in_after_a_failed_fetch_does_not_repeat_its_cause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, respond: Any, code: str, credentials: str
) -> None:
    environment = {"JWT_CREDENTIALS": credentials, **SIGN_IN}
    if respond is None:
        diagnosis = diagnose(
            monkeypatch, tmp_path, {"BETTER_AUTH_URL": "http://127.0.0.1:1", **environment}, *ARGUMENTS
        )
        assert [each["code"] for each in diagnosis.document["findings"]] == [code]
        return
    with serve_lookups(respond) as running:
        diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": running.url, **environment}, *ARGUMENTS)
    assert code in diagnosis.codes
    assert diagnosis.codes.isdisjoint({"sign_in_failed", "no_token"})


def test_doctor_sign_in_that_better_auth_refuses_is_named_after_a_failed_fetch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def respond(request: Request) -> Iterable[bytes]:
        if request.target.endswith("/sign-in/email"):
            return reply_json({"code": "INVALID_EMAIL_OR_PASSWORD"}, status=401)
        return reply(404)

    with serve_lookups(respond) as running:
        diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": running.url, **SIGN_IN}, *ARGUMENTS)
    assert diagnosis.codes == {"not_found", "sign_in_failed"}


def test_doctor_without_a_configuration_does_not_say_that_checks_were_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {}, "--offline")
    assert (diagnosis.codes, diagnosis.notes) == ({"not_configured"}, set())


def examine_url_of_keys(  # noqa: PLR0913 - fixtures and the case
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    server: IssuerServer,
    variable: str,
    *,
    has_document: bool,
    issuer: str = "/realms/a",
) -> Diagnosis:
    server.publish(
        f"{server.url}/realms/a", KEYS.jwk_set, path=f"/realms/a{OIDC_PATH}", jwks_path="/realms/a/protocol/certs"
    )
    if not has_document:
        del server.answers[f"/realms/a{OIDC_PATH}"]
    token = KEYS.mint_token(iss=f"{server.url}{issuer}", aud="api")
    environment = {variable: f"{server.url}/realms/a/protocol/certs"}
    environment |= {"JWT_AUDIENCE": "api"} if variable == "OIDC_ISSUER" else {}
    return diagnose(monkeypatch, path, environment, "--token-file", "-", standard_input=token)


@pytest.mark.parametrize("variable", ["OIDC_ISSUER", "BETTER_AUTH_URL"])
@pytest.mark.parametrize("has_document", [True, False])
def test_doctor_url_of_keys_has_one_line_beside_a_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer, variable: str, *, has_document: bool
) -> None:
    diagnosis = examine_url_of_keys(monkeypatch, tmp_path, server, variable, has_document=has_document)
    (finding,) = diagnosis.document["findings"]
    assert finding["code"] == "url_of_keys"
    assert f"{variable} is the URL of keys" in finding["problem"]
    if has_document:
        assert finding["line"] == f"OIDC_ISSUER={server.url}/realms/a"
    else:
        assert finding["line"] == f"JWKS_URL={server.url}/realms/a/protocol/certs"
        assert f"JWT_ISSUER={server.url}/realms/a" in finding["cure"]
        assert f"remove {variable}" in finding["cure"]


def test_doctor_url_of_keys_beside_a_token_of_another_issuer_names_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer
) -> None:
    diagnosis = examine_url_of_keys(
        monkeypatch, tmp_path, server, "OIDC_ISSUER", has_document=True, issuer="/realms/other"
    )
    assert diagnosis.codes == {"url_of_keys", "token_rejected"}


@pytest.mark.parametrize("variable", ["JWKS_URL", "OIDC_ISSUER", "BETTER_AUTH_URL"])
@pytest.mark.parametrize("member", [{"use": "enc", "alg": "ECDH-ES"}, {"use": "enc"}, {"key_ops": ["deriveKey"]}])
def test_doctor_key_set_for_encryption_alone_has_a_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer, variable: str, member: dict[str, Any]
) -> None:
    members = {"kty", "crv", "x", "y", "kid"}
    plain = [
        {name: value for name, value in key.items() if name in members}
        for key in TokenIssuer(algorithm="ES256").jwk_set["keys"]
    ]
    key_set = {"keys": [{**key, **member} for key in plain]}
    server.publish(server.url, key_set, jwks_path="/keys")
    server.answers["/api/auth/jwks"] = Answer(key_set)
    url = f"{server.url}/keys" if variable == "JWKS_URL" else server.url
    environment = {variable: url, "JWT_AUDIENCE": "api"}
    environment |= {"JWT_ISSUER": server.url, "JWT_PROFILE": "oidc"} if variable == "JWKS_URL" else {}
    finding = diagnose(monkeypatch, tmp_path, environment).finding("no_usable_key")
    assert finding["problem"].endswith("the keys are for encryption, not for signatures")
    assert ("jwt()" if variable == "BETTER_AUTH_URL" else "use: sig") in finding["cure"]


@pytest.mark.parametrize(
    ("base", "origins", "line"),
    [
        ("http://localhost:3000", "http://localhost", "http://localhost:3000"),
        ("http://127.0.0.1:3000", "http://localhost", "http://localhost:3000"),
        ("https://app.acme.test:8443", "https://app.acme.test", "https://app.acme.test:8443"),
        (
            "http://localhost:3000",
            "https://a.acme.test,http://localhost",
            "https://a.acme.test,http://localhost:3000",
        ),
    ],
)
def test_doctor_origin_without_the_port_of_better_auth_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: str, origins: str, line: str
) -> None:
    environment = {"BETTER_AUTH_URL": base, "JWT_CREDENTIALS": "cookie", "JWT_TRUSTED_ORIGINS": origins}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert (diagnosis.codes, diagnosis.notes) == ({"origin_without_port"}, set())
    assert diagnosis.finding("origin_without_port")["line"] == f"JWT_TRUSTED_ORIGINS={line}"


@pytest.mark.parametrize(
    ("base", "origins", "notes"),
    [
        ("http://localhost:3000", "http://localhost,http://localhost:3000", {"doubtful_origin"}),
        ("https://auth.acme.test:8443", "https://app.acme.test", set()),
        ("https://app.acme.test", "https://app.acme.test", set()),
        ("http://localhost:3000", "http://localhost:5173", set()),
    ],
)
def test_doctor_origin_that_may_be_meant_is_not_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: str, origins: str, notes: set[str]
) -> None:
    environment = {"BETTER_AUTH_URL": base, "JWT_CREDENTIALS": "cookie", "JWT_TRUSTED_ORIGINS": origins}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert (diagnosis.codes, diagnosis.notes) == (set(), notes)
