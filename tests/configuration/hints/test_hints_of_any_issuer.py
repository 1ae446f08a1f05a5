"""Hints of an application whose issuer is not Better Auth: they name the variables that are set, not Better Auth."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException

from fastjose import sign_token
from fastjose.fastapi import BearerAuth
from fastjose.oidc import oidc_verifier
from fastjose.testing import TokenIssuer
from support.environment.fresh_import import SECRET, load_auth
from support.servers.issuer_server import serve_issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TENANT = "https://acme.eu.auth0.example/"
EDDSA, ES256 = TokenIssuer(TENANT, audience="api"), TokenIssuer(TENANT, audience="api", algorithm="ES256")
HS256 = TokenIssuer(TENANT, audience="api", algorithm="HS256", secret=SECRET)
OTHER = TokenIssuer(TENANT, audience="api", algorithm="HS256")
SESSION_TYPE = "better-auth.session-cache+jwt"


@pytest.fixture(scope="module")
def environments() -> Iterator[dict[str, dict[str, str]]]:
    with serve_issuer() as server:
        server.publish(server.url, EDDSA.jwk_set)
        policy = {"JWT_ISSUER": TENANT, "JWT_AUDIENCE": "api", "JWT_CLAIMS": '{"tenant": "acme"}'}
        yield {
            "OIDC_ISSUER": {"OIDC_ISSUER": server.url, **policy},
            "JWT_PUBLIC_KEY": {"JWT_PUBLIC_KEY": json.dumps(EDDSA.jwk_set), **policy},
            "JWT_SECRET": {"JWT_SECRET": SECRET, **policy},
            "JWKS_URL": {"JWKS_URL": f"{server.url}/jwks", "JWT_PROFILE": "oidc", **policy},
        }


def signed(**changes: Any) -> Callable[[TokenIssuer], str]:
    return lambda issuer: issuer.mint_token(**{"tenant": "acme", **changes})


# The code of the hint, or "" for none; the token; and what the hint says, by the variable that is set.
HINTS: list[tuple[str, Callable[[TokenIssuer], str], dict[str, list[str]]]] = [
    ("opaque_access_token", lambda _: "k" * 32, {}),
    ("encrypted_token", lambda _: "a.b.c.d.e", {}),
    ("missing_token", lambda _: "null", {}),
    ("unsigned_token", lambda _: "eyJhbGciOiJub25lIn0.e30.", {}),
    ("wrong_issuer", signed(iss="https://b.example"), {"*": ["JWT_ISSUER"]}),
    ("issuer_slash", signed(iss=TENANT.rstrip("/")), {"*": ["set JWT_ISSUER"]}),
    ("wrong_audience", signed(aud="other"), {"*": ["JWT_AUDIENCE"]}),
    ("wrong_audience", signed(aud="other", auth_time=1), {"*": ["JWT_AUDIENCE"]}),  # an access token may have it
    ("id_token", signed(aud="other", nonce="n"), {"*": ["if it expects ID tokens, set JWT_AUDIENCE"]}),
    ("wrong_claim", signed(tenant="other"), {"*": ["JWT_CLAIMS"]}),
    ("missing_claim", signed(omit=["aud"]), {}),
    ("no_subject", signed(omit=["sub"]), {}),
    ("other_algorithm", lambda _: sign_token({}, SECRET * 2, algorithm="HS512"), {"JWT_SECRET": ["JWT_ALGORITHM"]}),
    (
        "shared_secret_token",
        lambda _: HS256.mint_token(),
        {"OIDC_ISSUER": ["JWT_SECRET"], "JWT_PUBLIC_KEY": ["JWT_SECRET"]},
    ),
    ("shared_secret_token", lambda _: sign_token({"session": {}, "user": {}}, SECRET, algorithm="HS256"), {}),
    ("asymmetric_token", lambda _: ES256.mint_token(), {"JWT_SECRET": ["OIDC_ISSUER, JWKS_URL or JWT_PUBLIC_KEY"]}),
    ("wrong_secret", lambda _: OTHER.mint_token(), {"JWT_SECRET": ["(JWT_SECRET)"]}),
    ("", signed(header={"typ": SESSION_TYPE}), {}),
    ("", signed(exp=3600), {}),
]


@pytest.mark.parametrize("variable", ["OIDC_ISSUER", "JWT_PUBLIC_KEY", "JWT_SECRET", "JWKS_URL"])
def test_hints_name_the_variables_and_not_better_auth(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    environments: dict[str, dict[str, str]],
    variable: str,
) -> None:
    issuer = HS256 if variable == "JWT_SECRET" else EDDSA
    seen: set[str] = set()
    for code, mint, words in HINTS:
        auth = load_auth(monkeypatch, tmp_path, **environments[variable])
        caplog.clear()
        with contextlib.suppress(HTTPException):
            auth.verify_token(mint(issuer))
        assert not re.search(r"better.?auth|/api/auth", caplog.text, re.IGNORECASE), caplog.text
        codes = {record.getMessage().partition(":")[0] for record in caplog.records if record.name == "fastjose"}
        if code in codes:
            seen.add(code)
            expected = words.get("*", []) + words.get(variable, [])
            assert [word for word in expected if word not in caplog.text] == [], caplog.text
    of_the_other_kind = ["shared_secret_token"] if variable == "JWT_SECRET" else ["asymmetric_token", "wrong_secret"]
    assert {code for code, _, _ in HINTS} - seen <= {"", "other_algorithm", *of_the_other_kind}


@pytest.mark.parametrize("create_auth", [BearerAuth, lambda verifier: BearerAuth([verifier])])
@pytest.mark.parametrize("path", ["", "/", "/api/auth"])
def test_hints_in_code_name_better_auth_only_if_it_may_be_the_issuer(
    caplog: pytest.LogCaptureFixture, path: str, create_auth: Callable[[Any], BearerAuth]
) -> None:
    with serve_issuer() as server:
        issuer = f"{server.url}{path}"
        server.publish(issuer, EDDSA.jwk_set, path=f"{path.rstrip('/')}/.well-known/openid-configuration")
        auth = create_auth(oidc_verifier(issuer, client_id="web"))
        of_issuer = TokenIssuer(issuer, audience="api", algorithm="HS256", secret=SECRET)
        for token in ("k" * 32, of_issuer.mint_token(), EDDSA.mint_token(iss=issuer, azp="web")):
            with pytest.raises(HTTPException):
                auth.verify_token(token)
    codes = [record.getMessage().partition(":")[0] for record in caplog.records if record.name == "fastjose"]
    assert codes[1:] == ["shared_secret_token", "audience_not_configured"]
    assert codes[0] == "opaque_access_token" or path == "/api/auth"
    names_better_auth = re.search(r"better.?auth|/api/auth/token", caplog.text, re.IGNORECASE) is not None
    assert names_better_auth == (path == "/api/auth")
