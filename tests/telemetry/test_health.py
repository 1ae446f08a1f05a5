"""Health: which keys are available, without a fetch; and `warm_up`, which fetches those that are not."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import trio
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth, CredentialAuth, JwtCredentials, SessionTokens
from fastjose.health import Health, check_health, warm_up
from fastjose.starlette import JwtAuthenticationBackend
from fastjose.testing import TokenIssuer, serve_jwks
from support.better_auth.sessions import RecordedLookup
from support.clients.http_client import HttpClient
from support.environment.fresh_import import load_auth, set_environment

ISSUER = "https://issuer.example"
SECRET = "0123456789abcdef0123456789abcdef"
CONFIGURED = Verifier(SECRET, algorithms="HS256", issuer=ISSUER, check_audience=False)


def of_remote(url: str, issuer: str = ISSUER, **options: Any) -> Verifier:
    return Verifier(RemoteKeySet(url, **options), issuer=issuer, audience="a")


def test_configured_keys_are_ready() -> None:
    health = check_health(CONFIGURED)
    assert (health.is_ready, health.has_all_keys, health.status_code, health.key_count) == (True, True, 200, 1)
    assert (health.age_seconds, health.last_failure) == (None, None)
    assert (health.sources[0].kind, health.sources[0].name) == ("configured", ISSUER)


def test_health_fetches_nothing_and_warm_up_fetches_once() -> None:
    with serve_jwks(TokenIssuer()) as server:
        verifier = of_remote(server.url)
        health = check_health(verifier)
        assert (health.is_ready, health.status_code, health.key_count) == (False, 503, 0)
        assert server.request_count == 0
        for run in (asyncio.run, trio.run):
            health = run(warm_up, verifier) if run is trio.run else asyncio.run(warm_up(verifier))
            assert (health.is_ready, health.key_count, health.last_failure) == (True, 1, None)
            assert health.age_seconds is not None
        assert server.request_count == 1


def test_failure_is_named_and_raises_nothing() -> None:
    with serve_jwks(TokenIssuer()) as server:
        server.status = 503
        verifier = of_remote(f"{server.url}?secret=canary", max_wait_seconds=0.1)
        for _ in range(20):
            health = asyncio.run(warm_up(verifier))
        assert not health.is_ready
        assert "503" in str(health.last_failure)
        assert "canary" not in str(health) + str(health.last_failure)
        assert server.request_count <= 6, "a probe keeps to the limits of fetches"


def test_usable_keys_are_ready_during_an_outage() -> None:
    with serve_jwks(TokenIssuer()) as server:
        verifier = of_remote(server.url)
        asyncio.run(warm_up(verifier))
        server.status = 503
        with pytest.raises(Exception, match="503"):
            verifier.remote_key_sets[0].fetch()
        health = check_health(verifier)
        assert health.is_ready
        assert health.last_failure is not None


def test_one_of_several_issuers_suffices() -> None:
    unavailable = of_remote("http://127.0.0.1:9/jwks", "https://other.example")
    health = check_health(CONFIGURED, unavailable)
    assert (health.is_ready, health.has_all_keys) == (True, False)
    assert [source.is_ready for source in health.sources] == [True, False]
    assert not check_health(unavailable).is_ready
    assert not check_health(unavailable, unavailable).sources[1:], "a set of several verifiers is one source"


def test_keys_that_are_fetched_one_by_one_are_ready() -> None:
    keys = RemoteKeySet.per_kid("http://127.0.0.1:9/keys")
    health = asyncio.run(warm_up(Verifier(keys, algorithms="ES256", issuer=ISSUER, audience="a")))
    assert (health.is_ready, health.sources[0].kind, keys.fetch_count) == (True, "per_kid", 0)


def test_health_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        check_health(CONFIGURED).sources = ()  # type: ignore[misc]


@pytest.mark.http
def test_every_entry_point_has_the_health_of_its_verifiers() -> None:
    verifier = of_remote("http://127.0.0.1:9/jwks")

    def tenants(_: str) -> None:
        return None

    jwt, sessions = JwtCredentials([verifier]), SessionTokens(RecordedLookup(), allow_unsigned=True)
    entries: list[Any] = [BearerAuth(verifier), BearerAuth([verifier]), CredentialAuth(jwt, sessions)]
    entries += [JwtAuthenticationBackend(verifier), JwtAuthenticationBackend(BearerAuth(verifier))]
    assert [entry.health() for entry in entries] == [check_health(verifier)] * len(entries)
    for entry in (CredentialAuth(sessions), BearerAuth(tenants)):
        assert entry.health() == Health(())
        assert entry.health().is_ready, "there is nothing to wait for"


@pytest.mark.http
def test_every_warm_up_logs_unavailable_keys_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    url = "http://127.0.0.1:9/jwks"
    verifiers = [of_remote(f"{url}?secret=canary", each, max_wait_seconds=0.05) for each in ("https://a", "https://b")]
    one = verifiers[0]
    for entry, count in (
        (BearerAuth(one), 1),
        (CredentialAuth(JwtCredentials([one])), 1),
        (JwtAuthenticationBackend(one), 1),
        (BearerAuth(verifiers), 2),  # a line for each issuer
    ):
        caplog.clear()
        for _ in range(3):
            asyncio.run(entry.warm_up())
        lines = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
        assert [line.partition(":")[0] for line in lines] == ["keys_unavailable"] * count, lines
        assert all(url in line and "canary" not in line for line in lines)


def test_warm_up_of_verifiers_logs_unavailable_keys(caplog: pytest.LogCaptureFixture) -> None:
    verifier = of_remote("http://127.0.0.1:9/jwks", max_wait_seconds=0.05)
    for _ in range(3):
        asyncio.run(warm_up(verifier))
    (line,) = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    assert line.startswith("keys_unavailable: ")
    assert "check the URL of the RemoteKeySet" in line


@pytest.mark.http
@pytest.mark.parametrize(
    "build", [BearerAuth.from_environment, CredentialAuth.from_environment, JwtAuthenticationBackend.from_environment]
)
def test_warm_up_of_an_application_that_its_environment_configures_names_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture, build: Any
) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    environment = {"BETTER_AUTH_URL": "https://127.0.0.1:9", "JWKS_CA_CERTIFICATES": str(tmp_path / "ca.pem")}
    set_environment(monkeypatch, tmp_path, environment)
    entry = build()
    failures = [asyncio.run(entry.warm_up()).last_failure, entry.health().last_failure]
    lines = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    assert lines
    for text in (*lines, *failures):
        assert "JWKS_CA_CERTIFICATES" in text
        assert re.search(r"\bca_certificates\b|RemoteKeySet", text) is None


@pytest.mark.http
def test_missing_file_with_the_bearer_token_is_logged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_jwks(TokenIssuer()) as server:
        missing = str(tmp_path / "missing")
        auth = load_auth(monkeypatch, tmp_path, JWKS_URL=server.url, JWKS_BEARER_TOKEN_FILE=missing)
        assert not asyncio.run(auth.warm_up()).is_ready
    (line,) = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    assert line.startswith("keys_unavailable: ")
    assert "the file of JWKS_BEARER_TOKEN_FILE" in line
    assert "must exist; create it" in line


@pytest.mark.http
def test_probe_of_the_environments_application(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve_jwks(TokenIssuer()) as server:
        auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_URL=server.issuer_url)
        app = FastAPI()

        @app.get("/ready")
        async def ready() -> JSONResponse:
            health = await auth.warm_up()
            return JSONResponse({"is_ready": health.is_ready}, health.status_code)

        server.status = 500
        with HttpClient(app) as client:
            assert client.get("/ready").status_code == 503
            server.status = 200
            auth.health().sources  # noqa: B018 - fetches nothing
            while client.get("/ready").status_code == 503:
                pass
            assert client.get("/ready").json() == {"is_ready": True}
