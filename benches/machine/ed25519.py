"""Ed25519 implementation of the native module, and the limits of the EdDSA targets that follow from the processor."""

from __future__ import annotations

from benches.machine.processor import get_processor_class
from fastjose import _core


def describe_ed25519() -> str:
    """Return a sentence about the processor's class, the limits that follow, and the implementation in use."""
    processor, implementation = get_processor_class().value, _core.ED25519_IMPLEMENTATION
    return f"EdDSA targets: limits for a processor with {processor}. EdDSA is verified by {implementation}."
