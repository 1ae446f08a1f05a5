"""`Accounts`: the users, sessions and API keys that the Better Auth of a test knows."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import string
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fastjose._sessions.timestamps import parse_timestamp
from fastjose.testing._session_cookies import create_token, default_session, default_user, to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose.settings import AuthSettings
    from fastjose.testing._session_cookies import SessionCookieIssuer

_KEY_LENGTH = 64
"""The letters of a key, as Better Auth creates it."""
_SECONDS_OF_A_KEY = 600
"""The time until the `expiresAt` that get-session reports for a key. It is not the expiry of the key."""


class MintedSession:
    """A session that an application accepts until it ends.

    Attributes:
        token: The signed session token, for the Authorization header: `Bearer {session.token}`.
        cookies: The cookies of the browser by name, percent-encoded, for the argument `cookies` of a client.

    Example:
        session = mint_session("user-1")
        client = TestClient(app, cookies=session.cookies)
        session.end()
    """

    def __init__(self, accounts: Accounts, token: str, cookies: dict[str, str]) -> None:
        """Describe a session of `accounts`."""
        self.token, self.cookies = token, cookies
        self._accounts = accounts

    def end(self) -> None:
        """Sign the user out: the store does not know the session any more.

        As in production, a `session_data` cookie is accepted without a look-up until it expires.

        Raises:
            ValueError: The session is in a store of the test's own.
        """
        self._accounts.end_session(self.token)

    def __repr__(self) -> str:
        """Return the name of the class alone: the token is a credential."""
        return "MintedSession(…)"


class Accounts:
    """Mints sessions and API keys, and knows the user of each until it ends.

    Attributes:
        has_own_store: Whether the application asks a store that the test fills itself. Sessions are then only signed.
        session_cookie_names: The names of the cookie with the session token.
        api_key_header: The name of the header with an API key.
    """

    def __init__(self, issuer: SessionCookieIssuer, settings: AuthSettings, *, has_own_store: bool = False) -> None:
        """Create accounts without any user. `issuer` signs, in the form that an application with `settings` accepts."""
        prefix = settings.better_auth_cookie_prefix
        self.has_own_store = has_own_store
        self.session_cookie_names = [f"{secure}{prefix}.session_token" for secure in ("__Secure-", "")]
        self.api_key_header = settings.better_auth_api_key_header
        self._issuer = issuer
        self._cookie_arguments: dict[str, Any] = {
            "strategy": settings.better_auth_cookie_cache,
            "prefix": prefix,
            "version": settings.better_auth_cookie_cache_version,
        }
        self._sessions: dict[str, dict[str, Any]] = {}
        self._organization_roles: dict[str, str] = {}
        self._api_keys: dict[str, dict[str, Any]] = {}

    def mint_session(
        self,
        user_id: str = "user-1",
        *,
        session: Mapping[str, Any] | None = None,
        organization_role: str | None = None,
        expires_in_seconds: float | None = None,
        **user: Any,
    ) -> MintedSession:
        """Return a session of a user who has signed in.

        Args:
            user_id: The id of the user.
            session: Fields of the session, such as `{"activeOrganizationId": "org-1", "impersonatedBy": "admin-1"}`.
                The others have defaults.
            organization_role: The roles of the user in the active organization, separated by commas. None: the user is
                not a member.
            expires_in_seconds: The time until the session ends. A negative number mints an expired one. Defaults to 7
                days.
            **user: Fields of the user, such as `role="admin"` or `banned=True`. The others have defaults.

        Raises:
            ValueError: A role is given without `activeOrganizationId`. Or the session is in a store of the test's own,
                and `session` does not have its `token`.
            TypeError: A field is not JSON, or an argument is one of JWTs alone.
        """
        fields = {**(session or {})}
        check_organization(fields, organization_role)
        if self.has_own_store and "token" not in fields:
            raise ValueError(
                "session must have the token of a row that the test has created, because the application asks the "
                'store in BETTER_AUTH_SESSION_STORE: session={"token": token}'
            )
        if expires_in_seconds is not None:
            fields.setdefault("expiresAt", to_iso(dt.timedelta(seconds=expires_in_seconds)))
        record = {"session": {**default_session(user_id), **fields}, "user": create_user(user_id, user)}
        json.dumps(record)  # raises a TypeError here, rather than in the thread of the server
        token: str = record["session"]["token"]
        if not self.has_own_store:
            self._sessions[token] = record
            if organization_role is not None:
                self._organization_roles[token] = organization_role
        cookies = self._issuer.cookies(user=record["user"], session=record["session"], **self._cookie_arguments)
        return MintedSession(self, self._issuer.session_token(token), cookies)

    def end_session(self, signed_token: str) -> None:
        """Forget a session.

        Raises:
            ValueError: The session is in a store of the test's own.
        """
        if self.has_own_store:
            raise ValueError("the session must be ended in the store of BETTER_AUTH_SESSION_STORE: delete its row")
        self._sessions.pop(signed_token.partition(".")[0], None)

    def mint_api_key(
        self,
        user_id: str = "user-1",
        *,
        expires_in_seconds: float | None = None,
        **user: Any,
    ) -> str:
        """Return an API key of a user.

        Args:
            user_id: The id of the user.
            expires_in_seconds: A negative number mints an expired key. Defaults to None: the key does not expire.
            **user: Fields of the user, such as `banned=True`. The others have defaults.

        Raises:
            ValueError: The key must be in a store of the test's own, or `permissions` are given, which get-session does
                not report.
            TypeError: A field is not JSON, or an argument is one of other credentials.
        """
        if self.has_own_store:
            raise ValueError(
                "credential must not be api_key, because the application asks the store in BETTER_AUTH_SESSION_STORE: "
                "create the key there, and send it in its header"
            )
        if "session" in user or "organization_role" in user:
            raise TypeError("session and organization_role must not be given for an API key, which has no session")
        if "permissions" in user:
            raise ValueError(
                "permissions must not be given for an API key, because Better Auth's get-session does not report them: "
                "create the key in a database of your tests, and set BETTER_AUTH_SESSION_STORE to it"
            )
        key = "".join(secrets.choice(string.ascii_letters) for _ in range(_KEY_LENGTH))
        session = {
            "id": create_token(),
            "token": key,
            "userId": user_id,
            "expiresAt": to_iso(dt.timedelta(seconds=_SECONDS_OF_A_KEY)),
        }
        record = {"session": session, "user": create_user(user_id, user)}
        json.dumps(record)
        if expires_in_seconds is None or expires_in_seconds > 0:
            self._api_keys[key] = record
        return key

    def find_session(self, token: str) -> dict[str, Any] | None:
        """Return the session of a token with or without a signature, raw or percent-encoded, or None."""
        text = unquote(token)
        unsigned = text.partition(".")[0]
        if text not in {unsigned, self._issuer.session_token(unsigned)}:
            return None
        record = self._sessions.get(unsigned)
        if record is None or (parse_timestamp(record["session"]["expiresAt"]) or 0) <= time.time():
            return None
        return record

    def find_organization_role(self, record: Mapping[str, Any], user_id: str, organization_id: str) -> str | None:
        """Return the roles of the user of a session in its active organization, or None."""
        session = record["session"]
        if (user_id, organization_id) != (session["userId"], session.get("activeOrganizationId")):
            return None
        return self._organization_roles.get(session["token"])

    def find_api_key(self, key: str) -> dict[str, Any] | None:
        """Return what get-session reports for a key, or None."""
        return self._api_keys.get(key)


def create_user(user_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a user with `fields`.

    Raises:
        TypeError: A name is an argument of JWTs alone.
    """
    if not {"omit", "header"}.isdisjoint(fields):
        raise TypeError("omit and header must not be given for this credential: they are arguments of a JWT")
    return {**default_user(), "email": f"{user_id}@example.com", **fields, "id": user_id}


def check_organization(session: Mapping[str, Any], organization_role: str | None) -> None:
    """Reject a role without an organization.

    Raises:
        ValueError: The session has no active organization.
    """
    if organization_role is not None and not session.get("activeOrganizationId"):
        raise ValueError(
            'session must have an organization for organization_role: session={"activeOrganizationId": "org-1"}'
        )


def describe_in_claims(
    session: Mapping[str, Any], organization_role: str | None, *, is_access_token: bool
) -> dict[str, Any]:
    """Return the claims `sid`, `act` and `org` of a JWT, as the documented `definePayload` of Better Auth adds them.

    An OAuth access token without `act` does not say that the user acts.

    Raises:
        ValueError: A role is given without an organization.
    """
    check_organization(session, organization_role)
    organization, administrator = session.get("activeOrganizationId"), session.get("impersonatedBy")
    claims: dict[str, Any] = {"sid": session.get("id") or create_token()}
    if administrator is not None or is_access_token:
        claims["act"] = None if administrator is None else {"sub": administrator}
    if organization is not None:
        claims["org"] = organization if organization_role is None else {"id": organization, "role": organization_role}
    return claims
