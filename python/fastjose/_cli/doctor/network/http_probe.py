"""One bounded GET: what is at a URL, for the texts about a fetch that has failed, and the clock of the server.

The verdict is always that of `RemoteKeySet`. This module only says more about it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

from fastjose._cli.doctor.network.clients import TIMEOUT_SECONDS, Network
from fastjose._config.keys.remote_keys import fetch_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose.settings import AuthSettings

MAX_BODY_BYTES = 1_048_576


@dataclass(frozen=True)
class Answer:
    """A response.

    Attributes:
        url: The URL that was asked, without user information and query.
        status: The status.
        body: At most 1 MiB of the body.
        content_type: Its type, in small letters.
        location: The target of a redirect, without user information and query, or None.
        skew_seconds: How far the clock of the server is ahead of that of this machine, at least, or None.
    """

    url: str
    status: int
    body: bytes = field(repr=False)
    content_type: str
    location: str | None
    skew_seconds: float | None

    @property
    def document(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people."""
        return "html" in self.content_type or self.body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))

    @property
    def keys(self) -> list[Mapping[str, Any]]:
        """The members of a JWK Set, or none."""
        document = self.document
        members = document.get("keys") if isinstance(document, dict) else None
        return [each for each in members if isinstance(each, dict)] if isinstance(members, list) else []


def show_url(url: str) -> str:
    """Return a URL without user information, query and fragment."""
    try:
        parts = urlsplit(url.strip())
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "the configured URL"
    shown = urlunsplit((parts.scheme, host, parts.path, "", ""))
    return shown if shown.isprintable() else "a URL with invisible characters"


class Prober:
    """Asks URLs with the network options of the settings. Headers are sent to the configured origin alone."""

    def __init__(self, settings: AuthSettings, configured_url: str) -> None:
        """Prepare the options, which the configuration has checked before."""
        options = fetch_options(settings)
        headers = {name: value for name, value in options.get("headers", {}).items() if isinstance(value, str)}
        self._origin, self._headers = urlsplit(configured_url.strip())[:2], headers
        self._network = Network(settings)

    def ask(self, url: str) -> Answer | None:
        """Return the response, or None without one in time."""
        begin = time.time()
        try:
            headers = self._headers if urlsplit(url)[:2] == self._origin else {}
            with self._network.open_client(url) as client, client.stream("GET", url, headers=headers) as response:
                body = _read(response, begin + TIMEOUT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError):
            return None
        return _to_answer(url, response, body, begin)


def _read(response: httpx.Response, deadline: float) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BODY_BYTES or time.time() > deadline:
            break
    return body[:MAX_BODY_BYTES]


def _to_answer(url: str, response: httpx.Response, body: bytes, begin: float) -> Answer:
    return Answer(
        url=show_url(url),
        status=response.status_code,
        body=body,
        content_type=response.headers.get("content-type", "").lower(),
        location=_read_location(url, response.headers.get("location")),
        skew_seconds=_skew_seconds(response.headers.get("date"), begin),
    )


def _read_location(url: str, location: str | None) -> str | None:
    try:
        return None if location is None else show_url(urljoin(url, location))
    except ValueError:
        return None


def _skew_seconds(date: str | None, begin: float) -> float | None:
    """Return the difference of the clocks beyond what a `Date` in whole seconds and the way of the response explain."""
    try:
        moment = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    if begin - 1 <= moment <= time.time():
        return 0.0
    return moment - time.time() if moment > begin else moment + 1 - begin
