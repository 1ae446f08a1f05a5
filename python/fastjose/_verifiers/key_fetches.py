"""`fetch_missing_keys`: fetches the key sets that have no usable keys, before a token needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose.exceptions import JWKSetUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastjose._core import RemoteKeySet, Verifier


async def fetch_missing_keys(
    verifiers: Iterable[Verifier], log_failure: Callable[[JWKSetUnavailableError, Verifier], None]
) -> None:
    """Fetch the key sets that have no usable keys, each once and all at the same time. Keys by `kid` are not fetched.

    Args:
        verifiers: The verifiers.
        log_failure: Logs the failure of a fetch, with the first verifier of the key set. It must limit its lines.

    Raises:
        ModuleNotFoundError: anyio is not installed, which Starlette requires.
    """
    import anyio  # noqa: PLC0415 - Starlette has it; what imports this module may be used without it

    async def fetch(key_set: RemoteKeySet, verifier: Verifier) -> None:
        try:
            await key_set.fetch_if_needed_async()
        except JWKSetUnavailableError as error:
            log_failure(error, verifier)

    async with anyio.create_task_group() as tasks:
        for key_set, verifier in _first_verifiers(verifiers).items():
            if not key_set.has_usable_keys and not key_set.is_per_kid:
                tasks.start_soon(fetch, key_set, verifier)


def _first_verifiers(verifiers: Iterable[Verifier]) -> dict[RemoteKeySet, Verifier]:
    """Return each key set once, with the first of its verifiers."""
    found: dict[RemoteKeySet, Verifier] = {}
    for verifier in verifiers:
        for key_set in verifier.remote_key_sets:
            found.setdefault(key_set, verifier)
    return found
