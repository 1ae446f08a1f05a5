"""Checks that the tags of a wheel hold, because pip installs a wheel by its tags alone.

`check_wheel.py WHEEL…`. auditwheel compares the platform of a Linux wheel with its libraries and symbol versions: a
tag that is older than a symbol becomes an error at import, on the system of a user. abi3audit compares the functions
of CPython that an `abi3` wheel calls with the stable ABI of its version. The platform of a wheel for macOS or Windows
is not compared.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

LEGACY = {"manylinux1": "manylinux_2_5", "manylinux2010": "manylinux_2_12", "manylinux2014": "manylinux_2_17"}
_TAG = re.compile(r"(?P<libc>manylinux|musllinux)_(?P<major>\d+)_(?P<minor>\d+)_(?P<architecture>\w+)")


def read_platforms(wheel: Path) -> list[str]:
    """Return the platform tags in the name of `wheel`, in the form of PEP 600."""
    platforms = wheel.stem.rpartition("-")[2].split(".")
    return [re.sub(r"^manylinux\d+", lambda old: LEGACY[old[0]], platform) for platform in platforms]


def audit(wheel: Path) -> dict[str, Any]:
    """Return what auditwheel finds in `wheel`, as `auditwheel show --json` prints it."""
    command = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own environment
    if result.returncode != 0:
        raise SystemExit(f"{wheel.name}: auditwheel failed: {result.stderr.strip() or result.stdout.strip()}")
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def is_satisfied(claimed: str, found: str) -> bool:
    """Return whether a system of the tag `claimed` has all that a wheel of the tag `found` needs."""
    claim, need = _TAG.fullmatch(claimed), _TAG.fullmatch(found)
    if claim is None or need is None or claim["libc"] != need["libc"] or claim["architecture"] != need["architecture"]:
        return False
    return (int(claim["major"]), int(claim["minor"])) >= (int(need["major"]), int(need["minor"]))


def find_newest_symbols(report: dict[str, Any]) -> str:
    """Return the newest versions of glibc's symbols, by library."""
    newest = {
        library: max(versions, key=lambda version: [int(number) for number in re.findall(r"\d+", version)])
        for library, versions in report["versioned_symbols"].items()
    }
    return ", ".join(f"{library} {version}" for library, version in sorted(newest.items())) or "without versions"


def check_platform(wheel: Path) -> bool:
    """Print which platform `wheel` needs; return whether its tag claims no older one."""
    platforms = read_platforms(wheel)
    if not any("linux" in platform for platform in platforms):
        print(f"{wheel.name}: not for Linux, its platform is not compared")
        return True
    report = audit(wheel)
    wrong = [platform for platform in platforms if not is_satisfied(platform, report["overall_tag"])]
    print(f"{wheel.name}: needs {report['overall_tag']} ({find_newest_symbols(report)})", flush=True)
    for platform in wrong:
        print(f"{wheel.name}: tag must be {report['overall_tag']} or newer, is {platform}: build it with `make build`")
    return not wrong


def check_stable_abi(wheel: Path) -> bool:
    """Return whether `wheel` calls the stable ABI alone, if its tag claims so."""
    if "-abi3-" not in wheel.name:
        return True
    command = [sys.executable, "-m", "abi3audit", "--strict", "--summary", str(wheel)]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own environment


def main(names: list[str]) -> int:
    """Check each wheel; return the exit status."""
    wheels = [Path(name) for name in names]
    if not wheels or not all(wheel.is_file() for wheel in wheels):
        print(f"wheel must be a file, is {' '.join(names) or 'not given'}: run `make build` first")
        return 2
    results = [check(wheel) for wheel in wheels for check in (check_platform, check_stable_abi)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
