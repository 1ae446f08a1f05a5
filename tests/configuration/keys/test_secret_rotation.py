"""Versions of the shared secret: which ones are accepted, and the rotation procedure without downtime."""

from __future__ import annotations

import json
import re
import subprocess
import time
import warnings
from pathlib import Path

import pytest
from pydantic import SecretStr

from fastjose import sign_token
from fastjose._config.keys.shared_secret import parse_versioned_secrets
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationWarning
from support.better_auth.oauth_server import issue_secret_signed_token
from support.clients.http_client import HttpClient
from support.environment.fresh_import import build_app, load_auth
from support.processes.child_process import START_SECONDS
from support.processes.node_packages import require_node_with_packages

pytestmark = pytest.mark.http

OLD, NEW, OLDER = "old-" * 12, "new-" * 12, "older" * 10
NODE_DIRECTORY = Path(__file__).parents[2] / "better_auth" / "node_oauth"


def sign_token_with(secret: str) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 900}, secret, algorithm="HS256")


class Backend:
    """A backend that a test configures by environment variables."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self.monkeypatch, self.directory = monkeypatch, directory

    def accepted_secrets(self, **environment: str) -> set[str]:
        """Return the secrets whose tokens are accepted under `environment`."""
        auth = load_auth(self.monkeypatch, self.directory, **environment)
        with HttpClient(build_app(auth)) as client:
            responses = {secret: client.get("/me", sign_token_with(secret)) for secret in (OLDER, OLD, NEW)}
        details = {response.json()["detail"] for response in responses.values() if response.status_code != 200}
        assert details <= {"Invalid token: Signature verification failed."}
        return {secret for secret, response in responses.items() if response.status_code == 200}


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Backend:
    return Backend(monkeypatch, tmp_path)


BOTH = {"BETTER_AUTH_SECRETS": f"2:{NEW},1:{OLD}"}
# The steps of docs/guide/secret-rotation.md: the step, the secrets of the tokens in use, the configuration of the
# backend, and the accepted secrets.
PROCEDURE: list[tuple[str, set[str], dict[str, str], set[str]]] = [
    ("before", {OLD}, {"BETTER_AUTH_SECRET": OLD}, {OLD}),
    ("1. backends accept both", {OLD}, {**BOTH, "JWT_ACCEPT_OLD_SECRETS": "1"}, {OLD, NEW}),
    ("2. Better Auth signs with the new one", {OLD, NEW}, {**BOTH, "JWT_ACCEPT_OLD_SECRETS": "1"}, {OLD, NEW}),
    ("3. the last old token has expired", {NEW}, BOTH, {NEW}),
    ("4. the old secret is removed", {NEW}, {"BETTER_AUTH_SECRETS": f"2:{NEW}"}, {NEW}),
]


def test_rotation_accepts_every_token_in_use_at_each_step(backend: Backend) -> None:
    configured = PROCEDURE[0][2]
    for step, secrets_in_use, environment, accepted in PROCEDURE:
        assert secrets_in_use <= backend.accepted_secrets(**configured), f"{step}: until the backends have restarted"
        assert backend.accepted_secrets(**environment) == accepted >= secrets_in_use, step
        configured = environment


def test_rotation_in_the_other_order_rejects_new_tokens(backend: Backend) -> None:
    assert NEW not in backend.accepted_secrets(BETTER_AUTH_SECRET=OLD)


def test_rotation_steps_match_the_documentation() -> None:
    text = (Path(__file__).parents[3] / "docs" / "guide" / "secret-rotation.md").read_text(encoding="utf-8")
    for setting in ("BETTER_AUTH_SECRETS=2:<new>,1:<old>", "JWT_ACCEPT_OLD_SECRETS=1"):
        assert setting in text
    assert re.findall(r"^(\d)\. ", text, flags=re.MULTILINE) == [step[0] for step, *_ in PROCEDURE[1:]]


@pytest.mark.parametrize(
    ("environment", "accepted"),
    [
        ({"BETTER_AUTH_SECRETS": f"1:{OLD}"}, {OLD}),
        ({"BETTER_AUTH_SECRETS": f"2:{NEW},1:{OLD}"}, {NEW}),
        ({"BETTER_AUTH_SECRETS": f"1:{OLD},2:{NEW}"}, {OLD}),  # the first, not the highest
        ({"BETTER_AUTH_SECRETS": f"2:{NEW},1:{OLD}", "JWT_ACCEPT_OLD_SECRETS": "0"}, {NEW}),
        ({"BETTER_AUTH_SECRETS": f"3:{NEW},2:{OLD},1:{OLDER}", "JWT_ACCEPT_OLD_SECRETS": "1"}, {NEW, OLD, OLDER}),
        ({"BETTER_AUTH_SECRETS": f"2:{NEW}", "BETTER_AUTH_SECRET": OLD}, {NEW}),
        ({"BETTER_AUTH_SECRETS": f"2:{NEW}", "BETTER_AUTH_SECRET": OLD, "JWT_ACCEPT_OLD_SECRETS": "1"}, {NEW, OLD}),
        ({"BETTER_AUTH_SECRET": OLD, "JWT_ACCEPT_OLD_SECRETS": "1"}, {OLD}),
        ({"BETTER_AUTH_SECRETS": "", "BETTER_AUTH_SECRET": OLD}, {OLD}),
    ],
)
def test_accepted_secrets_depend_on_the_environment(
    backend: Backend, environment: dict[str, str], accepted: set[str]
) -> None:
    assert backend.accepted_secrets(**environment) == accepted
    assert backend.accepted_secrets(**environment, ENVIRONMENT="production") == accepted


def test_known_default_secret_is_not_accepted_as_old_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = {"BETTER_AUTH_SECRETS": f"2:{NEW}", "BETTER_AUTH_SECRET": DEVELOPMENT_SECRET}
    with warnings.catch_warnings(record=True) as caught:
        auth = load_auth(monkeypatch, tmp_path, **environment, JWT_ACCEPT_OLD_SECRETS="1", ENVIRONMENT="production")
    assert caught == []
    with HttpClient(build_app(auth)) as client:
        assert client.get("/me", sign_token_with(NEW)).status_code == 200
        assert client.get("/me", sign_token_with(DEVELOPMENT_SECRET)).status_code == 401


@pytest.mark.parametrize(
    ("secrets", "fragments"),
    [
        (f"2:hunter22,1:{OLD}", ["BETTER_AUTH_SECRETS, entry 1", "8 bytes"]),
        (f"2:{NEW},1:{DEVELOPMENT_SECRET}", ["BETTER_AUTH_SECRETS, entry 2", "known default"]),
    ],
)
def test_each_accepted_secret_is_checked_for_strength(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secrets: str, fragments: list[str]
) -> None:
    environment = {"BETTER_AUTH_SECRETS": secrets, "JWT_ACCEPT_OLD_SECRETS": "1"}
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **environment)
    assert [fragment for fragment in fragments if fragment not in str(raised.value)] == []
    assert not any(secret in repr(raised.value) for secret in ("hunter22", OLD, NEW, DEVELOPMENT_SECRET))


@pytest.mark.parametrize(
    ("environment", "label"),
    [
        ({"BETTER_AUTH_SECRETS": f"2:{NEW},1:hunter22"}, "BETTER_AUTH_SECRETS, entry 2"),
        ({"BETTER_AUTH_SECRETS": f"3:{NEW},2:{OLD},1:hunter22"}, "BETTER_AUTH_SECRETS, entry 3"),
        ({"BETTER_AUTH_SECRETS": f"2:{NEW}", "BETTER_AUTH_SECRET": "hunter22"}, "BETTER_AUTH_SECRET must"),
    ],
)
def test_old_short_secret_only_warns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], label: str
) -> None:
    with pytest.warns(ConfigurationWarning, match=label) as warned:
        auth = load_auth(monkeypatch, tmp_path, **environment, JWT_ACCEPT_OLD_SECRETS="1", ENVIRONMENT="production")
    assert not any(secret in str(warning.message) for warning in warned for secret in ("hunter22", OLD, NEW))
    with HttpClient(build_app(auth)) as client:
        assert client.get("/me", sign_token_with("hunter22")).status_code == 200


def test_unused_old_secret_is_not_checked_for_strength(backend: Backend) -> None:
    assert backend.accepted_secrets(BETTER_AUTH_SECRETS=f"2:{NEW},1:short", ENVIRONMENT="production") == {NEW}


# Values of BETTER_AUTH_SECRETS, with the versions and secrets that Better Auth parses; None if it throws.
PARSED_SECRETS: dict[str, list[tuple[int, str]] | None] = {
    "2:new,1:old": [(2, "new"), (1, "old")],
    " 2 : new , 1:old ": [(2, "new"), (1, "old")],
    "1:with:colons:in=it": [(1, "with:colons:in=it")],
    "0:zero": [(0, "zero")],
    "007:bond": [(7, "bond")],
    "+3:plus": [(3, "plus")],
    "2x:new": [(2, "new")],
    "2.9:new": [(2, "new")],
    "\ufeff2:\u00a0new\u2003": [(2, "new")],
    "2:\x1cnew\x85": [(2, "\x1cnew\x85")],
    "new": None,
    "2:new,": None,
    ",2:new": None,
    ":new": None,
    "x2:new": None,
    "-1:new": None,
    "-0:new": [(0, "new")],  # its parseInt returns -0, which is not less than 0
    "2:": None,
    "2: ,1:old": None,
    "2:new,2:old": None,
    "2:new,02:old": None,
    "9007199254740991:new": [(2**53 - 1, "new")],
    "9007199254740993:new,9007199254740992:old": None,  # JavaScript rounds both to one version
    "9" * 5_000 + ":new": None,  # Python does not convert so many digits
    " ": None,
}


@pytest.mark.parametrize("text", PARSED_SECRETS)
def test_versioned_secrets_are_parsed_as_expected(text: str) -> None:
    expected = PARSED_SECRETS[text]
    if expected is None:
        with pytest.raises(ValueError, match=r"BETTER_AUTH_SECRETS, entry \d: ") as raised:
            parse_versioned_secrets(text)
        assert not any(secret in str(raised.value) for secret in ("new", "old"))
    else:
        secrets = parse_versioned_secrets(text)
        assert [secret.value.get_secret_value() for secret in secrets] == [secret for _, secret in expected]
        assert all(isinstance(secret.value, SecretStr) for secret in secrets)


def test_error_for_one_version_twice_names_the_entries_alone() -> None:
    # The value of one secret with commas and colons; what stands for the version is a part of it.
    with pytest.raises(ValueError, match=r"entry 3: the version must not be that of entry 2") as raised:
        parse_versioned_secrets("1:s3cret,13456789:of,13456789:somebody")
    assert "13456789" not in str(raised.value)


def test_better_auth_parses_versioned_secrets_equally() -> None:
    node = require_node_with_packages(NODE_DIRECTORY, "the parser of Better Auth for its secrets")
    completed = subprocess.run(  # noqa: S603 - a program of the tests
        [node, "secrets.mjs"],
        input=json.dumps(list(PARSED_SECRETS)),
        cwd=NODE_DIRECTORY,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=True,
    )
    responses = [response and [tuple(secret) for secret in response] for response in json.loads(completed.stdout)]
    assert dict(zip(PARSED_SECRETS, responses, strict=True)) == PARSED_SECRETS


def test_rotation_with_a_real_better_auth_accepts_its_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    both = f"2:{NEW},1:{OLD}"
    old_token, origin = issue_secret_signed_token(tmp_path / "old.log", BETTER_AUTH_SECRET=OLD)
    new_token, other_origin = issue_secret_signed_token(
        tmp_path / "new.log", BETTER_AUTH_SECRETS=both, BETTER_AUTH_SECRET=OLD
    )
    audience = {"JWT_AUDIENCE": f"{origin},{other_origin}"}

    def acceptance_of_tokens(**environment: str) -> list[bool]:
        auth = load_auth(monkeypatch, tmp_path, **environment, **audience)
        with HttpClient(build_app(auth)) as client:
            return [client.get("/me", token).status_code == 200 for token in (old_token, new_token)]

    assert acceptance_of_tokens(BETTER_AUTH_SECRET=OLD) == [True, False]
    assert acceptance_of_tokens(BETTER_AUTH_SECRETS=both, JWT_ACCEPT_OLD_SECRETS="1") == [True, True]
    assert acceptance_of_tokens(BETTER_AUTH_SECRETS=both) == [False, True]
    assert acceptance_of_tokens(BETTER_AUTH_SECRETS=f"2:{NEW}", BETTER_AUTH_SECRET=OLD) == [False, True]


@pytest.mark.parametrize("text", [f"2:{NEW},1", f"2:{NEW},2:{OLD}", f"{OLD}", f"x:{OLD}", f"2:{OLD}\udcff"])
def test_malformed_secrets_raise_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    with pytest.raises(ValueError, match="BETTER_AUTH_SECRETS, entry") as raised:
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRETS=text)
    shown = f"{raised.value} {raised.value!r} {raised.value.__context__!r}"
    assert not any(secret in shown for secret in (OLD, NEW))
