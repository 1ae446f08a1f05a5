"""The floor: a contestant that verifies with aws-lc-rs alone, in a process of its own (`benches/rust/primitive_baseline.rs`).

Python cannot reach the bare primitive without the pipeline around it, and a figure that criterion takes minutes before
or after is off by more than the microsecond in question. So the process waits on a pipe and takes its turn in every
round, on the same core, with the same key and the same token.
"""

from __future__ import annotations

import base64
import contextlib
import subprocess
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from benches.support.fixtures import keys

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COMMAND = ("cargo", "bench", "--locked", "--quiet", "--bench", "primitive_baseline", "--")
KEY_FORMS = {
    "RS256": (Encoding.DER, PublicFormat.PKCS1),
    "ES256": (Encoding.X962, PublicFormat.UncompressedPoint),
    "EdDSA": (Encoding.Raw, PublicFormat.Raw),
}


class Bare:
    """The process, as a contestant; it is started when it is first asked, for cargo may have to build it."""

    pieces = 1

    def __init__(self, algorithm: str, token: str) -> None:
        """Take what it will verify."""
        public = load_pem_public_key(keys(algorithm).verifying.encode())
        key = base64.urlsafe_b64encode(public.public_bytes(*KEY_FORMS[algorithm])).rstrip(b"=").decode()
        self._stack = contextlib.ExitStack()
        self._command = [*COMMAND, algorithm, key, token]

    def seconds(self, count: int) -> float:
        """Have it verify `count` times, and return how long that took, without the way there and back."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        return int(process.stdout.readline()) * 1e-9

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(self._command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe)  # noqa: S603 - our own
        return self._stack.enter_context(process)

    def stop(self) -> None:
        """Close its input, at which it ends, and wait for that."""
        self._stack.close()


@contextlib.contextmanager
def bare(algorithm: str, token: str) -> Iterator[Bare]:
    """Lend the contestant, and stop it in the end."""
    process = Bare(algorithm, token)
    try:
        yield process
    finally:
        process.stop()
