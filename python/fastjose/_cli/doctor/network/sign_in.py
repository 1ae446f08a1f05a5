"""A credential of a running Better Auth: signed in with a password, as a front end does."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpx

from fastjose import better_auth
from fastjose._cli.doctor.findings import find
from fastjose._cli.doctor.network.clients import Network
from fastjose._cli.doctor.network.cookie_names import check_cookie_names
from fastjose._cli.doctor.network.http_probe import show_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.findings import Finding
    from fastjose._cli.explain.requests import CredentialForm
    from fastjose.settings import AuthSettings

_TIMEOUT_SECONDS = 15.0
_NOT_FOUND, _SERVER_ERROR = 404, 500
_LOG_CURE = "look into the log of Better Auth, which has the error"
_SECRET_CURE = (
    f"{_LOG_CURE}: after a change of its secret, jwt() cannot decrypt its keys; then set BETTER_AUTH_SECRET of Better "
    "Auth to the earlier secret beside BETTER_AUTH_SECRETS, or delete the rows of its table jwks"
)
_REASONS = {
    "INVALID_EMAIL_OR_PASSWORD": "the e-mail address or the password is wrong",
    "INVALID_EMAIL": "the e-mail address is not one",
    "EMAIL_NOT_VERIFIED": "the e-mail address is not verified",
    "BANNED_USER": "the user is banned",
    "INVALID_ORIGIN": "the origin is not one of trustedOrigins",
    "MISSING_OR_NULL_ORIGIN": "the origin is not one of trustedOrigins",
}


@dataclass(frozen=True)
class Credential:
    """A credential, how a client sends it, and what is wrong with the cookies of its sign-in."""

    text: str = field(repr=False)
    form: CredentialForm
    finding: Finding | None = None


class SignInFailedError(Exception):
    """Better Auth returned no credential. `finding` says why."""

    def __init__(self, finding: Finding, *, is_verdict: bool) -> None:
        """Keep the finding. `is_verdict`: Better Auth itself says why."""
        super().__init__(finding.problem)
        self.finding = finding
        self.is_verdict = is_verdict


def find_base_url(settings: AuthSettings) -> str | None:
    """Return the URL of Better Auth's routes, or None if no variable names it."""
    if settings.better_auth_url is not None:
        return better_auth.auth_base_url(settings.better_auth_url)
    jwks_url = (settings.jwks_url or "").strip()
    return jwks_url.removesuffix("/jwks") if jwks_url.endswith("/jwks") else None


def _name_variable(settings: AuthSettings) -> str:
    return "JWKS_URL" if settings.better_auth_url is None else "BETTER_AUTH_URL"


@contextmanager
def sign_in(settings: AuthSettings, base_url: str, email: str, password: str) -> Iterator[Credential]:
    """Sign in, yield a credential of a kind that the application accepts, and sign out after the block.

    Raises:
        SignInFailedError: Better Auth does not answer, refuses the sign-in, or returns no such credential.
    """
    session = BrowserSession(base_url, Network(settings), _name_variable(settings))
    response = session.send("POST", "/sign-in/email", {"email": email, "password": password})
    _check_sign_in(response, _name_variable(settings))
    try:
        yield _choose_credential(settings, session, response)
    finally:
        with suppress(SignInFailedError):
            session.send("POST", "/sign-out", {})


def _choose_credential(settings: AuthSettings, session: BrowserSession, response: httpx.Response) -> Credential:
    is_cookie_accepted = "cookie" in settings.credentials
    finding = check_cookie_names(settings, session.cookie_names) if is_cookie_accepted else None
    if "jwt" in settings.credentials:
        return Credential(session.fetch_jwt(), "bearer", finding)
    if "session" not in settings.credentials:
        if finding is not None:
            raise SignInFailedError(finding, is_verdict=True)
        return Credential(session.cookie_header, "cookie")
    token = response.headers.get("set-auth-token")
    if token is None:
        raise _failed("no_token", "the response has no set-auth-token", "add bearer() to the plugins of Better Auth")
    return Credential(unquote(token), "bearer", finding)


class BrowserSession:
    """What a browser sends to Better Auth: its cookies, and the origin of the page."""

    def __init__(self, base_url: str, network: Network, variable: str) -> None:
        """Begin without cookies. `variable` names the base URL."""
        self._base_url, self._network, self._cookies = base_url, network, httpx.Cookies()
        self._variable = variable

    @property
    def cookie_names(self) -> list[str]:
        """The names of the cookies."""
        return [cookie.name for cookie in self._cookies.jar]

    @property
    def cookie_header(self) -> str:
        """The value of the Cookie header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies.jar)

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Return a response.

        Raises:
            SignInFailedError: The server does not answer.
        """
        # Without cookies no origin is needed, and that of a wrong base URL would be refused.
        headers = {"Origin": better_auth.origin(self._base_url)} if self.cookie_header else {}
        if self.cookie_header:
            headers["Cookie"] = self.cookie_header
        try:
            with self._network.open_client(self._base_url, _TIMEOUT_SECONDS) as client:
                response = client.request(method, self._base_url + path, json=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            text = f"Better Auth does not answer at {show_url(self._base_url)} ({type(error).__name__})"
            cure = f"start Better Auth, or correct {self._variable}"
            raise _failed("sign_in_failed", text, cure, is_verdict=False) from None
        self._cookies.update(response.cookies)
        return response

    def fetch_jwt(self) -> str:
        """Return the JWT of `GET /token`, or of the header `set-auth-jwt`.

        Raises:
            SignInFailedError: There is none.
        """
        response = self.send("GET", "/token")
        token = _read_json(response).get("token")
        if isinstance(token, str) and token:
            return token
        token = self.send("GET", "/get-session").headers.get("set-auth-jwt")
        if token:
            return str(token)
        text = f"GET /token has no token: Better Auth responds with status {response.status_code}"
        if response.status_code >= _SERVER_ERROR:
            raise _failed("no_token", text, _SECRET_CURE)
        if _is_page(response):
            raise self._describe_page(response)
        is_missing = response.status_code == _NOT_FOUND
        raise _failed("no_token", text, "add jwt() to the plugins of Better Auth" if is_missing else None)

    def _describe_page(self, response: httpx.Response) -> SignInFailedError:
        """Return the error that a page answers in place of Better Auth, which has answered to the sign-in."""
        url = show_url(str(response.url))
        text = f"a page answers at {url}, but Better Auth signs in at the same base URL"
        path = urlsplit(url).path.removesuffix("/token") or "/"
        cure = (
            f"let the front end or the proxy pass each path below {path} on to Better Auth, not only some of them; or "
            f"set {self._variable} to the host, the port and the basePath of Better Auth itself"
        )
        return _failed("no_token", text, cure)


def _check_sign_in(response: httpx.Response, variable: str) -> None:
    body = _read_json(response)
    if response.status_code < _SERVER_ERROR and _is_page(response):
        raise _describe_other_page(response, variable)
    if response.is_success and not body.get("twoFactorRedirect"):
        return
    if response.status_code >= _SERVER_ERROR:
        text = f"Better Auth, or the proxy in front of it, responds to the sign-in with status {response.status_code}"
        raise _failed("sign_in_failed", text, _LOG_CURE, is_verdict=False)
    if body.get("twoFactorRedirect"):
        raise _failed("sign_in_failed", "the user has a second factor", "use the account of a user without one")
    reason = _REASONS.get(str(body.get("code")), f"status {response.status_code}")
    if response.status_code == _NOT_FOUND:
        text = f"no Better Auth signs in at {show_url(str(response.url))}: the server responds with status 404"
        cure = f"set {variable} to host and port of Better Auth, and to its basePath"
        raise _failed("sign_in_failed", text, cure, is_verdict=False)
    raise _failed("sign_in_failed", f"Better Auth refuses the sign-in: {reason}")


def _describe_other_page(response: httpx.Response, variable: str) -> SignInFailedError:
    url = show_url(str(response.url))
    text = f"a page answers at {url} in place of Better Auth"
    suffix = "/jwks" if variable == "JWKS_URL" else ""
    cure = (
        f"set {variable} to the host, the port and the basePath of Better Auth{' with ' + suffix if suffix else ''}; "
        "if a front end is there, let it pass the paths of Better Auth on"
    )
    return _failed("sign_in_failed", text, cure, is_verdict=False)


def _read_json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _is_page(response: httpx.Response) -> bool:
    is_html = "html" in response.headers.get("content-type", "").lower()
    return is_html or response.content.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))


def _failed(code: str, problem: str, cure: str | None = None, *, is_verdict: bool = True) -> SignInFailedError:
    return SignInFailedError(find(code, problem, cure), is_verdict=is_verdict)
