"""Tokens whose key must be fetched: which of them may cause a fetch, and what their waiting may occupy."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import JOSEError, JWKSetUnavailableError, Key, RemoteKeySet, Verifier, sign_token, verify_token
from fastjose._core import RequestAuthenticator
from support.processes.polling import wait_until
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks
from support.tokens.jose_builder import b64u

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

KEY, OTHER_KEY = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
SECRET = "a secret of the tests, which is long enough for every one of HS256, HS384, HS512"
ISSUER, AUDIENCE, TYP = "https://auth.example", "api", "at+jwt"


def make_key_set(kid: str = "k1") -> dict[str, Any]:
    x = b64u(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": x}]}


def make_token(
    kid: str, claims: Mapping[str, Any] | None = None, *, key: ed25519.Ed25519PrivateKey = KEY, typ: str = TYP
) -> str:
    """Return a token that the verifier of these tests accepts, with changes: a claim that is None is left out."""
    accepted = {"sub": "u", "iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 60, "tenant": "t"}
    changed = {name: value for name, value in {**accepted, **(claims or {})}.items() if value is not None}
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return sign_token(changed, pem, algorithm="EdDSA", header={"kid": kid, "typ": typ})


def make_verifier(*keys: RemoteKeySet | Key | str, **options: Any) -> Verifier:
    expected: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP, "required": ("exp", "tenant")}
    return Verifier(keys, **{**expected, **options})


def create_payload_token(payload: bytes) -> str:
    """Return a token with an unknown `kid`, this payload, and an invalid signature."""
    header = json.dumps({"alg": "EdDSA", "kid": "made-up", "typ": TYP}).encode()
    return ".".join(b64u(part) for part in (header, payload, bytes(64)))


@pytest.fixture
def proxy() -> Iterator[JwksProxy]:
    with serve_jwks(make_key_set) as proxy:
        yield proxy


# --- Every way to verify a token.


def verify_blocking(verifier: Verifier, token: str) -> object:
    return verifier.verify(token)


def try_verify(verifier: Verifier, token: str) -> object:
    return verifier.try_verify(token)


def verify_async(verifier: Verifier, token: str) -> object:
    async def verify() -> object:
        return await verifier.verify_async(token)

    return asyncio.run(verify())


def authenticate_user(verifier: Verifier, token: str) -> object:
    return RequestAuthenticator(verifier, dict, build_from_fields=dict).authenticate_user(token)


def authenticate_claims(verifier: Verifier, token: str) -> object:
    return RequestAuthenticator(verifier, dict).authenticate_claims(token)


def authenticate_request(verifier: Verifier, token: str) -> object:
    scope: dict[str, Any] = {"type": "http", "headers": [(b"authorization", b"Bearer " + token.encode())]}
    return RequestAuthenticator(verifier, dict).authenticate_user_of_request(scope)


BEARER_CALLS = [authenticate_user, authenticate_claims, authenticate_request]
CALLS = [verify_blocking, try_verify, verify_async, *BEARER_CALLS]
call_parameter = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)


def rejection_code(call: Callable[[Verifier, str], object], verifier: Verifier, token: str) -> str:
    with pytest.raises(JOSEError) as raised:
        call(verifier, token)
    return raised.value.code


# --- Unverified claims.

RULED_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "issuer": ({"iss": "https://other.example"}, "wrong_issuer"),
    "issuer with slash": ({"iss": ISSUER + "/"}, "wrong_issuer"),
    "no issuer": ({"iss": None}, "missing_claim"),
    "issuer type": ({"iss": [ISSUER]}, "invalid_claim"),
    "audience": ({"aud": ["web", "API"]}, "wrong_audience"),
    "no audience": ({"aud": None}, "missing_claim"),
    "expired": ({"exp": 1}, "expired"),
    "no exp": ({"exp": None}, "missing_claim"),
    "exp type": ({"exp": "2100-01-01"}, "invalid_claim"),
    "not yet valid": ({"nbf": 32_503_680_000}, "not_yet_valid"),
    "iat type": ({"iat": "now"}, "invalid_claim"),
    "required": ({"tenant": None}, "missing_claim"),
}


@call_parameter
@pytest.mark.parametrize("name", RULED_OUT)
def test_token_that_its_claims_rule_out_causes_no_fetch(
    proxy: JwksProxy, call: Callable[[Verifier, str], object], name: str
) -> None:
    claims, code = RULED_OUT[name]
    keys = RemoteKeySet(proxy.url)
    verifier = make_verifier(keys)
    assert rejection_code(call, verifier, make_token("k1", claims)) == code
    assert proxy.request_count == 0  # although no key is cached
    keys.fetch()
    for kid in ("made-up", "k2", ""):
        assert rejection_code(call, verifier, make_token(kid, claims)) == code
    assert proxy.request_count == 1


@call_parameter
def test_token_with_wrong_typ_or_payload_causes_no_fetch(
    proxy: JwksProxy, call: Callable[[Verifier, str], object]
) -> None:
    verifier = make_verifier(RemoteKeySet(proxy.url))
    assert rejection_code(call, verifier, make_token("k1", typ="JWT")) == "wrong_type"
    nested = b'{"exp":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    for payload in (b"", b"[]", b'{"exp":1', b'{"exp":4e9,"exp":4e9}', b"\xff", nested):
        assert rejection_code(call, verifier, create_payload_token(payload)) == "malformed"
    assert proxy.request_count == 0


@pytest.mark.parametrize("call", BEARER_CALLS, ids=lambda call: call.__name__)
@pytest.mark.parametrize(
    ("claims", "code"),
    [({"sub": None}, "missing_claim"), ({"sub": " "}, "missing_claim"), ({"cnf": {"jkt": "x"}}, "invalid_claim")],
)
def test_token_that_is_not_a_bearer_token_causes_no_fetch(
    proxy: JwksProxy, call: Callable[[Verifier, str], object], claims: dict[str, Any], code: str
) -> None:
    assert rejection_code(call, make_verifier(RemoteKeySet(proxy.url)), make_token("k1", claims)) == code
    assert proxy.request_count == 0


@call_parameter
def test_token_of_another_issuer_is_rejected_while_the_key_server_is_down(
    call: Callable[[Verifier, str], object],
) -> None:
    verifier = make_verifier(RemoteKeySet("http://127.0.0.1:1/jwks"))
    assert rejection_code(call, verifier, make_token("k1", {"iss": "https://other.example"})) == "wrong_issuer"


@call_parameter
def test_key_at_hand_decides_before_the_claims(proxy: JwksProxy, call: Callable[[Verifier, str], object]) -> None:
    keys = RemoteKeySet(proxy.url)
    keys.fetch()
    verifier = make_verifier(keys)
    for claims, code in RULED_OUT.values():
        assert rejection_code(call, verifier, make_token("k1", claims, key=OTHER_KEY)) == "bad_signature"
        assert rejection_code(call, verifier, make_token("k1", claims)) == code
    assert proxy.request_count == 1  # none to recheck the key


@call_parameter
def test_local_key_decides_before_the_claims(proxy: JwksProxy, call: Callable[[Verifier, str], object]) -> None:
    local = Key(make_key_set()["keys"][0])
    verifier = make_verifier(local, RemoteKeySet(proxy.url))
    expired = {"exp": 1}
    assert rejection_code(call, verifier, make_token("k1", expired, key=OTHER_KEY)) == "bad_signature"
    assert rejection_code(call, verifier, make_token("k1", expired)) == "expired"
    assert rejection_code(call, verifier, make_token("k2", expired)) == "expired"
    assert proxy.request_count == 0


def test_unverified_claims_accept_nothing(proxy: JwksProxy) -> None:
    verifier = make_verifier(RemoteKeySet(proxy.url))
    for forged in (make_token("made-up"), make_token("made-up", key=OTHER_KEY)):
        assert rejection_code(verify_blocking, verifier, forged) == "unknown_key"
        assert rejection_code(verify_async, verifier, forged) == "unknown_key"
    assert proxy.request_count == 4
    assert rejection_code(verify_async, verifier, make_token("k1", key=OTHER_KEY)) == "bad_signature"
    assert verify_async(verifier, make_token("k1")) == verifier.verify(make_token("k1"))


def test_token_that_expires_while_it_waits_is_rejected(proxy: JwksProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    token, codes = make_token("k1", {"exp": int(now) + 60}), []
    verifier = make_verifier(RemoteKeySet(proxy.url))
    thread = threading.Thread(target=lambda: codes.append(rejection_code(verify_blocking, verifier, token)))
    with proxy.hold_responses():
        thread.start()
        assert proxy.request_received.wait(10)
        monkeypatch.setattr(time, "time", lambda: now + 120)
    thread.join(10)
    assert codes == ["expired"]


# --- Symmetric algorithms.


@call_parameter
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_token_with_symmetric_algorithm_causes_no_fetch(
    proxy: JwksProxy, call: Callable[[Verifier, str], object], algorithm: str
) -> None:
    verifier = Verifier([Key(SECRET, kid="s1"), RemoteKeySet(proxy.url)], algorithms=[algorithm, "EdDSA"])
    claims = {"sub": "u", "exp": int(time.time()) + 60}
    assert call(verifier, sign_token(claims, SECRET, algorithm=algorithm, header={"kid": "s1"}))
    for kid, code in (("s1", "bad_signature"), (None, "bad_signature"), ("k1", "unknown_key")):
        forged = sign_token(claims, SECRET[::-1], algorithm=algorithm, header={} if kid is None else {"kid": kid})
        assert rejection_code(call, verifier, forged) == code
    assert proxy.request_count == 0


def test_token_with_asymmetric_algorithm_is_fetched_for_beside_a_secret(proxy: JwksProxy) -> None:
    verifier = Verifier([SECRET, RemoteKeySet(proxy.url)], algorithms=["HS256", "EdDSA"], audience=AUDIENCE)
    assert verifier.verify(make_token("k1"))["sub"] == "u"
    assert proxy.request_count == 1


# --- Threads.


class VerifyingThreads:
    """Threads that each verify one token, and their results: a subject, or the code of an error."""

    def __init__(self, verify: Callable[[str], Mapping[str, Any]], tokens: list[str]) -> None:
        self.results: list[str] = []
        self._verify = verify
        self._threads = [threading.Thread(target=self._run, args=(token,)) for token in tokens]
        for thread in self._threads:
            thread.start()

    def _run(self, token: str) -> None:
        try:
            self.results.append(self._verify(token)["sub"])
        except JOSEError as error:
            self.results.append(error.code)

    def join(self) -> list[str]:
        for thread in self._threads:
            thread.join(30)
        return sorted(self.results)


@pytest.mark.parametrize(
    ("options", "limit"), [({}, 4), ({"max_waiting_threads": 2}, 2), ({"max_waiting_threads": 9}, 9)]
)
def test_further_threads_are_refused_while_threads_wait(proxy: JwksProxy, options: dict[str, Any], limit: int) -> None:
    verifier = make_verifier(RemoteKeySet(proxy.url, timeout_seconds=60, **options))
    with proxy.hold_responses():
        threads = VerifyingThreads(verifier.verify, [make_token("k1") for _ in range(12)])
        wait_until(lambda: len(threads.results) == 12 - limit)
        assert set(threads.results) == {"keys_unavailable"}
        with pytest.raises(JWKSetUnavailableError, match="too many threads are waiting") as raised:
            verifier.verify(make_token("k1"))
        assert raised.value.retry_after_seconds == 1
    assert threads.join() == ["keys_unavailable"] * (12 - limit) + ["u"] * limit
    assert proxy.request_count == 1
    assert VerifyingThreads(verifier.verify, [make_token("k1") for _ in range(12)]).join() == ["u"] * 12


def test_cached_key_and_coroutines_do_not_count_as_waiting_threads(proxy: JwksProxy) -> None:
    verifier = make_verifier(RemoteKeySet(proxy.url, timeout_seconds=60))
    verifier.verify(make_token("k1"))

    async def main() -> list[dict[str, Any]]:
        proxy.request_received.clear()
        with proxy.hold_responses():
            threads = VerifyingThreads(verifier.verify, [make_token(f"made-up-{number}") for number in range(6)])
            await asyncio.to_thread(wait_until, lambda: len(threads.results) == 2)
            await asyncio.to_thread(proxy.request_received.wait, 10)
            waiting = [asyncio.ensure_future(verifier.verify_async(make_token("k2"))) for _ in range(20)]
            await asyncio.sleep(0)
            assert verifier.verify(make_token("k1")) == verifier.try_verify(make_token("k1"))
            assert rejection_code(verify_blocking, verifier, make_token("made-up", {"exp": 1})) == "expired"
            proxy.read_key_set = lambda: {"keys": make_key_set("k1")["keys"] + make_key_set("k2")["keys"]}
        await asyncio.to_thread(threads.join)
        assert threads.results.count("keys_unavailable") == 2
        return await asyncio.gather(*waiting)

    assert [claims["sub"] for claims in asyncio.run(main())] == ["u"] * 20


def test_limit_of_threads_applies_to_each_key_set_and_to_verify_token(proxy: JwksProxy) -> None:
    down = RemoteKeySet("http://127.0.0.1:1/jwks")
    keys = RemoteKeySet(proxy.url, timeout_seconds=60, max_waiting_threads=1)
    expected: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE}
    with proxy.hold_responses():
        threads = VerifyingThreads(lambda token: verify_token(token, keys, **expected), [make_token("k1")])
        assert proxy.request_received.wait(10)
        with pytest.raises(JWKSetUnavailableError, match="too many threads"):
            verify_token(make_token("k1"), keys, **expected)
        with pytest.raises(JWKSetUnavailableError, match="the connection was refused"):
            verify_token(make_token("k1"), down, **expected)
    assert threads.join() == ["u"]


def test_key_set_without_waiting_threads_raises_value_error() -> None:
    with pytest.raises(ValueError, match="max_waiting_threads must be 1 or more"):
        RemoteKeySet("https://a.example", max_waiting_threads=0)


# --- Memory.

MAX_WAITING_BYTES = 64 * 1_024**2
INTERPRETER_BYTES = 4 * 1_024**2
"""Growth that the interpreter and its allocators may add."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the resident set from /proc")
@pytest.mark.parametrize("mode", ["verify_async", "request"])
@pytest.mark.parametrize(("long_segment", "count"), [("signature", 1_000), ("payload", 1_000), ("none", 6_000)])
def test_waiting_tokens_occupy_at_most_64_mebibytes(mode: str, long_segment: str, count: int) -> None:
    command = [sys.executable, "-m", "support.memory.waiting_memory", mode, long_segment, str(count)]
    path = os.pathsep.join(filter(None, sys.path))  # the package of this test run
    environment = {**os.environ, "PYTHONPATH": path}
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    growth_bytes, waiting_count, refused_count = map(int, output.stdout.split())
    assert growth_bytes <= MAX_WAITING_BYTES + INTERPRETER_BYTES
    assert waiting_count > 100
    assert refused_count > 100
    assert waiting_count + refused_count == count + 20


def test_place_of_a_waiting_token_is_free_when_it_leaves(proxy: JwksProxy) -> None:
    verifier = make_verifier(RemoteKeySet(proxy.url, timeout_seconds=60))
    tokens = [make_token(f"made-up-{number}", {"filler": "x" * 40_000}) for number in range(800)]

    async def flood() -> int:
        """Let the tokens wait, cancel those that do, and return how many that were."""
        tasks = [asyncio.ensure_future(await_claims(verifier, token)) for token in tokens]
        await asyncio.sleep(0)
        waiting = [task for task in tasks if not task.done()]
        for task in waiting:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        refused_count = len(tokens) - len(waiting)
        expected = Counter({asyncio.CancelledError: len(waiting), JWKSetUnavailableError: refused_count})
        assert Counter(map(type, results)) == expected
        return len(waiting)

    async def main() -> None:
        first = await flood()
        assert 100 < first < 800
        deadline = time.monotonic() + 30  # generous: a place is free soon after its token has left
        while await flood() < first:  # none waits as long as the thread that frees the places has had no turn
            assert time.monotonic() < deadline, "the places of cancelled tokens stay taken"
            await asyncio.sleep(0.01)

    with proxy.hold_responses():
        asyncio.run(main())


async def await_claims(verifier: Verifier, token: str) -> object:
    return await verifier.verify_async(token)
