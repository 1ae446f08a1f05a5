"""Which protocol a server speaks at a port, if it is not the one of the scheme of its URL."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from fastjose._cli.doctor.findings import find
from fastjose._cli.doctor.policy import is_internal, is_loopback

if TYPE_CHECKING:
    from fastjose._cli.doctor.findings import Finding

Protocol = Literal["plain http", "plain redis", "TLS"]

_TIMEOUT_SECONDS = 3.0
_QUESTION = b"HEAD / HTTP/1.0\r\n\r\n"
"""Redis answers it with an error about its first line, and changes nothing."""
_ANSWER_BYTES = 12
_BAD_REQUEST = b" 400"
"""The end of that many bytes of a 400: nginx answers so at a port with TLS."""
_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "valkey": 6379, "valkeys": 6379}
_WITH_TLS = frozenset({"https", "rediss", "valkeys"})
_TLS_RECORDS = (b"\x15\x03", b"\x16\x03")
"""The beginning of an alert and of a handshake (RFC 8446 §5.1), the answer of some servers to plain text."""
_TLS_TO_PLAIN = {"https": "http", "rediss": "redis", "valkeys": "valkey"}
_PLAIN_TO_TLS = {plain: tls for tls, plain in _TLS_TO_PLAIN.items()}


def find_other_protocol(variable: str, url: str) -> Finding | None:
    """Return the finding that the server of a URL speaks another protocol than its scheme, or None if it does not say.

    The request has no header and no credential. A server behind a proxy must not be asked, as this connects directly.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None
    if host is None or scheme not in _PORTS:
        return None
    address = (host, _PORTS[scheme] if port is None else port)
    spoken = _detect(address)
    if spoken is None or _is_expected(scheme, spoken):
        return None
    shown = f"[{host}]" if ":" in host else host
    text = f"the server at {shown}:{address[1]} speaks {spoken}, but {variable} begins with {scheme}://"
    return find("wrong_scheme", text, _remedy(variable, scheme, host, spoken))


def _is_expected(scheme: str, spoken: Protocol) -> bool:
    if spoken == "TLS":
        return scheme in _WITH_TLS
    return (spoken == "plain http") == (scheme == "http") and scheme not in _WITH_TLS


def _remedy(variable: str, scheme: str, host: str, spoken: Protocol) -> str:
    if spoken == "TLS":
        return f"write {_PLAIN_TO_TLS[scheme]}:// in {variable}, or name the port without TLS"
    is_of_http = scheme in {"http", "https"}
    if is_of_http != (spoken == "plain http"):
        needed = "HTTP" if is_of_http else "Redis"
        return f"correct host and port of {variable}: they lead to another server than that of {needed}"
    if not is_of_http:
        return f"write {_TLS_TO_PLAIN[scheme]}:// in {variable}, or name the port of Redis that has TLS (tls-port)"
    if variable == "JWKS_PROXY" or is_loopback(host):
        return f"write http:// in {variable}"
    if is_internal(host):
        return f"write http:// in {variable}, and set JWKS_ALLOW_HTTP=1 if the network is private"
    return f"name the port of https in {variable}: over plain http, who controls the network can replace the answers"


def _detect(address: tuple[str, int]) -> Protocol | None:
    """Return the protocol of the server at an address, or None if it is not clear."""
    answer = _ask_in_plain_text(address)
    if answer is None:
        return None
    if answer.startswith((b"-ERR", b"-NOAUTH", b"-DENIED", b"-NOPERM")):
        return "plain redis"
    if answer.startswith(b"HTTP/") and not answer.endswith(_BAD_REQUEST):
        return "plain http"
    if answer.startswith(_TLS_RECORDS) or _speaks_tls(address):
        return "TLS"
    return "plain http" if answer.startswith(b"HTTP/") else None


def _ask_in_plain_text(address: tuple[str, int]) -> bytes | None:
    """Return the beginning of the answer to a request without TLS: empty if there is none, None without a server."""
    try:
        connection = socket.create_connection(address, _TIMEOUT_SECONDS)
    except (OSError, UnicodeError):
        return None
    try:
        with connection:
            connection.sendall(_QUESTION)
            return connection.recv(_ANSWER_BYTES)
    except OSError:
        return b""


def _speaks_tls(address: tuple[str, int]) -> bool:
    """Return whether a TLS handshake succeeds. The certificate is not verified: nothing is sent, or read."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(address, _TIMEOUT_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=address[0]),
        ):
            return True
    except (OSError, ValueError):
        return False
