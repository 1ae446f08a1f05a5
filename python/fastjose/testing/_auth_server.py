"""`AuthServer`: the key set of an issuer, and the look-ups of sessions and API keys, as Better Auth answers them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from fastjose.testing._jwks_server import JwksServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

    from fastjose.testing._accounts import Accounts
    from fastjose.testing._issuer import TokenIssuer

_INVALID_KEY = {"code": "INVALID_API_KEY", "message": "Invalid API key."}
_NOT_A_MEMBER = {"code": "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION"}


class AuthServer(JwksServer):
    """A Better Auth server, as an application sees it. It serves the keys to any path but those of look-ups.

    Attributes:
        issuer: The issuer whose keys are served.
        url: The URL of the JWK Set.
        base_url: The URL of its routes.
        request_count: How many requests have arrived.
        status: The status of the responses. Set it to 503 to test an outage.
    """

    def __init__(self, issuer: TokenIssuer, accounts: Accounts) -> None:
        """Start the server on a free port of 127.0.0.1.

        Raises:
            ValueError: The issuer has a secret, which no key server publishes.
        """
        self._accounts = accounts
        super().__init__(issuer)
        self.base_url = self.url.removesuffix("/jwks")

    def _respond(self, target: str, headers: Message) -> tuple[int, Any]:
        url = urlsplit(target)
        if url.path.endswith("/get-session"):
            key = headers.get(self._accounts.api_key_header)
            return (HTTPStatus.OK, self._find_session(headers)) if key is None else self._describe_api_key(key)
        if url.path.endswith("/organization/get-active-member-role"):
            return self._describe_member(headers, parse_qs(url.query))
        return super()._respond(target, headers)

    def _find_session(self, headers: Message) -> dict[str, Any] | None:
        """Return the session of the bearer token, as with the plugin `bearer()`, or of the signed cookie."""
        scheme, _, bearer = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._accounts.find_session(bearer)
        pairs = (part.partition("=") for part in headers.get("Cookie", "").split(";"))
        cookies = {name.strip(): value for name, _, value in pairs}
        token = next((cookies[name] for name in self._accounts.session_cookie_names if name in cookies), "")
        return self._accounts.find_session(token) if "." in token else None

    def _describe_api_key(self, key: str) -> tuple[int, Any]:
        record = self._accounts.find_api_key(key)
        return (HTTPStatus.UNAUTHORIZED, _INVALID_KEY) if record is None else (HTTPStatus.OK, record)

    def _describe_member(self, headers: Message, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        record = self._find_session(headers)
        if record is None:
            return HTTPStatus.UNAUTHORIZED, {}
        ids = [next(iter(query.get(name, [])), "") for name in ("userId", "organizationId")]
        role = self._accounts.find_organization_role(record, *ids)
        return (HTTPStatus.FORBIDDEN, _NOT_A_MEMBER) if role is None else (HTTPStatus.OK, {"role": role})
