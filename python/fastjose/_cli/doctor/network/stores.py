"""Whether the stores of sessions and API keys, and the introspection endpoint, answer a question about nothing."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import string
import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastjose._cli.doctor.environment import reveal
from fastjose._cli.doctor.findings import Fact, Finding, find
from fastjose._cli.doctor.network.failures import CODES_OF_OTHER_PROTOCOLS, classify
from fastjose._cli.doctor.network.protocols import find_other_protocol
from fastjose._cli.doctor.network.redis_keys import check_redis
from fastjose._cli.doctor.network.store_failures import describe_store_failure
from fastjose._cli.doctor.values.network_options import check_files
from fastjose._credentials.api_keys import ApiKeys
from fastjose._credentials.opaque_tokens import OpaqueTokens
from fastjose._credentials.session_cookies import SessionCookies
from fastjose._credentials.session_tokens import SessionTokens
from fastjose._sessions.session_token import SessionToken
from fastjose.exceptions import JOSEError, StoreUnavailableError
from fastjose.fastapi import CredentialAuth

if TYPE_CHECKING:
    from fastjose._cli.explain.application import Application
    from fastjose.settings import AuthSettings

_ALPHABET = string.ascii_letters + string.digits
_TIMEOUT_SECONDS = 20
_SCHEMES_OF_REDIS = frozenset({"redis", "rediss", "unix", "valkey", "valkeys"})
_CURE_OF_AUTHORITY = (
    "add the certificate of the authority to those of the system, such as with SSL_CERT_FILE: JWKS_CA_CERTIFICATES is "
    "for keys and introspection"
)
_REASONS = (
    ("wrong_tables", r"must have (?:Better Auth's table|the columns)|both match"),
    ("database_file_missing", r"SQLite file"),
    ("api_keys_not_enabled", r"enableSessionForAPIKeys"),
)


def check_stores(application: Application, settings: AuthSettings) -> list[Finding | Fact]:
    """Ask each store about a session or a key that does not exist, and say what is wrong with it."""
    if not isinstance(application.auth, CredentialAuth):
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return asyncio.run(_check(application.auth, settings))


async def _check(auth: CredentialAuth[Any], settings: AuthSettings) -> list[Finding | Fact]:
    found: list[Finding | Fact] = []
    asked: set[int] = set()
    for credential in auth._authenticator.credentials:  # noqa: SLF001 - as `Application` does
        if isinstance(credential, SessionTokens | SessionCookies) and id(credential.lookup) not in asked:
            asked.add(id(credential.lookup))
            found += await _ask_store(
                "sessions", credential.lookup, SessionToken(_invent(32), raw=_invent(32)), settings
            )
        elif isinstance(credential, ApiKeys):
            found += await _ask_store("API keys", credential.lookup, _invent(64), settings)
        elif isinstance(credential, OpaqueTokens):
            found += await _introspect(credential, settings)
    return found


async def _ask_store(name: str, lookup: Any, argument: Any, settings: AuthSettings) -> list[Finding | Fact]:
    variable = "BETTER_AUTH_SESSION_STORE" if settings.better_auth_session_store is not None else "BETTER_AUTH_URL"
    try:
        await asyncio.wait_for(lookup(argument), _TIMEOUT_SECONDS)
    except StoreUnavailableError as error:
        return [_describe(variable, name, str(error), _find_url(settings))]
    except (asyncio.TimeoutError, TimeoutError):
        return [find("fetch_timeout", f"{variable}: the store of {name} does not answer")]
    except ImportError as missing:
        return [find("missing_extra", str(missing), "install the driver that the URL names")]
    finally:
        close = getattr(lookup, "close", None)
        if close is not None:
            with contextlib.suppress(Exception):
                await close()
    found: list[Finding | Fact] = [Fact("store", f"answers about {name}")]
    return found + await _check_content(name, settings)


def _find_url(settings: AuthSettings) -> str:
    return (reveal(settings.better_auth_session_store) or settings.better_auth_url or "").strip()


def _describe(variable: str, name: str, reason: str, url: str) -> Finding:
    text = f"{variable}: the store of {name} cannot answer: {reason.removeprefix('Store unavailable: ')}"
    known = next((code for code, pattern in _REASONS if re.search(pattern, reason)), None)
    if known is not None:
        return find(known, text)
    code = classify(reason)
    other = find_other_protocol(variable, url) if code in CODES_OF_OTHER_PROTOCOLS else None
    if other is not None:
        return other
    if code == "unknown_authority":
        return find(code, text, _CURE_OF_AUTHORITY)
    if code == "fetch_failed" and variable != "BETTER_AUTH_URL":
        return describe_store_failure(text, reason, url)
    return find("not_better_auth" if code == "not_a_key_set" else code, text)


async def _check_content(name: str, settings: AuthSettings) -> list[Finding | Fact]:
    """Look for signs that the store is not the one that Better Auth uses."""
    url = "" if settings.better_auth_session_store is None else _find_url(settings)
    scheme = urlsplit(url).scheme.lower() if "://" in url else ""
    if name == "sessions" and scheme in _SCHEMES_OF_REDIS:
        return await check_redis(url, settings.better_auth_session_store_prefix)
    if name == "sessions" and scheme.startswith(("sqlite", "postgresql", "postgres")):
        return await _check_rows(url)
    return []


async def _check_rows(url: str) -> list[Finding | Fact]:
    """Say that the table of sessions is empty: perhaps Better Auth keeps sessions elsewhere."""
    from fastjose._database.engines import create_engine, read_url  # noqa: PLC0415 - SQLAlchemy is optional
    from fastjose._database.layout import Layout  # noqa: PLC0415 - as above
    from fastjose._database.names import read_names  # noqa: PLC0415 - as above

    engine = create_engine(read_url(url), 5)
    try:
        from sqlalchemy import select  # noqa: PLC0415 - as above

        async with engine.connect() as connection:
            table = await connection.run_sync(
                lambda sync: Layout(sync, read_names(None, plural_tables=None), None).require_table("session")
            )
            row = (await connection.execute(select(table.column("id")).limit(1))).first()
    except Exception:  # noqa: BLE001 - the store itself has answered
        return []
    finally:
        await engine.dispose()
    return [] if row is not None else [find("session_table_empty", "the table of sessions is empty")]


async def _introspect(credential: OpaqueTokens, settings: AuthSettings) -> list[Finding | Fact]:
    try:
        await credential.introspection.introspect(f"doctor-{_invent(32)}")
    except StoreUnavailableError as error:
        reason = str(error).removeprefix("Store unavailable: ")
        return _describe_introspection(settings, reason)
    except JOSEError:
        return [Fact("introspection", "the endpoint answers, and accepts the client")]
    return [find("introspection_accepts_everything", "the introspection endpoint calls an invented token active")]


def _describe_introspection(settings: AuthSettings, reason: str) -> list[Finding | Fact]:
    code = classify(reason)
    missing = check_files(settings) if code in {"file_unreadable", "client_certificate"} else []
    if missing:
        return [*missing]
    url = settings.introspection_url
    if url is not None and settings.jwks_proxy is None and code in CODES_OF_OTHER_PROTOCOLS:
        other = find_other_protocol("INTROSPECTION_URL", url)
        if other is not None:
            return [other]
    is_of_client = re.search(r"status (?:400|401|403)|the client\b|client_secret", reason) is not None
    code = "client_refused" if is_of_client and code != "file_unreadable" else code
    return [find(code, f"the introspection endpoint does not answer clearly: {reason}")]


def _invent(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
