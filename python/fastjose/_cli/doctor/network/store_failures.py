"""What to change if a database or Redis does not answer, by the SQLSTATE or the type of its error."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from fastjose._cli.doctor.findings import Finding, find

_VARIABLE = "BETTER_AUTH_SESSION_STORE"
_ERROR = re.compile(r"\((\w+)(?:, (\w+))?\)")
_USER_INFO = re.compile(r"^[^:]+://(.*)@")
_UNESCAPED = frozenset("@/#?")
_ESCAPE = "write @, /, # and ? in the password as %40, %2F, %23 and %3F"
_DATABASES = {
    "3D000": (
        "database_failed",
        "the server has no such database: correct the name at the end of the path of {variable}",
    ),
    "28P01": ("database_failed", "the server refuses user and password: correct them in {variable}"),
    "28000": ("database_failed", "the server refuses the user from this machine: correct the user, or pg_hba.conf"),
    "42501": ("database_failed", "let the user of {variable} read the tables: GRANT SELECT ON … TO …"),
    "53300": ("database_failed", "the server has no free connection: raise max_connections, or lower those of others"),
    "ConnectionRefusedError": (
        "connection_refused",
        "start the database, or correct host and port in {variable}; in a container localhost is the container itself",
    ),
    "gaierror": ("host_not_found", "correct the host in {variable}"),
    "TimeoutError": ("fetch_timeout", "check host and port in {variable}, and firewalls"),
}
_REDIS = {
    "ConnectionError": (
        "connection_refused",
        "start Redis, or correct host and port in {variable}; in a container localhost is the container itself",
    ),
    "TimeoutError": ("fetch_timeout", "check host and port in {variable}, and firewalls"),
    "NoPermissionError": ("secondary_storage_failed", "let the ACL of the user permit GET for the keys of sessions"),
}


def describe_store_failure(text: str, reason: str, url: str) -> Finding:
    """Return the finding for the error that `reason` names. `text` is the problem; no part of `url` is shown."""
    found = _ERROR.search(reason)
    name, state = (found[1], found[2]) if found else ("", None)
    is_redis = "secondary storage" in reason
    if is_redis and name == "AuthenticationError":
        return find("secondary_storage_failed", text, _cure_of_password(url))
    known = _REDIS if is_redis else _DATABASES
    default = "secondary_storage_failed" if is_redis else "database_failed"
    code, cure = known.get(state or "") or known.get(name) or (default, None)
    if name == "TypeError" and "asyncpg" in urlsplit(url).scheme and "sslmode" in parse_qs(urlsplit(url).query):
        cure = "asyncpg has no sslmode: write ?ssl=… in place of ?sslmode=…, or use postgresql+psycopg://"
    if has_unescaped_password(url):
        cure = _ESCAPE
    return find(code, text, None if cure is None else cure.format(variable=_VARIABLE))


def has_unescaped_password(url: str) -> bool:
    """Return whether the user information of a URL has characters that end it."""
    found = _USER_INFO.match(url)
    return found is not None and not _UNESCAPED.isdisjoint(found[1])


def _cure_of_password(url: str) -> str:
    """Return what to do if Redis refuses the password, or requires one."""
    try:
        has_password = urlsplit(url).password is not None
    except ValueError:
        has_password = True
    if has_password:
        return f"correct the password in {_VARIABLE}, and the user if Redis has an ACL"
    return f"Redis requires a password: write it into {_VARIABLE}, as in redis://:password@host:6379/0"
