"""What the figures were taken on: the sort of machine and the versions, and nothing that names this one."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import fastjose
from benches.rust.instruction_budget import compiler
from benches.support.libraries import LIBRARIES

ALSO = ("fastapi", "pydantic", "cryptography")


def described() -> str:
    """Return two lines: the machine, and the versions."""
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    distributions = dict.fromkeys([*(library.distribution for library in LIBRARIES), *ALSO])
    versions = [f"{name} {version(name)}" for name in distributions if name != "fastjose"]
    return f"{machine}; {python}; {_rustc()}.\n\nfastjose {fastjose.__version__}, {', '.join(versions)}.\n"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0]} ({platform.machine()})" if models else platform.machine()


def _rustc() -> str:
    return " ".join(compiler().split()[:2])
