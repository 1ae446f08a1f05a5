"""Several versions of the shared secret: which of them counts, and the procedure that changes it without downtime."""

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
from fastjose._config.shared_secret import versioned_secrets
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationWarning
from support.better_auth_oauth_server import issue_secret_signed_token
from support.child_process import START_SECONDS
from support.fresh_import import build_app, load_auth
from support.http_client import HttpClient
from support.node_packages import require_node_with_packages

pytestmark = pytest.mark.http

OLD, NEW, OLDER = "old-" * 12, "new-" * 12, "older" * 10
FOLDER = Path(__file__).parents[1] / "better_auth" / "node_oauth"


def token(secret: str) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 900}, secret, algorithm="HS256")


class Environment:
    """The backend under an environment, and which tokens it accepts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self.monkeypatch, self.directory = monkeypatch, directory

    def accepts(self, **environment: str) -> set[str]:
        """Return the secrets under which a request is let in."""
        auth = load_auth(self.monkeypatch, self.directory, **environment)
        with HttpClient(build_app(auth)) as client:
            answers = {secret: client.get("/me", token(secret)) for secret in (OLDER, OLD, NEW)}
        details = {answer.json()["detail"] for answer in answers.values() if answer.status_code != 200}
        assert details <= {"Invalid token: Signature verification failed."}
        return {secret for secret, answer in answers.items() if answer.status_code == 200}


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    return Environment(monkeypatch, tmp_path)


BOTH = {"BETTER_AUTH_SECRETS": f"2:{NEW},1:{OLD}"}
# The steps of docs/guide/secret-rotation.md: what signed the tokens in use, and the configuration of the backend.
PROCEDURE: list[tuple[str, set[str], dict[str, str], set[str]]] = [
    ("before", {OLD}, {"BETTER_AUTH_SECRET": OLD}, {OLD}),
    ("1. backends take both", {OLD}, {**BOTH, "JWT_ACCEPT_OLD_SECRETS": "1"}, {OLD, NEW}),
    ("2. Better Auth signs with the new one", {OLD, NEW}, {**BOTH, "JWT_ACCEPT_OLD_SECRETS": "1"}, {OLD, NEW}),
    ("3. the last old token has expired", {NEW}, BOTH, {NEW}),
    ("4. the old secret is gone", {NEW}, {"BETTER_AUTH_SECRETS": f"2:{NEW}"}, {NEW}),
]


def test_the_procedure_refuses_no_good_token_at_any_step(backend: Environment) -> None:
    configured = PROCEDURE[0][2]
    for step, about, environment, accepted in PROCEDURE:
        assert about <= backend.accepts(**configured), f"{step}: until the backends have restarted"
        assert backend.accepts(**environment) == accepted >= about, step
        configured = environment


def test_the_other_order_refuses_new_tokens(backend: Environment) -> None:
    assert NEW not in backend.accepts(BETTER_AUTH_SECRET=OLD)


def test_the_documentation_has_these_steps() -> None:
    text = (Path(__file__).parents[2] / "docs" / "guide" / "secret-rotation.md").read_text(encoding="utf-8")
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
def test_which_secrets_count(backend: Environment, environment: dict[str, str], accepted: set[str]) -> None:
    assert backend.accepts(**environment) == accepted
    assert backend.accepts(**environment, ENVIRONMENT="production") == accepted


def test_the_known_default_is_no_old_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = {"BETTER_AUTH_SECRETS": f"2:{NEW}", "BETTER_AUTH_SECRET": DEVELOPMENT_SECRET}
    with warnings.catch_warnings(record=True) as seen:
        auth = load_auth(monkeypatch, tmp_path, **environment, JWT_ACCEPT_OLD_SECRETS="1", ENVIRONMENT="production")
    assert seen == []
    with HttpClient(build_app(auth)) as client:
        assert client.get("/me", token(NEW)).status_code == 200
        assert client.get("/me", token(DEVELOPMENT_SECRET)).status_code == 401


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        (f"2:{NEW},1:hunter22", ["BETTER_AUTH_SECRETS, entry 2", "8 bytes"]),
        (f"2:hunter22,1:{OLD}", ["BETTER_AUTH_SECRETS, entry 1", "8 bytes"]),
        (f"2:{NEW},1:{DEVELOPMENT_SECRET}", ["BETTER_AUTH_SECRETS, entry 2", "known default"]),
    ],
)
def test_each_secret_that_counts_is_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secrets: str, words: list[str]
) -> None:
    environment = {"BETTER_AUTH_SECRETS": secrets, "JWT_ACCEPT_OLD_SECRETS": "1"}
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the words are compared below
        load_auth(monkeypatch, tmp_path, **environment, ENVIRONMENT="production")
    assert [word for word in words if word not in str(raised.value)] == []
    with pytest.warns(ConfigurationWarning, match=words[0]) as warned:
        load_auth(monkeypatch, tmp_path, **environment)
    shown = f"{raised.value!r} {[str(warning.message) for warning in warned]}"
    assert not any(secret in shown for secret in ("hunter22", OLD, NEW, DEVELOPMENT_SECRET))


def test_an_old_secret_that_does_not_count_is_not_judged(backend: Environment) -> None:
    assert backend.accepts(BETTER_AUTH_SECRETS=f"2:{NEW},1:short", ENVIRONMENT="production") == {NEW}


# What Better Auth makes of a text, its versions and secrets; None where it throws.
TEXTS: dict[str, list[tuple[int, str]] | None] = {
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
    "-0:new": [(0, "new")],  # its parseInt knows a -0, which is not below 0
    "2:": None,
    "2: ,1:old": None,
    "2:new,2:old": None,
    "2:new,02:old": None,
    " ": None,
}


@pytest.mark.parametrize("text", TEXTS)
def test_the_secrets_are_read_as_better_auth_reads_them(text: str) -> None:
    expected = TEXTS[text]
    if expected is None:
        with pytest.raises(ValueError, match=r"BETTER_AUTH_SECRETS, entry \d: ") as raised:
            versioned_secrets(text)
        assert not any(secret in str(raised.value) for secret in ("new", "old"))
    else:
        read = versioned_secrets(text)
        assert [secret.value.get_secret_value() for secret in read] == [secret for _, secret in expected]
        assert all(isinstance(secret.value, SecretStr) for secret in read)


def test_better_auth_reads_them_so() -> None:
    node = require_node_with_packages(FOLDER, "Better Auth's own reading of its secrets")
    done = subprocess.run(  # noqa: S603 - ours
        [node, "secrets.mjs"],
        input=json.dumps(list(TEXTS)),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=True,
    )
    answers = [answer and [tuple(secret) for secret in answer] for answer in json.loads(done.stdout)]
    assert dict(zip(TEXTS, answers, strict=True)) == TEXTS


def test_the_procedure_with_a_real_better_auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    both = f"2:{NEW},1:{OLD}"
    of_old, origin = issue_secret_signed_token(tmp_path / "old.log", BETTER_AUTH_SECRET=OLD)
    of_new, other_origin = issue_secret_signed_token(
        tmp_path / "new.log", BETTER_AUTH_SECRETS=both, BETTER_AUTH_SECRET=OLD
    )
    audience = {"JWT_AUDIENCE": f"{origin},{other_origin}"}

    def accepted(**environment: str) -> list[bool]:
        auth = load_auth(monkeypatch, tmp_path, **environment, **audience)
        with HttpClient(build_app(auth)) as client:
            return [client.get("/me", token).status_code == 200 for token in (of_old, of_new)]

    assert accepted(BETTER_AUTH_SECRET=OLD) == [True, False]
    assert accepted(BETTER_AUTH_SECRETS=both, JWT_ACCEPT_OLD_SECRETS="1") == [True, True]
    assert accepted(BETTER_AUTH_SECRETS=both) == [False, True]
    assert accepted(BETTER_AUTH_SECRETS=f"2:{NEW}", BETTER_AUTH_SECRET=OLD) == [False, True]


@pytest.mark.parametrize("text", [f"2:{NEW},1", f"2:{NEW},2:{OLD}", f"{OLD}", f"x:{OLD}", f"2:{OLD}\udcff"])
def test_secrets_that_cannot_be_read_are_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="BETTER_AUTH_SECRETS, entry") as raised:
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRETS=text)
    shown = f"{raised.value} {raised.value!r} {raised.value.__context__!r}"
    assert not any(secret in shown for secret in (OLD, NEW))
