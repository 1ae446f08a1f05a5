"""Ed25519 backend of the native module, and the limits of the EdDSA targets that follow from the processor."""

from __future__ import annotations

from benches.machine.processor import get_processor_class
from fastjose import _core

BACKEND_FUNCTION = "ed25519_backend"
"""Function of the native module that names the implementation in use. Modules built before it do not have it."""


def get_ed25519_backend() -> str | None:
    """Return the name of the implementation in use, or None if the native module does not tell."""
    get_backend = getattr(_core, BACKEND_FUNCTION, None)
    return None if get_backend is None else str(get_backend())


def describe_ed25519() -> str:
    """Return a sentence about the processor's class, the limits that follow, and the backend in use."""
    processor = get_processor_class().value
    backend = get_ed25519_backend() or "not named by the native module"
    return f"EdDSA targets: limits for a processor with {processor}. Ed25519 backend: {backend}."
