"""nginx for the tests: a real proxy on loopback, in one process, without privileges."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.environment.requirements import require_program
from support.processes.child_process import START_SECONDS, run_process
from support.servers.ports import find_free_port

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

INSTALL = "apt-get install nginx"
ENVIRONMENT = {"PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]), "LC_ALL": "C.UTF-8"}
CONFIGURATION = """\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {{ }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{listen};
        {lines}
    }}
}}
"""
START_ATTEMPTS = 3  # each at another port: one that was free can be taken before nginx listens at it
ADDRESS_IN_USE = "Address already in use"


def find_nginx() -> str:
    """Return the path of nginx; skip the test (CI: fail) if it is not installed."""
    for folder in ("/usr/sbin", "/usr/local/sbin"):  # not on the PATH of Debian's users
        if (found := Path(folder, "nginx")).exists():
            return str(found)
    return require_program("nginx", INSTALL)


@contextlib.contextmanager
def run_nginx(lines: str, certificate: Path | None = None) -> Iterator[int]:
    """Run nginx with `lines` in its server, over TLS if it has a `certificate`, and yield its port."""
    nginx = find_nginx()
    for remaining in reversed(range(START_ATTEMPTS)):
        port = find_free_port()
        with tempfile.TemporaryDirectory(prefix="fastjose-") as name:
            folder = Path(name)
            write_configuration(folder, port, lines, certificate)
            log, command = folder / "nginx.log", [nginx, "-p", name, "-e", "stderr", "-c", "nginx.conf"]
            with run_process(command, environment=ENVIRONMENT, cwd=folder, log=log) as process:
                if not wait_until_ready(process, folder, log, is_last=not remaining):
                    continue
                yield port
                return


def write_configuration(folder: Path, port: int, lines: str, certificate: Path | None) -> None:
    """Write `nginx.conf` into `folder`."""
    listen = str(port)
    if certificate is not None:
        listen += " ssl"
        lines = f"ssl_certificate {certificate};\nssl_certificate_key {certificate};\n{lines}"
    text = CONFIGURATION.format(listen=listen, lines=lines)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")


def wait_until_ready(process: subprocess.Popen[str], folder: Path, log: Path, *, is_last: bool) -> bool:
    """Return whether nginx listens, and not if its port is in use and there is a further attempt.

    Raises:
        RuntimeError: nginx has ended for another reason, or never listened. The text has its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        pid = folder / "nginx.pid"  # written after it has bound its port
        if pid.exists() and pid.read_text(encoding="utf-8").strip() == str(process.pid):
            return True
        time.sleep(0.02)
    text = log.read_text(encoding="utf-8")
    if ADDRESS_IN_USE in text and not is_last:
        return False
    raise RuntimeError(f"nginx did not start:\n{text}")
