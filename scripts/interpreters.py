"""The CPython interpreters of this machine, for the scripts that choose among them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

DESCRIBE = (
    "import platform, sys, sysconfig; print(platform.python_implementation(), "
    "bool(sysconfig.get_config_var('Py_GIL_DISABLED')), *sys.version_info[:3])"
)


@dataclass(frozen=True)
class Interpreter:
    """A CPython that starts."""

    path: str
    version: tuple[int, int, int]
    is_free_threaded: bool
    """Whether it was built without the GIL."""

    def __str__(self) -> str:
        """Return its name, such as `CPython 3.14.0t`."""
        return "CPython {}.{}.{}{}".format(*self.version, "t" if self.is_free_threaded else "")


def describe_interpreter(path: str) -> Interpreter | None:
    """Return the CPython at `path`, or None for another interpreter or one that does not start."""
    command = [path, "-I", "-c", DESCRIBE]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - found on this machine
    implementation, is_free_threaded, *numbers = result.stdout.split() or ["", ""]
    if result.returncode != 0 or implementation != "CPython":
        return None
    major, minor, micro = map(int, numbers)
    return Interpreter(path, (major, minor, micro), is_free_threaded == "True")
