"""A server on loopback that serves the documents of all providers, each host on a port of its own.

One rule turns a text of a provider, or of the page, into one for this server: in each `https://` URL, a host that is
served becomes `http://127.0.0.1` with its port. The host in `PRIVATE_HOST` is behind TLS, with a CA of its own, and
answers callers with a bearer token alone. The CA and the token are files, in a folder that stands for
`/var/run/secrets`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from support.servers.tls_server import CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PRIVATE_HOST = "kubernetes.default.svc"
SECRETS = "/var/run/secrets"
BEARER_TOKEN = "the-token-of-this-pod"
STARTUP_SECONDS = 60


class LoopbackIssuer:
    """The documents, and the rule that replaces hosts and the folder of secrets."""

    def __init__(self, documents: Mapping[str, Any], secrets: Path, tls: ssl.SSLContext) -> None:
        """Take the documents by their URL: JSON, or PEM as a str."""
        self._documents = {unquote(url): document for url, document in documents.items()}
        self._hosts = sorted({url.removeprefix("https://").partition("/")[0] for url in documents})
        self._secrets = secrets
        self._tls = tls
        self._origins: dict[str, str] = {}
        self._started = threading.Event()
        self._stopped = asyncio.Event()

    def localize(self, value: Any) -> Any:
        """Return a text, or JSON, with the URLs of this server in place of the providers'."""
        if not isinstance(value, str):
            return json.loads(self.localize(json.dumps(value)))
        return re.sub(r"https://([a-z0-9.:-]+)", self._replace_host, value).replace(SECRETS, str(self._secrets))

    def wait(self) -> None:
        """Wait until every host is served."""
        assert self._started.wait(STARTUP_SECONDS), "the servers have not started"

    def run(self) -> None:
        """Serve all hosts, until `stop` is called."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with contextlib.AsyncExitStack() as servers:
            for host in self._hosts:
                tls = self._tls if host == PRIVATE_HOST else None
                server = await asyncio.start_server(partial(self._answer, host), "127.0.0.1", 0, ssl=tls)
                servers.callback(server.close)
                port = server.sockets[0].getsockname()[1]
                self._origins[host] = f"http://127.0.0.1:{port}" if tls is None else f"https://localhost:{port}"
            self._started.set()
            await self._stopped.wait()

    async def _answer(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close the connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            body = self._find_body(host, request)
            status = "404 Not Found" if body is None else "200 OK"
            content = (body or "not found").encode()
            head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + content)
            await writer.drain()
        writer.close()

    def _find_body(self, host: str, request: str) -> str | None:
        """Return the document that is requested, if the caller may have it."""
        if host == PRIVATE_HOST and f"\r\nauthorization: bearer {BEARER_TOKEN}\r\n" not in request.lower():
            return None
        document = self._documents.get(f"https://{host}{unquote(request.split(' ')[1])}")
        return document if document is None or isinstance(document, str) else json.dumps(self.localize(document))

    def _replace_host(self, match: re.Match[str]) -> str:
        return self._origins.get(match[1], match[0])


@contextlib.contextmanager
def serve_documents(documents: Mapping[str, Any], folder: Path) -> Iterator[LoopbackIssuer]:
    """Serve `documents` while the block lasts. `folder` is for certificates and secrets."""
    secrets = folder / "kubernetes.io" / "serviceaccount"
    secrets.mkdir(parents=True)
    (secrets / "token").write_text(f"{BEARER_TOKEN}\n", encoding="utf-8")
    authority = CertificateAuthority()
    authority.write_certificate(secrets / "ca.crt")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.sign_server_certificate(folder / "server.pem"))
    issuer = LoopbackIssuer(documents, folder, tls)
    thread = threading.Thread(target=issuer.run)
    thread.start()
    issuer.wait()
    try:
        yield issuer
    finally:
        issuer.stop()
        thread.join()
