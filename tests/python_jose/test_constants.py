"""`fastjose.constants` beside `jose.constants`: the same names and values, and exactly the additions that are meant."""

from __future__ import annotations

import inspect
import runpy
from typing import Any

import pytest
from jose import constants as jose_constants

from fastjose import constants

ADDED = {"PS256", "PS384", "PS512", "ES256K", "EdDSA", "Ed25519"}
ADDED_SETS = {"RSA_PSS", "EC_SECP256K1", "OKP"}
GROWN = {"SUPPORTED", "ALL", "HASHES"}


def _at_import(module: Any) -> dict[str, Any]:
    """Run the module anew: whoever has registered a key has changed the one that is imported."""
    return runpy.run_path(inspect.getfile(module))


OURS = _at_import(constants)
THEIRS = _at_import(jose_constants)


def _attributes(holder: object) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in dir(holder) if not name.startswith("_")}


ALGORITHMS = _attributes(OURS["ALGORITHMS"])
JOSE_ALGORITHMS = _attributes(THEIRS["ALGORITHMS"])


def test_every_name_of_the_module_is_there() -> None:
    names = {name for name, value in THEIRS.items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert names == {"ALGORITHMS", "Algorithms", "JWE_SIZE_LIMIT", "ZIPS", "Zips"}
    assert names == set(constants.__all__)
    assert all(type(OURS[name]).__name__ == type(THEIRS[name]).__name__ for name in names)


@pytest.mark.parametrize("name", sorted(JOSE_ALGORITHMS.keys() - GROWN))
def test_is_python_joses(name: str) -> None:
    assert type(ALGORITHMS[name]) is type(JOSE_ALGORITHMS[name])
    assert ALGORITHMS[name] == JOSE_ALGORITHMS[name]


@pytest.mark.parametrize("name", sorted(GROWN))
def test_grows_by_the_additions_alone(name: str) -> None:
    assert type(ALGORITHMS[name]) is type(JOSE_ALGORITHMS[name])
    assert set(ALGORITHMS[name]) == set(JOSE_ALGORITHMS[name]) | ADDED


def test_no_further_attributes() -> None:
    assert ALGORITHMS.keys() - JOSE_ALGORITHMS.keys() == ADDED | ADDED_SETS


def test_additions_are_called_what_they_are() -> None:
    assert {ALGORITHMS[name] for name in ADDED} == ADDED
    assert set[str]().union(*(ALGORITHMS[name] for name in ADDED_SETS)) == ADDED


def test_hashes_of_python_jose_are_the_same_functions() -> None:
    assert JOSE_ALGORITHMS["HASHES"].items() <= ALGORITHMS["HASHES"].items()


@pytest.mark.parametrize(
    ("algorithm", "bits"),
    [("PS256", 256), ("PS384", 384), ("PS512", 512), ("ES256K", 256), ("EdDSA", 512), ("Ed25519", 512)],
)
def test_hashes_of_the_additions(algorithm: str, bits: int) -> None:
    assert ALGORITHMS["HASHES"][algorithm](b"").name == f"sha{bits}"


def test_containers_can_be_changed_apart() -> None:
    containers = [value for value in ALGORITHMS.values() if isinstance(value, (set, dict))]
    assert len(containers) > len(ADDED_SETS)
    assert len({id(container) for container in containers}) == len(containers)


def test_an_attribute_can_be_replaced_on_the_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    replacement = {"HS256"}
    monkeypatch.setattr(constants.ALGORITHMS, "SUPPORTED", replacement)
    assert constants.ALGORITHMS.SUPPORTED is replacement
    assert constants.Algorithms.SUPPORTED is not replacement


def test_zips_and_the_limit_are_python_joses() -> None:
    assert _attributes(OURS["ZIPS"]) == _attributes(THEIRS["ZIPS"])
    assert OURS["JWE_SIZE_LIMIT"] == THEIRS["JWE_SIZE_LIMIT"] == 256_000
