"""The users and their sessions at Better Auth, which alone makes and ends them; and the log of what it confirmed."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import httpx

from end_to_end.sessions.oracle import FOREVER, CookieCache, Life
from support.better_auth.totp import compute_totp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

    from support.better_auth.server import BetterAuth

PASSWORD = "correct horse battery staple"
TIMEOUT_SECONDS = 15
PAST_THE_CACHE = "?disableCookieCache=true&disableRefresh=true"


@dataclass
class User:
    """A user who has signed up; `totp_uri` is set if two factors are required of the user."""

    id: str
    email: str
    totp_uri: str | None = field(default=None, repr=False)


@dataclass
class SignedIn:
    """One session of a user, as a browser and a native client hold it.

    Attributes:
        user: The user.
        token: The session token without a signature, as in the body of the response.
        bearer: The value of `set-auth-token`: signed, and percent-encoded by Better Auth 1.4.
        cookies: The cookies by name, with the values as they were sent.
        life: The log of this session.
        cache: The times of the `session_data` cookie, or None without one.
        api_key: An API key of the user, if the run is about keys; `life` is then its life.
        api_key_id: The id of the API key.
    """

    user: User
    token: str
    bearer: str
    cookies: dict[str, str] = field(repr=False)
    life: Life
    cache: CookieCache | None
    api_key: str = field(default="", repr=False)
    api_key_id: str = ""

    @property
    def token_cookie(self) -> str:
        """The header with the one cookie that names the session."""
        return next(f"{name}={value}" for name, value in self.cookies.items() if name.endswith("session_token"))

    @property
    def cookie_header(self) -> str:
        """The header with every cookie."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class ActionError(Exception):
    """Better Auth did not confirm an action."""


class Accounts:
    """A client of Better Auth that signs users up, in and out."""

    def __init__(self, server: BetterAuth, *, keeps_sessions_of_removed_users: bool = False) -> None:
        """Prepare a client for `server`.

        With `keeps_sessions_of_removed_users`, sessions are revoked before their user is removed. Better Auth 1.4
        deletes them from its database only, and they live on in a secondary storage.
        """
        self._server = server
        self._keeps_sessions_of_removed_users = keeps_sessions_of_removed_users
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(
            headers={"origin": server.origin}, cookies=no_cookies, timeout=TIMEOUT_SECONDS, trust_env=False
        )
        self._numbers = itertools.count()
        self.last_action = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    # --- Sessions begin ---

    async def sign_up(self, **fields: str) -> SignedIn:
        """Sign up a new user, who is then signed in."""
        email = f"user-{next(self._numbers)}-{time.monotonic_ns()}@example.com"
        sent_at = time.time()
        response = await self._post("/sign-up/email", email=email, password=PASSWORD, name="A User", **fields)
        return self._read_session(User(response.json()["user"]["id"], email), response, sent_at)

    async def sign_in(self, user: User) -> SignedIn:
        """Sign in with the password, and with the second factor if the user has one."""
        sent_at = time.time()
        response = await self._post("/sign-in/email", email=user.email, password=PASSWORD)
        if user.totp_uri is not None:
            sent_at = time.time()
            response = await self._post(
                "/two-factor/verify-totp", read_cookies(response), code=compute_totp(user.totp_uri)
            )
        return self._read_session(user, response, sent_at)

    async def send_password_alone(self, user: User) -> SignedIn:
        """Do the password step of a user who has two factors. The result is what a client can keep from it."""
        assert user.totp_uri is not None
        sent_at = time.time()
        response = await self._post("/sign-in/email", email=user.email, password=PASSWORD)
        if response.json().get("twoFactorRedirect") is not True:
            raise ActionError("the password alone was enough")
        bearer = response.headers["set-auth-token"]
        name = next(line.split("=")[0] for line in response.headers.get_list("set-cookie") if "session_token" in line)
        token = bearer.split(".")[0]
        cookies = {name: bearer if "%" in bearer else encode_cookie(bearer)}
        life = Life(user.id, since=FOREVER, end_requested_at=sent_at, ended_at=sent_at)
        return SignedIn(user, token, bearer, cookies, life, None)

    async def require_two_factors(self, signed_in: SignedIn) -> User:
        """Turn on the second factor of the user; this ends the session."""
        with Ending([signed_in]) as ending:
            response = await self._post("/two-factor/enable", signed_in.token_cookie, password=PASSWORD)
            signed_in.user.totp_uri = response.json()["totpURI"]
            if await self.is_alive(signed_in):  # Better Auth keeps or replaces the session, depending on its version
                await self._post("/sign-out", signed_in.token_cookie)
            await self._confirm(ending)
        return signed_in.user

    async def sign_up_admin(self) -> SignedIn:
        """Sign up an administrator."""
        signed_in = await self.sign_up()
        await self._post_to_server("/make-admin", userId=signed_in.user.id)
        return await self.sign_in(signed_in.user)

    async def refresh_cookies(self, signed_in: SignedIn) -> None:
        """Fetch the session as a browser does, which renews its cookie cache."""
        sent_at = time.time()
        response = await self._get("/get-session", signed_in.token_cookie)
        if response.json() is None:
            return
        signed_in.cookies |= _parse_cookies(response)
        signed_in.cache = self._read_cache(response, sent_at)

    # --- Sessions end ---

    async def sign_out(self, signed_in: SignedIn) -> None:
        """Sign out."""
        with Ending([signed_in]) as ending:
            await self._post("/sign-out", signed_in.token_cookie)
            await self._confirm(ending)

    async def revoke_sessions(self, signed_in: SignedIn, sessions: Iterable[SignedIn]) -> None:
        """End all `sessions` of the user, by one of them."""
        with Ending(sessions) as ending:
            await self._post("/revoke-sessions", signed_in.token_cookie)
            await self._confirm(ending)

    async def revoke_session(self, signed_in: SignedIn, other: SignedIn) -> None:
        """End the `other` session of the user."""
        with Ending([other]) as ending:
            await self._post("/revoke-session", signed_in.token_cookie, token=other.token)
            await self._confirm(ending)

    async def ban(self, admin: SignedIn, sessions: Iterable[SignedIn]) -> None:
        """Ban the user of `sessions`, who all end."""
        with Ending(sessions) as ending:
            await self._post("/admin/ban-user", admin.token_cookie, userId=ending[0].user.id)
            await self._confirm(ending)

    async def remove(self, admin: SignedIn, sessions: Iterable[SignedIn]) -> None:
        """Delete the user of `sessions`, who all end."""
        with Ending(sessions) as ending:
            if self._keeps_sessions_of_removed_users:
                await self._post("/admin/revoke-user-sessions", admin.token_cookie, userId=ending[0].user.id)
            await self._post("/admin/remove-user", admin.token_cookie, userId=ending[0].user.id)
            await self._confirm(ending)

    async def shorten(self, signed_in: SignedIn, seconds: float) -> None:
        """Let the session expire by itself in `seconds`."""
        answer = await self._post_to_server("/shorten-session", token=signed_in.token, seconds=seconds)
        expires_at = datetime.fromisoformat(answer["expiresAt"].replace("Z", "+00:00"))
        signed_in.life.expire_at(expires_at.timestamp())

    # --- Questions ---

    async def is_alive(self, signed_in: SignedIn) -> bool:
        """Ask Better Auth whether the session is alive, past its cookie cache."""
        return await self.find_user_id({"cookie": signed_in.token_cookie}) is not None

    async def find_user_id(self, headers: dict[str, str], query: str = PAST_THE_CACHE) -> str | None:
        """Ask Better Auth who sends `headers`; return None if it is not a user."""
        response = await self._client.get(f"{self._server.base_url}/get-session{query}", headers=headers)
        if response.status_code in (401, 403):  # API keys that are invalid, and those that are too short
            return None
        if response.status_code != 200:
            raise ActionError(f"get-session: {response.status_code}")
        answer = response.json()
        return None if answer is None else str(answer["user"]["id"])

    async def _confirm(self, sessions: Iterable[SignedIn]) -> None:
        for session in sessions:
            if await self.is_alive(session):
                raise ActionError(f"Better Auth still reports a session after {self.last_action}")

    # --- HTTP ---

    async def _get(self, path: str, cookie: str) -> httpx.Response:
        return _check(await self._client.get(self._server.base_url + path, headers={"cookie": cookie}))

    async def _post(self, path: str, cookie: str = "", **body: str) -> httpx.Response:
        self.last_action = path
        headers = {"cookie": cookie} if cookie else {}
        return _check(await self._client.post(self._server.base_url + path, headers=headers, json=body))

    async def _post_to_server(self, path: str, **body: Any) -> Any:
        """Send `body` to a route of the test server, beside those of Better Auth."""
        return _check(await self._client.post(self._server.address + path, json=body)).json()

    def _read_session(self, user: User, response: httpx.Response, sent_at: float) -> SignedIn:
        life = Life(user.id, since=time.time())
        bearer = response.headers["set-auth-token"]
        return SignedIn(
            user, response.json()["token"], bearer, _parse_cookies(response), life, self._read_cache(response, sent_at)
        )

    def _read_cache(self, response: httpx.Response, sent_at: float) -> CookieCache | None:
        for line in response.headers.get_list("set-cookie"):
            name, *attributes = line.split("; ")
            if "session_data" in name:
                max_age = next(float(text.partition("=")[2]) for text in attributes if text.startswith("Max-Age="))
                # `exp` of a JWT is a whole second, and it is rounded down.
                return CookieCache(sent_at + max_age - 1, time.time() + max_age)
        return None


class Ending(list[SignedIn]):
    """The sessions that an action ends: their log has the times before it and after it, if it succeeds."""

    def __enter__(self) -> Self:
        now = time.time()
        for session in self:
            session.life.end_requested_at = min(session.life.end_requested_at, now)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            now = time.time()
            for session in self:
                session.life.ended_at = min(session.life.ended_at, now)


def _check(response: httpx.Response) -> httpx.Response:
    if response.status_code != 200:
        raise ActionError(f"{response.request.url.path}: {response.status_code} {response.text[:200]}")
    return response


def _parse_cookies(response: httpx.Response) -> dict[str, str]:
    """Return the cookies that are left after every Set-Cookie line of the response, in order."""
    cookies: dict[str, str] = {}
    for line in response.headers.get_list("set-cookie"):
        (name, _, value), is_deletion = line.split(";")[0].partition("="), "Max-Age=0" in line
        if is_deletion:
            cookies.pop(name, None)
        else:
            cookies[name] = value
    return cookies


def read_cookies(response: httpx.Response) -> str:
    """Return the Cookie header of a browser that had no cookies before the response."""
    return "; ".join(f"{name}={value}" for name, value in _parse_cookies(response).items())


def encode_cookie(value: str) -> str:
    """Percent-encode a signed token as JavaScript's `encodeURIComponent` does."""
    return value.replace("%", "%25").replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
