"""HTTP clients with the authorities, the client certificate and the proxy that the settings name for fetches."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from fastjose._cli.doctor.policy import is_loopback
from fastjose._config.keys.remote_keys import network_options

if TYPE_CHECKING:
    from fastjose.settings import AuthSettings

TIMEOUT_SECONDS = 5.0


class Network:
    """The network options of the settings, which the configuration has checked before."""

    def __init__(self, settings: AuthSettings) -> None:
        """Read the files of certificates. What cannot be read is left out: the fetch of keys names it."""
        options = network_options(settings)
        self._proxy: str | None = options.get("proxy")
        self._context = _create_context(options.get("ca_certificates"), options.get("client_certificate"))

    @property
    def has_proxy(self) -> bool:
        """Whether requests may go through a proxy."""
        return self._proxy is not None

    def open_client(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> httpx.Client:
        """Return a client for requests to a URL. It follows no redirect.

        Raises:
            ValueError: The URL is not one.
        """
        parts = urlsplit(url.strip())
        is_direct = parts.scheme == "http" and is_loopback(parts.hostname or "")  # as `RemoteKeySet` does
        proxy = None if is_direct else self._proxy
        return httpx.Client(
            timeout=timeout_seconds,
            follow_redirects=False,
            verify=self._context,
            proxy=None if proxy == "environment" else proxy,
            trust_env=proxy == "environment",
        )


def _create_context(ca_certificates: str | Path | None, client_certificate: str | Path | None) -> ssl.SSLContext:
    try:
        path = str(ca_certificates) if isinstance(ca_certificates, Path) else None
        text = ca_certificates if isinstance(ca_certificates, str) else None
        context = ssl.create_default_context(cafile=path, cadata=text)
    except (OSError, ValueError):
        context = ssl.create_default_context()
    if client_certificate is not None:
        _load_client_certificate(context, client_certificate)
    return context


def _load_client_certificate(context: ssl.SSLContext, certificate: str | Path) -> None:
    """Load a certificate with its private key. OpenSSL reads a private key from a file alone."""
    if isinstance(certificate, str):
        descriptor, name = tempfile.mkstemp()  # for this user alone
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(certificate)
            _load_client_certificate(context, Path(name))
        finally:
            Path(name).unlink()
        return
    try:
        context.load_cert_chain(certificate, password=_refuse_to_ask)
    except (OSError, ValueError):
        return


def _refuse_to_ask() -> str:
    """Return a password that is not one: OpenSSL would otherwise ask for that of an encrypted key."""
    return ""
