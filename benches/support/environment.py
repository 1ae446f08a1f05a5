"""Environment of a measurement: processor, operating system and versions. It contains no host name and no path."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import fastjose
from benches.support.libraries import LIBRARIES
from benches.support.rust_compiler import get_rustc_version

OTHER_DISTRIBUTIONS = ("fastapi", "pydantic", "cryptography")


def describe_environment() -> str:
    """Return two lines of text: the machine with its compilers, and the versions of the libraries."""
    machine = f"{_get_processor_name()}, {os.cpu_count()} cores, {platform.system()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    rustc = " ".join(get_rustc_version().split()[:2])
    distributions = dict.fromkeys([*(library.distribution for library in LIBRARIES), *OTHER_DISTRIBUTIONS])
    versions = [f"{name} {version(name)}" for name in distributions if name != "fastjose"]
    return f"{machine}; {python}; {rustc}.\n\nfastjose {fastjose.__version__}, {', '.join(versions)}.\n"


def _get_processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0]} ({platform.machine()})" if models else platform.machine()
