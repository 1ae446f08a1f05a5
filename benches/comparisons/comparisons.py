"""Who is measured beside whom: each contest is a set of contestants that take turns, and do the same work."""

from __future__ import annotations

import contextlib
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

import benches.targets as t
from benches.comparisons.interleaved_timer import Called, Contestant, one_core
from benches.comparisons.primitive_baseline import KEY_FORMS, bare
from benches.support.asgi_requests import BATCH
from benches.support.auth_apps import ANSWERING, PAYLOAD_CLAIMS, answering, fastjose_auth, specified_auth
from benches.support.fixtures import CLAIMS, expired_token, forged_token, token
from benches.support.libraries import FASTJOSE, OXYJWT, PYJWT, PYTHON_JOSE, SEEN_BEFORE, VERIFIER, verifier
from fastjose import JOSEError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from benches.support.libraries import Call, Library

Contestants = dict[str, Contestant]

PIECES_FOR_THREADS = 1_000
HASHED_BYTES = 60_000


@contextlib.contextmanager
def verification(algorithm: str) -> Iterator[Contestants]:
    """Verify a token of twelve claims; beside the bare primitive, where a public key verifies."""
    subject = token(algorithm)
    calls = {
        t.NATIVE: VERIFIER.verification(subject, algorithm, "key"),
        t.SEEN: SEEN_BEFORE.verification(subject, algorithm, "key"),
        t.DECODE: FASTJOSE.verification(subject, algorithm, "text"),
        t.OXYJWT_KEY: OXYJWT.verification(subject, algorithm, "key"),
        t.PYJWT_TEXT: PYJWT.verification(subject, algorithm, "text"),
    }
    if algorithm not in PYTHON_JOSE.lacks:
        calls[t.PYTHON_JOSE_TEXT] = PYTHON_JOSE.verification(subject, algorithm, "text")
    contestants = _called(calls, CLAIMS.__eq__)
    with one_core(), contextlib.ExitStack() as stack:
        if algorithm in KEY_FORMS:
            contestants[t.BARE] = stack.enter_context(bare(algorithm, subject))
        yield contestants


@contextlib.contextmanager
def signature(algorithm: str) -> Iterator[Contestants]:
    """Sign twelve claims, with a key as text."""
    verify = verifier(algorithm).verify
    calls = {
        t.ENCODE: FASTJOSE.signature(CLAIMS, algorithm, "text"),
        t.OXYJWT_KEY: OXYJWT.signature(CLAIMS, algorithm, "key"),
        t.PYTHON_JOSE_TEXT: PYTHON_JOSE.signature(CLAIMS, algorithm, "text"),
    }
    with one_core():
        yield _called(calls, lambda made: verify(made) == CLAIMS)


@contextlib.contextmanager
def token_payload() -> Iterator[Contestants]:
    """Verify a token of seven claims, to a `TokenPayload`."""
    subject = token("HS256", PAYLOAD_CLAIMS)
    ours, theirs = fastjose_auth().verify_token, specified_auth().verify_token
    calls: dict[str, Call] = {t.FASTJOSE: lambda: ours(subject), t.SPECIFIED: lambda: theirs(subject)}
    with one_core():
        yield _called(calls, lambda payload: payload.sub == PAYLOAD_CLAIMS["sub"])


@contextlib.contextmanager
def request(path: str) -> Iterator[Contestants]:
    """Answer requests in this process."""
    with one_core(), contextlib.ExitStack() as stack:
        yield {name: Called(stack.enter_context(answering(name, path)), BATCH) for name in ANSWERING}


@contextlib.contextmanager
def threads() -> Iterator[Contestants]:
    """Verify with EdDSA in one thread, and as many tokens in two, by the clock on the wall.

    Beside it `hashlib` does the same with a hash of some 50 µs, without the GIL: where that gains nothing, the machine
    had no second core to give.
    """
    verify, subject, octets = verifier("EdDSA").verify, token("EdDSA"), bytes(HASHED_BYTES)
    works: dict[str, Call] = {"": lambda: verify(subject), f", {t.CONTROL}": lambda: hashlib.sha256(octets).digest()}
    with ThreadPoolExecutor(2) as pool:
        yield {
            f"{name}{suffix}": Called(_shared(pool, work, count), PIECES_FOR_THREADS, time.perf_counter)
            for suffix, work in works.items()
            for name, count in ((t.ONE_THREAD, 1), (t.TWO_THREADS, 2))
        }


def _shared(pool: ThreadPoolExecutor, work: Call, workers: int) -> Call:
    def share() -> None:
        for _ in repeat(None, PIECES_FOR_THREADS // workers):
            work()

    return lambda: [future.result() for future in [pool.submit(share) for _ in range(workers)]]


@contextlib.contextmanager
def refusal(library: Library, algorithm: str) -> Iterator[Contestants]:
    """Refuse an expired token and a forged one, beside accepting a good one; the exception is caught, as callers do."""
    subjects = {t.ACCEPTED: token(algorithm), t.EXPIRED: expired_token(algorithm), t.FORGED: forged_token(algorithm)}
    calls = {name: _attempt(library.verification(subject, algorithm, "key")) for name, subject in subjects.items()}
    assert [call() for call in calls.values()] == [CLAIMS, "expired", "bad_signature"]
    with one_core():
        yield _called(calls)


def _attempt(verify: Call) -> Call:
    def attempt() -> Any:
        try:
            return verify()
        except JOSEError as error:
            return error.code

    return attempt


def _called(calls: Mapping[str, Call], is_right: Callable[[Any], bool] = lambda _: True) -> Contestants:
    """Return contestants that call; each has first done the work, and done it right."""
    wrong = [name for name, call in calls.items() if not is_right(call())]
    assert not wrong, wrong
    return {name: Called(call) for name, call in calls.items()}


CONTESTS: Mapping[str, Callable[[], AbstractContextManager[Contestants]]] = {
    t.HS256: partial(verification, "HS256"),
    t.RS256: partial(verification, "RS256"),
    t.ES256: partial(verification, "ES256"),
    t.EDDSA: partial(verification, "EdDSA"),
    t.SIGN_HS256: partial(signature, "HS256"),
    t.SIGN_RS256: partial(signature, "RS256"),
    t.PAYLOAD: token_payload,
    t.REQUEST_USER: partial(request, "/me"),
    t.REQUEST_USER_ID: partial(request, "/user-id"),
    t.THREADS: threads,
    t.REFUSE_HS256: partial(refusal, VERIFIER, "HS256"),
    t.REFUSE_EDDSA: partial(refusal, VERIFIER, "EdDSA"),
    t.REFUSE_DECODE: partial(refusal, FASTJOSE, "HS256"),
}
