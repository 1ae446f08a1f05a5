"""A page while its blocks run: the folder of its reader, the environment, the ports, and the names of the code."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.documentation.blocks.markdown import ROOT
from support.servers.ports import find_free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

BETTER_AUTH_PORT = "3000"
"""The port of Better Auth on the pages. The tests serve an issuer there."""

UNREACHABLE_PROXY = "http://127.0.0.1:1"
"""A page that asks the network for something fails, in place of depending on it."""

PORT = re.compile(r"(?<=\blocalhost:)\d+|(?<=\b127\.0\.0\.1:)\d+|(?<=\b0\.0\.0\.0:)\d+|(?<=--port[ =])\d+")
ABSOLUTE = re.compile(r"(?<![\w./])(/run/secrets/)")
"""A folder that only the machine of the reader has."""


@dataclass
class PageRun:
    """What the blocks of one page share."""

    folder: Path
    """The working directory of the reader, and of the processes of shell blocks."""

    environment: dict[str, str] = field(default_factory=dict)
    """The variables that the page requires from its reader, for code and for the shell."""

    names: dict[str, Any] = field(default_factory=dict)
    """The names that the code of the page has defined."""

    given: Mapping[str, Any] = field(default_factory=dict)
    """The names that the page leaves to its reader, such as `token`."""

    replacements: dict[str, str] = field(default_factory=dict)
    """Other hosts of the page, and those of the tests that stand in for them."""

    unrun_tests: set[str] = field(default_factory=set)
    """The files of tests that no command of the page has run yet."""

    dockerfile: str = ""
    """The last whole Dockerfile of the page, which shorter blocks add to."""

    _ports: dict[str, str] = field(default_factory=dict)

    def start_namespace(self, name: str) -> None:
        """Forget the names of the blocks before, as a file has none when it begins."""
        self.names = {"__name__": name, **self.given}

    def write(self, name: str, content: str) -> Path:
        """Write a file of the reader."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.localize(content), encoding="utf-8")
        return path

    def set_port(self, documented: str, real: int) -> None:
        """Replace a port on the page by one on this machine."""
        self._ports[documented] = str(real)

    def find_port(self, documented: str) -> str:
        """Return the port that stands in for the one on the page: a free one, at its first mention."""
        if documented not in self._ports:
            self.set_port(documented, find_free_port())
        return self._ports[documented]

    def localize(self, text: str) -> str:
        """Replace the hosts and ports of the page by those on this machine, and the folders by those of the reader."""
        for host, replacement in self.replacements.items():
            text = text.replace(host, replacement)
        text = ABSOLUTE.sub(lambda match: f"{self.folder}{match[1]}", text)
        return PORT.sub(lambda match: self.find_port(match[0]), text)

    def generalize(self, text: str) -> str:
        """Replace the ports and folders of this machine by those of the page, in the output of a program."""
        for documented, real in self._ports.items():
            text = re.sub(rf"(?<=:){real}\b", documented, text)
        for host, replacement in self.replacements.items():
            text = text.replace(replacement, host)
        return text.replace(str(self.folder), "")

    def process_environment(self) -> dict[str, str]:
        """Return the whole environment of a process of the page."""
        return {
            "PATH": os.pathsep.join([str(self.folder / ".programs"), str(Path(sys.executable).parent), os.defpath]),
            "HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "python", self.folder))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "COLUMNS": "120",
            **dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY"), UNREACHABLE_PROXY),
            **dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1"),
            "UVICORN_PORT": self.find_port("8000"),
            **self.environment,
        }
