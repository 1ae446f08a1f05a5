"""`fastjose.constants` compared with `jose.constants`: equal names and values, plus exactly the added algorithms."""

from __future__ import annotations

import inspect
import runpy
from typing import Any

import pytest
from jose import constants as jose_constants

from fastjose import constants

ADDED = {"PS256", "PS384", "PS512", "ES256K", "EdDSA", "Ed25519"}
ADDED_SETS = {"RSA_PSS", "EC_SECP256K1", "OKP"}
EXTENDED = {"SUPPORTED", "ALL", "HASHES"}


def run_module(module: Any) -> dict[str, Any]:
    """Run the module again and return its globals: a registered key class has changed the imported module."""
    return runpy.run_path(inspect.getfile(module))


OURS = run_module(constants)
THEIRS = run_module(jose_constants)


def public_attributes(holder: object) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in dir(holder) if not name.startswith("_")}


ALGORITHMS = public_attributes(OURS["ALGORITHMS"])
JOSE_ALGORITHMS = public_attributes(THEIRS["ALGORITHMS"])


def test_module_has_every_public_name() -> None:
    names = {name for name, value in THEIRS.items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert names == {"ALGORITHMS", "Algorithms", "JWE_SIZE_LIMIT", "ZIPS", "Zips"}
    assert names | {"MAX_TOKEN_BYTES"} == set(constants.__all__)
    assert all(type(OURS[name]).__name__ == type(THEIRS[name]).__name__ for name in names)


@pytest.mark.parametrize("name", sorted(JOSE_ALGORITHMS.keys() - EXTENDED))
def test_unextended_constant_equals_python_jose(name: str) -> None:
    assert type(ALGORITHMS[name]) is type(JOSE_ALGORITHMS[name])
    assert ALGORITHMS[name] == JOSE_ALGORITHMS[name]


@pytest.mark.parametrize("name", sorted(EXTENDED))
def test_extended_constant_adds_only_new_algorithms(name: str) -> None:
    assert type(ALGORITHMS[name]) is type(JOSE_ALGORITHMS[name])
    assert set(ALGORITHMS[name]) == set(JOSE_ALGORITHMS[name]) | ADDED


def test_algorithms_has_no_other_attributes() -> None:
    assert ALGORITHMS.keys() - JOSE_ALGORITHMS.keys() == ADDED | ADDED_SETS


def test_added_algorithm_value_equals_its_name() -> None:
    assert {ALGORITHMS[name] for name in ADDED} == ADDED
    assert set[str]().union(*(ALGORITHMS[name] for name in ADDED_SETS)) == ADDED


def test_hashes_include_python_jose_functions() -> None:
    assert JOSE_ALGORITHMS["HASHES"].items() <= ALGORITHMS["HASHES"].items()


@pytest.mark.parametrize(
    ("algorithm", "bits"),
    [("PS256", 256), ("PS384", 384), ("PS512", 512), ("ES256K", 256), ("EdDSA", 512), ("Ed25519", 512)],
)
def test_hashes_of_added_algorithm_have_expected_size(algorithm: str, bits: int) -> None:
    assert ALGORITHMS["HASHES"][algorithm](b"").name == f"sha{bits}"


def test_containers_are_independent_objects() -> None:
    containers = [value for value in ALGORITHMS.values() if isinstance(value, (set, dict))]
    assert len(containers) > len(ADDED_SETS)
    assert len({id(container) for container in containers}) == len(containers)


def test_instance_attribute_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    replacement = {"HS256"}
    monkeypatch.setattr(constants.ALGORITHMS, "SUPPORTED", replacement)
    assert constants.ALGORITHMS.SUPPORTED is replacement
    assert constants.Algorithms.SUPPORTED is not replacement


def test_zips_and_size_limit_equal_python_jose() -> None:
    assert public_attributes(OURS["ZIPS"]) == public_attributes(THEIRS["ZIPS"])
    assert OURS["JWE_SIZE_LIMIT"] == THEIRS["JWE_SIZE_LIMIT"] == 256_000
