"""Random calls of PyJWT's `decode`, changed by `fastjose.migrate`: no random token is accepted only afterwards."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest

import fastjose.jwk  # noqa: F401 - `sign` requires it
from fastjose import JWTError
from fastjose._core import sign
from fastjose._migrate.edits import apply_edits
from fastjose._migrate.pyjwt import find_changes

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "a secret of at least thirty-two octets"
ARGUMENTS: dict[str, list[str]] = {
    "options": [
        *("None", "{}", '{"require": ["exp"]}', '{"require": ["exp", "tier"]}', '{"verify_aud": False}'),
        *('{"verify_iss": False}', '{"verify_iat": False}', '{"verify_signature": True, "require": []}'),
        *('{"verify_aud": False, "verify_iss": False, "require": ("sub",)}', '{"strict_aud": False}'),
    ],
    "audience": ["None", '"a"', '["a", "b"]', '{"a"}'],
    "issuer": ["None", '"i"', '["i", "j"]', '("i",)'],
    "subject": ["None", '"u"'],
    "leeway": ["0", "10", "10.5", "timedelta(seconds=10)"],
}
NUMBERS = [None, "x", True, -1, 10**30]
CLAIMS: dict[str, list[Any]] = {
    "aud": ["a", ..., "b", "c", ["a"], ["c"], ["a", "c"], [], "", None, 1, ["a", 1], {"a": 1}],
    "iss": ["i", ..., "j", "k", "", None, 1, ["i"]],
    "sub": ["u", ..., "v", "", None, 1],
    "exp": [lambda now: now + 60, ..., lambda now: now - 5, lambda now: now - 60, lambda now: str(now + 60), *NUMBERS],
    "nbf": [lambda now: now - 60, ..., lambda now: now + 5, lambda now: now + 60, lambda now: str(now - 60), *NUMBERS],
    "iat": [lambda now: now - 60, ..., lambda now: now + 5, lambda now: now + 60, lambda now: str(now + 60), *NUMBERS],
    "tier": ["x", ..., None, 0, ""],
    "jti": ["x", ..., None, 1],
}
SITES = 60
TOKENS = 40


def create_site(randomness: random.Random) -> str:
    """Return a function that calls `decode` with random arguments, in random order."""
    chosen = [f"{name}={randomness.choice(values)}" for name, values in ARGUMENTS.items() if randomness.random() < 0.7]
    randomness.shuffle(chosen)
    arguments = ", ".join(["token", "SECRET", 'algorithms=["HS256"]', *chosen])
    return f"import jwt\nfrom datetime import timedelta\ndef verify(token): return jwt.decode({arguments})\n"


def create_token(randomness: random.Random) -> str:
    """Return a token whose claims are mostly valid."""
    chosen = {
        name: values[0] if randomness.random() < 0.8 else randomness.choice(values) for name, values in CLAIMS.items()
    }
    now = int(time.time())
    claims = {name: value(now) if callable(value) else value for name, value in chosen.items() if value is not ...}
    return sign(b'{"alg":"HS256"}', json.dumps(claims).encode(), SECRET, "HS256")


def load(code: str) -> Callable[[str], object]:
    names: dict[str, Any] = {"SECRET": SECRET}
    exec(code, names)  # noqa: S102 - trusted code
    verify: Callable[[str], object] = names["verify"]
    return verify


def is_accepted(verify: Callable[[str], object], token: str) -> bool:
    """Return whether a token is accepted. An error that is not about the token is not caught."""
    try:
        verify(token)
    except (jwt.InvalidTokenError, JWTError):
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_no_token_is_accepted_only_after_the_change(seed: int) -> None:
    randomness = random.Random(seed)  # noqa: S311 - a test
    accepted = 0
    for _ in range(SITES):
        code = create_site(randomness)
        changes = find_changes(code)
        assert not changes.by_hand, code
        before = load(code)
        after = load(apply_edits(code, sorted(changes.edits, key=lambda edit: edit.start)))
        for _ in range(TOKENS):
            token = create_token(randomness)
            is_accepted_after = is_accepted(after, token)
            assert is_accepted(before, token) or not is_accepted_after, (code, token)
            accepted += is_accepted_after
    assert accepted > SITES
