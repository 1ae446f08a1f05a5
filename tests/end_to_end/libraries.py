"""The compared libraries: each has an application, and the Python environment that contains it."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from support.better_auth.server import SERVER_DIRECTORY
from support.environment.requirements import require_program

ROOT = Path(__file__).parents[2]
BASELINE_PYTHON = ROOT / ".venv-e2e-baselines" / "bin" / "python"


@dataclass(frozen=True)
class Library:
    """A library and an application that uses it; `BETTER_AUTH_URL` is their only configuration."""

    name: str
    application: str
    python: Path = BASELINE_PYTHON

    def version(self) -> str:
        """Return the installed version."""
        script = f"from importlib.metadata import version; print(version({self.name!r}))"
        return _output(str(self.python), "-c", script)


FASTJOSE = Library("fastjose", "support.applications.whoami_app:app", Path(sys.executable))
BASELINES = [
    Library("fastapi-betterauth", "end_to_end.apps.app_fastapi_betterauth:app"),
    Library("fastapi-better-auth-bridge", "end_to_end.apps.app_fastapi_better_auth_bridge:app"),
]


def describe_environment() -> str:
    """Return the machine and the versions that the measurements depend on."""
    better_auth = json.loads((SERVER_DIRECTORY / "package.json").read_text(encoding="utf-8"))["dependencies"][
        "better-auth"
    ]
    node = _output(require_program("node", "Better Auth needs it"), "--version")
    loop, parser = (_first_installed(names) for names in (["uvloop", "asyncio"], ["httptools", "h11"]))
    return (
        f"Better Auth {better_auth}, Node {node}, Python {platform.python_version()}, uvicorn {version('uvicorn')} "
        f"with {loop} and {parser}, {os.cpu_count()} cores of {platform.machine()}"
    )


def _first_installed(names: list[str]) -> str:
    return next(name for name in names if importlib.util.find_spec(name))


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own
