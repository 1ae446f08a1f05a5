"""No text that the package or Python makes of an object has a secret, a private key or a token of it.

Each public class is in one table of `support.memory.secret_objects`, so a new class without an entry fails.
"""

from __future__ import annotations

import asyncio
import copy
import faulthandler
import importlib
import io
import json
import logging
import os
import pickle
import pprint
import sys
import tempfile
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, Verifier, jwe, jws, jwt, sign_token
from fastjose.api_keys import DatabaseApiKeys, SecondaryStorageApiKeys
from fastjose.auth_js import AuthJsCookies
from fastjose.aws import alb_verifier
from fastjose.backends import AESKey, HMACKey
from fastjose.better_auth import API, api_verifier, host_verifiers, oauth_verifier, session_cookie_verifier
from fastjose.fastapi import BearerAuth, CredentialAuth, SessionCookies, SessionTokens
from fastjose.oidc import oidc_verifier
from fastjose.revocation import RedisRevocations, logout_verifier
from fastjose.sessions import DatabaseSessions, SecondaryStorageSessions
from fastjose.settings import AuthSettings
from fastjose.starlette import JwtAuthenticationBackend
from fastjose.testing import TokenIssuer
from support.memory.package_frames import variables_of_package
from support.memory.public_classes import find_public_classes
from support.memory.secret_objects import (
    BEARER,
    DATABASE_URL,
    ERRORS,
    HOLDERS,
    OTHER_SECRET,
    PICKLES_WITH_THE_SECRET,
    PROXY_URL,
    REDIS_URL,
    SECRET,
    SESSION_TOKEN,
    TOKEN,
    URL,
    WITHOUT_SECRETS,
    find_nothing,
    list_markers,
    private_pem,
    raised,
    token_verifier,
)
from support.memory.secret_objects import RSA_KEY as PRIVATE_KEY
from support.processes.pytest_process import ROOT, run_pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARKERS = list_markers()


def find_markers(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker in text]


def show_log_lines(value: object) -> str:
    """Return the lines that a logger writes of an object, with the records of the package at DEBUG."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    logger = logging.getLogger("application.of_secrets")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.handlers = [handler]
    logger.debug("%s %r", value, value, extra={"value": value})
    try:
        raise RuntimeError(value)  # noqa: TRY301 - its traceback is logged
    except RuntimeError:
        logger.exception("failed")
    return output.getvalue()


def show_warning(value: object) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(f"{value} {value!r}", stacklevel=1)
    return str(caught[0])


def show_traceback_with_locals(value: object) -> str:
    """Return a traceback with the local variables of each frame."""
    try:
        _raise_beside(value)
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return ""


def _raise_beside(local_variable: object) -> None:
    raise ValueError(type(local_variable).__name__)


def show_fault(value: object) -> str:
    """Return what faulthandler writes of the frames, one of which has the object."""
    with tempfile.TemporaryFile("w+") as output:
        _dump_beside(value, output)
        output.seek(0)
        return output.read()


def _dump_beside(_local_variable: object, output: Any) -> None:
    faulthandler.dump_traceback(output)


def show_copies(value: object) -> str:
    try:
        return f"{copy.copy(value)!r} {copy.deepcopy(value)!r}"
    except TypeError as error:
        return str(error)


def show_health(value: object) -> str:
    check = getattr(value, "health", None)
    return repr(check()) if callable(check) else ""


def show_plain_attributes(value: object) -> str:
    """Return the public properties of an object, which a debugger or a template shows."""
    names = [name for name in dir(value) if not name.startswith("_")]
    shown = []
    for name in names:
        try:
            attribute = getattr(value, name)
        except Exception as error:  # noqa: BLE001 - an attribute that is not there yet
            attribute = error
        if not isinstance(value, str):
            shown.append(f"{name}={attribute!r}")
    return "\n".join(shown)


CHANNELS: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": lambda value: "" if isinstance(value, str) else str(value),
    "format": lambda value: "" if isinstance(value, str) else f"{value}",
    "ascii": ascii,
    "pprint": pprint.pformat,
    "repr of a list": lambda value: repr([value, {"key": value}]),
    "log lines": lambda value: show_log_lines([value]),
    "warning": lambda value: show_warning([value]),
    "traceback with locals": show_traceback_with_locals,
    "faulthandler": show_fault,
    "copies": show_copies,
    "health": show_health,
    "public attributes": show_plain_attributes,
    "json.dumps": lambda value: "" if isinstance(value, str) else json.dumps({"value": value}, default=repr),
}
SHOWN_ON_PURPOSE = {
    (
        "SessionCookieIssuer",
        "public attributes",
    ): "a development issuer, whose secret the application of a test is given",
    ("RemoteKeySet", "public attributes"): "`url` is the configured URL, with its query",
}
"""Outputs whose purpose is the secret."""


def test_each_public_class_has_an_entry() -> None:
    classes = find_public_classes()
    assert set(classes) == {*HOLDERS, *WITHOUT_SECRETS, *ERRORS}
    assert not set(HOLDERS) & set(WITHOUT_SECRETS)


def test_holders_are_of_their_classes() -> None:
    classes = find_public_classes()
    assert all(type(create()) is classes[name] for name, create in HOLDERS.items())


@pytest.mark.parametrize("name", HOLDERS)
def test_no_output_of_object_has_a_secret(name: str) -> None:
    value = HOLDERS[name]()
    found = {channel: find_markers(show(value)) for channel, show in CHANNELS.items()}
    expected = {channel for holder, channel in SHOWN_ON_PURPOSE if holder == name}
    assert {channel for channel, markers in found.items() if markers} == expected


@pytest.mark.parametrize("name", HOLDERS)
@pytest.mark.parametrize("protocol", [0, pickle.HIGHEST_PROTOCOL])
def test_pickle_is_refused_or_has_no_secret(name: str, protocol: int) -> None:
    try:
        pickled = pickle.dumps(HOLDERS[name](), protocol).decode("latin-1")
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        pickled = str(error)
        assert not find_markers(pickled)
        return
    assert bool(find_markers(pickled)) == (name in PICKLES_WITH_THE_SECRET)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_no_output_of_error_has_a_secret(name: str) -> None:
    error: BaseException | None = raised(find_public_classes()[name])
    while error is not None:
        notes = getattr(error, "__notes__", None)
        texts = [str(error), repr(error), repr(error.args), repr(vars(error)), repr(notes), repr(pickle.dumps(error))]
        assert not find_markers("\n".join(texts))
        error = error.__cause__ or error.__context__


class CarelessKey:
    """A key object of another library, whose representation has the key."""

    def __repr__(self) -> str:
        return SECRET

    def to_pem(self) -> bytes:
        raise OSError("no key")


ALB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
ES256_TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
CALLS: dict[str, Callable[[], object]] = {
    "jwt.decode, key object": lambda: jwt.decode(ES256_TOKEN, CarelessKey(), ["ES256"]),
    "jwt.encode, type of the access token": lambda: jwt.encode({}, SECRET, access_token=SECRET.encode()),  # type: ignore[arg-type]
    "jws.verify, key object": lambda: jws.verify(ES256_TOKEN, CarelessKey(), ["ES256"]),
    "jws.sign, key object": lambda: jws.sign({"a": 1}, CarelessKey(), algorithm="ES256"),
    "sign_token, key object": lambda: sign_token({"a": 1}, CarelessKey(), algorithm="ES256"),
    "jwt.decode": lambda: jwt.decode(TOKEN, OTHER_SECRET, algorithms=["HS256"]),
    "jwt.decode, algorithm": lambda: jwt.decode(TOKEN, SECRET, algorithms=["RS256"]),
    "jwt.decode, access token": lambda: jwt.decode(TOKEN, OTHER_SECRET, ["HS256"], access_token=SECRET),
    "jwt.encode, key": lambda: jwt.encode({"a": 1}, SECRET, algorithm="RS256"),
    "jwt.encode, claims": lambda: jwt.encode({"a": object()}, SECRET),
    "jwt.get_unverified_header": lambda: jwt.get_unverified_header(f"A{TOKEN}"),
    "jwt.get_unverified_claims": lambda: jwt.get_unverified_claims(TOKEN.replace(".", ".A")),
    "jws.verify": lambda: jws.verify(TOKEN, OTHER_SECRET, ["HS256"]),
    "jws.sign": lambda: jws.sign({"a": 1}, SECRET, algorithm="ES256"),
    "jws.sign, algorithm": lambda: jws.sign({"a": 1}, SECRET, algorithm="none"),
    "jwe.decrypt": lambda: jwe.decrypt(jwe.encrypt(SECRET, OTHER_SECRET[:32]), SECRET[:32]),
    "jwe.decrypt, token": lambda: jwe.decrypt(TOKEN, SECRET[:32]),
    "jwe.encrypt": lambda: jwe.encrypt(SECRET, SECRET),
    "jwk.construct": lambda: HOLDERS["HMACKey"]().__class__(private_pem(PRIVATE_KEY), "HS256"),
    "HMACKey": lambda: HMACKey(SECRET, "RS256"),
    "AESKey": lambda: AESKey(SECRET, "A128KW"),
    "sign_token": lambda: sign_token({"a": 1}, SECRET, algorithm="RS256"),
    "sign_token, claims": lambda: sign_token({"a": object()}, SECRET, algorithm="HS256"),
    "Verifier": lambda: Verifier(SECRET, algorithms="RS256"),
    "Verifier.verify": lambda: Verifier(OTHER_SECRET, algorithms="HS256").verify(TOKEN),
    "AuthSettings": lambda: AuthSettings.model_validate({"better_auth_secret": {"wrong": SECRET}}),
    "SessionTokens": lambda: SessionTokens(find_nothing, secrets=[SECRET, ""]),
    "SessionCookies": lambda: SessionCookies(find_nothing, secrets=[SECRET], strategy="other"),  # type: ignore[arg-type]
    "AuthJsCookies": lambda: AuthJsCookies([SECRET, ""]),
    "TokenIssuer": lambda: TokenIssuer(secret=SECRET, algorithm="RS256"),
    "DatabaseSessions": lambda: DatabaseSessions(f"other{DATABASE_URL}"),
    "DatabaseApiKeys": lambda: DatabaseApiKeys(DATABASE_URL, timeout_seconds=-1),
    "SecondaryStorageSessions": lambda: SecondaryStorageSessions(f"other{REDIS_URL}"),
    "SecondaryStorageApiKeys": lambda: SecondaryStorageApiKeys(REDIS_URL, timeout_seconds=-1),
    "RedisRevocations": lambda: RedisRevocations(f"other{REDIS_URL}"),
    "api_verifier": lambda: api_verifier(URL, keys=private_pem(PRIVATE_KEY)),
    "oauth_verifier": lambda: oauth_verifier(URL, audience="api", keys=SECRET, leeway_seconds=-1),
    "session_cookie_verifier": lambda: session_cookie_verifier(URL, keys=SECRET, leeway_seconds=-1),
    "host_verifiers": lambda: host_verifiers(URL, allowed_hosts=["a.example.com"], keys=private_pem(PRIVATE_KEY)),
    "Profile.build_verifier": lambda: API.build_verifier(
        SECRET, issuer=URL, audience=URL, algorithms="RS256", leeway_seconds=0
    ),
    "logout_verifier": lambda: logout_verifier(SECRET, issuer=URL, client_id="api", algorithms="RS256"),
    "oidc_verifier": lambda: oidc_verifier(URL, audience="api", headers={"Authorization": f"Bearer {BEARER}\n"}),
    "alb_verifier": lambda: alb_verifier(signer=ALB, client_id="web", proxy=f"other{PROXY_URL}"),
    "look-up in DatabaseSessions": lambda: asyncio.run(DatabaseSessions(DATABASE_URL)(SESSION_TOKEN)),
    "look-up in DatabaseApiKeys": lambda: asyncio.run(DatabaseApiKeys(DATABASE_URL)(BEARER)),
    "look-up in SecondaryStorageSessions": lambda: asyncio.run(SecondaryStorageSessions(REDIS_URL)(SESSION_TOKEN)),
    "look-up in SecondaryStorageApiKeys": lambda: asyncio.run(SecondaryStorageApiKeys(REDIS_URL)(BEARER)),
}


@pytest.mark.parametrize("name", CALLS)
def test_no_frame_of_the_package_has_a_secret_in_a_traceback(name: str) -> None:
    with pytest.raises(Exception) as raised_error:  # noqa: PT011 - its frames are compared
        CALLS[name]()
    found = variables_of_package(raised_error.value)
    pending: list[BaseException | None] = [raised_error.value]
    while pending:
        error = pending.pop()
        if error is not None:
            assert not find_markers(f"{error} {error!r} {error.args!r}")
            pending += [error.__cause__, error.__context__]
    assert {place for place, text in found.items() if find_markers(text)} == set()


BUILDERS: dict[str, Callable[[], object]] = {
    "fastjose.auth": lambda: importlib.import_module("fastjose.auth"),
    "BearerAuth": BearerAuth.from_environment,
    "CredentialAuth": CredentialAuth.from_environment,
    "JwtAuthenticationBackend": JwtAuthenticationBackend.from_environment,
}
WRONG_SETTINGS = {
    "a wrong issuer": {"JWT_SECRET": SECRET, "JWT_ISSUER": "["},
    "a wrong store": {
        "BETTER_AUTH_SECRET": SECRET,
        "JWT_CREDENTIALS": "session",
        "BETTER_AUTH_SESSION_STORE": f"redis://reader:{OTHER_SECRET}@redis:{OTHER_SECRET}/0",
    },
}


@pytest.mark.parametrize("wrong", WRONG_SETTINGS)
@pytest.mark.parametrize("name", BUILDERS)
def test_no_frame_of_the_package_has_a_secret_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, wrong: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "fastjose.auth", raising=False)
    for variable, value in WRONG_SETTINGS[wrong].items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=r"JWT_ISSUER|JWT_CREDENTIALS|BETTER_AUTH_SESSION_STORE") as raised_error:
        BUILDERS[name]()
    found = variables_of_package(raised_error.value)
    assert found
    assert not find_markers(f"{raised_error.value} {found}")


def test_markers_are_found_in_what_has_them() -> None:
    """The control: each channel shows an object that gives its secret away."""

    class Careless:
        secret = SECRET
        health = staticmethod(lambda: SECRET)

        def __repr__(self) -> str:
            return SECRET

    blind = {name for name, show in CHANNELS.items() if not find_markers(show(Careless()))}
    assert blind == {"faulthandler"}  # it writes the names of functions alone
    assert all(find_markers(text) for text in (SECRET, TOKEN, private_pem(PRIVATE_KEY)))


FAILING_TESTS = """
import pytest
from support.memory.secret_objects import HOLDERS

@pytest.mark.parametrize("name", HOLDERS)
def test_fails(name):
    value = HOLDERS[name]()
    assert not name
"""


def test_report_of_pytest_with_showlocals_has_no_secret(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = ["--showlocals"]\n', encoding="utf-8"
    )
    paths = os.pathsep.join(map(str, (ROOT / "python", ROOT / "tests", tmp_path)))
    code, report = run_pytest(tmp_path, {"PYTHONPATH": paths}, test_objects=FAILING_TESTS)
    assert code == 1
    assert report.count("\nvalue      = ") == len(HOLDERS)
    assert not find_markers(report)


def test_log_of_package_at_debug_has_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for verify in (token_verifier().verify, Verifier(OTHER_SECRET, algorithms="HS256").verify):
            with pytest.raises(JOSEError):
                verify(f"{TOKEN}x")
    assert not find_markers(caplog.text)
