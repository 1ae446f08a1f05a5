"""Checks the list of crates in a wheel: `check_sbom.py WHEEL…`.

maturin writes it in the form of CycloneDX, so that a scanner of an image finds a crate with an advisory. It has the
crates of every platform. The list must have each crate that is linked into the wheel, with the version and checksum of
`Cargo.lock`, and with a licence that `deny.toml` allows.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MIN_CRATES = 100
"""A shorter list of linked crates would mean that `cargo tree` was not understood."""

SYSTEMS = [("musllinux", "unknown-linux-musl"), ("linux", "unknown-linux-gnu"), ("macosx", "apple-darwin")]
Crate = tuple[str, str]


def read_sbom(wheel: Path) -> dict[str, Any]:
    """Return the list of crates in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = [
            name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/sboms/.*\.cyclonedx\.json", name)
        ]
        if len(names) != 1:
            raise SystemExit(
                f"{wheel.name}: must have one list of crates, has {len(names)}: build it with maturin 1.14"
            )
        sbom: dict[str, Any] = json.loads(archive.read(names[0]))
    return sbom


def find_target(wheel: Path) -> str:
    """Return the target of Rust that the wheel is for."""
    platform = wheel.stem.rpartition("-")[2]
    if platform.startswith("win"):
        return "x86_64-pc-windows-msvc"
    machine = "aarch64" if platform.endswith(("aarch64", "arm64")) else "x86_64"
    return f"{machine}-{next(system for tag, system in SYSTEMS if tag in platform)}"


def find_linked_crates(target: str) -> set[Crate]:
    """Return the crates that are linked into the module, without fastjose."""
    edges = ["--edges", "normal,no-proc-macro", "--prefix", "none"]
    command = ["cargo", "tree", "--locked", "--features", "python", "--target", target, *edges]
    tree = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    crates = {(name, version) for name, version in re.findall(r"^(\S+) v(\S+)", tree, flags=re.MULTILINE)}
    return {crate for crate in crates if crate[0] != "fastjose"}


def read_lock() -> dict[Crate, str]:
    """Return the checksum of each locked crate."""
    packages = (ROOT / "Cargo.lock").read_text(encoding="utf-8").split("[[package]]\n")[1:]
    fields = [dict(re.findall(r'^(\w+) = "(.+)"$', package, flags=re.MULTILINE)) for package in packages]
    return {(field["name"], field["version"]): field.get("checksum", "") for field in fields}


def read_allowed_licences() -> set[str]:
    """Return the licences that `deny.toml` allows."""
    text = (ROOT / "deny.toml").read_text(encoding="utf-8")
    return set(re.findall(r'"([^"]+)"', text.partition("\nallow = [")[2].partition("]")[0]))


def is_allowed(licence: str, allowed: set[str]) -> bool:
    """Return whether each part of a licence has an alternative that is allowed."""
    parts = licence.replace("/", " OR ").split(" AND ")
    return all({term.strip(" ()") for term in part.split(" OR ")} & allowed for part in parts)


def describe(component: dict[str, Any]) -> tuple[str, str]:
    """Return the licence and the checksum of a component, or empty texts."""
    licences = [entry.get("expression") or entry["license"].get("id", "") for entry in component.get("licenses", [])]
    hashes = {entry["alg"]: entry["content"] for entry in component.get("hashes", [])}
    return " AND ".join(licences), hashes.get("SHA-256", "")


def find_problems(sbom: dict[str, Any], linked: set[Crate]) -> Iterator[str]:
    """Yield what is wrong with the list."""
    if sbom.get("bomFormat") != "CycloneDX":
        yield f"format must be CycloneDX, is {sbom.get('bomFormat')}"
    listed = {(part["name"], part["version"]): describe(part) for part in sbom.get("components", [])}
    locked, allowed = read_lock(), read_allowed_licences()
    if len(linked) < MIN_CRATES:
        yield f"`cargo tree` must print the linked crates, prints {len(linked)}"
    for name, version in sorted(linked - set(listed)):
        yield f"{name} {version} is linked: it must be in the list"
    for (name, version), (licence, checksum) in listed.items():
        if not checksum or locked.get((name, version)) != checksum:
            yield f"{name} {version} must be in Cargo.lock, with its checksum"
        if not licence or ((name, version) in linked and not is_allowed(licence, allowed)):
            yield f"{name} {version} must have a licence that deny.toml allows, has {licence or 'none'}"


def check(wheel: Path) -> bool:
    """Print what is wrong with the list of crates in `wheel`; return whether nothing is."""
    sbom, linked = read_sbom(wheel), find_linked_crates(find_target(wheel))
    problems = list(find_problems(sbom, linked))
    print(f"{wheel.name}: CycloneDX, {len(sbom.get('components', []))} crates, {len(linked)} of them linked")
    for problem in problems:
        print(f"{wheel.name}: {problem}")
    return not problems


def main(names: list[str]) -> int:
    """Check each wheel; return the exit status."""
    wheels = [Path(name) for name in names]
    if not wheels or not all(wheel.is_file() for wheel in wheels):
        print(f"wheel must be a file, is {' '.join(names) or 'not given'}: run `make build` first")
        return 2
    results = [check(wheel) for wheel in wheels]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
