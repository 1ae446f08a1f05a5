"""`host_verifiers` with a real Better Auth whose `baseURL` has several `allowedHosts`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import jwt
import pytest
from fastapi import HTTPException

from fastjose.better_auth import host_verifiers
from fastjose.fastapi import BearerAuth
from support.better_auth.server import Browser, run_better_auth_server

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = ["app.test", "a.preview.test", "b.a.preview.test", "other.test"]


def test_tokens_of_allowed_hosts_are_accepted(tmp_path: Path) -> None:
    with run_better_auth_server("several-hosts", tmp_path / "server.log") as server:
        tokens = {}
        for number, host in enumerate(HOSTS):
            with Browser(server, host) as browser:
                browser.sign_up(f"user-{number}@example.com", "correct horse battery staple", "Ann")
                tokens[host] = browser.fetch_token()
        for host, token in tokens.items():
            claims = jwt.decode(token, options={"verify_signature": False})
            assert (claims["iss"], claims["aud"]) == (f"http://{host}", f"http://{host}")

        assert accepted_hosts(server.origin, ["http://app.test", "http://*.preview.test"], tokens) == HOSTS[:3]
        assert accepted_hosts(server.origin, ["http://a.preview.test"], tokens) == HOSTS[1:2]
        assert accepted_hosts(server.origin, ["http://*.a.preview.test"], tokens) == HOSTS[2:3]
        assert accepted_hosts(server.origin, ["https://app.test", "http://app.test:3000"], tokens) == []


def accepted_hosts(origin: str, allowed_hosts: list[str], tokens: dict[str, str]) -> list[str]:
    """Return the hosts whose tokens an application with `allowed_hosts` accepts."""
    auth, accepted = BearerAuth(host_verifiers(origin, allowed_hosts=allowed_hosts)), []
    for host, token in tokens.items():
        header, payload, _ = token.split(".")
        with pytest.raises(HTTPException):
            auth.verify_token(f"{header}.{payload}.{'A' * 86}")
        with contextlib.suppress(HTTPException):
            auth.verify_token(token)
            accepted.append(host)
    return accepted
