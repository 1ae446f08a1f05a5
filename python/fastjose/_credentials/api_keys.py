"""`ApiKeys`: API keys of `@better-auth/api-key` in a header of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from fastjose._api_keys.validation import api_key_error, validate_api_key
from fastjose._arguments import check_names, check_text
from fastjose._core import RemoteApiKeys
from fastjose._credentials.principal import CredentialName, Principal
from fastjose._places.sources import KeyHeader
from fastjose._program_only import program_only
from fastjose._sessions.lookup import call_store, validate_answer

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Set as AbstractSet

    from starlette.requests import HTTPConnection

ApiKeyLookup: TypeAlias = Callable[[str], Awaitable[Mapping[str, Any] | None]]
"""An async function from an API key to `{"apiKey": {…}, "user": {…}}`, or to None for an unknown key."""

_MAX_KEY_CHARS = 512


def check_key_header(name: str) -> str:
    """Return the name of a header that can have an API key.

    Raises:
        TypeError: It is not a str.
        ValueError: It is not the name of a header of its own.
    """
    check_text("header", name, "x-api-key")
    is_name = name.isascii() and name.replace("-", "").isalnum()
    if not is_name or name.lower() in {"authorization", "cookie", "host"}:
        raise ValueError("header must be the name of a header of its own, such as x-api-key")
    return name


class ApiKeys:
    """API keys in the header `x-api-key`, or in another one. Immutable.

    A key grants its `permissions` (`require_permission("files:read")`). It does not grant the roles of its user. Better
    Auth's limits of use are not counted here: see `fastjose.api_keys`.

    Example:
        auth = CredentialAuth(ApiKeys(DatabaseApiKeys(engine)))
    """

    name: CredentialName = "api_key"

    @program_only("ApiKeys must be given to CredentialAuth: write Depends(auth.current_user)")
    def __init__(
        self,
        lookup: ApiKeyLookup,
        *,
        header: str = "x-api-key",
        config_ids: Collection[str] | None = None,
        organization_config_ids: Collection[str] | None = None,
    ) -> None:
        """Accept the keys that `lookup` knows.

        Args:
            lookup: A store, or any `async def lookup(key) -> Mapping | None` of the application.
            header: The name of the header (`apiKeyHeaders`). Not `Authorization`.
            config_ids: The `configId` of the configurations whose keys are accepted. None, the default: all of them.
            organization_config_ids: The `configId` of the configurations whose keys organizations own (`references:
                "organization"`). The user of such a key is the organization: `organization:` and its id. None, the
                default: there are none, and a store that does not know the user of a key is refused.

        Raises:
            TypeError: `lookup` cannot be called, or `config_ids` or `organization_config_ids` is not a list of str.
            ValueError: `header` is not the name of a header of its own, or `config_ids` is given together with
                `RemoteApiKeys`: Better Auth does not report the configuration of a key.
        """
        if not callable(lookup):
            raise TypeError("lookup must be a store of API keys, or an async function of a key")
        if isinstance(lookup, RemoteApiKeys) and config_ids is not None:
            raise ValueError("config_ids must be None for RemoteApiKeys, because Better Auth does not report them")
        self.lookup = lookup
        self.source = KeyHeader(check_key_header(header))
        self._config_ids = None if config_ids is None else frozenset(check_names("config_ids", config_ids, "default"))
        self._organization_config_ids: frozenset[str] | None = None
        if organization_config_ids is not None:
            names = check_names("organization_config_ids", organization_config_ids, "organization")
            self._organization_config_ids = frozenset(names)

    async def authenticate_connection(
        self, connection: HTTPConnection, _named_fields: AbstractSet[str]
    ) -> Principal | None:
        """Return the owner of the key of a request, or None without the header.

        Raises:
            APIKeyError: The key is unknown, disabled, expired or used up, or its user is banned.
            StoreUnavailableError: The store cannot answer.
        """
        if not self.source.is_present(connection):
            return None
        key = self.source.find(connection)
        if key is None or len(key) > _MAX_KEY_CHARS or not (key.isascii() and key.isprintable()):
            raise api_key_error("malformed_api_key")
        record = await call_store(self.lookup, key)
        api_key, claims = validate_answer(
            lambda: validate_api_key(record, self._organization_config_ids, self._config_ids)
        )
        return Principal("api_key", claims, api_key=api_key)
