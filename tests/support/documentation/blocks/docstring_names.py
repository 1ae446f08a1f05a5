"""The names of the examples in docstrings: the public ones of the package, and what they leave to their reader."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import Depends, FastAPI
from fastapi.security import APIKeyHeader
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import fastjose
from fastjose.revocation import RevocationList
from fastjose.testing import TokenIssuer
from support.better_auth.tables import SESSION, USER, Tables
from support.documentation.blocks import owned_tasks
from support.tokens.jose_builder import private_pem

if TYPE_CHECKING:
    from pathlib import Path

    from fastjose.testing import JwksServer
    from support.documentation.blocks.docstrings import Example

FROM_MODULES = [
    "api_keys",
    "auth_js",
    "aws",
    "better_auth",
    "fastapi",
    "introspection",
    "oidc",
    "revocation",
    "sessions",
]
SUBMODULES = ["jwe", "jwk", "jws", "jwt"]
SECRET = "a-secret-of-at-least-thirty-two-bytes"
API = "https://api.example.com"
HOSTS = ["https://app.example.com", "https://auth.example.com", "https://acme.eu.auth0.com/"]
"""Issuers of examples that verify a token: a server on loopback stands in for each."""

DATABASE = "postgresql://app:password@database/app"
REDIS = "redis://redis:6379/0"


@dataclass
class Task:
    """A resource of an application."""

    owner_id: str


GIVEN: dict[str, Any] = {
    "APIKeyHeader": APIKeyHeader,
    "Annotated": Annotated,
    "Depends": Depends,
    "FastAPI": FastAPI,
    "asyncio": asyncio,
    "contextlib": contextlib,
    "os": os,
    "time": time,
    "SECRET": SECRET,
    "AUTH_SECRET": SECRET,
    "CLIENT_ID": "my-api",
    "CLIENT_SECRET": SECRET,
    "secret": SECRET,
    "Task": Task,
    "task": Task("user-1"),
    "user_id": "user-1",
    "key": "k" * 64,
    "JSONResponse": JSONResponse,
    "Request": Request,
    "Route": Route,
    "Starlette": Starlette,
    "requires": requires,
    "routes": [],
    "hardware_module": SimpleNamespace(sign=bytes),
    "log": logging.getLogger("example"),
    "mint_session": lambda _user_id: SimpleNamespace(cookies={}, end=lambda: None),
}


def create_names(example: Example, folder: Path) -> dict[str, Any]:
    """Return the names that `example` begins with."""
    own = importlib.import_module(example.module)
    public = [fastjose, *(importlib.import_module(f"fastjose.{name}") for name in FROM_MODULES)]
    return {
        **vars(own),
        **{name: getattr(module, name) for module in public for name in module.__all__},
        **{name: importlib.import_module(f"fastjose.{name}") for name in SUBMODULES},
        **GIVEN,
        **_create_values(folder),
        **_create_subject_names(example, folder),
        **{name: getattr(own, name) for name in getattr(own, "__all__", ())},
        "__name__": "example",
    }


def _create_subject_names(example: Example, folder: Path) -> dict[str, Any]:
    if "_ownership" in example.module or example.module == "fastjose.sqlmodel":
        return owned_tasks.create_names(folder, is_async=example.owner.startswith("Async"))
    return {}


def _create_values(folder: Path) -> dict[str, Any]:
    issuer, client = TokenIssuer(), importlib.import_module("fastapi.testclient")  # it warns on the newest Starlette
    return {
        "TestClient": client.TestClient,
        "app": FastAPI(),
        "engine": f"sqlite+aiosqlite:///{folder}/auth.db",
        "issuer": issuer,
        "keys": issuer.jwk_set,
        "pem": private_pem(ec.generate_private_key(ec.SECP256R1())).decode(),
        "revocations": RevocationList(),
        "token": fastjose.sign_token({"sub": "user-1", "exp": int(time.time()) + 60}, SECRET, algorithm="HS256"),
        "verifier": fastjose.Verifier(SECRET, algorithms=["HS256"]),
    }


def mint_token(example: Example, server: JwksServer) -> str:
    """Return a token that the verifier of `example` accepts."""
    url = server.issuer_url
    if example.owner == "api_verifier":
        return server.issuer.mint_token(iss=url, aud=url)
    if example.owner == "oauth_verifier":
        issuer = f"{url}/api/auth"
        return server.issuer.mint_token(header={"typ": "at+jwt"}, iss=issuer, aud=API, jti="token-1", client_id="web")
    return server.issuer.mint_token(iss=url, aud=API)


def localize(code: str, server: JwksServer) -> str:
    """Replace the issuers of an example by `server`."""
    for host in HOSTS:
        code = code.replace(host, server.issuer_url)
    return code


def create_database(folder: Path) -> str:
    """Create the tables of Better Auth, and return the URL of the database."""
    file = folder / "auth.db"
    file.touch()
    tables = Tables(f"sqlite:///{file}")
    tables.create("user", USER)
    tables.create("session", SESSION)
    columns = ("id", "key", "userId", "configId", "referenceId", "enabled", "expiresAt", "permissions", "metadata")
    tables.create("apikey", dict.fromkeys((*columns, "remaining", "createdAt", "updatedAt")))
    return f"sqlite+aiosqlite:///{file}"
