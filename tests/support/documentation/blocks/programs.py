"""Programs that shell blocks of the pages call, where the real ones would install, build or never end.

A script: `programs.py NAME ARGUMENTS…`. It checks the arguments against the project, or lets a server run on.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[4]
START_SECONDS = 60
WHEEL = Path("dist", "fastjose-0.1.0-cp310-abi3-manylinux_2_17_x86_64.whl")
OTHER_PACKAGES = {"gunicorn", "httpx2"}
"""Packages that the pages name and the project does not lock."""


def check_pip(arguments: Sequence[str]) -> str | None:
    """Return what is wrong with `pip install …` or `pip uninstall …`."""
    if not arguments or arguments[0] not in {"install", "uninstall"}:
        return f"pip {arguments[:1]}: only install and uninstall are known"
    names = [argument for argument in arguments[1:] if not argument.startswith("-")]
    return next(filter(None, map(_check_requirement, names)), None)


def _check_requirement(text: str) -> str | None:
    path, _, extras = text.partition("[")
    if path in {".", ".."}:
        text = f"fastjose[{extras}" if extras else "fastjose"
    elif path.endswith(".whl"):
        return _check_wheel(Path(path).name) or _check_requirement(f"fastjose[{extras}" if extras else "fastjose")
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        return f"{text}: {error}"
    if canonicalize_name(requirement.name) != "fastjose":
        return None if canonicalize_name(requirement.name) in _known_packages() else f"{text}: unknown package"
    unknown = requirement.extras - _known_extras()
    return f"{text}: unknown extra" if unknown else None


def _check_wheel(name: str) -> str | None:
    try:
        distribution, *_ = parse_wheel_filename(name.replace("*", "0-py3-none-any") if "*" in name else name)
    except InvalidWheelFilename as error:
        return str(error)
    return None if distribution == "fastjose" else f"{name}: not a wheel of fastjose"


def _known_packages() -> set[str]:
    locked = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "requirements").glob("*.txt"))
    return {*OTHER_PACKAGES, *map(canonicalize_name, re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==", locked, re.MULTILINE))}


def _known_extras() -> set[str]:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = project.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0]
    return set(re.findall(r"^([\w-]+) = ", section, re.MULTILINE))


def check_make(arguments: Sequence[str]) -> str | None:
    """Return the verbs of `make` that the Makefile does not have. `make build` leaves a wheel without content."""
    if "build" in arguments:
        WHEEL.parent.mkdir(exist_ok=True)
        WHEEL.touch()
    verbs = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = {argument for argument in arguments if "=" not in argument and not argument.startswith("-")} - verbs
    return f"make {' '.join(sorted(unknown))}: unknown verb" if unknown else None


def check_npm(arguments: Sequence[str]) -> str | None:
    """Return what is wrong with `npm ci` or `npm start` in the working directory."""
    files = {name: Path(name).is_file() for name in ("package.json", "package-lock.json")}
    match [argument for argument in arguments if not argument.startswith("--ignore")]:
        case ["ci"]:
            return None if all(files.values()) else "npm ci: requires package.json and package-lock.json"
        case ["start" as script, *_] | ["run", script, *_]:
            scripts = json.loads(Path("package.json").read_text(encoding="utf-8"))["scripts"]
            return None if script in scripts else f"npm {script}: unknown script"
        case _:
            return f"npm {' '.join(arguments)}: unknown"


def serve(module: str, arguments: Sequence[str]) -> str | None:
    """Start a server that runs on, and return once it listens; return its log if it does not."""
    port = _read_port(arguments)
    record = Path(os.environ["HOME"], ".programs", f"{port}.pid")
    if record.exists():
        os.killpg(int(record.read_text()), signal.SIGTERM)  # the reader has stopped the one before
        _wait_until(lambda: not _listens(port))
    log = record.with_suffix(".log")
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(  # noqa: S603 - a program of the tests
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    record.write_text(str(server.pid))
    _wait_until(lambda: _listens(port) or server.poll() is not None)
    return None if server.poll() is None else log.read_text(encoding="utf-8")


def _read_port(arguments: Sequence[str]) -> int:
    found = re.search(r"(?:--port|--bind|-b)[ =](?:\S+:)?(\d+)", " ".join(arguments))
    return int(found[1] if found else os.environ["UVICORN_PORT"])


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _wait_until(is_reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_reached():
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not start or stop in time")
        time.sleep(0.02)


def run_python(arguments: Sequence[str]) -> str | None:
    """Run Python itself, except for the modules that have a stand-in here."""
    match arguments:
        case ["-m", "pip", *rest]:
            return check_pip(rest)
        case ["-m", "uvicorn", *rest]:
            return serve("uvicorn", rest)
        case ["-m", "venv", folder]:
            activate = Path(folder, "bin", "activate")
            activate.parent.mkdir(parents=True)
            activate.touch()  # the programs stay those of the tests
        case _:
            os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - the interpreter of the tests
    return None


STAND_INS: dict[str, Callable[[Sequence[str]], str | None]] = {
    "pip": check_pip,
    "make": check_make,
    "npm": check_npm,
    "uvicorn": lambda arguments: serve("uvicorn", arguments),
    "python": run_python,
    "fastjose": lambda arguments: run_python(["-m", "fastjose", *arguments]),
}

if __name__ == "__main__":
    sys.exit(STAND_INS[sys.argv[1]](sys.argv[2:]))
