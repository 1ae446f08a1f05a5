"""The signature verification of aws-lc-rs without a JWT pipeline, run by `benches/rust/primitive_baseline.rs`.

Python cannot call the primitive without the pipeline around it. A criterion result from another minute differs by more
than the microsecond to be measured. So a worker process takes its turn in each round, on the same core, with the same
key and the same token.
"""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from benches.comparisons.worker_process import WorkerCandidate, worker_process
from benches.support.fixtures import get_key_pair

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = ("cargo", "bench", "--locked", "--quiet", "--bench", "primitive_baseline", "--")
PUBLIC_KEY_FORMATS = {
    "RS256": (Encoding.DER, PublicFormat.PKCS1),
    "ES256": (Encoding.X962, PublicFormat.UncompressedPoint),
    "EdDSA": (Encoding.Raw, PublicFormat.Raw),
}


@contextlib.contextmanager
def primitive_candidate(algorithm: str, token: str) -> Iterator[WorkerCandidate]:
    """Provide the candidate that verifies `token` with the primitive only."""
    public_key = load_pem_public_key(get_key_pair(algorithm).verification_key.encode())
    key_bytes = public_key.public_bytes(*PUBLIC_KEY_FORMATS[algorithm])
    key = base64.urlsafe_b64encode(key_bytes).rstrip(b"=").decode()
    with worker_process([*COMMAND, algorithm, key, token]) as worker:
        yield WorkerCandidate(worker)
