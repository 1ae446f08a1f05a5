"""Definition of the comparisons: each is a set of candidates that do the same work in turns."""

from __future__ import annotations

import contextlib
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

import benches.targets as t
from benches.comparisons.interleaved_timer import CallableCandidate, Candidate
from benches.comparisons.primitive_baseline import PUBLIC_KEY_FORMATS, primitive_candidate
from benches.support.asgi_requests import REQUESTS_PER_CALL, request_batch
from benches.support.auth_apps import (
    PAYLOAD_CLAIMS,
    REQUEST_CANDIDATES,
    candidate_requests,
    load_fastjose_auth,
    load_python_jose_auth,
)
from benches.support.costly_tokens import COSTLY_TOKENS, create_costly_token, create_valid_token
from benches.support.cpu_pin import pin_to_one_core
from benches.support.fixtures import (
    CLAIMS,
    KID,
    ORIGIN,
    SECRET,
    create_expired_token,
    create_forged_token,
    create_token,
)
from benches.support.libraries import (
    FASTJOSE_JWT,
    FASTJOSE_VERIFIER,
    FASTJOSE_VERIFIER_CACHED,
    OXYJWT,
    PYJWT,
    PYTHON_JOSE,
    create_verifier,
)
from benches.support.route_apps import (
    OTHER_ISSUER,
    USER_PATH,
    create_bearer_auth,
    create_one_issuer_app,
    create_remote_auth,
    create_role_app,
    create_two_issuers_app,
    create_user_app,
    warm_request_batch,
)
from fastjose import JOSEError, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from benches.support.libraries import Call, Library

Candidates = dict[str, Candidate]

OPERATIONS_IN_THREADS = 1_000
HASHED_BYTES = 60_000


@contextlib.contextmanager
def compare_verification(algorithm: str) -> Iterator[Candidates]:
    """Verify a token with twelve claims. For public-key algorithms, the primitive of aws-lc-rs is a candidate too."""
    token = create_token(algorithm)
    calls = {
        t.VERIFIER: FASTJOSE_VERIFIER.prepare_verification(token, algorithm, "key"),
        t.VERIFIER_CACHED: FASTJOSE_VERIFIER_CACHED.prepare_verification(token, algorithm, "key"),
        t.DECODE: FASTJOSE_JWT.prepare_verification(token, algorithm, "text"),
        t.OXYJWT_KEY: OXYJWT.prepare_verification(token, algorithm, "key"),
        t.PYJWT_TEXT: PYJWT.prepare_verification(token, algorithm, "text"),
    }
    if algorithm not in PYTHON_JOSE.unsupported_algorithms:
        calls[t.PYTHON_JOSE_TEXT] = PYTHON_JOSE.prepare_verification(token, algorithm, "text")
    candidates = _create_candidates(calls, CLAIMS.__eq__)
    with pin_to_one_core(), contextlib.ExitStack() as stack:
        if algorithm in PUBLIC_KEY_FORMATS:
            candidates[t.PRIMITIVE] = stack.enter_context(primitive_candidate(algorithm, token))
        yield candidates


@contextlib.contextmanager
def compare_signing(algorithm: str) -> Iterator[Candidates]:
    """Sign twelve claims."""
    verify = create_verifier(algorithm).verify
    calls = {
        t.ENCODE: FASTJOSE_JWT.prepare_signing(CLAIMS, algorithm, "text"),
        t.OXYJWT_KEY: OXYJWT.prepare_signing(CLAIMS, algorithm, "key"),
        t.PYTHON_JOSE_TEXT: PYTHON_JOSE.prepare_signing(CLAIMS, algorithm, "text"),
    }
    with pin_to_one_core():
        yield _create_candidates(calls, lambda token: verify(token) == CLAIMS)


@contextlib.contextmanager
def compare_token_payload() -> Iterator[Candidates]:
    """Verify a token with seven claims and return a `TokenPayload`."""
    token = create_token("HS256", PAYLOAD_CLAIMS)
    fastjose_verify, python_jose_verify = load_fastjose_auth().verify_token, load_python_jose_auth().verify_token
    calls: dict[str, Call] = {
        t.FASTJOSE: lambda: fastjose_verify(token),
        t.PYTHON_JOSE_REFERENCE: lambda: python_jose_verify(token),
    }
    with pin_to_one_core():
        yield _create_candidates(calls, lambda payload: payload.sub == PAYLOAD_CLAIMS["sub"])


@contextlib.contextmanager
def compare_requests(path: str) -> Iterator[Candidates]:
    """Answer requests in this process."""
    with pin_to_one_core(), contextlib.ExitStack() as stack:
        calls = {name: stack.enter_context(candidate_requests(name, path)) for name in REQUEST_CANDIDATES}
        yield {name: CallableCandidate(call, REQUESTS_PER_CALL) for name, call in calls.items()}


@contextlib.contextmanager
def compare_requests_in_role_app() -> Iterator[Candidates]:
    """Answer requests for the user, in an application that also uses roles and claims, and in one that does not.

    A difference means that the use of roles in one route makes the other routes slower.
    """
    apps = {t.WITH_ROLES: create_role_app(create_bearer_auth()), t.WITHOUT_ROLES: create_user_app(create_bearer_auth())}
    with pin_to_one_core(), contextlib.ExitStack() as stack:
        calls = {name: stack.enter_context(warm_request_batch(app, USER_PATH)) for name, app in apps.items()}
        yield {name: CallableCandidate(call, REQUESTS_PER_CALL) for name, call in calls.items()}


@contextlib.contextmanager
def compare_requests_of_two_issuers() -> Iterator[Candidates]:
    """Answer requests whose token one of two verifiers with remote keys accepts, and with this verifier alone.

    The other verifier does not know the key of the token: it must reject the token without a fetch.
    """
    one, other = create_remote_auth(ORIGIN, KID, 0), create_remote_auth(OTHER_ISSUER, OTHER_ISSUER, 1)
    apps = {t.TWO_ISSUERS: create_two_issuers_app(one, other), t.ONE_ISSUER: create_one_issuer_app(one)}
    token = create_token("EdDSA")
    with pin_to_one_core(), contextlib.ExitStack() as stack:
        calls = {name: stack.enter_context(request_batch(app, USER_PATH, token)) for name, app in apps.items()}
        yield {name: CallableCandidate(call, REQUESTS_PER_CALL) for name, call in calls.items()}


@contextlib.contextmanager
def compare_threads() -> Iterator[Candidates]:
    """Verify with EdDSA in one thread, and the same number of tokens in two threads, measured by wall-clock time.

    `hashlib` does the same with a hash that takes about 50 µs without the GIL. If two threads do not speed up `hashlib`
    either, the machine had no second core available.
    """
    verify, token, hashed = create_verifier("EdDSA").verify, create_token("EdDSA"), bytes(HASHED_BYTES)
    calls: dict[str, Call] = {
        "": lambda: verify(token),
        f", {t.HASHLIB}": lambda: hashlib.sha256(hashed).digest(),
    }
    with ThreadPoolExecutor(2) as pool:
        yield {
            f"{name}{suffix}": CallableCandidate(
                _share_among_threads(pool, call, thread_count), OPERATIONS_IN_THREADS, time.perf_counter
            )
            for suffix, call in calls.items()
            for name, thread_count in ((t.ONE_THREAD, 1), (t.TWO_THREADS, 2))
        }


def _share_among_threads(pool: ThreadPoolExecutor, call: Call, thread_count: int) -> Call:
    """Return a function that makes `OPERATIONS_IN_THREADS` calls, divided among the threads."""

    def run_share() -> None:
        for _ in repeat(None, OPERATIONS_IN_THREADS // thread_count):
            call()

    return lambda: [future.result() for future in [pool.submit(run_share) for _ in range(thread_count)]]


@contextlib.contextmanager
def compare_rejection(library: Library, algorithm: str) -> Iterator[Candidates]:
    """Accept a valid token, reject an expired and a forged one. A rejection includes catching the exception."""
    tokens = {
        t.ACCEPTED: create_token(algorithm),
        t.EXPIRED: create_expired_token(algorithm),
        t.FORGED: create_forged_token(algorithm),
    }
    calls = {
        name: _catch_error(library.prepare_verification(token, algorithm, "key")) for name, token in tokens.items()
    }
    assert [call() for call in calls.values()] == [CLAIMS, "expired", "bad_signature"]
    with pin_to_one_core():
        yield _create_candidates(calls)


@contextlib.contextmanager
def compare_costly_rejection() -> Iterator[Candidates]:
    """Reject the tokens whose rejection is the most expensive, and accept tokens of the same length."""
    verifier, calls = Verifier(SECRET, algorithms="HS256"), {}
    for name in COSTLY_TOKENS:
        costly = create_costly_token(name)
        tokens = {name: costly, t.accepted_for(name): create_valid_token(len(costly))}
        calls.update({key: _catch_error(partial(verifier.verify, token)) for key, token in tokens.items()})
    assert all(isinstance(call(), str) is (name in COSTLY_TOKENS) for name, call in calls.items())
    with pin_to_one_core():
        yield _create_candidates(calls)


def _catch_error(verify: Call) -> Call:
    """Return a function that returns the claims, or the code of the error."""

    def verify_or_get_code() -> Any:
        try:
            return verify()
        except JOSEError as error:
            return error.code

    return verify_or_get_code


def _create_candidates(calls: Mapping[str, Call], is_correct: Callable[[Any], bool] = lambda _: True) -> Candidates:
    """Return a candidate for each function, after checking that each returns a correct result."""
    incorrect = [name for name, call in calls.items() if not is_correct(call())]
    assert not incorrect, incorrect
    return {name: CallableCandidate(call) for name, call in calls.items()}


COMPARISONS: Mapping[str, Callable[[], AbstractContextManager[Candidates]]] = {
    t.HS256: partial(compare_verification, "HS256"),
    t.RS256: partial(compare_verification, "RS256"),
    t.ES256: partial(compare_verification, "ES256"),
    t.EDDSA: partial(compare_verification, "EdDSA"),
    t.SIGN_HS256: partial(compare_signing, "HS256"),
    t.SIGN_RS256: partial(compare_signing, "RS256"),
    t.PAYLOAD: compare_token_payload,
    t.REQUEST_USER: partial(compare_requests, "/me"),
    t.REQUEST_USER_ID: partial(compare_requests, "/user-id"),
    t.REQUEST_USER_IN_ROLE_APP: compare_requests_in_role_app,
    t.REQUEST_TWO_ISSUERS: compare_requests_of_two_issuers,
    t.THREADS: compare_threads,
    t.REJECT_HS256: partial(compare_rejection, FASTJOSE_VERIFIER, "HS256"),
    t.REJECT_EDDSA: partial(compare_rejection, FASTJOSE_VERIFIER, "EdDSA"),
    t.REJECT_COSTLY: compare_costly_rejection,
    t.REJECT_DECODE: partial(compare_rejection, FASTJOSE_JWT, "HS256"),
}
"""Comparison of each name in `targets.py`."""
