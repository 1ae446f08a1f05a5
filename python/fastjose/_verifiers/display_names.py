"""The names of verifiers and key sets in metrics and health: from the configuration alone, and without a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._core import url_origin

if TYPE_CHECKING:
    from fastjose._core import RemoteKeySet, Verifier


def name_verifier(verifier: Verifier) -> str:
    """Return the configured issuers of a verifier, separated by commas. Empty if it has none."""
    return ",".join(verifier.issuers)


def name_key_set(key_set: RemoteKeySet) -> str:
    """Return the configured issuer of a key set, or the origin of its URL, whose path and query may be secret."""
    return key_set.issuer or url_origin(key_set.url)
