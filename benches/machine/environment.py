"""Environment of a measurement: processor, operating system and versions. It contains no host name and no path."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

import fastjose
from benches.machine.ed25519 import describe_ed25519
from benches.machine.processor import get_processor_name
from benches.machine.rust_compiler import get_rustc_version
from benches.support.libraries import LIBRARIES
from benches.support.ryjwt_library import describe_missing_libraries

OTHER_DISTRIBUTIONS = ("fastapi", "pydantic", "msgspec", "cryptography")


def describe_environment() -> str:
    """Return three sentences: the machine with its compilers, the Ed25519 backend, the versions of the libraries."""
    machine = f"{get_processor_name()}, {os.cpu_count()} cores, {platform.system()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    rustc = " ".join(get_rustc_version().split()[:2])
    distributions = dict.fromkeys([*(library.distribution for library in LIBRARIES), *OTHER_DISTRIBUTIONS])
    versions = [f"{name} {version(name)}" for name in distributions if name != "fastjose"]
    paragraphs = (
        f"{machine}; {python}; {rustc}.",
        describe_ed25519(),
        f"fastjose {fastjose.__version__}, {', '.join([*versions, *describe_missing_libraries()])}.",
    )
    return "\n\n".join(paragraphs) + "\n"
