"""The page on reverse proxies is correct: its lines run in a real nginx, in front of a real uvicorn."""

from __future__ import annotations

import contextlib
import re
import shlex
import ssl
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import fastjose
from fastjose import sign_token
from support.environment.fresh_import import SECRET
from support.servers.proxies.nginx_server import find_nginx, run_nginx
from support.servers.tls_server import CertificateAuthority
from support.servers.uvicorn_server import run_uvicorn_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.servers.uvicorn_server import ServedApp

PAGE = (Path(__file__).parents[3] / "docs" / "deployment" / "proxies.md").read_text(encoding="utf-8")
LINES, UPGRADE = re.findall(r"```nginx\n(.*?)```", PAGE, flags=re.DOTALL)
(UVICORN,) = re.findall(r"^uvicorn main:app (.*)$", PAGE, flags=re.MULTILINE)
(PASSED_ON,) = re.findall(r"`(proxy_set_header X-Forwarded-Proto \$http_x_forwarded_proto;)`", PAGE)
UPSTREAM = "http://127.0.0.1:8000"
CLIENT = "127.0.0.2"  # not the address of the proxy
TOKEN = sign_token({"sub": "ada", "exp": int(time.time()) + 86_400}, SECRET, algorithm="HS256")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    """Run the application with the options of the page."""
    find_nginx()
    packages = f"{Path(fastjose.__file__).parents[1]}:{Path(__file__).parents[2]}"
    environment = {"JWT_SECRET": SECRET, "JWT_WEBSOCKET_SUBPROTOCOL": "bearer", "PYTHONPATH": packages}
    folder, options = tmp_path_factory.mktemp("application"), shlex.split(UVICORN)
    with run_uvicorn_with(
        Path(sys.executable), folder, "support.servers.proxies.proxied_app:app", environment, options
    ) as served:
        yield served


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the key and the certificate of the server that ends TLS."""
    return CertificateAuthority().sign_server_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


def lines_for(app: ServedApp, without: str = "") -> str:
    """Return the lines of the page, for the address of the application, without the line that has `without`."""
    kept = [line for line in LINES.splitlines() if not without or without not in line]
    assert len(kept) == len(LINES.splitlines()) - bool(without)
    return "\n".join(kept).replace(UPSTREAM, app.origin)


@contextlib.contextmanager
def open_proxy(lines: str, certificate: Path) -> Iterator[httpx.Client]:
    """Run nginx over TLS, and yield a client of it. The certificate is not compared: another test does that."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    transport = httpx.HTTPTransport(verify=context, local_address=CLIENT)
    with (
        run_nginx(lines, certificate) as port,
        httpx.Client(base_url=f"https://127.0.0.1:{port}", transport=transport, timeout=30) as client,
    ):
        yield client


def origin_of(client: httpx.Client) -> str:
    """Return the origin at which the client finds the proxy."""
    return str(client.base_url).rstrip("/")


def change(proxy: httpx.Client) -> httpx.Response:
    """Send a request with a cookie that changes something, as a page of the proxy's origin does."""
    headers = {"origin": origin_of(proxy), "cookie": f"token={TOKEN}", "sec-fetch-site": "same-origin"}
    return proxy.post("/api/change", headers=headers)


def test_application_sees_the_client_and_its_url(app: ServedApp, certificate: Path) -> None:
    with open_proxy(lines_for(app), certificate) as proxy:
        assert proxy.get("/api/seen").json() == {
            "scheme": "https",
            "host": origin_of(proxy).removeprefix("https://"),
            "client": CLIENT,
        }
        assert proxy.get("/api/me", headers={"authorization": f"Bearer {TOKEN}"}).json()["user_id"] == "ada"
        assert proxy.get("/api/items").headers["location"] == f"{origin_of(proxy)}/api/items/"
        assert '"/api/openapi.json"' in proxy.get("/api/docs").text.replace("'", '"')
        assert proxy.get("/api/openapi.json").status_code == 200
        assert change(proxy).json()["user_id"] == "ada"


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Proto", "X-Forwarded-For"])
def test_without_a_header_happens_what_the_table_says(header: str, app: ServedApp, certificate: Path) -> None:
    with open_proxy(lines_for(app, without=f"proxy_set_header {header} "), certificate) as proxy:
        redirect, seen, changed = (
            proxy.get("/api/items").headers["location"],
            proxy.get("/api/seen").json(),
            change(proxy),
        )
    assert (changed.status_code == 403) == (header == "Host")
    assert redirect.startswith("http://") == (header == "X-Forwarded-Proto")
    assert (seen["client"] == "127.0.0.1") == (header == "X-Forwarded-For")
    if header == "Host":
        assert changed.json()["detail"] in PAGE


@pytest.mark.parametrize(("has_line", "scheme"), [(False, "http"), (True, "https")])
def test_scheme_of_the_first_proxy_needs_the_line_in_the_second(
    *, has_line: bool, scheme: str, app: ServedApp, certificate: Path
) -> None:
    own = "proxy_set_header X-Forwarded-Proto $scheme;"
    lines = lines_for(app)
    assert lines.count(own) == 1
    with run_nginx(lines.replace(own, PASSED_ON) if has_line else lines) as inner:
        first = lines.replace(f"{app.origin}/;", f"http://127.0.0.1:{inner}/api/;")
        with open_proxy(first, certificate) as proxy:
            assert proxy.get("/api/seen").json() == {
                "scheme": scheme,
                "host": origin_of(proxy).removeprefix("https://"),
                "client": CLIENT,
            }
            assert proxy.get("/api/items").headers["location"].startswith(f"{scheme}://")


def test_long_token_needs_the_size_of_the_page(app: ServedApp, certificate: Path) -> None:
    claims = {"sub": "ada", "exp": int(time.time()) + 3600, "bio": "x" * 15_000}
    headers = {"authorization": f"Bearer {sign_token(claims, SECRET, algorithm='HS256')}"}
    with open_proxy(lines_for(app), certificate) as proxy:
        assert proxy.get("/api/me", headers=headers).json()["user_id"] == "ada"
    with open_proxy(lines_for(app, without="large_client_header_buffers"), certificate) as proxy:
        refused = proxy.get("/api/me", headers=headers)
    (reason,) = re.findall(r"^\| nginx \|.*\| 400 `(.*?)` \|$", PAGE, flags=re.MULTILINE)
    assert (refused.status_code, reason in refused.text) == (400, True)


def test_websocket_needs_the_lines_of_the_page(app: ServedApp) -> None:
    lines = lines_for(app)
    with run_nginx(f"{lines.rstrip().removesuffix('}')}{UPGRADE}}}") as port:
        url = f"ws://127.0.0.1:{port}/api/events"
        with connect(url, subprotocols=["bearer", TOKEN], proxy=None) as websocket:  # type: ignore[list-item]
            assert (websocket.recv(), websocket.subprotocol) == ("Hello ada", "bearer")
    with run_nginx(lines) as port, pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{port}/api/events", subprotocols=["bearer", TOKEN], proxy=None)  # type: ignore[list-item]
