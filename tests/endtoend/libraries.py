"""The libraries under the load: each in an application of its own, each in the environment that has it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv-peers-betterauth" / "bin" / "python"


@dataclass(frozen=True)
class Library:
    """A library, and the application that uses it; `BETTER_AUTH_URL` is all that either is told."""

    name: str
    application: str
    python: Path = PEERS

    def version(self) -> str:
        """Return the version that is installed."""
        script = f"from importlib.metadata import version; print(version({self.name!r}))"
        command = [str(self.python), "-c", script]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


FASTJOSE = Library("fastjose", "whoami_app:app", Path(sys.executable))
PEER_LIBRARIES = [
    Library("fastapi-betterauth", "endtoend.app_fastapi_betterauth:app"),
    Library("fastapi-better-auth-bridge", "endtoend.app_fastapi_better_auth_bridge:app"),
]
