"""docs/internals/dependencies.md has each direct dependency, and the numbers of crates that its commands print."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "internals" / "dependencies.md").read_text(encoding="utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def read_table(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its first two lines."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def run_cargo(*arguments: str) -> str:
    command = ["cargo", *arguments, "--locked", "--offline"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours


@cache
def read_metadata() -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads(run_cargo("metadata", "--format-version", "1", "--all-features"))
    return metadata


def find_direct_crates(kinds: set[str | None]) -> set[str]:
    (root,) = [package for package in read_metadata()["packages"] if package["name"] == "fastjose"]
    return {crate["name"] for crate in root["dependencies"] if crate["kind"] in kinds}


def test_page_has_every_crate_of_the_wheel() -> None:
    rows = read_table("Crates in the wheel")
    assert [row[0].strip("`") for row in rows] == sorted(find_direct_crates({None}))


def test_page_has_every_crate_that_builds_or_tests() -> None:
    rows = read_table("Crates that build or test")
    assert {row[0] for row in rows} == {f"`{crate}`" for crate in find_direct_crates({"build", "dev"})}


def find_extras() -> dict[str, set[str]]:
    """Return the extras of each package that one requires, and `build` for what builds the wheel."""
    section = PYPROJECT.partition("[project.optional-dependencies]\n")[2].partition("\n\n")[0]
    lists = dict(re.findall(r"^(\S+) = \[(.+)\]$", section, flags=re.MULTILINE))
    lists["build"] = re.findall(r"^requires = \[(.+)\]$", PYPROJECT, flags=re.MULTILINE)[0]
    extras: dict[str, set[str]] = {}
    for extra, packages in lists.items():
        for package in re.findall(r'"([A-Za-z0-9_-]+)', packages):
            extras.setdefault(package, set()).add(extra)
    return extras


def test_page_has_every_package_of_an_extra() -> None:
    rows = {row[0].strip("`"): set(re.findall(r"[\w-]+", row[1])) for row in read_table("Packages of the extras")}
    assert rows == find_extras()
    assert "\ndependencies = []\n" in PYPROJECT, "the package itself requires no other"


def find_groups() -> dict[str, set[str]]:
    """Return the packages of each dependency group."""
    section = PYPROJECT.partition("[dependency-groups]\n")[2].partition("\n\n[")[0]
    lists = re.findall(r"^(\w+) = \[\n(.*?)^\]", section, flags=re.MULTILINE | re.DOTALL)
    return {
        group: set(re.findall(r'^    "([A-Za-z0-9_-]+)', packages, flags=re.MULTILINE)) for group, packages in lists
    }


def test_page_has_every_package_that_tests() -> None:
    found: dict[str, set[str]] = {}
    for package, group, *_ in read_table("Packages that test"):
        found.setdefault(group.strip("`"), set()).add(package.strip("`"))
    assert found == find_groups()


def test_every_dependency_is_defended() -> None:
    for heading in ["Crates in the wheel", "Crates that build or test", "Packages of the extras", "Packages that test"]:
        rows = read_table(heading)
        assert rows
        assert [row for row in rows if len(row) < 4 or not all(row)] == []


def test_numbers_of_crates_are_those_that_the_commands_print() -> None:
    rows = read_table("How many")
    assert len(rows) == 3
    for _, number, command in rows:
        program, *arguments = shlex.split(command.strip("`"))
        assert (program, arguments[0]) == ("cargo", "tree")
        lines = run_cargo(*[argument for argument in arguments if argument != "--locked"]).splitlines()
        crates = {" ".join(line.split()[:2]) for line in lines if line}
        assert len(crates) - 1 == int(number), command


def test_locked_crates_of_the_wheel_compile_with_the_declared_rust() -> None:
    """`cargo update` keeps the declared version; a newer crate in `Cargo.lock` would break the oldest Rust."""
    packages = read_metadata()["packages"]
    (declared,) = [package["rust_version"] for package in packages if package["name"] == "fastjose"]
    tree = run_cargo("tree", "--edges", "normal,build", "--features", "python", "--prefix", "none", "--target", "all")
    names = {" ".join(line.split()[:2]) for line in tree.splitlines() if line}
    built = [package for package in packages if f"{package['name']} v{package['version']}" in names]
    assert len(built) > 100
    newer = [package["name"] for package in built if as_numbers(package["rust_version"]) > as_numbers(declared)]
    assert newer == []


def as_numbers(version: str | None) -> list[int]:
    return [int(number) for number in (version or "0").split(".")]
