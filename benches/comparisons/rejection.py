"""Comparisons of rejected tokens with accepted ones."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import benches.targets as t
from benches.comparisons.timed_comparison import create_candidates
from benches.machine.cpu_pin import pin_to_one_core
from benches.support.costly_tokens import COSTLY_TOKENS, create_accepted_token, create_costly_token
from benches.support.fixtures import CLAIMS, SECRET, create_expired_token, create_forged_token, create_token
from fastjose import JOSEError, Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.comparisons.timed_comparison import Candidates
    from benches.support.library import Call, Library


@contextlib.contextmanager
def compare_rejection(library: Library, algorithm: str) -> Iterator[Candidates]:
    """Accept a valid token, reject an expired and a forged one. A rejection includes catching the exception."""
    tokens = {
        t.ACCEPTED: create_token(algorithm),
        t.EXPIRED: create_expired_token(algorithm),
        t.FORGED: create_forged_token(algorithm),
    }
    calls = {name: catch_error(library.prepare_verification(token, algorithm, "key")) for name, token in tokens.items()}
    assert [call() for call in calls.values()] == [CLAIMS, "expired", "bad_signature"]
    with pin_to_one_core():
        yield create_candidates(calls)


@contextlib.contextmanager
def compare_costly_rejection() -> Iterator[Candidates]:
    """Reject the tokens whose rejection is the most expensive, and accept tokens of the same length."""
    verifier, calls = Verifier(SECRET, algorithms="HS256"), {}
    for name in COSTLY_TOKENS:
        tokens = {name: create_costly_token(name), t.accepted_for(name): create_accepted_token(name)}
        calls.update({key: catch_error(partial(verifier.verify, token)) for key, token in tokens.items()})
    assert all(isinstance(call(), str) is (name in COSTLY_TOKENS) for name, call in calls.items())
    with pin_to_one_core():
        yield create_candidates(calls)


def catch_error(verify: Call) -> Call:
    """Return a function that returns the claims, or the code of the error."""

    def verify_or_get_code() -> Any:
        try:
            return verify()
        except JOSEError as error:
            return error.code

    return verify_or_get_code
