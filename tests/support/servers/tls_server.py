"""A certificate authority of the tests, and HTTPS servers on loopback with certificates that it signs."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message
    from pathlib import Path

NOW = dt.datetime.now(dt.timezone.utc)
YEAR = dt.timedelta(days=365)


class CertificateAuthority:
    """A CA with a key of its own. Each one has the same name, so that only the signature tells them apart."""

    def __init__(self, name: str = "Test CA") -> None:
        """Create the CA."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = _builder(self._name, self._name, self._key.public_key(), NOW - YEAR, NOW + YEAR)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())

    def write_certificate(self, path: Path) -> Path:
        """Write the CA's certificate in PEM, and return its path."""
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path

    def sign_server_certificate(
        self,
        path: Path,
        *,
        host: str = "localhost",
        begin: dt.datetime = NOW - YEAR,
        end: dt.datetime = NOW + YEAR,
    ) -> Path:
        """Write the private key and the certificate of a server in PEM, and return their path."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name("server"), self._name, key.public_key(), begin, end)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        certificate = builder.sign(self._key, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        return path


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Any, begin: dt.datetime, end: dt.datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)


@contextlib.contextmanager
def serve_response(  # noqa: PLR0913 - keyword arguments, of which a test uses a few
    body: bytes = b"",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    certificate: Path | None = None,
    client_ca: Path | None = None,
    permits: Callable[[Message], bool] = lambda _: True,
) -> Iterator[int]:
    """Answer every GET and POST with a response on a free loopback port while the block lasts.

    With a certificate, it is served over TLS. With `client_ca`, a client must have a certificate of that CA. A request
    whose headers `permits` refuses gets a 401.
    """
    fields = {"Content-Length": str(len(body)), **(headers or {})}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if permits(self.headers) else 401)
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Ignore a client that ends the connection."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if certificate is not None:
            # The handshake happens in the thread of the connection, so that a failed one does not stop the server.
            context = server_context(certificate, client_ca)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        with serve_until_left(server):
            yield server.server_port


def server_context(certificate: Path, client_ca: Path | None = None) -> ssl.SSLContext:
    """Return the TLS settings of a server. With `client_ca`, a client must have a certificate of that CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


@contextlib.contextmanager
def serve_until_left(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve on a thread while the block lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
