"""`fastjose doctor` names what is wrong with the servers of an application: one application for each mistake."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer")
from fastjose import sign_token
from fastjose.testing import TokenIssuer, serve_jwks
from support.environment.doctor import GOOD_SECRET, Diagnosis, diagnose
from support.environment.fresh_import import set_environment
from support.processes.command_line import run_command
from support.servers.issuer_server import OIDC_PATH, Answer, IssuerServer, serve_issuer
from support.servers.lookup_server import Request, reply, reply_json, respond_with_session, serve_lookups
from support.servers.proxies.forward_proxy import serve_forward_proxy
from support.servers.redis_server import run_redis_server
from support.servers.tls_server import CertificateAuthority, serve_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

KEYS_PATH = "/api/auth/jwks"
JWK_SET = TokenIssuer().jwk_set
PAGE = b"<!doctype html><title>Tasks</title>"
RS256_SET = TokenIssuer(algorithm="RS256").jwk_set
PASSWORD = "pa55w0rd-of-the-url"


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as running:
        yield running


def better_auth(server: IssuerServer) -> dict[str, str]:
    return {"BETTER_AUTH_URL": server.url}


def key_url(server: IssuerServer, path: str = "/keys") -> dict[str, str]:
    return {"JWKS_URL": server.url + path, "JWT_ISSUER": server.url, "JWT_AUDIENCE": "api", "JWT_PROFILE": "oidc"}


def oidc(server: IssuerServer, suffix: str = "") -> dict[str, str]:
    return {"OIDC_ISSUER": server.url + suffix, "JWT_AUDIENCE": "api"}


def answer_at(path: str, answer: Answer, environment: Callable[..., dict[str, str]], *args: str) -> Any:
    def prepare(server: IssuerServer) -> dict[str, str]:
        server.answers[path] = answer
        return environment(server, *args)

    return prepare


def without_plugin(server: IssuerServer) -> dict[str, str]:
    server.answers["/api/auth/ok"] = Answer({"ok": True})
    return better_auth(server)


def other_path(server: IssuerServer) -> dict[str, str]:
    server.answers["/.well-known/jwks.json"] = Answer(JWK_SET)
    return better_auth(server)


def redirect(server: IssuerServer) -> dict[str, str]:
    server.answers[KEYS_PATH] = Answer(
        status=301, headers={"Location": f"https://user:{PASSWORD}@127.0.0.1:1/api/auth/jwks?a=b"}
    )
    return better_auth(server)


def url_of_document(server: IssuerServer) -> dict[str, str]:
    server.publish(server.url, JWK_SET)
    return key_url(server, OIDC_PATH)


def with_slash(server: IssuerServer) -> dict[str, str]:
    server.publish(f"{server.url}/", JWK_SET)
    return oidc(server)


def of_other_issuer(server: IssuerServer) -> dict[str, str]:
    server.publish("https://other.test", JWK_SET)
    return oidc(server)


def keys_of_document_missing(server: IssuerServer) -> dict[str, str]:
    server.publish(server.url, JWK_SET)
    del server.answers["/jwks"]
    return oidc(server)


def issuer_of_document_differs(server: IssuerServer) -> dict[str, str]:
    server.publish(f"{server.url}/realms/a/", JWK_SET, path=f"/realms/a{OIDC_PATH}", jwks_path="/realms/a/certs")
    return {**key_url(server, "/realms/a/certs"), "JWT_ISSUER": f"{server.url}/realms/a"}


SERVERS: list[tuple[str, Any]] = [
    ("not_found", better_auth),
    ("not_found", other_path),
    ("no_jwt_plugin", without_plugin),
    ("redirected", redirect),
    ("url_of_document", url_of_document),
    ("discovery_mismatch", with_slash),
    ("internal_issuer", of_other_issuer),
    ("no_discovery_document", oidc),
    ("not_found", keys_of_document_missing),
    ("issuer_mismatch", issuer_of_document_differs),
    ("url_of_page", answer_at("/keys", Answer(PAGE, headers={"Content-Type": "text/html"}), key_url)),
    ("url_of_page", answer_at(OIDC_PATH, Answer(PAGE), oidc)),
    ("url_of_page", answer_at(KEYS_PATH, Answer(PAGE), better_auth)),
    ("url_of_application", answer_at(KEYS_PATH, Answer({"detail": "Not Found"}, status=404), better_auth)),
    ("not_a_key_set", answer_at("/keys", Answer({"hello": "world"}), key_url)),
    ("empty_key_set", answer_at("/keys", Answer({"keys": []}), key_url)),
    ("no_usable_key", answer_at("/keys", Answer({"keys": [{"kty": "oct", "k": "AAAA"}, {"kty": "RSA"}]}), key_url)),
    ("skipped_keys", answer_at("/keys", Answer({"keys": [*JWK_SET["keys"], {"kty": "RSA", "kid": "b"}]}), key_url)),
    ("not_permitted", answer_at("/keys", Answer(status=401), key_url)),
    ("rate_limited", answer_at("/keys", Answer(status=429), key_url)),
    ("server_failed", answer_at("/keys", Answer(status=500), key_url)),
]


@pytest.mark.parametrize(("code", "prepare"), SERVERS)
def test_doctor_mistake_about_a_key_server_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer, code: str, prepare: Any
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, prepare(server))
    assert diagnosis.codes == {code}, diagnosis.document["findings"]
    assert PASSWORD not in diagnosis.result.output


LINES = [
    (other_path, "JWKS_URL={url}/.well-known/jwks.json"),
    (with_slash, "OIDC_ISSUER={url}/"),
    (url_of_document, "OIDC_ISSUER={url}"),
    (issuer_of_document_differs, "JWT_ISSUER={url}/realms/a/"),
    (redirect, "BETTER_AUTH_URL=https://127.0.0.1:1"),
]


@pytest.mark.parametrize(("prepare", "line"), LINES)
def test_doctor_finding_has_the_exact_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer, prepare: Any, line: str
) -> None:
    (finding,) = diagnose(monkeypatch, tmp_path, prepare(server)).document["findings"]
    assert finding["line"] == line.format(url=server.url)


def test_doctor_algorithm_without_key_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer
) -> None:
    server.answers["/keys"] = Answer(RS256_SET)
    environment = {**key_url(server), "JWT_ALGORITHM": "ES256"}
    diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"algorithm_without_key"}
    assert "RS256" in diagnosis.finding("algorithm_without_key")["problem"]


@pytest.mark.parametrize(
    ("code", "environment"),
    [
        ("connection_refused", {"BETTER_AUTH_URL": "http://localhost:1"}),
        ("host_not_found", {"BETTER_AUTH_URL": "https://no-such-host.invalid"}),
        ("proxy_failed", {"BETTER_AUTH_URL": "https://app.acme.test", "JWKS_PROXY": "http://127.0.0.1:1"}),
        ("proxy_failed", {"BETTER_AUTH_URL": "https://app.acme.test", "JWKS_PROXY": f"http://u:{PASSWORD}@127.0.0.1:1"}),
        ("connection_refused", {"BETTER_AUTH_URL": "http://127.0.0.1:1", "JWT_CREDENTIALS": "session"}),
        ("connection_refused", {"BETTER_AUTH_URL": "http://127.0.0.1:1", "JWT_CREDENTIALS": "api_key"}),
    ],
)  # fmt: skip
def test_doctor_server_that_cannot_be_reached_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, environment: dict[str, str]
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {code}, diagnosis.document["findings"]
    assert PASSWORD not in diagnosis.result.output


def test_doctor_api_keys_that_better_auth_ignores_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve_lookups(lambda _request: reply_json(None)) as lookups:
        environment = {"BETTER_AUTH_URL": lookups.url, "JWT_CREDENTIALS": "api_key"}
        diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"api_keys_not_enabled"}
    assert "database" not in diagnosis.finding("api_keys_not_enabled")["problem"]


def test_doctor_says_each_cure_once_and_does_not_send_to_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": "http://127.0.0.1:1"})
    (tmp_path / "token.txt").write_text(TokenIssuer("http://127.0.0.1:1").mint_token(), encoding="utf-8")
    output = run_command("doctor", "--token-file", "token.txt").output
    assert "connection_refused" in output
    assert "token_rejected" not in output  # it has the same cause
    assert "REJECTED (jwt)" in output
    assert "run fastjose doctor" not in output
    cures = [line.strip() for line in output.splitlines() if line.strip().startswith("→")]
    assert len(cures) == len(set(cures))


def test_doctor_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve_forward_proxy(refusal=403) as proxy:
        environment = {"BETTER_AUTH_URL": "https://app.acme.test", "JWKS_PROXY": proxy.url}
        assert diagnose(monkeypatch, tmp_path, environment).codes == {"proxy_failed"}


def test_doctor_plain_text_at_https_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer
) -> None:
    environment = {"BETTER_AUTH_URL": server.url.replace("http:", "https:")}
    assert diagnose(monkeypatch, tmp_path, environment).codes == {"wrong_scheme"}


@pytest.mark.parametrize("knows_authority", [True, False])
def test_doctor_unknown_authority_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, knows_authority: bool
) -> None:
    authority = CertificateAuthority()
    certificate = authority.sign_server_certificate(tmp_path / "server.pem")
    bundle = authority.write_certificate(tmp_path / "ca.pem")
    with serve_response(body=b'{"keys": []}', certificate=certificate) as port:
        environment = {"BETTER_AUTH_URL": f"https://localhost:{port}"}
        if knows_authority:
            environment["JWKS_CA_CERTIFICATES"] = str(bundle)
        diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"empty_key_set" if knows_authority else "unknown_authority"}


@pytest.mark.parametrize(("seconds", "codes"), [(3600, {"clock_skew"}), (-3600, {"clock_skew"}), (0, set())])
def test_doctor_clock_skew_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: int, codes: set[str]
) -> None:
    def respond(_: Request) -> Iterable[bytes]:
        return reply_json(JWK_SET, date=formatdate(time.time() + seconds, usegmt=True))

    with serve_lookups(respond) as running:
        environment = {
            "JWKS_URL": f"{running.url}/keys",
            "JWT_ISSUER": "https://x.acme.test",
            "JWT_AUDIENCE": "api",
            "JWT_PROFILE": "oidc",
        }
        assert diagnose(monkeypatch, tmp_path, environment).codes == codes


def healthy_environments(issuer_url: str, url: str) -> dict[str, dict[str, str]]:
    return {
        "better_auth": {"BETTER_AUTH_URL": issuer_url},
        "oidc": {"OIDC_ISSUER": issuer_url, "JWT_AUDIENCE": "api"},
        "jwks": {
            "JWKS_URL": url,
            "JWT_ISSUER": issuer_url,
            "JWT_AUDIENCE": "api",
            "JWT_PROFILE": "oidc",
            "JWT_ALGORITHM": "EdDSA",
        },
    }


@pytest.mark.parametrize("mode", ["better_auth", "oidc", "jwks"])
def test_doctor_healthy_key_server_has_no_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str) -> None:
    with serve_jwks(TokenIssuer()) as running:
        diagnosis = diagnose(monkeypatch, tmp_path, healthy_environments(running.issuer_url, running.url)[mode])
    assert diagnosis.document["findings"] == []
    assert "keys" in diagnosis.document["facts"]


def sessions(url: str, **further: str) -> dict[str, str]:
    named = {
        "BETTER_AUTH_SECRET": GOOD_SECRET,
        "JWT_CREDENTIALS": "session",
        "BETTER_AUTH_URL": "https://app.acme.test",
    }
    return {**named, "BETTER_AUTH_SESSION_STORE": url, **further}


def create_database(path: Path, *, rows: int, columns: str = "id, token, userId, expiresAt") -> str:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"create table session ({columns})")
        connection.execute("create table user (id, email, emailVerified, name)")
        for row in range(rows):
            connection.execute("insert into session (id) values (?)", [str(row)])
    return f"sqlite+aiosqlite:///{path}"


@pytest.mark.parametrize(
    ("rows", "columns", "codes"),
    [
        (1, "id, token, userId, expiresAt", set()),
        (0, "id, token, userId, expiresAt", {"session_table_empty"}),
        (1, "id, value", {"wrong_tables"}),
    ],
)
def test_doctor_database_is_examined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: int, columns: str, codes: set[str]
) -> None:
    url = create_database(tmp_path / "auth.db", rows=rows, columns=columns)
    diagnosis = diagnose(monkeypatch, tmp_path, sessions(url))
    assert diagnosis.codes == codes, diagnosis.document["findings"]


@pytest.mark.parametrize(
    ("code", "url"),
    [
        ("database_file_missing", "sqlite+aiosqlite:////nowhere/auth.db"),
        ("connection_refused", f"postgresql+asyncpg://app:{PASSWORD}@127.0.0.1:1/app"),
        ("connection_refused", f"redis://:{PASSWORD}@127.0.0.1:1/0"),
        ("invalid_value", "localhost:6379"),
        ("missing_extra", "mysql+aiomysql://app@127.0.0.1:1/app"),
    ],
)
def test_doctor_store_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, url: str
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, sessions(url))
    assert diagnosis.codes == {code}, diagnosis.document["findings"]
    assert PASSWORD not in diagnosis.result.output


@pytest.mark.parametrize(("prefix", "codes"), [("better-auth:", set()), ("", {"redis_prefix"}), (None, set())])
def test_doctor_redis_is_examined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prefix: str | None, codes: set[str]
) -> None:
    with run_redis_server(password=PASSWORD) as redis, redis.connect() as client:
        if prefix is not None:
            client.set(f"{prefix}active-sessions-u1", "[]")
        diagnosis = diagnose(monkeypatch, tmp_path, sessions(redis.url))
        wrong = diagnose(monkeypatch, tmp_path, sessions(redis.url.replace(PASSWORD, "wrong-password")))
    assert diagnosis.codes == codes
    assert wrong.codes == {"secondary_storage_failed"}
    assert PASSWORD not in diagnosis.result.output
    assert "wrong-password" not in wrong.result.output


def introspection(url: str) -> dict[str, str]:
    return {
        "JWT_CREDENTIALS": "opaque",
        "INTROSPECTION_URL": f"{url}/introspect",
        "INTROSPECTION_CLIENT_ID": "api",
        "INTROSPECTION_CLIENT_SECRET": PASSWORD,
        "JWT_AUDIENCE": "api",
    }


@pytest.mark.parametrize(
    ("respond", "codes"),
    [
        (lambda _: reply_json({"active": False}), set()),
        (lambda _: reply_json({"error": "invalid_client"}, 401), {"client_refused"}),
        (lambda _: reply_json({"active": True, "aud": "api", "sub": "u"}), {"introspection_accepts_everything"}),
        (lambda _: reply(404), {"not_found"}),
        (lambda _: reply(500), {"server_failed"}),
    ],
)
def test_doctor_introspection_is_examined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, respond: Any, codes: set[str]
) -> None:
    with serve_lookups(respond) as running:
        diagnosis = diagnose(monkeypatch, tmp_path, introspection(running.url))
    assert diagnosis.codes == codes, diagnosis.document["findings"]
    assert PASSWORD not in diagnosis.result.output


@pytest.mark.parametrize(
    ("respond", "codes"),
    [
        (lambda _: reply_json(None), set()),
        (lambda _: reply(404), {"not_found"}),
        (lambda _: reply(429), {"rate_limited"}),
        (lambda _: reply(500), {"server_failed"}),
        (lambda _: reply_json({"hello": "world"}), {"not_better_auth"}),
    ],
)
def test_doctor_sessions_of_better_auth_are_examined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, respond: Any, codes: set[str]
) -> None:
    with serve_lookups(respond) as running:
        assert diagnose(monkeypatch, tmp_path, sessions(running.url)).codes == codes


def check_token(monkeypatch: pytest.MonkeyPatch, path: Path, changes: dict[str, Any], **environment: str) -> Diagnosis:
    issuer = TokenIssuer()
    with serve_jwks(issuer) as running:
        issuer.url = issuer.audience = running.issuer_url
        token = issuer.mint_token(**changes)
        named = {"BETTER_AUTH_URL": running.issuer_url, **environment}
        diagnosis = diagnose(monkeypatch, path, named, "--token-file", "-", standard_input=token)
    assert token not in diagnosis.result.output
    return diagnosis


def test_doctor_token_that_is_accepted_is_no_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    diagnosis = check_token(monkeypatch, tmp_path, {})
    assert diagnosis.document["findings"] == []
    assert diagnosis.document["token"]["is_accepted"] is True


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"exp": 1}, None),
        (
            {"iss": "https://public.acme.test", "aud": "https://public.acme.test"},
            "BETTER_AUTH_URL=https://public.acme.test",
        ),
        ({"iss": "https://public.acme.test"}, "JWT_ISSUER=https://public.acme.test"),
        ({"aud": "api"}, "JWT_AUDIENCE=api"),
        ({"aud": "api\nJWT_CHECK_AUDIENCE=0"}, None),
        ({"iss": "https://a@b.test$(id)"}, None),
    ],
)
def test_doctor_token_that_is_rejected_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, Any], line: str | None
) -> None:
    diagnosis = check_token(monkeypatch, tmp_path, changes)
    assert diagnosis.codes == {"token_rejected"}
    assert diagnosis.finding("token_rejected")["line"] == line
    assert diagnosis.document["token"]["is_accepted"] is False


@pytest.mark.parametrize(
    ("configured", "signing"),
    [
        (f'"{GOOD_SECRET}"', GOOD_SECRET.encode()),
        (GOOD_SECRET, f"{GOOD_SECRET}\n".encode()),
        (base64.b64encode(GOOD_SECRET.encode()).decode(), GOOD_SECRET.encode()),
        (
            base64.urlsafe_b64encode(b"\xff" * 20 + GOOD_SECRET.encode()).decode().rstrip("="),
            b"\xff" * 20 + GOOD_SECRET.encode(),
        ),
        (GOOD_SECRET.encode().hex(), GOOD_SECRET.encode()),
    ],
)
def test_doctor_secret_in_another_form_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, configured: str, signing: bytes
) -> None:
    claims = {"sub": "user-1", "exp": int(time.time()) + 60}
    token = sign_token(claims, signing, algorithm="HS256")
    environment = {"JWT_SECRET": configured}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--token-file", "-", standard_input=token)
    assert {"token_rejected", "secret_in_other_form"} <= diagnosis.codes
    assert GOOD_SECRET not in diagnosis.result.output
    assert configured not in diagnosis.result.output


def test_doctor_other_secret_is_not_called_another_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = sign_token({"sub": "u", "exp": int(time.time()) + 60}, GOOD_SECRET[::-1], algorithm="HS256")
    environment = {"JWT_SECRET": GOOD_SECRET}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--token-file", "-", standard_input=token)
    assert diagnosis.codes == {"token_rejected"}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_doctor_proxy_of_the_environment_is_suggested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, f"http://u:{PASSWORD}@127.0.0.1:1")
    diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": "https://no-such-host.invalid"})
    assert diagnosis.finding("host_not_found")["line"] == "JWKS_PROXY=environment"
    assert PASSWORD not in diagnosis.result.output


@pytest.mark.parametrize(
    ("code", "variable"),
    [("file_unreadable", "JWKS_BEARER_TOKEN_FILE"), ("file_unreadable", "JWKS_CA_CERTIFICATES")],
)
def test_doctor_file_of_a_fetch_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, variable: str
) -> None:
    with serve_jwks(TokenIssuer()) as running:
        environment = {"BETTER_AUTH_URL": running.issuer_url, variable: str(tmp_path / "missing")}
        assert diagnose(monkeypatch, tmp_path, environment).codes == {code}


def test_doctor_path_of_base_url_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer
) -> None:
    server.answers[KEYS_PATH] = Answer(JWK_SET)
    diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": f"{server.url}/dashboard"})
    assert diagnosis.finding("not_found")["line"] == f"BETTER_AUTH_URL={server.url}"


def test_doctor_other_issuer_than_that_of_the_document_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer
) -> None:
    server.publish(server.url, JWK_SET)
    diagnosis = diagnose(monkeypatch, tmp_path, {**oidc(server), "JWT_ISSUER": "https://other.test"})
    assert diagnosis.codes == {"issuer_mismatch"}


HOSTILE = [
    Answer(b"\xff\x00\x1b[31m"),
    Answer(b"[" * 100_000),
    Answer({"keys": "none"}),
    Answer({"keys": [1, None, {"alg": ["x"], "kty": "OKP"}, {"kid": "\x1b[31m"}]}),
    Answer({"issuer": "http://[", "jwks_uri": "http://["}),
    Answer({"issuer": f"https://ada:{PASSWORD}@x.test/\x1b[31m\nJWT_SECRET=x", "jwks_uri": "https://x.test"}),
    Answer({"issuer": ["x"], "jwks_uri": {}}),
    Answer(status=302, headers={"Location": "http://["}),
    Answer(status=302, headers={"Location": "//[::bad/\u00e9"}),
    Answer(status=302),
    Answer(JWK_SET, headers={"Date": "never"}),
    Answer(b"x" * 2_000_000),
    Answer(JWK_SET, headers={"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize("environment", [better_auth, oidc])
@pytest.mark.parametrize("answer", HOSTILE)
def test_doctor_hostile_server_gets_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer, environment: Any, answer: Answer
) -> None:
    for path in (KEYS_PATH, "/keys", OIDC_PATH, "/api/auth/ok", "/.well-known/jwks.json"):
        server.answers[path] = answer
    set_environment(monkeypatch, tmp_path, environment(server))
    result = run_command("doctor")
    assert (result.exit_code in {0, 1}, result.errors) == (True, "")
    assert "\x1b" not in result.output
    assert PASSWORD not in result.output
    assert "\nJWT_SECRET" not in result.output


def test_doctor_respond_with_session_for_an_invented_token_is_not_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serve_lookups(respond_with_session) as running:
        assert diagnose(monkeypatch, tmp_path, sessions(running.url)).codes == set()
