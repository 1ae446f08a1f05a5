"""Private keys in the child of a `fork()`, while other threads of the parent use them."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import jwe, jwk, jws
from support.tokens.jose_builder import ec_key, ed_key, private_pem, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable


def signing(key: Any, algorithm: str) -> Callable[[], object]:
    prepared = jwk.construct(private_pem(key).decode(), algorithm)
    public = prepared.public_key()
    return lambda: public.verify(b"message", prepared.sign(b"message"))


def decrypting() -> Callable[[], object]:
    pem = private_pem(rsa_key()).decode()
    public = jwk.construct(pem, "RSA-OAEP").public_key().to_pem()
    token = jwe.encrypt(b"content", public, algorithm="RSA-OAEP", encryption="A128GCM")
    return lambda: jwe.decrypt(token, pem) == b"content"


def signing_a_token() -> Callable[[], object]:
    pem = private_pem(rsa_key()).decode()
    return lambda: jws.sign({}, pem, algorithm="PS256")


USES: dict[str, Callable[[], Callable[[], object]]] = {
    "RS256": lambda: signing(rsa_key(), "RS256"),
    "ES256": lambda: signing(ec_key(), "ES256"),
    "EdDSA": lambda: signing(ed_key(), "EdDSA"),
    "a token of PS256": signing_a_token,
    "RSA-OAEP": decrypting,
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
@pytest.mark.parametrize("name", USES)
def test_child_uses_a_key_that_threads_of_its_parent_use(name: str) -> None:
    """AWS-LC aborts or waits without end if it uses the key of the parent."""
    use, may_end = USES[name](), threading.Event()
    assert use()

    def repeat() -> None:
        while not may_end.is_set():
            use()

    threads = [threading.Thread(target=repeat) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            child = os.fork()
            if child == 0:
                signal.alarm(20)  # ends a child that waits for a lock
                os._exit(0 if use() and use() else 1)
            _, status = os.waitpid(child, 0)
            assert status == 0
    finally:
        may_end.set()
        for thread in threads:
            thread.join()
