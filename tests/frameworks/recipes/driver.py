"""Sends requests to an application of the page, under the environment of the frameworks, and prints its answers.

Standard input has a JSON list of requests, each a path and the values of its Authorization headers. The argument is the
name of a framework. Requests go through a real server interface: WSGI or ASGI.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import sys
from typing import Any

Answer = dict[str, Any]


def call_wsgi(app: Any, path: str, authorization: list[str]) -> Answer:
    """Send a request as a WSGI server does: it joins headers of one name by commas."""
    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if authorization:
        environ["HTTP_AUTHORIZATION"] = ",".join(authorization)
    body = b"".join(app(environ, lambda status, headers, *_: started.append((status, headers))))
    status, headers = started[0]
    return answer(int(status.split()[0]), headers, body)


async def call_asgi(app: Any, path: str, authorization: list[str]) -> Answer:
    """Send a request as an ASGI server does."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", b"localhost"),
            *((b"authorization", value.encode("latin-1")) for value in authorization),
        ],
        "state": {},
    }
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        return await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return answer(start["status"], headers, b"".join(message.get("body", b"") for message in rest))


def answer(status: int, headers: Any, body: bytes) -> Answer:
    """Return what the test compares."""
    shown = {name.lower(): value for name, value in headers if name.lower() in {"www-authenticate", "retry-after"}}
    return {"status": status, "headers": shown, "body": json.loads(body)}


def load_django() -> tuple[Any, Any]:
    """Return the WSGI and the ASGI application of Django."""
    import django  # noqa: PLC0415 - only in the environment of the frameworks
    from django.conf import settings  # noqa: PLC0415 - as above
    from django.core.asgi import get_asgi_application  # noqa: PLC0415 - as above
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - as above

    settings.configure(SECRET_KEY="x" * 50, ROOT_URLCONF="django_urls", ALLOWED_HOSTS=["*"], USE_TZ=True)
    django.setup()
    return get_wsgi_application(), get_asgi_application()


def load_module(name: str) -> Any:
    """Return the application in a file of the page."""
    return importlib.import_module(name).app


LOADERS = {
    "litestar": lambda: load_module("litestar_app"),
    "flask": lambda: load_module("flask_app"),
    "django-wsgi": lambda: load_django()[0],
    "django-asgi": lambda: load_django()[1],
}


def main() -> None:
    """Send the requests, one after the other."""
    framework, requests = sys.argv[1], json.load(sys.stdin)
    app = LOADERS[framework]()
    if framework in {"flask", "django-wsgi"}:
        answers = [call_wsgi(app, *request) for request in requests]
    else:
        answers = asyncio.run(call_all(app, requests))
    sys.stdout.write(json.dumps(answers))


async def call_all(app: Any, requests: list[Any]) -> list[Answer]:
    """Send the requests on one event loop."""
    return [await call_asgi(app, *request) for request in requests]


if __name__ == "__main__":
    main()
