"""`scripts/supply_chain/check_sbom.py` finds what is missing or wrong in the list of crates of a wheel."""

from __future__ import annotations

import copy
import json
import zipfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
LINKED_CRATES = 120


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return import_module("supply_chain.check_sbom")


@pytest.fixture
def linked(script: Any) -> set[tuple[str, str]]:
    return {crate for crate in sorted(script.read_lock())[:LINKED_CRATES] if crate[0] != "fastjose"}


@pytest.fixture
def sbom(script: Any, linked: set[tuple[str, str]]) -> dict[str, Any]:
    checksums = script.read_lock()
    return {
        "bomFormat": "CycloneDX",
        "components": [
            {
                "name": name,
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": checksums[name, version]}],
                "licenses": [{"expression": "MIT OR Apache-2.0"}],
            }
            for name, version in sorted(linked)
        ],
    }


def remove_crate(sbom: dict[str, Any]) -> None:
    del sbom["components"][0]


def change(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda sbom: sbom["components"][0].update(members)


def test_complete_list_has_no_problem(script: Any, sbom: dict[str, Any], linked: set[tuple[str, str]]) -> None:
    assert list(script.find_problems(sbom, linked)) == []


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (remove_crate, "it must be in the list"),
        (change(version="999.0.0"), "must be in Cargo.lock"),
        (change(hashes=[{"alg": "SHA-256", "content": "0" * 64}]), "must be in Cargo.lock"),
        (change(hashes=[]), "must be in Cargo.lock"),
        (change(licenses=[]), "has none"),
        (change(licenses=[{"expression": "GPL-3.0"}]), "has GPL-3.0"),
        (change(licenses=[{"expression": "MIT AND GPL-3.0"}]), "has MIT AND GPL-3.0"),
        (lambda sbom: sbom.update(bomFormat="SPDX"), "format must be CycloneDX"),
    ],
)
def test_wrong_list_is_named(
    script: Any,
    sbom: dict[str, Any],
    linked: set[tuple[str, str]],
    spoil: Callable[[dict[str, Any]], None],
    problem: str,
) -> None:
    spoiled = copy.deepcopy(sbom)
    spoil(spoiled)
    problems = list(script.find_problems(spoiled, linked))
    assert problems
    assert any(problem in one for one in problems)


def test_tree_without_crates_is_a_problem(script: Any, sbom: dict[str, Any]) -> None:
    assert any("cargo tree" in problem for problem in script.find_problems(sbom, set()))


@pytest.mark.parametrize(
    ("platform", "target"),
    [
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", "x86_64-unknown-linux-gnu"),
        ("manylinux_2_17_aarch64", "aarch64-unknown-linux-gnu"),
        ("musllinux_1_2_x86_64", "x86_64-unknown-linux-musl"),
        ("macosx_11_0_arm64", "aarch64-apple-darwin"),
        ("macosx_10_12_x86_64", "x86_64-apple-darwin"),
        ("win_amd64", "x86_64-pc-windows-msvc"),
    ],
)
def test_target_of_wheel_is_that_of_its_tag(script: Any, platform: str, target: str) -> None:
    assert script.find_target(Path(f"fastjose-0.1.0-cp310-abi3-{platform}.whl")) == target


def test_crates_of_the_module_are_locked(script: Any) -> None:
    linked = script.find_linked_crates("x86_64-unknown-linux-gnu")
    assert {"aws-lc-rs", "pyo3", "reqwest"} <= {name for name, _ in linked}
    assert linked <= set(script.read_lock())
    assert not {"pyo3-macros", "criterion"} & {name for name, _ in linked}


def test_wheel_has_exactly_one_list(script: Any, tmp_path: Path, sbom: dict[str, Any]) -> None:
    wheel = tmp_path / "fastjose-0.1.0-cp310-abi3-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("fastjose/__init__.py", "")
    with pytest.raises(SystemExit, match="must have one list of crates"):
        script.read_sbom(wheel)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("fastjose-0.1.0.dist-info/sboms/fastjose.cyclonedx.json", json.dumps(sbom))
    assert script.read_sbom(wheel) == sbom
