"""The signature verification of aws-lc-rs without a JWT pipeline, run by `benches/rust/primitive_baseline.rs`.

Python cannot call the primitive without the pipeline around it. A criterion result from another minute differs by more
than the microsecond to be measured. So a process waits on a pipe and takes its turn in each round, on the same core,
with the same key and the same token. The time for the pipe is not part of the measurement.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from benches.instructions import callgrind
from benches.instructions.forks import FEW_CALLS, MANY_CALLS
from benches.support.fixtures import get_key_pair

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BUILD = ("cargo", "bench", "--locked", "--quiet", "--bench", "primitive_baseline", "--no-run", "--message-format=json")
PUBLIC_KEY_FORMATS = {
    "RS256": (Encoding.DER, PublicFormat.PKCS1),
    "ES256": (Encoding.X962, PublicFormat.UncompressedPoint),
    "EdDSA": (Encoding.Raw, PublicFormat.Raw),
}


class PrimitiveCandidate:
    """The process as a candidate. It is started at the first call, because cargo may have to build it."""

    operations_per_call = 1

    def __init__(self, algorithm: str, token: str, key_index: int) -> None:
        """Store the command that verifies `token` by the key pair with that index."""
        self._arguments = _list_arguments(algorithm, token, key_index)
        self._exit_stack = contextlib.ExitStack()

    def time_calls(self, count: int) -> float:
        """Have the process verify `count` times and return the elapsed seconds."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        return int(process.stdout.readline()) * 1e-9

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = [_build_program(), *self._arguments]
        process = subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe)  # noqa: S603 - our own
        return self._exit_stack.enter_context(process)

    def stop(self) -> None:
        """Close the input of the process, which ends it, and wait for it."""
        self._exit_stack.close()


@contextlib.contextmanager
def primitive_candidate(algorithm: str, token: str, key_index: int) -> Iterator[PrimitiveCandidate]:
    """Provide the candidate and stop its process at the end."""
    candidate = PrimitiveCandidate(algorithm, token, key_index)
    try:
        yield candidate
    finally:
        candidate.stop()


def count_instructions_of_primitive(algorithm: str, token: str) -> float:
    """Return the instructions of one verification of `token` by the primitive, counted by callgrind."""
    command = [_build_program(), *_list_arguments(algorithm, token, 0)]
    few, many = (callgrind.count_instructions(command, f"{count}\n") for count in (FEW_CALLS, MANY_CALLS))
    return (many - few) / (MANY_CALLS - FEW_CALLS)


@cache
def _build_program() -> str:
    """Have cargo build the program and return its path."""
    output = subprocess.run(BUILD, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603 - our own
    (program,) = {executable for line in output.splitlines() if (executable := json.loads(line).get("executable"))}
    return str(program)


def _list_arguments(algorithm: str, token: str, key_index: int) -> list[str]:
    public_key = load_pem_public_key(get_key_pair(algorithm, key_index).verification_key.encode())
    key_bytes = public_key.public_bytes(*PUBLIC_KEY_FORMATS[algorithm])
    return [algorithm, base64.urlsafe_b64encode(key_bytes).rstrip(b"=").decode(), token]
