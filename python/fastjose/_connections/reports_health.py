"""`ReportsHealth`: the health of the keys, for everything that authenticates connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose.health import Health, check_health, name_settings

if TYPE_CHECKING:
    from fastjose._connections.sender import ConnectionAuthenticator


class ReportsHealth:
    """Base class of what authenticates connections."""

    _connections: ConnectionAuthenticator

    def health(self) -> Health:
        """Return which keys are available, for a readiness probe. Fetches nothing. Stores are not asked."""
        return name_settings(check_health(*self._connections.verifiers), self._connections.names)

    async def warm_up(self) -> Health:
        """Fetch the key sets that have no usable keys, and return the health: for a readiness probe, or at startup.

        A failure raises nothing, and is logged as `keys_unavailable`. However often it is called, fetches keep to the
        limits of those for unknown keys. It takes at most 7 seconds with key sets of the default settings.
        """
        await self._connections.fetch_missing_keys()
        return self.health()
