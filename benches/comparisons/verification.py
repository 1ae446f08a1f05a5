"""Comparisons of verification and signing: with other libraries, with the primitive alone, with two threads."""

from __future__ import annotations

import contextlib
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

import benches.targets as t
from benches.comparisons.interleaved_timer import CallableCandidate
from benches.comparisons.primitive_baseline import primitive_candidate
from benches.comparisons.timed_comparison import create_candidates
from benches.machine.cpu_pin import pin_to_one_core
from benches.support.auth_apps import PAYLOAD_CLAIMS, load_fastjose_auth, load_python_jose_auth
from benches.support.claims_types import to_dict
from benches.support.fixtures import CLAIMS, CLAIMS_BY_SIZE, ORIGIN, create_token
from benches.support.libraries import (
    FASTJOSE_JWT,
    FASTJOSE_VERIFIER,
    FASTJOSE_VERIFIER_CACHED,
    JOSERFC,
    OXYJWT,
    PYJWT,
    PYTHON_JOSE,
    RYJWT,
    create_verifier,
)
from benches.support.remote_keys import fetch_remote_key_set, serve_eddsa_key
from benches.support.ryjwt_library import open_jwks_client
from fastjose import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benches.comparisons.timed_comparison import Candidates
    from benches.support.library import Call, KeyForm, Library

RYJWT_CANDIDATES: Mapping[str, Library] = {t.RYJWT_KEY: RYJWT} if RYJWT else {}
OPERATIONS_IN_THREADS = 1_000
HASHED_BYTES = 60_000


@contextlib.contextmanager
def compare_verification(algorithm: str) -> Iterator[Candidates]:
    """Verify a token with twelve claims."""
    token = create_token(algorithm)
    forms: Mapping[str, tuple[Library, KeyForm]] = {
        t.VERIFIER: (FASTJOSE_VERIFIER, "key"),
        t.VERIFIER_CACHED: (FASTJOSE_VERIFIER_CACHED, "key"),
        t.DECODE: (FASTJOSE_JWT, "text"),
        **{name: (library, "key") for name, library in RYJWT_CANDIDATES.items()},
        t.OXYJWT_KEY: (OXYJWT, "key"),
        t.JOSERFC_KEY: (JOSERFC, "key"),
        t.PYJWT_TEXT: (PYJWT, "text"),
        t.PYJWT_KEY: (PYJWT, "key"),
        t.PYTHON_JOSE_TEXT: (PYTHON_JOSE, "text"),
        t.PYTHON_JOSE_KEY: (PYTHON_JOSE, "key"),
    }
    calls = {
        name: library.prepare_verification(token, algorithm, form)
        for name, (library, form) in forms.items()
        if algorithm not in library.unsupported_algorithms
    }
    with pin_to_one_core():
        yield create_candidates(calls, CLAIMS.__eq__)


@contextlib.contextmanager
def compare_hs256_verification(size: str) -> Iterator[Candidates]:
    """Verify an HS256 token with the claims of that size, by fastjose and by its fastest peers."""
    claims = CLAIMS_BY_SIZE[size]
    token = create_token("HS256", claims)
    libraries = {t.VERIFIER: FASTJOSE_VERIFIER, **RYJWT_CANDIDATES, t.OXYJWT_KEY: OXYJWT}
    calls = {name: library.prepare_verification(token, "HS256", "key") for name, library in libraries.items()}
    with pin_to_one_core():
        yield create_candidates(calls, claims.__eq__)


@contextlib.contextmanager
def compare_verification_into(claims_type: type) -> Iterator[Candidates]:
    """Verify an HS256 token with twelve claims, and return them as an instance of `claims_type`."""
    token = create_token("HS256")
    verify: Callable[..., Any] = create_verifier("HS256").verify
    calls: dict[str, Call] = {t.VERIFIER: partial(verify, token, into=claims_type)}
    if RYJWT:
        key = RYJWT.create_verification_key("HS256")
        calls[t.RYJWT_KEY] = partial(key.decode, token, into=claims_type)
    with pin_to_one_core():
        yield create_candidates(calls, lambda claims: isinstance(claims, claims_type) and to_dict(claims) == CLAIMS)


@contextlib.contextmanager
def compare_with_primitive(algorithm: str, key_index: int) -> Iterator[Candidates]:
    """Verify a token with twelve claims, and the same signature by aws-lc-rs alone, with the key pair of that index."""
    token = create_token(algorithm, key_index=key_index)
    calls = {t.VERIFIER: partial(create_verifier(algorithm, key_index=key_index).verify, token)}
    with pin_to_one_core(), primitive_candidate(algorithm, token, key_index) as primitive:
        yield {**create_candidates(calls, CLAIMS.__eq__), t.PRIMITIVE: primitive}


@contextlib.contextmanager
def compare_key_set_url() -> Iterator[Candidates]:
    """Verify with EdDSA and a key set that was fetched from a URL before, with and without a token cache."""
    token = create_token("EdDSA")
    with pin_to_one_core(), serve_eddsa_key() as url:
        keys = fetch_remote_key_set(url)
        verifiers = {
            name: Verifier(keys, issuer=ORIGIN, audience=ORIGIN, cache_size=cache_size)
            for name, cache_size in ((t.VERIFIER, 0), (t.VERIFIER_CACHED, 1_000))
        }
        calls: dict[str, Call] = {name: partial(verifier.verify, token) for name, verifier in verifiers.items()}
        if client := open_jwks_client(url):
            calls[t.RYJWT_JWKS_CLIENT] = partial(client.decode, token)
        yield create_candidates(calls, CLAIMS.__eq__)


@contextlib.contextmanager
def compare_signing(algorithm: str) -> Iterator[Candidates]:
    """Sign twelve claims."""
    verify = create_verifier(algorithm).verify
    calls = {
        t.ENCODE: FASTJOSE_JWT.prepare_signing(CLAIMS, algorithm, "text"),
        **{name: library.prepare_signing(CLAIMS, algorithm, "key") for name, library in RYJWT_CANDIDATES.items()},
        t.OXYJWT_KEY: OXYJWT.prepare_signing(CLAIMS, algorithm, "key"),
        t.PYTHON_JOSE_TEXT: PYTHON_JOSE.prepare_signing(CLAIMS, algorithm, "text"),
    }
    with pin_to_one_core():
        yield create_candidates(calls, lambda token: verify(token) == CLAIMS)


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
        yield create_candidates(calls, lambda payload: payload.sub == PAYLOAD_CLAIMS["sub"])


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
